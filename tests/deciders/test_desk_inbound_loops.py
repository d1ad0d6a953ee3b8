"""Loops, floods and budgets, at a desk with a real store and its worker."""

from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.arriving.quarantine import release
from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.journal import JournalSummary
from mailgate.model.ticket import EntryKind, EventKind, Status, Visibility
from mailgate.model.traffic import LoopLimits, Machines, Rate
from mailgate.store import tickets
from mailgate.store.tickets import TicketChange
from tests.deciders.desk_world import ALICE, BOB, HELP_KO, SUPPORT
from tests.deciders.inbound_world import (
    DONE,
    HONG,
    QUARANTINED,
    Desk,
    mail,
    open_desk,
    references,
    reply_address,
)

PARK = Address("park", "customer.example")
FRONT = "mx.acme.example"
DAY = 24 * 3600.0
PROVEN = b"Authentication-Results: mx.acme.example; dmarc=pass header.from=customer.example\r\n"
FORGED = b"Authentication-Results: mx.acme.example; dmarc=fail header.from=customer.example\r\n"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as place:
        place.set_policy(
            trusted_authserv_ids=frozenset({FRONT}),
            acknowledgements_per_address_per_day=1000,
            neutral_acknowledgements_per_hour=1000,
            neutral_acknowledgements_per_domain_per_hour=1000,
        )
        yield place


class Writer:
    """Writes mails, each with an id of its own."""

    def __init__(self, desk: Desk, spec: str = "hong@customer.example") -> None:
        self.desk, self.spec, self.number = desk, spec, 0

    async def write(
        self, text: str = "My parcel has not come.", *, top: bytes = b"", **how: str
    ) -> JournalSummary:
        self.number += 1
        how = {"from_": self.spec, "message_id": f"{self.number}.{self.spec}", **how}
        return await self.desk.receive(top + mail(text, **how), trusted=True)


async def acknowledged(desk: Desk, row: JournalSummary) -> bool:
    assert row.ticket is not None
    return "acknowledgement" in await desk.lanes(row.ticket)


async def reasons(desk: Desk, row: JournalSummary) -> list[str]:
    found: list[str] = (await desk.decision(row.id))["reasons"]
    return found


# --- soft limits --------------------------------------------------------------------------------


async def test_who_writes_more_than_people_do_is_not_answered(desk: Desk) -> None:
    desk.set_policy(limits=LoopLimits(sender_soft=Rate(3, 5, 7)))
    hong = Writer(desk)
    assert [await acknowledged(desk, await hong.write()) for _ in range(4)] == [True] * 3 + [False]
    assert "loop_suspected" in await reasons(desk, await hong.write())
    created, suppressed = await desk.events(4)
    assert (created.kind, suppressed.kind) == (EventKind.CREATED, EventKind.SUPPRESSED)
    assert suppressed.detail == {"what": "acknowledgement", "why": "loop_suspected"}
    assert desk.reports.suppressions == ["loop_suspected"] * 2
    assert len(await desk.sent(ALICE.address, 4)) == 1, "the agents hear of it as always"
    assert await acknowledged(desk, await Writer(desk, "park@customer.example").write())
    await desk.clock.advance(16 * 60)
    assert not await acknowledged(desk, await hong.write()), "five in an hour"
    await desk.clock.advance(66 * 60)
    assert await acknowledged(desk, await hong.write())
    assert not await acknowledged(desk, await hong.write()), "seven in a day"
    await desk.clock.advance(DAY + 300)
    assert await acknowledged(desk, await hong.write())


async def test_a_machine_with_many_names_is_one_organisation(desk: Desk) -> None:
    desk.set_policy(limits=LoopLimits(domain_soft=Rate(3, 9, 9)))
    rows = [await Writer(desk, f"b{n}@h{n}.machine.example").write() for n in range(4)]
    assert [await acknowledged(desk, row) for row in rows] == [True, True, True, False]
    rows = [await Writer(desk, f"b{n}@gmail.com").write() for n in range(4)]
    assert all([await acknowledged(desk, row) for row in rows])


