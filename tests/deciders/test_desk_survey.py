"""Who is asked how the answers were, when, and in which words."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from mailgate.desk.starts import starting
from mailgate.desk.starts.starting import StartRequest
from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.survey import Score
from mailgate.model.ticket import EventKind, Status
from mailgate.store import tables, ticketlife
from mailgate.store.core import Connection
from mailgate.store.desktables import surveys
from tests.deciders.desk_world import ALICE, HELP_KO, SUPPORT
from tests.deciders.inbound_world import HONG, Desk, mail, open_desk, reply_address
from tests.deciders.survey_world import (
    ASKING,
    HOUR,
    MONTH,
    answered,
    arrived,
    became,
    click_of,
    links_of,
    merged,
    opened,
    part_of,
    surveyed,
    swept,
)

PARK = Address("park", "customer.example")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as place:
        place.set_policy(survey=ASKING)
        yield place


async def asked(desk: Desk, after: timedelta = HOUR) -> list[Address]:
    return [draft.recipients[0] for draft in (await swept(desk, after=after)).drafts]


async def test_after_the_time_the_requester_alone_is_asked(desk: Desk) -> None:
    await desk.receive(mail(Cc=str(PARK)))
    await answered(desk)
    await became(desk, Status.RESOLVED)
    assert await asked(desk, after=timedelta(minutes=59)) == []
    assert await asked(desk, after=timedelta(minutes=1)) == [HONG]
    assert await asked(desk, after=MONTH * 12) == [], "once for each time that it is resolved"
    (event,) = [one for one in await desk.events() if one.kind is EventKind.SURVEYED]
    assert event.detail == {"to": str(HONG)}
    assert (await desk.lanes()).count("acknowledgement") == 2, "and the one of the ticket itself"


async def test_the_survey_is_a_mail_of_the_conversation_that_no_machine_answers(
    desk: Desk,
) -> None:
    survey = await surveyed(desk)
    answer = (await desk.sent(HONG))[1]
    assert str(survey["Subject"]) == str(answer["Subject"]) == "[#1] Where is my parcel?"
    assert answer["Message-ID"] in str(survey["References"])
    assert str(survey["From"]) == "Acme Support <support@acme.example>"
    assert str(survey["Auto-Submitted"]) == "auto-generated"
    assert reply_address(survey).base == SUPPORT
    (delivery,) = [one for one in await desk.deliveries() if one.recipient == HONG][-1:]
    assert (delivery.lane.value, delivery.outside) == ("acknowledgement", True)
    text = part_of(survey, "plain")
    assert "How were our answers?" in text
    for link in links_of(survey).values():
        to, _, _ = click_of(link)
        assert str(to) in text, "who reads plain text writes to the same addresses"


async def test_the_links_begin_a_mail_whose_words_go_above_a_line(desk: Desk) -> None:
    survey = await surveyed(desk)
    subjects = [click_of(link)[1] for link in links_of(survey).values()]
    assert subjects == ["[#1] Good", "[#1] It was all right", "[#1] Not good"]
    for link in links_of(survey).values():
        to, _, body = click_of(link)
        assert to.base == SUPPORT
        assert len(to.localpart) <= 64
        assert body.startswith("\r\n\r\n##- Send this mail as it is")
        assert link.isascii()
        assert " " not in link


async def test_the_korean_desk_asks_in_korean(desk: Desk) -> None:
    survey = await surveyed(desk, HELP_KO)
    subjects = [click_of(link)[1] for link in links_of(survey).values()]
    assert subjects == ["[#1] 만족합니다", "[#1] 보통입니다", "[#1] 불만족합니다"]
    assert "저희 답변이 어떠셨는지" in part_of(survey, "plain")
    assert "한국상사 고객지원" in str(survey["From"])
    _, _, body = click_of(links_of(survey)[Score.BAD])
    assert "이 줄 위에 의견을 적어" in body


async def test_the_html_shows_the_same_words_and_fits_a_phone(desk: Desk) -> None:
    survey = await surveyed(desk)
    html = part_of(survey, "html")
    assert "How were our answers?" in html
    assert "<table" not in html
    assert "max-width:20em" in html


async def test_nobody_is_asked_by_default_and_nothing_is_written(desk: Desk) -> None:
    desk.set_policy(survey=None)
    await opened(desk)
    await answered(desk)
    await became(desk, Status.RESOLVED)
    count = select(func.count()).select_from(surveys)
    assert await desk.store.read(lambda conn: conn.execute(count).scalar()) == 0
    assert await asked(desk) == []


async def test_what_was_planned_is_dropped_when_the_settings_say_never(desk: Desk) -> None:
    await opened(desk)
    await answered(desk)
    await became(desk, Status.RESOLVED)
    desk.set_policy(survey=None)
    assert await asked(desk) == []
    desk.set_policy(survey=ASKING)
    assert await asked(desk) == []


async def test_when_closed_the_one_who_resolves_does_not_ask(desk: Desk) -> None:
    desk.set_policy(survey=replace(ASKING, when=Status.CLOSED))
    await opened(desk)
    await answered(desk)
    await became(desk, Status.RESOLVED)
    assert await asked(desk) == []
    await became(desk, Status.CLOSED)
    assert await asked(desk) == [HONG]


async def test_who_has_written_again_is_not_asked_until_it_is_resolved_again(desk: Desk) -> None:
    await opened(desk)
    await answered(desk)
    await became(desk, Status.RESOLVED)
    (told,) = [one for one in await desk.sent(HONG) if one["Auto-Submitted"] is None]
    again = mail("It is not.", to=str(reply_address(told)), message_id="q9@customer.example")
    await desk.receive(again, to=reply_address(told))
    assert (await desk.ticket()).status is Status.OPEN
    assert await asked(desk) == []
    await became(desk, Status.RESOLVED)
    assert await asked(desk, after=timedelta(minutes=59)) == []
    assert await asked(desk, after=timedelta(minutes=1)) == [HONG]


async def test_a_customer_of_many_tickets_is_asked_once_a_month(desk: Desk) -> None:
    for number in (1, 2, 3):
        await opened(desk)
        await answered(desk, number)
    await became(desk, Status.RESOLVED, 1)
    await became(desk, Status.RESOLVED, 2)
    assert await asked(desk) == [HONG]
    await desk.clock.advance(MONTH.total_seconds())
    await became(desk, Status.RESOLVED, 3)
    assert await asked(desk) == [HONG]


async def test_who_has_had_no_answer_is_not_asked(desk: Desk) -> None:
    """Their question was no question, or the answer never left: there is nothing to ask about,
    and nothing says that the address is theirs."""
    await opened(desk)
    await became(desk, Status.RESOLVED)
    assert await asked(desk) == []


async def test_an_answer_that_did_not_arrive_is_none(desk: Desk) -> None:
    await opened(desk)

    async def failed(place: Desk) -> None:
        await arrived(place, "failed")

    told = await desk.notification()
    answer = mail("Soon.", from_=str(ALICE.address), to=str(reply_address(told)), message_id="a@b")
    await desk.receive(answer, to=reply_address(told), reverse_path=ALICE.address)
    await failed(desk)
    await became(desk, Status.RESOLVED)
    assert await asked(desk) == []


async def test_a_machine_s_ticket_is_no_occasion(desk: Desk) -> None:
    """A shop's program has written, and an agent has answered it all the same."""
    await desk.receive(mail("Order 12", Auto_Submitted="auto-generated"))
    await answered(desk)
    await became(desk, Status.RESOLVED)
    assert await asked(desk) == []


