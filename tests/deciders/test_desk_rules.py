"""Rules at work on a real desk: mails come in, tickets are as the rules want, and every mail that
a rule causes or prevents is accounted for."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mailgate.desk.arriving.quarantine import release
from mailgate.desk.by import By
from mailgate.desk.rules.ruledtimes import due_rules
from mailgate.desk.swept import Swept
from mailgate.desk.telling.explain import explain
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.changing import set_ticket
from mailgate.desk.words.templates import load_templates
from mailgate.mail.address import Address
from mailgate.mail.envelope import Envelope
from mailgate.mail.parse import parse_mail
from mailgate.model.delivery import Lane
from mailgate.model.ids import TicketId
from mailgate.model.journal import JournalState
from mailgate.model.rule import (
    TO_GROUP,
    Actions,
    Conditions,
    FieldTest,
    Occasion,
    Rule,
    Rules,
    Since,
)
from mailgate.model.ticket import EntryKind, EventKind, Priority, Status, Visibility
from mailgate.model.wildcard import Glob, Words
from mailgate.store import webhooks
from tests.deciders.desk_world import ALICE, BOB, MINSU, SEED, SUPPORT
from tests.deciders.inbound_world import (
    HONG,
    Desk,
    mail,
    open_desk,
    references,
    reply_address,
)

AUTHSERV = "mx.acme.example"
PROVEN = {"Authentication_Results": f"{AUTHSERV}; dmarc=pass header.from=customer.example"}
"""What the mail server in front says of a mail from the customer."""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as desk:
        desk.set_policy(trusted_authserv_ids=frozenset({AUTHSERV}))
        yield desk


Make = Callable[..., Rule]


def on(when: Occasion, name: str = "r", conditions: Conditions | None = None, **does: Any) -> Rule:
    return Rule(name, when, conditions or Conditions(), Actions(**does))


new: Make = partial(on, Occasion.NEW)
answered: Make = partial(on, Occasion.ANSWER)
resolved: Make = partial(on, Occasion.RESOLVED)


def by_time(name: str = "late", since: Since = Since.CREATED, **does: Any) -> Rule:
    conditions = does.pop("conditions", Conditions())
    return Rule(name, Occasion.TIME, conditions, Actions(**does), timedelta(hours=1), since)


def rule_by(desk: Desk, *rules: Rule) -> None:
    by_occasion: dict[Occasion, tuple[Rule, ...]] = {}
    for one in rules:
        by_occasion[one.when] = (*by_occasion.get(one.when, ()), one)
    desk.set_policy(rules=Rules(by_occasion))


def about(*texts: str) -> Conditions:
    return Conditions(subject=tuple(map(Words.of, texts)))


async def told_of(desk: Desk, kind: EventKind, number: int = 1) -> list[dict[str, Any]]:
    return [dict(one.detail) for one in await desk.events(number) if one.kind is kind]


async def recipients(desk: Desk, number: int = 1) -> list[str]:
    return sorted(str(one.recipient) for one in await desk.deliveries(number))


async def an_answer(desk: Desk, text: str = "Still nothing.") -> None:
    """The customer answers the first mail that they got from us."""
    got = (await desk.sent(HONG))[0]
    content = mail(
        text,
        subject="Re: Where is my parcel?",
        message_id=f"{text[:3]}@customer.example",
        **references(got),
        **PROVEN,
    )
    await desk.receive(content, to=reply_address(got), trusted=True)


# --- a mail opens a ticket ---------------------------------------------------------------


async def test_a_new_ticket_is_as_the_rule_wants_it(desk: Desk) -> None:
    rule_by(
        desk,
        new(
            "parcels",
            about("parcel"),
            group="hangook",
            assign=BOB.address,
            priority=Priority.HIGH,
            tag=("parcel", "late"),
            status=Status.PENDING,
        ),
    )
    await desk.receive(mail())
    ticket = await desk.ticket()
    assert (ticket.group, ticket.assignee) == ("hangook", BOB.address)
    assert (ticket.priority, ticket.status) == (Priority.HIGH, Status.PENDING)
    assert ticket.tags == ("late", "parcel")


async def test_what_a_rule_does_stands_on_the_ticket_in_its_name(desk: Desk) -> None:
    rule_by(desk, new("parcels", about("parcel"), tag=("late",)))
    await desk.receive(mail())
    assert [(one.kind, one.actor, dict(one.detail)) for one in await desk.events()][1:] == [
        (EventKind.RULE, "system", {"rule": "parcels", "when": "new"}),
        (EventKind.TAGGED, "rule parcels", {"tag": "late"}),
    ]


async def test_who_gets_the_ticket_by_a_rule_is_told_of_the_mail_once(desk: Desk) -> None:
    """The table of `desk.words.who`, for the ticket as the rule leaves it."""
    rule_by(desk, new(group="hangook", assign=MINSU.address))
    await desk.receive(mail())
    assert await recipients(desk) == [str(HONG), "minsu@hangook.example"]
    (told,) = await desk.sent(MINSU.address)
    assert "My parcel has not come." in str(told)


async def test_a_rule_that_does_not_match_changes_nothing(desk: Desk) -> None:
    rule_by(desk, new("refunds", about("refund"), group="hangook", tag=("x",)))
    row = await desk.receive(mail())
    ticket = await desk.ticket()
    assert (ticket.group, ticket.tags) == ("support", ())
    assert (await desk.decision(row.id))["rules"] == [
        {"rule": "refunds", "matched": False, "failed": "subject"}
    ]


@pytest.mark.parametrize(
    "conditions",
    [
        Conditions(body=(Words.of("not come"),)),
        Conditions(header=(FieldTest("x-note", Words.of("여름")),)),
        Conditions(sender=("customer.example",)),
        Conditions(larger_than=100),
        Conditions(automated=False, authenticated=False),
        Conditions(address=(SUPPORT,)),
    ],
)
async def test_what_a_mail_has_can_be_asked_for(desk: Desk, conditions: Conditions) -> None:
    rule_by(desk, new("r", conditions, tag=("hit",)))
    await desk.receive(mail(X_Note="=?utf-8?b?7Jes66aE?= sale"))
    assert (await desk.ticket()).tags == ("hit",)


async def test_an_attachment_can_be_asked_for(desk: Desk) -> None:
    rule_by(desk, new("r", Conditions(attachment=(Glob.of("*.exe"),)), tag=("hit",)))
    boundary = 'multipart/mixed; boundary="b"'
    text = (
        "--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b\r\nContent-Type: application/x\r\n"
        'Content-Disposition: attachment; filename="Setup.EXE"\r\n\r\nMZ\r\n--b--'
    )
    await desk.receive(mail(text, MIME_Version="1.0", Content_Type=boundary))
    assert (await desk.ticket()).tags == ("hit",)


async def test_who_is_proven_can_be_asked_for(desk: Desk) -> None:
    rule_by(desk, new("r", Conditions(authenticated=True), tag=("proven",)))
    await desk.receive(mail(**PROVEN), trusted=True)
    await desk.receive(mail("Other words.", message_id="q2@customer.example"))
    assert [one.tags for one in await desk.tickets()] == [("proven",), ()]


async def test_agents_take_turns(desk: Desk) -> None:
    rule_by(desk, new(group="partners", take_turns=True))
    for number in range(3):
        await desk.receive(mail(f"Question {number}", message_id=f"q{number}@customer.example"))
    # Carol is a collaborator: nothing becomes hers.
    assert [one.assignee for one in await desk.tickets()] == [BOB.address] * 3
    rule_by(desk, new(group="support", take_turns=True))
    for number in range(3, 6):
        await desk.receive(mail(f"Question {number}", message_id=f"q{number}@customer.example"))
    assert [one.assignee for one in await desk.tickets()][3:] == [
        ALICE.address,
        BOB.address,
        ALICE.address,
    ]


async def test_nobody_has_a_turn_with_their_own_question(desk: Desk) -> None:
    rule_by(desk, new(take_turns=True))
    await desk.receive(mail(from_="Bob <bob@acme.example>"), authenticated=BOB.address.key)
    await desk.receive(
        mail("More.", from_="Bob <bob@acme.example>", message_id="q2@acme.example"),
        authenticated=BOB.address.key,
    )
    assert [one.assignee for one in await desk.tickets()] == [ALICE.address] * 2


async def test_who_has_the_ticket_keeps_it(desk: Desk) -> None:
    rule_by(desk, new("a", assign=BOB.address), new("b", take_turns=True))
    await desk.receive(mail())
    assert (await desk.ticket()).assignee == BOB.address


async def test_a_note_of_a_rule_is_seen_by_nobody_outside(desk: Desk) -> None:
    rule_by(desk, new("r", note="He is an ambassador."))
    await desk.receive(mail())
    first, note = await desk.entries()
    assert (note.kind, note.visibility) == (EntryKind.NOTE, Visibility.PRIVATE)
    assert note.text == "He is an ambassador."
    (acknowledgement,) = await desk.sent(HONG)
    assert "ambassador" not in str(acknowledgement)
    assert first.text.startswith("My parcel")


async def test_whom_a_rule_names_is_told_of_the_mail_as_who_follows(desk: Desk) -> None:
    rule_by(desk, new("r", notify=(MINSU.address, ALICE.address, TO_GROUP)))
    await desk.receive(mail())
    agents = ["alice@acme.example", "bob@acme.example", "minsu@hangook.example"]
    assert await recipients(desk) == sorted([*agents, str(HONG)])
    assert "My parcel has not come." in str(await desk.notification(MINSU.address))


async def test_what_a_rule_cannot_do_is_told_and_stops_nothing(desk: Desk) -> None:
    """As after an agent has left the settings, and before the rule has."""
    gone = Address("gone", "acme.example")
    rule_by(desk, new("old", assign=gone, tag=("x",)), new("next", tag=("y",)))
    await desk.receive(mail())
    assert (await desk.ticket()).tags == ("y",)
    assert [one.get("failed") for one in await told_of(desk, EventKind.RULE)] == [
        None,
        "gone@acme.example is none of the configured agents.",
        None,
    ]


async def test_what_a_rule_changes_makes_no_other_rule_match(desk: Desk) -> None:
    rule_by(desk, new("close it", status=Status.RESOLVED), resolved("r", tag=("seen",)))
    await desk.receive(mail())
    ticket = await desk.ticket()
    assert (ticket.status, ticket.tags) == (Status.RESOLVED, ())


# --- quarantine and drop -----------------------------------------------------------------


async def test_a_rule_sets_a_mail_aside_before_anything_is_made_of_it(desk: Desk) -> None:
    rule_by(desk, new("invoices", about("parcel"), quarantine="not for us"))
    row = await desk.receive(mail())
    assert (row.state, row.cause, row.ticket) == (JournalState.QUARANTINED, "rule", None)
    assert await desk.tickets() == []
    decision = await desk.decision(row.id)
    assert decision["reasons"][-1] == "quarantined_by_rule"
    assert decision["rules"] == [{"rule": "invoices", "matched": True, "failed": None}]
    assert decision["would_send"] == []


async def test_what_a_human_lets_in_is_set_aside_by_no_rule(desk: Desk) -> None:
    rule_by(desk, new("invoices", quarantine="not for us"), new("second", tag=("x",)))
    row = await desk.receive(mail())
    await desk.store.write(partial(release, row_id=row.id, ticket=None, now=desk.clock.now()))
    await desk.worker.drain()
    assert (await desk.row(row.id)).state is JournalState.DONE
    # The rules that set nothing aside are for it like for any mail.
    assert (await desk.ticket()).tags == ("x",)


async def test_a_mail_that_a_rule_drops_stays_in_the_journal_with_its_rule(desk: Desk) -> None:
    rule_by(desk, new("news", about("parcel"), drop="newsletters"))
    row = await desk.receive(mail())
    assert (row.state, row.cause, row.ticket) == (JournalState.DROPPED, "rule", None)
    assert await desk.tickets() == []
    assert (await desk.decision(row.id))["rules"][0]["rule"] == "news"
    assert desk.reports.suppressions == ["dropped_by_rule"]


async def test_what_a_rule_has_dropped_can_be_let_in_all_the_same(desk: Desk) -> None:
    rule_by(desk, new("news", about("parcel"), drop="newsletters"))
    row = await desk.receive(mail())
    await desk.store.write(partial(release, row_id=row.id, ticket=None, now=desk.clock.now()))
    await desk.worker.drain()
    assert (await desk.row(row.id)).state is JournalState.DONE
    assert len(await desk.tickets()) == 1


async def test_no_rule_drops_what_a_colleague_writes(desk: Desk) -> None:
    rule_by(desk, new("all", drop="why"), answered("all", drop="why"))
    await desk.receive(mail(from_="Bob <bob@acme.example>"), authenticated=BOB.address.key)
    assert len(await desk.tickets()) == 1


async def test_an_answer_can_be_dropped_too(desk: Desk) -> None:
    rule_by(desk, answered("thanks", Conditions(body=(Words.of("thank you"),)), drop="thanks"))
    await desk.receive(mail(**PROVEN), trusted=True)
    await an_answer(desk, "Thank you!")
    assert len(await desk.entries()) == 1
    await an_answer(desk, "But where is it?")
    assert len(await desk.entries()) == 2


async def test_a_rule_that_stops_above_saves_the_mail(desk: Desk) -> None:
    rule_by(
        desk,
        new("customers", Conditions(sender=("customer.example",)), stop=True),
        new("rest", drop="nobody we know"),
    )
    await desk.receive(mail())
    assert len(await desk.tickets()) == 1


# --- somebody answers --------------------------------------------------------------------


async def test_an_answer_is_looked_at_with_the_ticket_as_it_was(desk: Desk) -> None:
    rule_by(
        desk,
        answered("back", Conditions(status=(Status.RESOLVED,)), priority=Priority.URGENT),
    )
    await desk.receive(mail(**PROVEN), trusted=True)
    by = By("operator", desk.clock.now(), SEED)
    wish = TicketWish(status=Status.RESOLVED)
    await desk.store.write(
        partial(set_ticket, ctx=desk.context, ticket_id=TicketId(1), wish=wish, by=by)
    )
    await an_answer(desk)
    ticket = await desk.ticket()
    assert (ticket.status, ticket.priority) == (Status.OPEN, Priority.URGENT)


async def test_a_stranger_on_a_ticket_makes_no_rule_match(desk: Desk) -> None:
    rule_by(desk, answered(tag=("x",)))
    await desk.receive(mail())
    (got,) = await desk.sent(HONG)
    content = mail(from_="Eve <eve@elsewhere.example>", message_id="e@x.example", **references(got))
    await desk.receive(content, to=reply_address(got))
    assert [one.tags for one in await desk.tickets()] == [()]


async def test_an_agents_answer_makes_no_rule_match(desk: Desk) -> None:
    rule_by(desk, answered(tag=("x",)))
    await desk.receive(mail())
    got = await desk.notification()
    content = mail("Tomorrow.", from_="Alice <alice@acme.example>", message_id="a@acme.example")
    await desk.receive(content, to=reply_address(got))
    assert (await desk.ticket()).tags == ()
    assert len(await desk.entries()) == 2


# --- resolved ----------------------------------------------------------------------------


async def resolve(desk: Desk, status: Status = Status.RESOLVED, number: int = 1) -> None:
    by = By("operator", desk.clock.now(), SEED)
    unit = partial(set_ticket, ctx=desk.context, ticket_id=TicketId(number))
    await desk.store.write(partial(unit, wish=TicketWish(status=status), by=by))


async def test_a_ticket_that_gets_resolved_is_looked_at(desk: Desk) -> None:
    rule_by(
        desk, resolved("praise", Conditions(tag=("vip",)), note="Send flowers."), new(tag=("vip",))
    )
    await desk.receive(mail())
    await resolve(desk)
    assert [one.text for one in await desk.entries()][1:] == ["Send flowers."]
    await resolve(desk)  # It is resolved already.
    assert len(await desk.entries()) == 2


async def test_closing_is_not_resolving(desk: Desk) -> None:
    rule_by(desk, resolved(tag=("x",)))
    await desk.receive(mail())
    await resolve(desk, Status.CLOSED)
    assert (await desk.ticket()).tags == ()


async def test_whom_a_rule_names_is_told_where_no_mail_has_come(desk: Desk) -> None:
    rule_by(desk, resolved("praise", notify=(MINSU.address,), note="Send flowers."))
    await desk.receive(mail())
    await resolve(desk)
    (told,) = await desk.sent(MINSU.address)
    text = str(told.get_body(("plain",)))
    assert 'the rule "praise" says so' in text
    assert "Send flowers." in text


# --- by the time -------------------------------------------------------------------------


async def sweep(desk: Desk, limit: int = 20) -> Swept:
    return await desk.store.write(
        partial(due_rules, ctx=desk.context, now=desk.clock.now(), seed=SEED, limit=limit)
    )


async def test_a_rule_by_the_time_does_its_work_once(desk: Desk) -> None:
    rule_by(
        desk,
        by_time(priority=Priority.URGENT, note="Nobody has answered.", notify=(MINSU.address,)),
    )
    await desk.receive(mail())
    assert (await sweep(desk)).taken == 0
    desk.clock.put(timedelta(hours=1))
    swept = await sweep(desk)
    assert (swept.taken, len(swept.drafts)) == (1, 1)
    assert (await desk.ticket()).priority is Priority.URGENT
    assert len(await desk.sent(MINSU.address)) == 1
    desk.clock.put(timedelta(days=9))
    assert (await sweep(desk)).taken == 0
    assert len(await desk.entries()) == 2


async def test_a_rule_by_the_time_since_the_last_change_does_not_put_off_another(
    desk: Desk,
) -> None:
    rule_by(
        desk,
        by_time("first", Since.UPDATED, tag=("one",)),
        by_time("second", Since.UPDATED, tag=("two",)),
    )
    await desk.receive(mail())
    before = (await desk.ticket()).updated_at
    desk.clock.put(timedelta(hours=1))
    await sweep(desk)
    ticket = await desk.ticket()
    assert ticket.tags == ("one", "two")
    assert ticket.updated_at == before
    desk.clock.put(timedelta(hours=5))
    assert (await sweep(desk)).taken == 0


async def test_a_ticket_that_does_not_match_is_looked_at_once(desk: Desk) -> None:
    rule_by(desk, by_time(conditions=about("refund"), tag=("x",)))
    await desk.receive(mail())
    desk.clock.put(timedelta(hours=1))
    assert [(await sweep(desk)).taken, (await sweep(desk)).taken] == [1, 0]
    assert (await desk.ticket()).tags == ()


async def test_the_sweep_takes_as_many_as_it_may(desk: Desk) -> None:
    rule_by(desk, by_time("a", tag=("a",)), by_time("b", tag=("b",)))
    for number in range(3):
        await desk.receive(mail(f"Question {number}", message_id=f"q{number}@customer.example"))
    desk.clock.put(timedelta(hours=1))
    assert [(await sweep(desk, limit=2)).taken for _ in range(4)] == [2, 2, 2, 0]
    assert [one.tags for one in await desk.tickets()] == [("a", "b")] * 3


# --- what is sent to customers -----------------------------------------------------------

TEXT = "Subject: {{ subject }}\n\nDear {{ name }},\nwe are back on Monday.\n"


@pytest.fixture
def own_texts(desk: Desk, tmp_path: Path) -> Desk:
    """A desk whose operator has written `weekend`."""
    folder = tmp_path / "templates" / "en" / "own"
    folder.mkdir(parents=True)
    (folder / "weekend.txt").write_text(TEXT)
    desk.context = replace(desk.context, templates=load_templates(tmp_path / "templates"))
    return desk


async def test_a_template_goes_in_place_of_the_acknowledgement(own_texts: Desk) -> None:
    rule_by(own_texts, new("w", template="weekend"))
    await own_texts.receive(mail(**PROVEN), trusted=True)
    (got,) = await own_texts.sent(HONG)
    assert "Dear Hong,\nwe are back on Monday." in str(got.get_body(("plain",)))
    assert got["Auto-Submitted"] == "auto-replied"
    assert got["Subject"] == "[#1] Where is my parcel?"
    assert (await own_texts.lanes()).count(Lane.ACKNOWLEDGEMENT.value) == 1


async def test_a_template_goes_to_nobody_who_is_not_proven(own_texts: Desk) -> None:
    rule_by(own_texts, new("w", template="weekend"))
    await own_texts.receive(mail())
    (got,) = await own_texts.sent(HONG)
    assert "Monday" not in str(got)  # the acknowledgement, without a word of theirs or ours
    assert await told_of(own_texts, EventKind.SUPPRESSED) == [
        {"what": "template", "why": "sender_unauthenticated", "rule": "w"}
    ]


async def test_a_template_goes_to_no_machine(own_texts: Desk) -> None:
    rule_by(own_texts, new("w", template="weekend"), answered("w", template="weekend"))
    await own_texts.receive(mail(Auto_Submitted="auto-generated", **PROVEN), trusted=True)
    assert await own_texts.sent(HONG) == []


async def test_templates_count_as_acknowledgements(own_texts: Desk) -> None:
    own_texts.set_policy(acknowledgements_per_address_per_day=2)
    rule_by(own_texts, new("w", template="weekend"))
    for number in range(3):
        content = mail(f"Question {number}", message_id=f"q{number}@customer.example", **PROVEN)
        await own_texts.receive(content, trusted=True)
    assert [len(await own_texts.sent(HONG, number)) for number in (1, 2, 3)] == [1, 1, 0]


async def test_a_template_goes_once_a_ticket(own_texts: Desk) -> None:
    rule_by(own_texts, answered("w", template="weekend"))
    await own_texts.receive(mail(**PROVEN), trusted=True)
    for text in ("One.", "Two."):
        await an_answer(own_texts, text)
    assert len(await own_texts.sent(HONG)) == 2
    assert "we are back on Monday" in str((await own_texts.sent(HONG))[1])


async def test_two_rules_send_one_template(own_texts: Desk) -> None:
    rule_by(own_texts, new("a", template="weekend"), new("b", template="weekend"))
    await own_texts.receive(mail(**PROVEN), trusted=True)
    assert len(await own_texts.sent(HONG)) == 1


async def test_by_the_time_a_template_goes_to_a_proven_requester(own_texts: Desk) -> None:
    own_texts.set_policy(acknowledgements_per_address_per_day=3)
    rule_by(own_texts, by_time(template="weekend"))
    await own_texts.receive(mail(**PROVEN), trusted=True)
    await own_texts.receive(mail("Other words.", message_id="q2@customer.example"))
    own_texts.clock.put(timedelta(hours=1))
    await sweep(own_texts)
    assert [len(await own_texts.sent(HONG, number)) for number in (1, 2)] == [2, 1]
    await own_texts.receive(
        mail("Third.", message_id="q3@customer.example", **PROVEN), trusted=True
    )
    own_texts.clock.put(timedelta(hours=1))
    await sweep(own_texts)
    spent = {"what": "template", "why": "acknowledgement_budget", "rule": "late"}
    assert spent in await told_of(own_texts, EventKind.SUPPRESSED, 3)


async def test_a_template_that_is_not_there_is_told(desk: Desk) -> None:
    rule_by(desk, new("w", template="weekend"))
    await desk.receive(mail(**PROVEN), trusted=True)
    assert len(await desk.sent(HONG)) == 1
    assert {"what": "template", "why": "no_template", "rule": "w"} in await told_of(
        desk, EventKind.SUPPRESSED
    )


# --- webhooks and explain ----------------------------------------------------------------


async def test_a_webhook_is_queued_with_the_ticket_as_the_rule_leaves_it(desk: Desk) -> None:
    rule_by(desk, new("hook", tag=("vip",), webhook="https://hooks.acme.example/"))
    await desk.receive(mail())
    (leased,) = await desk.store.write(
        partial(webhooks.claim, now=desk.clock.now(), lease=timedelta(minutes=1), limit=5)
    )
    document = json.loads(leased.body)
    assert (leased.rule, leased.url) == ("hook", "https://hooks.acme.example/")
    assert document["event"]["kind"] == "new"
    assert (document["ticket"]["id"], document["ticket"]["tags"]) == (1, ["vip"])
    assert "has not come" not in leased.body


async def test_explain_says_which_rules_would_match_and_touches_nothing(desk: Desk) -> None:
    rule_by(
        desk,
        new("refunds", about("refund"), tag=("x",)),
        new("parcels", about("parcel"), group="hangook", webhook="https://hooks.acme.example/"),
        new("look", notify=(BOB.address,)),
    )
    content = mail()
    document = await desk.store.read(
        partial(
            explain,
            ctx=desk.context,
            mail=parse_mail(content),
            envelope=Envelope(HONG, (SUPPORT,)),
            trusted=False,
            now=desk.clock.now(),
            content=content,
        )
    )
    assert document["rules"] == [
        {"rule": "refunds", "matched": False, "failed": "subject"},
        {"rule": "parcels", "matched": True, "failed": None},
        {"rule": "look", "matched": True, "failed": None},
    ]
    told = json.loads(json.dumps(document["would_send"]))
    agents = {one["recipient"] for one in told if one["kind"] == "notification"}
    assert agents == {"minsu@hangook.example", "bob@acme.example"}
    assert await desk.tickets() == []
    assert await desk.store.read(webhooks.next_due) is None


async def test_explain_says_what_a_rule_sets_aside(desk: Desk) -> None:
    rule_by(desk, new("news", drop="newsletters"))
    content = mail()
    document = await desk.store.read(
        partial(
            explain,
            ctx=desk.context,
            mail=parse_mail(content),
            envelope=Envelope(HONG, (SUPPORT,)),
            trusted=False,
            now=desk.clock.now(),
            content=content,
        )
    )
    assert (document["disposition"], document["would_send"]) == ("suppress", [])
