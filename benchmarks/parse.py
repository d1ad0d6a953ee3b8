"""Microseconds to read a message, beside the stdlib's `policy.default`.

    python -m benchmarks.parse [--repeat N] [--kinds plain,korean] [--json]

`holds` is what a message holds (`read_message`): structure, header fields, addresses, bodies and
attachments decoded, which is the work that the stdlib does too, so that `x` beside it compares like
with like; `all` is `parse_mail`, which also finds the visible reply, cleans the HTML, and tells
what kind of mail it is and what it forwards.

All read each message in turns, so that a mood of the machine meets all; the figures are medians
and ranges of a call. The memory of the largest message is measured in a process of its own.
No network; less than a minute.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from benchmarks.load import Figure, peak_megabytes
from benchmarks.messages import MESSAGES
from mailgate.mail.message import read_message
from mailgate.mail.parse import parse_mail

SECONDS_A_RUN = 0.02
"""A run reads the message as often as fits in this time, at least once."""

LARGEST = "attachment 25 MB"


@dataclass(frozen=True, slots=True)
class Row:
    """One message; figures are microseconds a message."""

    name: str
    octets: int
    holds: Figure
    all: Figure
    stdlib: Figure

    @property
    def ratio(self) -> float:
        """How many times faster than the stdlib, at the same work."""
        return self.stdlib.median / self.holds.median

    @property
    def ratio_of_all(self) -> float:
        """The same for all that mailgate reads."""
        return self.stdlib.median / self.all.median


def read_by_stdlib(content: bytes) -> object:
    """The same values as far as the stdlib has them."""
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    header = [str(message[name]) for name in ("subject", "date", "message-id", "references")]
    people = [
        [(address.display_name, address.addr_spec) for address in field.addresses]
        for name in ("from", "to", "cc", "reply-to")
        if (field := message[name]) is not None
    ]
    bodies = [
        part.get_content()
        for kind in ("plain", "html")
        if (part := message.get_body((kind,))) is not None
    ]
    attachments = [
        (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        for part in message.iter_attachments()
    ]
    return header, people, bodies, attachments


def microseconds(read: Callable[[bytes], object], content: bytes) -> float:
    """A call, averaged over one run."""
    calls = 0
    begun = time.perf_counter()
    while (passed := time.perf_counter() - begun) < SECONDS_A_RUN or not calls:
        read(content)
        calls += 1
    return passed / calls * 1e6


def measure(name: str, content: bytes, repeat: int) -> Row:
    readers: tuple[Callable[[bytes], object], ...] = (read_message, parse_mail, read_by_stdlib)
    runs: list[list[float]] = [[] for _ in readers]
    for read in readers:
        read(content)
    for _ in range(repeat):
        for read, taken in zip(readers, runs, strict=True):
            taken.append(microseconds(read, content))
    holds, everything, stdlib = (Figure.of(taken) for taken in runs)
    return Row(name, len(content), holds, everything, stdlib)


# --- memory ----------------------------------------------------------------------------------


def growth(reader: str, path: Path) -> float:
    """Megabytes by which a process grows that reads the message in `path` with `reader`."""
    command = [sys.executable, "-m", "benchmarks.parse", "--memory", reader, str(path)]
    return float(subprocess.run(command, check=True, capture_output=True, timeout=120).stdout)


def print_growth(reader: str, path: Path) -> None:
    read = {"mailgate": parse_mail, "stdlib": read_by_stdlib}[reader]
    read(MESSAGES["attachment 20 KB"]())  # what is imported and built once is no cost of a message
    content = path.read_bytes()
    before = peak_megabytes(os.getpid())
    kept = read(content)
    print(peak_megabytes(os.getpid()) - before)
    del kept


def memory() -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="mailgate-parse-") as folder:
        path = Path(folder) / "message.eml"
        path.write_bytes(MESSAGES[LARGEST]())
        return {reader: growth(reader, path) for reader in ("mailgate", "stdlib")}


# --- the report ------------------------------------------------------------------------------


def measured(names: list[str], repeat: int) -> Iterator[Row]:
    for name in names:
        yield measure(name, MESSAGES[name](), repeat)
        print(f"{name}: done", file=sys.stderr)


def report(rows: list[Row], growths: dict[str, float], *, as_json: bool) -> None:
    if as_json:
        ratios = [{"ratio": row.ratio, "ratio_of_all": row.ratio_of_all} for row in rows]
        found = [asdict(row) | ratio for row, ratio in zip(rows, ratios, strict=True)]
        print(json.dumps({"rows": found, "megabytes_25_mb": growths}))
        return
    print(
        f"{'message':<16} {'octets':>10} {'holds us':>25} {'x':>5} {'all us':>27} {'x':>5}"
        f" {'stdlib us':>31}"
    )
    for row in rows:
        print(
            f"{row.name:<16} {row.octets:>10,} {row.holds!s:>25} {row.ratio:>5.1f}"
            f" {row.all!s:>27} {row.ratio_of_all:>5.1f} {row.stdlib!s:>31}"
        )
    for reader, megabytes in growths.items():
        print(f"{LARGEST}: {reader} grows by {megabytes:.0f} MB, its attachment included")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=9, help="runs of each reader (9)")
    parser.add_argument("--kinds", help="only messages whose names begin with one of these")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--memory", nargs=2, metavar=("READER", "PATH"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        print_growth(options.memory[0], Path(options.memory[1]))
        return
    kinds = tuple(options.kinds.split(",")) if options.kinds else ("",)
    names = [name for name in MESSAGES if name.startswith(kinds)]
    rows = list(measured(names, options.repeat))
    report(rows, memory(), as_json=options.json)


if __name__ == "__main__":
    main()
