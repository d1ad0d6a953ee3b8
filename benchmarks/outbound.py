"""Messages a second that leave a full queue: mailgate's worker, and Postfix.

    python -m benchmarks.outbound [--rounds N] [--messages N] [--sizes 2048,30720] [--json]

Both send to the same Postfix smtp-sink over 20 connections, one after the other in every round,
so that a mood of the machine meets both. mailgate is one process with the real worker, its SMTP
transport and its SQLite store, durable at every step (each attempt is registered before it is
dialled, each result is committed), uvloop, telemetry and logs as in production; it is done when
the last result is in the store. Postfix is Debian's, with its own folder and 20 smtp processes;
its clock runs from the first mail at the sink to the last, so that neither taking the mail in nor
letting the queue go counts. Then the same number of mails leaves a queue of 1,000 and one of
100,000. Needs root (Postfix), and takes some minutes at most: each step has a limit.
"""

import argparse
import asyncio
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import IO, Any, BinaryIO

import uvloop

from benchmarks.load import Figure, send
from benchmarks.outbound_queue import fill
from mailgate.clock import SystemClock
from mailgate.outbound.peer import Limits, Peer
from mailgate.outbound.route import RoutePolicy, SmarthostRoute
from mailgate.outbound.router import Router
from mailgate.outbound.sites import sites_of
from mailgate.outbound.worker import OutboundWorker, WorkerPolicy
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.store import schema
from mailgate.store.open import open_store
from mailgate.telemetry import log
from mailgate.telemetry.prometheus import PrometheusTelemetry
from tests.harness.ports import free_ports, listens
from tests.harness.postfix import Postfix, running_postfix
from tests.harness.servers import program
from tests.harness.waiting import until

CONNECTIONS = 20
PATIENCE = 120.0
"""Seconds that one queue may take to leave."""
QUEUES = (1_000, 100_000)
RECIPIENT = "customer@sink.example"
# Every mail waits until all are there; then as many smtp processes as mailgate has connections.
POSTFIX = """\
smtpd_sender_restrictions = check_sender_access static:HOLD
default_process_limit = 100
initial_destination_concurrency = 20
default_destination_concurrency_limit = 20
"""


# --- mailgate's side: the process that is measured -------------------------------------------


class Counting(PrometheusTelemetry):
    """The telemetry of production, and an event when so many deliveries were final."""

    def expect(self, finals: int) -> None:
        self.left = finals
        self.done = asyncio.Event()

    def delivery_final(self, *, delivery: int, ticket: int | None, lane: str, state: str) -> None:
        super().delivery_final(delivery=delivery, ticket=ticket, lane=lane, state=state)
        self.left -= 1
        if self.left == 0:
            self.done.set()


async def work(port: int, logs: BinaryIO) -> None:
    """Lets queues leave as standard input names them, one JSON object a line; answers in kind."""
    clock = SystemClock()
    telemetry = Counting(log=log.configure(style="json", level="info", stream=logs))
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        wish = json.loads(line)
        store = open_store(f"sqlite:///{wish['database']}", telemetry=telemetry)
        peer = Peer("127.0.0.1", port, "mx.acme.example")
        routes = RoutePolicy(default=SmarthostRoute(peer, Limits(connections=CONNECTIONS)))
        worker = OutboundWorker(
            store,
            Router(routes, hostname="mx.acme.example", clock=clock),
            Limiter(LimitPolicy(10_000_000)),
            clock=clock,
            telemetry=telemetry,
            node="benchmark",
            random=os.urandom,
            policy=WorkerPolicy(concurrency=CONNECTIONS),
            sites=sites_of(routes),
        )
        telemetry.expect(wish["messages"])
        begun, processor = time.perf_counter(), time.process_time()
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
            tasks.create_task(worker.run())
            await telemetry.done.wait()
            seconds, processor = time.perf_counter() - begun, time.process_time() - processor
            await worker.drain(5)
        await store.close()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "cpu": processor, "peak": peak}), flush=True)


