"""What people change on a ticket: each change is checked, made and told as one event."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mailgate.desk.context import DeskContext
from mailgate.desk.errors import DeskError
from mailgate.desk.tickets import named_ticket
from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.ticket import EventKind, Priority, Status, Ticket, TicketEvent
from mailgate.store import events, tickets
from mailgate.store.core import Connection
from mailgate.store.tickets import TicketChange

TAG_LIMIT = 100
_DONE = frozenset({Status.RESOLVED, Status.CLOSED})


@dataclass(frozen=True, slots=True)
class TicketWish:
    """What somebody wants of a ticket; None and empty leave it as it is."""

    status: Status | None = None
    assignee: Address | None = None
    group: str | None = None
    priority: Priority | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()


def set_ticket(
    conn: Connection,
    ctx: DeskContext,
    ticket_id: TicketId,
    wish: TicketWish,
    *,
    actor: str,
    now: datetime,
) -> Ticket:
    """Makes the changes and returns the ticket as it is afterwards; a use case, one transaction.

    Nothing is changed when one of them cannot be: DeskError. What is as wished already makes
    no event. A merged ticket is followed.
    """
    ticket = named_ticket(conn, ticket_id)
    change = plan_change(ctx, ticket, wish)
    told = changes_as_events(ticket, change, actor, now)
    if not told:
        return ticket
    tickets.update(conn, ticket.id, change, now)
    for event in told:
        events.add(conn, ticket.id, event)
    return named_ticket(conn, ticket.id)


def plan_change(ctx: DeskContext, ticket: Ticket, wish: TicketWish) -> TicketChange:
    """The wish without what is so already. DeskError when it names what does not exist."""
    assignee = _assignee(ctx, wish.assignee)
    if wish.group is not None and wish.group not in ctx.directory.groups:
        known = ", ".join(sorted(ctx.directory.groups)) or "none"
        raise DeskError(f"There is no group {wish.group}; configured: {known}.")
    add, remove = clean_tags(wish.add_tags), clean_tags(wish.remove_tags)
    both = sorted(set(add) & set(remove))
    if both:
        raise DeskError(f"The tag {both[0]} cannot be set and removed at once.")
    held = None if ticket.assignee is None else ticket.assignee.key
    return TicketChange(
        status=None if wish.status is ticket.status else wish.status,
        assignee=None if assignee is None or assignee.key == held else assignee,
        group=None if wish.group == ticket.group else wish.group,
        priority=None if wish.priority is ticket.priority else wish.priority,
        add_tags=tuple(tag for tag in add if tag not in ticket.tags),
        remove_tags=tuple(tag for tag in remove if tag in ticket.tags),
    )


def changes_as_events(
    ticket: Ticket, change: TicketChange, actor: str, now: datetime
) -> tuple[TicketEvent, ...]:
    """One event for each thing that the change changes."""
    told: list[TicketEvent] = []

    def tell(kind: EventKind, before: str | None, after: str) -> None:
        told.append(TicketEvent(now, kind, actor, {"from": before, "to": after}))

    if change.status is not None:
        reopened = ticket.status in _DONE and change.status not in _DONE
        kind = EventKind.REOPENED if reopened else EventKind.STATUS
        tell(kind, ticket.status.value, change.status.value)
    if change.assignee is not None:
        before = None if ticket.assignee is None else str(ticket.assignee)
        tell(EventKind.ASSIGNED, before, str(change.assignee))
    if change.group is not None:
        tell(EventKind.GROUP, ticket.group, change.group)
    if change.priority is not None:
        tell(EventKind.PRIORITY, ticket.priority.value, change.priority.value)
    tagged = [(EventKind.TAGGED, tag) for tag in change.add_tags]
    untagged = [(EventKind.UNTAGGED, tag) for tag in change.remove_tags]
    told += (TicketEvent(now, kind, actor, {"tag": tag}) for kind, tag in (*tagged, *untagged))
    return tuple(told)


def _assignee(ctx: DeskContext, wanted: Address | None) -> Address | None:
    if wanted is None:
        return None
    agent = ctx.directory.agent_for(wanted)
    if agent is None:
        raise DeskError(f"{wanted} is none of the configured agents.")
    return agent.address


def clean_tags(wanted: Iterable[str]) -> tuple[str, ...]:
    """Each once, without blanks around it. DeskError for what is no tag."""
    clean = tuple(dict.fromkeys(tag.strip() for tag in wanted))
    for tag in clean:
        if not tag or len(tag) > TAG_LIMIT or not tag.isprintable():
            raise DeskError(
                f"A tag is 1 to {TAG_LIMIT} characters on one line; this is not: {tag!a}"
            )
    return clean
