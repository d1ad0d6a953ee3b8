"""Rows of the hostile table: what each is made of, what must hold, and what it may cost."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from mailgate.mail.compose import compose
from mailgate.mail.digest import content_digest
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import ParsedMail

HEAD = b"From: Hong <hong@example.kr>\r\nTo: help@x.kr\r\nSubject: s\r\nMessage-ID: <1@x>\r\n"
KEEP = b"KEEP THIS"


@dataclass(frozen=True, slots=True)
class Reading:
    """A mail of a row, as it is and as it was read."""

    content: bytes
    mail: ParsedMail


Check = Callable[[Reading], str | None]
"""Says what is wrong, None when nothing is."""


@dataclass(frozen=True, slots=True)
class Row:
    """`number` is the row of the table of hostile input (0: beyond it); `make` gives the mail,
    as it arrives or as it is to be written. Seconds are processor time on the machine that the
    table's figures come from, megabytes what the process grows by."""

    number: int
    title: str
    make: Callable[[], bytes | OutgoingMail]
    checks: tuple[Check, ...]
    seconds: float = 2.0
    megabytes: int = 300

    @property
    def name(self) -> str:
        return f"{self.number:02} {self.title}"


def read(given: bytes | OutgoingMail) -> Reading:
    """What is measured: the mail is written when it is ours, read, and its digest taken."""
    content = given if isinstance(given, bytes) else compose(given)
    mail = parse_mail(content)
    content_digest(content)
    return Reading(content, mail)


# --- checks ---------------------------------------------------------------------------------


def keeps(octets: bytes = KEEP) -> Check:
    """What the mail says is there, as text or in an attachment."""

    def check(reading: Reading) -> str | None:
        mail = reading.mail
        texts = (mail.full_text.encode(), (mail.html or "").encode())
        kept = any(octets in text for text in (*texts, *(a.content for a in mail.attachments)))
        return None if kept else f"{octets[:40]!r} is lost"

    return check


def says(**expected: object) -> Check:
    """These fields of the reading have these values."""
    wanted = MappingProxyType(expected)

    def check(reading: Reading) -> str | None:
        wrong = {name: getattr(reading.mail, name) for name in wanted}
        wrong = {name: value for name, value in wrong.items() if value != wanted[name]}
        return f"{wrong!r} instead of {dict(wanted)!r}"[:1000] if wrong else None

    return check


def has_defect(defect: str) -> Check:
    def check(reading: Reading) -> str | None:
        defects = reading.mail.defects
        return None if defect in defects else f"{defect!r} is not in {defects!r}"

    return check


def holds(what: str, condition: Callable[[Reading], bool]) -> Check:
    """Anything else, in words and as a condition."""

    def check(reading: Reading) -> str | None:
        return None if condition(reading) else f"not so: {what}"

    return check


NOBODY = says(from_=None)
"""The sender counts as unverified: there is no address that anything may be decided by."""


# --- mails ----------------------------------------------------------------------------------


def header(line: bytes) -> bytes:
    """A mail with this field."""
    return b"From: a@b.kr\r\n" + line + b"\r\n\r\n" + KEEP + b"\r\n"


def entity(fields: bytes, body: bytes) -> bytes:
    return HEAD + fields + b"\r\n\r\n" + body


def html(body: bytes) -> bytes:
    return entity(b"Content-Type: text/html; charset=utf-8", body)


def text(body: bytes) -> bytes:
    return entity(b"Content-Type: text/plain; charset=utf-8", body)


def multipart(parts: bytes, boundary: bytes = b"B", subtype: bytes = b"mixed") -> bytes:
    return entity(b'Content-Type: multipart/%b; boundary="%b"' % (subtype, boundary), parts)
