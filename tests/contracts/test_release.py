"""What a human lets out of quarantine goes on as if it had just come, on either engine."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest

from mailgate.desk.arriving import quarantine
from mailgate.desk.arriving.digest import Operators, send_digest
from mailgate.desk.errors import DeskError
from mailgate.mail.address import Address
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.journal import JournalState, JournalSummary
from mailgate.model.seed import Seed
from mailgate.model.ticket import Status
from mailgate.store import operating, outbound, tickets
from mailgate.store.core import Store
from mailgate.store.operating import EVERYTHING
from mailgate.store.outbound import DeliveryFilter
from mailgate.store.tickets import TicketChange
from tests.deciders.inbound_world import DONE, QUARANTINED, Desk, desk_on, mail

FRONT = "mx.acme.example"
HOPS = "".join(
    f"Received: from a{number}.example by b.example; Mon, 5 Jan 2026 09:00:00 +0000\r\n"
    for number in range(60)
)


@pytest.fixture
def desk(store: Store) -> Desk:
    place = desk_on(store)
    place.set_policy(trusted_authserv_ids=frozenset({FRONT}))
    return place


def circling(verdict: str, number: int = 1, **fields: str) -> bytes:
    """A customer's mail that has passed too many hosts, of which a trusted one has said whether
    it is from the customer."""
    said = f"Authentication-Results: {FRONT}; dmarc={verdict} header.from=customer.example\r\n"
    content = mail(message_id=f"c{number}@customer.example", **fields)
    return said.encode() + HOPS.encode() + content


def forged(text: str = "Soon.", **fields: str) -> bytes:
    """In an agent's name, without proof."""
    return mail(text, from_="alice@acme.example", message_id="f@acme.example", **fields)


async def release(desk: Desk, row: JournalId, ticket: int | None = None) -> JournalSummary:
    to = None if ticket is None else TicketId(ticket)
    now = desk.clock.now()
    await desk.store.write(partial(quarantine.release, row_id=row, ticket=to, now=now))
    await desk.worker.drain()
    return await desk.row(row)


async def set_aside(desk: Desk, content: bytes) -> JournalId:
    row = await desk.receive(content, trusted=True)
    assert row.state is QUARANTINED
    return row.id


# --- who it is from -----------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "proven"), [("pass", "pass"), ("fail", "fail"), ("none", "none")])
async def test_the_proof_is_that_of_the_door(desk: Desk, said: str, proven: str) -> None:
    """Nobody whom we believe today says anything of it: keys rotate, settings change."""
    row = await set_aside(desk, circling(said))
    desk.set_policy(trusted_authserv_ids=frozenset())
    assert (await release(desk, row)).state is DONE
    sender = (await desk.decision(row))["sender"]
    assert sender["authenticated"] == proven
    assert [check["source"] for check in sender["checks"]] == [FRONT]


@pytest.mark.parametrize(("said", "times"), [("pass", 1), ("none", 1), ("fail", 0)])
async def test_it_is_acknowledged_as_if_it_had_just_come(desk: Desk, said: str, times: int) -> None:
    row = await set_aside(desk, circling(said))
    await release(desk, row)
    assert (await desk.lanes()).count("acknowledgement") == times


# --- now ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "ticket"), [(29, 1), (31, 2)])
async def test_how_long_ago_a_ticket_was_closed_is_counted_from_now(
    desk: Desk, days: int, ticket: int
) -> None:
    await desk.receive(mail())
    row = await set_aside(desk, circling("pass", subject="Re: [#1] Where is my parcel?"))
    closed = partial(tickets.update, ticket=TicketId(1), now=desk.clock.now())
    await desk.store.write(partial(closed, change=TicketChange(status=Status.CLOSED)))
    await desk.clock.advance(timedelta(days=days).total_seconds())
    assert (await release(desk, row)).ticket == ticket


