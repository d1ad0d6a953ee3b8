"""Every decision has a number of its own, and the index leaves none out."""

import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs/decisions"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))


def test_numbers_are_those_of_the_files_without_a_gap() -> None:
    assert [page.name[:4] for page in PAGES] == [f"{n:04}" for n in range(1, len(PAGES) + 1)]
    for page in PAGES:
        assert page.read_text().startswith(f"# {page.name[:4]}: "), page.name


def test_the_index_has_every_decision_with_its_title() -> None:
    listed = re.findall(r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \|$", _index(), re.MULTILINE)
    titles = [page.read_text().splitlines()[0].partition(": ")[2] for page in PAGES]
    assert listed == [(p.name[:4], p.name, t) for p, t in zip(PAGES, titles, strict=True)]


def _index() -> str:
    return (FOLDER / "README.md").read_text()
