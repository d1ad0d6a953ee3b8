"""What docs/desk.md says of mail that agents pass on to the desk, and of third parties whom they
ask."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailgate.desk.telling.account import account_of
from mailgate.mail.address import Address
from mailgate.model.rule import Actions, Conditions, Occasion, Rule, Rules
from mailgate.model.ticket import EntryKind, Role, Status, Visibility
from tests.deciders.desk_world import ALICE, BOB
from tests.deciders.inbound_world import HONG, Desk, mail, open_desk, references, reply_address
from tests.deciders.life_world import said
from tests.deciders.survey_world import became
from tests.deciders.test_desk_forwards import attached, comes, inner, passes_on
from tests.deciders.test_desk_sidethread import LAB, PARTS, forwarded
from tests.deciders.test_desk_timing import FIRST, SOLVE, USUAL, due

KIM = Address("kim", "customer.example")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as place:
        place.set_policy(responses=(USUAL,))
        yield place


# --- a mail that is passed on -------------------------------------------------------------------


async def test_rules_and_clocks_take_it_for_the_customers(desk: Desk) -> None:
    of_hong = Rule("of Hong", Occasion.NEW, Conditions(sender=(HONG,)), Actions(tag=("hong",)))
    of_alice = Rule(
        "of Alice", Occasion.NEW, Conditions(sender=(ALICE.address,)), Actions(tag=("alice",))
    )
    desk.set_policy(rules=Rules({Occasion.NEW: (of_hong, of_alice)}))
    await passes_on(desk)
    assert (await desk.ticket()).tags == ("hong",)
    assert set(await due(desk)) == {FIRST, SOLVE}


async def test_with_merge_above_it_it_is_on_the_other_ticket(desk: Desk) -> None:
    await desk.receive(mail("It is late.", from_=f"Kim <{KIM}>", message_id="k@customer.example"))
    outside = await sent_outside(desk)
    await passes_on(desk, "#merge 1\n\nThe same again.")
    one, two = await desk.tickets()
    assert (two.merged_into, one.requester.address, one.cc) == (one.id, KIM, (HONG,))
    assert await said(desk, 1) == ["It has not come.", "It is late.", "The same again."]
    assert await sent_outside(desk) == outside


async def sent_outside(desk: Desk) -> int:
    return sum(one.recipient in (HONG, KIM) for one in await desk.every_mail())


@pytest.mark.parametrize(
    ("date", "known"),
    [
        ("Thu, 07 Jan 2016 09:00:00 +0000", True),
        ("Wed, 31 Dec 2014 09:00:00 +0000", False),
        ("Mon, 05 Jan 2026 08:59:00 +0000", True),
        ("Mon, 05 Jan 2026 09:01:00 +0000", False),
    ],
)
async def test_its_date_is_of_the_last_ten_years(desk: Desk, date: str, *, known: bool) -> None:
    now = datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert desk.clock.now() == now
    await comes(desk, attached(inner(Date=date)))
    (entry,) = await desk.entries()
    assert (entry.at != now) is known


# --- a third party --------------------------------------------------------------------------------


async def forward_by_mail(desk: Desk, words: str) -> None:
    """Alice answers the notification."""
    told = await desk.notification()
    answer = mail(words, from_=str(ALICE.address), message_id="f@acme.example", **references(told))
    await desk.receive(answer, to=reply_address(told), reverse_path=ALICE.address)


async def they_answer(desk: Desk, **fields: str) -> None:
    (asked,) = await desk.sent(PARTS)
    answer = mail(
        "Three of them.",
        from_=str(PARTS),
        message_id="p@supplier.example",
        **references(asked),
        **fields,
    )
    await desk.receive(answer, to=reply_address(asked), reverse_path=PARTS)


@pytest.mark.parametrize("status", [Status.OPEN, Status.PENDING])
async def test_who_asks_leaves_status_and_clocks_as_they_are(desk: Desk, status: Status) -> None:
    """Whatever an answer to the customer would make of the ticket."""
    desk.set_policy(status_after_reply=Status.RESOLVED)
    await desk.receive(mail())
    await became(desk, status)
    before, waits = await due(desk), (await desk.ticket()).waiting_since
    await desk.clock.advance(60)
    await forward_by_mail(desk, f"#forward {PARTS}\nHow many?")
    assert len(await desk.sent(PARTS)) == 1
    ticket = await desk.ticket()
    assert (ticket.status, ticket.waiting_since) == (status, waits)
    assert await due(desk) == before


@pytest.mark.parametrize("status", list(Status))
async def test_a_question_that_was_answered_is_not_waited_for_again(
    desk: Desk, status: Status
) -> None:
    """By what the third party says; a ticket that it opens is to be solved."""
    await desk.receive(mail())
    await forwarded(desk)
    told = await desk.notification()
    answer = mail("Soon.", from_=str(ALICE.address), message_id="a@a.x", **references(told))
    await desk.receive(answer, to=reply_address(told), reverse_path=ALICE.address)
    await became(desk, status)
    done = status in (Status.RESOLVED, Status.CLOSED)
    assert set(await due(desk)) == (set() if done else {SOLVE})
    await they_answer(desk)
    ticket = await desk.ticket()
    assert (ticket.status, ticket.waiting_since) == (Status.OPEN, None)
    assert set(await due(desk)) == {SOLVE}


@pytest.mark.parametrize(
    ("line", "who"),
    [("#assign bob\n", {BOB.address}), ("", {ALICE.address, BOB.address})],
    ids=["assignee", "group"],
)
async def test_their_answer_is_told_to_the_assignee_else_the_group(
    desk: Desk, line: str, who: set[Address]
) -> None:
    await desk.receive(mail())
    await forward_by_mail(desk, f"{line}#forward {PARTS}\nHow many?")
    before = {one.id for one in await desk.deliveries()}
    await they_answer(desk)
    assert {one.recipient for one in await desk.deliveries() if one.id not in before} == who


async def test_long_after_the_ticket_was_closed_it_is_one_of_their_own(desk: Desk) -> None:
    await desk.receive(mail())
    await forwarded(desk)
    await became(desk, Status.CLOSED)
    await desk.clock.advance(31 * 86400)
    before = len(await desk.sent(HONG))
    await they_answer(desk)
    old, new = await desk.tickets()
    assert (old.status, new.requester.address, new.cc) == (Status.CLOSED, PARTS, ())
    assert new.linked == (old.id,)
    assert len(await desk.sent(HONG)) == before
    assert await desk.sent(HONG, 2) == []


async def test_whom_their_mail_has_in_cc_is_not_brought_along(desk: Desk) -> None:
    """Though they are proven, and name who takes part."""
    desk.set_policy(trusted_authserv_ids=frozenset({"mx.acme.example"}))
    await desk.receive(mail())
    await forwarded(desk)
    (asked,) = await desk.sent(PARTS)
    answer = mail(
        "Three of them.",
        from_=str(PARTS),
        message_id="p@supplier.example",
        Cc=f"{LAB}, {HONG}",
        Authentication_Results="mx.acme.example; dmarc=pass header.from=supplier.example",
        **references(asked),
    )
    before = len(await desk.sent(HONG))
    row = await desk.receive(answer, to=reply_address(asked), reverse_path=PARTS, trusted=True)
    account = account_of(await desk.decision(row.id))
    assert account.authentication.value == "pass"
    last = (await desk.entries())[-1]
    assert (last.author.role, last.visibility) == (Role.THIRD_PARTY, Visibility.PRIVATE)
    assert (await desk.ticket()).cc == ()
    await forward_by_mail(desk, "Thanks, I tell him.")
    assert (await desk.entries())[-1].kind is EntryKind.NOTE
    assert await desk.sent(LAB) == []
    assert len(await desk.sent(HONG)) == before


async def test_an_image_that_the_customer_only_quotes_is_not_passed_on(desk: Desk) -> None:
    quote = '<blockquote type="cite"><p>Old.</p><img src="cid:old@x"></blockquote>'
    html = f'<p>See <img src="cid:own@x"></p>{quote}'
    images = (
        f"Content-Type: image/png; name={name}.png\nContent-ID: <{name}@x>\n\nGIF89a {name}"
        for name in ("own", "old")
    )
    parts = (f"Content-Type: text/html\n\n{html}", *images)
    text = "".join(f"--b\n{part}\n" for part in parts)
    fields = {"MIME_Version": "1.0", "Content_Type": "multipart/related; boundary=b"}
    await desk.receive(mail(f"{text}--b--", **fields))
    await forwarded(desk)
    (got,) = await desk.sent(PARTS)
    assert [one.get_filename() for one in got.iter_attachments()] == ["own.png"]
