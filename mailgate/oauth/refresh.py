"""One exchange of a refresh token for an access token (RFC 6749 §5, §6): files and HTTPS.

It blocks and belongs in a thread. It runs to its end there even if nobody waits any more: a
provider that replaces the refresh token has then forgotten the old one.
"""

import http.client
import json
import os
import ssl
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlencode, urlsplit

from mailgate.oauth.grant import OAuth2, OAuthError, OAuthTrouble

_SECONDS = 10.0
"""For each step of the exchange: connecting, sending, each read."""

_ANSWER_MAX = 64 * 1024
_SHOWN_MAX = 300

_LIFETIME = 3600
"""Seconds, where the provider does not say (RFC 6749 §5.1 only recommends expires_in)."""

_SIGN_IN = frozenset(
    {"invalid_grant", "interaction_required", "login_required", "consent_required"}
)
"""RFC 6749 §5.2 and OpenID Connect Core §3.1.2.6: a human must sign in again."""

_SETTINGS = frozenset(
    {
        "invalid_client",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)
"""RFC 6749 §5.2: the settings are wrong, or the application's secret has run out."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """A refresh token that replaces what its file says."""

    instead_of: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Granted:
    """An access token."""

    access: str = field(repr=False)
    seconds: int
    """How long it is good from now on."""
    unsaved: Rotated | None = None
    """The provider replaced the refresh token, and the file could not be written."""
    unsaved_because: str = ""


def exchange(
    credentials: OAuth2, unsaved: Rotated | None, context: ssl.SSLContext | None = None
) -> Granted:
    """Asks for an access token. `unsaved` is the refresh token of an earlier exchange that is
    in no file: it counts as long as the file was not changed by hand. Raises `OAuthError`."""
    url = _url(credentials)
    secret = None
    if credentials.client_secret_file is not None:
        secret = _read(credentials.client_secret_file, "client_secret_file")
    written = _read(credentials.refresh_token_file, "refresh_token_file")
    used = unsaved.token if unsaved is not None and unsaved.instead_of == written else written
    form = {
        "grant_type": "refresh_token",
        "client_id": credentials.client_id,
        "refresh_token": used,
        "scope": credentials.scope,
    }
    if secret is not None:
        form["client_secret"] = secret
    try:
        said = _answer(url, *_post(url, urlencode(form).encode(), context))
    except OAuthError as error:
        again = _read(credentials.refresh_token_file, "refresh_token_file")
        if error.kind is OAuthTrouble.SIGN_IN and again != written:
            # Another node was faster, and the provider replaced the token for it.
            return exchange(credentials, None, context)
        raise
    return _granted(credentials, said, written=written, used=used)


def _granted(credentials: OAuth2, said: dict[str, object], *, written: str, used: str) -> Granted:
    access, renewed = said["access_token"], said.get("refresh_token")
    assert isinstance(access, str)
    seconds = _seconds(said.get("expires_in"))
    latest = renewed if isinstance(renewed, str) and renewed.strip() else used
    if latest == written:
        return Granted(access, seconds)
    try:
        replace_file(credentials.refresh_token_file, latest)
    except OSError as error:
        why = error.strerror or str(error)
        return Granted(access, seconds, Rotated(written, latest), why)
    return Granted(access, seconds)


def _seconds(expires_in: object) -> int:
    """A number, or a number in a string as some providers write it."""
    with suppress(ValueError, TypeError, OverflowError):
        seconds = int(expires_in)  # type: ignore[call-overload]  # TypeError is caught
        if 0 < seconds <= 366 * 86400:
            return int(seconds)
    return _LIFETIME


# --- the provider --------------------------------------------------------------------------


def _url(credentials: OAuth2) -> SplitResult:
    """HTTPS, or HTTP on this machine: a secret goes there."""
    url = urlsplit(credentials.token_url)
    with suppress(ValueError):
        local = url.hostname == "localhost" or ip_address(url.hostname or "").is_loopback
        if url.scheme == "http" and local:
            return url
    if url.scheme != "https" or not url.hostname:
        raise OAuthError(
            OAuthTrouble.SIGN_IN,
            f"OAuth2: token_url must be an https:// address, not {shown(url.scheme)}://; "
            "correct it in the settings",
        )
    return url


def _post(url: SplitResult, form: bytes, context: ssl.SSLContext | None) -> tuple[int, bytes]:
    """Status and content. No redirect is followed: the secret is for this address alone."""
    host, port = url.hostname or "", url.port
    connection: http.client.HTTPConnection
    if url.scheme == "https":
        trusted = context or ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, port, timeout=_SECONDS, context=trusted)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=_SECONDS)
    try:
        connection.request(
            "POST",
            (url.path or "/") + (f"?{url.query}" if url.query else ""),
            body=form,
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
                "User-Agent": "mailgate",
            },
        )
        response = connection.getresponse()
        return response.status, response.read(_ANSWER_MAX)
    except TimeoutError as error:
        raise _transient(url, "does not answer", OAuthTrouble.TIMEOUT) from error
    except ssl.SSLCertVerificationError as error:
        why = f"has a certificate that does not hold: {error.verify_message}"
        raise _transient(url, why, OAuthTrouble.TLS) from error
    except (OSError, http.client.HTTPException) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise _transient(url, f"cannot be reached ({why})", OAuthTrouble.UNREACHABLE) from error
    finally:
        connection.close()


def _answer(url: SplitResult, status: int, content: bytes) -> dict[str, object]:
    """The JSON object with the token. Raises `OAuthError`."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        said = {}
    token = said.get("access_token")
    if status == http.HTTPStatus.OK and isinstance(token, str) and token:
        if not token.isascii() or not token.isprintable():
            raise _transient(url, "gives a token that is none", OAuthTrouble.PROTOCOL)
        return said
    cause = shown(str(said.get("error", "")))
    told = " ".join(filter(None, (cause, shown(str(said.get("error_description", ""))))))
    if cause in _SIGN_IN:
        raise OAuthError(
            OAuthTrouble.SIGN_IN,
            f"OAuth2: {url.hostname} takes the refresh token no more ({told}); sign in there as "
            "its user again and put the new refresh token into refresh_token_file",
        )
    if cause in _SETTINGS:
        raise OAuthError(
            OAuthTrouble.SIGN_IN,
            f"OAuth2: {url.hostname} refuses the application ({told}); check client_id, "
            "client_secret_file (has the secret run out?) and scope in the settings",
        )
    throttled = status == http.HTTPStatus.TOO_MANY_REQUESTS
    kind = OAuthTrouble.THROTTLED if throttled or status >= 500 else OAuthTrouble.PROTOCOL
    raise _transient(url, f"answers {status} without a token ({told or 'no reason'})", kind)


def _transient(url: SplitResult, what: str, kind: OAuthTrouble) -> OAuthError:
    return OAuthError(kind, f"OAuth2: {url.hostname} {what}; mailgate tries again")


def shown(text: str) -> str:
    """A provider's words in a sentence of ours: one short line, nothing that moves a terminal."""
    cut = text[: 4 * _SHOWN_MAX]
    return "".join(char if char.isprintable() else " " for char in cut).strip()[:_SHOWN_MAX]


# --- files ---------------------------------------------------------------------------------


def _read(file: Path, setting: str) -> str:
    try:
        text = file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise OAuthError(
            OAuthTrouble.SIGN_IN,
            f"OAuth2: cannot read {file} ({why}); correct {setting} in the settings",
        ) from None
    if not text:
        raise OAuthError(
            OAuthTrouble.SIGN_IN, f"OAuth2: {file} is empty; put the secret of {setting} there"
        )
    return text


def replace_file(file: Path, text: str) -> None:
    """`text` in place of the file, for its owner alone (mode 0600): whole or not at all, also
    when the power fails. A link stays a link. Raises OSError."""
    place = file.resolve()
    owner = place.stat() if place.exists() else None
    descriptor, draft = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    try:
        with os.fdopen(descriptor, "w") as written:
            if owner is not None:
                # A doctor that root calls must leave it readable for the daemon; who may not
                # give it away is the daemon itself.
                with suppress(PermissionError):
                    os.fchown(descriptor, owner.st_uid, owner.st_gid)
            written.write(text + "\n")
            written.flush()
            os.fsync(written.fileno())
        Path(draft).replace(place)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
