"""Bounces come home: what a report changes, who is told, and what changes nothing."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from mailgate.desk.by import By
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.changing import set_ticket
from mailgate.desk.words.templates import Templates
from mailgate.mail.address import Address
from mailgate.model.delivery import DeliveryState, Lane, LeasedDelivery
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.suppression import Lanes, SuppressionCause
from mailgate.model.ticket import EntryKind, EventKind, Visibility
from mailgate.store import suppressions
from mailgate.store.core import Connection
from tests.deciders.bounce_world import Post, Said, post, taken
from tests.deciders.desk_world import ALICE, BOB, SUPPORT
from tests.deciders.inbound_world import HONG, NULL, mail
from tests.harness.reports import Told, complaint

CEO = Address("ceo", "customer.example")
KIM = Address("kim", "elsewhere.example")
GONE = Told(str(HONG))
"""550 5.1.1."""
FULL = Told(str(HONG), status="5.2.2", said="552 5.2.2 mailbox full")
PASS = {"Authentication_Results": "mx.acme.example; dmarc=pass header.from=customer.example"}


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Post]:
    """Hong has a ticket, and Alice's answer has left."""
    async with post(tmp_path) as found:
        found.desk.set_policy(trusted_authserv_ids=frozenset({"mx.acme.example"}))
        await found.opened()
        await found.answer()
        await found.leave()
        yield found


def refusing(recipient: Address, said: str) -> Said:
    def answer(leased: LeasedDelivery) -> str:
        return said if leased.recipient == recipient else taken(leased)

    return answer


async def kinds(place: Post) -> list[EventKind]:
    return [event.kind for event in await place.desk.events()]


# --- a report that is true ------------------------------------------------------------------------


async def test_a_bounce_is_kept_on_the_ticket_in_private(place: Post) -> None:
    decision = await place.report(GONE)
    assert decision["disposition"] == "record_bounce"
    assert "report_matched" in decision["reasons"]
    entry = (await place.desk.entries())[-1]
    assert (entry.kind, entry.visibility) == (EntryKind.BOUNCE, Visibility.PRIVATE)
    assert entry.flags == ()


async def test_the_delivery_shows_what_came_back(place: Post) -> None:
    await place.report(GONE)
    shown = await place.delivery()
    assert shown.state is DeliveryState.DELIVERED, "the next hop did take it"
    assert shown.bounced is not None
    assert (shown.bounced.status, shown.bounced.text) == ("5.1.1", "550 5.1.1 unknown user")
    event = next(e for e in await place.desk.events() if e.kind is EventKind.BOUNCED)
    assert event.detail["delivery"] == shown.id
    assert (event.detail["recipient"], event.detail["status"]) == (str(HONG), "5.1.1")


async def test_a_bad_address_rests_for_thirty_days(place: Post) -> None:
    await place.report(GONE)
    (kept,) = await place.kept()
    now = place.desk.clock.now()
    assert (kept.address, kept.lanes, kept.cause) == (HONG, Lanes.ALL, SuppressionCause.BOUNCE)
    assert (kept.at, kept.until) == (now, now + timedelta(days=30))
    assert kept.delivery == (await place.delivery()).id
    assert EventKind.ADDRESS_SUPPRESSED in await kinds(place)


async def test_the_setting_says_how_long(place: Post) -> None:
    place.desk.set_policy(suppress_hard_bounces_for=timedelta(days=2))
    await place.report(GONE)
    (kept,) = await place.kept()
    assert kept.until == place.desk.clock.now() + timedelta(days=2)