async def test_a_mail_of_ours_that_nobody_has_answered_is_none(desk: Desk) -> None:
    def start(conn: Connection) -> None:
        request = StartRequest(SUPPORT, (HONG,), "Your order", "On its way.", status=Status.OPEN)
        starting.start(conn, desk.context, request, now=desk.clock.now(), seed=Seed(bytes(32)))

    await desk.store.write(start)
    await arrived(desk)
    await became(desk, Status.RESOLVED)
    assert await asked(desk) == []


async def test_nobody_asks_about_spam_nor_about_what_was_merged_away(desk: Desk) -> None:
    for number in (1, 2):
        await opened(desk, who=(HONG, PARK)[number - 1])
        await answered(desk, number)
        await became(desk, Status.RESOLVED, number)
    now = desk.clock.now()
    await desk.store.write(partial(ticketlife.note_spam, ticket=TicketId(1), now=now, spam=True))
    await merged(desk, 2, 1)
    assert await asked(desk) == []


async def test_a_support_address_that_is_gone_asks_nobody(desk: Desk) -> None:
    await opened(desk)
    await answered(desk)
    await became(desk, Status.RESOLVED)
    table = tables.tickets
    gone = update(table).values(address="old@acme.example")
    await desk.store.write(lambda conn: conn.execute(gone).rowcount)
    assert await asked(desk) == []


async def test_it_counts_as_the_automatic_mail_that_it_is(desk: Desk) -> None:
    """Of which an address gets so much a day, whatever it is for."""
    await opened(desk)
    await answered(desk)
    await became(desk, Status.RESOLVED)
    desk.set_policy(acknowledgements_per_address_per_day=2)
    assert await asked(desk) == [HONG], "the second, after the acknowledgement"
    desk.set_policy(survey=replace(ASKING, again_after=HOUR))
    await became(desk, Status.OPEN)
    await became(desk, Status.RESOLVED)
    assert await asked(desk) == [], "the third"


async def test_each_sweep_takes_a_few_and_the_earliest_first(desk: Desk) -> None:
    people = [Address(f"c{number}", "customer.example") for number in (1, 2, 3)]
    for number, who in enumerate(people, 1):
        await opened(desk, who=who)
        await answered(desk, number)
    for number in (3, 1, 2):
        await became(desk, Status.RESOLVED, number)
        await desk.clock.advance(1.0)
    first = await swept(desk, limit=2)
    assert {draft.recipients[0] for draft in first.drafts} == {people[2], people[0]}
    assert first.taken == 2
    second = await swept(desk, limit=2)
    assert [draft.recipients[0] for draft in second.drafts] == [people[1]]
    assert second.taken == 1
