"""`[[dkim]]`: the keys that sign our mail, and what can be wrong with them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mailgate.mail.dkimtags import is_selector
from mailgate.settings.errors import Problem, SettingsError
from mailgate.settings.files import read_trouble, secret_trouble
from mailgate.settings.model import Settings

if TYPE_CHECKING:
    from mailgate.mail.dkimkey import SigningKey
    from mailgate.mail.dkimsign import Signer

_MAX_FILE = 64 * 1024
"""Octets; an RSA key of 8192 bits has 6,400."""


def load_signers(settings: Settings) -> "Mapping[str, tuple[Signer, ...]]":
    """Who signs, by domain. SettingsError when a key has gone or changed since `load` looked."""
    from mailgate.mail.dkimsign import Signer  # noqa: PLC0415  as `_key`

    found: dict[str, tuple[Signer, ...]] = {}
    for index, entry in enumerate(settings.dkim):
        key = _key(entry.key_file)
        if isinstance(key, str):
            raise SettingsError(f"{entry.key_file}: dkim[{index + 1}].key_file: {key}")
        signer = Signer(entry.domain, entry.selector.lower(), key)
        found[entry.domain] = (*found.get(entry.domain, ()), signer)
    return found


def dkim_problems(settings: Settings) -> Iterator[Problem]:
    """What is wrong with the entries and their keys."""
    domains = {support.address.domain for support in settings.address}
    seen: dict[tuple[str, str], int] = {}
    for index, entry in enumerate(settings.dkim):
        if entry.domain not in domains:
            known = ", ".join(sorted(domains)) or "none"
            yield Problem(
                ("dkim", index, "domain"),
                f"no support address is of {entry.domain} (they are of: {known}); name the very "
                "domain behind the @ of an [[address]]",
            )
        if not is_selector(entry.selector):
            yield Problem(
                ("dkim", index, "selector"),
                f'"{entry.selector}" is no selector: letters, digits, - and _, with dots between',
            )
        name = (entry.domain, entry.selector.lower())
        if (first := seen.setdefault(name, index)) != index:
            yield Problem(
                ("dkim", index, "selector"),
                f"dkim[{first + 1}] has this selector for {entry.domain} already; a second key "
                "needs one of its own",
            )
        if isinstance(key := _key(entry.key_file), str):
            yield Problem(("dkim", index, "key_file"), key)


def _key(file: Path) -> "SigningKey | str":
    """The key in the file, or why it is none."""
    # 150 ms, for those alone who have a key.
    from mailgate.mail.dkimkey import NoSigningKey, read_signing_key  # noqa: PLC0415

    if trouble := read_trouble(file) or secret_trouble(file):
        return trouble
    with file.open("rb") as stream:
        content = stream.read(_MAX_FILE)
    try:
        return read_signing_key(content)
    except NoSigningKey as error:
        return f"{file}: {error}"
