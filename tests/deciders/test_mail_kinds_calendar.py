"""Invitations (RFC 5545, RFC 6047), and mails that only have a calendar file with them."""

import pytest

from mailgate.mail.invitation import calendar_text, read_event
from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import MailKind, ParsedMail

CALENDAR = (
    "BEGIN:VCALENDAR\r\nPRODID:-//Acme//Calendar//EN\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\n"
    "BEGIN:VTIMEZONE\r\nTZID:Asia/Seoul\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
    "SUMMARY:not this one\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    "BEGIN:VEVENT\r\nUID:1@acme\r\nDTSTART;TZID=Asia/Seoul:20261125T100000\r\n"
    "DTEND;TZID=Asia/Seoul:20261125T110000\r\nSUMMARY:결제 회의\\, 2차\r\n"
    'ORGANIZER;CN="Hong; Gildong":mailto:hong@customer.example\r\n'
    "LOCATION:서울 본사\\; 3층\r\nDESCRIPTION:안건:\\n1. 환불\r\n  정책\r\n"
    "BEGIN:VALARM\r\nDESCRIPTION:REMINDER\r\nEND:VALARM\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)
TEXT = "Content-Type: text/plain; charset=utf-8\r\n\r\nPlease come"


def part(content_type: str, calendar: str = CALENDAR, disposition: str = "") -> str:
    return f"Content-Type: {content_type}\r\n{disposition}\r\n{calendar}"


def mail_of(content_type: str, *parts: str, fields: str = "") -> ParsedMail:
    body = "".join(f"--B\r\n{p}\r\n" for p in parts)
    return parse_mail(
        f"From: Hong <hong@customer.example>\r\nSubject: Invitation\r\n{fields}"
        f"Content-Type: {content_type}; boundary=B\r\n\r\n{body}--B--\r\n".encode()
    )


INVITATIONS = [
    "text/calendar; charset=utf-8; method=REQUEST",
    'text/calendar; charset="UTF-8"; method="request"',
    "text/calendar; charset=utf-8; method=REQUEST; name=meeting.ics",  # Outlook with a name
    "text/calendar; charset=utf-8",  # the method in the calendar alone
]


@pytest.mark.parametrize("content_type", INVITATIONS)
def test_an_invitation_beside_its_text(content_type: str) -> None:
    mail = mail_of("multipart/alternative", TEXT, part(content_type))
    assert mail.kind is MailKind.CALENDAR
    assert mail.kind_evidence == ("Content-Type: text/calendar; method=REQUEST",)
    assert mail.text == "Please come"
    assert mail.automated == ()
    assert len(mail.attachments) == 1


@pytest.mark.parametrize("method", ["REPLY", "CANCEL", "COUNTER"])
def test_answers_to_invitations(method: str) -> None:
    calendar = CALENDAR.replace("REQUEST", method)
    mail = mail_of("multipart/alternative", TEXT, part(f"text/calendar; method={method}", calendar))
    assert mail.kind is MailKind.CALENDAR
    assert mail.kind_evidence == (f"Content-Type: text/calendar; method={method}",)


def test_google_sends_the_invitation_twice() -> None:
    attached = "Content-Disposition: attachment; filename=invite.ics\r\n"
    mail = mail_of(
        "multipart/mixed",
        f"Content-Type: multipart/alternative; boundary=C\r\n\r\n--C\r\n{TEXT}\r\n--C\r\n"
        f"{part('text/calendar; method=REQUEST')}\r\n--C--",
        part("application/ics; name=invite.ics", disposition=attached),
    )
    assert mail.kind is MailKind.CALENDAR
    assert len(mail.attachments) == 2


FILES = [
    ("text/calendar; name=trip.ics", "Content-Disposition: attachment; filename=trip.ics\r\n"),
    ("text/calendar; charset=utf-8; name=trip.ics", ""),
    ("application/ics; name=trip.ics", "Content-Disposition: attachment\r\n"),
    ("text/calendar; method=PUBLISH; name=trip.ics", "Content-Disposition: attachment\r\n"),
    ("application/octet-stream; name=trip.ics", "Content-Disposition: attachment\r\n"),
]


@pytest.mark.parametrize(("content_type", "disposition"), FILES)
def test_a_calendar_file_that_a_person_attached(content_type: str, disposition: str) -> None:
    mail = mail_of("multipart/mixed", TEXT, part(content_type, disposition=disposition))
    assert (mail.kind, mail.kind_evidence) == (MailKind.MAIL, ())
    assert mail.text == "Please come"


def test_a_machine_that_sends_an_invitation_in_bulk_is_bulk() -> None:
    mail = mail_of(
        "multipart/alternative",
        TEXT,
        part("text/calendar; method=REQUEST"),
        fields="List-Id: <events.example>\r\n",
    )
    assert mail.kind is MailKind.BULK


def test_an_invitation_without_text_tells_its_own() -> None:
    mail = parse_mail(
        b"From: hong@customer.example\r\nContent-Type: text/calendar; charset=utf-8; method=REQUEST"
        b"\r\n\r\n" + CALENDAR.encode()
    )
    assert mail.kind is MailKind.CALENDAR
    assert mail.text == (
        "결제 회의, 2차\n"
        "2026-11-25 10:00 (Asia/Seoul) – 2026-11-25 11:00 (Asia/Seoul)\n"
        "서울 본사; 3층\n"
        "Hong; Gildong <hong@customer.example>\n\n"
        "안건:\n1. 환불 정책"
    )


TIMES = [
    ("DTSTART:20261125T010000Z", "2026-11-25 01:00 UTC"),
    ("DTSTART:20261125T100000", "2026-11-25 10:00"),
    ("DTSTART;VALUE=DATE:20261125", "2026-11-25"),
    ("DTSTART;TZID=Korea Standard Time:20261125T100000", "2026-11-25 10:00 (Korea Standard Time)"),
    ('DTSTART;TZID="(UTC+09:00) Seoul":20261125T100000', "2026-11-25 10:00 ((UTC+09:00) Seoul)"),
    ("DTSTART:tomorrow", ""),
]


@pytest.mark.parametrize(("line", "shown"), TIMES)
def test_times_as_they_are_written(line: str, shown: str) -> None:
    octets = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{line}\nEND:VEVENT\nEND:VCALENDAR".encode()
    assert read_event(octets).start == shown


def test_a_korean_calendar_in_its_own_charset() -> None:
    octets = "BEGIN:VEVENT\r\nSUMMARY:결제 회의\r\nEND:VEVENT\r\n".encode("cp949")
    assert read_event(octets, "euc-kr").summary == "결제 회의"


def test_no_control_character_comes_out() -> None:
    octets = b"BEGIN:VEVENT\r\nSUMMARY:a\x00\x1b[31m\\nBcc: x@y.kr\r\nEND:VEVENT\r\n"
    event = read_event(octets)
    assert event.summary.isprintable()


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"BEGIN:VCALENDAR",
        b"END:VEVENT\r\n" * 1000,
        b"BEGIN:VEVENT\r\n" * 100_000,
        b"SUMMARY;" * 50_000,
        b'ORGANIZER;CN="' * 20_000,
        b"\r\n " * 200_000,
        b";" * 500_000,
        bytes(range(256)) * 2000,
    ],
)
def test_broken_calendars_cost_little(octets: bytes) -> None:
    assert isinstance(calendar_text(octets), str)
