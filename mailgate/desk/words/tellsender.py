"""A mail to an agent about a mail of theirs, or in their name, that is on no ticket. Pure."""

from datetime import datetime

from mailgate.desk.context import DeskContext
from mailgate.desk.words.frame import Frame, display_name
from mailgate.mail.address import NamedAddress, NullReversePath
from mailgate.mail.outgoing import OutgoingMail
from mailgate.model.delivery import Draft, Lane
from mailgate.model.directory import Agent, SupportAddress
from mailgate.model.seed import Seed
from mailgate.threading.token import NO_TICKET, Purpose

__all__ = ["to_sender"]


def to_sender(
    ctx: DeskContext,
    support: SupportAddress,
    agent: Agent,
    *,
    subject: str,
    text: str,
    now: datetime,
    seed: Seed,
) -> Draft:
    """To the address that is configured for them. It answers nothing, in headers either: who
    forged their name would choose what. Of its own failure nobody is told (RFC 5321 §6.1)."""
    frame = Frame(ctx, NO_TICKET, support, Purpose.MESSAGE_NOTE, now, seed)
    label = f"sender {agent.address.key}"
    mail = OutgoingMail(
        from_=frame.from_(""),
        to=(NamedAddress(display_name(agent.name), agent.address),),
        # An answer to it is a mail like any other of theirs: a new one.
        reply_to=frame.from_(""),
        subject=subject,
        message_id=frame.message_id(label),
        date=now,
        text=text,
        boundary_seed=frame.boundary_seed(label),
        headers=frame.headers("auto-generated"),
    )
    return Draft(
        lane=Lane.NOTIFICATION,
        kind="notification",
        ticket=None,
        entry=None,
        mail=mail,
        sender=support.address,
        reverse_path=NullReversePath(),
        recipients=(agent.address,),
        outside=False,
    )
