"""RTF to what a mail says: the HTML that Outlook packed into it ([MS-OXRTFEX]), or its text.

One pass over the octets; groups are kept on a list, nothing recurses.
"""

import re
from dataclasses import dataclass, field, replace

from mailgate.mail.charset import codec_of

MAX_RTF = 4_000_000
MAX_TOKENS = 500_000
"""Words, groups and runs of text: the rest is not read."""
MAX_GROUPS = 500
"""Groups in each other; what is deeper is not read."""

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z'])|([{}])"
    rb"|([^\\{}\r\n]+)|[\r\n]+|\\",
    re.DOTALL,
)
_FROM_HTML = re.compile(rb"\\fromhtml1?(?![0-9])")
_CHARSET_PAGES = {
    128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258,
    177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250,
}  # fmt: skip
"""\\fcharset to the code page of a font."""

_SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr headerf footerl "
    b"footerr footerf ftnsep ftnsepc ftncn aftnsep filetbl revtbl listtable listoverridetable "
    b"rsidtbl generator themedata colorschememapping datastore latentstyles xmlnstbl "
    b"fldinst bkmkstart bkmkend nonshppict shppict template operator author title subject".split()
)
_CHARACTERS = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n",
    b"tab": "\t", b"cell": "\t", b"lquote": "\u2018", b"rquote": "\u2019",
    b"ldblquote": "\u201c", b"rdblquote": "\u201d", b"bullet": "\u2022",
    b"endash": "\u2013", b"emdash": "\u2014", b"emspace": "\u2003", b"enspace": "\u2002",
}  # fmt: skip
_SYMBOLS = {b"~": "\u00a0", b"_": "\u2011", b"\n": "\n", b"\r": "\n"}


@dataclass(frozen=True, slots=True)
class _State:
    """What holds inside a group and is restored behind it."""

    skipped: bool = False
    is_rtf: bool = False
    """Between \\htmlrtf and \\htmlrtf0: only for readers of RTF."""
    font: int = -1
    fallback: int = 1
    """\\uc: characters to leave out behind \\u."""


@dataclass(slots=True)
class _Reader:
    page: str = "cp1252"
    out: list[str] = field(default_factory=list)
    state: _State = field(default_factory=_State)
    fonts: dict[int, str] = field(default_factory=dict)
    groups: list[_State] = field(default_factory=list)
    pending: bytearray = field(default_factory=bytearray)
    starred: bool = False
    to_leave_out: int = 0
    high: int = 0
    """The first half of a surrogate pair."""
    in_fonts: bool = False

    def text(self) -> str:
        self.flush()
        return "".join(self.out)

    def emit(self, text: str) -> None:
        self.flush()
        if self.is_heard:
            self.out.append(text)

    @property
    def is_heard(self) -> bool:
        state = self.state
        return not state.skipped and not state.is_rtf

    def flush(self) -> None:
        """Octets in the code page of the font become text: a character may be two of them."""
        if self.pending:
            octets = bytes(self.pending)
            self.pending.clear()
            self.out.append(_decoded(octets, self.fonts.get(self.state.font), self.page))


def read_rtf(data: bytes) -> tuple[str | None, str | None]:
    """(the HTML, None) of a mail that was HTML, else (None, the text); (None, None) for what is
    no RTF."""
    data = data[:MAX_RTF]
    if not data.lstrip().startswith(b"{\\rtf"):
        return None, None
    from_html = _FROM_HTML.search(data[:4096]) is not None
    reader = _Reader()
    position = 0
    for _ in range(MAX_TOKENS):
        found = _TOKEN.match(data, position)
        if found is None:
            break
        position = found.end()
        position += _token(reader, found)
    text = reader.text()
    return (text, None) if from_html else (None, text.strip("\n\0"))


