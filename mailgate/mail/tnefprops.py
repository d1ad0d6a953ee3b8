"""The list of MAPI properties in a TNEF attribute ([MS-OXTNEF] §2.1.3.4)."""

from dataclasses import dataclass

MAX_PROPERTIES = 10_000
MAX_VALUES = 1_000
"""Of one property; a list with more is damaged."""
_MULTIPLE = 0x1000
_NAMED = 0x8000
_STRING8, _UNICODE, _BINARY, _OBJECT = 0x001E, 0x001F, 0x0102, 0x000D
_VARIABLE = frozenset({_STRING8, _UNICODE, _BINARY, _OBJECT})
_SIZES = {
    0x0001: 0, 0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8,
    0x000A: 4, 0x000B: 4, 0x0014: 8, 0x0040: 8, 0x0048: 16,
}  # fmt: skip
"""Octets of a value of fixed size, filled up to four."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it stands in the stream."""

    octets: memoryview
    is_unicode: bool = False
    is_object: bool = False

    @property
    def number(self) -> int:
        return int.from_bytes(self.octets[:4], "little")


class _End(Exception):
    """The list is cut off, or of a kind that can't be skipped."""


@dataclass(slots=True)
class _Cursor:
    data: memoryview
    position: int = 0

    def take(self, size: int) -> memoryview:
        end = self.position + size
        if end > len(self.data):
            raise _End
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def number(self, size: int = 4) -> int:
        return int.from_bytes(self.take(size), "little")

    def padded(self, size: int) -> memoryview:
        """A value whose end is filled up to four octets; the last one may lack that."""
        taken = self.take(size)
        self.position = min(self.position + -size % 4, len(self.data))
        return taken


def read_properties(data: memoryview) -> dict[int, Value]:
    """The first value of each property that has a number of its own, as far as the list can be
    read. Named properties are the business of programs that know the name."""
    found: dict[int, Value] = {}
    cursor = _Cursor(data)
    try:
        for _ in range(min(cursor.number(), MAX_PROPERTIES)):
            kind, identifier = cursor.number(2), cursor.number(2)
            if identifier >= _NAMED:
                _skip_name(cursor)
            value = _value(cursor, kind)
            if value is not None and identifier < _NAMED:
                found.setdefault(identifier, value)
    except _End:
        pass
    return found


def _skip_name(cursor: _Cursor) -> None:
    """A GUID, and a number or a name."""
    cursor.take(16)
    if cursor.number() == 0:
        cursor.take(4)
    else:
        cursor.padded(cursor.number())


def _value(cursor: _Cursor, kind: int) -> Value | None:
    """The value, the first of several; None for a kind without any. Raises _End."""
    base = kind & ~_MULTIPLE
    if base in _VARIABLE:
        count = cursor.number()
        if count > MAX_VALUES:
            raise _End
        values = [cursor.padded(cursor.number()) for _ in range(count)]
        if not values:
            return None
        return Value(values[0], is_unicode=base == _UNICODE, is_object=base == _OBJECT)
    size = _SIZES.get(base)
    if size is None:
        raise _End
    count = cursor.number() if kind & _MULTIPLE else 1
    octets = cursor.take(size * count)
    return Value(octets[:size]) if octets else None
