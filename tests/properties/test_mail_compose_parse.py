"""What we compose can be read again, holds no header that nobody wrote, and fits the wire."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy

from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.addresslist import read_addresses
from mailgate.mail.clean import clean_filename
from mailgate.mail.compose import compose
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import Attachment
from tests.harness.mailwire import wire_faults

LETTERS = st.characters(
    codec="utf-8", categories=("L", "M", "N", "P", "S", "Zs"), exclude_characters="\u00a0"
)
LINE = st.text(LETTERS, max_size=200)
ANYTHING = st.text(st.characters(codec="utf-8"), max_size=200)
ATOM = st.from_regex(r"[a-z0-9]{1,10}(\.[a-z0-9+_-]{1,10}){0,2}", fullmatch=True)
DOMAIN = st.from_regex(r"[a-z0-9]{1,10}(\.[a-z]{2,6}){1,2}", fullmatch=True)
ADDRESS = st.builds(Address, ATOM, DOMAIN)
NAMED = st.builds(NamedAddress, LINE.map(lambda text: " ".join(text.split())), ADDRESS)
NAMED_ANYHOW = st.builds(NamedAddress, ANYTHING, ADDRESS)
MESSAGE_ID = st.from_regex(r"[A-Za-z0-9.=+_-]{1,90}@[a-z0-9.-]{1,30}", fullmatch=True)
INSTANT = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(
    lambda naive: naive.replace(microsecond=0, tzinfo=timezone(timedelta(hours=9)))
)
FILENAME = st.from_regex(
    r"[A-Za-z0-9가-힣ぁ-んа-я😀-😎 ,;='()_-]{1,60}\.[a-z]{2,4}", fullmatch=True
)
ATTACHMENT = st.builds(
    Attachment,
    # Other names are made fit for display, on the way out and on the way in.
    filename=FILENAME.filter(lambda name: clean_filename(name) == name),
    content_type=st.sampled_from(["application/pdf", "image/png", "text/csv"]),
    content=st.binary(max_size=400),
)
BODY = st.text(
    st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S", "Zs")), max_size=300
)
TEXT = st.lists(BODY, max_size=8).map("\n".join)

MAIL = st.builds(
    OutgoingMail,
    from_=NAMED,
    to=st.lists(NAMED, min_size=1, max_size=4).map(tuple),
    cc=st.lists(NAMED, max_size=3).map(tuple),
    reply_to=st.none() | NAMED,
    subject=LINE.map(lambda text: " ".join(text.split())),
    message_id=MESSAGE_ID,
    in_reply_to=st.none() | MESSAGE_ID,
    references=st.lists(MESSAGE_ID, max_size=11, unique=True).map(tuple),
    date=INSTANT,
    text=TEXT,
    html=st.none() | st.just("<p>Hello <b>안녕</b></p>"),
    attachments=st.lists(ATTACHMENT, max_size=3).map(tuple),
    boundary_seed=st.text(max_size=20),
)


def as_stored(text: str) -> str:
    """Line ends and trailing line ends are not part of what is compared."""
    return text.strip("\n")


def header_names(content: bytes) -> list[str]:
    """RFC 5322 §2.2: names at the starts of lines that continue nothing."""
    section = content.partition(b"\r\n\r\n")[0]
    return [
        line.partition(b":")[0].decode("ascii")
        for line in section.split(b"\r\n")
        if line[:1] not in {b" ", b"\t"}
    ]


@given(mail=MAIL)
@settings(max_examples=150, deadline=None)
def test_what_is_composed_reads_the_same(mail: OutgoingMail) -> None:
    read = parse_mail(compose(mail))
    assert read.from_ == mail.from_
    assert (read.to, read.cc) == (mail.to, mail.cc)
    assert read.reply_to == (() if mail.reply_to is None else (mail.reply_to,))
    assert read.subject == mail.subject
    assert read.message_id == mail.message_id
    assert read.in_reply_to == (() if mail.in_reply_to is None else (mail.in_reply_to,))
    assert read.references == mail.references
    assert read.date == mail.date.astimezone(UTC)
    assert as_stored(read.full_text) == as_stored(mail.text) or mail.html
    assert [(a.filename, a.content_type, a.content) for a in read.attachments] == [
        (a.filename, a.content_type, a.content) for a in mail.attachments
    ]


@given(mail=MAIL)
@settings(max_examples=100, deadline=None)
def test_every_composed_mail_keeps_the_rfcs(mail: OutgoingMail) -> None:
    content = compose(mail)
    assert not wire_faults(content)
    assert content == compose(mail)


def tight(name: str) -> str:
    """CPython before 3.13 puts a blank between the encoded words of a name."""
    return "".join(name.split())


@given(mail=MAIL)
@settings(max_examples=60, deadline=None)
def test_another_reader_reads_the_same(mail: OutgoingMail) -> None:
    """The stdlib's parser shares no line of code with ours."""
    read = message_from_bytes(compose(mail), policy=policy.default)
    assert read["subject"].strip() == mail.subject
    given = [("to", mail.to), ("cc", mail.cc), ("from", (mail.from_,))]
    for name, entries in given:
        found = read[name].addresses if entries else ()
        assert [one.addr_spec for one in found] == [str(one.address) for one in entries]
        assert [tight(one.display_name) for one in found] == [tight(one.name) for one in entries]
    assert read["date"].datetime == mail.date
    body = read.get_body(("plain",))
    assert body is not None
    assert as_stored(body.get_content().replace("\r\n", "\n")) == as_stored(mail.text)
    files = [
        (one.get_filename(), one.get_content_type(), one.get_payload(decode=True))
        for one in read.iter_attachments()
    ]
    assert files == [(one.filename, one.content_type, one.content) for one in mail.attachments]


