"""The journal: rows are claimed in order of arrival, worked on once, and never lost."""

import asyncio
from functools import partial

import pytest

from mailgate.mail.address import Address, NullReversePath, ReversePath, UnknownReversePath
from mailgate.mail.envelope import Envelope
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.journal import Arrival, Door, JournalRow, JournalState
from mailgate.store import journal
from mailgate.store.core import Connection, LeaseLost, Store
from mailgate.store.journal import JournalDepth
from tests.contracts.store_world import MINUTE, NOW, append, arrival, finish, open_ticket

DIGEST = b"\x01" * 32
OTHER_DIGEST = b"\x02" * 32


def claim(conn: Connection, *, at_minute: int = 0, limit: int = 100) -> list[JournalRow]:
    """What a worker gets at this minute, for ten minutes."""
    return journal.claim(conn, now=NOW + at_minute * MINUTE, lease=10 * MINUTE, limit=limit)


def claimed_ids(conn: Connection, *, at_minute: int = 0, limit: int = 100) -> list[JournalId]:
    return [row.id for row in claim(conn, at_minute=at_minute, limit=limit)]


async def test_a_row_comes_back_as_it_was_put_in(store: Store) -> None:
    given = Arrival(
        door=Door.LMTP,
        envelope=Envelope(
            Address('"hong @home"', "customer.example"),
            (Address("support+t1", "acme.example"), Address("sales", "xn--bcher-kva.example")),
        ),
        content=bytes(range(256)) * 40,
        at=NOW,
        peer="2001:db8::7",
        trusted=True,
        authenticated="alice@acme.example",
    )
    row_id = await store.write(partial(journal.append, arrival=given))
    (row,) = await store.write(claim)
    assert row == JournalRow(row_id, given, attempts=1, released=False, released_to=None)


@pytest.mark.parametrize(
    "path", [NullReversePath(), UnknownReversePath(), Address("a", "b.example")]
)
async def test_null_unknown_and_real_reverse_paths_stay_apart(
    store: Store, path: ReversePath
) -> None:
    await store.write(partial(journal.append, arrival=arrival(reverse_path=path)))
    (row,) = await store.write(claim)
    assert row.arrival.envelope.reverse_path == path


async def test_rows_are_claimed_in_order_of_arrival_and_up_to_the_limit(store: Store) -> None:
    ids = [await store.write(append) for _ in range(5)]
    assert await store.write(partial(claimed_ids, limit=3)) == ids[:3]
    assert await store.write(partial(claimed_ids, limit=3)) == ids[3:]
    assert await store.write(claimed_ids) == []


async def test_a_lease_that_ran_out_makes_the_row_due_and_counts_the_attempt(store: Store) -> None:
    row_id = await store.write(append)
    assert [row.attempts for row in await store.write(claim)] == [1]
    assert await store.write(partial(claim, at_minute=9)) == []
    assert [(row.id, row.attempts) for row in await store.write(partial(claim, at_minute=10))] == [
        (row_id, 2)
    ]


async def test_a_failed_row_waits_for_its_next_try_and_others_pass_it(store: Store) -> None:
    first, second = await store.write(append), await store.write(append)
    await store.write(partial(claimed_ids, limit=1))
    later = NOW + 3 * MINUTE
    await store.write(partial(journal.fail, row_id=first, error="no luck", due_at=later))

    assert await store.write(partial(claimed_ids, at_minute=1)) == [second]
    assert await store.write(partial(claimed_ids, at_minute=3)) == [first]
    summary = await store.read(partial(journal.get, row_id=first))
    assert summary is not None
    assert (summary.state, summary.attempts, summary.error) == (JournalState.RECEIVED, 2, "no luck")


async def test_two_workers_never_get_the_same_row(store: Store) -> None:
    ids = await asyncio.gather(*(store.write(append) for _ in range(40)))
    claims = await asyncio.gather(*(store.write(partial(claimed_ids, limit=7)) for _ in range(12)))
    assert sorted(row for claimed in claims for row in claimed) == sorted(ids)


async def test_finishing_records_what_became_of_it(store: Store) -> None:
    row_id = await store.write(append)
    ticket = await store.write(open_ticket)
    await store.write(claim)
    await store.write(partial(finish, row=row_id, ticket=ticket, message_id="1@customer.example"))

    row = await store.read(partial(journal.get, row_id=row_id))
    assert row is not None
    assert (row.state, row.ticket, row.message_id) == (
        JournalState.DONE,
        ticket,
        "1@customer.example",
    )
    assert (row.from_, row.subject) == ("hong@customer.example", "broken")
    assert (row.decision, row.cause, row.error) == ('{"disposition": "open_ticket"}', None, None)
    assert await store.write(partial(claimed_ids, at_minute=60)) == []


