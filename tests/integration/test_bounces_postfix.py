"""Bounces of a real Postfix: it takes our mail, the next server refuses it, and the report comes
home."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.harness.gateway import Gateway
from tests.harness.mails import simple
from tests.harness.ports import free_ports
from tests.harness.postfix import Postfix, Transports, running_postfix
from tests.harness.quiet import wait_until_quiet
from tests.harness.scene import ALICE, BOB, DESK, HONG, SUPPORT

pytestmark = pytest.mark.servers("postfix")

PARK = "park@customer.example"
"""Whose mailbox is full."""
JUNG = "jung@customer.example"
"""Who forwards to a mailbox that is gone."""
GONE = "jung@elsewhere.example"


@dataclass(frozen=True, slots=True)
class Post:
    gateway: Gateway
    smarthost: Postfix
    remote: Postfix

    def settle(self) -> None:
        wait_until_quiet(self.gateway, around=(self.smarthost, self.remote), seconds=120)

    def ask_and_answer(self, customer: str) -> int:
        """The customer writes, Alice answers; the ticket."""
        content = simple(
            sender=customer,
            to=SUPPORT,
            subject="Where is my order?",
            text="It was to come on Monday.",
            message_id=f"q.{customer}",
        )
        self.smarthost.submit(customer, [SUPPORT], content)
        self.settle()
        (ticket,) = self.gateway.ask("tickets", "list", "--requester", customer)
        self.answer(ticket["id"])
        return int(ticket["id"])

    def answer(self, ticket: int) -> None:
        done = self.gateway.run("reply", str(ticket), "--as", ALICE, stdin=b"It is on its way.")
        assert done.returncode == 0, done.stderr.decode()
        self.settle()

    def replies(self, ticket: int) -> list[dict[str, object]]:
        """The deliveries of answers."""
        deliveries = self.gateway.ticket(ticket)["deliveries"]
        return [each for each in deliveries if each["lane"] == "reply"]

    def told(self, agent: str, words: str) -> int:
        """How many mails this agent has with these words in them."""
        return sum(words in mail.text() for mail in self.smarthost.mailbox(agent).mails())

    def kept_from(self) -> list[str]:
        return [each["address"] for each in self.gateway.ask("suppressions", "list")]


@contextmanager
def two_postfixes(gateway: Gateway) -> Iterator[tuple[Postfix, Postfix]]:
    """Ours takes and passes on; the customers' knows neither Hong nor where Jung has gone."""
    ours, theirs = free_ports(2)
    remote = running_postfix(
        theirs,
        mailboxes=["somebody@customer.example"],
        routes={SUPPORT: gateway.smtp_port},
        transports=Transports(
            by_address={
                PARK: "error:5.2.2 mailbox full",
                GONE: "error:5.1.1 nobody of that name",
            }
        ),
        more=f"virtual_alias_maps = inline:{{{JUNG}={GONE}}}",
    )
    to_remote = dict.fromkeys((HONG, PARK, JUNG), theirs)
    smarthost = running_postfix(
        ours,
        mailboxes=[ALICE, BOB],
        routes={SUPPORT: gateway.smtp_port, **to_remote},
    )
    with remote as there, smarthost as here:
        yield here, there


@pytest.fixture
def post(gateway: Gateway) -> Iterator[Post]:
    with two_postfixes(gateway) as (smarthost, remote):
        gateway.write_config(smarthost=smarthost.port, desk=DESK)
        with gateway.start():
            yield Post(gateway, smarthost, remote)


def test_the_report_on_an_unknown_user_comes_home(post: Post) -> None:
    ticket = post.ask_and_answer(HONG)
    (reply,) = post.replies(ticket)
    assert reply["state"] == "delivered", "the smarthost took it"
    bounced = reply["bounced"]
    assert isinstance(bounced, dict)
    assert bounced["status"] == "5.1.1"
    assert "User unknown" in bounced["text"]
    assert post.kept_from() == [HONG]
    document = post.gateway.ticket(ticket)
    (report,) = [each for each in document["messages"] if each["kind"] == "bounce"]
    assert report["visibility"] == "private"
    assert "bounced" in {each["kind"] for each in document["events"]}
    for agent in (ALICE, BOB):
        assert post.told(agent, f"Not delivered: a mail to {HONG}") == 1
        assert post.told(agent, "User unknown") == 1

    # The next answer is not even sent, until the operator says so.
    post.answer(ticket)
    second = post.replies(ticket)[-1]
    assert second["state"] == "failed"
    assert post.told(ALICE, f"Not sent: a mail to {HONG}") == 1
    lifted = post.gateway.ask("suppressions", "lift", HONG)
    assert lifted == {"address": HONG, "lifted": 1}
    assert post.gateway.ask("queue", "retry", str(second["id"])) == {"changed": 1}
    post.settle()
    third = post.replies(ticket)[-1]
    assert (third["message_id"], third["state"]) == (second["message_id"], "delivered")
    assert third["bounced"], "it was sent, and came back again"


def test_a_full_mailbox_is_told_and_may_be_empty_tomorrow(post: Post) -> None:
    ticket = post.ask_and_answer(PARK)
    (reply,) = post.replies(ticket)
    bounced = reply["bounced"]
    assert isinstance(bounced, dict)
    assert bounced["status"] == "5.2.2"
    assert post.kept_from() == []
    assert post.told(ALICE, "mailbox full") == 1


def test_what_was_passed_on_and_failed_there_is_matched(post: Post) -> None:
    """The report names the other mailbox, and Jung's address as that which we had written to."""
    ticket = post.ask_and_answer(JUNG)
    (reply,) = post.replies(ticket)
    assert reply["bounced"]
    assert post.kept_from() == [JUNG]
    assert post.told(ALICE, f"Not delivered: a mail to {JUNG}") == 1
