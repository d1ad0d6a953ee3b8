"""Whatever rules an operator writes: one mail causes at most one automatic mail outside, nobody
is told twice of it, and nothing that a rule notes leaves the desk."""

import asyncio
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.desk.rules.ruledtimes import due_rules
from mailgate.desk.words.templates import Templates, load_templates
from mailgate.model.delivery import Delivery, Lane
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.model.rule import TO_GROUP, Actions, Conditions, Occasion, Rule, Rules, Since
from mailgate.model.ticket import Priority, Status
from mailgate.store import outbound
from mailgate.store.core import Connection
from tests.deciders.desk_world import ALICE, BOB, MINSU, SEED, everything_in
from tests.deciders.inbound_world import HONG, Desk, mail, open_desk

AUTHSERV = "mx.acme.example"
SECRET = "xyzzy-known-to-agents-alone"
AGENTS = frozenset({ALICE.address.key, BOB.address.key, MINSU.address.key})

actions = st.builds(
    Actions,
    group=st.sampled_from(["hangook", None, "support"]),
    assign=st.sampled_from([None, None, ALICE.address, MINSU.address]),
    take_turns=st.booleans(),
    priority=st.sampled_from([None, Priority.HIGH]),
    tag=st.sampled_from([("a",), (), ("a", "b")]),
    untag=st.sampled_from([(), ("c",)]),
    status=st.sampled_from([None, None, Status.PENDING, Status.RESOLVED, Status.CLOSED]),
    note=st.sampled_from([SECRET, ""]),
    notify=st.sampled_from([(TO_GROUP, MINSU.address), (BOB.address,), ()]),
    template=st.sampled_from(["sorry", "sorry", None]),
    webhook=st.sampled_from([None, "https://hooks.acme.example/"]),
    stop=st.sampled_from([False, False, False, True]),
)
conditions = st.builds(
    Conditions,
    tag=st.sampled_from([(), (), (), ("a",)]),
    status=st.sampled_from([(), (), (), (Status.RESOLVED,)]),
    authenticated=st.sampled_from([None, None, None, True]),
)
occasions = st.sampled_from([Occasion.NEW, Occasion.NEW, Occasion.ANSWER, Occasion.TIME])
some_rules = st.lists(
    st.tuples(occasions, conditions, actions, st.sampled_from(Since)), min_size=2, max_size=6
)
some_mails = st.lists(
    st.tuples(st.sampled_from(["proven", "unknown", "machine"]), st.booleans()),
    min_size=1,
    max_size=3,
)


def rules_of(given_: list[tuple[Occasion, Conditions, Actions, Since]]) -> Rules:
    by_occasion: dict[Occasion, tuple[Rule, ...]] = {}
    for number, (when, asked, does, since) in enumerate(given_):
        by_time = when is Occasion.TIME
        rule = Rule(
            f"r{number}",
            when,
            replace(asked, authenticated=None) if by_time else asked,
            replace(does, stop=False) if by_time else does,
            timedelta(hours=1),
            since,
        )
        by_occasion[when] = (*by_occasion.get(when, ()), rule)
    return Rules(by_occasion)


def sent(conn: Connection) -> list[tuple[Delivery, bytes]]:
    of = (outbound.deliveries_of_ticket(conn, TicketId(number)) for number in range(1, 10))
    return [(one, outbound.content(conn, one.id) or b"") for found in of for one in found]


async def told(desk: Desk, before: set[DeliveryId]) -> list[tuple[Delivery, bytes]]:
    return [one for one in await desk.store.read(sent) if one[0].id not in before]


def check(news: list[tuple[Delivery, bytes]], kind: str) -> None:
    outside = [one for one, _ in news if one.recipient.key not in AGENTS]
    assert {one.recipient for one in outside} <= {HONG}
    automatic = [one for one in outside if one.lane is Lane.ACKNOWLEDGEMENT]
    assert len(automatic) == len(outside) <= (0 if kind == "machine" else 1)
    for per_ticket in Counter((one.ticket, one.recipient.key) for one, _ in news).values():
        assert per_ticket == 1
    for one, raw in news:
        if one.recipient.key not in AGENTS:
            assert SECRET.encode() not in everything_in(raw)
            assert kind == "proven" or b"we are away" not in everything_in(raw)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """With one of the operator's own."""
    folder = tmp_path_factory.mktemp("templates")
    own = folder / "en" / "own"
    own.mkdir(parents=True)
    (own / "sorry.txt").write_text("Subject: {{ subject }}\n\nWe are away.\n")
    return load_templates(folder)


async def play(
    texts: Templates,
    rules: Rules,
    mails: list[tuple[str, bool]],
    folder: Path,
) -> None:
    async with open_desk(folder) as desk:
        desk.context = replace(desk.context, templates=texts)
        desk.set_policy(trusted_authserv_ids=frozenset({AUTHSERV}), rules=rules)
        for number, (kind, answers) in enumerate(mails):
            fields: dict[str, str] = {}
            if kind != "unknown":
                passed = f"{AUTHSERV}; dmarc=pass header.from=customer.example"
                fields["Authentication_Results"] = passed
            if kind == "machine":
                fields["Auto_Submitted"] = "auto-generated"
            if answers and number:
                fields["References"] = "<q0@customer.example>"
            before = {one.id for one, _ in await desk.store.read(sent)}
            text = f"Question number {number}, {'and more' * number}"
            await desk.receive(
                mail(text, message_id=f"q{number}@customer.example", **fields), trusted=True
            )
            check(await told(desk, before), kind)
        desk.clock.put(timedelta(hours=2))
        unit = partial(due_rules, ctx=desk.context, now=desk.clock.now(), seed=SEED, limit=100)
        before = {one.id for one, _ in await desk.store.read(sent)}
        await desk.store.write(unit)
        outside = [one for one, _ in await told(desk, before) if one.recipient.key not in AGENTS]
        assert all(number <= 1 for number in Counter(one.ticket for one in outside).values())
        left = {one.id for one, _ in await desk.store.read(sent)}
        await desk.store.write(unit)
        assert not await told(desk, left), "what was dealt with is dealt with"


@settings(max_examples=30, deadline=None)
@given(some_rules, some_mails)
def test_rules_amplify_nothing_and_tell_nobody_twice(
    texts: Templates,
    rules: list[tuple[Occasion, Conditions, Actions, Since]],
    mails: list[tuple[str, bool]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(texts, rules_of(rules), mails, Path(folder)))
