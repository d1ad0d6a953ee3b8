"""How mistakes in the settings are told."""

from dataclasses import dataclass

from mailgate.settings.lines import Lines, Path


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where (keys, and positions in lists counted from 0), what, and what to do."""

    path: Path
    text: str


class SettingsError(Exception):
    """Everything that is wrong, one line a mistake: `FILE: key.path (line N): what; what to do`."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def problem_line(source: str, lines: Lines, problem: Problem) -> str:
    """The one line that tells `problem` of the file `source`."""
    if not problem.path:
        return f"{source}: {problem.text}"
    number = lines.of(problem.path)
    where = f" (line {number})" if number is not None else ""
    return f"{source}: {dotted(problem.path)}{where}: {problem.text}"


def dotted(path: Path) -> str:
    """`("address", 1, "group")` as `address[2].group`: people count from 1."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step + 1}]"
        else:
            text += f".{step}" if text else step
    return text
