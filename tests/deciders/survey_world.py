"""A customer who was answered, and is asked how the answers were."""

import re
from collections.abc import Mapping
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from html import unescape
from types import MappingProxyType
from urllib.parse import parse_qs, unquote, urlsplit

from sqlalchemy import update

from mailgate.desk.by import By
from mailgate.desk.surveys.survey import due_surveys
from mailgate.desk.swept import Swept
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.changing import set_ticket
from mailgate.desk.ticket.merging import merge
from mailgate.desk.writing import queue_drafts
from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.journal import JournalSummary
from mailgate.model.seed import Seed
from mailgate.model.survey import Asking, Score
from mailgate.model.ticket import Status
from mailgate.store.core import Connection
from mailgate.store.outboundtables import deliveries
from tests.deciders.desk_world import ALICE, SUPPORT
from tests.deciders.inbound_world import HONG, Desk, mail, references, reply_address

HOUR, MONTH = timedelta(hours=1), timedelta(days=30)
ASKING = Asking(Status.RESOLVED, HOUR, MONTH)
_LINK = re.compile(r'href="(mailto:[^"]+)"')
SCORES = (Score.GOOD, Score.OK, Score.BAD)
"""In the order of the links."""


async def opened(desk: Desk, to: Address = SUPPORT, who: Address = HONG) -> int:
    """The number of a new ticket."""
    number = 1 + len(await desk.tickets())
    content = mail(from_=f"Hong <{who}>", to=str(to), message_id=f"q{number}@customer.example")
    await desk.receive(content, to=to, reverse_path=who)
    return number


async def answered(desk: Desk, number: int = 1, agent: Address = ALICE.address) -> None:
    """An agent answers, and the mail arrives."""
    told = await desk.notification(agent, number)
    answer = mail(
        "It comes tomorrow.",
        from_=str(agent),
        to=str(reply_address(told)),
        subject=f"Re: {told['Subject']}",
        message_id=f"a{number}-{len(await desk.entries(number))}@acme.example",
        **references(told),
    )
    await desk.receive(answer, to=reply_address(told), reverse_path=agent)
    await arrived(desk)


async def arrived(desk: Desk, state: str = "delivered") -> None:
    """Everything that waits comes to its end."""

    def settle(conn: Connection) -> None:
        conn.execute(
            update(deliveries)
            .where(deliveries.c.state == "ready")
            .values(state=state, final_at=desk.clock.now(), wait_reason=None)
        )

    await desk.store.write(settle)


async def became(desk: Desk, status: Status, number: int = 1) -> None:
    """An operator sets the status."""

    def write(conn: Connection) -> None:
        by = By("operator", desk.clock.now(), Seed(bytes([len(status.value), number]) * 16))
        set_ticket(conn, desk.context, TicketId(number), TicketWish(status=status), by=by)

    await desk.store.write(write)


async def merged(desk: Desk, source: int, into: int) -> None:
    """An operator merges the one into the other."""

    def write(conn: Connection) -> None:
        by = By("operator", desk.clock.now(), Seed(bytes([source, into]) * 16))
        queue_drafts(
            conn,
            desk.context,
            merge(conn, desk.context, TicketId(source), TicketId(into), by).drafts,
            by.now,
        )

    await desk.store.write(write)


async def swept(desk: Desk, *, after: timedelta = HOUR, limit: int = 10) -> Swept:
    """What the sweep does so much later."""
    await desk.clock.advance(after.total_seconds())
    seed = Seed(int(desk.clock.now().timestamp()).to_bytes(32))
    return await desk.store.write(
        partial(due_surveys, ctx=desk.context, now=desk.clock.now(), seed=seed, limit=limit)
    )


async def surveyed(desk: Desk, to: Address = SUPPORT) -> EmailMessage:
    """The survey of the one ticket that there is."""
    desk.set_policy(survey=ASKING)
    number = await opened(desk, to)
    agent = ALICE.address if to == SUPPORT else Address("minsu", "hangook.example")
    await answered(desk, number, agent)
    await became(desk, Status.RESOLVED, number)
    assert len((await swept(desk)).drafts) == 1
    return (await desk.sent(HONG, number))[-1]


def part_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def links_of(survey: EmailMessage) -> dict[Score, str]:
    """Its three links, as a client opens them."""
    found = [unescape(link) for link in _LINK.findall(part_of(survey, "html"))]
    return dict(zip(SCORES, found, strict=True))


def click_of(link: str) -> tuple[Address, str, str]:
    """Recipient, subject and body of the mail that a client begins (RFC 6068)."""
    parts = urlsplit(link)
    fields = parse_qs(parts.query, keep_blank_values=True)
    localpart, _, domain = unquote(parts.path).rpartition("@")
    return Address(localpart, domain), fields["subject"][0], fields["body"][0]


async def clicked(
    desk: Desk,
    link: str,
    *,
    comment: str = "",
    who: Address = HONG,
    message_id: str | None = "v1@customer.example",
    trusted: bool = False,
    fields: Mapping[str, str] = MappingProxyType({}),
) -> JournalSummary:
    """Somebody follows a link of the survey, and sends the mail."""
    to, subject, body = click_of(link)
    content = mail(
        f"{comment}{body}",
        from_=f"Hong <{who}>",
        to=str(to),
        subject="=?utf-8?q?" + "".join(f"={octet:02X}" for octet in subject.encode()) + "?=",
        message_id=message_id,
        **{"MIME_Version": "1.0", "Content_Type": "text/plain; charset=utf-8", **fields},
    )
    return await desk.receive(content, to=to, reverse_path=who, trusted=trusted)
