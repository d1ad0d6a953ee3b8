"""House rules that no linter knows: small rooms, and no word of the machine it was written on."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

MODULE_LINES = 400
FUNCTION_LINES = 60

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


def machine_words(path: Path, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        found = MACHINE.search(line)
        if found:
            yield f"{path}:{number}: names a path or index of one machine: {found.group()}"


def faults() -> Iterator[str]:
    for path in tracked():
        text = text_of(path)
        if text is None:
            continue
        if path.parts[0] == "mailgate" and path.suffix == ".py":
            yield from too_long(path, text)
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
