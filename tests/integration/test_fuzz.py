"""`scripts/fuzz` runs: a few seconds of it, so that it is there when it is needed."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this machine"
)

ROOT = Path(__file__).resolve().parents[2]


def fuzz(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.fuzz.run", *arguments, "--findings", str(folder)],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "MAILGATE_CORPUS": str(folder / "none"), **more},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("target", ["read", "write"])
def test_a_few_seconds_find_nothing(tmp_path: Path, target: str) -> None:
    done = fuzz(tmp_path, "3", "--target", target)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing was found." in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_finding_is_kept_and_told(tmp_path: Path) -> None:
    """The target `broken` fails at every mail with a subject."""
    done = fuzz(tmp_path, "20", "--target", "broken")
    assert done.returncode == 1
    (found,) = tmp_path.iterdir()
    assert found.name.startswith("broken-crash-")
    assert f"tests.fuzz.one_target broken {found}" in done.stdout
    again = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.one_target", "broken", str(found)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode != 0
