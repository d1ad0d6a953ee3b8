"""Machines that answer each other fall silent: by what they say of themselves where they say it,
and by budgets where everything that could help has been taken away between them (RFC 3834 §2).

Each test counts the mails that machines caused and compares them to the budget that follows from
the settings in use, then sees that journal and queue have run dry, and that a restart, whose
workers look through both, brings nothing back to life.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.harness.gateway import Daemon, Gateway, make_gateway
from tests.harness.mails import simple
from tests.harness.ports import free_ports
from tests.harness.postfix import Postfix, Transports, running_postfix
from tests.harness.quiet import expect_nothing_moves, wait_until_quiet
from tests.harness.responding import Away, Responders, responders
from tests.harness.stripper import (
    Relay,
    Strip,
    running_relay,
    without_anything,
    without_marks,
)

SUPPORT, HONG, GONE = "support@acme.example", "hong@customer.example", "gone@customer.example"
ALICE, BOB = "alice@acme.example", "bob@acme.example"
BETWEEN = "mx.between.example"


def loops(gateway: Gateway) -> dict[str, Any]:
    """[loops] as it is in use."""
    settings: dict[str, dict[str, Any]] = gateway.ask("check-config")
    return settings["loops"]


def acknowledgements(gateway: Gateway, *, proven: bool) -> int:
    """How many acknowledgements one address gets at most while a test runs: less than an hour,
    in which the budgets of an hour and of a day are spent once."""
    budgets = loops(gateway)
    of_a_day = int(budgets["acknowledgements_per_address_per_day"])
    of_an_hour = min(
        int(budgets["neutral_acknowledgements_per_hour"]),
        int(budgets["neutral_acknowledgements_per_domain_per_hour"]),
    )
    return of_a_day if proven else min(of_a_day, of_an_hour)


def restart(running: list[Daemon]) -> None:
    """Stops each daemon in good order and starts it again in its place."""
    for number, daemon in enumerate(running):
        assert daemon.terminate() == 0
        running[number] = daemon.gateway.start().wait_ready()


def kill(running: list[Daemon]) -> None:
    for daemon in running:
        daemon.kill()


@contextmanager
def all_running(*gateways: Gateway) -> Iterator[list[Daemon]]:
    """Their daemons, whichever they are at the end."""
    with ExitStack() as stack:
        running = [gateway.start() for gateway in gateways]
        stack.callback(kill, running)
        for daemon in running:
            daemon.wait_ready()
        yield running


# --- two desks, each a customer of the other ---------------------------------------------------

DESK = """
[threading]
trusted_authserv_ids = ["{between}"]

[[address]]
address = "support@{name}.example"
name = "{name} Support"
brand = "{name}"
group = "support"
acknowledge = true

[[group]]
name = "support"
members = ["alice@{name}.example", "bob@{name}.example"]

[[agent]]
address = "alice@{name}.example"
name = "Alice Kim"

[[agent]]
address = "bob@{name}.example"
name = "Bob Lee"
"""


@dataclass(frozen=True, slots=True)
class Desks:
    north: Gateway
    south: Gateway
    relay: Relay

    def both(self) -> tuple[Gateway, Gateway]:
        return self.north, self.south

    def person_of_south_writes(self) -> None:
        """To north, out of the shared mailbox of south's support address."""
        mail = simple(
            sender="South Support <support@south.example>",
            to="support@north.example",
            subject="Invoice 4711",
            text="Please send us invoice 4711 once more.",
            message_id="by-hand@south.example",
        )
        send_to(self.relay.port, "support@south.example", "support@north.example", mail)

    def agent_of_north_answers(self) -> None:
        written = self.north.run(
            *("reply", "1", "--as", "alice@north.example"), stdin=b"Here it is once more.\n"
        )
        assert written.returncode == 0, written.stderr.decode()


def send_to(port: int, sender: str, recipient: str, content: bytes) -> None:
    Postfix(Path(), port).submit(sender, [recipient], content)


