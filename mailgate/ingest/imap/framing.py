"""Bytes of an IMAP server -> responses (RFC 3501 §2.2, §4.3), without I/O.

A response is a tuple of parts: text, literal, text, literal, ... text. What stands in a literal
is never looked at, so a message can say `)`, `{9}`, `* BYE` or `A1 OK` as it likes. The work is
linear in the bytes, however they are cut, and every length has a limit that is checked before
anything of that length is read.
"""

import re
from dataclasses import dataclass

Response = tuple[bytes, ...]
"""Even places are text without the `{n}` that announced a literal; odd places are literals."""

_LITERAL = re.compile(rb"~?\{(\d{1,20})\+?\}\Z")
"""literal of RFC 3501 §9, literal8 of RFC 3516."""

_PARTS_MAX = 64
"""Literals in one response: we ask for one."""


class FramingError(Exception):
    """The server passed a limit: nothing of this connection can be believed any more."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a server may send until the next command, in octets."""

    literal: int
    """One literal."""
    line: int = 64 * 1024
    total: int = 1024 * 1024


QUIET = Allowance(literal=64 * 1024)
"""For whatever comes besides the messages."""


class Framer:
    """Feed it what was read; it gives the responses that are complete."""

    def __init__(self) -> None:
        self._allowed = QUIET
        self._left = QUIET.total
        self._line = bytearray()
        self._literal = bytearray()
        self._missing = 0
        self._parts: list[bytes] = []

    def allow(self, allowance: Allowance) -> None:
        """From here on, for the command that is about to be sent."""
        self._allowed = allowance
        self._left = allowance.total

    @property
    def empty(self) -> bool:
        """Whether nothing stands between two responses."""
        return not (self._line or self._parts or self._missing)

    def feed(self, data: bytes) -> list[Response]:
        """The responses that `data` completes. Raises `FramingError`."""
        self._left -= len(data)
        if self._left < 0:
            raise FramingError(f"it sent over {self._allowed.total} octets where it owed fewer")
        responses: list[Response] = []
        at = 0
        while at < len(data):
            if self._missing:
                at = self._take_literal(data, at)
                continue
            end = data.find(b"\n", at)
            if end < 0:
                self._grow_line(data[at:])
                break
            self._grow_line(data[at:end])
            at = end + 1
            self._end_line(responses)
        return responses

    def _take_literal(self, data: bytes, at: int) -> int:
        piece = data[at : at + self._missing]
        self._literal += piece
        self._missing -= len(piece)
        if not self._missing:
            self._parts.append(bytes(self._literal))
            self._literal = bytearray()
        return at + len(piece)

    def _grow_line(self, piece: bytes) -> None:
        if len(self._line) + len(piece) > self._allowed.line:
            raise FramingError(f"it sent a line of over {self._allowed.line} octets")
        self._line += piece

    def _end_line(self, responses: list[Response]) -> None:
        line = bytes(self._line.removesuffix(b"\r"))
        self._line.clear()
        announced = _LITERAL.search(line) if line.endswith(b"}") else None
        if announced is None:
            self._parts.append(line)
            if len(self._parts) > 1 or line:
                responses.append(tuple(self._parts))
            self._parts = []
            return
        octets = int(announced.group(1))
        if octets > self._allowed.literal or len(self._parts) > _PARTS_MAX:
            raise FramingError(
                f"it announced {octets} octets where at most {self._allowed.literal} were expected"
            )
        self._parts.append(line[: announced.start()])
        self._missing = octets
        if not octets:
            self._parts.append(b"")
