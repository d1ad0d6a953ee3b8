"""Mails that a change of a ticket causes, and what the desk itself tells agents. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.frame import Frame, one_line, support_of
from mailgate.desk.tellagents import to_agent
from mailgate.desk.who import Around, Happening, told
from mailgate.mail.address import Address
from mailgate.model.delivery import Draft, Lane
from mailgate.model.ticket import Ticket
from mailgate.threading.token import Purpose

__all__ = ["is_to_customer", "of_change", "tell"]

_NOTHING: Mapping[str, str] = {}
_ALONE = Around()


def of_change(
    ctx: DeskContext, before: Ticket, after: Ticket, by: By, followers: Sequence[Address]
) -> tuple[Draft, ...]:
    """Who is told of a change, by the table of `desk.who`: the agent whose it became, the group
    whose it became, and, where the settings say so, the customer that it is resolved."""
    around, drafts = Around(followers=followers), list[Draft]()
    held = None if before.assignee is None else before.assignee.key
    if after.assignee is not None and after.assignee.key != held:
        drafts += tell(ctx, after, Happening.ASSIGNED, by=by, around=around)
    if after.group is not None and after.group != before.group:
        mailed = frozenset(one.key for draft in drafts for one in draft.recipients)
        others = replace(around, but=mailed)
        drafts += tell(ctx, after, Happening.HANDED_OVER, by=by, around=others)
    return tuple(drafts)


def tell(
    ctx: DeskContext,
    ticket: Ticket,
    happening: Happening,
    *,
    by: By,
    around: Around = _ALONE,
    facts: Mapping[str, str] = _NOTHING,
    words: str = "",
    label: str = "",
) -> tuple[Draft, ...]:
    """What the agents whom the table names are told of a happening, a mail each, to which the
    answer is a note. `by` did it, and is not told. `facts` are what its template names; `words`
    somebody's own, which are shown below. `label` tells apart two mails of the same happening on
    the same ticket in one unit of work."""
    author = None if by.agent is None else by.agent.address
    agents = told(ctx.directory, ticket, happening, author=author, around=around).agents
    if not agents:
        return ()
    support = support_of(ctx, ticket.address)
    frame = Frame(ctx, ticket.id, support, Purpose.MESSAGE_NOTE, by.now, by.seed)
    said = "\n".join(f"{name}: {value}" for name, value in facts.items())
    body = "\n\n".join(part for part in (said, words) if part)
    head = f"{happening.value}: {frame.our_names()['tag']} {one_line(ticket.subject)}"
    text = f"{head}\n\n{body}\n\n{frame.marker()}\n"
    named = f"{happening.value} {by.actor} {label}".strip()
    return tuple(to_agent(frame, ticket, one, label=named, text=text) for one in agents)


def is_to_customer(draft: Draft) -> bool:
    """Whether a mail of a change is the one that tells the customer that their ticket is
    resolved: beside an answer it is not sent."""
    return draft.lane is Lane.ACKNOWLEDGEMENT
