"""A signed mail says who wrote it, and not to whom it was given: what others can do with one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.arriving.quarantine import release
from mailgate.desk.arriving.worker import InboundWorker
from mailgate.desk.commands.orders import read_orders
from mailgate.mail.address import Address
from mailgate.mail.envelope import Envelope
from mailgate.mail.proofs import Answer
from mailgate.model.journal import Arrival, Door, JournalSummary
from mailgate.model.ticket import EntryKind, Source, Visibility
from mailgate.store import journal
from tests.deciders.desk_world import ALICE, BOB, SUPPORT
from tests.deciders.inbound_world import (
    Desk,
    mail,
    open_desk,
    random_octets,
    references,
    reply_address,
)
from tests.deciders.mail_signer import Signer, signed, txt
from tests.deciders.test_authentication_worker import Zone

EVIL = Address("evil", "evil.internal")
CUSTOMER = Address("hong", "customer.internal")
WHOLE = ("From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References")
BODY = ("Content-Type", "Content-Transfer-Encoding")
STAFF = Signer("acme.internal", "k1", names=(*WHOLE, *BODY))
SHOP = Signer("customer.internal", "k1", names=(*WHOLE, *BODY))
POLICY = {txt("_dmarc.acme.internal"): Answer(("v=DMARC1; p=reject",))}
ALICE_AT = replace(ALICE, address=Address("alice", "acme.internal"), also=())
BOB_AT = replace(BOB, address=Address("bob", "acme.internal"), also=())


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk whose agents' domain signs, as the customer's does."""
    async with open_desk(tmp_path) as place:
        agents = {agent.address.key: agent for agent in (ALICE_AT, BOB_AT)}
        directory = replace(
            place.context.directory, agents=agents, groups={"support": (ALICE_AT, BOB_AT)}
        )
        place.context = replace(place.context, directory=directory)
        place.worker = InboundWorker(
            place.store,
            lambda: place.context,
            place.clock,
            place.reports,
            random_octets(),
            resolver=Zone(STAFF.answers() | SHOP.answers() | POLICY),
        )
        yield place


async def opened(desk: Desk, sender: Address = CUSTOMER) -> None:
    await desk.receive(mail(from_=str(sender)))


def by_alice(text: str, **fields: str) -> bytes:
    return signed(written_by_alice(text, **fields), STAFF)


def written_by_alice(text: str, **fields: str) -> bytes:
    how = {"message_id": "a1@acme.internal"} | fields
    return mail(text, from_="alice@acme.internal", **how)


async def sent_to_customer(desk: Desk) -> int:
    """Answers; the acknowledgement is none."""
    return len(await desk.sent(CUSTOMER)) - 1


# --- a mail that was written to somebody else -------------------------------------------------


async def test_what_a_customer_signed_for_somebody_else_brings_nobody_onto_their_ticket(
    desk: Desk,
) -> None:
    """Who got it hands it to us as it is: all of it is signed, and nothing of it names us."""
    await opened(desk)
    answer = mail("Who are you?", from_=str(CUSTOMER), to=str(EVIL), subject="Re: [#1] your order")
    await desk.receive(signed(answer, SHOP), reverse_path=EVIL)
    assert (await desk.ticket()).cc == ()
    entry = (await desk.entries())[-1]
    assert entry.visibility is Visibility.PRIVATE
    assert "sender_unauthenticated" in entry.flags


async def test_the_same_written_to_us_is_the_customers_word(desk: Desk) -> None:
    await opened(desk)
    to = f"support@acme.example, {EVIL}"
    answer = mail("And?", from_=str(CUSTOMER), to=to, subject="Re: [#1] x", message_id="h2@c.x")
    await desk.receive(signed(answer, SHOP))
    assert (await desk.ticket()).cc == (EVIL,)
    assert (await desk.entries())[-1].visibility is Visibility.PUBLIC


async def test_what_an_agent_signed_for_somebody_else_is_no_agents_word_here(desk: Desk) -> None:
    await opened(desk)
    private = by_alice("Call me.", to=str(EVIL), subject="Re: [#1] hi")
    row = await desk.receive(private, reverse_path=EVIL)
    assert row.cause == "agent_not_proven"
    assert (await desk.ticket()).cc == ()
    assert await sent_to_customer(desk) == 0


async def test_an_agents_signed_answer_to_us_goes_out(desk: Desk) -> None:
    await opened(desk)
    await desk.receive(by_alice("It comes.", subject="Re: [#1] x"))
    assert await sent_to_customer(desk) == 1


