"""Load and measure: Postfix's smtp-source as the sender, and what /proc knows of a server."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.harness.servers import program

_TICK = os.sysconf("SC_CLK_TCK")


def send(
    port: int,
    *,
    sessions: int,
    messages: int,
    size: int,
    recipient: str,
    sender: str = "hong@customer.example",
) -> float:
    """Seconds that smtp-source, in a process of its own, takes to get `messages` of `size`
    octets accepted over `sessions` parallel sessions, a connection a message. It ends with an
    error, and so does this, when one of them is refused."""
    begun = time.perf_counter()
    subprocess.run(
        [
            program("smtp-source"),
            *("-s", str(sessions), "-m", str(messages), "-l", str(size)),
            *("-f", sender, "-t", recipient, "-M", "source.customer.example"),
            f"inet:127.0.0.1:{port}",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=300,
    )
    return time.perf_counter() - begun


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def peak_megabytes(pid: int) -> float:
    """The most memory that a process has held."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise LookupError(f"no VmHWM for process {pid}")


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value: the median of some runs, and their range."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: list[float]) -> "Figure":
        return cls(median(values), min(values), max(values))

    def __str__(self) -> str:
        return f"{self.median:,.0f} ({self.least:,.0f}-{self.most:,.0f})"
