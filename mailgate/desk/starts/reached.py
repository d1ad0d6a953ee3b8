"""Whether an agent's answer has reached the customer without us. Pure."""

from mailgate.desk.arriving.plan import Case, is_answer
from mailgate.desk.words.recipients import participants
from mailgate.model.ticket import Ticket

__all__ = ["reached"]


def reached(case: Case, ticket: Ticket) -> bool:
    """The agent wrote it to the customer and everybody on the ticket from their own mailbox, and
    we only got it too, in Cc or unseen: sent by us, all of them would have it twice. Who writes
    to the desk, or answers its mail, wants the desk to send it."""
    if not is_answer(case) or case.evidence.tokens:
        return False
    if any(case.ctx.directory.support_for(one.address) for one in case.mail.to):
        return False
    shown = {one.address.key for one in (*case.mail.to, *case.mail.cc)}
    everybody = (ticket.requester.address, *participants(case.ctx, ticket, ()))
    return all(one.key in shown for one in everybody)
