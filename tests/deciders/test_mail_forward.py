"""The mail that a person forwards, as the mail programs of many countries write it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.forward import read_forwarded
from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import Attachment, Forwarded, ParsedMail
from tests.deciders.forward_html_samples import HTML_SAMPLES
from tests.deciders.forward_samples import BODY, COMMENT, SAMPLES, Sample
from tests.harness.effort import at_most

SENT = datetime(2024, 3, 6, 9, 0, tzinfo=timezone(timedelta(hours=9)))
WRITTEN = datetime(2024, 3, 4, 6, 12, tzinfo=UTC)


def forwarded(subject: str, text: str, *attachments: Attachment) -> Forwarded | None:
    return read_forwarded(subject, text, attachments, parse_mail, SENT)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.client)
def test_a_forward_of_a_mail_program_is_read(sample: Sample) -> None:
    found = forwarded(sample.subject, sample.text)
    assert found is not None
    assert (str(found.from_.address) if found.from_ else None) == sample.address
    if found.from_ is not None:
        assert found.from_.name == sample.name
    assert found.subject == sample.inner_subject
    assert found.date is not None
    assert found.date.replace(second=0) == WRITTEN
    assert found.text.strip() == sample.body


FILE = Attachment("quote.pdf", "application/pdf", b"%PDF-1.7")


def test_all_files_of_an_inline_forward_are_those_of_the_forwarded_mail() -> None:
    found = forwarded(SAMPLES[0].subject, SAMPLES[0].text, FILE)
    assert found is not None
    assert found.attachments == (FILE,)


BLOCK = """From: Kim Minsu <kim@corp.example>
Sent: Monday, March 4, 2024 3:12 PM
To: Lee <lee@shop.example>
Subject: Quote 2024

