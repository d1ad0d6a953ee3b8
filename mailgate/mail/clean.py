"""Text that is safe to keep: for the store, logs, metrics and the headers of our own mails.

PostgreSQL refuses NUL and lone surrogates, a log line must stay one line, and a header
value that holds CR or LF is a header injection (RFC 5322 §2.2).
"""

import re
import unicodedata
from io import IncrementalNewlineDecoder

_BREAK = r"\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029"
_HEADER_BREAKS = re.compile(rf"(?<! ) *+[{_BREAK}][{_BREAK} ]*+")
"""With the blanks around it. Looked for from the first blank of a run alone: from each of them
60,000 blanks take a minute."""
_HEADER_BAD = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]")
_BODY_BAD = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_BODY_CONTROLS = bytes(octet for octet in (*range(0x20), 0x7F) if octet not in b"\t\n\f\r")
_C1 = re.compile(rb"\xc2[\x80-\x84\x86-\x9f]")
"""The controls U+0080 to U+009F in UTF-8."""
_REPLACED = "\ufffd"

_FILENAME_BAD = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)
MAX_FILENAME_OCTETS = 150


def clean_header(text: str) -> str:
    """One line of display text: line breaks become one space, other controls and the
    characters that turn or hide text (bidi, zero width) go, NUL and surrogates become U+FFFD."""
    if text.isprintable():
        return text
    text = _HEADER_BREAKS.sub(" ", text)
    text = _INVISIBLE.sub("", text)
    return _HEADER_BAD.sub(_replacement, text)


def clean_body(text: str) -> str:
    """Text of many lines: line ends are `\\n`, no controls besides tab and form feed."""
    if "\r" in text:
        text = IncrementalNewlineDecoder(None, translate=True).decode(text, final=True)
    return text if _is_clean(text) else _BODY_BAD.sub(_replacement, text)


def _is_clean(text: str) -> bool:
    """What nearly every text is; looked for in octets, where it takes a fifth of the time."""
    try:
        octets = text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    if len(octets.translate(None, _BODY_CONTROLS)) < len(octets):
        return False
    return b"\xc2" not in octets or not _C1.search(octets)


def _replacement(found: "re.Match[str]") -> str:
    character = found[0]
    return _REPLACED if character == "\0" or character >= "\ud800" else ""


def clean_filename(name: str) -> str:
    """A name to show and to offer for saving; "" when nothing is left. Not a path: only what
    follows the last slash or backslash stays; at most 150 octets, the ending kept."""
    name = clean_header(unicodedata.normalize("NFC", clean_header(name)))
    name = name.replace("\\", "/").rpartition("/")[2]
    name = _FILENAME_BAD.sub("_", name).strip(" .").strip()
    if name.partition(".")[0].strip().casefold() in _RESERVED:
        name = f"_{name}"
    return _shortened(name)


def _shortened(name: str) -> str:
    if len(name.encode()) <= MAX_FILENAME_OCTETS:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > 20:
        stem, dot, ending = name, "", ""
    room = MAX_FILENAME_OCTETS - len((dot + ending).encode())
    shortened = stem.encode()[:room].decode(errors="ignore").rstrip() + dot + ending
    return shortened.rstrip(" .")
