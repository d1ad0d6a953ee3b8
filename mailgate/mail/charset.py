"""Bytes to text, whatever the label says. Never raises.

The ladder: the declared label, UTF-8, what the rest of the message says, Western words, Korean,
Japanese and Chinese by the frequency of their characters, the alphabets of central Europe,
chardet, and windows-1252, which can read anything. A label that is specific is believed unless
the text is plainly something else; labels that programs put on without looking (`us-ascii`,
`iso-8859-1`) are a hint.
"""

import re
from functools import lru_cache

from mailgate.mail.alphabets import central_codec, cyrillic_codec, is_latin, is_western
from mailgate.mail.charsetlabels import codec_of
from mailgate.mail.cjk import CODECS, likeness
from mailgate.mail.iso2022jp import decode_iso2022jp
from mailgate.mail.shiftout import decode_shifted

__all__ = ["codec_of", "decode", "reads"]

_WEAK = frozenset(["ascii", "cp1252", "utf-7"])
"""Labels of bytes that can be read as anything, put on by programs that did not look."""

_WIDE = frozenset(["utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be", "utf-32-le"])
_ESCAPING = frozenset(["iso2022_jp_ext", "iso2022_kr", "iso2022_cn"])
_SEVEN_BIT = _WIDE | _ESCAPING | {"utf-7", "hz"}
"""Charsets whose text may be octets of ASCII and mean something else."""

_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SURE = 0.6
"""A likeness that is no chance: the reading of another charset stays below 0.5."""
_TRUSTED = 0.8
"""From here on a declared charset is not compared with others."""
_BETTER, _BETTER_BY = 0.7, 0.15
"""What the reading in another charset must have to be taken against the label."""
_KOREAN_BY = 0.1
"""Where nothing else tells, it is Korean."""
_WIDE_OCTETS = 8
"""So long must a text be to be seen as UTF-16 without a label: not `a`, NUL, `b`."""
_DAMAGE = 5
"""One octet in so many characters beyond ASCII may be damaged."""

_SURROGATES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_MAX_LINES = 20_000
"""Of a text that is looked at line by line."""
_SAMPLE_OCTETS = 8_192
_GUESSES = re.compile(
    r"gb18030|big5hkscs|cp932|euc_jp|cp949|iso2022_\w+|cp125[0-8]|cp874|koi8-[ru]"
    r"|iso8859-(?:2|5|6|7|8|9|13)|mac-roman|mac-cyrillic"
)
"""What undeclared mail is really in; chardet also answers code pages of the 1980s."""


def decode(data: bytes, label: str | None, hint: str | None = None) -> str:
    """The text of `data`. `label` is what was declared for it; `hint` a charset that stands
    elsewhere in the message, tried before guessing when the label is absent or no use."""
    codec = codec_of(label) if label else None
    if b"\0" in data or codec in _WIDE or data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return _wide(data, codec, hint)
    return _narrow(data, codec, hint)


def reads(data: bytes, label: str) -> bool:
    """Whether `data` is right text in the charset of this label."""
    return _strict(data, codec_of(label) or "utf-8") is not None


def _narrow(data: bytes, codec: str | None, hint: str | None) -> str:
    if (b"\x1b" in data or b"\x0e" in data) and (text := _escaped(data, codec)) is not None:
        return text
    if data.isascii():
        if codec in _SEVEN_BIT and (text := _strict(data, codec)) is not None:
            return text
        return data.decode("ascii")
    if codec is not None and codec not in _WEAK and codec not in _ESCAPING:
        text = _declared(data, codec)
        if text is not None:
            return text
    return _undeclared(data, codec, codec_of(hint) if hint else None)


# --- charsets that show themselves ---------------------------------------------------------


def _wide(data: bytes, codec: str | None, hint: str | None) -> str:
    """UTF-16 and UTF-32: by their mark, by the label, or by where the NULs stand."""
    for mark, marked in _BOMS:
        if data.startswith(mark):
            return data.decode(marked, "replace")
    sample = data[:_SAMPLE_OCTETS]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if even + odd == 0 and (data.isascii() or codec not in _WIDE or _strict(data, "utf-8")):
        return _narrow(data, None if codec in _WIDE else codec, hint)
    if codec in {"utf-32", "utf-32-be", "utf-32-le"}:
        return data.decode("utf-32-be" if data[:1] == b"\0" else "utf-32-le", "replace")
    is_seen = len(sample) >= _WIDE_OCTETS and max(even, odd) * 4 > len(sample)
    if codec in _WIDE or is_seen:
        if codec not in {"utf-16-be", "utf-16-le"}:
            codec = "utf-16-le" if odd > even else "utf-16-be"  # RFC 2781 §4.3: big is default
        return data.decode(codec, "replace")
    return _narrow(data, codec, hint)


def _escaped(data: bytes, codec: str | None) -> str | None:
    """ISO 2022: the designations name it, whatever the label is (RFC 1557, RFC 1468)."""
    if b"\x1b$)C" in data or (codec == "iso2022_kr" and b"\x0e" in data):
        return decode_shifted(data, "cp949")
    if b"\x1b$)A" in data or (codec == "iso2022_cn" and b"\x0e" in data):
        return decode_shifted(data, "gb18030")
    if b"\x1b$" in data or b"\x1b(I" in data or (codec == "iso2022_jp_ext" and b"\x1b" in data):
        return _strict(data, "iso2022_jp_ext") or decode_iso2022jp(data)
    return None


# --- the declared charset ------------------------------------------------------------------


