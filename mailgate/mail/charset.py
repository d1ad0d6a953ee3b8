"""Bytes to text, whatever the label says. Never raises.

The ladder: the declared label (through an alias table, because Korean mail says
`ks_c_5601-1987` and means cp949), UTF-8, cp949 by the frequency of its syllables, chardet,
and windows-1252, which can read anything.
"""

import codecs
import re
from functools import lru_cache

from mailgate.mail.hangul import looks_korean
from mailgate.mail.iso2022jp import decode_iso2022jp

_ALIASES = {
    "euc-kr": "cp949",
    "euckr": "cp949",
    "euc_kr": "cp949",
    "ks_c_5601": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601-1989": "cp949",
    "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "ks_x_1001": "cp949",
    "korean": "cp949",
    "windows-949": "cp949",
    "ms949": "cp949",
    "uhc": "cp949",
    "x-windows-949": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "euc-cn": "gb18030",
    "cp936": "gb18030",
    "big5": "big5hkscs",
    "big-5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-9": "cp1254",
    "unicode-1-1-utf-7": "utf-7",
    "utf8": "utf-8",
    "utf8mb4": "utf-8",
}
"""Labels that Python does not know, or knows too narrowly. ISO 8859-1 is windows-1252 and
EUC-KR is cp949 in practice and in the WHATWG encoding standard."""

_TEXT_CODECS = re.compile(
    r"(?:ascii|utf-(?:7|8|16|16-be|16-le|32|32-be|32-le)|cp\d{3,4}|iso8859-\d{1,2}|koi8-[rtu]"
    r"|gb18030|gbk|gb2312|hz|big5|big5hkscs|euc_(?:jp|kr|jis_2004|jisx0213)|shift_jis\w*"
    r"|iso2022_\w+|johab|tis-620|mac-[a-z]+|ptcp154|kz1048|utf-8-sig)"
)
"""`hex`, `zlib`, `idna`, `undefined` and their like are codecs too, and no charsets."""

_LABEL = re.compile(r"[A-Za-z0-9_.:+-]{1,40}")
_WEAK = frozenset(["ascii", "cp1252", "iso8859-15", "utf-7"])
"""Labels of bytes that can be read as anything, put on by programs that did not look."""

_STATEFUL = frozenset(["utf-7", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be", "hz"])
_GUESS_OCTETS = 16_384
_WESTERN = frozenset(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿŒœ“”‘’„–—…€£©®°«»·´¿¡ªº§\xa0"
)
_GUESSES = re.compile(
    r"gb18030|big5hkscs|cp932|euc_jp|cp949|iso2022_\w+|cp125[0-8]|cp874|koi8-[ru]"
    r"|iso8859-(?:2|5|6|7|8|9|13)|utf-16(?:-[bl]e)?|mac-roman"
)
"""What undeclared mail is really in; chardet also answers code pages of the 1980s."""


@lru_cache(maxsize=512)
def codec_of(label: str) -> str | None:
    """Python's codec for a charset label, None when there is none that reads text."""
    label = label.strip(" \t\"'").partition("*")[0].casefold()
    if not _LABEL.fullmatch(label):
        return None
    try:
        name = codecs.lookup(_ALIASES.get(label, label)).name
    except (LookupError, ValueError):
        return None
    name = _ALIASES.get(name.replace("_", "-"), name)
    return name if _TEXT_CODECS.fullmatch(name) else None


def decode(data: bytes, label: str | None, hint: str | None = None) -> str:
    """The text of `data`. `label` is what was declared for it; `hint` a charset that stands
    elsewhere in the message, tried before guessing when the label is absent or no use."""
    codec = codec_of(label) if label else None
    if data.isascii() and not _is_stateful(data, codec):
        return data.decode("ascii")
    if codec is not None and codec not in _WEAK:
        text = _declared(data, codec)
        if text is not None:
            return text
    return _undeclared(data, codec, codec_of(hint) if hint else None)


def _is_stateful(data: bytes, codec: str | None) -> bool:
    return b"\x1b" in data or codec in _STATEFUL


def _declared(data: bytes, codec: str) -> str | None:
    """What the declared codec reads; None when the label can't be true."""
    text = _strict(data, codec)
    if codec == "utf-8":
        return text if text is not None else _mostly(data, codec)
    if text is None:
        text = _mostly(data, codec)
    utf8 = _strict(data, "utf-8") if not data.isascii() else None
    if utf8 is not None and max(utf8) >= "\u0800":
        return utf8  # three-octet sequences all through: no other charset does that by chance
    return text


def _mostly(data: bytes, codec: str) -> str | None:
    """Damaged or cut text of the declared charset: replaced where it is broken."""
    if _strict(data, "utf-8") is not None:
        return None
    text = data.decode(codec, "replace")
    beyond = sum(character > "\x7f" for character in text)
    return text if text.count("\ufffd") * 5 <= beyond else None


def _undeclared(data: bytes, codec: str | None, hint: str | None) -> str:
    if b"\x1b" in data and (text := _escaped(data)) is not None:
        return text
    if codec == "utf-7" and data.isascii():
        return data.decode("utf-7", "replace")
    if (text := _strict(data, "utf-8")) is not None:
        return text
    if hint and hint not in _WEAK and (text := _strict(data, hint)) is not None:
        return text
    if (text := _strict(data, "cp949")) is not None and looks_korean(text):
        return text
    text = _strict(data, "cp1252")
    if text is not None and (codec == "cp1252" or _is_western(text)):
        return text
    return data.decode(_guess(_sample(data)), "replace")


def _escaped(data: bytes) -> str | None:
    """ISO 2022 without a label: its designations name it (RFC 1557, RFC 1468)."""
    if b"\x1b$)C" in data:
        return _strict(data, "iso2022_kr")
    if b"\x1b$B" in data or b"\x1b$@" in data:
        return _strict(data, "iso2022_jp_ext")
    return None


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        if codec.startswith("iso2022_jp"):
            text = decode_iso2022jp(data)
            return None if "\ufffd" in text else text
        return None


def _sample(data: bytes) -> bytes:
    """The part to guess from: bounded, and beginning where the first non-ASCII line begins."""
    if len(data) <= _GUESS_OCTETS:
        return data
    first = next((i for i in range(0, len(data), 4096) if not data[i : i + 4096].isascii()), 0)
    start = data.rfind(b"\n", 0, first) + 1
    return data[start : start + _GUESS_OCTETS]


def _is_western(text: str) -> bool:
    """Some accented letters among many plain ones; chardet is no judge of a short line."""
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    return beyond * 4 <= len(text) and all(c in _WESTERN for c in set(text) if c > "\x7f")


@lru_cache(maxsize=256)
def _guess(sample: bytes) -> str:
    """chardet's opinion, windows-1252 when it has none. Imported here: it costs 100 ms."""
    import chardet  # noqa: PLC0415

    found = chardet.detect(sample)
    codec = codec_of(str(found["encoding"])) if found["encoding"] else None
    return codec if codec and _GUESSES.fullmatch(codec) else "cp1252"
