"""Mail that has not left for long: its agent is told once, why, until when, and how to stop it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from mailgate.desk.by import By
from mailgate.desk.returned.delayed import Late, tell_delayed
from mailgate.desk.returned.undelivered import tell_undelivered
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.changing import set_ticket
from mailgate.mail.address import NullReversePath
from mailgate.model.delivery import DeliveryState, LeasedDelivery, WaitReason
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import EventKind
from mailgate.outbound.expiring import expire_waiting
from mailgate.store.core import Connection
from mailgate.store.operating import EVERYTHING, hold
from mailgate.store.outboundtables import deliveries, destinations
from mailgate.store.values import reverse_path_of
from tests.deciders.bounce_world import Post, post, taken
from tests.deciders.desk_world import ALICE, BOB, SUPPORT
from tests.deciders.inbound_world import HONG

HOURS = timedelta(hours=4)
DAYS = timedelta(days=5)
SEED = Seed(bytes(32))


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Post]:
    """Alice has answered, and her answer waits in the queue."""
    async with post(tmp_path) as found:
        await found.opened()
        await found.answer()
        yield found


def greylisted(leased: LeasedDelivery) -> str:
    return "451 4.7.1 come back later" if leased.recipient == HONG else taken(leased)


async def look(place: Post) -> int:
    """What the daemon does every minute; how many mails were late."""
    now = place.desk.clock.now()
    late = Late(now - HOURS, DAYS, 20)
    unit = partial(tell_delayed, ctx=place.desk.context, late=late, now=now, seed=SEED)
    taken, _ = await place.desk.store.write(unit)
    return len(taken)


async def give_up(place: Post) -> bool:
    """Whether that was told of."""
    tell = partial(tell_undelivered, context=lambda: place.desk.context, random=place.octets)
    now = place.desk.clock.now()

    def unit(conn: Connection) -> bool:
        # It was tried all the time.
        conn.execute(update(destinations).values(last_at=now))
        return bool(expire_waiting(conn, tell=tell, now=now).told)

    return await place.desk.store.write(unit)


async def goes_down(place: Post, *, said: str | None = "connection refused") -> None:
    """Everything waits for Hong's domain, whose mail server cannot be reached."""
    now = place.desk.clock.now()

    def unit(conn: Connection) -> None:
        gate = "domain:customer.example"
        reason = WaitReason.DESTINATION_DOWN.value
        waits = {"wait_reason": reason, "waits_for": gate}
        ready = deliveries.c.state == DeliveryState.READY.value
        conn.execute(update(deliveries).where(ready).values(waits))
        conn.execute(
            destinations.insert().values(
                key=gate,
                failures=3,
                down_since=now,
                down_until=now + timedelta(minutes=30),
                slowness=0,
                parked=True,
                last_text=said,
                last_at=now,
            )
        )

    await place.desk.store.write(unit)


async def kinds(place: Post) -> list[EventKind]:
    return [event.kind for event in await place.desk.events()]


async def test_nobody_is_told_before_four_hours(place: Post) -> None:
    await place.desk.clock.advance(HOURS.total_seconds() - 1)
    assert await look(place) == 0


async def test_the_author_is_told_once_and_it_stands_on_the_ticket(place: Post) -> None:
    await place.leave(greylisted)
    before = len(await place.told())
    await place.desk.clock.advance(HOURS.total_seconds())
    assert await look(place) == 1
    assert await look(place) == 0
    assert len(await place.told()) == before + 1
    assert (await kinds(place)).count(EventKind.DELIVERY_DELAYED) == 1


async def test_the_notice_says_why_until_when_and_how_to_stop_it(place: Post) -> None:
    begun = place.desk.clock.now()
    await place.leave(greylisted)
    await place.desk.clock.advance(HOURS.total_seconds())
    await look(place)
    text = (await place.told())[-1]
    number = (await place.delivery()).id
    until = (begun + DAYS).strftime("%Y-%m-%d %H:%M UTC")
    for words in (
        f"Not delivered yet: a mail to {HONG}",
        "Why: not taken yet, tried again",
        f"It was tried once, on {begun:%Y-%m-%d %H:%M} UTC.",
        "The other side said: 451 4.7.1 come back later",
        f"When nobody has taken it by {until}, it is given up",
        f"mailgate queue cancel {number}",
    ):
        assert words in text


async def test_the_notice_has_a_null_reverse_path_and_no_customer_gets_it(place: Post) -> None:
    await place.leave(greylisted)
    known = {one.id for one in await place.desk.deliveries()}
    await place.desk.clock.advance(HOURS.total_seconds())
    await look(place)
    new = [one for one in await place.desk.deliveries() if one.id not in known]
    assert {one.recipient for one in new} == {ALICE.address}

    wanted = select(deliveries.c.reverse_path).where(deliveries.c.id == new[0].id)
    path = await place.desk.store.read(lambda conn: conn.execute(wanted).scalar_one())
    assert reverse_path_of(path) == NullReversePath()


