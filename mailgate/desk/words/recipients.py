"""Whom a public mail goes to, and where they stand in it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from mailgate.desk.context import DeskContext
from mailgate.desk.words.frame import named
from mailgate.mail.address import Address, NamedAddress
from mailgate.model.directory import Directory
from mailgate.model.ticket import Ticket

__all__ = ["Recipients", "is_answerable", "participants", "recipients_of"]


@dataclass(frozen=True, slots=True)
class Recipients:
    """Nobody twice. Those who are `unseen` stand in no header: not in their own copy either."""

    to: tuple[NamedAddress, ...]
    cc: tuple[NamedAddress, ...]
    unseen: tuple[Address, ...]

    @property
    def all(self) -> tuple[Address, ...]:
        """Who gets the mail, the first in To first."""
        return (*(one.address for one in (*self.to, *self.cc)), *self.unseen)


def recipients_of(
    ctx: DeskContext,
    ticket: Ticket,
    *,
    beside: Sequence[Address],
    cc: Sequence[Address],
    unseen: Sequence[Address],
) -> Recipients:
    """The requester and the participants, and `cc`; those of them in `beside` stand beside the
    requester. Where the requester is one of ours and others are not, these do not see them."""
    others = tuple(NamedAddress("", one) for one in participants(ctx, ticket, cc))
    if others and ctx.directory.agent_for(ticket.requester.address) is not None:
        hidden = (ticket.requester.address, *unseen)
        return Recipients(others[:1], others[1:], _besides(hidden, others))
    keys = frozenset(one.key for one in beside)
    return Recipients(
        to=(named(ticket.requester), *(one for one in others if one.address.key in keys)),
        cc=tuple(one for one in others if one.address.key not in keys),
        unseen=_besides(unseen, (ticket.requester, *others)),
    )


def _besides(unseen: Sequence[Address], seen: Sequence[NamedAddress]) -> tuple[Address, ...]:
    shown = {one.address.key for one in seen}
    return tuple({one.key: one for one in unseen if one.key not in shown}.values())


def participants(ctx: DeskContext, ticket: Ticket, extra: Sequence[Address]) -> tuple[Address, ...]:
    """Whom a public mail goes to besides the requester: nobody of ours, nobody twice."""
    unique = {address.key: address for address in (*ticket.cc, *extra)}
    unique.pop(ticket.requester.address.key, None)
    return tuple(
        address
        for address in unique.values()
        if ctx.directory.support_for(address) is None and ctx.directory.agent_for(address) is None
    )


def is_answerable(requester: Address, directory: Directory) -> bool:
    """Whether mail to the requester of a ticket gets anywhere: not to an address that stands
    for a sender who could not be read (RFC 2606 §2), and not to ourselves."""
    nowhere = requester.domain == "invalid" or requester.domain.endswith(".invalid")
    return not nowhere and directory.support_for(requester) is None
