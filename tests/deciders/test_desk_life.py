"""What becomes of tickets by themselves: after an answer, and as time goes by."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.starts.starting import StartRequest, start
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.deleting import delete_closed
from mailgate.mail.address import Address
from mailgate.model.decision import Reason
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import EventKind, Status
from mailgate.store import operating
from tests.deciders.desk_world import ALICE, SUPPORT
from tests.deciders.inbound_world import HONG, Desk, mail, open_desk, reply_address
from tests.deciders.life_world import (
    DAVE,
    answered,
    by_mail,
    closed_in_time,
    letter,
    merged,
    told,
    wished,
)

DAY = 86400.0


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Hong's ticket 1."""
    async with open_desk(tmp_path) as place:
        place.set_policy(tell_resolved=True)
        await place.receive(letter(HONG, "My parcel has not come.", "h1", "Parcel"))
        yield place


# --- after an answer --------------------------------------------------------------------------


async def test_an_answer_leaves_the_status(desk: Desk) -> None:
    await answered(desk, 1, "It comes tomorrow.", ALICE)
    await by_mail(desk, "It really does.")
    assert (await desk.ticket()).status is Status.OPEN


@pytest.mark.parametrize("way", ["by mail", "by the command line"])
@pytest.mark.parametrize("wanted", [Status.PENDING, Status.RESOLVED])
async def test_an_answer_makes_it_what_the_settings_say(
    desk: Desk, way: str, wanted: Status
) -> None:
    desk.set_policy(status_after_reply=wanted)
    if way == "by mail":
        await by_mail(desk, "It comes tomorrow.")
    else:
        await answered(desk, 1, "It comes tomorrow.", ALICE)
    assert (await desk.ticket()).status is wanted
    assert await told(desk, 1, EventKind.STATUS) == [{"from": "open", "to": wanted.value}]
    # The answer is all that the customer gets.
    mails = [str(one) for one in await desk.sent(HONG)]
    assert ["It comes tomorrow." in one for one in mails] == [False, True]


async def test_an_answer_opens_what_was_resolved_where_the_settings_say_so(desk: Desk) -> None:
    await wished(desk, 1, TicketWish(status=Status.RESOLVED))
    desk.set_policy(status_after_reply=Status.OPEN)
    await answered(desk, 1, "One more thing.", ALICE)
    assert (await desk.ticket()).status is Status.OPEN


async def test_a_note_changes_nothing(desk: Desk) -> None:
    desk.set_policy(status_after_reply=Status.PENDING)
    await by_mail(desk, "#note\nWhere is it?")
    assert (await desk.ticket()).status is Status.OPEN


async def test_a_mail_that_we_began_stays_closed_until_it_is_answered(desk: Desk) -> None:
    desk.set_policy(status_after_reply=Status.PENDING)
    now = desk.clock.now()
    request = StartRequest(SUPPORT, (DAVE,), "Your order", "It is on its way.", agent=ALICE)
    write = partial(start, ctx=desk.context, request=request, now=now, seed=Seed(b"x" * 32))
    await desk.store.write(write)
    await answered(desk, 2, "By Friday.", ALICE)
    assert (await desk.ticket(2)).status is Status.CLOSED
    first = (await desk.sent(DAVE, 2))[0]
    answer = letter(DAVE, "Thank you.", "d1", "Re: [#2] Your order")
    await desk.receive(answer, to=reply_address(first), reverse_path=DAVE)
    assert (await desk.ticket(2)).status is Status.OPEN
    await answered(desk, 2, "You are welcome.", ALICE)
    assert (await desk.ticket(2)).status is Status.PENDING


# --- closed in time ---------------------------------------------------------------------------


async def test_what_is_resolved_is_closed_when_nobody_has_answered(desk: Desk) -> None:
    desk.set_policy(close_resolved_after=timedelta(days=4))
    await wished(desk, 1, TicketWish(status=Status.RESOLVED))
    before = len(await desk.sent(HONG))
    await desk.clock.advance(4 * DAY - 1)
    assert await closed_in_time(desk) == 0
    await desk.clock.advance(1)
    assert await closed_in_time(desk) == 1
    assert (await desk.ticket()).status is Status.CLOSED
    assert (await desk.ticket()).closed_at == desk.clock.now()
    assert len(await desk.sent(HONG)) == before, "nobody is told"
    (event,) = [one for one in await desk.events() if one.detail.get("to") == "closed"]
    assert event.actor == "system"
    assert await closed_in_time(desk) == 0


