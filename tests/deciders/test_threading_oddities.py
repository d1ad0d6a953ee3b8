"""What agents are told of a sender whose fields may deceive them."""

from dataclasses import replace

import pytest

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.parse import parse_mail
from mailgate.model.decision import Reason
from mailgate.model.directory import Agent
from mailgate.threading.oddities import oddities
from tests.deciders.threading_cases import DIRECTORY

MINSU = Agent(Address("minsu", "acme.example"), "김민수")
DESK = replace(DIRECTORY, agents={**DIRECTORY.agents, MINSU.address.key: MINSU})
OURS, ADDRESS, ELSEWHERE = (
    Reason.NAME_OF_AGENT,
    Reason.NAME_WITH_ADDRESS,
    Reason.REPLY_TO_DIFFERS,
)


def of(from_: str, reply_to: str | None = None) -> tuple[Reason, ...]:
    asked = "" if reply_to is None else f"Reply-To: {reply_to}\r\n"
    content = f"From: {from_}\r\n{asked}To: support@acme.example\r\n\r\nhello\r\n"
    return oddities(parse_mail(content.encode()), DESK)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Hong", ()),
        ("홍길동", ()),
        # an agent's name, the desk's, and both as the desk itself writes them
        ("Alice Kim", (OURS,)),
        ("alice  KIM", (OURS,)),
        ("Alice Kim (Acme Support)", (OURS,)),
        ("Acme Support", (OURS,)),
        ("Team of Acme Support", (OURS,)),
        ("김민수", (OURS,)),
        ("김민수 (한국상사 고객지원)", (OURS,)),
        # letters of another script that look the same, and full-width ones
        ("Аlicе Kіm", (OURS,)),
        ("Ａｌｉｃｅ Ｋｉｍ", (OURS,)),
        # one word of a name is many people's
        ("Alice", ()),
        ("Kim", ()),
        ("Malice Kimberly", ()),
        ("김민수정", ()),
        # another address than the sender's
        ("admin@bank.example", (ADDRESS,)),
        ("alice＠acme.example", (ADDRESS,)),
        ("mallory@elsewhere.example", ()),
        ("Mallory@Elsewhere.example", ()),
    ],
)
def test_a_name_that_deceives(name: str, expected: tuple[Reason, ...]) -> None:
    assert of(f'"{name}" <mallory@elsewhere.example>') == expected


@pytest.mark.parametrize("address", ["alice@acme.example", "alice.kim@mail.example"])
def test_an_agent_bears_their_own_name(address: str) -> None:
    assert of(f"Alice Kim <{address}>") == ()


@pytest.mark.parametrize(
    ("from_", "reply_to", "odd"),
    [
        ("hong@customer.example", None, False),
        ("hong@customer.example", "Hong <HONG@customer.example>", False),
        ("hong@customer.example", "hong@elsewhere.example", True),
        ("hong@customer.example", "hong@customer.example, alice@acme.example", True),
        ("hong@customer.example", "alice@acme.example", True),
        ("alice@acme.example", "alice.kim@mail.example", False),
        ("alice@acme.example", "bob@acme.example", True),
    ],
)
def test_answers_that_are_asked_to_another_address(
    from_: str, reply_to: str | None, *, odd: bool
) -> None:
    assert of(from_, reply_to) == ((ELSEWHERE,) if odd else ())


def test_a_sender_who_cannot_be_read_is_nobody_to_be_odd() -> None:
    assert of("a@x.example, b@x.example", "c@x.example") == ()


def test_an_agent_with_a_subaddress_is_the_agent() -> None:
    agent = DESK.agent_for(Address("alice+work", "acme.example"))
    assert agent is not None
    assert agent.name == "Alice Kim"
    assert DESK.agent_for(Address("alice+work", "elsewhere.example")) is None
    assert DESK.agent_for(NamedAddress("", Address("+alice", "acme.example")).address) is None
