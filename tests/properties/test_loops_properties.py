"""No header makes a machine get more automatic mail than the budgets give it.

A machine answers everything that it gets, for a week, in whatever form: any fields, any subject,
any id, with or without what it answers. Nothing but a count can tell that it is none of us.
"""

import asyncio
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mailgate.mail.address import Address
from mailgate.mail.envelope import Envelope
from mailgate.mail.parse import parse_mail
from mailgate.store import outbound
from mailgate.store.core import Connection
from mailgate.threading.authentication import Trust
from mailgate.threading.counters import keys_of
from mailgate.threading.decide import decide
from mailgate.threading.evidence import gather
from tests.deciders.desk_world import ALICE, SUPPORT
from tests.deciders.inbound_world import HONG, NULL, Desk, mail, open_desk, reply_address
from tests.deciders.threading_cases import DIRECTORY, KEYS, KNOWN, NOW, POLICY

DAYS = 7
MOST = 400
"""Mails of a day after which a loop has not ended."""

FIELDS = {
    "Auto-Submitted": ["no", "auto-replied", "auto-generated", "NO; x=y", ""],
    "Precedence": ["bulk", "list", "first-class", "junk"],
    "X-Auto-Response-Suppress": ["All", "None", "OOF"],
    "List-Id": ["<a.b.example>"],
    "Return-Path": ["<>", "<hong@customer.example>"],
    "X-Mailgate-Loop": ["1", "forged"],
    "X-Loop": ["yes"],
    "Reply-To": ["support@acme.example", "other@elsewhere.example"],
    "Authentication-Results": ["mx.acme.example; dmarc=pass header.from=customer.example"],
    "Sender": ["support@acme.example"],
    "In-Reply-To": ["<unknown@elsewhere.example>"],
}
HEADERS = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in FIELDS.items()}
)


@dataclass(frozen=True)
class Machine:
    """How it answers."""

    address: Address
    fields: dict[str, str]
    keeps_subject: bool
    keeps_references: bool
    to_reply_address: bool
    null_path: bool
    words: str
    trusted: bool

    async def answer(self, desk: Desk, got: EmailMessage, number: int) -> None:
        fields = dict(self.fields)
        if self.keeps_references:
            fields["References"] = f"{got['References'] or ''} {got['Message-ID'].strip()}"
        content = mail(
            f"{self.words} {number}",
            from_=str(self.address),
            subject=f"Re: {got['Subject']}" if self.keeps_subject else f"Away {number}",
            message_id=f"{number}.{self.address}",
            **{name.replace("-", "_"): value for name, value in fields.items()},
        )
        to = reply_address(got) if self.to_reply_address else SUPPORT
        path = NULL if self.null_path else self.address
        await desk.receive(content, to=to, reverse_path=path, trusted=self.trusted)


def machines(address: Address) -> st.SearchStrategy[Machine]:
    return st.builds(
        Machine,
        address=st.just(address),
        fields=HEADERS,
        keeps_subject=st.booleans(),
        keeps_references=st.booleans(),
        to_reply_address=st.booleans(),
        null_path=st.booleans(),
        words=st.sampled_from(
            ["I am away until further notice, please be patient.", "Away", "부재중"]
        ),
        trusted=st.booleans(),
    )


def queued(conn: Connection, known: set[int]) -> list[tuple[Address, str, bytes]]:
    """Recipient, lane and bytes of each delivery that was not looked at yet."""
    wanted = outbound.DeliveryFilter(limit=100_000)
    found = []
    for delivery in sorted(outbound.listing(conn, wanted), key=lambda one: one.id):
        if delivery.id not in known:
            known.add(delivery.id)
            content = outbound.content(conn, delivery.id)
            assert content is not None
            found.append((delivery.recipient, delivery.lane.value, content))
    return found


