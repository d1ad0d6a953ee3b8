"""The worker: takes what the doors have journalled, in order, and makes tickets of it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from mailgate.clock import Clock
from mailgate.desk.arriving.asking import inquiry_of, of_sender, prove
from mailgate.desk.arriving.claiming import Claim, claim_rows, hand_back, take_over_rows
from mailgate.desk.arriving.inbound import Overtaken, carry_out, conclude_row
from mailgate.desk.arriving.order import in_chains, threads_of
from mailgate.desk.arriving.parserprocess import ParserProcess
from mailgate.desk.arriving.parsing import Parsed, ParsingFailed, describe, nobody_asks, parse_rows
from mailgate.desk.arriving.processed import Processed
from mailgate.desk.context import DeskContext
from mailgate.mail.parsed import ParsedMail
from mailgate.mail.proofs import Proofs
from mailgate.model.decision import QuarantineCause, Suppress
from mailgate.model.delivery import Draft
from mailgate.model.ids import JournalId
from mailgate.model.journal import JournalRow, JournalState
from mailgate.model.seed import Seed
from mailgate.resolver.resolver import Resolver
from mailgate.store import journal
from mailgate.store.core import Connection, LeaseLost, Store, StoreError, StoreUnavailable
from mailgate.store.room import takes_room
from mailgate.store.together import together
from mailgate.telemetry.facts import Telemetry

MAX_BATCH = 64
BACKLOG = 32
"""Rows in a batch from which on a process of its own parses them."""
MAX_ATTEMPTS = 3
"""Tries of one row before a human has to look at it."""
RETRY_AFTER = (timedelta(seconds=5), timedelta(seconds=30))
"""Waits after the first and the second failure."""
POLL = 1.0
"""Seconds after which rows of other processes are looked for."""
_SEED_SIZE = 32
_LONGEST_BACK_OFF = 4.0
"""Seconds: a store that comes back is used again within five."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A claim that has been read. `exhausted` rows were tried too often already."""

    exhausted: list[JournalRow]
    parsed: list[Parsed]
    one_writer: bool


@dataclass(frozen=True, slots=True)
class _Worked:
    processed: Processed
    deciding: float
    writing: float


