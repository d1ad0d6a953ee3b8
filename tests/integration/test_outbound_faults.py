"""What the daemon promises of mail that leaves when the next hop, the database or the daemon itself
is in trouble.

F6: a database that is away. F8: one that is frozen. F12: a network that goes silent. F24: STARTTLS
that somebody takes away. F27: told to stop. F28: two nodes, one of which stands still for too long.
"""

import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mailgate.mail.address import Address
from tests.harness.freezer import running_freezer
from tests.harness.gateway import ROOT, Daemon, Gateway, make_gateway
from tests.harness.postgres import PostgresServer, running_postgres
from tests.harness.queued import Queued, fill, rows_of
from tests.harness.sink import Sink, running_sink
from tests.harness.waiting import until

HURRIED = ROOT / "tests" / "crash" / "hurried_daemon.py"
LEFT = "SELECT count(*) FROM deliveries WHERE state <> 'delivered'"
LEASED = "SELECT count(*) FROM deliveries WHERE state = 'leased'"
RUNNING = "SELECT count(*) FROM attempts WHERE result IS NULL"
MAYBE = (
    "SELECT deliveries.recipient, count(*) FROM attempts JOIN deliveries "
    "ON deliveries.id = attempts.delivery WHERE result = 'ambiguous' GROUP BY 1"
)
BUSY = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mailgate' AND state <> 'idle'"
)
TRIED = "SELECT attempts.result, count(*) FROM attempts GROUP BY 1"


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running_sink() as running:
        yield running


def customers(count: int, *, octets: int = 0, domain: str = "customer.example") -> list[Queued]:
    return [Queued(Address(f"c{number}", domain), octets=octets) for number in range(count)]


def sqlite_of(gateway: Gateway) -> str:
    return f"sqlite:///{gateway.folder}/var/mailgate.db"


def configure(gateway: Gateway, port: int, smarthost: str = "", **other: Any) -> None:
    """`smarthost` are more lines of its section."""
    gateway.write_config(smarthost=port, **other)
    text = gateway.config.read_text()
    gateway.config.write_text(text.replace('tls = "none"', f'tls = "none"\n{smarthost}', 1))


def number(url: str, query: str) -> int:
    ((found,),) = rows_of(url, query)
    return int(found)


def check_arrived(url: str, sink: Sink, mails: Sequence[Queued]) -> Counter[str]:
    """Each arrived; again only who may not have arrived before, and with the same bytes. The
    copies."""
    assert number(url, LEFT) == 0
    copies = Counter(one.recipient for one in sink.taken)
    assert set(copies) == {str(mail.recipient) for mail in mails}
    maybe = Counter(dict(rows_of(url, MAYBE)))
    again = copies - Counter(dict.fromkeys(copies, 1))
    assert again <= maybe, "another copy of what was not told of"
    sent = {(one.recipient, one.message_id, one.content) for one in sink.taken}
    assert sent == {(str(m.recipient), f"<{m.message_id}>", m.content) for m in mails}
    return copies


# --- F6, F8: the database -------------------------------------------------------------------------


@pytest.mark.servers("postgresql")
def test_f6_a_database_that_goes_away_while_mail_leaves(
    gateway: Gateway, postgres: PostgresServer, sink: Sink
) -> None:
    """Shot twice in the middle of claims and results: all of it arrives, without a restart."""
    url = postgres.url(postgres.new_database())
    mails = customers(600)
    fill(url, mails)
    configure(gateway, sink.port, "connections = 10", store_url=url)
    with gateway.start() as daemon:
        for part in (150, 350):
            until(f"{part} are there", partial(has_taken, sink, part))
            postgres.stop(signal.SIGQUIT)
            postgres.start()
        until("all have left", lambda: number(url, LEFT) == 0)
        assert daemon.terminate() == 0
        assert "Traceback" not in daemon.logged()
    check_arrived(url, sink, mails)
    assert number(url, RUNNING) == number(url, LEASED) == 0


