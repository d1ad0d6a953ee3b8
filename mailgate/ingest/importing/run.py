"""The use case of `mailgate import`: find, group, put in. Twice over the files, never in memory.

The first pass reads header fields and learns which mails are one conversation; the second
reads each mail, parses it, and puts conversations in, some two hundred mails a transaction. What
is committed stays, whatever happens then; a second run finds it by the digests of its bytes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TypeVar

from mailgate.clock import Clock
from mailgate.desk.arriving.importing import Became, Filing, OldConversation, put_in
from mailgate.desk.arriving.oldmail import OldMail
from mailgate.desk.arriving.parsing import Parsed, parse_rows
from mailgate.desk.context import DeskContext
from mailgate.ingest.importing.archive import MAX_MESSAGE, Archive, Gone
from mailgate.ingest.importing.heads import hashed
from mailgate.ingest.importing.locate import Other, Source, locate
from mailgate.ingest.importing.outcome import LeftOut, Summary
from mailgate.ingest.importing.survey import Survey
from mailgate.mail.address import UnknownReversePath
from mailgate.mail.digest import content_digest
from mailgate.mail.envelope import Envelope
from mailgate.mail.parsed import ParsedMail
from mailgate.model.directory import SupportAddress
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.journal import Arrival, Door, JournalRow
from mailgate.model.ticket import Status, Ticket
from mailgate.store.core import Connection, Store, StoreError, StoreUnavailable
from mailgate.store.importing import look_up
from mailgate.store.room import takes_room

T = TypeVar("T")

MAX_BATCH = 200
MAX_OCTETS = 8_000_000
"""Octets of mail after which a batch is full: other writers wait for a transaction of ours."""
PATIENCE = 12
"""How often a store that is busy or away is asked, before the run ends."""
_PAUSE = 2.0
_AT_ONCE = 200
"""Messages between two looks at whether the run is to stop."""
_MAX_NOTED = 20


class Phase(StrEnum):
    """What is under way."""

    READING = "reading"
    IMPORTING = "importing"


Progress = Callable[[Phase, int, int], None]
"""How much is done, and of how much: octets while reading, messages while importing."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """`support` is where all of it came, None to see in each conversation; `status` is that of
    the tickets that are made."""

    path: Path
    support: SupportAddress | None
    status: Status
    dry_run: bool


class Interrupted(Exception):
    """It was asked to end before everything was put in."""


class Importer:
    """One run. `summary` tells at any time what was done."""

    def __init__(
        self, store: Store, ctx: DeskContext, clock: Clock, wishes: Wishes, progress: Progress
    ) -> None:
        self._store = store
        self._ctx = ctx
        self._clock = clock
        self._wishes = wishes
        self._progress = progress
        self._tickets: dict[int, TicketId] = {}
        """What conversations of this run are on."""
        self._made: set[int] = set()
        self._extended: set[int] = set()
        self._rehearsed: set[bytes] | None = set() if wishes.dry_run else None
        """Of a dry run: the digests of what would be there by now."""
        self._latest: tuple[int, Ticket] | None = None
        """Of a dry run: the conversation put in last, and the ticket that it would have made."""
        self._interrupted = False
        self.summary = Summary()

    def interrupt(self) -> None:
        """Ends it before its next transaction: what is under way is finished, and counted."""
        self._interrupted = True

    async def run(self) -> Summary:
        """Does it. Unusable for a path that holds nothing, StoreUnavailable when the store stays
        away, Interrupted when it was asked to end."""
        archive = Archive()
        try:
            survey = await self._survey(archive)
            await self._put_all_in(survey)
        finally:
            archive.close()
        return self.summary

    async def _survey(self, archive: Archive) -> Survey:
        sources = []
        for found in locate(self._wishes.path):
            match found:
                case Source():
                    sources.append(found)
                case Other(why, path):
                    self.summary.leave(why, str(path))
        survey = Survey(archive, self._ctx.directory, self._clock.now(), self.summary)
        total, done = sum(one.size for one in sources), 0
        for source in sources:
            for size in survey.add(source):
                done += size
                if len(archive) % _AT_ONCE == 0:
                    self._progress(Phase.READING, done, total)
                    await self._clock.sleep(0)
                    self._go_on()
        self._progress(Phase.READING, total, total)
        survey.arrange()
        return survey

    async def _put_all_in(self, survey: Survey) -> None:
        total, done = len(survey.order), 0
        self._progress(Phase.IMPORTING, 0, total)
        for numbers in self._batches(survey):
            await self._put_in(survey, numbers)
            done += len(numbers)
            self._progress(Phase.IMPORTING, done, total)

    def _batches(self, survey: Survey) -> Iterator[list[int]]:
        """Numbers of messages; a conversation is cut only where it is too large for one."""
        batch: list[int] = []
        octets = 0
        for _, group in groupby(survey.order, survey.group_of):
            numbers = list(group)
            weight = sum(survey.archive.size(number) for number in numbers)
            if batch and (len(batch) + len(numbers) > MAX_BATCH or octets + weight > MAX_OCTETS):
                yield batch
                batch, octets = [], 0
            for number in numbers:
                size = survey.archive.size(number)
                if batch and (len(batch) >= MAX_BATCH or octets + size > MAX_OCTETS):
                    yield batch
                    batch, octets = [], 0
                batch.append(number)
                octets += size
        if batch:
            yield batch

    async def _put_in(self, survey: Survey, numbers: Sequence[int]) -> None:
        mails = await self._mails(survey, numbers)
        conversations = [
            (group, [mails[number] for number in its if number in mails])
            for group, its in groupby(numbers, survey.group_of)
        ]
        work = [
            (group, self._conversation(survey, group, its)) for group, its in conversations if its
        ]
        try:
            filings = await self._transact([one for _, one in work])
        except StoreUnavailable:
            raise
        except StoreError:
            # One of them cannot be stored: which, and the others are put in.
            for group, one in work:
                await self._one_by_one(group, one)
            return
        for (group, one), filing in zip(work, filings, strict=True):
            self._count(group, one, filing)

    async def _one_by_one(self, group: int, conversation: OldConversation) -> None:
        for old in conversation.mails:
            ticket = self._tickets.get(group)
            alone = replace(
                conversation, mails=(old,), ticket=ticket, rehearsed=self._rehearsed_for(group)
            )
            try:
                (filing,) = await self._transact([alone])
            except StoreUnavailable:
                raise
            except StoreError:
                self.summary.leave(LeftOut.NOT_STORED, old.name)
            else:
                self._count(group, alone, filing)

    async def _mails(self, survey: Survey, numbers: Sequence[int]) -> dict[int, OldMail]:
        """Those that can be read, parsed unless they were there before."""
        contents: dict[int, bytes] = {}
        for number in numbers:
            if survey.archive.size(number) > MAX_MESSAGE:
                self.summary.leave(LeftOut.TOO_LARGE, survey.archive.name(number))
                continue
            try:
                contents[number] = survey.archive.content(number)
            except (OSError, Gone):
                self.summary.leave(LeftOut.UNREADABLE, survey.archive.name(number))
        digests = {number: content_digest(content) for number, content in contents.items()}
        there = await self._asked(partial(look_up, digests=list(digests.values())))
        fresh = {n: content for n, content in contents.items() if digests[n] not in there}
        parsed: dict[int, Parsed] = {one.row.id: one for one in await self._parsed(fresh)}
        return {
            number: _old_mail(survey, number, content, digests[number], parsed.get(number))
            for number, content in contents.items()
        }

    async def _parsed(self, contents: dict[int, bytes]) -> list[Parsed]:
        """By the parser of the worker: a mail that makes it fail fails alone."""
        now, nobody = self._clock.now(), Envelope(UnknownReversePath(), ())
        rows = [
            JournalRow(
                JournalId(number),
                Arrival(Door.IMPORT, nobody, content, now),
                attempts=1,
                released=False,
                released_to=None,
            )
            for number, content in contents.items()
        ]
        return await parse_rows(rows, self._clock)

    def _conversation(self, survey: Survey, group: int, mails: list[OldMail]) -> OldConversation:
        key = survey.supports.get(group)
        named = None if key is None else self._ctx.directory.supports.get(key)
        support = self._wishes.support or named
        ticket, rehearsed = self._tickets.get(group), self._rehearsed_for(group)
        return OldConversation(tuple(mails), support, ticket, rehearsed)

    def _rehearsed_for(self, group: int) -> Ticket | None:
        """Conversations come one after the other: the latest alone can go on."""
        return self._latest[1] if self._latest is not None and self._latest[0] == group else None

    async def _transact(self, conversations: Sequence[OldConversation]) -> list[Filing]:
        """All of them in one transaction, when the store is there."""
        unit = partial(
            _put_in_unit,
            ctx=self._ctx,
            conversations=conversations,
            status=self._wishes.status,
            clock=self._clock,
            rehearsed=self._rehearsed,
        )
        return await self._asked(unit, writes=not self._wishes.dry_run)

    async def _asked(self, unit: Callable[[Connection], T], *, writes: bool = False) -> T:
        """What a unit returns, as soon as the store is there."""
        run = self._store.write if writes else self._store.read
        for _ in range(PATIENCE):
            self._go_on()
            try:
                return await run(unit)
            except StoreUnavailable:
                await self._clock.sleep(_PAUSE)
        return await run(unit)

    def _go_on(self) -> None:
        if self._interrupted:
            raise Interrupted

    def _count(self, group: int, conversation: OldConversation, filing: Filing) -> None:
        summary = self.summary
        added = False
        for old, became in zip(conversation.mails, filing.became, strict=True):
            match became:
                case Became.IMPORTED:
                    summary.imported += 1
                    added = True
                case Became.ALREADY_THERE:
                    summary.already_there += 1
                case why:
                    summary.leave(LeftOut(why.value), old.name)
        if filing.ticket is not None:
            self._tickets[group] = filing.ticket
        self._latest = None if filing.rehearsed is None else (group, filing.rehearsed)
        if filing.new:
            summary.tickets_new += 1
            self._made.add(group)
        elif added and group not in self._made and group not in self._extended:
            summary.tickets_extended += 1
            self._extended.add(group)


@takes_room
def _put_in_unit(
    conn: Connection,
    *,
    ctx: DeskContext,
    conversations: Sequence[OldConversation],
    status: Status,
    clock: Clock,
    rehearsed: set[bytes] | None,
) -> list[Filing]:
    now = clock.now()
    return [
        put_in(conn, ctx, one, status=status, now=now, rehearsed=rehearsed) for one in conversations
    ]


def _old_mail(
    survey: Survey, number: int, content: bytes, digest: bytes, parsed: Parsed | None
) -> OldMail:
    """`parsed` is None for a mail that is there already."""
    mail = None if parsed is None else parsed.mail
    return OldMail(
        name=survey.archive.name(number),
        content=content,
        digest=digest,
        at=survey.dates[number],
        mail=mail,
        noted=_noted(survey, mail),
    )


def _noted(survey: Survey, mail: ParsedMail | None) -> tuple[str, ...]:
    if mail is None:
        return ()
    cited = dict.fromkeys((*mail.in_reply_to, *reversed(mail.references)))
    alone = (one for one in cited if survey.grouping.names_alone(hashed(one)))
    return tuple(alone)[:_MAX_NOTED]
