"""Rights on a desk with a store: who is brought along, who is told what, which ticket it is."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import update

from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.ticket import EventKind, Role, Status, Visibility
from mailgate.store import sides, tables
from mailgate.store.core import Connection
from tests.deciders.desk_world import ALICE, BOB, HELP_KO, SUPPORT
from tests.deciders.inbound_world import (
    DONE,
    HONG,
    Desk,
    mail,
    open_desk,
    references,
    reply_address,
)

PARK = Address("park", "customer.example")
MALLORY = Address("mallory", "elsewhere.example")
MX = "mx.acme.example"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as opened:
        opened.set_policy(trusted_authserv_ids=frozenset({MX}))
        yield opened


def proven(content: bytes, domain: str = "customer.example", verdict: str = "pass") -> bytes:
    """The mail as a trusted host hands it on that has checked who sent it."""
    said = f"Authentication-Results: {MX}; dmarc={verdict} header.from={domain}\r\n"
    return said.encode() + content


def answer(to: EmailMessage, text: str = "It has not come.", **fields: str) -> bytes:
    """A customer's answer to a mail of ours."""
    shown = {"message_id": "q2@customer.example", "subject": f"Re: {to['Subject']}", **fields}
    return mail(text, to=str(reply_address(to)), **references(to), **shown)


async def acknowledged(desk: Desk) -> EmailMessage:
    """A ticket of Hong's, and what they were sent."""
    await desk.receive(mail())
    (sent,) = await desk.sent(HONG)
    return sent


# --- who is brought along ---------------------------------------------------------------------


async def test_a_proven_customer_brings_people_along_who_get_what_comes_and_nothing_of_before(
    desk: Desk,
) -> None:
    got = await acknowledged(desk)
    await desk.receive(
        proven(answer(got, Cc="park@customer.example, bob@acme.example")),
        to=reply_address(got),
        trusted=True,
    )
    assert (await desk.ticket()).cc == (PARK,)
    (added,) = [one for one in await desk.events() if one.kind is EventKind.PARTICIPANT_ADDED]
    assert (added.actor, dict(added.detail)) == (
        "hong@customer.example",
        {"addresses": "park@customer.example"},
    )
    assert await desk.sent(PARK) == [], "nobody outside gets what was written before"
    told = await desk.notification()
    await desk.receive(
        mail("It comes tomorrow.", from_="alice@acme.example", message_id="a1@acme.example"),
        to=reply_address(told),
    )
    (sent,) = await desk.sent(PARK)
    body = sent.get_body(("plain",))
    assert body is not None
    assert "It comes tomorrow." in body.get_content()
    assert "parcel has not come" not in body.get_content()


@pytest.mark.parametrize("verdict", ["none", "fail"])
async def test_a_name_alone_brings_nobody_along(desk: Desk, verdict: str) -> None:
    """The leak of 2024: a forged customer with the attacker in Cc, who then asks for the rest."""
    got = await acknowledged(desk)
    forged = answer(got, from_="Hong <hong@customer.example>", Cc="mallory@elsewhere.example")
    await desk.receive(
        proven(forged, verdict=verdict), to=reply_address(got), reverse_path=MALLORY, trusted=True
    )
    assert (await desk.ticket()).cc == ()
    told = await desk.notification()
    await desk.receive(
        mail("Here it is.", from_="alice@acme.example", message_id="a1@acme.example"),
        to=reply_address(told),
    )
    assert await desk.sent(MALLORY) == []


async def test_a_mail_that_is_sent_again_with_another_cc_brings_nobody_along(desk: Desk) -> None:
    """A signature may leave Cc open: who has a mail of the customer's can put somebody there."""
    got = await acknowledged(desk)
    await desk.receive(proven(answer(got)), to=reply_address(got), trusted=True)
    again = proven(answer(got, Cc="mallory@elsewhere.example"))
    row = await desk.receive(again, to=reply_address(got), trusted=True)
    assert (row.state, row.ticket) == (DONE, 1)
    assert (await desk.ticket()).cc == ()
    assert "same_id_other_content" in (await desk.entries())[-1].flags


async def test_a_proven_stranger_brings_nobody_along(desk: Desk) -> None:
    got = await acknowledged(desk)
    content = answer(got, from_="mallory@elsewhere.example", Cc="friend@elsewhere.example")
    await desk.receive(proven(content, "elsewhere.example"), to=reply_address(got), trusted=True)
    assert (await desk.ticket()).cc == ()


async def test_who_an_agent_puts_into_cc_gets_the_answer_from_the_support_address(
    desk: Desk,
) -> None:
    await desk.receive(mail())
    told = await desk.notification()
    content = mail(
        "It comes tomorrow.",
        from_="alice@acme.example",
        message_id="a1@acme.example",
        Cc="park@customer.example",
    )
    await desk.receive(proven(content, "acme.example"), to=reply_address(told), trusted=True)
    assert (await desk.ticket()).cc == (PARK,)
    (sent,) = await desk.sent(PARK)
    assert "support@acme.example" in sent["From"]


