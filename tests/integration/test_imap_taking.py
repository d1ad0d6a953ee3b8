"""Mail of a real Dovecot becomes tickets, and what happens to it there afterwards."""

import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.harness.dovecot import Dovecot, answered, running_dovecot
from tests.harness.gateway import Daemon, Gateway
from tests.harness.mails import korean_rich, simple
from tests.harness.taken import journalled, rows, states, subjects, wait_for_tickets
from tests.harness.waiting import until

USER, OTHER = "support@acme.example", "sales@acme.example"
NOBODY = '[[address]]\naddress = "support@acme.example"\n'
"""A desk without agents."""
pytestmark = pytest.mark.servers("dovecot")


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with running_dovecot(USER, OTHER) as server:
        yield server


def mail(number: int, *, text: str = "Where is it?") -> bytes:
    return simple(
        sender=f"Hong <hong-{number}@customer.example>",
        subject=f"Question {number}",
        text=text,
        message_id=f"{number}@customer.example",
    )


def mails(*numbers: int) -> list[bytes]:
    return [mail(number) for number in numbers]


def told(daemon: Daemon, event: str) -> list[dict[str, object]]:
    return [fact for fact in daemon.facts() if fact["event"] == event]


def test_what_is_there_and_what_comes(gateway: Gateway, dovecot: Dovecot) -> None:
    dovecot.deliver(USER, mails(1, 2, 3))
    gateway.write_config(more=dovecot.settings(USER))
    with gateway.start() as daemon:
        assert wait_for_tickets(gateway, 3) == ["Question 1", "Question 2", "Question 3"]
        dovecot.deliver(USER, mails(4))
        wait_for_tickets(gateway, 4)
        until("all are done with", lambda: states(gateway) == {"done": 4})
        assert daemon.terminate() == 0
    assert all("\\Seen" in flags for flags in dovecot.flags(USER).values())


def test_the_mail_is_unchanged_and_for_the_mailbox_address(
    gateway: Gateway, dovecot: Dovecot
) -> None:
    content = korean_rich(message_id="rich@customer.example")
    dovecot.deliver(USER, [content])
    gateway.write_config(more=dovecot.settings(USER))
    with gateway.start():
        wait_for_tickets(gateway, 1)
    assert rows(gateway, "SELECT raw FROM journal_content") == [(content,)]
    ((path, recipients),) = rows(gateway, "SELECT reverse_path, forward_paths FROM journal")
    assert path is None
    assert "support@acme.example" in str(recipients)


def test_over_tls(gateway: Gateway, dovecot: Dovecot) -> None:
    dovecot.deliver(USER, mails(1))
    secure = {"host": "localhost", "ca_file": str(dovecot.ca_file)}
    gateway.write_config(
        more=dovecot.settings(USER, **secure, port=dovecot.tls_port, tls="implicit")
        + dovecot.settings(OTHER, name="sales", **secure, tls="starttls")
    )
    dovecot.deliver(OTHER, mails(2))
    with gateway.start():
        wait_for_tickets(gateway, 2)


# --- the first look ------------------------------------------------------------------------


def test_the_first_look_takes_what_came_since_then_and_says_so(
    gateway: Gateway, dovecot: Dovecot
) -> None:
    """INTERNALDATE counts, to the second: SEARCH SINCE alone knows days."""
    now = datetime.now(UTC)
    dovecot.deliver(USER, mails(1, 2), at=now - timedelta(days=30))
    dovecot.deliver(USER, mails(3), at=now - timedelta(hours=25))
    dovecot.deliver(USER, mails(4), at=now - timedelta(hours=23))
    dovecot.deliver(USER, mails(5))
    gateway.write_config(more=dovecot.settings(USER, since="1d"))
    with gateway.start() as daemon:
        assert wait_for_tickets(gateway, 2) == ["Question 4", "Question 5"]
        until("all are done with", lambda: states(gateway) == {"done": 2})
        said = daemon.said.read_text()
        assert "mailbox support: 2 of 5 messages will be taken (arrived since " in said
        assert "3 older ones stay as they are" in said
        (look,) = told(daemon, "mailbox_looked")
        assert (look["would_take"], look["of"]) == (2, 5)
        # Once and for all: a restart does not look again.
        daemon.terminate()
    flags = dovecot.flags(USER)
    assert ["\\Seen" in flags[uid] for uid in sorted(flags)] == [False, False, False, True, True]
    with gateway.start() as daemon:
        dovecot.deliver(USER, mails(6))
        wait_for_tickets(gateway, 3)
        assert len(told(daemon, "mailbox_looked")) == 1


