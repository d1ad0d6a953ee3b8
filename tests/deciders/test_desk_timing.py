"""The clocks of a ticket follow the mails and changes on it; who is told when they ring."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.by import By
from mailgate.desk.starts.starting import StartRequest, start
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.changing import set_ticket
from mailgate.desk.ticket.merging import merge
from mailgate.desk.ticket.replies import ReplyRequest, reply
from mailgate.desk.ticket.spamming import mark_spam
from mailgate.desk.ticket.splitting import split
from mailgate.desk.ticket.takingback import take_back
from mailgate.desk.timers import clocks
from mailgate.desk.timers.escalating import ring_due
from mailgate.model.delivery import Lane
from mailgate.model.hours import ALWAYS, WorkTime
from mailgate.model.ids import TicketId
from mailgate.model.response import Response, Standing, TimerKind
from mailgate.model.seed import Seed
from mailgate.model.ticket import EntryKind, EventKind, Priority, Source, Status
from mailgate.store import timers
from mailgate.store.operating import Selection
from tests.deciders.desk_world import ALICE, BOB, CAROL, MINSU, SUPPORT
from tests.deciders.inbound_world import HONG, Desk, mail, open_desk, references, reply_address

FIRST, NEXT, SOLVE = TimerKind.FIRST_RESPONSE, TimerKind.NEXT_RESPONSE, TimerKind.SOLVE
HOUR = timedelta(hours=1)
USUAL = Response(
    "usual", ALWAYS, WorkTime(4 * HOUR), WorkTime(8 * HOUR), WorkTime(days=3), WorkTime(2 * HOUR)
)
URGENT = Response("urgent", ALWAYS, WorkTime(HOUR), priorities=frozenset({Priority.URGENT}))
SEED = Seed(b"t" * 32)
ONE = TicketId(1)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as place:
        place.set_policy(responses=(USUAL, URGENT))
        supervisors = {"support": (MINSU,)}
        place.context = replace(
            place.context, directory=replace(place.context.directory, supervisors=supervisors)
        )
        yield place


async def due(desk: Desk, number: int = 1) -> dict[TimerKind, datetime | None]:
    found = await desk.store.read(partial(timers.of_ticket, ticket=TicketId(number)))
    return {one.kind: one.due_at for one in found}


async def wish(desk: Desk, wanted: TicketWish) -> None:
    by = By("operator", desk.clock.now(), SEED)
    await desk.store.write(partial(set_ticket, ctx=desk.context, ticket_id=ONE, wish=wanted, by=by))


async def ring(desk: Desk) -> list[str]:
    """A minute of the sweep; who is told, each as often as that."""
    swept = await desk.store.write(
        partial(ring_due, ctx=desk.context, now=desk.clock.now(), seed=SEED, limit=20)
    )
    return sorted(str(one) for draft in swept.drafts for one in draft.recipients)


async def answer(desk: Desk, text: str = "It comes tomorrow.") -> None:
    told = (await desk.sent(ALICE.address))[0]
    words = mail(
        text,
        from_="Alice Kim <alice@acme.example>",
        subject=f"Re: {told['Subject']}",
        message_id=f"a{desk.clock.now():%d%H%M}@acme.example",
        **references(told),
    )
    await desk.receive(words, to=reply_address(told), reverse_path=ALICE.address)


async def ask(desk: Desk, text: str, *, number: int) -> None:
    told = (await desk.sent(HONG))[-1]
    words = mail(
        text, subject=f"Re: {told['Subject']}", message_id=f"q{number}@customer.example",
        **references(told),
    )  # fmt: skip
    await desk.receive(words, to=reply_address(told))


async def test_a_mail_an_answer_and_the_next_question(desk: Desk) -> None:
    began = desk.clock.now()
    await desk.receive(mail())
    assert await due(desk) == {FIRST: began + 4 * HOUR, SOLVE: began + 72 * HOUR}
    desk.clock.put(HOUR)
    await answer(desk)
    assert await due(desk) == {SOLVE: began + 72 * HOUR}
    desk.clock.put(HOUR)
    await ask(desk, "And when?", number=2)
    assert await due(desk) == {NEXT: began + 10 * HOUR, SOLVE: began + 72 * HOUR}


async def test_an_answer_by_the_command_line_ends_the_waiting_too(desk: Desk) -> None:
    await desk.receive(mail())
    await desk.store.write(
        partial(
            reply,
            ctx=desk.context,
            request=ReplyRequest(ONE, "Tomorrow.", agent=ALICE),
            now=desk.clock.now(),
            seed=SEED,
        )
    )
    assert set(await due(desk)) == {SOLVE}


async def test_an_answer_that_is_taken_back_answers_nobody(desk: Desk) -> None:
    began = desk.clock.now()
    desk.set_policy(undo=timedelta(minutes=1))
    await desk.receive(mail())
    before = await due(desk)
    desk.clock.put(HOUR)
    await answer(desk)
    assert set(await due(desk)) == {SOLVE}
    wanted = Selection(ticket=ONE, lane=Lane.REPLY)
    now = desk.clock.now()
    unit = partial(take_back, ctx=desk.context, wanted=wanted, now=now)
    assert await desk.store.write(unit) == 1
    assert await due(desk) == before
    assert (await desk.ticket()).waiting_since == began


async def test_a_note_ends_no_waiting(desk: Desk) -> None:
    await desk.receive(mail())
    before = await due(desk)
    desk.clock.put(HOUR)
    await answer(desk, "#note\n\nWho knows of this parcel?")
    assert await due(desk) == before


async def test_pending_stands_still_and_priority_moves_it(desk: Desk) -> None:
    began = desk.clock.now()
    await desk.receive(mail())
    desk.clock.put(HOUR)
    await wish(desk, TicketWish(status=Status.PENDING))
    assert await due(desk) == {FIRST: None, SOLVE: None}
    desk.clock.put(10 * HOUR)
    await wish(desk, TicketWish(status=Status.OPEN))
    assert await due(desk) == {FIRST: began + 14 * HOUR, SOLVE: began + 82 * HOUR}
    await wish(desk, TicketWish(priority=Priority.URGENT))
    assert await due(desk) == {FIRST: began + 11 * HOUR}


async def test_a_question_that_is_taken_to_another_ticket_waits_there(desk: Desk) -> None:
    began = desk.clock.now()
    await desk.receive(mail())
    await answer(desk)
    desk.clock.put(HOUR)
    await ask(desk, "And another thing: my invoice is wrong.", number=5)
    entry = (await desk.entries())[-1]
    by = By("operator", desk.clock.now() + HOUR, SEED)
    unit = partial(split, ctx=desk.context, ticket_id=ONE, entry_id=entry.id, by=by)
    await desk.store.write(unit)
    assert await due(desk) == {SOLVE: began + 72 * HOUR}
    assert (await due(desk, 2))[FIRST] == began + 5 * HOUR, "since it was asked"


async def test_what_is_merged_waits_where_it_went(desk: Desk) -> None:
    began = desk.clock.now()
    await desk.receive(mail())
    desk.clock.put(HOUR)
    await desk.receive(mail(message_id="other@customer.example", subject="My invoice"))
    by = By("operator", desk.clock.now() + HOUR, SEED)
    unit = partial(merge, ctx=desk.context, source_id=ONE, into_id=TicketId(2), by=by)
    await desk.store.write(unit)
    assert await due(desk) == {}
    assert (await due(desk, 2))[FIRST] == began + 4 * HOUR, "since the first of them"


async def test_resolved_and_opened_again(desk: Desk) -> None:
    await desk.receive(mail())
    await answer(desk)
    await wish(desk, TicketWish(status=Status.RESOLVED))
    assert await due(desk) == {}
    desk.clock.put(24 * HOUR)
    again = desk.clock.now()
    await ask(desk, "It is broken.", number=3)
    assert (await desk.ticket()).status is Status.OPEN
    assert await due(desk) == {NEXT: again + 8 * HOUR, SOLVE: again + 72 * HOUR}


async def test_our_own_mail_waits_from_its_answer_on(desk: Desk) -> None:
    request = StartRequest(SUPPORT, (HONG,), "Your parcel", "It is here.", agent=ALICE)
    unit = partial(start, ctx=desk.context, request=request, now=desk.clock.now(), seed=SEED)
    await desk.store.write(unit)
    assert (await desk.ticket()).source is Source.OUTBOUND_EMAIL
    assert await due(desk) == {}
    desk.clock.put(HOUR)
    asked = desk.clock.now()
    await ask(desk, "Thank you. Where?", number=4)
    assert await due(desk) == {FIRST: asked + 4 * HOUR, SOLVE: asked + 72 * HOUR}


async def test_an_answer_that_leaves_our_own_mail_closed_is_waited_for_too(desk: Desk) -> None:
    desk.set_policy(answer_opens_outbound=False)
    request = StartRequest(SUPPORT, (HONG,), "Your parcel", "It is here.", agent=ALICE)
    unit = partial(start, ctx=desk.context, request=request, now=desk.clock.now(), seed=SEED)
    await desk.store.write(unit)
    asked = desk.clock.now()
    await ask(desk, "Thank you. Where?", number=6)
    assert (await desk.ticket()).status is Status.CLOSED
    assert await due(desk) == {FIRST: asked + 4 * HOUR}
    await answer(desk)
    assert await due(desk) == {}


async def test_spam_is_waited_for_by_nobody(desk: Desk) -> None:
    await desk.receive(mail())
    by = By("operator", desk.clock.now(), SEED)
    ticket = await desk.ticket()
    await desk.store.write(partial(mark_spam, ctx=desk.context, ticket=ticket, by=by))
    assert await due(desk) == {}


async def test_the_group_is_told_then_the_supervisors_each_once(desk: Desk) -> None:
    await desk.receive(mail())
    desk.clock.put(4 * HOUR - timedelta(seconds=1))
    assert await ring(desk) == []
    desk.clock.put(timedelta(seconds=1))
    assert await ring(desk) == [str(ALICE.address), str(BOB.address)]
    assert await ring(desk) == []
    desk.clock.put(2 * HOUR)
    told = await ring(desk)
    assert str(MINSU.address) in told
    assert str(HONG) not in told
    assert await ring(desk) == []
    late = [event for event in await desk.events() if event.kind is EventKind.OVERDUE]
    assert [(event.actor, event.detail["what"], event.detail["told"]) for event in late] == [
        ("system", "first_response", "group"),
        ("system", "first_response", "supervisors"),
    ]


async def test_who_has_it_and_who_follows_are_told_beside_the_group(desk: Desk) -> None:
    await desk.receive(mail())
    await wish(desk, TicketWish(assignee=MINSU.address, follow=(CAROL.address,)))
    desk.clock.put(4 * HOUR)
    four = (ALICE, BOB, CAROL, MINSU)
    assert await ring(desk) == sorted(str(one.address) for one in four)


async def test_nobody_is_told_while_mail_waits_to_be_looked_at(desk: Desk) -> None:
    """The daemon was away: the answer that is missed stands in the journal."""
    await desk.receive(mail())
    told = await desk.notification(ALICE.address)
    words = mail(
        "It comes tomorrow.",
        from_="Alice Kim <alice@acme.example>",
        message_id="a@acme.example",
        **references(told),
    )
    await desk.put(words, to=reply_address(told), reverse_path=ALICE.address)
    desk.clock.put(5 * HOUR)
    assert await ring(desk) == []
    await desk.worker.drain()
    assert await ring(desk) == []
    assert set(await due(desk)) == {SOLVE}
    assert EventKind.OVERDUE not in {event.kind for event in await desk.events()}


async def test_who_answers_after_all_stops_the_escalation(desk: Desk) -> None:
    await desk.receive(mail())
    desk.clock.put(4 * HOUR)
    await ring(desk)
    await answer(desk)
    desk.clock.put(3 * HOUR)
    assert await ring(desk) == []


async def test_a_group_without_supervisors_is_told_once(desk: Desk) -> None:
    desk.context = replace(desk.context, directory=replace(desk.context.directory, supervisors={}))
    await desk.receive(mail())
    desk.clock.put(4 * HOUR)
    assert await ring(desk) != []
    desk.clock.put(2 * HOUR)
    assert await ring(desk) == []
    kinds = [event.kind for event in await desk.events()]
    assert kinds.count(EventKind.OVERDUE) == 1


async def test_two_that_are_late_at_once_are_one_mail(desk: Desk) -> None:
    await desk.receive(mail())
    desk.clock.put(80 * HOUR)
    told = await ring(desk)
    assert told == [str(ALICE.address), str(BOB.address)]
    kinds = [event.kind for event in await desk.events()]
    assert kinds.count(EventKind.OVERDUE) == 2


async def test_a_holiday_that_was_added_later_counts(desk: Desk) -> None:
    began = desk.clock.now()
    await desk.receive(mail())
    day = began.date()
    closed = replace(ALWAYS, name="closed today", holidays=frozenset({day}))
    desk.set_policy(responses=(replace(USUAL, hours=closed),))
    desk.clock.put(4 * HOUR)
    assert await ring(desk) == []
    midnight = datetime(day.year, day.month, day.day, tzinfo=began.tzinfo) + timedelta(days=1)
    assert (await due(desk))[FIRST] == midnight + 4 * HOUR


async def test_times_that_were_taken_out_ring_no_more(desk: Desk) -> None:
    await desk.receive(mail())
    desk.set_policy(responses=())
    desk.clock.put(4 * HOUR)
    assert await ring(desk) == []
    assert await due(desk) == {}


async def test_what_is_told_shows_who_waits_for_what_and_is_for_notes(desk: Desk) -> None:
    await desk.receive(mail("My parcel has been lost twice."))
    desk.clock.put(4 * HOUR)
    await ring(desk)
    told = await desk.notification(ALICE.address)
    text = str(told.get_body(("plain",)))
    assert "Overdue since " in text
    assert "Hong <hong@customer.example> wrote last, " in text
    assert "My parcel has been lost twice." in text
    assert told["Auto-Submitted"] == "auto-generated"
    words = mail(
        "I am at it.",
        from_="Alice Kim <alice@acme.example>",
        message_id="late@acme.example",
        **references(told),
    )
    before = len(await desk.sent(HONG))
    await desk.receive(words, to=reply_address(told), reverse_path=ALICE.address)
    assert len(await desk.sent(HONG)) == before, "it is a note"
    assert (await desk.entries())[-1].kind is EntryKind.NOTE
    assert "I am at it." in str(await desk.notification(BOB.address)), "for the colleagues"


async def test_a_ticket_is_told_of_though_its_notice_cannot_be_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("no such template")

    await desk.receive(mail())
    desk.clock.put(4 * HOUR)
    monkeypatch.setattr("mailgate.desk.timers.escalating.tell", broken)
    assert await ring(desk) == []
    kinds = [event.kind for event in await desk.events()]
    assert kinds.count(EventKind.OVERDUE) == 1
    assert kinds.count(EventKind.SUPPRESSED) == 1


async def test_a_ticket_with_which_something_is_wrong_keeps_no_other_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.receive(mail())
    desk.clock.put(timedelta(minutes=1))
    await desk.receive(mail(message_id="other@customer.example", subject="My invoice"))
    chosen = clocks.response_of

    def broken(responses: Iterable[Response], on: Standing) -> Response | None:
        if on.ticket == ONE:
            raise ValueError("what is this?")
        return chosen(responses, on)

    with monkeypatch.context() as patch:
        patch.setattr("mailgate.desk.timers.escalating.response_of", broken)
        desk.clock.put(4 * HOUR)
        assert await ring(desk) == [str(ALICE.address), str(BOB.address)]
        assert await ring(desk) == []
    late = {one: [event.kind for event in await desk.events(one)] for one in (1, 2)}
    assert EventKind.OVERDUE not in late[1]
    assert EventKind.OVERDUE in late[2]
    desk.clock.put(HOUR)
    await ring(desk)
    assert EventKind.OVERDUE in {event.kind for event in await desk.events(1)}