@pytest.mark.parametrize(
    "told",
    [
        FULL,
        Told(str(HONG), status="5.7.1", said="550 5.7.1 we do not like you"),
        Told(str(HONG), status="4.4.7", said="message expired"),
    ],
)
async def test_another_failure_is_told_and_the_address_stays(place: Post, told: Told) -> None:
    before = len(await place.told())
    await place.report(told)
    assert await place.kept() == []
    assert (await place.delivery()).bounced is not None
    assert len(await place.told()) == before + 1


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
async def test_a_notice_that_is_no_failure_is_kept_and_told_to_nobody(
    place: Post, action: str
) -> None:
    before = await place.desk.deliveries()
    await place.report(
        Told(str(HONG), action, "4.4.1" if action == "delayed" else "2.0.0", "later")
    )
    assert await place.desk.deliveries() == before
    assert await place.kept() == []
    assert (EventKind.DELIVERY_DELAYED in await kinds(place)) is (action == "delayed")
    assert (await place.desk.entries())[-1].kind is EntryKind.BOUNCE


# --- who is told ----------------------------------------------------------------------------------


async def test_the_agents_are_told_to_whom_it_did_not_go_why_and_what_to_do(place: Post) -> None:
    await place.report(GONE)
    for agent in (ALICE, BOB):
        told = (await place.told(agent.address))[-1]
        assert f"Not delivered: a mail to {HONG}" in told
        assert "The other side said: 550 5.1.1 unknown user" in told
        assert "What to do:" in told
        assert f"mailgate suppressions lift {HONG}" in told
        assert "unless a mail that is proven to be from it comes before then" in told
        assert "goes to no customer" in told


async def test_the_notice_is_a_machines_and_cannot_bounce(place: Post) -> None:
    await place.report(GONE)
    notice = await place.desk.notification()
    assert notice["Auto-Submitted"] == "auto-generated"
    assert notice["X-Auto-Response-Suppress"] == "All"
    assert notice["Subject"].startswith("[#1]")
    left = await place.leave()
    assert {one.recipient for one in left} == {ALICE.address, BOB.address}
    assert {str(one.reverse_path) for one in left} == {str(NULL)}


async def test_nothing_that_a_report_says_goes_outside(place: Post) -> None:
    outside = [d for d in await place.desk.deliveries() if d.outside]
    await place.report(Told(str(HONG), said="550 5.1.1 unknown user, see https://evil.example"))
    assert [d.id for d in await place.desk.deliveries() if d.outside] == [d.id for d in outside]


async def test_who_has_the_ticket_is_told_alone(place: Post) -> None:
    def assign(conn: Connection) -> None:
        wish = TicketWish(assignee=BOB.address)
        now = place.desk.clock.now()
        by = By("operator", now, Seed(b"s" * 32))
        set_ticket(conn, place.desk.context, TicketId(1), wish, by=by)

    await place.desk.store.write(assign)
    before = len(await place.told(ALICE.address))
    await place.report(GONE)
    assert "Not delivered" in (await place.told(BOB.address))[-1]
    assert len(await place.told(ALICE.address)) == before


async def test_it_is_told_once(place: Post) -> None:
    """Mail systems report twice, and in other words."""
    await place.report(GONE)
    before = len(await place.told())
    await place.report(Told(str(HONG), said="550 5.1.1 there is still nobody"))
    assert len(await place.told()) == before
    assert (await kinds(place)).count(EventKind.BOUNCED) == 1
    kept = [entry.kind for entry in await place.desk.entries()]
    assert kept.count(EntryKind.BOUNCE) == 2, "but nothing is lost"


async def test_a_desk_that_speaks_korean_is_told_in_korean(tmp_path: Path) -> None:
    async with post(tmp_path) as place:
        help_ko = Address("help", "hangook.example")
        minsu = Address("minsu", "hangook.example")
        await place.desk.receive(mail(to=str(help_ko)), to=help_ko)
        await place.leave()
        await place.answer()
        await place.leave()
        await place.report(GONE)
        told = (await place.told(minsu))[-1]
        assert f"전달되지 않은 메일의 받는 사람: {HONG}" in told
        assert "상대 서버의 응답: 550 5.1.1 unknown user" in told
        assert "이 주소에서 보낸 것으로 확인된 메일이 오지 않는 한" in told


# --- a report that proves nothing (attack 19) -----------------------------------------------------


