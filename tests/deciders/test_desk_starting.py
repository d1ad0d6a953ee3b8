"""The desk writes first: the mail is a ticket on which nobody waits for us, until its recipient
answers."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mailgate.desk.errors import DeskError
from mailgate.desk.starts.starting import StartRequest, start
from mailgate.desk.ticket.replies import NoteRequest, ReplyRequest, Written, note, reply
from mailgate.desk.words.moments import moment
from mailgate.mail.address import Address
from mailgate.model.delivery import DeliveryState, WaitReason
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import EntryKind, EventKind, Role, Source, Status, Visibility
from mailgate.store import operating, outbound
from tests.deciders.desk_world import ALICE, BOB, CAROL, HELP_KO, INVOICE, SUPPORT
from tests.deciders.inbound_world import HONG, Desk, mail, open_desk, references, reply_address

BOSS, AUDIT = Address("boss", "customer.example"), Address("audit", "bureau.example")
REQUEST = StartRequest(
    from_=SUPPORT,
    to=(HONG,),
    subject="Your order 7",
    text="Your parcel comes tomorrow.",
    agent=ALICE,
)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as made:
        yield made


async def begun(place: Desk, seed: int = 1, **changes: Any) -> Written:
    return await place.store.write(
        partial(
            start,
            ctx=place.context,
            request=replace(REQUEST, **changes),
            now=place.clock.now(),
            seed=Seed(bytes([seed]) * 32),
        )
    )


async def answered(place: Desk, number: int = 1, **changes: Any) -> Written:
    request = replace(ReplyRequest(TicketId(number), "Still tomorrow.", agent=ALICE), **changes)
    return await place.store.write(
        partial(
            reply,
            ctx=place.context,
            request=request,
            now=place.clock.now(),
            seed=Seed(b"r" * 32),
        )
    )


async def comes_back(place: Desk, text: str = "Thank you.", **fields: str) -> None:
    """The customer answers the mail."""
    (ours,) = await place.sent(HONG)
    await place.receive(
        mail(
            text,
            subject=f"Re: {ours['Subject']}",
            message_id="answer@customer.example",
            **references(ours) | fields,
        ),
        to=reply_address(ours),
    )


async def test_the_mail_is_a_ticket_that_is_closed(place: Desk) -> None:
    written = await begun(place)
    ticket = await place.ticket()
    assert (ticket.id, ticket.source, ticket.status) == (1, Source.OUTBOUND_EMAIL, Status.CLOSED)
    assert (ticket.subject, ticket.requester.address) == ("Your order 7", HONG)
    assert (ticket.address, ticket.group) == (SUPPORT, "support")
    assert (ticket.closed_at, ticket.resolved_at) == (place.clock.now(), None)
    (entry,) = await place.entries()
    assert (entry.id, entry.kind, entry.visibility) == (
        written.entry,
        EntryKind.MESSAGE,
        Visibility.PUBLIC,
    )
    assert (entry.author.address, entry.author.role) == (ALICE.address, Role.AGENT)


async def test_nobody_waits_and_nobody_else_is_told(place: Desk) -> None:
    """No notification, no acknowledgement; no time of a first answer, no timer."""
    written = await begun(place)
    ticket = await place.ticket()
    assert (ticket.sla_started_at, ticket.first_response_at) == (None, None)
    assert written.first_response is None
    (delivery,) = await place.deliveries()
    assert (delivery.recipient, delivery.sender) == (HONG, SUPPORT)
    assert (delivery.lane.value, delivery.agent, delivery.outside) == (
        "reply",
        ALICE.address.key,
        True,
    )


async def test_what_the_customer_gets(place: Desk) -> None:
    await begun(place, html="<p>Tomorrow.</p>", attachments=(INVOICE,))
    (got,) = await place.sent(HONG)
    assert got["Subject"] == "[#1] Your order 7"
    assert got["From"] == '"Alice Kim (Acme Support)" <support@acme.example>'
    assert got["In-Reply-To"] is None
    assert [one.get_filename() for one in got.iter_attachments()] == ["청구서.pdf"]
    body = got.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    assert "Your parcel comes tomorrow." in body.get_content()
    assert "acme.example/help" in body.get_content(), "the signature"
    assert b"alice@" not in got.as_bytes()


async def test_brand_and_group_and_name_follow_the_address(place: Desk) -> None:
    await begun(place, from_=HELP_KO)
    ticket = await place.ticket()
    assert (ticket.address, ticket.group) == (HELP_KO, "hangook")
    (got,) = await place.sent(HONG)
    assert got["From"].addresses[0].addr_spec == str(HELP_KO)


async def test_what_was_asked_for_is_on_the_ticket(place: Desk) -> None:
    await begun(place, status=Status.PENDING, tags=("vip", "order"), cc=(BOSS,), bcc=(AUDIT,))
    ticket = await place.ticket()
    assert (ticket.status, ticket.tags, ticket.cc) == (Status.PENDING, ("order", "vip"), (BOSS,))
    assert ticket.closed_at is None
    told = await place.events()
    assert [one.kind for one in told] == [EventKind.CREATED, EventKind.TAGGED, EventKind.TAGGED]
    assert {one.actor for one in told} == {"alice@acme.example"}
    assert told[0].detail["bcc"] == "audit@bureau.example"


# --- the answer -------------------------------------------------------------------------------


async def test_the_answer_opens_the_ticket_starts_the_timer_and_is_told(place: Desk) -> None:
    await begun(place)
    await place.clock.advance(3 * 86400)
    await comes_back(place)
    (ticket,) = await place.tickets()
    assert (ticket.status, ticket.sla_started_at) == (Status.OPEN, place.clock.now())
    assert ticket.closed_at is None
    assert [one.kind for one in (await place.events())][-2:] == [
        EventKind.MESSAGE,
        EventKind.REOPENED,
    ]
    told = {one.recipient for one in await place.deliveries() if one.lane.value == "notification"}
    assert told == {ALICE.address}, "who began it"
    assert "acknowledgement" not in await place.lanes()


async def test_how_long_they_wait_counts_from_their_answer(place: Desk) -> None:
    """Not from our first mail; and what we write before that is no answer."""
    await begun(place)
    await place.clock.advance(60)
    second = await answered(place)
    assert second.first_response is None
    assert (await place.ticket()).first_response_at is None
    await place.clock.advance(3600)
    (ours, _) = await place.sent(HONG)
    await place.receive(
        mail("When?", message_id="a@customer.example", **references(ours)), to=reply_address(ours)
    )
    await place.clock.advance(600)
    third = await place.store.write(
        partial(
            reply,
            ctx=place.context,
            request=ReplyRequest(TicketId(1), "At nine.", agent=ALICE),
            now=place.clock.now(),
            seed=Seed(b"t" * 32),
        )
    )
    assert third.first_response == timedelta(minutes=10)
    assert (await place.ticket()).first_response_at == place.clock.now()


async def test_the_timer_starts_once(place: Desk) -> None:
    await begun(place, status=Status.OPEN)
    await place.clock.advance(60)
    await comes_back(place)
    first = (await place.ticket()).sla_started_at
    await place.clock.advance(60)
    (ours,) = await place.sent(HONG)
    await place.receive(
        mail("Hello?", message_id="b@customer.example", **references(ours)), to=reply_address(ours)
    )
    assert first is not None
    assert (await place.ticket()).sla_started_at == first


async def test_a_machine_that_answers_opens_and_starts_nothing(place: Desk) -> None:
    await begun(place)
    await comes_back(place, "I am away.", Auto_Submitted="auto-replied")
    ticket = await place.ticket()
    assert (ticket.status, ticket.sla_started_at) == (Status.CLOSED, None)


async def test_an_answer_after_a_long_time_is_a_ticket_of_its_own(place: Desk) -> None:
    """`threading.reopen_within`, from when the mail was sent."""
    await begun(place)
    await place.clock.advance(31 * 86400)
    await comes_back(place)
    (old, new) = await place.tickets()
    assert (old.status, new.source, new.linked) == (Status.CLOSED, Source.EMAIL, (old.id,))


async def test_that_counts_from_when_a_scheduled_mail_leaves(place: Desk) -> None:
    at = place.clock.now() + timedelta(days=40)
    await begun(place, at=at)
    ticket = await place.ticket()
    assert (ticket.closed_at, ticket.updated_at) == (at, place.clock.now())
    await place.clock.advance(timedelta(days=41).total_seconds())
    await comes_back(place)
    assert (await place.ticket()).status is Status.OPEN


async def test_a_note_does_not_start_it_either(place: Desk) -> None:
    await begun(place)
    await place.store.write(
        partial(
            note,
            ctx=place.context,
            request=NoteRequest(TicketId(1), "A VIP.", agent=BOB),
            now=place.clock.now(),
            seed=Seed(b"n" * 32),
        )
    )
    assert (await place.ticket()).sla_started_at is None


# --- who gets it, and who is seen -------------------------------------------------------------


async def test_who_gets_it_unseen_stands_in_no_byte_of_it(place: Desk) -> None:
    await begun(place, cc=(BOSS,), bcc=(AUDIT,))
    deliveries = await place.deliveries()
    assert {one.recipient for one in deliveries} == {HONG, BOSS, AUDIT}
    contents = {
        await place.store.read(partial(outbound.content, delivery=one.id)) for one in deliveries
    }
    (content,) = contents
    assert content is not None
    assert b"audit" not in content.lower()
    assert b"bureau.example" not in content.lower()
    assert b"\r\nbcc" not in content.lower()
    (got,) = await place.sent(AUDIT)
    assert (got["To"], got["Cc"]) == (str(HONG), str(BOSS))


async def test_an_answer_has_unseen_recipients_too(place: Desk) -> None:
    await begun(place)
    await answered(place, bcc=(AUDIT, HONG))
    first, second = await place.sent(HONG)
    (got,) = await place.sent(AUDIT)
    assert got.as_bytes() == second.as_bytes() != first.as_bytes()
    assert b"audit" not in got.as_bytes().lower()
    assert (await place.ticket()).cc == (), "they are on no later mail"


async def test_several_recipients_where_the_settings_let_them(place: Desk) -> None:
    with pytest.raises(DeskError, match=r"gateway\.free_recipients = true"):
        await begun(place, to=(HONG, BOSS))
    assert await place.tickets() == []
    place.set_policy(free_recipients=True)
    await begun(place, to=(HONG, BOSS, HONG), cc=(AUDIT, BOSS))
    (got,) = await place.sent(BOSS)
    assert [one.addr_spec for one in got["To"].addresses] == [str(HONG), str(BOSS)]
    assert [one.addr_spec for one in got["Cc"].addresses] == [str(AUDIT)]
    assert set((await place.ticket()).cc) == {BOSS, AUDIT}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"from_": Address("ceo", "acme.example")},
            (
                "ceo@acme.example is none of the configured support addresses; there are: "
                "help@hangook.example, support@acme.example."
            ),
        ),
        ({"to": ()}, "Name the recipient."),
        (
            {"to": (HELP_KO,)},
            "help@hangook.example is a support address: the copy would come back to the desk.",
        ),
        (
            {"bcc": (SUPPORT,)},
            "support@acme.example is a support address: the copy would come back to the desk.",
        ),
        (
            {"cc": (BOB.address,)},
            (
                "bob@acme.example is an agent: customers do not see the desk's own mailboxes. "
                "Name them in Bcc, or leave a note."
            ),
        ),
        (
            {"to": (BOB.address,)},
            (
                "bob@acme.example is an agent: customers do not see the desk's own mailboxes. "
                "Name them in Bcc, or leave a note."
            ),
        ),
        ({"subject": " \r\n "}, "A mail that starts a conversation needs a subject."),
        ({"text": " "}, "There is nothing to write: give a text or an attachment."),
        ({"agent": CAROL}, "carol@partner.example is a collaborator and can write notes only."),
        (
            {"cc": tuple(Address(f"c{number}", "customer.example") for number in range(50))},
            "51 recipients; one mail has 50 at most.",
        ),
        ({"tags": ("a\nb",)}, "A tag is 1 to 100 characters on one line; this is not: 'a\\nb'"),
    ],
)
async def test_what_cannot_be_is_said_and_leaves_nothing(
    place: Desk, change: dict[str, Any], says: str
) -> None:
    with pytest.raises(DeskError) as refused:
        await begun(place, **change)
    assert str(refused.value) == says
    assert await place.tickets() == []
    assert await place.deliveries() == []


async def test_a_colleague_may_get_it_unseen(place: Desk) -> None:
    await begun(place, bcc=(BOB.address,))
    assert {one.recipient for one in await place.deliveries()} == {HONG, BOB.address}


async def test_where_agents_begin_no_conversations_the_desk_itself_does(place: Desk) -> None:
    """`gateway.agents_may_start = false`: not on an agent's behalf."""
    place.set_policy(agents_may_start=False)
    with pytest.raises(DeskError, match="Agents begin no conversations here"):
        await begun(place)
    assert await place.tickets() == []
    await begun(place, agent=None)
    assert (await place.ticket()).started_by is None


