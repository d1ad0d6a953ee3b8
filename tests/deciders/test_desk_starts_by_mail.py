"""Agents begin conversations from their own mailbox: `#new`, or a mail of their own to the customer
with a support address in Cc or Bcc."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mailgate.desk.arriving.quarantine import release
from mailgate.desk.telling.account import account_of
from mailgate.desk.telling.explain import explain
from mailgate.desk.telling.telling import tell, words_of
from mailgate.desk.words.discretion import holds_sign
from mailgate.mail.address import Address
from mailgate.mail.envelope import Envelope
from mailgate.mail.parse import parse_mail
from mailgate.model.journal import JournalSummary
from mailgate.model.rule import Actions, Occasion, Rule, Rules
from mailgate.model.ticket import Direction, EventKind, Priority, Role, Source, Status, Visibility
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.store.core import Connection
from mailgate.threading.rights import RIGHTS
from tests.deciders.desk_world import (
    ALICE,
    BOB,
    CAROL,
    HELP_KO,
    KEYRING,
    SUPPORT,
    body,
    everything_in,
)
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

KIM, BOSS = Address("kim", "customer.example"), Address("boss", "customer.example")


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as made:
        yield made


async def writes(place: Desk, text: str, **fields: str) -> JournalSummary:
    """Alice writes to the desk, logged in at its door."""
    given = {
        "from_": "Alice Kim <alice@acme.example>",
        "to": "support@acme.example",
        "subject": "Your order 7",
        "message_id": "new@acme.example",
    } | fields
    return await place.receive(
        mail(text, **given),
        reverse_path=ALICE.address,
        trusted=True,
        authenticated="alice@acme.example",
    )


async def told_alice(place: Desk) -> list[str]:
    """What the desk told Alice of mails that are on no ticket."""
    return [body for _, body in await told_about_none(place, ALICE.address)]


async def told_about_none(place: Desk, who: Address) -> list[tuple[str, str]]:
    return [(one["Subject"], one.get_content()) for one in await place.about_no_ticket(who)]


async def test_new_begins_a_conversation(place: Desk) -> None:
    row = await writes(place, "#new hong@customer.example\n\nYour parcel comes tomorrow.")
    assert row.state is DONE
    (ticket,) = await place.tickets()
    assert (ticket.source, ticket.status) == (Source.OUTBOUND_EMAIL, Status.CLOSED)
    assert (ticket.subject, ticket.requester.address) == ("Your order 7", HONG)
    assert (ticket.address, ticket.group) == (SUPPORT, "support")
    assert ticket.started_by == ALICE.address.key
    assert (ticket.waiting_since, ticket.sla_started_at) == (None, None)
    (entry,) = await place.entries()
    assert entry.text.strip() == "Your parcel comes tomorrow."
    assert (entry.direction, entry.author.role) == (Direction.OUT, Role.AGENT)
    assert entry.journal == row.id
    (delivery,) = await place.deliveries()
    assert (delivery.recipient, delivery.lane.value) == (HONG, "reply"), "and nobody else is told"
    (got,) = await place.sent(HONG)
    assert got["Subject"] == "[#1] Your order 7"
    assert got["From"] == '"Alice Kim (Acme Support)" <support@acme.example>'
    raw = got.as_bytes()
    assert b"#new" not in raw
    assert b"alice@" not in raw
    assert b"new@acme.example" not in raw


async def test_the_subject_holds_nothing_of_the_agents_mailbox(place: Desk) -> None:
    """An agent who answers an old mail with `#new` leaves its subject: their own address in it,
    the address that only they may write to, or the line that names another ticket."""
    await place.receive(mail())
    notification = await place.notification()
    token, text = str(reply_address(notification)), body(notification, "plain")
    marker = next(line for line in text.splitlines() if line.startswith("ref:mg"))
    for number, inside in enumerate((str(ALICE.address), "alice.kim@gmail.example", token, marker)):
        fields = {"subject": f"About {inside} today", "message_id": f"s{number}@acme.example"}
        await writes(place, "#new kim@customer.example\nHello.", **fields)
        (got,) = await place.sent(KIM, number + 2)
        seen = everything_in(got.as_bytes())
        assert inside.encode() not in seen
        assert not holds_sign(got["Subject"], KEYRING)
        assert "About" in got["Subject"]
        assert "today" in got["Subject"]


async def test_the_answer_opens_it_and_tells_who_began_it(place: Desk) -> None:
    await writes(place, "#new hong@customer.example\nTomorrow.")
    (got,) = await place.sent(HONG)
    await place.clock.advance(3600)
    answer = mail("Thanks.", message_id="a@customer.example", **references(got))
    await place.receive(answer, to=reply_address(got))
    ticket = await place.ticket()
    assert (ticket.status, ticket.sla_started_at) == (Status.OPEN, place.clock.now())
    told = [one.recipient for one in await place.deliveries() if one.lane.value == "notification"]
    assert told == [ALICE.address]


async def test_the_answer_leaves_the_status_where_that_is_wanted(place: Desk) -> None:
    """`[desk] answer_to_outbound = "leave"`."""
    place.set_policy(answer_opens_outbound=False)
    await writes(place, "#new hong@customer.example\nTomorrow.")
    (got,) = await place.sent(HONG)
    answer = mail("Thanks.", message_id="a@customer.example", **references(got))
    await place.receive(answer, to=reply_address(got))
    ticket = await place.ticket()
    assert ticket.status is Status.CLOSED
    assert ticket.sla_started_at is not None
    assert "notification" in await place.lanes()


async def test_commands_beside_new(place: Desk) -> None:
    await writes(
        place,
        "#new hong@customer.example\n#cc kim@customer.example\n#pending\n#tag vip, order\n"
        "#priority high\n#assign bob\n\nTomorrow.",
    )
    ticket = await place.ticket()
    assert (ticket.status, ticket.tags) == (Status.PENDING, ("order", "vip"))
    assert (ticket.priority, ticket.assignee, ticket.cc) == (Priority.HIGH, BOB.address, (KIM,))
    (got,) = await place.sent(KIM)
    assert [one.addr_spec for one in got["Cc"].addresses] == [str(KIM)]
    assert "#" not in body(got, "plain")


async def test_who_stands_in_cc_gets_it_too_and_no_colleague_does(place: Desk) -> None:
    await writes(
        place, "#new hong@customer.example\nHi.", Cc="boss@customer.example, bob@acme.example"
    )
    assert (await place.ticket()).cc == (BOSS,)
    assert {one.recipient for one in await place.deliveries()} == {HONG, BOSS}


async def test_it_is_from_the_address_that_it_was_written_to(place: Desk) -> None:
    await place.receive(
        mail(
            "#새메일 hong@customer.example\n내일 도착합니다.",
            from_="Alice Kim <alice@acme.example>",
            to="help@hangook.example",
            subject="주문 7",
        ),
        to=HELP_KO,
        reverse_path=ALICE.address,
        trusted=True,
        authenticated="alice@acme.example",
    )
    ticket = await place.ticket()
    assert (ticket.address, ticket.group, ticket.subject) == (HELP_KO, "hangook", "주문 7")


async def test_more_than_one_in_to(place: Desk) -> None:
    text = "#new hong@customer.example kim@customer.example\nHi."
    row = await writes(place, text)
    assert (row.state, row.cause) == (QUARANTINED, "command_refused")
    assert "`#new` takes one address." in (await told_alice(place))[0]
    place.set_policy(free_recipients=True)
    await writes(place, text, message_id="again@acme.example")
    (got,) = await place.sent(HONG)
    assert [one.addr_spec for one in got["To"].addresses] == [str(HONG), str(KIM)]


@pytest.mark.parametrize(
    ("text", "fields", "says"),
    [
        ("#new\nHi.", {}, "something has to stand behind it"),
        ("#new Hong\nHi.", {}, "this is no address: Hong"),
        ("#new bob@acme.example\nHi.", {}, "bob@acme.example is a colleague"),
        ("#new help@hangook.example\nHi.", {}, "help@hangook.example is a support address"),
        ("#new hong@customer.example\n#nwe\nHi.", {}, "`#nwe`: this is no command"),
        ("#new hong@customer.example\n#assign zoe\nHi.", {}, "no colleague has this name"),
        ("#new hong@customer.example\n#merge 3\nHi.", {}, "`#merge 3`: it contradicts `#new"),
        ("#new hong@customer.example\n#note\nHi.", {}, "contradicts"),
        ("#new hong@customer.example\nHi.\n#close", {}, "only what stands at the top is obeyed"),
        ("#new hong@customer.example", {}, "There is nothing below the commands"),
        ("#new hong@customer.example\nHi.", {"subject": "Re: "}, "It has no subject"),
    ],
)
async def test_what_cannot_be_waits_and_is_told(
    place: Desk, text: str, fields: dict[str, str], says: str
) -> None:
    row = await writes(place, text, **fields)
    assert (row.state, row.cause) == (QUARANTINED, "command_refused")
    assert await place.tickets() == []
    ((subject, told),) = await told_about_none(place, ALICE.address)
    assert says in told
    assert f"the number {row.id}." in told
    assert subject.startswith("Not sent:")


async def test_let_out_it_is_a_ticket_of_the_agent(place: Desk) -> None:
    row = await writes(place, "#new\nHi.")
    await let_out(place, row)
    (ticket,) = await place.tickets()
    assert (ticket.requester.address, ticket.source) == (ALICE.address, Source.EMAIL)
    assert await place.sent(HONG) == []


async def let_out(place: Desk, row: JournalSummary) -> None:
    def unit(conn: Connection) -> None:
        release(conn, row.id, ticket=None, now=place.clock.now())

    await place.store.write(unit)
    await place.worker.drain()


async def test_where_agents_may_not_start(place: Desk) -> None:
    """`gateway.agents_may_start = false`; an operator can let it out, and then it goes."""
    place.set_policy(agents_may_start=False)
    row = await writes(place, "#new hong@customer.example\nHi.")
    assert (row.state, row.cause) == (QUARANTINED, "start_not_allowed")
    (told,) = await told_alice(place)
    assert "Agents begin no conversations here" in told
    await let_out(place, row)
    assert len(await place.sent(HONG)) == 1
    assert (await place.ticket()).source is Source.OUTBOUND_EMAIL


async def test_collaborators_may_not(place: Desk) -> None:
    row = await place.receive(
        mail(
            "#new hong@customer.example\nHi.", from_="Carol <carol@partner.example>", subject="Hi"
        ),
        reverse_path=CAROL.address,
        trusted=True,
        authenticated="carol@partner.example",
    )
    assert (row.state, row.cause) == (QUARANTINED, "command_refused")
    ((_, told),) = await told_about_none(place, CAROL.address)
    assert "Collaborators do not write to customers" in told


async def test_who_is_not_proven_begins_nothing(place: Desk) -> None:
    row = await place.receive(
        mail(
            "#new hong@customer.example\nPay here.",
            from_="Alice Kim <alice@acme.example>",
        )
    )
    assert (row.state, row.cause) == (QUARANTINED, "agent_not_proven")
    assert await place.sent(HONG) == []


async def test_a_customer_begins_nothing(place: Desk) -> None:
    await place.receive(mail("#new kim@customer.example\nHello."))
    (ticket,) = await place.tickets()
    assert (ticket.requester.address, ticket.source) == (HONG, Source.EMAIL)
    assert await place.sent(KIM) == []


async def test_the_same_mail_through_a_list_begins_nothing_twice(place: Desk) -> None:
    """A list adds a line; the Message-ID is the same."""
    text = "#new hong@customer.example\nTomorrow."
    await writes(place, text)
    await writes(place, f"{text}\n\n_______________\nteam mailing list")
    assert len(await place.sent(HONG)) == 1
    assert len(await place.tickets()) == 1


async def test_over_the_cap_it_waits_and_the_agent_is_told(place: Desk) -> None:
    """By mail nothing is refused."""
    cap = Limiter(LimitPolicy(hourly=1))
    place.set_policy(cap=cap, refuse_over=cap)
    await writes(place, "#new kim@customer.example\nFirst.", message_id="1@acme.example")
    await writes(place, "#new hong@customer.example\nSecond.", message_id="2@acme.example")
    assert len(await place.sent(HONG, 2)) == 1, "it is in the queue"
    (told,) = await place.sent(ALICE.address, 2)
    said = body(told, "plain")
    assert "Your mail to hong@customer.example has not left yet" in said
    assert "1 of 1" in said
    assert said.startswith("##- Your reply becomes an internal note"), "as every mail to agents"


@pytest.mark.parametrize("way", ["#new", "copy"])
async def test_rules_for_new_tickets_do_not_look_at_what_we_begin(place: Desk, way: str) -> None:
    rule = Rule("all", Occasion.NEW, actions=Actions(tag=("ruled",)))
    place.set_policy(rules=Rules({Occasion.NEW: (rule,)}))
    if way == "#new":
        await writes(place, "#new hong@customer.example\nTomorrow.")
    else:
        await copied(place)
    await writes(place, "My keyboard is broken.", message_id="k@acme.example")
    assert [one.tags for one in await place.tickets()] == [(), ("ruled",)]


# --- the customer has it already ---------------------------------------------------------------


async def test_a_copy_of_what_an_agent_wrote_is_kept(place: Desk) -> None:
    row = await copied(place)
    (ticket,) = await place.tickets()
    assert row.ticket == ticket.id
    assert (ticket.source, ticket.status) == (Source.OUTBOUND_EMAIL, Status.CLOSED)
    assert (ticket.requester.address, ticket.requester.name) == (HONG, "Hong")
    assert (ticket.cc, ticket.started_by) == ((BOSS,), ALICE.address.key)
    (entry,) = await place.entries()
    assert (entry.direction, entry.visibility) == (Direction.OUT, Visibility.PUBLIC)
    assert entry.message_id == "copy@acme.example"
    assert await place.deliveries() == [], "nothing is sent"
    assert [one.kind for one in await place.events()] == [EventKind.CREATED]


async def copied(place: Desk, **fields: str) -> JournalSummary:
    given = {
        "from_": "Alice Kim <alice@acme.example>",
        "to": "Hong <hong@customer.example>",
        "Cc": "Acme <support@acme.example>, boss@customer.example",
        "subject": "Your order 7",
        "message_id": "copy@acme.example",
    } | fields
    cc = given.pop("Cc")
    return await place.receive(
        mail("As promised: tomorrow.", **given, **({"Cc": cc} if cc else {})),
        reverse_path=ALICE.address,
        trusted=True,
        authenticated="alice@acme.example",
    )


@pytest.mark.parametrize("cc", ["Acme <support@acme.example>, boss@customer.example", ""])
async def test_their_answer_finds_it(place: Desk, cc: str) -> None:
    """In Cc, or in Bcc: then the envelope alone names us."""
    await copied(place, Cc=cc)
    await place.receive(
        mail("When?", message_id="a@customer.example", In_Reply_To="<copy@acme.example>")
    )
    (ticket,) = await place.tickets()
    assert (ticket.status, ticket.messages) == (Status.OPEN, 2)
    told = [one.recipient for one in await place.deliveries()]
    assert told == [ALICE.address], "who began it, and no acknowledgement"


@pytest.mark.parametrize(
    "fields",
    [
        {"to": "support@acme.example", "Cc": "hong@customer.example"},
        {"to": "bob@acme.example", "Cc": "support@acme.example"},
        {"to": "info@acme.example", "Cc": ""},
        {"to": "hong@customer.example, office@acme.example", "Cc": ""},
        {"to": "colleague@acme.example", "Cc": "support@acme.example"},
        {"Cc": "", "X_Forwarded_To": "hotline@elsewhere.example"},
    ],
)
async def test_in_doubt_it_is_a_ticket_that_somebody_looks_at(
    place: Desk, fields: dict[str, str]
) -> None:
    """Written to us; to colleagues alone; or to what may be another name of ours."""
    await copied(place, **fields)
    (ticket,) = await place.tickets()
    assert (ticket.source, ticket.requester.address) == (Source.EMAIL, ALICE.address)
    told = {one.recipient for one in await place.deliveries() if one.lane.value == "notification"}
    assert told == {BOB.address}


async def test_where_agents_may_not_start_a_copy_is_a_ticket_like_any(place: Desk) -> None:
    place.set_policy(agents_may_start=False)
    await copied(place)
    assert (await place.ticket()).source is Source.EMAIL


async def test_what_the_agent_answers_them_directly_is_not_sent_once_more(place: Desk) -> None:
    """To the customer, with the support address in Cc: it is on the ticket, and an answer."""
    await copied(place)
    await place.receive(
        mail("When?", message_id="a@customer.example", In_Reply_To="<copy@acme.example>")
    )
    await place.clock.advance(600)
    await copied(place, message_id="2@acme.example", In_Reply_To="<a@customer.example>")
    last = (await place.entries())[-1]
    assert (last.direction, last.visibility) == (Direction.OUT, Visibility.PUBLIC)
    assert await place.sent(HONG) == []
    assert (await place.ticket()).first_response_at == place.clock.now()
    await place.receive(
        mail("Thanks.", message_id="b@customer.example", In_Reply_To="<2@acme.example>")
    )
    assert len(await place.tickets()) == 1


async def test_who_is_on_the_ticket_and_did_not_get_it_gets_it(place: Desk) -> None:
    """Written to one of two: the desk sends it to both."""
    await copied(place)
    await copied(
        place,
        Cc="support@acme.example",
        message_id="2@acme.example",
        In_Reply_To="<copy@acme.example>",
    )
    assert len(await place.sent(BOSS)) == 1


# --- an agent asks ------------------------------------------------------------------------------


async def test_an_agents_own_mail_is_their_ticket(place: Desk) -> None:
    await writes(place, "My keyboard is broken.", subject="Keyboard")
    ticket = await place.ticket()
    assert (ticket.requester.address, ticket.source) == (ALICE.address, Source.EMAIL)
    assert ticket.status is Status.OPEN
    lanes = {(one.recipient, one.lane.value) for one in await place.deliveries()}
    assert lanes == {(BOB.address, "notification"), (ALICE.address, "acknowledgement")}


async def test_commands_on_their_own_ticket(place: Desk) -> None:
    await writes(place, "#priority high\n#tag it\n\nMy keyboard is broken.", subject="Keyboard")
    ticket = await place.ticket()
    assert (ticket.priority, ticket.tags) == (Priority.HIGH, ("it",))
    (entry,) = await place.entries()
    assert entry.text.strip() == "My keyboard is broken."


@pytest.mark.parametrize("line", ["#prio high", "#priority huge", "#note", "#merge 3", "#spam"])
async def test_commands_that_cannot_be_change_nothing_and_are_told(place: Desk, line: str) -> None:
    await writes(place, f"{line}\n#tag it\n\nMy keyboard is broken.", subject="Keyboard")
    ticket = await place.ticket()
    assert (ticket.priority, ticket.tags) == (Priority.NORMAL, ())
    (entry,) = await place.entries()
    assert line in entry.text
    ((subject, told),) = await told_about_none(place, ALICE.address)
    assert subject == "[#1] is open, and your commands were not carried out"
    assert f"- `{line}`: " in told


async def test_a_mail_is_obeyed_once(place: Desk) -> None:
    await writes(place, "#tag it\n\nMy keyboard is broken.", subject="Keyboard")
    await writes(place, "#tag it\n\nMy keyboard is broken.\n--\nlist", subject="Keyboard")
    assert (await place.ticket(2)).tags == ()


# --- who is not proven ----------------------------------------------------------------------------


def forged(text: str = "Pay here.", **fields: str) -> bytes:
    given = {"from_": "Alice Kim <alice@acme.example>", "subject": "SECRET-WORD"} | fields
    return mail(text, **given)


async def test_the_agent_is_told_once_that_nothing_proves_them(place: Desk) -> None:
    row = await place.receive(forged())
    ((subject, told),) = await told_about_none(place, ALICE.address)
    assert subject == "A mail in your name is held back: nothing proves that it is yours"
    assert "A mail from alice@acme.example came to support@acme.example" in told
    assert f"under the number {row.id}." in told
    for word in ("SECRET-WORD", "Pay here", "q1@customer.example"):
        assert word not in f"{subject}\n{told}", "a forger would choose it"
    await place.clock.advance(29 * 86400)
    await place.receive(forged("Again.", message_id="2@x.example"))
    assert len(await told_alice(place)) == 1
    await place.clock.advance(2 * 86400)
    await place.receive(forged("And again.", message_id="3@x.example"))
    assert len(await told_alice(place)) == 2


async def test_they_are_told_at_their_own_address(place: Desk) -> None:
    """Whatever address of theirs the mail bears, and without the words behind a plus."""
    await place.receive(forged(from_="Alice <alice.kim+evil.words@gmail.example>"))
    assert await told_about_none(place, Address("alice.kim", "gmail.example")) == []
    ((_, told),) = await told_about_none(place, ALICE.address)
    assert "A mail from alice.kim@gmail.example came" in told
    assert "evil" not in told


@pytest.mark.parametrize(
    "fields",
    [
        {"Auto_Submitted": "auto-replied"},
        {"from_": "Alice <alice@acme.example>, Bob <bob@acme.example>"},
    ],
)
async def test_nobody_is_told_of_what_a_machine_wrote_or_two_names(
    place: Desk, fields: dict[str, str]
) -> None:
    row = await place.receive(forged(**fields))
    assert row.state is QUARANTINED
    assert await told_alice(place) == []


async def test_in_korean(place: Desk) -> None:
    await place.receive(
        mail("#new", from_="김민수 <minsu@hangook.example>", to="help@hangook.example"),
        to=HELP_KO,
    )
    ((subject, told),) = await told_about_none(place, Address("minsu", "hangook.example"))
    assert subject == "본인 확인이 되지 않아 메일을 보류했습니다"
    assert "help@hangook.example 앞으로 왔습니다" in told
    assert "30일에 한 번" in told


# --- explained ----------------------------------------------------------------------------------


async def explained(place: Desk, raw: bytes) -> dict[str, Any]:
    unit = partial(
        explain,
        ctx=place.context,
        mail=parse_mail(raw),
        envelope=Envelope(ALICE.address, (SUPPORT,)),
        trusted=True,
        authenticated="alice@acme.example",
        now=place.clock.now(),
        content=raw,
    )
    return await place.store.read(unit)


async def test_explain_says_what_an_agent_means(place: Desk) -> None:
    """And touches nothing."""
    alice = "Alice Kim <alice@acme.example>"
    new = mail("#new hong@customer.example\nTomorrow.", from_=alice)
    told = await explained(place, new)
    assert (told["disposition"], told["reasons"][-1]) == ("open_ticket", "begun_by_agent")
    assert told["would_send"] == [{"kind": "reply", "recipient": "hong@customer.example"}]
    wrong = await explained(place, mail("#new\nTomorrow.", from_=alice))
    assert (wrong["disposition"], wrong["cause"]) == ("quarantine", "command_refused")
    copy = mail("Tomorrow.", from_=alice, to=str(HONG), Cc="support@acme.example")
    told = await explained(place, copy)
    assert (told["reasons"][-1], told["would_send"]) == ("written_by_agent", [])
    assert await place.tickets() == []
    said = tell(account_of(told), words_of("en"), RIGHTS)
    words = " ".join((*said.text, *said.otherwise))
    assert "The agent has written to the customer already" in words
    assert "Nothing is sent because of it." in words
    assert "acknowledgement" not in words
