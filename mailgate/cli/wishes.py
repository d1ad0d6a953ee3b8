"""`mailgate tickets set`."""

from typing import TYPE_CHECKING, Annotated

import typer

from mailgate.api import shapes
from mailgate.cli import output, session
from mailgate.cli.options import Json
from mailgate.cli.session import CommandError
from mailgate.daemon.gateway import Gateway
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Priority, Status, Ticket
from mailgate.store.core import Connection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailgate.mail.address import Address

__all__ = ["add_to"]

Number = Annotated[int, typer.Argument(metavar="ID", help="The ticket's number.")]
Addresses = list[str] | None


def add_to(tickets: typer.Typer) -> None:
    """Puts the command under `mailgate tickets`."""
    tickets.command("set")(set_)


def set_(
    number: Number,
    *,
    status: Annotated[Status | None, typer.Option(metavar="S", help="New status.")] = None,
    assign: Annotated[str | None, typer.Option(metavar="AGENT", help="New assignee.")] = None,
    unassign: Annotated[bool, typer.Option("--unassign", help="It is nobody's.")] = False,
    group: Annotated[str | None, typer.Option(metavar="G", help="New group.")] = None,
    priority: Annotated[Priority | None, typer.Option(metavar="P", help="New priority.")] = None,
    tag: Annotated[Addresses, typer.Option(metavar="T", help="Add a tag.")] = None,
    untag: Annotated[Addresses, typer.Option(metavar="T", help="Remove a tag.")] = None,
    cc: Annotated[Addresses, typer.Option(metavar="A", help="Add a participant.")] = None,
    uncc: Annotated[Addresses, typer.Option(metavar="A", help="Remove a participant.")] = None,
    follow: Annotated[Addresses, typer.Option(metavar="AGENT", help="Who follows it.")] = None,
    unfollow: Annotated[Addresses, typer.Option(metavar="AGENT", help="Who does no more.")] = None,
    parent: Annotated[
        int | None, typer.Option(metavar="N", help="The ticket that it is part of.")
    ] = None,
    no_parent: Annotated[bool, typer.Option("--no-parent", help="It is part of none.")] = False,
    json: Json = False,
) -> None:
    """Change a ticket; the options say what. Tags, participants, followers may be several."""
    from mailgate.desk.by import By  # noqa: PLC0415  listing needs none
    from mailgate.desk.ticket.changes import TicketWish  # noqa: PLC0415
    from mailgate.desk.ticket.changing import set_ticket  # noqa: PLC0415

    if parent is not None and no_parent:
        raise CommandError("name --parent or --no-parent, not both", 2)
    wish = TicketWish(
        status=status,
        assignee=None if assign is None else session.typed(assign),
        unassign=unassign,
        group=group,
        priority=priority,
        add_tags=tuple(tag or ()),
        remove_tags=tuple(untag or ()),
        add_cc=_typed(cc),
        remove_cc=_typed(uncc),
        follow=_typed(follow),
        unfollow=_typed(unfollow),
        parent=None if parent is None else TicketId(parent),
        no_parent=no_parent,
    )
    if wish == TicketWish():
        raise CommandError("nothing to set: name --status, --assign, --group, --priority, --tag, "
                           "--cc, --follow, --parent or what undoes them", 2)  # fmt: skip

    def changed(conn: Connection, gateway: Gateway) -> Ticket:
        by = By("operator", gateway.clock.now(), gateway.seed())
        return set_ticket(conn, gateway.context, TicketId(number), wish, by=by).ticket

    after = session.write(changed)
    if json:
        output.print_json(shapes.ticket(after))
    else:
        print(f"ticket {after.id} is {after.status}, priority {after.priority}")


def _typed(texts: "Sequence[str] | None") -> "tuple[Address, ...]":
    return tuple(session.typed(text) for text in texts or ())
