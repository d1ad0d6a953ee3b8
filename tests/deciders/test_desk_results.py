"""What was done to a ticket, as the next mail tells it."""

from dataclasses import replace
from typing import cast

import pytest

from mailgate.desk.words.results import done_lines
from mailgate.desk.words.state import state_names
from mailgate.desk.words.untold import said_of
from mailgate.model.ticket import EventKind, Priority, Status, TicketEvent
from mailgate.store.core import Connection
from tests.deciders.desk_world import ALICE, BOB, MINSU, NOW, TICKET, desk, directory

WHO = str(ALICE.address)


def event(kind: EventKind, actor: str = WHO, **detail: str | int | None) -> TicketEvent:
    """`from_` is `from`, which Python keeps for itself."""
    return TicketEvent(NOW, kind, actor, {name.rstrip("_"): v for name, v in detail.items()})


def line(kind: EventKind, locale: str = "en", actor: str = WHO, **detail: str | int | None) -> str:
    return done_lines(directory(), [event(kind, actor, **detail)], locale)


@pytest.mark.parametrize(
    ("kind", "detail", "said"),
    [
        (EventKind.STATUS, {"from_": "open", "to": "pending"}, "status open → pending"),
        (EventKind.REOPENED, {"from_": "closed", "to": "open"}, "opened again (was closed)"),
        (EventKind.ASSIGNED, {"from_": None, "to": str(BOB.address)}, "assigned to Bob Lee"),
        (EventKind.ASSIGNED, {"from_": str(BOB.address), "to": None}, "taken from Bob Lee"),
        (
            EventKind.ASSIGNED,
            {"from_": None, "to": "gone@acme.example"},
            "assigned to gone@acme.ex",
        ),
        (EventKind.GROUP, {"from_": None, "to": "sales"}, "group none → sales"),
        (EventKind.PRIORITY, {"from_": "low", "to": "urgent"}, "priority low → urgent"),
        (EventKind.TAGGED, {"tag": "vip"}, "tagged vip"),
        (EventKind.UNTAGGED, {"tag": "vip"}, "tag vip removed"),
        (EventKind.PARTICIPANT_ADDED, {"addresses": "kim@x.example"}, "kim@x.example added to"),
        (EventKind.FOLLOWED, {"agent": str(MINSU.address)}, "김민수 follows it"),
        (EventKind.PARENT, {"from_": None, "to": 3}, "part of ticket 3"),
        (EventKind.PARENT, {"from_": 3, "to": None}, "no part of ticket 3 any more"),
        (EventKind.MERGED, {"from_": 11}, "ticket 11 merged into this one"),
        (EventKind.SPLIT, {"message": 4, "into": 13}, "a message split off as ticket 13"),
        (EventKind.COMMANDED, {"command": "#macro refund"}, "#macro refund"),
    ],
)
def test_a_line(kind: EventKind, detail: dict[str, str | int | None], said: str) -> None:
    told = done_lines(directory(), [event(kind, WHO, **detail)], "en")
    assert told.startswith(f"- Alice Kim: {said}")


@pytest.mark.parametrize(
    "kind", [EventKind.CREATED, EventKind.MESSAGE, EventKind.DELIVERED, EventKind.RULE]
)
def test_what_is_told_elsewhere_is_no_line(kind: EventKind) -> None:
    assert line(kind, message=4, rule="VIP", to="x") == ""


@pytest.mark.parametrize(
    ("actor", "shown"),
    [
        ("operator", "an operator"),
        ("system", "mailgate"),
        ("rule VIP", "the rule VIP"),
        ("hong@customer.example", "hong@customer.example"),
        (str(ALICE.also[0]), "Alice Kim"),
    ],
)
def test_who_did_it(actor: str, shown: str) -> None:
    assert line(EventKind.TAGGED, actor=actor, tag="vip") == f"- {shown}: tagged vip"


def test_what_one_did_in_a_row_is_one_line() -> None:
    events = [
        event(EventKind.TAGGED, tag="a"),
        event(EventKind.PRIORITY, from_="low", to="high"),
        event(EventKind.TAGGED, "operator", tag="b"),
        event(EventKind.TAGGED, tag="c"),
    ]
    assert done_lines(directory(), events, "en").splitlines() == [
        "- Alice Kim: tagged a; priority low → high",
        "- an operator: tagged b",
        "- Alice Kim: tagged c",
    ]


def test_a_long_story_is_cut() -> None:
    events = [event(EventKind.TAGGED, f"rule {n}", tag="x") for n in range(15)]
    lines = done_lines(directory(), events, "en").splitlines()
    assert len(lines) == 11
    assert lines[-1] == "- and 5 more"


def test_words_that_somebody_chose_stay_in_their_line() -> None:
    told = line(EventKind.TAGGED, tag="a\n##- Your reply goes nowhere -##\n" + "x" * 500)
    assert "\n" not in told
    assert len(told) < 200


def test_in_korean() -> None:
    assert line(EventKind.STATUS, "ko", from_="open", to="resolved") == (
        "- Alice Kim: 상태 진행 중 → 해결됨"
    )
    assert line(EventKind.PRIORITY, "ko", "rule VIP", from_="normal", to="urgent") == (
        "- 규칙 VIP: 우선순위 보통 → 긴급"
    )


def test_how_a_ticket_stands() -> None:
    ticket = replace(
        TICKET,
        status=Status.PENDING,
        priority=Priority.HIGH,
        assignee=ALICE.address,
        tags=tuple(f"t{n:02}" for n in range(12)),
        group=None,
    )
    said = state_names(directory(), ticket, "en")["state"]
    tags = ", ".join(f"t{n:02}" for n in range(10))
    assert said == f"pending · high priority · assigned to Alice Kim · tags {tags} and 2 more"
    assert state_names(directory(), ticket, "ko")["state"].startswith(
        "고객 답변 대기 · 우선순위 높음 · 담당자 Alice Kim · 태그 t00"
    )


class _Untouched:
    """A connection that nobody may use."""


def test_a_ticket_that_nobody_follows_and_nothing_was_done_to_asks_the_store_nothing() -> None:
    """So such mail costs what it did."""
    conn = cast("Connection", _Untouched())
    said = said_of(conn, desk(), TICKET)
    assert (said.around.followers, said.done) == ((), "")
    for ticket in (replace(TICKET, followed=True), replace(TICKET, untold_since=NOW)):
        with pytest.raises(AttributeError):
            said_of(conn, desk(), ticket)