@pytest.mark.servers("postgresql")
def test_f8_a_session_that_freezes_while_mail_leaves(
    gateway: Gateway, postgres: PostgresServer, sink: Sink
) -> None:
    """Every session of the daemon stands still in the middle of its work and goes on later: mail
    waits meanwhile and the process answers; then all of it arrives."""
    url = postgres.url(postgres.new_database())
    mails = customers(600)
    fill(url, mails)
    configure(gateway, sink.port, "connections = 10", store_url=url)
    sessions = "SELECT pid FROM pg_stat_activity WHERE application_name = 'mailgate'"
    with gateway.start() as daemon:
        until("some are there", lambda: len(sink.taken) >= 150)
        frozen = [pid for (pid,) in rows_of(url, sessions)]
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            assert frozen
            until("no more comes", lambda: is_still(sink))
            assert gateway.get("/healthz")[0] == 200
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
        until("all have left", lambda: number(url, LEFT) == 0)
        assert daemon.terminate() == 0
        assert "Traceback" not in daemon.logged()
    copies = check_arrived(url, sink, mails)
    assert set(copies.values()) == {1}, "a late answer of the database makes no copies"
    assert number(url, RUNNING) == number(url, LEASED) == 0


def has_taken(sink: Sink, count: int) -> bool:
    return len(sink.taken) >= count


def is_still(sink: Sink) -> bool:
    """Nothing came for a while."""
    pause = threading.Event()
    before = len(sink.taken)
    pause.wait(1.5)
    return len(sink.taken) == before


# --- F12: the network -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "octets", "result"),
    [
        (b"MAIL FROM", 0, "deferred"),
        (b"DATA\r\n", 0, "deferred"),
        (b"xxxxx", 5_000_000, "deferred"),
        (b"\r\n.\r\n", 0, "ambiguous"),
    ],
    ids=["in the envelope", "before the content", "in the content", "at the dot"],
)
def test_f12_a_network_that_goes_silent(
    gateway: Gateway, sink: Sink, word: bytes, octets: int, result: str
) -> None:
    """Whoever hears nothing gives up in time, and the mail is tried again; what may have arrived is
    counted so. Nothing stays leased."""
    url = sqlite_of(gateway)
    mails = customers(4, octets=octets)
    with running_freezer(sink.port, word=word) as freezer:
        configure(
            gateway,
            freezer.port,
            'connections = 4\ncommand_timeout = "1s"\ndata_timeout = "1s"\n',
        )
        fill(url, mails)
        with gateway.start() as daemon:
            until("all were tried", lambda: dict(rows_of(url, TRIED)) == {result: 4})
            states = rows_of(url, "SELECT DISTINCT state, wait_reason, attempts FROM deliveries")
            assert states == [("ready", "retry", 1)]
            assert number(url, LEASED) == 0
            assert freezer.frozen == 4
            freezer.cold.clear()
            assert gateway.run("queue", "retry", "--all").returncode == 0
            until("all have left", lambda: number(url, LEFT) == 0)
            assert daemon.terminate() == 0
    check_arrived(url, sink, mails)


# --- F24: TLS -------------------------------------------------------------------------------------


def test_f24_without_the_starttls_that_is_asked_for_nothing_is_said(
    gateway: Gateway, sink: Sink
) -> None:
    """No password, no envelope and no content; the mail waits, and says for what."""
    url = sqlite_of(gateway)
    heard = list[str]()
    sink.at_stage = heard.append
    sink.offers = ("8BITMIME", "AUTH PLAIN LOGIN")
    password = gateway.folder / "password"
    password.write_text("canary")
    password.chmod(0o600)
    configure(gateway, sink.port, f'username = "me"\npassword_file = "{password}"')
    text = gateway.config.read_text()
    gateway.config.write_text(text.replace('tls = "none"', 'tls = "starttls"', 1))
    fill(url, customers(3))
    with gateway.start() as daemon:
        waiting = "SELECT DISTINCT state, wait_reason FROM deliveries ORDER BY 2"
        down, retry = ("ready", "destination_down"), ("ready", "retry")
        until("all wait", lambda: set(rows_of(url, waiting)) <= {down, retry})
        shown = gateway.ask("queue", "list")
        assert daemon.terminate() == 0
    assert set(heard) <= {"connect", "EHLO", "QUIT"}
    tried = [each for each in shown if each["attempts"]]
    assert tried
    assert all("STARTTLS" in each["last_reply"]["text"] for each in tried)


