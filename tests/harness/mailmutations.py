"""A mail changed as broken relays, bad programs and people with bad intentions change one."""

import re
from collections.abc import Callable
from random import Random

_BOUNDARY = re.compile(rb'boundary="?([^"\s;]+)', re.IGNORECASE)
_CHARSETS = (
    b"utf-8 euc-kr ks_c_5601-1987 cp949 iso-2022-kr iso-2022-jp shift_jis gb2312 big5 utf-7 utf-16 "
    b"hz koi8-r windows-1252 us-ascii x-unknown hex punycode idna unicode_escape undefined"
).split()
_ENCODINGS = b"7bit 8bit binary base64 quoted-printable x-uuencode nonsense".split()
_TYPES = (
    b"text/plain text/html multipart/mixed multipart/alternative multipart/related "
    b"multipart/report multipart/signed message/rfc822 message/delivery-status text/calendar "
    b"application/ms-tnef application/octet-stream message/partial text/rfc822-headers"
).split()
_FIELDS = (
    b"From: a@b.kr, c@d.kr",
    b"From: =?euc-kr?B?x8W9w8DM?= <hong@example.kr>",
    b"Subject: =?utf-8?B?7ZWc?= =?utf-8?q?=EA=B8?=",
    b"Content-Type: text/plain; charset*0=utf; charset*1=-8; name*=euc-kr''%B0%A1",
    b"Content-Disposition: attachment; filename*0*=utf-8''%ED; filename*1*=%95%9C.txt",
    b"Auto-Submitted: auto-replied (vacation)",
    b"List-Id: x <a.b>",
    b"X-Failed-Recipients: who@example.kr",
    b"References: <a@b>\r\n\t<c@d> =?utf-8?q?=3Ce=40f=3E?=",
    b"Date: Thu, 31 Feb 2026 24:00:60 +2500",
)
_LINES = (
    b"",
    b"--",
    b"-- ",
    b"> ",
    b"----- Original Message -----",
    b"-----\xec\x9b\x90\xeb\xb3\xb8 \xeb\xa9\x94\xec\x8b\x9c\xec\xa7\x80-----",
    b"On Mon, Jan 5, 2026 at 9:00 AM Hong <hong@example.kr> wrote:",
    b"begin 644 a.txt",
    b"end",
    b"##- x -##",
    b"Final-Recipient: rfc822; who@example.kr",
    b"<blockquote type=cite>",
    b"</div></table>",
    b"\x1b$)C\x0e0!\x0f",
    b"\0",
)

_LABELS: tuple[tuple[bytes, list[bytes]], ...] = (
    (rb'(?i)(charset="?)[^"\s;]+', _CHARSETS),
    (rb"(?i)(Content-Transfer-Encoding: *)[^\s;]+", _ENCODINGS),
    (rb"(?i)(Content-Type: *)[^\s;]+", _TYPES),
    (rb"(=\?)[^?\s]+(?=\?[bBqQ]\?)", _CHARSETS),
)


def mutated(content: bytes, random: Random, *, most: int = 4) -> bytes:
    """The mail after one to `most` changes."""
    for _ in range(random.randint(1, most)):
        content = random.choice(_CHANGES)(content, random)
    return content


def _slice(content: bytes, random: Random) -> tuple[int, int]:
    start = random.randint(0, len(content))
    return start, min(len(content), start + random.choice([1, 2, 8, 64, 500, 4000]))


def _flipped(content: bytes, random: Random) -> bytes:
    if not content:
        return content
    at = random.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << random.randrange(8)]) + content[at + 1 :]


def _cut(content: bytes, random: Random) -> bytes:
    return content[: random.randint(0, len(content))]


def _without(content: bytes, random: Random) -> bytes:
    start, end = _slice(content, random)
    return content[:start] + content[end:]


def _twice(content: bytes, random: Random) -> bytes:
    start, end = _slice(content, random)
    times = random.choice([1, 1, 2, 20])
    return content[:end] + content[start:end] * times + content[end:]


def _moved(content: bytes, random: Random) -> bytes:
    start, end = _slice(content, random)
    rest = content[:start] + content[end:]
    at = random.randint(0, len(rest))
    return rest[:at] + content[start:end] + rest[at:]


def _with_line(content: bytes, random: Random) -> bytes:
    lines = content.split(b"\n")
    lines.insert(random.randint(0, len(lines)), random.choice(_LINES + _FIELDS) + b"\r")
    return b"\n".join(lines)


def _lines_swapped(content: bytes, random: Random) -> bytes:
    lines = content.split(b"\n")
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _with_field(content: bytes, random: Random) -> bytes:
    return random.choice(_FIELDS) + b"\r\n" + content


def _relabelled(content: bytes, random: Random) -> bytes:
    pattern, values = random.choice(_LABELS)
    found = list(re.finditer(pattern, content))
    if not found:
        return content
    one = random.choice(found)
    return content[: one.end(1)] + random.choice(values) + content[one.end() :]


def _boundaries_swapped(content: bytes, random: Random) -> bytes:
    boundaries: list[bytes] = list(dict.fromkeys(_BOUNDARY.findall(content)))
    if not boundaries:
        return content
    one = random.choice(boundaries)
    other: bytes = random.choice([*boundaries, one[:-1], one + b"x", b"--" + one])
    at = content.rfind(one) if random.random() < 0.5 else content.find(one)
    return content[:at] + other + content[at + len(one) :]


def _other_line_ends(content: bytes, random: Random) -> bytes:
    unix = content.replace(b"\r\n", b"\n")
    return unix.replace(b"\n", random.choice([b"\n", b"\r", b"\r\r\n", b"\n\n", b"\r\n\r\n"]))


def _wrapped(content: bytes, random: Random) -> bytes:
    """Attached to another mail, as forwarding programs do."""
    head = b"From: x@y.kr\r\nSubject: Fwd: x\r\nContent-Type: "
    if random.random() < 0.5:
        return head + b"message/rfc822\r\n\r\n" + content
    return (
        head
        + b"multipart/mixed; boundary=W\r\n\r\n--W\r\n\r\nhi\r\n--W\r\n"
        + b"Content-Type: message/rfc822\r\n\r\n"
        + content
        + b"\r\n--W--\r\n"
    )


_CHANGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    _flipped,
    _cut,
    _without,
    _twice,
    _moved,
    _with_line,
    _lines_swapped,
    _with_field,
    _relabelled,
    _boundaries_swapped,
    _other_line_ends,
    _wrapped,
)