async def test_an_answer_in_between_begins_anew(desk: Desk) -> None:
    desk.set_policy(close_resolved_after=timedelta(days=4))
    await wished(desk, 1, TicketWish(status=Status.RESOLVED))
    await desk.clock.advance(3 * DAY)
    (resolved,) = [one for one in await desk.sent(HONG) if "resolved" in str(one).lower()][-1:]
    answer = letter(HONG, "It is not here.", "h2", "Re: [#1] Parcel")
    await desk.receive(answer, to=reply_address(resolved))
    await desk.clock.advance(3 * DAY)
    assert await closed_in_time(desk) == 0
    assert (await desk.ticket()).status is Status.OPEN


async def test_never_is_never(desk: Desk) -> None:
    desk.set_policy(close_resolved_after=None)
    await wished(desk, 1, TicketWish(status=Status.RESOLVED))
    await desk.clock.advance(4000 * DAY)
    assert await closed_in_time(desk) == 0


# --- deleted in time --------------------------------------------------------------------------


async def deleted(desk: Desk) -> int:
    job = partial(delete_closed, ctx=desk.context, now=desk.clock.now(), seed=Seed(b"d" * 32))
    return (await desk.store.write(partial(job, limit=10))).taken


async def all_sent(desk: Desk) -> None:
    """Nothing is in the queue any more."""
    now = desk.clock.now()
    await desk.store.write(partial(operating.cancel, wanted=operating.EVERYTHING, now=now))


async def test_what_was_closed_long_ago_goes(desk: Desk) -> None:
    desk.set_policy(delete_closed_after=timedelta(days=365))
    await wished(desk, 1, TicketWish(status=Status.CLOSED))
    await desk.clock.advance(365 * DAY)
    assert await deleted(desk) == 0, "its mail is still in the queue"
    await all_sent(desk)
    assert await deleted(desk) == 1
    assert await desk.tickets() == []


async def test_a_later_answer_opens_a_new_ticket(desk: Desk) -> None:
    """Whatever it has to show for the old one; no number is given twice."""
    desk.set_policy(delete_closed_after=timedelta(days=365))
    await answered(desk, 1, "It comes tomorrow.", ALICE)
    ours = (await desk.sent(HONG))[-1]
    await wished(desk, 1, TicketWish(status=Status.CLOSED))
    await all_sent(desk)
    await desk.clock.advance(365 * DAY)
    assert await deleted(desk) == 1
    late = letter(HONG, "It came.", "h9", "Re: [#1] Parcel").replace(
        b"Subject:", f"In-Reply-To: {ours['Message-ID']}\r\nSubject:".encode()
    )
    row = await desk.receive(late, to=reply_address(ours))
    assert row.ticket == 2
    assert (await desk.ticket(2)).requester.address == HONG
    assert Reason.TICKET_UNKNOWN.value in (await desk.decision(row.id))["reasons"]


async def test_an_agents_late_answer_reaches_nobody_outside(desk: Desk) -> None:
    desk.set_policy(delete_closed_after=timedelta(days=365))
    await wished(desk, 1, TicketWish(status=Status.CLOSED))
    news = await desk.notification()
    await all_sent(desk)
    await desk.clock.advance(365 * DAY)
    assert await deleted(desk) == 1
    row = await desk.receive(
        letter(ALICE.address, "Sorry, that took long.", "a9", "Re: [#1] Parcel"),
        to=reply_address(news),
        reverse_path=ALICE.address,
        authenticated=str(ALICE.address),
    )
    if row.ticket is not None:
        every = await desk.deliveries(row.ticket)
        assert HONG not in [one.recipient for one in every]


async def test_the_same_mail_again_is_one_that_came(desk: Desk) -> None:
    desk.set_policy(delete_closed_after=timedelta(days=1))
    await wished(desk, 1, TicketWish(status=Status.CLOSED))
    await all_sent(desk)
    await desk.clock.advance(DAY)
    assert await deleted(desk) == 1
    again = await desk.receive(letter(HONG, "My parcel has not come.", "h1", "Parcel"))
    assert again.ticket is None
    assert await desk.tickets() == []


async def test_a_merged_one_goes_with_what_it_became(desk: Desk) -> None:
    desk.set_policy(delete_closed_after=timedelta(days=365))
    await desk.receive(letter(DAVE, "Mine too.", "d1", "Parcel"), reverse_path=DAVE)
    await merged(desk, 2, 1)
    await all_sent(desk)
    await desk.clock.advance(400 * DAY)
    assert await deleted(desk) == 0
    await wished(desk, 1, TicketWish(status=Status.CLOSED))
    await desk.clock.advance(365 * DAY)
    assert await deleted(desk) == 1
    assert await desk.tickets() == []


