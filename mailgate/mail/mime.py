"""The MIME structure (RFC 2046) of a message by one pass over its lines; nothing recurses.

A part deeper than `MAX_DEPTH` stays one leaf with everything in it, and what follows the
part number `MAX_PARTS` becomes one leaf: nothing of a message is lost, however it is built.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from mailgate.mail.header import Header, read_header
from mailgate.mail.parameters import read_parameters
from mailgate.mail.transfer import decode_transfer, encoding_of

MAX_DEPTH = 50
MAX_PARTS = 1000
MAX_GUESSES = 20
MAX_TYPES = 5
"""Content-Type fields of one part that are looked at."""
MAX_MISSES = 2_000
MAX_BOUNDARY = 200
"""RFC 2046 §5.1.1 says 70; some write more."""

MAX_SEARCHED = 3
"""Open multiparts whose delimiters are looked for one by one."""
_WINDOW_OCTETS = 128 * 1024

_GUESSED_BOUNDARY = re.compile(rb"(?im)^--([^\r\n]{1,200}?)[ \t]*\r?\n(?:content-|\r?\n)")
_GUESS_OCTETS = 64 * 1024
_PREAMBLE_OCTETS = 1_000
_PART_HEADER_OCTETS = 64 * 1024
_LATER_HEADER_OCTETS = 2 * 1024
_HEADERS_OCTETS = 1024 * 1024
"""When the parts' header sections have had so much together, the later ones get less."""
_TYPE = re.compile(r"[!#-'*+.0-9A-Z^-~-]+/[!#-'*+.0-9A-Z^-~-]+", re.IGNORECASE)


@dataclass(slots=True)
class Part:
    """One entity. A multipart that could be taken apart has `children`; everything else is a
    leaf, whose body is `content[start:end]`. `opaque` leaves were not looked into (too deep,
    too many): their content begins with their header section."""

    header: Header
    content_type: str
    parameters: dict[str, str]
    depth: int
    start: int
    end: int
    children: list["Part"] = field(default_factory=list)
    opaque: bool = False

    @property
    def main_type(self) -> str:
        return self.content_type.partition("/")[0]


@dataclass(slots=True)
class _Open:
    """A multipart whose parts are being read."""

    part: Part
    boundary: bytes


def read_structure(content: bytes, start: int) -> tuple[Part, list[str]]:
    """The root part of the message that begins at `start`, and the defects found."""
    return _Scanner(content, start).run()


def encoded_multipart(root: Part, content: bytes) -> bytes | None:
    """The message with its body decoded, when the body is a multipart that was encoded as a
    whole, against RFC 2045 §6.4; None when it is not."""
    boundary = root.parameters.get("boundary", "").encode("utf-8", "replace")
    encoding = encoding_of(root.header.first("content-transfer-encoding"))
    if not boundary or root.children or not encoding:
        return None
    body = decode_transfer(content[root.start : root.end], encoding)
    return content[: root.start] + body if b"--" + boundary in body else None


@lru_cache(maxsize=16)
def _delimiters(boundaries: tuple[bytes, ...]) -> "re.Pattern[bytes]":
    names = b"|".join(map(re.escape, boundaries))
    return re.compile(rb"\n--(?:" + names + rb")(?:--)?[ \t\r]{0,80}(?:\n|\Z)")


