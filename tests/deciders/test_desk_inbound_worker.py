"""The worker: one bad mail never blocks the next, nothing is lost, nothing happens twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import pytest

from mailgate.desk.arriving import claiming, parsing
from mailgate.desk.arriving import worker as worker_room
from mailgate.desk.arriving.claiming import LEASE, claim_rows
from mailgate.desk.arriving.inbound import carry_out
from mailgate.desk.arriving.parsing import describe
from mailgate.desk.arriving.plan import Case
from mailgate.desk.arriving.worker import MAX_BATCH, InboundWorker
from mailgate.mail.parse import parse_mail
from mailgate.model.ids import JournalId
from mailgate.model.journal import JournalState
from mailgate.store import journal
from mailgate.store.core import Connection, Store, StoreError, StoreUnavailable
from tests.deciders.inbound_world import (
    DONE,
    QUARANTINED,
    Desk,
    mail,
    open_desk,
    open_desk_at,
    random_octets,
)
from tests.harness.postgres import running_postgres

T = TypeVar("T")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as place:
        yield place


class Broken(Exception):
    """Something that nobody has thought of."""


POISON = "poison@customer.example"


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """A mail with the id POISON breaks the desk after it has written; returns what was tried."""
    tried: list[str | None] = []

    def breaks(conn: Connection, case: Case, *rest: Any) -> Any:
        tried.append(case.mail.message_id)
        processed = carry_out(conn, case, *rest)
        if case.mail.message_id == POISON:
            raise Broken(f"about {case.mail.text}")
        return processed

    monkeypatch.setattr(worker_room, "carry_out", breaks)
    return tried


def numbered(number: int) -> bytes:
    return mail(message_id=f"q{number}@customer.example")


# --- a mail that cannot be worked on ----------------------------------------------------------


async def test_a_bad_mail_does_not_block_the_next(desk: Desk, poison: list[str | None]) -> None:
    bad = await desk.put(mail(message_id=POISON))
    good = await desk.put(numbered(2))
    await desk.worker.drain()
    assert (await desk.row(bad)).state is JournalState.RECEIVED
    assert (await desk.row(good)).state is DONE
    assert len(await desk.tickets()) == 1, "what the bad mail wrote was rolled back"


async def test_a_bad_mail_is_tried_three_times_and_then_set_aside(
    desk: Desk, poison: list[str | None]
) -> None:
    bad = await desk.put(mail(message_id=POISON))
    await desk.worker.drain()
    assert len(poison) == 1
    for wait, tries in ((4, 1), (1, 2), (29, 2), (1, 3)):
        await desk.clock.advance(wait)
        await desk.worker.drain()
        assert len(poison) == tries
    row = await desk.row(bad)
    assert (row.state, row.cause) == (QUARANTINED, "processing_failed")
    assert [attempt for attempt, _ in desk.reports.failures] == [1, 2, 3]
    assert desk.reports.quarantines == ["processing_failed"]
    await desk.clock.advance(3600)
    await desk.worker.drain()
    assert len(poison) == 3


async def test_the_error_says_where_it_was_and_nothing_of_the_mail(
    desk: Desk, poison: list[str | None]
) -> None:
    bad = await desk.put(mail("a secret text", message_id=POISON))
    await desk.worker.drain()
    error = (await desk.row(bad)).error
    assert error is not None
    assert error.startswith("Broken")
    assert "process_row" in error
    assert "secret" not in error


async def test_what_was_set_aside_can_be_let_in_again(
    desk: Desk, poison: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = await desk.put(mail(message_id=POISON))
    for wait in (0, 5, 30):
        await desk.clock.advance(wait)
        await desk.worker.drain()
    monkeypatch.setattr(worker_room, "carry_out", carry_out)
    release = partial(journal.release, row_id=bad, ticket=None, now=desk.clock.now())
    assert await desk.store.write(release)
    await desk.worker.drain()
    row = await desk.row(bad)
    assert (row.state, row.ticket, row.error) == (DONE, 1, None)


async def test_bytes_that_break_the_parser_are_set_aside_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(content: bytes) -> None:
        raise Broken(content.decode())

    monkeypatch.setattr(parsing, "parse_mail", broken)
    bad = await desk.put(mail())
    for wait in (0, 5, 30):
        await desk.clock.advance(wait)
        await desk.worker.drain()
    row = await desk.row(bad)
    assert (row.state, row.cause) == (QUARANTINED, "processing_failed")
    assert row.error is not None
    assert "Broken" in row.error
    assert "parcel" not in row.error


async def test_a_mail_that_takes_too_long_to_read_fails_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parser's thread cannot be stopped; the mails behind get another."""
    go_on = Event()

    def slow(content: bytes) -> Any:
        if POISON.encode() in content:
            go_on.wait()
        return parse_mail(content)

    monkeypatch.setattr(parsing, "parse_mail", slow)
    monkeypatch.setattr(parsing, "DEADLINE", 0.05)
    rows = [await desk.put(numbered(number)) for number in range(1, 4)]
    stuck = await desk.put(mail(message_id=POISON))
    rows.append(await desk.put(numbered(4)))
    try:
        await desk.worker.drain()
    finally:
        go_on.set()
    assert [(await desk.row(row)).state for row in rows] == [DONE] * 4
    row = await desk.row(stuck)
    assert (row.state, row.error) == (JournalState.RECEIVED, "parsing took too long")


