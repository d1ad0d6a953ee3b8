"""From, To, Cc, Reply-To (RFC 5322 §3.4) by one pass over the octets.

Structure is read before anything is decoded, so nothing inside an encoded word, a quoted
string or a comment can become an address. What can be read in two ways still gives its
addresses for people to see, but the field is not `exact`, and then nobody's rights come
from it (CVE-2023-27043, `a@b.com <x@y.com>`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from mailgate.mail.address import Address, AddressError, NamedAddress, canonical_domain, quote
from mailgate.mail.words import decode_header

MAX_ADDRESSES = 500
MAX_OCTETS = 64 * 1024
MAX_LOCALPART_OCTETS = 256
"""Longer than RFC 5321's 64: a reader keeps what a sender can't mend."""

_BLANKS = " \t\r\n"
_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n]+)|(?P<word>[^ \t\r\n\"(),:;<>@\[\]\\]+)|(?P<special>.)", re.DOTALL
)
_QUOTE_STOP = re.compile(r'["\\]')
_COMMENT_STOP = re.compile(r"[()\\]")
_ANGLE_STOP = re.compile(r"[<>,;]")
_ROUTE_STOP = re.compile(r"[<>;]")
_PLAIN_LOCALPART = re.compile(r"[^\"(),:;<>@\[\]\\\x00-\x20\x7f]+")
_SIMPLE = re.compile(
    r'(?:(?:"([^"\\\x00-\x1f\x7f]*)"[ \t]*|([^"(),:;<>@\[\]\\\x00-\x1f\x7f]*))'
    r"<([A-Za-z0-9._+-]{1,64})@([A-Za-z0-9.-]{1,255})>)"
    r"|([A-Za-z0-9._+-]{1,64})@([A-Za-z0-9.-]{1,255})"
)
"""What nearly every From field is; read at once, with the result of the whole reader."""
_UNSAFE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ENCODED_WORD = re.compile(r"=\?[^?]{1,60}\?[bBqQ]\?")


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


_Piece = tuple[str, str]
"""(kind, text); kind: word, quoted, at, comment, blank, literal."""


@dataclass(slots=True)
class _Mailbox:
    """The element that is being read: what stands outside the angle brackets, and in them."""

    pieces: list[_Piece] = field(default_factory=list)
    angle: str | None = None

    @property
    def last(self) -> str:
        return self.pieces[-1][0] if self.pieces else ""

    @property
    def has_at(self) -> bool:
        return any(kind == "at" for kind, _ in self.pieces)


def read_addresses(value: bytes, hint: str | None = None) -> AddressField:
    """The addresses of one field's value, at most 500; linear in its length."""
    text = value[:MAX_OCTETS].decode("latin-1")
    simple = _SIMPLE.fullmatch(text)
    if simple and (found := _simple(simple, hint)):
        return AddressField((found,), exact=True)
    return _read_all(value, text, hint)


def _simple(match: "re.Match[str]", hint: str | None) -> NamedAddress | None:
    quoted, words, localpart, domain, bare_localpart, bare_domain = match.groups()
    try:
        address = Address(localpart or bare_localpart, canonical_domain(domain or bare_domain))
    except AddressError:
        return None
    return NamedAddress(_display(quoted or words or "", hint), address)


def _read_all(value: bytes, text: str, hint: str | None) -> AddressField:
    reader = _Reader(text, hint)
    reader.run()
    exact = reader.exact and len(value) <= MAX_OCTETS and not _UNSAFE.search(reader.text)
    return AddressField(tuple(reader.found), exact, reader.truncated)


class _Reader:
    """One octet is one character of `text`; names are decoded when their element ends."""

    def __init__(self, text: str, hint: str | None) -> None:
        self.text = text
        self.found: list[NamedAddress] = []
        self.exact = True
        self.truncated = False
        self._hint = hint
        self._box = _Mailbox()
        self._in_group = False
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
            case "[" if self._box.last == "at":
                return self._literal(position)
            case "[" | "]" if self._box.angle is None and not self._box.has_at:
                self._box.pieces.append(("word", piece))  # `[CS] Hong <a@b>`, usual in Korea
            case _:
                self.exact = False  # a stray `)`, `>`, `]`, backslash
                self._box.pieces.append(("blank", " "))
        return position

    def _quoted(self, start: int) -> int:
        end = self._closing('"', _closing_quote, start)
        if end < 0:
            return start
        if self._box.angle is not None:
            self.exact = False
        else:
            self._box.pieces.append(("quoted", _unescaped(self.text[start:end])))
        return end + 1

    def _comment(self, start: int) -> int:
        end = self._closing("(", _closing_parenthesis, start)
        if end < 0:
            return start
        if self._box.angle is None:
            self._box.pieces.append(("comment", self.text[start:end]))
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
            self._finish()
        inside = start
        if self.text.startswith('"', start):
            inside = max(_closing_quote(self.text, start + 1), start)
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
            self._box = _Mailbox()

    def _separator(self, piece: str) -> None:
        self._finish()
        if piece == ";":
            self.exact = False
            self._in_group = False

    def _finish(self) -> None:
        """The element ends: an address when it holds one."""
        box, self._box = self._box, _Mailbox()
        if box.angle is not None:
            if box.has_at and not _repeats(box.pieces, box.angle):
                self.exact = False  # `a@b.com <x@y.com>`: which one is the sender?
            self._add(box.angle, _name(box.pieces))
        elif box.has_at:
            self._finish_bare(box.pieces)
        elif any(kind in {"word", "quoted"} for kind, _ in box.pieces):
            self.exact = False  # words without an address

    def _finish_bare(self, pieces: list[_Piece]) -> None:
        """An addr-spec without brackets, with comments or careless words around it."""
        runs = _runs(pieces)
        comments = [text for kind, text in pieces if kind == "comment"]
        name = comments[-1] if comments else ""
        if len(runs) > 1 or not _ends_with_comments(pieces):
            self.exact = False
        words = [text for run in runs if all(kind != "at" for kind, _ in run) for _, text in run]
        for run in runs:
            if any(kind == "at" for kind, _ in run):
                self._add(_spec(run), name or " ".join(words))

    def _add(self, spec: str, raw_name: str) -> None:
        address, exact = _address(spec) if "@" in spec else (None, False)
        self.exact = self.exact and exact
        if address is None:
            return
        if len(self.found) >= MAX_ADDRESSES:
            self.truncated, self.exact = True, False
            return
        self.found.append(NamedAddress(_display(raw_name, self._hint), address))