# --- who writes, and where answers go ---------------------------------------------------------


async def test_reply_to_is_nobodys_identity_and_the_agents_see_it(desk: Desk) -> None:
    """A stranger who asks for answers to the customer, and one who asks for an agent's."""
    got = await acknowledged(desk)
    for number, asked in enumerate(("hong@customer.example", "alice@acme.example")):
        content = answer(
            got,
            from_="mallory@elsewhere.example",
            message_id=f"m{number}@elsewhere.example",
            Reply_To=asked,
        )
        await desk.receive(content, to=reply_address(got))
        entry = (await desk.entries())[-1]
        assert (entry.visibility, entry.author.role) == (Visibility.PRIVATE, Role.STRANGER)
        assert entry.flags == ("sender_is_stranger", "reply_to_differs")
        told = (await desk.notification()).get_body(("plain",))
        assert told is not None
        assert asked in told.get_content()


async def test_answers_go_to_who_wrote_whatever_reply_to_says(desk: Desk) -> None:
    await desk.receive(mail(Reply_To="mallory@elsewhere.example"))
    told = await desk.notification()
    await desk.receive(
        mail("Tomorrow.", from_="alice@acme.example", message_id="a1@acme.example"),
        to=reply_address(told),
    )
    assert await desk.sent(MALLORY) == []
    assert len(await desk.sent(HONG)) == 2


async def test_a_display_name_of_ours_is_marked(desk: Desk) -> None:
    await desk.receive(mail(from_='"Alice Kim (Acme Support)" <mallory@elsewhere.example>'))
    (entry,) = await desk.entries()
    assert entry.flags == ("name_of_agent",)


async def test_an_agent_answers_from_a_subaddress(desk: Desk) -> None:
    await desk.receive(mail())
    told = await desk.notification()
    row = await desk.receive(
        mail("Tomorrow.", from_="alice+desk@acme.example", message_id="a1@acme.example"),
        to=reply_address(told),
    )
    assert (row.state, row.ticket) == (DONE, 1)
    entry = (await desk.entries())[-1]
    assert (entry.author.address, entry.author.role) == (ALICE.address, Role.AGENT)


async def test_what_a_party_of_the_side_thread_writes_stays_inside(desk: Desk) -> None:
    supplier = Address("parts", "supplier.example")
    got = await acknowledged(desk)
    await desk.store.write(
        partial(sides.add, ticket=TicketId(1), party=supplier, at=desk.clock.now())
    )
    content = answer(got, "We have none left.", from_="parts@supplier.example")
    before = len(await desk.sent(HONG))
    await desk.receive(content, to=reply_address(got))
    entry = (await desk.entries())[-1]
    assert (entry.visibility, entry.author.role) == (Visibility.PRIVATE, Role.THIRD_PARTY)
    assert entry.flags == ()
    assert len(await desk.sent(HONG)) == before
    assert len(await desk.sent(BOB.address)) == 2, "the agents are told"


# --- which ticket -----------------------------------------------------------------------------


async def merge(desk: Desk, *pairs: tuple[int, int]) -> None:
    def point(conn: Connection) -> None:
        for merged, into in pairs:
            table = tables.tickets
            conn.execute(update(table).where(table.c.id == merged).values(merged_into=into))

    await desk.store.write(point)


async def three_tickets(desk: Desk) -> EmailMessage:
    """Three tickets of Hong's; what they were sent about the first."""
    for number in (1, 2, 3):
        await desk.receive(mail(f"Number {number}.", message_id=f"first{number}@customer.example"))
    return (await desk.sent(HONG))[0]


async def test_merges_are_followed_to_their_end(desk: Desk) -> None:
    got = await three_tickets(desk)
    await merge(desk, (1, 2), (2, 3))
    row = await desk.receive(answer(got), to=reply_address(got))
    assert row.ticket == 3
    assert "followed_merge" in (await desk.decision(row.id))["reasons"]


async def test_merges_in_a_circle_lose_no_mail(desk: Desk) -> None:
    got = await three_tickets(desk)
    await merge(desk, (1, 2), (2, 1))
    row = await desk.receive(answer(got), to=reply_address(got))
    assert row.ticket == 4
    assert "ticket_unknown" in (await desk.decision(row.id))["reasons"]


async def test_an_answer_under_another_subject_can_be_a_ticket_of_its_own(desk: Desk) -> None:
    got = await acknowledged(desk)
    desk.set_policy(split_changed_subject=True)
    other = answer(got, subject="My invoice is wrong")
    row = await desk.receive(other, to=reply_address(got))
    assert row.ticket == 2
    assert (await desk.ticket(2)).linked == (1,)
    assert "subject_changed" in (await desk.decision(row.id))["reasons"]


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Where is my parcel?",
        "답장: where is  my PARCEL?",
        "[#1] My invoice is wrong",
        "Re: [#1] Where is my parcel?",
        "",
    ],
)
async def test_what_is_still_about_the_ticket_stays_there(desk: Desk, subject: str) -> None:
    got = await acknowledged(desk)
    desk.set_policy(split_changed_subject=True)
    row = await desk.receive(answer(got, subject=subject), to=reply_address(got))
    assert row.ticket == 1


