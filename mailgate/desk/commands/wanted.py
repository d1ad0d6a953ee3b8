"""What an agent's commands want of a ticket, checked before anything is done. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from mailgate.desk.commands.orders import MAX_ORDERS, Order, Orders, Verb
from mailgate.desk.commands.people import Ambiguous, Nobody, find_agent
from mailgate.desk.context import DeskContext
from mailgate.desk.ticket.changes import TAG_LIMIT, TicketWish
from mailgate.mail.address import Address, AddressError, parse_mailbox
from mailgate.model.directory import Agent, Directory
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Priority, Role, Status, Ticket

__all__ = ["Fault", "Trouble", "Wanted", "faults_of", "shown_order", "want"]

_STATUSES = {
    Verb.CLOSE: Status.CLOSED,
    Verb.RESOLVE: Status.RESOLVED,
    Verb.PENDING: Status.PENDING,
    Verb.OPEN: Status.OPEN,
}
_ALONE = frozenset({*_STATUSES, Verb.ME, Verb.SPAM, Verb.FOLLOW, Verb.UNFOLLOW})
"""Nothing stands behind these."""
_PRIORITIES = {priority.value: priority for priority in Priority} | {
    "낮음": Priority.LOW,
    "보통": Priority.NORMAL,
    "높음": Priority.HIGH,
    "긴급": Priority.URGENT,
}
_NOBODY = frozenset({"nobody", "none", "없음"})
_NUMBER = re.compile(r"\[?#?(?:[\w.]+-)?([0-9]{1,18})\]?")
_ONCE = (
    frozenset(_STATUSES),
    frozenset({Verb.ASSIGN, Verb.ME}),
    frozenset({Verb.GROUP}),
    frozenset({Verb.PRIORITY}),
    frozenset({Verb.MERGE}),
    frozenset({Verb.FOLLOW, Verb.UNFOLLOW}),
    frozenset({Verb.NOTE, Verb.FORWARD, Verb.NEW}),
    frozenset({Verb.SPAM, *_STATUSES}),
    frozenset({Verb.SPAM, Verb.MERGE}),
    frozenset({Verb.NEW, Verb.MERGE}),
    frozenset({Verb.NEW, Verb.SPAM}),
)
"""Of each set one command can stand in a mail."""


_NOTHING = TicketWish()


class Trouble(StrEnum):
    """Why a command cannot be carried out."""

    UNKNOWN = "unknown"
    BELOW = "below"
    """It stands under words of the mail."""
    HALF = "half"
    """It stands in the HTML of the mail, and not in its text."""
    NEEDS = "needs"
    """Something has to stand behind it."""
    TAKES_NOTHING = "takes_nothing"
    AGENT_UNKNOWN = "agent_unknown"
    AGENT_AMBIGUOUS = "agent_ambiguous"
    GROUP_UNKNOWN = "group_unknown"
    PRIORITY_UNKNOWN = "priority_unknown"
    MACRO_UNKNOWN = "macro_unknown"
    NO_ADDRESS = "no_address"
    ONE_ADDRESS = "one_address"
    IS_OURS = "is_ours"
    """A support address: the copy would come back."""
    IS_AGENT = "is_agent"
    """An agent cannot be a participant, nor a customer."""
    NO_TAG = "no_tag"
    TAKES_PART = "takes_part"
    """Who is on the ticket gets answers, not forwards."""
    NO_NUMBER = "no_number"
    NO_TICKET = "no_ticket"
    CONTRADICTS = "contradicts"
    """It says another thing than one above it."""
    NOT_ALLOWED = "not_allowed"
    """Not for collaborators."""
    NO_STARTS = "no_starts"
    """Only operators begin conversations."""
    SPAM_ANSWERED = "spam_answered"
    """What is spam gets no answer."""
    TOO_MANY = "too_many"
    MACRO_UNUSABLE = "macro_unusable"
    OTHER = "other"
    """`known` has the sentence."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One command that cannot be: the line as it was written, and what would be right."""

    trouble: Trouble
    line: str = ""
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done: `first` before the words go out, `then` after it. The words go to the
    customer unless they are for somebody else: colleagues (`note`), a third party (`forward`),
    the recipients of a mail of its own (`new`)."""

    first: TicketWish = _NOTHING
    then: TicketWish = _NOTHING
    note: bool = False
    forward: Address | None = None
    new: tuple[Address, ...] = ()
    merge: TicketId | None = None
    spam: bool = False
    macros: tuple[str, ...] = ()

    def before_words(self) -> "Wanted":
        """The same with all changes made first: whose the ticket becomes is told of the words."""
        return replace(self, first=replace(self.then, add_cc=self.first.add_cc), then=_NOTHING)


class _Faulty(Exception):
    """A command that cannot be: why, and what would be right."""

    def __init__(self, trouble: Trouble, *known: str) -> None:
        super().__init__(trouble)
        self.trouble, self.known = trouble, known


def want(
    ctx: DeskContext, ticket: Ticket | None, orders: Orders, agent: Agent
) -> tuple[Wanted, tuple[Fault, ...]]:
    """What the commands want, and what is wrong with them: where anything is, nothing may be
    done. `ticket` is None while there is none yet."""
    faults = [Fault(Trouble.UNKNOWN, line) for line in orders.unknown]
    if orders.below is not None:
        faults.append(Fault(Trouble.BELOW, orders.below))
    if len(orders.orders) + len(orders.unknown) > MAX_ORDERS:
        return Wanted(), (Fault(Trouble.TOO_MANY, known=(str(MAX_ORDERS),)),)
    every, allowed = frozenset(Verb), ctx.policy.commands_for_collaborators | {Verb.NOTE}
    may = every if agent.role is Role.AGENT else allowed
    wanted, wrong = _read(ctx.directory, ticket, orders.orders, agent, may)
    return wanted, (*faults, *wrong)


def faults_of(directory: Directory, orders: Sequence[Order]) -> tuple[Fault, ...]:
    """What is wrong with commands that stand ready for whoever uses them."""
    nobody = Agent(Address("nobody", "unknown.invalid"), "")
    return _read(directory, None, orders, nobody, frozenset(Verb))[1]


def _read(
    directory: Directory,
    ticket: Ticket | None,
    orders: Sequence[Order],
    agent: Agent,
    may: frozenset[Verb],
) -> tuple[Wanted, tuple[Fault, ...]]:
    wanted, faults = Wanted(), list[Fault]()
    for number, order in enumerate(orders):
        try:
            if order.verb not in may:
                raise _Faulty(Trouble.NOT_ALLOWED)  # noqa: TRY301  one way to tell it
            _check(order, orders[:number])
            wanted = _with(wanted, directory, ticket, order, agent)
        except _Faulty as faulty:
            faults.append(Fault(faulty.trouble, shown_order(order), faulty.known))
    return wanted, tuple(faults)


def shown_order(order: Order) -> str:
    """As it stands in a mail; who has not written it is told which macro has."""
    shown = f"#{order.word or order.verb} {order.argument}".rstrip()
    return f"#{Verb.MACRO} {order.macro}: {shown}" if order.macro else shown


def _check(order: Order, before: Sequence[Order]) -> None:
    """What can be said without knowing the desk."""
    if order.verb in _ALONE and order.argument:
        raise _Faulty(Trouble.TAKES_NOTHING)
    if order.verb not in _ALONE and order.verb is not Verb.NOTE and not order.argument:
        raise _Faulty(Trouble.NEEDS)
    for other in before:
        together = any({order.verb, other.verb} <= alone for alone in _ONCE)
        if together and not (order == other or order.verb is other.verb is Verb.NOTE):
            raise _Faulty(Trouble.CONTRADICTS, shown_order(other))


def _with(
    wanted: Wanted, directory: Directory, ticket: Ticket | None, order: Order, agent: Agent
) -> Wanted:
    match order.verb:
        case Verb.NOTE:
            return replace(wanted, note=True)
        case Verb.CC:
            new = _outsiders(directory, order.argument)
            return replace(wanted, first=replace(wanted.first, add_cc=wanted.first.add_cc + new))
        case Verb.MERGE:
            return replace(
                wanted, merge=_number(order.argument, None if ticket is None else ticket.id)
            )
        case Verb.SPAM:
            return replace(wanted, spam=True)
        case Verb.FORWARD:
            third = _only(_outsiders(directory, order.argument))
            there = () if ticket is None else (ticket.requester.address, *ticket.cc)
            if third.key in {one.key for one in there}:
                raise _Faulty(Trouble.TAKES_PART, str(third))
            return replace(wanted, forward=third)
        case Verb.NEW:
            return replace(wanted, new=_outsiders(directory, order.argument))
        case Verb.MACRO:
            return replace(wanted, macros=(*wanted.macros, order.argument))
        case _:
            return replace(wanted, then=_wish(wanted.then, directory, order, agent))


def _wish(wish: TicketWish, directory: Directory, order: Order, agent: Agent) -> TicketWish:
    match order.verb:
        case Verb.ME:
            return replace(wish, assignee=agent.address)
        case Verb.ASSIGN if order.argument.casefold() in _NOBODY:
            return replace(wish, unassign=True)
        case Verb.ASSIGN:
            return replace(wish, assignee=_agent(directory, order.argument).address)
        case Verb.GROUP:
            return replace(wish, group=_group(directory, order.argument))
        case Verb.PRIORITY:
            return replace(wish, priority=_priority(order.argument))
        case Verb.TAG:
            return replace(wish, add_tags=wish.add_tags + _tags(order.argument))
        case Verb.UNTAG:
            return replace(wish, remove_tags=wish.remove_tags + _tags(order.argument))
        case Verb.FOLLOW:
            return replace(wish, follow=(agent.address,))
        case Verb.UNFOLLOW:
            return replace(wish, unfollow=(agent.address,))
        case verb:
            return replace(wish, status=_STATUSES[verb])


def _agent(directory: Directory, name: str) -> Agent:
    match find_agent(directory, name):
        case Ambiguous(candidates=candidates):
            raise _Faulty(Trouble.AGENT_AMBIGUOUS, *map(_shown_agent, candidates))
        case Nobody(candidates=candidates):
            raise _Faulty(Trouble.AGENT_UNKNOWN, *map(_shown_agent, candidates))
        case Agent() as found:
            return found


def _shown_agent(agent: Agent) -> str:
    return f"{agent.name} <{agent.address}>"


def _group(directory: Directory, name: str) -> str:
    folded = name.casefold()
    found = [known for known in directory.groups if known.casefold() == folded]
    exact = name in directory.groups
    if exact or len(found) == 1:
        return name if exact else found[0]
    raise _Faulty(Trouble.GROUP_UNKNOWN, *sorted(directory.groups))


def _priority(name: str) -> Priority:
    found = _PRIORITIES.get(name.casefold())
    if found is None:
        raise _Faulty(Trouble.PRIORITY_UNKNOWN, *(priority.value for priority in Priority))
    return found


def _tags(argument: str) -> tuple[str, ...]:
    tags = tuple(tag.strip() for tag in argument.split(",") if tag.strip())
    if not tags or not all(len(tag) <= TAG_LIMIT and tag.isprintable() for tag in tags):
        raise _Faulty(Trouble.NO_TAG, str(TAG_LIMIT))
    return tags


def _number(argument: str, own: TicketId | None) -> TicketId:
    found = _NUMBER.fullmatch(argument)
    if found is None or int(found[1]) in (0, own):
        raise _Faulty(Trouble.NO_NUMBER)
    return TicketId(int(found[1]))


def _outsiders(directory: Directory, argument: str) -> tuple[Address, ...]:
    """Addresses of people who are not of the desk, separated by commas or blanks."""
    found: dict[str, Address] = {}
    for word in argument.replace(",", " ").replace(";", " ").split():
        try:
            one = parse_mailbox(word.removeprefix("<").removesuffix(">"))
        except AddressError:
            raise _Faulty(Trouble.NO_ADDRESS, word) from None
        if directory.support_for(one) is not None:
            raise _Faulty(Trouble.IS_OURS, str(one))
        if directory.agent_for(one) is not None:
            raise _Faulty(Trouble.IS_AGENT, str(one))
        found[one.key] = one
    if not found:
        raise _Faulty(Trouble.NO_ADDRESS, argument)
    return tuple(found.values())


def _only(addresses: tuple[Address, ...]) -> Address:
    if len(addresses) > 1:
        raise _Faulty(Trouble.ONE_ADDRESS)
    return addresses[0]
