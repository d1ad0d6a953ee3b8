"""A mail is worked on: what it does to tickets, and which mails it causes. With a real store."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest

from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Direction, EntryKind, EventKind, Role, Status, Visibility
from mailgate.store import journal, tickets
from mailgate.store.core import Connection
from mailgate.store.tables import tickets as tickets_table
from mailgate.store.tickets import TicketChange
from tests.deciders.desk_world import ALICE, BOB, CAROL, HELP_KO, SUPPORT, everything_in
from tests.deciders.inbound_world import (
    DONE,
    HONG,
    NULL,
    QUARANTINED,
    Desk,
    mail,
    open_desk,
    references,
    reply_address,
)

PARK = Address("park", "customer.example")
AUTHENTICATED = "mx.acme.example; dmarc=pass header.from=customer.example"
FORGED = "mx.acme.example; dmarc=fail header.from=customer.example"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as place:
        place.set_policy(trusted_authserv_ids=frozenset({"mx.acme.example"}))
        yield place


# --- a new mail -------------------------------------------------------------------------------


async def test_a_new_mail_opens_a_ticket(desk: Desk) -> None:
    row = await desk.receive(mail(subject="Re: [#77] Where is my parcel?"))
    assert (row.state, row.ticket, row.from_) == (DONE, 1, "hong@customer.example")
    ticket = await desk.ticket()
    assert ticket.subject == "Where is my parcel?"
    assert ticket.status is Status.OPEN
    assert (ticket.address, ticket.group) == (SUPPORT, "support")
    assert (ticket.requester.name, ticket.requester.address) == ("Hong", HONG)
    assert ticket.messages == 1
    (entry,) = await desk.entries()
    assert entry.kind is EntryKind.MESSAGE
    assert (entry.direction, entry.visibility) == (Direction.IN, Visibility.PUBLIC)
    assert (entry.author.address, entry.author.role) == (HONG, Role.REQUESTER)
    assert entry.text.strip() == "My parcel has not come."
    assert (entry.message_id, entry.journal) == ("q1@customer.example", row.id)
    (created,) = await desk.events()
    assert created.kind is EventKind.CREATED
    assert created.detail["addresses"] == "support@acme.example"


async def test_agents_of_the_group_are_told_and_the_requester_gets_an_answer(desk: Desk) -> None:
    await desk.receive(mail())
    deliveries = await desk.deliveries()
    told = {str(d.recipient): d.lane.value for d in deliveries}
    assert told == {
        "alice@acme.example": "notification",
        "bob@acme.example": "notification",
        "hong@customer.example": "acknowledgement",
    }
    assert desk.woken, "the sender is told that there is something to send"
    assert sorted(desk.reports.queued_lanes) == ["acknowledgement", "notification", "notification"]
    (entry,) = await desk.entries()
    assert {d.entry for d in deliveries if d.lane.value == "notification"} == {entry.id}


async def test_the_answer_says_nothing_of_theirs_to_those_of_whom_nothing_is_known(
    desk: Desk,
) -> None:
    await desk.receive(mail(subject="EVIL WORDS", from_="EVIL NAME <hong@customer.example>"))
    (answer,) = await desk.sent(HONG)
    assert "[#1]" in answer["Subject"]
    assert b"evil" not in everything_in(answer.as_bytes())


async def test_the_answer_has_the_subject_for_those_who_are_who_they_say(desk: Desk) -> None:
    raw = f"Authentication-Results: {AUTHENTICATED}\r\n".encode() + mail(subject="My own words")
    await desk.receive(raw, trusted=True)
    (answer,) = await desk.sent(HONG)
    assert "My own words" in answer["Subject"]


@pytest.mark.parametrize(
    "changes",
    [
        {"Authentication_Results": FORGED},
        {"Precedence": "bulk"},
        {"Auto_Submitted": "auto-generated"},
        {"from_": "hong@customer.example, other@customer.example"},
    ],
    ids=["forged", "bulk", "generated", "two senders"],
)
async def test_who_gets_a_ticket_and_no_answer(desk: Desk, changes: dict[str, str]) -> None:
    fields = dict(changes)
    results = fields.pop("Authentication_Results", None)
    top = b"" if results is None else f"Authentication-Results: {results}\r\n".encode()
    row = await desk.receive(top + mail(**fields), trusted=True)
    assert row.ticket == 1
    assert await desk.lanes() == ["notification", "notification"]


async def test_an_address_gets_so_many_answers_in_a_day(desk: Desk) -> None:
    desk.set_policy(acknowledgements_per_address_per_day=2)
    for number in range(1, 4):
        await desk.receive(mail(message_id=f"q{number}@customer.example"))
    assert [len(await desk.sent(HONG, number)) for number in (1, 2, 3)] == [1, 1, 0]
    assert [event.kind for event in await desk.events(3)] == [
        EventKind.CREATED,
        EventKind.SUPPRESSED,
    ]
    assert desk.reports.suppressions == ["acknowledgement_budget"]
    await desk.clock.advance(24 * 3600 + 300)
    await desk.receive(mail(message_id="q4@customer.example"))
    assert len(await desk.sent(HONG, 4)) == 1


async def strangers(desk: Desk, *senders: str) -> list[int]:
    """A first mail from each: how many acknowledgements each of them got."""
    before = len(desk.reports.processed_as)
    for number, sender in enumerate(senders, start=before + 1):
        await desk.receive(mail(from_=sender, message_id=f"s{number}@x.example"))
    return [
        len(await desk.sent(Address(*sender.split("@")), number))
        for number, sender in enumerate(senders, start=before + 1)
    ]


async def test_strangers_get_so_many_answers_in_an_hour_in_all(desk: Desk) -> None:
    """Whoever sends from a new address each time would otherwise have no budget at all."""
    desk.set_policy(neutral_acknowledgements_per_hour=2)
    assert await strangers(desk, "a@a.example", "b@b.example", "c@c.example") == [1, 1, 0]
    assert [event.kind for event in await desk.events(3)] == [
        EventKind.CREATED,
        EventKind.SUPPRESSED,
    ]
    assert desk.reports.suppressions == ["acknowledgement_budget"]
    await desk.clock.advance(3601)
    assert await strangers(desk, "d@d.example") == [1]


async def test_strangers_of_an_organisation_get_so_many_answers_in_an_hour(desk: Desk) -> None:
    desk.set_policy(neutral_acknowledgements_per_domain_per_hour=2)
    senders = ("a@one.example", "b@sub.one.example", "c@One.example", "a@two.example")
    assert await strangers(desk, *senders) == [1, 1, 0, 1]


async def test_customers_of_a_mail_provider_have_a_share_of_their_own(desk: Desk) -> None:
    """They have nothing to do with each other; and forged ones leave something for the rest."""
    desk.set_policy(
        neutral_acknowledgements_per_hour=4,
        neutral_acknowledgements_per_domain_per_hour=1,
        neutral_acknowledgements_per_provider_per_hour=3,
    )
    senders = ("a@gmail.com", "b@gmail.com", "c@gmail.com", "d@gmail.com", "e@one.example")
    assert await strangers(desk, *senders) == [1, 1, 1, 0, 1]


async def test_a_proven_sender_is_answered_whatever_strangers_used_up(desk: Desk) -> None:
    desk.set_policy(
        trusted_authserv_ids=frozenset({"mx.acme.example"}),
        neutral_acknowledgements_per_hour=1,
        neutral_acknowledgements_per_domain_per_hour=1,
    )
    assert await strangers(desk, "a@customer.example", "b@customer.example") == [1, 0]
    proven = b"Authentication-Results: mx.acme.example; dmarc=pass header.from=customer.example\r\n"
    await desk.receive(proven + mail(message_id="p@customer.example"), trusted=True)
    assert len(await desk.sent(HONG, 3)) == 1


async def test_an_address_that_does_not_answer(desk: Desk) -> None:
    supports = dict(desk.context.directory.supports)
    supports[SUPPORT.key] = replace(supports[SUPPORT.key], acknowledge=False)
    directory = replace(desk.context.directory, supports=supports)
    desk.context = replace(desk.context, directory=directory)
    await desk.receive(mail())
    assert await desk.lanes() == ["notification", "notification"]


async def test_who_else_was_written_to_takes_part(desk: Desk) -> None:
    """Neither we nor the agents are participants; the requester is no participant either."""
    everybody = "support@acme.example, Park <park@customer.example>, alice.kim@gmail.example"
    await desk.receive(mail(to=everybody, Cc="hong@customer.example, PARK@customer.example"))
    assert [address.key for address in (await desk.ticket()).cc] == [PARK.key]


async def test_there_are_at_most_fifty_participants(desk: Desk) -> None:
    crowd = ", ".join(f"p{number}@customer.example" for number in range(80))
    await desk.receive(mail(Cc=crowd))
    assert len((await desk.ticket()).cc) == 50


async def test_a_mail_to_two_support_addresses_is_one_ticket(desk: Desk) -> None:
    await desk.receive(mail(), also_to=(HELP_KO,))
    assert len(await desk.tickets()) == 1
    (created,) = await desk.events()
    assert created.detail["addresses"] == "support@acme.example, help@hangook.example"


async def test_a_sender_that_nobody_can_read_still_opens_a_ticket(desk: Desk) -> None:
    row = await desk.receive(mail(from_="nobody at all"))
    assert row.ticket == 1
    assert str((await desk.ticket()).requester.address) == "unknown@unknown.invalid"
    assert await desk.lanes() == ["notification", "notification"]


async def test_a_text_that_was_cut_away_whole_is_kept_whole(desk: Desk) -> None:
    quoted = "On Mon, 5 Jan 2026, Acme wrote:\n> everything in this mail\n> is quoted"
    await desk.receive(mail(quoted))
    (entry,) = await desk.entries()
    assert "everything in this mail" in entry.text


# --- the customer writes again ----------------------------------------------------------------


async def test_an_answer_to_the_acknowledgement_lands_on_the_ticket(desk: Desk) -> None:
    await desk.receive(mail())
    (answer,) = await desk.sent(HONG)
    await desk.receive(mail("It came.", message_id="q2@customer.example"), to=reply_address(answer))
    assert [entry.text.strip() for entry in await desk.entries()] == [
        "My parcel has not come.",
        "It came.",
    ]
    assert len(await desk.sent(HONG)) == 1, "one acknowledgement for a ticket"


async def test_an_answer_that_lost_its_address_is_known_by_our_id(desk: Desk) -> None:
    await desk.receive(mail())
    (answer,) = await desk.sent(HONG)
    again = mail("It came.", message_id="q2@customer.example", subject="x", **references(answer))
    row = await desk.receive(again)
    assert row.ticket == 1
    assert "matched_own_id" in (await desk.decision(row.id))["reasons"]


async def test_an_answer_to_their_own_mail_is_known_by_its_id(desk: Desk) -> None:
    await desk.receive(mail())
    again = mail(message_id="q2@customer.example", In_Reply_To="<q1@customer.example>")
    row = await desk.receive(again)
    assert row.ticket == 1
    assert "matched_stored_id" in (await desk.decision(row.id))["reasons"]


async def test_an_answer_with_the_number_alone_is_known_by_it(desk: Desk) -> None:
    await desk.receive(mail())
    row = await desk.receive(mail(message_id="q2@customer.example", subject="회신: [#1] parcel"))
    assert row.ticket == 1
    assert (await desk.ticket()).messages == 2


async def test_a_stranger_with_the_number_gets_a_ticket_of_their_own(desk: Desk) -> None:
    await desk.receive(mail())
    row = await desk.receive(
        mail(from_="m@elsewhere.example", message_id="m1@elsewhere.example", subject="[#1] hello")
    )
    assert row.ticket == 2
    assert (await desk.ticket(2)).linked == (1,)
    assert (await desk.ticket(1)).messages == 1


async def test_a_stranger_with_a_token_is_heard_in_private_and_takes_no_part(desk: Desk) -> None:
    await desk.receive(mail())
    (answer,) = await desk.sent(HONG)
    forwarded = mail(
        "I was forwarded this.",
        from_="m@elsewhere.example",
        message_id="m1@elsewhere.example",
        Cc="n@elsewhere.example",
    )
    await desk.receive(forwarded, to=reply_address(answer))
    _, entry = await desk.entries()
    assert entry.visibility is Visibility.PRIVATE
    assert entry.author.role is Role.STRANGER
    assert entry.flags == ("sender_is_stranger",)
    assert (await desk.ticket()).cc == ()
    assert await desk.lanes() == ["acknowledgement", *["notification"] * 4]


async def test_a_forged_requester_is_heard_in_private_and_reopens_nothing(desk: Desk) -> None:
    await desk.receive(mail())
    await set_status(desk, Status.RESOLVED)
    top = f"Authentication-Results: {FORGED}\r\n".encode()
    forged = mail(message_id="q2@customer.example", subject="[#1] x")
    await desk.receive(top + forged, trusted=True)
    _, entry = await desk.entries()
    assert entry.visibility is Visibility.PRIVATE
    assert "sender_unauthenticated" in entry.flags
    assert (await desk.ticket()).status is Status.RESOLVED


async def set_status(desk: Desk, status: Status) -> None:
    def change(conn: Connection) -> None:
        tickets.update(conn, TicketId(1), TicketChange(status=status), desk.clock.now())

    await desk.store.write(change)


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (Status.PENDING, EventKind.STATUS),
        (Status.RESOLVED, EventKind.REOPENED),
        (Status.CLOSED, EventKind.REOPENED),
    ],
)
async def test_a_customers_word_opens_the_ticket_again(
    desk: Desk, status: Status, event: EventKind
) -> None:
    await desk.receive(mail())
    await set_status(desk, status)
    answered = {"In_Reply_To": "<q1@customer.example>"}
    await desk.receive(mail(message_id="q2@customer.example", subject="not here", **answered))
    assert (await desk.ticket()).status is Status.OPEN
    (opened,) = [one for one in await desk.events() if one.kind is event]
    assert dict(opened.detail) == {"from": status.value, "to": "open"}


async def test_what_was_closed_long_ago_gives_a_new_ticket(desk: Desk) -> None:
    await desk.receive(mail())
    await set_status(desk, Status.CLOSED)
    await desk.clock.advance(timedelta(days=31).total_seconds())
    row = await desk.receive(mail(message_id="q2@customer.example", subject="[#1] and now?"))
    assert row.ticket == 2
    assert (await desk.ticket(2)).linked == (1,)
    assert (await desk.ticket(1)).status is Status.CLOSED


async def test_the_one_who_has_the_ticket_is_told_and_not_the_whole_group(desk: Desk) -> None:
    await desk.receive(mail())

    def assign(conn: Connection) -> None:
        change = TicketChange(assignee=BOB.address)
        tickets.update(conn, TicketId(1), change, desk.clock.now())

    await desk.store.write(assign)
    await desk.receive(mail(message_id="q2@customer.example", subject="[#1] x"))
    assert len(await desk.sent(BOB.address)) == 2
    assert len(await desk.sent(ALICE.address)) == 1


async def test_a_merged_ticket_is_followed(desk: Desk) -> None:
    await desk.receive(mail())
    await desk.receive(mail(message_id="q2@customer.example", subject="another"))

    def merge(conn: Connection) -> None:
        merged = tickets_table.update().where(tickets_table.c.id == 1)
        conn.execute(merged.values(merged_into=2))

    await desk.store.write(merge)
    row = await desk.receive(mail(message_id="q3@customer.example", subject="[#1] x"))
    assert row.ticket == 2
    assert "followed_merge" in (await desk.decision(row.id))["reasons"]


# --- an agent answers from their own mailbox --------------------------------------------------


def quoted(message: EmailMessage) -> str:
    """The mail under the answer, as clients put it there."""
    body = message.get_body(("plain",))
    assert body is not None
    lines = "\n".join(f"> {line}" for line in body.get_content().splitlines())
    return f"\n\nOn Mon, 5 Jan 2026 at 10:00, Hong (Acme Support) wrote:\n{lines}"


async def agent_answers(
    desk: Desk, text: str, *, message_id: str = "a1@acme.example", **fields: str
) -> None:
    notification = await desk.notification()
    answer = mail(
        text + quoted(notification),
        from_="Alice Kim <alice@acme.example>",
        to=str(reply_address(notification)),
        subject=f"Re: {notification['Subject']}",
        message_id=message_id,
        **references(notification),
        **fields,
    )
    await desk.receive(answer, to=reply_address(notification), reverse_path=ALICE.address)


async def test_an_agents_answer_goes_to_the_customer_from_the_support_address(desk: Desk) -> None:
    await desk.receive(mail())
    await desk.clock.advance(600)
    await agent_answers(desk, "It comes tomorrow.", X_Mailer="AliceMail 1.0")
    _, entry = await desk.entries()
    assert (entry.kind, entry.direction) == (EntryKind.MESSAGE, Direction.OUT)
    assert entry.visibility is Visibility.PUBLIC
    assert (entry.author.address, entry.author.role) == (ALICE.address, Role.AGENT)
    assert entry.text.strip() == "It comes tomorrow."
    _, answer = await desk.sent(HONG)
    assert answer["From"].addresses[0].addr_spec == "support@acme.example"
    assert entry.message_id == answer["Message-ID"].strip().strip("<>")
    body = answer.get_body(("plain",))
    assert body is not None
    assert "It comes tomorrow." in body.get_content()
    for theirs in (b"alice@acme.example", b"a1@acme.example", b"alicemail", b"wrote:"):
        assert theirs not in everything_in(answer.as_bytes())


async def test_the_first_answer_is_timed(desk: Desk) -> None:
    await desk.receive(mail())
    await desk.clock.advance(600)
    await agent_answers(desk, "It comes tomorrow.")
    answered = desk.clock.now()
    assert (await desk.ticket()).first_response_at == answered
    assert desk.reports.first_responses == [600]
    await desk.clock.advance(600)
    await agent_answers(desk, "Or the day after.", message_id="a2@acme.example")
    assert (await desk.ticket()).first_response_at == answered
    assert desk.reports.first_responses == [600]


async def test_the_answer_carries_on_the_conversation_that_the_customer_knows(desk: Desk) -> None:
    await desk.receive(mail())
    await agent_answers(desk, "It comes tomorrow.")
    _, answer = await desk.sent(HONG)
    assert "<q1@customer.example>" in answer["References"]
    notification = await desk.notification()
    assert notification["Message-ID"] not in answer["References"]


async def test_the_other_agents_get_no_copy_of_an_answer(desk: Desk) -> None:
    await desk.receive(mail())
    await agent_answers(desk, "It comes tomorrow.")
    assert len(await desk.sent(BOB.address)) == 1
    assert len(await desk.sent(ALICE.address)) == 1


async def test_participants_get_the_answer_too(desk: Desk) -> None:
    await desk.receive(mail(Cc="park@customer.example"))
    await agent_answers(desk, "It comes tomorrow.")
    assert len(await desk.sent(PARK)) == 1


async def test_the_customers_answer_to_the_answer_comes_back_to_the_agents(desk: Desk) -> None:
    await desk.receive(mail())
    await agent_answers(desk, "It comes tomorrow.")
    _, answer = await desk.sent(HONG)
    await desk.receive(
        mail("Thank you!", message_id="q2@customer.example", **references(answer)),
        to=reply_address(answer),
    )
    assert [entry.text.strip() for entry in await desk.entries()][-1] == "Thank you!"
    body = (await desk.notification()).get_body(("plain",))
    assert body is not None
    assert "Thank you!" in body.get_content()


async def test_a_colleague_who_answers_the_agents_own_mail_finds_the_ticket(desk: Desk) -> None:
    """Alice wrote to Bob in copy; Bob answers her mail, whose id only her mailbox gave."""
    await desk.receive(mail())
    await agent_answers(desk, "It comes tomorrow.")
    colleague = mail(
        "And with a discount.",
        from_="bob@acme.example",
        message_id="b1@acme.example",
        In_Reply_To="<a1@acme.example>",
    )
    row = await desk.receive(colleague, authenticated=BOB.address.key)
    assert row.ticket == 1
    assert len(await desk.sent(HONG)) == 3


async def test_a_note_stays_inside(desk: Desk) -> None:
    """An answer to what is private is private, and goes to the colleagues as such."""
    desk.set_policy(reply_is_public=False)
    await desk.receive(mail())
    await agent_answers(desk, "This customer is difficult.")
    _, note = await desk.entries()
    assert (note.kind, note.visibility) == (EntryKind.NOTE, Visibility.PRIVATE)
    assert len(await desk.sent(HONG)) == 1, "the acknowledgement alone"
    told = await desk.sent(BOB.address)
    assert len(told) == 2
    assert len(await desk.sent(ALICE.address)) == 1
    desk.set_policy(reply_is_public=True)
    answer_to_note = mail(
        "He is.",
        from_="bob@acme.example",
        to=str(reply_address(told[-1])),
        message_id="b1@acme.example",
    )
    await desk.receive(answer_to_note, to=reply_address(told[-1]))
    assert (await desk.entries())[-1].kind is EntryKind.NOTE
    assert len(await desk.sent(HONG)) == 1


async def test_a_forged_agent_is_set_aside(desk: Desk) -> None:
    await desk.receive(mail())
    forged = mail(from_="alice@acme.example", message_id="x@evil.example", subject="[#1] hello")
    row = await desk.receive(forged)
    assert (row.state, row.cause) == (QUARANTINED, "agent_not_proven")
    assert desk.reports.quarantines == ["agent_not_proven"]
    assert (await desk.ticket()).messages == 1
    told = [{"kind": "notification", "recipient": "alice@acme.example"}]
    assert (await desk.decision(row.id))["would_send"] == told, "who may have written it"


async def test_one_agents_token_is_no_use_to_another(desk: Desk) -> None:
    await desk.receive(mail())
    alices = reply_address(await desk.notification(ALICE.address))
    row = await desk.receive(mail(from_="bob@acme.example", message_id="b@acme.example"), to=alices)
    assert row.cause == "agent_not_proven"


async def test_an_agent_answers_from_another_of_their_mailboxes(desk: Desk) -> None:
    await desk.receive(mail())
    notification = await desk.notification()
    answer = mail("Soon.", from_="alice.kim@gmail.example", message_id="a9@gmail.example")
    await desk.receive(answer, to=reply_address(notification))
    assert len(await desk.sent(HONG)) == 2
    entry = (await desk.entries())[-1]
    assert (entry.author.address, entry.author.name) == (ALICE.address, "Alice Kim")
    assert len(await desk.sent(ALICE.address)) == 1, "nobody is told of their own words"


async def test_an_answer_without_a_word_goes_to_nobody_outside(desk: Desk) -> None:
    """All that it holds is our own notification, and that is nothing for the customer."""
    await desk.receive(mail())
    await agent_answers(desk, "")
    assert len(await desk.sent(HONG)) == 1, "the acknowledgement alone"
    note = (await desk.entries())[-1]
    assert (note.kind, note.visibility) == (EntryKind.NOTE, Visibility.PRIVATE)
    assert "wrote:" in note.text
    assert (await desk.ticket()).first_response_at is None
    assert desk.reports.suppressions == ["empty_answer"]
    assert (await desk.events())[-1].detail == {"what": "reply", "why": "empty_answer"}


async def test_a_collaborators_word_is_a_note(desk: Desk) -> None:
    await desk.receive(mail())
    word = mail(from_="carol@partner.example", message_id="c@partner.example", subject="[#1] x")
    await desk.receive(word, authenticated=CAROL.address.key)
    assert (await desk.entries())[-1].kind is EntryKind.NOTE
    assert len(await desk.sent(HONG)) == 1


# --- machines, copies, loops ------------------------------------------------------------------


async def test_an_out_of_office_is_kept_and_moves_nothing(desk: Desk) -> None:
    await desk.receive(mail())
    (answer,) = await desk.sent(HONG)
    await set_status(desk, Status.RESOLVED)
    before = await desk.lanes()
    away = mail("I am away.", message_id="o@customer.example", Auto_Submitted="auto-replied")
    await desk.receive(away, to=reply_address(answer), reverse_path=NULL)
    assert (await desk.entries())[-1].kind is EntryKind.AUTO_REPLY
    assert (await desk.ticket()).status is Status.RESOLVED
    assert await desk.lanes() == before


async def test_an_out_of_office_about_nothing_is_set_aside(desk: Desk) -> None:
    row = await desk.receive(mail(Auto_Submitted="auto-replied"), reverse_path=NULL)
    assert (row.state, row.cause) == (QUARANTINED, "automated_without_ticket")
    assert await desk.tickets() == []


async def test_what_a_customer_says_through_a_list_is_told_to_the_agents(desk: Desk) -> None:
    await desk.receive(mail())
    through = mail(
        "It came.",
        message_id="q2@customer.example",
        subject="[#1] parcel",
        Precedence="list",
        List_Id="<family.customer.example>",
    )
    await desk.receive(through)
    assert (await desk.entries())[-1].kind is EntryKind.AUTO_REPLY
    assert len(await desk.sent(ALICE.address)) == 2
    assert len(await desk.sent(HONG)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"Auto_Submitted": "auto-generated"},
        {"X_Auto_Response_Suppress": "All"},
        {"X_Loop": "forms@customer.example"},
        {"X_Zendesk_From_Account_Id": "4f1a"},
    ],
    ids=["auto-generated", "suppress", "loop", "zendesk"],
)
async def test_a_weak_sign_of_a_machine_hides_no_word_of_a_customer(
    desk: Desk, fields: dict[str, str]
) -> None:
    await desk.receive(mail())
    await set_status(desk, Status.RESOLVED)
    written = mail(
        "It still does not work.",
        message_id="q2@customer.example",
        In_Reply_To="<q1@customer.example>",
        **fields,
    )
    row = await desk.receive(written)
    assert "automated" in (await desk.decision(row.id))["reasons"]
    entry = (await desk.entries())[-1]
    assert (entry.kind, entry.visibility) == (EntryKind.MESSAGE, Visibility.PUBLIC)
    assert (await desk.ticket()).status is Status.RESOLVED, (
        "what may be a machine's reopens nothing"
    )
    assert len(await desk.sent(ALICE.address)) == 2, "the agents are told of both mails"
    assert len(await desk.sent(HONG)) == 1, "the first mail alone is acknowledged"


async def test_a_first_mail_of_a_form_opens_a_ticket_and_is_not_acknowledged(desk: Desk) -> None:
    await desk.receive(mail(Auto_Submitted="auto-generated"))
    assert len(await desk.tickets()) == 1
    assert len(await desk.sent(ALICE.address)) == 1
    assert not await desk.sent(HONG)


async def test_the_same_mail_twice_is_one_message(desk: Desk) -> None:
    first = await desk.receive(mail())
    again = await desk.receive(b"Received: by another hop\r\n" + mail())
    assert (again.state, again.ticket) == (DONE, 1)
    assert (await desk.decision(again.id))["disposition"] == "duplicate"
    assert (await desk.ticket()).messages == 1
    assert len(await desk.events()) == 1, "a resend by the same address is no news"
    assert first.id != again.id


async def test_a_copy_by_another_support_address_is_noted(desk: Desk) -> None:
    await desk.receive(mail())
    await desk.receive(mail(), to=HELP_KO)
    assert len(await desk.tickets()) == 1
    *_, noted = await desk.events()
    assert noted.kind is EventKind.DUPLICATE
    assert noted.detail["addresses"] == "support@acme.example, help@hangook.example"


async def test_the_same_bytes_after_the_window_are_a_new_mail(desk: Desk) -> None:
    await desk.receive(mail())
    await desk.clock.advance(timedelta(days=8).total_seconds())
    await desk.receive(mail())
    assert len(await desk.tickets()) == 2


async def test_the_same_id_with_other_words_is_another_mail_and_flagged(desk: Desk) -> None:
    await desk.receive(mail())
    await desk.receive(mail("Something else."))
    assert len(await desk.tickets()) == 2
    (entry,) = await desk.entries(2)
    assert entry.flags == ("same_id_other_content",)


async def test_our_own_mail_come_back_is_suppressed(desk: Desk) -> None:
    await desk.receive(mail())
    (answer,) = await desk.sent(HONG)
    row = await desk.receive(answer.as_bytes(), reverse_path=NULL)
    assert (row.state, row.ticket) == (DONE, 1)
    assert (await desk.decision(row.id))["disposition"] == "suppress"
    assert desk.reports.suppressions == ["own_mail"]
    assert (await desk.ticket()).messages == 1


async def test_mail_from_a_support_address_is_kept_without_an_answer(desk: Desk) -> None:
    row = await desk.receive(mail(from_="help@hangook.example"))
    assert (row.state, row.cause) == (QUARANTINED, "from_support_address")
    assert (await desk.decision(row.id))["reasons"] == ["from_support_address"]
    assert await desk.tickets() == []


async def test_a_report_of_a_failed_delivery_stands_on_the_ticket(desk: Desk) -> None:
    await desk.receive(mail())
    bounced = next(d for d in await desk.deliveries() if d.recipient == ALICE.address)

    def reverse_path(conn: Connection) -> str:
        sql = (
            "SELECT deliveries.reverse_path FROM deliveries JOIN outbound"
            " ON outbound.id = deliveries.outbound WHERE message_id = ?"
        )
        found = conn.exec_driver_sql(sql, (bounced.message_id,)).scalar_one()
        return str(found)

    localpart, _, domain = (await desk.store.read(reverse_path)).partition("@")
    report = (
        b"From: MAILER-DAEMON@mx.example\r\nTo: support@acme.example\r\n"
        b"Subject: Undelivered\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nNo such mailbox.\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: dns; mx.example\r\n\r\n"
        b"Final-Recipient: rfc822; alice@acme.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        b"--b--\r\n"
    )
    before = await desk.lanes()
    row = await desk.receive(report, to=Address(localpart, domain), reverse_path=NULL)
    assert row.ticket == 1
    last = (await desk.entries())[-1]
    assert (last.kind, last.author.role) == (EntryKind.BOUNCE, Role.SYSTEM)
    assert await desk.lanes() == before


# --- the decision is kept ---------------------------------------------------------------------


async def test_the_decision_is_stored_in_the_shape_of_explain(desk: Desk) -> None:
    row = await desk.receive(mail())
    assert await desk.decision(row.id) == {
        "disposition": "open_ticket",
        "reasons": ["new_conversation", "sender_is_requester", "sender_unauthenticated"],
        "ticket": 1,
        "linked": None,
        "original": None,
        "cause": None,
        "visibility": None,
        "flagged": None,
        "signals": [],
        "sender": {
            "address": "hong@customer.example",
            "role": "requester",
            "authenticated": "none",
            "by": None,
            "method": None,
            "covers": True,
            "checks": [],
        },
        "rights": {
            "who": "requester",
            "authentication": "none",
            "claim": "nothing",
            "right": "new",
        },
        "would_send": [
            {"kind": "notification", "recipient": "alice@acme.example"},
            {"kind": "notification", "recipient": "bob@acme.example"},
            {"kind": "acknowledgement", "recipient": "hong@customer.example"},
        ],
        "withheld": None,
        "rules": [],
        "defects": [],
    }


async def test_a_mail_let_out_of_quarantine_goes_on_as_if_it_had_just_come(desk: Desk) -> None:
    await desk.receive(mail())
    forged = mail("Soon.", from_="alice@acme.example", message_id="x@a.example", subject="[#1] x")
    row = await desk.receive(forged)
    release = partial(journal.release, row_id=row.id, ticket=None, now=desk.clock.now())
    assert await desk.store.write(release)
    await desk.worker.drain()
    assert (await desk.row(row.id)).state is DONE
    assert "released_by_operator" in (await desk.decision(row.id))["reasons"]
    assert len(await desk.sent(HONG)) == 2


# --- bounds -----------------------------------------------------------------------------------


async def test_an_id_that_was_put_on_any_number_of_tickets_means_the_first(desk: Desk) -> None:
    """Whoever repeats the id later does not get its answers, nor makes them slow."""
    for number in range(15):
        await desk.receive(mail(f"Flood {number}."))
    answer = mail(message_id="x@customer.example", In_Reply_To="<q1@customer.example>")
    row = await desk.receive(answer)
    signals = (await desk.decision(row.id))["signals"]
    assert [signal["ticket"] for signal in signals] == list(range(1, 11))
    assert row.ticket == 1


@pytest.mark.parametrize("text", ["#nota\nHe is difficult.\n", "#clos\n", "Done.\n#resolve\n"])
async def test_a_command_never_goes_to_the_customer(desk: Desk, text: str) -> None:
    """What was meant for the desk and cannot be obeyed is kept as a note."""
    await desk.receive(mail())
    await agent_answers(desk, text)
    assert len(await desk.sent(HONG)) == 1, "the acknowledgement alone"
    note = (await desk.entries())[-1]
    assert (note.kind, note.visibility) == (EntryKind.NOTE, Visibility.PRIVATE)
    assert note.text.strip() == text.strip()
    assert (await desk.ticket()).first_response_at is None
    assert desk.reports.suppressions == ["command"]
    assert (await desk.events())[-1].detail == {"what": "reply", "why": "command"}


async def test_a_number_sign_in_an_answer_is_no_command(desk: Desk) -> None:
    await desk.receive(mail())
    await agent_answers(desk, "#4711 left our warehouse today.\n")
    assert len(await desk.sent(HONG)) == 2


async def test_a_sender_whom_a_number_alone_speaks_for_is_marked(desk: Desk) -> None:
    """Anybody can write the customer's address and `[#1]`: agents are told that nothing but
    these speaks for the sender."""
    await desk.receive(mail())
    await desk.receive(mail(subject="Re: [#1] Where is it?", message_id="x@evil.example"))
    entry = (await desk.entries())[-1]
    assert entry.flags == ("sender_unauthenticated",)
    told = (await desk.sent(ALICE.address))[-1].get_body(("plain",))
    assert told is not None
    assert "NOT verified" in told.get_content()
