"""What a mail of 22 MB may cost the process that reads it, whatever its bytes are: 300 MB of
memory and 15 seconds of processor time, and nothing of it is lost.

Each is read by a process of its own, because a peak of memory can be measured only once.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SIZE = 22_000_000
MEMORY = 300
"""Megabytes."""
SECONDS = 15.0
KEEP = b"\r\nKEEP THIS\r\n"
HEAD = b"From: Hong <hong@example.kr>\r\nSubject: s\r\nMessage-ID: <1@x>\r\n"

READ = """
import resource, sys, time
from mailgate.mail.digest import content_digest
from mailgate.mail.parse import parse_mail

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

content = open(sys.argv[1], "rb").read()
parse_mail(b"Subject: s\\r\\nContent-Type: text/html\\r\\n\\r\\n<p>x</p>")
before, started = peak(), time.process_time()
mail = parse_mail(content)
content_digest(content)
seconds, extra = time.process_time() - started, peak() - before
texts = [mail.full_text.encode(), *(part.content for part in mail.attachments)]
print(extra, seconds, any(b"KEEP THIS" in text for text in texts))
"""


def repeated(unit: bytes) -> bytes:
    return unit * (SIZE // len(unit))


def encoded(encoding: bytes, unit: bytes, content_type: bytes = b"text/plain") -> bytes:
    fields = b"Content-Type: %b\r\nContent-Transfer-Encoding: %b\r\n\r\n"
    return HEAD + fields % (content_type, encoding) + repeated(unit)


def multipart(part: bytes) -> bytes:
    return HEAD + b"Content-Type: multipart/mixed; boundary=B\r\n\r\n" + repeated(part) + KEEP


def nested() -> bytes:
    opening = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(49)
    )
    return HEAD + opening + b"\r\n" + repeated(b"--b0x\r\n") + KEEP


def alternatives() -> bytes:
    parts = (b"--B\r\n\r\n" + b"a\n" * 11_000) * 990
    return HEAD + b"Content-Type: multipart/alternative; boundary=B\r\n\r\n" + parts + KEEP


BOMBS: dict[str, Callable[[], bytes]] = {
    "base64 of padding": lambda: encoded(b"base64", b"=A"),
    "base64 of junk": lambda: encoded(b"base64", b"A!"),
    "base64 of short lines": lambda: encoded(b"base64", b"A\n\na\n"),
    "quoted-printable of equals signs": lambda: encoded(b"quoted-printable", b"="),
    "quoted-printable of octets": lambda: encoded(b"quoted-printable", b"=00"),
    "uuencode that grows": lambda: encoded(b"x-uuencode", b"M\n") + KEEP,
    "uuencode": lambda: encoded(b"x-uuencode", b"M" + b"A" * 60 + b"\n"),
    "line feeds": lambda: encoded(b"8bit", b"\n") + KEEP,
    "carriage returns": lambda: encoded(b"8bit", b"\r") + KEEP,
    "one line": lambda: encoded(b"8bit", b"a") + KEEP,
    "quoted lines": lambda: encoded(b"8bit", b">\n") + KEEP,
    "controls": lambda: encoded(b"8bit", b"\1a") + KEEP,
    "characters of four octets": lambda: encoded(b"8bit", "\U0001f600".encode()) + KEEP,
    "shifts of ISO 2022": lambda: encoded(b"8bit", b"\x1b$B!!\xff") + KEEP,
    "flowed": lambda: encoded(b"8bit", b"a \n", b"text/plain; format=flowed") + KEEP,
    "flowed quotes": lambda: encoded(b"8bit", b">\n", b"text/plain; format=flowed") + KEEP,
    "tags": lambda: encoded(b"8bit", b"<a>", b"text/html") + KEEP,
    "fields": lambda: repeated(b"x:\n") + KEEP,
    "no fields": lambda: repeated(b"x\n") + b"From: a@b.kr\n\n" + KEEP,
    "folded lines": lambda: HEAD + b"X-A: a" + repeated(b"\r\n b") + b"\r\n\r\n" + KEEP,
    "boundaries that are none": nested,
    "many parts": lambda: multipart(b"--B\r\n\r\n" + b"a\n" * 10_000),
    "parts that end": lambda: multipart(b"--B--\r\n"),
    "parts with many fields": lambda: multipart(b"--B\r\n" + b"a:\n" * 7000 + b"\r\n"),
    "parts whose fields are none": lambda: multipart(b"--B\r\n" + b"a\n" * 10_500 + b"To: x\n\n"),
    "attached messages": lambda: multipart(
        b"--B\r\nContent-Type: message/rfc822\r\n\r\n" + b"a:\n" * 7000
    ),
    "alternatives": alternatives,
    "tables": lambda: multipart(b"--B\r\nContent-Type: text/html\r\n\r\n" + b"a\n" * 125_000),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_costs_little_and_nothing_of_it_is_lost(
    tmp_path: Path, bomb: Callable[[], bytes]
) -> None:
    content = bomb()
    file = tmp_path / "mail"
    file.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(file)], capture_output=True, text=True, check=True
    )
    extra, seconds, kept = done.stdout.split()
    assert int(extra) < MEMORY
    assert float(seconds) < SECONDS
    assert kept == str(KEEP in content)
