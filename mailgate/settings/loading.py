"""From a file to `Settings`, or to every mistake in it."""

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mailgate.settings.check import problems, suggestion
from mailgate.settings.errors import Problem, SettingsError, problem_line
from mailgate.settings.lines import Lines, find_lines
from mailgate.settings.lines import Path as KeyPath
from mailgate.settings.model import Settings
from mailgate.settings.section import Section


def load(path: Path, *, typed: bool = False) -> Settings:
    """The settings in the file `path`. `typed` also checks addresses as flanker reads them,
    which costs 22 MB of memory: for `check-config`, not for the daemon.

    Raises SettingsError with a line for every mistake.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "unreadable"
        raise SettingsError(
            f"{path}: cannot be read: {reason}; name the settings file with --config"
        ) from None
    return parse(content, source=str(path), typed=typed)


def parse(content: bytes, *, source: str, typed: bool = False) -> Settings:
    """The settings in `content`; `source` is what mistakes call it."""
    try:
        text = content.decode()
        document = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise SettingsError(f"{source}: not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{source}: not TOML: {error}; correct that line first") from None
    lines = find_lines(text)
    try:
        settings = Settings.model_validate(_frozen(document))
    except ValidationError as error:
        found = tuple(_problem(detail) for detail in error.errors())
        raise _error(source, lines, found) from None
    found = (*problems(settings), *(_typed_problems(settings) if typed else ()))
    if found:
        raise _error(source, lines, found)
    return settings


def _error(source: str, lines: Lines, found: tuple[Problem, ...]) -> SettingsError:
    in_order = sorted(found, key=lambda problem: lines.of(problem.path) or 0)
    return SettingsError(*(problem_line(source, lines, problem) for problem in in_order))


def _frozen(value: Any) -> Any:  # noqa: ANN401  whatever TOML holds
    """Lists become tuples: the settings are frozen, and strict about what they take."""
    if isinstance(value, dict):
        return {key: _frozen(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return tuple(_frozen(inner) for inner in value)
    return value


def _typed_problems(settings: Settings) -> Iterator[Problem]:
    """Addresses that our own strict reader takes and flanker does not."""
    from mailgate.mail.address import AddressError  # noqa: PLC0415
    from mailgate.mail.typed import parse_typed_address  # noqa: PLC0415  flanker is heavy

    named = [
        *((("address", i, "address"), entry.address) for i, entry in enumerate(settings.address)),
        *((("agent", i, "address"), entry.address) for i, entry in enumerate(settings.agent)),
        *(
            (("agent", i, "also", j), other)
            for i, entry in enumerate(settings.agent)
            for j, other in enumerate(entry.also)
        ),
    ]
    for path, address in named:
        try:
            parse_typed_address(str(address))
        except AddressError as error:
            yield Problem(path, f"{error}; correct it")


# --- what pydantic found, in words ------------------------------------------------------

_EXPECTED = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list in [ ]",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "dict_type": "a table",
}


def _problem(detail: ErrorDetails) -> Problem:
    path: KeyPath = tuple(detail["loc"])
    kind = detail["type"]
    if kind == "extra_forbidden":
        return Problem(path, _unknown(path))
    if kind == "missing":
        return Problem(path, "is missing; add it")
    if kind in _EXPECTED:
        return Problem(path, f"{_found(detail['input'])} where {_EXPECTED[kind]} belongs")
    if kind == "value_error":
        return Problem(path, detail["msg"].removeprefix("Value error, "))
    return Problem(path, _limits(detail))


def _limits(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    shown = repr(detail["input"])[:80]
    match detail["type"]:
        case "literal_error":
            return f"{shown} is none of its values; write {context['expected']}"
        case "greater_than_equal":
            return f"{shown} is too small; write {context['ge']} or more"
        case "less_than_equal":
            return f"{shown} is too large; write {context['le']} or less"
        case "string_too_short":
            return "is empty; write something or leave the key out"
        case "string_too_long":
            return f"is too long; at most {context['max_length']} characters"
        case "string_pattern_mismatch":
            return f"{shown} has characters that do not go here; it must match {context['pattern']}"
        case _:
            return f"{detail['msg']}; see docs/operators/settings.md"


def _found(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {value!r}"[:80]
        case tuple() | list():
            return "a list ([[ ]] makes one too)"
        case dict():
            return "a table"
        case _:
            return f"a {type(value).__name__}"


def _unknown(path: KeyPath) -> str:
    """An unknown key, with the nearest known one, or the table where it belongs."""
    key = str(path[-1])
    known = tuple(_section_at(path[:-1]).model_fields)
    if near := suggestion(key, known):
        return f"unknown key{near}; correct or remove it"
    homes = [name for name, section in _sections() if key in section.model_fields]
    if homes:
        return f"unknown key here; it belongs to {' or '.join(homes)}"
    return f"unknown key; known here are {', '.join(known)}"


def _section_at(path: KeyPath) -> type[BaseModel]:
    section: type[BaseModel] = Settings
    for step in path:
        if isinstance(step, str):
            section = model_of(section.model_fields[step].annotation) or section
    return section


def model_of(annotation: Any) -> type[Section] | None:  # noqa: ANN401  a type expression
    """The section inside an annotation such as `tuple[AgentSettings, ...]`, None without one."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    if get_origin(annotation) in (tuple, Union, UnionType):
        found = (model_of(inner) for inner in get_args(annotation))
        return next((model for model in found if model is not None), None)
    return None


def is_list(annotation: Any) -> bool:  # noqa: ANN401  a type expression
    return get_origin(annotation) is tuple


def _sections() -> Iterator[tuple[str, type[Section]]]:
    """Every table with the name it is written with."""
    for name, field in Settings.model_fields.items():
        section = model_of(field.annotation)
        if section is not None:
            yield (f"[[{name}]]" if is_list(field.annotation) else f"[{name}]"), section
