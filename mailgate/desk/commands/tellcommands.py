"""What an agent is told of commands that were not obeyed, or not as they may think. Pure."""

from mailgate.desk.arriving.plan import Case
from mailgate.desk.commands.bidden import Bidden
from mailgate.desk.commands.orderwords import files_stay, refusal
from mailgate.desk.words.frame import support_of
from mailgate.desk.words.tellagents import say_to_agent
from mailgate.model.delivery import Draft
from mailgate.model.ticket import Ticket

__all__ = ["tell_files_stay", "tell_refusal"]


def tell_refusal(bid: Bidden, ticket: Ticket) -> tuple[Draft, ...]:
    """A mail to the author alone: what was wrong, and which commands there are."""
    locale = support_of(bid.case.ctx, ticket.address).locale
    stands = bid.is_note_all_the_same
    return _told(bid.case, ticket, "refused", refusal(bid.faults, locale, note_stands=stands))


def tell_files_stay(case: Case, ticket: Ticket) -> tuple[Draft, ...]:
    """A mail to the author alone: what they did was done, and their files went nowhere."""
    return _told(case, ticket, "files", files_stay(support_of(case.ctx, ticket.address).locale))


def _told(case: Case, ticket: Ticket, label: str, words: str) -> tuple[Draft, ...]:
    agent = case.evidence.agent
    if agent is None:
        return ()
    label = f"commands {label}"
    return (
        say_to_agent(case.ctx, ticket, agent, words, label=label, now=case.now, seed=case.seed),
    )
