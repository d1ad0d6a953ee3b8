"""From, To, Cc, Reply-To (RFC 5322 §3.4) by one pass over the octets.

Structure is read before anything is decoded, so nothing inside an encoded word, a quoted
string or a comment can become an address. What can be read in two ways still gives its
addresses for people to see, but the field is not `exact`, and then nobody's rights come
from it (CVE-2023-27043, `a@b.com <x@y.com>`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from mailgate.mail.address import Address, AddressError, NamedAddress, canonical_domain
from mailgate.mail.addressname import display_name, is_doubtful, lifted
from mailgate.mail.addresspieces import Mailbox, Piece, bare_element, name_of, repeats
from mailgate.mail.addrspec import (
    UNSAFE,
    closing_parenthesis,
    closing_quote,
    read_spec,
    unescaped,
)

MAX_ADDRESSES = 500
MAX_OCTETS = 64 * 1024

_BLANKS = " \t\r\n"
_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n]+)|(?P<word>[^ \t\r\n\"(),:;<>@\[\]\\]+)|(?P<special>.)", re.DOTALL
)
_ANGLE_STOP = re.compile(r"[<>,;]")
_ROUTE_STOP = re.compile(r"[<>;]")
_SIMPLE = re.compile(
    r'(?:(?:"([^"\\\x00-\x1f\x7f]*)"[ \t]*|([^"(),:;<>@\[\]\\\x00-\x1f\x7f]*))'
    r"<([A-Za-z0-9._+-]{1,64})@([A-Za-z0-9.-]{1,255})>"
    r"|([A-Za-z0-9._+-]{1,64})@([A-Za-z0-9.-]{1,255}))(?:[ \t]*,[ \t\r\n]*|\Z)"
)
"""What nearly every address is; a list of such is read at once, with the result of the reader."""
_SHOWN = re.compile(r"[ \t'\"<]*([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255})[ \t'\">]*")
"""An address in a place where none belongs: in quotes, in parentheses."""


@dataclass(frozen=True, slots=True)
class AddressField:
    """What a field says. `exact`: every octet of it was understood in the one way the grammar
    allows, and it is a plain list (no group). `truncated`: it has more addresses than kept."""

    addresses: tuple[NamedAddress, ...]
    exact: bool
    truncated: bool = False

    @property
    def sole(self) -> NamedAddress | None:
        """The address, when the field is exactly one and can be read in one way only."""
        return self.addresses[0] if self.exact and len(self.addresses) == 1 else None


def read_addresses(value: bytes, hint: str | None = None) -> AddressField:
    """The addresses of one field's value, at most 500; linear in its length."""
    text = value[:MAX_OCTETS].decode("latin-1")
    if len(value) <= MAX_OCTETS and (simple := _simple(text, hint)):
        return AddressField(tuple(simple), exact=True)
    return _read_all(value, text, hint)


def _simple(text: str, hint: str | None) -> list[NamedAddress] | None:
    """The addresses of a list of simple ones; None for any other."""
    found: list[NamedAddress] = []
    position = 0
    while position < len(text):
        match = _SIMPLE.match(text, position)
        if match is None or len(found) == MAX_ADDRESSES:
            return None
        quoted, words, localpart, domain, bare_localpart, bare_domain = match.groups()
        try:
            address = Address(localpart or bare_localpart, canonical_domain(domain or bare_domain))
        except AddressError:
            return None
        found.append(NamedAddress(display_name(quoted or words or "", hint), address))
        position = match.end()
    return found


def _read_all(value: bytes, text: str, hint: str | None) -> AddressField:
    reader = _Reader(lifted(text), hint)
    reader.run()
    unsafe = UNSAFE.search(reader.text) or is_doubtful(reader.text)
    exact = reader.exact and len(value) <= MAX_OCTETS and not unsafe
    return AddressField(tuple(reader.found), exact, reader.truncated)


