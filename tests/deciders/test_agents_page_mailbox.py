"""docs/agents.md, above its commands: who gets what an agent writes, and what stays inside."""

from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest

from mailgate.mail.address import Address, ReversePath
from mailgate.model.delivery import DeliveryState
from mailgate.model.directory import Agent
from mailgate.model.journal import JournalSummary
from mailgate.model.ticket import Entry, EntryKind, Role, Visibility
from mailgate.store import operating
from tests.deciders.bounce_world import post
from tests.deciders.desk_world import ALICE, BOB, body
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
from tests.harness.reports import Told

PARK = Address("park", "customer.example")
MALLORY = Address("mallory", "elsewhere.example")
MX = "mx.acme.example"
GONE = Told(str(HONG))
"""550 5.1.1."""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk with a customer's question, behind a mail server that checks senders."""
    async with open_desk(tmp_path) as place:
        place.set_policy(trusted_authserv_ids=frozenset({MX}))
        await place.receive(mail())
        yield place


_NUMBER = iter(range(10_000))


def said_of(content: bytes, verdict: str, domain: str = "acme.example") -> bytes:
    """The mail as the mail server hands it on that has checked who sent it."""
    said = f"Authentication-Results: {MX}; dmarc={verdict} header.from={domain}\r\n"
    return said.encode() + content


async def answers(
    desk: Desk,
    told: EmailMessage,
    text: str,
    *,
    agent: Agent = ALICE,
    from_: Address | None = None,
    reverse_path: ReversePath | None = None,
    verdict: str = "none",
    **fields: str,
) -> JournalSummary:
    """An answer to a mail of ours: what it says stands above that mail, which is quoted."""
    sender, to = from_ or agent.address, reply_address(told)
    quoted = "\n".join(f"> {line}" for line in body(told, "plain").splitlines())
    given = {"subject": f"Re: {told['Subject']}", "message_id": f"a{next(_NUMBER)}@a.x"} | fields
    content = mail(
        f"{text}\n\nOn Mon, 5 Jan 2026, Acme Support wrote:\n{quoted}",
        from_=str(sender),
        to=str(to),
        **given,
        **references(told),
    )
    return await desk.receive(
        said_of(content, verdict, sender.domain),
        to=to,
        reverse_path=reverse_path or sender,
        trusted=True,
    )


async def last(desk: Desk) -> Entry:
    return (await desk.entries())[-1]


# --- Cc ------------------------------------------------------------------------------------------


async def test_whom_an_agent_puts_into_cc_gets_our_answers_from_then_on(desk: Desk) -> None:
    """And nothing of what was written before, though the agent quotes it. A colleague there has
    the agent's own mail, and is no participant."""
    (told,) = await desk.sent(BOB.address)
    both = f"{PARK}, {BOB.address}"
    await answers(desk, await desk.notification(), "First.", verdict="pass", Cc=both)
    assert len(await desk.sent(BOB.address)) == 1
    assert (await desk.ticket()).cc == (PARK,)
    await answers(desk, told, "Second.", agent=BOB)
    got = await desk.sent(PARK)
    assert [body(one, "plain").split()[0] for one in got] == ["First.", "Second."]
    assert {one["From"].addresses[0].addr_spec for one in got} == {"support@acme.example"}
    assert all("parcel has not come" not in body(one, "plain") for one in got)


@pytest.mark.parametrize("verdict", ["pass", "none"])
async def test_cc_works_where_the_agents_mail_server_proves_them(desk: Desk, verdict: str) -> None:
    """Their reply address alone lets them answer, and bring nobody."""
    await answers(desk, await desk.notification(), "Soon.", verdict=verdict, Cc=str(PARK))
    assert len(await desk.sent(HONG)) == 2, "the acknowledgement, and the answer"
    assert (await desk.ticket()).cc == ((PARK,) if verdict == "pass" else ())
    assert len(await desk.sent(PARK)) == (verdict == "pass")


# --- what stays inside ---------------------------------------------------------------------------


async def test_a_forward_to_the_reply_address_stays_inside_too(desk: Desk) -> None:
    told = await desk.notification()
    await answers(desk, told, "Bob: no refund.", subject=f"Fwd: {told['Subject']}", verdict="pass")
    assert len(await desk.sent(HONG)) == 1
    assert (await last(desk)).kind is EntryKind.NOTE
    said = " ".join(body(await desk.notification(), "plain").split())
    assert "was not sent to the customer" in said


