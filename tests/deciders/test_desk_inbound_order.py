"""Mails that belong together are worked on one after another, the others side by side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.desk.arriving.order import in_chains, threads_of
from mailgate.mail.address import Address
from mailgate.mail.envelope import Envelope
from mailgate.mail.parse import parse_mail
from tests.deciders.desk_world import SUPPORT
from tests.deciders.inbound_world import HONG, mail

TOKEN = Address("support+tabc", "acme.example")


def tied(first: bytes, second: bytes, *, by: Address = SUPPORT) -> bool:
    envelope = Envelope(HONG, (by,))
    return bool(threads_of(parse_mail(first), envelope) & threads_of(parse_mail(second), envelope))


FIRST = mail()


@pytest.mark.parametrize(
    ("second", "together"),
    [
        (mail(message_id="q2@customer.example"), True),
        (mail(from_="x@y.example", message_id="q1@customer.example"), True),
        (mail(from_="x@y.example", message_id="x", In_Reply_To="<q1@customer.example>"), True),
        (mail(from_="x@y.example", message_id="x", References="<a@b> <q1@customer.example>"), True),
        (mail(from_="x@y.example", message_id="q2@customer.example"), False),
        (mail(from_="x@y.example", message_id=None), False),
    ],
    ids=["sender", "same id", "answer", "reference", "another", "no id"],
)
def test_what_ties_mails_together(second: bytes, *, together: bool) -> None:
    assert tied(FIRST, second) is together


def test_an_address_with_a_token_ties_and_the_support_address_does_not() -> None:
    other = mail(from_="x@y.example", message_id="x@y.example")
    assert tied(FIRST, other, by=TOKEN)
    assert not tied(FIRST, other, by=SUPPORT)


def test_a_tie_to_two_groups_joins_them() -> None:
    ties = [frozenset({"a"}), frozenset({"b"}), frozenset({"c"}), frozenset({"b", "a"})]
    assert in_chains([0, 1, 2, 3], ties) == [[0, 1, 3], [2]]


@given(st.lists(st.frozensets(st.integers(0, 6), max_size=3), max_size=12))
def test_all_are_there_once_in_order_and_groups_share_nothing(ties: list[frozenset[int]]) -> None:
    chains = in_chains(range(len(ties)), ties)
    assert sorted(place for chain in chains for place in chain) == list(range(len(ties)))
    assert all(chain == sorted(chain) for chain in chains)
    of_chain = [frozenset().union(*(ties[place] for place in chain)) for chain in chains]
    assert sum(map(len, of_chain)) == len(frozenset().union(*of_chain))