# --- a process that dies ----------------------------------------------------------------------


def next_process(desk: Desk) -> InboundWorker:
    """The worker of a process that was started after the other died."""
    return InboundWorker(
        desk.store, lambda: desk.context, desk.clock, desk.reports, random_octets()
    )


async def dies_with(desk: Desk, limit: int) -> list[JournalId]:
    """A process claims and dies: all that is left of it are the claims."""
    claimed = partial(claim_rows, now=desk.clock.now(), limit=limit)
    rows = (await desk.store.write(claimed)).rows
    return [row.id for row in rows]


async def test_what_a_dead_process_had_claimed_is_due_after_its_lease(desk: Desk) -> None:
    row = await desk.put(mail())
    await dies_with(desk, MAX_BATCH)
    survivor = next_process(desk)
    await survivor.drain()
    assert (await desk.row(row)).state is JournalState.RECEIVED
    await desk.clock.advance(LEASE.total_seconds())
    await survivor.drain()
    assert (await desk.row(row)).state is DONE


async def test_a_mail_that_kills_the_process_three_times_is_set_aside_and_takes_no_neighbours(
    desk: Desk,
) -> None:
    """After a crash, rows that were tried before are claimed alone."""
    rows = [await desk.put(numbered(number)) for number in range(1, 7)]
    killer = rows[2]
    await dies_with(desk, MAX_BATCH)
    for _ in range(2):
        await desk.clock.advance(LEASE.total_seconds())
        while (claimed := await dies_with(desk, 1)) != [killer]:
            await finish_as_if_done(desk, claimed)
    await desk.clock.advance(LEASE.total_seconds())
    await next_process(desk).drain()
    states = [(await desk.row(row)).state for row in rows]
    assert states == [DONE, DONE, QUARANTINED, DONE, DONE, DONE]
    assert (await desk.row(killer)).cause == "processing_failed"


async def finish_as_if_done(desk: Desk, rows: list[JournalId]) -> None:
    def finish(conn: Connection) -> None:
        for row in rows:
            journal.finish(
                conn,
                row,
                state=DONE,
                cause=None,
                decision="{}",
                ticket=None,
                digest=bytes(32),
                message_id=None,
                from_address=None,
                subject=None,
                now=desk.clock.now(),
            )

    await desk.store.write(finish)


class Watched:
    """A store that can be away, and that remembers how many rows were claimed at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.away = 0
        self.claims: list[int] = []
        self.units: list[str] = []

    async def write(self, fn: Callable[[Connection], T]) -> T:
        name = fn.func.__name__ if isinstance(fn, partial) else fn.__name__
        self.units.append(name)
        if self.away and name == "process_row":
            self.away -= 1
            raise StoreUnavailable("the disk is full")
        result = await self._store.write(fn)
        rows = getattr(result, "rows", None)
        if rows:
            self.claims.append(len(rows))
        return result

    async def read(self, fn: Callable[[Connection], T]) -> T:
        return await self._store.read(fn)

    async def close(self) -> None:
        await self._store.close()


def watched(desk: Desk) -> tuple[Watched, InboundWorker]:
    store = Watched(desk.store)
    return store, InboundWorker(
        store, lambda: desk.context, desk.clock, desk.reports, random_octets()
    )


async def test_a_batch_is_full_when_its_bytes_are(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mails of 25 MB must not come into memory thirty-two at a time."""
    monkeypatch.setattr(claiming, "MAX_OCTETS", 1000)
    for number in range(40):
        await desk.put(mail("x" * 400, message_id=f"q{number}@customer.example"))
    store, worker = watched(desk)
    await worker.drain()
    assert max(store.claims) == 4
    assert len(await desk.tickets()) == 40


async def test_batches_begin_with_one_mail_and_grow(desk: Desk) -> None:
    for number in range(70):
        await desk.put(numbered(number))
    store, worker = watched(desk)
    await worker.drain()
    assert store.claims == [1, 2, 4, 8, 16, 32, 7]


