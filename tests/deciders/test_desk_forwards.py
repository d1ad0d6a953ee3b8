"""A customer's mail that an agent forwards becomes that customer's ticket."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP
from pathlib import Path

import pytest

from mailgate.mail.address import Address
from mailgate.model.directory import Agent
from mailgate.model.journal import JournalSummary
from mailgate.model.ticket import Direction, EntryKind, Role, Source, Status, Visibility
from tests.deciders.desk_world import ALICE, BOB, CAROL, body
from tests.deciders.inbound_world import (
    DONE,
    HONG,
    Desk,
    mail,
    open_desk,
    references,
    reply_address,
)

FORWARDED = """\
---------- Forwarded message ---------
From: Hong Gildong <hong@customer.example>
Date: Sun, Jan 4, 2026 at 9:00 AM
Subject: Where is my parcel?
To: <alice@acme.example>

It has not come.
"""
WRITTEN = datetime(2026, 1, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as made:
        await made.clock.advance(
            (datetime(2026, 1, 5, tzinfo=UTC) - made.clock.now()).total_seconds()
        )
        yield made


async def passes_on(
    place: Desk, words: str = "", *, agent: str = "alice@acme.example", **fields: str
) -> JournalSummary:
    given = {"from_": f"Alice Kim <{agent}>", "subject": "Fwd: Where is my parcel?"} | fields
    text = f"{words}\n\n{FORWARDED}" if words else FORWARDED
    return await comes(place, mail(text, message_id="f1@acme.example", **given), agent=agent)


async def comes(place: Desk, raw: bytes, *, agent: str = "alice@acme.example") -> JournalSummary:
    localpart, _, domain = agent.partition("@")
    return await place.receive(
        raw, reverse_path=Address(localpart, domain), trusted=True, authenticated=agent
    )


def attached(inner: EmailMessage, *, text: str = "", subject: str = "Fwd: parcel") -> bytes:
    """A mail with another one attached, as Thunderbird and Outlook do it."""
    outer = MIMEMultipart("mixed")
    outer["From"], outer["To"] = "Alice Kim <alice@acme.example>", "support@acme.example"
    outer["Subject"], outer["Message-ID"] = subject, "<f2@acme.example>"
    outer["Date"] = "Mon, 05 Jan 2026 09:00:00 +0000"
    outer.attach(MIMEText(text))
    part = MIMEMultipart("rfc822")
    part.attach(inner)
    part.set_type("message/rfc822")
    del part["MIME-Version"]
    outer.attach(part)
    return outer.as_bytes(policy=SMTP)


def inner(**fields: str) -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    given = {
        "From": "Hong Gildong <hong@customer.example>",
        "To": "alice@acme.example",
        "Subject": "Where is my parcel?",
        "Date": "Sun, 04 Jan 2026 09:00:00 +0000",
        "Message-ID": "<theirs@customer.example>",
    } | fields
    for name, value in given.items():
        made[name] = value
    made.set_content("It has not come.")
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="bill.pdf")
    return made


async def test_it_is_the_customers_ticket(place: Desk) -> None:
    row = await passes_on(place)
    assert row.state is DONE
    (ticket,) = await place.tickets()
    assert row.ticket == ticket.id
    assert (ticket.requester.address, ticket.requester.name) == (HONG, "Hong Gildong")
    assert (ticket.subject, ticket.source) == ("Where is my parcel?", Source.EMAIL)
    assert (ticket.status, ticket.waiting_since) == (Status.OPEN, place.clock.now())
    (entry,) = await place.entries()
    assert (entry.kind, entry.direction) == (EntryKind.MESSAGE, Direction.IN)
    assert (entry.visibility, entry.author.role) == (Visibility.PUBLIC, Role.REQUESTER)
    assert (entry.text, entry.at) == ("It has not come.", WRITTEN)
    assert entry.flags == ("passed_on_by_agent",)
    assert row.from_ == "alice@acme.example", "who sent it here"


async def test_the_others_are_told_and_nobody_outside(place: Desk) -> None:
    await passes_on(place)
    (delivery,) = await place.deliveries()
    assert (delivery.recipient, delivery.lane.value) == (BOB.address, "notification")
    told = body(await place.notification(BOB.address), "plain")
    assert "Hong Gildong <hong@customer.example> (passed on by a colleague)" in told
    assert "It has not come." in told
    (created, *_) = await place.events()
    assert created.actor == "alice@acme.example"


async def test_what_the_agent_wrote_is_a_note(place: Desk) -> None:
    """Without their signature; the customer's answer address never sees it."""
    await passes_on(place, "A good customer, be quick.\n\n-- \nAlice Kim\nAcme, 02-123-4567")
    customers, note = await place.entries()
    assert customers.text == "It has not come."
    assert (note.kind, note.visibility) == (EntryKind.NOTE, Visibility.PRIVATE)
    assert (note.text, note.author.address) == ("A good customer, be quick.", ALICE.address)
    question, told = await place.sent(BOB.address)
    assert "be quick" not in question.as_string(), "an answer to it goes to the customer"
    assert "be quick" in body(told, "plain")
    assert question["Message-ID"] != told["Message-ID"]
    assert {one.recipient for one in await place.deliveries()} == {BOB.address}


