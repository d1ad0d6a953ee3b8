"""A mailbox on the real store, beside a server that fails as we say: on both engines."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from mailgate.ingest.imap.mailbox import OTHERS_SECONDS, Mailbox
from mailgate.ingest.imap.plan import Since
from mailgate.ingest.imap.session import (
    Account,
    ImapError,
    ImapTrouble,
    Listed,
    Selected,
    TlsMode,
)
from mailgate.ingest.imap.spec import MailboxSpec, MarkSeen, Tools
from mailgate.mail.address import parse_path
from mailgate.oauth.grant import OAuth2, OAuthError, OAuthTrouble
from mailgate.oauth.tokens import TokenHealth
from mailgate.store import journal, mailboxes
from mailgate.store.core import Store
from mailgate.telemetry.null import NullTelemetry
from tests.harness.clock import FakeClock

MB = 1_000_000
ACCOUNT = Account(
    host="imap.acme.example",
    port=993,
    tls=TlsMode.IMPLICIT,
    username="support",
    folder="INBOX",
    credentials=OAuth2("https://token.example", "id", None, Path("token"), "mail"),
)
SPEC = MailboxSpec(
    name="support",
    account=ACCOUNT,
    address=parse_path("support@acme.example"),
    after=MarkSeen(),
    since=Since.ALL,
    max_size=MB,
    trusted=True,
    idle=True,
    poll_seconds=60,
    silence_seconds=20,
)


@dataclass(slots=True)
class Server:
    """A folder, and what is wrong with it."""

    messages: dict[int, bytes] = field(default_factory=dict)
    away: ImapError | None = None
    hangs_up_on: set[int] = field(default_factory=set)
    """It ends the session when one of these is asked for."""
    refuses: set[int] = field(default_factory=set)
    asked: list[tuple[int, ...]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    sessions: int = 0
    clock: FakeClock = field(default_factory=FakeClock)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    trouble: OAuthError | None = None
    """Of the token."""

    async def connect(self, account: Account) -> "Scripted":
        assert account is ACCOUNT
        self.sessions += 1
        if self.away is not None:
            raise self.away
        return Scripted(self)

    def deliver(self, uid: int, content: bytes) -> None:
        self.messages[uid] = content
        self.news.set()

    async def access_token(self, credentials: OAuth2) -> str:
        assert credentials is ACCOUNT.credentials
        return "token"

    def health(self, credentials: OAuth2) -> TokenHealth:
        assert credentials is ACCOUNT.credentials
        return TokenHealth(None, None, self.trouble)


@dataclass(slots=True)
class Scripted:
    """A session with it."""

    server: Server
    closed: bool = False
    capabilities: frozenset[str] = frozenset({"IDLE", "UIDPLUS"})
    expunges: bool = True

    async def select(self) -> Selected:
        return Selected(7, max(self.server.messages, default=0) + 1, len(self.server.messages))

    async def uids_from(self, low: int) -> Sequence[int]:
        self.server.news.clear()
        return sorted(uid for uid in self.server.messages if uid >= low)

    async def uids_since(self, day: date | None) -> Sequence[int]:
        assert day is None
        return sorted(self.server.messages)

    async def list(self, uids: Sequence[int]) -> Sequence[Listed]:
        there = self.server.messages
        return [Listed(uid, len(there[uid]), None) for uid in uids if uid in there]

    async def fetch(self, uids: Sequence[int], *, octets: int) -> Sequence[tuple[int, bytes]]:
        self.server.asked.append(tuple(uids))
        if self.server.hangs_up_on.intersection(uids):
            self.closed = True
            raise ImapError(ImapTrouble.PROTOCOL, "it says something that nobody understands")
        if self.server.refuses.intersection(uids):
            raise ImapError(ImapTrouble.REFUSED, "it gives nothing")
        return [(uid, self.server.messages[uid]) for uid in uids]

    async def mark_seen(self, uids: Sequence[int]) -> None:
        self.server.seen.update(uids)

    async def move(self, uids: Sequence[int], folder: str) -> None:
        raise AssertionError("nobody asked for it")

    async def delete(self, uids: Sequence[int]) -> None:
        raise AssertionError("nobody asked for it")

    async def wait(self, seconds: float) -> bool:
        ends = [self.server.news.wait(), self.server.clock.sleep(seconds)]
        tasks = [asyncio.ensure_future(end) for end in ends]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
        return self.server.news.is_set()

    async def noop(self) -> None:
        pass

    async def close(self) -> None:
        self.closed = True


class Told(NullTelemetry):
    """Remembers what was told, by verb."""

    def __init__(self) -> None:
        self.facts: list[tuple[str, dict[str, object]]] = []

    def count(self, verb: str) -> int:
        return sum(1 for told, _ in self.facts if told == verb)

    def of(self, verb: str) -> list[dict[str, object]]:
        return [fact for told, fact in self.facts if told == verb]

    def __getattribute__(self, name: str) -> object:
        if not name.startswith("mailbox_") or name == "mailbox_polled":
            return super().__getattribute__(name)
        facts = self.facts
        return lambda **fact: facts.append((name, fact))


@dataclass(slots=True)
class World:
    store: Store
    server: Server
    clock: FakeClock
    told: Told

    async def until(self, look: Callable[[], bool], *, step: float = 0.0) -> None:
        """Lets the store's threads work, and the clock go on by `step` seconds a time."""
        async with asyncio.timeout(20):
            while not look():
                await self.clock.advance(step)
                await self.store.read(lambda conn: None)

    async def contents(self) -> list[bytes]:
        rows = await self.store.read(partial(journal.listing, state=None, limit=1000))
        found = [await self.store.read(partial(journal.content, row_id=row.id)) for row in rows]
        return sorted(content for content in found if content is not None)


