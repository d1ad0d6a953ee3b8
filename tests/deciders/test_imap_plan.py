"""What is taken of a mailbox, in which portions, and how long it rests after a failure."""

from datetime import UTC, datetime, timedelta

import pytest

from mailgate.ingest.imap.plan import (
    FirstLook,
    Since,
    SinceSetting,
    Suspect,
    arrived_since,
    due_suspects,
    pause,
    portions,
    put_off,
    since_instant,
    suspected,
    too_big,
    tried_alone,
)
from mailgate.ingest.imap.session import ImapTrouble, Listed

NOW = datetime(2026, 11, 22, 15, 4, tzinfo=UTC)
MB = 1_000_000


def listed(uid: int, octets: int = 1000, at: datetime | None = NOW) -> Listed:
    return Listed(uid, octets, at)


@pytest.mark.parametrize(
    ("setting", "instant"),
    [
        (Since.ALL, None),
        (Since.NOW, NOW),
        (timedelta(days=1), NOW - timedelta(days=1)),
        (datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 1, 31, tzinfo=UTC)),
    ],
)
def test_since_says_from_when_on(setting: SinceSetting, instant: datetime | None) -> None:
    assert since_instant(setting, NOW) == instant


def test_what_arrived_since_then_is_wanted_to_the_second() -> None:
    messages = [
        listed(1, at=NOW - timedelta(seconds=1)),
        listed(2, at=NOW),
        listed(3, at=None),
    ]
    assert arrived_since(messages, NOW) == (2, 3)
    assert arrived_since(messages, None) == (1, 2, 3)


def test_the_first_look_is_a_sentence() -> None:
    look = FirstLook(would_take=12, of=5000, since=NOW)
    assert look.sentence("support-gmail") == (
        "mailbox support-gmail: 12 of 5,000 messages will be taken (arrived since "
        "2026-11-22 15:04 UTC), 4,988 older ones stay as they are"
    )
    every = FirstLook(would_take=5000, of=5000, since=None)
    assert every.sentence("x") == "mailbox x: all of its 5,000 messages will be taken"


def test_a_portion_has_fifty_messages_at_most() -> None:
    found = list(portions(map(listed, range(1, 121)), max_size=MB))
    assert [len(portion.uids) for portion in found] == [50, 50, 20]
    assert [uid for portion in found for uid in portion.uids] == list(range(1, 121))


def test_a_portion_has_eight_megabytes_or_one_message() -> None:
    sizes = [3 * MB, 3 * MB, 3 * MB, 20 * MB, 1000]
    found = portions((listed(uid, size) for uid, size in enumerate(sizes)), max_size=25 * MB)
    assert [portion.uids for portion in found] == [(0, 1), (2,), (3,), (4,)]


def test_what_is_larger_than_max_size_is_in_no_portion_and_says_why() -> None:
    messages = [listed(1, 25 * MB), listed(2, 25 * MB + 1), listed(3)]
    assert [portion.uids for portion in portions(messages, max_size=25 * MB)] == [(1,), (3,)]
    assert set(too_big(messages, 25 * MB)) == {2}
    assert too_big([listed(9, 40 * MB)], 25 * MB) == {9: "40.0 MB, and max_size is 25.0 MB"}


def test_a_message_that_cannot_be_fetched_is_tried_three_times_by_itself() -> None:
    (suspect,) = suspected([7], "nonsense").values()
    assert list(due_suspects([suspect], 0.0)) == [suspect]
    second = tried_alone(suspect, "nonsense", 100.0, fetched=4)
    assert second == Suspect(7, 1, 130.0, "nonsense", fetched=4)
    third = tried_alone(second, "nonsense", 130.0, fetched=4)
    assert third == Suspect(7, 2, 430.0, "nonsense", fetched=4)
    assert tried_alone(third, "nonsense", 430.0, fetched=5) is None


def test_a_server_that_gives_nothing_makes_no_message_unreadable() -> None:
    third = Suspect(7, 2, 430.0, "nonsense", fetched=4)
    again = tried_alone(third, "nonsense", 430.0, fetched=4)
    assert again == Suspect(7, 2, 730.0, "nonsense", fetched=4)


def test_a_server_that_asks_for_patience_says_nothing_of_a_message() -> None:
    second = Suspect(7, 1, 130.0, "nonsense", fetched=4)
    assert put_off(second, "throttled", 130.0) == Suspect(7, 1, 430.0, "throttled", fetched=4)


def test_the_least_suspicious_go_first_and_nobody_before_their_time() -> None:
    early, worse, later = Suspect(9, 0, 0, ""), Suspect(3, 1, 5, ""), Suspect(1, 1, 6, "")
    assert list(due_suspects([worse, later, early], 5.0)) == [early, worse]


@pytest.mark.parametrize(
    ("kind", "failures", "longest"),
    [
        (ImapTrouble.UNREACHABLE, 1, 1),
        (ImapTrouble.UNREACHABLE, 4, 8),
        (ImapTrouble.UNREACHABLE, 1000, 900),
        (ImapTrouble.LOGIN_REFUSED, 1, 60),
        (ImapTrouble.LOGIN_REFUSED, 9, 900),
        (ImapTrouble.THROTTLED, 1, 30),
    ],
)
def test_it_rests_longer_after_each_failure(
    kind: ImapTrouble, failures: int, longest: float
) -> None:
    """F19: doubling from 1 s to 15 minutes, with jitter; what a human must mend begins later."""
    assert pause(kind, failures, 1.0) == longest
    assert pause(kind, failures, 0.0) == longest / 2
