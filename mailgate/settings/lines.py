"""On which line of a TOML file a key stands; `tomllib` does not say.

A reader of lines, no parser: the file was parsed before, so what looks like a header or a key
outside of multi-line text is one. A key in an inline table has the line of that table.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_.-]|"[^"]*"|'[^']*'|\s*\.\s*)+?)\s*=""")
_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*\.?""")
_STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'')


@dataclass(frozen=True, slots=True)
class Lines:
    numbers: Mapping[Path, int]

    def of(self, path: Path) -> int | None:
        """The line of `path`, or of the nearest thing around it that has one."""
        for length in range(len(path), 0, -1):
            number = self.numbers.get(path[:length])
            if number is not None:
                return number
        return None


def find_lines(text: str) -> Lines:
    """The lines of every table and key in `text`, which is valid TOML."""
    numbers: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    until: str | None = None
    depth = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if until is not None:
            until = None if until in line else until
            continue
        if depth > 0:
            depth += _bracket_balance(line)
            continue
        if header := _HEADER.match(line):
            table = _open_table(header, counts)
            numbers.setdefault(table, number)
        elif key := _KEY.match(line):
            numbers.setdefault(table + _parts(key[1]), number)
            value = line[key.end() :]
            until = _open_text(value)
            depth = 0 if until else max(0, _bracket_balance(value))
    return Lines(numbers)


def _open_table(header: re.Match[str], counts: dict[Path, int]) -> Path:
    names = _parts(header[2])
    table: Path = ()
    for name in names[:-1]:
        table += (name,)
        if table in counts:
            table += (counts[table] - 1,)
    table += names[-1:]
    if header[1] == "[[":
        counts[table] = counts.get(table, 0) + 1
        table += (counts[table] - 1,)
    return table


def _parts(dotted: str) -> Path:
    return tuple(a or b or c for a, b, c in _PART.findall(dotted))


def _open_text(value: str) -> str | None:
    """The quotes that end a multi-line text begun in `value`, None when none was begun."""
    for quotes in ('"""', "'''"):
        if value.count(quotes) == 1:
            return quotes
    return None


def _bracket_balance(line: str) -> int:
    bare = _STRING.sub("", line).partition("#")[0]
    return bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")