async def test_a_signature_alone_is_no_note(place: Desk) -> None:
    await passes_on(place, "-- \nAlice Kim\nAcme")
    assert len(await place.entries()) == 1


async def test_an_attached_mail(place: Desk) -> None:
    """Its files are on the ticket, and its Message-ID is known: an answer of ours answers it."""
    await comes(place, attached(inner(), text="See below."))
    ticket = await place.ticket()
    assert (ticket.requester.address, ticket.subject) == (HONG, "Where is my parcel?")
    customers, note = await place.entries()
    assert [one.filename for one in customers.attachments] == ["bill.pdf"]
    assert customers.message_id == "theirs@customer.example"
    assert note.text == "See below."
    await place.receive(
        mail("Still not.", message_id="2@customer.example", References="<theirs@customer.example>")
    )
    assert len(await place.tickets()) == 1


async def test_a_mail_that_is_on_a_ticket_already_is_a_note_there(place: Desk) -> None:
    await place.receive(mail(message_id="theirs@customer.example"))
    await comes(place, attached(inner(), text="Please look."))
    (ticket,) = await place.tickets()
    assert ticket.requester.address == HONG
    _, note = await place.entries()
    assert (note.kind, note.author.address) == (EntryKind.NOTE, ALICE.address)
    (told,) = [one for one in await place.sent(ALICE.address) if "was not sent" in one.as_string()]
    assert "It is a note on the ticket" in body(told, "plain").replace("\n", " ")


async def test_in_a_text_nobody_can_tell_that_it_is_the_same(place: Desk) -> None:
    await place.receive(mail("It has not come.", message_id="theirs@customer.example"))
    await passes_on(place)
    assert [one.requester.address for one in await place.tickets()] == [HONG, HONG]


async def test_an_invented_mail_with_the_id_of_somebodys_is_not_theirs(place: Desk) -> None:
    """Whoever sends an agent a mail chooses its id: what the agent makes of it is made of that
    mail, and not of the ticket of whoever has written under this id."""
    await place.receive(mail(message_id="theirs@customer.example"))
    forged = inner()
    del forged["From"]
    forged["From"] = "Mallory <mallory@evil.example>"
    await comes(place, attached(forged, text="#spam"))
    theirs, invented = await place.tickets()
    assert (theirs.spam, theirs.status, theirs.messages) == (False, Status.OPEN, 1)
    assert (invented.spam, str(invented.requester.address)) == (True, "mallory@evil.example")
    again = mail(
        "Still nothing.", message_id="2@c.example", In_Reply_To="<theirs@customer.example>"
    )
    assert (await place.receive(again)).ticket == theirs.id


async def test_commands_above_it_are_obeyed(place: Desk) -> None:
    await passes_on(place, "#assign bob\n#tag vip\n\nBe quick.")
    ticket = await place.ticket()
    assert (ticket.assignee, ticket.tags) == (BOB.address, ("vip",))
    _, note = await place.entries()
    assert note.text == "Be quick."


async def test_commands_that_cannot_be_are_told_and_the_ticket_is_there(place: Desk) -> None:
    await passes_on(place, "#tag vip\n#assign zoe\n\nBe quick.")
    ticket = await place.ticket()
    assert (ticket.requester.address, ticket.assignee, ticket.tags) == (HONG, None, ())
    _, note = await place.entries()
    assert note.text == "#tag vip\n#assign zoe\n\nBe quick."
    (told,) = await place.sent(ALICE.address)
    assert "no colleague has this name" in body(told, "plain")
    assert body(told, "plain").startswith("##- Your reply becomes an internal note")
    assert "To have it done, answer this mail" in body(told, "plain")
    answer = mail(
        "#tag vip\n#assign bob",
        from_=str(ALICE.address),
        subject=f"Re: {told['Subject']}",
        message_id="again@acme.example",
        **references(told),
    )
    await place.receive(answer, to=reply_address(told), reverse_path=ALICE.address)
    ticket = await place.ticket()
    assert (ticket.assignee, ticket.tags) == (BOB.address, ("vip",))


