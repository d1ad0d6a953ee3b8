"""mbox files as programs write them: mboxrd, mboxo, mboxcl, and what went wrong in them."""

import io
import mailbox
from pathlib import Path

import pytest

from mailgate.ingest.importing import mbox
from mailgate.ingest.importing.mbox import messages, unquoted

FROM = b"From hong@customer.example Mon Jan  5 18:00:00 2026\n"
ONE = b"Subject: one\n\nfirst\n"
TWO = b"Subject: two\n\nsecond\n"


def read(content: bytes) -> list[bytes]:
    file = io.BytesIO(content)
    return [unquoted(content[offset : offset + length]) for offset, length, _ in messages(file)]


def test_messages_stand_between_from_lines() -> None:
    assert read(FROM + ONE + b"\n" + FROM + TWO + b"\n") == [ONE, TWO]


def test_lines_may_end_in_crlf() -> None:
    content = (FROM + ONE + b"\n" + FROM + TWO + b"\n").replace(b"\n", b"\r\n")
    assert read(content) == [ONE.replace(b"\n", b"\r\n"), TWO.replace(b"\n", b"\r\n")]


def test_quoted_from_lines_lose_one_mark() -> None:
    body = b"Subject: x\n\n>From the beginning\n>>From here\n> From there\n"
    assert read(FROM + body) == [b"Subject: x\n\nFrom the beginning\n>From here\n> From there\n"]


@pytest.mark.parametrize(
    "line",
    [
        b"\nFrom the day on which I ordered\nit was clear.\n",
        b"\nFrom now on:\nStatus: unknown\n",
        b"text\nFrom hong\nSubject: not a new one\n",
        b"text\nFrom a@b.example Mon Jan  5 18:00:00 2026 he wrote\nto me\n",
    ],
)
def test_a_from_line_in_a_text_that_nobody_quoted(line: bytes) -> None:
    """mboxcl2 quotes nothing."""
    assert read(FROM + ONE + line) == [ONE + line]


@pytest.mark.parametrize(
    "line",
    [
        b"From - Mon Jan 05 18:00:00 2026\n",
        b"From 1234@xxx Mon Jan 05 18:00:00 +0000 2026\n",
        b"From MAILER-DAEMON Mon Jan  5 18:00:00 2026\n",
        b"From ???@??? Mon Jan 05 18:00:00 2026\n",
        b"From hong@customer.example  2026-01-05 18:00:00\n",
        b"From hong@customer.example\n",
        b"From MAILER-DAEMON\n",
    ],
)
def test_from_lines_of_many_programs(line: bytes) -> None:
    """Thunderbird, Google Takeout, Python, Eudora, PST converters, and one without a date."""
    assert read(line + ONE + b"\n" + line + TWO) == [ONE, TWO]


def test_a_missing_blank_line_does_not_join_two() -> None:
    assert read(FROM + ONE + FROM + TWO) == [ONE, TWO]


def test_a_content_length_that_lies_is_not_believed() -> None:
    lying = b"Content-Length: 9999\n" + ONE
    assert read(FROM + lying + b"\n" + FROM + TWO) == [lying, TWO]


def test_a_byte_order_mark() -> None:
    assert read(b"\xef\xbb\xbf" + FROM + ONE) == [ONE]


@pytest.mark.parametrize("chunk", [1, 7, 64, 1000, 3000])
def test_wherever_the_pieces_end(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    """A file is read in pieces; where they are cut changes nothing."""
    mails = [b"Subject: %d\n\n" % number + b"x" * (number * 37) + b"\n" for number in range(60)]
    content = b"".join(FROM + one + b"\n" for one in mails)
    monkeypatch.setattr(mbox, "CHUNK", chunk)
    assert read(content) == mails


def test_what_python_writes(tmp_path: Path) -> None:
    """mboxo, by the standard library."""
    box = mailbox.mbox(tmp_path / "old.mbox")
    written = [b"Subject: %d\n\nFrom me\n\nto you %d\n" % (n, n) for n in range(5)]
    for one in written:
        box.add(one)
    box.close()
    assert read((tmp_path / "old.mbox").read_bytes()) == written