async def test_mails_that_were_tried_before_are_claimed_alone(desk: Desk) -> None:
    for number in range(6):
        await desk.put(numbered(number))
    await dies_with(desk, 4)
    await desk.clock.advance(LEASE.total_seconds())
    store, worker = watched(desk)
    await worker.drain()
    assert store.claims[:4] == [1, 1, 1, 1]
    assert len(await desk.tickets()) == 6


async def test_what_was_claimed_and_not_begun_is_handed_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await desk.put(mail())
    store, worker = watched(desk)
    started, never = asyncio.Event(), asyncio.Event()

    async def blocked(*args: Any) -> Any:
        started.set()
        await never.wait()

    monkeypatch.setattr(worker_room, "parse_rows", blocked)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(worker.run())
        await started.wait()
        running.cancel()
    assert store.units[-1] == "hand_back"
    monkeypatch.undo()
    await next_process(desk).drain()
    assert (await desk.row(row)).state is DONE


# --- a store that is away ---------------------------------------------------------------------


async def test_a_store_that_is_away_uses_up_no_attempt(desk: Desk) -> None:
    rows = [await desk.put(numbered(number)) for number in range(1, 4)]
    store, worker = watched(desk)
    store.away = 5
    async with asyncio.TaskGroup() as group:
        draining = group.create_task(worker.drain())
        for _ in range(200):
            if draining.done():
                break
            await asyncio.sleep(0.01)
            await desk.clock.advance(1)
    summaries = [await desk.row(row) for row in rows]
    assert [row.state for row in summaries] == [DONE] * 3
    assert [row.attempts for row in summaries] == [1, 1, 1]
    assert desk.reports.failures == []
    assert [row.ticket for row in summaries] == [1, 2, 3], "still in order of arrival"


# --- order, waking, telling -------------------------------------------------------------------


async def answers_right_behind_their_mails(desk: Desk) -> None:
    """Both wait in the journal, and are worked on in the order in which they came."""
    pairs = []
    for number in range(20):
        sender = f"c{number}@customer.example"
        first = await desk.put(mail(from_=sender, message_id=f"q{number}@customer.example"))
        reply_to = f"<q{number}@customer.example>"
        answer = mail(message_id=f"a{number}@customer.example", In_Reply_To=reply_to)
        pairs.append((first, await desk.put(answer)))
    await desk.worker.drain()
    for first, second in pairs:
        assert (await desk.row(first)).ticket == (await desk.row(second)).ticket
    assert len(await desk.tickets()) == 20


async def test_an_answer_that_came_right_behind_its_mail_finds_the_ticket(desk: Desk) -> None:
    await answers_right_behind_their_mails(desk)


@pytest.mark.servers("postgresql")
def test_an_answer_finds_the_ticket_where_many_write_at_once_too() -> None:
    async def scenario(url: str) -> None:
        async with open_desk_at(url) as desk:
            await answers_right_behind_their_mails(desk)

    with running_postgres() as server:
        asyncio.run(scenario(server.url(server.new_database())))


async def test_the_worker_is_woken_by_the_doors(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a poll in between."""
    monkeypatch.setattr(worker_room, "POLL", 3600.0)
    async with asyncio.TaskGroup() as group, asyncio.timeout(20):
        running = group.create_task(desk.worker.run())
        for number in range(3):
            row = await desk.put(numbered(number))
            desk.worker.wake()
            while (await desk.row(row)).state is not DONE:
                await asyncio.sleep(0)
        running.cancel()


async def test_rows_of_other_processes_are_found_without_being_woken(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_room, "POLL", 0.01)
    async with asyncio.TaskGroup() as group, asyncio.timeout(20):
        running = group.create_task(desk.worker.run())
        await asyncio.sleep(0.05)
        row = await desk.put(mail())
        while (await desk.row(row)).state is not DONE:
            await asyncio.sleep(0)
        running.cancel()


async def test_each_mail_is_told_of_with_its_stages(desk: Desk) -> None:
    await desk.receive(mail())
    assert desk.reports.processed_as == ["open_ticket"]
    assert sorted(desk.reports.stages) == ["decide", "parse", "wait", "write"]


async def test_the_age_of_a_mail_is_told_as_its_wait(desk: Desk) -> None:
    waits = []
    desk.reports.stage = lambda *, stage, seconds: (  # type: ignore[method-assign]
        waits.append(seconds) if stage == "wait" else None
    )
    await desk.put(mail())
    await desk.clock.advance(timedelta(minutes=2).total_seconds())
    await desk.worker.drain()
    assert waits == [120]


def test_a_stores_words_are_safe_to_keep() -> None:
    assert describe(StoreError("the value is too long")) == "StoreError: the value is too long"


def test_the_cause_of_an_error_is_kept_and_no_words_of_the_mail() -> None:
    error = Broken("words of the mail")
    error.__cause__ = ValueError("more words of the mail")
    assert describe(error).splitlines() == ["Broken", "because of ValueError"]
