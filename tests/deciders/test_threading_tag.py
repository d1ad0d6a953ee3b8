"""The ticket's number in subjects, as people and mail programs leave it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.parse import parse_mail
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
        "RE: FW: [#12] the subject",
        "Antw: [#12] onderwerp",
        "SV: VS: [#12] ämne",
        "Odp: [#12] temat",
        "RIF: R: [#12] oggetto",
        "Ответ: [#12] тема",
        "Απ: ΠΡΘ: [#12] θέμα",
        "返信: [#12] 件名",
        "转发: 答复: [#12] 主题",
        "轉寄: 回覆: [#12] 主旨",
        "[회신] [전달] [#12] 제목",
        "רד: [#12] נושא",
        "\u200f[#12]\u200e turned",
        "[EXTERNAL] Re: [#12] [SPAM?] the subject",
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
        "［#12］",
        "[＃12]",
        "【#12】",
        "[#१२]",
        "[#𝟏𝟐]",
        "[#①②]",
        "[#12\u200b]",
        "[#+12]",
        "[#1 2]",
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


@pytest.mark.parametrize("prefix", ["고객지원", "客服", "acme-kr", "A&B", "x.y", "Ünïcode"])
def test_a_prefix_can_be_written_in_any_script(prefix: str) -> None:
    tag = subject_tag(prefix, TicketId(12))
    assert tags_in(f"회신: {tag} 배송 문의", prefix) == (12,)
    assert tags_in("회신: [#12] [#other-12] 배송 문의", prefix) == ()


def test_the_largest_ticket_that_a_token_can_carry_has_a_tag() -> None:
    assert tags_in(subject_tag("", TicketId(2**39)), "") == (2**39,)


@pytest.mark.parametrize(
    "field",
    [
        "=?utf-8?B?7ZqM7IugOiBbIzEyXSDsoJzrqqk=?=",
        "=?UTF-8?Q?Re:_=5B=2312=5D_the_subject?=",
        "=?utf-8?Q?Re=3A_[#1?= =?utf-8?Q?2]_the_subject?=",
        "=?euc-kr?B?yLi9xTogWyMxMl0gwaa48Q==?=",
        "=?gb2312?B?u9i4tDogWyMxMl0g1vfM4g==?=",
    ],
)
def test_an_encoded_subject_is_read_first(field: str) -> None:
    """RFC 2047; a client may break the tag in two words."""
    mail = parse_mail(f"Subject: {field}\r\n\r\nx".encode())
    assert tags_in(mail.subject, "") == (12,)


_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)
_PREFIXES = st.sampled_from(["", "acme", "고객", "客服-1", "a.c"])


@given(_PREFIXES, st.integers(1, 2**40 - 1), _TEXT, _TEXT, st.booleans())
def test_a_tag_that_we_write_is_found_in_any_decoration(
    prefix: str, number: int, before: str, after: str, shouted: bool
) -> None:
    ticket = TicketId(number)
    subject = f"{before}{tagged_subject(prefix, ticket, after)}"
    found = tags_in(subject.upper() if shouted and prefix.isascii() else subject, prefix)
    assert ticket in found


@given(_PREFIXES, st.integers(1, 2**40 - 1), _TEXT)
def test_a_tag_is_written_once_however_often(prefix: str, number: int, subject: str) -> None:
    ticket = TicketId(number)
    once = tagged_subject(prefix, ticket, subject)
    assert tagged_subject(prefix, ticket, f"Re: {once}") == once
    assert once.count(subject_tag(prefix, ticket)) == 1


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
