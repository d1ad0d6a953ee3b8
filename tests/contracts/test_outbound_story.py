"""The whole story of a delivery, from the store into words, on both engines."""

from datetime import UTC, timedelta

import pytest
from sqlalchemy import update

from mailgate.desk.telling.delivering import tell_delivery
from mailgate.desk.telling.waiting import why_it_waits
from mailgate.model.delivery import (
    Ambiguous,
    AttemptResult,
    Deferred,
    Delivered,
    DeliveryState,
    Rejected,
    Reply,
    WaitReason,
)
from mailgate.model.ids import DeliveryId
from mailgate.model.suppression import Lanes, Suppression, SuppressionCause
from mailgate.outbound.settle import settle
from mailgate.store import leases, story, suppressions
from mailgate.store.core import Connection, Store
from mailgate.store.operating import cancel, hold, named
from mailgate.store.outboundtables import deliveries
from tests.contracts.outbound_world import NOW, claim, queue

LATER = Reply(451, "4.7.1", "4.7.1 come back later", NOW)
GONE = Reply(550, "5.1.1", "5.1.1 no such user", NOW)
TAKEN = Reply(250, "2.0.0", "2.0.0 queued as 4F1A", NOW)


def attempt(conn: Connection, result: AttemptResult, minutes: int = 0) -> None:
    """What waits is tried, and this comes of it."""
    now = NOW + timedelta(minutes=minutes)
    for one in claim(conn, now=now).leased:
        leases.settle_deliveries(conn, [settle(one, result, now, 0)])


def told(conn: Connection, number: DeliveryId, locale: str = "en") -> str:
    found = story.of_delivery(conn, number, NOW)
    assert found is not None
    return "\n".join(tell_delivery(found, locale, UTC))


async def test_it_tells_where_a_mail_comes_from_and_each_attempt(store: Store) -> None:
    def unit(conn: Connection) -> None:
        (number,) = queue(conn)
        conn.execute(update(deliveries).values(agent="alice@acme.example", campaign="spring"))
        attempt(conn, Deferred(LATER))
        attempt(conn, Ambiguous(Reply(None, None, "Connection lost", NOW)), 1)
        attempt(conn, Delivered(TAKEN, "4F1A"), 6)
        lines = told(conn, number).splitlines()
        assert lines == [
            (
                "Queued on 2026-01-05 09:00 UTC: reply in the lane reply, from "
                "support@acme.example to customer0@customer.example."
            ),
            "On behalf of the agent alice@acme.example.",
            "Counted under the campaign spring.",
            "Attempt 1, 2026-01-05 09:00 UTC: not taken for now: 451 4.7.1 come back later",
            (
                "Attempt 2, 2026-01-05 09:01 UTC: nobody knows whether it was taken; tried "
                "again with the same bytes: Connection lost"
            ),
            "Attempt 3, 2026-01-05 09:06 UTC: the next server took it: 250 2.0.0 queued as 4F1A",
            "Delivered to the next server on 2026-01-05 09:06 UTC.",
        ]

    await store.write(unit)


async def test_it_tells_what_a_mail_waits_for(store: Store) -> None:
    def unit(conn: Connection) -> None:
        (number,) = queue(conn)
        attempt(conn, Deferred(LATER))
        assert "It waits: not taken yet, tried again. Due at about 2026-01-05 09:01 UTC." in told(
            conn, number
        )
        hold(conn, named(number), NOW)
        assert f"since 2026-01-05 09:00 UTC: mailgate queue release {number}" in told(conn, number)
        cancel(conn, named(number), NOW)
        assert "Cancelled by an operator on 2026-01-05 09:00 UTC" in told(conn, number)
        found = story.of_delivery(conn, number, NOW)
        assert found is not None
        assert [event.kind.value for event in found.events] == ["delivery_cancelled"]

    await store.write(unit)


async def test_it_tells_of_a_refusal_and_of_the_address_that_rests(store: Store) -> None:
    def unit(conn: Connection) -> None:
        first, second = queue(conn, 2)
        attempt(conn, Rejected(GONE))
        found = story.of_delivery(conn, first, NOW)
        assert found is not None
        resting = Suppression(
            address=found.delivery.recipient,
            cause=SuppressionCause.BOUNCE,
            lanes=Lanes.ALL,
            status="5.1.1",
            text="5.1.1 no such user",
            at=NOW,
            until=NOW + timedelta(days=30),
            delivery=first,
        )
        suppressions.suppress(conn, resting)
        words = told(conn, first)
        assert "Attempt 1, 2026-01-05 09:00 UTC: refused: 550 5.1.1 no such user" in words
        assert "Failed on 2026-01-05 09:00 UTC; it is not tried again." in words
        assert "since 2026-01-05 09:00 UTC, until 2026-02-04 09:00 UTC. 5.1.1" in words
        assert "Mail is kept from" not in told(conn, second)

    await store.write(unit)


async def test_it_tells_of_a_report_that_came_home(store: Store) -> None:
    def unit(conn: Connection) -> None:
        (number,) = queue(conn)
        attempt(conn, Delivered(TAKEN))
        back = {"bounced_status": "5.2.2", "bounced_text": "mailbox full", "bounced_at": NOW}
        conn.execute(update(deliveries).values(back))
        assert "A report came home on 2026-01-05 09:00 UTC: it did not arrive. 5.2.2" in told(
            conn, number
        )

    await store.write(unit)


async def test_nothing_is_told_of_what_does_not_exist(store: Store) -> None:
    def unit(conn: Connection) -> None:
        for number in (1, 0, -1, 2**63):
            assert story.of_delivery(conn, DeliveryId(number), NOW) is None

    await store.read(unit)


@pytest.mark.parametrize("state", list(DeliveryState))
@pytest.mark.parametrize("locale", ["en", "ko"])
async def test_every_state_has_its_words(store: Store, state: DeliveryState, locale: str) -> None:
    """An end, a hold or a wait; what is on its way is told by its attempt."""

    def unit(conn: Connection) -> None:
        (number,) = queue(conn)
        before = told(conn, number, locale).splitlines()[0]
        final = None if state in ("ready", "held", "leased") else NOW
        conn.execute(update(deliveries).values(state=state.value, final_at=final))
        lines = told(conn, number, locale).splitlines()
        assert lines[0] == before
        assert len(lines) == (1 if state is DeliveryState.LEASED else 2)

    await store.write(unit)


@pytest.mark.parametrize("locale", ["en", "ko"])
@pytest.mark.parametrize("reason", list(WaitReason))
def test_every_reason_has_words_of_its_own(reason: WaitReason, locale: str) -> None:
    words = why_it_waits(reason, "domain:customer.example", locale)
    others = {why_it_waits(each, "domain:customer.example", locale) for each in WaitReason}
    assert len(others) == len(WaitReason)
    assert "{" not in words
    assert words.isascii() is (locale == "en")


def test_words_name_what_is_waited_for() -> None:
    down = WaitReason.DESTINATION_DOWN
    assert why_it_waits(down, "smarthost:relay.example:587", "en") == (
        "relay.example:587 cannot be reached"
    )
    assert why_it_waits(down, None, "en") == "the destination cannot be reached"
    assert why_it_waits(down, None, "fr") == why_it_waits(down, None, "en")
