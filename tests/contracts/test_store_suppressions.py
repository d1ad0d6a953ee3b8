"""Addresses that mail is kept from, on both engines, and what an operator does about it."""

from dataclasses import replace
from datetime import timedelta

from mailgate.mail.address import Address
from mailgate.model.delivery import DeliveryState, Lane, LeasedDelivery, Rejected, Reply, Suppressed
from mailgate.model.ids import DeliveryId
from mailgate.model.suppression import Lanes, Suppression, SuppressionCause
from mailgate.model.ticket import EventKind
from mailgate.outbound.kept import keep_back
from mailgate.outbound.settle import settle
from mailgate.store import again, events, leases, operating, outbound, returned, suppressions
from mailgate.store.core import Connection, Store
from mailgate.store.operating import EVERYTHING, named
from tests.contracts.outbound_world import CONTENT, NOW, claim, draft, new_ticket, queue

GONE = Address("customer0", "customer.example")
BOUNCED = Suppression(
    address=GONE,
    cause=SuppressionCause.BOUNCE,
    lanes=Lanes.ALL,
    status="5.1.1",
    text="5.1.1 User unknown",
    at=NOW,
    until=NOW + timedelta(days=30),
    delivery=None,
)
COMPLAINED = replace(
    BOUNCED,
    cause=SuppressionCause.COMPLAINT,
    lanes=Lanes.CAMPAIGN,
    status=None,
    text="abuse",
    until=None,
)
NO_SUCH_USER = Rejected(Reply(550, "5.1.1", "5.1.1 User unknown", NOW))


def kept(leased: LeasedDelivery) -> SuppressionCause | None:
    return None if leased.suppressed_by is None else leased.suppressed_by.cause


async def test_what_is_kept_from_an_address_is_known_when_it_is_claimed(store: Store) -> None:
    def unit(conn: Connection) -> None:
        suppressions.suppress(conn, BOUNCED)
        gone, other = queue(conn, 2)
        assert {each.id: kept(each) for each in claim(conn).leased} == {
            gone: SuppressionCause.BOUNCE,
            other: None,
        }

    await store.write(unit)


async def test_the_address_is_the_same_in_any_case_of_letters(store: Store) -> None:
    def unit(conn: Connection) -> None:
        suppressions.suppress(conn, replace(BOUNCED, address=Address("CUSTOMER0", GONE.domain)))
        queue(conn)
        assert [kept(each) for each in claim(conn).leased] == [SuppressionCause.BOUNCE]

    await store.write(unit)


async def test_a_bounce_is_forgotten_at_its_time(store: Store) -> None:
    def unit(conn: Connection) -> None:
        suppressions.suppress(conn, BOUNCED)
        after = NOW + timedelta(days=30)
        assert len(suppressions.listing(conn, after - timedelta(seconds=1), 10)) == 1
        assert suppressions.listing(conn, after, 10) == []
        queue(conn)
        assert [kept(each) for each in claim(conn, now=after).leased] == [None]
        assert suppressions.lift(conn, GONE, after) == 0, "there was nothing to lift"

    await store.write(unit)


async def test_a_complaint_keeps_campaigns_alone_and_for_ever(store: Store) -> None:
    def unit(conn: Connection) -> None:
        suppressions.suppress(conn, COMPLAINED)
        for lane in (Lane.REPLY, Lane.NOTIFICATION, Lane.ACKNOWLEDGEMENT, Lane.CAMPAIGN):
            queue(conn, lane=lane)
        late = NOW + timedelta(days=3650)
        assert {each.lane: kept(each) for each in claim(conn, now=late).leased} == {
            Lane.REPLY: None,
            Lane.NOTIFICATION: None,
            Lane.ACKNOWLEDGEMENT: None,
            Lane.CAMPAIGN: SuppressionCause.COMPLAINT,
        }

    await store.write(unit)


async def test_a_bounce_does_not_make_a_complaint_forgotten(store: Store) -> None:
    """Nor the other way round: each holds as long as it holds."""

    def unit(conn: Connection) -> None:
        assert suppressions.suppress(conn, COMPLAINED)
        assert suppressions.suppress(conn, BOUNCED)
        assert not suppressions.suppress(conn, BOUNCED), "known already"
        queue(conn, lane=Lane.REPLY)
        queue(conn, lane=Lane.CAMPAIGN)
        assert [kept(each) for each in claim(conn).leased] == [SuppressionCause.BOUNCE] * 2
        assert suppressions.lift_bounce(conn, GONE)
        assert not suppressions.lift_bounce(conn, GONE)
        (left,) = suppressions.listing(conn, NOW, 10)
        assert left.suppression == COMPLAINED

    await store.write(unit)


async def test_lifting_lets_all_go(store: Store) -> None:
    def unit(conn: Connection) -> None:
        suppressions.suppress(conn, BOUNCED)
        suppressions.suppress(conn, COMPLAINED)
        assert suppressions.lift(conn, GONE, NOW) == 2
        queue(conn, lane=Lane.CAMPAIGN)
        assert [kept(each) for each in claim(conn).leased] == [None]

    await store.write(unit)


