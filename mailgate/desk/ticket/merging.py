"""Two tickets about one matter become one.

A use case, to be run in one transaction (`store.write`); its mails are not queued yet.
"""

from mailgate.desk.arriving.participants import MAX_CC
from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.errors import DeskError
from mailgate.desk.ticket.changing import Changed, followed_by_parent
from mailgate.desk.timers.timing import retime
from mailgate.desk.words.frame import one_line
from mailgate.desk.words.notices import tell
from mailgate.desk.words.recipients import is_answerable
from mailgate.desk.words.who import Around, Happening, holder
from mailgate.mail.address import Address
from mailgate.model.delivery import Draft
from mailgate.model.ids import TicketId
from mailgate.model.ticket import EventKind, Status, Ticket, TicketEvent
from mailgate.store import events, followers, merging, ticketlife, tickets
from mailgate.store.core import Connection
from mailgate.store.tickets import TicketChange

__all__ = ["merge"]

_MAX_TRIES = 20


def merge(
    conn: Connection,
    ctx: DeskContext,
    source_id: TicketId,
    into_id: TicketId,
    by: By,
    *,
    with_requester: bool = True,
) -> Changed:
    """Puts everything that stands on the first ticket onto the second, and closes the first:
    from now on it is the second. The requester and the participants of the first take part in the
    second, unless `with_requester` is False. Either may have been merged before.

    DeskError when one of them does not exist, both are one, or a customer of the first could not
    be answered on the second.
    """
    source, into = _both(conn, source_id, into_id)
    joining, following = _taking_part(ctx, source, into) if with_requester else ((), ())
    merging.move_all(conn, source.id, into.id, by.now)
    tickets.update(conn, source.id, TicketChange(status=Status.CLOSED), by.now)
    tickets.add_cc(conn, into.id, joining)
    for agent in following:
        followers.add(conn, into.id, agent, by.now)
    _inherit_parent(conn, source, into, by)
    told = [
        (source.id, TicketEvent(by.now, EventKind.MERGED, by.actor, {"into": int(into.id)})),
        (into.id, TicketEvent(by.now, EventKind.MERGED, by.actor, {"from": int(source.id)})),
    ]
    told += ((into.id, _joined(one, by)) for one in joining)
    told += ((into.id, event) for event in _waits_on(conn, source, into, by))
    events.add_all(conn, told)
    ticketlife.note_untold(conn, into.id, by.now)
    gone, after = tickets.get(conn, source.id), tickets.get(conn, into.id)
    assert gone is not None and after is not None, "they are locked"  # noqa: PT018
    retime(conn, ctx, source, gone, by.now)
    retime(conn, ctx, into, after, by.now)
    return Changed(
        after,
        tuple(event for number, event in told if number == into.id),
        (*_notices(conn, ctx, source, after, by), *_of_the_whole(conn, ctx, source, after, by)),
    )


def _notices(
    conn: Connection, ctx: DeskContext, source: Ticket, into: Ticket, by: By
) -> tuple[Draft, ...]:
    """Who had the first hears where it went, like those who followed it: they follow the second
    by now."""
    had = (agent.address for agent in holder(ctx.directory, source))
    around = Around(followers=(*followers.of_ticket(conn, into.id), *had))
    facts = {"other": str(source.id), "other_subject": one_line(source.subject)}
    return tell(ctx, into, Happening.MERGED, by=by, around=around, facts=facts)


def _of_the_whole(
    conn: Connection, ctx: DeskContext, source: Ticket, into: Ticket, by: By
) -> tuple[Draft, ...]:
    """What of a matter was still to be done may be gone with the first."""
    if source.parent != into.parent or source.status in {Status.RESOLVED, Status.CLOSED}:
        return ()
    return followed_by_parent(conn, ctx, into, by)


def _both(conn: Connection, source_id: TicketId, into_id: TicketId) -> tuple[Ticket, Ticket]:
    """Where the two ended up, locked in the order of their numbers: two who merge the same two
    the one into the other wait for each other, and the second of them hears of it."""
    for _ in range(_MAX_TRIES):
        ends = [_end(conn, number) for number in (source_id, into_id)]
        if ends[0] == ends[1]:
            raise _one_already(source_id, into_id)
        for number in sorted(ends):
            tickets.lock(conn, number)
        source, into = (tickets.get(conn, number) for number in ends)
        assert source is not None and into is not None, "they are locked"  # noqa: PT018
        if source.merged_into is None and into.merged_into is None:
            return source, into
    raise DeskError(
        f"Ticket {source_id} or {into_id} is being merged by somebody else.",
        f"다른 사람이 {source_id}번이나 {into_id}번 티켓을 병합하고 있습니다.",
    )


