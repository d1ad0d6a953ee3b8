"""Settings as plain values, the way a TOML file writes them, with secrets hidden."""

import re
from datetime import timedelta

from pydantic.fields import FieldInfo

from mailgate.settings.model import Settings
from mailgate.settings.section import Section
from mailgate.settings.units import NEVER_KIND, SIZE_KIND, Kind

Plain = str | int | bool | None | list["Plain"] | dict[str, "Plain"]

_PASSWORD = re.compile(r"(?<=://)([^:/@]*):([^@/]*)@")
_PASSWORD_FIELD = re.compile(r"(?<=[?&]password=)[^&]*")
_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
_SIZES = (("GB", 10**9), ("MB", 10**6), ("KB", 10**3), ("B", 1))


def effective(settings: Settings) -> dict[str, Plain]:
    """Every setting with the value that is used; a password in the store's URL is hidden,
    and of secret files there is only the path."""
    plain = section_values(settings)
    store = plain["store"]
    if isinstance(store, dict):
        shown = _PASSWORD.sub(r"\1:***@", settings.store.url)
        store["url"] = _PASSWORD_FIELD.sub("***", shown)
    return plain


def section_values(section: Section) -> dict[str, Plain]:
    return {
        name: field_value(field, getattr(section, name))
        for name, field in type(section).model_fields.items()
    }


def field_value(field: FieldInfo, value: object) -> Plain:
    """`value` of `field` as TOML writes it (`"25MB"` for 25 000 000 bytes)."""
    if isinstance(value, int) and _is_size(field):
        return _largest(value, _SIZES)
    if value is None and Kind(NEVER_KIND) in field.metadata:
        return "never"
    return _plain(value)


def _is_size(field: FieldInfo) -> bool:
    return Kind(SIZE_KIND) in field.metadata


def _plain(value: object) -> Plain:
    match value:
        case None | bool() | int():
            return value
        case Section():
            return section_values(value)
        case tuple():
            return [_plain(inner) for inner in value]
        case timedelta():
            return _largest(int(value.total_seconds()), _UNITS)
        case _:
            return str(value)


def _largest(number: int, units: tuple[tuple[str, int], ...]) -> str:
    if not number:
        return f"0{units[-1][0]}"
    unit, size = next((unit, size) for unit, size in units if number % size == 0)
    return f"{number // size}{unit}"


# --- TOML ---------------------------------------------------------------------------


def toml(settings: Settings) -> str:
    """`effective` as TOML that can be loaded again (where no secret was hidden)."""
    return "\n".join(_tables((), effective(settings))).strip() + "\n"


def _tables(path: tuple[str, ...], table: dict[str, Plain]) -> list[str]:
    lines = [
        f"{key} = {toml_value(v)}" for key, v in table.items() if _is_leaf(v) and v is not None
    ]
    for key, value in table.items():
        name = ".".join((*path, key))
        if isinstance(value, dict):
            lines += ["", f"[{name}]", *_tables((*path, key), value)]
        elif isinstance(value, list) and not _is_leaf(value):
            for entry in value:
                if isinstance(entry, dict):
                    lines += ["", f"[[{name}]]", *_tables((*path, key), entry)]
    return lines


def _is_leaf(value: Plain) -> bool:
    if isinstance(value, list):
        return not any(isinstance(entry, dict) for entry in value)
    return not isinstance(value, dict)


def toml_value(value: Plain) -> str:
    """`value` as TOML writes it, on one line."""
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return _quoted(value)
        case list():
            return "[" + ", ".join(toml_value(inner) for inner in value) + "]"
        case dict():
            pairs = (f"{key} = {toml_value(inner)}" for key, inner in value.items())
            return "{ " + ", ".join(pairs) + " }"
        case None:
            return '""'


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{ord(m[0]):04x}", escaped) + '"'
