"""The daily mail to the operators: when it goes, what is in it, and that nothing answers it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailgate.desk.arriving.digest import (
    NEWEST,
    Operators,
    day_due,
    digest_of,
    harmless,
    send_digest,
)
from mailgate.mail.address import Address, NullReversePath
from mailgate.mail.envelope import Envelope
from mailgate.model.delivery import Delivery, Draft
from mailgate.model.ids import JournalId
from mailgate.model.journal import Door, JournalState, JournalSummary
from mailgate.model.seed import Seed
from mailgate.store import journal, outbound
from mailgate.store.core import Connection
from mailgate.store.outbound import DeliveryFilter
from mailgate.threading.token import NO_TICKET, verify_loop_token, verify_message_id
from tests.deciders.desk_world import ALICE, KEYRING, NOW, SEED, body, desk, read
from tests.deciders.inbound_world import DONE, NULL, Desk, mail, open_desk

OPERATOR, OTHER = Address("op", "acme.example"), Address("night", "acme.example")
TO = Operators((OPERATOR, OTHER), "en")
SEOUL, BERLIN = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Berlin")
EIGHT = time(8, 0)
TODAY = date(2026, 3, 2)


# --- when ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 3, 1, 22, 59, tzinfo=UTC), None),
        (datetime(2026, 3, 1, 23, 0, tzinfo=UTC), date(2026, 3, 2)),
        (datetime(2026, 3, 2, 14, 59, tzinfo=UTC), date(2026, 3, 2)),
        (datetime(2026, 3, 2, 15, 0, tzinfo=UTC), None),
    ],
)
def test_the_day_is_that_of_the_gateways_time_zone(now: datetime, day: date | None) -> None:
    """08:00 in Seoul is 23:00 UTC of the day before; the day ends at 15:00 UTC."""
    assert day_due(now, SEOUL, EIGHT) == day


def test_an_hour_that_the_clocks_leave_out_is_over() -> None:
    """On 29 March 2026 there is no 02:30 in Berlin: the clock goes from 01:59 to 03:00."""
    half_past_two = time(2, 30)
    before = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
    assert day_due(before, BERLIN, half_past_two) is None
    assert day_due(before + timedelta(minutes=1), BERLIN, half_past_two) == date(2026, 3, 29)


def test_an_hour_that_comes_twice_is_of_one_day() -> None:
    """On 25 October 2026 it is 02:30 in Berlin twice."""
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    half_past_two = time(2, 30)
    assert day_due(first, BERLIN, half_past_two) == date(2026, 10, 25)
    assert day_due(second, BERLIN, half_past_two) == date(2026, 10, 25)


# --- what is in it ------------------------------------------------------------------------------


def waiting(number: int, **changes: object) -> JournalSummary:
    row = JournalSummary(
        id=JournalId(number),
        door=Door.SMTP,
        received_at=NOW,
        envelope=Envelope(NullReversePath(), ()),
        size=100,
        message_id=None,
        from_="alice@acme.example",
        subject="Where is my parcel?",
        state=JournalState.QUARANTINED,
        attempts=1,
        cause="agent_not_proven",
        decision=None,
        ticket=None,
        error=None,
    )
    return replace(row, **changes)  # type: ignore[arg-type]  # fields of the row


def digest(*rows: JournalSummary, count: int | None = None, locale: str = "en") -> EmailMessage:
    causes = {"agent_not_proven": count or len(rows)}
    to = replace(TO, locale=locale)
    return read(digest_of(desk(), to, causes, rows, now=NOW, seed=SEED))


def test_it_counts_by_cause_and_lists_each_mail_with_the_command_that_releases_it() -> None:
    message = digest(waiting(17), count=3)
    assert message["Subject"] == "mailgate: mail in quarantine: 3"
    text = body(message, "plain")
    assert "3 x agent_not_proven: an agent's address, and no proof" in text
    assert "Ask the agent. Release it if they wrote it, drop it if not." in text
    assert (
        "17  2026-03-02 09:30 UTC  agent_not_proven\n"
        "    From: alice@acme[.]example\n"
        "    Subject: Where is my parcel?\n"
        "    mailgate quarantine release 17\n" in text
    )
    assert "... and 2 older: mailgate quarantine list" in text


def test_in_korean() -> None:
    message = digest(waiting(17), locale="ko")
    assert message["Subject"] == "mailgate: 격리된 메일 1건"
    assert "상담원에게 확인해 주세요." in body(message, "plain")


def test_it_is_plain_text_alone_and_says_that_a_machine_wrote_it() -> None:
    draft = digest_of(desk(), TO, {"hop_limit": 1}, [], now=NOW, seed=SEED)
    message = read(draft)
    assert message.get_content_type() == "text/plain"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert verify_loop_token(KEYRING, message["X-Mailgate-Loop"])
    ours = verify_message_id(KEYRING, message["Message-ID"])
    assert ours is not None
    assert ours.ticket == NO_TICKET
    assert message["To"] == "op@acme.example, night@acme.example"
    assert message["Reply-To"] == "op@acme.example"
    assert draft.reverse_path == NullReversePath()
    assert (draft.lane.value, draft.ticket, draft.outside) == ("notification", None, False)


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("Look at https://evil.example/login", "Look at https[:]//evil[.]example/login"),
        ("www.evil.example", "www[.]evil[.]example"),
        (
            "javascript:alert(1) and mailto:a@b.example",
            "javascript[:]alert(1) and mailto[:]a@b[.]example",
        ),
        ("evil。example", "evil[.]example"),
        ("Re: the invoice.", "Re: the invoice."),
        ("a\x1b[2Jb\u202ec\r\nBcc: x", "a [2Jb c Bcc: x"),
        ("x" * 100, "x" * 79 + "…"),
    ],
)
def test_a_strangers_words_are_cut_and_cannot_be_clicked(subject: str, shown: str) -> None:
    assert harmless(subject, 80) == shown


def test_a_mail_of_which_nothing_can_be_read_is_listed_all_the_same() -> None:
    text = body(digest(waiting(3, from_=None, subject=None, cause="of a newer version")), "plain")
    assert "    From: (unreadable)\n    Subject:\n    mailgate quarantine release 3\n" in text


# --- exactly once a day -------------------------------------------------------------------------


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as made:
        yield made


HOPS = "Received: from a by b; Mon, 5 Jan 2026 09:00:00 +0000\r\n" * 60


async def set_aside(place: Desk, number: int = 1) -> None:
    """A mail that has passed too many hosts, of which nobody is told but the operators."""
    circling = mail(message_id=f"f{number}@customer.example")
    row = await place.receive(HOPS.encode() + circling)
    assert row.state is JournalState.QUARANTINED


async def sent(place: Desk, day: date = TODAY, seed: int = 0) -> Draft | None:
    unit = partial(
        send_digest,
        ctx=place.context,
        to=TO,
        day=day,
        now=place.clock.now(),
        seed=Seed(bytes([seed]) * 32),
    )
    return await place.store.write(unit)


async def deliveries(place: Desk) -> list[Delivery]:
    return await place.store.read(partial(outbound.listing, wanted=DeliveryFilter()))


async def test_nothing_goes_when_nothing_waits_and_the_day_is_not_taken(place: Desk) -> None:
    assert await sent(place) is None
    await set_aside(place)
    assert await sent(place) is not None


async def test_it_goes_once_a_day_and_again_the_next(place: Desk) -> None:
    await set_aside(place)
    assert await sent(place, seed=1) is not None
    assert await sent(place, seed=2) is None
    assert await sent(place, TODAY + timedelta(days=1), seed=3) is not None
    found = await deliveries(place)
    assert [one.recipient for one in found] == [OPERATOR, OTHER] * 2
    assert {one.ticket for one in found} == {None}


async def test_of_two_nodes_at_the_same_time_one_sends(place: Desk) -> None:
    await set_aside(place)
    drafts = await asyncio.gather(*(sent(place, seed=number) for number in range(5)))
    assert sum(draft is not None for draft in drafts) == 1


async def test_a_day_whose_mail_was_not_queued_is_not_taken(place: Desk) -> None:
    await set_aside(place)

    def fails(conn: Connection) -> None:
        now = place.clock.now()
        send_digest(conn, place.context, TO, TODAY, now=now, seed=Seed(bytes(32)))
        raise RuntimeError("the power fails before the commit")

    with pytest.raises(RuntimeError):
        await place.store.write(fails)
    assert await deliveries(place) == []
    assert await sent(place) is not None


async def test_at_most_the_newest_are_listed(place: Desk) -> None:
    for number in range(NEWEST + 2):
        await set_aside(place, number)
    draft = await sent(place)
    assert draft is not None
    text = draft.mail.text
    assert text.count("mailgate quarantine release") == NEWEST
    assert "and 2 older" in text


# --- what comes back ----------------------------------------------------------------------------


async def test_neither_the_mail_itself_nor_a_machines_answer_to_it_becomes_anything(
    place: Desk,
) -> None:
    await set_aside(place)
    draft = await sent(place)
    assert draft is not None
    (content, *_) = await place.store.read(_contents)
    assert (await place.receive(content, reverse_path=NULL)).state is DONE
    away = mail(
        "I am away.",
        from_="op@acme.example",
        message_id="away@acme.example",
        Auto_Submitted="auto-replied",
        In_Reply_To=f"<{draft.mail.message_id}>",
    )
    row = await place.receive(away, reverse_path=NULL)
    decision = await place.decision(row.id)
    assert (decision["disposition"], decision["reasons"]) == ("suppress", ["answers_digest"])
    assert await place.tickets() == []


async def test_a_persons_answer_to_it_opens_a_ticket_and_changes_none(place: Desk) -> None:
    await place.receive(mail())
    before = await place.ticket()
    await set_aside(place)
    draft = await sent(place)
    assert draft is not None
    answer = mail(
        "I take care of it.",
        from_="op@acme.example",
        message_id="answer@acme.example",
        In_Reply_To=f"<{draft.mail.message_id}>",
    )
    row = await place.receive(answer)
    assert row.ticket == 2
    assert await place.ticket() == before
    assert ALICE.address not in {one.recipient for one in await deliveries(place) if not one.ticket}


def _contents(conn: Connection) -> list[bytes]:
    found = outbound.listing(conn, DeliveryFilter())
    raw = [outbound.content(conn, one.id) for one in found]
    return [content for content in raw if content is not None]


# --- release ------------------------------------------------------------------------------------


async def released(place: Desk, row: JournalId) -> JournalSummary:
    now = place.clock.now()
    assert await place.store.write(partial(journal.release, row_id=row, ticket=None, now=now))
    await place.worker.drain()
    return await place.row(row)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_of_two_copies_in_quarantine_the_first_that_is_released_counts(
    place: Desk, order: tuple[int, int]
) -> None:
    """The same bytes twice: whichever goes first becomes a ticket, the other is a copy of it."""
    forged = mail(from_="alice@acme.example", message_id="f@acme.example")
    rows = [(await place.receive(forged)).id for _ in range(2)]
    for which in order:
        assert (await released(place, rows[which])).state is DONE
    assert len(await place.tickets()) == 1
    first, second = [(await place.decision(rows[which]))["disposition"] for which in order]
    assert (first, second) == ("open_ticket", "duplicate")
