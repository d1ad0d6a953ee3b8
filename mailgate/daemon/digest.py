"""Tells the operators once a day what waits in quarantine."""

from collections.abc import Callable
from datetime import date
from functools import partial

from mailgate.daemon.gateway import Gateway
from mailgate.desk.arriving.digest import Operators, day_due, is_wanted, send_digest
from mailgate.store.core import StoreError

_EVERY = 20.0
"""Seconds between looks at the clock."""


async def tell_operators(gateway: Gateway, on_queued: Callable[[], None]) -> None:
    """Until cancelled."""
    told: date | None = None
    while True:
        try:
            told = await tell_once(gateway, told, on_queued)
        except StoreError as error:
            gateway.telemetry.store_unavailable(error=str(error))
        await gateway.clock.sleep(_EVERY)


async def tell_once(
    gateway: Gateway, told: date | None, on_queued: Callable[[], None]
) -> date | None:
    """Queues the mail of the day if it is due; the last day on which this node has done so. The
    store knows what other nodes did, and this one before it was started."""
    wanted, now, ctx = gateway.settings.quarantine, gateway.clock.now(), gateway.context
    day = day_due(now, ctx.policy.timezone, wanted.digest_at)
    if not wanted.operators or day is None or day == told:
        return told
    if not await gateway.store.read(partial(is_wanted, day=day)):
        return told
    unit = partial(
        send_digest,
        ctx=ctx,
        to=Operators(wanted.operators, gateway.settings.gateway.locale),
        day=day,
        now=now,
        seed=gateway.seed(),
    )
    draft = await gateway.store.write(unit)
    if draft is not None:
        gateway.telemetry.queued(
            ticket=None,
            lane=draft.lane.value,
            recipients=len(draft.recipients),
            message_id=draft.mail.message_id,
        )
        on_queued()
    return day
