"""docs/desk.md, "How were our answers?": what it says besides, sentence by sentence."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import update

from mailgate.desk.starts.starting import StartRequest, start
from mailgate.desk.ticket.changes import TicketWish
from mailgate.mail.address import Address
from mailgate.model.seed import Seed
from mailgate.model.survey import Score
from mailgate.model.ticket import Direction, EntryKind, Role, Source, Status, Visibility
from mailgate.store import entries, tables
from mailgate.store.core import Connection
from tests.contracts.store_world import entry
from tests.deciders.desk_store import opened_ticket
from tests.deciders.desk_world import ALICE, BOB, HELP_KO, MINSU, SUPPORT
from tests.deciders.inbound_world import HONG, Desk, mail, open_desk, references, reply_address
from tests.deciders.life_world import answered as answered_by_hand
from tests.deciders.life_world import wished
from tests.deciders.survey_world import (
    ASKING,
    HOUR,
    answered,
    arrived,
    became,
    click_of,
    clicked,
    links_of,
    merged,
    opened,
    part_of,
    surveyed,
    swept,
)

PARK = Address("park", "customer.example")
FRONT = "mx.acme.example"
PROVEN = {"Authentication_Results": f"{FRONT}; dmarc=pass header.from=acme.example"}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as place:
        place.set_policy(survey=ASKING, trusted_authserv_ids=frozenset({FRONT}))
        yield place


async def asked(desk: Desk, after: timedelta = HOUR) -> list[Address]:
    return [draft.recipients[0] for draft in (await swept(desk, after=after)).drafts]


async def told_since(desk: Desk, who: Address, before: int) -> list[EmailMessage]:
    return (await desk.sent(who))[before:]


def said_in(message: EmailMessage) -> str:
    return part_of(message, "plain")


# --- the mail ----------------------------------------------------------------------------


async def test_its_links_begin_mails_and_nothing_in_it_is_fetched(desk: Desk) -> None:
    html = part_of(await surveyed(desk), "html")
    links = re.findall(r'href="([^"]*)"', html)
    assert len(links) == 3
    assert all(link.startswith("mailto:") for link in links)
    assert not re.search(r"https?://|<img|<form|src=|url\(", html)


async def test_a_link_that_somebody_changed_is_none(desk: Desk) -> None:
    """One letter less, or a letter of another link: it opens a ticket like any mail."""
    links = links_of(await surveyed(desk))
    good, subject, _ = click_of(links[Score.GOOD])
    last = "a" if good.localpart[-1] != "a" else "b"
    forged = Address(good.localpart[:-1] + last, good.domain)
    await desk.receive(mail(to=str(forged), subject=subject, message_id="f@x"), to=forged)
    assert (await desk.ticket()).score is None


# --- who is asked ------------------------------------------------------------------------


async def test_who_asks_as_a_customer_and_is_one_of_ours_is_not_asked(desk: Desk) -> None:
    content = mail(from_=f"Bob <{BOB.address}>", message_id="b1@acme.example")
    await desk.receive(content, reverse_path=BOB.address, authenticated=BOB.address.key)
    assert (await desk.ticket()).requester.address == BOB.address
    await answered(desk)
    _, answer = await desk.sent(BOB.address)  # the acknowledgement was the first
    thanks = mail(
        "Thanks.", from_=str(BOB.address), message_id="b2@acme.example", **references(answer)
    )
    await desk.receive(thanks, to=reply_address(answer), reverse_path=BOB.address)
    assert (await desk.entries())[-1].author.role is Role.REQUESTER
    await became(desk, Status.RESOLVED)
    assert await asked(desk) == []


async def begun(desk: Desk) -> None:
    """A mail of ours to Hong, with Park in Cc, which has arrived."""
    request = StartRequest(SUPPORT, (HONG,), "Your lamp", "On its way.", cc=(PARK,), agent=ALICE)
    seed = Seed(b"s" * 32)
    unit = partial(start, ctx=desk.context, request=request, now=desk.clock.now(), seed=seed)
    await desk.store.write(unit)
    await arrived(desk)
    assert (await desk.ticket()).source is Source.OUTBOUND_EMAIL


async def test_our_own_mail_is_no_answer_to_who_answers_it(desk: Desk) -> None:
    await begun(desk)
    (got,) = await desk.sent(HONG)
    content = mail("Thanks.", message_id="h1@customer.example", **references(got))
    await desk.receive(content, to=reply_address(got))
    await became(desk, Status.RESOLVED)
    assert await asked(desk) == []
    await became(desk, Status.OPEN)
    await answered(desk)
    await became(desk, Status.RESOLVED)
    assert await asked(desk) == [HONG]


async def test_our_own_mail_that_another_than_its_requester_answers_asks_nobody(
    desk: Desk,
) -> None:
    await begun(desk)
    (got,) = await desk.sent(PARK)
    content = mail("Thanks.", from_=str(PARK), message_id="p1@customer.example", **references(got))
    await desk.receive(content, to=reply_address(got), reverse_path=PARK)
    await answered(desk)
    await became(desk, Status.RESOLVED)
    assert await asked(desk) == [], "the requester has not said a word"


async def test_what_another_customer_wrote_on_a_merged_ticket_is_not_the_requesters(
    desk: Desk,
) -> None:
    """A shop's program opened the one, a person the other."""
    await desk.receive(mail("Order 12", Auto_Submitted="auto-generated"))
    await opened(desk, who=PARK)
    await merged(desk, 2, 1)
    await answered_by_hand(desk, 1, "It comes tomorrow.", ALICE)
    await arrived(desk)
    await became(desk, Status.RESOLVED)
    assert await asked(desk) == []


