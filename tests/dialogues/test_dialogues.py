"""The dialogues in `*.smtp`: what a client says and what the door answers, line by line.

A file is a table of the manual. Its lines:

    # why, and the clause
    ! key = value        a field of ListenerSpec (before the first line that is sent)
    > text               the client sends the line, with CRLF
    >> "text"            the client sends these octets and no more (a Python literal)
    < text               the door answers this line; `*` at the end stands for anything
    < (closed)           the door has closed the connection
    = N                  N messages are in the journal now
    = "text"             the newest message has this content (a Python literal)
"""

import ast
from pathlib import Path
from typing import Any

import pytest

from tests.dialogues.place import LOOPBACK, Place, open_place

FILES = sorted(Path(__file__).parent.glob("*.smtp"))


def lines_of(file: Path) -> list[tuple[int, str, str]]:
    """Number, sign and text of each line that says something."""
    found = []
    for number, line in enumerate(file.read_text().splitlines(), 1):
        sign, _, text = line.partition(" ")
        if sign and sign != "#":
            assert sign in {"!", ">", ">>", "<", "="}, f"{file.name}:{number}: {line}"
            found.append((number, sign, text))
    return found


def octets(text: str) -> bytes:
    value = ast.literal_eval(text)
    return value if isinstance(value, bytes) else str(value).encode()


def options_of(script: list[tuple[int, str, str]]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for _, sign, text in script:
        if sign == "!":
            key, _, value = text.partition(" = ")
            options[key] = LOOPBACK if value == "loopback" else ast.literal_eval(value)
    return options


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_dialogue(file: Path, tmp_path: Path) -> None:
    script = lines_of(file)
    async with open_place(tmp_path, **options_of(script)) as place:
        await play(place, file.name, script)


async def play(place: Place, name: str, script: list[tuple[int, str, str]]) -> None:
    client = await place.connect()
    for number, sign, text in script:
        where = f"{name}:{number}"
        match sign:
            case "!":
                pass
            case ">":
                client.send(f"{text}\r\n".encode())
            case ">>":
                client.send(octets(text))
            case "<" if text == "(closed)":
                assert await client.is_closed(), where
            case "<":
                line = await client.line()
                expected = text.removesuffix("*")
                same = line.startswith(expected) if text.endswith("*") else line == text
                assert same, f"{where}: expected {text!r}, the door said {line!r}"
            case "=" if text.isdigit():
                assert len(await place.stored()) == int(text), where
            case _:
                assert (await place.contents())[-1] == octets(text), where


def test_there_are_dialogues() -> None:
    assert len(FILES) > 20
