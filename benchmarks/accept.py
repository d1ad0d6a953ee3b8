"""Messages a second accepted durably: mailgate's door, and Postfix into its queue.

    python -m benchmarks.accept [--repeat N] [--sessions 1,10,50] [--sizes 2048,30720] [--json]

The load is Postfix's smtp-source in a process of its own. mailgate is one process with the door
and its SQLite store (uvloop, telemetry and logs as in production). Postfix is Debian's, with its
own folder; every message is put on hold, so that nothing but accepting is measured. Both answer
250 after a flush to the same disk. Each round runs one after the other, so that a mood of the
machine meets both. Needs root (Postfix) and no more than a few minutes.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop

from benchmarks.load import Figure, cpu_seconds, peak_megabytes, send
from mailgate.clock import SystemClock
from mailgate.ingest.accept import Acceptor
from mailgate.ingest.smtp import ListenerProtocol, ListenerSpec, SessionLimits, start_smtp
from mailgate.mail.address import Address
from mailgate.store import schema
from mailgate.store.open import open_store
from mailgate.telemetry import log
from mailgate.telemetry.prometheus import PrometheusTelemetry
from tests.harness.ports import free_ports
from tests.harness.postfix import running_postfix

RECIPIENT = "support@acme.example"
MESSAGES = {1: 400, 10: 1500, 50: 2000}
"""How many messages a run sends, by sessions; others take the next lower."""
HOLD = """\
smtpd_sender_restrictions = check_sender_access static:HOLD
default_process_limit = 100
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One combination; figures are messages a second."""

    size: int
    sessions: int
    mailgate: Figure
    postfix: Figure
    cpu_microseconds: float
    """Processor time of the mailgate process a message."""

    @property
    def ratio(self) -> float:
        return self.mailgate.median / self.postfix.median


# --- mailgate's side: the process that is measured ------------------------------------------


async def serve(folder: Path) -> None:
    """The door and its store until standard input ends; prints the port."""
    url = f"sqlite:///{folder / 'mailgate.db'}"
    schema.upgrade(url)
    clock = SystemClock()
    with (folder / "log").open("wb") as logs:
        telemetry = PrometheusTelemetry(log=log.configure(style="json", level="info", stream=logs))
        store = open_store(url, telemetry=telemetry)
        async with asyncio.TaskGroup() as tasks:
            door = await start_smtp(
                ListenerSpec(
                    protocol=ListenerProtocol.SMTP,
                    host="127.0.0.1",
                    port=0,
                    hostname="mx.acme.example",
                    limits=SessionLimits(connections_per_peer=1000),
                ),
                acceptor=Acceptor(store, clock, telemetry, lambda: None),
                is_ours=is_ours,
                clock=clock,
                telemetry=telemetry,
                tasks=tasks,
            )
            print(door.addresses[0].rpartition(":")[2], flush=True)
            await asyncio.to_thread(sys.stdin.buffer.read)
            await door.close(grace=5)
        await store.close()


def is_ours(address: Address) -> bool:
    return address.key == RECIPIENT


@contextmanager
def running_door(folder: Path) -> Iterator[tuple[int, int]]:
    """Port and process id of a door."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.accept", "--serve", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline()), process.pid
    finally:
        process.stdin.close()
        assert process.wait(30) == 0, "the door ended with an error"
        process.stdout.close()


# --- the measurement -------------------------------------------------------------------------


def messages_for(sessions: int) -> int:
    return MESSAGES[max(known for known in MESSAGES if known <= sessions)]


def measure(
    options: argparse.Namespace, ports: dict[str, int], pid: int, tidy: Callable[[], None]
) -> Iterator[Row]:
    for size in options.sizes:
        for sessions in options.sessions:
            messages = messages_for(sessions)
            rates: dict[str, list[float]] = {name: [] for name in ports}
            cpu = 0.0
            for _ in range(options.repeat):
                for name, port in ports.items():
                    before = cpu_seconds(pid)
                    seconds = send(
                        port, sessions=sessions, messages=messages, size=size, recipient=RECIPIENT
                    )
                    rates[name].append(messages / seconds)
                    cpu += cpu_seconds(pid) - before
                tidy()
            yield Row(
                size,
                sessions,
                Figure.of(rates["mailgate"]),
                Figure.of(rates["postfix"]),
                cpu / options.repeat / messages * 1e6,
            )


def empty_hold_queue(queue: Path) -> None:
    # Postfix grows slower with the files of a directory: each round finds it empty.
    for path in (queue / "hold").rglob("*"):
        if path.is_file():
            path.unlink()


def report(rows: list[Row], megabytes: float, *, as_json: bool) -> None:
    if as_json:
        found = [{**asdict(row), "ratio": row.ratio} for row in rows]
        print(json.dumps({"rows": found, "mailgate_peak_megabytes": megabytes}))
        return
    print(f"{'size':>6} {'sessions':>8} {'mailgate/s':>24} {'Postfix/s':>24} {'ratio':>6} CPU us")
    for row in rows:
        print(
            f"{row.size:>6} {row.sessions:>8} {row.mailgate!s:>24} {row.postfix!s:>24}"
            f" {row.ratio:>6.2f} {row.cpu_microseconds:>6.0f}"
        )
    print(f"mailgate's process held at most {megabytes:.0f} MB")


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=3, help="runs a combination (3)")
    parser.add_argument("--sessions", type=numbers, default=[1, 10, 50])
    parser.add_argument("--sizes", type=numbers, default=[2048, 30720], help="octets")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--serve", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(options.serve))
        return
    (port,) = free_ports(1)
    with (
        tempfile.TemporaryDirectory(prefix="mailgate-accept-") as folder,
        running_postfix(port, mailboxes=[RECIPIENT], routes={}, more=HOLD) as postfix,
        running_door(Path(folder)) as (door, pid),
    ):
        rows: list[Row] = []
        for row in measure(
            options,
            {"mailgate": door, "postfix": postfix.port},
            pid,
            lambda: empty_hold_queue(postfix.folder / "queue"),
        ):
            rows.append(row)
            print(f"{row.size} octets, {row.sessions} sessions: done", file=sys.stderr)
        report(rows, peak_megabytes(pid), as_json=options.json)


if __name__ == "__main__":
    main()
