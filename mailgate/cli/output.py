"""What commands print: tables for people, one JSON document for machines."""

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from mailgate.telemetry.clean import printable

_GAP = "  "
_CONTROLS = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}


def print_json(document: object) -> None:
    """UTF-8 whatever the terminal's language is (RFC 8259 §8.1)."""
    _write(_json(document, indent=2))


def print_json_line(document: object) -> None:
    """One document on one line."""
    _write(_json(document, indent=None))


def _json(document: object, *, indent: int | None) -> bytes:
    """What json leaves as it is and some terminals obey (C1 of ISO/IEC 6429) is escaped too."""
    text = json.dumps(document, ensure_ascii=False, indent=indent).translate(_CONTROLS)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def print_bytes(content: bytes) -> None:
    _write(content)


def print_text(text: str) -> None:
    """Lines for people; nothing in them can move a terminal's cursor."""
    sys.stdout.write("\n".join(printable(line) for line in text.split("\n")) + "\n")


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns aligned by what they take on a screen."""
    print_text("\n".join(table(headers, rows)))


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """The lines of a table; None is an empty cell."""
    cells = [list(headers), *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    return [_line(row, widths) for row in cells]


def width(text: str) -> int:
    """Columns that `text` takes: a Hangul syllable or a Han character takes two (UAX #11)."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (text + " " * (size - width(text)) for text, size in zip(row, widths, strict=True))
    return _GAP.join(padded).rstrip()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S")
        case _:
            return printable(unicodedata.normalize("NFC", str(value)))


def _write(content: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
