"""The journal: raw mail as a door took it, and how far the worker has come with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    update,
)

from mailgate.mail.envelope import Envelope
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.journal import Arrival, Door, JournalRow, JournalState, JournalSummary
from mailgate.store.appending import ARRIVED, append_all, append_one
from mailgate.store.core import Connection, LeaseLost
from mailgate.store.originals import copies, has_other_with_message_id, twin_ticket
from mailgate.store.prepared import Prepared, Row
from mailgate.store.room import takes_room
from mailgate.store.tables import journal, journal_content
from mailgate.store.together import together
from mailgate.store.values import (
    addresses_of,
    id_hash,
    is_id,
    reverse_path_of,
)

__all__ = [
    "JournalDepth",
    "append",
    "arrival",
    "claim",
    "content",
    "copies",
    "depth",
    "drop",
    "fail",
    "finish",
    "free",
    "get",
    "hand_back",
    "has_other_with_message_id",
    "listing",
    "quarantine",
    "quarantined_for",
    "release",
    "twin_ticket",
]


@dataclass(frozen=True, slots=True)
class JournalDepth:
    """How much waits. `oldest` is when the longest waiting row came, None when none waits;
    `quarantined` counts by cause."""

    depth: int
    oldest: datetime | None
    quarantined: Mapping[str, int]


def _in_state(state: JournalState) -> ColumnElement[bool]:
    """Written out, not bound: a partial index is used only for what the planner can see."""
    return journal.c.state == literal_column(f"'{state.value}'")


@takes_room
@together(append_all, at_once=64, awaited=True)
def append(conn: Connection, arrival: Arrival) -> JournalId:
    """Puts a message in; it is due at once."""
    return append_one(conn, arrival)


_DUE = Prepared(
    select(
        journal.c.id,
        *(journal.c[name] for name in ARRIVED),
        journal.c.attempts,
        journal.c.released,
        journal.c.released_to,
        journal.c.released_cause,
        journal_content.c.raw,
    )
    .join(journal_content, journal_content.c.journal == journal.c.id)
    .where(
        _in_state(JournalState.RECEIVED),
        journal.c.due_at <= bindparam("now"),
        or_(journal.c.lease_until.is_(None), journal.c.lease_until <= bindparam("now")),
    )
    .order_by(journal.c.id)
    .limit(bindparam("rows"))
    .with_for_update(of=journal, skip_locked=True)
)
_LEASE = Prepared(
    update(journal)
    .where(journal.c.id == bindparam("row"))
    .values(attempts=journal.c.attempts + 1, lease_until=bindparam("until"))
)


def claim(conn: Connection, *, now: datetime, lease: timedelta, limit: int) -> list[JournalRow]:
    """Takes up to `limit` due rows in order of arrival; nobody else gets them for `lease`.

    A row whose lease ran out is due again. Each claim counts as an attempt: a message that
    kills the process is known by it.
    """
    found = _DUE.all(conn, now=now, rows=limit)
    if found:
        _LEASE.run_many(conn, [{"row": row.id, "until": now + lease} for row in found])
    return [_claimed(row) for row in found]


def _claimed(row: Row) -> JournalRow:
    return JournalRow(
        JournalId(row.id),
        _arrival(row),
        row.attempts + 1,
        row.released,
        row.released_to,
        row.released_cause,
    )


def _arrival(row: Row) -> Arrival:
    return Arrival(
        door=Door(row.door),
        envelope=_envelope(row),
        content=row.raw,
        at=row.received_at,
        peer=row.peer,
        trusted=row.trusted,
        authenticated=row.authenticated,
    )


def _envelope(row: Row) -> Envelope:
    return Envelope(reverse_path_of(row.reverse_path), addresses_of(row.forward_paths))


_FINISH = Prepared(
    update(journal)
    .where(journal.c.id == bindparam("row"), _in_state(JournalState.RECEIVED))
    .values(
        {
            name: bindparam(name, type_=journal.c[name].type)
            for name in (
                "state",
                "cause",
                "decision",
                "ticket",
                "digest",
                "message_id",
                "message_id_hash",
                "from_address",
                "subject",
                "done_at",
            )
        }
        | {"lease_until": None, "error": None}
    )
)


def finish(
    conn: Connection,
    row_id: JournalId,
    *,
    state: JournalState,
    cause: str | None,
    decision: str,
    ticket: TicketId | None,
    digest: bytes,
    message_id: str | None,
    from_address: str | None,
    subject: str | None,
    now: datetime,
) -> None:
    """Records what became of a row, once: LeaseLost when somebody else has finished it,
    which rolls back everything that this worker did with it."""
    touched = _FINISH.run(
        conn,
        row=row_id,
        state=state.value,
        cause=cause,
        decision=decision,
        ticket=ticket,
        digest=digest,
        message_id=message_id,
        message_id_hash=None if message_id is None else id_hash(message_id),
        from_address=from_address,
        subject=subject,
        done_at=now,
    )
    if not touched:
        raise LeaseLost(f"journal row {row_id} was finished by another worker")


_FAIL = Prepared(
    update(journal)
    .where(journal.c.id == bindparam("row"), _in_state(JournalState.RECEIVED))
    .values(error=bindparam("error"), due_at=bindparam("due_at"), lease_until=None)
)


def fail(conn: Connection, row_id: JournalId, *, error: str, due_at: datetime) -> None:
    """Gives a claimed row back, to be tried again at `due_at`."""
    _FAIL.run(conn, row=row_id, error=error, due_at=due_at)


_QUARANTINE = Prepared(
    update(journal)
    .where(journal.c.id == bindparam("row"), _in_state(JournalState.RECEIVED))
    .values(
        state=JournalState.QUARANTINED.value,
        cause=bindparam("cause"),
        error=bindparam("error"),
        done_at=bindparam("now"),
        lease_until=None,
    )
)


def free(conn: Connection) -> None:
    """Makes every claimed row due again, whoever has it; its attempts still count."""
    conn.execute(
        update(journal)
        .where(_in_state(JournalState.RECEIVED), journal.c.lease_until.is_not(None))
        .values(lease_until=None)
    )


_HAND_BACK = Prepared(
    update(journal)
    .where(journal.c.id == bindparam("row"), _in_state(JournalState.RECEIVED))
    .values(attempts=journal.c.attempts - 1, lease_until=None, due_at=bindparam("now"))
)


def hand_back(conn: Connection, row_id: JournalId, *, now: datetime) -> None:
    """Gives up a claim on a row that was not begun: it is due again, and no attempt counts."""
    _HAND_BACK.run(conn, row=row_id, now=now)


def quarantine(
    conn: Connection, row_id: JournalId, *, cause: str, error: str, now: datetime
) -> None:
    """Sets a row aside for a human because it could not be processed."""
    _QUARANTINE.run(conn, row=row_id, cause=cause, error=error, now=now)


def _let_out(state: JournalState) -> Prepared:
    return Prepared(
        update(journal)
        .where(journal.c.id == bindparam("row"), _in_state(state))
        .values(
            state=JournalState.RECEIVED.value,
            released=True,
            released_to=bindparam("ticket"),
            released_cause=journal.c.cause,
            attempts=0,
            due_at=bindparam("now"),
            cause=None,
            error=None,
            done_at=None,
            lease_until=None,
        )
    )


_LET_OUT = {state: _let_out(state) for state in (JournalState.QUARANTINED, JournalState.DROPPED)}


def release(
    conn: Connection,
    row_id: JournalId,
    *,
    ticket: TicketId | None,
    now: datetime,
    state: JournalState = JournalState.QUARANTINED,
) -> bool:
    """Lets a row out of quarantine, or what was dropped back in, onto `ticket` if one is named;
    False when it is not in this state. What it was there for is kept."""
    return is_id(row_id) and _LET_OUT[state].run(conn, row=row_id, ticket=ticket, now=now) > 0


_DROP = Prepared(
    update(journal)
    .where(journal.c.id == bindparam("row"), _in_state(JournalState.QUARANTINED))
    .values(state=JournalState.DROPPED.value, done_at=bindparam("now"))
)


def drop(conn: Connection, row_id: JournalId, now: datetime) -> bool:
    """Drops a row in quarantine; False when it is in none. Its bytes stay."""
    return is_id(row_id) and _DROP.run(conn, row=row_id, now=now) > 0


_SUMMARY = select(
    *(journal.c[name] for name in ("id", "door", "received_at", "reverse_path", "forward_paths")),
    *(journal.c[name] for name in ("size", "message_id", "from_address", "subject", "state")),
    *(journal.c[name] for name in ("attempts", "cause", "decision", "ticket", "error")),
)
_GET = Prepared(_SUMMARY.where(journal.c.id == bindparam("row")))
_CONTENT = Prepared(
    select(journal_content.c.raw).where(journal_content.c.journal == bindparam("row"))
)


def get(conn: Connection, row_id: JournalId) -> JournalSummary | None:
    """The row without its bytes."""
    row = _GET.one(conn, row=row_id) if is_id(row_id) else None
    return None if row is None else _summary(row)


def content(conn: Connection, row_id: JournalId) -> bytes | None:
    """The bytes as they came; None when there is no such row or its bytes have expired."""
    row = _CONTENT.one(conn, row=row_id) if is_id(row_id) else None
    return None if row is None else row.raw


_ARRIVAL = Prepared(
    select(*(journal.c[name] for name in ARRIVED), journal_content.c.raw)
    .join(journal_content, journal_content.c.journal == journal.c.id)
    .where(journal.c.id == bindparam("row"))
)


def arrival(conn: Connection, row_id: JournalId) -> Arrival | None:
    """The mail as a door took it; None when there is no such row or its bytes have expired."""
    row = _ARRIVAL.one(conn, row=row_id) if is_id(row_id) else None
    return None if row is None else _arrival(row)


def listing(conn: Connection, *, state: JournalState | None, limit: int) -> list[JournalSummary]:
    """Rows in `state` (any for None), the newest first."""
    wanted = _SUMMARY.order_by(journal.c.id.desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(_in_state(state))
    return [_summary(row) for row in conn.execute(wanted)]


def quarantined_for(conn: Connection, cause: str) -> list[JournalId]:
    """The rows in quarantine for this cause, the oldest first."""
    wanted = (
        select(journal.c.id)
        .where(_in_state(JournalState.QUARANTINED), journal.c.cause == cause)
        .order_by(journal.c.id)
    )
    return [JournalId(number) for number in conn.scalars(wanted)]


def _summary(row: Any) -> JournalSummary:  # noqa: ANN401  a row of either kind
    return JournalSummary(
        id=JournalId(row.id),
        door=Door(row.door),
        received_at=row.received_at,
        envelope=_envelope(row),
        size=row.size,
        message_id=row.message_id,
        from_=row.from_address,
        subject=row.subject,
        state=JournalState(row.state),
        attempts=row.attempts,
        cause=row.cause,
        decision=row.decision,
        ticket=row.ticket,
        error=row.error,
    )


def depth(conn: Connection, now: datetime) -> JournalDepth:  # noqa: ARG001  as every queue's
    """What waits for the worker or for a human; order of arrival is order of ids."""
    waiting = select(func.count()).where(_in_state(JournalState.RECEIVED))
    first = (
        select(journal.c.received_at)
        .where(_in_state(JournalState.RECEIVED))
        .order_by(journal.c.id)
        .limit(1)
    )
    by_cause = (
        select(journal.c.cause, func.count())
        .where(_in_state(JournalState.QUARANTINED))
        .group_by(journal.c.cause)
    )
    causes = {cause or "unknown": rows for cause, rows in conn.execute(by_cause)}
    return JournalDepth(conn.scalar(waiting) or 0, conn.scalar(first), causes)
