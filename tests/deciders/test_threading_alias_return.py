"""What we send through relays that rewrite it, quoted by the clients of customers, comes back to
its ticket: by the id in References, by the id that the relay named, by the marker in the body."""

import re
from collections.abc import AsyncIterator, Callable
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.ticket.replies import NoteRequest, note
from mailgate.model.delivery import Delivered, Reply
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import EntryKind, Role, Visibility
from mailgate.outbound.settle import settle
from mailgate.store import leases
from mailgate.store.core import Connection
from mailgate.threading.marker import markers_in, markers_in_html
from mailgate.threading.token import Purpose
from tests.contracts.outbound_world import claim
from tests.deciders.desk_world import ALICE, BOB, KEYRING
from tests.deciders.inbound_world import HONG, Desk, mail, open_desk, references, reply_address
from tests.deciders.quoting_clients import CLIENTS, Client, Got, gmail, got

SES = "0102018c2a3b4c5d-6e7f8a9b-1c2d-3e4f-5a6b-7c8d9e0f1a2b-000000"
RELAYED = f"{SES}@eu-west-1.amazonses.com"
CLIENT_NAMES = ["gmail", "outlook", "apple", "naver"]
THANKS = "Thank you, it has come."


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as place:
        yield place


async def told_by_the_relay(desk: Desk, *aliases: str) -> None:
    """Everything that waits is sent, and the relay names the ids that it gave."""

    def unit(conn: Connection) -> None:
        now = desk.clock.now()
        reply = Reply(250, None, "Ok", now)
        leased = claim(conn, node="a", now=now).leased
        assert leased
        settled = [settle(one, Delivered(reply, aliases=aliases), now, 0) for one in leased]
        assert leases.settle_deliveries(conn, settled).lost == ()

    await desk.store.write(unit)