@dataclass(frozen=True, slots=True)
class Run:
    """One queue that left. `cpu` in seconds of the process, `peak` in megabytes so far."""

    seconds: float
    cpu: float
    peak: float


@dataclass(frozen=True, slots=True)
class Mailgate:
    process: subprocess.Popen[bytes]
    folder: Path
    template: Path

    def drain(self, *, queued: int, messages: int, size: int) -> Run:
        """`messages` of `queued` mails leave a fresh queue."""
        database = self.folder / "mailgate.db"
        shutil.copy(self.template, database)
        now = int(time.time() * 1e6)
        fill(database, mails=queued, size=size, now=now)
        os.sync()  # what was written before the clock runs is not flushed while it does
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        wish = {"database": str(database), "messages": messages}
        self.process.stdin.write(json.dumps(wish).encode() + b"\n")
        self.process.stdin.flush()
        run = Run(**json.loads(self.process.stdout.readline()))
        for path in self.folder.glob("mailgate.db*"):
            path.unlink()
        return run


@contextmanager
def running_mailgate(folder: Path, sink: int) -> Iterator[Mailgate]:
    template = folder / "template.db"
    schema.upgrade(f"sqlite:///{template}")
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.outbound", "--work", str(sink), str(folder / "log")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Mailgate(process, folder, template)
    finally:
        process.stdin.close()
        assert process.wait(30) == 0, "the worker ended with an error"
        process.stdout.close()


# --- the sink, and Postfix ---------------------------------------------------------------------


@dataclass(slots=True)
class Sink:
    """smtp-sink tells how many mails it took each time that it took one."""

    port: int
    at: list[float] = field(default_factory=list)
    """When each mail was seen; the first is where its counter was first read."""
    taken: int = 0

    def listen(self, output: IO[bytes]) -> None:
        """Reads its counters until it ends."""
        rest = b""
        while chunk := output.read1(65536):  # type: ignore[attr-defined]  # a BufferedReader
            now = time.perf_counter()
            *lines, rest = (rest + chunk).split(b"\r")
            for line in lines:
                self._count(line, now)

    def _count(self, line: bytes, now: float) -> None:
        for part in line.split():
            name, _, value = part.partition(b"=")
            if name.startswith(b"mesg") and value.isdigit() and int(value) > self.taken:
                self.taken = int(value)
                self.at.append(now)


