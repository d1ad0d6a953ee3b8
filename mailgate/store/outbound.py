"""The queue of mail that leaves: putting it in, looking at it.

What the outbound worker does with it (claim, settle) is in `store.leases`, what an operator
changes in `store.operating`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    bindparam,
    func,
    insert,
    literal_column,
    null,
    select,
)

from mailgate.mail.address import Address
from mailgate.model.delivery import (
    Bounced,
    Delivery,
    DeliveryState,
    Draft,
    Lane,
    Reply,
    WaitReason,
)
from mailgate.model.ids import DeliveryId, EntryId, OutboundId, TicketId
from mailgate.store import entries
from mailgate.store.candidates import in_state
from mailgate.store.core import Connection
from mailgate.store.outboundtables import attempts, deliveries, outbound
from mailgate.store.prepared import Prepared
from mailgate.store.values import address_of, is_id, reverse_path_text

__all__ = [
    "Attempt",
    "DeliveryFilter",
    "QueueStats",
    "acknowledged_since",
    "attempts_of",
    "content",
    "deliveries_of_ticket",
    "enqueue",
    "enqueue_all",
    "first_attempt",
    "get",
    "listing",
    "stats",
]


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries a list shows; None is any."""

    state: DeliveryState | None = None
    lane: Lane | None = None
    ticket: TicketId | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class QueueStats:
    """What waits: `depth` by lane and state, `waiting` by reason; `oldest` is the time since
    which the longest waiting mail of a lane may leave (what is held may not)."""

    depth: Mapping[tuple[Lane, DeliveryState], int]
    oldest: Mapping[Lane, datetime]
    waiting: Mapping[WaitReason, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. `result` is None while it runs."""

    number: int
    node: str
    started_at: datetime
    finished_at: datetime | None
    result: str | None
    code: int | None
    status: str | None
    text: str | None


# --- in -------------------------------------------------------------------------------------

_INSERT_OUTBOUND = Prepared(
    insert(outbound).values(
        {column: bindparam(column.name) for column in outbound.c if column.name != "id"}
    )
)
_DELIVERY_COLUMNS = (
    "outbound",
    "ticket",
    "lane",
    "outside",
    "recipient",
    "recipient_key",
    "destination",
    "sender_key",
    "agent",
    "campaign",
    "reverse_path",
    "insists",
    "state",
    "attempts",
    "due_at",
    "due_from",
    "wait_reason",
    "fence",
    "created_at",
)
_INSERT_DELIVERY = Prepared(
    insert(deliveries).values({name: bindparam(name) for name in _DELIVERY_COLUMNS})
)


def enqueue(conn: Connection, draft: Draft, content: bytes, now: datetime) -> OutboundId:
    """Queues one mail: a READY delivery for each recipient (each once), due at its time or now.

    `content` is what goes over the wire at every attempt. The Message-ID is noted as ours.
    """
    (message,) = enqueue_all(conn, [(draft, content)], now)
    return message


def enqueue_all(
    conn: Connection, mails: Sequence[tuple[Draft, bytes]], now: datetime
) -> tuple[OutboundId, ...]:
    """Queues each of `mails`, in order."""
    if not mails:
        return ()
    queued = [(draft, _insert(conn, draft, content, now)) for draft, content in mails]
    rows = [row for draft, message in queued for row in _new_deliveries(draft, message, now)]
    _INSERT_DELIVERY.run_many(conn, rows)
    known = [(d.ticket, d.mail.message_id) for d, _ in queued if d.ticket is not None]
    entries.note_message_ids(conn, known, own=True, at=now)
    return tuple(message for _, message in queued)


def _insert(conn: Connection, draft: Draft, content: bytes, now: datetime) -> OutboundId:
    return OutboundId(
        _INSERT_OUTBOUND.insert(
            conn,
            ticket=draft.ticket,
            entry=draft.entry,
            lane=draft.lane.value,
            kind=draft.kind,
            sender=str(draft.sender),
            message_id=draft.mail.message_id,
            raw=content,
            agent=draft.agent,
            outside=draft.outside,
            created_at=now,
        )
    )


def _new_deliveries(draft: Draft, message: OutboundId, now: datetime) -> list[dict[str, object]]:
    recipients = {recipient.key: recipient for recipient in draft.recipients}
    return [_new_delivery(draft, message, recipient, now) for recipient in recipients.values()]


def _new_delivery(
    draft: Draft, message: OutboundId, recipient: Address, now: datetime
) -> dict[str, object]:
    due = now if draft.due_at is None else max(draft.due_at, now)
    return {
        "outbound": message,
        "ticket": draft.ticket,
        "lane": draft.lane.value,
        "outside": draft.outside,
        "recipient": str(recipient),
        "recipient_key": recipient.key,
        "destination": recipient.domain,
        "sender_key": draft.sender.key,
        "agent": draft.agent,
        "campaign": draft.campaign,
        "reverse_path": reverse_path_text(draft.reverse_path_for(recipient)),
        "insists": False,
        "state": DeliveryState.READY.value,
        "attempts": 0,
        "due_at": due,
        "due_from": due,
        "wait_reason": draft.waits.value,
        "fence": 0,
        "created_at": now,
    }


# --- looking ----------------------------------------------------------------------------------


def get(conn: Connection, delivery: DeliveryId) -> Delivery | None:
    if not is_id(delivery):
        return None
    row = conn.execute(_shown().where(deliveries.c.id == delivery)).one_or_none()
    return None if row is None else _delivery(row)


def deliveries_of_ticket(conn: Connection, ticket: TicketId) -> list[Delivery]:
    """Everything that left or leaves for a ticket, in the order of queueing."""
    wanted = _shown().where(deliveries.c.ticket == ticket).order_by(deliveries.c.id)
    return [] if not is_id(ticket) else [_delivery(row) for row in conn.execute(wanted)]


def listing(conn: Connection, wanted: DeliveryFilter) -> list[Delivery]:
    """The newest `limit` deliveries that match, in the order of the queue."""
    if wanted.ticket is not None and not is_id(wanted.ticket):
        return []
    query = _shown()
    if wanted.state is not None:
        query = query.where(in_state(wanted.state))
    if wanted.lane is not None:
        query = query.where(deliveries.c.lane == wanted.lane.value)
    if wanted.ticket is not None:
        query = query.where(deliveries.c.ticket == wanted.ticket)
    rows = conn.execute(query.order_by(deliveries.c.id.desc()).limit(wanted.limit)).all()
    return [_delivery(row) for row in reversed(rows)]


def attempts_of(conn: Connection, delivery: DeliveryId) -> list[Attempt]:
    """Every attempt with the reply that it got, the first one first."""
    wanted = select(attempts).where(attempts.c.delivery == delivery).order_by(attempts.c.number)
    return (
        []
        if not is_id(delivery)
        else [
            Attempt(
                r.number, r.node, r.started_at, r.finished_at, r.result, r.code, r.status, r.text
            )
            for r in conn.execute(wanted)
        ]
    )


def first_attempt(conn: Connection, delivery: DeliveryId) -> datetime | None:
    """When it was tried for the first time; None when it never was."""
    column = attempts.c
    wanted = select(func.min(column.started_at)).where(column.delivery == delivery)
    found: datetime | None = conn.execute(wanted).scalar_one()
    return found


def content(conn: Connection, delivery: DeliveryId) -> bytes | None:
    """The bytes that go to the next hop; None for an unknown delivery, and when they are gone
    because they were past their retention."""
    joined = outbound.join(deliveries, deliveries.c.outbound == outbound.c.id)
    wanted = select(outbound.c.raw).select_from(joined).where(deliveries.c.id == delivery)
    return conn.execute(wanted).scalar_one_or_none() or None if is_id(delivery) else None


def _counted(state: DeliveryState, *by: ColumnElement[Any]) -> Prepared:
    """Deliveries of a state by lane and `by`, from its partial index alone."""
    none = null()
    since = func.min(deliveries.c.due_from) if state is not DeliveryState.HELD else none
    return Prepared(
        select(
            deliveries.c.lane,
            literal_column(f"'{state.value}'").label("state"),
            (by[0] if by else none).label("reason"),
            func.count().label("number"),
            since.label("since"),
        )
        .where(in_state(state))
        .group_by(deliveries.c.lane, *by)
    )


# One query a state, so that each goes by its partial index.
_READY = _counted(DeliveryState.READY, deliveries.c.wait_reason)
_HELD = _counted(DeliveryState.HELD)
_LEASED = _counted(DeliveryState.LEASED)


def stats(conn: Connection, now: datetime) -> QueueStats:
    """What is in the queue at `now`; mail in a final state is not."""
    depth: Counter[tuple[Lane, DeliveryState]] = Counter()
    waiting: Counter[WaitReason] = Counter()
    oldest: dict[Lane, datetime] = {}
    for asked in (_READY, _HELD, _LEASED):
        for row in asked.all(conn):
            lane, state = Lane(row.lane), DeliveryState(row.state)
            depth[lane, state] += row.number
            waiting[_reason(state, row.reason)] += row.number
            if row.since is not None:
                oldest[lane] = min(row.since, now, oldest.get(lane, row.since))
    return QueueStats(dict(depth), oldest, dict(waiting))


def _reason(state: DeliveryState, stored: str | None) -> WaitReason:
    """`stored` is asked for where the state does not say it."""
    match state:
        case DeliveryState.HELD:
            return WaitReason.HELD
        case DeliveryState.LEASED:
            return WaitReason.LEASED
        case _:
            return WaitReason.QUEUED if stored is None else WaitReason(stored)


_LAST_ACKNOWLEDGED = Prepared(
    select(deliveries.c.recipient_key)
    .where(
        deliveries.c.lane == literal_column(f"'{Lane.ACKNOWLEDGEMENT.value}'"),
        deliveries.c.created_at >= bindparam("since"),
    )
    .limit(bindparam("most"))
)


def acknowledged_since(conn: Connection, since: datetime, limit: int) -> list[str]:
    """The keys of the addresses for which acknowledgements were queued since then, one for each
    acknowledgement, `limit` at most."""
    return [row.recipient_key for row in _LAST_ACKNOWLEDGED.all(conn, since=since, most=limit)]


def _shown() -> Select[Any]:
    message = outbound.c
    return select(
        deliveries,
        message.entry,
        message.message_id,
        message.sender,
    ).join(outbound, deliveries.c.outbound == message.id)


def _delivery(row: Row[Any]) -> Delivery:
    reply = None
    if row.last_at is not None:
        reply = Reply(row.last_code, row.last_status, row.last_text, row.last_at)
    bounced = None
    if row.bounced_at is not None:
        bounced = Bounced(row.bounced_status, row.bounced_text, row.bounced_at)
    return Delivery(
        id=DeliveryId(row.id),
        outbound=OutboundId(row.outbound),
        ticket=row.ticket,
        entry=None if row.entry is None else EntryId(row.entry),
        message_id=row.message_id,
        recipient=address_of(row.recipient),
        sender=address_of(row.sender),
        lane=Lane(row.lane),
        state=DeliveryState(row.state),
        attempts=row.attempts,
        due_at=row.due_at,
        wait_reason=None if row.wait_reason is None else WaitReason(row.wait_reason),
        last_reply=reply,
        relay_id=row.relay_id,
        created_at=row.created_at,
        outside=row.outside,
        agent=row.agent,
        bounced=bounced,
        campaign=row.campaign,
        waits_for=row.waits_for,
        due_from=row.due_from,
    )