def mail(number: int) -> bytes:
    return f"Message-ID: <{number}@customer.example>\r\n\r\nHello\r\n".encode()


@asynccontextmanager
async def polling(store: Store, server: Server) -> AsyncIterator[World]:
    """A mailbox at work."""
    world = World(store, server, server.clock, Told())
    tools = Tools(
        store=store,
        clock=world.clock,
        telemetry=world.told,
        node="one",
        connect=server.connect,
        tokens=server,
        chance=lambda: 1.0,
        on_accepted=lambda: None,
        tell=lambda _: None,
    )
    task = asyncio.ensure_future(Mailbox(SPEC, tools).run())
    try:
        yield world
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_one_message_that_ends_the_session_stops_no_other(store: Store) -> None:
    """F23: it is tried by itself three times over time, then skipped with the reason."""
    server = Server({uid: mail(uid) for uid in range(1, 8)}, hangs_up_on={4})
    async with polling(store, server) as world:
        await world.until(lambda: len(server.seen) == 6, step=1)
        server.deliver(8, mail(8))
        await world.until(lambda: 8 in server.seen, step=1)
        assert world.told.count("mailbox_skipped") == 0
        await world.until(lambda: world.told.count("mailbox_skipped") == 1, step=30)
        assert server.asked.count((4,)) == 3
        assert [fact["attempt"] for fact in world.told.of("mailbox_message_failed")] == [1, 2]
        (skipped,) = world.told.of("mailbox_skipped")
        assert (skipped["uid"], skipped["reason"]) == (4, "unreadable")
        server.deliver(9, mail(9))
        await world.until(lambda: 9 in server.seen, step=1)
        assert server.asked.count((4,)) == 3
        assert await world.contents() == sorted(mail(uid) for uid in (1, 2, 3, 5, 6, 7, 8, 9))
    reasons = await store.read(partial(mailboxes.skipped, name="support", epoch=1))
    assert reasons == {4: "it says something that nobody understands"}


