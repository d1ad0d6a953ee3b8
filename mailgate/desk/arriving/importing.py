"""Old mail on tickets: one conversation at a time, and nothing is sent.

The decisions of live mail are about who may do what; here a person vouches for all of it, and
what is left to decide is who is who, and which ticket a conversation continues.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import chain

from mailgate.desk.arriving import oldmail, plan
from mailgate.desk.arriving.oldmail import OldMail, Place, Reading
from mailgate.desk.arriving.participants import MAX_CC
from mailgate.desk.context import DeskContext
from mailgate.desk.telling.explain import decision_json
from mailgate.mail.address import Address, NamedAddress, UnknownReversePath
from mailgate.mail.envelope import Envelope
from mailgate.mail.subject import base_subject
from mailgate.model.directory import SupportAddress
from mailgate.model.ids import EntryId, TicketId
from mailgate.model.journal import Arrival, Door
from mailgate.model.ticket import EventKind, NewTicket, Source, Status, Ticket, TicketEvent
from mailgate.store import entries, events, importing, tickets
from mailgate.store.core import Connection

NOT_YET = TicketId(0)
"""The ticket that a dry run would make."""
_MAX_IDS = 500
"""Ids of a conversation by which its ticket is looked for."""
_MAX_NAMED = 20


class Became(StrEnum):
    """What became of an old mail."""

    IMPORTED = "imported"
    ALREADY_THERE = "already_there"
    NOT_UNDERSTOOD = "not_understood"
    NO_SUPPORT_ADDRESS = "no_support_address"
    NOBODY_OUTSIDE = "nobody_outside"
    AUTOMATIC_ALONE = "automatic_alone"


@dataclass(frozen=True, slots=True)
class OldConversation:
    """Mails of one conversation in the order of their dates. `ticket` is the one that earlier
    mails of it are on, if there were any in this run; `support` the address by which it came,
    None when it names none of ours."""

    mails: tuple[OldMail, ...]
    support: SupportAddress | None
    ticket: TicketId | None
    rehearsed: Ticket | None = None
    """In a dry run: the ticket that earlier mails of it would be on, where it would be new."""


@dataclass(frozen=True, slots=True)
class Filing:
    """What became of each mail, the ticket that they are on, and whether it was made now;
    `rehearsed` is the one that a dry run would have made."""

    became: tuple[Became, ...]
    ticket: TicketId | None
    new: bool
    rehearsed: Ticket | None = None


@dataclass(slots=True)
class _Work:
    """A conversation while it is worked on; `dry` changes nothing. `ticket` has the times that
    it is to have in the end."""

    conn: Connection
    ctx: DeskContext
    of: OldConversation
    status: Status
    now: datetime
    dry: bool
    ticket: Ticket | None = None
    new: bool = False
    touched: bool = False
    known_ids: dict[str, tuple[TicketId, ...]] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    """Of the mails that were put in now, by Message-ID."""


def put_in(
    conn: Connection,
    ctx: DeskContext,
    conversation: OldConversation,
    *,
    status: Status,
    now: datetime,
    rehearsed: set[bytes] | None = None,
) -> Filing:
    """Puts a conversation on its ticket; mails that are there already stay as they are. A new
    ticket gets `status`.

    With `rehearsed` nothing is written: it holds the digests of what would be there by now, and
    gets those of this conversation.
    """
    dry = rehearsed is not None
    look_up = importing.look_up if dry else importing.known
    there = dict(look_up(conn, [one.digest for one in conversation.mails]))
    if rehearsed is not None:
        there |= {one.digest: None for one in conversation.mails if one.digest in rehearsed}
    read = [None if one.mail is None else oldmail.read(one.mail, ctx) for one in conversation.mails]
    work = _Work(conn, ctx, conversation, status, now, dry)
    fresh = {one.digest for one in conversation.mails if one.digest not in there}
    if fresh:
        on = [there[one.digest] for one in conversation.mails if one.digest in there]
        work.ticket = _existing(work, on, [reading for reading in read if reading is not None])
    became = []
    for one, reading in zip(conversation.mails, read, strict=True):
        if one.digest not in fresh:
            became.append(Became.ALREADY_THERE)
            continue
        became.append(_put(work, one, reading))
        if became[-1] is Became.IMPORTED:
            fresh.discard(one.digest)
            there[one.digest] = None
    _keep_times(work)
    if rehearsed is not None:
        rehearsed |= there.keys()
    ticket = conversation.ticket if work.ticket is None else work.ticket.id
    if ticket is None:
        ticket = next((known for known in there.values() if known is not None), None)
    made = work.ticket if work.ticket is not None and work.ticket.id == NOT_YET else None
    return Filing(tuple(became), ticket, work.new, made or conversation.rehearsed)


def _existing(
    work: _Work, on: Sequence[TicketId | None], readings: Sequence[Reading]
) -> Ticket | None:
    """The ticket that the conversation is on already: that of its mails that are there, else
    one on which an id of theirs is known and in which the same people take part."""
    ids = dict.fromkeys(
        chain(
            (one.mail.message_id for one in readings if one.mail.message_id is not None),
            chain.from_iterable(one.evidence.foreign_ids for one in readings),
        )
    )
    work.known_ids = entries.tickets_of_ids(work.conn, list(ids)[:_MAX_IDS])
    if work.of.rehearsed is not None:
        return work.of.rehearsed
    sure = [ticket for ticket in (work.of.ticket, *on) if ticket]
    for ticket in sure:
        if found := _resolved(work, ticket):
            return found
    signed = (own.ticket for one in readings for own in one.evidence.own_ids)
    stored = chain.from_iterable(work.known_ids.get(one, ()) for one in ids)
    people = {one.address.key for reading in readings for one in reading.people.outside}
    for ticket in list(dict.fromkeys(chain(signed, stored)))[:_MAX_NAMED]:
        found = _resolved(work, ticket)
        if found and people & {found.requester.address.key, *(each.key for each in found.cc)}:
            return found
    return None


def _resolved(work: _Work, named: TicketId) -> Ticket | None:
    target = tickets.resolve_merge(work.conn, named)
    if target is None:
        return None
    if not work.dry:
        tickets.lock(work.conn, target)
    return tickets.get(work.conn, target)


def _put(work: _Work, old: OldMail, reading: Reading | None) -> Became:
    if reading is None:
        return Became.NOT_UNDERSTOOD
    if _is_there_since_sent(work, reading):
        return Became.ALREADY_THERE
    opening = work.ticket is None
    if work.ticket is None:
        refused = _open(work, old, reading)
        if refused is not None:
            return refused
    elif _is_copy(work, work.ticket, reading):
        return Became.ALREADY_THERE
    assert work.ticket is not None
    work.touched = True
    where = oldmail.place(reading, work.ticket, opening=opening)
    if not opening and where.brings_along:
        _bring_along(work, work.ticket, reading)
    if reading.mail.message_id is not None:
        work.texts.setdefault(reading.mail.message_id, []).append(reading.mail.full_text)
    if not work.dry:
        _write(work, work.ticket, old, reading, where, opening=opening)
    _move_times(work, work.ticket, old, where, opening=opening)
    return Became.IMPORTED


def _is_there_since_sent(work: _Work, reading: Reading) -> bool:
    """Whether we wrote it, and it is on its ticket since then. Signed ids outlive a database
    that was lost; who changed the id of our mail has left the loop token alone."""
    message_id = reading.mail.message_id
    if reading.evidence.message_id_ours is not None and message_id is not None:
        return importing.is_sent(work.conn, message_id)
    return reading.evidence.loop_token_ours


def _is_copy(work: _Work, ticket: Ticket, reading: Reading) -> bool:
    """Whether the same mail is on the ticket with other fields: a copy from another mailbox."""
    message_id = reading.mail.message_id
    if message_id is None:
        return False
    texts = list(work.texts.get(message_id, ()))
    if ticket.id in work.known_ids.get(message_id, ()):
        texts += importing.texts_of_id(work.conn, ticket.id, message_id)
    return reading.mail.full_text in texts


def _open(work: _Work, old: OldMail, reading: Reading) -> Became | None:
    """Makes the ticket; else why there is none to make."""
    if reading.answers_by_itself:
        return Became.AUTOMATIC_ALONE
    requester, support = reading.requester, work.of.support
    if requester is None:
        return Became.NOBODY_OUTSIDE
    if support is None:
        return Became.NO_SUPPORT_ADDRESS
    new = NewTicket(
        subject=base_subject(reading.mail.subject),
        source=Source.IMPORT,
        address=support.address,
        brand=support.brand,
        group=support.group,
        requester=requester,
        cc=_others(reading, requester)[:MAX_CC],
        at=old.at,
        status=work.status,
    )
    ticket = NOT_YET
    if not work.dry:
        ticket = tickets.create(work.conn, new)
        importing.set_ended(work.conn, ticket, work.status, work.now)
    work.ticket = plan.opened(new, ticket)
    work.new = work.of.ticket is None
    return None


def _others(reading: Reading, requester: NamedAddress) -> tuple[Address, ...]:
    outside = (one.address for one in reading.people.outside)
    return tuple(address for address in outside if address.key != requester.address.key)


def _bring_along(work: _Work, ticket: Ticket, reading: Reading) -> None:
    known = {ticket.requester.address.key, *(each.key for each in ticket.cc)}
    fresh = tuple(a for a in _others(reading, ticket.requester) if a.key not in known)
    fresh = fresh[: max(0, MAX_CC - len(ticket.cc))]
    if not fresh or ticket.source is not Source.IMPORT:
        return
    work.ticket = replace(ticket, cc=(*ticket.cc, *fresh))
    for address in () if work.dry else fresh:
        importing.add_cc(work.conn, ticket.id, address)


def _write(
    work: _Work, ticket: Ticket, old: OldMail, reading: Reading, where: Place, *, opening: bool
) -> None:
    row = importing.add_done(work.conn, _arrival(work, old), _filed(old, reading))
    entry = entries.add(work.conn, oldmail.entry(reading, where, ticket, old, row))
    _note_ids(work, ticket, old)
    decided = oldmail.decision(reading, where, ticket, opening=opening)
    text = decision_json(decided, ticket=ticket.id)
    importing.file(work.conn, row, ticket=ticket.id, decision=text)
    _tell(work, ticket, old, entry, opening=opening)


def _arrival(work: _Work, old: OldMail) -> Arrival:
    """As any other door has it. It was received now, whenever it was written: how long the
    bytes are kept counts from here."""
    known = work.of.support or (
        None if work.ticket is None else work.ctx.directory.support_for(work.ticket.address)
    )
    paths = () if known is None else (known.address,)
    envelope = Envelope(UnknownReversePath(), paths)
    return Arrival(Door.IMPORT, envelope, old.content, work.now)


def _filed(old: OldMail, reading: Reading) -> importing.Filed:
    shown = reading.mail.from_claimed
    return importing.Filed(
        old.digest,
        message_id=reading.mail.message_id,
        from_address=None if shown is None else str(shown.address),
        subject=reading.mail.subject,
    )


def _note_ids(work: _Work, ticket: Ticket, old: OldMail) -> None:
    """Ids of mails that are not here: if they come later, they belong to this ticket. An id
    that is known on a ticket stays with that one."""
    if not old.noted:
        return
    taken = entries.tickets_of_ids(work.conn, old.noted)
    fresh = [(ticket.id, one) for one in old.noted if one not in taken]
    entries.note_message_ids(work.conn, fresh, own=False, at=old.at)


def _tell(work: _Work, ticket: Ticket, old: OldMail, entry: EntryId, *, opening: bool) -> None:
    """What the ticket says of how it came to be, or of what was put on a ticket of before."""
    detail: dict[str, str | int | None] = {"message": entry, "imported": old.name}
    if opening:
        by = str(ticket.requester.address)
        events.add(work.conn, ticket.id, TicketEvent(old.at, EventKind.CREATED, by, detail))
    elif not work.new and work.of.ticket is None:
        event = TicketEvent(work.now, EventKind.MESSAGE, "operator", detail)
        events.add(work.conn, ticket.id, event)


def _move_times(work: _Work, before: Ticket, old: OldMail, where: Place, *, opening: bool) -> None:
    """The times of a ticket made of old mail are those of its mails; on one of live mail, old
    mail changes none."""
    ticket = work.ticket or before
    if ticket.source is not Source.IMPORT:
        return
    answered = ticket.first_response_at
    if where.is_answer and not opening and (answered is None or old.at < answered):
        answered = old.at
    work.ticket = replace(
        ticket,
        created_at=min(ticket.created_at, old.at),
        updated_at=max(ticket.updated_at, old.at),
        first_response_at=answered,
    )


def _keep_times(work: _Work) -> None:
    ticket = work.ticket
    if ticket is None or work.dry or not work.touched:
        return
    times = importing.Times(ticket.created_at, ticket.updated_at, ticket.first_response_at)
    importing.set_times(work.conn, ticket.id, times)
