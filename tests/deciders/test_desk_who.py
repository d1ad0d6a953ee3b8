"""Who gets which mail: every cell of the table, and what holds whatever it says."""

import itertools
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.desk.words.mails import public_reply
from mailgate.desk.words.mentions import mentioned
from mailgate.desk.words.who import GETS, Around, Happening, Party, Told, told
from mailgate.mail.address import Address, NamedAddress
from mailgate.model.directory import Agent, Directory, SupportAddress
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Ticket
from tests.deciders.desk_world import ANSWER, HONG, NOW, SEED, SUPPORT, TICKET, desk

PAGE = Path(__file__).resolve().parents[2] / "docs" / "desk-mails.md"


def agent(name: str) -> Agent:
    return Agent(Address(name, "acme.example"), name.title(), also=(Address(name, "home.example"),))


ANN, GUS, FAY, MEL, WIM, SUE = people = [
    agent(n) for n in ("ann", "gus", "fay", "mel", "wim", "sue")
]
OTHER = agent("olga")
KIM = Address("kim", "customer.example")
EVERYBODY = Around(
    followers=(FAY.address,), mentioned=(MEL,), writers=(WIM,), supervisors=(SUE,), asked=True
)
THERE = replace(TICKET, assignee=ANN.address, cc=(KIM,), group="support")
_ADDRESSES = {one.key: each for each in (*people, OTHER) for one in (each.address, *each.also)}
OFFICE = Directory(
    {SUPPORT.key: SupportAddress(SUPPORT, "Acme Support")}, _ADDRESSES, {"support": (GUS,)}
)
WHO = {
    Party.REQUESTER: HONG.address,
    Party.PARTICIPANTS: KIM,
    Party.ASSIGNEE: ANN.address,
    Party.GROUP: GUS.address,
    Party.FOLLOWERS: FAY.address,
    Party.MENTIONED: MEL.address,
    Party.WRITER: WIM.address,
    Party.SUPERVISOR: SUE.address,
}
# R requester, P participants, A assignee, G group, F followers, M mentioned, W writer,
# S supervisor. Small g: the group only where nobody of the others but followers is told.
EXPECTED = {
    Happening.NEW: "R.AGF...",
    Happening.ANSWER: "..AgF...",
    Happening.REPLY: "RPA.F...",
    Happening.NOTE: "..AGFM..",
    Happening.ASSIGNED: "..A.....",
    Happening.HANDED_OVER: "...G....",
    Happening.RESOLVED: "R.......",
    Happening.MERGED: "..A.F...",
    Happening.BOTH_ANSWERED: "......W.",
    Happening.OVERDUE: "..AGF...",
    Happening.OVERDUE_STILL: "..AgF..S",
    Happening.SURVEYED: "R.......",
    Happening.SCORED: "..AgF...",
    Happening.RULED: ".....M..",
    Happening.FAILED: "..Ag..W.",
    Happening.DELAYED: "..Ag..W.",
    Happening.COMPLAINED: "..Ag..W.",
}
CELLS = [
    (happening, party, letter)
    for happening, row in EXPECTED.items()
    for party, letter in zip(WHO, row, strict=True)
]


def reached(
    happening: Happening,
    *,
    ticket: Ticket = THERE,
    author: Address | None = None,
    around: Around = EVERYBODY,
) -> set[Address]:
    found = told(OFFICE, ticket, happening, author=author, around=around)
    return set(everybody(found))


def everybody(found: Told) -> list[Address]:
    return [*found.outside, *(one.address for one in found.agents)]


def test_every_cell_is_expected_here() -> None:
    assert {(happening, party) for happening, party, _ in CELLS} == set(GETS)


@pytest.mark.parametrize(("happening", "party", "letter"), CELLS)
def test_a_cell(happening: Happening, party: Party, letter: str) -> None:
    assert (WHO[party] in reached(happening)) is letter.isupper()