async def test_the_same_words_of_many_who_are_not_proven_are_not_answered(desk: Desk) -> None:
    desk.set_policy(limits=LoopLimits(words_soft=Rate(3, 9, 9)))
    lure = "You have won prize number {} of https://evil.example/{} today, dear friend!"
    rows = [
        await Writer(desk, f"victim@domain{n}.example").write(lure.format(n, n)) for n in range(4)
    ]
    assert [await acknowledged(desk, row) for row in rows] == [True, True, True, False]
    assert "many_with_same_words" in await reasons(desk, rows[-1])
    hong = Writer(desk)
    assert await acknowledged(desk, await hong.write(lure.format(9, 9), top=PROVEN))
    assert await acknowledged(desk, await hong.write("My own words about a late parcel."))


async def test_a_copy_counts_for_nothing(desk: Desk) -> None:
    desk.set_policy(limits=LoopLimits(sender_soft=Rate(2, 2, 2)))
    for _ in range(5):
        await desk.receive(mail(message_id="same@customer.example"))
    assert await acknowledged(desk, await Writer(desk).write())


async def test_a_second_copy_with_other_bytes_is_not_answered(desk: Desk) -> None:
    """A list has put its footer under the one that came to the other address."""
    await desk.receive(mail(message_id="same@customer.example"))
    other = mail("My parcel has not come.\n--\nA list", message_id="same@customer.example")
    assert not await acknowledged(desk, await desk.receive(other, to=HELP_KO))


async def test_a_forger_uses_up_nothing_of_whom_they_forge(desk: Desk) -> None:
    desk.set_policy(limits=LoopLimits(sender_soft=Rate(3, 3, 3), sender_hard=Rate(5, 5, 5)))
    forger = Writer(desk, "hong@customer.example")
    rows = [
        await forger.write(top=FORGED, message_id=f"forged{number}@evil.example")
        for number in range(6)
    ]
    assert rows[-1].cause == "flood"
    assert await acknowledged(desk, await Writer(desk).write(top=PROVEN))


# --- floods -------------------------------------------------------------------------------------


async def test_a_flood_waits_for_an_operator(desk: Desk) -> None:
    desk.set_policy(limits=LoopLimits(sender_hard=Rate(3, 9, 9)))
    hong = Writer(desk)
    rows = [await hong.write() for _ in range(5)]
    assert [row.state for row in rows] == [DONE] * 3 + [QUARANTINED] * 2
    assert {row.cause for row in rows[3:]} == {"flood"}
    assert len(await desk.tickets()) == 3
    assert desk.reports.quarantines == ["flood"] * 2

    now = desk.clock.now()
    await desk.store.write(partial(release, row_id=rows[3].id, ticket=None, now=now))
    await desk.worker.drain()
    row = await desk.row(rows[3].id)
    assert (row.state, row.ticket) == (DONE, 4)
    assert "released_by_operator" in await reasons(desk, row)


async def test_a_shops_order_machine_is_no_flood(desk: Desk) -> None:
    machines = Machines(frozenset({"orders@shop.example"}))
    desk.set_policy(limits=LoopLimits(sender_hard=Rate(3, 9, 9), machines=machines))
    shop = Writer(desk, "orders@shop.example")
    assert [(await shop.write(f"Order {n}")).state for n in range(6)] == [DONE] * 6


# --- agents -------------------------------------------------------------------------------------


async def test_an_agents_machine_says_the_same_to_one_customer_only_so_often(desk: Desk) -> None:
    """The customer's machine opens a new ticket each time, so no ticket sees many messages."""
    hong = Writer(desk)
    for number in range(1, 21):
        await hong.write(
            f"Automatic answer number {number} of my machine.", subject=f"Away {number}"
        )
        told = await desk.notification(number=number)
        words = f"This is answer number {number}: I am not at my desk until Monday."
        answer = mail(words, from_="alice@acme.example", message_id=f"a{number}@acme.example")
        await desk.receive(answer, to=reply_address(told))
    lanes = [lane for number in range(1, 21) for lane in await desk.lanes(number)]
    assert lanes.count("reply") == 10
    assert "too_many_from_sender" in desk.reports.suppressions


