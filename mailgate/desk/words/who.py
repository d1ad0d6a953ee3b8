"""Who gets which mail: one table, and the one function that reads it. Pure.

docs/desk-mails.md is made from the table. What it cannot say stands in `told`: nobody is mailed
twice, nobody is told of what they did themselves, nothing goes to a support address, and an agent
who asks as a customer does is one on that ticket.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import assert_never

from mailgate.mail.address import Address
from mailgate.model.directory import Agent, Directory
from mailgate.model.ticket import Ticket

__all__ = ["GETS", "Around", "Happening", "Party", "Sends", "Told", "holder", "keys_of", "told"]


class Happening(StrEnum):
    """What somebody may be told of."""

    NEW = "new"
    """A ticket was opened by a mail."""
    ANSWER = "answer"
    """Somebody outside has written on it: a customer, a third party, a stranger."""
    REPLY = "reply"
    """One of ours has answered in public."""
    NOTE = "note"
    """One of ours has written for the colleagues."""
    ASSIGNED = "assigned"
    """It became somebody's."""
    HANDED_OVER = "handed_over"
    """It became another group's."""
    RESOLVED = "resolved"
    MERGED = "merged"
    """Another ticket became part of it."""
    BOTH_ANSWERED = "both_answered"
    """Two of ours have answered the same mail."""
    OVERDUE = "overdue"
    """Nobody did in time what was promised."""
    OVERDUE_STILL = "overdue_still"
    """Nor after the group was told."""
    SURVEYED = "surveyed"
    """The customer is asked how the answers were."""
    SCORED = "scored"
    """The customer has said how the answers were."""
    RULED = "ruled"
    """A rule of the settings wants somebody to know."""
    FAILED = "failed"
    """A mail of ours did not arrive."""
    DELAYED = "delayed"
    """A mail of ours has not left for hours."""
    COMPLAINED = "complained"
    """A customer calls a mail of ours spam."""


class Party(StrEnum):
    """What somebody is to the ticket, or to what happened."""

    REQUESTER = "requester"
    PARTICIPANTS = "participants"
    """Those on its CC."""
    ASSIGNEE = "assignee"
    """Who has it; of a conversation that one of ours began and nobody has, who began it."""
    GROUP = "group"
    """The members of its group; every agent where it has none."""
    FOLLOWERS = "followers"
    MENTIONED = "mentioned"
    """The colleagues whom a note names with `@`, or a rule."""
    WRITER = "writer"
    """The agents whose own mail it is about."""
    SUPERVISOR = "supervisor"
    """Who looks after the group."""


class Sends(StrEnum):
    """Whether a party gets a mail. What is not in the table gets none."""

    ALWAYS = "always"
    UNTAKEN = "untaken"
    """Where nobody else of this row is told but those who follow: they only look on."""
    ASKED = "asked"
    """Where the settings say so."""
    ACKNOWLEDGED = "acknowledged"
    """An acknowledgement, within its budgets: the one mail that goes to who wrote."""


_TABLE: Mapping[Happening, Mapping[Party, Sends]] = {
    Happening.NEW: {
        Party.REQUESTER: Sends.ACKNOWLEDGED,
        Party.ASSIGNEE: Sends.ALWAYS,
        Party.GROUP: Sends.ALWAYS,
        Party.FOLLOWERS: Sends.ALWAYS,
    },
    Happening.ANSWER: {
        Party.ASSIGNEE: Sends.ALWAYS,
        Party.GROUP: Sends.UNTAKEN,
        Party.FOLLOWERS: Sends.ALWAYS,
    },
    Happening.REPLY: {
        Party.REQUESTER: Sends.ALWAYS,
        Party.PARTICIPANTS: Sends.ALWAYS,
        Party.ASSIGNEE: Sends.ALWAYS,
        Party.FOLLOWERS: Sends.ALWAYS,
    },
    Happening.NOTE: {
        Party.ASSIGNEE: Sends.ALWAYS,
        Party.GROUP: Sends.ALWAYS,
        Party.FOLLOWERS: Sends.ALWAYS,
        Party.MENTIONED: Sends.ALWAYS,
    },
    Happening.ASSIGNED: {Party.ASSIGNEE: Sends.ALWAYS},
    Happening.HANDED_OVER: {Party.GROUP: Sends.ALWAYS},
    Happening.RESOLVED: {Party.REQUESTER: Sends.ASKED},
    Happening.MERGED: {Party.ASSIGNEE: Sends.ALWAYS, Party.FOLLOWERS: Sends.ALWAYS},
    Happening.BOTH_ANSWERED: {Party.WRITER: Sends.ALWAYS},
    Happening.OVERDUE: {
        Party.ASSIGNEE: Sends.ALWAYS,
        Party.GROUP: Sends.ALWAYS,
        Party.FOLLOWERS: Sends.ALWAYS,
    },
    Happening.OVERDUE_STILL: {
        Party.ASSIGNEE: Sends.ALWAYS,
        Party.GROUP: Sends.UNTAKEN,
        Party.FOLLOWERS: Sends.ALWAYS,
        Party.SUPERVISOR: Sends.ALWAYS,
    },
    Happening.SURVEYED: {Party.REQUESTER: Sends.ASKED},
    Happening.SCORED: {
        Party.ASSIGNEE: Sends.ALWAYS,
        Party.GROUP: Sends.UNTAKEN,
        Party.FOLLOWERS: Sends.ALWAYS,
    },
    Happening.RULED: {Party.MENTIONED: Sends.ALWAYS},
    **{
        happening: {
            Party.ASSIGNEE: Sends.ALWAYS,
            Party.GROUP: Sends.UNTAKEN,
            Party.WRITER: Sends.ALWAYS,
        }
        for happening in (Happening.FAILED, Happening.DELAYED, Happening.COMPLAINED)
    },
}
GETS: Mapping[tuple[Happening, Party], Sends | None] = MappingProxyType(
    {(happening, party): _TABLE[happening].get(party) for happening in Happening for party in Party}
)
"""Every cell; None is no mail."""