async def test_imported_mail_asks_nobody_unless_it_was_gone_on_with(desk: Desk) -> None:
    def imported(conn: Connection) -> None:
        number = opened_ticket(conn)
        entries.add(conn, entry(number, direction=Direction.OUT, text="It came in 2019."))
        conn.execute(update(tables.tickets).values(source=Source.IMPORT.value))

    await desk.store.write(imported)
    await became(desk, Status.RESOLVED)
    assert await asked(desk) == []
    await became(desk, Status.OPEN)
    await answered_by_hand(desk, 1, "Is it still well?", ALICE)
    await arrived(desk)
    await became(desk, Status.RESOLVED)
    assert await asked(desk) == [HONG]


async def test_closed_without_having_been_resolved_asks_nobody(desk: Desk) -> None:
    await opened(desk)
    await answered(desk)
    await became(desk, Status.CLOSED)
    assert await asked(desk) == []


async def test_resolved_and_then_closed_asks_all_the_same(desk: Desk) -> None:
    await opened(desk)
    await answered(desk)
    await became(desk, Status.RESOLVED)
    await became(desk, Status.CLOSED)
    assert await asked(desk) == [HONG]


async def write_again(desk: Desk) -> None:
    (told,) = [one for one in await desk.sent(HONG) if one["Auto-Submitted"] is None]
    again = mail("It is not.", to=str(reply_address(told)), message_id="q9@customer.example")
    await desk.receive(again, to=reply_address(told))
    assert (await desk.ticket()).status is Status.OPEN


async def test_who_has_written_again_is_not_asked_when_it_is_only_closed_then(desk: Desk) -> None:
    await opened(desk)
    await answered(desk)
    await became(desk, Status.RESOLVED)
    await write_again(desk)
    await became(desk, Status.CLOSED)
    assert await asked(desk) == []


async def test_when_closed_who_has_written_again_is_not_asked_until_it_is_closed_again(
    desk: Desk,
) -> None:
    desk.set_policy(survey=replace(ASKING, when=Status.CLOSED))
    await opened(desk)
    await answered(desk)
    await became(desk, Status.CLOSED)
    await write_again(desk)
    await became(desk, Status.RESOLVED)
    assert await asked(desk) == []
    await became(desk, Status.CLOSED)
    assert await asked(desk) == [HONG]


# --- who is told of the answer -----------------------------------------------------------


async def test_the_assignee_and_followers_are_told_and_the_group_only_without(desk: Desk) -> None:
    links = links_of(await surveyed(desk))
    await wished(desk, 1, TicketWish(assignee=BOB.address, follow=(MINSU.address,)))
    counts = {who: len(await desk.sent(who)) for who in (ALICE.address, BOB.address, MINSU.address)}
    await clicked(desk, links[Score.BAD])
    assert [len(await told_since(desk, who, n)) for who, n in counts.items()] == [0, 1, 1]


