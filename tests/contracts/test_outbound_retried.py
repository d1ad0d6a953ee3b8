"""An operator tries mail now, on both engines: whatever is known of where it goes."""

from datetime import datetime, timedelta

import pytest

from mailgate.mail.address import Address
from mailgate.model.delivery import Deferred, Delivered, Reach
from mailgate.model.ids import DeliveryId
from mailgate.ratelimit.flow import PROBES
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.store import again, operating, outbound
from mailgate.store.core import Connection, Store
from mailgate.store.delays import take_late
from mailgate.store.operating import EVERYTHING, Selection, named
from mailgate.store.story import of_delivery
from tests.contracts.outbound_world import (
    CONTENT,
    NOW,
    SiteOf,
    claim,
    draft,
    finish,
    new_ticket,
    queue,
    reply,
    to_mx,
    to_relay,
)

MINUTE = timedelta(minutes=1)
OK = Delivered(reply(250, "2.0.0 Ok", NOW))
NOBODY = Deferred(reply(None, "Connection refused", NOW), Reach.SITE)


def by_mail_servers(_sender: str, destination: str) -> str | None:
    """Of a domain that is counted together with others."""
    return f"mx:{destination}"


def tried_in_vain(conn: Connection, site_of: SiteOf) -> tuple[DeliveryId, datetime]:
    """The one mail to a destination that is down for half an hour from then on."""
    ticket = new_ticket(conn)
    outbound.enqueue(conn, draft(ticket, Address("kim", "down.example")), CONTENT, NOW)
    (mail,) = outbound.deliveries_of_ticket(conn, ticket)
    now = last = NOW
    for _ in PROBES:
        leased = claim(conn, now=now, site_of=site_of).leased
        assert [each.id for each in leased] == [mail.id]
        finish(conn, leased, NOBODY, now)
        shown = outbound.get(conn, mail.id)
        assert shown is not None
        last, now = now, shown.due_at + PROBES[-1]
    return mail.id, last


@pytest.mark.parametrize("site_of", [to_mx, by_mail_servers, to_relay])
@pytest.mark.parametrize("which", ["id", "all"])
async def test_one_goes_at_once_that_has_tried_a_destination_which_is_down(
    store: Store, site_of: SiteOf, which: str
) -> None:
    def unit(conn: Connection) -> None:
        mail, now = tried_in_vain(conn, site_of)
        now += MINUTE
        assert claim(conn, now=now, site_of=site_of).leased == ()
        wanted: Selection = named(mail) if which == "id" else EVERYTHING
        assert again.retry(conn, wanted, now) == 1
        assert [each.id for each in claim(conn, now=now, site_of=site_of).leased] == [mail]

    await store.write(unit)


async def test_a_destination_that_is_down_gets_one_mail_and_not_all(store: Store) -> None:
    def unit(conn: Connection) -> None:
        _, now = tried_in_vain(conn, to_mx)
        other = new_ticket(conn)
        outbound.enqueue(conn, draft(other, Address("lee", "down.example")), CONTENT, now)
        now += MINUTE
        assert claim(conn, now=now, site_of=to_mx).leased == ()
        again.retry(conn, EVERYTHING, now)
        assert len(claim(conn, now=now, site_of=to_mx).leased) == 1

    await store.write(unit)


async def test_what_is_due_already_insists_too_when_it_is_named(store: Store) -> None:
    def unit(conn: Connection) -> None:
        (first, second) = queue(conn, 2)
        assert again.retry(conn, named(first), NOW + MINUTE) == 1
        stories = [of_delivery(conn, each, NOW + MINUTE) for each in (first, second)]
        assert [story.insists for story in stories if story is not None] == [True, False]
        leased = claim(conn, now=NOW + MINUTE).leased
        assert [each.id for each in leased] == [first, second], "each keeps its turn"

    await store.write(unit)


async def test_who_waits_with_an_estimate_of_the_past_insists_when_it_is_named(
    store: Store,
) -> None:
    one = Limiter(LimitPolicy(1))

    def unit(conn: Connection) -> None:
        (_, waits) = queue(conn, 2)
        finish(conn, claim(conn, limiter=one).leased, OK, NOW, limiter=one)
        now = NOW + 61 * MINUTE
        assert again.retry(conn, named(waits), now) == 1
        assert [each.id for each in claim(conn, limiter=one, now=now).leased] == [waits]

    await store.write(unit)


async def test_what_was_late_and_then_held_can_be_late_once_more(store: Store) -> None:
    def unit(conn: Connection) -> None:
        (mail,) = queue(conn, 1)
        now = NOW + timedelta(hours=4)
        assert take_late(conn, before=NOW, now=now, limit=9) == [mail]
        operating.hold(conn, EVERYTHING, now)
        released = now + timedelta(hours=10)
        operating.release(conn, EVERYTHING, released)
        assert take_late(conn, before=released - MINUTE, now=released, limit=9) == []
        assert take_late(conn, before=released, now=released, limit=9) == [mail]
        assert take_late(conn, before=released, now=released, limit=9) == []

    await store.write(unit)