async def test_a_message_that_is_refused_keeps_the_session(store: Store) -> None:
    server = Server({uid: mail(uid) for uid in range(1, 4)}, refuses={2})
    async with polling(store, server) as world:
        await world.until(lambda: server.seen == {1, 3})
        assert server.sessions == 1
        server.refuses.clear()
        await world.clock.advance(30)
        server.news.set()
        await world.until(lambda: server.seen == {1, 2, 3})
        assert world.told.count("mailbox_skipped") == 0


async def test_a_failure_is_told_once_and_tries_become_rare(store: Store) -> None:
    server = Server(away=ImapError(ImapTrouble.UNREACHABLE, "no connection"))
    async with polling(store, server) as world:
        await world.until(lambda: server.sessions == 6, step=1)
        assert world.told.count("mailbox_down") == 1
        pauses = [fact["again_in"] for fact in world.told.of("mailbox_still_down")]
        assert pauses[:4] == [2, 4, 8, 16]
        server.away = ImapError(ImapTrouble.LOGIN_REFUSED, "wrong password")
        await world.until(lambda: world.told.count("mailbox_down") == 2, step=1)
        server.away = None
        await world.until(lambda: world.told.count("mailbox_up") == 1, step=60)


async def test_a_lease_that_was_lost_ends_the_session(store: Store) -> None:
    """F28: whoever was away for too long takes nothing more, and asks for it again."""
    server = Server({1: mail(1)})
    async with polling(store, server) as world:
        await world.until(lambda: server.seen == {1})
        other = await store.write(
            partial(
                mailboxes.acquire,
                name="support",
                node="two",
                now=world.clock.now() + timedelta(seconds=60),
                lease=timedelta(days=1),
            )
        )
        assert other is not None
        await world.until(lambda: world.told.count("mailbox_elsewhere") == 1, step=5)
        server.deliver(2, mail(2))
        await world.clock.advance(30)
        assert await world.contents() == [mail(1)]
        await store.write(partial(mailboxes.release, held=other))
        await world.until(lambda: server.seen == {1, 2}, step=10)
        assert world.told.count("mailbox_down") == 0


class Rests(FakeClock):
    """Remembers for how long somebody slept."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.told.append(seconds)
        await super().sleep(seconds)


async def test_two_nodes_of_one_name_do_not_snatch_it_from_each_other(store: Store) -> None:
    """A node gets its own lease back at once: whoever lost it that way rests first."""
    rests = Rests()
    server = Server({1: mail(1)}, clock=rests)
    async with polling(store, server) as world:
        await world.until(lambda: server.seen == {1})
        at = world.clock.now()
        snatched = await store.write(
            partial(
                mailboxes.acquire, name="support", node="one", now=at, lease=timedelta(seconds=60)
            )
        )
        assert snatched is not None
        assert OTHERS_SECONDS not in rests.told
        server.deliver(2, mail(2))
        await world.until(lambda: server.seen == {1, 2}, step=1)
        assert OTHERS_SECONDS in rests.told


async def test_a_token_that_cannot_be_renewed_is_told_while_mail_still_comes(store: Store) -> None:
    server = Server({1: mail(1)})
    server.trouble = OAuthError(OAuthTrouble.SIGN_IN, "somebody must sign in again")
    async with polling(store, server) as world:
        await world.until(lambda: world.told.count("mailbox_sign_in_ends") == 1)
        server.deliver(2, mail(2))
        await world.until(lambda: server.seen == {1, 2})
        assert world.told.count("mailbox_sign_in_ends") == 1
        assert world.told.count("mailbox_down") == 0


async def test_what_is_there_waits_for_nothing_when_it_is_known(store: Store) -> None:
    """A new session asks for nothing that was taken."""
    server = Server({uid: mail(uid) for uid in range(1, 4)})
    async with polling(store, server) as world:
        await world.until(lambda: len(server.seen) == 3)
    server.asked.clear()
    async with polling(store, server) as world:
        server.deliver(4, mail(4))
        await world.until(lambda: 4 in server.seen)
        assert server.asked == [(4,)]
        assert world.told.count("mailbox_looked") == 0
