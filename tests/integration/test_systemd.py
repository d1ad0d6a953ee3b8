"""The units: systemd itself reads them, and rates how little the service may do."""

import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "systemd"

pytestmark = pytest.mark.servers("systemd")


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("unit", ["mailgate.service", "mailgate.socket"])
def test_systemd_finds_nothing_wrong(unit: str) -> None:
    done = analyze("verify", str(UNITS / unit))
    assert (done.returncode, done.stderr) == (0, "")


def test_the_service_is_exposed_less_than_3() -> None:
    # The exit code is about the threshold, which counts in tenths.
    done = analyze("security", "--offline=yes", "--threshold=29", str(UNITS / "mailgate.service"))
    assert done.returncode == 0, done.stdout.splitlines()[-1]


def test_the_service_tells_when_it_is_ready_and_that_it_lives() -> None:
    unit = (UNITS / "mailgate.service").read_text()
    assert "\nType=notify\n" in unit
    assert "\nWatchdogSec=" in unit


def test_the_service_has_no_right_of_root() -> None:
    """Port 25 comes from the socket unit, so that no capability is needed."""
    unit = (UNITS / "mailgate.service").read_text()
    assert "\nUser=mailgate\n" in unit
    assert "\nCapabilityBoundingSet=\n" in unit
    assert "\nSockets=mailgate.socket\n" in unit
    assert "\nListenStream=25\n" in (UNITS / "mailgate.socket").read_text()
