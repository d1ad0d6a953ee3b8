"""F1: SIGKILL at each point at which a door takes a message; SMTP, LMTP and the pipe.

What was acknowledged is stored; what was not is sent again; and each message is on one ticket,
once. Eight clients send at the same time, so that commits are shared when it dies.
"""

import os
import shutil
import signal
import smtplib
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.crash.nursery import Nursery, running_nursery
from tests.harness.gateway import ROOT, Daemon, Gateway, make_gateway
from tests.harness.journal import ask, journal_of
from tests.harness.mails import simple
from tests.harness.postgres import PostgresServer, running_postgres
from tests.harness.waiting import until

CRASHING_PIPE = Path(__file__).with_name("crashing_pipe.py")
SUPPORT = "support@acme.example"
CLIENTS = 8
RUNS = int(os.environ.get("CRASH_RUNS", "2"))
"""Of each point; docs/contributors has the command for many."""
NEVER = "never"
APPEND = "commit of store.journal.append"
STEPS = {
    "after 354": NEVER,
    "in the middle of DATA": NEVER,
    "after the insert, before the commit": f"before the {APPEND}#5",
    "after the commit": f"after the {APPEND}#5",
    "before the 250": "before the reply#5",
    "after the 250": NEVER,
}
"""A point in the dialogue, and where the daemon kills itself; else the client does."""


Tally = defaultdict[tuple[str, str, str], Counter[str]]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with running_nursery() as running:
        yield running


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """What was counted where; told at the end."""
    counted: Tally = defaultdict(Counter)
    yield counted
    plugins = request.config.pluginmanager
    with plugins.getplugin("capturemanager").global_and_fixture_disabled():
        for key, counts in sorted(counted.items()):
            told = ", ".join(f"{count} {name}" for name, count in counts.items())
            plugins.getplugin("terminalreporter").write_line(f"F1 {', '.join(key)}: {told}")


def mail(number: int) -> bytes:
    return simple(
        sender=f"Mina <m{number}@customer.example>",
        subject=f"question {number}",
        text=f"This is question {number}.",
        message_id=f"q{number}@customer.example",
    )


def connect(gateway: Gateway, protocol: str) -> smtplib.SMTP:
    if protocol == "lmtp":
        return smtplib.LMTP("127.0.0.1", gateway.lmtp_port)
    return smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=20)


def send(gateway: Gateway, protocol: str, number: int) -> bool:
    """Whether it had its 250."""
    with suppress(OSError, smtplib.SMTPException), connect(gateway, protocol) as client:
        return not client.sendmail(f"m{number}@customer.example", [SUPPORT], mail(number))
    return False


def die_on_the_wire(daemon: Daemon, protocol: str, point: str) -> bool:
    """Message 0 goes so far; whether it had its 250."""
    with suppress(OSError, smtplib.SMTPException), connect(daemon.gateway, protocol) as client:
        client.ehlo_or_helo_if_needed()
        client.mail("m0@customer.example")
        client.rcpt(SUPPORT)
        if point == "after the 250":
            code, _ = client.data(mail(0))
            daemon.process.kill()
            return code == 250
        assert client.docmd("DATA")[0] == 354
        if point == "in the middle of DATA":
            client.send(mail(0)[:100])
        daemon.process.kill()
    return False


def crash(nursery: Nursery, gateway: Gateway, protocol: str, point: str) -> set[int]:
    """The numbers of the messages that had their 250."""
    with nursery.start(gateway, STEPS[point]) as daemon, ThreadPoolExecutor(CLIENTS) as pool:
        others = [pool.submit(send, gateway, protocol, number) for number in range(1, 1 + CLIENTS)]
        if STEPS[point] == NEVER:
            until("some are taken", lambda: any(one.done() for one in others))
            first = die_on_the_wire(daemon, protocol, point)
        else:
            first = send(gateway, protocol, 0)
        assert daemon.process.wait(30) == -signal.SIGKILL
        acknowledged = {number for number, one in enumerate(others, 1) if one.result()}
    return acknowledged | ({0} if first else set())