async def test_mail_that_was_never_tried_shows_what_the_destination_said(place: Post) -> None:
    await goes_down(place)
    await place.desk.clock.advance(HOURS.total_seconds())
    assert await look(place) == 1
    text = (await place.told())[-1]
    assert "Why: customer.example cannot be reached" in text
    assert "The other side said: connection refused" in text
    event = next(e for e in await place.desk.events() if e.kind is EventKind.DELIVERY_DELAYED)
    assert (event.detail["reason"], event.detail["waits_for"]) == (
        "destination_down",
        "domain:customer.example",
    )


async def test_mail_that_waits_for_a_limit_is_not_given_up(place: Post) -> None:
    reason = {"wait_reason": WaitReason.HOURLY_LIMIT.value, "waits_for": "account"}
    await place.desk.store.write(lambda conn: conn.execute(update(deliveries).values(reason)))
    await place.desk.clock.advance(HOURS.total_seconds())
    await look(place)
    text = (await place.told())[-1]
    assert "It leaves by itself as soon as there is room" in text
    assert "It is not given up" in text
    await place.desk.clock.advance(DAYS.total_seconds())
    assert not await give_up(place)


async def test_of_held_mail_nobody_is_told(place: Post) -> None:
    await place.desk.store.write(partial(hold, wanted=EVERYTHING, now=place.desk.clock.now()))
    await place.desk.clock.advance(DAYS.total_seconds())
    assert await look(place) == 0


async def test_without_an_author_the_assignee_is_told(place: Post) -> None:
    def unit(conn: Connection) -> None:
        wish = TicketWish(assignee=BOB.address)
        now = place.desk.clock.now()
        by = By("operator", now, Seed(b"s" * 32))
        set_ticket(conn, place.desk.context, TicketId(1), wish, by=by)
        conn.execute(update(deliveries).values(agent=None))

    await place.desk.store.write(unit)
    await place.desk.clock.advance(HOURS.total_seconds())
    before = len(await place.told())
    assert await look(place) == 1
    assert len(await place.told()) == before
    assert "Not delivered yet" in (await place.told(BOB.address))[-1]


# --- given up -------------------------------------------------------------------------------------


async def test_what_was_tried_for_days_says_how_often_and_since_when(place: Post) -> None:
    begun = place.desk.clock.now()
    for _ in range(40):
        await place.leave(greylisted)
        await place.desk.clock.advance(timedelta(hours=8).total_seconds())
    delivery = await place.delivery()
    assert delivery.state is DeliveryState.EXPIRED
    text = (await place.told())[-1]
    assert f"Given up: a mail to {HONG}" in text
    since = begun.strftime("%Y-%m-%d %H:%M UTC")
    assert f"It was tried {delivery.attempts} times since {since}." in text
    assert "The other side said last: 451 4.7.1 come back later" in text
    assert (await kinds(place)).count(EventKind.DELIVERY_EXPIRED) == 1


async def test_what_was_refused_is_told_in_other_words(place: Post) -> None:
    await place.leave(lambda one: "554 5.7.1 no" if one.recipient == HONG else taken(one))
    text = (await place.told())[-1]
    assert f"Not delivered: a mail to {HONG}" in text
    assert "Given up" not in text


async def test_five_days_behind_a_destination_that_is_down_are_the_end(place: Post) -> None:
    await goes_down(place)
    await place.desk.clock.advance(DAYS.total_seconds() - 1)
    assert not await give_up(place)
    await place.desk.clock.advance(1)
    assert await give_up(place)
    assert not await give_up(place)
    assert (await place.delivery()).state is DeliveryState.EXPIRED
    told = (await place.told())[-1]
    assert "Given up" in told
    assert "It was not tried: nobody gets through there" in told
    assert "customer.example could not be reached for 5 days: connection refused" in told
    assert (await kinds(place)).count(EventKind.DELIVERY_EXPIRED) == 1


@pytest.mark.parametrize(
    ("locale", "words"), [("en", "Not delivered yet"), ("ko", "아직 전달되지")]
)
async def test_it_is_told_in_the_language_of_the_desk(place: Post, locale: str, words: str) -> None:
    known = place.desk.context.directory
    support = replace(known.supports[SUPPORT.key], locale=locale)
    supports = {**known.supports, SUPPORT.key: support}
    place.desk.context = replace(place.desk.context, directory=replace(known, supports=supports))
    await place.desk.clock.advance(HOURS.total_seconds())
    await look(place)
    assert words in (await place.told())[-1]
