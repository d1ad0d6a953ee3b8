"""Mail whose attempts come to no end: their node died or hung, more than once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from mailgate.mail.address import ReversePath
from mailgate.model.delivery import DeliveryState
from mailgate.model.ids import DeliveryId
from mailgate.model.settlement import ResultName
from mailgate.store.candidates import in_state
from mailgate.store.core import Connection
from mailgate.store.leases import LOST
from mailgate.store.outboundtables import attempts, deliveries, outbound
from mailgate.store.prepared import Prepared
from mailgate.store.values import reverse_path_of

__all__ = ["Losses", "losses", "postpone"]


@dataclass(frozen=True, slots=True)
class Losses:
    """So many attempts of a delivery were lost; `first` is when it was tried first."""

    lost: int
    first: datetime
    fence: int
    recipient: str
    reverse_path: ReversePath
    message_id: str


_POSTPONE = Prepared(
    update(deliveries)
    .where(deliveries.c.id == bindparam("of"), in_state(DeliveryState.READY))
    .values(due_at=bindparam("due"))
)


def losses(conn: Connection, ids: Sequence[DeliveryId]) -> dict[DeliveryId, Losses]:
    """Of those of `ids` that were tried at all."""
    is_lost = (attempts.c.result == ResultName.AMBIGUOUS.value) & (attempts.c.text == LOST)
    counted = (
        select(
            attempts.c.delivery,
            func.count().filter(is_lost).label("lost"),
            func.min(attempts.c.started_at, type_=attempts.c.started_at.type).label("first"),
        )
        .where(attempts.c.delivery.in_(ids))
        .group_by(attempts.c.delivery)
        .subquery()
    )
    wanted = (
        select(
            deliveries.c.id,
            deliveries.c.fence,
            deliveries.c.recipient,
            deliveries.c.reverse_path,
            outbound.c.message_id,
            counted.c.lost,
            counted.c.first,
        )
        .join(counted, counted.c.delivery == deliveries.c.id)
        .join(outbound, outbound.c.id == deliveries.c.outbound)
    )
    return {
        DeliveryId(row.id): Losses(
            lost=row.lost,
            first=row.first,
            fence=row.fence,
            recipient=row.recipient,
            reverse_path=reverse_path_of(row.reverse_path),
            message_id=row.message_id,
        )
        for row in conn.execute(wanted)
    }


def postpone(conn: Connection, until: Mapping[DeliveryId, datetime]) -> None:
    """They are tried again then, not at once."""
    if until:
        _POSTPONE.run_many(conn, [{"of": each, "due": at} for each, at in until.items()])
