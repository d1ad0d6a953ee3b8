"""The scores of the corpora stand at the end of the run, whether it passes or not."""

import pytest

from tests.corpus.folders import CORPUS
from tests.corpus.scores import report


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "corpus: reads the corpora that are no part of it")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The corpora are no part of the repository: without them nothing of it is left out."""
    if CORPUS.is_dir():
        return
    without = [item for item in items if item.get_closest_marker("corpus")]
    if without:
        items[:] = [item for item in items if item not in without]
        config.hook.pytest_deselected(items=without)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = report()
    if not CORPUS.is_dir():
        lines.append(f"corpus scores: there are no corpora in {CORPUS}")
    if lines:
        terminalreporter.section("corpus scores")
        for line in lines:
            terminalreporter.write_line(line)
