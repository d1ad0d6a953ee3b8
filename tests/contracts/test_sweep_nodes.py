"""Several nodes sweep at once: what has become due is done once."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from mailgate import settings
from mailgate.daemon.gateway import Gateway, desk_context
from mailgate.daemon.sweep import sweep_once
from mailgate.desk.context import DeskContext
from mailgate.desk.timers.timing import retime
from mailgate.model.delivery import Lane
from mailgate.model.ids import TicketId
from mailgate.model.ticket import EventKind, Status
from mailgate.store import entries, events, outbound, ticketlife, tickets
from mailgate.store.core import Connection, Store
from mailgate.store.open import open_store
from mailgate.store.tickets import TicketChange
from mailgate.telemetry.null import NullTelemetry
from tests.contracts.store_world import NOW, entry, open_ticket
from tests.harness.clock import FakeClock

CONFIG = """\
[gateway]
hostname = "mail.acme.example"
data_dir = "{var}"
[desk]
close_resolved_after = "4h"
[[address]]
address = "support@acme.example"
group = "support"
[[group]]
name = "support"
members = ["alice@acme.example"]
[[agent]]
address = "alice@acme.example"
name = "Alice Kim"
[[response]]
name = "usual"
first = "4h"
[[rule]]
name = "old ones"
when = "time"
since = "created"
after = "3h"
status = ["open"]
add_tag = ["old"]
notify = ["alice@acme.example"]
"""
COUNT = 25
"""More than a job takes at once."""


class Failures(NullTelemetry):
    def __init__(self) -> None:
        self.told: list[str] = []

    def task_failed(self, *, task: str, error: str) -> None:
        self.told.append(f"{task}: {error}")

    def store_unavailable(self, *, error: str) -> None:
        self.told.append(error)


def waiting(conn: Connection, ctx: DeskContext) -> list[TicketId]:
    made = []
    for _ in range(COUNT):
        number = open_ticket(conn)
        entries.add(conn, entry(number))
        ticketlife.note_waiting(conn, number, NOW)
        ticket = tickets.get(conn, number)
        assert ticket is not None
        retime(conn, ctx, None, ticket, NOW)
        made.append(number)
    return made


def resolved(conn: Connection) -> list[TicketId]:
    made = [open_ticket(conn) for _ in range(COUNT)]
    for number in made:
        entries.add(conn, entry(number))
        tickets.update(conn, number, TicketChange(status=Status.RESOLVED), NOW)
    return made


async def sweep(node: Gateway) -> None:
    clock = node.clock
    assert isinstance(clock, FakeClock)
    work = asyncio.ensure_future(sweep_once(node, lambda: None))
    while not work.done():
        await asyncio.wait([work], timeout=0.01)
        await clock.advance(1)
    await work


def counted(conn: Connection, numbers: list[TicketId]) -> dict[EventKind, Counter[TicketId]]:
    found = {kind: Counter[TicketId]() for kind in EventKind}
    for number in numbers:
        for event in events.of_ticket(conn, number):
            found[event.kind][number] += 1
    return found


async def test_each_thing_is_done_once(store_url: str, tmp_path: Path) -> None:
    given = settings.parse(CONFIG.format(var=tmp_path).encode(), source="test")
    failures = Failures()

    def node(name: str, store: Store) -> Gateway:
        clock = FakeClock(NOW + timedelta(hours=5))
        octets: Callable[[int], bytes] = partial(_octets, name)
        return Gateway(given, desk_context(given), store, clock, failures, octets, name)

    stores = [open_store(store_url, telemetry=NullTelemetry()) for _ in range(3)]
    nodes = [node(str(place), store) for place, store in enumerate(stores)]
    late = await stores[0].write(partial(waiting, ctx=nodes[0].context))
    done = await stores[0].write(resolved)
    for _ in range(2):
        await asyncio.gather(*(sweep(each) for each in nodes))
    once_each, never = Counter(dict.fromkeys(late, 1)), Counter[TicketId]()
    told = await stores[0].read(partial(counted, numbers=late))
    assert told[EventKind.OVERDUE] == told[EventKind.RULE] == told[EventKind.TAGGED] == once_each
    closed = await stores[0].read(partial(counted, numbers=done))
    assert closed[EventKind.STATUS] == Counter(dict.fromkeys(done, 1))
    assert closed[EventKind.OVERDUE] == closed[EventKind.RULE] == never
    for number in late:
        mails = await stores[0].read(partial(outbound.deliveries_of_ticket, ticket=number))
        # That it is late, and what the rule says.
        assert [mail.lane for mail in mails] == [Lane.NOTIFICATION] * 2
    assert failures.told == []
    for store in stores:
        await store.close()


def _octets(name: str, size: int) -> bytes:
    return (name * size)[:size].encode()
