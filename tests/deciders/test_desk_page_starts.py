"""What docs/desk.md says of conversations that one of ours begins, and of agents who write to the
desk themselves."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from mailgate.desk.starts.starting import StartRequest, start
from mailgate.mail.address import Address
from mailgate.model.delivery import Lane
from mailgate.model.seed import Seed
from mailgate.model.ticket import EntryKind, EventKind, Source, Status, Visibility
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.store import followers
from mailgate.store.core import Connection
from mailgate.store.tables import contacts
from tests.deciders.desk_world import (
    ALICE,
    BOB,
    CAROL,
    HELP_KO,
    MINSU,
    SUPPORT,
    body,
    everything_in,
)
from tests.deciders.inbound_world import (
    DONE,
    HONG,
    QUARANTINED,
    Desk,
    mail,
    open_desk,
    references,
    reply_address,
)
from tests.deciders.life_world import told
from tests.deciders.survey_world import ASKING, arrived, swept
from tests.deciders.test_desk_starts_by_mail import (
    BOSS,
    KIM,
    copied,
    told_about_none,
    told_alice,
    writes,
)
from tests.deciders.test_desk_timing import USUAL, due

NEW = "#new hong@customer.example"
FORWARDED = """\
---------- Forwarded message ---------
From: Kim <kim@customer.example>
Date: Sun, Jan 4, 2026 at 9:00 AM
Subject: parcel
To: <alice@acme.example>