def _closing_quote(text: str, start: int) -> int:
    """The quote that ends a quoted string, -1 when there is none."""
    while stop := _QUOTE_STOP.search(text, start):
        if stop[0] == '"':
            return stop.start()
        start = stop.end() + 1
    return -1


def _closing_parenthesis(text: str, start: int) -> int:
    """The parenthesis that closes a comment, nested ones counted; -1 when there is none."""
    depth = 1
    while stop := _COMMENT_STOP.search(text, start):
        start = stop.end()
        if stop[0] == "\\":
            start += 1
            continue
        depth += 1 if stop[0] == "(" else -1
        if depth == 0:
            return stop.start()
    return -1


def _unescaped(text: str) -> str:
    return text.replace('\\"', '"').replace("\\\\", "\\") if "\\" in text else text


def _runs(pieces: list[_Piece]) -> list[list[_Piece]]:
    """The pieces between blanks and comments."""
    runs: list[list[_Piece]] = [[]]
    for piece in pieces:
        if piece[0] in {"blank", "comment"}:
            runs.append([])
        else:
            runs[-1].append(piece)
    return [run for run in runs if run]


def _ends_with_comments(pieces: list[_Piece]) -> bool:
    """Comments stand only behind the address: `a@b.kr (Hong)`."""
    kinds = [kind for kind, _ in pieces if kind != "blank"]
    return "comment" not in kinds[: len(kinds) - kinds.count("comment")]


def _repeats(pieces: list[_Piece], angle: str) -> bool:
    """`a@b.kr <a@b.kr>`, as some programs write without a name: both readings are the same."""
    runs = _runs(pieces)
    return len(runs) == 1 and _spec(runs[0]).casefold() == angle.casefold()


def _spec(run: list[_Piece]) -> str:
    return "".join(quote(text) if kind == "quoted" else text for kind, text in run)


def _name(pieces: list[_Piece]) -> str:
    """The octets of the display name; a comment is the name when there is nothing else."""
    if all(kind in {"comment", "blank"} for kind, _ in pieces):
        return next((text for kind, text in reversed(pieces) if kind == "comment"), "")
    return "".join(f"({text})" if kind == "comment" else text for kind, text in pieces)


def _display(raw: str, hint: str | None) -> str:
    if not raw:
        return ""
    name = decode_header(raw.encode("latin-1"), hint).strip()
    if len(name) > 2 and name[0] == name[-1] == "'":
        name = name[1:-1]  # Outlook quotes so
    return name


def _address(spec: str) -> tuple[Address | None, bool]:
    """(the address, whether it can be read in one way only)."""
    exact = True
    spec = spec.strip(_BLANKS)
    if "(" in spec and not spec.startswith('"'):
        spec, exact = _without_comments(spec), False
    if spec.startswith("@") and ":" in spec:
        spec, exact = spec.rpartition(":")[2], False  # a source route (RFC 5321 appendix C)
    if spec[:7].lower() == "mailto:":
        spec, exact = spec[7:], False
    localpart, at, domain = spec.rpartition("@")
    bare_localpart, bare_domain = localpart.strip(_BLANKS), domain.strip(_BLANKS).rstrip(".")
    try:
        settled = _localpart(bare_localpart)
        name = canonical_domain(_utf8(bare_domain))
    except (AddressError, UnicodeError):
        return None, False
    exact = exact and bool(at) and bare_localpart == localpart and bare_domain == domain
    return Address(settled, name), exact and "@" not in settled and not _ENCODED_WORD.search(spec)


def _without_comments(spec: str) -> str:
    """`pete(his account)@silly.test(his host)` (RFC 5322 appendix A.5)."""
    kept: list[str] = []
    position = 0
    while (start := spec.find("(", position)) >= 0:
        end = _closing_parenthesis(spec, start + 1)
        if end < 0:
            break
        kept.append(spec[position:start])
        position = end + 1
    return "".join([*kept, spec[position:]]).strip(_BLANKS)


def _localpart(raw: str) -> str:
    """Real mailboxes break the dot-atom rule (`a.@docomo.ne.jp`): kept. Raises AddressError."""
    if len(raw) > MAX_LOCALPART_OCTETS:
        raise AddressError("the part before the @ is too long")
    if _PLAIN_LOCALPART.fullmatch(raw):
        return _utf8(raw)
    plain = _unescaped(raw[1:-1]) if len(raw) > 2 and raw[0] == raw[-1] == '"' else ""
    if not plain or _UNSAFE.search(plain):
        raise AddressError("the part before the @ can't be one")
    return _utf8(plain) if _PLAIN_LOCALPART.fullmatch(plain) else quote(_utf8(plain))


def _utf8(raw: str) -> str:
    """RFC 6532: the 8-bit octets of an address are UTF-8. Raises UnicodeError."""
    if raw.isascii():
        return raw
    text = raw.encode("latin-1").decode("utf-8")
    if not text.isprintable():
        raise AddressError("an address holds a character that can't be shown")
    return text
