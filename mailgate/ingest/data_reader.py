"""Reads the content of a message off the wire (RFC 5321 §4.1.1.4, §4.5.2). Pure, no I/O.

Only CRLF.CRLF ends a message. What must not be seen twice is decided here: a bare CR or LF
anywhere makes the message refused, because servers disagree on where such a message ends
(SMTP smuggling, CVE-2024-27305). Memory is bounded by the size limit: what comes after it is
counted and thrown away.
"""

from dataclasses import dataclass, field
from typing import Final

from mailgate.ingest.respond import RefusalReason

_END: Final = b"\r\n.\r\n"
_PREFIXES_OF_END: Final = (b"\r\n.\r", b"\r\n.", b"\r\n", b"\r")
_PATIENCE: Final = 4
"""How many times the size limit is read and thrown away before the session is ended: a
client reads our 552 only after its final dot, and one that never reads it retries for days."""


@dataclass(frozen=True, slots=True)
class Complete:
    """The message, dots unstuffed, ending in CRLF; `rest` came after its end."""

    content: bytes = field(repr=False)
    rest: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """The message was read to its end and is refused; `rest` came after its end."""

    reason: RefusalReason
    rest: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Endless:
    """The client sends far more than it may: the session ends without waiting for the end."""

    reason: RefusalReason


DataResult = Complete | Refused | Endless


class DataReader:
    """Takes chunks as they come; says when the message is over.

    The cost is a few passes of C code over each chunk, whatever the lines look like.
    """

    def __init__(self, *, max_size: int, max_line: int) -> None:
        self._max_size = max_size
        self._max_line = max_line
        # A message may begin with its end: the CRLF before the first line is the one of
        # the DATA command (RFC 5321 §4.1.1.4). It is cut off again from the content.
        self._held = b"\r\n"
        self._lead = len(self._held)
        self._kept = bytearray()  # a list of pieces costs 33 octets for each, however small
        self._size = -self._lead
        self._line = 0
        self._refusal: RefusalReason | None = None

    def feed(self, chunk: bytes) -> DataResult | None:
        """None while the message goes on."""
        data = self._held + chunk
        end = data.find(_END)
        if end >= 0:
            self._take(data[: end + 2])
            return self._finish(data[end + len(_END) :])
        self._held = next((prefix for prefix in _PREFIXES_OF_END if data.endswith(prefix)), b"")
        self._take(data[: len(data) - len(self._held)])
        return self._endless()

    def _take(self, piece: bytes) -> None:
        # `_held` keeps a CR with what follows it, so no piece ends between CR and LF, or
        # between CRLF and a stuffed dot: each can be judged and unstuffed by itself.
        self._measure_line(piece)
        self._size += len(piece)
        if self._refusal is None:
            self._refusal = self._judge(piece)
        if self._refusal is not None:
            self._kept = bytearray()
            return
        unstuffed = piece.replace(b"\r\n.", b"\r\n")
        self._size -= len(piece) - len(unstuffed)
        self._kept += unstuffed[self._lead :] if self._lead else unstuffed
        if piece:
            self._lead = 0

    @property
    def kept(self) -> int:
        """How many octets of the message are in memory."""
        return max(self._size, 0) if self._refusal is None else 0

    def refuse(self, reason: RefusalReason) -> None:
        """Keeps nothing of this message; it is read to its end, and refused."""
        self._refusal = self._refusal or reason
        self._kept = bytearray()

    def _judge(self, piece: bytes) -> RefusalReason | None:
        lines = piece.count(b"\r\n")
        if piece.count(b"\n") != lines or piece.count(b"\r") != lines:
            return RefusalReason.BARE_NEWLINE
        # Stuffed dots do not count (RFC 1870 §5), so near the limit they are looked for.
        if self._size > self._max_size and self._size - piece.count(b"\r\n.") > self._max_size:
            return RefusalReason.TOO_BIG
        return None

    def _measure_line(self, piece: bytes) -> None:
        last = piece.rfind(b"\n")
        self._line = self._line + len(piece) if last < 0 else len(piece) - last - 1

    def _finish(self, rest: bytes) -> DataResult:
        if self._refusal is not None:
            return Refused(self._refusal, rest)
        return Complete(bytes(self._kept), rest)

    def _endless(self) -> Endless | None:
        if self._line > self._max_line:
            return Endless(RefusalReason.ENDLESS_LINE)
        if self._size > self._max_size * _PATIENCE:
            return Endless(RefusalReason.ENDLESS_MESSAGE)
        return None