It has not come.
"""


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as made:
        yield made


async def answers(place: Desk, ours: EmailMessage, text: str, name: str = "a") -> None:
    """The customer answers a mail of ours."""
    answer = mail(text, message_id=f"{name}@customer.example", **references(ours))
    await place.receive(answer, to=reply_address(ours))


async def replies(place: Desk, told: EmailMessage, text: str, **fields: str) -> None:
    """Alice answers a mail of the desk."""
    given = {"subject": f"Re: {told['Subject']}", "message_id": "re@acme.example"} | fields
    words = mail(text, from_="Alice Kim <alice@acme.example>", **given, **references(told))
    await place.receive(words, to=reply_address(told), reverse_path=ALICE.address)


def of_two_parts(html: str, *part: str) -> dict[str, str]:
    """Text and fields of a mail with HTML and a file."""
    text = "\n".join(("--x", "Content-Type: text/html", "", html, "--x", *part, "--x--"))
    fields = {"MIME_Version": "1.0", "Content_Type": 'multipart/mixed; boundary="x"'}
    return {"text": text} | fields


# --- the ticket ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("", Status.CLOSED),
        ("#open\n", Status.OPEN),
        ("#pending\n", Status.PENDING),
        ("#resolve\n", Status.RESOLVED),
    ],
)
async def test_whatever_its_status_nobody_waits_and_nobody_is_asked(
    place: Desk, line: str, status: Status
) -> None:
    """No notification, no closing notice, no clock and no survey."""
    place.set_policy(responses=(USUAL,), survey=ASKING, tell_resolved=True)
    await writes(place, f"{NEW}\n{line}Tomorrow.")
    ticket = await place.ticket()
    assert (ticket.status, ticket.waiting_since) == (status, None)
    assert await due(place) == {}
    await arrived(place)
    assert (await swept(place)).drafts == ()
    assert [one.recipient for one in await place.deliveries()] == [HONG]


async def test_whom_we_write_to_becomes_a_contact(place: Desk) -> None:
    def known(conn: Connection) -> list[str]:
        return [row.key for row in conn.execute(select(contacts.c.key))]

    assert await place.store.read(known) == []
    await writes(place, f"{NEW}\nTomorrow.")
    assert await place.store.read(known) == [HONG.key]


async def test_whom_it_is_given_to_is_told_and_nobody_else(place: Desk) -> None:
    await writes(place, f"{NEW}\n#assign bob\n#follow\nTomorrow.")
    ticket = await place.ticket()
    follow = await place.store.read(partial(followers.of_ticket, ticket=ticket.id))
    assert (ticket.assignee, follow) == (BOB.address, [ALICE.address])
    assert {one.recipient for one in await place.deliveries()} == {HONG, BOB.address}
    await writes(place, f"{NEW}\n#group hangook\n#me\nTomorrow.", message_id="2@acme.example")
    ticket = await place.ticket(2)
    assert (ticket.group, ticket.assignee) == ("hangook", ALICE.address)
    assert {one.recipient for one in await place.deliveries(2)} == {HONG, MINSU.address}


# --- the answer ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("line", "who"), [("#assign bob\n", {BOB.address}), ("", {ALICE.address})])
async def test_the_answer_is_told_to_the_assignee_else_to_who_began_it(
    place: Desk, line: str, who: set[Address]
) -> None:
    await writes(place, f"{NEW}\n{line}Tomorrow.")
    before = {one.id for one in await place.deliveries()}
    (ours,) = await place.sent(HONG)
    await answers(place, ours, "Thanks.")
    assert {one.recipient for one in await place.deliveries() if one.id not in before} == who


async def test_the_answer_to_what_nobody_began_is_told_to_the_group(place: Desk) -> None:
    """`mailgate send` without `--as`."""
    request = StartRequest(SUPPORT, (HONG,), "Your order 7", "Tomorrow.")
    seed, now = Seed(bytes(32)), place.clock.now()
    unit = partial(start, ctx=place.context, request=request, now=now, seed=seed)
    await place.store.write(unit)
    (ours,) = await place.sent(HONG)
    await answers(place, ours, "Thanks.")
    notified = {one.recipient for one in await place.deliveries()} - {HONG}
    assert notified == {ALICE.address, BOB.address}


async def test_its_status_is_left_until_one_of_ours_has_answered(place: Desk) -> None:
    """`[desk] answer_to_outbound = "leave"`."""
    place.set_policy(answer_opens_outbound=False)
    await writes(place, f"{NEW}\nTomorrow.")
    (ours,) = await place.sent(HONG)
    await answers(place, ours, "When?", "a1")
    assert (await place.ticket()).status is Status.CLOSED
    await replies(place, await place.notification(), "At nine.")
    await answers(place, ours, "Where?", "a2")
    assert (await place.ticket()).status is Status.OPEN


# --- what goes to the customer --------------------------------------------------------------------


async def test_the_mail_has_its_files_and_its_formatting_and_no_mailbox(place: Desk) -> None:
    html = "<p>#new hong@customer.example</p><p>It is <b>here</b>, says alice@acme.example.</p>"
    pdf = ("Content-Type: application/pdf; name=bill.pdf", "", "%PDF")
    await writes(place, **of_two_parts(html, *pdf))
    (got,) = await place.sent(HONG)
    assert "It is <b>here</b>, says support@acme.example." in body(got, "html")
    assert [one.get_filename() for one in got.iter_attachments()] == ["bill.pdf"]
    assert "Acme Support\nacme.example/help" in body(got, "plain")
    seen = everything_in(got.as_bytes())
    for inside in (b"alice@", b"#new", b"new@acme.example"):
        assert inside not in seen


async def test_a_mail_that_it_forwards_goes_along(place: Desk) -> None:
    await writes(place, f"{NEW}\nSee this.\n\n{FORWARDED}", subject="Fwd: parcel")
    (ticket,) = await place.tickets()
    assert (ticket.requester.address, ticket.subject) == (HONG, "parcel")
    (got,) = await place.sent(HONG)
    text = body(got, "plain")
    assert text.index("See this.") < text.index("From: Kim") < text.index("It has not come.")
    assert b"alice@" not in everything_in(got.as_bytes())


async def test_an_attached_one_that_shows_the_agents_mailbox_stays_inside(place: Desk) -> None:
    inner = (
        "From: kim@customer.example\nTo: alice@acme.example\nSubject: parcel\n\nIt has not come."
    )
    attached = ("Content-Type: message/rfc822", "", inner)
    await writes(place, **of_two_parts(f"<p>{NEW}</p><p>See this.</p>", *attached))
    (got,) = await place.sent(HONG)
    assert list(got.iter_attachments()) == []
    (entry,) = await place.entries()
    (kept,) = await told(place, 1, EventKind.SUPPRESSED)
    assert [one.filename for one in entry.attachments] == [kept["file"]]
    assert (kept["what"], kept["why"]) == ("attachment", "internal")


# --- what cannot be carried out -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("support", "says"), [(SUPPORT, "Not sent:"), (HELP_KO, "발송되지 않음:")], ids=str
)
async def test_written_again_as_an_answer_it_goes_under_its_own_subject(
    place: Desk, support: Address, says: str
) -> None:
    """The customer reads nothing of the desk's own words, however often it took."""
    tries = ["#new hong\nHi.", f"{NEW}\n#nwe\nHi.", f"{NEW}\nHi."]
    fields, subject, rows = dict[str, str](), "Your order 7", []
    for number, text in enumerate(tries):
        words = mail(
            text,
            from_="Alice Kim <alice@acme.example>",
            to=str(support),
            subject=subject,
            message_id=f"{number}@acme.example",
            **fields,
        )
        how = {"trusted": True, "authenticated": "alice@acme.example"}
        rows.append(await place.receive(words, to=support, reverse_path=ALICE.address, **how))
        *_, refused = await place.about_no_ticket(ALICE.address)
        assert refused["Subject"] == f"{says} Your order 7"
        assert reply_address(refused) == support
        subject, fields = f"Re: {refused['Subject']}", references(refused)
    assert [row.state for row in rows] == [QUARANTINED, QUARANTINED, DONE]
    (ticket,) = await place.tickets()
    assert (ticket.subject, ticket.source) == ("Your order 7", Source.OUTBOUND_EMAIL)
    (got,) = await place.sent(HONG)
    assert got["Subject"] == "[#1] Your order 7"


