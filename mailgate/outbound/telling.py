"""Settling, and telling of what did not arrive, in one transaction: no failure is ever settled
without its notice, and none is told twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailgate.model.delivery import Draft
from mailgate.model.delivery_states import DeliveryEvent
from mailgate.model.ids import DeliveryId
from mailgate.model.settlement import Settlement
from mailgate.store.core import Connection
from mailgate.store.leases import settle_deliveries

__all__ = ["Settled", "Tell", "settle_and_tell"]

Tell = Callable[[Connection, Settlement], Sequence[Draft]]
"""Does what a failure asks for, and returns the notices that it has queued."""

_FAILURES = frozenset({DeliveryEvent.REJECTED, DeliveryEvent.GAVE_UP})


@dataclass(frozen=True, slots=True)
class Settled:
    """`lost` are those whose lease was lost, for which nothing was changed; `told` the notices."""

    lost: frozenset[DeliveryId]
    told: tuple[Draft, ...]


def settle_and_tell(
    conn: Connection, *, settlements: Sequence[Settlement], tell: Tell | None
) -> Settled:
    """The unit that writes what became of attempts. Without a desk there is nobody to tell."""
    lost = frozenset(settle_deliveries(conn, settlements))
    if tell is None:
        return Settled(lost, ())
    told: list[Draft] = []
    for settlement in settlements:
        if settlement.event in _FAILURES and settlement.delivery not in lost:
            told += tell(conn, settlement)
    return Settled(lost, tuple(told))
