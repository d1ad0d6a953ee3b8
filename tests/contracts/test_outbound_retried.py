"""An operator tries mail now, on both engines: whatever is known of where it goes."""

from datetime import datetime, timedelta

import pytest

from mailgate.mail.address import Address
from mailgate.model.delivery import Deferred, Reach
from mailgate.model.ids import DeliveryId
from mailgate.ratelimit.flow import PROBES
from mailgate.store import again, outbound
from mailgate.store.core import Connection, Store
from mailgate.store.operating import EVERYTHING, Selection, named
from tests.contracts.outbound_world import (
    CONTENT,
    NOW,
    SiteOf,
    claim,
    draft,
    finish,
    new_ticket,
    reply,
    to_mx,
    to_relay,
)

MINUTE = timedelta(minutes=1)
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
