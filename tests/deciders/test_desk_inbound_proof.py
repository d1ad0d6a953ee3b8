"""What a From line alone does not get, and machines that hide: with a real store."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.arriving import quarantine
from mailgate.mail.address import ReversePath
from mailgate.model.ids import TicketId
from mailgate.model.journal import JournalSummary
from mailgate.model.ticket import EntryKind, EventKind, Role, Status, Visibility
from mailgate.store import journal, tickets
from mailgate.store.core import Connection
from mailgate.store.tickets import TicketChange
from tests.deciders.desk_world import ALICE, BOB, SUPPORT, body
from tests.deciders.inbound_world import (
    DONE,
    HONG,
    NULL,
    QUARANTINED,
    Desk,
    mail,
    open_desk,
    references,
    reply_address,
)

MINUTE = 60.0


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as place:
        yield place


async def release(desk: Desk, row: JournalSummary, ticket: int | None = None) -> JournalSummary:
    """An operator lets a mail out of quarantine, and the worker works on it."""
    to = None if ticket is None else TicketId(ticket)
    unit = partial(quarantine.release, row_id=row.id, ticket=to, now=desk.clock.now())
    await desk.store.write(unit)
    await desk.worker.drain()
    return await desk.row(row.id)


def forged(**fields: str) -> bytes:
    """A stranger's mail in Alice's name, onto ticket 1."""
    return mail(
        "Pay to this account.",
        from_="alice@acme.example",
        message_id="x@evil.example",
        subject="[#1] parcel",
        **fields,
    )


# --- an agent's name --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [{"Precedence": "bulk"}, {"Auto_Submitted": "auto-generated"}, {"List_Id": "<l.evil.example>"}],
    ids=["precedence", "auto-submitted", "list"],
)
async def test_a_machines_header_is_no_way_around_the_proof(
    desk: Desk, headers: dict[str, str]
) -> None:
    await desk.receive(mail())
    before = await desk.lanes()
    row = await desk.receive(forged(**headers))
    assert (row.state, row.cause) == (QUARANTINED, "agent_not_proven")
    assert len(await desk.entries()) == 1
    assert await desk.lanes() == before, "nobody is told of it"


@pytest.mark.parametrize("reverse_path", [NULL, ALICE.address], ids=["null", "agent"])
async def test_an_agents_out_of_office_is_kept_on_its_ticket(
    desk: Desk, reverse_path: ReversePath
) -> None:
    await desk.receive(mail())
    notification = await desk.notification()
    before = await desk.lanes()
    away = mail(
        "I am away.",
        from_="alice@acme.example",
        message_id="o@acme.example",
        Auto_Submitted="auto-replied",
        Precedence="bulk",
        **references(notification),
    )
    row = await desk.receive(away, reverse_path=reverse_path)
    assert (row.state, row.ticket) == (DONE, 1)
    entry = (await desk.entries())[-1]
    assert (entry.kind, entry.visibility) == (EntryKind.AUTO_REPLY, Visibility.PRIVATE)
    assert entry.author.role is Role.STRANGER, "an id that it answers is no proof of the agent"
    assert "agent_not_proven" in entry.flags
    assert await desk.lanes() == before


async def test_an_agents_reply_address_is_proof_and_no_reason_to_tell_of_a_machine(
    desk: Desk,
) -> None:
    await desk.receive(mail())
    before = await desk.lanes()
    away = mail("I am away.", from_="alice@acme.example", message_id="o@a.x", Precedence="bulk")
    await desk.receive(away, to=reply_address(await desk.notification()))
    entry = (await desk.entries())[-1]
    assert (entry.kind, entry.author.role) == (EntryKind.AUTO_REPLY, Role.AGENT)
    assert await desk.lanes() == before


# --- what a release says ----------------------------------------------------------------------


@pytest.mark.parametrize("ticket", [None, 1])
async def test_letting_a_mail_out_vouches_for_nothing_but_its_cause(
    desk: Desk, ticket: int | None
) -> None:
    await desk.receive(mail())
    many = b"Received: from a hop\r\n" * 120
    row = await desk.receive(many + forged())
    assert row.cause == "hop_limit"
    row = await release(desk, row, ticket)
    assert (row.state, row.cause) == (QUARANTINED, "agent_not_proven")
    assert len(await desk.sent(HONG)) == 1, "the acknowledgement alone"
    row = await release(desk, row, ticket)
    assert (row.state, row.ticket) == (DONE, 1)
    assert (await desk.entries())[-1].author.role is Role.AGENT


async def test_a_mail_that_could_not_be_processed_is_judged_when_it_is_let_out(desk: Desk) -> None:
    await desk.receive(mail())
    row = await desk.put(forged())

    def fails(conn: Connection) -> None:
        now = desk.clock.now()
        journal.quarantine(conn, row, cause="processing_failed", error="a bug", now=now)

    await desk.store.write(fails)
    again = await release(desk, await desk.row(row))
    assert (again.state, again.cause) == (QUARANTINED, "agent_not_proven")


async def test_a_copy_that_can_prove_more_is_no_duplicate_of_one_that_was_set_aside(
    desk: Desk,
) -> None:
    """The agent's answer came by a server that proves nothing, then by their own."""
    await desk.receive(mail())
    first = await desk.receive(forged())
    second = await desk.receive(forged(), authenticated=ALICE.address.key)
    assert (first.state, second.state, second.ticket) == (QUARANTINED, DONE, 1)
    assert len(await desk.sent(HONG)) == 2
    first = await release(desk, first)
    assert (await desk.decision(first.id))["disposition"] == "duplicate"
    assert len(await desk.sent(HONG)) == 2


# --- our own address --------------------------------------------------------------------------