def test_now_takes_nothing_that_is_there(gateway: Gateway, dovecot: Dovecot) -> None:
    dovecot.deliver(USER, mails(1, 2))
    gateway.write_config(more=dovecot.settings(USER, since="now"))
    with gateway.start() as daemon:
        until("it has looked", lambda: told(daemon, "mailbox_up"))
        dovecot.deliver(USER, mails(3))
        assert wait_for_tickets(gateway, 1) == ["Question 3"]


@pytest.mark.timeout(900)
def test_five_thousand_messages(gateway: Gateway, dovecot: Dovecot) -> None:
    """Nobody is told of each: it is about what comes in."""
    dovecot.deliver(USER, (mail(number) for number in range(5000)))
    gateway.write_config(more=dovecot.settings(USER), desk=NOBODY)
    with gateway.start() as daemon:
        until("all are in the journal", lambda: journalled(gateway) >= 5000, seconds=400)
        until("all are done with", lambda: states(gateway) == {"done": 5000}, seconds=400)
        assert told(daemon, "mailbox_down") == []
    assert journalled(gateway) == 5000


# --- what others do ------------------------------------------------------------------------


def test_mail_that_somebody_read_elsewhere_is_taken(gateway: Gateway, dovecot: Dovecot) -> None:
    dovecot.deliver(USER, mails(1, 2))
    with dovecot.client(USER) as client:
        answered(client.uid("STORE", "1:*", "+FLAGS", r"(\Seen \Flagged)"))
    gateway.write_config(more=dovecot.settings(USER))
    with gateway.start():
        wait_for_tickets(gateway, 2)


def test_somebody_expunges_while_it_is_taken(gateway: Gateway, dovecot: Dovecot) -> None:
    """What is gone is gone; everything else is taken, once."""
    count = 1500
    dovecot.deliver(USER, (mail(number) for number in range(count)))
    gateway.write_config(more=dovecot.settings(USER))
    with gateway.start() as daemon:
        until("it has begun", lambda: journalled(gateway) > 0)
        with dovecot.client(USER) as client:
            answered(client.uid("STORE", f"{count - 99}:*", "+FLAGS", r"(\Deleted)"))
            answered(client.expunge())
        dovecot.deliver(USER, mails(count))
        # What is new goes before what was there, so this one is no sign of the end.
        until("the new one is there", lambda: f"Question {count}" in subjects(gateway))
        until("all are taken", lambda: set(states(gateway)) == {"done"}, seconds=60)
        waiting = "SELECT 1 FROM journal WHERE state = 'received'"
        until("all are tickets", lambda: not rows(gateway, waiting), seconds=60)
        assert told(daemon, "mailbox_skipped") == []
        assert told(daemon, "task_failed") == []
    found = subjects(gateway)
    assert len(found) == len(set(found))
    assert {f"Question {number}" for number in range(count - 100)} <= set(found)


def test_a_copy_in_the_folder_is_the_same_message(gateway: Gateway, dovecot: Dovecot) -> None:
    dovecot.deliver(USER, mails(1, 1, 2))
    gateway.write_config(more=dovecot.settings(USER))
    with gateway.start() as daemon:
        wait_for_tickets(gateway, 2)
        until("the copy is known", lambda: len(told(daemon, "mailbox_repeated")) == 1)
        with dovecot.client(USER) as client:
            answered(client.uid("COPY", "1", '"INBOX"'))
        until("this one too", lambda: len(told(daemon, "mailbox_repeated")) == 2)
    assert len(subjects(gateway)) == 2


def test_the_same_mail_by_smtp_and_by_imap(gateway: Gateway, dovecot: Dovecot) -> None:
    """F20: one event on one ticket, two receipts in the journal."""
    content = mail(1)
    gateway.write_config(more=dovecot.settings(USER))
    with gateway.start():
        with smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=20) as client:
            client.sendmail("hong-1@customer.example", [USER], content)
        wait_for_tickets(gateway, 1)
        received = b"Received: by mx.provider.example; Mon, 5 Jan 2026 09:00:01 +0000\r\n"
        dovecot.deliver(USER, [received + content])
        until(
            "both are done with",
            lambda: len(rows(gateway, "SELECT 1 FROM journal WHERE state = 'done'")) == 2,
        )
        assert len(gateway.ticket(1)["messages"]) == 1
    doors = rows(gateway, "SELECT door, ticket FROM journal ORDER BY id")
    assert doors == [("smtp", 1), ("imap", 1)]


