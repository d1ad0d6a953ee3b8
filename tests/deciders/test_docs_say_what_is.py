"""The pages name files, headings and commands that are there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from mailgate.cli.app import roof

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The names by which headings are linked to, as the usual viewers make them."""
    found = _HEADING.findall(_FENCE.sub("", page.read_text("utf-8")))
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", one).lower() for one in found)
    return {re.sub(r"[^\w\- ]", "", one).strip().replace(" ", "-") for one in plain}


def dead_links(page: Path) -> Iterator[str]:
    for link in _LINK.findall(_FENCE.sub("", page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(dead_links(page)) == []


def wrong(words: list[str]) -> str | None:
    """What is wrong with a command line, as far as words and options go."""
    command: Any = typer.main.get_command(roof(None))
    rest = list(words)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        found = command.commands.get(rest[0])
        if found is None:
            return f"no command {rest[0]}"
        command = found
        rest.pop(0)
    known = {name for one in command.params for name in one.opts}
    used = {word.partition("=")[0] for word in rest if word.startswith("--")}
    unknown = used - known - {"--help", "--config"}
    return f"no option {', '.join(sorted(unknown))}" if unknown else None


def commands(page: Path) -> Iterator[str]:
    for code in _CODE.findall(page.read_text("utf-8")):
        if code.startswith("mailgate "):
            yield code


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_is_one(page: Path) -> None:
    faults = {}
    for code in commands(page):
        plain = re.sub(r"[\[\]…|]", " ", code)
        words = shlex.split(plain.replace("'", ""))[1:]
        if words[0] in ("ingest", "COMMAND"):  # reads its arguments itself; any of them
            continue
        if (fault := wrong(words)) is not None:
            faults[code] = fault
    assert faults == {}
