"""Names, sets and replies of IMAP as RFC 3501 writes them."""

import base64
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.ingest.imap import replies
from mailgate.ingest.imap.framing import QUIET, Allowance, Framer, FramingError
from mailgate.ingest.imap.names import (
    NameRefused,
    chunks,
    literal_octets,
    mailbox_name,
    modified_utf7,
    quoted,
    uid_set,
)

# --- modified UTF-7 ------------------------------------------------------------------------

NAMES = [
    ("INBOX", "INBOX"),
    ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),  # RFC 3501 §5.1.3
    ("A&B", "A&-B"),
    ("&", "&-"),
    ("&&", "&-&-"),
    ("Hi Mom -☺-!", "Hi Mom -&Jjo--!"),  # RFC 2152's example, with `&`
    ("고객 문의", "&rOCsHQ- &uzjHWA-"),
    ("Entwürfe", "Entw&APw-rfe"),
    ("😀", "&2D3eAA-"),
    ("tab\there", "tab&AAk-here"),
    ("~", "~"),
    ("\x7f", "&AH8-"),
]


@pytest.mark.parametrize(("name", "encoded"), NAMES)
def test_modified_utf7(name: str, encoded: str) -> None:
    assert modified_utf7(name) == encoded


def decoded(name: str) -> str:
    """RFC 3501 §5.1.3 read the other way."""
    told, rest = "", name
    while rest:
        before, shift, after = rest.partition("&")
        told += before
        if not shift:
            break
        inner, _, rest = after.partition("-")
        padding = "=" * (-len(inner) % 4)
        octets = base64.b64decode(inner.replace(",", "/") + padding, validate=True)
        told += octets.decode("utf-16-be") if inner else "&"
    return told


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n")))
def test_every_name_can_be_read_back(name: str) -> None:
    encoded = modified_utf7(name)
    assert decoded(encoded) == name
    assert encoded.isascii()
    assert encoded == "" or encoded.isprintable()


@pytest.mark.parametrize(
    "name", ["", "a\r\nA1 DELETE INBOX", "a\nb", "a\rb", "a\0b", "\ud800", "x" * 1001]
)
def test_names_that_cannot_be_said(name: str) -> None:
    with pytest.raises(NameRefused):
        mailbox_name(name)


# --- arguments -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("support", '"support"'),
        ("with space", '"with space"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("back\\slash", '"back\\\\slash"'),
        ("", '""'),
        ("(){%*]", '"(){%*]"'),
    ],
)
def test_quoted_strings(text: str, argument: str) -> None:
    """RFC 3501 §9: only `"` and `\\` are escaped."""
    assert quoted(text) == argument


@pytest.mark.parametrize("text", ["a\r\nA1 LOGOUT", "a\rb", "a\nb", "a\0b", "é", "비밀"])
def test_what_no_quoted_string_can_hold(text: str) -> None:
    with pytest.raises(NameRefused) as caught:
        quoted(text)
    assert text not in str(caught.value)


@pytest.mark.parametrize("text", ["a\r\nb", "a\0b", "\ud800"])
def test_what_no_password_holds(text: str) -> None:
    with pytest.raises(NameRefused):
        literal_octets(text)


@pytest.mark.parametrize(
    ("uids", "named"),
    [
        ([7], "7"),
        ([1, 2, 3], "1:3"),
        ([1, 3, 4, 9], "1,3:4,9"),
        ([4294967294, 4294967295], "4294967294:4294967295"),
    ],
)
def test_sets_of_uids(uids: list[int], named: str) -> None:
    assert uid_set(uids) == named


@given(st.sets(st.integers(1, 2**32 - 1), min_size=1), st.integers(1, 300))
def test_a_set_names_exactly_what_was_given(uids: set[int], count: int) -> None:
    """A MOVE or an EXPUNGE of one UID too many would be mail that is gone."""
    named: list[int] = []
    for some in chunks(list(uids), count):
        assert len(some) <= count
        for part in uid_set(some).split(","):
            first, _, last = part.partition(":")
            named.extend(range(int(first), int(last or first) + 1))
    assert named == sorted(uids)


# --- framing -------------------------------------------------------------------------------

