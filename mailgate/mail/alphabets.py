"""Latin letters beyond ASCII by language: the judge between charsets of one octet a character.

`Dzieñ dobry, proszê` is no language, though every octet reads: no alphabet has ñ and ê.
"""

import re

_PUNCTUATION = frozenset("\xa0 «»‹›“”„‘’‚–—…•·€£§°©®™ªº¿¡´²³")

_WESTERN = tuple(
    frozenset(letters + letters.upper())
    for letters in (
        "äöüß",  # German
        "àâæçèéêëîïôùûüÿœ",  # French
        "áéíñóúüç",  # Spanish, and Catalan names in it
        "àáâãçéêíóôõúü",  # Portuguese
        "àèéìíîòóùú",  # Italian
        "àçèéíïòóúü",  # Catalan
        "áäéèëïíöóüúâêîôûç",  # Dutch
        "åäöæøéèüáó",  # Danish, Norwegian, Swedish
        "åäöéüáàš",  # Finnish, Swedish names
        "áéíóúàèìòù",  # Irish, Scottish
        "áéíóúýæö",  # Icelandic; Czech without its marks has the same octets
    )
)
_CENTRAL = tuple(
    (frozenset(letters + letters.upper()), frozenset(marks + marks.upper()))
    for letters, marks in (
        ("ąćęłńóśźżäöüé", "ąćęłńśźż"),  # Polish
        ("áčďéěíňóřšťúůýžöüä", "čďěňřšťůž"),  # Czech
        ("áäčďéíĺľňóôŕšťúýž", "čďĺľňŕťž"),  # Slovak
        ("áéíóöőúüű", "őű"),  # Hungarian
        ("ăâîșțşţ", "ășțşţ"),  # Romanian
        ("čćđšžćö", "čćđšž"),  # Croatian, Slovene
    )
)
"""The letters of a language, and those of them that windows-1252 does not have at that octet."""

_TURKISH = frozenset("çğıöşüâîûÇĞİÖŞÜÂÎÛ")
_TURKISH_MARKS = frozenset("ğışĞİŞ")
_WORD = re.compile(r"[^\W\d_]+")
_ALONE = frozenset("àáâéèêíóôúùyåöüÀÁÂÉÈÊÍÓÔÚÙÅÖÜ")
"""Words of one letter."""

_ACUTE = frozenset("áéíóúÁÉÍÓÚ")
_SIGN_IN_WORD = re.compile(r"[®©³²´°][^\W\d_]")
"""`®ádost` is Žádost, `dzia³a` is działa."""
_CYRILLIC = re.compile(r"[А-яЁёЄєІіЇїҐґ]+")
_PAIR = re.compile(r"[\xa1-\xff]{2}")


def is_western(text: str) -> bool:
    """True when the letters beyond ASCII in `text`, which is read as windows-1252, are those of
    one language of western Europe, in words with other letters."""
    letters = _letters(text)
    if letters is None or not any(letters <= alphabet for alphabet in _WESTERN):
        return False
    if letters & {"ý", "Ý"} and not letters & _ACUTE:
        return False  # Turkish: ý is its ı
    if _SIGN_IN_WORD.search(text) or (not letters and _PAIR.search(text)):
        return False  # and `2°³` is `2개`
    return _has_words(text)


def central_codec(data: bytes) -> str | None:
    """The charset of central Europe or Turkey in which `data` are words of one language."""
    text = _read(data, "cp1254")
    letters = _letters(text) if text else None
    if text and letters and letters <= _TURKISH and letters & _TURKISH_MARKS and _has_words(text):
        return "cp1254"
    for codec in ("iso8859-2", "cp1250"):
        text = _read(data, codec)
        letters = _letters(text) if text else None
        if text is None or not letters:
            continue
        fits = any(letters <= all_of and letters & marks for all_of, marks in _CENTRAL)
        if fits and _has_words(text):
            return codec
    return None


def cyrillic_codec(data: bytes) -> str | None:
    """The charset in which all words of `data` are Cyrillic and written as words are, with a
    great letter at most in front: KOI8-R and windows-1251 have them the other way round."""
    for codec in ("cp1251", "koi8-r", "iso8859-5"):
        words = _WORD.findall(_read(data, codec) or "")
        cyrillic = [word for word in words if not word.isascii()]
        if cyrillic and all(_CYRILLIC.fullmatch(w) and w[1:].islower() for w in cyrillic):
            return codec
    return None


def is_latin(text: str) -> bool:
    """True when all letters beyond ASCII are Latin ones, among others in words."""
    return max(text) < "\u0250" and bool(_letters(text)) and _has_words(text)


def _read(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return None
    # ISO 8859 has controls where windows has letters: ś and ž in windows-1250.
    return None if any("\x80" <= character <= "\x9f" for character in set(text)) else text


def _letters(text: str) -> frozenset[str] | None:
    """The letters beyond ASCII; None when there is a sign that no text has."""
    beyond = {character for character in set(text) if character > "\x7f"} - _PUNCTUATION
    return frozenset(beyond) if all(character.isalpha() for character in beyond) else None


def _has_words(text: str) -> bool:
    """Letters beyond ASCII stand among others, and great ones in front: hangul in windows-1252
    is `¾È³ç`, `Áö` or, in `A형`, `AÇü`."""
    accented = [word for word in _WORD.findall(text) if not word.isascii()]
    odd = sum(
        word not in _ALONE
        and (not word.encode("ascii", "ignore") or not (word[1:].islower() or word.isupper()))
        for word in accented
    )
    return odd * 4 <= len(accented)
