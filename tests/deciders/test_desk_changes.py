"""What people change on a ticket: checked as a whole, each change told once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.by import By
from mailgate.desk.errors import DeskError
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.changing import set_ticket
from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import EventKind, Priority, Status, Ticket
from mailgate.store import events
from mailgate.store.core import Store
from tests.deciders.desk_store import merge, opened, ticket_in
from tests.deciders.desk_world import ALICE, NOW, desk

LATER = NOW + timedelta(hours=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path) as made:
        yield made


async def changed(store: Store, ticket: TicketId, wish: TicketWish) -> Ticket:
    by = By("operator", LATER, Seed(b"s" * 32))
    return (
        await store.write(partial(set_ticket, ctx=desk(), ticket_id=ticket, wish=wish, by=by))
    ).ticket


async def told(store: Store, ticket: TicketId) -> list[tuple[EventKind, dict[str, object]]]:
    found = await store.read(partial(events.of_ticket, ticket=ticket))
    assert {event.actor for event in found} <= {"operator"}
    return [(event.kind, dict(event.detail)) for event in found]


async def test_everything_can_be_changed_at_once_and_each_change_is_told(store: Store) -> None:
    ticket = await ticket_in(store)
    wish = TicketWish(
        status=Status.PENDING,
        assignee=ALICE.address,
        group="hangook",
        priority=Priority.HIGH,
        add_tags=("vip", "배송"),
    )
    after = await changed(store, ticket, wish)
    assert (after.status, after.assignee, after.group) == (
        Status.PENDING,
        ALICE.address,
        "hangook",
    )
    assert (after.priority, set(after.tags)) == (Priority.HIGH, {"vip", "배송"})
    assert await told(store, ticket) == [
        (EventKind.STATUS, {"from": "open", "to": "pending"}),
        (EventKind.ASSIGNED, {"from": None, "to": "alice@acme.example"}),
        (EventKind.GROUP, {"from": "support", "to": "hangook"}),
        (EventKind.PRIORITY, {"from": "normal", "to": "high"}),
        (EventKind.TAGGED, {"tag": "vip"}),
        (EventKind.TAGGED, {"tag": "배송"}),
    ]


async def test_what_is_so_already_is_no_event(store: Store) -> None:
    ticket = await ticket_in(store)
    wish = TicketWish(
        status=Status.OPEN, group="support", priority=Priority.NORMAL, remove_tags=("never",)
    )
    await changed(store, ticket, wish)
    await changed(store, ticket, TicketWish())
    assert await told(store, ticket) == []


async def test_resolving_and_closing_are_timed_and_reopening_forgets(store: Store) -> None:
    ticket = await ticket_in(store)
    resolved = await changed(store, ticket, TicketWish(status=Status.RESOLVED))
    assert (resolved.resolved_at, resolved.closed_at) == (LATER, None)
    closed = await changed(store, ticket, TicketWish(status=Status.CLOSED))
    assert closed.closed_at == LATER
    reopened = await changed(store, ticket, TicketWish(status=Status.OPEN))
    assert (reopened.resolved_at, reopened.closed_at) == (None, None)
    assert await told(store, ticket) == [
        (EventKind.STATUS, {"from": "open", "to": "resolved"}),
        (EventKind.STATUS, {"from": "resolved", "to": "closed"}),
        (EventKind.REOPENED, {"from": "closed", "to": "open"}),
    ]


async def test_a_tag_is_taken_away(store: Store) -> None:
    ticket = await ticket_in(store)
    await changed(store, ticket, TicketWish(add_tags=("vip", "late")))
    after = await changed(store, ticket, TicketWish(remove_tags=("vip",)))
    assert after.tags == ("late",)
    assert (await told(store, ticket))[-1] == (EventKind.UNTAGGED, {"tag": "vip"})


async def test_an_agent_is_known_by_each_of_their_mailboxes(store: Store) -> None:
    ticket = await ticket_in(store)
    after = await changed(store, ticket, TicketWish(assignee=ALICE.also[0]))
    assert after.assignee == ALICE.address
    await changed(store, ticket, TicketWish(assignee=Address("ALICE", "acme.example")))
    assert len(await told(store, ticket)) == 1


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (
            TicketWish(assignee=Address("hong", "customer.example")),
            "hong@customer.example is none of the configured agents.",
        ),
        (
            TicketWish(group="sales"),
            "There is no group sales; configured: hangook, partners, support.",
        ),
        (
            TicketWish(add_tags=("vip",), remove_tags=(" vip",)),
            "The tag vip cannot be set and removed at once.",
        ),
        (
            TicketWish(add_tags=("",)),
            "A tag is 1 to 100 characters on one line; this is not: ''",
        ),
        (
            TicketWish(add_tags=("a\nb",)),
            r"A tag is 1 to 100 characters on one line; this is not: 'a\nb'",
        ),
    ],
)
async def test_one_mistake_stops_the_whole_change(
    store: Store, wish: TicketWish, says: str
) -> None:
    ticket = await ticket_in(store)
    with pytest.raises(DeskError) as error:
        await changed(store, ticket, wish)
    assert str(error.value) == says
    assert await told(store, ticket) == []


async def test_a_tag_of_101_characters_is_refused(store: Store) -> None:
    ticket = await ticket_in(store)
    await changed(store, ticket, TicketWish(add_tags=("x" * 100,)))
    with pytest.raises(DeskError, match="A tag is 1 to 100 characters"):
        await changed(store, ticket, TicketWish(add_tags=("x" * 101,)))


async def test_a_merged_ticket_is_followed(store: Store) -> None:
    old, new = await ticket_in(store), await ticket_in(store)
    await store.write(partial(merge, ticket=old, into=new))
    after = await changed(store, old, TicketWish(status=Status.CLOSED))
    assert (after.id, after.status) == (new, Status.CLOSED)


async def test_no_ticket_no_change(store: Store) -> None:
    with pytest.raises(DeskError, match=r"There is no ticket 999\."):
        await changed(store, TicketId(999), TicketWish(status=Status.CLOSED))