async def test_customers_see_the_agents_name_or_the_desks_alone(place: Desk) -> None:
    """`[agents] from_name`."""
    place.set_policy(names_agents=False)
    await begun(place)
    (got,) = await place.sent(HONG)
    assert got["From"] == "Acme Support <support@acme.example>"
    assert "Alice" not in got.as_string()


# --- when it leaves ---------------------------------------------------------------------------


async def test_what_is_written_waits_so_that_it_can_be_taken_back(place: Desk) -> None:
    """`[outbound] undo`."""
    place.set_policy(undo=timedelta(seconds=10))
    written = await begun(place)
    until = place.clock.now() + timedelta(seconds=10)
    assert (written.leaves_at, written.waits) == (until, WaitReason.UNDO)
    (delivery,) = await place.deliveries()
    assert (delivery.due_at, delivery.wait_reason) == (until, WaitReason.UNDO)
    await place.store.write(
        partial(operating.cancel, wanted=operating.named(delivery.id), now=place.clock.now())
    )
    (delivery,) = await place.deliveries()
    assert delivery.state is DeliveryState.CANCELLED
    assert len(await place.entries()) == 1, "what was written stays"
    assert (await place.events())[-1].kind is EventKind.DELIVERY_CANCELLED


async def test_so_do_the_answers_that_agents_write_in_their_mailbox(place: Desk) -> None:
    place.set_policy(undo=timedelta(seconds=10))
    await place.receive(mail())
    told = await place.notification()
    await place.receive(
        mail(
            "Tomorrow.",
            from_="Alice Kim <alice@acme.example>",
            message_id="al@acme.example",
            **references(told),
        ),
        to=reply_address(told),
        reverse_path=ALICE.address,
        trusted=True,
        authenticated="alice@acme.example",
    )
    waits = {one.lane.value: one.wait_reason for one in await place.deliveries()}
    assert waits["reply"] is WaitReason.UNDO
    assert waits["notification"] is WaitReason.QUEUED


