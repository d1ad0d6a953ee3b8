"""What an agent is told of their own answer that went to nobody. Pure."""

from mailgate.desk.frame import Frame, support_of
from mailgate.desk.plan import STAFF, Case
from mailgate.desk.tellagents import to_agent
from mailgate.desk.wording import Unsent, unsent
from mailgate.model.delivery import Draft
from mailgate.model.ticket import Ticket
from mailgate.threading.token import Purpose

__all__ = ["tell_author"]


def tell_author(case: Case, ticket: Ticket, why: Unsent) -> tuple[Draft, ...]:
    """A mail to the agent who wrote it, answered by a note; nothing to anybody else."""
    agent = case.evidence.agent
    if agent is None or case.decision.sender.role not in STAFF:
        return ()
    support = support_of(case.ctx, ticket.address)
    frame = Frame(case.ctx, ticket.id, support, Purpose.MESSAGE_NOTE, case.now, case.seed)
    text = f"{unsent(why, support.locale)}\n\n{frame.marker()}\n"
    return (to_agent(frame, ticket, agent, label=f"unsent {why}", text=text),)
