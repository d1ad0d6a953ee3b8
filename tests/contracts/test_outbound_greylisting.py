"""A domain that greylists is a domain that works: mail to it is tried in its turn, and fast."""

from datetime import datetime, timedelta

from mailgate.mail.address import Address
from mailgate.model.delivery import Deferred, Delivered
from mailgate.model.ids import DeliveryId
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.ratelimit.providers import ANY_DOMAIN
from mailgate.store import destinations, outbound
from mailgate.store.core import Connection, Store
from tests.contracts.outbound_world import (
    CONTENT,
    NOW,
    claim,
    draft,
    finish,
    new_ticket,
    reply,
    to_mx,
)

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
GREYLISTED = Deferred(reply(450, "4.7.1 Greylisted, try again later", NOW))
OK = Delivered(reply(250, "2.0.0 Ok", NOW))
BY_MX = Limiter(LimitPolicy(1_000_000, any_domain=ANY_DOMAIN))


async def test_answers_to_new_people_at_a_domain_that_greylists_arrive_in_20_minutes(
    store: Store,
) -> None:
    mails, every = 40, 15 * SECOND

    def unit(conn: Connection) -> None:
        ticket = new_ticket(conn)
        first: dict[DeliveryId, datetime] = {}
        took: dict[DeliveryId, timedelta] = {}
        now, written = NOW, 0
        while now < NOW + mails * every + 20 * MINUTE:
            if written < mails:
                to = Address(f"new{written}", "grey.example")
                written += 1
                outbound.enqueue(conn, draft(ticket, to), CONTENT, now)
            for leased in claim(conn, limiter=BY_MX, now=now, site_of=to_mx).leased:
                since = now - first.setdefault(leased.id, now)
                finish(
                    conn,
                    [leased],
                    OK if since >= 5 * MINUTE else GREYLISTED,
                    now,
                    limiter=BY_MX,
                )
                if since >= 5 * MINUTE:
                    took[leased.id] = since
            now += every
        assert len(took) == mails
        assert max(took.values()) < 20 * MINUTE
        known = destinations.load(conn, ["domain:grey.example"])
        assert all(gate.slowness == 0 for gate in known.values())

    await store.write(unit)
