"""What somebody wants of a ticket, without what is so already, and the events that tell it.
Pure; `desk.ticket.changing` carries it out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailgate.desk.arriving.participants import MAX_CC
from mailgate.desk.context import DeskContext
from mailgate.desk.errors import DeskError
from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.ticket import EventKind, Priority, Status, Ticket, TicketEvent
from mailgate.store.tickets import TicketChange

TAG_LIMIT = 100
_DONE = frozenset({Status.RESOLVED, Status.CLOSED})


@dataclass(frozen=True, slots=True)
class TicketWish:
    """What somebody wants of a ticket; None, False and empty leave it as it is. `assignee` is an
    agent's address, and so are those who `follow`; `parent` is the ticket that it is part of."""

    status: Status | None = None
    assignee: Address | None = None
    unassign: bool = False
    group: str | None = None
    priority: Priority | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    add_cc: tuple[Address, ...] = ()
    remove_cc: tuple[Address, ...] = ()
    follow: tuple[Address, ...] = ()
    unfollow: tuple[Address, ...] = ()
    parent: TicketId | None = None
    no_parent: bool = False


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """What is to be written; `change` is what one row of the ticket takes."""

    change: TicketChange
    unassign: bool = False
    add_cc: tuple[Address, ...] = ()
    remove_cc: tuple[Address, ...] = ()
    follow: tuple[Address, ...] = ()
    unfollow: tuple[Address, ...] = ()
    parent: TicketId | None = None
    no_parent: bool = False


def plan_change(
    ctx: DeskContext, ticket: Ticket, wish: TicketWish, followers: Sequence[Address] = ()
) -> PlannedChange:
    """The wish without what is so already. DeskError when it names what does not exist.
    `followers` are those who follow the ticket now."""
    if wish.assignee is not None and wish.unassign:
        raise DeskError("Assign the ticket to somebody or to nobody, not both.")
    assignee = None if wish.assignee is None else agent_address(ctx, wish.assignee)
    if wish.group is not None and wish.group not in ctx.directory.groups:
        known = ", ".join(sorted(ctx.directory.groups)) or "none"
        raise DeskError(f"There is no group {wish.group}; configured: {known}.")
    add, remove = clean_tags(wish.add_tags), clean_tags(wish.remove_tags)
    both = sorted(set(add) & set(remove))
    if both:
        raise DeskError(
            f"The tag {both[0]} cannot be set and removed at once.",
            f"{both[0]} 태그를 붙이면서 동시에 뗄 수는 없습니다.",
        )
    held = None if ticket.assignee is None else ticket.assignee.key
    return PlannedChange(
        change=TicketChange(
            status=None if wish.status is ticket.status else wish.status,
            assignee=None if assignee is None or assignee.key == held else assignee,
            group=None if wish.group == ticket.group else wish.group,
            priority=None if wish.priority is ticket.priority else wish.priority,
            add_tags=tuple(tag for tag in add if tag not in ticket.tags),
            remove_tags=tuple(tag for tag in remove if tag in ticket.tags),
        ),
        unassign=wish.unassign and ticket.assignee is not None,
        add_cc=_joining(ctx, ticket, wish.add_cc),
        remove_cc=_there(wish.remove_cc, ticket.cc),
        follow=_missing(tuple(agent_address(ctx, one) for one in wish.follow), followers),
        unfollow=_there(tuple(agent_address(ctx, one) for one in wish.unfollow), followers),
        parent=None if wish.parent == ticket.parent else wish.parent,
        no_parent=wish.no_parent and ticket.parent is not None,
    )


def _joining(ctx: DeskContext, ticket: Ticket, wanted: tuple[Address, ...]) -> tuple[Address, ...]:
    for one in wanted:
        if ctx.directory.support_for(one) is not None:
            raise DeskError(f"{one} is a support address: the copy would come back to the desk.")
        if ctx.directory.agent_for(one) is not None:
            raise DeskError(
                f"{one} is an agent: customers do not see the desk's own mailboxes. Let them "
                "follow the ticket instead."
            )
    new = _missing(wanted, (ticket.requester.address, *ticket.cc))
    if len(new) + len(ticket.cc) > MAX_CC:
        raise DeskError(
            f"A ticket has at most {MAX_CC} participants.",
            f"티켓의 참여자는 {MAX_CC}명까지입니다.",
        )
    return new


def _missing(wanted: Sequence[Address], there: Sequence[Address]) -> tuple[Address, ...]:
    keys = {one.key for one in there}
    return tuple({one.key: one for one in wanted if one.key not in keys}.values())


def _there(wanted: Sequence[Address], there: Sequence[Address]) -> tuple[Address, ...]:
    keys = {one.key for one in there}
    return tuple({one.key: one for one in wanted if one.key in keys}.values())


def changes_as_events(
    ticket: Ticket, planned: PlannedChange, actor: str, now: datetime
) -> tuple[TicketEvent, ...]:
    """One event for each thing that the change changes."""
    change, told = planned.change, list[TicketEvent]()

    def tell(kind: EventKind, before: str | int | None, after: str | int | None) -> None:
        told.append(TicketEvent(now, kind, actor, {"from": before, "to": after}))

    if change.status is not None:
        reopened = ticket.status in _DONE and change.status not in _DONE
        kind = EventKind.REOPENED if reopened else EventKind.STATUS
        tell(kind, ticket.status.value, change.status.value)
    if change.assignee is not None or planned.unassign:
        after = None if change.assignee is None else str(change.assignee)
        tell(EventKind.ASSIGNED, None if ticket.assignee is None else str(ticket.assignee), after)
    if change.group is not None:
        tell(EventKind.GROUP, ticket.group, change.group)
    if change.priority is not None:
        tell(EventKind.PRIORITY, ticket.priority.value, change.priority.value)
    if planned.parent is not None or planned.no_parent:
        tell(EventKind.PARENT, ticket.parent, planned.parent)
    named = (
        (EventKind.TAGGED, "tag", change.add_tags),
        (EventKind.UNTAGGED, "tag", change.remove_tags),
        (EventKind.PARTICIPANT_ADDED, "addresses", planned.add_cc),
        (EventKind.PARTICIPANT_REMOVED, "addresses", planned.remove_cc),
        (EventKind.FOLLOWED, "agent", planned.follow),
        (EventKind.UNFOLLOWED, "agent", planned.unfollow),
    )
    told += (
        TicketEvent(now, kind, actor, {name: str(value)})
        for kind, name, values in named
        for value in values
    )
    return tuple(told)


def agent_address(ctx: DeskContext, wanted: Address) -> Address:
    """The agent whose address this is, by their own. DeskError when it is nobody's."""
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
