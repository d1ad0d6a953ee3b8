"""Webhooks: queued with the change that causes them, claimed by one node at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update

from mailgate.model.ids import TicketId
from mailgate.model.webhook import LeasedWebhook, Webhook, WebhookState
from mailgate.store.core import Connection
from mailgate.store.desktables import webhooks
from mailgate.store.values import is_id

__all__ = ["claim", "counts", "listing", "next_due", "prune", "put", "retry", "settle"]

_column = webhooks.c
_READY = WebhookState.READY.value


def put(conn: Connection, ticket: TicketId, rule: str, url: str, body: str, now: datetime) -> None:
    """Queues one, due at once; it goes when the transaction is committed."""
    conn.execute(
        insert(webhooks).values(
            ticket=ticket,
            rule=rule,
            url=url,
            body=body,
            state=_READY,
            attempts=0,
            due_at=now,
            fence=0,
            created_at=now,
        )
    )


def next_due(conn: Connection) -> datetime | None:
    """When the next one is due; None when none waits."""
    first = select(_column.due_at).where(_column.state == _READY).order_by(_column.due_at)
    return conn.execute(first.limit(1)).scalar_one_or_none()


def claim(
    conn: Connection, *, now: datetime, lease: timedelta, limit: int
) -> Sequence[LeasedWebhook]:
    """Takes up to `limit` that are due, those due longest first; nobody else gets them for
    `lease`, or until they are settled."""
    free = or_(_column.lease_until.is_(None), _column.lease_until <= now)
    due = (
        select(_column.id)
        .where(_column.state == _READY, _column.due_at <= now, free)
        .order_by(_column.due_at, _column.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    # Not one statement: PostgreSQL may run a subquery that locks once for each row.
    found = conn.execute(due).scalars().all()
    if not found:
        return ()
    taken = (
        update(webhooks)
        .where(_column.id.in_(found))
        .values(attempts=_column.attempts + 1, fence=_column.fence + 1, lease_until=now + lease)
        .returning(
            *(_column.id, _column.ticket, _column.rule, _column.url, _column.body),
            *(_column.attempts, _column.created_at, _column.fence),
        )
    )
    leased = [
        LeasedWebhook(
            id=row.id,
            ticket=TicketId(row.ticket),
            rule=row.rule,
            url=row.url,
            body=row.body,
            attempts=row.attempts,
            created_at=row.created_at,
            fence=row.fence,
        )
        for row in conn.execute(taken)
    ]
    return sorted(leased, key=lambda one: one.id)


def settle(
    conn: Connection,
    of: LeasedWebhook,
    state: WebhookState,
    *,
    due_at: datetime | None = None,
    error: str | None = None,
) -> bool:
    """Notes what became of an attempt; False when somebody else has claimed it meanwhile."""
    values: dict[str, Any] = {"state": state.value, "lease_until": None, "last_error": error}
    if due_at is not None:
        values["due_at"] = due_at
    mine = (_column.id == of.id, _column.fence == of.fence, _column.state == _READY)
    return conn.execute(update(webhooks).where(*mine).values(values)).rowcount > 0


def listing(
    conn: Connection, *, state: WebhookState | None = None, limit: int = 100
) -> Sequence[Webhook]:
    """The newest first."""
    wanted = select(webhooks).order_by(_column.id.desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(_column.state == state.value)
    return [
        Webhook(
            id=row.id,
            ticket=TicketId(row.ticket),
            rule=row.rule,
            url=row.url,
            state=WebhookState(row.state),
            attempts=row.attempts,
            due_at=row.due_at,
            last_error=row.last_error,
            created_at=row.created_at,
        )
        for row in conn.execute(wanted)
    ]


def retry(conn: Connection, number: int, now: datetime) -> bool:
    """Makes one due now that waits or was given up, for another day; False when there is no such
    one, or it was taken."""
    if not is_id(number):
        return False
    open_ = (_column.id == number, _column.state != WebhookState.DONE.value)
    values = {
        "state": _READY,
        "due_at": now,
        "created_at": now,
        "attempts": 0,
        "lease_until": None,
        "fence": _column.fence + 1,
    }
    return conn.execute(update(webhooks).where(*open_).values(values)).rowcount > 0


def counts(conn: Connection) -> Mapping[WebhookState, int]:
    """How many are in each state; every state is there."""
    found = conn.execute(select(_column.state, func.count()).group_by(_column.state))
    by_state = {WebhookState(state): number for state, number in found}
    return {state: by_state.get(state, 0) for state in WebhookState}


_ENDED = (WebhookState.DONE.value, WebhookState.FAILED.value)


def prune(conn: Connection, before: datetime, limit: int) -> int:
    """Forgets up to `limit` that were taken, or given up, and last due before then; how many."""
    old = select(_column.id).where(_column.state.in_(_ENDED), _column.due_at < before).limit(limit)
    return conn.execute(delete(webhooks).where(_column.id.in_(old.scalar_subquery()))).rowcount
