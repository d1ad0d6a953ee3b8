"""A queue with mail in it, for tests of what leaves."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import StaticPool, create_engine

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.outgoing import OutgoingMail
from mailgate.model.delivery import AttemptResult, Draft, Lane, LeasedDelivery, Reply
from mailgate.model.ids import DeliveryId, OutboundId, TicketId
from mailgate.model.ticket import NewTicket, Source
from mailgate.outbound.claim import Claim, ClaimOrder, claim_deliveries, nowhere
from mailgate.outbound.settle import settle
from mailgate.outbound.telling import Settled, settle_and_tell
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.store import outbound, tickets
from mailgate.store.columns import metadata
from mailgate.store.core import Connection

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SUPPORT = Address("support", "acme.example")
HONG = Address("hong", "customer.example")
CONTENT = b"From: support@acme.example\r\nSubject: [#1] Hello\r\n\r\nHello\r\n.dot\r\n"
NO_LIMIT = Limiter(LimitPolicy(1_000_000))
LEASE = timedelta(minutes=20)
SiteOf = Callable[[str, str], str | None]

_numbers = itertools.count(1)


@contextmanager
def empty_database() -> Iterator[Connection]:
    """In memory, for one test."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine)
    with engine.begin() as conn:
        yield conn
    engine.dispose()


def new_ticket(conn: Connection) -> TicketId:
    return tickets.create(
        conn,
        NewTicket(
            subject="Hello",
            source=Source.EMAIL,
            address=SUPPORT,
            brand=None,
            group=None,
            requester=NamedAddress("Hong", HONG),
            cc=(),
            at=NOW,
        ),
    )


def draft(
    ticket: TicketId,
    *recipients: Address,
    lane: Lane = Lane.REPLY,
    outside: bool = True,
) -> Draft:
    mail = OutgoingMail(
        from_=NamedAddress("Acme", SUPPORT),
        to=(NamedAddress("", HONG),),
        subject="Hello",
        message_id=f"m{next(_numbers)}@acme.example",
        date=NOW,
        text="Hello",
        boundary_seed="0",
    )
    return Draft(
        lane=lane,
        kind=lane.value,
        ticket=ticket,
        entry=None,
        mail=mail,
        sender=SUPPORT,
        reverse_path=SUPPORT,
        recipients=recipients or (HONG,),
        outside=outside,
    )


def queue(
    conn: Connection,
    count: int = 1,
    *,
    lane: Lane = Lane.REPLY,
    outside: bool = True,
    now: datetime = NOW,
    content: bytes = CONTENT,
) -> list[DeliveryId]:
    """Queues `count` mails on a ticket of their own, to a recipient each; their deliveries."""
    ticket = new_ticket(conn)
    for number in range(count):
        recipient = Address(f"customer{number}", "customer.example")
        mail = draft(ticket, recipient, lane=lane, outside=outside)
        outbound.enqueue(conn, mail, content, now)
    return [delivery.id for delivery in outbound.deliveries_of_ticket(conn, ticket)]


def claim(
    conn: Connection,
    *,
    limiter: Limiter = NO_LIMIT,
    now: datetime = NOW,
    node: str = "a",
    batch: int = 100,
    batch_bytes: int = 1_000_000,
    site_of: SiteOf = nowhere,
) -> Claim:
    order = ClaimOrder(node, now, LEASE, batch, batch_bytes, site_of=site_of)
    return claim_deliveries(conn, limiter, order)


def finish(
    conn: Connection,
    leased: Iterable[LeasedDelivery],
    result: AttemptResult,
    now: datetime,
    *,
    limiter: Limiter = NO_LIMIT,
) -> Settled:
    """All of them end with `result`."""
    settlements = [settle(each, result, now, 0) for each in leased]
    return settle_and_tell(conn, settlements=settlements, tell=None, limiter=limiter)


def reply(code: int | None, text: str, now: datetime) -> Reply:
    """What a server says: "4.7.1 Greylisted" has its status in the text."""
    words = text.split(" ", 1)[0]
    return Reply(code, words if words.count(".") == 2 else None, text, now)


def to_mx(_sender: str, destination: str) -> str | None:
    """Straight to the recipients' mail servers."""
    return f"domain:{destination}"


def to_relay(_sender: str, _destination: str) -> str | None:
    return "smarthost:relay.example:587"


def leased_delivery(
    number: int = 1,
    *,
    attempts: int = 1,
    recipient: Address = HONG,
    content: bytes = CONTENT,
    first_attempt_at: datetime | None = None,
) -> LeasedDelivery:
    """A delivery as a transport gets it, without a store."""
    return LeasedDelivery(
        id=DeliveryId(number),
        outbound=OutboundId(number),
        ticket=TicketId(12),
        lane=Lane.REPLY,
        message_id=f"m{number}@acme.example",
        reverse_path=SUPPORT,
        sender=SUPPORT,
        recipient=recipient,
        content=content,
        attempts=attempts,
        created_at=NOW,
        fence=attempts,
        outside=True,
        first_attempt_at=first_attempt_at,
    )
