"""Mails that a change of a ticket causes. Pure."""

from collections.abc import Sequence

from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.mail.address import Address
from mailgate.model.delivery import Draft
from mailgate.model.ticket import Ticket

__all__ = ["of_change"]


def of_change(
    ctx: DeskContext,  # noqa: ARG001
    before: Ticket,  # noqa: ARG001
    after: Ticket,  # noqa: ARG001
    by: By,  # noqa: ARG001
    followers: Sequence[Address],  # noqa: ARG001
) -> tuple[Draft, ...]:
    """Who is told of a change, by the table of `desk.who`."""
    return ()