def _token(reader: _Reader, found: "re.Match[bytes]") -> int:
    """Handles one token; returns how many octets of raw data follow it (\\bin)."""
    word, digits, octet, symbol, brace, octets = found.groups()
    if word == b"bin":
        return max(int(digits or 0), 0)
    if word is not None:
        _word(reader, word, int(digits) if digits else None)
    elif octet is not None:
        _octets(reader, bytes((int(octet, 16),)))
    elif symbol is not None:
        _symbol(reader, symbol)
    elif brace is not None:
        _group(reader, opens=brace == b"{")
    elif octets is not None:
        _octets(reader, octets)
    return 0


def _group(reader: _Reader, *, opens: bool) -> None:
    reader.flush()
    reader.starred, reader.to_leave_out = False, 0
    if opens:
        reader.groups.append(reader.state)
        if len(reader.groups) > MAX_GROUPS and not reader.state.skipped:
            reader.state = replace(reader.state, skipped=True)
    elif reader.groups:
        reader.state = reader.groups.pop()
        reader.in_fonts = reader.in_fonts and reader.state.skipped


def _symbol(reader: _Reader, symbol: bytes) -> None:
    if symbol == b"*":
        reader.starred = True
    elif symbol in b"\\{}":
        _octets(reader, symbol)
    elif symbol in _SYMBOLS:
        reader.emit(_SYMBOLS[symbol])


def _octets(reader: _Reader, octets: bytes) -> None:
    if reader.to_leave_out:
        left = octets[reader.to_leave_out :]
        reader.to_leave_out -= len(octets) - len(left)
        octets = left
    if octets and reader.is_heard:
        reader.pending += octets


def _word(reader: _Reader, word: bytes, number: int | None) -> None:
    state = reader.state
    if word == b"u":
        _unicode(reader, number or 0)
        return
    reader.flush()
    starred, reader.starred = reader.starred, False
    match word:
        case b"htmltag" if starred:
            pass  # what stands in this group is HTML
        case b"htmlrtf":
            reader.state = replace(state, is_rtf=number != 0)
        case b"fonttbl":
            reader.in_fonts = True
            reader.state = replace(state, skipped=True)
        case _ if starred or word in _SKIPPED:
            reader.state = replace(state, skipped=True)
        case b"ansicpg" if number:
            reader.page = codec_of(f"cp{number}") or reader.page
        case b"f" if number is not None:
            reader.state = replace(state, font=number)
        case b"fcharset" if reader.in_fonts and number in _CHARSET_PAGES:
            page = codec_of(f"cp{_CHARSET_PAGES[number]}")
            if page and len(reader.fonts) < 1000:
                reader.fonts[state.font] = page
        case b"uc" if number is not None:
            reader.state = replace(state, fallback=min(max(number, 0), 8))
        case _:
            _character(reader, word)


def _character(reader: _Reader, word: bytes) -> None:
    """In HTML a \\par is only a line end of the source, outside of tags and in them."""
    if word not in _CHARACTERS:
        return
    if reader.to_leave_out:
        reader.to_leave_out -= 1
    else:
        reader.emit(_CHARACTERS[word])


def _unicode(reader: _Reader, number: int) -> None:
    """\\u with a signed 16-bit number; the octets for older readers behind it are left out."""
    reader.flush()
    reader.to_leave_out = reader.state.fallback
    code = number & 0xFFFF
    high, reader.high = reader.high, 0
    if 0xD800 <= code < 0xDC00:
        reader.high = code
    elif 0xDC00 <= code < 0xE000:
        if high:
            reader.emit(chr(0x10000 + ((high - 0xD800) << 10) + code - 0xDC00))
            reader.to_leave_out = reader.state.fallback
    elif code:
        reader.emit(chr(code))


def _decoded(octets: bytes, font_page: str | None, page: str) -> str:
    """By the font's code page, else the document's, else Latin: an accented letter in a
    document of Korea stands in a Latin font."""
    for codec in filter(None, (font_page, page)):
        try:
            return octets.decode(codec)
        except UnicodeDecodeError:
            continue
    return octets.decode("cp1252", "replace")