text"""

NO_FORWARDS: dict[str, tuple[str, str]] = {
    "a plain mail": ("Quote", "Hello,\n\nwhere is my order?\n\nKim"),
    "an empty mail": ("", ""),
    "a reply of Outlook": ("RE: Quote 2024", f"Thanks.\n\n{BLOCK}"),
    "a reply of Outlook without a word": ("RE: Quote 2024", BLOCK),
    "a reply without a prefix": ("Quote 2024", f"Thanks.\n\n{BLOCK}"),
    "a reply of Outlook in Korean": (
        "RE: 견적서",
        (
            "감사합니다.\n\n-----원본 메시지-----\n보낸 사람: 김민수 <kim@corp.example>\n"
            "보낸 날짜: 2024년 3월 4일 월요일 오후 3:12\n받는 사람: 이영희\n제목: 견적서\n\n본문"
        ),
    ),
    "a reply of Gmail": (
        "Re: Quote",
        "Thanks.\n\nOn Mon, Mar 4, 2024 at 3:12 PM Kim <kim@corp.example> wrote:\n\n> text",
    ),
    "a reply to a forward, quoted": (
        "Re: Fwd: Quote",
        (
            "Thanks.\n\nOn Tue, Mar 5, 2024 at 3:12 PM Lee <l@shop.kr> wrote:\n"
            "\n> ---------- Forwarded message ---------\n> From: Kim <kim@corp.example>\n"
            "> Date: Mon, Mar 4, 2024 at 3:12 PM\n> Subject: Quote\n> To: <l@shop.kr>\n>\n> text"
        ),
    ),
    "a reply of Outlook to a forward": (
        "RE: FW: Quote",
        (
            "Thanks.\n\nFrom: Lee <lee@shop.example>\nSent: Tuesday, March 5, 2024 3:12 PM\n"
            "To: Park <park@shop.example>\nSubject: FW: Quote\n\nFYI\n\n"
            "---------- Forwarded message ---------\nFrom: Kim <kim@corp.example>\n"
            "Date: Mon, Mar 4, 2024 at 3:12 PM\nSubject: Quote\n\ntext"
        ),
    ),
    "words about a forward": ("Forwarding", "The forwarded message: it did not arrive.\nFrom: me"),
    "a mark without a block": (
        "Mail",
        "---------- Forwarded message ---------\n\nnothing that says who wrote it",
    ),
    "a forward's subject over a text of one's own": (
        "Fwd: Quote",
        "I was told to write to you.\nFrom: Monday on we are closed.\nKim",
    ),
    "a form in a mail": (
        "Inquiry",
        "From: our shop\nDate: any\nProduct: chair\n\nPlease call me.",
    ),
    "a table of flights": (
        "Trip",
        "My flights:\nFrom: Seoul\nTo: Berlin\nDate: 2024-03-04\n\nFrom: Berlin\nTo: Seoul\n",
    ),
    "a subject that begins with a forward's letter": ("I: think", "From: x\n\nno block"),
}


@pytest.mark.parametrize(("subject", "text"), NO_FORWARDS.values(), ids=NO_FORWARDS.keys())
def test_what_is_no_forward_is_none(subject: str, text: str) -> None:
    assert forwarded(subject, text) is None


def test_a_mail_that_is_nothing_but_another_mail_forwards_it() -> None:
    found = forwarded("Quote 2024", BLOCK)
    assert found is not None
    assert (found.subject, found.text) == ("Quote 2024", "text")


def test_a_line_without_a_colon_at_its_end_names_the_sender_under_a_mark() -> None:
    """Old Gmail in languages without a sentence for it; no other line ends with a colon."""
    mark = "---------- Forwarded message ----------"
    line = "2024-03-04 15:12 GMT+09:00 Kim Minsu <kim@corp.example>"
    found = forwarded("Quote 2024", f"{mark}\n{line}\n\nthe quote")
    assert found is not None
    assert (str(found.from_), found.date) == ("Kim Minsu <kim@corp.example>", WRITTEN)
    assert found.text == "the quote"


INNER = (
    b"From: Kim Minsu <kim@corp.example>\r\nTo: lee@shop.example\r\nSubject: Quote 2024\r\n"
    b"Date: Mon, 4 Mar 2024 15:12:00 +0900\r\nMessage-ID: <inner@corp.example>\r\n"
    b'Content-Type: multipart/mixed; boundary="i"\r\n\r\n'
    b"--i\r\nContent-Type: text/plain\r\n\r\nthe quote\r\n"
    b'--i\r\nContent-Type: application/pdf; name="quote.pdf"\r\n\r\n%PDF-1.7\r\n--i--\r\n'
)
MESSAGE = Attachment("Quote 2024.eml", "message/rfc822", INNER)
UNTYPED = Attachment("Quote 2024.eml", "application/octet-stream", INNER)
SECOND = Attachment("other.eml", "message/rfc822", INNER.replace(b"Quote 2024", b"Second"))
NO_MESSAGE = Attachment("x.eml", "application/octet-stream", b"\x00\x01 no header")

ATTACHED = {
    "a forward by its subject": ("Fwd: Quote 2024", COMMENT, [MESSAGE]),
    "a file without a type": ("Fwd: Quote 2024", COMMENT, [UNTYPED]),
    "other files beside it": ("FW: Quote 2024", COMMENT, [FILE, MESSAGE]),
    "the first of several": ("Fwd: two mails", COMMENT, [MESSAGE, SECOND]),
    "no text at all": ("For you", " \n", [MESSAGE]),
    "no subject, as Gmail forwards a file": ("", "FYI", [MESSAGE]),
    "its own subject": ("Re: quote 2024", "see attached", [MESSAGE]),
}


@pytest.mark.parametrize(("subject", "text", "files"), ATTACHED.values(), ids=ATTACHED.keys())
def test_an_attached_message_is_forwarded(subject: str, text: str, files: list[Attachment]) -> None:
    found = forwarded(subject, text, *files)
    assert found is not None
    assert found.from_ is not None
    assert str(found.from_) == "Kim Minsu <kim@corp.example>"
    assert (found.date, found.subject, found.text) == (WRITTEN, "Quote 2024", "the quote")
    assert [file.filename for file in found.attachments] == ["quote.pdf"]
    assert found.message_id == "inner@corp.example"


@pytest.mark.parametrize(
    ("subject", "text", "files"),
    [
        ("I get strange mails", "Look at this one, what do I do?", [MESSAGE]),
        ("", "", [MESSAGE, SECOND]),
        ("Digest", "", [MESSAGE, SECOND]),
        ("Fwd: x", "", [NO_MESSAGE]),
        ("Fwd: x", "text", [FILE]),
    ],
    ids=["evidence", "two without a subject", "a digest", "no message", "a file"],
)
def test_an_attached_message_is_not_always_a_forward(
    subject: str, text: str, files: list[Attachment]
) -> None:
    assert forwarded(subject, text, *files) is None


def test_at_most_one_attached_message_is_read() -> None:
    read: list[bytes] = []

    def once(content: bytes) -> ParsedMail:
        read.append(content)
        return parse_mail(content)

    read_forwarded("Fwd: many", "", [MESSAGE, SECOND] * 50, once, SENT)
    assert len(read) == 1


@pytest.mark.parametrize(
    ("client", "subject", "html"), HTML_SAMPLES, ids=[sample[0] for sample in HTML_SAMPLES]
)
def test_a_forward_in_an_html_mail_is_read(client: str, subject: str, html: str) -> None:
    head = (
        f"From: Lee <lee@shop.example>\r\nSubject: {subject}\r\n"
        "Date: Wed, 6 Mar 2024 09:00:00 +0900\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/html; charset=utf-8\r\n\r\n"
    )
    found = parse_mail((head + html).encode()).forwarded
    assert found is not None, client
    assert str(found.from_) == "Kim Minsu <kim@corp.example>"
    assert (found.date, found.text) == (WRITTEN, "본문입니다.")


HOSTILE = {
    "from lines": "From: a <a@b.example>\n" * 10_000,
    "blocks": BLOCK * 2_000,
    "marks": "---------- Forwarded message ---------\n" * 10_000,
    "attributions": "On Mon, 4 Mar 2024 at 15:12, K <k@a.example> wrote\n:\n" * 10_000,
    "one line": "From: " * 50_000,
    "angles": "Fwd\nFrom: " + "<" * 200_000 + "\nSubject: x\nDate: x\n",
    "recipients": "From: a\nTo: " + "a@b.example,\n" * 20_000,
    "blanks": "\n" * 200_000,
    "labels without values": "Subject:\n\n" * 20_000,
    "quotes": "> " * 100_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_takes_little_time(text: str) -> None:
    with at_most(2):
        forwarded("Fwd: x", text)
        forwarded("x", text)


@given(st.text("> -=From:Subject\nDateTo<@.a1\u00a0*전달된메시지", max_size=400))
def test_every_text_has_an_answer(text: str) -> None:
    for subject in ("Fwd: x", "x", "Re: x", ""):
        found = forwarded(subject, f"---------- Forwarded message ---------\n{text}")
        assert found is None or isinstance(found, Forwarded)


def test_the_samples_are_of_one_mail() -> None:
    assert sum(BODY in sample.text for sample in SAMPLES) > 60
