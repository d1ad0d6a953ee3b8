"""When customers are asked, on both engines."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

import pytest
from sqlalchemy import update

from mailgate.mail.address import Address, NamedAddress, NullReversePath
from mailgate.mail.outgoing import OutgoingMail
from mailgate.model.delivery import Draft, Lane
from mailgate.model.ids import TicketId
from mailgate.model.ticket import EntryKind
from mailgate.store import entries, outbound, surveys
from mailgate.store.core import Connection, Store
from mailgate.store.outboundtables import deliveries
from tests.contracts.plans import Ask, plan_of
from tests.contracts.store_world import HONG, MINUTE, NOW, SUPPORT, entry, open_ticket

PARK = Address("park", "customer.example")


async def planned(store: Store, *minutes: int) -> list[TicketId]:
    """A ticket for each, whose customer is to be asked so long after now."""

    def write(conn: Connection) -> list[TicketId]:
        made = [open_ticket(conn) for _ in minutes]
        for ticket, after in zip(made, minutes, strict=True):
            surveys.plan(conn, ticket, NOW + after * MINUTE)
        return made

    return await store.write(write)


async def due(store: Store, at: datetime = NOW, limit: int = 10) -> list[TicketId]:
    return list(await store.write(partial(surveys.take_due, now=at, limit=limit)))


async def test_the_earliest_are_taken_first_and_each_once(store: Store) -> None:
    late, first, second = await planned(store, 5, 1, 2)
    assert await due(store) == []
    assert await due(store, NOW + 2 * MINUTE, limit=1) == [first]
    assert await due(store, NOW + 2 * MINUTE) == [second]
    assert await due(store, NOW + 9 * MINUTE) == [late]
    assert await due(store, NOW + 9 * MINUTE) == []


async def test_the_last_plan_holds(store: Store) -> None:
    (ticket,) = await planned(store, 1)
    await store.write(partial(surveys.plan, ticket=ticket, due_at=NOW + 5 * MINUTE))
    assert await due(store, NOW + 4 * MINUTE) == []
    assert await due(store, NOW + 5 * MINUTE) == [ticket]


async def test_what_did_not_end_well_is_due_again(store: Store) -> None:
    (ticket,) = await planned(store, 0)

    def torn(conn: Connection) -> None:
        assert surveys.take_due(conn, NOW, 10) == [ticket]
        raise ValueError

    with suppress(ValueError):
        await store.write(torn)
    assert await due(store) == [ticket]


async def test_several_nodes_at_once_take_each_ticket_once(store: Store) -> None:
    tickets = await planned(store, *[0] * 12)
    taken = await asyncio.gather(*(due(store, limit=4) for _ in range(6)))
    rest = await due(store, limit=12)
    assert sorted([*(one for some in taken for one in some), *rest]) == sorted(tickets)


async def test_an_answer_counts_when_it_has_arrived_at_the_requester(store: Store) -> None:
    (ticket,) = await planned(store, 0)
    mail = OutgoingMail(
        from_=NamedAddress("", SUPPORT),
        to=(HONG,),
        subject="x",
        message_id="m1@acme.example",
        date=NOW,
        text="x",
        boundary_seed="x",
    )
    draft = Draft(
        lane=Lane.REPLY,
        kind="reply",
        ticket=ticket,
        entry=None,
        mail=mail,
        sender=SUPPORT,
        reverse_path=NullReversePath(),
        recipients=(HONG.address, PARK),
        outside=True,
    )
    await store.write(partial(outbound.enqueue, draft=draft, content=b"x", now=NOW))

    async def answered(who: Address) -> bool:
        return await store.read(partial(surveys.was_answered, ticket=ticket, who=who.key))

    assert not await answered(HONG.address), "it waits"

    async def became(who: Address, **values: object) -> None:
        those = deliveries.c.recipient_key == who.key
        change = update(deliveries).where(those).values(final_at=NOW, wait_reason=None, **values)
        await store.write(lambda conn: conn.execute(change).rowcount)

    await became(PARK, state="delivered")
    assert not await answered(HONG.address), "another has it"
    await became(HONG.address, state="delivered")
    assert await answered(HONG.address)
    await became(HONG.address, state="delivered", bounced_at=NOW)
    assert not await answered(HONG.address), "it came back"


async def test_votes_are_known_by_their_message_id(store: Store) -> None:
    ticket, other = await planned(store, 0, 0)

    def voted(conn: Connection) -> None:
        for kind, message_id, flags in (
            (EntryKind.SURVEY, "v1@x", ()),
            (EntryKind.SURVEY, "v1@x", ("survey_not_theirs",)),
            (EntryKind.MESSAGE, "v2@x", ()),
        ):
            new = replace(entry(ticket, message_id=message_id), kind=kind, flags=flags)
            entries.add(conn, new)

    await store.write(voted)

    async def flags(message_id: str, *of: TicketId) -> list[frozenset[str]]:
        found = await store.read(partial(surveys.flags_of, tickets=of, message_id=message_id))
        return sorted(found, key=len)

    assert await flags("v1@x", ticket, other) == [frozenset(), frozenset({"survey_not_theirs"})]
    assert await flags("v1@x", other) == []
    assert await flags("v2@x", ticket) == [], "that was no vote"


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (partial(surveys.take_due, now=NOW, limit=10), ("surveys_due",)),
        (
            partial(surveys.was_answered, ticket=TicketId(1), who=HONG.address.key),
            ("deliveries_order", "deliveries_ticket"),
        ),
        (
            partial(surveys.flags_of, tickets=[TicketId(1)], message_id="v1@x"),
            ("entries_ticket",),
        ),
    ],
    ids=["due", "answered", "votes"],
)
async def test_it_goes_by_an_index(store: Store, ask: Ask, index: tuple[str, ...]) -> None:
    await planned(store, 1, 2, 3)
    plan = await store.write(partial(plan_of, ask=ask))
    assert any(name in plan for name in index), plan
