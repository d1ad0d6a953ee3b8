"""Answers and notes that people write by a command: on the ticket and on their way, or nothing."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from email import policy
from email.parser import BytesParser
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.errors import DeskError
from mailgate.desk.ticket.replies import NoteRequest, ReplyRequest, Written, note, reply
from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.parsed import Attachment
from mailgate.model.delivery import DeliveryState, Lane
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import Direction, EntryKind, EventKind, Role, Visibility
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.store import entries, events, limits, outbound, tickets
from mailgate.store.core import Connection, Store
from tests.deciders.desk_store import merge, opened, opened_ticket, ticket_in
from tests.deciders.desk_world import (
    ALICE,
    BOB,
    CAROL,
    HELP_KO,
    HONG,
    IMAGE,
    INVOICE,
    NOW,
    SEED,
    SUPPORT,
    desk,
)

LATER = NOW + timedelta(minutes=10)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path) as made:
        yield made


async def answered(store: Store, request: ReplyRequest, seed: Seed = SEED) -> Written:
    return await store.write(partial(reply, ctx=desk(), request=request, now=LATER, seed=seed))


async def noted(store: Store, request: NoteRequest) -> Written:
    return await store.write(partial(note, ctx=desk(), request=request, now=LATER, seed=SEED))


async def test_an_answer_is_on_the_ticket_as_the_agents(store: Store) -> None:
    ticket = await ticket_in(store)
    request = ReplyRequest(ticket, "Tomorrow.", agent=ALICE, attachments=(INVOICE,))
    written = await answered(store, request)
    entry = await store.read(partial(entries.get, entry=written.entry))
    assert entry is not None
    assert (entry.kind, entry.direction, entry.visibility) == (
        EntryKind.MESSAGE,
        Direction.OUT,
        Visibility.PUBLIC,
    )
    assert (entry.author.address, entry.author.role) == (ALICE.address, Role.AGENT)
    assert (entry.text, entry.at) == ("Tomorrow.", LATER)
    assert [one.filename for one in entry.attachments] == ["청구서.pdf"]


async def test_an_answer_waits_for_the_customer_in_the_reply_lane(store: Store) -> None:
    ticket = await ticket_in(store)
    written = await answered(store, ReplyRequest(ticket, "Tomorrow.", agent=ALICE))
    (delivery,) = await store.read(partial(outbound.deliveries_of_ticket, ticket=ticket))
    assert (delivery.recipient, delivery.sender) == (HONG.address, SUPPORT)
    assert (delivery.lane, delivery.state) == (Lane.REPLY, DeliveryState.READY)
    assert (delivery.outside, delivery.agent) == (True, ALICE.address.key)
    assert (delivery.entry, (delivery.outbound,)) == (written.entry, written.outbound)
    entry = await store.read(partial(entries.get, entry=written.entry))
    assert entry is not None
    assert entry.message_id == delivery.message_id


async def test_the_mail_answers_the_customers_mail(store: Store) -> None:
    ticket = await ticket_in(store)
    await answered(store, ReplyRequest(ticket, "Tomorrow.", agent=ALICE))
    (delivery,) = await store.read(partial(outbound.deliveries_of_ticket, ticket=ticket))
    raw = await store.read(partial(outbound.content, delivery=delivery.id))
    assert raw is not None
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    assert mail["In-Reply-To"] == f"<q{ticket}@customer.example>"
    assert mail["From"] == '"Alice Kim (Acme Support)" <support@acme.example>'
    assert b"alice@" not in raw


async def test_a_second_answer_refers_to_both_but_answers_the_customer(store: Store) -> None:
    ticket = await ticket_in(store)
    await answered(store, ReplyRequest(ticket, "Tomorrow.", agent=ALICE))
    await answered(store, ReplyRequest(ticket, "Or today.", agent=BOB), Seed(b"2" * 32))
    queued = await store.read(partial(outbound.deliveries_of_ticket, ticket=ticket))
    (first, second) = (one for one in queued if one.lane is Lane.REPLY)
    raw = await store.read(partial(outbound.content, delivery=second.id))
    assert raw is not None
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    assert mail["In-Reply-To"] == f"<q{ticket}@customer.example>"
    assert f"<{first.message_id}>" in mail["References"]
    assert first.message_id != second.message_id


async def test_a_mail_that_names_the_answer_finds_the_ticket(store: Store) -> None:
    ticket = await ticket_in(store)
    await answered(store, ReplyRequest(ticket, "Tomorrow.", agent=ALICE))
    (delivery,) = await store.read(partial(outbound.deliveries_of_ticket, ticket=ticket))
    known = await store.read(partial(entries.tickets_of_ids, ids=[delivery.message_id]))
    assert known == {delivery.message_id: (ticket,)}


async def test_the_first_answer_stops_the_clock_and_no_other_does(store: Store) -> None:
    ticket = await ticket_in(store)
    first = await answered(store, ReplyRequest(ticket, "Tomorrow.", agent=ALICE))
    again = await answered(store, ReplyRequest(ticket, "Or today.", agent=BOB), Seed(b"2" * 32))
    assert (first.first_response, again.first_response) == (LATER - NOW, None)
    after = await store.read(partial(tickets.get, ticket=ticket))
    assert after is not None
    assert after.first_response_at == LATER


async def test_an_answer_is_one_event(store: Store) -> None:
    ticket = await ticket_in(store)
    written = await answered(store, ReplyRequest(ticket, "Tomorrow.", agent=ALICE))
    (event,) = await store.read(partial(events.of_ticket, ticket=ticket))
    assert (event.kind, event.actor, event.at) == (EventKind.MESSAGE, "alice@acme.example", LATER)
    assert event.detail["message"] == written.entry
    assert "bcc" not in event.detail


async def test_who_got_an_answer_unseen_is_on_the_ticket(store: Store) -> None:
    ticket = await ticket_in(store)
    audit = Address("audit", "bureau.example")
    await answered(store, ReplyRequest(ticket, "Tomorrow.", agent=ALICE, bcc=(audit,)))
    (event,) = await store.read(partial(events.of_ticket, ticket=ticket))
    assert event.detail["bcc"] == "audit@bureau.example"


async def test_each_participant_has_a_delivery_of_their_own(store: Store) -> None:
    boss, lawyer = Address("boss", "customer.example"), Address("lawyer", "law.example")
    ticket = await store.write(partial(opened_ticket, cc=(boss,)))
    await answered(store, ReplyRequest(ticket, "Tomorrow.", agent=ALICE, cc=(lawyer, BOB.address)))
    queued = await store.read(partial(outbound.deliveries_of_ticket, ticket=ticket))
    assert {one.recipient for one in queued} == {HONG.address, boss, lawyer}
    assert len({one.message_id for one in queued}) == 1


async def test_the_desk_itself_answers_when_no_agent_is_named(store: Store) -> None:
    ticket = await ticket_in(store)
    written = await answered(store, ReplyRequest(ticket, "Tomorrow."))
    entry = await store.read(partial(entries.get, entry=written.entry))
    assert entry is not None
    assert (entry.author.address, entry.author.role) == (SUPPORT, Role.SYSTEM)


async def test_an_answer_in_html_alone_has_a_text_and_no_script(store: Store) -> None:
    ticket = await ticket_in(store)
    html = "<p>Tomorrow.</p><script>x()</script>"
    written = await answered(store, ReplyRequest(ticket, "", html=html, agent=ALICE))
    entry = await store.read(partial(entries.get, entry=written.entry))
    assert entry is not None
    assert entry.text.strip() == "Tomorrow."
    assert entry.html is not None
    assert "<script" not in entry.html


CARD = Attachment("alice.vcf", "text/vcard", b"EMAIL:alice@acme.example\r\n")


async def test_a_file_that_stays_inside_is_on_the_ticket_and_noted(store: Store) -> None:
    ticket = await ticket_in(store)
    request = ReplyRequest(ticket, "Tomorrow.", agent=ALICE, attachments=(CARD, INVOICE))
    written = await answered(store, request)
    (delivery,) = await store.read(partial(outbound.deliveries_of_ticket, ticket=ticket))
    raw = await store.read(partial(outbound.content, delivery=delivery.id))
    assert raw is not None
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    assert [one.get_filename() for one in mail.iter_attachments()] == ["청구서.pdf"]
    entry = await store.read(partial(entries.get, entry=written.entry))
    assert entry is not None
    assert [one.filename for one in entry.attachments] == ["alice.vcf", "청구서.pdf"]
    (_, event) = await store.read(partial(events.of_ticket, ticket=ticket))
    assert (event.kind, event.actor) == (EventKind.SUPPRESSED, "alice@acme.example")
    assert event.detail == {"what": "attachment", "why": "internal", "file": "alice.vcf"}


async def test_an_answer_of_nothing_but_such_a_file_is_refused(store: Store) -> None:
    ticket = await ticket_in(store)
    with pytest.raises(DeskError) as refused:
        await answered(store, ReplyRequest(ticket, "", agent=ALICE, attachments=(CARD,)))
    assert str(refused.value) == (
        "Nothing would reach the customer: alice.vcf shows what is the desk's own."
    )
    assert await store.read(partial(outbound.deliveries_of_ticket, ticket=ticket)) == []


async def test_an_answer_to_a_merged_ticket_goes_onto_the_other(store: Store) -> None:
    old, new = await ticket_in(store), await ticket_in(store)
    await store.write(partial(merge, ticket=old, into=new))
    written = await answered(store, ReplyRequest(old, "Tomorrow.", agent=ALICE))
    assert written.ticket == new
    assert len(await store.read(partial(outbound.deliveries_of_ticket, ticket=new))) == 1
    assert await store.read(partial(outbound.deliveries_of_ticket, ticket=old)) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"ticket": TicketId(999)}, "There is no ticket 999."),
        ({"text": " \n"}, "There is nothing to write: give a text or an attachment."),
        (
            {"from_": Address("sales", "acme.example")},
            "sales@acme.example is none of the configured support addresses.",
        ),
        (
            {"agent": CAROL},
            "carol@partner.example is a collaborator and can write notes only.",
        ),
    ],
)
async def test_what_cannot_be_is_said_and_leaves_nothing(
    store: Store, change: dict[str, object], says: str
) -> None:
    ticket = await ticket_in(store)
    request = replace(ReplyRequest(ticket, "Tomorrow.", agent=ALICE), **change)  # type: ignore[arg-type]  # a table's row
    with pytest.raises(DeskError) as told:
        await answered(store, request)
    assert str(told.value) == says
    assert len(await store.read(partial(entries.of_ticket, ticket=ticket))) == 1
    assert await store.read(partial(outbound.deliveries_of_ticket, ticket=ticket)) == []


async def test_nobody_answers_a_support_address(store: Store) -> None:
    own = NamedAddress("", HELP_KO)
    ticket = await store.write(partial(opened_ticket, requester=own))
    with pytest.raises(DeskError, match="is a support address: nobody would read it"):
        await answered(store, ReplyRequest(ticket, "Tomorrow.", agent=ALICE))


async def test_nobody_answers_a_sender_whose_address_could_not_be_read(store: Store) -> None:
    nobody = NamedAddress("", Address("unknown", "unknown.invalid"))
    ticket = await store.write(partial(opened_ticket, requester=nobody))
    with pytest.raises(DeskError, match="there is nobody to answer"):
        await answered(store, ReplyRequest(ticket, "Tomorrow.", agent=ALICE))


async def test_another_support_address_can_answer_by_any_of_its_spellings(store: Store) -> None:
    ticket = await ticket_in(store)
    spelt = Address("HELP+x", "hangook.example")
    await answered(store, ReplyRequest(ticket, "Tomorrow.", agent=ALICE, from_=spelt))
    (delivery,) = await store.read(partial(outbound.deliveries_of_ticket, ticket=ticket))
    assert delivery.sender == HELP_KO


async def test_a_note_goes_to_the_colleagues_and_to_nobody_outside(store: Store) -> None:
    boss = Address("boss", "customer.example")
    ticket = await store.write(partial(opened_ticket, cc=(boss,)))
    written = await noted(store, NoteRequest(ticket, "A VIP.", agent=ALICE, attachments=(IMAGE,)))
    entry = await store.read(partial(entries.get, entry=written.entry))
    assert entry is not None
    assert (entry.kind, entry.visibility) == (EntryKind.NOTE, Visibility.PRIVATE)
    (delivery,) = await store.read(partial(outbound.deliveries_of_ticket, ticket=ticket))
    assert (delivery.recipient, delivery.lane) == (BOB.address, Lane.NOTIFICATION)
    assert (delivery.entry, delivery.outside) == (written.entry, False)


async def test_a_note_is_no_answer(store: Store) -> None:
    ticket = await ticket_in(store)
    written = await noted(store, NoteRequest(ticket, "A VIP.", agent=ALICE))
    after = await store.read(partial(tickets.get, ticket=ticket))
    assert after is not None
    assert (after.first_response_at, written.first_response) == (None, None)


async def test_a_note_on_no_ticket_or_without_words_is_refused(store: Store) -> None:
    ticket = await ticket_in(store)
    with pytest.raises(DeskError, match=r"There is no ticket 999\."):
        await noted(store, NoteRequest(TicketId(999), "x", agent=ALICE))
    with pytest.raises(DeskError, match="nothing to write"):
        await noted(store, NoteRequest(ticket, "", agent=ALICE))


HAS_ROOM_FOR_ONE = (
    "The hourly limit has room for 1 more, and this goes to 2: 1 of 2 mails are used. "
    "This one would go at 2026-"
)
NEVER_HAS_ROOM = (
    "The hourly limit is 1, and this mail goes to 2: no hour has room for it. Name fewer "
    "recipients; nothing was written."
)


@pytest.mark.parametrize(("cap", "says"), [(2, HAS_ROOM_FOR_ONE), (1, NEVER_HAS_ROOM)])
async def test_over_the_hourly_limit_for_who_gets_it(store: Store, cap: int, says: str) -> None:
    ticket = await ticket_in(store)

    def fill(conn: Connection) -> None:
        limits.count(conn, [("account", Lane.REPLY, LATER - timedelta(minutes=10))])

    await store.write(fill)
    policy = replace(desk().policy, refuse_over=Limiter(LimitPolicy(cap)))
    lawyer = Address("lawyer", "law.example")
    request = ReplyRequest(ticket, "Tomorrow.", agent=ALICE, cc=(lawyer,))
    strict = replace(desk(), policy=policy)
    unit = partial(reply, ctx=strict, request=request, now=LATER, seed=SEED)
    with pytest.raises(DeskError) as refused:
        await store.write(unit)
    assert str(refused.value).startswith(says)
    assert await store.read(partial(outbound.deliveries_of_ticket, ticket=ticket)) == []


async def test_over_the_hourly_limit_a_person_hears_when_it_would_go(store: Store) -> None:
    """`[ratelimit] when_full = "refuse"`: nothing is written; by default the answer waits."""
    ticket = await ticket_in(store)
    limiter = Limiter(LimitPolicy(1))

    def fill(conn: Connection) -> None:
        limits.count(conn, [("account", Lane.REPLY, LATER - timedelta(minutes=10))])

    await store.write(fill)
    strict = replace(desk(), policy=replace(desk().policy, refuse_over=limiter))
    request = ReplyRequest(ticket, "Tomorrow.", agent=ALICE)
    unit = partial(reply, ctx=strict, request=request, now=LATER, seed=SEED)
    with pytest.raises(DeskError) as refused:
        await store.write(unit)
    assert str(refused.value) == (
        "The hourly limit is reached: 1 of 1 mails are used. This one would go at "
        f"{LATER + timedelta(minutes=50):%Y-%m-%d %H:%M:%S} UTC; nothing was written."
    )
    assert await store.read(partial(outbound.deliveries_of_ticket, ticket=ticket)) == []
    assert (await answered(store, request)).outbound