# --- F27: told to stop ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "signals",
    [
        [signal.SIGTERM],
        [signal.SIGTERM, signal.SIGTERM],
        # systemd.kill(5): SIGTERM, and at once SIGCONT.
        [signal.SIGTERM, signal.SIGCONT],
    ],
    ids=["once", "twice", "by systemd"],
)
def test_f27_told_to_stop_while_mail_leaves(
    gateway: Gateway, sink: Sink, signals: list[signal.Signals]
) -> None:
    """What is under way ends, what has not begun is handed back untried; the next start sends the
    rest. Nobody gets a mail twice, and nothing is ambiguous."""
    url = sqlite_of(gateway)
    mails = customers(500)
    configure(gateway, sink.port, "connections = 10")
    fill(url, mails)
    with gateway.start() as daemon:
        until("there is load", lambda: len(sink.taken) >= 100)
        for each in signals:
            daemon.process.send_signal(each)
        assert daemon.process.wait(30) == 0
        assert "Traceback" not in daemon.logged()
    left = number(url, LEFT)
    assert 0 < left < len(mails)
    assert number(url, LEASED) == number(url, RUNNING) == 0
    assert dict(rows_of(url, TRIED)) == {"delivered": len(mails) - left}
    with gateway.start() as daemon:
        until("all have left", lambda: number(url, LEFT) == 0)
        assert daemon.terminate() == 0
    assert set(check_arrived(url, sink, mails).values()) == {1}


# --- F28: two nodes -------------------------------------------------------------------------------


@pytest.mark.servers("postgresql")
def test_f28_a_node_that_stands_still_past_its_leases(
    tmp_path: Path, postgres: PostgresServer, sink: Sink
) -> None:
    """Another node takes over and sends it all. Who comes back sends nothing more of what it held,
    and its late results change nothing: what was on its way is ambiguous, once, and nothing
    else."""
    url = postgres.url(postgres.new_database())
    mails = customers(200)
    fill(url, mails)
    connections = 3
    held = threading.Semaphore(0)
    stopped, other = (make_gateway(tmp_path / name) for name in ("stopped", "other"))
    for each in (stopped, other):
        configure(each, sink.port, f"connections = {connections}", store_url=url)
    reached = threading.Semaphore(0)

    def hold() -> None:
        reached.release()
        held.acquire()

    sink.at_final_dot = hold
    with hurried(stopped) as slow:
        for _ in range(connections):
            assert reached.acquire(timeout=30), "every connection has a mail under way"
        until("it stands still", lambda: stands_still(slow, url))
        leased = number(url, LEASED)
        assert leased > connections, "and some have not begun"
        sink.at_final_dot = None
        with hurried(other) as quick:
            until("the other one has sent all", lambda: number(url, LEFT) == 0)
            before = len(sink.taken)
            held.release(connections)
            slow.process.send_signal(signal.SIGCONT)
            lost = f"{leased} leases are lost"
            until(lost, lambda: count(slow, "lease_lost") == leased)
            assert slow.terminate() == 0
            assert quick.terminate() == 0
    assert len(sink.taken) == before, "who comes back sends nothing"
    copies = check_arrived(url, sink, mails)
    assert sorted(copies.values())[-connections - 1 :] == [1, *[2] * connections]
    results = Counter(dict(rows_of(url, TRIED)))
    assert results == {"delivered": len(mails), "ambiguous": leased}


def stands_still(daemon: Daemon, url: str) -> bool:
    """Between two transactions: where there is one, PostgreSQL ends it after half a minute, and the
    other node waits for that."""
    daemon.process.send_signal(signal.SIGSTOP)
    if not number(url, BUSY):
        return True
    daemon.process.send_signal(signal.SIGCONT)
    return False


def hurried(gateway: Gateway) -> Daemon:
    return gateway.start(command=[sys.executable, str(HURRIED)])


def count(daemon: Daemon, event: str) -> int:
    return sum(fact["event"] == event for fact in daemon.facts())