@contextmanager
def two_desks(folder: Path, strip: Strip, *, vouches: str | None) -> Iterator[Desks]:
    north, south = make_gateway(folder / "north"), make_gateway(folder / "south")
    ways = {"north.example": north.smtp_port, "south.example": south.smtp_port}
    with running_relay(strip, ways, vouches=vouches) as relay:
        for gateway, name in ((north, "north"), (south, "south")):
            desk = DESK.format(name=name, between=BETWEEN)
            gateway.write_config(smarthost=relay.port, desk=desk)
        yield Desks(north, south, relay)


@pytest.mark.parametrize(
    ("strip", "vouches"),
    [
        pytest.param(without_anything, None, id="all stripped, nothing proven"),
        pytest.param(without_anything, BETWEEN, id="all stripped, every sender proven"),
        pytest.param(without_marks, None, id="marks stripped, nothing proven"),
        pytest.param(without_marks, BETWEEN, id="marks stripped, every sender proven"),
    ],
)
def test_two_desks_fall_silent(tmp_path: Path, strip: Strip, vouches: str | None) -> None:
    """People write twice: one of south to north, and an agent of north in answer. Whatever else
    goes over the relay is what the desks said to each other by themselves."""
    with two_desks(tmp_path, strip, vouches=vouches) as desks, all_running(*desks.both()) as up:
        proven = vouches is not None
        budget = sum(acknowledgements(gateway, proven=proven) for gateway in desks.both())
        desks.person_of_south_writes()
        wait_until_quiet(*desks.both())
        desks.agent_of_north_answers()
        wait_until_quiet(*desks.both())
        assert desks.relay.between("south.example") >= 2, "an acknowledgement and an answer"
        by_themselves = len(desks.relay.carried) - 2
        assert 1 <= by_themselves <= budget
        expect_nothing_moves(*desks.both(), nudge=partial(restart, up))
        assert len(desks.relay.carried) - 2 == by_themselves
        assert all_delivered(desks.north)
        assert all_delivered(desks.south)


def test_where_references_are_kept_each_desk_acknowledges_once(tmp_path: Path) -> None:
    """An acknowledgement is for a new ticket, and what refers to a ticket opens none."""
    with (
        two_desks(tmp_path, without_marks, vouches=BETWEEN) as desks,
        all_running(*desks.both()),
    ):
        desks.person_of_south_writes()
        wait_until_quiet(*desks.both())
        desks.agent_of_north_answers()
        wait_until_quiet(*desks.both())
        assert len(desks.relay.carried) - 2 == 2
        assert [len(gateway.ask("tickets", "list")) for gateway in desks.both()] == [1, 1]


def all_delivered(gateway: Gateway) -> bool:
    """What the desk caused it has also sent: silence by a queue that is stuck is none."""
    return {one["state"] for one in gateway.ask("queue", "list")} == {"delivered"}


# --- out-of-office programs that hide what they are ---------------------------------------------


@contextmanager
def people_away(gateway: Gateway, people: list[Away]) -> Iterator[tuple[Postfix, Responders]]:
    """The mail system around the gateway, in which these people are away."""
    (port,) = free_ports(1)
    gateway.write_config(smarthost=port)
    with (
        responders(port, people) as answering,
        running_postfix(
            port,
            mailboxes=[one for one in (HONG, ALICE, BOB) if one not in {p.address for p in people}],
            routes={SUPPORT: gateway.smtp_port},
            transports=answering.transports,
        ) as postfix,
    ):
        yield postfix, answering


def hong_writes(postfix: Postfix) -> None:
    mail = simple(
        sender=f"Hong <{HONG}>",
        subject="Where is my order?",
        text="It was to come on Monday.",
        message_id="order@customer.example",
    )
    postfix.submit(HONG, [SUPPORT], mail)