# --- what their own server hands to us ---------------------------------------------------------

SERVER, ANOTHER = "192.0.2.7", "198.51.100.1"
SPF = {txt("acme.internal"): Answer((f"v=spf1 ip4:{SERVER} -all",))}
HOPS = b"Received: from a.example by b.example; Mon, 5 Jan 2026 09:00:00 +0000\r\n" * 60


async def handed(desk: Desk, content: bytes, peer: str) -> JournalSummary:
    """Alice's mail comes from this host, whose network her domain may have named."""
    desk.worker = InboundWorker(
        desk.store,
        lambda: desk.context,
        desk.clock,
        desk.reports,
        random_octets(),
        resolver=Zone(STAFF.answers() | POLICY | SPF),
    )
    envelope = Envelope(ALICE_AT.address, (SUPPORT,))
    arrival = Arrival(Door.SMTP, envelope, content, desk.clock.now(), peer=peer)
    row = await desk.store.write(partial(journal.append, arrival=arrival))
    await desk.worker.drain()
    return await desk.row(row)


async def begun(desk: Desk) -> list[tuple[Source, Address]]:
    return [(one.source, one.requester.address) for one in await desk.tickets()]


@pytest.mark.parametrize(
    ("fields", "peer", "kept"),
    [
        ({"Cc": "support@acme.example"}, ANOTHER, True),
        ({}, SERVER, True),
        ({}, ANOTHER, False),
    ],
    ids=["signed to us", "from their own server", "signed to others alone"],
)
async def test_a_copy_by_bcc_needs_more_than_a_signature(
    desk: Desk, fields: dict[str, str], peer: str, *, kept: bool
) -> None:
    row = await handed(desk, by_alice("See you.", to=str(CUSTOMER), **fields), peer)
    assert row.cause == (None if kept else "agent_not_proven")
    assert await begun(desk) == ([(Source.OUTBOUND_EMAIL, CUSTOMER)] if kept else [])


@pytest.mark.parametrize(("peer", "begins"), [(SERVER, True), (ANOTHER, False)])
async def test_a_signature_that_leaves_fields_open_is_none_beside_their_own_server(
    desk: Desk, peer: str, *, begins: bool
) -> None:
    """As large providers sign: Content-Type is open, and To. Unsigned it would be the same."""
    content = written_by_alice(f"#new {CUSTOMER}\nSee you.", subject="Your visit")
    names = ("From", "Subject", "Date", "Message-ID")
    row = await handed(desk, signed(content, replace(STAFF, names=names)), peer)
    assert row.cause == (None if begins else "agent_not_proven")
    assert await begun(desk) == ([(Source.OUTBOUND_EMAIL, CUSTOMER)] if begins else [])


@pytest.mark.parametrize(("peer", "kept"), [(SERVER, True), (ANOTHER, False)])
async def test_what_is_let_out_is_as_proven_as_it_came(
    desk: Desk, peer: str, *, kept: bool
) -> None:
    """A copy by Bcc that circled, and that an operator lets in."""
    row = await handed(desk, HOPS + by_alice("See you.", to=str(CUSTOMER)), peer)
    assert row.cause == "hop_limit"
    await desk.store.write(partial(release, row_id=row.id, ticket=None, now=desk.clock.now()))
    await desk.worker.drain()
    assert (await desk.row(row.id)).cause == (None if kept else "agent_not_proven")
    assert await begun(desk) == ([(Source.OUTBOUND_EMAIL, CUSTOMER)] if kept else [])


# --- how the body is read ---------------------------------------------------------------------


async def test_a_signature_that_leaves_the_type_of_the_body_open_proves_no_agent(
    desk: Desk,
) -> None:
    """Another boundary makes words that the agent quoted the agent's own."""
    await opened(desk)
    text = "No refund.\n\n--EV\nContent-Type: text/plain\n\nYes, we owe you 10,000 EUR.\n--EV--\n"
    content = signed(written_by_alice(text, subject="Re: [#1] x"), replace(STAFF, names=WHOLE))
    added = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=EV\r\n" + content
    row = await desk.receive(added)
    assert row.cause == "agent_not_proven"
    assert await sent_to_customer(desk) == 0


# --- the same mail again ----------------------------------------------------------------------


