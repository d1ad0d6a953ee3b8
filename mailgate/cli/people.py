"""Commands about tickets: list, show, and those of other rooms."""

from functools import partial
from itertools import chain
from typing import Annotated

import typer

from mailgate.api import shapes
from mailgate.cli import matters, output, session, wishes
from mailgate.cli.lists import list_
from mailgate.cli.options import Json
from mailgate.cli.render import ticket_text
from mailgate.cli.session import CommandError
from mailgate.model.ids import TicketId
from mailgate.store import entries, events, merging, outbound, ticketlife, timers
from mailgate.store import tickets as stored
from mailgate.store.core import Connection

tickets = typer.Typer(help="Read and change tickets.", no_args_is_help=True)
wishes.add_to(tickets)
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
