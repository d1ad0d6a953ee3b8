"""Taking messages: fetched, committed to the journal, and only then what `after` says.

A message is in the journal and known as taken in one transaction, so that a crash anywhere
neither loses nor doubles it; what `after` says is done again where nobody knows whether it was.
"""

import asyncio
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from math import inf
from typing import assert_never

from mailgate.ingest.imap.plan import (
    Portion,
    Suspect,
    due_suspects,
    portions,
    put_off,
    suspected,
    too_big,
    tried_alone,
)
from mailgate.ingest.imap.session import ImapError, ImapSession, ImapTrouble, Listed
from mailgate.ingest.imap.spec import Delete, MailboxSpec, MarkSeen, MoveTo, Tools
from mailgate.ingest.imap.troubles import Troubles
from mailgate.mail.address import UnknownReversePath
from mailgate.mail.digest import content_digest
from mailgate.mail.envelope import Envelope
from mailgate.model.journal import Arrival, Door
from mailgate.model.mailbox import FetchedMessage, MailboxLease, MailboxState, TakenMessage
from mailgate.store import mailboxes

_LISTED = 500
"""Messages whose sizes are asked for at once."""
_AFTER_AGAIN = 600.0
"""Seconds before `after` is tried again that the server refused: mail is taken meanwhile."""
_OFF_THE_LOOP = 256_000
"""Octets whose digests would keep the loop from its other work for a millisecond or more."""
_HEADER = 64_000
_MESSAGE_ID = re.compile(rb"(?im)^message-id[ \t]*:[ \t]*\S")


