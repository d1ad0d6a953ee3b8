"""What is done every minute: telling of mail that has not left. What is done once an hour: letting
go of raw mail after its retention, and of old counts."""

import itertools
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from mailgate.daemon.gateway import Gateway
from mailgate.desk.returned.delayed import Late, tell_delayed
from mailgate.desk.returned.undelivered import tell_undelivered
from mailgate.model.delivery import Delivery, Draft
from mailgate.model.settlement import Settlement
from mailgate.outbound.expiring import expire_waiting
from mailgate.outbound.schedule import GIVE_UP_AFTER
from mailgate.outbound.telling import Settled
from mailgate.store import once, outbound, traffic, webhooks
from mailgate.store.core import Connection, StoreError
from mailgate.store.retention import forget_contents, forget_sent

_EVERY = 60.0
_MINUTES = 60
"""Of an hour."""
_BATCH = 200
"""Rows in one transaction: mail that comes in meanwhile must not wait for it."""
_PAUSE = 0.1
_WEBHOOKS_KEPT = timedelta(days=30)
"""After their end, for whoever looks what became of them."""
_TOLD_KEPT = timedelta(days=366)
"""For longer than anybody waits who is told again."""
_LATE_BATCH = 20
"""Late mails that are told of in one transaction."""
_LATE_BATCHES = 10
"""Of them at most in a minute: who is told of hundreds reads none of it."""


async def upkeep(gateway: Gateway, on_queued: Callable[[], None]) -> None:
    """Until cancelled. What a start has just made possible leaves before it is called late."""
    for minute in itertools.count():
        try:
            if minute % _MINUTES == 0:
                await forget_old_mail(gateway)
                await forget_old_traffic(gateway)
                await forget_old_tellings(gateway)
            else:
                await tell_of_late_mail(gateway, on_queued)
        except StoreError as error:
            gateway.telemetry.store_unavailable(error=str(error))
        await gateway.clock.sleep(_EVERY)


async def tell_of_late_mail(gateway: Gateway, on_queued: Callable[[], None]) -> None:
    """Tells agents, once, of mail that has not left for `[outbound] delay_notice_after`; and gives
    up what has waited for days for a destination that is down, with its notice."""
    for _ in range(_LATE_BATCHES):
        more, told = await _expire(gateway)
        late, notices = await _tell_delayed(gateway)
        for draft in (*told, *notices):
            gateway.telemetry.queued(
                ticket=draft.ticket,
                lane=draft.lane.value,
                recipients=len(draft.recipients),
                message_id=draft.mail.message_id,
            )
        if told or notices:
            on_queued()
        if not more and late < _LATE_BATCH:
            return
        await gateway.clock.sleep(_PAUSE)


async def _tell_delayed(gateway: Gateway) -> tuple[int, tuple[Draft, ...]]:
    now = gateway.clock.now()
    late = Late(
        before=now - gateway.settings.outbound.delay_notice_after,
        give_up_after=GIVE_UP_AFTER,
        limit=_LATE_BATCH,
    )
    unit = partial(tell_delayed, ctx=gateway.context, late=late, now=now, seed=gateway.seed())
    taken, told = await gateway.store.write(unit)
    return len(taken), told


async def _expire(gateway: Gateway) -> tuple[bool, tuple[Draft, ...]]:
    """Whether there is more of it, and the notices."""

    def unit(conn: Connection) -> tuple[Settled, list[Delivery]]:
        ended: list[Delivery] = []

        def tell(inside: Connection, settlement: Settlement) -> Sequence[Draft]:
            delivery = outbound.get(inside, settlement.delivery)
            ended.extend(() if delivery is None else (delivery,))
            return tell_undelivered(
                inside, settlement, context=gateway.current_context, random=gateway.random
            )

        now = gateway.clock.now()
        return expire_waiting(conn, tell=tell, now=now, limit=_LATE_BATCH), ended

    settled, ended = await gateway.store.write(unit)
    for one in ended:
        gateway.telemetry.delivery_final(
            delivery=one.id, ticket=one.ticket, lane=one.lane.value, state=one.state.value
        )
    return settled.released, settled.told


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


async def forget_old_tellings(gateway: Gateway) -> None:
    """Forgets webhooks that came to their end, and who was told what, long ago."""
    now, asking = gateway.clock.now(), gateway.current_context().policy.survey
    kept = _TOLD_KEPT if asking is None else max(_TOLD_KEPT, asking.again_after)
    await gateway.store.write(partial(once.prune, before=now - kept))
    unit = partial(webhooks.prune, before=now - _WEBHOOKS_KEPT, limit=_BATCH)
    while await gateway.store.write(unit) > 0:
        await gateway.clock.sleep(_PAUSE)
