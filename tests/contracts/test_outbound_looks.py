"""What a claim looks at of all that waits, on both engines."""

from datetime import timedelta

import pytest

from mailgate.mail.address import Address
from mailgate.model.delivery import Delivered, Lane
from mailgate.model.ids import DeliveryId
from mailgate.outbound import claim as claiming
from mailgate.outbound.claim import Claim, ClaimOrder, claim_deliveries
from mailgate.ratelimit.flow import FlowPolicy
from mailgate.ratelimit.limiter import LOOKS, Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.store import outbound
from mailgate.store.core import Connection, Store
from tests.contracts.outbound_world import (
    CONTENT,
    LEASE,
    NOW,
    claim,
    draft,
    finish,
    new_ticket,
    queue,
    reply,
    to_mx,
)

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
OK = Delivered(reply(250, "2.0.0 Ok", NOW))
ONE_EACH = Limiter(LimitPolicy(1_000_000, any_domain=FlowPolicy(connections=1)))


def write_to(conn: Connection, domain: str, lane: Lane) -> DeliveryId:
    ticket = new_ticket(conn)
    outbound.enqueue(conn, draft(ticket, Address("kim", domain), lane=lane), CONTENT, NOW)
    return outbound.deliveries_of_ticket(conn, ticket)[-1].id


def fetch_replies(conn: Connection, at: int) -> Claim:
    now = NOW + at * SECOND
    order = ClaimOrder("a", now, LEASE, 100, 1_000_000, lanes=(Lane.REPLY,), site_of=to_mx)
    return claim_deliveries(conn, ONE_EACH, order)


async def test_a_claim_of_replies_passes_over_places_that_a_campaign_waits_for(
    store: Store,
) -> None:
    def unit(conn: Connection) -> None:
        domains = [f"d{number:03}.example" for number in range(LOOKS + 10)]
        for domain in domains * 2:
            write_to(conn, domain, Lane.CAMPAIGN)
        leased = claim(conn, limiter=ONE_EACH, batch=500, site_of=to_mx).leased
        assert len(leased) == len(domains)
        answer = write_to(conn, domains[-1], Lane.REPLY)
        claimed = fetch_replies(conn, 1)
        assert claimed.leased == ()
        finish(conn, leased, OK, NOW + 2 * SECOND, limiter=ONE_EACH)
        claimed = fetch_replies(conn, 3)
        assert [each.id for each in claimed.leased] == [answer]
        claimed = fetch_replies(conn, 4)
        assert (claimed.leased, claimed.more) == ((), False), "as if nothing waited"

    await store.write(unit)


async def test_more_than_is_counted_waits_and_new_mail_does_not_come_before_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "COUNTED", 4)
    two = Limiter(LimitPolicy(2))

    def unit(conn: Connection) -> None:
        mails = queue(conn, 12)
        claim(conn, limiter=two)
        new = queue(conn, 1)
        claimed = claim(conn, limiter=two, now=NOW + SECOND)
        assert (claimed.postponed, claimed.waiting) == (1, 4)
        shown = [outbound.get(conn, each) for each in (*mails[2:], *new)]
        due = [each.due_at for each in shown if each is not None]
        assert due == sorted(due)
        assert due[-1] >= NOW + 5 * HOUR

    await store.write(unit)