async def week(folder: Path, customer: Machine, agent: Machine | None) -> tuple[int, int, int]:
    """Acknowledgements that the machine got, notifications of one agent, and mails that came."""
    acknowledged = notified = number = 0
    async with open_desk(folder) as desk:
        desk.set_policy(trusted_authserv_ids=frozenset({"mx.acme.example"}))
        known: set[int] = set()
        for _ in range(DAYS):
            number += 1
            await desk.receive(
                mail("Where is my parcel?", message_id=f"day{number}@customer.example")
            )
            came = 0
            while fresh := await desk.store.read(partial(queued, known=known)):
                for recipient, lane, content in fresh:
                    got = message_from_bytes(content, policy=policy.default)
                    assert isinstance(got, EmailMessage)
                    acknowledged += recipient == HONG and lane == "acknowledgement"
                    notified += recipient == ALICE.address
                    machine = {HONG: customer, ALICE.address: agent}.get(recipient)
                    if machine is not None:
                        number, came = number + 1, came + 1
                        await desk.clock.advance(1)
                        await machine.answer(desk, got, number)
                assert came < MOST, "the loop does not end"
            await desk.clock.advance(24 * 3600)
    return acknowledged, notified, number


BARE = Machine(
    HONG,
    {},
    keeps_subject=False,
    keeps_references=False,
    to_reply_address=False,
    null_path=False,
    words="I am away until further notice, please be patient.",
    trusted=False,
)
"""The worst: nothing in it says that it is a machine, nor what it answers."""
ANSWERING = replace(BARE, address=ALICE.address, to_reply_address=True)


@example(BARE)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(machines(HONG))
def test_whatever_a_machine_writes_it_gets_its_budget_and_no_more(customer: Machine) -> None:
    with TemporaryDirectory() as folder:
        acknowledged, notified, came = asyncio.run(week(Path(folder), customer, None))
    assert acknowledged <= DAYS * 10
    assert notified <= came, "a mail is told of once"


@example(BARE, ANSWERING)
@example(replace(BARE, to_reply_address=True), ANSWERING)
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(machines(HONG), machines(ALICE.address))
def test_a_machine_and_an_agents_machine_end_their_talk(customer: Machine, agent: Machine) -> None:
    """Every day, however each of them answers."""
    with TemporaryDirectory() as folder:
        acknowledged, notified, came = asyncio.run(week(Path(folder), customer, agent))
    assert acknowledged <= DAYS * 10
    assert notified <= came + DAYS, "and of each that writes too much once a day more"


SHUFFLED = [
    ("From", "Hong <hong@customer.example>"),
    ("To", "lee@partner.example, support@acme.example"),
    ("Cc", "park@customer.example"),
    ("Subject", "Re: [#12] Where is my parcel?"),
    ("Message-ID", "<m1@customer.example>"),
    ("In-Reply-To", "<first@customer.example>"),
    ("References", "<other@customer.example> <first@customer.example>"),
    ("Date", "Mon, 05 Jan 2026 09:00:00 +0000"),
    ("MIME-Version", "1.0"),
    ("Content-Type", "text/plain; charset=utf-8"),
]


@given(HEADERS, st.randoms(use_true_random=False))
def test_the_order_of_the_fields_changes_nothing(more: dict[str, str], dice: Random) -> None:
    """But for those whose order says who wrote them (Received, Authentication-Results)."""
    fields = [*SHUFFLED, *more.items()]

    def decided() -> tuple[object, ...]:
        head = "\r\n".join(f"{name}: {value}" for name, value in fields)
        content = f"{head}\r\n\r\nIt has not come yet, and I should like to know why.\r\n"
        evidence = gather(
            parse_mail(content.encode()),
            Envelope(HONG, (SUPPORT,)),
            trust=Trust(peer=True, login=None),
            directory=DIRECTORY,
            keyring=KEYS,
            subject_prefix="",
        )
        decision = decide(evidence, KNOWN, POLICY, NOW)
        keys = keys_of(evidence)
        return decision.disposition, set(decision.reasons), decision.signals, decision.cell, keys

    before = decided()
    dice.shuffle(fields)
    assert decided() == before
