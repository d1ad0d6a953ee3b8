"""What a report is made of, on both engines: what is in it, what is left out, and at what cost."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import event, insert, select, update

from mailgate.mail.address import Address, NamedAddress
from mailgate.model.figures import Happened
from mailgate.model.ids import TicketId
from mailgate.model.ticket import (
    Direction,
    EntryKind,
    EventKind,
    NewEntry,
    Status,
    TicketEvent,
    Visibility,
)
from mailgate.store import entries, events, rules, ticketlife, tickets
from mailgate.store.core import Connection, Store
from mailgate.store.report import happened_since
from mailgate.store.tables import entries as entries_table
from mailgate.store.tables import tickets as tickets_table
from mailgate.store.tickets import TicketChange
from tests.contracts.store_world import NOW, SUPPORT, entry, open_ticket

HOUR = timedelta(hours=1)


def answer(ticket: TicketId, hours: int) -> NewEntry:
    return entry(ticket, direction=Direction.OUT, at=NOW + hours * HOUR)


async def since(store: Store, at: datetime) -> Happened:
    return await store.read(partial(happened_since, since=at))


async def numbers(store: Store, at: datetime) -> list[TicketId]:
    return sorted(one.id for one in (await since(store, at)).tickets)


async def test_a_ticket_with_all_that_counts(store: Store) -> None:
    def made(conn: Connection) -> TicketId:
        ticket = open_ticket(conn)
        for new in (
            entry(ticket, at=NOW),
            answer(ticket, 1),
            replace(answer(ticket, 2), visibility=Visibility.PRIVATE),
            replace(answer(ticket, 3), kind=EntryKind.ACKNOWLEDGEMENT),
            answer(ticket, 4),
        ):
            entries.add(conn, new)
        opened = TicketEvent(NOW + 5 * HOUR, EventKind.REOPENED, "system", {})
        events.add_all(conn, [(ticket, opened), (ticket, replace(opened, kind=EventKind.STATUS))])
        tickets.update(
            conn,
            ticket,
            TicketChange(
                status=Status.RESOLVED, first_response_at=NOW + HOUR, add_tags=("vip", "a")
            ),
            NOW + 6 * HOUR,
        )
        ticketlife.note_score(conn, ticket, 3, NOW + 7 * HOUR)
        return ticket

    ticket = await store.write(made)
    found = await since(store, NOW)
    (one,) = found.tickets
    assert (one.id, one.address, one.group, one.tags) == (
        ticket,
        str(SUPPORT),
        "support",
        ("a", "vip"),
    )
    assert (one.created_at, one.first_response_at) == (NOW, NOW + HOUR)
    assert (one.done_at, one.score, one.scored_at) == (NOW + 6 * HOUR, 3, NOW + 7 * HOUR)
    assert [(each.ticket, each.at) for each in found.answers] == [
        (ticket, NOW + HOUR),
        (ticket, NOW + 4 * HOUR),
    ]
    assert found.reopened == ((ticket, NOW + 5 * HOUR),)


async def test_what_is_closed_at_once_was_done_then(store: Store) -> None:
    ticket = await store.write(open_ticket)
    closing = partial(tickets.update, ticket=ticket, change=TicketChange(status=Status.CLOSED))
    await store.write(partial(closing, now=NOW + HOUR))
    (one,) = (await since(store, NOW)).tickets
    assert one.done_at == NOW + HOUR


async def test_what_counts_for_nobody_is_left_out(store: Store) -> None:
    def made(conn: Connection) -> TicketId:
        plain, spam, merged = (open_ticket(conn) for _ in range(3))
        part = open_ticket(conn, requester=NamedAddress("Acme", SUPPORT))
        for ticket in (plain, spam, merged, part):
            entries.add(conn, answer(ticket, 1))
        ticketlife.note_spam(conn, spam, NOW, spam=True)
        where = tickets_table.c.id == merged
        conn.execute(update(tickets_table).where(where).values(merged_into=plain))
        return plain

    plain = await store.write(made)
    assert await numbers(store, NOW) == [plain]
    assert [each.ticket for each in (await since(store, NOW)).answers] == [plain]


async def test_what_is_old_is_left_out_unless_somebody_waits_or_says_something(
    store: Store,
) -> None:
    old, waiting, scored = [await store.write(open_ticket) for _ in range(3)]
    await store.write(partial(ticketlife.note_waiting, ticket=waiting, since=NOW))
    await store.write(partial(ticketlife.note_score, ticket=scored, points=1, now=NOW + 100 * HOUR))
    assert await numbers(store, NOW) == [old, waiting, scored]
    assert await numbers(store, NOW + 50 * HOUR) == [waiting, scored]
    assert await numbers(store, NOW + 200 * HOUR) == [waiting]


async def test_ten_thousand_tickets_take_no_more_statements_than_one(store: Store) -> None:
    many = 10_000

    def made(conn: Connection) -> None:
        first = open_ticket(conn)
        entries.add(conn, answer(first, 1))
        row = dict(conn.execute(select(tickets_table)).mappings().one())
        mail = dict(conn.execute(select(entries_table)).mappings().one())
        del row["id"], mail["id"]
        conn.execute(insert(tickets_table), [row] * (many - 1))
        ids = conn.execute(select(tickets_table.c.id).where(tickets_table.c.id != first)).scalars()
        conn.execute(insert(entries_table), [{**mail, "ticket": number} for number in ids])

    await store.write(made)
    statements: list[str] = []

    def counted(conn: Connection) -> Happened:
        def note(*arguments: object) -> None:
            statements.append(str(arguments[2]))

        event.listen(conn, "before_cursor_execute", note)
        try:
            return happened_since(conn, NOW)
        finally:
            event.remove(conn, "before_cursor_execute", note)

    found = await store.read(counted)
    assert len(found.tickets) == many
    assert len(found.answers) == many
    assert len(statements) == 4


async def test_an_agent_who_writes_to_the_desk_is_a_customer_like_any(store: Store) -> None:
    alice = NamedAddress("Alice", Address("alice", "acme.example"))
    ticket = await store.write(partial(open_ticket, requester=alice))
    assert await numbers(store, NOW) == [ticket]


async def test_what_a_rule_resolves_by_the_time_is_counted(store: Store) -> None:
    """That is no change of the ticket for those rules, and all the same it happened."""

    def resolved(conn: Connection) -> TicketId:
        ticket = open_ticket(conn)
        before = tickets.get(conn, ticket)
        assert before is not None
        tickets.update(conn, ticket, TicketChange(status=Status.RESOLVED), NOW + 9 * HOUR)
        rules.leave_updated(conn, ticket, before.updated_at)
        return ticket

    ticket = await store.write(resolved)
    assert await numbers(store, NOW + 8 * HOUR) == [ticket]
    assert await numbers(store, NOW + 10 * HOUR) == []