async def test_what_is_open_or_young_stays(desk: Desk) -> None:
    desk.set_policy(delete_closed_after=timedelta(days=365))
    await all_sent(desk)
    await desk.clock.advance(400 * DAY)
    assert await deleted(desk) == 0
    await wished(desk, 1, TicketWish(status=Status.CLOSED))
    await desk.clock.advance(365 * DAY - 1)
    assert await deleted(desk) == 0
    desk.set_policy(delete_closed_after=None)
    await desk.clock.advance(4000 * DAY)
    assert await deleted(desk) == 0
    assert (await desk.ticket(TicketId(1))).status is Status.CLOSED


# --- who is told that it is resolved ----------------------------------------------------------

RESOLVED = TicketWish(status=Status.RESOLVED)


async def told_resolved(desk: Desk) -> int:
    """How many mails told Hong, besides the acknowledgements."""
    every = [d for number in range(1, len(await desk.tickets()) + 1)
             for d in await desk.sent(HONG, number)]  # fmt: skip
    return sum("resolved" in str(one.get_body(("plain",))) for one in every)


async def test_whose_address_is_in_many_mails_is_not_told_of_each(desk: Desk) -> None:
    """Nothing proves any of them: somebody else may have written them, and an operator who
    resolves them all sends no more than acknowledgements may go."""
    desk.set_policy(acknowledgements_per_address_per_day=3)
    for number in range(2, 8):
        await desk.receive(letter(HONG, f"Buy {number}.", f"f{number}", f"Parcel {number}"))
    for number in range(1, 8):
        await wished(desk, number, RESOLVED)
    assert len([d for d in await desk.every_mail() if d.recipient == HONG]) == 3
    assert {"what": "resolved", "why": "acknowledgement_budget"} in await told(
        desk, 7, EventKind.SUPPRESSED
    )


async def test_whose_address_was_forged_is_not_told(desk: Desk) -> None:
    failed = {"Authentication_Results": "mx.acme.example; dmarc=fail header.from=customer.example"}
    desk.set_policy(trusted_authserv_ids=frozenset({"mx.acme.example"}))
    await desk.receive(
        mail("Buy.", message_id="x1@evil.example", subject="Buy", **failed), trusted=True
    )
    await wished(desk, 2, RESOLVED)
    assert await desk.sent(HONG, 2) == []
    assert await told_resolved(desk) == 0
    why = {"what": "resolved", "why": "sender_unauthenticated"}
    assert why in await told(desk, 2, EventKind.SUPPRESSED)


VICTIM = Address("victim", "elsewhere.example")


async def shown_and_resolved(desk: Desk) -> None:
    """An agent passes on a mail of the victim's, or one that is made up, and says that it is
    settled: ticket 2."""
    text = (
        "#resolve\n\n---------- Forwarded message ---------\n"
        "From: Victim <victim@elsewhere.example>\nDate: Mon, 5 Jan 2026 08:00:00 +0000\n"
        "Subject: Offer\nTo: alice@acme.example\n\nBuy."
    )
    await desk.receive(
        mail(text, from_=str(ALICE.address), subject="Fwd: Offer", message_id="fw@acme.example"),
        reverse_path=ALICE.address,
        trusted=True,
        authenticated=str(ALICE.address),
    )
    ticket = await desk.ticket(2)
    assert (ticket.requester.address, ticket.status) == (VICTIM, Status.RESOLVED)


async def test_whose_mail_an_agent_shows_us_hears_nothing_of_it(desk: Desk) -> None:
    await shown_and_resolved(desk)
    assert await desk.sent(VICTIM, 2) == []
    why = {"what": "resolved", "why": "passed_on_by_agent"}
    assert why in await told(desk, 2, EventKind.SUPPRESSED)


async def test_unless_the_settings_let_them(desk: Desk) -> None:
    """`[agents] acknowledge_forwarded`: in neutral words, as nothing proves them."""
    desk.set_policy(acknowledge_forwarded=True)
    await shown_and_resolved(desk)
    acknowledged, settled = await desk.sent(VICTIM, 2)
    assert "resolved" in str(settled)
    for one in (acknowledged, settled):
        assert "Offer" not in str(one)


async def test_who_has_proven_nothing_is_told_in_neutral_words(desk: Desk) -> None:
    await wished(desk, 1, RESOLVED)
    assert await told_resolved(desk) == 1
    assert "Parcel" not in str((await desk.sent(HONG))[-1])