@pytest.mark.parametrize(
    "happening", [happening for happening, row in EXPECTED.items() if "g" in row]
)
def test_what_would_reach_nobody_reaches_the_group(happening: Happening) -> None:
    nobodys = replace(THERE, assignee=None)
    onlookers = Around(followers=(FAY.address,))
    alone = reached(happening, ticket=nobodys, around=onlookers)
    assert GUS.address in alone
    assert (FAY.address in alone) is ("F" in EXPECTED[happening])


@pytest.mark.parametrize("happening", [Happening.NEW, Happening.RESOLVED, Happening.SURVEYED])
def test_the_customer_is_told_only_where_that_is_wanted(happening: Happening) -> None:
    assert HONG.address in reached(happening, around=Around(asked=True))
    assert HONG.address not in reached(happening, around=Around(asked=False))


def test_of_the_assignees_own_words_the_group_hears() -> None:
    """An agent whose ticket it is asks as a customer, or their answer came in as a stranger's."""
    assert reached(Happening.ANSWER, author=ANN.address, around=Around()) == {GUS.address}


def test_who_began_a_conversation_has_it_until_somebody_does() -> None:
    begun = replace(THERE, assignee=None, started_by=OTHER.address.key)
    assert reached(Happening.ANSWER, ticket=begun, around=Around()) == {OTHER.address}
    theirs = replace(begun, assignee=ANN.address)
    assert reached(Happening.ANSWER, ticket=theirs, around=Around()) == {ANN.address}


@pytest.mark.parametrize("happening", [Happening.ANSWER, Happening.NOTE, Happening.REPLY])
def test_what_is_said_on_a_part_reaches_who_has_it_alone(happening: Happening) -> None:
    part = replace(THERE, parent=TicketId(3))
    inside = reached(happening, ticket=part, around=Around()) - {HONG.address, KIM}
    assert inside == {ANN.address}


def test_what_whoever_has_a_part_says_there_is_for_who_follows() -> None:
    part = replace(THERE, parent=TicketId(3))
    around = Around(followers=(OTHER.address,))
    inside = reached(Happening.NOTE, ticket=part, author=ANN.address, around=around)
    assert inside == {OTHER.address}
    theirs = replace(part, requester=NamedAddress("", ANN.address))
    assert GUS.address in reached(Happening.NOTE, ticket=theirs, author=OTHER.address)


def test_a_part_that_nobody_has_is_the_groups() -> None:
    part = replace(THERE, parent=TicketId(3), assignee=None)
    assert reached(Happening.ANSWER, ticket=part, around=Around()) == {GUS.address}
    asked = replace(part, started_by=ANN.address.key)
    told_of = reached(Happening.NOTE, ticket=asked, author=OTHER.address, around=Around())
    assert told_of == {ANN.address, GUS.address}


def test_two_who_answered_the_same_mail_are_both_told() -> None:
    both = Around(writers=(ANN, WIM))
    found = reached(Happening.BOTH_ANSWERED, author=WIM.address, around=both)
    assert found == {ANN.address, WIM.address}


def test_an_agent_who_asks_as_a_customer_is_one() -> None:
    theirs = replace(THERE, requester=NamedAddress("", GUS.also[0]))
    assert GUS.address not in reached(Happening.NOTE, ticket=theirs)
    assert GUS.also[0] in reached(Happening.REPLY, ticket=theirs, author=ANN.address)


INSIDE = st.sampled_from([*people, OTHER])
PLACES = st.sampled_from([each.address for each in (*people, OTHER)] + [SUPPORT, HONG.address, KIM])


@st.composite
def around_them(draw: st.DrawFn) -> tuple[Ticket, Around]:
    def some(what: st.SearchStrategy[Agent]) -> tuple[Agent, ...]:
        return tuple(draw(st.lists(what, max_size=3)))

    ticket = replace(
        TICKET,
        assignee=draw(st.none() | PLACES),
        requester=NamedAddress("", draw(PLACES)),
        cc=tuple(draw(st.lists(PLACES, max_size=4))),
        group=draw(st.sampled_from([None, "support", "gone"])),
        parent=draw(st.sampled_from([None, TicketId(3)])),
        started_by=draw(st.none() | INSIDE.map(lambda one: one.address.key)),
    )
    followers = tuple(draw(st.lists(PLACES, max_size=3)))
    asked = draw(st.booleans())
    return ticket, Around(followers, some(INSIDE), some(INSIDE), some(INSIDE), asked=asked)