async def test_what_an_agent_answers_to_it_is_a_note(desk: Desk) -> None:
    links = links_of(await surveyed(desk))
    await clicked(desk, links[Score.BAD], comment="Never again.")
    told, before = await desk.notification(), len(await desk.sent(HONG))
    words = mail(
        "Oh dear.", from_=str(ALICE.address), message_id="n1@acme.example", **references(told)
    )
    await desk.receive(words, to=reply_address(told), reverse_path=ALICE.address)
    entry = (await desk.entries())[-1]
    assert (entry.kind, entry.visibility) == (EntryKind.NOTE, Visibility.PRIVATE)
    assert len(await desk.sent(HONG)) == before


# --- what does not count -----------------------------------------------------------------


async def test_a_word_that_does_not_count_is_kept_and_told(desk: Desk) -> None:
    links = links_of(await surveyed(desk))
    await clicked(desk, links[Score.GOOD], message_id="v1@customer.example", comment="Fine.")
    good, bad = (click_of(links[score])[0] for score in (Score.GOOD, Score.BAD))
    both = mail("Which one?", to=f"{good}, {bad}", message_id="v2@customer.example")
    before = len(await desk.sent(ALICE.address))
    await clicked(desk, links[Score.BAD], message_id="v1@customer.example", comment="Once more.")
    await desk.receive(both, to=good, also_to=(bad,))
    kept = (await desk.entries())[-2:]
    assert {(one.kind, one.visibility) for one in kept} == {(EntryKind.SURVEY, Visibility.PRIVATE)}
    assert "survey_repeated" in kept[0].flags
    assert "survey_unclear" in kept[1].flags
    again, unclear = await told_since(desk, ALICE.address, before)
    assert "a mail with the same Message-ID has counted before.]\n\nOnce more." in said_in(again)
    assert "several links of the survey at once and does not count.]\n\nWhich one?" in said_in(
        unclear
    )
    assert "status open → resolved" in said_in(again)
    assert "status open → resolved" not in said_in(unclear), "that was told by the mail before"
    assert (await desk.ticket()).score == Score.GOOD


async def test_of_an_agent_s_click_the_colleagues_are_told(desk: Desk) -> None:
    links = links_of(await surveyed(desk))
    counts = {who: len(await desk.sent(who)) for who in (ALICE.address, BOB.address)}
    await clicked(
        desk, links[Score.GOOD], who=ALICE.address, comment="Look!", trusted=True, fields=PROVEN
    )
    entry = (await desk.entries())[-1]
    assert (entry.kind, entry.visibility) == (EntryKind.SURVEY, Visibility.PRIVATE)
    assert "survey_not_theirs" in entry.flags
    assert [len(await told_since(desk, who, n)) for who, n in counts.items()] == [0, 1]
    text = said_in((await desk.sent(BOB.address))[-1])
    assert "nothing says that the customer who was asked wrote it.]\n\nLook!" in text


async def test_what_does_not_count_is_told_without_a_word_of_theirs_and_in_korean(
    desk: Desk,
) -> None:
    links = links_of(await surveyed(desk, HELP_KO))
    await clicked(desk, links[Score.BAD], who=PARK)
    told = (await desk.sent(MINSU.address))[-1]
    remark = "평가를 요청받은 고객이 썼다는 근거가 없어 평가에 반영하지 않았습니다.]"
    assert remark in said_in(told)
    assert remark in part_of(told, "html")


async def test_what_a_machine_sends_there_is_kept(desk: Desk) -> None:
    links = links_of(await surveyed(desk))
    fields = {"Auto_Submitted": "auto-replied"}
    row = await clicked(desk, links[Score.BAD], comment="I am away.", fields=fields)
    assert (await desk.decision(row.id))["disposition"] == "record_auto_reply"
    entry = (await desk.entries())[-1]
    assert (entry.kind, entry.visibility) == (EntryKind.AUTO_REPLY, Visibility.PRIVATE)
    assert entry.text.strip() == "I am away."
    assert (await desk.ticket()).score is None
