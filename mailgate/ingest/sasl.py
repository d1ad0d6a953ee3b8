"""The exchanges of AUTH (RFC 4954): PLAIN (RFC 4616) and LOGIN. Pure.

An exchange is fed what the client sends, and says what comes next: a challenge, credentials,
or a refusal.
"""

import base64
import binascii
from dataclasses import dataclass, field

from mailgate.ingest.respond import Reply

MAX_LINE = 12_288
"""Octets of a line in an exchange (RFC 4954 §4), without its CRLF."""

CANCELLED = Reply(501, "5.7.0", "Authentication cancelled")
BAD_BASE64 = Reply(501, "5.5.2", "Cannot decode the response")
MALFORMED = Reply(501, "5.5.2", "Malformed credentials")
UNKNOWN_MECHANISM = Reply(504, "5.5.4", "Mechanism not supported")

MECHANISMS = ("PLAIN", "LOGIN")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who somebody says to be, and by which word."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the client is asked next; it stands in base64 behind 334."""

    text: str

    @property
    def reply(self) -> Reply:
        return Reply(334, "", base64.b64encode(self.text.encode()).decode())


Step = Challenge | Credentials | Reply


class Exchange:
    """One AUTH command and the lines that follow it."""

    def __init__(self, mechanism: str) -> None:
        self._plain = mechanism == "PLAIN"
        self._name: str | None = None

    def begin(self, initial: str | None) -> Step:
        """`initial` is what stood behind the mechanism; `=` is an empty response (RFC 4954 §4)."""
        if initial is None:
            return Challenge("") if self._plain else Challenge("Username:")
        return self._take(b"" if initial == "=" else initial.encode("utf-8", "replace"))

    def feed(self, line: bytes) -> Step:
        """A line of the client, without its line end."""
        return CANCELLED if line == b"*" else self._take(line)

    def _take(self, response: bytes) -> Step:
        try:
            text = base64.b64decode(response, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return BAD_BASE64
        return self._read_plain(text) if self._plain else self._read_login(text)

    @staticmethod
    def _read_plain(text: str) -> Step:
        """`[authzid] NUL authcid NUL passwd`: nobody acts for another here."""
        parts = text.split("\0")
        if len(parts) != 3 or not parts[1] or not parts[2]:
            return MALFORMED
        other, name, password = parts
        return MALFORMED if other not in {"", name} else Credentials(name, password)

    def _read_login(self, text: str) -> Step:
        if self._name is None:
            self._name = text
            return Challenge("Password:") if text else MALFORMED
        return Credentials(self._name, text)


def read_auth(argument: str | None) -> tuple[str, str | None] | None:
    """Mechanism (in capitals) and initial response of AUTH; None for a malformed argument."""
    words = (argument or "").split(" ")
    if not words[0] or len(words) > 2:
        return None
    return words[0].upper(), words[1] if len(words) > 1 else None
