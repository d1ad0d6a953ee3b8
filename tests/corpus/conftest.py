"""The scores of the corpora stand at the end of the run, whether it passes or not."""

import pytest

from tests.corpus.scores import report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = report()
    if lines:
        terminalreporter.section("corpus scores")
        for line in lines:
            terminalreporter.write_line(line)
