"""Files in the text (POSIX uuencode), as mail programs before MIME sent them."""

import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.parse import parse_mail
from mailgate.mail.uuencode import split_uuencoded
from tests.harness.effort import at_most


def encoded(name: str, content: bytes, *, grave: bool = True, end: str = "`\nend\n") -> bytes:
    lines = [content[start : start + 45] for start in range(0, len(content), 45)]
    block = b"".join(binascii.b2a_uu(line, backtick=grave) for line in lines)
    return f"begin 644 {name}\n".encode() + block + end.encode()


FILE = bytes(range(256)) * 3


@pytest.mark.parametrize(
    "block",
    [
        encoded("data.bin", FILE),
        encoded("data.bin", FILE, grave=False),
        encoded("data.bin", FILE, end=" \nend\n"),
        encoded("data.bin", FILE, end="\nend\n"),
        encoded("data.bin", FILE, end="end"),
        encoded("data.bin", FILE).replace(b"\n", b"\r\n"),
        b"\n".join(
            line.rstrip(b" ") for line in encoded("data.bin", FILE, grave=False).split(b"\n")
        ),
        encoded("data.bin", FILE).replace(b"begin 644", b"begin 0666"),
    ],
    ids=["grave", "blanks", "blank end", "empty end", "end alone", "crlf", "cut blanks", "mode"],
)
def test_a_file_in_the_text_becomes_an_attachment(block: bytes) -> None:
    text, files = split_uuencoded(b"Hello,\n\n" + block + b"\nbye\n")
    assert [(file.filename, file.content) for file in files] == [("data.bin", FILE)]
    assert text.split() == [b"Hello,", b"bye"]


def test_several_files_in_their_order() -> None:
    blocks = encoded("a.txt", b"first") + b"and\n" + encoded("b.txt", b"second")
    text, files = split_uuencoded(blocks)
    assert [(file.filename, file.content) for file in files] == [
        ("a.txt", b"first"),
        ("b.txt", b"second"),
    ]
    assert text == b"and\n"


@pytest.mark.parametrize(
    "text",
    [
        b"Please begin 644 days from now.\n",
        b"begin 644 times with this\nand then go on\nend\n",
        b"begin 644 nothing.txt\n`\nend\n",
        b"begin 999 x.txt\n" + encoded("x", FILE)[12:],
        encoded("x.bin", FILE).replace(b"end\n", b""),
        encoded("x.bin", FILE)[:200],
        encoded("x.bin", FILE).replace(b"\nM", b"\nM too short\nM", 1),
        b"> " + encoded("x.bin", b"quoted").replace(b"\n", b"\n> "),
        b"",
    ],
    ids=["prose", "prose as lines", "empty", "no mode", "no end", "cut", "bad", "quoted", "none"],
)
def test_everything_else_stays_text(text: bytes) -> None:
    assert split_uuencoded(text) == (text, [])


def test_a_name_is_no_path() -> None:
    _, files = split_uuencoded(encoded("../../etc/견적 서.txt", b"x"))
    assert files[0].filename == "견적 서.txt"


def test_a_mail_with_a_file_in_its_text() -> None:
    mail = parse_mail(
        b"From: a@b.example\r\nSubject: old\r\n\r\nSee the file.\r\n\r\n"
        + encoded("data.bin", FILE).replace(b"\n", b"\r\n")
    )
    assert mail.text == "See the file."
    assert [(file.filename, file.content) for file in mail.attachments] == [("data.bin", FILE)]


HOSTILE = {
    "begins": b"begin 644 x\n" * 200_000,
    "begins without an end": encoded("x", FILE, end="") * 2_000,
    "one long line": b"begin 644 " + b"x" * 3_000_000,
    "lines of 45": b"begin 644 x\n" + b"M" * 61 + (b"\n" + b"M" * 61) * 50_000,
    "files": encoded("x", b"x") * 20_000,
    "blanks": b"begin 644 x" + b" " * 2_000_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_takes_little_time_and_gives_few_files(text: bytes) -> None:
    with at_most(2):
        rest, files = split_uuencoded(text)
    assert len(files) <= 100
    assert len(rest) + sum(len(file.content) for file in files) <= len(text)


@given(st.binary(max_size=400), st.text(max_size=80))
def test_what_is_encoded_comes_back(content: bytes, around: str) -> None:
    plain = around.replace("begin", "").encode("utf-8", "replace") + b"\n"
    text, files = split_uuencoded(plain + encoded("x", content) + plain)
    assert [file.content for file in files] == ([content] if content else [])
    assert text.count(plain) >= (2 if content else 0)


@given(st.binary(max_size=300))
def test_every_text_has_an_answer(noise: bytes) -> None:
    text, files = split_uuencoded(b"begin 644 x\n" + noise + b"\nend\n")
    assert text or files