_INSIDE = (
    Party.ASSIGNEE,
    Party.WRITER,
    Party.SUPERVISOR,
    Party.GROUP,
    Party.FOLLOWERS,
    Party.MENTIONED,
)
"""The parties of ours; those that a matter may be in the hands of before the group."""
_ONLOOKERS = frozenset({Party.FOLLOWERS})
_TWO_DID_IT = frozenset({Happening.BOTH_ANSWERED})
"""What is news to who did it: the other half of it is not theirs."""


@dataclass(frozen=True, slots=True)
class Around:
    """Who is around a ticket besides those whom it names. `asked` is whether the settings want
    the customer to be told; `but` are keys of addresses that are left out."""

    followers: Sequence[Address] = ()
    mentioned: Sequence[Agent] = ()
    writers: Sequence[Agent] = ()
    supervisors: Sequence[Agent] = ()
    asked: bool = False
    but: Collection[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Told:
    """Who gets a mail, each once: those outside, the requester first, and agents."""

    outside: tuple[Address, ...]
    agents: tuple[Agent, ...]


_ALONE = Around()


def told(
    directory: Directory,
    ticket: Ticket,
    happening: Happening,
    *,
    author: Address | None,
    around: Around = _ALONE,
) -> Told:
    """Everybody who gets a mail of it. `author` is whoever did it: one of ours by any of their
    addresses, a customer, or None for the desk itself."""
    own = keys_of(directory, author)
    outside = _outside(directory, ticket, happening, around, own)
    # A requester who is an agent is the customer here: answers reach them as one.
    left_out = {*around.but, ticket.requester.address.key}
    if happening not in _TWO_DID_IT:
        left_out |= own
    return Told(outside, _agents(directory, ticket, happening, around, left_out))


def keys_of(directory: Directory, who: Address | None) -> frozenset[str]:
    """All addresses of the same person, as far as the desk knows them."""
    if who is None:
        return frozenset()
    agent = directory.agent_for(who)
    ours = () if agent is None else (agent.address, *agent.also)
    return frozenset({who.key, *(one.key for one in ours)})


def _outside(
    directory: Directory,
    ticket: Ticket,
    happening: Happening,
    around: Around,
    own: Collection[str],
) -> tuple[Address, ...]:
    customer = ticket.requester.address
    others = tuple(one for one in ticket.cc if directory.agent_for(one) is None)
    unique: dict[str, Address] = {}
    for party, who in ((Party.REQUESTER, (customer,)), (Party.PARTICIPANTS, others)):
        match GETS[happening, party]:
            case Sends.ALWAYS:
                found = tuple(one for one in who if one.key not in own)
            case Sends.ASKED | Sends.ACKNOWLEDGED if around.asked:
                found = who
            case _:
                found = ()
        unique |= {one.key: one for one in found if directory.support_for(one) is None}
    return tuple(one for one in unique.values() if one.key not in around.but)


def _agents(
    directory: Directory,
    ticket: Ticket,
    happening: Happening,
    around: Around,
    left_out: Collection[str],
) -> tuple[Agent, ...]:
    found: dict[str, Agent] = {}
    taken = False
    for party in _INSIDE:
        sends = GETS[happening, party]
        if sends is None or (sends is Sends.UNTAKEN and taken):
            continue
        if (
            party is Party.GROUP
            and happening is Happening.NOTE
            and _is_held_part(directory, ticket)
        ):
            continue
        members = _members(directory, ticket, party, around)
        reached = {one.address.key: one for one in members if _can(directory, one, left_out)}
        found |= reached
        taken = taken or bool(reached and party not in _ONLOOKERS)
    return tuple(found.values())


def _is_held_part(directory: Directory, ticket: Ticket) -> bool:
    """Whether it is a part of a matter that one of ours has, and not as its customer: what is said
    there is for them, and what they say themselves for who follows."""
    if ticket.parent is None or ticket.assignee is None:
        return False
    asks = {ticket.requester.address.key}
    return any(_can(directory, one, asks) for one in _known(directory, (ticket.assignee,)))


def _can(directory: Directory, agent: Agent, left_out: Collection[str]) -> bool:
    keys = {agent.address.key, *(one.key for one in agent.also)}
    return keys.isdisjoint(left_out) and directory.support_for(agent.address) is None


def _members(directory: Directory, ticket: Ticket, party: Party, around: Around) -> Sequence[Agent]:
    match party:
        case Party.ASSIGNEE:
            return holder(directory, ticket)
        case Party.GROUP:
            return directory.members(ticket.group)
        case Party.FOLLOWERS:
            return _known(directory, around.followers)
        case Party.MENTIONED:
            return around.mentioned
        case Party.WRITER:
            return around.writers
        case Party.SUPERVISOR:
            return around.supervisors
        case Party.REQUESTER | Party.PARTICIPANTS:
            return ()
        case other:
            assert_never(other)


def holder(directory: Directory, ticket: Ticket) -> Sequence[Agent]:
    """Who has it; of one that we began and nobody has, who began it."""
    if ticket.assignee is not None:
        return _known(directory, (ticket.assignee,))
    starter = None if ticket.started_by is None else directory.agents.get(ticket.started_by)
    return () if starter is None else (starter,)


def _known(directory: Directory, addresses: Sequence[Address]) -> Sequence[Agent]:
    found = (directory.agent_for(one) for one in addresses)
    return [one for one in found if one is not None]
