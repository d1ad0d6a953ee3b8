"""What the daemon promises when its disk or its database fails.

F4: the order of the write, the flush and the 250. F6: a database that is down. F5, a full disk,
is in test_faults_disk.py.
"""

import re
import smtplib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.harness.effort import MARGIN, slowness
from tests.harness.gateway import MAILGATE, Gateway
from tests.harness.mails import simple
from tests.harness.ports import free_ports
from tests.harness.postgres import PostgresServer, running_postgres
from tests.harness.servers import program
from tests.harness.waiting import until

COLD = True

HONG, SUPPORT = "hong@customer.example", "support@acme.example"


def mail(number: int, *, octets: int = 0) -> bytes:
    return simple(
        sender=f"Hong <{HONG}>",
        subject=f"question {number}",
        text=f"This is mark-{number:04d}-of-a-mail. " + "x" * octets,
        message_id=f"q{number}@customer.example",
    )


def send(gateway: Gateway, content: bytes) -> tuple[int, str]:
    """The reply to the content."""
    with smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=60) as client:
        client.ehlo()
        client.mail(HONG)
        client.rcpt(SUPPORT)
        code, text = client.data(content)
        return code, text.decode()


# --- F4 -------------------------------------------------------------------------------------

CALLS = "trace=pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg"
_LINE = re.compile(r"^(\d+) +(.*)$")
_RESUMED = re.compile(r"<\.\.\. (\w+) resumed>")


@dataclass(frozen=True, slots=True)
class Call:
    """One system call of the trace: when it began and when it was done, as lines."""

    text: str
    begun: int
    done: int


def calls_of(trace: Path) -> list[Call]:
    """In the order in which they began; halves of one call are put together."""
    waiting: dict[str, tuple[str, int]] = {}
    found: list[Call] = []
    for number, line in enumerate(trace.read_text(errors="replace").splitlines()):
        match = _LINE.match(line)
        if match is None:
            continue
        thread, text = match.groups()
        if text.endswith("<unfinished ...>"):
            waiting[thread] = (text, number)
        elif _RESUMED.match(text):
            begun_text, begun = waiting.pop(thread)
            found.append(Call(begun_text + text, begun, number))
        else:
            found.append(Call(text, number, number))
    return sorted(found, key=lambda call: call.begun)


@pytest.mark.servers("strace")
def test_f4_every_message_is_flushed_before_its_250(gateway: Gateway) -> None:
    """Bytes into the log of SQLite, fdatasync of that log, then the reply: for each message."""
    trace = gateway.folder / "trace"
    # -D: the daemon stays the process that was started.
    traced = [program("strace"), "-D", "-f", "-y", "-s", "6000", "-e", CALLS, "-o", str(trace)]
    count = 20
    with gateway.start(command=[*traced, *MAILGATE]) as daemon:
        for number in range(count):
            assert send(gateway, mail(number))[0] == 250
        assert daemon.terminate() == 0
    calls = calls_of(trace)
    replies = [call for call in calls if '"250 2.0.0 Accepted as ' in call.text]
    flushes = [call for call in calls if re.match(r"f(data)?sync\(\d+<[^>]*-wal>", call.text)]
    assert len(replies) == count
    for number, reply in enumerate(replies):
        mark = f"mark-{number:04d}-of-a-mail"
        write = next(
            call for call in calls if call.text.startswith("pwrite64(") and mark in call.text
        )
        assert "-wal>" in write.text
        assert any(
            write.done < flush.begun and flush.done < reply.begun and flush.text.endswith("= 0")
            for flush in flushes
        ), f"message {number} was acknowledged before it was flushed"


# --- F6 -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


def unready_within(gateway: Gateway, seconds: float) -> None:
    begun = time.monotonic()
    status, text = gateway.get("/readyz")
    assert time.monotonic() - begun < seconds
    assert status == 503
    assert "store" in text


@pytest.mark.servers("postgresql")
def test_f6_a_database_that_goes_away_and_comes_back(
    gateway: Gateway, postgres: PostgresServer
) -> None:
    """In the middle of DATA, and while mail is on its way out: 451 4.3.0 and never 5xx, not
    ready within two seconds, at work again within five, and everything arrives once."""
    gateway.write_config(store_url=postgres.url(postgres.new_database()))
    with gateway.start() as daemon:
        assert send(gateway, mail(0))[0] == 250
        with smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=60) as client:
            client.ehlo()
            client.mail(HONG)
            client.rcpt(SUPPORT)
            assert client.docmd("DATA")[0] == 354
            client.send(mail(1)[:100])
            postgres.stop()
            client.send(mail(1)[100:] + b".\r\n")
            code, text = client.getreply()
            assert (code, text[:5]) == (451, b"4.3.0")
        unready_within(gateway, 3)
        assert gateway.get("/healthz")[0] == 200
        replies = [send(gateway, mail(number)) for number in (2, 3)]
        assert {(code, text[:5]) for code, text in replies} == {(451, "4.3.0")}
        postgres.start()
        back = time.monotonic()
        until("it is ready", lambda: gateway.get("/readyz")[0] == 200)
        assert time.monotonic() - back < 5 * slowness() * MARGIN
        for number in (1, 2, 3):
            assert send(gateway, mail(number))[0] == 250
        until("four tickets", lambda: len(gateway.ask("tickets", "list")) == 4)
        assert time.monotonic() - back < 15
        assert daemon.terminate() == 0
        assert "Traceback" not in daemon.logged()