@pytest.mark.parametrize(
    ("to", "goes_out"),
    [({"to": str(HONG)}, True), ({"to": str(BOB.address)}, False)],
    ids=["the customer", "a colleague"],
)
async def test_with_us_in_cc_alone_it_is_an_answer_where_the_customer_gets_it(
    desk: Desk, to: dict[str, str], *, goes_out: bool
) -> None:
    content = mail(
        "Soon.",
        from_=str(ALICE.address),
        subject="Re: [#1] Where is my parcel?",
        message_id="cc@acme.example",
        Cc="support@acme.example",
        In_Reply_To="<q1@customer.example>",
        **to,
    )
    await desk.receive(said_of(content, "pass"), reverse_path=ALICE.address, trusted=True)
    shown = Visibility.PUBLIC if goes_out else Visibility.PRIVATE
    assert (await last(desk)).visibility is shown
    assert len(await desk.sent(HONG)) == 1, "who has got it from the agent gets it once"


@pytest.mark.parametrize("to_us", [True, False])
async def test_an_answer_to_the_notification_that_is_written_to_a_colleague_stays_inside(
    desk: Desk, *, to_us: bool
) -> None:
    """With us in Cc, not at the reply address: the agent asks Bob and lets us read it."""
    told = await desk.notification()
    content = mail(
        "Bob, can we refund this?",
        from_=str(ALICE.address),
        to="support@acme.example" if to_us else str(BOB.address),
        subject=f"Re: {told['Subject']}",
        message_id="ask@acme.example",
        Cc=str(BOB.address) if to_us else "support@acme.example",
        **references(told),
    )
    await desk.receive(said_of(content, "pass"), reverse_path=ALICE.address, trusted=True)
    assert len(await desk.sent(HONG)) == (2 if to_us else 1)
    assert (await last(desk)).kind is (EntryKind.MESSAGE if to_us else EntryKind.NOTE)


async def test_an_agents_mail_that_comes_twice_is_sent_once(desk: Desk) -> None:
    told = await desk.notification()
    for _ in range(2):
        await answers(desk, told, "#tag x\nSoon.", message_id="same@acme.example")
    assert len(await desk.sent(HONG)) == 2, "the acknowledgement, and the answer"
    assert [one.kind for one in await desk.entries()] == [EntryKind.MESSAGE] * 2


# --- notices -------------------------------------------------------------------------------------


async def test_what_is_answered_to_a_notice_becomes_a_note(tmp_path: Path) -> None:
    """First that a mail came back, then that none is sent to the address any more."""
    async with post(tmp_path) as place:
        await place.opened()
        await place.answer()
        await place.leave()
        await place.report(GONE)
        await place.answer("Did it arrive?")
        await place.leave()
        got = len(await place.desk.sent(HONG))
        notices = [
            one
            for one in await place.desk.sent(ALICE.address)
            if body(one, "plain").splitlines()[2].startswith(("Not delivered: ", "Not sent: "))
        ]
        assert len(notices) == 2
        assert all("What to do: " in body(one, "plain") for one in notices)
        for notice in notices:
            await answers(place.desk, notice, "I call him.")
            assert (await last(place.desk)).kind is EntryKind.NOTE
        assert len(await place.desk.sent(HONG)) == got


# --- who wrote it --------------------------------------------------------------------------------


async def again(desk: Desk, verdict: str, *, by_number: bool) -> None:
    """The customer's name writes again, onto the ticket that is there."""
    (first,) = await desk.sent(HONG)
    known = {} if by_number else references(first)
    content = mail(
        "Send it elsewhere.",
        subject="Re: [#1] Where is my parcel?",
        message_id="q2@customer.example",
        **known,
    )
    await desk.receive(said_of(content, verdict, HONG.domain), trusted=True)


@pytest.mark.parametrize(
    ("verdict", "by_number", "doubted"),
    [
        ("none", True, True),
        ("fail", True, True),
        ("fail", False, True),
        ("pass", True, False),
        ("none", False, False),
    ],
)
async def test_who_has_nothing_but_a_from_address_is_marked_and_answered_by_a_note(
    desk: Desk, verdict: str, *, by_number: bool, doubted: bool
) -> None:
    earlier = await desk.notification()
    await again(desk, verdict, by_number=by_number)
    told = await desk.notification()
    assert ("NOT verified" in body(told, "plain")) is doubted
    assert ((await last(desk)).visibility is Visibility.PRIVATE) is doubted
    await answers(desk, told, "Where to?")
    assert ((await last(desk)).kind is EntryKind.NOTE) is doubted
    assert len(await desk.sent(HONG)) == (1 if doubted else 2)
    await answers(desk, earlier, "To whom?")
    assert "To whom?" in body((await desk.sent(HONG))[-1], "plain")


