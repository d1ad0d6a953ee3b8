"""Where a message ends, and what is refused in it (RFC 5321 §4.1.1.4, §4.5.2)."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.ingest.data_reader import (
    Complete,
    DataReader,
    DataResult,
    Endless,
    Refused,
    read_whole,
)
from mailgate.ingest.respond import RefusalReason


def read(*chunks: bytes, max_size: int = 1_000_000, max_line: int = 1_000_000) -> DataResult | None:
    reader = DataReader(max_size=max_size, max_line=max_line)
    for chunk in chunks:
        result = reader.feed(chunk)
        if result is not None:
            return result
    return None


def on_the_wire(content: bytes) -> bytes:
    """As a client sends it (RFC 5321 §4.5.2): a dot before each line that begins with one."""
    lines = content.split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b".\r\n"


@pytest.mark.parametrize(
    ("wire", "content", "rest"),
    [
        (b".\r\n", b"", b""),
        (b"\r\n.\r\n", b"\r\n", b""),
        (b"a\r\n.\r\n", b"a\r\n", b""),
        (b"a\r\n.\r\nQUIT\r\n", b"a\r\n", b"QUIT\r\n"),
        (b"..\r\n.\r\n", b".\r\n", b""),
        (b".a\r\n.\r\n", b"a\r\n", b""),
        (b"a.\r\n.\r\n", b"a.\r\n", b""),
        (b"a\r\n..\r\n..b\r\n.\r\n", b"a\r\n.\r\n.b\r\n", b""),
        (b"a\r\n.\r\n.\r\n", b"a\r\n", b".\r\n"),
        (b"a\r\n\r\n\r\n.\r\n", b"a\r\n\r\n\r\n", b""),
    ],
)
def test_a_message_ends_at_crlf_dot_crlf(wire: bytes, content: bytes, rest: bytes) -> None:
    assert read(wire) == Complete(content, rest)


@pytest.mark.parametrize(
    "wire",
    [
        *[b"a\n", b"a\r", b"\n", b"\r", b"a\n\r", b"a\r\r\n", b"a\n\r\n"],
        *[b"a\n.\n", b"a\n.\r\n", b"a\r\n.\n", b"a\r.\r", b"a\r\n.\r", b"a\r.\r\n"],
    ],
)
def test_a_bare_cr_or_lf_is_refused_at_the_end(wire: bytes) -> None:
    assert read(wire + b"\r\n.\r\nrest") == Refused(RefusalReason.BARE_NEWLINE, b"rest")


def test_a_nul_before_the_dot_is_no_end() -> None:
    assert read(b"a\r\n\0.\r\n.\r\n") == Complete(b"a\r\n\0.\r\n", b"")


lines = st.lists(
    st.binary(max_size=8).map(lambda line: line.translate(None, b"\r\n"))
    | st.sampled_from([b".", b"..", b""])
)


@given(lines, st.integers(1, 7))
def test_what_was_sent_is_what_is_read_however_it_is_cut(sent: list[bytes], cut: int) -> None:
    content = b"".join(line + b"\r\n" for line in sent)
    wire = on_the_wire(content)
    chunks = [wire[at : at + cut] for at in range(0, len(wire), cut)]
    assert read(*chunks) == Complete(content, b"")


@given(st.lists(st.sampled_from([b"\r", b"\n", b".", b"a", b"\r\n", b"\r\n.\r\n"]), max_size=30))
def test_cuts_change_nothing(pieces: list[bytes]) -> None:
    """Octet by octet and in one piece the same message is read, or refused."""
    wire = b"".join(pieces)
    whole = read(wire)
    reader = DataReader(max_size=1000, max_line=1000)
    for at in range(len(wire)):
        result = reader.feed(wire[at : at + 1])
        if result is not None:
            break
    else:
        assert whole is None
        return
    rest = wire[at + 1 :]
    match result:
        case Complete(content=content):
            assert whole == Complete(content, rest)
        case Refused(reason=reason):
            assert whole == Refused(reason, rest)
        case Endless():
            raise AssertionError


def test_the_limit_is_on_the_message_without_stuffed_dots() -> None:
    """RFC 1870 §5."""
    assert read(b"..345678\r\n.\r\n", max_size=9) == Complete(b".345678\r\n", b"")
    assert read(b"12345678\r\n.\r\n", max_size=10) == Complete(b"12345678\r\n", b"")
    assert read(b"123456789\r\n.\r\n", max_size=10) == Refused(RefusalReason.TOO_BIG, b"")


def test_a_message_over_the_limit_is_read_to_its_end() -> None:
    result = read(*[b"1234567\r\n"] * 30, b".\r\nNOOP\r\n", max_size=100)
    assert result == Refused(RefusalReason.TOO_BIG, b"NOOP\r\n")


def test_four_times_the_limit_is_the_end() -> None:
    assert read(*[b"1234567\r\n"] * 50, max_size=100) == Endless(RefusalReason.ENDLESS_MESSAGE)


def test_a_line_without_an_end_is_given_up() -> None:
    result = read(b"a\r\n", *[b"x" * 50] * 3, max_line=100)
    assert result == Endless(RefusalReason.ENDLESS_LINE)
    assert read(b"x" * 90 + b"\r\n", b"x" * 90 + b"\r\n", max_line=100) is None


def test_nothing_is_kept_of_a_message_that_is_too_big() -> None:
    reader = DataReader(max_size=1000, max_line=10_000)
    for _ in range(30):
        assert reader.feed(b"x" * 98 + b"\r\n") is None
    assert reader.kept == 0
    assert not reader._pieces


def test_memory_is_for_octets_however_small_the_reads_are() -> None:
    """2 MB in reads of 4 octets: an object for each read would be ten times that."""
    tracemalloc.start()
    try:
        reader = DataReader(max_size=10_000_000, max_line=10_000_000)
        for _ in range(500_000):
            reader.feed(b"xxxx")
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert reader.kept == 2_000_000
    assert held < 3_000_000


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b".", b"\r\n", b"bc"]), max_size=12))
def test_a_message_in_one_piece_is_read_as_any_other(pieces: list[bytes]) -> None:
    wire = b"".join(pieces) + b"\r\n.\r\n"
    whole = read_whole(wire, max_size=1_000_000)
    assert whole is None or whole == read(wire)


@pytest.mark.parametrize("wire", [b".\r\n.\r\n", b"a\r\n..\r\n.\r\n", b"a\r\n.\r\nQUIT\r\n", b"a"])
def test_what_is_more_than_one_plain_message_takes_a_reader(wire: bytes) -> None:
    assert read_whole(wire, max_size=1_000_000) is None


def test_a_message_in_one_piece_is_as_large_as_it_may_be() -> None:
    wire = b"x" * 98 + b"\r\n.\r\n"
    assert read_whole(wire, max_size=100) == Complete(b"x" * 98 + b"\r\n", b"")
    assert read_whole(wire, max_size=99) is None
    assert read(wire, max_size=99) == Refused(RefusalReason.TOO_BIG, b"")
