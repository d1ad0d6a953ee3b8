"""The ids that relays give to our mail, in the store: written with the settlement, found with
all other ids."""

from functools import partial

import pytest

from mailgate.model.delivery import Delivered, Reply
from mailgate.model.ids import TicketId
from mailgate.outbound.settle import settle
from mailgate.store import entries, leases
from mailgate.store.core import Connection, Store
from mailgate.store.entries import KnownId
from tests.contracts.outbound_world import NOW, claim, queue
from tests.contracts.store_world import open_ticket

ALIAS = "0102018c2a3b4c5d-6e7f8a9b-1c2d-3e4f-5a6b-7c8d9e0f1a2b-000000@email.amazonses.com"
TAKEN = Delivered(Reply(250, None, "Ok", NOW), aliases=(ALIAS,))


async def known(store: Store, *ids: str) -> dict[str, tuple[KnownId, ...]]:
    return await store.read(partial(entries.known_ids, ids=ids))


async def test_an_answer_to_the_relays_id_is_one_to_ours(store: Store) -> None:
    def sent(conn: Connection) -> tuple[TicketId, str]:
        queue(conn)
        (leased,) = claim(conn, node="a").leased
        assert leases.settle_deliveries(conn, [settle(leased, TAKEN, NOW, 0)]).lost == ()
        assert leased.ticket is not None
        return leased.ticket, leased.message_id

    ticket, ours = await store.write(sent)
    assert await known(store, ALIAS) == {ALIAS: (KnownId(ticket, ours),)}


async def test_a_lost_lease_names_nothing(store: Store) -> None:
    def late(conn: Connection) -> None:
        queue(conn)
        (leased,) = claim(conn, node="a").leased
        leases.recover_leases(conn, NOW, node="a")
        assert leases.settle_deliveries(conn, [settle(leased, TAKEN, NOW, 0)]).lost == (leased.id,)

    await store.write(late)
    assert await known(store, ALIAS) == {}


async def test_several_mails_at_once_have_a_name_each(store: Store) -> None:
    def sent(conn: Connection) -> None:
        queue(conn)
        queue(conn)
        settled = [
            settle(one, Delivered(TAKEN.reply, aliases=(f"{one.id}@relay.example",)), NOW, 0)
            for one in claim(conn, node="a").leased
        ]
        assert leases.settle_deliveries(conn, settled).lost == ()
        assert leases.settle_deliveries(conn, settled).lost == tuple(s.delivery for s in settled)
        names = [s.aliases[0] for s in settled]
        assert {one.ours for each in entries.known_ids(conn, names).values() for one in each} == {
            s.message_id for s in settled
        }

    await store.write(sent)


@pytest.mark.parametrize("domain", ["email", "eu-west-1", "us-east-1", "ap-northeast-2"])
async def test_the_region_of_amazon_ses_is_no_part_of_the_name(store: Store, domain: str) -> None:
    """SES tells the left side of the id that it makes; the right one depends on the region."""
    ticket = await store.write(open_ticket)
    note = partial(entries.note_aliases, known=[(ticket, ALIAS, "ours@acme.example")], at=NOW)
    await store.write(note)
    named = f"{ALIAS.partition('@')[0]}@{domain}.amazonses.com"
    assert await known(store, named) == {named: (KnownId(ticket, "ours@acme.example"),)}


async def test_a_customers_own_id_at_amazon_ses_is_found_as_before(store: Store) -> None:
    ticket = await store.write(open_ticket)
    note = partial(entries.note_message_id, ticket=ticket, message_id=ALIAS, own=False, at=NOW)
    await store.write(note)
    assert await known(store, ALIAS, "x@email.amazonses.com") == {ALIAS: (KnownId(ticket),)}


async def test_what_was_known_first_stays(store: Store) -> None:
    ticket = await store.write(open_ticket)
    note = partial(entries.note_message_id, ticket=ticket, message_id=ALIAS, own=False, at=NOW)
    await store.write(note)
    aliases = partial(entries.note_aliases, known=[(ticket, ALIAS, "ours@acme.example")], at=NOW)
    await store.write(aliases)
    assert await known(store, ALIAS) == {ALIAS: (KnownId(ticket),)}
