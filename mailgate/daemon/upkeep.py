"""What is done once an hour: letting go of raw mail after its retention."""

from datetime import timedelta
from functools import partial

from mailgate.daemon.gateway import Gateway
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