async def test_without_the_setting_a_changed_subject_changes_nothing(desk: Desk) -> None:
    got = await acknowledged(desk)
    row = await desk.receive(answer(got, subject="My invoice is wrong"), to=reply_address(got))
    assert row.ticket == 1


async def test_the_number_alone_opens_nothing_again(desk: Desk) -> None:
    """Anybody can write a customer's name and a number."""
    await acknowledged(desk)

    def resolve(conn: Connection) -> None:
        table = tables.tickets
        conn.execute(update(table).values(status=Status.RESOLVED.value))

    await desk.store.write(resolve)
    await desk.receive(mail("Open!", message_id="x@x.example", subject="[#1]"))
    assert (await desk.ticket()).status is Status.RESOLVED
    entry = (await desk.entries())[-1]
    assert (entry.visibility, entry.flags) == (Visibility.PRIVATE, ("sender_unauthenticated",))


# --- copies -----------------------------------------------------------------------------------


async def test_a_reply_address_in_bcc_means_its_ticket_too(desk: Desk) -> None:
    """The mail comes once for each recipient, and no copy shows the others'."""
    got = await three_tickets(desk)
    other = (await desk.sent(HONG, 2))[0]
    content = answer(got, "About both.")
    first = await desk.receive(content, to=reply_address(got))
    second = await desk.receive(content, to=reply_address(other))
    assert (first.ticket, second.ticket) == (1, 2)
    for again in (reply_address(got), reply_address(other)):
        row = await desk.receive(content, to=again)
        assert (await desk.decision(row.id))["disposition"] == "duplicate"
    assert [(await desk.ticket(number)).messages for number in (1, 2)] == [2, 2]


async def test_a_new_mail_with_a_reply_address_in_bcc_is_on_both_tickets(desk: Desk) -> None:
    got = await acknowledged(desk)
    content = mail("New, and about the old one.", message_id="q3@customer.example")
    new = await desk.receive(content)
    old = await desk.receive(content, to=reply_address(got))
    assert (new.ticket, old.ticket) == (2, 1)


async def test_a_copy_of_what_opened_a_linked_ticket_opens_no_second(desk: Desk) -> None:
    """The 250 got lost, and the ticket that the token names was closed long ago."""
    got = await acknowledged(desk)

    def close(conn: Connection) -> None:
        table = tables.tickets
        closed = {"status": Status.CLOSED.value, "closed_at": desk.clock.now()}
        conn.execute(update(table).values(closed))

    await desk.store.write(close)
    await desk.clock.advance(31 * 24 * 3600)
    content = mail("And now?", message_id="q3@customer.example")
    first = await desk.receive(content, to=reply_address(got))
    again = await desk.receive(content, to=reply_address(got))
    assert (first.ticket, again.ticket) == (2, 2)
    assert len(await desk.tickets()) == 2


async def test_a_copy_by_another_address_and_another_way_is_the_same_mail(desk: Desk) -> None:
    """Bcc to two mailboxes: what delivery wrote on top differs, the mail does not."""
    await desk.receive(b"Delivered-To: support@acme.example\r\n" + mail())
    by_imap = b"Delivered-To: help@hangook.example\r\nX-Original-To: help@hangook.example\r\n"
    row = await desk.receive(by_imap + mail(), to=HELP_KO)
    assert (await desk.decision(row.id))["disposition"] == "duplicate"
    assert row.ticket == 1
    assert len(await desk.sent(HONG)) == 1


async def test_a_copy_that_comes_before_the_first_is_worked_on_waits_its_turn(desk: Desk) -> None:
    first = await desk.put(mail())
    second = await desk.put(mail(), to=SUPPORT)
    await desk.worker.drain()
    rows = [await desk.row(number) for number in (first, second)]
    assert [row.ticket for row in rows] == [1, 1]
    assert len(await desk.tickets()) == 1


async def test_what_a_list_or_a_relay_has_changed_is_kept_and_linked(desk: Desk) -> None:
    """Hong writes to the desk and to a list, which passes it on with a footer and a tag."""
    await desk.receive(mail())
    changed = mail(
        "My parcel has not come.\n--\nTo unsubscribe, write to leave@lists.example",
        subject="[users] Where is my parcel?",
        List_Id="<users.lists.example>",
    )
    row = await desk.receive(changed)
    assert row.ticket == 2
    assert (await desk.ticket(2)).linked == (1,)
    assert "same_id_other_content" in (await desk.entries(2))[0].flags
    assert len(await desk.sent(HONG, 1)) == 1
    assert await desk.sent(HONG, 2) == []


async def test_the_id_of_another_senders_mail_links_nothing(desk: Desk) -> None:
    """Programs that give all their mails one id, and people who copy one."""
    await desk.receive(mail())
    row = await desk.receive(mail("Something else.", from_="mallory@elsewhere.example"))
    assert row.ticket == 2
    assert (await desk.ticket(2)).linked == ()
