"""What the fuzzer asks of the mail room. Each raises AssertionError for a finding."""

from datetime import UTC, datetime, timedelta
from random import Random

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.clean import clean_filename, clean_header
from mailgate.mail.compose import compose
from mailgate.mail.digest import content_digest
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import Attachment
from mailgate.mail.uuencode import split_uuencoded
from tests.harness.mailchecks import reading_faults
from tests.harness.mailwire import wire_faults


def read(content: bytes) -> None:
    """Any bytes are read, into clean values."""
    faults = reading_faults(parse_mail(content))
    assert not faults, faults
    content_digest(content)


def write(content: bytes) -> None:
    """Whatever the values are, the mail fits the wire and comes back addressed as it was."""
    mail = outgoing(content)
    composed = compose(mail)
    faults = wire_faults(composed)
    assert not faults, faults
    again = parse_mail(composed)
    assert [one.address for one in again.to] == [one.address for one in mail.to]
    assert again.subject == clean_subject(mail.subject)
    # Files that the text itself holds (uuencode) are taken out of it when it is read.
    _, written_in = split_uuencoded(mail.text.encode("utf-8", "replace"))
    assert len(again.attachments) == len(written_in) + len(mail.attachments)
    attached = again.attachments[len(written_in) :]
    for found, given in zip(attached, mail.attachments, strict=True):
        assert found.content == given.content
        name = clean_filename(given.filename)
        assert not name or found.filename == name, (found.filename, name)


def clean_subject(subject: str) -> str:
    """As it is read again: one line, no blanks around it, of the length that is kept."""
    return clean_header(clean_header(subject).encode("utf-8", "replace").decode()).strip()[:2000]


def outgoing(content: bytes) -> OutgoingMail:
    """A mail out of any bytes: each value is a stretch of them, as text of a kind."""
    values = _Values(content)
    return OutgoingMail(
        from_=NamedAddress(values.text(), Address("support", "acme.example")),
        to=tuple(
            NamedAddress(values.text(), Address(f"u{n}", "example.kr"))
            for n in range(values.number(4))
        ),
        cc=(NamedAddress(values.text(), Address(values.text() or "x", "example.kr")),),
        subject=values.text(),
        message_id="m@acme.example",
        in_reply_to=values.text() or None,
        references=(values.text(), "a@b"),
        date=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=values.number(20_000)),
        text=values.text(),
        html=values.text() if values.number(2) else None,
        boundary_seed=values.text(),
        attachments=tuple(values.attachment() for _ in range(values.number(3))),
        headers=(("X-Note", values.text()),),
    )


class _Values:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def number(self, below: int) -> int:
        return int.from_bytes(self._take(2), "big") % below

    def octets(self) -> bytes:
        return self._take(self.number(400))

    def text(self) -> str:
        how = ("utf-8", "cp949", "utf-16-le", "latin-1")[self.number(4)]
        return self.octets().decode(how, "surrogateescape" if how == "utf-8" else "replace")

    def attachment(self) -> Attachment:
        types = ("application/pdf", "text/csv", "image/png", self.text())
        return Attachment(
            filename=self.text(),
            content_type=types[self.number(4)],
            content=self.octets(),
            content_id=self.text() or None,
        )

    def _take(self, count: int) -> bytes:
        taken = self._content[self._at : self._at + count]
        self._at += count
        return taken


def broken(content: bytes) -> None:
    """Shows what a finding looks like; not among those that run by themselves."""
    assert not parse_mail(content).subject


TARGETS = {"read": read, "write": write, "broken": broken}


def random_of(seed: int) -> Random:
    """What chooses the changes of one input."""
    return Random(seed)