class _Reader:
    """One octet is one character of `text`; names are decoded when their element ends."""

    def __init__(self, text: str, hint: str | None) -> None:
        self.text = text
        self.found: list[NamedAddress] = []
        self.exact = True
        self.truncated = False
        self._hint = hint
        self._box = Mailbox()
        self._in_group = False
        self._words = ""
        """The element before, when it was words alone: perhaps the family name of this one."""
        self._unclosed: set[str] = set()
        """Brackets and quotes of which no closing one follows: they are not looked for again."""

    def run(self) -> None:
        position, text, match = 0, self.text, _TOKEN.match
        while position < len(text) and not self.truncated:
            token = match(text, position)
            assert token is not None  # the last alternative takes any character
            kind, piece = str(token.lastgroup), token[0]
            position = token.end()
            if kind == "special":
                position = self._special(piece, position)
            elif self._box.angle is None:
                self._box.pieces.append((kind, piece if kind == "word" else " "))
            elif kind == "word":
                self.exact = False  # `<a@b.kr> and more`
        self._finish()

    def _special(self, piece: str, position: int) -> int:
        """Handles one special character; returns where to read on."""
        match piece:
            case '"':
                return self._quoted(position)
            case "(":
                return self._comment(position)
            case "<":
                return self._angle(position)
            case "," | ";":
                self._separator(piece)
            case ":":
                self._colon()
            case "@" if self._box.angle is None:
                self._box.pieces.append(("at", "@"))
                self._box.has_at = True
            case "[" if self._box.last == "at":
                return self._literal(position)
            case "[" | "]" if self._box.angle is None and not self._box.has_at:
                self._box.pieces.append(("word", piece))  # `[CS] Hong <a@b>`, usual in Korea
            case _:
                self.exact = False  # a stray `)`, `>`, `]`, backslash
                self._box.pieces.append(("blank", " "))
        return position

    def _quoted(self, start: int) -> int:
        end = self._closing('"', closing_quote, start)
        if end < 0:
            return start
        if self._box.angle is not None:
            self.exact = False
        else:
            self._box.pieces.append(("quoted", unescaped(self.text[start:end])))
        return end + 1

    def _comment(self, start: int) -> int:
        end = self._closing("(", closing_parenthesis, start)
        if end < 0:
            return start
        if self._box.angle is None:
            self._box.pieces.append(("comment", unescaped(self.text[start:end])))
        return end + 1

    def _closing(self, opening: str, find: Callable[[str, int], int], start: int) -> int:
        end = -1 if opening in self._unclosed else find(self.text, start)
        if end < 0:
            self._unclosed.add(opening)
            self.exact = False
        return end

    def _angle(self, start: int) -> int:
        if self._box.angle is not None:
            self.exact = False  # `<a@b.com><c@d.com>`
            if self._box.angle.strip():  # `<<a@b.com>>` is one
                self._finish()
        inside = start
        if self.text.startswith('"', start):
            inside = max(closing_quote(self.text, start + 1), start)
        stops = _ROUTE_STOP if self.text.startswith("@", start) else _ANGLE_STOP
        stop = stops.search(self.text, inside)
        end = stop.start() if stop else len(self.text)
        self._box.angle = self.text[start:end]
        if stop and stop[0] == ">":
            return end + 1
        self.exact = False
        return end

    def _literal(self, start: int) -> int:
        end = self.text.find("]", start, start + 100)
        if end < 0:
            self.exact = False
            return start
        self._box.pieces.append(("literal", self.text[start - 1 : end + 1]))
        return end + 1

    def _colon(self) -> None:
        """A group's name ends here; a colon anywhere else is part of a careless name."""
        self.exact = False
        if self._in_group or self._box.angle is not None or self._box.has_at:
            self._box.pieces.append(("word", ":"))
        else:
            self._in_group = True
            self._box = Mailbox()

    def _separator(self, piece: str) -> None:
        self._finish()
        if piece == ";":
            self.exact = False
            self._in_group = False

    def _finish(self) -> None:
        """The element ends: an address when it holds one."""
        box, self._box = self._box, Mailbox()
        words, self._words = self._words, ""
        if box.angle is not None and (box.angle.strip() or not box.has_at):
            if box.has_at and not repeats(box.pieces, box.angle):
                self.exact = False  # `a@b.com <x@y.com>`: which one is the sender?
            name = name_of(box.pieces).strip(_BLANKS)
            self._add(box.angle, f"{words}, {name}" if words and name else name)
        elif box.has_at:
            self.exact = self.exact and box.angle is None
            self._finish_bare(box.pieces)
        elif any(kind in {"word", "quoted", "comment"} for kind, _ in box.pieces):
            self.exact = False  # words without an address
            self._finish_words(box.pieces)

    def _finish_words(self, pieces: list[Piece]) -> None:
        """`Hong [a@b.kr]`, `'a@b.kr'` in quotes; else the family name of `Hong, Gil <a@b.kr>`."""
        shown = [(text, _SHOWN.fullmatch(text)) for kind, text in pieces if kind != "word"]
        specs = [found[1] for _, found in shown if found]
        if len(specs) == 1:
            names = [text for kind, text in pieces if kind in {"word", "blank"}]
            self._add(specs[0], "".join(names).strip(_BLANKS))
        elif not specs:
            self._words = name_of(pieces).strip(_BLANKS)

    def _finish_bare(self, pieces: list[Piece]) -> None:
        element = bare_element(pieces)
        self.exact = self.exact and element.exact
        # Words between two addresses name nobody: `from: a@b.kr to: c@d.kr`.
        name = element.name if len(element.specs) == 1 else ""
        for spec in element.specs:
            self._add(spec, name)

    def _add(self, spec: str, raw_name: str) -> None:
        address, exact = read_spec(spec) if "@" in spec else (None, False)
        self.exact = self.exact and exact
        if address is None:
            return
        if len(self.found) >= MAX_ADDRESSES:
            self.truncated, self.exact = True, False
            return
        self.found.append(NamedAddress(display_name(raw_name, self._hint), address))
