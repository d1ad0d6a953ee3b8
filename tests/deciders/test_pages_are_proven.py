"""Every sentence of docs/desk.md and docs/agents.md names the tests that run what it says.

`page_proofs/PAGE-*.toml` has a table for each section of a page. A key is how a sentence or a row
of a table begins (of rows that one test plays, what all of them begin with); its value lists tests
as `file::function`, or says why there is nothing to run."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROOFS = Path(__file__).parent / "page_proofs"
_FENCE = re.compile(r"^```.*?^```\n", re.MULTILINE | re.DOTALL)
_END = re.compile(r"(?<=[.?!])\s+(?=[^a-z{])")
_HEAD_OF_TABLE = re.compile(r"^\|.*\n(?=\|[-|]+\|\n)", re.MULTILINE)

Said = tuple[str, str]
"""The heading of a section, and a sentence in it."""


def sentences(page: str) -> Iterator[Said]:
    """What a page says, in the order in which it stands there; a row of a table is one."""
    text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    section = ""
    for line in _HEAD_OF_TABLE.sub("", _FENCE.sub("", text)).splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ")
        elif line.startswith("|"):
            if not re.fullmatch(r"[-|]+", line):
                yield section, line
        elif line:
            for one in _END.split(line.removeprefix("- ")):
                yield section, one


def proofs(page: str) -> dict[Said, list[str] | str]:
    found: dict[Said, list[str] | str] = {}
    for path in sorted(PROOFS.glob(f"{page}-*.toml")):
        for section, named in tomllib.loads(path.read_text("utf-8")).items():
            found |= {(section, start): tests for start, tests in named.items()}
    return found


@cache
def every_test() -> frozenset[str]:
    files = (ROOT / "tests").rglob("test_*.py")
    return frozenset(
        f"{path.stem}::{node.name}"
        for path in files
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


PAGES = pytest.mark.parametrize("page", ["agents", "desk"])


@PAGES
def test_every_sentence_has_its_tests(page: str) -> None:
    starts = proofs(page).keys()
    assert [
        f"{section}: {said}"
        for section, said in sentences(page)
        if not any(said.startswith(start) for where, start in starts if where == section)
    ] == []


@PAGES
def test_every_proof_is_of_a_sentence(page: str) -> None:
    said = list(sentences(page))
    assert [
        f"{section}: {start}"
        for section, start in proofs(page)
        if not any(one.startswith(start) for where, one in said if where == section)
    ] == []


@PAGES
def test_the_tests_that_are_named_are_there(page: str) -> None:
    named = {one for tests in proofs(page).values() if isinstance(tests, list) for one in tests}
    assert named - every_test() == set()
    assert all(proofs(page).values()), "a sentence without a test says why"
