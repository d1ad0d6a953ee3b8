"""docs/desk.md, "Rules": what it says of mails, sentence by sentence."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.arriving.quarantine import release
from mailgate.desk.words.templates import load_templates
from mailgate.mail.address import Address
from mailgate.model.rule import TO_GROUP, Occasion, Rule
from mailgate.model.ticket import EventKind, Priority, Status
from mailgate.store import journal
from tests.deciders.desk_world import ALICE, BOB, MINSU
from tests.deciders.inbound_world import HONG, Desk, mail, open_desk, references, reply_address
from tests.deciders.survey_world import part_of
from tests.deciders.test_desk_rules import (
    AUTHSERV,
    PROVEN,
    TEXT,
    about,
    an_answer,
    answered,
    by_time,
    new,
    recipients,
    resolve,
    resolved,
    rule_by,
    sweep,
)

PARK = Address("park", "customer.example")
HOUR = timedelta(hours=1)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as desk:
        desk.set_policy(trusted_authserv_ids=frozenset({AUTHSERV}))
        yield desk


async def test_whoever_takes_part_in_it_answers(desk: Desk) -> None:
    """A participant is no stranger."""
    rule_by(desk, answered(tag=("back",)))
    await desk.receive(mail(Cc=str(PARK), **PROVEN), trusted=True)
    got = (await desk.sent(HONG))[0]
    content = mail("I saw it.", from_=str(PARK), message_id="p@customer.example", **references(got))
    await desk.receive(content, to=reply_address(got), reverse_path=PARK)
    assert (await desk.ticket()).tags == ("back",)


async def test_mails_to_agents_show_what_rules_did_since_the_last_one(desk: Desk) -> None:
    rule_by(
        desk,
        new("parcels", about("parcel"), tag=("late",)),
        by_time("urgent by night", priority=Priority.URGENT),
    )
    await desk.receive(mail(**PROVEN), trusted=True)
    first = part_of(await desk.notification(), "plain")
    assert "- the rule parcels: tagged late" in first
    desk.clock.put(HOUR)
    await sweep(desk)
    await an_answer(desk)
    second = part_of(await desk.notification(), "plain")
    assert "- the rule urgent by night: priority normal → urgent" in second
    assert "tagged late" not in second


async def test_who_gets_the_ticket_by_a_rule_for_answers_is_told_by_the_answer_once(
    desk: Desk,
) -> None:
    rule_by(desk, answered(assign=MINSU.address))
    await desk.receive(mail(**PROVEN), trusted=True)
    await an_answer(desk, "Still nothing.")
    (told,) = await desk.sent(MINSU.address)
    assert "Still nothing." in str(told)


@pytest.mark.parametrize("rule", [resolved(assign=MINSU.address), by_time(assign=MINSU.address)])
async def test_where_no_mail_has_come_they_are_told_that_it_is_theirs(
    desk: Desk, rule: Rule
) -> None:
    rule_by(desk, rule)
    await desk.receive(mail())
    desk.clock.put(HOUR)
    if rule.when is Occasion.RESOLVED:
        await resolve(desk)
    else:
        await sweep(desk)
    (told,) = await desk.sent(MINSU.address)
    assert "assigned" in part_of(told, "plain")
    assert "My parcel has not come." in str(told)


async def test_whom_a_rule_for_answers_names_gets_the_answer_once(desk: Desk) -> None:
    rule_by(desk, answered(notify=(MINSU.address, TO_GROUP)))
    await desk.receive(mail(**PROVEN), trusted=True)
    await an_answer(desk, "Still nothing.")
    (told,) = await desk.sent(MINSU.address)
    assert "Still nothing." in str(told)
    assert (await recipients(desk)).count(str(BOB.address)) == 2, "of the mail, and of the answer"


async def test_each_rule_sends_its_text_once_a_ticket(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "templates" / "en" / "own"
    folder.mkdir(parents=True)
    (folder / "weekend.txt").write_text(TEXT)
    desk.context = replace(desk.context, templates=load_templates(tmp_path / "templates"))
    rule_by(desk, new("first", template="weekend"), answered("later", template="weekend"))
    await desk.receive(mail(**PROVEN), trusted=True)
    for text in ("One.", "Two."):
        await an_answer(desk, text)
    texts = [part_of(one, "plain") for one in await desk.sent(HONG)]
    assert ["back on Monday" in text for text in texts] == [True, True]


@pytest.mark.parametrize("keeps_out", [{"drop": "why"}, {"quarantine": "why"}])
async def test_no_rule_keeps_out_what_a_colleague_writes_or_passes_on(
    desk: Desk, keeps_out: dict[str, str]
) -> None:
    rule_by(desk, new("all", **keeps_out), answered("answers", **keeps_out))
    await desk.receive(mail(from_=f"Bob <{BOB.address}>"), authenticated=BOB.address.key)
    passed_on = mail(
        "---------- Forwarded message ---------\nFrom: Hong <hong@customer.example>\n"
        "Date: Mon, 5 Jan 2026 08:00:00 +0000\nSubject: My lamp\nTo: alice@acme.example\n\n"
        "It is broken.",
        from_=f"Alice <{ALICE.address}>",
        subject="Fwd: My lamp",
        message_id="f1@acme.example",
    )
    await desk.receive(passed_on, reverse_path=ALICE.address, authenticated=ALICE.address.key)
    assert [one.requester.address for one in await desk.tickets()] == [BOB.address, HONG]
    told = await desk.notification(BOB.address, 2)
    answer = mail("Soon.", from_=str(BOB.address), message_id="b@acme.example", **references(told))
    await desk.receive(answer, to=reply_address(told), reverse_path=BOB.address)
    assert [one.text.strip() for one in await desk.entries(2)] == ["It is broken.", "Soon."]


async def test_a_rule_sets_off_no_rule_on_whatever_else_it_does(desk: Desk) -> None:
    """Two that are resolved by the time: neither is looked at as one that somebody resolved."""
    rule_by(
        desk,
        by_time("old", status=Status.RESOLVED, note="Nobody came back."),
        resolved("praise", tag=("praise",)),
    )
    await desk.receive(mail())
    desk.clock.put(HOUR)
    await sweep(desk)
    assert ((await desk.ticket()).status, (await desk.ticket()).tags) == (Status.RESOLVED, ())
    by_rules = [one.detail["rule"] for one in await desk.events() if one.kind is EventKind.RULE]
    assert by_rules == ["old"]


async def test_an_answer_that_a_rule_sets_aside_comes_to_its_ticket_when_it_is_let_in(
    desk: Desk,
) -> None:
    rule_by(desk, answered("answers", quarantine="why"))
    await desk.receive(mail(**PROVEN), trusted=True)
    await an_answer(desk, "Still nothing.")
    assert len(await desk.entries()) == 1
    (row,) = await desk.store.read(partial(journal.quarantined_for, cause="rule"))
    unit = partial(release, row_id=row, ticket=None, now=desk.clock.now())
    await desk.store.write(unit)
    await desk.worker.drain()
    assert [one.text.strip() for one in await desk.entries()][1:] == ["Still nothing."]