async def test_a_forged_sender_of_a_new_ticket_is_marked_and_can_be_answered(desk: Desk) -> None:
    """There is no earlier notification: who is asked whether it was them is its sender."""
    content = said_of(mail("Pay me.", message_id="n1@x.example"), "fail", HONG.domain)
    await desk.receive(content, trusted=True)
    told = await desk.notification(ALICE.address, 2)
    assert "NOT verified" in body(told, "plain")
    await answers(desk, told, "Was it you?")
    (asked,) = await desk.sent(HONG, 2)
    assert "Was it you?" in body(asked, "plain")


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Alice Kim", "has a NAME OF OURS"), ("hong@customer.example", "the name shows ANOTHER")],
)
async def test_a_name_that_deceives_is_marked(desk: Desk, name: str, shown: str) -> None:
    content = mail("Pay me.", from_=f'"{name}" <{MALLORY}>', message_id="m1@elsewhere.example")
    await desk.receive(content, reverse_path=MALLORY)
    text = body(await desk.notification(ALICE.address, 2), "plain")
    (line,) = [line for line in text.splitlines() if str(MALLORY) in line and "wrote" in line]
    assert shown in line


async def test_answers_do_not_go_where_reply_to_asks_for_them(desk: Desk) -> None:
    await desk.receive(mail("Pay me.", Reply_To=str(MALLORY), message_id="r1@customer.example"))
    told = await desk.notification(ALICE.address, 2)
    assert f"asks for answers to {MALLORY}" in body(told, "plain")
    await answers(desk, told, "Soon.")
    assert await desk.sent(MALLORY, 2) == []
    assert "Soon." in body((await desk.sent(HONG, 2))[-1], "plain")


# --- two at once ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "both"), [(599, True), (601, False)])
async def test_who_answers_within_ten_minutes_is_told_of_the_other(
    desk: Desk, seconds: float, *, both: bool
) -> None:
    (bobs,) = await desk.sent(BOB.address)
    await answers(desk, await desk.notification(), "It comes tomorrow.")
    await desk.clock.advance(seconds)
    await answers(desk, bobs, "We send it again.", agent=BOB)
    alices, bobs_now = [
        " ".join(body(one, "plain") for one in (await desk.sent(agent.address))[1:])
        for agent in (ALICE, BOB)
    ]
    assert ("We send it again." in alices) is both
    assert ("It comes tomorrow." in bobs_now) is both


# --- whose mail it is ----------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", ["none", "pass"])
async def test_a_colleague_who_answers_anothers_notification_has_to_be_proven(
    desk: Desk, verdict: str
) -> None:
    row = await answers(
        desk, await desk.notification(), "I take it.", from_=BOB.address, verdict=verdict
    )
    got = await desk.sent(HONG)
    if verdict == "none":
        assert (row.state, row.cause) == (QUARANTINED, "agent_not_proven")
        assert len(got) == 1
    else:
        assert got[-1]["From"] == '"Bob Lee (Acme Support)" <support@acme.example>'


async def test_a_notification_in_a_strangers_hands(desk: Desk) -> None:
    """An address of the agent's that no setting knows is a stranger's."""
    told = await desk.notification()
    for sender in (MALLORY, Address("alice", "home.example")):
        row = await answers(desk, told, "Soon.", from_=sender)
        assert (row.state, row.ticket) == (DONE, 1)
        entry = await last(desk)
        assert (entry.visibility, entry.author.role) == (Visibility.PRIVATE, Role.STRANGER)
        assert "NOT a participant" in body(await desk.notification(), "plain")
    assert len(await desk.sent(HONG)) == 1


@pytest.mark.parametrize("verdict", ["none", "fail"])
async def test_who_has_it_can_write_in_the_agents_name_unless_the_checks_fail(
    desk: Desk, verdict: str
) -> None:
    told = await desk.notification()
    row = await answers(desk, told, "Pay me.", reverse_path=MALLORY, verdict=verdict)
    got = await desk.sent(HONG)
    if verdict == "fail":
        assert (row.state, row.cause) == (QUARANTINED, "agent_not_proven")
        assert len(got) == 1
    else:
        assert got[-1]["From"] == '"Alice Kim (Acme Support)" <support@acme.example>'


# --- taken back ----------------------------------------------------------------------------------


async def test_an_answer_that_is_taken_back_stays_on_the_ticket(desk: Desk) -> None:
    desk.set_policy(undo=timedelta(seconds=10))
    await answers(desk, await desk.notification(), "You are a fool.")
    (mine,) = [one for one in await desk.deliveries() if one.lane.value == "reply"]
    assert mine.due_at == desk.clock.now() + timedelta(seconds=10)
    stop = partial(operating.cancel, wanted=operating.named(mine.id), now=desk.clock.now())
    await desk.store.write(stop)
    states = {one.id: one.state for one in await desk.deliveries()}
    assert states[mine.id] is DeliveryState.CANCELLED
    assert (await last(desk)).text.strip() == "You are a fool."