@pytest.mark.servers("postfix")
@pytest.mark.parametrize(
    ("hong", "opens_tickets"),
    [
        pytest.param(Away(HONG, "from", quote=False), True, id="to From, nothing quoted"),
        pytest.param(Away(HONG, "from", quote=True), False, id="to From, quoted"),
        pytest.param(Away(HONG, "reply-to", quote=False), False, id="to Reply-To"),
        pytest.param(Away(HONG, "reply-to", quote=True), False, id="to Reply-To, quoted"),
    ],
)
def test_a_customer_whose_program_answers_everything(
    gateway: Gateway, hong: Away, opens_tickets: bool
) -> None:
    """Answers that name their ticket cause nothing; those that do not are new mail, for which
    the address has its budget."""
    with people_away(gateway, [hong]) as (postfix, answering), all_running(gateway) as up:
        budget = acknowledgements(gateway, proven=False) if opens_tickets else 1
        hong_writes(postfix)
        wait_until_quiet(gateway, around=(postfix,))
        assert 1 <= answering.answers(HONG) <= budget
        nudge = partial(restart, up)
        expect_nothing_moves(gateway, around=(postfix,), nudge=nudge)
        assert all_delivered(gateway)


def heard(gateway: Gateway) -> int:
    """How many messages of one sender on one ticket are heard as a person's while a test runs:
    less than ten minutes, so the budget of that window binds first."""
    in_ten_minutes, _, _ = loops(gateway)["sender_on_ticket"]
    return int(in_ten_minutes)


@pytest.mark.servers("postfix")
@pytest.mark.parametrize("quote", [False, True], ids=["bare", "quoted"])
def test_a_customer_and_an_agent_whose_programs_answer_everything(
    gateway: Gateway, quote: bool
) -> None:
    """The program of an agent answers to the address that is the agent's own: every word of it
    looks like theirs, and goes to the customer, whose program answers. Nothing tells the two
    from people but their speed."""
    away = [Away(HONG, "reply-to", quote=quote), Away(ALICE, "reply-to", quote=quote)]
    with people_away(gateway, away) as (postfix, answering), all_running(gateway) as up:
        # An acknowledgement, and an answer for each message of Alice's program that was heard.
        to_hong = 1 + heard(gateway)
        # A notification of the ticket and one for each message of Hong's on it that was heard;
        # one that says that Hong's writes too much, and one that Alice's does.
        to_alice = 1 + heard(gateway) + 2
        hong_writes(postfix)
        wait_until_quiet(gateway, around=(postfix,), seconds=120)
        assert answering.answers(HONG) <= to_hong
        assert answering.answers(ALICE) <= to_alice
        expect_nothing_moves(gateway, around=(postfix,), nudge=partial(restart, up))
        assert all_delivered(gateway)
        (ticket,) = gateway.ask("tickets", "list")
        assert ticket["requester"]["address"] == HONG


@pytest.mark.servers("postfix")
def test_an_agent_whose_program_answers_without_their_token(gateway: Gateway) -> None:
    """It writes to the support address in the agent's name: nothing proves that it may, so the
    customer hears nothing. The agent is told once that such a mail waits; the program answers that
    too, and nobody hears of it any more."""
    with (
        people_away(gateway, [Away(ALICE, "from", quote=True)]) as (postfix, answering),
        all_running(gateway) as up,
    ):
        hong_writes(postfix)
        wait_until_quiet(gateway, around=(postfix,))
        assert answering.answers(ALICE) == 2, "the notification, and what the agent is told"
        assert postfix.mailbox(HONG).count() == 1, "the acknowledgement"
        waiting = gateway.ask("quarantine", "list")
        assert [row["cause"] for row in waiting] == ["agent_not_proven"] * 2
        expect_nothing_moves(gateway, around=(postfix,), nudge=partial(restart, up))


# --- addresses that bounce ------------------------------------------------------------------------