async def test_an_agent_may_say_the_same_to_many(desk: Desk) -> None:
    for number in range(1, 16):
        await Writer(desk, f"c{number}@customer{number}.example").write()
        told = await desk.notification(number=number)
        words = "Your parcel is on its way, and comes tomorrow. We are sorry for the delay."
        answer = mail(words, from_="alice@acme.example", message_id=f"a{number}@acme.example")
        await desk.receive(answer, to=reply_address(told))
    lanes = [lane for number in range(1, 16) for lane in await desk.lanes(number)]
    assert lanes.count("reply") == 15


# --- reopening ----------------------------------------------------------------------------------


async def test_mail_reopens_a_ticket_so_often_a_day(desk: Desk) -> None:
    desk.set_policy(limits=LoopLimits(reopenings_per_day=2))
    hong = Writer(desk)
    await hong.write(message_id="q1@customer.example")

    async def reopened() -> bool:
        now = desk.clock.now()
        change = TicketChange(status=Status.RESOLVED)
        await desk.store.write(partial(tickets.update, ticket=TicketId(1), change=change, now=now))
        await hong.write("It has not come yet.", In_Reply_To="<q1@customer.example>")
        return (await desk.ticket()).status is Status.OPEN

    assert [await reopened() for _ in range(3)] == [True, True, False]
    assert (await desk.entries())[-1].text.strip() == "It has not come yet."
    assert len(await desk.sent(ALICE.address)) == 4, "the agents are told"
    await desk.clock.advance(DAY + 300)
    assert await reopened()


# --- copies -------------------------------------------------------------------------------------


def ignoring_copies(desk: Desk) -> None:
    supports = {
        key: replace(one, ignores_copies=True)
        for key, one in desk.context.directory.supports.items()
    }
    directory = replace(desk.context.directory, supports=supports)
    desk.context = replace(desk.context, directory=directory)


async def test_a_copy_is_kept_in_the_journal_alone(desk: Desk) -> None:
    ignoring_copies(desk)
    row = await Writer(desk).write(to="lee@partner.example", Cc="support@acme.example")
    assert (row.state, row.ticket) == (DONE, None)
    decision = await desk.decision(row.id)
    assert (decision["disposition"], decision["reasons"]) == ("suppress", ["only_copied"])
    assert desk.reports.suppressions == ["only_copied"]
    assert await desk.tickets() == []


async def test_a_copy_of_what_is_said_about_a_ticket_is_heard(desk: Desk) -> None:
    ignoring_copies(desk)
    hong = Writer(desk)
    await hong.write()
    (answer,) = await desk.sent(HONG)
    row = await hong.write(
        "Lee, can you help?",
        to="lee@partner.example",
        Cc=str(reply_address(answer)),
        In_Reply_To=references(answer)["In_Reply_To"],
    )
    assert row.ticket == 1


# --- ourselves ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sender",
    [
        "support@acme.example",
        "Support+x@ACME.example",
        "help@hangook.example",
        "help+1@hangook.example",
    ],
)
async def test_a_support_address_does_not_write_to_another(desk: Desk, sender: str) -> None:
    """Of the same brand or of another, with or without a subaddress: they would answer each
    other for ever."""
    row = await Writer(desk, sender).write()
    assert (row.state, row.cause) == (QUARANTINED, "from_support_address")


async def test_two_support_addresses_in_to_are_one_ticket_and_one_answer(desk: Desk) -> None:
    to = f"{SUPPORT}, {HELP_KO}"
    for place in (SUPPORT, HELP_KO):
        await desk.receive(mail(to=to, message_id="both@customer.example"), to=place)
    assert len(await desk.tickets()) == 1
    assert len(await desk.sent(HONG)) == 1
    assert len(await desk.sent(BOB.address)) == 1


async def answer(desk: Desk, number: int, text: str, **how: str) -> JournalSummary:
    """Alice answers the notification of her first ticket."""
    how = {"from_": "alice@acme.example", "message_id": f"a{number}@acme.example", **how}
    to = reply_address((await desk.sent(ALICE.address))[0])
    return await desk.receive(mail(text, **how), to=to)