@contextmanager
def running_sink() -> Iterator[Sink]:
    (port,) = free_ports(1)
    process = subprocess.Popen(
        [
            program("smtp-sink"),
            "-4",
            "-c",
            "-u",
            "postfix",
            "-m",
            "1000",
            f"inet:127.0.0.1:{port}",
            "1000",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=-1,
    )
    assert process.stdout is not None
    sink = Sink(port)
    reader = threading.Thread(target=sink.listen, args=[process.stdout])
    reader.start()
    try:
        until("smtp-sink listens", lambda: listens(port))
        yield sink
    finally:
        process.terminate()
        process.wait(10)
        reader.join()
        process.stdout.close()


def drain_postfix(postfix: Postfix, sink: Sink, *, messages: int, size: int) -> float:
    """Seconds from the first to the last of `messages` mails of `size` octets at the sink."""
    send(postfix.port, sessions=10, messages=messages, size=size, recipient=RECIPIENT)
    until("Postfix holds them all", lambda: postfix.waiting() >= messages, seconds=PATIENCE)
    sink.at.clear()
    before = sink.taken
    config = str(postfix.folder / "config")
    subprocess.run(
        [program("postsuper"), "-c", config, "-H", "ALL"], check=True, capture_output=True
    )
    postfix.flush()
    until("Postfix's queue has left", lambda: sink.taken >= before + messages, seconds=PATIENCE)
    return sink.at[-1] - sink.at[0]


# --- the measurement -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """Mails of one size; figures are messages a second."""

    size: int
    mailgate: Figure
    postfix: Figure
    cpu_microseconds: float
    """Processor time of the mailgate process a mail: the median."""

    @property
    def ratio(self) -> float:
        return self.mailgate.median / self.postfix.median


@dataclass(frozen=True, slots=True)
class Depth:
    """How the first mails of a long queue leave; microseconds a mail."""

    queued: int
    wall: Figure
    cpu: Figure


def compare(
    mailgate: Mailgate, postfix: Postfix, sink: Sink, *, size: int, options: argparse.Namespace
) -> tuple[Row, float]:
    """The row of one size, and the most memory that the process had held by then."""
    ours: list[float] = []
    theirs: list[float] = []
    runs: list[Run] = []
    for number in range(options.rounds):
        run = mailgate.drain(queued=options.messages, messages=options.messages, size=size)
        runs.append(run)
        ours.append(options.messages / run.seconds)
        seconds = drain_postfix(postfix, sink, messages=options.messages, size=size)
        theirs.append(options.messages / seconds)
        tell(
            f"{size} octets, round {number + 1} of {options.rounds}: mailgate {ours[-1]:,.0f}/s,"
            f" Postfix {theirs[-1]:,.0f}/s"
        )
    cpu = median(run.cpu for run in runs) / options.messages * 1e6
    return Row(size, Figure.of(ours), Figure.of(theirs), cpu), runs[-1].peak


def depths(mailgate: Mailgate, rounds: int) -> Iterator[Depth]:
    """As many mails leave a short queue and a long one, in turn."""
    messages = min(QUEUES)
    runs: dict[int, list[Run]] = {queued: [] for queued in QUEUES}
    for number in range(rounds):
        for queued in QUEUES:
            runs[queued].append(mailgate.drain(queued=queued, messages=messages, size=2048))
            tell(f"{messages:,} of {queued:,} mails, round {number + 1} of {rounds}: done")
    for queued in QUEUES:
        wall = [run.seconds / messages * 1e6 for run in runs[queued]]
        cpu = [run.cpu / messages * 1e6 for run in runs[queued]]
        yield Depth(queued, Figure.of(wall), Figure.of(cpu))


def tell(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


def report(rows: list[Row], deep: list[Depth], megabytes: float, *, as_json: bool) -> None:
    if as_json:
        found: dict[str, Any] = {
            "rows": [{**asdict(row), "ratio": row.ratio} for row in rows],
            "depths": [asdict(depth) for depth in deep],
            "mailgate_peak_megabytes": megabytes,
        }
        print(json.dumps(found))
        return
    print(f"{'size':>6} {'mailgate/s':>24} {'Postfix/s':>24} {'ratio':>6} CPU us")
    for row in rows:
        print(
            f"{row.size:>6} {row.mailgate!s:>24} {row.postfix!s:>24} {row.ratio:>6.2f}"
            f" {row.cpu_microseconds:>6.0f}"
        )
    for depth in deep:
        print(f"{depth.queued:>7,} queued: {depth.wall} us a mail, CPU {depth.cpu} us")
    print(f"mailgate's process held at most {megabytes:.0f} MB")


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="runs of each side (5)")
    parser.add_argument("--messages", type=int, default=3000, help="mails a run (3000)")
    parser.add_argument("--sizes", type=numbers, default=[2048, 30720], help="octets")
    parser.add_argument("--no-depth", action="store_true", help="leave out the long queue")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--work", nargs=2, metavar=("SINK", "LOG"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        sink, logs = options.work
        with (
            Path(logs).open("wb") as stream,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            runner.run(work(int(sink), stream))
        return
    (port,) = free_ports(1)
    with (
        tempfile.TemporaryDirectory(prefix="mailgate-outbound-") as folder,
        running_sink() as sink,
        running_postfix(port, mailboxes=[], routes={RECIPIENT: sink.port}, more=POSTFIX) as postfix,
        running_mailgate(Path(folder), sink.port) as mailgate,
    ):
        rows: list[Row] = []
        megabytes = 0.0
        for size in options.sizes:
            row, megabytes = compare(mailgate, postfix, sink, size=size, options=options)
            rows.append(row)
        deep = [] if options.no_depth else list(depths(mailgate, options.rounds))
        report(rows, deep, megabytes, as_json=options.json)


if __name__ == "__main__":
    main()