async def test_an_agents_mail_with_another_unsigned_field_is_not_sent_again(desk: Desk) -> None:
    await opened(desk)
    answer = by_alice("You get a refund.", subject="Re: [#1] x")
    for number in range(3):
        await desk.receive(f"X-Foo: {number}\r\n".encode() + answer)
    assert await sent_to_customer(desk) == 1
    assert [entry.kind for entry in (await desk.entries())[2:]] == [EntryKind.NOTE] * 2
    assert desk.reports.suppressions == ["repeated_answer"] * 2


# --- what agents pass on to each other --------------------------------------------------------

PASSED_ON = (
    "Bob, internal: do not refund.\n\n---------- Forwarded message ---------\n"
    "From: Hong <hong@customer.internal>\nDate: Mon, 5 Jan 2026 at 09:00\n"
    "Subject: Where is my parcel?\nTo: <alice@acme.internal>\n\nI want my money back.\n"
)


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "Fwd: Where is my parcel?"},
        {"subject": "전달: Where is my parcel?"},
        {"subject": "Where is my parcel?"},
        {"subject": "Re: parcel", "to": "bob@acme.internal", "Cc": "support@acme.example"},
    ],
    ids=["fwd", "korean", "block in the body", "copied to us"],
)
async def test_what_an_agent_passes_on_stays_inside(desk: Desk, fields: dict[str, str]) -> None:
    """Clients keep the references of what they forward: they lead to the ticket, and do not say
    that the words are for the customer."""
    await opened(desk)
    text = "Bob: do not refund.\n" if "Cc" in fields else PASSED_ON
    words = by_alice(text, In_Reply_To="<q1@customer.example>", **fields)
    await desk.receive(words)
    assert await sent_to_customer(desk) == 0
    note = (await desk.entries())[-1]
    assert (note.kind, note.visibility) == (EntryKind.NOTE, Visibility.PRIVATE)
    assert desk.reports.suppressions == ["forwarded_mail"]
    told = (await desk.notification(ALICE_AT.address)).get_body(("plain",))
    assert told is not None
    assert "was not sent to the customer" in " ".join(told.get_content().split())


async def test_an_answer_to_what_the_customer_got_is_for_them_where_it_names_them(
    desk: Desk,
) -> None:
    await opened(desk)
    acknowledgement = (await desk.sent(CUSTOMER))[0]
    fields = references(acknowledgement) | {"Cc": str(CUSTOMER)}
    await desk.receive(by_alice("Internal.", message_id="a1@a.x", **references(acknowledgement)))
    assert await sent_to_customer(desk) == 0
    await desk.receive(by_alice("It comes.", message_id="a2@a.x", **fields))
    assert await sent_to_customer(desk) == 1


async def test_the_reply_address_of_a_notification_is_for_the_customer(desk: Desk) -> None:
    await opened(desk)
    to = reply_address(await desk.notification(ALICE_AT.address))
    await desk.receive(by_alice(f"See this.\n\n{PASSED_ON}", to=str(to), subject="Re: x"), to=to)
    assert await sent_to_customer(desk) == 1


async def test_an_answer_to_a_mail_that_stands_on_two_tickets_goes_to_neither_customer(
    desk: Desk,
) -> None:
    """Who was in Cc of a customer's mail wrote to us first, with its Message-ID."""
    question = {"message_id": "q1@customer.internal"}
    await desk.receive(mail("Mine.", from_=str(EVIL), **question), reverse_path=EVIL)
    await desk.receive(mail("My address is secret.", from_=str(CUSTOMER), **question))
    before = len(desk.reports.queued_lanes)
    answer = by_alice(
        "Dear Hong, your PIN is 1234.",
        to=str(CUSTOMER),
        Cc=f"support@acme.example, {EVIL}",
        In_Reply_To="<q1@customer.internal>",
    )
    await desk.receive(answer)
    assert desk.reports.suppressions[-1] == "forwarded_mail"
    assert "reply" not in desk.reports.queued_lanes[before:]


# --- commands ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *("#close", "\n #resolve\nDone.", "# note he is difficult"),
        *("\u200b#close", "\u2060#note x", "\u3164#close", "#\u200bnote x", "\ufeff\u00a0#note"),
        *("\uff03close", "\ufe5fnote", "#메모 이 고객은 사기꾼", "Hi\n#note he is a fraud"),
    ],
)
def test_a_command_is_one_however_it_is_written(text: str) -> None:
    assert read_orders(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hi",
        "#4711 left our warehouse.",
        "We sent #A12 today.",
        "C# is a language",
        "Hi\n#spring",
    ],
)
def test_a_number_sign_in_an_answer_is_none(text: str) -> None:
    assert not read_orders(text)
