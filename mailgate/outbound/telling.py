"""Settling, learning from it, and telling of what did not arrive, in one transaction: no failure
is ever settled without its notice, and none is told twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailgate.model.delivery import Draft
from mailgate.model.delivery_states import DeliveryEvent
from mailgate.model.ids import DeliveryId
from mailgate.model.settlement import Settlement
from mailgate.ratelimit.limiter import Limiter
from mailgate.store.core import Connection
from mailgate.store.leases import settle_deliveries

__all__ = ["Settled", "Tell", "settle_and_tell"]

Tell = Callable[[Connection, Settlement], Sequence[Draft]]
"""Does what a failure asks for, and returns the notices that it has queued."""

_FAILURES = frozenset({DeliveryEvent.REJECTED, DeliveryEvent.GAVE_UP})


@dataclass(frozen=True, slots=True)
class Settled:
    """`lost` are those whose lease was lost, for which nothing was changed; `told` the notices.
    `released` says that mail that had to wait may go now."""

    lost: frozenset[DeliveryId]
    told: tuple[Draft, ...]
    released: bool = False


def settle_and_tell(
    conn: Connection, *, settlements: Sequence[Settlement], tell: Tell | None, limiter: Limiter
) -> Settled:
    """The unit that writes what became of attempts. Without a desk there is nobody to tell."""
    written = settle_deliveries(conn, settlements)
    lost = frozenset(written.lost)
    mine = [settlement for settlement in settlements if settlement.delivery not in lost]
    released = written.released
    for now in sorted({settlement.at for settlement in mine}):
        learnt = [(each, written.gates[each.delivery]) for each in mine if each.at == now]
        released |= limiter.learn(conn, learnt, now)
    told: list[Draft] = []
    for settlement in mine if tell is not None else ():
        if tell is not None and settlement.event in _FAILURES:
            told += tell(conn, settlement)
    return Settled(lost, tuple(told), released)