async def test_what_is_scheduled_leaves_at_its_time_and_bears_it(place: Desk) -> None:
    place.set_policy(undo=timedelta(seconds=10))
    at = place.clock.now() + timedelta(hours=5)
    written = await begun(place, at=at)
    assert (written.leaves_at, written.waits) == (at, WaitReason.SCHEDULED)
    (delivery,) = await place.deliveries()
    assert (delivery.due_at, delivery.due_from, delivery.wait_reason) == (
        at,
        at,
        WaitReason.SCHEDULED,
    )
    (got,) = await place.sent(HONG)
    assert got["Date"].datetime == at


async def test_a_scheduled_answer_answers_when_it_leaves(place: Desk) -> None:
    await place.receive(mail())
    at = place.clock.now() + timedelta(hours=5)
    written = await answered(place, at=at)
    assert written.first_response == timedelta(hours=5)
    ticket = await place.ticket()
    assert (ticket.first_response_at, ticket.updated_at) == (at, place.clock.now())


SEOUL, BERLIN = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Berlin")
BEFORE = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-23 09:00", datetime(2026, 11, 23, 0, 0, tzinfo=UTC)),
        (" 2026-11-23 09:00:30 ", datetime(2026, 11, 23, 0, 0, 30, tzinfo=UTC)),
        ("2026-11-23T09:00", datetime(2026, 11, 23, 0, 0, tzinfo=UTC)),
        ("2026-11-23T09:00:00Z", datetime(2026, 11, 23, 9, 0, tzinfo=UTC)),
        ("2026-11-23t09:00:00.25z", datetime(2026, 11, 23, 9, 0, tzinfo=UTC)),
        ("2026-11-23T09:00:00-05:00", datetime(2026, 11, 23, 14, 0, tzinfo=UTC)),
    ],
)
def test_times_as_people_and_machines_write_them(text: str, at: datetime) -> None:
    """RFC 3339 §5.6, or a time of the desk's own zone."""
    assert moment(text, SEOUL, BEFORE) == at


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tomorrow", "'tomorrow' is no time; write such as"),
        ("2026-11-23", "is no time; write such as"),
        ("2026-02-30 09:00", "'2026-02-30 09:00' is in no calendar"),
        ("2026-11-23 25:00", "is in no calendar"),
        (
            "2026-11-22 16:59",
            "'2026-11-22 16:59' is past: it is 2026-11-22 17:00:00 KST now. Name a time to come.",
        ),
        ("2026-11-22T07:59:59Z", "is past"),
        ("2028-01-01 09:00", "is more than a year ahead"),
    ],
)
def test_times_at_which_nothing_can_leave(text: str, says: str) -> None:
    with pytest.raises(DeskError) as refused:
        moment(text, SEOUL, BEFORE)
    assert says in str(refused.value)


def test_a_time_that_the_clocks_leave_out_is_none_and_of_two_the_first_counts() -> None:
    """On 2027-03-28 Berlin goes from 02:00 to 03:00, on 2027-10-31 from 03:00 to 02:00."""
    with pytest.raises(DeskError, match="the clocks go forward over it"):
        moment("2027-03-28 02:30", BERLIN, BEFORE)
    assert moment("2027-10-31 02:30", BERLIN, BEFORE) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
