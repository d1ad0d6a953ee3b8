"""The manual names every defect that `mailgate parse` can print."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MANUAL = (ROOT / "docs" / "operators" / "reading.md").read_text()


def constants(expression: ast.expr) -> Iterator[str]:
    """The texts in an expression; of an f-string what stands before its first value."""
    match expression:
        case ast.Constant(value=str() as text):
            yield text
        case ast.JoinedStr(values=[ast.Constant(value=str() as text), *_]):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from constants(body)
            yield from constants(other)
        case _:
            pass


def defects() -> set[str]:
    """Everything that is appended to something called `defects` in the mail room."""
    found: set[str] = set()
    for module in (ROOT / "mailgate" / "mail").glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(attr="append", value=value), args=[what]) if (
                    ast.unparse(value).endswith("defects")
                ):
                    found |= set(constants(what))
                case _:
                    pass
    return found


def test_every_defect_stands_in_the_manual() -> None:
    found = defects()
    assert "no From field" in found
    assert not [defect for defect in found if f"`{defect.strip()}" not in MANUAL]