def _end(conn: Connection, number: TicketId) -> TicketId:
    found = tickets.resolve_merge(conn, number)
    if found is None:
        raise DeskError(f"There is no ticket {number}.", f"{number}번 티켓이 없습니다.")
    return found


def _one_already(source: TicketId, into: TicketId) -> DeskError:
    if source == into:
        return DeskError(
            f"Ticket {source} cannot be merged into itself.",
            f"{source}번 티켓은 자기 자신에 병합할 수 없습니다.",
        )
    return DeskError(
        f"The tickets {source} and {into} are one already.",
        f"{source}번과 {into}번 티켓은 이미 하나로 합쳐져 있습니다.",
    )


def _taking_part(
    ctx: DeskContext, source: Ticket, into: Ticket
) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    """Who gets what is written from now on, as participants and, of ours, as followers: nobody
    outside sees the desk's own mailboxes."""
    there = {into.requester.address.key, *(one.key for one in into.cc)}
    asked = {one.key: one for one in (source.requester.address, *source.cc)}
    customers = [
        one
        for one in asked.values()
        if ctx.directory.agent_for(one) is None and is_answerable(one, ctx.directory)
    ]
    new = [one for key, one in asked.items() if key not in there]
    agents = [agent.address for one in new if (agent := ctx.directory.agent_for(one)) is not None]
    if customers and _goes_out(ctx, source) and not _goes_out(ctx, into):
        raise DeskError(
            f"Ticket {into.id} has no customer: what is written there goes to nobody outside. "
            f"Merge it into ticket {source.id} instead, or without those of ticket {source.id}.",
            f"{into.id}번 티켓에는 고객이 없어 거기에 쓴 글은 외부로 나가지 않습니다. "
            f"{into.id}번을 {source.id}번 티켓에 병합하거나 {source.id}번의 고객을 빼고 병합해 "
            "주세요.",
        )
    outside = [one for one in customers if one.key not in there]
    if len(outside) + len(into.cc) > MAX_CC:
        raise DeskError(
            f"Ticket {into.id} would have {len(outside) + len(into.cc)} participants; "
            f"{MAX_CC} are the most. Merge it without those of ticket {source.id}.",
            f"{into.id}번 티켓의 참여자가 {len(outside) + len(into.cc)}명이 됩니다. 최대 "
            f"{MAX_CC}명입니다. {source.id}번의 참여자를 빼고 병합해 주세요.",
        )
    return tuple(outside), tuple(agents)


def _goes_out(ctx: DeskContext, ticket: Ticket) -> bool:
    """Whether anybody outside gets what is written there."""
    return is_answerable(ticket.requester.address, ctx.directory)


def _joined(who: Address, by: By) -> TicketEvent:
    return TicketEvent(by.now, EventKind.PARTICIPANT_ADDED, by.actor, {"addresses": str(who)})


def _inherit_parent(conn: Connection, source: Ticket, into: Ticket, by: By) -> None:
    """The matter that the first was part of has the second in its place; what was part of the
    first, and is now part of the second, never the other way round."""
    if into.parent == source.id:
        ticketlife.set_parent(conn, into.id, None, by.now)
    if into.parent not in {None, source.id} or source.parent in {None, into.id}:
        return
    above: TicketId | None = source.parent
    while above is not None and above != into.id:
        found = tickets.get(conn, above)
        above = None if found is None else found.parent
    if above is None:
        ticketlife.set_parent(conn, into.id, source.parent, by.now)


def _waits_on(conn: Connection, source: Ticket, into: Ticket, by: By) -> tuple[TicketEvent, ...]:
    """A customer who waited on the first waits on the second, which is open therefore."""
    if source.waiting_since is None:
        return ()
    told: tuple[TicketEvent, ...] = ()
    if into.status is not Status.OPEN:
        tickets.update(conn, into.id, TicketChange(status=Status.OPEN), by.now)
        kind = EventKind.STATUS if into.status is Status.PENDING else EventKind.REOPENED
        detail = {"from": into.status.value, "to": Status.OPEN.value}
        told = (TicketEvent(by.now, kind, by.actor, detail),)
    since = min(source.waiting_since, into.waiting_since or source.waiting_since)
    ticketlife.waits_since(conn, into.id, since)
    return told
