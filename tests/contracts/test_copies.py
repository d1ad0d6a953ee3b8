"""Bytes that came before are a copy only of a mail that became as much, on either engine."""

from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import update

from mailgate.mail.address import Address, NullReversePath
from mailgate.model.ticket import Visibility
from mailgate.store import tables
from mailgate.store.core import Connection, Store
from tests.deciders.desk_world import SUPPORT
from tests.deciders.inbound_world import HONG, Desk, desk_on, mail, references, reply_address

FRONT = "mx.acme.example"
MALLORY = Address("mallory", "elsewhere.example")
SALES = Address("sales", "acme.example")


@pytest.fixture
def desk(store: Store) -> Desk:
    place = desk_on(store)
    place.set_policy(trusted_authserv_ids=frozenset({FRONT}))
    return place


def said(verdict: str, content: bytes) -> bytes:
    """The mail as a trusted host hands it on."""
    header = f"Authentication-Results: {FRONT}; dmarc={verdict} header.from=customer.example\r\n"
    return header.encode() + content


async def became(desk: Desk, content: bytes, to: Address = SUPPORT) -> str:
    row = await desk.receive(content, to=to, trusted=True)
    return str((await desk.decision(row.id))["disposition"])


async def test_a_copy_with_the_null_path_does_not_silence_the_customer(desk: Desk) -> None:
    """Who was in Cc hands the bytes in first, as a machine's (RFC 5321 §4.5.5)."""
    await desk.receive(said("pass", mail()), trusted=True)
    (sent,) = await desk.sent(HONG)
    answer = mail("No! Cancel it.", message_id="q2@customer.example", **references(sent))
    await desk.receive(answer, to=reply_address(sent), reverse_path=NullReversePath())
    assert await became(desk, said("pass", answer), reply_address(sent)) == "append"
    last = (await desk.entries())[-1]
    assert (last.visibility, last.ticket) == (Visibility.PUBLIC, 1)
    assert await became(desk, said("pass", answer), reply_address(sent)) == "duplicate"


@pytest.mark.parametrize("trace", ["Return-Path: <>", "Delivered-To: autoresponder@x.example"])
async def test_a_trace_field_on_top_does_not_silence_a_new_customer(desk: Desk, trace: str) -> None:
    await desk.receive(f"{trace}\r\n".encode() + mail(), reverse_path=MALLORY)
    assert await became(desk, said("pass", mail())) == "open_ticket"
    assert len(await desk.sent(HONG, (await desk.tickets())[-1].id)) == 1


async def test_a_copy_that_was_known_to_be_forged_does_not_silence_the_customer(
    desk: Desk,
) -> None:
    await desk.receive(said("fail", mail()), trusted=True)
    assert await became(desk, said("pass", mail())) == "open_ticket"
    assert await became(desk, said("pass", mail())) == "duplicate"


async def test_a_copy_at_an_address_that_ignores_copies_is_no_original(desk: Desk) -> None:
    """To somebody else, Cc an address with `cc = "ignore"`, Bcc the desk."""
    supports = dict(desk.context.directory.supports)
    support = supports[SUPPORT.key]
    supports[SALES.key] = replace(support, address=SALES, ignores_copies=True)
    directory = replace(desk.context.directory, supports=supports)
    desk.context = replace(desk.context, directory=directory)
    copy = mail(to="boss@customer.example", Cc="sales@acme.example")
    assert await became(desk, said("pass", copy), SALES) == "suppress"
    assert await became(desk, said("pass", copy)) == "open_ticket"


async def test_a_second_way_without_proof_is_still_a_copy(desk: Desk) -> None:
    """The ticket is there and the agents know of it: which copy came first does not matter."""
    assert await became(desk, mail()) == "open_ticket"
    assert await became(desk, said("pass", mail())) == "duplicate"
    assert await became(desk, mail()) == "duplicate"


async def test_the_customer_of_a_merged_ticket_has_part_in_the_other(desk: Desk) -> None:
    kim = Address("kim", "shop.example")
    await desk.receive(mail())
    await desk.receive(mail("Other", from_=str(kim), message_id="k1@shop.example"))
    (sent,) = await desk.sent(kim, 2)

    def merge(conn: Connection) -> None:
        tickets = tables.tickets
        conn.execute(update(tickets).where(tickets.c.id == 2).values(merged_into=1))

    await desk.store.write(partial(merge))
    more = mail("More", from_=str(kim), message_id="k2@shop.example", **references(sent))
    row = await desk.receive(more, to=reply_address(sent))
    assert row.ticket == 1
    assert (await desk.decision(row.id))["sender"]["role"] == "participant"
    assert (await desk.entries())[-1].visibility is Visibility.PUBLIC