async def changes_nothing(
    place: Post, *told: Told, why: str, to: Address | None = None, about: str | None = None
) -> None:
    before = await place.desk.deliveries()
    decision = await place.report(*told, to=to, about=about)
    assert why in decision["reasons"]
    assert await place.desk.deliveries() == before, "no mail, nothing noted"
    assert await place.kept() == []
    entry = (await place.desk.entries())[-1]
    assert (entry.kind, entry.visibility) == (EntryKind.BOUNCE, Visibility.PRIVATE)
    assert why in entry.flags


async def test_a_report_to_the_support_address_changes_nothing(place: Post) -> None:
    """Mallory knows the id of our answer: it is kept where that belongs, no more."""
    await changes_nothing(place, GONE, to=SUPPORT, why="report_unsigned")


async def test_a_report_to_a_reply_address_changes_nothing(place: Post) -> None:
    acknowledgement = (await place.desk.sent(HONG))[0]
    spec = acknowledgement["Reply-To"].addresses[0]
    token = Address(spec.username, spec.domain)
    await changes_nothing(place, GONE, to=token, why="report_unsigned")


async def test_a_report_about_another_changes_nothing(place: Post) -> None:
    other = Told(str(CEO))
    id_of_another = "other@elsewhere.example"
    await changes_nothing(place, other, about=id_of_another, why="report_of_another_recipient")


async def test_a_report_about_several_changes_nothing(place: Post) -> None:
    await changes_nothing(place, GONE, Told(str(CEO)), why="report_of_several")


async def test_a_participant_cannot_silence_the_requester(place: Post) -> None:
    """Each recipient of one mail has a signed address of their own."""
    await place.answer(cc=(KIM,))
    await place.leave()
    assert place.path(KIM) != place.path(HONG)
    await changes_nothing(place, GONE, to=place.path(KIM), why="report_of_another_recipient")
    await place.report(Told(str(KIM)), to=place.path(KIM), about=place.message_id(KIM))
    assert await place.kept_from() == [KIM]


async def test_a_forged_signature_changes_nothing(place: Post) -> None:
    path = place.path()
    forged = Address(
        f"{path.localpart[:-1]}{'a' if path.localpart[-1] != 'a' else 'b'}", path.domain
    )
    await changes_nothing(place, GONE, to=forged, why="report_unsigned")


async def test_mail_that_was_passed_on_is_told_and_keeps_nothing_from_anybody(place: Post) -> None:
    before = len(await place.told())
    await place.report(Told(str(CEO)))
    assert await place.kept() == []
    assert (await place.delivery()).bounced is not None
    assert len(await place.told()) == before + 1


async def test_whom_the_remote_alias_stood_for_is_bad(place: Post) -> None:
    await place.report(Told(str(CEO), original=str(HONG)))
    assert await place.kept_from() == [HONG]


async def test_no_report_without_the_signature_changes_anything(place: Post) -> None:
    """Wherever it comes to, whoever and whichever mail it names, in any order."""
    before = await place.desk.deliveries()
    answered = (await place.desk.sent(HONG))[0]["Reply-To"].addresses[0]
    places = (
        SUPPORT,
        Address(answered.username, answered.domain),
        Address(f"support+b{'a' * 32}", "acme.example"),
        Address(answered.username.replace("+t", "+b"), answered.domain),
    )
    abouts = (place.message_id(), place.message_id(ALICE.address), "x@elsewhere.example")
    told = (GONE, Told(str(CEO)), Told(str(ALICE.address)), Told(None), FULL)
    for where, about, each in itertools.product(places, abouts, told):
        await place.report(each, to=where, about=about)
    assert await place.kept() == []
    assert await place.desk.deliveries() == before


