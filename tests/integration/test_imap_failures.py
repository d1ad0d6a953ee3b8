"""A Dovecot that is restarted, killed, frozen, restored; a daemon that dies; two daemons."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.harness.dovecot import Dovecot, IdlingClient, running_dovecot
from tests.harness.gateway import Daemon, Gateway, make_gateway
from tests.harness.mails import simple
from tests.harness.postgres import PostgresServer, running_postgres
from tests.harness.taken import journalled, states, subjects, wait_for_tickets
from tests.harness.waiting import until

USER, OTHER = "support@acme.example", "sales@acme.example"
CRASHING = Path(__file__).parents[1] / "crash" / "crashing_daemon.py"
pytestmark = pytest.mark.servers("dovecot")


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with running_dovecot(USER, OTHER) as server:
        yield server


def mail(number: int) -> bytes:
    return simple(
        sender=f"Hong <hong-{number}@customer.example>",
        subject=f"Question {number}",
        text="Where is it?",
        message_id=f"{number}@customer.example",
    )


def mails(*numbers: int) -> list[bytes]:
    return [mail(number) for number in numbers]


def told(daemon: Daemon, event: str) -> list[dict[str, object]]:
    return [fact for fact in daemon.facts() if fact["event"] == event]


def metric(gateway: Gateway, line: str) -> str | None:
    """The value of a series."""
    for found in gateway.get("/metrics")[1].splitlines():
        if found.startswith(f"{line} "):
            return found.rpartition(" ")[2]
    return None


def up(gateway: Gateway, mailbox: str = "support") -> str | None:
    return metric(gateway, f'mailgate_mailbox_up{{mailbox="{mailbox}"}}')


# --- the server ----------------------------------------------------------------------------


def test_another_uidvalidity_brings_no_doubles(gateway: Gateway, dovecot: Dovecot) -> None:
    """F17: everything is looked at again, nothing becomes a second ticket; one warning."""
    dovecot.deliver(USER, mails(*range(40)))
    gateway.write_config(more=dovecot.settings(USER))
    with gateway.start() as daemon:
        wait_for_tickets(gateway, 40)
        until("all are done with", lambda: states(gateway) == {"done": 40})
        dovecot.begin_anew(USER)
        dovecot.deliver(USER, mails(40))
        wait_for_tickets(gateway, 41)
        until("all are known again", lambda: states(gateway) == {"done": 81})
        assert len(told(daemon, "mailbox_began_anew")) == 1
        assert metric(gateway, 'mailgate_mailbox_resyncs_total{mailbox="support"}') == "1.0"
        assert len(told(daemon, "mailbox_repeated")) == 40
    assert journalled(gateway) == 41
    assert len(subjects(gateway)) == 41


@pytest.mark.parametrize("end", [Dovecot.stop, Dovecot.kill])
def test_a_server_that_comes_back(
    gateway: Gateway, dovecot: Dovecot, end: Callable[[Dovecot], None]
) -> None:
    """F18: told once, and mail that came meanwhile is taken."""
    gateway.write_config(more=dovecot.settings(USER))
    with gateway.start() as daemon:
        until("it is up", lambda: up(gateway) == "1.0")
        end(dovecot)
        until("it is down", lambda: up(gateway) == "0.0")
        assert gateway.get("/readyz")[0] == 200
        dovecot.deliver(USER, mails(1))
        until("it was tried again", lambda: len(connections(daemon)) >= 2)
        dovecot.start()
        wait_for_tickets(gateway, 1)
        until("it is up again", lambda: up(gateway) == "1.0")
        downs = told(daemon, "mailbox_down")
        assert len({fact["kind"] for fact in downs}) == len(downs)


def connections(daemon: Daemon) -> list[str]:
    """Tries that failed, by the metric: the log tells the first alone."""
    metrics = daemon.gateway.get("/metrics")[1].splitlines()
    failures = [line for line in metrics if line.startswith("mailgate_mailbox_failures_total")]
    return ["x"] * round(sum(float(line.rpartition(" ")[2]) for line in failures))


def test_a_server_that_freezes_without_a_word(gateway: Gateway, dovecot: Dovecot) -> None:
    """F18: no FIN, no RST, and TCP still acknowledges. `timeout` is 2 s here, 20 s by itself."""
    gateway.write_config(more=dovecot.settings(USER))
    with gateway.start() as daemon:
        until("it is up", lambda: up(gateway) == "1.0")
        dovecot.freeze()
        try:
            until("it is down", lambda: up(gateway) == "0.0", seconds=40)
        finally:
            dovecot.thaw()
        assert told(daemon, "mailbox_down")[0]["kind"] == "timeout"
        dovecot.deliver(USER, mails(1))
        wait_for_tickets(gateway, 1)


def test_one_that_fails_disturbs_no_other(gateway: Gateway, dovecot: Dovecot) -> None:
    """F19. The password is in no log."""
    dovecot.deliver(USER, mails(1))
    wrong = dovecot.settings(OTHER, name="sales", password="wrong horse")
    gateway.write_config(more=wrong + dovecot.settings(USER))
    with gateway.start() as daemon:
        wait_for_tickets(gateway, 1)
        until("the other is told", lambda: told(daemon, "mailbox_down"))
        (down,) = told(daemon, "mailbox_down")
        assert (down["mailbox"], down["kind"]) == ("sales", "login_refused")
        assert "AUTHENTICATIONFAILED" in str(down["error"])
        # A login that is refused is not tried again at once: accounts are locked for that.
        assert float(str(down["again_in"])) >= 30
        assert (up(gateway, "sales"), up(gateway)) == ("0.0", "1.0")
        assert gateway.get("/readyz")[0] == 200
        assert "wrong horse" not in daemon.logged()
        assert daemon.terminate() == 0


# --- the daemon ----------------------------------------------------------------------------


def test_new_mail_is_a_ticket_soon_after_it_is_announced(
    gateway: Gateway, dovecot: Dovecot
) -> None:
    """Another client that idles in the same folder says when the server announces it."""
    gateway.write_config(more=dovecot.settings(USER, poll_interval="60s"))
    with gateway.start(), closing(IdlingClient(dovecot, USER)) as watch:
        until("it is up", lambda: up(gateway) == "1.0")
        waits = []
        for number in range(5):
            dovecot.deliver(USER, mails(number))
            watch.wait_for_exists()
            announced = time.monotonic()
            until("a ticket", lambda: len(subjects(gateway)) > number)  # noqa: B023  at once
            waits.append(time.monotonic() - announced)
    # The machine has other work; benchmarks/imap.py measures, this one finds a missing IDLE.
    assert sorted(waits)[2] < 1.0, waits


def test_sigterm_ends_it_at_once_and_loses_nothing(gateway: Gateway, dovecot: Dovecot) -> None:
    dovecot.deliver(USER, (mail(number) for number in range(1000)))
    gateway.write_config(more=dovecot.settings(USER))
    with gateway.start() as daemon:
        until("it has begun", lambda: journalled(gateway) > 0)
        began = time.monotonic()
        assert daemon.terminate() == 0
        assert time.monotonic() - began < 20
        assert told(daemon, "task_failed") == []
    assert journalled(gateway) < 1000
    with gateway.start():
        until("all are taken", lambda: states(gateway) == {"done": 1000}, seconds=60)
    assert journalled(gateway) == 1000


def test_sighup_adds_changes_and_removes_mailboxes(gateway: Gateway, dovecot: Dovecot) -> None:
    dovecot.deliver(OTHER, mails(1))
    gateway.write_config(more=dovecot.settings(USER))
    with gateway.start() as daemon:
        until("it is up", lambda: up(gateway) == "1.0")
        gateway.write_config(more=dovecot.settings(OTHER, name="sales"))
        daemon.process.send_signal(signal.SIGHUP)
        wait_for_tickets(gateway, 1)
        until("the first is gone", lambda: up(gateway) is None)
        assert up(gateway, "sales") == "1.0"
        assert len(told(daemon, "mailbox_removed")) == 1


STEPS = (
    "before the commit of store.mailboxes.begin",
    "after the commit of store.mailboxes.begin",
    "before the commit of store.mailboxes.take",
    "after the commit of store.mailboxes.take",
    "before the commit of store.mailboxes.mark_done",
    "after the commit of store.mailboxes.mark_done",
)


@pytest.mark.parametrize("after", ["seen", "delete", "move:Done"])
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_loses_and_doubles_nothing(
    gateway: Gateway, dovecot: Dovecot, step: str, after: str
) -> None:
    """F3: SIGKILL before and after each commit; `after` is done in the end, also to what was
    taken before the crash."""
    dovecot.make_folder(USER, "Done")
    dovecot.deliver(USER, mails(*range(60)))
    gateway.write_config(more=dovecot.settings(USER, after=after))
    record = gateway.folder / "steps"
    command = [sys.executable, str(CRASHING), f"{step}#1", str(record), "0"]
    assert gateway.start(command=command).process.wait(60) == -signal.SIGKILL
    with gateway.start():
        wait_for_tickets(gateway, 60, seconds=60)
        until("all are done with", lambda: set(states(gateway)) == {"done"})
    assert len(set(subjects(gateway))) == 60
    assert dovecot.count(USER, "Done") == (60 if after == "move:Done" else 0)
    assert dovecot.count(USER) == (60 if after == "seen" else 0)
    if after == "seen":
        assert all("\\Seen" in flags for flags in dovecot.flags(USER).values())


# --- two nodes -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shared:
    """A database that two daemons share."""

    server: PostgresServer
    name: str

    @property
    def url(self) -> str:
        return self.server.url(self.name)

    def one(self, query: str) -> int:
        with psycopg.connect(self.url) as connection:
            row = connection.execute(query).fetchone()
        return int(row[0]) if row else 0


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.mark.servers("postgresql")
def test_one_node_polls_and_the_other_takes_over(
    tmp_path: Path, dovecot: Dovecot, postgres: PostgresServer
) -> None:
    shared = Shared(postgres, postgres.new_database())
    nodes = [make_gateway(tmp_path / name) for name in ("one", "two")]
    for node in nodes:
        node.write_config(store_url=shared.url, more=dovecot.settings(USER))
    first, second = nodes
    with first.start() as polling:
        until("the first polls", lambda: up(first) == "1.0")
        with second.start() as waiting:
            until("the second waits", lambda: told(waiting, "mailbox_elsewhere"))
            assert up(second) is None
            dovecot.deliver(USER, mails(1, 2))
            until("tickets", lambda: shared.one("SELECT count(*) FROM tickets") == 2)
            polling.terminate()
            dovecot.deliver(USER, mails(3))
            until("the second polls", lambda: up(second) == "1.0", seconds=40)
            until("a ticket", lambda: shared.one("SELECT count(*) FROM tickets") == 3)
            assert told(waiting, "mailbox_looked") == []
    assert shared.one("SELECT count(*) FROM journal") == 3
