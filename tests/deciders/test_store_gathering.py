"""When a commit waits for company, and for how long."""

import pytest

from mailgate.store.gathering import MANY, MOST_SECONDS, Gathering


def after(mails: int) -> Gathering:
    """A group of so many was taken at second 100."""
    gathering = Gathering()
    gathering.taken(mails, 100)
    return gathering


def test_the_first_mail_does_not_wait() -> None:
    assert Gathering().pause(1, 0.001) == 0


@pytest.mark.parametrize("mails", [1, 2, MANY - 1])
def test_after_a_few_nobody_waits(mails: int) -> None:
    assert after(mails).pause(1, 100.001) == 0


@pytest.mark.parametrize("mails", [MANY, 50, 256])
def test_after_many_the_next_wait_a_few_milliseconds(mails: int) -> None:
    assert 0.001 < after(mails).pause(1, 100.001) <= MOST_SECONDS


def test_when_as_many_are_there_again_they_do_not_wait() -> None:
    assert after(50).pause(50, 100.001) == 0


def test_a_mail_a_while_after_many_does_not_wait() -> None:
    assert after(50).pause(1, 101) == 0
