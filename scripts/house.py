"""House rules that no linter knows: small rooms, no word of the machine it was written on, and what
calls itself pure is held to it."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

MODULE_LINES = 400
FUNCTION_LINES = 60
DECIDING = "rooms where we decide have no doors to the street"

# Paths of one machine, and switches that would bring package indexes into a lock.
MACHINE = re.compile(
    r"(?<![\w./-])/(?:home|root|tmp)/[a-z]"
    r"|--(?:extra-)?index-url|--find-links|--trusted-host"
)
# Places where such a word is meant: the rule itself, what makes the lock, throw-away examples.
MAY_NAME = {"scripts/house.py", "scripts/lock"}


def tracked() -> list[Path]:
    """Every file that git knows."""
    names = subprocess.run(
        ["git", "ls-files", "-z"], check=True, capture_output=True, text=True
    ).stdout
    return [Path(name) for name in names.split("\0") if name and Path(name).is_file()]


def text_of(path: Path) -> str | None:
    """The text of a file, None when it is none."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return None


def too_long(path: Path, text: str) -> Iterator[str]:
    lines = len(text.splitlines())
    if lines > MODULE_LINES:
        yield f"{path}: {lines} lines, at most {MODULE_LINES}"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                place = f"{path}:{node.lineno}: {node.name}"
                yield f"{place} has {length} lines, at most {FUNCTION_LINES}"


def held_pure() -> tuple[str, ...]:
    """The modules and rooms that import-linter keeps from the street."""
    contracts = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    (found,) = [one for one in contracts["contracts"] if one["name"] == DECIDING]
    return tuple(found["source_modules"])


def only_says_pure(path: Path, text: str, held: tuple[str, ...]) -> Iterator[str]:
    name = ".".join(path.with_suffix("").parts)
    says = re.search(r"\bPure\.$", ast.get_docstring(ast.parse(text)) or "", re.MULTILINE)
    if says and not any(name == one or name.startswith(f"{one}.") for one in held):
        yield f'{path}: says "Pure." and is not in the contract "{DECIDING}" of pyproject.toml'


def machine_words(path: Path, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        found = MACHINE.search(line)
        if found:
            yield f"{path}:{number}: names a path or index of one machine: {found.group()}"


def faults() -> Iterator[str]:
    held = held_pure()
    for path in tracked():
        text = text_of(path)
        if text is None:
            continue
        if path.parts[0] == "mailgate" and path.suffix == ".py":
            yield from too_long(path, text)
            yield from only_says_pure(path, text, held)
        if path.suffix == ".lock" and "://" in text:
            yield f"{path}: names where packages come from; names, versions and hashes alone"
        # The corpus holds other people's mails, byte by byte.
        if str(path) not in MAY_NAME and path.parts[:2] != ("tests", "corpus"):
            yield from machine_words(path, text)


def main() -> int:
    found = list(faults())
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