@given(
    name=ANYTHING,
    subject=ANYTHING,
    value=ANYTHING,
    message_id=ANYTHING,
    filename=ANYTHING,
    content_type=ANYTHING,
    content_id=ANYTHING,
)
@settings(max_examples=300, deadline=None)
def test_no_value_makes_a_header_of_its_own(
    name: str,
    subject: str,
    value: str,
    message_id: str,
    filename: str,
    content_type: str,
    content_id: str,
) -> None:
    attachment = Attachment(filename, content_type, b"x", content_id=content_id)
    mail = OutgoingMail(
        from_=NamedAddress(name, Address("support", "acme.example")),
        to=(NamedAddress(name, Address("hong", "example.kr")),),
        subject=subject,
        message_id="m@acme.example",
        in_reply_to=message_id or None,
        references=(message_id, "a@b"),
        date=datetime(2026, 1, 1, tzinfo=UTC),
        text="x",
        boundary_seed="seed",
        attachments=(attachment,),
        headers=(("X-Note", value),),
    )
    content = compose(mail)
    assert not wire_faults(content)
    expected = {"From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"}
    expected |= {"X-Note", "MIME-Version", "Content-Type"}
    names = header_names(content)
    assert set(names) <= expected
    assert len(names) == len(set(names))
    assert content.count(b"\r\nContent-Disposition: attachment") == 1
    assert not re.search(rb"[\x00\x1b\x7f]", content)
    read = parse_mail(content)
    assert str(read.to[0].address) == "hong@example.kr"
    assert len(read.attachments) == 1


@given(entries=st.lists(NAMED_ANYHOW, min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_no_display_name_changes_who_is_addressed(entries: list[NamedAddress]) -> None:
    mail = OutgoingMail(
        from_=NamedAddress("", Address("support", "acme.example")),
        to=tuple(entries),
        subject="x",
        message_id="m@acme.example",
        date=datetime(2026, 1, 1, tzinfo=UTC),
        text="x",
        boundary_seed="seed",
    )
    read = parse_mail(compose(mail)).to
    assert [entry.address for entry in read] == [entry.address for entry in entries]


@given(local=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30))
def test_a_quoted_local_part_is_read_back_as_the_same_mailbox(local: str) -> None:
    escaped = local.replace("\\", "\\\\").replace('"', '\\"')
    field = read_addresses(f'Hong <"{escaped}"@example.kr>'.encode())
    again = read_addresses(f"Hong <{field.addresses[0].address}>".encode())
    assert field.addresses == again.addresses
