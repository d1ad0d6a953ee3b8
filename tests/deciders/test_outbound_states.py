"""The states of a delivery and what is made of their table."""

from pathlib import Path

from mailgate.model.delivery import DeliveryState as S
from mailgate.model.delivery_states import (
    FINAL,
    TRANSITIONS,
    WAITING,
    after,
    sources,
    state_check,
    target,
)
from mailgate.model.delivery_states import DeliveryEvent as E
from mailgate.outbound.states import page

PAGE = Path(__file__).parents[2] / "docs/contributors/delivery-states.md"


def test_the_table_is_the_one_of_the_design() -> None:
    assert {
        (state, event): after(state, event)
        for state in S
        for event in E
        if after(state, event) is not None
    } == {
        (S.READY, E.CLAIM): S.LEASED,
        (S.READY, E.HOLD): S.HELD,
        (S.READY, E.CANCEL): S.CANCELLED,
        (S.READY, E.GAVE_UP): S.EXPIRED,
        (S.HELD, E.RELEASE): S.READY,
        (S.HELD, E.CANCEL): S.CANCELLED,
        (S.LEASED, E.ACCEPTED): S.DELIVERED,
        (S.LEASED, E.DEFERRED): S.READY,
        (S.LEASED, E.REJECTED): S.FAILED,
        (S.LEASED, E.GAVE_UP): S.EXPIRED,
        (S.LEASED, E.LEASE_LOST): S.READY,
        (S.LEASED, E.HAND_BACK): S.READY,
    }


def test_final_is_what_nothing_leaves() -> None:
    assert {S.DELIVERED, S.FAILED, S.EXPIRED, S.CANCELLED} == FINAL
    assert {S.READY, S.HELD, S.LEASED} == WAITING


def test_every_state_is_in_the_table_and_every_event_has_one_target() -> None:
    assert set(TRANSITIONS) == set(S)
    for event in E:
        assert {after(state, event) for state in sources(event)} == {target(event)}


def test_mail_that_is_leased_cannot_be_cancelled_or_held() -> None:
    assert sources(E.CANCEL) == (S.READY, S.HELD)
    assert sources(E.HOLD) == (S.READY,)


def test_the_check_names_every_state() -> None:
    assert state_check() == (
        "state IN ('ready', 'held', 'leased', 'delivered', 'failed', 'expired', 'cancelled')"
    )


def test_the_page_for_contributors_is_current() -> None:
    told = "make it new: python -m mailgate.outbound.states > docs/contributors/delivery-states.md"
    assert PAGE.read_text("utf-8") == page(), told
