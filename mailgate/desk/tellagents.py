"""What the desk itself tells agents of a ticket: a mail each, answered by notes. Pure."""

from mailgate.desk.context import DeskContext
from mailgate.desk.frame import Frame, display_name
from mailgate.mail.address import Address, NamedAddress, NullReversePath
from mailgate.mail.outgoing import OutgoingMail
from mailgate.model.delivery import Draft, Lane
from mailgate.model.directory import Agent
from mailgate.model.ticket import Ticket
from mailgate.threading.token import Purpose

__all__ = ["to_agent", "who_is_told"]


def who_is_told(
    ctx: DeskContext, ticket: Ticket, but: Address, author: str | None = None
) -> tuple[Agent, ...]:
    """The agent who wrote it (`author`, a key) and the assignee, else the group; never the one
    with the address `but`, nor the requester: an agent who asks is a customer, and knows nothing
    of what is inside."""
    wrote = None if author is None else ctx.directory.agents.get(author)
    assignee = None if ticket.assignee is None else ctx.directory.agent_for(ticket.assignee)
    left_out = {but.key, ticket.requester.address.key}

    def among(agents: tuple[Agent, ...]) -> tuple[Agent, ...]:
        unique = {one.address.key: one for one in agents}
        return tuple(
            one
            for one in unique.values()
            if left_out.isdisjoint(address.key for address in (one.address, *one.also))
            and ctx.directory.support_for(one.address) is None
        )

    alone = among(tuple(one for one in (wrote, assignee) if one is not None))
    return alone or among(ctx.directory.members(ticket.group))


def to_agent(frame: Frame, ticket: Ticket, agent: Agent, *, label: str, text: str) -> Draft:
    """A mail to one agent; `label` tells it from the others that one unit of work causes. Of its
    own failure nobody is told: its reverse path is null (RFC 5321 §6.1)."""
    to = agent.address
    root = frame.root(Purpose.MESSAGE_AGENT)
    mail = OutgoingMail(
        from_=frame.from_(""),
        to=(NamedAddress(display_name(agent.name), to),),
        reply_to=frame.reply_to(Purpose.AGENT_NOTE, to),
        subject=frame.subject(ticket.subject),
        message_id=frame.message_id(f"{label} {to.key}"),
        date=frame.now,
        text=text,
        boundary_seed=frame.boundary_seed(f"{label} {to.key}"),
        in_reply_to=root,
        # The last reference is the strongest: an answer to it is a note.
        references=(root, frame.root(Purpose.MESSAGE_NOTE)),
        headers=frame.headers("auto-generated"),
    )
    return Draft(
        lane=Lane.NOTIFICATION,
        kind="notification",
        ticket=ticket.id,
        entry=None,
        mail=mail,
        sender=frame.support.address,
        reverse_path=NullReversePath(),
        recipients=(to,),
        outside=False,
    )
