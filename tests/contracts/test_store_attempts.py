"""A part of a transaction that is undone alone, and who answered a moment ago."""

from datetime import timedelta
from functools import partial

import pytest

from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.ticket import (
    Author,
    Direction,
    EntryKind,
    EventKind,
    NewEntry,
    Role,
    TicketEvent,
    Visibility,
)
from mailgate.store import entries, events, lately
from mailgate.store.attempt import attempt
from mailgate.store.core import Connection, Store
from tests.deciders.desk_store import opened_ticket
from tests.deciders.desk_world import ALICE, BOB, NOW


class Refused(Exception):
    """What a wish ends with that cannot be."""


def _note(conn: Connection, ticket: TicketId, tag: str) -> None:
    events.add(conn, ticket, TicketEvent(NOW, EventKind.TAGGED, "operator", {"tag": tag}))


async def _tags(store: Store, ticket: TicketId) -> list[object]:
    told = await store.read(partial(events.of_ticket, ticket=ticket))
    return [event.detail["tag"] for event in told if event.kind is EventKind.TAGGED]


def _refused(conn: Connection, ticket: TicketId) -> None:
    with attempt(conn, Refused):
        _note(conn, ticket, "refused")
        raise Refused


async def test_what_is_refused_is_undone_and_the_rest_stays(store: Store) -> None:
    def work(conn: Connection) -> TicketId:
        ticket = opened_ticket(conn)
        _note(conn, ticket, "before")
        with pytest.raises(Refused):
            _refused(conn, ticket)
        with attempt(conn, Refused):
            _note(conn, ticket, "after")
        return ticket

    assert await _tags(store, await store.write(work)) == ["before", "after"]


async def test_another_error_is_the_whole_transactions(store: Store) -> None:
    ticket = await store.write(opened_ticket)

    def work(conn: Connection) -> None:
        _note(conn, ticket, "before")
        with attempt(conn, Refused):
            _note(conn, ticket, "inside")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.write(work)
    assert await _tags(store, ticket) == []


def _answer(
    conn: Connection, ticket: TicketId, by: Address, *, minutes: int, **how: object
) -> None:
    values = {
        "kind": EntryKind.MESSAGE,
        "direction": Direction.OUT,
        "visibility": Visibility.PUBLIC,
        "author": Author(by, "", Role.AGENT),
        **how,
    }
    entry = NewEntry(
        ticket=ticket,
        subject="",
        text=f"{by.localpart} {minutes}",
        full_text="",
        html=None,
        attachments=(),
        message_id=None,
        journal=None,
        at=NOW + timedelta(minutes=minutes),
        **values,  # type: ignore[arg-type]
    )
    entries.add(conn, entry)


async def test_the_last_public_answer_of_another_agent_is_found(store: Store) -> None:
    def work(conn: Connection) -> TicketId:
        ticket = opened_ticket(conn)
        _answer(conn, ticket, BOB.address, minutes=1)
        _answer(conn, ticket, BOB.address, minutes=2)
        _answer(conn, ticket, BOB.address, minutes=3, visibility=Visibility.PRIVATE)
        _answer(conn, ticket, BOB.address, minutes=4, direction=Direction.IN)
        _answer(conn, ticket, BOB.address, minutes=5, kind=EntryKind.ACKNOWLEDGEMENT)
        _answer(conn, ticket, ALICE.address, minutes=6)
        return ticket

    ticket = await store.write(work)
    look = partial(lately.answer_of_another, ticket=ticket, but=ALICE.address)
    found = await store.read(partial(look, since=NOW))
    assert found is not None
    assert (found.by, found.text) == (BOB.address, "bob 2")
    assert await store.read(partial(look, since=NOW + timedelta(minutes=3))) is None