@given(around_them(), st.sampled_from(list(Happening)), st.none() | INSIDE)
def test_nobody_twice_never_the_author_never_a_support_address(
    world: tuple[Ticket, Around], happening: Happening, author: Agent | None
) -> None:
    ticket, around = world
    by = None if author is None else author.also[0]
    found = told(OFFICE, ticket, happening, author=by, around=around)
    keys = [address.key for address in everybody(found)]
    assert len(keys) == len(set(keys))
    assert SUPPORT.key not in keys
    assert ticket.requester.address.key not in {one.address.key for one in found.agents}
    own_half = happening in {
        *(Happening.BOTH_ANSWERED, Happening.NEW),
        *(Happening.RESOLVED, Happening.SURVEYED),
    }
    if author is not None and not own_half:
        assert author.address.key not in keys
    inside = {one.key for one in found.outside} & {one.address.key for one in (*people, OTHER)}
    assert inside <= {ticket.requester.address.key}, "a participant is never one of ours"


@given(around_them())
def test_an_answer_goes_to_whom_the_table_says(world: tuple[Ticket, Around]) -> None:
    ticket, _ = world
    if OFFICE.support_for(ticket.requester.address) is not None:
        return  # Nobody can answer that.
    draft = public_reply(
        replace(desk(), directory=OFFICE),
        ticket,
        ANSWER,
        None,
        from_override=None,
        extra_cc=(),
        references=(),
        now=NOW,
        seed=SEED,
    )
    said = told(OFFICE, ticket, Happening.REPLY, author=None)
    assert {one.key for one in draft.recipients} == {one.key for one in said.outside}


def test_the_page_is_the_table() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "mailgate.desk.words.whopage"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert PAGE.read_text("utf-8") == made.stdout
    rows = [line for line in made.stdout.splitlines() if line.startswith("| **")]
    words = {"R": {"mail", "if set", "acknowledgement"}, "g": {"else"}, ".": {"-"}}
    for letters, row in zip(EXPECTED.values(), rows, strict=True):
        _, *cells = (cell.strip() for cell in row.strip("|").split("|"))
        for letter, cell in itertools.zip_longest(letters, cells):
            assert cell in words.get(letter, {"mail"})


MIN = Agent(Address("minsu.kim", "hangook.example"), "김민수")
ALICE = Agent(Address("alice", "acme.example"), "Alice Kim", also=(Address("ak", "home.example"),))
ALICE_LEE = Agent(Address("a.lee", "acme.example"), "Alice Lee")
NAMES = Directory(
    {}, {one.key: each for each in (MIN, ALICE, ALICE_LEE) for one in (each.address, *each.also)}
)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("@ak please look", [ALICE]),
        ("Please look, @Alice Kim.", [ALICE]),
        ("Please look, @alice kim, and @a.lee!", [ALICE, ALICE_LEE]),
        ("@AliceLee: see above", [ALICE_LEE]),
        ("@ak@home.example please", [ALICE]),
        ("(@alice@acme.example)", [ALICE]),
        ("@김민수 확인 부탁드립니다", [MIN]),
        ("@김민수님, 확인 부탁드립니다", [MIN]),
        ("@김민수님께 전달 바랍니다", [MIN]),
        ("＠minsu.kim", [MIN]),
        ("@ak @ak @ak", [ALICE]),
        ("write to ak@home.example", []),
        ("@akira is no agent", []),
        ("@eve@evil.example", []),
        ("@media screen", []),
        ("a@ak", []),
        ("@", []),
        ("no sign", []),
    ],
)
def test_whom_a_note_names(text: str, who: list[Agent]) -> None:
    found = mentioned(NAMES, text)
    assert list(found.agents) == who
    assert found.unclear == ()


def test_a_name_that_several_have_means_nobody() -> None:
    found = mentioned(NAMES, "@Alice, can you?")
    assert found.agents == ()
    assert found.unclear == ("alice",)
