"""The secret file: the keys that sign our tokens."""

import base64
import binascii
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mailgate.settings.errors import SettingsError
from mailgate.settings.files import read_trouble, secret_trouble
from mailgate.settings.mailboxes import MailboxSettings
from mailgate.settings.model import Settings
from mailgate.settings.outbound import SmarthostSettings

KEY_SIZE = 32
KIDS = 8
"""A key's number has 3 bits in a token."""

_HEADER = """\
# Keys that sign mailgate's reply addresses and Message-IDs: NUMBER:BASE64, a line each.
# The first signs; all of them are recognised. To rotate, put a new line with an unused
# number (0 to 7) first, and keep the old ones for as long as old mail may be answered:
#   echo "1:$(head -c 32 /dev/urandom | base64)"
"""


def load_keyring(settings: Settings) -> tuple[dict[int, bytes], int]:
    """Keys by number, and the number of the one that signs.

    Makes the file (mode 0600) when it is missing. Raises SettingsError when it cannot be
    read or made, is open to everybody, or holds no keys.
    """
    path = settings.gateway.secret_file
    _make_if_missing(path)
    if trouble := read_trouble(path) or secret_trouble(path):
        raise SettingsError(f"{path}: gateway.secret_file: {trouble}")
    return _parse(path, path.read_text("ascii", "replace"))


def secret_values(settings: Settings) -> tuple[str, ...]:
    """Passwords that the settings name, for the logs to hide wherever they turn up. A file that
    cannot be read is left out: `load` has said so."""
    files: list[Path | None] = []
    places: tuple[MailboxSettings | SmarthostSettings, ...] = (
        *settings.mailbox,
        settings.outbound.smarthost,
        *settings.smarthost,
    )
    for place in places:
        files.append(place.password_file)
        if place.oauth2 is not None:
            files += [place.oauth2.client_secret_file, place.oauth2.refresh_token_file]
    password = urlsplit(settings.store.url).password
    return (
        *filter(None, map(_content, files)),
        *((unquote(password), password) if password else ()),
    )


def _content(file: Path | None) -> str:
    try:
        return "" if file is None else file.read_text("utf-8", "surrogateescape").strip()
    except OSError:
        return ""


def _make_if_missing(path: Path) -> None:
    key = base64.b64encode(os.urandom(KEY_SIZE)).decode()
    # Linked into place whole: two processes that start at once must end with the same key.
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(f"{_HEADER}0:{key}\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "unknown"
        raise SettingsError(
            f"{path}: gateway.secret_file: cannot be made: {reason}; let mailgate's user write "
            f"to {path.parent}, or make the file"
        ) from None


def _parse(path: Path, text: str) -> tuple[dict[int, bytes], int]:
    keys: dict[int, bytes] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        kid, key = _key(f"{path}: gateway.secret_file (line {number})", line)
        if kid in keys:
            raise SettingsError(
                f"{path}: gateway.secret_file (line {number}): key {kid} stands above already; "
                "give each key its own number"
            )
        keys[kid] = key
    if not keys:
        raise SettingsError(
            f"{path}: gateway.secret_file: holds no key; remove the file to have one made"
        )
    return keys, next(iter(keys))


def _key(where: str, line: str) -> tuple[int, bytes]:
    # The line is a secret: no message may quote it.
    number, colon, encoded = line.strip().partition(":")
    if not (colon and number.isascii() and number.isdigit() and int(number) < KIDS):
        raise SettingsError(f"{where}: is no key; write NUMBER:BASE64 with a number from 0 to 7")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if len(key) < KEY_SIZE:
        raise SettingsError(f"{where}: needs {KEY_SIZE} bytes or more in base64")
    return int(number), key
