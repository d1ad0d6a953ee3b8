"""The outbound queue on both engines: what a claim takes, and what a result changes."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import update

from mailgate.mail.address import Address, NullReversePath
from mailgate.model.delivery import (
    Ambiguous,
    AttemptResult,
    Deferred,
    Delivered,
    DeliveryState,
    Lane,
    LeasedDelivery,
    Rejected,
    Reply,
    WaitReason,
)
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.model.ticket import EventKind
from mailgate.outbound.settle import settle
from mailgate.store import again, entries, events, leases, operating, outbound
from mailgate.store.core import Connection, Store, StoreError
from mailgate.store.leases import Lease
from mailgate.store.operating import EVERYTHING, named
from mailgate.store.outbound import DeliveryFilter
from mailgate.store.outboundtables import deliveries
from tests.contracts.outbound_world import (
    CONTENT,
    HONG,
    LEASE,
    NOW,
    claim,
    draft,
    new_ticket,
    queue,
)

ACCEPTED = Delivered(Reply(250, "2.0.0", "2.0.0 Ok: queued as 4F1A", NOW), relay_id="4F1A")
GREYLISTED = Deferred(Reply(451, "4.7.1", "4.7.1 Greylisted", NOW))
UNKNOWN_USER = Rejected(Reply(550, "5.1.1", "5.1.1 User unknown", NOW))
CUT_OFF = Ambiguous(Reply(None, None, "Connection lost", NOW))


def finish(
    conn: Connection, leased: LeasedDelivery, result: AttemptResult, now: datetime = NOW
) -> tuple[DeliveryId, ...]:
    return leases.settle_deliveries(conn, [settle(leased, result, now, 0)]).lost


async def test_a_draft_becomes_one_ready_delivery_for_each_recipient(store: Store) -> None:
    def unit(conn: Connection) -> None:
        ticket = new_ticket(conn)
        kim, twice = Address("kim", "b.example"), Address("HONG", "customer.example")
        mail = draft(ticket, HONG, kim, twice)
        outbound.enqueue(conn, mail, CONTENT, NOW)
        shown = outbound.deliveries_of_ticket(conn, ticket)
        assert [(d.recipient.key, d.state, d.due_at, d.wait_reason) for d in shown] == [
            (HONG.key, DeliveryState.READY, NOW, WaitReason.QUEUED),
            (kim.key, DeliveryState.READY, NOW, WaitReason.QUEUED),
        ]
        assert {d.message_id for d in shown} == {mail.mail.message_id}
        named = entries.tickets_of_ids(conn, [mail.mail.message_id])
        assert named == {mail.mail.message_id: (ticket,)}

    await store.write(unit)


async def test_a_claim_registers_the_attempt_before_anything_is_dialled(store: Store) -> None:
    def unit(conn: Connection) -> None:
        (delivery,) = queue(conn)
        (leased,) = claim(conn, node="a").leased
        assert (leased.id, leased.attempts, leased.content) == (delivery, 1, CONTENT)
        shown = outbound.get(conn, delivery)
        assert shown is not None
        assert (shown.state, shown.attempts) == (DeliveryState.LEASED, 1)
        (attempt,) = outbound.attempts_of(conn, delivery)
        assert (attempt.number, attempt.node, attempt.result) == (1, "a", None)
        assert claim(conn, node="b").leased == ()

    await store.write(unit)


async def test_the_null_reverse_path_comes_back_as_what_it_is(store: Store) -> None:
    def unit(conn: Connection) -> None:
        mail = replace(draft(new_ticket(conn)), reverse_path=NullReversePath())
        outbound.enqueue(conn, mail, CONTENT, NOW)
        (leased,) = claim(conn).leased
        assert leased.reverse_path == NullReversePath()

    await store.write(unit)


async def test_lanes_go_in_their_order_and_mail_in_the_order_of_queueing(store: Store) -> None:
    def unit(conn: Connection) -> None:
        campaign = queue(conn, 2, lane=Lane.CAMPAIGN)
        acknowledgement = queue(conn, 2, lane=Lane.ACKNOWLEDGEMENT)
        notification = queue(conn, 2, lane=Lane.NOTIFICATION, outside=False)
        reply = queue(conn, 2, lane=Lane.REPLY)
        order = [leased.id for leased in claim(conn).leased]
        assert order == reply + notification + acknowledgement + campaign

    await store.write(unit)


async def test_a_claim_keeps_to_its_number_and_to_its_bytes(store: Store) -> None:
    def unit(conn: Connection) -> None:
        queue(conn, 5)
        first = claim(conn, batch=2)
        assert (len(first.leased), first.more) == (2, True)
        second = claim(conn, batch_bytes=len(CONTENT) * 3 - 1)
        assert (len(second.leased), second.more) == (2, True)
        last = claim(conn, batch_bytes=1)
        assert len(last.leased) == 1, "one mail always goes, however big"
        assert not claim(conn).more

    await store.write(unit)


@pytest.mark.parametrize(
    ("result", "state", "event"),
    [
        (ACCEPTED, DeliveryState.DELIVERED, EventKind.DELIVERED),
        (UNKNOWN_USER, DeliveryState.FAILED, EventKind.DELIVERY_FAILED),
    ],
)
async def test_a_final_result_stands_on_the_ticket(
    store: Store, result: AttemptResult, state: DeliveryState, event: EventKind
) -> None:
    def unit(conn: Connection) -> None:
        (delivery,) = queue(conn)
        (leased,) = claim(conn).leased
        assert finish(conn, leased, result) == ()
        shown = outbound.get(conn, delivery)
        assert shown is not None
        assert (shown.state, shown.last_reply, shown.wait_reason) == (state, result.reply, None)
        assert leased.ticket is not None
        (story,) = events.of_ticket(conn, leased.ticket)
        assert story.kind is event
        assert story.detail["recipient"] == "customer0@customer.example"
        assert (story.detail["code"], story.detail["text"]) == (
            result.reply.code,
            result.reply.text,
        )

    await store.write(unit)


async def test_the_relay_id_is_kept(store: Store) -> None:
    def unit(conn: Connection) -> None:
        (delivery,) = queue(conn)
        finish(conn, claim(conn).leased[0], ACCEPTED)
        shown = outbound.get(conn, delivery)
        assert shown is not None
        assert shown.relay_id == "4F1A"

    await store.write(unit)


@pytest.mark.parametrize("result", [GREYLISTED, CUT_OFF], ids=["deferred", "ambiguous"])
async def test_a_transient_failure_is_tried_again_with_the_same_bytes(
    store: Store, result: AttemptResult
) -> None:
    def unit(conn: Connection) -> None:
        (delivery,) = queue(conn)
        (first,) = claim(conn).leased
        finish(conn, first, result)
        shown = outbound.get(conn, delivery)
        assert shown is not None
        in_a_minute = NOW + timedelta(minutes=1)
        assert (shown.state, shown.due_at, shown.wait_reason) == (
            DeliveryState.READY,
            in_a_minute,
            WaitReason.RETRY,
        )
        assert claim(conn, now=in_a_minute - timedelta(microseconds=1)).leased == ()
        (second,) = claim(conn, now=in_a_minute).leased
        assert (second.message_id, second.content) == (first.message_id, first.content)
        assert (second.attempts, second.first_attempt_at) == (2, NOW)
        assert first.ticket is not None
        assert events.of_ticket(conn, first.ticket) == []

    await store.write(unit)


async def test_a_late_result_is_refused_by_its_fence(store: Store) -> None:
    def unit(conn: Connection) -> None:
        (delivery,) = queue(conn)
        (slow,) = claim(conn, node="slow").leased
        (lost,) = leases.recover_leases(conn, NOW + LEASE)
        assert (lost.delivery, lost.number) == (delivery, 1)
        assert finish(conn, slow, UNKNOWN_USER) == (delivery,), "taken back, not yet claimed"
        (quick,) = claim(conn, node="quick", now=NOW + LEASE).leased
        assert finish(conn, slow, UNKNOWN_USER) == (delivery,), "claimed by another node"
        assert finish(conn, quick, ACCEPTED) == ()
        assert finish(conn, slow, UNKNOWN_USER) == (delivery,), "settled by another node"
        shown = outbound.get(conn, delivery)
        assert shown is not None
        assert shown.state is DeliveryState.DELIVERED
        tried = [(a.number, a.node, a.result) for a in outbound.attempts_of(conn, delivery)]
        assert tried == [(1, "slow", "ambiguous"), (2, "quick", "delivered")]

    await store.write(unit)


async def test_a_lease_is_taken_back_when_it_has_run_out_and_not_before(store: Store) -> None:
    def unit(conn: Connection) -> None:
        (delivery,) = queue(conn)
        (leased,) = claim(conn).leased
        assert leases.recover_leases(conn, NOW + LEASE - timedelta(seconds=1)) == []
        mine = Lease(delivery, leased.fence)
        assert leases.renew_leases(conn, [mine], NOW + 2 * LEASE) == {delivery}
        assert leases.recover_leases(conn, NOW + LEASE) == []
        assert len(leases.recover_leases(conn, NOW + 2 * LEASE)) == 1
        shown = outbound.get(conn, delivery)
        assert shown is not None
        assert (shown.state, shown.wait_reason) == (DeliveryState.READY, WaitReason.LEASE_LOST)
        assert leases.renew_leases(conn, [mine], NOW + 3 * LEASE) == frozenset()

    await store.write(unit)


async def test_a_node_that_starts_again_takes_back_its_own_leases_alone(store: Store) -> None:
    def unit(conn: Connection) -> None:
        mine, others = queue(conn, 2)
        claim(conn, node="a", batch=1)
        claim(conn, node="b", batch=1)
        lost = leases.recover_leases(conn, NOW, node="a")
        assert [lease.delivery for lease in lost] == [mine]
        still = outbound.get(conn, others)
        assert still is not None
        assert still.state is DeliveryState.LEASED

    await store.write(unit)


async def test_what_was_not_begun_is_handed_back_as_if_never_claimed(store: Store) -> None:
    def unit(conn: Connection) -> None:
        (delivery,) = queue(conn)
        (leased,) = claim(conn).leased
        assert leases.hand_back_leases(conn, [Lease(delivery, leased.fence)], NOW) == 1
        shown = outbound.get(conn, delivery)
        assert shown is not None
        assert (shown.state, shown.attempts, shown.due_at) == (DeliveryState.READY, 0, NOW)
        assert outbound.attempts_of(conn, delivery) == []
        assert finish(conn, leased, ACCEPTED) == (delivery,)
        (again,) = claim(conn).leased
        assert (again.attempts, again.first_attempt_at) == (1, None)

    await store.write(unit)


async def test_an_operator_changes_only_what_the_state_table_allows(store: Store) -> None:
    def unit(conn: Connection) -> None:
        ids = queue(conn, 3)
        gone, leased_one, waiting = ids
        finish(conn, claim(conn, batch=1).leased[0], ACCEPTED)
        claim(conn, batch=1)
        assert operating.hold(conn, EVERYTHING, NOW) == 1
        assert operating.hold(conn, named(*ids), NOW) == 0
        assert again.retry(conn, named(*ids), NOW) == 0
        assert claim(conn).leased == (), "what is held does not leave"
        assert operating.release(conn, named(gone, leased_one, waiting), NOW) == 1
        assert operating.cancel(conn, EVERYTHING, NOW) == 1
        states = {d.id: d.state for d in outbound.listing(conn, DeliveryFilter())}
        assert states == {
            gone: DeliveryState.DELIVERED,
            leased_one: DeliveryState.LEASED,
            waiting: DeliveryState.CANCELLED,
        }
        shown = outbound.get(conn, waiting)
        assert shown is not None
        assert shown.ticket is not None
        kinds = [event.kind for event in events.of_ticket(conn, shown.ticket)]
        assert kinds == [EventKind.DELIVERED, EventKind.DELIVERY_CANCELLED]

    await store.write(unit)


async def test_retry_makes_a_waiting_mail_due_now(store: Store) -> None:
    def unit(conn: Connection) -> None:
        ids = queue(conn)
        finish(conn, claim(conn).leased[0], GREYLISTED)
        assert claim(conn).leased == ()
        assert again.retry(conn, named(*ids), NOW) == 1
        assert len(claim(conn).leased) == 1

    await store.write(unit)


async def test_the_statistics_are_of_what_waits(store: Store) -> None:
    def unit(conn: Connection) -> None:
        queue(conn, 3)
        queue(conn, 1, lane=Lane.CAMPAIGN, now=NOW + timedelta(minutes=1))
        finish(conn, claim(conn, batch=1).leased[0], ACCEPTED)
        claim(conn, batch=1)
        stats = outbound.stats(conn, NOW + timedelta(hours=1))
        assert stats.depth == {
            (Lane.REPLY, DeliveryState.READY): 1,
            (Lane.REPLY, DeliveryState.LEASED): 1,
            (Lane.CAMPAIGN, DeliveryState.READY): 1,
        }
        assert stats.oldest == {Lane.REPLY: NOW, Lane.CAMPAIGN: NOW + timedelta(minutes=1)}

    await store.write(unit)


async def test_who_was_acknowledged_since_a_time_counts_every_acknowledgement(store: Store) -> None:
    def unit(conn: Connection) -> None:
        queue(conn, 2)
        for minute in range(3):
            queue(conn, 2, lane=Lane.ACKNOWLEDGEMENT, now=NOW + timedelta(minutes=minute))
        since = NOW + timedelta(minutes=1)
        both = ["customer0@customer.example", "customer1@customer.example"]
        assert sorted(outbound.acknowledged_since(conn, since, 10)) == sorted(both * 2)
        assert len(outbound.acknowledged_since(conn, since, 3)) == 3
        assert outbound.acknowledged_since(conn, since, 0) == []

    await store.write(unit)


async def test_the_list_is_of_what_was_asked_for(store: Store) -> None:
    def unit(conn: Connection) -> None:
        replies = queue(conn, 2)
        queue(conn, 1, lane=Lane.CAMPAIGN)
        wanted = DeliveryFilter(state=DeliveryState.READY, lane=Lane.REPLY, limit=1)
        assert [d.id for d in outbound.listing(conn, wanted)] == replies[-1:]

    await store.write(unit)


async def test_a_number_that_no_delivery_can_have_is_unknown(store: Store) -> None:
    def unit(conn: Connection) -> None:
        for number in (0, -1, 2**63, 10**30):
            none = DeliveryId(number)
            assert outbound.get(conn, none) is None
            assert outbound.content(conn, none) is None
            assert outbound.attempts_of(conn, none) == []
            assert operating.cancel(conn, named(none), NOW) == 0
            assert again.retry(conn, named(none), NOW) == 0
            assert outbound.deliveries_of_ticket(conn, TicketId(number)) == []
            assert outbound.listing(conn, DeliveryFilter(ticket=TicketId(number))) == []

    await store.write(unit)


async def test_the_database_refuses_a_state_that_is_not_in_the_table(store: Store) -> None:
    def unit(conn: Connection) -> None:
        queue(conn, 1)
        conn.execute(update(deliveries).values(state="lost"))

    with pytest.raises(StoreError):
        await store.write(unit)


async def test_two_nodes_never_claim_the_same_mail(store: Store) -> None:
    ids = await store.write(partial(queue, count=40))
    claims = await asyncio.gather(
        *(store.write(partial(claim, node=node, batch=5)) for node in "abababab")
    )
    taken = [leased.id for part in claims for leased in part.leased]
    assert len(taken) == len(set(taken))
    assert set(taken) <= set(ids)
