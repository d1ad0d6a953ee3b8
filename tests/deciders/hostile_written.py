"""Rows 38, 59, 73 and 74: what strangers chose, in the mails that we write."""

from dataclasses import replace
from datetime import UTC, datetime

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.parsed import Attachment
from tests.deciders.hostile_rows import Check, Row, holds, says

HONG = Address("hong", "example.kr")
OUTLOOK = (
    "SE2P216MB2835B1C0FBA0D6B1D5A1E3A9F4C2A@SE2P216MB2835.KORP216.PROD.OUTLOOK.COM.EXAMPLE.NET"
)
PLAIN = OutgoingMail(
    from_=NamedAddress("Alice Kim", Address("support", "acme.example")),
    to=(NamedAddress("", HONG),),
    subject="[#12] 주문",
    message_id="mg1.x@acme.example",
    date=datetime(2026, 11, 20, 15, 4, 5, tzinfo=UTC),
    text="안녕하세요\n",
    boundary_seed="seed",
)

no_bcc = holds("no Bcc", lambda r: b"\nbcc:" not in r.content.lower())


def written(number: int, title: str, mail: OutgoingMail, *checks: Check) -> Row:
    return Row(number, title, lambda: mail, (no_bcc, *checks), 0.5)


def named(title: str, name: str) -> Row:
    """Row 73: a name stays a name."""
    one = NamedAddress(name, HONG)
    shown = NamedAddress(" ".join(name.split())[:300].strip(), HONG)
    mail = replace(PLAIN, to=(one,), cc=(one,), reply_to=one)
    return written(73, title, mail, says(to=(shown,), cc=(shown,), reply_to=(shown,)))


def subject(title: str, subject: str) -> Row:
    """Row 73: a subject comes back as itself."""
    mail = replace(PLAIN, subject=subject)
    return written(73, title, mail, says(subject=" ".join(subject.split("\r\n")).strip()[:2000]))


def address(title: str, spec: Address) -> Row:
    """Row 74: no header holds an address that it can't; whom the mail goes to is elsewhere."""
    mail = replace(PLAIN, cc=(NamedAddress("Name", spec), NamedAddress("", HONG)))
    return written(74, title, mail, says(cc=(NamedAddress("", HONG),)))


LARGE = Attachment("큰 파일.bin", "application/octet-stream", bytes(range(256)) * 97_600)

ROWS = (
    written(
        38,
        "an answer to a subject with a line break",
        replace(PLAIN, subject="a\r\nBcc: x@y"),
        says(subject="a Bcc: x@y"),
    ),
    written(
        59,
        "our own mail comes back",
        replace(PLAIN, headers=(("X-Mailgate-Loop", "v1.token"),)),
        says(loop_token="v1.token"),
    ),
    named("a name with a line break", "x\r\nBcc: y"),
    named("a name with a line break of Unicode", "x\u2028Bcc: y"),
    named("a name of 300 characters", "a" * 300),
    named("a name of 300 syllables", "가" * 300),
    named("a name of 5,000 words", "word " * 5000),
    named("a name in emoji", "😀👩‍👩‍👧‍👦🇰🇷 홍길동"),
    named("a name under many marks", "a" + "\u0301" * 100),
    named("a name with a comma", "Kim, Alice"),
    named("a name with quotes", 'Alice "Al" Kim'),
    named("a name with a backslash at its end", "back\\"),
    named("a name like an encoded word", "=?utf-8?q?evil?="),
    named("a name like an address", "a@b.kr"),
    named("a name like an address in angles", "x <evil@x.kr>, y"),
    named("a name like a group", "Team: a@b.kr;"),
    named("a name like a comment", "Alice (Kim"),
    subject("a subject like an encoded word", "=?utf-8?q?evil?= is =?utf-8?b?7ZWc?="),
    subject("a subject like an encoded word, after Korean", "주문 =?utf-8?q?evil?="),
    subject("a subject with 2,000 blanks", "a" + " " * 1990 + "b"),
    subject("a subject with blanks around it", "  주문  "),
    subject("a subject of one word of 1,500 characters", "a" * 1500),
    subject("a subject of 1,900 syllables", "가" * 1900),
    subject("a subject of words of 66 characters", " ".join(["a" * 66] * 10)),
    subject("a subject that begins with blanks and Korean in turn", "a  가  b  나"),
    subject("an empty subject", ""),
    written(
        73,
        "an Outlook id over 82 characters",
        replace(PLAIN, in_reply_to=OUTLOOK, references=("first@x", OUTLOOK)),
        says(in_reply_to=(OUTLOOK,), references=("first@x", OUTLOOK)),
        holds("as it is", lambda r: b"\r\nIn-Reply-To: <%b>\r\n" % OUTLOOK.encode() in r.content),
    ),
    written(
        73,
        "ids that hold line breaks",
        replace(PLAIN, in_reply_to="a\r\nBcc: x@y", references=("a>\r\nBcc: <x@y", "a@b")),
        says(in_reply_to=(), references=("a@b",)),
    ),
    written(
        73,
        "ids of 980 characters",
        replace(PLAIN, in_reply_to="a" * 978 + "@b", references=("a" * 978 + "@b",) * 12),
        says(in_reply_to=("a" * 978 + "@b",)),
    ),
    written(
        73,
        "a file name with a line break and quotes",
        replace(PLAIN, attachments=(Attachment('a"\r\nBcc: x@y.pdf', "a/b\r\nBcc: x", b"x"),)),
        holds("a name", lambda r: [a.filename for a in r.mail.attachments] == ["a_ Bcc_ x@y.pdf"]),
    ),
    written(
        73,
        "500 recipients",
        replace(
            PLAIN,
            to=tuple(NamedAddress(f"이름 {n}", Address(f"u{n}", "x.kr")) for n in range(500)),
        ),
        holds("all of them", lambda r: len(r.mail.to) == 500),
    ),
    Row(
        73,
        "a file of 25 MB",
        lambda: replace(PLAIN, attachments=(LARGE,)),
        (holds("as it was", lambda r: r.mail.attachments == (LARGE,)),),
        1.0,
        200,
    ),
    address("an address beyond ASCII", Address("é", "d.kr")),
    address("an address that holds another", Address("a@b.kr>, <evil", "x.kr")),
    address("an address with a line break", Address("a\r\nBcc: x", "x.kr")),
    address("a local part of 2 KB", Address("a" * 2000, "x.kr")),
    written(
        74,
        "a domain beyond ASCII stands as an A-label",
        replace(PLAIN, cc=(NamedAddress("", Address("hong", "xn--bj0bj06e.kr")),)),
        says(cc=(NamedAddress("", Address("hong", "xn--bj0bj06e.kr")),)),
    ),
)
