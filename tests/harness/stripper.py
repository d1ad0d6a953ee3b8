"""A relay between desks that takes away what could tell them of each other.

Badly set up gateways, forwarders and list servers do each of these things to a mail; this one
does all of them to every mail. What it leaves is what a person would have written: From, To,
Subject, Date, a Message-ID that nobody has seen before, and the text.
"""

import itertools
import re
import smtplib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.header import Header, decode_header, make_header

from tests.harness.mailbox import read_mail
from tests.harness.sink import Sink, Taken, running_sink

MARKS = re.compile(
    rb"auto-submitted|precedence|feedback-id|return-path|x-.*|list-.*", re.IGNORECASE
)
"""Fields by which a machine says that it is one (RFC 3834 §5, RFC 2919, RFC 2369), and every
field of somebody's own."""
THREADS = re.compile(rb"references|in-reply-to|reply-to|thread-.*", re.IGNORECASE)
"""Fields by which an answer finds what it answers."""
_TAGS = re.compile(r"\[#[^\]]*\]\s*")
_FIELD = re.compile(rb"[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*")

Strip = Callable[[bytes, int], bytes]
"""What becomes of the `number`th mail."""


def without_marks(content: bytes, number: int) -> bytes:
    """As a mail without any automatic mark; what it answers can still be told."""
    return _without(content, MARKS)


def without_anything(content: bytes, number: int) -> bytes:
    """And nothing of what it answers: no reference, no id of the desk's, no number of a ticket."""
    bare = _without(_without(content, MARKS), THREADS)
    bare = _with(bare, b"message-id", f"<{number}.{number * 7919}@between.example>".encode())
    subject = str(make_header(decode_header(read_mail(content)["Subject"])))
    untagged = Header(_TAGS.sub("", subject), "utf-8" if not subject.isascii() else "us-ascii")
    return _with(bare, b"subject", untagged.encode(linesep="\r\n").encode("ascii"))


def _without(content: bytes, names: re.Pattern[bytes]) -> bytes:
    fields, body = _split(content)
    kept = [one for one in fields if not names.fullmatch(_name(one))]
    return b"".join(kept) + b"\r\n" + body


def _with(content: bytes, name: bytes, value: bytes) -> bytes:
    fields, body = _split(content)
    changed = [
        one.partition(b":")[0] + b": " + value + b"\r\n" if _name(one) == name else one
        for one in fields
    ]
    return b"".join(changed) + b"\r\n" + body


def _split(content: bytes) -> tuple[list[bytes], bytes]:
    header, _, body = content.partition(b"\r\n\r\n")
    return _FIELD.findall(header + b"\r\n"), body


def _name(one: bytes) -> bytes:
    return one.partition(b":")[0].strip().lower()


@dataclass(slots=True)
class Relay:
    """Hands each mail on to the port of its recipient's domain, and keeps what no domain takes:
    that has arrived. `ways` may be filled in later.

    It says for whom it has checked a mail when `vouches` names the host it does so as: everything
    that it carries passes DMARC then. After `most` mails it hands on nothing more, so that a loop
    that does not end fails a test rather than the machine.
    """

    sink: Sink
    strip: Strip
    ways: Mapping[str, int]
    vouches: str | None = None
    most: int = 300
    carried: list[Taken] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def port(self) -> int:
        return self.sink.port

    def between(self, domain: str) -> int:
        """How many mails it has handed on to that domain."""
        return sum(one.recipient.endswith(f"@{domain}") for one in list(self.carried))

    def hand_on(self, taken: Taken) -> None:
        port = self.ways.get(taken.recipient.rpartition("@")[2])
        if port is None or not _is_support(taken.recipient):
            return
        with self.lock:
            self.carried.append(taken)
            number = next(self.numbers)
        if number > self.most:
            return
        sender = _address(taken.mail["From"])
        content = self.strip(taken.content, number)
        if self.vouches is not None:
            domain = sender.rpartition("@")[2]
            checked = f"Authentication-Results: {self.vouches}; dmarc=pass header.from={domain}"
            content = checked.encode() + b"\r\n" + content
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            # The null reverse path (RFC 3834 §3.3) would tell a machine, so it is filled in.
            refused = client.sendmail(taken.reverse_path or sender, [taken.recipient], content)
        assert not refused, refused


def _is_support(recipient: str) -> bool:
    return recipient.partition("@")[0].partition("+")[0] == "support"


def _address(shown: str) -> str:
    return shown.rpartition("<")[2].removesuffix(">")


@contextmanager
def running_relay(
    strip: Strip, ways: Mapping[str, int], *, vouches: str | None = None
) -> Iterator[Relay]:
    """`ways` are ports by domain, for support addresses and their subaddresses."""
    with running_sink() as sink:
        relay = Relay(sink, strip, ways, vouches)
        sink.hand_on = relay.hand_on
        yield relay
