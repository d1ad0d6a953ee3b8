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
from mailgate.desk.telling.delivering import tell_delivery
from mailgate.desk.telling.waiting import why_it_waits
from mailgate.desk.ticket.takingback import take_back
from mailgate.model.delivery import Delivery, DeliveryState, Lane, Reply
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.store import again, obstacles, operating, outbound, story
from mailgate.store.core import Connection
from mailgate.store.obstacles import Obstacle
from mailgate.store.operating import Selection, named
from mailgate.store.outbound import DeliveryFilter, QueueStats

queue = typer.Typer(help="The outbound queue.", no_args_is_help=True)

Ids = Annotated[list[int] | None, typer.Argument(metavar="ID...", help="Deliveries.")]
OfTicket = Annotated[int | None, typer.Option("--ticket", metavar="N", help="Of this ticket.")]
OfLane = Annotated[Lane | None, typer.Option("--lane", metavar="L", help="Of this lane.")]
All = Annotated[bool, typer.Option("--all", help="Every delivery to which it applies.")]

Change = Callable[[Connection, Gateway, Selection, datetime], int]


@queue.command("list")
def list_(
    *,
    state: Annotated[DeliveryState | None, typer.Option(metavar="S", help="In this state.")] = None,
    lane: OfLane = None,
    ticket: OfTicket = None,
    limit: Limit = 100,
    json: Json = False,
) -> None:
    """Deliveries, the oldest first: what each waits for, and about how long."""
    number = None if ticket is None else TicketId(ticket)
    wanted = DeliveryFilter(state=state, lane=lane, ticket=number, limit=limit)

    async def work(gateway: Gateway) -> tuple[list[Delivery], str]:
        found = await gateway.store.read(partial(_listing, wanted=wanted))
        return found, gateway.settings.gateway.locale

    found, locale = session.with_gateway(work)
    if json:
        output.print_json([shapes.delivery(each) for each in found])
        return
    output.print_table(
        ("ID", "TICKET", "LANE", "STATE", "ATTEMPTS", "UNTIL", "WHY", "RECIPIENT"),
        [
            (
                each.id,
                each.ticket,
                each.lane,
                each.state,
                each.attempts,
                _until(each),
                _why(each, locale),
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
    """The whole story of a delivery: why it is there, every attempt, what it waits for."""

    async def work(gateway: Gateway) -> shapes.Json | None:
        now = gateway.clock.now()
        unit = partial(story.of_delivery, number=DeliveryId(number), now=now)
        found = await gateway.store.read(unit)
        if found is None:
            return None
        timezone = gateway.context.policy.timezone
        told = tell_delivery(found, gateway.settings.gateway.locale, timezone)
        return shapes.whole_delivery(found, told)

    document = session.with_gateway(work)
    if document is None:
        raise CommandError(f"there is no delivery {number}")
    if json:
        output.print_json(document)
    else:
        output.print_text(delivery_text(document))


@queue.command("destinations")
def destinations(*, limit: Limit = 100, json: Json = False) -> None:
    """Destinations that are down, slowed, or at the end of their pace."""

    async def work(gateway: Gateway) -> list[Obstacle]:
        now = gateway.clock.now()
        return await gateway.store.read(partial(obstacles.listing, now=now, limit=limit))

    found = session.with_gateway(work)
    if json:
        output.print_json([shapes.obstacle(each) for each in found])
        return
    output.print_table(
        ("DESTINATION", "STATE", "WAITING", "FAILURES", "NEXT", "LAST REPLY"),
        [
            (
                each.key,
                each.state,
                each.waiting,
                each.failures or None,
                each.down_until if each.is_down else each.paced_until,
                _said(each.last_reply),
            )
            for each in found
        ],
    )


@queue.command("hold")
def hold(
    ids: Ids = None,
    *,
    ticket: OfTicket = None,
    lane: OfLane = None,
    every: All = False,
    json: Json = False,
) -> None:
    """Keep mail that waits from leaving until it is released."""
    _change("held", _plain(operating.hold), _selected(ids, ticket, lane, every=every), json=json)


@queue.command("release")
def release(
    ids: Ids = None,
    *,
    ticket: OfTicket = None,
    lane: OfLane = None,
    every: All = False,
    json: Json = False,
) -> None:
    """Let held mail go: now, or at the time for which it is scheduled."""
    _change(
        "released", _plain(operating.release), _selected(ids, ticket, lane, every=every), json=json
    )


@queue.command("retry")
def retry(
    ids: Ids = None,
    *,
    ticket: OfTicket = None,
    lane: OfLane = None,
    every: All = False,
    json: Json = False,
) -> None:
    """Try mail that waits now instead of later; destinations that are down too. The limits hold.

    What is named by its ID goes although it is scheduled for later or mail is kept from its
    address (`suppressions list`), and once more when it has failed: by a delivery of its own.
    --ticket, --lane and --all leave these out.
    """
    _change("due now", _plain(again.retry), _selected(ids, ticket, lane, every=every), json=json)


@queue.command("cancel")
def cancel(
    ids: Ids = None,
    *,
    ticket: OfTicket = None,
    lane: OfLane = None,
    every: All = False,
    json: Json = False,
) -> None:
    """Never send mail that has not left."""
    _change("cancelled", _cancel, _selected(ids, ticket, lane, every=every), json=json)


@queue.command("stats")
def stats(*, json: Json = False) -> None:
    """What waits, by lane and state, since when and why."""

    async def work(gateway: Gateway) -> tuple[QueueStats, str]:
        found = await gateway.store.read(partial(_stats, now=gateway.clock.now()))
        return found, gateway.settings.gateway.locale

    found, locale = session.with_gateway(work)
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
    if found.waiting:
        print()
        output.print_table(
            ("DELIVERIES", "WHY"),
            [(number, why_it_waits(why, None, locale)) for why, number in found.waiting.items()],
        )


def _selected(
    ids: list[int] | None, ticket: int | None, lane: Lane | None, *, every: bool
) -> Selection:
    """What a command names: IDs, or a ticket or a lane (of both what is in both), or all."""
    some = ticket is not None or lane is not None
    if [bool(ids), some, every].count(True) != 1:
        raise CommandError("name deliveries by their ID, by --ticket and --lane, or give --all", 2)
    if ids:
        return named(*dict.fromkeys(map(DeliveryId, ids)))
    return Selection(ticket=None if ticket is None else TicketId(ticket), lane=lane)


def _plain(change: Callable[[Connection, Selection, datetime], int]) -> Change:
    """One for which nothing but the queue counts."""
    return lambda conn, _, wanted, now: change(conn, wanted, now)


def _cancel(conn: Connection, gateway: Gateway, wanted: Selection, now: datetime) -> int:
    return take_back(conn, gateway.context, wanted, now)


def _change(done: str, change: Change, wanted: Selection, *, json: bool) -> None:
    def changed(conn: Connection, gateway: Gateway) -> tuple[int, list[str]]:
        now = gateway.clock.now()
        if wanted.ids is None:
            return change(conn, gateway, wanted, now), []
        # One by one, to tell of each that was in no state for it.
        missed = [each for each in wanted.ids if not change(conn, gateway, named(each), now)]
        return len(wanted.ids) - len(missed), [_why_not(conn, each) for each in missed]

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


def _why(of: Delivery, locale: str) -> str | None:
    return None if of.wait_reason is None else why_it_waits(of.wait_reason, of.waits_for, locale)


def _until(of: Delivery) -> datetime | None:
    """What is held waits for nobody knows how long, and what is final for nothing."""
    return None if of.wait_reason is None or of.state is DeliveryState.HELD else of.due_at


def _said(reply: Reply | None) -> str | None:
    if reply is None:
        return None
    return " ".join(str(part) for part in (reply.code, reply.text) if part)


def _listing(conn: Connection, wanted: DeliveryFilter) -> list[Delivery]:
    return outbound.listing(conn, wanted)


def _stats(conn: Connection, now: datetime) -> QueueStats:
    return outbound.stats(conn, now)
