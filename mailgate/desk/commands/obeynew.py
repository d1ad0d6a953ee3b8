"""The commands in the mail of an agent that opens a ticket."""

from collections.abc import Collection

from mailgate.desk.by import By
from mailgate.desk.commands.obeying import obey, prepare
from mailgate.desk.commands.orders import Orders, Verb
from mailgate.desk.commands.wanted import Fault, Trouble, shown_order, want
from mailgate.desk.context import DeskContext
from mailgate.desk.errors import DeskError
from mailgate.desk.ticket.named import named_ticket
from mailgate.desk.words.frame import support_of
from mailgate.model.delivery import Draft
from mailgate.model.directory import Agent
from mailgate.model.ids import TicketId
from mailgate.store.attempt import attempt
from mailgate.store.core import Connection

__all__ = ["obey_new", "wrong_with"]


def wrong_with(
    ctx: DeskContext, orders: Orders, agent: Agent, *, odd: Collection[Verb], beside: str
) -> tuple[Fault, ...]:
    """What cannot be of them; `odd` are those that contradict the mail, whose subject is
    `beside`."""
    if not orders:
        return ()
    _, faults = want(ctx, None, orders, agent)
    contradicting = (
        Fault(Trouble.CONTRADICTS, shown_order(one), (beside,))
        for one in orders.orders
        if one.verb in odd
    )
    return (*faults, *contradicting)


def obey_new(
    conn: Connection, ctx: DeskContext, number: TicketId, orders: Orders, by: By
) -> tuple[tuple[Draft, ...], tuple[Fault, ...]]:
    """The mails that they cause, or what is wrong with them after all: then none is obeyed."""
    if not orders or by.agent is None:
        return (), ()
    ticket = named_ticket(conn, number)
    wanted, faults = want(ctx, ticket, orders, by.agent)
    if faults:
        return (), faults
    try:
        with attempt(conn, DeskError):
            ready = prepare(conn, ctx, ticket, wanted, by)
            done = obey(conn, ctx, ready.ticket, wanted, by)
    except DeskError as error:
        said = error.in_language(support_of(ctx, ticket.address).locale)
        return (), (Fault(Trouble.OTHER, known=(said,)),)
    return (*ready.drafts, *done.drafts), ()