async def test_a_contact_form_that_writes_as_us_is_seen_and_can_be_let_in(desk: Desk) -> None:
    row = await desk.receive(mail(from_="help@hangook.example"))
    assert (row.state, row.cause) == (QUARANTINED, "from_support_address")
    assert desk.reports.quarantines == ["from_support_address"]
    row = await release(desk, row)
    assert (row.state, row.ticket) == (DONE, 1)
    assert await desk.lanes() == ["notification", "notification"], "we do not answer ourselves"


# --- nobody to answer -------------------------------------------------------------------------


@pytest.mark.parametrize("ours", [True, False], ids=["support address", "invalid"])
async def test_an_answer_to_nobody_is_a_note(desk: Desk, ours: bool) -> None:
    row = await desk.receive(mail(from_="help@hangook.example" if ours else "no address here"))
    if ours:
        await release(desk, row)
    news = await desk.notification()
    assert "Your reply becomes an internal note and goes to no customer." in str(news)
    for number, to in enumerate((reply_address(news), SUPPORT)):
        answer = mail(
            f"It comes tomorrow: {number}.",
            from_="alice@acme.example",
            message_id=f"a{number}@acme.example",
            subject="Re: [#1] Where is my parcel?",
        )
        row = await desk.receive(answer, to=to, authenticated="alice@acme.example")
        assert row.ticket == 1
        note = (await desk.entries())[-1]
        assert (note.kind, note.visibility) == (EntryKind.NOTE, Visibility.PRIVATE)
    assert set(await desk.lanes()) == {"notification"}
    assert (await desk.ticket()).first_response_at is None
    (last,) = [one for one in await desk.events() if one.kind is EventKind.SUPPRESSED]
    assert last.detail == {"what": "reply", "why": "requester_unanswerable"}, "of the second"
    assert desk.reports.suppressions[-1] == "requester_unanswerable"


# --- machines that hide it --------------------------------------------------------------------


async def agent_says(desk: Desk, text: str, number: int) -> None:
    to = reply_address(await desk.notification())
    answer = mail(text, from_="alice@acme.example", message_id=f"a{number}@acme.example")
    await desk.receive(answer, to=to)


async def hong_goes_on(desk: Desk, text: str, message_id: str) -> str:
    """One more message on the ticket that the first one opened; what became of it."""
    known = "<q1@customer.example>"
    row = await desk.receive(mail(text, message_id=message_id, In_Reply_To=known))
    return str((await desk.decision(row.id))["disposition"])


async def test_a_machine_that_hides_falls_silent(desk: Desk) -> None:
    """Ten messages in ten minutes are heard, the one that opened the ticket included."""
    await desk.receive(mail())
    for number in range(9):
        await desk.clock.advance(MINUTE / 2)
        assert await hong_goes_on(desk, "And?", f"n{number}@customer.example") == "append"
    assert (await desk.lanes()).count("notification") == 20

    change = TicketChange(status=Status.RESOLVED)
    now = desk.clock.now()
    await desk.store.write(partial(tickets.update, ticket=TicketId(1), change=change, now=now))
    assert await hong_goes_on(desk, "And?", "m1@customer.example") == "record_auto_reply"
    entry = (await desk.entries())[-1]
    assert (entry.kind, entry.visibility) == (EntryKind.AUTO_REPLY, Visibility.PRIVATE)
    assert "too_many_from_sender" in entry.flags
    assert (await desk.ticket()).status is Status.RESOLVED
    told = await desk.lanes()
    assert told.count("notification") == 22, "the agents hear of it"
    warning = " ".join(body(await desk.notification(), "plain").split())
    assert "hong@customer.example writes faster than people do" in warning
    assert (await desk.events())[-1].detail == {"what": "sender", "why": "too_many_from_sender"}

    for number in range(2, 5):
        await hong_goes_on(desk, "And?", f"m{number}@customer.example")
    assert await desk.lanes() == told, "and hear of it once"
    assert desk.reports.suppressions == ["too_many_from_sender"] * 4

    await desk.clock.advance(timedelta(hours=1, minutes=5).total_seconds())
    assert await hong_goes_on(desk, "Hello?", "later@customer.example") == "append"
    assert (await desk.ticket()).status is Status.OPEN, "an hour later they are heard again"


async def test_two_machines_without_headers_end_their_talk(desk: Desk) -> None:
    """An agent's and a customer's: each answers what it gets, at once and for ever."""
    await desk.receive(mail())
    for number in range(20):
        await agent_says(desk, "I am away until Monday.", number)
        answer = (await desk.sent(HONG))[-1]
        message_id = f"h{number}@customer.example"
        theirs = mail("I am away too.", message_id=message_id, **references(answer))
        await desk.receive(theirs, to=reply_address(answer))
        await desk.clock.advance(1)
    answers = [entry for entry in await desk.entries() if entry.kind is EntryKind.MESSAGE]
    assert len([entry for entry in answers if entry.author.role is Role.AGENT]) == 10
    assert len(await desk.sent(HONG)) == 1 + 10
    assert len(await desk.sent(BOB.address)) <= 1 + 10 + 2, "and a word on either machine"


async def test_others_are_heard_on_the_ticket_where_one_is_too_fast(desk: Desk) -> None:
    await desk.receive(mail(Cc="park@customer.example"))
    for number in range(15):
        await desk.receive(mail("And?", subject="[#1]", message_id=f"n{number}@customer.example"))
    quiet = mail(
        "It came.", from_="park@customer.example", subject="[#1]", message_id="p@customer.example"
    )
    await desk.receive(quiet)
    assert (await desk.entries())[-1].kind is EntryKind.MESSAGE