@contextmanager
def some_gone(gateway: Gateway, *gone: str) -> Iterator[Postfix]:
    """Postfix takes mail for these and then returns it: a real DSN for each (RFC 3464)."""
    (port,) = free_ports(1)
    gateway.write_config(smarthost=port)
    # pipe(8) takes EX_NOUSER for "5.1.1 user unknown".
    nobody = (
        "nobody unix - n n - - pipe\n"
        "  flags=q user=nobody argv=/usr/bin/python3 -c raise(SystemExit(67))\n"
    )
    ways = dict.fromkeys(gone, "nobody:")
    with running_postfix(
        port,
        mailboxes=[one for one in (HONG, ALICE, BOB) if one not in gone],
        routes={SUPPORT: gateway.smtp_port},
        transports=Transports(nobody, ways),
    ) as postfix:
        yield postfix


def tried(postfix: Postfix, address: str) -> int:
    """How many mails Postfix had for an address."""
    return sum(
        f"to=<{address}>" in line and "status=bounced" in line
        for line in postfix.log().splitlines()
    )


def reply(gateway: Gateway, ticket: int, text: str) -> None:
    written = gateway.run("reply", str(ticket), "--as", ALICE, stdin=text.encode())
    assert written.returncode == 0, written.stderr.decode()


@pytest.mark.servers("postfix")
def test_a_customer_whose_address_bounces(gateway: Gateway) -> None:
    """The acknowledgement has the null reverse path, so nobody hears of its failure. The answer
    has the signed one: its DSN comes home, the agents are told, and the address gets no more
    mail while it is suppressed."""
    mail = simple(
        sender=f"Gone <{GONE}>",
        subject="Where is my order?",
        text="It was to come on Monday.",
        message_id="gone@customer.example",
    )
    with some_gone(gateway, GONE) as postfix, all_running(gateway) as up:
        postfix.submit(GONE, [SUPPORT], mail)
        wait_until_quiet(gateway, around=(postfix,))
        assert tried(postfix, GONE) == 1, "the acknowledgement"
        assert bounces(gateway, 1) == []
        reply(gateway, 1, "It comes today.")
        wait_until_quiet(gateway, around=(postfix,))
        assert tried(postfix, GONE) == 2, "and the answer"
        (bounce,) = bounces(gateway, 1)
        assert bounce["visibility"] == "private"
        told = postfix.mailbox(ALICE).mails()[-1]
        assert GONE in told.text(), "who answered hears that it did not arrive"
        assert told["Auto-Submitted"] == "auto-generated"
        reply(gateway, 1, "Did you get it?")
        wait_until_quiet(gateway, around=(postfix,))
        assert tried(postfix, GONE) == 2, "a suppressed address is not tried"
        nudge = partial(restart, up)
        expect_nothing_moves(gateway, around=(postfix,), nudge=nudge)
        assert tried(postfix, GONE) == 2
        assert [one["address"] for one in gateway.ask("suppressions", "list")] == [GONE]


def bounces(gateway: Gateway, ticket: int) -> list[dict[str, Any]]:
    return [one for one in gateway.ticket(ticket)["messages"] if one["kind"] == "bounce"]


@pytest.mark.servers("postfix")
def test_agents_whose_addresses_bounce(gateway: Gateway) -> None:
    """A notification that fails is a thing to tell, and telling it may fail as well. Each mail
    of a person causes a round of notifications; a report about one of them causes at most one
    round more, and a report about that one none."""
    with some_gone(gateway, ALICE, BOB) as postfix, all_running(gateway) as up:
        for number in range(1, 4):
            mail = simple(
                sender=f"Hong <{HONG}>",
                subject=f"Question {number}",
                text="It was to come on Monday.",
                message_id=f"q{number}@customer.example",
            )
            postfix.submit(HONG, [SUPPORT], mail)
        wait_until_quiet(gateway, around=(postfix,))
        people = 3
        for agent in (ALICE, BOB):
            assert 1 <= tried(postfix, agent) <= 2 * people
        assert postfix.mailbox(HONG).count() == people, "the customer hears nothing of it"
        expect_nothing_moves(gateway, around=(postfix,), nudge=partial(restart, up))