# --- large and poisonous -------------------------------------------------------------------


def test_large_mail_and_mail_that_is_too_large(gateway: Gateway, dovecot: Dovecot) -> None:
    """25 MB is taken; what is over max_size stays, is told, and keeps nothing else waiting."""
    line = "x" * 76
    large = mail(1, text="\n".join([line] * 330_000))
    assert len(large) > 25_000_000
    larger = mail(2, text="\n".join([line] * 400_000))
    dovecot.deliver(USER, [larger, large, mail(3)])
    gateway.write_config(more=dovecot.settings(USER, max_size="30MB"))
    with gateway.start() as daemon:
        found = wait_for_tickets(gateway, 2, seconds=60)
        assert set(found) == {"Question 1", "Question 3"}
        until("it is told", lambda: told(daemon, "mailbox_skipped"))
        (skipped,) = told(daemon, "mailbox_skipped")
        assert (skipped["uid"], skipped["reason"]) == (1, "too_big")
        metrics = gateway.get("/metrics")[1]
        assert 'mailgate_mailbox_skipped_total{mailbox="support",reason="too_big"} 1.0' in metrics
    flags = dovecot.flags(USER)
    assert ["\\Seen" in flags[uid] for uid in sorted(flags)] == [False, True, True]


def test_a_mail_that_nobody_can_read_stops_no_other(gateway: Gateway, dovecot: Dovecot) -> None:
    """F23: octets that are no mail at all are in the journal, and the next one is a ticket."""
    dovecot.deliver(USER, [b"\x00\xff\xfe" * 1000, b"", b"no header at all", mail(1)])
    gateway.write_config(more=dovecot.settings(USER))
    with gateway.start():
        until("the good one is a ticket", lambda: "Question 1" in subjects(gateway))
        until("all are done with", lambda: states(gateway) == {"done": 4})


# --- folders and what becomes of mail --------------------------------------------------------


@pytest.mark.parametrize("folder", ["고객 지원/새 편지함", 'odd "name" & more', "INBOX"])
def test_folders_have_names_that_people_gave_them(
    gateway: Gateway, dovecot: Dovecot, folder: str
) -> None:
    if folder != "INBOX":
        dovecot.make_folder(USER, folder)
    dovecot.make_folder(USER, "처리 완료 & done")
    dovecot.deliver(USER, mails(1), folder=folder)
    settings = dovecot.settings(USER, folder=folder, after="move:처리 완료 & done")
    gateway.write_config(more=settings)
    with gateway.start():
        wait_for_tickets(gateway, 1)
        until("it was moved", lambda: dovecot.count(USER, "처리 완료 & done") == 1)
    assert dovecot.count(USER, folder) == 0


def test_taken_mail_is_deleted_and_nothing_else(gateway: Gateway, dovecot: Dovecot) -> None:
    """What somebody marked as deleted and did not expunge is not ours to remove."""
    dovecot.deliver(USER, mails(1, 2), at=datetime.now(UTC) - timedelta(days=9))
    with dovecot.client(USER) as client:
        answered(client.uid("STORE", "1", "+FLAGS", r"(\Deleted)"))
    gateway.write_config(more=dovecot.settings(USER, after="delete", since="1d"))
    with gateway.start():
        dovecot.deliver(USER, mails(3, 4))
        wait_for_tickets(gateway, 2)
        until("they are gone", lambda: dovecot.count(USER) == 2)
    assert sorted(dovecot.flags(USER)) == [1, 2]


def test_a_folder_to_move_to_that_is_missing_keeps_no_mail_waiting(
    gateway: Gateway, dovecot: Dovecot
) -> None:
    dovecot.deliver(USER, mails(1))
    gateway.write_config(more=dovecot.settings(USER, after="move:Nowhere"))
    with gateway.start() as daemon:
        wait_for_tickets(gateway, 1)
        dovecot.deliver(USER, mails(2))
        wait_for_tickets(gateway, 2)
        (failed,) = told(daemon, "mailbox_after_failed")
        assert "Nowhere" in str(failed["error"])
        daemon.terminate()
    dovecot.make_folder(USER, "Nowhere")
    with gateway.start():
        until("both were moved", lambda: dovecot.count(USER, "Nowhere") == 2)
        until("both are done with", lambda: states(gateway) == {"done": 2})
    assert len(subjects(gateway)) == 2
