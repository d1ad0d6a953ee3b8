"""What is done once an hour: letting go of raw mail after its retention, and of old counts."""

from datetime import timedelta
from functools import partial

from mailgate.daemon.gateway import Gateway
from mailgate.store import traffic
from mailgate.store.core import StoreError
from mailgate.store.retention import forget_contents, forget_sent

_EVERY = 3600.0
_BATCH = 200
"""Rows in one transaction: mail that comes in meanwhile must not wait for it."""
_PAUSE = 0.1


async def upkeep(gateway: Gateway) -> None:
    """Until cancelled."""
    while True:
        try:
            await forget_old_mail(gateway)
            await forget_old_traffic(gateway)
        except StoreError as error:
            gateway.telemetry.store_unavailable(error=str(error))
        await gateway.clock.sleep(_EVERY)


async def forget_old_mail(gateway: Gateway) -> int:
    """Forgets the raw bytes that are past `[store] raw_retention_days`; of how many messages."""
    days = timedelta(days=gateway.settings.store.raw_retention_days)
    before = gateway.clock.now() - days
    forgotten = 0
    for forget in (forget_contents, forget_sent):
        unit = partial(forget, before=before, limit=_BATCH)
        while (batch := await gateway.store.write(unit)) > 0:
            forgotten += batch
            await gateway.clock.sleep(_PAUSE)
    return forgotten


async def forget_old_traffic(gateway: Gateway) -> None:
    """Forgets the counts that no limit of [loops] asks for any more."""
    now = gateway.clock.now()
    for part in range(traffic.SLICES):
        if await gateway.store.write(partial(traffic.prune, part=part, now=now)) > 0:
            await gateway.clock.sleep(_PAUSE)
