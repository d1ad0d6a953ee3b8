"""The ticket's number in subjects, as people and mail programs leave it."""

import pytest

from mailgate.model.ids import TicketId
from mailgate.threading.tag import subject_tag, tagged_subject, tags_in, untagged_subject


@pytest.mark.parametrize(
    "subject",
    [
        "[#12] the subject",
        "Re: [#12] the subject",
        "AW: [#12] the subject",
        "답장: [#12] 제목",
        "회신: [#12] 제목",
        "转发: [#12] 主题",
        "Re: AW: Re[2]: the subject [#12]",
        "the [#12] subject",
        "text glued to it[#12]like this",
        "[#12][#12] twice",
        "[ACME] [#12] behind a list's tag",
    ],
)
def test_the_tag_is_found_anywhere(subject: str) -> None:
    assert tags_in(subject, "") == (12,)


@pytest.mark.parametrize("subject", ["[#acme-12] x", "RE: [#ACME-12] x", "x [#Acme-12]"])
def test_a_prefix_is_found_in_any_case(subject: str) -> None:
    assert tags_in(subject, "acme") == (12,)


@pytest.mark.parametrize("subject", ["[#12] x", "[#other-12] x", "[#xacme-12]", "[#acme12]"])
def test_with_a_prefix_other_desks_tags_are_not_ours(subject: str) -> None:
    assert tags_in(subject, "acme") == ()


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "#12",
        "(#12)",
        "[12]",
        "[# 12]",
        "[#-12]",
        "[#0]",
        "[#012]",
        "[#1.2]",
        "[#12",
        "[#acme-12]",
        "[#０１２]",
        "[#１２]",
        "[#١٢]",
        "[#²]",
        "[#99999999999999999999]",
    ],
)
def test_what_is_no_tag(subject: str) -> None:
    assert tags_in(subject, "") == ()


def test_the_kelvin_sign_is_no_k() -> None:
    assert tags_in("[#\N{KELVIN SIGN}-12]", "k") == ()


def test_several_tags_are_named_in_order_each_once() -> None:
    assert tags_in("[#13] [#12] [#13]", "") == (13, 12)


def test_a_subject_full_of_tags_is_bounded() -> None:
    assert len(tags_in(" ".join(f"[#{n}]" for n in range(1, 1000)), "")) == 10


def test_a_prefix_is_taken_by_the_letter() -> None:
    assert tags_in("[#a.c-12] [#abc-13]", "a.c") == (12,)


@pytest.mark.parametrize(("prefix", "tag"), [("", "[#12]"), ("acme", "[#acme-12]")])
def test_the_tag_as_it_is_written(prefix: str, tag: str) -> None:
    assert subject_tag(prefix, TicketId(12)) == tag
    assert tags_in(f"Re: {tag} x", prefix) == (12,)


@pytest.mark.parametrize(
    "subject",
    [
        "the printer burns",
        "Re: the printer burns",
        "[#12] the printer burns",
        "Re: [#12] Re: [#12] the printer burns",
        "회신: [#12] the printer burns",
        "[#12] AW: [#12] the printer burns",
        "the printer [#12] burns",
    ],
)
def test_a_subject_carries_the_tag_once_however_often_it_was_answered(subject: str) -> None:
    assert tagged_subject("", TicketId(12), subject) == "[#12] the printer burns"


def test_an_empty_subject_is_its_tag() -> None:
    assert tagged_subject("", TicketId(12), "Re: ") == "[#12]"


def test_a_ticket_is_called_by_its_subject_alone() -> None:
    assert untagged_subject("acme", "Fwd: [#acme-7] Invoice 2026-01") == "Invoice 2026-01"