@pytest.mark.parametrize(
    ("above", "line"),
    [
        ("Hello.\n", NEW),
        ("#tag parcels\nHello.\n", NEW),
        ("Hello.\n#tag parcels\n", NEW),
        ("Hello.\n", f"- {NEW}"),
        ("", f"**{NEW}**"),
    ],
)
async def test_below_other_words_new_begins_nothing_and_the_author_is_told(
    place: Desk, above: str, line: str
) -> None:
    row = await writes(place, f"{above}{line}\nTomorrow.")
    assert (row.state, row.cause) == (QUARANTINED, "command_refused")
    assert await place.tickets() == []
    (said,) = await told_alice(place)
    assert f"`{line}`: it stands below other words" in " ".join(said.split())


@pytest.mark.parametrize(
    ("sender", "theirs"), [("Kim", True), ("Kim <kim@customer.example>", False)]
)
async def test_what_a_mail_that_is_passed_on_says_is_no_command(
    place: Desk, sender: str, *, theirs: bool
) -> None:
    """Where nobody can tell whose it is, and where the settings leave it to the agent."""
    place.set_policy(forward_makes_requester=theirs)
    passed = FORWARDED.replace("Kim <kim@customer.example>", sender) + f"{NEW}\n"
    await writes(place, f"Whose is it?\n\n{passed}", subject="Fwd: parcel")
    assert (await place.ticket()).requester.address == ALICE.address
    row = await writes(place, f"Hi.\n{NEW}\n\n{passed}", subject="Fwd: b", message_id="2@b.example")
    assert row.cause == "command_refused"


@pytest.mark.parametrize(
    ("subject", "goes"),
    [
        ("Re: [EXTERNAL] Not sent: Your order 7", "Your order 7"),
        ("Not sent: your parcel", "Not sent: your parcel"),
    ],
)
async def test_the_subject_is_that_of_the_agent(place: Desk, subject: str, goes: str) -> None:
    await writes(place, f"{NEW}\nTomorrow.", subject=subject)
    assert (await place.ticket()).subject == goes


@pytest.mark.parametrize("line", ["#new lamps are here", "#newsletter hong@customer.example"])
async def test_a_hashtag_below_other_words_is_text(place: Desk, line: str) -> None:
    await writes(place, f"Hello.\n{line}\nTomorrow.")
    ticket = await place.ticket()
    assert (ticket.source, ticket.requester.address) == (Source.EMAIL, ALICE.address)


async def test_an_answer_to_what_had_no_subject_has_none_either(place: Desk) -> None:
    await writes(place, f"{NEW}\nHi.", subject="")
    (refused,) = await place.about_no_ticket(ALICE.address)
    subject = f"Re: {refused['Subject']}"
    row = await writes(place, f"{NEW}\nHi.", subject=subject, message_id="2@acme.example")
    assert row.cause == "command_refused"
    assert "It has no subject" in (await told_alice(place))[-1]


@pytest.mark.parametrize(
    ("text", "subject", "allowed", "says"),
    [
        (f"{NEW}\nHi.", "Re: [#1] Where is my parcel?", True, "The subject goes to the customer"),
        ("#new kim\nHi.", "Your order", True, "this is no address: kim"),
        (
            "#new kim@customer.example\nHi.",
            "Your order",
            False,
            "agents begin no conversations here",
        ),
    ],
)
async def test_at_the_top_of_a_reply_it_is_a_note_and_the_author_is_told(
    place: Desk, text: str, subject: str, *, allowed: bool, says: str
) -> None:
    await place.receive(mail())
    place.set_policy(agents_may_start=allowed)
    await replies(place, await place.notification(), text, subject=subject)
    assert len(await place.tickets()) == 1
    last = (await place.entries())[-1]
    assert (last.kind, last.visibility) == (EntryKind.NOTE, Visibility.PRIVATE)
    assert says in " ".join(body(await place.notification(), "plain").split())
    assert "reply" not in await place.lanes()


