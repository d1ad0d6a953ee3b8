"""What holds of outbound mail whatever happens."""

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mailgate.model.delivery import DeliveryState, Rejected
from mailgate.model.delivery_states import FINAL, DeliveryEvent, after
from mailgate.outbound.classify import classify, reply_of
from mailgate.outbound.schedule import GIVE_UP_AFTER, GiveUp, next_due
from mailgate.outbound.wire import ready_for_the_wire

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@given(st.lists(st.sampled_from(DeliveryEvent), max_size=60))
def test_no_event_leaves_a_final_state(happened: list[DeliveryEvent]) -> None:
    state, ended = DeliveryState.READY, None
    for event in happened:
        state = after(state, event) or state
        ended = ended or (state if state in FINAL else None)
        assert ended is None or state is ended


@given(st.integers(1, 500), st.floats(0, 1), st.timedeltas(timedelta(0), timedelta(days=30)))
def test_the_next_try_is_later_than_now_and_never_after_five_days(
    attempts: int, jitter: float, age: timedelta
) -> None:
    now = START + age
    due = next_due(attempts, START, now, jitter)
    assert isinstance(due, GiveUp) or now < due <= START + GIVE_UP_AFTER


@given(st.integers(1, 50), st.floats(0, 1))
def test_waits_never_become_shorter(attempts: int, jitter: float) -> None:
    long_since = START + timedelta(days=4)
    first = next_due(attempts, long_since, long_since, jitter)
    second = next_due(attempts + 1, long_since, long_since, jitter)
    assert isinstance(first, datetime)
    assert isinstance(second, datetime)
    assert first <= second


@given(st.one_of(st.none(), st.integers(-1, 1000)), st.text(max_size=60))
def test_only_a_5yz_reply_can_be_permanent(code: int | None, text: str) -> None:
    result = classify(reply_of(code, text, START))
    assert not isinstance(result, Rejected) or (code is not None and 500 <= code <= 599)


@given(st.binary() | st.text("a.\r\n").map(str.encode))
def test_nothing_on_the_wire_can_be_taken_for_the_end_of_the_data(content: bytes) -> None:
    wire = ready_for_the_wire(content)
    assert wire.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", wire)
    lines = wire.split(b"\r\n")
    assert b"." not in lines
    assert [line.removeprefix(b".") for line in lines if line.startswith(b".")] == [
        line for line in re.split(rb"\r\n|\r|\n", content) if line.startswith(b".")
    ]
