"""Messages a second accepted durably: mailgate's door, and Postfix into its queue.

    python -m benchmarks.accept [--repeat N] [--sessions 1,10,50] [--sizes 2048,30720] [--json]

The load is Postfix's smtp-source in a process of its own. mailgate is one process with the door
and its SQLite store (uvloop, telemetry and logs as in production; no worker, as Postfix has none:
accepting is measured, with how late its event loop comes). Postfix is Debian's, with its
own folder; every message is put on hold, so that nothing but accepting is measured. Both answer
250 after a flush to the same disk. Each round runs one after the other, so that a mood of the
machine meets both. A last run has one more client, which sends 25 MB of one-character lines over
and over. Needs root (Postfix) and no more than a few minutes.
"""

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop

from benchmarks.load import Figure, cpu_seconds, peak_megabytes, send
from mailgate.clock import SystemClock
from mailgate.daemon.doors import settle
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
    lag_milliseconds: float
    """How late its event loop came: of a hundred looks, all but one were within this."""

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
            settle()
            print(door.addresses[0].rpartition(":")[2], flush=True)
            lags: list[float] = []
            watching = tasks.create_task(watch(clock, lags))
            while await asyncio.to_thread(sys.stdin.buffer.readline):
                print(percentile_99(lags) * 1000, flush=True)
                lags.clear()
            watching.cancel()
            await door.close(grace=5)
        await store.close()


async def watch(clock: SystemClock, lags: list[float]) -> None:
    """Looks every five milliseconds how late the loop is."""
    while True:
        begun = clock.monotonic()
        await clock.sleep(0.005)
        lags.append(clock.monotonic() - begun - 0.005)


def percentile_99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)] if values else 0.0


def is_ours(address: Address) -> bool:
    return address.key == RECIPIENT


@contextmanager
def running_door(folder: Path) -> Iterator[tuple[int, int, Callable[[], float]]]:
    """Port and process id of a door, and what tells its lag since it was last asked."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.accept", "--serve", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None

    def lag() -> float:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        return float(process.stdout.readline())

    try:
        yield int(process.stdout.readline()), process.pid, lag
    finally:
        process.stdin.close()
        assert process.wait(30) == 0, "the door ended with an error"
        process.stdout.close()


# --- the measurement -------------------------------------------------------------------------


def messages_for(sessions: int) -> int:
    return MESSAGES[max(known for known in MESSAGES if known <= sessions)]


@contextmanager
def one_hostile_client(port: int) -> Iterator[None]:
    """While it lasts, 25 MB of one-character lines come again and again."""
    over = threading.Event()
    hostile = b"x\r\n" * 8_333_000 + b".\r\n"

    def pester() -> None:
        while not over.is_set():
            with (
                socket.create_connection(("127.0.0.1", port)) as client,
                client.makefile("rb") as replies,
            ):
                replies.readline()
                for command in ("HELO x", "MAIL FROM:<>", f"RCPT TO:<{RECIPIENT}>", "DATA"):
                    client.sendall(f"{command}\r\n".encode())
                    replies.readline()
                client.sendall(hostile)
                assert replies.readline().startswith(b"250 "), "short lines are no fault"

    thread = threading.Thread(target=pester)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def measure_lag_under_attack(port: int, lag: Callable[[], float]) -> tuple[float, float]:
    """Milliseconds of lag, and messages of 2 KB a second, beside the hostile client."""
    lag()
    with one_hostile_client(port):
        seconds = send(port, sessions=50, messages=MESSAGES[50], size=2048, recipient=RECIPIENT)
        return lag(), MESSAGES[50] / seconds


def measure(
    options: argparse.Namespace,
    ports: dict[str, int],
    pid: int,
    lag: Callable[[], float],
    tidy: Callable[[], None],
) -> Iterator[Row]:
    for size in options.sizes:
        for sessions in options.sessions:
            messages = messages_for(sessions)
            rates: dict[str, list[float]] = {name: [] for name in ports}
            cpu = 0.0
            lags: list[float] = []
            for _ in range(options.repeat):
                for name, port in ports.items():
                    before = cpu_seconds(pid)
                    lag()
                    seconds = send(
                        port, sessions=sessions, messages=messages, size=size, recipient=RECIPIENT
                    )
                    rates[name].append(messages / seconds)
                    cpu += cpu_seconds(pid) - before
                    if name == "mailgate":
                        lags.append(lag())
                tidy()
            yield Row(
                size,
                sessions,
                Figure.of(rates["mailgate"]),
                Figure.of(rates["postfix"]),
                cpu / options.repeat / messages * 1e6,
                max(lags),
            )


def empty_hold_queue(queue: Path) -> None:
    # Postfix grows slower with the files of a directory: each round finds it empty.
    for path in (queue / "hold").rglob("*"):
        if path.is_file():
            path.unlink()


def report(
    rows: list[Row], megabytes: float, attacked: tuple[float, float], *, as_json: bool
) -> None:
    lag, rate = attacked
    if as_json:
        found = [{**asdict(row), "ratio": row.ratio} for row in rows]
        print(
            json.dumps(
                {
                    "rows": found,
                    "mailgate_peak_megabytes": megabytes,
                    "under_attack": {"lag_milliseconds": lag, "messages_a_second": rate},
                }
            )
        )
        return
    print(
        f"{'size':>6} {'sessions':>8} {'mailgate/s':>24} {'Postfix/s':>24}"
        f" {'ratio':>6} CPU us lag ms"
    )
    for row in rows:
        print(
            f"{row.size:>6} {row.sessions:>8} {row.mailgate!s:>24} {row.postfix!s:>24}"
            f" {row.ratio:>6.2f} {row.cpu_microseconds:>6.0f} {row.lag_milliseconds:>6.1f}"
        )
    print(f"beside 25 MB of one-character lines: {rate:,.0f}/s of 2 KB, lag {lag:.1f} ms (p99)")
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
        running_door(Path(folder)) as (door, pid, lag),
    ):
        rows: list[Row] = []
        for row in measure(
            options,
            {"mailgate": door, "postfix": postfix.port},
            pid,
            lag,
            lambda: empty_hold_queue(postfix.folder / "queue"),
        ):
            rows.append(row)
            print(f"{row.size} octets, {row.sessions} sessions: done", file=sys.stderr)
        attacked = measure_lag_under_attack(door, lag)
        report(rows, peak_megabytes(pid), attacked, as_json=options.json)


if __name__ == "__main__":
    main()
