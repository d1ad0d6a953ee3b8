"""Keeping the index of words up with the mail: some messages at a time, out of its way."""

from functools import partial

from mailgate.clock import Clock
from mailgate.daemon.gateway import Gateway
from mailgate.desk.swept import Swept
from mailgate.store import search
from mailgate.store.core import Store

__all__ = ["BATCHES", "index", "keep_up"]

_BATCH = 100
"""Messages that are looked at together; the words of some ten make a transaction."""
BATCHES = 150
_PAUSE = 0.1
"""Between two transactions, for those who write meanwhile."""


async def index(
    store: Store, clock: Clock, batches: int, *, pause: float = 0.0, yields: bool = False
) -> bool:
    """Takes in what is not in the index yet, in so many transactions at most; whether all of it
    is there now. The words are read apart: who writes waits for nothing but the writing. It
    `yields` to mail that comes in faster than it can be put on tickets."""
    after = 0
    for _ in range(batches):
        if yields and not await store.read(search.is_quiet):
            return False
        look = await store.read(partial(search.look, limit=_BATCH, after=after))
        after = max(after, look.last)
        if look.docs or look.behind:
            await store.write(partial(search.take_in, docs=look.docs, now=clock.now()))
        if not look.more:
            return True
        await clock.sleep(pause)
    return False


async def keep_up(gateway: Gateway) -> Swept:
    """A job of the minute."""
    await index(gateway.store, gateway.clock, BATCHES, pause=_PAUSE, yields=True)
    return Swept()