async def test_no_report_causes_mail_to_the_outside(place: Post) -> None:
    """Not even one that is true in everything."""
    actions = ("failed", "delayed", "delivered", "relayed", "expanded")
    statuses = ("5.1.1", "5.2.2", "5.7.1", "4.4.7", "2.0.0")
    before = [d.id for d in await place.desk.deliveries() if d.lane is not Lane.NOTIFICATION]
    for action, status in itertools.product(actions, statuses):
        said = f"{status} http://evil.example/ <{HONG}>"
        await place.report(Told(str(HONG), action, status, said))
        await place.leave(lambda one: "250 2.0.0 ok" if one.outside else "550 5.7.1 no")
    after = await place.desk.deliveries()
    assert [d.id for d in after if d.lane is not Lane.NOTIFICATION] == before
    told = {d.recipient for d in after if d.lane is Lane.NOTIFICATION}
    assert told == {ALICE.address, BOB.address}


# --- refused in the dialogue ----------------------------------------------------------------------


async def test_a_refused_address_rests_and_the_agents_are_told(place: Post) -> None:
    await place.answer("And more.")
    await place.leave(refusing(HONG, "550 5.1.1 unknown user"))
    assert (await place.delivery()).state is DeliveryState.FAILED
    assert await place.kept_from() == [HONG]
    told = (await place.told())[-1]
    assert f"Not delivered: a mail to {HONG}" in told
    assert "550 5.1.1 unknown user" in told


async def test_a_refused_mail_is_told_and_the_address_stays(place: Post) -> None:
    await place.answer("And more.")
    await place.leave(refusing(HONG, "550 5.7.1 not from you"))
    assert await place.kept() == []
    assert "550 5.7.1 not from you" in (await place.told())[-1]


async def test_a_refusal_that_a_report_repeats_is_told_once(place: Post) -> None:
    await place.answer("And more.")
    await place.leave(refusing(HONG, "550 5.7.1 not from you"))
    before = len(await place.told())
    await place.report(GONE)
    assert len(await place.told()) == before


async def test_a_notice_that_cannot_be_written_stops_no_mail(place: Post) -> None:
    """A defect of ours: the failure is settled, and the ticket says what is missing."""
    await place.answer("And more.")
    broken = Templates({})
    place.desk.context = replace(place.desk.context, templates=broken)
    await place.leave(refusing(HONG, "550 5.1.1 unknown user"))
    assert (await place.delivery()).state is DeliveryState.FAILED
    assert await place.kept_from() == [HONG]
    assert (await place.desk.events())[-1].detail["what"] == "notice"


# --- an address that rests ------------------------------------------------------------------------


async def test_no_more_mail_is_dialled_to_it_and_who_writes_is_told(place: Post) -> None:
    await place.report(GONE)
    await place.leave()
    await place.answer("Did it arrive?")
    left = await place.leave()
    assert HONG not in {one.recipient for one in left}
    shown = await place.delivery()
    assert shown.state is DeliveryState.FAILED
    assert shown.last_reply is not None
    assert f"mailgate suppressions lift {HONG}" in shown.last_reply.text
    told = (await place.told())[-1]
    assert f"Not sent: a mail to {HONG}" in told
    assert "unless a mail that is proven to be from it comes before then" in told
    assert "550 5.1.1 unknown user" in told


async def test_a_mail_that_is_proven_to_come_from_it_ends_that(place: Post) -> None:
    await place.report(GONE)
    await place.desk.receive(mail("I am back.", message_id="q2@b", **PASS), trusted=True)
    assert await place.kept() == []
    lifted = [
        event
        for ticket in await place.desk.tickets()
        for event in await place.desk.events(ticket.id)
        if event.kind is EventKind.ADDRESS_LIFTED
    ]
    assert [event.detail["address"] for event in lifted] == [str(HONG)]


async def test_a_mail_that_anybody_could_have_sent_does_not(place: Post) -> None:
    await place.report(GONE)
    await place.desk.receive(mail("I am back.", message_id="q2@b"))
    failing = {k: v.replace("pass", "fail") for k, v in PASS.items()}
    await place.desk.receive(mail("I am back.", message_id="q3@b", **failing), trusted=True)
    assert await place.kept_from() == [HONG]


# --- agents ---------------------------------------------------------------------------------------


