"""The counting of the scores; what is counted stands in the tests of the corpora."""

import pytest

from tests.corpus import scores


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scores, "_noted", {})
    monkeypatch.setattr(scores, "_figures", {})


def test_a_score_is_a_line_with_its_share() -> None:
    scores.note("replies email-reply-trimmer", 31, 32)
    assert scores.report() == ["corpus scores: replies email-reply-trimmer 31/32 96.8 %"]


def test_parts_of_a_score_add_up() -> None:
    scores.note("bounces", 1, 2)
    scores.note("bounces", 3, 3)
    assert scores.report() == ["corpus scores: bounces 4/5 80.0 %"]


def test_all_but_one_is_not_shown_as_all() -> None:
    scores.note("mails", 9999, 10_000)
    assert scores.report() == ["corpus scores: mails 9999/10000 99.9 %"]


def test_nothing_read_is_nothing_said() -> None:
    assert scores.report() == []


def test_a_figure_stands_among_the_scores() -> None:
    scores.note("mails", 1, 1)
    scores.figure("memory", "11 MB")
    assert scores.report() == ["corpus scores: mails 1/1 100.0 %", "corpus scores: memory 11 MB"]


def test_what_fails_is_counted_as_wrong() -> None:
    @scores.counted("mails")
    def passes(right: bool) -> None:
        assert right

    passes(right=True)
    with pytest.raises(AssertionError):
        passes(right=False)
    assert scores.report() == ["corpus scores: mails 1/2 50.0 %"]