class _Scanner:
    def __init__(self, content: bytes, start: int) -> None:
        self._content = content
        self._open: list[_Open] = []
        self._levels: dict[bytes, list[int]] = {}
        self._leaf: Part | None = None
        self._count = 0
        self._misses = self._guesses = 0
        self._headers = 0
        self._defects: list[str] = []
        self._root = self._begin(start, "text/plain")

    def run(self) -> tuple[Part, list[str]]:
        position = self._root.start
        while self._open and self._count <= MAX_PARTS:
            position = self._next_candidate(position)
            if position < 0:
                break
            line_end = self._content.find(b"\n", position) + 1 or len(self._content)
            handled = self._delimiter(position, line_end)
            self._misses += not handled
            position = max(self._resume(), line_end) if handled else line_end
        if self._count > MAX_PARTS:
            self._defects.append("too many parts")
        self._close_leaf(len(self._content))
        self._close(0, len(self._content))
        return self._root, self._defects + list(self._root.header.defects)

    def _next_candidate(self, position: int) -> int:
        """The next line that begins with two hyphens, from the line start `position` on."""
        start = max(position - 1, 0)
        if self._misses > MAX_MISSES:
            # A body full of lines with two hyphens: a pattern of the open boundaries skips them.
            match = _delimiters(tuple(self._levels)).search(self._content, start)
            return match.start() + 1 if match else -1
        if self._content.startswith(b"--", position):
            return position
        if len(self._levels) > MAX_SEARCHED:
            return self._content.find(b"\n--", start) + 1 or -1
        # The whole delimiter is found five times faster in a large file than two hyphens are.
        needles = [b"\n--" + boundary for boundary in self._levels]
        for window in range(start, len(self._content), _WINDOW_OCTETS):
            end = window + _WINDOW_OCTETS
            found = [self._content.find(n, window, end + len(n) - 1) for n in needles]
            if any(at >= 0 for at in found):
                return min(at for at in found if at >= 0) + 1
        return -1

    def _resume(self) -> int:
        """Where to look on after a delimiter: behind the header section of the new part."""
        return self._leaf.start if self._leaf else self._open[-1].part.start

    def _delimiter(self, position: int, line_end: int) -> bool:
        """Handles the line when it is a delimiter of an open multipart."""
        if line_end - position > MAX_BOUNDARY + 80:
            return False
        line = self._content[position + 2 : line_end].rstrip(b" \t\r\n")
        levels = self._levels.get(line)
        if levels is None and line.endswith(b"--"):
            levels = self._levels.get(line[:-2])
            if levels:
                self._finish(levels[-1], position, line_end)
                return True
        if not levels:
            return False
        level = levels[-1]
        self._close_leaf(position)
        self._close(level + 1, position)
        self._next_part(self._open[level].part, line_end)
        return True

    def _finish(self, level: int, position: int, line_end: int) -> None:
        """A close delimiter. The multipart stays open for a delimiter that comes too late;
        text that follows becomes a part of its own instead of being dropped."""
        self._close_leaf(position)
        self._close(level + 1, position)
        self._count += 1
        parent = self._open[level].part
        epilogue = Part(_EMPTY, "text/plain", {}, parent.depth + 1, line_end, line_end)
        parent.children.append(epilogue)
        self._leaf = epilogue

    def _next_part(self, parent: Part, start: int) -> None:
        if self._count >= MAX_PARTS:
            self._count += 1
            self._leaf = _opaque(parent.depth + 1, start)
            parent.children.append(self._leaf)
            return
        default = "message/rfc822" if parent.content_type == "multipart/digest" else "text/plain"
        parent.children.append(self._begin(start, default, parent.depth + 1))

    def _begin(self, start: int, default: str, depth: int = 0) -> Part:
        """A new part whose header section begins at `start`."""
        self._count += 1
        header, body = read_header(self._content, start, self._part_end(start))
        self._headers += body - start
        content_type, parameters = self._declared_type(header, body, default)
        part = Part(header, content_type, parameters, depth, body, body)
        if part.main_type == "multipart":
            self._begin_multipart(part, start)
        else:
            self._leaf = part
        return part

    def _declared_type(self, header: Header, body: int, default: str) -> tuple[str, dict[str, str]]:
        """The first Content-Type; of several, a multipart whose boundary is in use."""
        declared = header.all("content-type")
        if not declared:
            return default, {}
        if len(declared) > 1:
            self._defects.append("several Content-Type fields")
            for value in declared[:MAX_TYPES]:
                content_type, parameters = read_parameters(value)
                boundary = parameters.get("boundary", "").encode("utf-8", "replace")
                window = self._content[body : body + _GUESS_OCTETS]
                if content_type.startswith("multipart") and boundary and boundary in window:
                    return _settled_type(content_type, default), parameters
        content_type, parameters = read_parameters(declared[0])
        return _settled_type(content_type, default), parameters

    def _part_end(self, start: int) -> int:
        """A part without a blank line must not read its header from the next part."""
        if not self._open:
            return len(self._content)
        delimiter = b"--" + self._open[-1].boundary
        if self._content.startswith(delimiter, start):
            return start
        much = self._headers > _HEADERS_OCTETS
        octets = _LATER_HEADER_OCTETS if much else _PART_HEADER_OCTETS
        window = min(start + octets, len(self._content))
        found = self._content.find(b"\n" + delimiter, start, window)
        return found + 1 if found >= 0 else window

    def _begin_multipart(self, part: Part, start: int) -> None:
        declared = self._declared_boundary(part)
        boundary = declared or self._guessed_boundary(part)
        if boundary is None:
            self._defects.append("multipart without its boundary")
            part.content_type = "text/plain"
            self._leaf = part
        elif part.depth >= MAX_DEPTH:
            self._defects.append("nested too deeply")
            part.opaque, part.start = True, start
            self._leaf = part
        else:
            self._levels.setdefault(boundary, []).append(len(self._open))
            self._open.append(_Open(part, boundary))
            self._leaf = None if declared else self._preamble(part, boundary)

    def _preamble(self, part: Part, boundary: bytes) -> Part | None:
        """What stands above the parts is for programs that know no MIME (RFC 2046 §5.1.1), and
        says so, or it is the rest of a torn field. Where the boundary is a guess it may as well
        be what the person wrote."""
        end = self._content.find(b"--" + boundary, part.start)
        above = self._content[part.start : min(end, part.start + _PREAMBLE_OCTETS)]
        if b"MIME" in above or b"boundary=" in above:
            return None
        leaf = Part(_EMPTY, "text/plain", {}, part.depth + 1, part.start, part.start)
        part.children.append(leaf)
        return leaf

    def _declared_boundary(self, part: Part) -> bytes | None:
        """The boundary that the part names, when it is in use."""
        declared = part.parameters.get("boundary", "").encode("utf-8", "replace").rstrip()
        if not 0 < len(declared) <= MAX_BOUNDARY:
            return None
        window_end = len(self._content) if self._count <= 50 else part.start + _GUESS_OCTETS
        in_use = self._content.find(b"--" + declared, part.start, window_end) >= 0
        return declared if in_use else None

    def _guessed_boundary(self, part: Part) -> bytes | None:
        """The boundary that the body shows."""
        if self._guesses >= MAX_GUESSES:
            return None
        self._guesses += 1
        window = self._content[part.start : part.start + _GUESS_OCTETS]
        for found in _GUESSED_BOUNDARY.finditer(window):
            if found[1] not in self._levels:
                self._defects.append("wrong multipart boundary")
                return found[1]
        return None

    def _close_leaf(self, end: int) -> None:
        """The line end before a delimiter belongs to the delimiter (RFC 2046 §5.1.1)."""
        leaf, self._leaf = self._leaf, None
        if leaf is None:
            return
        if end < len(self._content):
            end -= self._content[end - 1 : end] == b"\n"
            end -= self._content[end - 1 : end] == b"\r"
        leaf.end = max(end, leaf.start)

    def _close(self, level: int, end: int) -> None:
        """Closes the multiparts from `level` on; one without any part is text as it stands."""
        for opened in reversed(self._open[level:]):
            levels = self._levels[opened.boundary]
            levels.pop()
            if not levels:
                del self._levels[opened.boundary]
            part = opened.part
            part.children = [child for child in part.children if not self._is_blank(child)]
            if not part.children:
                part.content_type, part.end = "text/plain", max(end, part.start)
        del self._open[level:]

    def _is_blank(self, part: Part) -> bool:
        """Nothing but line ends between a close delimiter and what follows."""
        if part.header is not _EMPTY:
            return False
        return not self._content[part.start : part.end].strip()


_EMPTY = Header((), {}, ())


def _opaque(depth: int, start: int) -> Part:
    return Part(_EMPTY, "application/octet-stream", {}, depth, start, start, opaque=True)


def _settled_type(content_type: str, default: str) -> str:
    """RFC 2045 §5.2: a type that can't be read is text/plain; `text` alone too."""
    if _TYPE.fullmatch(content_type):
        return content_type
    if content_type.partition("/")[0] == "multipart":
        return "multipart/mixed"
    return default if content_type in {"", "text"} else "text/plain"


def leaves(root: Part) -> Iterator[Part]:
    """Every leaf in the order of the message."""
    stack = [root]
    while stack:
        part = stack.pop()
        if part.children:
            stack.extend(reversed(part.children))
        else:
            yield part


def leaf_octets(part: Part, content: bytes) -> bytes:
    """The content of a leaf with its transfer encoding undone; damage is skipped over."""
    data = content[part.start : part.end]
    if part.opaque:
        return data
    return decode_transfer(data, encoding_of(part.header.first("content-transfer-encoding")))