async def test_a_colleagues_bounce_is_told_to_the_others(place: Post) -> None:
    path = place.path(ALICE.address)
    before = len(await place.told(ALICE.address))
    await place.report(Told(str(ALICE.address)), to=path, about=place.message_id(ALICE.address))
    assert await place.kept_from() == [ALICE.address]
    assert len(await place.told(ALICE.address)) == before, "they would not get it"
    assert f"your colleague {ALICE.address}" in (await place.told(BOB.address))[-1]


async def test_a_notice_that_fails_tells_nobody(place: Post) -> None:
    """However it fails: there is no loop of notices about notices."""
    await place.report(GONE)
    left = await place.leave(lambda _: "550 5.7.1 no")
    assert {one.recipient for one in left} == {ALICE.address, BOB.address}
    assert await place.leave() == []


async def test_two_agents_whose_mailboxes_are_gone_fall_silent(place: Post) -> None:
    await place.desk.receive(mail("One more.", message_id="q5@b"))
    dialled = await place.leave(lambda one: "250 2.0.0 ok" if one.outside else "550 5.1.1 no")
    assert len(dialled) <= 6
    assert set(await place.kept_from()) == {ALICE.address, BOB.address}
    await place.desk.receive(mail("And more.", message_id="q6@b"))
    assert {one.recipient for one in await place.leave()} <= {HONG}


# --- complaints -----------------------------------------------------------------------------------


async def complain(place: Post, to: Address, recipient: Address | None, **how: str) -> None:
    content = complaint(
        str(to), None if recipient is None else str(recipient), place.message_id(), **how
    )
    await place.desk.receive(content, to=to, reverse_path=Address("feedback", "isp.example"))


@pytest.mark.parametrize("field", ["mail_from", "return_path"])
async def test_who_complains_gets_no_campaign_any_more(place: Post, field: str) -> None:
    """A feedback loop writes to the support address; its report has the reverse path of the mail
    (RFC 5965 §3.2), or the copy in it has."""
    await complain(place, SUPPORT, HONG, **{field: str(place.path())})
    (kept,) = await place.kept()
    assert (kept.address, kept.lanes, kept.until) == (HONG, Lanes.CAMPAIGN, None)
    assert EventKind.COMPLAINED in await kinds(place)
    assert f"{HONG} has called a mail of ours spam" in (await place.told())[-1]
    await place.answer("All right.")
    assert HONG in {one.recipient for one in await place.leave()}, "answers still go"
    now = place.desk.clock.now()
    assert await place.desk.store.write(partial(suppressions.lift, address=HONG, now=now))
    assert await place.kept() == []


async def test_nobody_complains_in_the_name_of_who_got_the_same_mail(place: Post) -> None:
    """Kim was in Cc: the id is the same in both copies, the signed address is not."""
    await place.answer("And this.", cc=(KIM,))
    await place.leave()
    assert place.message_id(KIM) == place.message_id(HONG)
    told = len(await place.told())
    await complain(place, SUPPORT, HONG)
    await complain(place, SUPPORT, HONG, mail_from=str(place.path(KIM)))
    await complain(place, place.path(KIM), HONG)
    await complain(place, SUPPORT, HONG, mail_from="support+b" + "a" * 32 + "@acme.example")
    assert await place.kept() == []
    assert EventKind.COMPLAINED not in await kinds(place)
    assert len(await place.told()) == told


async def test_a_complaint_at_the_signed_address_counts_for_whom_it_is_for(place: Post) -> None:
    await complain(place, place.path(), None)
    assert await place.kept_from() == [HONG]


async def test_a_complaint_of_somebody_else_changes_nothing(place: Post) -> None:
    before = await place.desk.deliveries()
    await complain(place, SUPPORT, CEO)
    assert await place.kept() == []
    assert await place.desk.deliveries() == before


async def test_a_complaint_is_told_once(place: Post) -> None:
    await complain(place, place.path(), HONG)
    before = len(await place.told())
    await complain(place, place.path(), HONG, says="fraud")
    assert len(await place.told()) == before


async def test_lanes_are_what_they_are_called() -> None:
    assert {lane.value for lane in Lanes} - {lane.value for lane in Lane} == {"all"}