def refused_here(conn: Connection) -> DeliveryId:
    """A mail that was not sent because of its address."""
    suppressions.suppress(conn, BOUNCED)
    (number,) = queue(conn)
    (leased,) = claim(conn).leased
    assert leased.suppressed_by is not None
    leases.settle_deliveries(conn, [settle(leased, keep_back(leased.suppressed_by, NOW), NOW, 0)])
    return number


async def test_what_is_not_sent_says_why_until_when_and_what_to_do(store: Store) -> None:
    def unit(conn: Connection) -> None:
        shown = outbound.get(conn, refused_here(conn))
        assert shown is not None
        assert shown.last_reply is not None
        assert (shown.state, shown.last_reply.code) == (DeliveryState.FAILED, None)
        for word in (
            "5.1.1 User unknown",
            "2026-01-05",
            "2026-02-04",
            f"mailgate suppressions lift {GONE}",
        ):
            assert word in shown.last_reply.text
        (attempt,) = outbound.attempts_of(conn, shown.id)
        assert attempt.result == "suppressed"
        assert shown.ticket is not None
        (event,) = events.of_ticket(conn, shown.ticket)
        assert event.kind is EventKind.DELIVERY_FAILED

    await store.write(unit)


async def test_an_operator_sends_it_all_the_same(store: Store) -> None:
    """Once: the second time, the first is under way."""

    def unit(conn: Connection) -> None:
        failed = refused_here(conn)
        before = outbound.get(conn, failed)
        assert before is not None
        assert again.retry(conn, EVERYTHING, NOW) == 0, "all is all that waits"
        assert again.retry(conn, named(failed), NOW) == 1
        assert again.retry(conn, named(failed), NOW) == 0
        (leased,) = claim(conn).leased
        assert (leased.message_id, leased.content) == (before.message_id, CONTENT)
        assert (leased.recipient, leased.suppressed_by) == (GONE, None)
        assert leased.id > failed
        after = outbound.get(conn, failed)
        assert after is not None
        assert after.state is DeliveryState.FAILED, "what is final stays so"
        assert before.ticket is not None
        kinds = [event.kind for event in events.of_ticket(conn, before.ticket)]
        assert kinds == [EventKind.DELIVERY_FAILED, EventKind.DELIVERY_RETRIED]

    await store.write(unit)


async def test_what_was_delivered_is_not_sent_again(store: Store) -> None:
    def unit(conn: Connection) -> None:
        (number,) = queue(conn)
        operating.cancel(conn, named(number), NOW)
        assert again.retry(conn, named(number), NOW) == 0

    await store.write(unit)


async def test_each_recipient_has_a_reverse_path_of_their_own(store: Store) -> None:
    def unit(conn: Connection) -> None:
        kim = Address("kim", "b.example")
        theirs = Address("support+bkim", "acme.example")
        mail = replace(draft(new_ticket(conn), GONE, kim), reverse_paths={kim.key: theirs})
        outbound.enqueue(conn, mail, CONTENT, NOW)
        paths = {each.recipient: each.reverse_path for each in claim(conn).leased}
        assert paths == {GONE: mail.reverse_path, kim: theirs}

    await store.write(unit)


async def test_a_report_can_be_about_what_was_tried(store: Store) -> None:
    """Mail that never left cannot come back; a ticket that was merged brings its mails along."""

    def unit(conn: Connection) -> None:
        (number,) = queue(conn)
        shown = outbound.get(conn, number)
        assert shown is not None
        assert shown.ticket is not None
        assert returned.left_from(conn, {shown.ticket}) == []
        claim(conn)
        other = new_ticket(conn)
        (left,) = returned.left_from(conn, {shown.ticket, other})
        assert (left.delivery, left.recipient, left.message_id) == (number, GONE, shown.message_id)
        assert (left.reverse_path, left.known) == ("support@acme.example", False)
        assert returned.left_from(conn, set()) == []

    await store.write(unit)


async def test_that_a_mail_came_back_is_noted_once(store: Store) -> None:
    def unit(conn: Connection) -> None:
        (number,) = queue(conn)
        claim(conn)
        assert returned.note_bounced(conn, number, status="5.1.1", text="unknown", now=NOW)
        assert not returned.note_bounced(conn, number, status="5.2.2", text="full", now=NOW)
        shown = outbound.get(conn, number)
        assert shown is not None
        assert shown.bounced is not None
        assert shown.ticket is not None
        assert (shown.bounced.status, shown.bounced.text, shown.bounced.at) == (
            "5.1.1",
            "unknown",
            NOW,
        )
        assert [left.known for left in returned.left_from(conn, {shown.ticket})] == [True]

    await store.write(unit)


async def test_a_mail_that_was_refused_is_known_to_have_failed(store: Store) -> None:
    def unit(conn: Connection) -> None:
        queue(conn)
        (leased,) = claim(conn).leased
        leases.settle_deliveries(conn, [settle(leased, NO_SUCH_USER, NOW, 0)])
        assert leased.ticket is not None
        assert [left.known for left in returned.left_from(conn, {leased.ticket})] == [True]

    await store.write(unit)


def test_a_result_of_ours_is_no_reply_of_theirs() -> None:
    result = keep_back(BOUNCED, NOW)
    assert isinstance(result, Suppressed)
    assert (result.reply.code, result.by) == (None, BOUNCED)
    assert "until it is lifted" in keep_back(COMPLAINED, NOW).reply.text