async def test_an_agent_who_answers_fast_is_heard(desk: Desk) -> None:
    """Eleven answers in ten minutes, each in words of its own, are somebody's work."""
    await Writer(desk).write()
    for number in range(11):
        await answer(desk, number, "The parcel is with the carrier. " + chr(97 + number) * 30)
    assert (await desk.lanes()).count("reply") == 11


async def test_an_agent_who_is_held_back_is_told_once(desk: Desk) -> None:
    await Writer(desk).write()
    for number in range(15):
        await answer(
            desk, number, "I am not at my desk until Monday, please be patient.", subject="x"
        )
    assert (await desk.lanes()).count("reply") == 10
    told = [
        one for one in await desk.sent(ALICE.address) if "not sent to the customer" in text(one)
    ]
    assert len(told) == 1
    assert len(await desk.sent(BOB.address)) == 2, "the question, and that Alice is held back"


async def test_forged_mail_does_not_silence_the_answer_of_a_customer(desk: Desk) -> None:
    """The customer's domain proves nothing; the address that the customer answers is theirs."""
    hong = Writer(desk)
    await hong.write()
    (acknowledgement,) = await desk.sent(HONG)
    for number in range(12):
        await hong.write(
            "Pay it to this account.", subject="[#1] x", message_id=f"forged{number}@evil.example"
        )
    row = await desk.receive(
        mail("No! Please cancel it.", message_id="real@customer.example"),
        to=reply_address(acknowledgement),
    )
    assert "too_many_from_sender" not in await reasons(desk, row)
    last = (await desk.entries())[-1]
    assert (last.text.strip(), last.visibility) == ("No! Please cancel it.", Visibility.PUBLIC)


async def test_senders_who_cannot_be_read_do_not_fill_each_others_limit(desk: Desk) -> None:
    desk.set_policy(limits=LoopLimits(sender_hard=Rate(3, 3, 3)))
    for number in range(4):
        row = await Writer(desk, f"a{number}@evil.example, b{number}@evil.example").write()
        assert row.cause != "flood"


def text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def test_the_budget_of_a_mailbox_holds_for_all_its_subaddresses(desk: Desk) -> None:
    desk.set_policy(acknowledgements_per_address_per_day=3)
    rows = [await Writer(desk, f"hong+{n}@customer.example").write() for n in range(5)]
    assert [await acknowledged(desk, row) for row in rows] == [True] * 3 + [False] * 2
    assert await acknowledged(desk, await Writer(desk, "park@customer.example").write())


# --- absence notes without a field that says so -------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("부재중입니다", "5월 6일에 돌아옵니다."),
        ("I am on vacation", "Back on Monday."),
        ("Re: [#1] Where is my parcel?", "현재 휴가 중으로 자동 회신 드립니다."),
    ],
)
async def test_an_agents_absence_note_does_not_reach_the_customer(
    desk: Desk, subject: str, words: str
) -> None:
    """It is a note that the others see, and the agent is told, once."""
    await Writer(desk).write()
    for number in range(2):
        await answer(desk, number, f"{words} {number}", subject=subject)
    assert "reply" not in await desk.lanes()
    assert [entry.kind for entry in await desk.entries()][1:] == [EntryKind.NOTE] * 2
    assert "reads like an automatic answer" in text((await desk.sent(ALICE.address))[1])
    assert len(await desk.sent(ALICE.address)) == 2


async def test_a_customers_absence_note_is_a_ticket_without_an_acknowledgement(desk: Desk) -> None:
    row = await Writer(desk).write("본 메일은 자동으로 발송되었습니다.", subject="접수")
    assert not await acknowledged(desk, row)
    assert len(await desk.sent(ALICE.address)) == 1, "nothing is hidden from the agents"


async def test_an_automatic_subject_alone_hides_no_answer(desk: Desk) -> None:
    await Writer(desk).write()
    (acknowledgement,) = await desk.sent(HONG)
    content = mail(
        "They have not come.", subject="Out of office: chairs", message_id="c@customer.example"
    )
    await desk.receive(content, to=reply_address(acknowledgement))
    assert "They have not come." in text((await desk.sent(ALICE.address))[1])