ENTRIES = (
    "SELECT journal.message_id, count(entries.id) FROM journal "
    "LEFT JOIN entries ON entries.journal = journal.id GROUP BY journal.message_id"
)


def check(found: Sequence[tuple[Any, ...]], numbers: range) -> None:
    """Each message is one entry of one ticket."""
    assert dict(found) == {f"q{number}@customer.example": 1 for number in numbers}


def finish(gateway: Gateway, numbers: range) -> None:
    until("nothing waits", lambda: {row.state for row in journal_of(gateway)} == {"done"})
    check(ask(gateway, ENTRIES), numbers)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("point", STEPS)
@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
def test_f1_a_door_that_dies(
    nursery: Nursery, tally: Tally, protocol: str, point: str, tmp_path: Path
) -> None:
    for run in range(RUNS):
        gateway = make_gateway(tmp_path / "gateway")
        tally["sqlite", protocol, point] += die_and_come_back(nursery, gateway, protocol, point)
        if run < RUNS - 1:
            shutil.rmtree(gateway.folder)


@pytest.mark.servers("postgresql")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("point", STEPS)
def test_f1_a_door_that_dies_on_postgresql(
    nursery: Nursery, tally: Tally, postgres: PostgresServer, point: str, tmp_path: Path
) -> None:
    gateway = make_gateway(tmp_path / "gateway")
    for _ in range(RUNS):
        name = postgres.new_database()
        gateway.write_config(store_url=postgres.url(name))
        tally["postgresql", "smtp", point] += die_and_come_back(
            nursery, gateway, "smtp", point, database=postgres.url(name)
        )
        postgres.drop_database(name)


def die_and_come_back(
    nursery: Nursery, gateway: Gateway, protocol: str, point: str, *, database: str | None = None
) -> Counter[str]:
    """One run; how many messages there were, and how many of them had their 250."""

    def rows(query: str) -> list[tuple[Any, ...]]:
        if database is None:
            return ask(gateway, query)
        with psycopg.connect(database) as connection:
            return connection.execute(query).fetchall()

    acknowledged = crash(nursery, gateway, protocol, point)
    stored = Counter(number_of(bytes(raw)) for (raw,) in rows("SELECT raw FROM journal_content"))
    assert acknowledged <= set(stored), "what had its 250 is there"
    assert set(stored.values()) <= {1}
    numbers = range(CLIENTS + 1)
    # Where there may be other nodes, what the dead one had claimed is waited for.
    with nursery.start(gateway, NEVER, hours=0 if database is None else 1) as daemon:
        for number in numbers:
            if number not in acknowledged:
                assert send(gateway, protocol, number)
        waiting = "SELECT 1 FROM journal WHERE state <> 'done'"
        until("nothing waits", lambda: not rows(waiting))
        check(rows(ENTRIES), numbers)
        assert daemon.terminate() == 0
    return Counter(runs=1, messages=len(numbers), acknowledged=len(acknowledged))


def number_of(content: bytes) -> int:
    return next(number for number in range(CLIENTS + 1) if mail(number) == content)


@pytest.mark.parametrize("step", ["before", "after"])
def test_f1_a_pipe_that_dies(step: str, tmp_path: Path) -> None:
    """Beside the running daemon, which does not notice; the caller sends it again."""
    gateway = make_gateway(tmp_path / "gateway")
    arguments = ["--config", str(gateway.config), "ingest", "--rcpt", SUPPORT]

    def pipe(number: int, command: list[str]) -> int:
        return subprocess.run(
            [sys.executable, *command, *arguments],
            input=mail(number),
            check=False,
            env={"PYTHONPATH": str(ROOT)},
        ).returncode

    numbers = range(5)
    with gateway.start() as daemon:
        for number in numbers:
            assert pipe(number, [str(CRASHING_PIPE), step]) == -signal.SIGKILL
            assert len(journal_of(gateway)) == (2 * number + 1 if step == "after" else number)
            assert pipe(number, ["-m", "mailgate.cli.main"]) == 0
        finish(gateway, numbers)
        assert daemon.terminate() == 0
