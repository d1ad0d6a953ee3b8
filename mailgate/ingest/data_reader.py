"""Reads the content of a message off the wire (RFC 5321 §4.1.1.4, §4.5.2). Pure, no I/O.

Only CRLF.CRLF ends a message. What must not be seen twice is decided here: a bare CR or LF
anywhere makes the message refused, because servers disagree on where such a message ends
(SMTP smuggling, CVE-2024-27305). Memory is bounded by the size limit: what comes after it is
counted and thrown away.
"""

from dataclasses import dataclass, field
from io import IncrementalNewlineDecoder
from typing import Final

from mailgate.ingest.respond import RefusalReason

_END: Final = b"\r\n.\r\n"
_DOT: Final = b"\r\n."
_PREFIXES_OF_END: Final = (b"\r\n.\r", b"\r\n.", b"\r\n", b"\r")
_PATIENCE: Final = 4
"""How many times the size limit is read and thrown away before the session is ended: a
client reads our 552 only after its final dot, and one that never reads it retries for days."""
_PIECE: Final = 65536


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


def read_whole(chunk: bytes, *, max_size: int) -> Complete | Refused | None:
    """A message that came in one piece, with nothing behind its end and no stuffed dot, as most
    of a few kilobytes do; None when it takes a `DataReader`."""
    if not chunk.endswith(_END) or len(chunk) - len(_DOT) > max_size or chunk.startswith(b"."):
        return None
    if chunk.find(_DOT) != len(chunk) - len(_END):
        return None
    lines = chunk.count(b"\n")
    if chunk.count(b"\r") != lines or chunk.count(b"\r\n") != lines:
        return Refused(RefusalReason.BARE_NEWLINE, b"")
    return Complete(chunk[: -len(_DOT)], b"")


class DataReader:
    """Takes chunks as they come; says when the message is over.

    Chunks are put together to pieces of 64 KiB: the cost is a few passes of C code over each
    piece, whatever the lines and the chunks look like.
    """

    def __init__(self, *, max_size: int, max_line: int) -> None:
        self._max_size = max_size
        self._max_line = max_line
        # A message may begin with its end: the CRLF before the first line is the one of
        # the DATA command (RFC 5321 §4.1.1.4). It is cut off again from the content.
        self._waiting = bytearray(b"\r\n")
        self._lead = len(self._waiting)
        self._piece_octets = min(_PIECE, max_size // 4, max_line // 4)
        self._pieces: list[bytes] = []
        self._dotted = False
        self._newlines = IncrementalNewlineDecoder(None, translate=False)
        self._size = 0
        self._line = 0
        self._refusal: RefusalReason | None = None

    def feed(self, chunk: bytes) -> DataResult | None:
        """None while the message goes on."""
        waiting = self._waiting
        looked = len(waiting) - len(_END) + 1
        waiting += chunk
        end = self._find_end(max(looked, 0))
        if end >= 0:
            rest = bytes(waiting[end + len(_END) :])
            del waiting[end + 2 :]
            self._take(bytes(waiting))
            return self._finish(rest)
        if len(waiting) < self._piece_octets:
            return None
        # A CR stays with what follows it, so no piece ends between CR and LF, or between
        # CRLF and a stuffed dot: each can be judged and unstuffed by itself.
        held = next((prefix for prefix in _PREFIXES_OF_END if waiting.endswith(prefix)), b"")
        piece = bytes(waiting[: len(waiting) - len(held)])
        waiting[:] = held
        self._take(piece)
        return self._endless()

    def _find_end(self, begin: int) -> int:
        """Where the end is, -1 without one. Until a line begins with a dot one search does for
        the end and for stuffed dots."""
        waiting = self._waiting
        if not self._dotted:
            begin = waiting.find(_DOT, begin)
            if begin < 0 or len(waiting) < begin + len(_END):
                return -1
            self._dotted = not waiting.startswith(_END, begin)
        return waiting.find(_END, begin)

    def _take(self, piece: bytes) -> None:
        self._measure_line(piece)
        self._size += len(piece) - self._lead
        if self._refusal is None:
            self._refusal = self._judge(piece)
        if self._refusal is not None:
            self._pieces.clear()
        else:
            unstuffed = piece.replace(_DOT, b"\r\n") if self._dotted else piece
            self._size -= len(piece) - len(unstuffed)
            self._pieces.append(unstuffed[self._lead :])
        self._lead = 0
        self._dotted = False

    @property
    def kept(self) -> int:
        """How many octets of the message are in memory."""
        if self._refusal is not None:
            return 0
        return self._size + len(self._waiting) - self._lead

    def refuse(self, reason: RefusalReason) -> None:
        """Keeps nothing of this message; it is read to its end, and refused."""
        self._refusal = self._refusal or reason
        self._pieces.clear()

    def _judge(self, piece: bytes) -> RefusalReason | None:
        # The standard library's reader of newlines tells the kinds that it saw in one pass.
        self._newlines.decode(piece.decode("latin-1"), final=True)
        if self._newlines.newlines not in (None, "\r\n"):
            return RefusalReason.BARE_NEWLINE
        # Stuffed dots do not count (RFC 1870 §5), so near the limit they are looked for.
        if self._size > self._max_size and self._size - piece.count(_DOT) > self._max_size:
            return RefusalReason.TOO_BIG
        return None

    def _measure_line(self, piece: bytes) -> None:
        last = piece.rfind(b"\n")
        self._line = self._line + len(piece) if last < 0 else len(piece) - last - 1

    def _finish(self, rest: bytes) -> DataResult:
        if self._refusal is not None:
            return Refused(self._refusal, rest)
        return Complete(b"".join(self._pieces), rest)

    def _endless(self) -> Endless | None:
        if self._line > self._max_line:
            return Endless(RefusalReason.ENDLESS_LINE)
        if self._size > self._max_size * _PATIENCE:
            return Endless(RefusalReason.ENDLESS_MESSAGE)
        return None
