"""What a customer says of the answers: what becomes of it, who is told, and who cannot say it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mailgate.mail.address import Address
from mailgate.model.survey import Score
from mailgate.model.ticket import EntryKind, EventKind, Role, Status, Visibility
from tests.deciders.desk_world import ALICE, HELP_KO, MINSU
from tests.deciders.inbound_world import HONG, NULL, Desk, mail, open_desk
from tests.deciders.survey_world import (
    answered,
    became,
    click_of,
    clicked,
    links_of,
    merged,
    opened,
    part_of,
    surveyed,
)

PARK = Address("park", "customer.example")
MALLORY = Address("mallory", "evil.example")
FRONT = "mx.acme.example"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as place:
        place.set_policy(trusted_authserv_ids=frozenset({FRONT}))
        yield place


def proven(domain: str, result: str = "pass") -> dict[str, str]:
    return {"Authentication_Results": f"{FRONT}; dmarc={result} header.from={domain}"}


async def scores(desk: Desk, number: int = 1) -> list[object]:
    events = await desk.events(number)
    return [one.detail["score"] for one in events if one.kind is EventKind.SCORED]


@pytest.mark.parametrize("score", Score)
async def test_a_click_alone_is_a_score(desk: Desk, score: Score) -> None:
    links = links_of(await surveyed(desk))
    await clicked(desk, links[score])
    ticket = await desk.ticket()
    assert (ticket.score, ticket.status) == (score.value, Status.RESOLVED)
    entry = (await desk.entries())[-1]
    assert (entry.kind, entry.visibility) == (EntryKind.SURVEY, Visibility.PRIVATE)
    assert (entry.author.address, entry.author.role) == (HONG, Role.REQUESTER)
    assert await scores(desk) == [score.value]
    assert len(await desk.tickets()) == 1


@pytest.mark.parametrize(("score", "told"), [(Score.GOOD, 0), (Score.OK, 0), (Score.BAD, 1)])
async def test_agents_are_told_of_a_bad_one(desk: Desk, score: Score, told: int) -> None:
    links = links_of(await surveyed(desk))
    before = len(await desk.sent(ALICE.address))
    await clicked(desk, links[score])
    mails = (await desk.sent(ALICE.address))[before:]
    assert len(mails) == told
    for one in mails:
        assert "Not good" in part_of(one, "plain")
        assert str(one["Subject"]) == "[#1] Where is my parcel?"


@pytest.mark.parametrize("score", Score)
async def test_words_with_it_are_on_the_ticket_and_told(desk: Desk, score: Score) -> None:
    links = links_of(await surveyed(desk))
    before = len(await desk.sent(ALICE.address))
    await clicked(desk, links[score], comment="The driver was very kind.")
    entry = (await desk.entries())[-1]
    assert entry.text.strip() == "The driver was very kind."
    (told,) = (await desk.sent(ALICE.address))[before:]
    assert "The driver was very kind." in part_of(told, "plain")
    assert (await desk.ticket()).status is Status.RESOLVED


async def test_nobody_outside_gets_anything_for_it(desk: Desk) -> None:
    links = links_of(await surveyed(desk))
    before = len(await desk.sent(HONG))
    await clicked(desk, links[Score.BAD], comment="Never again.")
    assert len(await desk.sent(HONG)) == before


async def test_korean_words_and_a_korean_notice(desk: Desk) -> None:
    links = links_of(await surveyed(desk, HELP_KO))
    await clicked(desk, links[Score.BAD], comment="답변이 너무 늦었습니다.")
    assert (await desk.ticket()).score == Score.BAD
    text = part_of((await desk.sent(MINSU.address))[-1], "plain")
    assert "불만족합니다" in text
    assert "답변이 너무 늦었습니다." in text


async def test_the_last_word_counts(desk: Desk) -> None:
    links = links_of(await surveyed(desk))
    await clicked(desk, links[Score.BAD], message_id="v1@customer.example")
    await clicked(desk, links[Score.GOOD], message_id="v2@customer.example")
    assert (await desk.ticket()).score == Score.GOOD
    (first, second) = [one for one in await desk.events() if one.kind is EventKind.SCORED]
    assert (first.detail["before"], second.detail["before"]) == (None, Score.BAD.value)


async def test_the_same_mail_by_two_doors_is_one(desk: Desk) -> None:
    link = links_of(await surveyed(desk))[Score.GOOD]
    await clicked(desk, link, comment="Kind people.")
    told, kept = len(await desk.sent(ALICE.address)), len(await desk.entries())
    row = await clicked(desk, link, comment="Kind people.")
    assert (await desk.decision(row.id))["disposition"] == "duplicate"
    assert await scores(desk) == [Score.GOOD.value]
    assert (len(await desk.sent(ALICE.address)), len(await desk.entries())) == (told, kept)


async def test_an_old_mail_played_again_changes_nothing(desk: Desk) -> None:
    """Long after the window in which the same bytes are recognised, when the customer has changed
    their mind: by the Message-ID, whatever else of it is changed."""
    links = links_of(await surveyed(desk))
    await clicked(desk, links[Score.BAD], message_id="old@customer.example")
    await clicked(desk, links[Score.GOOD], message_id="new@customer.example")
    await desk.clock.advance(86400.0 * 30)
    again = await clicked(desk, links[Score.BAD], message_id="old@customer.example")
    changed = await clicked(
        desk, links[Score.BAD], message_id="old@customer.example", comment="Really bad."
    )
    assert (await desk.ticket()).score == Score.GOOD
    assert await scores(desk) == [Score.BAD.value, Score.GOOD.value]
    for row in (again, changed):
        assert "survey_repeated" in (await desk.decision(row.id))["reasons"]
    assert "survey_repeated" in (await desk.entries())[-1].flags


async def test_a_forged_mail_does_not_use_up_the_true_one(desk: Desk) -> None:
    """A forwarder broke the signature of the first copy: it is kept, and the second one counts."""
    link = links_of(await surveyed(desk))[Score.GOOD]
    await clicked(desk, link, trusted=True, fields=proven("customer.example", "fail"))
    assert (await desk.ticket()).score is None
    await clicked(desk, link, trusted=True, fields=proven("customer.example"))
    assert (await desk.ticket()).score == Score.GOOD


@pytest.mark.parametrize(
    ("who", "result"),
    [(HONG, "fail"), (MALLORY, "pass"), (MALLORY, "none"), (PARK, "pass")],
    ids=str,
)
async def test_nobody_else_can_say_it(desk: Desk, who: Address, result: str) -> None:
    """Who forges the requester, and to whom the survey was passed on: it is kept as a note, the
    agents see it, and the ticket stays as it is."""
    links = links_of(await surveyed(desk))
    before = len(await desk.sent(ALICE.address))
    fields = {} if result == "none" else proven(who.domain, result)
    row = await clicked(
        desk, links[Score.BAD], who=who, comment="Terrible.", trusted=True, fields=fields
    )
    decision = await desk.decision(row.id)
    assert decision["disposition"] == "record_score"
    assert "survey_not_theirs" in decision["reasons"]
    ticket = await desk.ticket()
    assert (ticket.score, ticket.status, ticket.cc) == (None, Status.RESOLVED, ())
    assert await scores(desk) == []
    entry = (await desk.entries())[-1]
    assert (entry.kind, entry.visibility) == (EntryKind.SURVEY, Visibility.PRIVATE)
    assert "survey_not_theirs" in entry.flags
    (told,) = (await desk.sent(ALICE.address))[before:]
    assert str(who) in part_of(told, "plain")


async def test_an_agent_s_click_goes_to_no_customer(desk: Desk) -> None:
    """The customer forwarded the survey to the agent, who follows a link of it."""
    links = links_of(await surveyed(desk))
    before = len(await desk.sent(HONG))
    await clicked(
        desk,
        links[Score.GOOD],
        who=ALICE.address,
        comment="Look, a colleague!",
        trusted=True,
        fields=proven("acme.example"),
    )
    assert len(await desk.sent(HONG)) == before
    assert (await desk.ticket()).score is None


async def test_a_machine_that_answers_the_link_says_nothing(desk: Desk) -> None:
    links = links_of(await surveyed(desk))
    await clicked(desk, links[Score.BAD], fields={"Auto_Submitted": "auto-replied"})
    to, _, _ = click_of(links[Score.BAD])
    away = mail("I am away.", to=str(to), subject="Out of office", message_id="away@x")
    await desk.receive(away, to=to, reverse_path=NULL)
    assert (await desk.ticket()).score is None
    assert await scores(desk) == []
    assert len(await desk.tickets()) == 1


async def test_an_absence_note_to_the_survey_itself_opens_nothing(desk: Desk) -> None:
    survey = await surveyed(desk)
    reply = str(survey["Reply-To"].addresses[0].addr_spec)
    local, _, domain = reply.partition("@")
    away = mail(
        "I am away.", to=reply, subject="Out of office", message_id="away@x",
        Auto_Submitted="auto-replied",
    )  # fmt: skip
    await desk.receive(away, to=Address(local, domain), reverse_path=NULL)
    assert (await desk.ticket()).status is Status.RESOLVED
    assert await scores(desk) == []


async def test_several_links_at_once_say_nothing(desk: Desk) -> None:
    links = links_of(await surveyed(desk))
    good, bad = (click_of(links[score])[0] for score in (Score.GOOD, Score.BAD))
    both = mail("", to=f"{good}, {bad}", message_id="v@customer.example")
    row = await desk.receive(both, to=good, also_to=(bad,))
    assert "survey_unclear" in (await desk.decision(row.id))["reasons"]
    assert (await desk.ticket()).score is None


async def test_after_a_merge_the_word_follows_where_the_requester_is_the_same(desk: Desk) -> None:
    links = links_of(await surveyed(desk))
    await opened(desk)
    await merged(desk, 1, 2)
    await clicked(desk, links[Score.BAD])
    assert (await desk.ticket(2)).score == Score.BAD
    assert (await desk.entries(2))[-1].kind is EntryKind.SURVEY
    assert (await desk.ticket(1)).score is None


async def test_an_old_mail_played_again_after_a_merge_changes_nothing(desk: Desk) -> None:
    links = links_of(await surveyed(desk))
    await clicked(desk, links[Score.BAD], message_id="old@customer.example")
    await opened(desk)
    await merged(desk, 1, 2)
    await clicked(desk, links[Score.GOOD], message_id="new@customer.example")
    await desk.clock.advance(86400.0 * 30)
    await clicked(desk, links[Score.BAD], message_id="old@customer.example")
    assert (await desk.ticket(2)).score == Score.GOOD


async def test_after_a_merge_into_another_customer_s_ticket_it_is_a_note_there(
    desk: Desk,
) -> None:
    links = links_of(await surveyed(desk))
    await opened(desk, who=PARK)
    await merged(desk, 1, 2)
    await clicked(desk, links[Score.BAD], comment="Bad.")
    assert (await desk.ticket(2)).score is None
    assert (await desk.entries(2))[-1].visibility is Visibility.PRIVATE
    assert not [one for one in await desk.sent(PARK, 2) if "Bad." in part_of(one, "plain")]


async def test_a_score_stays_when_the_ticket_is_opened_again(desk: Desk) -> None:
    links = links_of(await surveyed(desk))
    await clicked(desk, links[Score.GOOD])
    await became(desk, Status.OPEN)
    await clicked(desk, links[Score.BAD], message_id="v2@customer.example")
    ticket = await desk.ticket()
    assert (ticket.status, ticket.score) == (Status.OPEN, Score.BAD)


async def test_who_answers_the_survey_s_mail_opens_the_ticket_as_with_any_other(
    desk: Desk,
) -> None:
    survey = await surveyed(desk)
    spec = survey["Reply-To"].addresses[0]
    reply = mail("It is not settled!", to=spec.addr_spec, message_id="r@customer.example")
    await desk.receive(reply, to=Address(spec.username, spec.domain))
    ticket = await desk.ticket()
    assert (ticket.status, ticket.score) == (Status.OPEN, None)


async def test_an_agent_s_answer_carries_no_link_of_the_survey(desk: Desk) -> None:
    """The customer answers and quotes the survey; the agent quotes them, with a colleague of the
    customer in Cc: their links must not go to somebody else."""
    survey = await surveyed(desk)
    link, _, _ = click_of(links_of(survey)[Score.GOOD])
    spec = survey["Reply-To"].addresses[0]
    said = mail(
        f"See what I got: {link}",
        to=spec.addr_spec,
        message_id="r@customer.example",
    )
    await desk.receive(said, to=Address(spec.username, spec.domain))
    before = len(await desk.sent(HONG))
    told = await desk.notification()
    reply = mail(
        f"You wrote {link}",
        from_=str(ALICE.address),
        to=str(told["Reply-To"].addresses[0].addr_spec),
        Cc=str(PARK),
        message_id="a9@acme.example",
    )
    spec = told["Reply-To"].addresses[0]
    await desk.receive(reply, to=Address(spec.username, spec.domain), reverse_path=ALICE.address)
    (sent,) = (await desk.sent(HONG))[before:]
    assert link.localpart not in sent.as_string()


async def test_explain_says_what_would_become_of_a_click(desk: Desk) -> None:
    links = links_of(await surveyed(desk))
    row = await clicked(desk, links[Score.BAD])
    decision = await desk.decision(row.id)
    assert decision["disposition"] == "record_score"
    assert decision["ticket"] == 1
    assert [one["kind"] for one in decision["would_send"]] == ["notification"] * 2
    await answered(desk)


@pytest.mark.parametrize("score", [Score.GOOD, Score.BAD])
async def test_words_below_the_line_are_heard_too_and_a_signature_is_none(
    desk: Desk, score: Score
) -> None:
    """Not everybody writes above it; every telephone signs."""
    links = links_of(await surveyed(desk))
    to, subject, body = click_of(links[score])
    before = len(await desk.sent(ALICE.address))
    signed = mail(f"{body}\n-- \nSent from my phone", to=str(to), subject=subject, message_id="1@x")
    await desk.receive(signed, to=to)
    assert (await desk.entries())[-1].text == ""
    assert len(await desk.sent(ALICE.address)) == before + (score is Score.BAD)
    below = mail(f"{body}\nVery kind people.", to=str(to), subject=subject, message_id="2@x")
    await desk.receive(below, to=to)
    assert (await desk.entries())[-1].text == "Very kind people."
    assert "Very kind people." in part_of((await desk.sent(ALICE.address))[-1], "plain")
    assert (await desk.ticket()).score == score


async def test_a_file_that_comes_with_it_is_told(desk: Desk) -> None:
    links = links_of(await surveyed(desk))
    to, subject, body = click_of(links[Score.GOOD])
    parts = (
        f"--b\nContent-Type: text/plain\n\n{body}\n"
        "--b\nContent-Type: image/jpeg; name=parcel.jpg\n"
        "Content-Disposition: attachment; filename=parcel.jpg\n\nJPEG\n--b--"
    )
    shown = mail(
        parts, to=str(to), subject=subject, message_id="1@x",
        Content_Type="multipart/mixed; boundary=b",
    )  # fmt: skip
    await desk.receive(shown, to=to)
    assert [one.filename for one in (await desk.entries())[-1].attachments] == ["parcel.jpg"]
    assert "[parcel.jpg]" in part_of((await desk.sent(ALICE.address))[-1], "plain")