@pytest.mark.servers("postgresql")
def test_f6_a_database_that_is_down_at_the_start(
    gateway: Gateway, postgres: PostgresServer
) -> None:
    """The doors open all the same: 451 4.3.0, not ready with the reason; and at work within
    five seconds of its return, without a restart. What it waits for is told once."""
    gateway.write_config(store_url=postgres.url(postgres.new_database()))
    postgres.stop()
    daemon = gateway.start()
    try:
        until("it answers", lambda: gateway.get("/healthz")[0] == 200)
        until("the doors open", lambda: answers(gateway))
        unready_within(gateway, 2)
        replies = [send(gateway, mail(number)) for number in (0, 1)]
        assert {(code, text[:5]) for code, text in replies} == {(451, "4.3.0")}
        assert daemon.process.poll() is None
        postgres.start()
        back = time.monotonic()
        until("it is ready", lambda: gateway.get("/readyz")[0] == 200)
        assert time.monotonic() - back < 5 * slowness() * MARGIN
        for number in (0, 1):
            assert send(gateway, mail(number))[0] == 250
        until("two tickets", lambda: len(gateway.ask("tickets", "list")) == 2)
        assert daemon.terminate() == 0
    finally:
        daemon.kill()
        if not postgres.is_running:
            postgres.start()
    told = [fact["event"] for fact in daemon.facts()]
    assert told.count("store_waited_for") == told.count("store_back") == 1
    assert "Traceback" not in daemon.logged()


def answers(gateway: Gateway) -> bool:
    with suppress(OSError, smtplib.SMTPException), smtplib.SMTP("127.0.0.1", gateway.smtp_port):
        return True
    return False


@pytest.mark.servers("postgresql")
def test_f6_told_to_stop_while_it_waits(gateway: Gateway, postgres: PostgresServer) -> None:
    (nobody,) = free_ports(1)
    gateway.write_config(store_url=f"postgresql://mailgate@127.0.0.1:{nobody}/desk")
    daemon = gateway.start()
    try:
        until("the doors open", lambda: answers(gateway))
        assert daemon.terminate(10) == 0
    finally:
        daemon.kill()


@pytest.mark.servers("postgresql")
def test_f6_a_server_that_refuses_is_not_waited_for(
    gateway: Gateway, postgres: PostgresServer
) -> None:
    """A person has to change something: one sentence that says what, and systemd's restarts."""
    gateway.write_config(store_url=postgres.url("nobody_made_this"))
    done = gateway.run("serve")
    assert done.returncode == 75
    said = done.stderr.decode()
    assert "Traceback" not in said
    assert "does not let us in; check the user, the password and the name" in said


@pytest.mark.servers("postgresql")
def test_f6_a_newer_schema_that_comes_up_later_is_left_alone(
    gateway: Gateway, postgres: PostgresServer
) -> None:
    """Nothing is written before its schema is known: mail gets 451, and the daemon ends."""
    name = postgres.new_database()
    gateway.write_config(store_url=postgres.url(name))
    assert gateway.run("migrate").returncode == 0
    with psycopg.connect(postgres.url(name), autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    postgres.stop()
    daemon = gateway.start()
    try:
        until("the doors open", lambda: answers(gateway))
        assert send(gateway, mail(0))[0] == 451
        postgres.start()
        assert daemon.process.wait(10) == 1
        assert "made by a newer mailgate" in daemon.logged()
    finally:
        daemon.kill()
        if not postgres.is_running:
            postgres.start()
    with psycopg.connect(postgres.url(name)) as connection:
        assert connection.execute("SELECT count(*) FROM journal").fetchone() == (0,)


@pytest.mark.servers("postgresql")
def test_f6_under_load_nothing_is_lost_and_nothing_doubled(
    gateway: Gateway, postgres: PostgresServer
) -> None:
    """Clients that send again what had no 250, while the server is shot and started again:
    claims that were under way are taken up."""
    gateway.write_config(store_url=postgres.url(postgres.new_database()))
    shot = threading.Event()

    def persistent(number: int) -> int:
        for tries in range(1, 100):
            if tries > 1:
                shot.wait(20)
            if send(gateway, mail(number))[0] == 250:
                return tries
        raise AssertionError("never accepted")

    with gateway.start() as daemon, ThreadPoolExecutor(8) as pool:
        sending = [pool.submit(persistent, number) for number in range(60)]
        until("some are in", lambda: sum(one.done() for one in sending) > 10)
        postgres.stop()
        postgres.start()
        shot.set()
        assert all(one.result(60) for one in sending)
        until(
            "a ticket for each",
            lambda: len(gateway.ask("tickets", "list", "--limit", "500")) == 60,
            seconds=90,
        )
        subjects = [t["subject"] for t in gateway.ask("tickets", "list", "--limit", "500")]
        assert sorted(subjects) == sorted(f"question {number}" for number in range(60))
        assert daemon.terminate() == 0
