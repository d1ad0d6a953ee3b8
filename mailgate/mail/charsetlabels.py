"""Charset labels as mail writes them, and Python's codec for each.

Programs write `ks_c_5601-1987` and mean cp949, `iso-8859-1` and mean windows-1252 (the WHATWG
encoding standard has the same table), code page numbers, and labels with quotes, blanks or the
rest of the header line in them.
"""

import codecs
import re
from functools import lru_cache

_LABELS = {
    # Korean
    "cp949": (
        "euckr ksc5601 ksc56011987 ksc56011989 ksc56011992 ksx1001 ksx1001wansung wansung "
        "korean windows949 ms949 uhc xwindows949 cseuckr csksc56011987 isoir149 xmackorean "
        "xeuckr cp51949 cp949 kscode5601 ks5601 eucks korea"
    ),
    "iso2022_kr": "iso2022kr csiso2022kr cp50225",
    "johab": "johab ksc5601johab cp1361 xjohab",
    # Japanese
    "cp932": (
        "shiftjis sjis xsjis xshiftjis mskanji csshiftjis windows31j cswindows31j xmswin "
        "cp932 ms932 windows932 cp943 ibm943 xmacjapanese sjiswin"
    ),
    "euc_jp": "eucjp xeucjp xeuc cseucpkdfmtjapanese eucjpms cp51932 ujis",
    "iso2022_jp_ext": (
        "iso2022jp csiso2022jp iso2022jp1 iso2022jp2 iso2022jp3 iso2022jp2004 iso2022jpms "
        "cp50220 cp50221 cp50222 jis junet iso2022jpext"
    ),
    # Chinese
    "gb18030": (
        "gb2312 gbk xgbk gb231280 gb gbeuc euccn xeuccn cngb csgb2312 chinese csiso58gb231280 "
        "isoir58 cp936 ms936 windows936 gb18030 gb180302000 gb180302005 cp54936 "
        "xmacchinesesimp gb2312gbk zhcn"
    ),
    "hz": "hz hzgb2312 hzgb cp52936",
    "iso2022_cn": "iso2022cn iso2022cnext cp50227",
    "big5hkscs": (
        "big5 xxbig5 cnbig5 csbig5 big5hkscs big5eten big5tw big5hk windows950 cp950 ms950 "
        "xbig5 xmacchinesetrad big52003 big5plus"
    ),
    # Unicode
    "utf-8": (
        "utf8 utf8mb4 utf8mb3 unicode11utf8 unicode20utf8 xutf8 xunicode20utf8 utf8mac "
        "utf8sig cesu8 utf8n utf8bom cp65001 utf88 uft8 utfs8"
    ),
    "utf-7": "utf7 unicode11utf7 csunicode11utf7 xutf7 cp65000",
    "utf-16": "utf16 iso10646ucs2 ucs2 csunicode cp1200",
    "utf-16-be": "utf16be unicodefffe cp1201",
    "utf-32": "utf32 ucs4 iso10646ucs4",
    # Western and the rest
    "ascii": "ascii usascii ansix341968 iso646us 646 us cp20127 isoir6",
    "cp1252": (
        "iso88591 iso885911987 latin1 l1 latin isolatin1 csisolatin1 isoir100 cp819 ibm819 "
        "windows1252 cp1252 ansi winlatin1 iso88591windows31latin1 xansi western "
        "windowswesterneuropean ansix31101983 cp28591"
    ),
    "cp1254": "iso88599 latin5 l5 csisolatin5 isoir148 windows1254",
    "iso8859-15": "iso885915 latin9 latin0 l9 csiso885915",
    "iso8859-8": "iso88598 iso88598i iso88598e hebrew visual logical",
    "iso8859-6": "iso88596 iso88596i iso88596e arabic asmo708",
    "cp874": "tis620 windows874 ms874 cp874 iso885911 thai dos874",
    "koi8-r": "koi8r koi8 koi cskoi8r cp20866 xkoi8r",
    "koi8-u": "koi8u koi8ru cp21866",
    "mac-roman": "macintosh mac macroman xmacroman csmacintosh cp10000",
    "mac-cyrillic": "xmaccyrillic maccyrillic xmacukrainian cp10007",
    "mac-greek": "xmacgreek macgreek cp10006",
    "mac-turkish": "xmacturkish macturkish cp10081",
    "mac-latin2": "xmacce xmaccentraleurroman macce cp10029",
    "cp1258": "viscii tcvn vps",
}
"""By codec, the labels in lower case without anything but letters and digits. EUC-KR is cp949,
GB 2312 is GB 18030 and ISO 8859-1 is windows-1252 in practice: each is part of the other."""