@pytest.mark.parametrize(("minutes", "mails"), [(49, 1), (51, 0)])
async def test_who_waits_ten_minutes_for_the_limit_is_not_told(
    place: Desk, minutes: int, mails: int
) -> None:
    cap, began = Limiter(LimitPolicy(hourly=1)), place.clock.now()
    place.set_policy(cap=cap, refuse_over=cap)
    used = partial(cap.take, lane=Lane.REPLY, mails=1, now=began, until=began)
    assert await place.store.write(used) is None
    await place.clock.advance(minutes * 60)
    await writes(place, f"{NEW}\nTomorrow.")
    assert len(await place.sent(HONG)) == 1, "it waits in the queue"
    told = [body(one, "plain") for one in await place.sent(ALICE.address)]
    assert ["about 2026-01-05 10:00" in one for one in told] == [True] * mails


# --- the copy -----------------------------------------------------------------------------------


async def test_where_only_colleagues_are_in_to_it_is_of_the_first_customer_in_cc(
    place: Desk,
) -> None:
    cc = "support@acme.example, boss@customer.example, kim@customer.example"
    await copied(place, to="bob@acme.example", Cc=cc)
    ticket = await place.ticket()
    assert (ticket.requester.address, ticket.cc) == (BOSS, (KIM,))
    assert ticket.source is Source.OUTBOUND_EMAIL


async def test_a_collaborators_copy_is_a_ticket_of_theirs(place: Desk) -> None:
    carol = str(CAROL.address)
    words = mail("Tomorrow.", from_=f"Carol <{carol}>", to=str(HONG), Cc=str(SUPPORT))
    how = {"trusted": True, "authenticated": carol}
    await place.receive(words, reverse_path=CAROL.address, **how)
    ticket = await place.ticket()
    assert (ticket.source, ticket.requester.address) == (Source.EMAIL, CAROL.address)


async def test_in_to_or_cc_of_a_later_answer_and_us_in_bcc_it_is_not_sent_again(
    place: Desk,
) -> None:
    await copied(place)
    answer = {"message_id": "2@acme.example", "In_Reply_To": "<copy@acme.example>"}
    await copied(place, Cc="boss@customer.example", **answer)
    assert len(await place.tickets()) == 1
    assert (await place.entries())[-1].visibility is Visibility.PUBLIC
    assert await place.deliveries() == []


# --- agents who write to the desk -----------------------------------------------------------------


async def test_on_their_own_ticket_an_agent_is_a_customer(place: Desk) -> None:
    """They get what customers get, their answer opens it, and commands in it are text."""
    await writes(place, "My keyboard is broken.", subject="Keyboard")
    told_bob = await place.notification(BOB.address)
    words = mail("#pending\nWhich one?", from_=str(BOB.address), message_id="b@acme.example")
    await place.receive(words, to=reply_address(told_bob), reverse_path=BOB.address)
    assert (await place.ticket()).status is Status.PENDING
    got = (await place.sent(ALICE.address))[-1]
    assert got["From"] == '"Bob Lee (Acme Support)" <support@acme.example>'
    assert "Which one?" in body(got, "plain")
    await replies(place, got, "The left one.\n\n#close")
    ticket, last = await place.ticket(), (await place.entries())[-1]
    assert ticket.status is Status.OPEN
    assert (last.visibility, last.kind) == (Visibility.PUBLIC, EntryKind.MESSAGE)
    assert "The left one." in body(await place.notification(BOB.address), "plain")
    assert {d.recipient for d in await place.deliveries()} == {ALICE.address, BOB.address}


async def test_who_is_not_proven_is_told_how_to_be(place: Desk) -> None:
    await place.receive(mail(from_="Alice Kim <alice@acme.example>"))
    ((_, text),) = await told_about_none(place, ALICE.address)
    said = " ".join(text.split())
    assert "it waits for the operators under the number 1." in said
    for way in (
        "- answer the desk's own mail about the ticket, and leave the address",
        "- send from the mail server of acme.example, so that SPF or DKIM vouches for you",
        "- log in at the desk's mail server",
        "If you did not write it, somebody used your name, and there is nothing to do",
    ):
        assert way in said
    assert await place.tickets() == []
