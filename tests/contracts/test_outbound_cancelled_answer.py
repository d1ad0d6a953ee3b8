"""An answer that is taken back before it leaves has answered nobody."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from mailgate.mail.address import Address
from mailgate.model.ids import OutboundId, TicketId
from mailgate.model.ticket import Status
from mailgate.store import entries, merging, operating, outbound, ticketlife, tickets
from mailgate.store.core import Connection, Store
from mailgate.store.tickets import TicketChange
from tests.contracts.outbound_world import CONTENT, HONG, NOW, draft, new_ticket
from tests.contracts.store_world import entry

UNDO, MINUTE = timedelta(seconds=10), timedelta(minutes=1)
KIM = Address("kim", "customer.example")


def answer(conn: Connection, ticket: TicketId, now: datetime, *, both: bool = False) -> OutboundId:
    """As the desk writes one: it leaves after a while, and is the first answer if there is
    none."""
    mail = draft(ticket, HONG, KIM) if both else draft(ticket)
    queued = outbound.enqueue(conn, replace(mail, due_at=now + UNDO), CONTENT, now)
    tickets.update(conn, ticket, TicketChange(first_response_at=now + UNDO), now)
    return queued


def cancel(conn: Connection, ticket: TicketId, *places: int) -> None:
    """Takes back the mails that were queued at these places."""
    all_ = outbound.deliveries_of_ticket(conn, ticket)
    operating.cancel(conn, operating.named(*(all_[place].id for place in places)), NOW + MINUTE)


async def first_response(store: Store, ticket: TicketId) -> datetime | None:
    found = await store.read(partial(tickets.get, ticket=ticket))
    assert found is not None
    return found.first_response_at


async def test_the_only_answer_is_taken_back(store: Store) -> None:
    ticket = await store.write(new_ticket)
    await store.write(partial(answer, ticket=ticket, now=NOW))
    assert await first_response(store, ticket) == NOW + UNDO
    await store.write(lambda conn: cancel(conn, ticket, 0))
    assert await first_response(store, ticket) is None


async def test_the_next_one_is_the_first_then(store: Store) -> None:
    ticket = await store.write(new_ticket)
    await store.write(partial(answer, ticket=ticket, now=NOW))
    await store.write(partial(answer, ticket=ticket, now=NOW + MINUTE))
    await store.write(lambda conn: cancel(conn, ticket, 0))
    assert await first_response(store, ticket) == NOW + MINUTE + UNDO


async def test_a_later_one_changes_nothing(store: Store) -> None:
    ticket = await store.write(new_ticket)
    await store.write(partial(answer, ticket=ticket, now=NOW))
    await store.write(partial(answer, ticket=ticket, now=NOW + MINUTE))
    await store.write(lambda conn: cancel(conn, ticket, 1))
    assert await first_response(store, ticket) == NOW + UNDO


async def test_one_of_two_recipients_has_got_it_all_the_same(store: Store) -> None:
    ticket = await store.write(new_ticket)
    await store.write(partial(answer, ticket=ticket, now=NOW, both=True))
    await store.write(lambda conn: cancel(conn, ticket, 1))
    assert await first_response(store, ticket) == NOW + UNDO
    await store.write(lambda conn: cancel(conn, ticket, 0))
    assert await first_response(store, ticket) is None


async def test_other_tickets_keep_theirs(store: Store) -> None:
    one, other = await store.write(new_ticket), await store.write(new_ticket)
    for ticket in (one, other):
        await store.write(partial(answer, ticket=ticket, now=NOW))
    await store.write(lambda conn: cancel(conn, one, 0))
    assert await first_response(store, one) is None
    assert await first_response(store, other) == NOW + UNDO


def ask(conn: Connection, ticket: TicketId, at: datetime) -> None:
    entries.add(conn, entry(ticket, at=at))
    ticketlife.note_waiting(conn, ticket, at)


def answer_waiting(conn: Connection, ticket: TicketId, now: datetime) -> None:
    answer(conn, ticket, now)
    ticketlife.nobody_waits(conn, ticket)


async def waiting_since(store: Store, ticket: TicketId) -> datetime | None:
    found = await store.read(partial(tickets.get, ticket=ticket))
    assert found is not None
    return found.waiting_since


async def test_who_was_to_be_answered_waits_since_they_asked(store: Store) -> None:
    ticket = await store.write(new_ticket)
    for place in range(3):
        await store.write(partial(ask, ticket=ticket, at=NOW + place * MINUTE))
    await store.write(partial(answer_waiting, ticket=ticket, now=NOW + 4 * MINUTE))
    assert await waiting_since(store, ticket) is None
    await store.write(lambda conn: cancel(conn, ticket, 0))
    assert await waiting_since(store, ticket) == NOW


async def test_who_was_answered_before_waits_since_they_asked_again(store: Store) -> None:
    ticket = await store.write(new_ticket)
    await store.write(partial(ask, ticket=ticket, at=NOW))
    await store.write(partial(answer_waiting, ticket=ticket, now=NOW + MINUTE))
    await store.write(partial(ask, ticket=ticket, at=NOW + 2 * MINUTE))
    await store.write(partial(answer_waiting, ticket=ticket, now=NOW + 3 * MINUTE))
    await store.write(lambda conn: cancel(conn, ticket, 1))
    assert await waiting_since(store, ticket) == NOW + 2 * MINUTE


async def test_a_customer_who_was_put_off_waits_for_nothing(store: Store) -> None:
    ticket = await store.write(new_ticket)
    await store.write(partial(ask, ticket=ticket, at=NOW))
    await store.write(partial(answer_waiting, ticket=ticket, now=NOW + MINUTE))
    pending = partial(
        tickets.update, ticket=ticket, change=TicketChange(status=Status.PENDING), now=NOW
    )
    await store.write(pending)
    await store.write(lambda conn: cancel(conn, ticket, 0))
    assert await waiting_since(store, ticket) is None


async def test_an_answer_that_one_of_two_still_gets_has_answered(store: Store) -> None:
    ticket = await store.write(new_ticket)
    await store.write(partial(ask, ticket=ticket, at=NOW))
    await store.write(partial(answer, ticket=ticket, now=NOW + MINUTE, both=True))
    await store.write(partial(ticketlife.nobody_waits, ticket=ticket))
    await store.write(lambda conn: cancel(conn, ticket, 0))
    assert await waiting_since(store, ticket) is None


async def test_an_answer_that_is_taken_back_after_its_ticket_was_merged(store: Store) -> None:
    """Its customer waits again, on the ticket on which their messages are."""
    source, into = await store.write(new_ticket), await store.write(new_ticket)

    def happens(conn: Connection) -> None:
        ask(conn, source, NOW)
        answer_waiting(conn, source, NOW + MINUTE)
        merging.move_all(conn, source, into, NOW + 2 * MINUTE)
        ask(conn, into, NOW + 3 * MINUTE)
        answer_waiting(conn, into, NOW + 4 * MINUTE)

    await store.write(happens)
    assert await waiting_since(store, into) is None
    await store.write(lambda conn: cancel(conn, into, 0))
    assert await waiting_since(store, into) == NOW + 3 * MINUTE
    await store.write(lambda conn: ticketlife.nobody_waits(conn, into))
    await store.write(lambda conn: cancel(conn, source, 0))
    assert await waiting_since(store, into) == NOW


async def test_whose_clocks_go_on_is_the_ticket_that_is_left(store: Store) -> None:
    source, into = await store.write(new_ticket), await store.write(new_ticket)

    def happens(conn: Connection) -> None:
        answer(conn, source, NOW)
        merging.move_all(conn, source, into, NOW)

    await store.write(happens)
    of_source = operating.Selection(ticket=source)
    assert await store.read(partial(operating.answered_by, wanted=of_source)) == [into]
