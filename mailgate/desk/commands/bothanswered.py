"""Two agents who have answered the same mail of a customer are both told of it."""

from datetime import datetime, timedelta

from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.words.frame import display_name
from mailgate.desk.words.notices import tell
from mailgate.desk.words.who import Around, Happening
from mailgate.desk.words.wording import local_time
from mailgate.model.delivery import Draft
from mailgate.model.directory import Agent
from mailgate.model.ticket import Ticket
from mailgate.store import lately
from mailgate.store.core import Connection

__all__ = ["TOGETHER", "both_answered"]

TOGETHER = timedelta(minutes=10)
"""Two answers within this are to the same mail, unless the customer wrote in between."""


def both_answered(
    conn: Connection, ctx: DeskContext, ticket: Ticket, text: str, by: By
) -> tuple[Draft, ...]:
    """What both are told, each with the other's words. `ticket` is as it was before this answer,
    with the words `text`: where a customer waited on it, this answers them, and no other does."""
    since = by.now - TOGETHER
    if by.agent is None or ticket.waiting_since is not None or ticket.updated_at < since:
        return ()
    first = lately.answer_of_another(conn, ticket.id, but=by.agent.address, since=since)
    other = None if first is None else ctx.directory.agent_for(first.by)
    if first is None or other is None or other.address.key == by.agent.address.key:
        return ()
    return (
        *_told(ctx, ticket, other, by.agent, by.now, text, by),
        *_told(ctx, ticket, by.agent, other, first.at, first.text, by),
    )


def _told(
    ctx: DeskContext,
    ticket: Ticket,
    agent: Agent,
    other: Agent,
    at: datetime,
    text: str,
    by: By,
) -> tuple[Draft, ...]:
    facts = {
        "other": display_name(other.name) or str(other.address),
        "when": local_time(at, ctx.policy.timezone),
    }
    around, label = Around(writers=(agent,)), agent.address.key
    both = Happening.BOTH_ANSWERED
    return tell(ctx, ticket, both, by=by, around=around, facts=facts, words=text, label=label)
