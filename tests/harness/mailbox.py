"""Real Maildirs, read as their owner would."""

import email
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from tests.harness.waiting import DEADLINE, until


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in a mailbox: its bytes, and what Python's own parser reads in them."""

    raw: bytes
    parsed: EmailMessage

    def __getitem__(self, field: str) -> str:
        """The one header field of this name, decoded; KeyError unless there is exactly one."""
        values = self.parsed.get_all(field, [])
        if len(values) != 1:
            raise KeyError(f"{len(values)} fields {field}")
        return str(values[0])

    def has(self, field: str) -> bool:
        return field in self.parsed

    def text(self) -> str:
        """The plain text body with LF line ends."""
        part = self.parsed.get_body(("plain",))
        assert part is not None, "no text/plain"
        return str(part.get_content()).replace("\r\n", "\n")

    def html(self) -> str:
        part = self.parsed.get_body(("html",))
        assert part is not None, "no text/html"
        return str(part.get_content())

    def files(self) -> dict[str, bytes]:
        """Every part with a file name or Content-ID, by that, and its bytes."""
        found = {}
        for part in self.parsed.walk():
            name = part.get_filename() or part.get("Content-ID")
            content = part.get_payload(decode=True)
            if name and isinstance(content, bytes):
                found[str(name)] = content
        return found

    def everything(self) -> str:
        """All that a reader could find in it: the bytes as they are, each header field decoded,
        each part decoded. For asserting that something stands nowhere."""
        parts = [self.raw.decode("utf-8", "replace")]
        for part in self.parsed.walk():
            parts += [f"{name}: {value}" for name, value in part.items()]
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                parts.append(content.decode("latin-1"))
                parts.append(content.decode(part.get_content_charset() or "utf-8", "replace"))
        return "\n".join(parts)


def read_mail(raw: bytes) -> Mail:
    parsed = email.message_from_bytes(raw, policy=default)
    assert isinstance(parsed, EmailMessage)
    return Mail(raw, parsed)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A Maildir."""

    folder: Path

    def mails(self) -> list[Mail]:
        """All mails, in the order in which they came."""
        return [read_mail(path.read_bytes()) for path in self._files()]

    def count(self) -> int:
        return len(self._files())

    def wait_for(self, count: int, *, seconds: float = DEADLINE) -> list[Mail]:
        """Waits until `count` mails are there; there must not be more."""
        until(
            f"{count} mails in {self.folder.name} (there are {self.count()})",
            lambda: self.count() >= count,
            seconds=seconds,
        )
        found = self.mails()
        assert len(found) == count, [mail.parsed["Subject"] for mail in found]
        return found

    def _files(self) -> list[Path]:
        places = [self.folder / "new", self.folder / "cur"]
        files = [path for place in places if place.is_dir() for path in place.iterdir()]
        return sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.name))
