"""Taking back what nodes had leased that died or hung.

Once that is nobody's fault: the mail is tried again at once. What is lost again and again may be
the cause of it, and is tried as any mail that does not get through: ever more seldom, and five
days at most.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mailgate.mail.address import NullReversePath
from mailgate.model.delivery import Draft, Lane, Reply
from mailgate.model.delivery_states import DeliveryEvent
from mailgate.model.ids import DeliveryId
from mailgate.model.settlement import ResultName, Settlement
from mailgate.model.ticket import EventKind, TicketEvent
from mailgate.outbound.schedule import GIVE_UP_AFTER, GiveUp, next_due
from mailgate.outbound.telling import Tell
from mailgate.store.core import Connection
from mailgate.store.leases import LostLease, recover_leases
from mailgate.store.losses import Losses, losses, postpone
from mailgate.store.outdated import expire

__all__ = ["Recovered", "recover"]


@dataclass(frozen=True, slots=True)
class Recovered:
    """`ended` of the `lost` are given up, which the notices `told` are about."""

    lost: tuple[LostLease, ...]
    ended: tuple[LostLease, ...]
    told: tuple[Draft, ...]


def recover(
    conn: Connection,
    *,
    tell: Tell | None,
    now: datetime,
    node: str | None,
    jitter: Callable[[], float],
) -> Recovered:
    """Takes back leases that ran out; with `node` all of that node, which has just started.
    `jitter` gives numbers from 0 to 1: what was lost together does not come together again."""
    lost = recover_leases(conn, now, node=node)
    known = losses(conn, [lease.delivery for lease in lost if lease.number > 1])
    later: dict[DeliveryId, datetime] = {}
    ended: list[tuple[LostLease, Settlement]] = []
    for lease in lost:
        of = known.get(lease.delivery)
        if of is None or of.lost < 2:
            continue
        due = next_due(of.lost - 1, of.first, now, jitter())
        if isinstance(due, GiveUp):
            ended.append((lease, _ended(lease, of, now)))
        else:
            later[lease.delivery] = due
    postpone(conn, later)
    expire(conn, [settlement for _, settlement in ended], now)
    told: list[Draft] = []
    for _, settlement in ended if tell is not None else ():
        if tell is not None:
            told += tell(conn, settlement)
    return Recovered(tuple(lost), tuple(lease for lease, _ in ended), tuple(told))


def _ended(lease: LostLease, of: Losses, now: datetime) -> Settlement:
    text = f"nobody knows what became of {of.lost} attempts in {GIVE_UP_AFTER.days} days"
    detail: dict[str, str | int | None] = {
        "delivery": lease.delivery,
        "recipient": of.recipient,
        "message_id": of.message_id,
        "code": None,
        "status": None,
        "text": text,
        "attempts": lease.number,
    }
    return Settlement(
        delivery=lease.delivery,
        ticket=lease.ticket,
        fence=of.fence,
        number=lease.number,
        event=DeliveryEvent.GAVE_UP,
        result=ResultName.AMBIGUOUS,
        reply=Reply(None, None, text, now),
        relay_id=None,
        at=now,
        due_at=None,
        wait_reason=None,
        counted=False,
        reach=None,
        throttled=False,
        jitter=0.0,
        ticket_event=TicketEvent(now, EventKind.DELIVERY_EXPIRED, "system", detail),
        message_id=of.message_id,
        is_notice=lease.lane is Lane.NOTIFICATION and isinstance(of.reverse_path, NullReversePath),
    )