async def test_a_name_in_the_note_that_two_have_is_told_its_author(place: Desk) -> None:
    known = place.context.directory
    other = Agent(Address("lee", "acme.example"), "Alice Lee")
    agents = {**known.agents, other.address.key: other}
    place.context = replace(place.context, directory=replace(known, agents=agents))
    await passes_on(place, "@Alice, can you see to it?")
    assert await place.sent(other.address) == []
    (told,) = await place.sent(ALICE.address)
    assert "More than one colleague is called @alice" in body(told, "plain")


async def test_acknowledged_where_that_is_wanted(place: Desk) -> None:
    """`[agents] acknowledge_forwarded`: a neutral one, by the budget of the customer's address."""
    place.set_policy(acknowledge_forwarded=True)
    await passes_on(place)
    (got,) = await place.sent(HONG)
    assert got["Auto-Submitted"] == "auto-replied"
    assert "[#1]" in got["Subject"]
    for word in ("Alice", "Where is my parcel"):
        assert word not in got.as_string(), "nothing proves the customer"
    place.set_policy(acknowledgements_per_address_per_day=1)
    await passes_on(place, "Another one.")
    assert len(await place.sent(HONG, 2)) == 0


async def test_where_it_makes_no_requester(place: Desk) -> None:
    """`[agents] forward_makes_requester = false`."""
    place.set_policy(forward_makes_requester=False)
    await passes_on(place)
    assert (await place.ticket()).requester.address == ALICE.address


async def test_only_proven_agents_pass_on(place: Desk) -> None:
    """A collaborator's forward is their own ticket, a stranger's is theirs; who is not proven is
    set aside."""
    await passes_on(place, agent=str(CAROL.address))
    assert (await place.ticket(1)).requester.address == CAROL.address
    raw = mail(FORWARDED, from_="Kim <kim@customer.example>", subject="Fwd: parcel")
    await place.receive(raw)
    assert (await place.ticket(2)).requester.address == Address("kim", "customer.example")
    row = await place.receive(
        mail(FORWARDED, from_="Alice Kim <alice@acme.example>", subject="Fwd: x", message_id="z@z")
    )
    assert row.cause == "agent_not_proven"


@pytest.mark.parametrize(
    "sender", ["Bob <bob@acme.example>", "Acme <support@acme.example>", "Hong Gildong"]
)
async def test_of_a_colleague_ourselves_or_nobody_it_is_the_agents(
    place: Desk, sender: str
) -> None:
    text = FORWARDED.replace("Hong Gildong <hong@customer.example>", sender)
    await comes(place, mail(text, from_="Alice Kim <alice@acme.example>", subject="Fwd: parcel"))
    assert (await place.ticket()).requester.address == ALICE.address


@pytest.mark.parametrize(
    "date", ["Sun, 04 Jan 2099 09:00:00 +0000", "Thu, 01 Jan 1970 00:00:00 +0000"]
)
async def test_a_date_that_cannot_be_is_that_of_arrival(place: Desk, date: str) -> None:
    await comes(place, attached(inner(Date=date)))
    (entry,) = await place.entries()
    assert entry.at == place.clock.now()


async def test_our_answer_goes_to_the_customer(place: Desk) -> None:
    """Who answers the notification writes to the customer, and nothing of the agent who passed it
    on goes along."""
    await passes_on(place, "A good customer.")
    question, _ = await place.sent(BOB.address)
    spec = question["Reply-To"].addresses[0]
    await place.receive(
        mail(
            "It comes tomorrow.",
            from_="Bob Lee <bob@acme.example>",
            to=spec.addr_spec,
            message_id="b@acme.example",
            In_Reply_To=str(question["Message-ID"]),
        ),
        to=Address(spec.username, spec.domain),
        reverse_path=BOB.address,
    )
    (got,) = await place.sent(HONG)
    seen = got.as_string().lower()
    assert "it comes tomorrow." in seen
    for word in ("alice", "good customer", "f1@acme.example", "bob@"):
        assert word not in seen


async def test_whose_mail_cannot_be_read_is_told(place: Desk) -> None:
    """Exchange writes a name alone."""
    text = FORWARDED.replace("Hong Gildong <hong@customer.example>", "Hong Gildong")
    subject = "Fwd: parcel"
    await comes(place, mail(text, from_="Alice Kim <alice@acme.example>", subject=subject))
    assert (await place.ticket()).requester.address == ALICE.address
    told = [one["subject"] for one in await place.about_no_ticket(ALICE.address)]
    assert told == ["[#1] is open in your name: whose mail you passed on cannot be read"]
