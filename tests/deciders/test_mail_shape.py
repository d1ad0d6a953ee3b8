"""What two mails of one machine have in common, and two of different people have not."""

import pytest

from mailgate.mail.parse import parse_mail
from mailgate.mail.shape import MAX_CHARACTERS, content_shape

AWAY = "I am not at my desk until Monday, 5 Jan 2026. Please write to kim@customer.example."


def shape(text: str, subject: str = "Out of office") -> bytes:
    return content_shape(subject, text)


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(AWAY.replace("5", "17"), id="another number"),
        pytest.param(AWAY.replace("Monday, 5 Jan 2026", "Friday, 13th Feb 2026"), id="a date"),
        pytest.param(AWAY.replace("kim@customer.example", "lee@other.example"), id="an address"),
        pytest.param(AWAY.upper(), id="case"),
        pytest.param(AWAY.replace(" ", "\r\n "), id="blanks"),
        pytest.param(f"{AWAY} https://customer.example/away?id=77", id="a link"),
        pytest.param(f"{AWAY} (4F2A-99B1)", id="an id"),
        pytest.param(AWAY.replace(".", "!!"), id="punctuation"),
    ],
)
def test_a_machine_that_counts_and_dates_repeats_itself(again: str) -> None:
    assert shape(again) == shape(AWAY) != b""


@pytest.mark.parametrize(
    "subject", ["Re: Out of office", "AW: [#12] Out of office", "out of office"]
)
def test_the_subject_counts_without_what_answers_put_before_it(subject: str) -> None:
    assert shape(AWAY, subject) == shape(AWAY)


def test_what_is_quoted_does_not_count() -> None:
    def mail(quoted: str) -> bytes:
        head = "From: hong@customer.example\r\nTo: support@acme.example\r\nSubject: Away\r\n\r\n"
        return f"{head}{AWAY}\r\n\r\nOn Monday, Alice wrote:\r\n> {quoted}\r\n".encode()

    one, other = (parse_mail(mail(text)).shape for text in ("Your parcel.", "Something else."))
    assert one == other != b""


@pytest.mark.parametrize(
    "other",
    [
        "I am back at my desk, and your parcel has not come. Can you look into it, please?",
        "저는 월요일까지 자리를 비웁니다. 급한 일은 동료에게 연락해 주시기 바랍니다. 감사합니다.",
    ],
)
def test_other_words_are_another_shape(other: str) -> None:
    assert shape(other) != shape(AWAY)
    assert shape(AWAY, "My parcel") != shape(AWAY)


def test_in_scripts_without_blanks_only_the_digits_go() -> None:
    ordered = "ご注文番号{}の商品は本日発送いたしました。到着まで今しばらくお待ちください。"
    cancelled = "ご注文番号{}の商品はキャンセルされました。ご利用ありがとうございました。"
    assert shape(ordered.format(1)) == shape(ordered.format(23)) != b""
    assert shape(ordered.format(1)) != shape(cancelled.format(1))


@pytest.mark.parametrize("few", ["", "Hello", "Thanks!", "see attachment", "12345 " * 50])
def test_a_few_words_are_everybodys(few: str) -> None:
    assert content_shape("", few) == b""


def test_a_long_text_is_not_read_to_its_end() -> None:
    text = "word " * MAX_CHARACTERS
    assert shape(f"{text} the one") == shape(f"{text} the other")