class Taker:
    """One session's work on a folder, from `position` on. Every method raises `ImapError`,
    `StoreError` and `LeaseLost`; after any of them the taker is of no more use."""

    def __init__(
        self,
        session: ImapSession,
        spec: MailboxSpec,
        tools: Tools,
        held: MailboxLease,
        position: MailboxState,
        troubles: Troubles,
        halted: Callable[[], bool],
    ) -> None:
        """`halted` is asked between portions: whether to leave the rest for another time."""
        self._session = session
        self._spec = spec
        self._tools = tools
        self._held = held
        self._epoch = position.epoch
        self._floor = position.floor
        self._troubles = troubles.of(position.epoch)
        self._halted = halted
        self._known: set[int] = set()
        """From the floor on: what is no news, though some of it may be to be taken."""
        self._old: list[int] = []
        self._after_due = troubles.after_due
        self._left = False
        """Whether `after` is still to be done with mail that was taken."""
        self.taken = 0
        """Messages that this session has come to an end with."""

    @property
    def next_uid(self) -> int:
        """Below this, nothing is new."""
        return self._floor

    async def open(self) -> None:
        """Reads what is left of earlier sessions, and does what `after` says with it."""
        name, epoch, read = self._held.name, self._epoch, self._tools.store.read
        known = await read(partial(mailboxes.known_uids, name=name, epoch=epoch, low=self._floor))
        wanted = await read(partial(mailboxes.wanted, name=name, epoch=epoch))
        self._known = {*known, *wanted}
        self._old = sorted(wanted, reverse=True)
        await self._make_up_for()

    # --- what to take --------------------------------------------------------------------------

    async def take_new(self, uids: Sequence[int]) -> bool:
        """What is new of these, which are all that is there from `next_uid` on; False when
        nothing is."""
        suspects = self._troubles.suspects
        fresh = [uid for uid in uids if uid not in suspects and uid not in self._known]
        for some in _slices(fresh, _LISTED):
            await self._take(some)
        if fresh and self._halted():
            return True
        self._known.update(fresh)
        now, trail = self._tools.clock.monotonic(), self._troubles.trail
        trail.passed(max(uids, default=0) + 1, now)
        await self._advance(trail.floor(now))
        return bool(fresh)

    async def take_old(self) -> bool:
        """Some of what was there at the first look, or a message that made trouble; False when
        nothing is left to do now."""
        suspects = self._troubles.suspects
        if self._left and self._tools.clock.monotonic() >= self._after_due:
            await self._make_up_for()
        if self._old:
            some = [self._old.pop() for _ in range(min(_LISTED, len(self._old)))]
            await self._take([uid for uid in some if uid not in suspects])
            return True
        due = due_suspects(suspects.values(), self._tools.clock.monotonic())
        for suspect in due[:1]:
            await self._take_alone(suspect)
        return bool(due)

    def seconds_until_due(self) -> float:
        """When a message that made trouble, or `after`, is to be tried again."""
        first = min((one.due for one in self._troubles.suspects.values()), default=inf)
        if self._left:
            first = min(first, self._after_due)
        return max(0.0, first - self._tools.clock.monotonic())

    # --- taking it -----------------------------------------------------------------------------

    async def _take(self, uids: Sequence[int]) -> None:
        listed = await self._list(uids)
        await self._skip(too_big(listed, self._spec.max_size), "too_big")
        for portion in portions(listed, max_size=self._spec.max_size):
            if self._halted():
                return
            await self._take_portion(portion)

    async def _list(self, uids: Sequence[int]) -> Sequence[Listed]:
        """What is there of them. One that the server does not list, though it is there, makes
        trouble; where it lists nothing, one of them does."""
        try:
            listed = await self._session.list(uids)
            still = await self._forget_gone(uids, {message.uid for message in listed})
        except ImapError as error:
            await self._suspect(uids, error)
            return ()
        if still:
            await self._suspect(still, _not_listed(still))
        return listed

    async def _forget_gone(self, uids: Sequence[int], given: Collection[int]) -> Sequence[int]:
        """Those that are there although the server gave nothing of them; what is really gone is
        forgotten."""
        missing = [uid for uid in uids if uid not in given]
        if not missing:
            return ()
        await self._session.noop()
        there = set(await self._session.uids_from(min(missing)))
        await self._forget([uid for uid in missing if uid not in there])
        return [uid for uid in missing if uid in there]

    async def _suspect(self, uids: Sequence[int], error: ImapError) -> None:
        """Each is tried by itself. A server that asks for patience gets it: nothing else would
        be given either."""
        suspects = suspected(uids, str(error))
        # Written first: the floor passes them.
        await self._write(mailboxes.want, uids=list(suspects), now=self._tools.clock.now())
        self._troubles.suspects |= suspects
        self._known.update(suspects)
        if self._session.closed or error.kind is ImapTrouble.THROTTLED:
            raise error

    async def _take_portion(self, portion: Portion) -> None:
        try:
            fetched = await self._session.fetch(portion.uids, octets=portion.most_octets)
        except ImapError as error:
            await self._suspect(portion.uids, error)
            return
        await self._commit(portion.uids, fetched)

    async def _take_alone(self, suspect: Suspect) -> None:
        uid = suspect.uid
        try:
            fetched = await self._fetch_alone(uid)
        except ImapError as error:
            await self._failed_alone(suspect, error)
            if self._session.closed or error.kind is ImapTrouble.THROTTLED:
                raise
            return
        self._troubles.suspects.pop(uid, None)
        if fetched is not None:
            await self._commit([uid], fetched)

    async def _fetch_alone(self, uid: int) -> Sequence[tuple[int, bytes]] | None:
        """None when there is nothing to commit: it is gone, or too big."""
        limit = self._spec.max_size
        listed = await self._session.list([uid])
        if still := await self._forget_gone([uid], {message.uid for message in listed}):
            raise _not_listed(still)
        if big := too_big(listed, limit):
            await self._skip(big, "too_big")
        for portion in portions(listed, max_size=limit):
            return await self._session.fetch([uid], octets=portion.most_octets)
        return None

    async def _failed_alone(self, suspect: Suspect, error: ImapError) -> None:
        now, why = self._tools.clock.monotonic(), str(error)
        again: Suspect | None
        if error.kind is ImapTrouble.THROTTLED:
            again = put_off(suspect, why, now)
        else:
            again = tried_alone(suspect, why, now, fetched=self._troubles.fetched)
        if again is None:
            await self._skip({suspect.uid: why}, "unreadable")
            self._troubles.suspects.pop(suspect.uid, None)
            return
        self._troubles.suspects[suspect.uid] = again
        self._tools.telemetry.mailbox_message_failed(
            mailbox=self._spec.name,
            uid=suspect.uid,
            attempt=again.tries,
            error=why,
            again_in=again.due - now,
        )

    # --- committing it -------------------------------------------------------------------------

    async def _commit(self, asked: Collection[int], fetched: Sequence[tuple[int, bytes]]) -> None:
        found = {uid for uid, _ in fetched}
        await self._forget([uid for uid in asked if uid not in found])
        if not fetched:
            return
        self._troubles.fetched += len(fetched)
        tools = self._tools
        begun = tools.clock.monotonic()
        messages = await self._read(fetched)
        told = await tools.store.write(
            partial(mailboxes.take, held=self._held, epoch=self._epoch, messages=messages)
        )
        seconds = tools.clock.monotonic() - begun
        for message, done in zip(messages, told, strict=True):
            self._troubles.suspects.pop(done.uid, None)
            self._report(message, done, seconds)
        tools.on_accepted()
        self.taken += len(told)
        await self._after([done.uid for done in told])

    async def _read(self, fetched: Sequence[tuple[int, bytes]]) -> list[FetchedMessage]:
        now = self._tools.clock.now()
        envelope = Envelope(UnknownReversePath(), (self._spec.address,))

        def read() -> list[FetchedMessage]:
            return [
                FetchedMessage(
                    uid=uid,
                    digest=content_digest(content),
                    named=_MESSAGE_ID.search(_header(content)) is not None,
                    arrival=Arrival(
                        door=Door.IMAP,
                        envelope=envelope,
                        content=content,
                        at=now,
                        trusted=self._spec.trusted,
                    ),
                )
                for uid, content in fetched
            ]

        if sum(len(content) for _, content in fetched) < _OFF_THE_LOOP:
            return read()
        return await asyncio.to_thread(read)

    def _report(self, message: FetchedMessage, done: TakenMessage, seconds: float) -> None:
        if done.again or done.journal is None:
            self._tools.telemetry.mailbox_repeated(
                mailbox=self._spec.name, uid=done.uid, journal=done.journal
            )
            return
        self._tools.telemetry.accepted(
            door=Door.IMAP.value,
            journal=done.journal,
            size=len(message.arrival.content),
            seconds=seconds,
        )

    # --- afterwards ----------------------------------------------------------------------------

    async def _make_up_for(self) -> None:
        """Does what `after` says with mail that was taken and is as it was."""
        unit = partial(mailboxes.taken, name=self._held.name, epoch=self._epoch)
        due = await self._tools.store.read(unit)
        self._left = False
        if due:
            there = set(await self._session.uids_from(min(due)))
            await self._done_with(due - there)
            for some in _slices(sorted(due & there), _LISTED):
                await self._after(some)

    async def _after(self, uids: Sequence[int]) -> None:
        troubles = self._troubles
        if self._tools.clock.monotonic() < self._after_due:
            self._left = True
            return
        try:
            await self._do_after(uids)
        except ImapError as error:
            self._left = True
            self._after_due = self._tools.clock.monotonic() + _AFTER_AGAIN
            if self._session.closed:
                troubles.after_due = self._after_due
            if not troubles.after_told:
                troubles.after_told = True
                self._tools.telemetry.mailbox_after_failed(
                    mailbox=self._spec.name, after=str(self._spec.after), error=str(error)
                )
            if self._session.closed:
                raise
            return
        troubles.after_told = False
        await self._done_with(uids)

    async def _do_after(self, uids: Sequence[int]) -> None:
        match self._spec.after:
            case MarkSeen():
                await self._session.mark_seen(uids)
            case MoveTo(folder):
                await self._session.move(uids, folder)
            case Delete():
                await self._session.delete(uids)
            case other:
                assert_never(other)

    # --- the store -----------------------------------------------------------------------------

    async def _done_with(self, uids: Collection[int]) -> None:
        if uids:
            await self._write(mailboxes.mark_done, uids=uids)

    async def _forget(self, uids: Collection[int]) -> None:
        if uids:
            await self._write(mailboxes.forget_wanted, uids=uids)

    async def _skip(self, reasons: dict[int, str], reason: str) -> None:
        if not reasons:
            return
        await self._write(mailboxes.skip, reasons=reasons, now=self._tools.clock.now())
        self.taken += len(reasons)
        for uid, detail in reasons.items():
            self._tools.telemetry.mailbox_skipped(
                mailbox=self._spec.name, uid=uid, reason=reason, detail=detail
            )

    async def _advance(self, floor: int) -> None:
        if floor > self._floor:
            unit = partial(mailboxes.advance, held=self._held, floor=floor)
            await self._tools.store.write(unit)
            self._floor = floor
            self._known = {uid for uid in self._known if uid >= floor}

    async def _write(self, fn: Callable[..., None], **arguments: object) -> None:
        await self._tools.store.write(partial(fn, held=self._held, epoch=self._epoch, **arguments))


def _not_listed(uids: Sequence[int]) -> ImapError:
    return ImapError(
        ImapTrouble.REFUSED,
        f"the server says nothing of the message with UID {min(uids)}, though it is there",
    )


def _header(content: bytes) -> bytes:
    end = content.find(b"\r\n\r\n", 0, _HEADER)
    return content[: _HEADER if end < 0 else end]


def _slices(uids: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    return (uids[start : start + size] for start in range(0, len(uids), size))
