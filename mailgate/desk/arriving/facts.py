"""What the store knows of a message, read in one go before anything is decided."""

import json
from collections.abc import Mapping
from datetime import datetime
from itertools import chain

from mailgate.desk.arriving.copies import stands_for
from mailgate.desk.telling.account import account_of
from mailgate.desk.words.recipients import is_answerable
from mailgate.model.directory import Directory
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.ticket import Ticket
from mailgate.store import entries, journal, sides, surveys, tickets
from mailgate.store.core import Connection
from mailgate.threading.evidence import Evidence, Facts, TicketFacts
from mailgate.threading.resolve import tokens_by_strength
from mailgate.threading.token import Keyring, OwnMessageId, token_in, verify_message_id
from mailgate.threading.votes import NOT_COUNTED, is_vote

_MAX_OWNERS = 10
"""Tickets that one foreign id is looked for on: a sender can put the same id on any number."""
_MAX_TICKETS = 50
NO_ROW = JournalId(2**62)
"""For a mail that is in no journal: every row is an earlier one."""


def read_facts(
    conn: Connection,
    evidence: Evidence,
    *,
    row: JournalId,
    digest: bytes | None,
    since: datetime,
    directory: Directory,
    keyring: Keyring,
    also: TicketId | None = None,
) -> Facts:
    """`digest` is that of the mail's bytes (None: nobody asks whether it came before), `since` how
    far back the same bytes are the same mail; `also` is a ticket that a human named."""
    stored, relayed = _ids(conn, evidence, keyring)
    named = dict.fromkeys(() if also is None else (also,)) | _named(evidence, stored, relayed)
    asked = list(named)[:_MAX_TICKETS]
    known = {ticket: _ticket(conn, ticket, evidence, directory) for ticket in asked}
    same_id = (
        digest is not None
        and evidence.message_id is not None
        and journal.has_other_with_message_id(conn, row, evidence.message_id, digest)
    )
    return Facts(
        tickets={ticket: facts for ticket, facts in known.items() if facts is not None},
        stored_ids=stored,
        relayed=relayed,
        original=None if digest is None else _original(conn, evidence, known, row, digest, since),
        same_id=same_id,
        twin=_twin(conn, evidence, row) if same_id else None,
        voted=_voted(conn, evidence, known),
    )


def _voted(
    conn: Connection, evidence: Evidence, known: Mapping[TicketId, TicketFacts | None]
) -> bool:
    """Whether a mail with this Message-ID has counted as an answer to this survey."""
    asked = {one.ticket for one in evidence.tokens if is_vote(one)}
    found = {facts.id for number in asked if (facts := known.get(number)) is not None}
    if not found or evidence.message_id is None:
        return False
    flags = surveys.flags_of(conn, sorted(found), evidence.message_id)
    return any(NOT_COUNTED.isdisjoint(each) for each in flags)


def _original(
    conn: Connection,
    evidence: Evidence,
    known: Mapping[TicketId, TicketFacts | None],
    row: JournalId,
    digest: bytes,
    since: datetime,
) -> tuple[JournalId, TicketId | None] | None:
    """The mail that this one is a copy of: the first that became as much as this one would. Who
    puts the reply address of another ticket into Bcc means that one too: there a copy is the
    first."""
    copies = [
        copy
        for copy in journal.copies(conn, row, digest, since)
        if copy.decision is None or stands_for(account_of(json.loads(copy.decision)), evidence)
    ]
    found = next(((copy.row, copy.ticket) for copy in copies), None)
    if not evidence.hidden_tokens:
        return found
    tokens = (token for token in tokens_by_strength(evidence) if known.get(token.ticket))
    meant = next(tokens, None)
    ticket = None if meant is None else known[meant.ticket]
    if meant is None or ticket is None or meant.text not in evidence.hidden_tokens:
        return found
    for copy in copies:
        sent_there = any((token_in(to) or "").lower() == meant.text for to in copy.recipients)
        if sent_there or copy.ticket in {ticket.id, meant.ticket}:
            return copy.row, copy.ticket
    return None


def _twin(conn: Connection, evidence: Evidence, row: JournalId) -> TicketId | None:
    if evidence.message_id is None or evidence.from_ is None:
        return None
    sender = evidence.from_.address
    found = journal.twin_ticket(conn, row, evidence.message_id, sender)
    return None if found is None else tickets.resolve_merge(conn, found)


_Stored = dict[str, tuple[TicketId, ...]]
_Relayed = dict[str, tuple[OwnMessageId, ...]]


def _ids(conn: Connection, evidence: Evidence, keyring: Keyring) -> tuple[_Stored, _Relayed]:
    """The tickets that a message with each foreign id is on, the oldest of them: who had the
    id first is who is answered. Apart from them the ids that relays gave to mail of ours, as
    what we had signed; where that key is gone, they are ids like any other."""
    if not evidence.foreign_ids:
        return {}, {}
    stored: _Stored = {}
    relayed: _Relayed = {}
    for text, owners in entries.known_ids(conn, evidence.foreign_ids).items():
        for owner in owners[:_MAX_OWNERS]:
            ours = None if owner.ours is None else verify_message_id(keyring, owner.ours)
            if ours is None:
                stored[text] = (*stored.get(text, ()), owner.ticket)
            else:
                relayed[text] = (*relayed.get(text, ()), ours)
    return stored, relayed


def _named(evidence: Evidence, stored: _Stored, relayed: _Relayed) -> dict[TicketId, None]:
    """Every ticket that is named, the strongest signals first."""
    own = evidence.message_id_ours
    return dict.fromkeys(
        chain(
            () if own is None else (own.ticket,),
            (token.ticket for token in evidence.tokens),
            (verified.ticket for verified in evidence.own_ids),
            (own.ticket for own in chain.from_iterable(relayed.values())),
            chain.from_iterable(stored.values()),
            (marker.ticket for marker in evidence.markers),
            evidence.subject_tags,
        )
    )


def _ticket(
    conn: Connection, named: TicketId, evidence: Evidence, directory: Directory
) -> TicketFacts | None:
    ticket = tickets.get(conn, named)
    former = ticket
    if ticket is not None and ticket.merged_into is not None:
        target = tickets.resolve_merge(conn, named)
        ticket = tickets.get(conn, target) if target is not None else None
    if ticket is None or former is None:
        return None
    was = former if former.id != ticket.id else None
    participants = frozenset(address.key for address in ticket.cc)
    if was is not None:
        # Whose ticket became part of another one has part in that.
        participants |= {address.key for address in (was.requester.address, *was.cc)}
    return TicketFacts(
        id=ticket.id,
        status=ticket.status,
        closed_at=ticket.closed_at,
        requester=ticket.requester.address.key,
        participants=participants,
        merged_from=None if was is None else was.id,
        former_requester=None if was is None else was.requester.address.key,
        former_subject=None if was is None else was.subject,
        side_parties=_side_parties(conn, ticket, evidence),
        subject=ticket.subject,
        answerable=is_answerable(ticket.requester.address, directory),
        spam=ticket.spam,
    )


def _side_parties(conn: Connection, ticket: Ticket, evidence: Evidence) -> frozenset[str]:
    """The sender alone, if they are one: only of who is nobody else on the ticket is it asked."""
    if evidence.from_ is None or evidence.agent is not None:
        return frozenset()
    key = evidence.from_.address.key
    if key == ticket.requester.address.key or any(key == address.key for address in ticket.cc):
        return frozenset()
    return frozenset((key,)) if sides.is_party(conn, ticket.id, key) else frozenset()
