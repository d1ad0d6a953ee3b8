"""The way of a proof: begun where mail is parsed, asked for on the loop, told in the decision."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mailgate.clock import SystemClock
from mailgate.desk.arriving.asking import inquiry_of
from mailgate.desk.arriving.parserprocess import ParserProcess
from mailgate.desk.arriving.parsing import parse_rows
from mailgate.desk.arriving.worker import BACKLOG, MAX_BATCH, InboundWorker
from mailgate.mail.address import Address, NullReversePath, UnknownReversePath
from mailgate.mail.envelope import Envelope
from mailgate.mail.proofs import Answer, Answers, Connecting, Question, RecordType
from mailgate.mail.proving import begin
from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival, Door, JournalRow
from mailgate.resolver.resolver import AT_ONCE
from mailgate.resolver.rounds import answers_for
from mailgate.telemetry.null import NullTelemetry
from tests.deciders.desk_world import policy_of_the_desk
from tests.deciders.inbound_world import Desk, mail, open_desk, random_octets
from tests.deciders.mail_signer import ARRIVED, Signer, sealed, signed, txt

NOW = datetime.fromtimestamp(ARRIVED, UTC)
POLICY = replace(
    policy_of_the_desk(),
    trusted_authserv_ids=frozenset({"mx.acme.example"}),
    trusted_arc_sealers=frozenset({"list.internal"}),
)
HONG = Address("hong", "shop.internal")
SHOP = Signer("shop.internal", "k1")
ARRIVAL = Arrival(
    Door.SMTP, Envelope(HONG, (Address("support", "acme.example"),)), b"", NOW, peer="192.0.2.7"
)
SERVER = Connecting("192.0.2.7", "", "hong", "shop.internal")


class Zone:
    """A DNS of a few records; questions under a name in `slow` are never answered."""

    def __init__(self, answers: Answers = {}, slow: frozenset[str] = frozenset()) -> None:  # noqa: B006  never changed
        self.answers = answers
        self.slow = slow
        self.asked: list[Question] = []

    def known(self, questions: Iterable[Question]) -> Answers:
        return {}

    async def ask(self, questions: Iterable[Question]) -> Answers:
        asked = list(questions)
        self.asked += asked
        if any(question.name in self.slow for question in asked):
            await asyncio.Event().wait()
        return {question: self.answers.get(question, Answer()) for question in asked}


ZONE = SHOP.answers() | {txt("_dmarc.shop.internal"): Answer(("v=DMARC1; p=reject",))}


# --- who is asked about -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrival", "connection"),
    [
        (ARRIVAL, SERVER),
        # Somebody in between says nothing of the sender's servers.
        (replace(ARRIVAL, trusted=True), None),
        (replace(ARRIVAL, door=Door.LMTP), None),
        (replace(ARRIVAL, door=Door.IMAP, peer=None), None),
        (replace(ARRIVAL, door=Door.PIPE, peer=None), None),
        (replace(ARRIVAL, envelope=Envelope(NullReversePath(), ())), None),
        (replace(ARRIVAL, envelope=Envelope(UnknownReversePath(), ())), None),
    ],
)
def test_the_senders_own_server_is_who_hands_us_the_mail(
    arrival: Arrival, connection: Connecting | None
) -> None:
    inquiry = inquiry_of(arrival, POLICY)
    assert inquiry is not None
    assert (inquiry.connection, inquiry.at) == (connection, NOW)
    assert inquiry.trust.peer is arrival.trusted


def test_nobody_asks_about_an_agent_who_has_logged_in_nor_where_the_settings_say_no() -> None:
    assert inquiry_of(replace(ARRIVAL, authenticated="alice@acme.example"), POLICY) is None
    assert inquiry_of(ARRIVAL, replace(POLICY, verify=False)) is None


# --- where it is parsed -----------------------------------------------------------------------

TOLD = "Authentication-Results: mx.acme.example; dmarc=pass header.from=shop.internal\r\n"
SIGNED = signed(mail(from_=str(HONG), subject="one"), SHOP)
LISTED = sealed(SIGNED, Signer("list.internal", "s"), "list.internal; dmarc=pass")
ELSEWHERE = sealed(SIGNED, Signer("other.internal", "s"), "other.internal; dmarc=pass")


def row(number: int, content: bytes, **how: Any) -> JournalRow:
    arrival = replace(ARRIVAL, content=content, **how)
    return JournalRow(JournalId(number), arrival, 1, released=False, released_to=None)


ROWS = [
    row(1, SIGNED),
    row(2, SIGNED, trusted=True),
    row(3, TOLD.encode() + SIGNED, trusted=True),
    row(4, TOLD.encode() + SIGNED),
    row(5, LISTED),
    row(6, ELSEWHERE),
    row(7, b"From: a@b.internal, c@d.internal\r\n\r\nx\r\n"),
    row(8, SIGNED, authenticated="alice@acme.example"),
]
ASKED = [True, True, False, True, True, True, False, False]


async def test_a_thread_and_a_process_begin_the_same() -> None:
    def inquire(arrival: Arrival) -> Any:
        return inquiry_of(arrival, POLICY)

    by_thread = await parse_rows(ROWS, SystemClock(), None, inquire)
    process = ParserProcess(SystemClock(), NullTelemetry())
    try:
        by_process = await process.parse(ROWS, inquire)
    finally:
        await process.close()
    assert [parsed.error for parsed in by_thread] == [None] * len(ROWS)
    assert [parsed.proving for parsed in by_process] == [parsed.proving for parsed in by_thread]
    assert [parsed.proving is not None for parsed in by_thread] == ASKED


async def test_the_keys_of_sealers_whom_nobody_trusts_are_not_asked_for() -> None:
    by_list, by_other = await parse_rows(
        [row(1, LISTED), row(2, ELSEWHERE)],
        SystemClock(),
        None,
        lambda arrival: inquiry_of(arrival, POLICY),
    )
    assert by_list.proving is not None
    assert by_list.proving.sealers == {"list.internal"}
    assert by_other.proving is not None
    assert by_other.proving.sealers == frozenset()


# --- what a mail may cost ---------------------------------------------------------------------


async def test_a_mail_costs_twenty_questions_at_the_most() -> None:
    """An SPF record that leads on and on, with ten exchanges at each step."""
    many = tuple(f"mx{number}.shop.internal" for number in range(10))
    answers = {
        txt("shop.internal"): Answer(("v=spf1 " + "mx:a.internal " * 9 + "-all",)),
        Question("a.internal", RecordType.MX): Answer(many),
    }
    zone = Zone(answers)
    content = mail(from_=str(HONG), subject="one")
    for number in range(5):
        content = signed(content, Signer("shop.internal", f"k{number}"))
    proving = begin(content, "shop.internal", connection=SERVER, now=NOW)
    await answers_for(proving, zone, seconds=60)
    assert 5 < len(zone.asked) <= 20
    zone.asked.clear()
    proofs = proving.conclude(await answers_for(proving, zone, seconds=60, lookups=3))
    assert len(zone.asked) == 3
    assert proofs.dmarc is not None


async def test_a_mail_has_few_questions_open_at_a_time_and_the_policy_among_the_first() -> None:
    """A batch of them leaves a place to every mail, and what is forged is known first."""

    class Watching(Zone):
        async def ask(self, questions: Iterable[Question]) -> Answers:
            rounds.append(list(questions))
            return await super().ask(rounds[-1])

    rounds: list[list[Question]] = []
    content = mail(from_=str(HONG), subject="one")
    for number in range(5):
        content = signed(content, Signer("shop.internal", f"k{number}"))
    proving = begin(content, "shop.internal", connection=None, now=NOW)
    await answers_for(proving, Watching(ZONE), seconds=60)
    assert max(map(len, rounds)) * MAX_BATCH <= AT_ONCE
    assert rounds[0][0] == txt("_dmarc.shop.internal")
    assert sum(map(len, rounds)) == 6


async def test_what_is_known_is_free() -> None:
    class Knowing(Zone):
        def known(self, questions: Iterable[Question]) -> Answers:
            return {question: self.answers.get(question, Answer()) for question in questions}

    zone = Knowing(ZONE)
    proving = begin(SIGNED, "shop.internal", connection=None, now=NOW)
    answers = await answers_for(proving, zone, seconds=60, lookups=0)
    proofs = proving.conclude(answers)
    assert zone.asked == []
    assert proofs.dmarc is not None
    assert proofs.dmarc.by == "dkim"


async def test_a_mail_waits_as_long_as_it_may_and_no_longer() -> None:
    zone = Zone(ZONE, slow=frozenset({"_dmarc.shop.internal"}))
    proving = begin(SIGNED, "shop.internal", connection=None, now=NOW)
    async with asyncio.timeout(10):
        answers = await answers_for(proving, zone, seconds=0.05)
    assert answers == {}


# --- the worker -------------------------------------------------------------------------------


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as found:
        yield found


def asking(desk: Desk, zone: Zone) -> None:
    """The worker asks this DNS from now on."""
    desk.set_policy(dns_seconds=1.0)
    desk.worker = InboundWorker(
        desk.store,
        lambda: desk.context,
        desk.clock,
        desk.reports,
        random_octets(),
        resolver=zone,
    )


def written(number: int, *, domain: str = "shop.internal") -> bytes:
    return mail(
        from_=f"hong@{domain}", subject=f"number {number}", message_id=f"q{number}@{domain}"
    )


async def test_what_is_proven_stands_in_the_decision(desk: Desk) -> None:
    asking(desk, Zone(ZONE))
    found = await desk.receive(signed(written(1), SHOP))
    sender = (await desk.decision(found.id))["sender"]
    assert (sender["authenticated"], sender["by"]) == ("pass", "dmarc")
    assert [(c["method"], c["result"], c["source"]) for c in sender["checks"]] == [
        ("dkim", "pass", "mailgate"),
        ("dmarc", "pass", "mailgate"),
    ]


async def test_a_dns_that_does_not_answer_keeps_no_mail_from_its_ticket(desk: Desk) -> None:
    asking(desk, Zone(slow=frozenset({"_dmarc.shop.internal"})))
    found = await desk.receive(written(1))
    decided = await desk.decision(found.id)
    assert decided["disposition"] == "open_ticket"
    assert decided["sender"]["authenticated"] == "none"
    assert decided["sender"]["checks"][0]["result"] == "temperror"


async def test_a_slow_domain_changes_neither_the_order_nor_what_is_found_of_others(
    desk: Desk,
) -> None:
    asking(desk, Zone(ZONE, slow=frozenset({"_dmarc.slow.internal"})))
    slow = {3, 17, BACKLOG + 5}
    rows = [
        await desk.put(
            written(number, domain="slow.internal")
            if number in slow
            else signed(written(number), SHOP)
        )
        for number in range(1, 2 * BACKLOG)
    ]
    await desk.worker.drain()
    assert [ticket.subject for ticket in await desk.tickets()] == [
        f"number {number}" for number in range(1, 2 * BACKLOG)
    ]
    for number, found in enumerate(rows, start=1):
        verdict = (await desk.decision(found))["sender"]["authenticated"]
        assert verdict == ("none" if number in slow else "pass"), number


async def test_nothing_is_asked_where_a_trusted_server_has_said_it(desk: Desk) -> None:
    zone = Zone(ZONE)
    asking(desk, zone)
    desk.set_policy(trusted_authserv_ids=frozenset({"mx.acme.example"}))
    found = await desk.receive(TOLD.encode() + written(1), trusted=True)
    assert (await desk.decision(found.id))["sender"]["authenticated"] == "pass"
    assert zone.asked == []


async def test_a_result_in_the_name_of_a_trusted_server_is_told_as_forged(desk: Desk) -> None:
    asking(desk, Zone(ZONE))
    desk.set_policy(trusted_authserv_ids=frozenset({"mx.acme.example"}))
    found = await desk.receive(TOLD.encode() + written(1))
    decided = await desk.decision(found.id)
    assert decided["sender"]["authenticated"] == "none"
    assert "forged_authentication_results" in decided["defects"]