WIRE = (
    b"* 1 FETCH (UID 5 BODY[] {12}\r\n* 9 {3}\r\n)\r\n FLAGS ())\r\n"
    b"* OK {}\r\n\r\nA1 OK {x}\r\n* 2 FETCH (UID 6 BODY[] {0}\r\n)\r\n+ go\r\n"
)
RESPONSES = [
    (b"* 1 FETCH (UID 5 BODY[] ", b"* 9 {3}\r\n)\r\n", b" FLAGS ())"),
    (b"* OK {}",),
    (b"A1 OK {x}",),
    (b"* 2 FETCH (UID 6 BODY[] ", b"", b")"),
    (b"+ go",),
]


@given(st.lists(st.integers(1, 20)))
def test_framing_is_the_same_however_the_bytes_are_cut(cuts: list[int]) -> None:
    framer = Framer()
    responses = []
    at = 0
    for cut in cuts:
        responses += framer.feed(WIRE[at : at + cut])
        at += cut
    responses += framer.feed(WIRE[at:])
    assert responses == RESPONSES
    assert framer.empty


def test_limits_hold_before_anything_is_read() -> None:
    framer = Framer()
    framer.allow(Allowance(literal=10, line=40, total=100))
    with pytest.raises(FramingError, match="announced 11"):
        framer.feed(b"* 1 FETCH (UID 5 BODY[] {11}\r\n")
    with pytest.raises(FramingError, match="over 40"):
        narrow(line=40).feed(b"x" * 41)
    with pytest.raises(FramingError, match="over 100"):
        narrow(total=100).feed(b"* OK x\r\n" * 13)


def narrow(*, line: int = 64, total: int = 1000) -> Framer:
    framer = Framer()
    framer.allow(Allowance(literal=0, line=line, total=total))
    return framer


@given(st.binary())
def test_no_bytes_break_it(octets: bytes) -> None:
    framer = Framer()
    framer.allow(QUIET)
    try:
        responses = framer.feed(octets)
    except FramingError:
        return
    for response in responses:
        replies.status(response[0])
        replies.numbered(response)
        try:
            replies.fetched(response)
            replies.search([response])
        except replies.ReplyError:
            pass


# --- replies -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"OK done", replies.Status("OK", "", "", "done")),
        (b"OK", replies.Status("OK", "", "", "")),
        (b"no [OVERQUOTA] full", replies.Status("NO", "OVERQUOTA", "", "full")),
        (b"OK [UIDVALIDITY 3857529045] x", replies.Status("OK", "UIDVALIDITY", "3857529045", "x")),
        (b"BAD [X", replies.Status("BAD", "", "", "[X")),
        (b"BYE \x1b]0;x\x07", replies.Status("BYE", "", "", "]0;x")),
    ],
)
def test_status_responses(line: bytes, said: replies.Status) -> None:
    """RFC 3501 §7.1."""
    assert replies.status(line) == said


@pytest.mark.parametrize("line", [b"", b"OKAY", b"FETCH", b"NOPE x"])
def test_what_is_no_status_response(line: bytes) -> None:
    assert replies.status(line) is None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (b"17-Jul-1996 02:44:25 -0700", datetime(1996, 7, 17, 9, 44, 25, tzinfo=UTC)),
        (b" 1-feb-2026 00:00:00 +0900", datetime(2026, 1, 31, 15, 0, tzinfo=UTC)),
        (b"31-Dec-2016 23:59:60 +0000", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (b"30-Feb-2026 00:00:00 +0000", None),
        (b"01-Foo-2026 00:00:00 +0000", None),
        (b"01-Jan-0001 00:00:00 +1400", None),
        (b"01-Jan-2026 00:00:00 +9999", None),
        (b"01-Jan-2026 00:00:00", None),
        (b"", None),
        (None, None),
    ],
)
def test_internal_dates(text: bytes | None, at: datetime | None) -> None:
    assert replies.internal_date(text) == at


def test_dates_of_searches() -> None:
    assert replies.search_date(date(1994, 2, 1)) == "1-Feb-1994"


def test_an_envelope_nobody_asked_for_hides_nothing() -> None:
    """aioimaplib counts the parentheses in it."""
    said = replies.fetched(
        (b'1 FETCH (ENVELOPE ("d" ":(" (("a" NIL "b" "c")) NIL) UID 7 RFC822.SIZE 9)',)
    )
    assert said == replies.Fetched(7, 9, None, None, None)
