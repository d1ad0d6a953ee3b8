"""Whatever stands in the corpora is read: without an exception, quickly, in little memory."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.folders import CORPUS, files, needs_corpus
from tests.corpus.scores import figure, note

pytestmark = needs_corpus

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 2.0
BYTES = 300 * 1024 * 1024


@pytest.fixture(scope="module")
def readings() -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.corpus.reading", str(CORPUS)],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_file_is_read(readings: list[dict[str, Any]]) -> None:
    read = {reading["file"] for reading in readings if "file" in reading}
    assert read == {str(path) for path in files(".")}


def test_no_message_raises_or_takes_long(readings: list[dict[str, Any]]) -> None:
    read = [reading for reading in readings if "file" in reading]
    bad = [r for r in read if r["error"] or r["seconds"] > SECONDS]
    slowest = max(reading["seconds"] for reading in read)
    figure("slowest of all files", f"{1000 * slowest:.0f} ms")
    note("no exception, none over 2 s (all files)", len(read) - len(bad), len(read))
    assert not bad


def test_all_of_them_together_stay_under_the_memory_of_one(readings: list[dict[str, Any]]) -> None:
    """The process never gives memory back, so its growth is at least what any one of them took."""
    (growth,) = (reading["growth"] for reading in readings if "growth" in reading)
    figure("memory of all files together", f"{growth // 2**20} MB, where each may take 300 MB")
    assert growth < BYTES
