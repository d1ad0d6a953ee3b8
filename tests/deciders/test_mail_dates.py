"""Dates in the Date field (RFC 5322 §3.3, §4.3) and as mail programs write them for people."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.dates import read_date, read_local_date, read_written_date

KST = timezone(timedelta(hours=9))
AT = datetime(2024, 3, 4, 15, 12)  # the wall clock: the zone is given in each case
WITH_SECONDS = AT.replace(second=8)


def utc(hour: int, minute: int = 12, second: int = 0, day: int = 4) -> datetime:
    return datetime(2024, 3, day, hour, minute, second, tzinfo=UTC)


FIELDS = {
    "Mon, 4 Mar 2024 15:12:08 +0900": utc(6, 12, 8),
    "4 Mar 2024 15:12:08 +0900": utc(6, 12, 8),
    "Mon, 04 Mar 2024 15:12 -0500": utc(20),
    "Mon, 4 Mar 2024 15:12:08 GMT": utc(15, 12, 8),
    "Mon, 4 Mar 2024 15:12:08 -0000": utc(15, 12, 8),
    "Mon, 4 Mar 2024 15:12:08 +0900 (KST)": utc(6, 12, 8),
    "Mon,  4 Mar 2024 15:12:08 +0900 (대한민국 표준시)": utc(6, 12, 8),
    # RFC 5322 §4.3: two and three digits of year, zone names, comments anywhere
    "Mon, 4 Mar 24 15:12:08 EST": utc(20, 12, 8),
    "4 Mar 124 15:12 PDT": utc(22),
    "4 Mar 2024 15:12:08 Q": utc(15, 12, 8),
    "(late) Mon, (first) 4 Mar 2024 15:12:08 (about) +0900": utc(6, 12, 8),
    "Fri, 4 Mar 2024 15(h):   12  :  08 +0900": utc(6, 12, 8),
    "Mon , 4 Mar 2024 15 : 12 : 08 +0900": utc(6, 12, 8),
    "Mon, 4 Mar 2024 23:59:60 +0000": utc(23, 59, 59),
    # What is no RFC date and still says one
    "Mon, 4 Mar 2024 15:12:08": utc(15, 12, 8),
    "Mon Mar  4 15:12:08 2024": utc(15, 12, 8),
    "Mon Mar  4 15:12:08 KST 2024": utc(6, 12, 8),
    "2024-03-04T15:12:08+09:00": utc(6, 12, 8),
    "2024-03-04T15:12:08Z": utc(15, 12, 8),
    "2024-03-04 15:12:08 +0900": utc(6, 12, 8),
    "Mon, 04-Mar-2024 15:12:08 GMT": utc(15, 12, 8),
    "Monday, March 4, 2024 3:12 PM": utc(15),
    "Mon, 4 Mar 2024 15:12:08 +09:00": utc(6, 12, 8),
}
NO_DATES = [
    b"",
    b"  ",
    b"soon",
    b"Mon, 4 Mar 99999 15:12:08 +0900",
    b"Mon, 4 Mar 2024 15:12:08 +25:99",
    b"Mon, 4 Mar 2024 15:12:08 +9900",
    b"Mon, 4 Mar 0000 15:12:08 +0000",
    b"1 Jan 0001 00:00:00 +0900",
    b"31 Dec 9999 23:59:59 -0900",
    b"Mon, 31 Feb 2024 15:12:08 +0900",
    b"Mon, 4 Foo 2024 15:12:08 +0900",
    b"Mon, 4 Mar 2024 25:12:08 +0900",
    b"\xff\xfe\x00",
    b"(" * 100,
]


@pytest.mark.parametrize(("value", "instant"), FIELDS.items())
def test_a_date_field_is_an_instant(value: str, instant: datetime | None) -> None:
    assert read_date(value.encode()) == instant


@pytest.mark.parametrize("value", NO_DATES)
def test_what_is_no_date_is_none(value: bytes) -> None:
    assert read_date(value) is None


def test_no_field_is_no_date() -> None:
    assert read_date(None) is None


def test_a_local_date_keeps_its_zone() -> None:
    local = read_local_date(b"Mon, 4 Mar 2024 15:12:08 +0900")
    assert local is not None
    assert local.utcoffset() == timedelta(hours=9)


WRITTEN = {
    # English: Outlook, Gmail, Apple Mail, Thunderbird, Yahoo
    "Monday, March 4, 2024 3:12 PM": AT,
    "Monday, March 4, 2024 at 3:12 PM": AT,
    "Monday, March 4, 2024 3:12:08 PM": WITH_SECONDS,
    "Monday, 4 March 2024 15:12": AT,
    "Mon, Mar 4, 2024 at 3:12\u202fPM": AT,
    "Mon, 4 Mar 2024 at 15:12": AT,
    "Mon, 4 Mar 2024, 3:12 p.m.": AT,
    "4 March 2024 at 15:12:08": WITH_SECONDS,
    "March 4, 2024 at 3:12:08 PM": WITH_SECONDS,
    "March 4th, 2024 3:12 PM": AT,
    "04-Mar-2024 15:12": AT,
    "Mon 04/03/2024 15:12": AT,
    "Mon 3/4/2024 3:12 PM": AT,
    "2024-03-04 15:12": AT,
    "Mon, 4 Mar 2024 15:12:08": WITH_SECONDS,
    # Korean: Gmail, Outlook, Naver, Daum, Apple, Thunderbird
    "2024년 3월 4일 월요일 오후 3:12": AT,
    "2024년 3월 4일 (월) 오후 3:12": AT,
    "2024년 3월 4일 (월) PM 3:12": AT,
    "2024. 3. 4. 오후 3:12": AT,
    "24. 3. 4. 오후 3:12": AT,
    "2024. 3. 4. 오후 3:12:08": WITH_SECONDS,
    "2024-03-04 (월) 15:12:08": WITH_SECONDS,
    "2024년 3월 04일 월요일, 15시 12분 08초": WITH_SECONDS,
    "2024년 3월 4일 15:12": AT,
    "2024/03/04 15:12:08": WITH_SECONDS,
    "2024-03-04 오후 3:12": AT,
    "2024년 3월 4일 월요일 오후 3시 12분": AT,
    # Japanese
    "2024年3月4日(月) 15:12": AT,
    "2024年3月4日月曜日 15:12": AT,
    "2024年3月4日 15:12:08": WITH_SECONDS,
    "2024/03/04 (月) 午後 3:12": AT,
    "２０２４年３月４日（月）１５：１２": AT,
    "2024年3月4日 15時12分": AT,
    # Chinese
    "2024年3月4日 星期一 下午3:12": AT,
    "2024年3月4日(星期一) 下午3:12": AT,
    "2024-03-04 15:12:08": WITH_SECONDS,
    "2024年3月4日 週一 下午 3:12": AT,
    "2024年3月4日周一 15:12": AT,
    # German
    "Montag, 4. März 2024 15:12": AT,
    "Montag, 04. März 2024 um 15:12 Uhr": AT,
    "Mo., 4. März 2024 um 15:12": AT,
    "04.03.2024 15:12": AT,
    "04.03.24, 15:12": AT,
    "Mon 4 Mrz 2024 15:12": AT,
    # French
    "lundi 4 mars 2024 15:12": AT,
    "lundi 4 mars 2024 à 15:12": AT,
    "lun. 4 mars 2024 à 15:12": AT,
    "4 mars 2024 à 15:12:08": WITH_SECONDS,
    "lundi 4 mars 2024 15h12": AT,
    "04/03/24 15:12": AT,
    # Spanish
    "lunes, 4 de marzo de 2024 15:12": AT,
    "lun, 4 mar 2024 a las 15:12": AT,
    "lunes, 4 de marzo de 2024 3:12 p. m.": AT,
    "4 de marzo de 2024, 15:12:08": WITH_SECONDS,
    # Portuguese
    "segunda-feira, 4 de março de 2024 15:12": AT,
    "seg., 4 de mar. de 2024 às 15:12": AT,
    "4 de março de 2024 15h12": AT,
    # Italian
    "lunedì 4 marzo 2024 15:12": AT,
    "lun 4 mar 2024 alle ore 15:12": AT,
    "4 marzo 2024 alle ore 15:12:08": WITH_SECONDS,
    "4 marzo 2024 15.12": AT,
    # Dutch, Polish, Russian, Ukrainian
    "maandag 4 maart 2024 15:12": AT,
    "ma 4 mrt. 2024 om 15:12": AT,
    "poniedziałek, 4 marca 2024 15:12": AT,
    "pon., 4 mar 2024 o 15:12": AT,
    "4 марта 2024 г., 15:12:08": WITH_SECONDS,
    "понедельник, 4 марта 2024 г. 15:12": AT,
    "Понедельник, 4 марта 2024, 15:12": AT,
    "пн, 4 мар. 2024 г. в 15:12": AT,
    "15:12, 4 марта 2024 г.": AT,
    "04.03.2024, 15:12": AT,
    "понеділок, 4 березня 2024 р. 15:12": AT,
    "пн, 4 бер. 2024 р. о 15:12": AT,
    # Northern languages
    "den 4 mars 2024 15:12": AT,
    "måndag 4 mars 2024 15:12": AT,
    "mån 4 mars 2024 kl 15:12": AT,
    "4. marts 2024 15.12": AT,
    "man. 4. mar. 2024 kl. 15.12": AT,
    "mandag 4. mars 2024 15:12": AT,
    "maanantai 4. maaliskuuta 2024 klo 15.12": AT,
    "ma 4. maalisk. 2024 klo 15.12": AT,
    # Czech, Hungarian, Turkish, Romanian, Greek
    "pondělí 4. března 2024 15:12": AT,
    "4. 3. 2024 15:12:08": WITH_SECONDS,
    "2024. március 4., hétfő 15:12": AT,
    "2024. márc. 4., H, 15:12": AT,
    "2024. 03. 04. 15:12": AT,
    "4 Mart 2024 Pazartesi 15:12": AT,
    "4 Mar 2024 Pzt, 15:12": AT,
    "luni, 4 martie 2024 15:12": AT,
    "Δευτέρα, 4 Μαρτίου 2024 3:12 μ.μ.": AT,
    "Δευ, 4 Μαρ 2024 στις 15:12": AT,
    "Thứ Hai, 4 thg 3, 2024 lúc 15:12": AT,
    # A day whose name looks like a month
    "mar. 5 mars 2024 à 15:12": AT.replace(day=5),
    "mar, 5 mar 2024 15:12": AT.replace(day=5),
    # Noon and midnight
    "March 4, 2024 12:05 AM": AT.replace(hour=0, minute=5),
    "March 4, 2024 12:05 PM": AT.replace(hour=12, minute=5),
    "2024년 3월 4일 오전 12:05": AT.replace(hour=0, minute=5),
    "2024年3月4日 中午12:30": AT.replace(hour=12, minute=30),
    "March 4, 2024 3 PM": AT.replace(minute=0),
    # No time: the day begins
    "2016-01-27": datetime(2016, 1, 27),
    "*4 March 2024*": AT.replace(hour=0, minute=0),
}


@pytest.mark.parametrize(("text", "clock"), WRITTEN.items())
def test_a_written_date_is_in_the_zone_of_the_mail_around_it(text: str, clock: datetime) -> None:
    near = datetime(2024, 3, 6, 9, 0, tzinfo=KST)
    assert read_written_date(text, near) == clock.replace(tzinfo=KST)
    assert read_written_date(text) == clock.replace(tzinfo=UTC)


ZONED = {
    "2024-03-04 (월) 15:12:08 (GMT+09:00)": utc(6, 12, 8),
    "2024년 3월 04일 월요일, 15시 12분 08초 +0900": utc(6, 12, 8),
    "Mon, 4 Mar 2024 15:12:08 +0900": utc(6, 12, 8),
    "March 4, 2024 at 3:12:08 PM GMT+9": utc(6, 12, 8),
    "4 March 2024 at 15:12:08 KST": utc(6, 12, 8),
    "01 March 2024 at 12:00:00 EET": utc(10, 0, day=1),
    "4. März 2024 um 15:12:08 MEZ": utc(14, 12, 8),
    "4 mars 2024 à 15:12:08 UTC+1": utc(14, 12, 8),
    "4 марта 2024 г., 15:12:08 MSK": utc(12, 12, 8),
    "Понедельник, 4 марта 2024, 15:12 +03:00": utc(12),
    "Monday, March 4, 2024 3:12 PM (UTC+09:00) Seoul": utc(6),
    "4 March 2024 15:12:08 GMT\u22125": utc(20, 12, 8),
}


@pytest.mark.parametrize(("text", "instant"), ZONED.items())
def test_a_zone_that_is_written_counts(text: str, instant: datetime) -> None:
    assert read_written_date(text) == instant


@pytest.mark.parametrize(
    ("text", "near", "month", "day"),
    [
        ("3/4/2024 3:12 PM", datetime(2024, 3, 6, tzinfo=UTC), 3, 4),
        ("4/3/2024 15:12", datetime(2024, 3, 6, tzinfo=UTC), 3, 4),
        ("03/04/2024 15:12", datetime(2024, 4, 4, tzinfo=UTC), 4, 3),
        ("3/4/2024 15:12", datetime(2024, 3, 4, 15, 30, tzinfo=UTC), 3, 4),
        ("24.03.04 15:12", datetime(2024, 3, 6, tzinfo=UTC), 3, 4),
        ("04.03.24 15:12", datetime(2024, 3, 6, tzinfo=UTC), 3, 4),
        ("24/03/04 15:12", datetime(2024, 3, 6, tzinfo=UTC), 3, 4),
        ("13/4/2024 15:12", None, 4, 13),
        ("4/13/2024 15:12", None, 4, 13),
        ("3/4/2024 3:12 PM", None, 3, 4),
        ("3/4/2024 15:12", None, 4, 3),
        ("Monday 4/3/2024 15:12", None, 3, 4),
        ("03.04.2024 15:12", datetime(2024, 3, 6, tzinfo=UTC), 4, 3),
    ],
)
def test_the_order_of_day_and_month_is_told_by_the_mail_around_it(
    text: str, near: datetime | None, month: int, day: int
) -> None:
    found = read_written_date(text, near)
    assert found is not None
    assert (found.month, found.day) == (month, day)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "may be", "15:12", "4 March", "March 2024", "99/99/9999", "2024-13-45 15:12", "6"],
)
def test_text_without_a_date_is_none(text: str) -> None:
    assert read_written_date(text) is None


@given(st.text(max_size=300) | st.text("0123456789:./- 년月marAPMgt+오후", max_size=300))
def test_every_text_has_an_answer(text: str) -> None:
    for near in (None, datetime(2024, 3, 6, tzinfo=KST)):
        found = read_written_date(text, near)
        assert found is None or found.utcoffset() == timedelta(0)


@given(st.binary(max_size=300))
def test_every_field_has_an_answer(value: bytes) -> None:
    found = read_date(value)
    assert found is None or found.utcoffset() == timedelta(0)
