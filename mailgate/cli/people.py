"""Commands about tickets: list, show, set."""

from functools import partial
from itertools import chain
from typing import Annotated

import typer

from mailgate.api import shapes
from mailgate.cli import matters, output, session
from mailgate.cli.lists import list_
from mailgate.cli.options import Json
from mailgate.cli.render import ticket_text
from mailgate.cli.session import CommandError
from mailgate.daemon.gateway import Gateway
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Priority, Status, Ticket
from mailgate.store import entries, events, merging, outbound, ticketlife, timers
from mailgate.store import tickets as stored
from mailgate.store.core import Connection

tickets = typer.Typer(help="Read and change tickets.", no_args_is_help=True)
matters.add_to(tickets)

Number = Annotated[int, typer.Argument(metavar="ID", help="The ticket's number.")]


tickets.command("list")(list_)


@tickets.command("show")
def show(number: Number, *, json: Json = False) -> None:
    """A ticket with its messages, events and mails."""
    document = session.read(partial(_whole, number=TicketId(number)))
    if document is None:
        raise CommandError(f"there is no ticket {number}")
    if json:
        output.print_json(document)
    else:
        output.print_text(ticket_text(document))


@tickets.command("set")
def set_(
    number: Number,
    *,
    status: Annotated[Status | None, typer.Option(metavar="S", help="New status.")] = None,
    assign: Annotated[str | None, typer.Option(metavar="AGENT", help="New assignee.")] = None,
    group: Annotated[str | None, typer.Option(metavar="G", help="New group.")] = None,
    priority: Annotated[Priority | None, typer.Option(metavar="P", help="New priority.")] = None,
    tag: Annotated[list[str] | None, typer.Option(metavar="T", help="Add a tag.")] = None,
    untag: Annotated[list[str] | None, typer.Option(metavar="T", help="Remove a tag.")] = None,
    json: Json = False,
) -> None:
    """Change a ticket; the options say what."""
    from mailgate.desk.by import By  # noqa: PLC0415  listing needs none
    from mailgate.desk.changes import TicketWish  # noqa: PLC0415
    from mailgate.desk.changing import set_ticket  # noqa: PLC0415

    wish = TicketWish(
        status=status,
        assignee=None if assign is None else session.typed(assign),
        group=group,
        priority=priority,
        add_tags=tuple(tag or ()),
        remove_tags=tuple(untag or ()),
    )
    if wish == TicketWish():
        raise CommandError("nothing to set: name --status, --assign, --group, --priority, --tag or "
                           "--untag", 2)  # fmt: skip

    def changed(conn: Connection, gateway: Gateway) -> Ticket:
        by = By("operator", gateway.clock.now(), gateway.seed())
        return set_ticket(conn, gateway.context, TicketId(number), wish, by=by).ticket

    after = session.write(changed)
    if json:
        output.print_json(shapes.ticket(after))
    else:
        print(f"ticket {after.id} is {after.status}, priority {after.priority}")


def _whole(conn: Connection, number: TicketId) -> shapes.Json | None:
    found = stored.get(conn, number)
    if found is None:
        return None
    merged = merging.merged_into(conn, number)
    # Mails stay with the number that they went out by.
    mails = [outbound.deliveries_of_ticket(conn, each) for each in (number, *merged)]
    return shapes.whole_ticket(
        found,
        entries.of_ticket(conn, number),
        events.of_ticket(conn, number),
        sorted(chain.from_iterable(mails), key=lambda each: each.id),
        merged=merged,
        children=ticketlife.children(conn, number),
        clocks=timers.of_ticket(conn, number),
    )
