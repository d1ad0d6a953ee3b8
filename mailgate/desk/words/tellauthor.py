"""What an agent is told of their own words: that they went to nobody, or not to whom they named.
Pure."""

from datetime import datetime

from mailgate.desk.arriving.plan import STAFF, Case, kind_of
from mailgate.desk.context import DeskContext
from mailgate.desk.words.frame import support_of
from mailgate.desk.words.mentions import mentioned
from mailgate.desk.words.tellagents import say_to_agent
from mailgate.desk.words.wording import Unsent, unclear, unsent
from mailgate.model.delivery import Draft
from mailgate.model.directory import Agent
from mailgate.model.seed import Seed
from mailgate.model.ticket import EntryKind, Ticket

__all__ = ["tell_author", "tell_unclear", "tell_unclear_names"]


def tell_author(case: Case, ticket: Ticket, why: Unsent) -> tuple[Draft, ...]:
    """A mail to the agent who wrote it, answered by a note; nothing to anybody else."""
    agent = _author(case)
    if agent is None:
        return ()
    words = unsent(why, support_of(case.ctx, ticket.address).locale)
    label = f"unsent {why}"
    return (
        say_to_agent(case.ctx, ticket, agent, words, label=label, now=case.now, seed=case.seed),
    )


def tell_unclear(case: Case, ticket: Ticket) -> tuple[Draft, ...]:
    """A mail to the agent whose note names somebody who may be one of several: nobody was told."""
    agent = _author(case)
    if agent is None or kind_of(case) is not EntryKind.NOTE:
        return ()
    return tell_unclear_names(case.ctx, ticket, agent, case.visible[0], case.now, case.seed)


def tell_unclear_names(
    ctx: DeskContext, ticket: Ticket, agent: Agent, note: str, now: datetime, seed: Seed
) -> tuple[Draft, ...]:
    """The same of a note that is only a part of their mail."""
    names = mentioned(ctx.directory, note).unclear
    if not names:
        return ()
    words = unclear(names, support_of(ctx, ticket.address).locale)
    return (say_to_agent(ctx, ticket, agent, words, label="unclear", now=now, seed=seed),)


def _author(case: Case) -> Agent | None:
    return case.evidence.agent if case.decision.sender.role in STAFF else None
