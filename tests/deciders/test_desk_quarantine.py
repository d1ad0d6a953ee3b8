"""A human decides about mail that was set aside."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.arriving.quarantine import drop, release
from mailgate.desk.errors import DeskError
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.journal import JournalRow, JournalState
from mailgate.store import journal
from mailgate.store.core import Store
from tests.deciders.desk_store import merge, opened, set_aside, ticket_in
from tests.deciders.desk_world import NOW

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path) as made:
        yield made


async def claimed(store: Store) -> list[JournalRow]:
    """What the worker gets."""
    lease = timedelta(minutes=1)
    return await store.write(partial(journal.claim, now=LATER, lease=lease, limit=10))


async def released(store: Store, row: JournalId, ticket: TicketId | None) -> TicketId | None:
    return await store.write(partial(release, row_id=row, ticket=ticket, now=LATER))


async def test_a_released_mail_goes_back_to_the_worker_with_a_first_attempt(store: Store) -> None:
    row = await store.write(partial(set_aside))
    assert await claimed(store) == []
    assert await released(store, row, None) is None
    (again,) = await claimed(store)
    assert (again.id, again.released, again.released_to, again.attempts) == (row, True, None, 1)


async def test_it_can_be_released_onto_a_ticket_or_what_that_became(store: Store) -> None:
    old, new = await ticket_in(store), await ticket_in(store)
    await store.write(partial(merge, ticket=old, into=new))
    row = await store.write(partial(set_aside))
    assert await released(store, row, old) == new
    (again,) = await claimed(store)
    assert again.released_to == new


async def test_it_is_not_released_onto_a_ticket_that_does_not_exist(store: Store) -> None:
    row = await store.write(partial(set_aside))
    with pytest.raises(DeskError, match=r"There is no ticket 999\."):
        await released(store, row, TicketId(999))
    assert await claimed(store) == []


async def test_a_dropped_mail_keeps_its_bytes_and_never_comes_back(store: Store) -> None:
    row = await store.write(partial(set_aside))
    await store.write(partial(drop, row_id=row, now=LATER))
    after = await store.read(partial(journal.get, row_id=row))
    assert after is not None
    assert after.state is JournalState.DROPPED
    assert await store.read(partial(journal.content, row_id=row)) is not None
    with pytest.raises(DeskError, match=f"The mail {row} is not in quarantine: it is dropped."):
        await released(store, row, None)
    assert await claimed(store) == []


async def test_only_what_is_in_quarantine_leaves_it(store: Store) -> None:
    row = await store.write(partial(set_aside))
    await released(store, row, None)
    for wish in (
        partial(release, row_id=row, ticket=None, now=LATER),
        partial(drop, row_id=row, now=LATER),
    ):
        with pytest.raises(DeskError) as told:
            await store.write(wish)
        assert str(told.value) == f"The mail {row} is not in quarantine: it is received."


async def test_a_mail_that_does_not_exist_is_said_to(store: Store) -> None:
    with pytest.raises(DeskError, match=r"There is no mail 999 in the journal\."):
        await released(store, JournalId(999), None)
    with pytest.raises(DeskError, match=r"There is no mail 999 in the journal\."):
        await store.write(partial(drop, row_id=JournalId(999), now=LATER))