_ALIASES = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}

_CODE_PAGE = re.compile(
    r"(?:x?cp|x?win|x?windows|x?ms|x?ibm|x?dos|microsoftcp|codepage)0*(\d{3,5})"
)
_ISO_8859 = re.compile(r"(?:x?iso)?8859(1[0-6]|[1-9])(?:19\d\d|2001)?")
_BEGINS_KNOWN = re.compile(
    r"utf8|usascii|iso8859(?:1[0-6]|[1-9])|windows125\d|euckr|ksc56011987|iso2022(?:jp|kr)|shiftjis"
    r"|gb2312|gbk|big5|koi8[ru]"
)
"""Labels that something else stuck to: `utf-8format=flowed`, `iso-2022-jp$ESC`."""

_TEXT_CODECS = re.compile(
    r"(?:ascii|utf-(?:7|8|16|16-be|16-le|32|32-be|32-le)|cp\d{3,4}|iso8859-\d{1,2}|koi8-[rtu]"
    r"|gb18030|gbk|gb2312|hz|big5|big5hkscs|euc_(?:jp|kr|jis_2004|jisx0213)|shift_jis\w*"
    r"|iso2022_\w+|johab|tis-620|mac-[a-z0-9]+|ptcp154|kz1048|utf-8-sig)"
)
"""`hex`, `zlib`, `idna`, `undefined` and their like are codecs too, and no charsets."""

_LABEL = re.compile(r"[A-Za-z0-9_.:+-]{1,60}")
_MAX_LABEL = 80


@lru_cache(maxsize=512)
def codec_of(label: str) -> str | None:
    """Python's codec for a charset label, None when there is none that reads text."""
    label = label[:_MAX_LABEL].strip(" \t\r\n\"'`=_<>").partition("*")[0].casefold()
    label = label.removeprefix("charset=").removeprefix("3d").strip("\"'=_ ")
    known = re.match(r"[a-z0-9_.:+ -]+", label)
    if known is None:
        return None
    word = re.sub(r"[^a-z0-9]", "", known[0])
    found = _ALIASES.get(word) or _by_number(word) or _by_python(known[0].strip())
    if found is None and (begins := _BEGINS_KNOWN.match(word)):
        found = _ALIASES.get(begins[0]) or _by_number(begins[0])
    return found


def _by_number(word: str) -> str | None:
    """Code pages and the parts of ISO 8859."""
    if found := _ISO_8859.fullmatch(word):
        return _ALIASES.get(f"iso8859{found[1]}") or _by_python(f"iso8859-{found[1]}")
    if found := _CODE_PAGE.fullmatch(word):
        number = found[1]
        if number.startswith(("2859", "2860")):
            return _by_number(f"iso8859{int(number) - 28590}")
        return _ALIASES.get(f"cp{number}") or _by_python(f"cp{number}")
    return None


def _by_python(label: str) -> str | None:
    if not _LABEL.fullmatch(label):
        return None
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    name = _ALIASES.get(re.sub(r"[^a-z0-9]", "", name), name)
    return name if _TEXT_CODECS.fullmatch(name) else None
