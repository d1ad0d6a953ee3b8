"""Messages a second turned into tickets, through the whole path of the running daemon.

    python -m benchmarks.tickets [--repeat N] [--sessions 1,10,50] [--sizes 2048,30720]
                                 [--agents N] [--json]

The load is Postfix's smtp-source in a process of its own; mailgate is `mailgate serve` with
SQLite, JSON logs and HTTP, in one process. A run begins with the first connection and ends when
every row of the journal is done: ticket, message, decision and the agents' notifications are
committed. Meanwhile the daemon sends those notifications to Postfix's smtp-sink; how long it
takes until the last of them has left is the second figure. Postfix accepting the same mail into
its hold queue runs side by side: it makes no tickets, it is what a mail server does with a mail.
Needs root (Postfix) and a few minutes.
"""

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.accept import HOLD, empty_hold_queue, numbers
from benchmarks.load import Figure, cpu_seconds, peak_megabytes, send
from tests.harness.gateway import Daemon, Gateway, make_gateway
from tests.harness.ports import free_ports, listens
from tests.harness.postfix import Postfix, running_postfix
from tests.harness.servers import program
from tests.harness.waiting import until

RECIPIENT = "support@acme.example"
MESSAGES = {1: 300, 10: 1000, 50: 1500}
"""How many messages a run sends, by sessions; others take the next lower."""
RUN_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Row:
    """One combination; figures are messages a second."""

    size: int
    sessions: int
    tickets: Figure
    sent: Figure
    """Until the last notification has left, in tickets a second."""
    postfix: Figure
    cpu_microseconds: float
    """Processor time of the daemon a message, its notifications included."""


def desk(agents: int) -> str:
    people = [f"agent{number}@acme.example" for number in range(agents)]
    members = ", ".join(f'"{address}"' for address in people)
    tables = "".join(f'[[agent]]\naddress = "{address}"\nname = "Agent"\n\n' for address in people)
    return (
        # The load is one sender's: what nobody reads is set aside as a flood otherwise.
        '[loops]\nmachines = ["customer.example"]\n\n'
        f'[[address]]\naddress = "{RECIPIENT}"\nname = "Acme Support"\ngroup = "support"\n\n'
        f'[[group]]\nname = "support"\nmembers = [{members}]\n\n{tables}'
    )


class Database:
    """Looks at the daemon's SQLite file from outside."""

    def __init__(self, gateway: Gateway) -> None:
        path = gateway.folder / "var" / "mailgate.db"
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def close(self) -> None:
        self._connection.close()

    def number(self, query: str) -> int:
        (found,) = self._connection.execute(query).fetchone()
        return int(found or 0)

    def last(self) -> int:
        return self.number("SELECT max(id) FROM journal")

    def is_worked_off(self) -> bool:
        return not self.number("SELECT EXISTS (SELECT 1 FROM journal WHERE state = 'received')")

    def is_sent(self) -> bool:
        return not self.number(
            "SELECT EXISTS (SELECT 1 FROM deliveries WHERE state IN ('ready', 'leased'))"
        )


@contextmanager
def running_sink(port: int) -> Iterator[None]:
    """Postfix's own sink: takes mail and forgets it."""
    process = subprocess.Popen(
        [program("smtp-sink"), "-u", "nobody", f"inet:127.0.0.1:{port}", "200"]
    )
    try:
        until("smtp-sink listens", lambda: listens(port))
        yield
    finally:
        process.terminate()
        process.wait()


@dataclass(frozen=True, slots=True)
class Place:
    """What is measured, running."""

    gateway: Gateway
    daemon: Daemon
    database: Database
    postfix: Postfix


def one_run(place: Place, sessions: int, messages: int, size: int) -> tuple[float, float, float]:
    """Seconds to tickets, seconds until all notifications have left, processor seconds."""
    pid = place.daemon.process.pid
    before, cpu = place.database.last(), cpu_seconds(pid)
    begun = time.perf_counter()
    send(
        place.gateway.smtp_port,
        sessions=sessions,
        messages=messages,
        size=size,
        recipient=RECIPIENT,
    )
    until("all are tickets", place.database.is_worked_off, seconds=RUN_SECONDS)
    worked_off = time.perf_counter() - begun
    until("all is sent", place.database.is_sent, seconds=RUN_SECONDS)
    sent = time.perf_counter() - begun
    opened = place.database.number(
        "SELECT count(*) FROM journal JOIN entries ON entries.journal = journal.id "
        f"WHERE journal.id > {before}"
    )
    assert opened == messages, f"{opened} of {messages} became messages on tickets"
    return worked_off, sent, cpu_seconds(pid) - cpu


def measure(options: argparse.Namespace, place: Place) -> Iterator[Row]:
    for size in options.sizes:
        for sessions in options.sessions:
            messages = MESSAGES[max(known for known in MESSAGES if known <= sessions)]
            tickets, sent, accepted = list[float](), list[float](), list[float]()
            processor = 0.0
            for _ in range(options.repeat):
                worked_off, left, cpu = one_run(place, sessions, messages, size)
                tickets.append(messages / worked_off)
                sent.append(messages / left)
                processor += cpu
                seconds = send(
                    place.postfix.port,
                    sessions=sessions,
                    messages=messages,
                    size=size,
                    recipient=RECIPIENT,
                )
                accepted.append(messages / seconds)
                empty_hold_queue(place.postfix.folder / "queue")
            yield Row(
                size,
                sessions,
                Figure.of(tickets),
                Figure.of(sent),
                Figure.of(accepted),
                processor / options.repeat / messages * 1e6,
            )


def report(rows: list[Row], megabytes: float, *, as_json: bool) -> None:
    if as_json:
        found = {"rows": [asdict(row) for row in rows], "mailgate_peak_megabytes": megabytes}
        print(json.dumps(found))
        return
    print(
        f"{'size':>6} {'sessions':>8} {'tickets/s':>22} {'all sent/s':>22}"
        f" {'Postfix accepts/s':>24} CPU us"
    )
    for row in rows:
        print(
            f"{row.size:>6} {row.sessions:>8} {row.tickets!s:>22} {row.sent!s:>22}"
            f" {row.postfix!s:>24} {row.cpu_microseconds:>6.0f}"
        )
    print(f"mailgate's one process held at most {megabytes:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=3, help="runs a combination (3)")
    parser.add_argument("--sessions", type=numbers, default=[1, 10, 50])
    parser.add_argument("--sizes", type=numbers, default=[2048, 30720], help="octets")
    parser.add_argument("--agents", type=int, default=1, help="who are told of each ticket (1)")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    options = parser.parse_args()
    postfix_port, sink_port = free_ports(2)
    with (
        tempfile.TemporaryDirectory(prefix="mailgate-tickets-") as folder,
        running_postfix(postfix_port, mailboxes=[RECIPIENT], routes={}, more=HOLD) as postfix,
        running_sink(sink_port),
    ):
        gateway = make_gateway(Path(folder))
        gateway.write_config(smarthost=sink_port, desk=desk(options.agents))
        with gateway.start() as daemon, closing(Database(gateway)) as database:
            rows: list[Row] = []
            for row in measure(options, Place(gateway, daemon, database, postfix)):
                rows.append(row)
                print(f"{row.size} octets, {row.sessions} sessions: done", file=sys.stderr)
            megabytes = peak_megabytes(daemon.process.pid)
            assert daemon.terminate() == 0
        report(rows, megabytes, as_json=options.json)


if __name__ == "__main__":
    main()
