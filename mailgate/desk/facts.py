"""What the store knows of a message, read in one go before anything is decided."""

from datetime import datetime

from mailgate.model.ids import JournalId, TicketId
from mailgate.store import entries, journal, tickets
from mailgate.store.core import Connection
from mailgate.threading.evidence import Evidence, Facts, TicketFacts

NO_ROW = JournalId(2**62)
"""For a mail that is in no journal: every row is an earlier one."""


def read_facts(
    conn: Connection,
    evidence: Evidence,
    *,
    row: JournalId,
    digest: bytes | None,
    since: datetime,
    also: TicketId | None = None,
) -> Facts:
    """`digest` is that of the mail's bytes (None: nobody asks whether it came before), `since`
    how far back the same bytes are the same mail; `also` is a ticket that a human named."""
    stored = entries.tickets_of_ids(conn, evidence.foreign_ids) if evidence.foreign_ids else {}
    named = _named(evidence, stored)
    if also is not None:
        named.add(also)
    known = {ticket: _ticket(conn, ticket) for ticket in sorted(named)}
    return Facts(
        tickets={ticket: facts for ticket, facts in known.items() if facts is not None},
        stored_ids=stored,
        original=None if digest is None else journal.find_original(conn, row, digest, since),
        same_id=digest is not None
        and evidence.message_id is not None
        and journal.has_other_with_message_id(conn, row, evidence.message_id, digest),
    )


def _named(evidence: Evidence, stored: dict[str, tuple[TicketId, ...]]) -> set[TicketId]:
    own = evidence.message_id_ours
    return {
        *(token.ticket for token in evidence.tokens),
        *(verified.ticket for verified in evidence.own_ids),
        *evidence.subject_tags,
        *(ticket for owners in stored.values() for ticket in owners),
        *(() if own is None else (own.ticket,)),
    }


def _ticket(conn: Connection, named: TicketId) -> TicketFacts | None:
    ticket = tickets.get(conn, named)
    if ticket is not None and ticket.merged_into is not None:
        target = tickets.resolve_merge(conn, named)
        ticket = tickets.get(conn, target) if target is not None else None
    if ticket is None:
        return None
    return TicketFacts(
        id=ticket.id,
        status=ticket.status,
        closed_at=ticket.closed_at,
        requester=ticket.requester.address.key,
        participants=frozenset(address.key for address in ticket.cc),
        merged_from=named if ticket.id != named else None,
    )
