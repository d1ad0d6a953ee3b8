"""Where mail could be lost, or a mailbox stand still: servers that give nothing for a time, that
say nothing of a message, whose UIDs begin anew. On both engines."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial

from mailgate.ingest.imap.looking import first_look
from mailgate.ingest.imap.session import Account, ImapError, ImapTrouble, Listed, Selected
from mailgate.ingest.imap.trail import TRAIL_SECONDS
from mailgate.store import mailboxes
from mailgate.store.core import Store
from tests.contracts.test_imap_mailbox import Scripted, Server, mail, polling

THROTTLED = ImapError(ImapTrouble.THROTTLED, "NO [OVERQUOTA] bandwidth limits")


@dataclass(slots=True)
class Odd(Server):
    """A server that is wrong in other ways too."""

    fetches: ImapError | None = None
    """It gives no message at all."""
    mute_on: set[int] = field(default_factory=set)
    """It lists nothing of these, and says OK."""
    lists: set[int] = field(default_factory=set)
    """It refuses to list these."""
    validity: int = 7

    async def connect(self, account: Account) -> "OddSession":
        self.sessions += 1
        return OddSession(self)


@dataclass(slots=True)
class OddSession(Scripted):
    server: Odd

    async def select(self) -> Selected:
        there = self.server.messages
        return Selected(self.server.validity, max(there, default=0) + 1, len(there))

    async def list(self, uids: Sequence[int]) -> Sequence[Listed]:
        if self.server.lists.intersection(uids):
            raise ImapError(ImapTrouble.REFUSED, "it cannot say how large it is")
        listed = await Scripted.list(self, uids)
        return [message for message in listed if message.uid not in self.server.mute_on]

    async def fetch(self, uids: Sequence[int], *, octets: int) -> Sequence[tuple[int, bytes]]:
        if self.server.fetches is not None:
            self.server.asked.append(tuple(uids))
            raise self.server.fetches
        return await Scripted.fetch(self, uids, octets=octets)


async def test_a_server_that_asks_for_patience_for_hours_loses_no_mail(store: Store) -> None:
    """F19: Google gives no messages for up to a day once too many were fetched."""
    server = Odd({uid: mail(uid) for uid in range(1, 4)}, fetches=THROTTLED)
    async with polling(store, server) as world:
        await world.until(lambda: world.clock.monotonic() > 4 * 3600, step=60)
        assert world.told.count("mailbox_skipped") == 0
        assert len(server.asked) < 60, "it has patience"
        server.fetches = None
        await world.until(lambda: server.seen == {1, 2, 3}, step=60)


async def test_a_server_that_gives_nothing_for_an_hour_loses_no_mail(store: Store) -> None:
    server = Odd(
        {uid: mail(uid) for uid in range(1, 4)}, fetches=ImapError(ImapTrouble.REFUSED, "NO error")
    )
    async with polling(store, server) as world:
        await world.until(lambda: world.clock.monotonic() > 3600, step=30)
        assert world.told.count("mailbox_skipped") == 0
        server.fetches = None
        await world.until(lambda: server.seen == {1, 2, 3}, step=60)


async def test_a_message_of_which_nothing_is_listed_is_not_forgotten(store: Store) -> None:
    server = Odd({uid: mail(uid) for uid in range(1, 4)}, mute_on={2})
    async with polling(store, server) as world:
        await world.until(lambda: server.seen == {1, 3})
        server.mute_on.clear()
        await world.until(lambda: server.seen == {1, 2, 3}, step=30)


async def test_a_message_that_cannot_be_listed_stops_no_other(store: Store) -> None:
    """Dovecot says NO to the whole command when the file of one message is corrupt."""
    server = Odd({uid: mail(uid) for uid in range(1, 4)}, lists={2})
    async with polling(store, server) as world:
        await world.until(lambda: server.seen == {1, 3}, step=1)
        server.deliver(4, mail(4))
        await world.until(lambda: 4 in server.seen, step=1)
        await world.until(lambda: world.told.count("mailbox_skipped") == 1, step=60)
        assert server.sessions == 1


async def test_uids_that_begin_anew_without_another_uidvalidity(store: Store) -> None:
    """A folder that was restored or made again within a second: what is new has low UIDs."""
    server = Odd({uid: mail(uid) for uid in range(101, 104)})
    async with polling(store, server) as world:
        await world.until(lambda: server.seen == {101, 102, 103})
    server.messages = {1: mail(103), 2: mail(200)}
    async with polling(store, server) as world:
        await world.until(lambda: {1, 2} <= server.seen)
        wanted = [mail(number) for number in (101, 102, 103, 200)]
        assert await world.contents() == sorted(wanted)


async def test_uids_that_begin_anew_right_after_new_mail(store: Store) -> None:
    """The floor trails what was taken a moment ago: that it is below UIDNEXT proves nothing."""
    server = Odd({101: mail(101)})
    async with polling(store, server) as world:
        await world.until(lambda: server.seen == {101})
        for uid in (102, 103, 104):
            server.deliver(uid, mail(uid))
        await world.until(lambda: server.seen == {101, 102, 103, 104})
    server.seen.clear()
    server.messages = {101: mail(201), 102: mail(202)}
    async with polling(store, server) as world:
        await world.until(lambda: world.told.count("mailbox_began_anew") == 1)
        await world.until(lambda: (101, 102) in server.asked and {101, 102} <= server.seen)
        wanted = [mail(number) for number in (101, 102, 103, 104, 201, 202)]
        assert await world.contents() == sorted(wanted)


async def test_a_lower_uid_that_can_be_seen_late_is_taken(store: Store) -> None:
    """Servers of several nodes give a UID before the message is there for everybody."""
    server = Odd({1: mail(1), 3: mail(3)})
    async with polling(store, server) as world:
        await world.until(lambda: server.seen == {1, 3})
        server.deliver(6, mail(6))
        await world.until(lambda: 6 in server.seen)
        server.deliver(4, mail(4))
        await world.until(lambda: 4 in server.seen, step=1)
    server.messages[5] = mail(5)
    server.asked.clear()
    async with polling(store, server) as world:
        await world.until(lambda: 5 in server.seen, step=1)
        assert server.asked == [(5,)]
        assert await world.contents() == sorted(mail(uid) for uid in (1, 3, 4, 5, 6))


async def test_the_floor_follows_after_a_time(store: Store) -> None:
    """What is asked for at every look, and remembered, stays small."""
    server = Odd({1: mail(1)})
    async with polling(store, server) as world:
        await world.until(lambda: server.seen == {1})
        server.deliver(2, mail(2))
        await world.until(lambda: server.seen == {1, 2})
        async with asyncio.timeout(20):
            while await floor(store) != 3:
                await world.clock.advance(10)
    assert world.clock.monotonic() >= TRAIL_SECONDS


async def floor(store: Store) -> int | None:
    known = await store.read(partial(mailboxes.state, name="support"))
    assert known is not None
    return known.floor


# --- the first look --------------------------------------------------------------------------


@dataclass(slots=True)
class Slow(OddSession):
    """New mail comes while the folder is looked through; the server tells no UIDNEXT."""

    async def select(self) -> Selected:
        return Selected(7, None, len(self.server.messages))

    async def uids_since(self, day: date | None) -> Sequence[int]:
        found = sorted(self.server.messages)
        self.server.messages[9] = mail(9)
        return found


@dataclass(slots=True)
class SlowServer(Odd):
    async def connect(self, account: Account) -> OddSession:
        return Slow(self)


async def test_mail_that_comes_during_the_first_look_is_taken(store: Store) -> None:
    server = SlowServer({uid: mail(uid) for uid in range(1, 4)})
    async with polling(store, server) as world:
        await world.until(lambda: server.seen == {1, 2, 3, 9}, step=1)


@dataclass(slots=True)
class Dating(OddSession):
    async def uids_since(self, day: date | None) -> Sequence[int]:
        return sorted(self.server.messages)


async def test_what_cannot_be_dated_is_taken_at_the_first_look() -> None:
    """The others have no date either here, but of these nothing at all is said."""
    server = Odd({uid: mail(uid) for uid in range(1, 8)}, lists={3}, mute_on={5})
    look = await first_look(Dating(server), datetime(2026, 1, 1, tzinfo=UTC), server.clock.now())
    assert look.would_take == 7
