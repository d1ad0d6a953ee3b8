"""What an agent is told of their own answer that went to nobody. Pure."""

from mailgate.desk.arriving.plan import STAFF, Case, kind_of
from mailgate.desk.words.frame import Frame, support_of
from mailgate.desk.words.mentions import mentioned
from mailgate.desk.words.tellagents import to_agent
from mailgate.desk.words.wording import Unsent, unclear, unsent
from mailgate.model.delivery import Draft
from mailgate.model.ticket import EntryKind, Ticket
from mailgate.threading.token import Purpose

__all__ = ["tell_author", "tell_unclear"]


def tell_author(case: Case, ticket: Ticket, why: Unsent) -> tuple[Draft, ...]:
    """A mail to the agent who wrote it, answered by a note; nothing to anybody else."""
    locale = support_of(case.ctx, ticket.address).locale
    return _told(case, ticket, unsent(why, locale), label=f"unsent {why}")


def tell_unclear(case: Case, ticket: Ticket) -> tuple[Draft, ...]:
    """A mail to the agent whose note names somebody who may be one of several: nobody was told."""
    if kind_of(case) is not EntryKind.NOTE:
        return ()
    names = mentioned(case.ctx.directory, case.visible[0]).unclear
    locale = support_of(case.ctx, ticket.address).locale
    return _told(case, ticket, unclear(names, locale), label="unclear") if names else ()


def _told(case: Case, ticket: Ticket, text: str, *, label: str) -> tuple[Draft, ...]:
    agent = case.evidence.agent
    if agent is None or case.decision.sender.role not in STAFF:
        return ()
    support = support_of(case.ctx, ticket.address)
    frame = Frame(case.ctx, ticket.id, support, Purpose.MESSAGE_NOTE, case.now, case.seed)
    return (to_agent(frame, ticket, agent, label=label, text=f"{text}\n\n{frame.marker()}\n"),)
