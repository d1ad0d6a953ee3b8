"""What people do to tickets besides answering them, done to a desk."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

from mailgate.desk.by import By
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.changing import Changed, set_ticket
from mailgate.desk.ticket.life import close_resolved
from mailgate.desk.ticket.merging import merge
from mailgate.desk.ticket.named import named_ticket
from mailgate.desk.ticket.replies import ReplyRequest, reply
from mailgate.desk.ticket.spamming import mark_spam, unmark_spam
from mailgate.desk.ticket.splitting import split
from mailgate.desk.writing import queue_drafts
from mailgate.mail.address import Address
from mailgate.model.directory import Agent
from mailgate.model.ids import EntryId, TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import EventKind
from mailgate.store.core import Connection
from tests.deciders.desk_world import ALICE
from tests.deciders.inbound_world import Desk, mail, reply_address

DAVE = Address("dave", "elsewhere.example")
ERIN = Address("erin", "customer.example")
MINUTE = timedelta(minutes=1)

Act = Callable[[Connection, By], Changed]


async def done(desk: Desk, act: Act, agent: Agent | None = None) -> Changed:
    """An act of an agent, or of an operator, a minute later; its mails are queued."""
    await desk.clock.advance(60)
    actor = "operator" if agent is None else str(agent.address)
    by = By(actor, desk.clock.now(), Seed(desk.clock.now().isoformat().encode()[:32]), agent)

    def work(conn: Connection) -> Changed:
        changed = act(conn, by)
        queue_drafts(conn, desk.context, changed.drafts, by.now)
        return changed

    return await desk.store.write(work)


async def merged(
    desk: Desk, source: int, into: int, agent: Agent | None = None, *, with_requester: bool = True
) -> Changed:
    def act(conn: Connection, by: By) -> Changed:
        both = TicketId(source), TicketId(into)
        return merge(conn, desk.context, *both, by, with_requester=with_requester)

    return await done(desk, act, agent)


async def parted(desk: Desk, ticket: int, entry: int, agent: Agent | None = None) -> Changed:
    def act(conn: Connection, by: By) -> Changed:
        return split(conn, desk.context, TicketId(ticket), EntryId(entry), by)

    return await done(desk, act, agent)


async def called_spam(desk: Desk, ticket: int = 1, *, undo: bool = False) -> Changed:
    def act(conn: Connection, by: By) -> Changed:
        mark = unmark_spam if undo else mark_spam
        return mark(conn, desk.context, named_ticket(conn, TicketId(ticket)), by)

    return await done(desk, act)


async def wished(desk: Desk, ticket: int, wish: TicketWish) -> None:
    """An operator's wish, carried out."""
    by = By("operator", desk.clock.now(), Seed(b"w" * 32))
    await desk.store.write(
        partial(set_ticket, ctx=desk.context, ticket_id=TicketId(ticket), wish=wish, by=by)
    )


async def who_hears(desk: Desk, of: Awaitable[object]) -> list[Address]:
    """Everybody who gets a mail of what is done, as often as they get one."""
    before = {one.id for one in await desk.every_mail()}
    await of
    after = await desk.every_mail()
    return sorted((one.recipient for one in after if one.id not in before), key=str)


async def answered(desk: Desk, ticket: int, text: str, agent: Agent | None = None) -> None:
    """An answer by the command line."""
    await desk.clock.advance(60)
    now = desk.clock.now()
    request = ReplyRequest(TicketId(ticket), text, agent=agent)
    seed = Seed(now.isoformat().encode()[:32])
    await desk.store.write(partial(reply, ctx=desk.context, request=request, now=now, seed=seed))


async def by_mail(
    desk: Desk,
    text: str,
    name: str | None = None,
    number: int = 1,
    agent: Agent = ALICE,
    **how: Any,
) -> None:
    """An agent answers the last notification that they got of a ticket, logged in at the door
    unless `how` says something else. `name` is that of its Message-ID."""
    news = await desk.notification(agent.address, number)
    if name is None:
        name = f"m{len(await desk.entries(number)) + len(await desk.every_mail())}"
    given = {"authenticated": str(agent.address), "reverse_path": agent.address} | how
    written = letter(agent.address, text, name, f"Re: {news['Subject']}")
    await desk.receive(written, to=reply_address(news), **given)


async def closed_in_time(desk: Desk) -> int:
    """How many the job of the minute has closed."""
    job = partial(close_resolved, ctx=desk.context, now=desk.clock.now(), seed=Seed(b"s" * 32))
    return (await desk.store.write(partial(job, limit=10))).taken


def letter(who: Address, text: str, name: str, subject: str = "The lift") -> bytes:
    """A customer's mail, whose Message-ID has this name."""
    return mail(text, from_=str(who), subject=subject, message_id=f"{name}@{who.domain}")


async def told(desk: Desk, ticket: int, kind: EventKind) -> list[dict[str, object]]:
    """What the events of one kind say."""
    return [dict(event.detail) for event in await desk.events(ticket) if event.kind is kind]


async def said(desk: Desk, ticket: int) -> list[str]:
    return [entry.text.strip() for entry in await desk.entries(ticket)]
