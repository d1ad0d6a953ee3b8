"""A desk with a real store and its worker: mails go in as bytes, tickets and mails come out."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from mailgate.desk.arriving.worker import InboundWorker
from mailgate.desk.context import DeskContext
from mailgate.mail.address import Address, NullReversePath, ReversePath
from mailgate.mail.envelope import Envelope
from mailgate.model.delivery import Delivery
from mailgate.model.ids import DeliveryId, JournalId, TicketId
from mailgate.model.journal import Arrival, Door, JournalState, JournalSummary
from mailgate.model.ticket import Entry, Ticket, TicketEvent
from mailgate.store import entries, events, journal, outbound, tickets
from mailgate.store.core import Connection, Store
from mailgate.store.listing import TicketFilter, listing
from mailgate.store.open import open_store
from mailgate.store.outbound import DeliveryFilter
from mailgate.store.schema import upgrade
from mailgate.telemetry.null import NullTelemetry
from tests.deciders.desk_store import opened
from tests.deciders.desk_world import ALICE, SUPPORT, desk
from tests.harness.clock import FakeClock

HONG = Address("hong", "customer.example")
EVERY_TICKET = TicketFilter(limit=100)


class Reports(NullTelemetry):
    """Remembers what was told of each message."""

    def __init__(self) -> None:
        self.processed_as: list[str] = []
        self.stages: list[str] = []
        self.suppressions: list[str] = []
        self.quarantines: list[str] = []
        self.failures: list[tuple[int, str]] = []
        self.first_responses: list[float] = []
        self.queued_lanes: list[str] = []

    def processed(
        self,
        *,
        journal: int,
        door: str,
        disposition: str,
        reasons: tuple[str, ...],
        ticket: int | None,
    ) -> None:
        self.processed_as.append(disposition)

    def stage(self, *, stage: str, seconds: float) -> None:
        self.stages.append(stage)

    def suppressed(self, *, journal: int, reason: str) -> None:
        self.suppressions.append(reason)

    def quarantined(self, *, journal: int, cause: str) -> None:
        self.quarantines.append(cause)

    def processing_failed(self, *, journal: int, attempt: int, error: str) -> None:
        self.failures.append((attempt, error))

    def first_response(self, *, ticket: int, seconds: float) -> None:
        self.first_responses.append(seconds)

    def queued(self, *, ticket: int | None, lane: str, recipients: int, message_id: str) -> None:
        self.queued_lanes.append(lane)


def mail(
    text: str = "My parcel has not come.",
    *,
    from_: str = "Hong <hong@customer.example>",
    to: str = "support@acme.example",
    subject: str = "Where is my parcel?",
    message_id: str | None = "q1@customer.example",
    **fields: str,
) -> bytes:
    """A plain mail; further fields by name, `_` for `-`."""
    lines = [f"From: {from_}", f"To: {to}", f"Subject: {subject}"]
    if message_id is not None:
        lines.append(f"Message-ID: <{message_id}>")
    lines.append("Date: Mon, 05 Jan 2026 09:00:00 +0000")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    lines += ["", *text.splitlines(), ""]
    return "\r\n".join(lines).encode()


@dataclass
class Desk:
    """What a test holds in its hands."""

    store: Store
    clock: FakeClock
    reports: Reports
    context: DeskContext
    worker: InboundWorker
    woken: list[None] = field(default_factory=list)

    def set_policy(self, **changes: Any) -> None:
        self.context = replace(self.context, policy=replace(self.context.policy, **changes))

    async def put(
        self,
        content: bytes,
        *,
        to: Address = SUPPORT,
        also_to: tuple[Address, ...] = (),
        reverse_path: ReversePath = HONG,
        trusted: bool = False,
        authenticated: str | None = None,
    ) -> JournalId:
        """Puts a mail into the journal, as a door does."""
        arrival = Arrival(
            Door.SMTP,
            Envelope(reverse_path, (to, *also_to)),
            content,
            self.clock.now(),
            trusted=trusted,
            authenticated=authenticated,
        )
        return await self.store.write(partial(journal.append, arrival=arrival))

    async def receive(self, content: bytes, **how: Any) -> JournalSummary:
        """A mail comes, and the worker works on it."""
        row = await self.put(content, **how)
        await self.worker.drain()
        return await self.row(row)

    async def row(self, row: JournalId) -> JournalSummary:
        found = await self.store.read(partial(journal.get, row_id=row))
        assert found is not None
        return found

    async def decision(self, row: JournalId) -> dict[str, Any]:
        text = (await self.row(row)).decision
        assert text is not None
        decided: dict[str, Any] = json.loads(text)
        return decided

    async def tickets(self) -> list[Ticket]:
        every = partial(listing, wanted=EVERY_TICKET)
        return sorted(await self.store.read(every), key=lambda ticket: ticket.id)

    async def ticket(self, number: int = 1) -> Ticket:
        found = await self.store.read(partial(tickets.get, ticket=TicketId(number)))
        assert found is not None
        return found

    async def entries(self, number: int = 1) -> list[Entry]:
        return await self.store.read(partial(entries.of_ticket, ticket=TicketId(number)))

    async def events(self, number: int = 1) -> list[TicketEvent]:
        return await self.store.read(partial(events.of_ticket, ticket=TicketId(number)))

    async def deliveries(self, number: int = 1) -> list[Delivery]:
        return await self.store.read(
            partial(outbound.deliveries_of_ticket, ticket=TicketId(number))
        )

    async def sent(self, recipient: Address, number: int = 1) -> list[EmailMessage]:
        """The mails on a ticket to this recipient, as bytes that were parsed again."""

        def read(conn: Connection) -> list[bytes]:
            found = outbound.deliveries_of_ticket(conn, TicketId(number))
            raw = [outbound.content(conn, d.id) for d in found if d.recipient == recipient]
            return [content for content in raw if content is not None]

        raw = await self.store.read(read)
        return [message_from_bytes(content, policy=policy.default) for content in raw]

    async def about_no_ticket(self, recipient: Address) -> list[EmailMessage]:
        """The mails to this recipient that are about no ticket."""
        theirs = [d for d in await self.every_mail() if d.ticket is None]
        raw = [await self.content(d.id) for d in theirs if d.recipient == recipient]
        return [message_from_bytes(content, policy=policy.default) for content in raw]

    async def every_mail(self) -> list[Delivery]:
        """All that was queued, the first first."""
        wanted = DeliveryFilter(None, None, None, 1000)
        found = await self.store.read(partial(outbound.listing, wanted=wanted))
        return sorted(found, key=lambda delivery: delivery.id)

    async def content(self, delivery: DeliveryId) -> bytes:
        """The bytes of a mail."""
        found = await self.store.read(partial(outbound.content, delivery=delivery))
        assert found is not None
        return found

    async def lanes(self, number: int = 1) -> list[str]:
        return sorted(d.lane.value for d in await self.deliveries(number))

    async def notification(self, agent: Address = ALICE.address, number: int = 1) -> EmailMessage:
        """The last notification that this agent got."""
        return (await self.sent(agent, number))[-1]


def reply_address(message: EmailMessage) -> Address:
    """Where an answer to a mail goes."""
    spec = message["Reply-To"].addresses[0]
    return Address(spec.username, spec.domain)


def references(message: EmailMessage) -> dict[str, str]:
    """The fields of an answer to a mail, as every client writes them."""
    answered = message["Message-ID"].strip()
    return {"In_Reply_To": answered, "References": f"{message['References'] or ''} {answered}"}


def random_octets() -> Callable[[int], bytes]:
    """Octets that differ from call to call and not from run to run."""
    count = 0

    def octets(size: int) -> bytes:
        nonlocal count
        count += 1
        return blake2b(count.to_bytes(8), digest_size=size).digest()

    return octets


@asynccontextmanager
async def open_desk(folder: Path) -> AsyncIterator[Desk]:
    """An empty desk, on SQLite."""
    async with opened(folder) as store:
        yield desk_on(store)


@asynccontextmanager
async def open_desk_at(url: str) -> AsyncIterator[Desk]:
    """An empty desk, on the database at `url`."""
    upgrade(url)
    store = open_store(url, telemetry=NullTelemetry())
    try:
        yield desk_on(store)
    finally:
        await store.close()


def desk_on(store: Store) -> Desk:
    clock, reports, woken = FakeClock(), Reports(), list[None]()
    place: Desk
    worker = InboundWorker(
        store,
        lambda: place.context,
        clock,
        reports,
        random_octets(),
        on_queued=lambda: woken.append(None),
    )
    place = Desk(store, clock, reports, desk(), worker, woken)
    return place


NULL = NullReversePath()
DONE, QUARANTINED = JournalState.DONE, JournalState.QUARANTINED
