"""What `after` says and the server refuses, for a time: mail is taken all the same, and once the
server does it, it is done with every mail that was taken. On both engines."""

from collections.abc import Sequence
from dataclasses import dataclass

from mailgate.ingest.imap.session import Account, ImapError, ImapTrouble
from mailgate.store.core import Store
from tests.contracts.test_imap_mailbox import Scripted, Server, mail, polling


@dataclass(slots=True)
class Unwilling(Server):
    """A server that marks nothing."""

    unwilling: bool = True
    hangs_up: bool = False
    """Instead of an answer."""
    ends: bool = False
    """The session, when something new is announced."""
    asked_to_mark: int = 0

    async def connect(self, account: Account) -> "UnwillingSession":
        self.sessions += 1
        return UnwillingSession(self)


@dataclass(slots=True)
class UnwillingSession(Scripted):
    server: Unwilling

    async def mark_seen(self, uids: Sequence[int]) -> None:
        self.server.asked_to_mark += 1
        if self.server.unwilling:
            self.closed = self.server.hangs_up
            raise ImapError(ImapTrouble.REFUSED, "no such folder")
        await Scripted.mark_seen(self, uids)

    async def wait(self, seconds: float) -> bool:
        news = await Scripted.wait(self, seconds)
        if self.server.ends:
            self.server.ends = False
            raise ImapError(ImapTrouble.BYE, "connection lost")
        return news


def folder(count: int) -> dict[int, bytes]:
    return {uid: mail(uid) for uid in range(1, count + 1)}


async def test_it_is_made_up_for_within_the_same_session(store: Store) -> None:
    server = Unwilling(folder(3))
    async with polling(store, server) as world:
        await world.until(lambda: world.told.count("mailbox_after_failed") == 1)
        server.unwilling = False
        server.deliver(4, mail(4))
        await world.until(lambda: server.seen == {1, 2, 3, 4}, step=30)
        assert server.sessions == 1


async def test_it_is_asked_for_every_ten_minutes_and_told_once(store: Store) -> None:
    server = Unwilling(folder(3))
    async with polling(store, server) as world:
        begun = world.clock.monotonic()
        await world.until(lambda: server.asked_to_mark == 4, step=30)
        assert world.clock.monotonic() - begun >= 1800
        assert world.told.count("mailbox_after_failed") == 1


async def test_it_is_tried_at_the_next_connection(store: Store) -> None:
    server = Unwilling(folder(3))
    async with polling(store, server) as world:
        await world.until(lambda: world.told.count("mailbox_after_failed") == 1)
        server.unwilling, server.ends = False, True
        server.news.set()
        begun = world.clock.monotonic()
        await world.until(lambda: server.seen == {1, 2, 3}, step=0.1)
        assert world.clock.monotonic() - begun < 300, "before the 10 minutes are over"
        assert server.sessions == 2


async def test_a_server_that_hangs_up_instead_gives_its_mail(store: Store) -> None:
    """Not even one that hangs up whenever it is asked: it is asked every ten minutes."""
    server = Unwilling(folder(2), hangs_up=True)
    async with polling(store, server) as world:
        await world.until(lambda: server.sessions == 2, step=1)
        server.deliver(3, mail(3))
        await world.until(lambda: (3,) in server.asked, step=1)
        assert server.asked_to_mark == 1
        server.unwilling = False
        await world.until(lambda: server.seen == {1, 2, 3}, step=30)