def _declared(data: bytes, codec: str) -> str | None:
    """What the declared codec reads; None when the label can't be true."""
    text = _nearly(data, codec)
    if codec == "utf-8":
        return text
    utf8 = _strict(data, "utf-8")
    if utf8 is not None and _is_no_chance(utf8):
        return utf8
    if text is None or codec not in CODECS:
        return text
    if utf8 is not None and is_latin(utf8):
        return utf8
    own = likeness(text, codec)
    if own >= _TRUSTED:
        return text
    best, other = _best_of_cjk(_sample(data))
    if best >= _BETTER and best - own >= _BETTER_BY:
        return _nearly(data, other) or text
    western = _western(data) if own < 0 else None
    return text if western is None else western


def _is_no_chance(text: str) -> bool:
    """A sequence of three octets, or some of two, that are right UTF-8 are meant so."""
    return max(text) >= "\u0800" or _beyond_ascii(text) >= 3


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _strict(data: bytes, codec: str | None) -> str | None:
    try:
        return data.decode(codec or "ascii")
    except (UnicodeError, ValueError, LookupError):
        if codec == "euc_jp":  # JIS X 0213 has the characters of NEC's row 13: ①, ㈱
            return _strict(data, "euc_jis_2004")
        if codec == "utf-8" and _SURROGATES.search(data):  # CESU-8: an emoji as two halves
            return _strict(_SURROGATES.sub(_joined_surrogates, data), codec)
        return None


def _joined_surrogates(found: "re.Match[bytes]") -> bytes:
    halves = found[0].decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
    return halves.decode("utf-16-le").encode()


def _nearly(data: bytes, codec: str) -> str | None:
    """As `_strict`, but a damaged octet, or a cut at the end, leaves the rest readable."""
    text = _strict(data, codec)
    if text is not None:
        return text
    text = data.decode(codec, "replace")
    bad = text.count("\ufffd")
    return text if bad * _DAMAGE <= _beyond_ascii(text) - bad else None


# --- no label, or one without meaning ------------------------------------------------------


def _undeclared(data: bytes, codec: str | None, hint: str | None) -> str:
    if (text := _nearly(data, "utf-8")) is not None:
        return text
    if hint and hint not in _WEAK and hint not in _SEVEN_BIT and hint != "utf-8":
        text = _declared(data, hint)
        if text is not None:
            return text
    if (text := _western(data)) is not None:
        return text
    sample = _sample(data)
    likely, cjk = _best_of_cjk(sample)
    if likely >= _SURE and (text := _nearly(data, cjk)) is not None:
        return text
    if (text := _by_lines(data, codec, hint)) is not None:
        return text
    if (central := central_codec(sample)) and (text := _nearly(data, central)) is not None:
        return text
    return _guessed(data, sample, _strict(data, "cp1252") if codec == "cp1252" else None)


def _western(data: bytes) -> str | None:
    """The text in windows-1252, if it is words of western Europe."""
    text = _strict(_sample(data), "cp1252")
    return data.decode("cp1252", "replace") if text is not None and is_western(text) else None


def _best_of_cjk(sample: bytes) -> tuple[float, str]:
    """The likeliest of the charsets of Korea, Japan and China, and how likely it is. Korean is
    asked first, and nobody else when it is sure."""
    best, best_codec = -2.0, "cp949"
    for codec in CODECS:
        text = _nearly(sample, codec)
        if text is None:
            continue
        found = likeness(text, codec) + (_KOREAN_BY if codec == "cp949" else 0.0)
        if found > best:
            best, best_codec = found, codec
        if best > 0.85:
            break
    return best, best_codec


def _by_lines(data: bytes, codec: str | None, hint: str | None) -> str | None:
    """UTF-8 with lines in something else, which a list server or a virus scanner added."""
    if data.count(b"\n") > _MAX_LINES:
        return None
    lines = data.split(b"\n")
    texts = [_strict(line, "utf-8") for line in lines]
    good = "".join(text for text in texts if text is not None)
    if _beyond_ascii(good) < 3:
        return None
    others = [line for line, text in zip(lines, texts, strict=True) if text is None]
    rest = iter(_undeclared(b"\n".join(others), codec, hint).split("\n"))
    return "\n".join(next(rest, "") if text is None else text for text in texts)


def _guessed(data: bytes, sample: bytes, western: str | None) -> str:
    """chardet's opinion; `western` is the text when it was declared to be windows-1252, and
    then only another script is believed."""
    text = data.decode(_guess(sample), "replace")
    if western is None:
        return text
    letters = sum(character.isalpha() for character in text[:1000])
    foreign = sum(character >= "\u0370" for character in text[:1000] if character.isalpha())
    return text if foreign * 3 > letters else western


def _sample(data: bytes) -> bytes:
    """The part to guess from: bounded, and beginning where the first non-ASCII line begins."""
    if len(data) <= _SAMPLE_OCTETS:
        return data
    first = next((i for i in range(0, len(data), 4096) if not data[i : i + 4096].isascii()), 0)
    start = max(data.rfind(b"\n", 0, first) + 1, first - 4096)
    return data[start : start + _SAMPLE_OCTETS]


@lru_cache(maxsize=256)
def _guess(sample: bytes) -> str:
    """chardet's opinion, windows-1252 when it has none. Imported here: it costs 100 ms."""
    import chardet  # noqa: PLC0415

    found = chardet.detect(sample)
    codec = codec_of(str(found["encoding"])) if found["encoding"] else None
    if codec is None or codec == "cp1252" or not _GUESSES.fullmatch(codec):
        return cyrillic_codec(sample) or "cp1252"
    return codec