async def test_only_one_worker_finishes_a_row_and_the_other_changes_nothing(store: Store) -> None:
    row_id = await store.write(append)

    def process(conn: Connection) -> TicketId:
        ticket = open_ticket(conn)
        finish(conn, row_id, ticket=ticket)
        return ticket

    results = await asyncio.gather(
        store.write(process), store.write(process), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["LeaseLost", "int"]

    def tickets(conn: Connection) -> int:
        count: int = conn.exec_driver_sql("SELECT count(*) FROM tickets").scalar_one()
        return count

    assert await store.read(tickets) == 1


async def test_a_late_worker_neither_fails_nor_quarantines_what_is_done(store: Store) -> None:
    row_id = await store.write(append)
    await store.write(partial(finish, row=row_id))
    await store.write(partial(journal.fail, row_id=row_id, error="late", due_at=NOW))
    late = partial(
        journal.quarantine, row_id=row_id, cause="processing_failed", error="late", now=NOW
    )
    await store.write(late)

    row = await store.read(partial(journal.get, row_id=row_id))
    assert row is not None
    assert (row.state, row.cause, row.error) == (JournalState.DONE, None, None)
    with pytest.raises(LeaseLost):
        await store.write(partial(finish, row=row_id))


# --- the same message again -------------------------------------------------------------------


def original(conn: Connection, row: JournalId, since_minutes: int = 60) -> object:
    found = journal.copies(conn, row, DIGEST, NOW - since_minutes * MINUTE)
    return (found[0].row, found[0].ticket) if found else None


async def test_the_same_bytes_again_are_known_with_their_ticket(store: Store) -> None:
    first, second = await store.write(append), await store.write(append)
    ticket = await store.write(open_ticket)
    assert await store.write(partial(original, row=second)) is None  # the first is not done yet
    await store.write(partial(finish, row=first, ticket=ticket, digest=DIGEST))
    assert await store.write(partial(original, row=second)) == (first, ticket)


@pytest.mark.parametrize("state", [JournalState.QUARANTINED, JournalState.DROPPED])
async def test_what_was_set_aside_is_nobodys_original(store: Store, state: JournalState) -> None:
    """The same bytes by a way that proves them are judged by themselves."""
    first, second = await store.write(append), await store.write(append)
    await store.write(partial(finish, row=first, state=state, digest=DIGEST))
    assert await store.write(partial(original, row=second)) is None


async def test_a_message_is_not_its_own_original(store: Store) -> None:
    row = await store.write(append)
    await store.write(partial(finish, row=row, state=JournalState.QUARANTINED, digest=DIGEST))
    assert await store.write(partial(original, row=row)) is None


async def test_a_copy_from_before_the_window_is_forgotten(store: Store) -> None:
    old = arrival(at=NOW - 61 * MINUTE)
    first = await store.write(partial(journal.append, arrival=old))
    second = await store.write(append)
    await store.write(partial(finish, row=first, digest=DIGEST))
    assert await store.write(partial(original, row=second)) is None
    assert await store.write(partial(original, row=second, since_minutes=61)) == (first, None)


async def test_a_later_copy_that_was_faster_is_the_original_if_it_is_on_a_ticket(
    store: Store,
) -> None:
    first, second = await store.write(append), await store.write(append)
    ticket = await store.write(open_ticket)
    await store.write(partial(finish, row=second, ticket=ticket, digest=DIGEST))
    assert await store.write(partial(original, row=first)) == (second, ticket)


async def test_a_later_copy_without_a_ticket_swallows_nothing(store: Store) -> None:
    """A mail in quarantine, and its duplicate: when it is released it must not be taken for
    a duplicate of its own duplicate."""
    first, second = await store.write(append), await store.write(append)
    await store.write(partial(finish, row=first, state=JournalState.QUARANTINED, digest=DIGEST))
    await store.write(partial(finish, row=second, digest=DIGEST))
    assert await store.write(partial(original, row=first)) is None


async def test_the_same_bytes_twice_at_once_are_decided_one_after_the_other(store: Store) -> None:
    rows = await asyncio.gather(*(store.write(append) for _ in range(8)))

    def decide(conn: Connection, row: JournalId) -> str:
        if journal.copies(conn, row, DIGEST, NOW):
            finish(conn, row, digest=DIGEST)
            return "duplicate"
        finish(conn, row, digest=DIGEST, ticket=open_ticket(conn))
        return "ticket"

    decided = await asyncio.gather(*(store.write(partial(decide, row=row)) for row in rows))
    assert sorted(decided) == ["duplicate"] * 7 + ["ticket"]


async def test_the_same_id_on_other_bytes_is_noticed(store: Store) -> None:
    first, second = await store.write(append), await store.write(append)
    await store.write(partial(finish, row=first, digest=DIGEST, message_id="1@customer.example"))

    def same_id(conn: Connection, message_id: str, digest: bytes) -> bool:
        return journal.has_other_with_message_id(conn, second, message_id, digest)

    assert await store.read(partial(same_id, message_id="1@customer.example", digest=OTHER_DIGEST))
    assert not await store.read(partial(same_id, message_id="1@customer.example", digest=DIGEST))
    assert not await store.read(
        partial(same_id, message_id="2@customer.example", digest=OTHER_DIGEST)
    )


# --- quarantine -------------------------------------------------------------------------------


async def quarantined(store: Store) -> JournalId:
    row_id = await store.write(append)
    await store.write(claim)
    aside = partial(
        journal.quarantine, row_id=row_id, cause="processing_failed", error="Traceback", now=NOW
    )
    await store.write(aside)
    return row_id


async def test_quarantine_keeps_the_cause_and_the_error(store: Store) -> None:
    row_id = await quarantined(store)
    rows = await store.read(partial(journal.listing, state=JournalState.QUARANTINED, limit=10))
    assert [(row.id, row.cause, row.error) for row in rows] == [
        (row_id, "processing_failed", "Traceback")
    ]


async def test_a_released_row_starts_anew_onto_the_ticket_that_was_named(store: Store) -> None:
    row_id = await quarantined(store)
    ticket = await store.write(open_ticket)
    release = partial(journal.release, row_id=row_id, ticket=ticket, now=NOW)
    assert await store.write(release) is True
    assert await store.write(release) is False

    (row,) = await store.write(claim)
    assert (row.id, row.attempts, row.released, row.released_to) == (row_id, 1, True, ticket)
    assert row.released_cause == "processing_failed"


async def test_a_dropped_row_is_gone_for_the_worker_and_keeps_its_bytes(store: Store) -> None:
    row_id = await quarantined(store)
    drop = partial(journal.drop, row_id=row_id, now=NOW)
    assert await store.write(drop) is True
    assert await store.write(drop) is False
    assert await store.write(partial(journal.release, row_id=row_id, ticket=None, now=NOW)) is False
    assert await store.write(partial(claimed_ids, at_minute=60)) == []
    assert await store.read(partial(journal.content, row_id=row_id)) == b"hello"


async def test_only_what_is_in_quarantine_can_be_released_or_dropped(store: Store) -> None:
    row_id = await store.write(append)
    assert await store.write(partial(journal.release, row_id=row_id, ticket=None, now=NOW)) is False
    assert await store.write(partial(journal.drop, row_id=row_id, now=NOW)) is False


# --- looking at it ----------------------------------------------------------------------------


async def test_lists_show_the_newest_first_in_the_state_that_was_asked_for(store: Store) -> None:
    ids = [await store.write(append) for _ in range(4)]
    await store.write(partial(finish, row=ids[1]))

    async def listed(state: JournalState | None, limit: int = 10) -> list[JournalId]:
        return [r.id for r in await store.read(partial(journal.listing, state=state, limit=limit))]

    assert await listed(None) == ids[::-1]
    assert await listed(None, limit=2) == ids[:1:-1]
    assert await listed(JournalState.DONE) == [ids[1]]
    assert await listed(JournalState.RECEIVED) == [ids[3], ids[2], ids[0]]


async def test_depth_counts_what_waits(store: Store) -> None:
    assert await store.read(partial(journal.depth, now=NOW)) == JournalDepth(0, None, {})
    await store.write(partial(journal.append, arrival=arrival(at=NOW + MINUTE)))
    await store.write(partial(journal.append, arrival=arrival(at=NOW + 2 * MINUTE)))
    await quarantined(store)
    assert await store.read(partial(journal.depth, now=NOW)) == JournalDepth(
        2, NOW + MINUTE, {"processing_failed": 1}
    )


@pytest.mark.parametrize("number", [0, -1, 404, 2**63, 10**30])
async def test_a_row_that_does_not_exist_is_none(store: Store, number: int) -> None:
    nothing = JournalId(number)
    assert await store.read(partial(journal.get, row_id=nothing)) is None
    assert await store.read(partial(journal.content, row_id=nothing)) is None
    assert await store.write(partial(journal.drop, row_id=nothing, now=NOW)) is False