def written(
    text: str,
    html: str | None,
    *,
    subject: str,
    from_: str = "Hong <hong@customer.example>",
    **fields: str,
) -> bytes:
    """A mail of a client, to the bare support address."""
    parts = [("plain", text)] if html is None else [("plain", text), ("html", html)]
    body = "".join(
        f"--b\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: 8bit\r\n\r\n{part.replace(chr(10), chr(13) + chr(10))}\r\n"
        for kind, part in parts
    )
    head = {
        "From": from_,
        "To": "support@acme.example",
        "Subject": subject,
        "Message-ID": "<answer@client.example>",
        "Date": "Mon, 05 Jan 2026 11:00:00 +0000",
        **{name.replace("_", "-"): value for name, value in fields.items()},
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/alternative; boundary="b"',
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"{lines}\r\n{body}--b--\r\n".encode()


def named(was: Got) -> dict[str, str]:
    """The fields by which a client says what it answers to."""
    answered = f"<{was.message_id}>"
    return {"In_Reply_To": answered, "References": f"{was.references} {answered}".strip()}


async def asked(desk: Desk) -> EmailMessage:
    """A customer has asked, and has our acknowledgement."""
    await desk.receive(mail())
    (acknowledged,) = await desk.sent(HONG)
    return acknowledged


async def answered(desk: Desk) -> EmailMessage:
    """A customer has asked, an agent has answered in HTML, and the customer has the answer."""
    await asked(desk)
    notification = await desk.notification()
    await desk.receive(
        written(
            "It comes tomorrow.",
            "<p>It comes <b>tomorrow</b>.</p>",
            subject="Re: [#1] Where is my parcel?",
            from_="Alice <alice@acme.example>",
            **references(notification),
        ),
        to=reply_address(notification),
        reverse_path=ALICE.address,
    )
    return (await desk.sent(HONG))[-1]


async def on_the_ticket(desk: Desk, content: bytes, signal: str) -> dict[str, object]:
    """The mail lands on ticket 1 as the customer's own word, by this signal."""
    before = len(await desk.entries())
    row = await desk.receive(content)
    decision = await desk.decision(row.id)
    assert [ticket.id for ticket in await desk.tickets()] == [1]
    assert f"matched_{signal}" in decision["reasons"]
    entries = await desk.entries()
    assert len(entries) == before + 1
    assert (entries[-1].kind, entries[-1].visibility) == (EntryKind.MESSAGE, Visibility.PUBLIC)
    assert entries[-1].author.role is Role.REQUESTER
    assert entries[-1].text.strip() == THANKS
    told = got(await desk.notification())
    assert told.text.count("ref:mg.") == 1
    assert told.html is None or told.html.count("ref:mg.") == 1
    return decision


# --- each way back ----------------------------------------------------------------------------


@pytest.mark.parametrize("client", CLIENTS, ids=CLIENT_NAMES)
async def test_a_relay_that_rewrites_the_id_and_keeps_references(
    desk: Desk, client: Client
) -> None:
    was = got(await answered(desk), message_id=RELAYED)
    content = written(*client(THANKS, was), subject="parcel", **named(was))
    decision = await on_the_ticket(desk, content, "own_id")
    assert decision["signals"][0]["kind"] == "own_id"  # type: ignore[index]  # a list of them


@pytest.mark.parametrize("client", CLIENTS, ids=CLIENT_NAMES)
async def test_a_relay_that_rewrites_the_id_and_drops_references(
    desk: Desk, client: Client
) -> None:
    was = got(await answered(desk), message_id=RELAYED, keeps=False)
    await told_by_the_relay(desk, f"{SES}@email.amazonses.com")
    content = written(*client(THANKS, was), subject="parcel", **named(was))
    await on_the_ticket(desk, content, "relayed_id")


@pytest.mark.parametrize("client", CLIENTS, ids=CLIENT_NAMES)
@pytest.mark.parametrize("sent", [asked, answered])
async def test_a_client_that_drops_everything_but_the_text(
    desk: Desk, client: Client, sent: Callable[[Desk], object]
) -> None:
    was = got(await sent(desk))  # type: ignore[misc]  # both are awaited
    content = written(*client(THANKS, was), subject="parcel")
    await on_the_ticket(desk, content, "body_marker")


@pytest.mark.parametrize("client", CLIENTS, ids=CLIENT_NAMES)
async def test_a_client_that_quotes_in_the_html_alone(desk: Desk, client: Client) -> None:
    was = got(await answered(desk))
    _, html = client(THANKS, was)
    await on_the_ticket(desk, written(THANKS, html, subject="parcel"), "body_marker")


async def test_every_kind_of_mail_names_its_ticket_in_each_way(desk: Desk) -> None:
    """Acknowledgement, answer, and notifications of a question and of a note."""
    answer = await answered(desk)
    acknowledged, *_ = await desk.sent(HONG)
    notification = await desk.notification()
    for message in (acknowledged, answer, notification, await noted(desk)):
        was = got(message)
        assert was.message_id.startswith("mg.")
        assert "<mg." in was.references
        assert [m.ticket for m in markers_in(KEYRING, was.text)] == [1]
        assert was.html is None or len(markers_in_html(KEYRING, was.html)) == 1


# --- what it does not do ----------------------------------------------------------------------


async def test_a_marker_alone_is_nobodys_word(desk: Desk) -> None:
    (line,) = re.findall(r"ref:mg\.\w+:ref", got(await asked(desk)).text)
    await desk.receive(mail(f"> {line}", message_id="a2@customer.example", subject="parcel"))
    assert [ticket.id for ticket in await desk.tickets()] == [1]
    assert (await desk.entries())[-1].text.strip() == ""


async def test_a_forwarded_marker_makes_nobody_a_participant(desk: Desk) -> None:
    was = got(await asked(desk))
    text, html = gmail("What is this?", was)
    content = written(text, html, subject="Fwd: parcel", from_="Eve <eve@else.example>")
    row = await desk.receive(content)
    assert (await desk.decision(row.id))["sender"]["role"] == "stranger"
    last = (await desk.entries())[-1]
    assert last.visibility is Visibility.PRIVATE
    assert (await desk.ticket()).cc == ()


async def test_a_marker_of_an_agents_mail_makes_nobody_an_agent(desk: Desk) -> None:
    await asked(desk)
    was = got(await desk.notification())
    assert markers_in(KEYRING, was.text)[0].purpose is Purpose.MESSAGE_AGENT
    text, html = gmail("Pay to this account.", was)
    forged = written(text, html, subject="parcel", from_="Alice <alice@acme.example>")
    row = await desk.receive(forged)
    assert (await desk.decision(row.id))["disposition"] == "quarantine"


async def test_the_name_of_a_notification_makes_nobody_an_agent(desk: Desk) -> None:
    await asked(desk)
    was = got(await desk.notification(), message_id=RELAYED, keeps=False)
    await told_by_the_relay(desk, f"{SES}@email.amazonses.com")
    forged = mail("Pay.", from_="alice@acme.example", message_id="x@evil.example", **named(was))
    row = await desk.receive(forged)
    assert (await desk.decision(row.id))["disposition"] == "quarantine"


async def noted(desk: Desk) -> EmailMessage:
    """Alice has the notification of a note by Bob."""
    if not await desk.tickets():
        await asked(desk)
    request = NoteRequest(TicketId(1), "He is a VIP.", agent=BOB)
    seed = Seed(bytes(32))
    unit = partial(note, ctx=desk.context, request=request, now=desk.clock.now(), seed=seed)
    await desk.store.write(unit)
    return await desk.notification()


@pytest.mark.parametrize("client", CLIENTS, ids=CLIENT_NAMES)
async def test_an_answer_to_a_note_stays_inside_when_only_the_quote_is_left(
    desk: Desk, client: Client
) -> None:
    was = got(await noted(desk))
    text, html = client("I know.", was)
    content = written(text, html, subject="parcel", from_="Alice <alice@acme.example>")
    row = await desk.receive(content, authenticated=str(ALICE.address))
    assert "note_token" in (await desk.decision(row.id))["reasons"]
    last = (await desk.entries())[-1]
    assert (last.kind, last.visibility) == (EntryKind.NOTE, Visibility.PRIVATE)


async def test_an_answer_to_a_note_stays_inside_under_the_relays_name(desk: Desk) -> None:
    await asked(desk)
    await told_by_the_relay(desk)  # Alice gets one mail of a ticket after the other.
    was = got(await noted(desk), message_id=RELAYED, keeps=False)
    await told_by_the_relay(desk, f"{SES}@email.amazonses.com")
    content = mail("I know.", from_="alice@acme.example", message_id="n@acme.example", **named(was))
    row = await desk.receive(content, authenticated=str(ALICE.address))
    assert "note_token" in (await desk.decision(row.id))["reasons"]


async def test_an_agents_answer_that_quotes_only_what_the_customer_got_stays_inside(
    desk: Desk,
) -> None:
    was = got(await asked(desk))
    text, html = gmail("Do we know him?", was)
    content = written(text, html, subject="parcel", from_="Alice <alice@acme.example>")
    row = await desk.receive(content, authenticated=str(ALICE.address))
    assert "note_token" in (await desk.decision(row.id))["reasons"]
    assert (await desk.entries())[-1].visibility is Visibility.PRIVATE


async def test_no_marker_of_another_mail_leaves_with_an_answer(desk: Desk) -> None:
    """The agent has copied lines of the notification, and the mail of another ticket."""
    await asked(desk)
    await desk.receive(mail(message_id="q2@customer.example", subject="Another matter"))
    (other,) = await desk.sent(HONG, 2)
    notification = await desk.notification()
    lines = re.findall(r"ref:mg\.\w+:ref", got(notification).text + got(other).text)
    assert len(lines) == 2
    html = "".join(f"<p>Look: {line[:12]}<wbr>{line[12:]}</p>" for line in lines)
    await desk.receive(
        written(
            "\n".join(["Look:", *lines]),
            html,
            subject="Re: [#1] Where is my parcel?",
            from_="Alice <alice@acme.example>",
            **references(notification),
        ),
        to=reply_address(notification),
        reverse_path=ALICE.address,
    )
    sent = got((await desk.sent(HONG))[-1])
    assert [(m.purpose, m.ticket) for m in markers_in(KEYRING, sent.text)] == [
        (Purpose.MESSAGE_PUBLIC, 1)
    ]
    assert sent.html is not None
    assert [(m.purpose, m.ticket) for m in markers_in_html(KEYRING, sent.html)] == [
        (Purpose.MESSAGE_PUBLIC, 1)
    ]
