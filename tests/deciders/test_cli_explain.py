"""What `explain` and `quarantine` say in words, of mail in each state that the journal has."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mailgate.daemon.gateway import Gateway
from mailgate.mail.address import Address
from mailgate.model.ids import JournalId
from mailgate.store import journal
from mailgate.store.core import Connection
from tests.deciders.cli_world import Mailgate, comes, installed, worked_on
from tests.deciders.desk_world import NOW
from tests.deciders.inbound_world import mail

CONFIG = """\
[gateway]
hostname = "mail.acme.example"
data_dir = "{var}"
locale = "{locale}"
[[address]]
address = "support@acme.example"
name = "Acme Support"
group = "support"
[[group]]
name = "support"
members = ["alice@acme.example"]
[[agent]]
address = "alice@acme.example"
name = "Alice Kim"
"""

QUESTION = mail()
FORGED = mail("Soon.", from_="alice@acme.example", subject="[#1] x", message_id="f@acme.example")


@dataclass(frozen=True, slots=True)
class Desk:
    """A gateway on disk, and the command line on it."""

    mailgate: Mailgate

    def __call__(self, *arguments: str) -> str:
        done = self.mailgate(*arguments)
        assert done.code == 0
        return done.out

    def json(self, *arguments: str) -> Any:
        return self.mailgate(*arguments, "--json").json

    def fails(self, *arguments: str) -> str:
        done = self.mailgate(*arguments)
        assert done.code == 1
        return done.err

    def comes(self, content: bytes, *, is_worked_on: bool = True) -> None:
        """A mail comes by the door, and the worker works on it, or has not yet."""

        async def work(gateway: Gateway) -> None:
            await comes(gateway, content, Address("hong", "customer.example"))
            if is_worked_on:
                await worked_on(gateway)

        self.mailgate.at_work(work)


def desk_in(folder: Path, capture: pytest.CaptureFixture[bytes], locale: str) -> Desk:
    return Desk(installed(folder, capture, CONFIG.replace("{locale}", locale)))


@pytest.fixture
def desk(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Desk:
    return desk_in(tmp_path, capfdbinary, "en")


def test_a_mail_that_is_done_is_told_in_the_past_of_its_ticket(desk: Desk) -> None:
    desk.comes(QUESTION)
    told = desk.json("explain", "1")
    assert told["state"] == "done"
    assert told["text"][0] == "The mail is from hong@customer.example."
    assert "It opens a new ticket, 1." in told["text"]
    assert told["otherwise"] == []


def test_in_the_language_of_the_gateway(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    korean = desk_in(tmp_path, capfdbinary, "ko")
    korean.comes(QUESTION)
    korean.comes(FORGED)
    assert "새 티켓(1번)을 엽니다." in korean.json("explain", "1")["text"]
    shown = korean("quarantine", "show", "2")
    assert "상담원에게 확인해 주세요." in shown
    assert "지금 해제하면: 1번 티켓에 대한 답장으로 고객에게 발송합니다." in shown


def test_a_mail_that_waits_is_foretold(desk: Desk) -> None:
    desk.comes(QUESTION, is_worked_on=False)
    told = desk.json("explain", "1")
    assert told["state"] == "received"
    assert told["text"][0] == ("It waits for the worker. What follows would become of it now.")
    assert (told["disposition"], told["ticket"]) == ("open_ticket", None)


def test_a_mail_that_failed_says_how_often_and_with_what(desk: Desk) -> None:
    desk.comes(QUESTION, is_worked_on=False)

    def failed(conn: Connection) -> None:
        journal.fail(conn, JournalId(1), error="ValueError\n  somewhere.py:1 f", due_at=NOW)

    desk.mailgate.written(failed)
    assert "The error: ValueError" in desk.json("explain", "1")["text"][0]


def test_a_mail_that_could_not_be_worked_on_is_told_without_a_decision(desk: Desk) -> None:
    desk.comes(QUESTION, is_worked_on=False)

    def set_aside(conn: Connection) -> None:
        cause = "processing_failed"
        journal.quarantine(conn, JournalId(1), cause=cause, error="ValueError", now=NOW)

    desk.mailgate.written(set_aside)
    told = desk.json("explain", "1")
    assert (told["disposition"], told["cause"]) == ("quarantine", "processing_failed")
    assert "The error: ValueError" in told["text"]
    assert desk.json("quarantine", "show", "1")["release"] == (
        "`release` tries it again, three times."
    )


def test_quarantine_says_why_what_release_would_do_and_what_to_do(desk: Desk) -> None:
    desk.comes(QUESTION)
    desk.comes(FORGED)
    row = desk.json("quarantine", "show", "2")
    assert "Nothing proves that they wrote it." in row["text"]
    assert "threading.trusted_authserv_ids" in row["otherwise"][0]
    assert row["release"].endswith(
        "What `release` would do now: It is an answer on ticket 1, and goes to the customer. "
        "What is sent because of it: the answer to hong@customer.example."
    )
    assert row["to_do"] == "Ask the agent. Release it if they wrote it, drop it if not."
    shown = desk("quarantine", "show", "2")
    assert shown.index("Nothing proves") < shown.index("disposition:")


def test_the_list_says_of_each_cause_what_it_means(desk: Desk) -> None:
    desk.comes(QUESTION)
    desk.comes(FORGED)
    assert "agent_not_proven: It bears an agent's address" in desk("quarantine", "list")
    (row,) = desk.json("quarantine", "list")
    assert row["title"] == "an agent's address, and no proof"
    assert row["to_do"] == "Ask the agent. Release it if they wrote it, drop it if not."


def test_what_show_foretells_is_what_release_does(desk: Desk) -> None:
    desk.comes(QUESTION)
    desk.comes(FORGED)
    desk("quarantine", "release", "2")
    assert desk.json("explain", "2")["text"][0].startswith("A person let it out of quarantine;")
    desk.mailgate.at_work(worked_on)
    told = desk.json("explain", "2")
    assert "It is an answer on ticket 1, and goes to the customer." in told["text"]
    assert told["would_send"] == [{"kind": "reply", "recipient": "hong@customer.example"}]
    assert "A person let it out of quarantine." in told["text"]


def test_a_mail_that_was_dropped_says_so(desk: Desk) -> None:
    desk.comes(QUESTION)
    desk.comes(FORGED)
    desk("quarantine", "drop", "2")
    assert desk.json("explain", "2")["text"][0].startswith("A person dropped it:")


def test_nothing_is_released_of_which_nothing_is_left(desk: Desk) -> None:
    desk.comes(QUESTION)
    desk.comes(FORGED)

    def emptied(conn: Connection) -> None:
        conn.exec_driver_sql("DELETE FROM journal_content WHERE journal = 2")

    desk.mailgate.written(emptied)
    assert "nothing to file" in desk.fails("quarantine", "release", "2")
    assert desk.json("quarantine", "show", "2")["state"] == "quarantined"
