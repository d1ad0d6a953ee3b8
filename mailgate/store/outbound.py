"""The queue of mail that leaves: putting it in, looking at it, an operator's changes.

What the outbound worker does with it (claim, settle) is in `store.leases`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Row,
    Select,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    union_all,
    update,
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
from mailgate.model.delivery_states import WAITING, DeliveryEvent, sources, target
from mailgate.model.ids import DeliveryId, EntryId, OutboundId, TicketId
from mailgate.model.ticket import EventKind, TicketEvent
from mailgate.store import entries, events
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
    "cancel",
    "content",
    "deliveries_of_ticket",
    "enqueue",
    "enqueue_all",
    "get",
    "hold",
    "listing",
    "release",
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
    """What waits: `depth` by lane and state, `oldest` the time of the longest waiting mail."""

    depth: Mapping[tuple[Lane, DeliveryState], int]
    oldest: Mapping[Lane, datetime]


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


def content(conn: Connection, delivery: DeliveryId) -> bytes | None:
    """The bytes that go to the next hop; None for an unknown delivery, and when they are gone
    because they were past their retention."""
    joined = outbound.join(deliveries, deliveries.c.outbound == outbound.c.id)
    wanted = select(outbound.c.raw).select_from(joined).where(deliveries.c.id == delivery)
    return conn.execute(wanted).scalar_one_or_none() or None if is_id(delivery) else None


def stats(conn: Connection, now: datetime) -> QueueStats:
    """What is in the queue at `now`; mail in a final state is not."""
    # One query a state, so that each goes by its partial index.
    waiting = [
        select(
            deliveries.c.lane, deliveries.c.state, func.count(), func.min(deliveries.c.created_at)
        )
        .where(in_state(state))
        .group_by(deliveries.c.lane, deliveries.c.state)
        for state in sorted(WAITING)
    ]
    depth: dict[tuple[Lane, DeliveryState], int] = {}
    oldest: dict[Lane, datetime] = {}
    for lane_name, state_name, number, since in conn.execute(union_all(*waiting)):
        lane, state = Lane(lane_name), DeliveryState(state_name)
        depth[lane, state] = number
        if state is not DeliveryState.HELD:
            oldest[lane] = min(since, now, oldest.get(lane, since))
    return QueueStats(depth, oldest)


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


# --- an operator's changes ---------------------------------------------------------------------


def hold(conn: Connection, ids: Sequence[DeliveryId] | None, now: datetime) -> int:
    """Stops mail that waits (all of it for None), from `now` until it is released; how many
    deliveries that changed."""
    held = {"wait_reason": WaitReason.HELD.value, "waits_for": None, "due_at": now}
    return len(_change(conn, ids, DeliveryEvent.HOLD, held))


def release(conn: Connection, ids: Sequence[DeliveryId] | None, now: datetime) -> int:
    """Lets held mail go, due now; how many deliveries that changed."""
    due = {"wait_reason": WaitReason.QUEUED.value, "due_at": now}
    return len(_change(conn, ids, DeliveryEvent.RELEASE, due))


def cancel(conn: Connection, ids: Sequence[DeliveryId] | None, now: datetime) -> int:
    """Ends mail that has not left, with an event on its ticket; how many deliveries."""
    ended = {"wait_reason": None, "waits_for": None, "final_at": now}
    gone = _change(conn, ids, DeliveryEvent.CANCEL, ended)
    for row in gone:
        if row.ticket is None:
            continue
        detail = {"delivery": row.id, "recipient": row.recipient}
        events.add(
            conn,
            TicketId(row.ticket),
            TicketEvent(now, EventKind.DELIVERY_CANCELLED, "operator", detail),
        )
    return len(gone)


def _change(
    conn: Connection,
    ids: Sequence[DeliveryId] | None,
    event: DeliveryEvent,
    values: Mapping[str, object],
) -> Sequence[Row[Any]]:
    """The guarded UPDATE of a transition: rows in another state stay as they are."""
    change = update(deliveries).where(deliveries.c.state.in_(sources(event)))
    if ids is not None:
        change = change.where(deliveries.c.id.in_([known for known in ids if is_id(known)]))
    change = change.values(state=target(event).value, **values)
    columns = (deliveries.c.id, deliveries.c.ticket, deliveries.c.recipient)
    return conn.execute(change.returning(*columns)).all()