class InboundWorker:
    """One for each process. `context` gives the current settings, `random` so many random
    octets; `on_queued` is called after mails were queued. Without a `resolver` nobody asks the
    DNS who a mail is from.

    A row that fails is tried again after a while and set aside after the third time; the rows
    behind it do not wait. Attempts are counted before the work: a row that kills the process
    three times is set aside too. So that it takes no neighbours with it, rows that were tried
    before are claimed one by one, and batches grow from there.
    """

    def __init__(
        self,
        store: Store,
        context: Callable[[], DeskContext],
        clock: Clock,
        telemetry: Telemetry,
        random: Callable[[int], bytes],
        on_queued: Callable[[], None] = lambda: None,
        resolver: Resolver | None = None,
    ) -> None:
        self._resolver = resolver
        self._store = store
        self._context = context
        self._clock = clock
        self._telemetry = telemetry
        self._random = random
        self._on_queued = on_queued
        self._woken = asyncio.Event()
        self._parser = ParserProcess(clock, telemetry)
        self._limit = 1
        self._ahead: _Taken | None = None
        self._stopping = False
        self._held: dict[JournalId, JournalRow] = {}

    def wake(self) -> None:
        """Says that there is something new in the journal. From the event loop's thread."""
        self._woken.set()

    async def run(self) -> None:
        """Works until `stop`, or until it is cancelled. A store that is away is waited for."""
        self._stopping = False
        await self._take_over()
        try:
            await self._work_on()
        finally:
            await self._parser.close()
            await self._hand_back()

    def stop(self) -> None:
        """Lets `run` return: what has begun is finished, what was only claimed is handed back."""
        self._stopping = True
        self.wake()

    async def drain(self) -> None:
        """Works on everything that is due, and returns."""
        try:
            while await self._batch():
                pass
        finally:
            await self._parser.close()

    async def _work_on(self) -> None:
        back_off = POLL
        while not self._stopping:
            self._woken.clear()
            try:
                worked = await self._batch()
            except StoreUnavailable as error:
                self._telemetry.store_unavailable(error=str(error))
                await self._clock.sleep(back_off)
                back_off = min(back_off * 2, _LONGEST_BACK_OFF)
                continue
            back_off = POLL
            if not worked and not self._stopping:
                await self._rest()

    async def _take_over(self) -> None:
        """Rows that a daemon which was killed had claimed, on a store that has one daemon."""
        try:
            await self._store.write(take_over_rows)
        except StoreError as error:
            self._telemetry.store_unavailable(error=str(error))  # The leases run out.

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(POLL):
                await self._woken.wait()
        except TimeoutError:
            await self._parser.close()  # It is quiet: nothing is kept for a rush.

    async def _hand_back(self) -> None:
        """What was claimed and not begun is due again at once."""
        rows, self._ahead = list(self._held), None
        self._held.clear()
        if not rows:
            return
        try:
            await self._store.write(partial(hand_back, rows=rows, now=self._clock.now()))
        except StoreError:
            return  # The lease runs out by itself.

    async def _batch(self) -> int:
        """Finishes some rows, whatever comes of each; how many there were."""
        taken, self._ahead = self._ahead or await self._take(), None
        for row in taken.exhausted:
            self._held.pop(row.id, None)
            await self._set_aside(row, "the process ended while it worked on this mail")
        await self._work(taken.parsed, one_writer=taken.one_writer)
        return len(taken.exhausted) + len(taken.parsed)

    async def _take(self) -> _Taken:
        """Claims the next rows, and reads what their bytes say."""
        claim = await self._claim()
        now = self._clock.now()
        for row in claim.rows:
            waited = (now - row.arrival.at).total_seconds()
            self._telemetry.stage(stage="wait", seconds=max(0.0, waited))
        fresh = [row for row in claim.rows if row.attempts <= MAX_ATTEMPTS]
        exhausted = [row for row in claim.rows if row.attempts > MAX_ATTEMPTS]
        parsed = await self._prove(await self._parse(fresh))
        return _Taken(exhausted, parsed, claim.one_writer)

    async def _parse(self, rows: Sequence[JournalRow]) -> list[Parsed]:
        policy = self._context().policy
        asks = self._resolver is not None
        inquire = partial(inquiry_of, policy=policy) if asks else nobody_asks
        if len(rows) >= BACKLOG:
            return await self._parser.parse(rows, inquire)
        return await parse_rows(rows, self._clock, self._telemetry, inquire)

    async def _prove(self, batch: list[Parsed]) -> list[Parsed]:
        """Asks the DNS who the mails are from, about all of them at the same time."""
        if self._resolver is None or all(parsed.proving is None for parsed in batch):
            return batch
        ctx = self._context()
        provings = [of_sender(p.proving, p.mail, ctx.directory) for p in batch]
        proofs = await prove(provings, self._resolver, seconds=ctx.policy.dns_seconds)
        pairs = zip(batch, proofs, strict=True)
        return [replace(parsed, proving=None, proofs=found) for parsed, found in pairs]

    async def _claim(self) -> Claim:
        unit = partial(claim_rows, now=self._clock.now(), limit=self._limit)
        claim = await self._store.write(unit)
        self._held |= {row.id: row for row in claim.rows}
        tried_before = any(row.attempts > 1 for row in claim.rows)
        if claim.rows:
            self._limit = 1 if tried_before else min(self._limit * 2, MAX_BATCH)
        return claim

    async def _take_ahead(self) -> None:
        try:
            taken = await self._take()
        except StoreError:
            return  # The next batch asks again, and says so.
        self._ahead = taken if taken.parsed or taken.exhausted else None

    # --- working ---------------------------------------------------------------------------

    async def _work(self, batch: Sequence[Parsed], *, one_writer: bool) -> None:
        """Until every row has come to something. Rows that a store that is away kept from it
        stay ours and wait for it: it is not their fault, and no attempt of theirs."""
        waiting = await self._write_all(batch, one_writer=one_writer)
        pause = POLL
        while waiting:
            await self._clock.sleep(pause)
            pause = min(pause * 2, _LONGEST_BACK_OFF)
            waiting = await self._write_all(waiting, one_writer=one_writer)

    async def _write_all(self, batch: Sequence[Parsed], *, one_writer: bool) -> list[Parsed]:
        """A unit for each row, in order of arrival: an answer must find the ticket of the mail
        before it. One writer keeps the order by itself, and gets the next claim first, so that
        the next rows are parsed while these are written; many writers get the mails that belong
        together one by one. What the store was away for is left."""
        settled: set[JournalId] = set()

        async def in_order(rows: Sequence[Parsed]) -> None:
            for parsed in rows:
                if await self._settled(parsed, await self._write_one(parsed)):
                    settled.add(parsed.row.id)

        chains = [[parsed] for parsed in batch] if one_writer else _chains(batch)
        async with asyncio.TaskGroup() as group:
            # A row that may have killed the process is worked on alone: its neighbour must not
            # be counted as tried because of it.
            alone = any(parsed.row.attempts > 1 for parsed in batch)
            if one_writer and self._ahead is None and not alone and not self._stopping:
                group.create_task(self._take_ahead())
            for chain in chains:
                group.create_task(in_order(chain))
        return [parsed for parsed in batch if parsed.row.id not in settled]

    async def _write_one(self, parsed: Parsed) -> _Worked | Exception:
        self._held.pop(parsed.row.id, None)
        if parsed.mail is None:
            return ParsingFailed(parsed.error or "")
        unit = partial(
            process_row,
            ctx=self._context(),
            row=parsed.row,
            mail=parsed.mail,
            digest=parsed.digest,
            proofs=parsed.proofs,
            clock=self._clock,
            seed=Seed(self._random(_SEED_SIZE)),
        )
        try:
            return await self._store.write(unit)
        except Exception as error:  # noqa: BLE001  one mail must never stop the worker
            return error

    async def _settled(self, parsed: Parsed, outcome: _Worked | Exception) -> bool:
        """Whether the row is done with for now; False when the store was away."""
        row = parsed.row
        match outcome:
            case _Worked() as worked:
                self._telemetry.stage(stage="parse", seconds=parsed.seconds)
                self._report(row, worked)
            case StoreUnavailable():
                return False
            case LeaseLost():
                pass  # Another process has finished it, and reported so.
            case _:
                try:
                    await self._failed(row, describe(outcome))
                except StoreUnavailable:
                    return False
        return True

    async def _failed(self, row: JournalRow, error: str) -> None:
        self._telemetry.processing_failed(journal=row.id, attempt=row.attempts, error=error)
        if row.attempts >= MAX_ATTEMPTS:
            await self._set_aside(row, error)
            return
        due_at = self._clock.now() + RETRY_AFTER[row.attempts - 1]
        await self._store.write(partial(journal.fail, row_id=row.id, error=error, due_at=due_at))

    async def _set_aside(self, row: JournalRow, error: str) -> None:
        cause = QuarantineCause.PROCESSING_FAILED.value
        now = self._clock.now()
        await self._store.write(
            partial(journal.quarantine, row_id=row.id, cause=cause, error=error, now=now)
        )
        self._telemetry.quarantined(journal=row.id, cause=cause)

    # --- telling ---------------------------------------------------------------------------

    def _report(self, row: JournalRow, worked: _Worked) -> None:
        """After the commit: what is told here has happened."""
        processed = worked.processed
        disposition = processed.decision.disposition
        self._telemetry.stage(stage="decide", seconds=worked.deciding)
        self._telemetry.stage(stage="write", seconds=worked.writing)
        self._telemetry.processed(
            journal=row.id,
            door=row.arrival.door.value,
            disposition=disposition.name,
            reasons=tuple(reason.value for reason in processed.decision.reasons),
            ticket=processed.ticket,
        )
        if isinstance(disposition, Suppress):
            self._telemetry.suppressed(journal=row.id, reason=disposition.reason.value)
        if processed.withheld is not None:
            self._telemetry.suppressed(journal=row.id, reason=processed.withheld)
        if processed.state is JournalState.QUARANTINED and processed.cause is not None:
            self._telemetry.quarantined(journal=row.id, cause=processed.cause)
        if processed.ticket is not None and processed.first_response is not None:
            seconds = processed.first_response.total_seconds()
            self._telemetry.first_response(ticket=processed.ticket, seconds=seconds)
        self._report_drafts(processed.drafts)

    def _report_drafts(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            self._telemetry.queued(
                ticket=draft.ticket,
                lane=draft.lane.value,
                recipients=len(draft.recipients),
                message_id=draft.mail.message_id,
            )
        if drafts:
            self._on_queued()


def _chains(batch: Sequence[Parsed]) -> list[list[Parsed]]:
    ties = [
        frozenset() if one.mail is None else threads_of(one.mail, one.row.arrival.envelope)
        for one in batch
    ]
    return in_chains(batch, ties)


def _process_rows(conn: Connection, calls: Sequence[Mapping[str, Any]]) -> list[_Worked]:
    return [process_row(conn, **call) for call in calls]


@takes_room
@together(_process_rows, at_once=8)
def process_row(
    conn: Connection,
    *,
    ctx: DeskContext,
    row: JournalRow,
    mail: ParsedMail,
    digest: bytes,
    proofs: Proofs | None,
    clock: Clock,
    seed: Seed,
) -> _Worked:
    """The unit of one row: `desk.arriving.inbound`, with a watch in its hand."""
    started = clock.monotonic()
    now = clock.now()
    decide = partial(conclude_row, conn, ctx, row, mail, digest, now=now, seed=seed, proofs=proofs)
    case, decided = decide(), clock.monotonic()
    try:
        processed = carry_out(conn, case, row, digest)
    except Overtaken:  # What has overtaken it is committed. Whoever is so again is tried later.
        case, decided = decide(), clock.monotonic()
        processed = carry_out(conn, case, row, digest)
    return _Worked(processed, decided - started, clock.monotonic() - decided)