async def test_a_copy_that_came_by_another_way_meanwhile_is_enough(desk: Desk) -> None:
    """The mail was set aside for its hops; the sender sends it again, and it comes through."""
    row = await set_aside(desk, circling("pass"))
    assert (await desk.receive(mail(message_id="c1@customer.example"))).ticket == 1
    released = await release(desk, row)
    assert (released.state, released.ticket) == (DONE, 1)
    assert (await desk.decision(row))["disposition"] == "duplicate"
    assert len(await desk.tickets()) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_of_two_copies_the_one_that_is_released_first_counts(
    desk: Desk, order: tuple[int, int]
) -> None:
    rows = [await set_aside(desk, forged()) for _ in range(2)]
    for which in order:
        await release(desk, rows[which])
    assert [(await desk.decision(rows[which]))["disposition"] for which in order] == [
        "open_ticket",
        "duplicate",
    ]
    assert len(await desk.tickets()) == 1


async def test_dropping_the_one_copy_keeps_the_other(desk: Desk) -> None:
    first, second = [await set_aside(desk, forged()) for _ in range(2)]
    now = desk.clock.now()
    await desk.store.write(partial(quarantine.drop, row_id=first, now=now))
    assert (await release(desk, second)).ticket == 1


# --- where to, and how often --------------------------------------------------------------------


async def test_it_goes_onto_the_ticket_that_the_operator_names(desk: Desk) -> None:
    await desk.receive(mail())
    await desk.receive(mail(message_id="other@customer.example", subject="Other"))
    row = await set_aside(desk, forged("It comes tomorrow.", subject="[#1] x"))
    assert (await release(desk, row, ticket=2)).ticket == 2
    assert [entry.text.strip() for entry in await desk.entries(1)] == ["My parcel has not come."]


async def test_it_is_released_once(desk: Desk) -> None:
    await desk.receive(mail())
    row = await set_aside(desk, forged(subject="[#1] x"))
    both = (release(desk, row), release(desk, row))
    ends = await asyncio.gather(*both, return_exceptions=True)
    assert sum(isinstance(end, DeskError) for end in ends) == 1
    assert len(await desk.entries(1)) == 2


async def test_of_which_nothing_is_left_nothing_is_released(desk: Desk) -> None:
    row = await set_aside(desk, forged())

    def forget(conn: object) -> None:
        conn.exec_driver_sql("DELETE FROM journal_content")  # type: ignore[attr-defined]

    await desk.store.write(forget)
    with pytest.raises(DeskError, match="nothing to file"):
        await release(desk, row)
    now = desk.clock.now()
    await desk.store.write(partial(quarantine.drop, row_id=row, now=now))
    assert (await desk.row(row)).state is JournalState.DROPPED


# --- the operators' mail ------------------------------------------------------------------------


async def test_of_many_nodes_one_tells_the_operators(desk: Desk) -> None:
    await set_aside(desk, circling("none"))
    operators = Operators((Address("op", "acme.example"),), "en")

    async def tell(node: int) -> bool:
        unit = partial(
            send_digest,
            ctx=replace(desk.context),
            to=operators,
            day=date(2026, 1, 5),
            now=desk.clock.now(),
            seed=Seed(bytes([node]) * 32),
        )
        return await desk.store.write(unit) is not None

    assert sum(await asyncio.gather(*(tell(node) for node in range(8)))) == 1
    (delivery,) = await desk.store.read(partial(outbound.listing, wanted=DeliveryFilter()))
    assert delivery.ticket is None


async def test_mail_about_no_ticket_can_be_cancelled(desk: Desk) -> None:
    await set_aside(desk, circling("none"))
    operators = Operators((Address("op", "acme.example"),), "en")
    now = desk.clock.now()
    told = partial(send_digest, ctx=desk.context, to=operators, day=date(2026, 1, 5))
    await desk.store.write(partial(told, now=now, seed=Seed(bytes(32))))
    assert await desk.store.write(partial(operating.cancel, wanted=EVERYTHING, now=now)) == 1
