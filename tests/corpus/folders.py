"""Where the corpora are: data of their own beside the repository, or where MAILGATE_CORPUS says.

A test that reads them carries `needs_corpus` and takes its cases from `files`. On a machine
without the data such tests are not collected, and the end of the run says so; the messages of
`tests/corpus/own` are always there.
"""

import os
from pathlib import Path

import pytest

CORPUS = Path(
    os.environ.get("MAILGATE_CORPUS")
    or Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
)

needs_corpus = pytest.mark.corpus


def files(folder: str, pattern: str = "*") -> list[Path]:
    """The files below `folder` of the corpora (`public/mail-gem`), in order; none without it."""
    return sorted(path for path in (CORPUS / folder).rglob(pattern) if path.is_file())


def name_of(path: Path) -> str:
    """How a file of the corpora is called in the names of tests and in what they say."""
    return path.relative_to(CORPUS).as_posix()
