"""Commands about the outbound queue."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated

import typer

from mailgate.api import shapes
from mailgate.cli import output, session
from mailgate.cli.options import Json, Limit
from mailgate.cli.render import delivery_text
from mailgate.cli.session import CommandError
from mailgate.daemon.gateway import Gateway
from mailgate.model.delivery import Delivery, DeliveryState, Lane
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.store import again, operating, outbound
from mailgate.store.core import Connection
from mailgate.store.operating import EVERYTHING, Selection, named
from mailgate.store.outbound import DeliveryFilter, QueueStats

queue = typer.Typer(help="The outbound queue.", no_args_is_help=True)

Ids = Annotated[list[int] | None, typer.Argument(metavar="ID...", help="Deliveries.")]
All = Annotated[bool, typer.Option("--all", help="Every delivery to which it applies.")]

Change = Callable[[Connection, Selection, datetime], int]


@queue.command("list")
def list_(
    *,
    state: Annotated[DeliveryState | None, typer.Option(metavar="S", help="In this state.")] = None,
    lane: Annotated[Lane | None, typer.Option(metavar="L", help="Of this lane.")] = None,
    ticket: Annotated[int | None, typer.Option(metavar="ID", help="Of this ticket.")] = None,
    limit: Limit = 100,
    json: Json = False,
) -> None:
    """Deliveries, the oldest first."""
    number = None if ticket is None else TicketId(ticket)
    wanted = DeliveryFilter(state=state, lane=lane, ticket=number, limit=limit)
    found = session.read(partial(_listing, wanted=wanted))
    if json:
        output.print_json([shapes.delivery(each) for each in found])
        return
    output.print_table(
        ("ID", "TICKET", "LANE", "STATE", "ATTEMPTS", "DUE", "WAITS FOR", "RECIPIENT"),
        [
            (
                each.id,
                each.ticket,
                each.lane,
                each.state,
                each.attempts,
                each.due_at,
                each.wait_reason,
                each.recipient,
            )
            for each in found
        ],
    )


@queue.command("show")
def show(
    number: Annotated[int, typer.Argument(metavar="ID", help="The delivery.")],
    *,
    json: Json = False,
) -> None:
    """A delivery with every attempt to send it."""
    document = session.read(partial(_whole, number=DeliveryId(number)))
    if document is None:
        raise CommandError(f"there is no delivery {number}")
    if json:
        output.print_json(document)
    else:
        output.print_text(delivery_text(document))


@queue.command("hold")
def hold(ids: Ids = None, *, every: All = False, json: Json = False) -> None:
    """Keep mail that waits from leaving until it is released."""
    _change("held", operating.hold, ids, every=every, json=json)


@queue.command("release")
def release(ids: Ids = None, *, every: All = False, json: Json = False) -> None:
    """Let held mail go."""
    _change("released", operating.release, ids, every=every, json=json)


@queue.command("retry")
def retry(ids: Ids = None, *, every: All = False, json: Json = False) -> None:
    """Try mail that waits now instead of later, and what failed once more; the limits hold.

    What is named by its ID goes although mail is kept from its address (`suppressions list`).
    What failed gets a delivery of its own, and is left out by --all.
    """
    _change("due now", again.retry, ids, every=every, json=json)


@queue.command("cancel")
def cancel(ids: Ids = None, *, every: All = False, json: Json = False) -> None:
    """Never send mail that has not left."""
    _change("cancelled", operating.cancel, ids, every=every, json=json)


@queue.command("stats")
def stats(*, json: Json = False) -> None:
    """What waits, by lane and state, and since when."""

    async def work(gateway: Gateway) -> QueueStats:
        return await gateway.store.read(partial(_stats, now=gateway.clock.now()))

    found = session.with_gateway(work)
    if json:
        output.print_json(shapes.queue_stats(found))
        return
    output.print_table(
        ("LANE", "STATE", "DELIVERIES", "OLDEST OF THE LANE"),
        [
            (lane, state, number, found.oldest.get(lane))
            for (lane, state), number in found.depth.items()
            if number
        ],
    )


def _change(done: str, change: Change, ids: list[int] | None, *, every: bool, json: bool) -> None:
    if bool(ids) == every:
        raise CommandError("name deliveries by their ID, or give --all", 2)
    wanted = None if every else [DeliveryId(each) for each in ids or ()]

    def changed(conn: Connection, gateway: Gateway) -> tuple[int, list[str]]:
        now = gateway.clock.now()
        if wanted is None:
            return change(conn, EVERYTHING, now), []
        missed = [each for each in dict.fromkeys(wanted) if not change(conn, named(each), now)]
        return len(set(wanted)) - len(missed), [_why_not(conn, each) for each in missed]

    number, missed = session.write(changed)
    if json:
        output.print_json({"changed": number})
    else:
        print(f"{number} {'delivery' if number == 1 else 'deliveries'} {done}")
    if missed:
        raise CommandError(f"not {done}: {', '.join(missed)}")


def _why_not(conn: Connection, delivery: DeliveryId) -> str:
    found = outbound.get(conn, delivery)
    return f"{delivery} does not exist" if found is None else f"{delivery} is {found.state.value}"


def _listing(conn: Connection, wanted: DeliveryFilter) -> list[Delivery]:
    return outbound.listing(conn, wanted)


def _whole(conn: Connection, number: DeliveryId) -> shapes.Json | None:
    found = outbound.get(conn, number)
    if found is None:
        return None
    return shapes.whole_delivery(found, outbound.attempts_of(conn, number))


def _stats(conn: Connection, now: datetime) -> QueueStats:
    return outbound.stats(conn, now)
