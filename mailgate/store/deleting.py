"""Deleting tickets with everything that stands on them.

Of a mail that came in, its row in the journal stays, without anything that it said: that the same
bytes were taken before is known as long as the journal is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import (
    ColumnElement,
    Exists,
    Select,
    Table,
    delete,
    exists,
    select,
    update,
)

from mailgate.model.delivery_states import WAITING
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Status
from mailgate.model.webhook import WebhookState
from mailgate.store import search
from mailgate.store.core import Connection
from mailgate.store.desktables import (
    blocked_senders,
    followers,
    rule_runs,
    surveys,
    timers,
    webhooks,
)
from mailgate.store.outboundtables import attempts, deliveries, outbound, suppressions
from mailgate.store.tables import (
    attachments,
    blobs,
    contacts,
    entries,
    events,
    journal,
    journal_content,
    message_ids,
    side_parties,
    ticket_cc,
    ticket_links,
    ticket_tags,
    tickets,
)

T = TypeVar("T")

__all__ = ["CAUSE", "HANDLED", "delete_ticket", "ripe"]

CAUSE = "deleted"
"""Why the journal knows no more of a mail."""

_GO: Sequence[Table] = (
    message_ids,
    events,
    ticket_cc,
    side_parties,
    ticket_tags,
    ticket_links,
    followers,
    timers,
    rule_runs,
    webhooks,
    surveys,
)
"""What is nothing without its ticket."""

_SAID = (
    *("peer", "authenticated", "reverse_path", "message_id", "message_id_hash"),
    *("from_address", "subject", "decision", "ticket", "error"),
)
"""What the journal knows of a mail besides its bytes, and can be without."""

_NOT_CLOSED = sorted(each.value for each in Status if each is not Status.CLOSED)

HANDLED: Mapping[str, frozenset[str]] = {
    "tickets": frozenset(
        {f"{table.name}.ticket" for table in _GO}
        | {"ticket_links.linked", "tickets.parent", "tickets.merged_into", "blocked_senders.ticket"}
        | {"entries.ticket", "outbound.ticket", "deliveries.ticket", "journal.ticket"}
    ),
    "entries": frozenset({"attachments.entry", "outbound.entry"}),
    "outbound": frozenset({"deliveries.outbound"}),
    "deliveries": frozenset({"attempts.delivery", "suppressions.delivery"}),
    "blobs": frozenset({"attachments.sha256"}),
    "contacts": frozenset({"tickets.requester"}),
}
"""By table: the columns that name its rows, all of which are seen to."""


def ripe(conn: Connection, before: datetime, limit: int) -> Sequence[TicketId]:
    """Tickets that have been closed since before then, the longest first; locked until the
    transaction ends. Not those of which mail is still in the queue, or something is still to be
    told elsewhere, their own or of what was merged into them, and not those that became part of
    another one: they go with it."""
    queued = _on_it(deliveries, deliveries.c.state.in_(sorted(WAITING)))
    to_be_told = _on_it(webhooks, webhooks.c.state == WebhookState.READY.value)
    found = (
        select(tickets.c.id)
        .where(
            tickets.c.closed_at <= before,
            # Not as an equation: SQLite would go by the index of statuses, and sort them all.
            tickets.c.status.not_in(_NOT_CLOSED),
            tickets.c.merged_into.is_(None),
            *(~one for one in (*queued, *to_be_told)),
        )
        .order_by(tickets.c.closed_at)
        .limit(limit)
        .with_for_update(of=tickets, skip_locked=True)
    )
    return [TicketId(number) for number in conn.execute(found).scalars()]


def _on_it(table: Table, waits: ColumnElement[bool]) -> tuple[Exists, Exists]:
    """Whether something waits on the ticket itself, and on what was merged into it: apart, so that
    each goes by its index."""
    merged = tickets.alias("merged")
    some = exists().where(waits)
    return (
        some.where(table.c.ticket == tickets.c.id),
        some.where(merged.c.merged_into == tickets.c.id, table.c.ticket == merged.c.id),
    )


def delete_ticket(conn: Connection, ticket: TicketId) -> None:
    """Deletes it, with what was merged into it. The ticket is locked by the caller."""
    those = _with_merged(conn, ticket)
    for number in those:
        search.forget(conn, number)
    _delete_mails(conn, those)
    files = _delete_entries(conn, those)
    _empty_journal(conn, those)
    for table in _GO:
        conn.execute(delete(table).where(table.c.ticket.in_(those)))
    conn.execute(delete(ticket_links).where(ticket_links.c.linked.in_(those)))
    _let_go(conn, blocked_senders, "ticket", blocked_senders.c.ticket.in_(those))
    _let_go(conn, tickets, "parent", tickets.c.parent.in_(those))
    people = _column(conn, select(tickets.c.requester).where(tickets.c.id.in_(those)))
    conn.execute(delete(tickets).where(tickets.c.id.in_(those)))
    others = exists().where(tickets.c.requester == contacts.c.id)
    conn.execute(delete(contacts).where(contacts.c.id.in_(people), ~others))
    # In one order for everybody, as they are put there.
    for sha256 in sorted(files):
        used = exists().where(attachments.c.sha256 == blobs.c.sha256)
        conn.execute(delete(blobs).where(blobs.c.sha256 == sha256, ~used))


def _with_merged(conn: Connection, ticket: TicketId) -> list[TicketId]:
    those, new = [ticket], [ticket]
    while new:
        merged = select(tickets.c.id).where(tickets.c.merged_into.in_(new))
        new = [TicketId(one) for one in conn.execute(merged).scalars() if one not in those]
        those += new
    return those


def _delete_mails(conn: Connection, those: Sequence[TicketId]) -> None:
    """What went out, and what became of it. Why mail is kept from an address stays."""
    mails = select(outbound.c.id).where(outbound.c.ticket.in_(those))
    its = deliveries.c.outbound.in_(mails.scalar_subquery())
    numbers = select(deliveries.c.id).where(its).scalar_subquery()
    conn.execute(delete(attempts).where(attempts.c.delivery.in_(numbers)))
    _let_go(conn, suppressions, "delivery", suppressions.c.delivery.in_(numbers))
    conn.execute(delete(deliveries).where(its))
    conn.execute(delete(outbound).where(outbound.c.ticket.in_(those)))


def _delete_entries(conn: Connection, those: Sequence[TicketId]) -> set[str]:
    """What was said; the digests of the files that came along."""
    its = select(entries.c.id).where(entries.c.ticket.in_(those)).scalar_subquery()
    # A mail of another ticket told of it before the message got this one.
    _let_go(conn, outbound, "entry", outbound.c.entry.in_(its))
    files = _column(conn, select(attachments.c.sha256).where(attachments.c.entry.in_(its)))
    conn.execute(delete(attachments).where(attachments.c.entry.in_(its)))
    by_mail = entries.c.journal.is_not(None)
    rows = _column(conn, select(entries.c.journal).where(entries.c.ticket.in_(those), by_mail))
    conn.execute(delete(entries).where(entries.c.ticket.in_(those)))
    _empty(conn, journal.c.id.in_(rows))
    return {str(one) for one in files}


def _empty_journal(conn: Connection, those: Sequence[TicketId]) -> None:
    """Mails that became no message on it: reports, copies."""
    _empty(conn, journal.c.ticket.in_(those))


def _empty(conn: Connection, which: ColumnElement[bool]) -> None:
    rows = select(journal.c.id).where(which).scalar_subquery()
    conn.execute(delete(journal_content).where(journal_content.c.journal.in_(rows)))
    nothing = dict.fromkeys(_SAID)
    conn.execute(update(journal).where(which).values(forward_paths="[]", cause=CAUSE, **nothing))


def _let_go(conn: Connection, table: Table, column: str, which: ColumnElement[bool]) -> None:
    conn.execute(update(table).where(which).values({column: None}))


def _column(conn: Connection, query: Select[T]) -> list[object]:
    return list(conn.execute(query).scalars())
