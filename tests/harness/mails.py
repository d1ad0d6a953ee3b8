"""Mails as real clients write them, byte by byte: no library makes them nicer than they are."""

import base64
import quopri
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from email.header import Header

from tests.harness.mailbox import Mail

MARKER = re.compile(r"ref:mg\.[a-z2-7]{24}:ref")
"""The line in the body of each mail of ours that names its ticket."""
INVOICE = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + bytes(range(256)) * 8 + b"\n%%EOF\n"


def png(red: int, green: int, blue: int) -> bytes:
    """A picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(bytes([0, red, green, blue]))
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", pixel),
            chunk(b"IEND", b""),
        ]
    )


PICTURE = png(200, 30, 30)


def lines(*texts: str | bytes) -> bytes:
    """Joins lines with CRLF, as they stand on the wire."""
    return b"".join(
        (text.encode("ascii") if isinstance(text, str) else text) + b"\r\n" for text in texts
    )


def in_base64(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n").rstrip(b"\r\n")


def korean_header(text: str) -> str:
    """As Korean clients of the EUC-KR days write it: `=?euc-kr?B?...?=`."""
    encoded = base64.b64encode(text.encode("euc-kr")).decode("ascii")
    return f"=?euc-kr?B?{encoded}?="


@dataclass(frozen=True, slots=True)
class Writing:
    """How a Korean client writes: `charset` is what stands behind the content type of a text."""

    charset: str
    header: Callable[[str], bytes]

    def text(self, subtype: str) -> str:
        return f"Content-Type: text/{subtype}{self.charset}"


EUC_KR = Writing('; charset="euc-kr"', lambda text: korean_header(text).encode("ascii"))
UNDECLARED = Writing("", lambda text: text.encode("euc-kr"))
"""A script of 2003: raw octets everywhere, and not a word of what they are."""


def korean_plain(*, message_id: str, to: str = "support@acme.example") -> bytes:
    """A Korean customer's plain text in EUC-KR, sent as 8bit: no encoding hides the bytes."""
    return lines(
        f"From: {korean_header('홍길동')} <hong@customer.example>",
        f"To: {to}",
        f"Subject: {korean_header('주문한 상품이 안 왔어요')}",
        f"Message-ID: <{message_id}>",
        "Date: Mon, 05 Jan 2026 18:00:00 +0900",
        "MIME-Version: 1.0",
        'Content-Type: text/plain; charset="euc-kr"',
        "Content-Transfer-Encoding: 8bit",
        "X-Mailer: Microsoft Outlook Express 6.00.2900.5931",
        "",
        "안녕하세요, 지난주에 주문한 상품이 아직 도착하지 않았습니다.".encode("euc-kr"),
        "주문 번호는 4711 입니다.".encode("euc-kr"),
    )


def korean_rich(
    *, message_id: str, to: str = "support@acme.example", as_: Writing = EUC_KR
) -> bytes:
    """The same customer with everything at once: EUC-KR text and HTML as 8bit, a picture in the
    HTML, a PDF with a Korean name. mixed(related(alternative(plain, html), png), pdf)."""
    invoice = as_.header("영수증.pdf")
    plain = "안녕하세요, 상품이 깨져서 왔습니다. 사진과 영수증을 보냅니다.".encode("euc-kr")
    html = (
        "<html><body><p>안녕하세요, <b>상품이 깨져서</b> 왔습니다. 사진과 영수증을 보냅니다.</p>"
        '<p><img src="cid:broken@customer.example" alt="broken"></p>'
        "<script>alert('x')</script></body></html>"
    ).encode("euc-kr")
    return lines(
        b"From: " + as_.header("홍길동") + b" <hong@customer.example>",
        f"To: {to}",
        b"Subject: " + as_.header("깨진 상품 교환 요청"),
        f"Message-ID: <{message_id}>",
        "Date: Mon, 05 Jan 2026 18:00:00 +0900",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="mixed"',
        "",
        "--mixed",
        'Content-Type: multipart/related; boundary="related"',
        "",
        "--related",
        'Content-Type: multipart/alternative; boundary="alternative"',
        "",
        "--alternative",
        as_.text("plain"),
        "Content-Transfer-Encoding: 8bit",
        "",
        plain,
        "",
        "--alternative",
        as_.text("html"),
        "Content-Transfer-Encoding: 8bit",
        "",
        html,
        "",
        "--alternative--",
        "--related",
        'Content-Type: image/png; name="broken.png"',
        "Content-Transfer-Encoding: base64",
        "Content-ID: <broken@customer.example>",
        'Content-Disposition: inline; filename="broken.png"',
        "",
        in_base64(PICTURE),
        "--related--",
        "--mixed",
        b'Content-Type: application/pdf; name="' + invoice + b'"',
        "Content-Transfer-Encoding: base64",
        b'Content-Disposition: attachment; filename="' + invoice + b'"',
        "",
        in_base64(INVOICE),
        "--mixed--",
    )


@dataclass(frozen=True, slots=True)
class AgentMailbox:
    """What a client writes into every mail of an agent, and no customer may ever see."""

    address: str
    name: str
    host: str
    ip: str


ALICE = AgentMailbox("alice@acme.example", "Alice Kim", "desk7.acme.example", "10.20.30.40")


def outlook_reply(
    notification: Mail, agent: AgentMailbox, answer: list[str], *, message_id: str
) -> bytes:
    """How Outlook answers `notification`: HTML and plain text, the answer on top, under it a
    header block and the whole notification; addressed to its Reply-To."""
    quoted_text = notification.text()
    block = [
        f"From: {notification['From']}",
        "Sent: Monday, January 5, 2026 6:01 PM",
        f"To: {agent.name} <{agent.address}>",
        f"Subject: {notification['Subject']}",
    ]
    plain = "\n".join([*answer, "", agent.name, "", "_" * 32, *block, "", quoted_text])
    paragraphs = "".join(f'<p class="MsoNormal">{_escaped(line)}</p>' for line in answer)
    fields = "<br>".join(
        f"<b>{_escaped(line.partition(':')[0])}:</b>{_escaped(line.partition(':')[2])}"
        for line in block
    )
    quoted = "".join(
        f'<p class="MsoNormal">{_escaped(line)}</p>' for line in quoted_text.splitlines()
    )
    html = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><body lang="EN-US">'
        f'<div class="WordSection1">{paragraphs}<p class="MsoNormal">&nbsp;</p>'
        f'<p class="MsoNormal">{_escaped(agent.name)}</p>'
        '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in">'
        f'<p class="MsoNormal">{fields}</p></div></div>{quoted}</div></body></html>'
    )
    subject = Header(f"RE: {notification['Subject']}", "utf-8", header_name="Subject").encode(
        linesep="\r\n"
    )
    return lines(
        f"Received: from {agent.host} ({agent.host} [{agent.ip}])",
        "\tby exchange.acme.example with ESMTPS; Mon, 5 Jan 2026 10:05:00 +0000",
        f'From: "{agent.name}" <{agent.address}>',
        f"To: {notification['Reply-To']}",
        f"Subject: {subject}",
        "Thread-Topic: broken goods",
        "Thread-Index: AQHaP6Zq0rNfDk1fEUyJ0Q==",
        "Date: Mon, 5 Jan 2026 10:05:00 +0000",
        f"Message-ID: <{message_id}>",
        f"References: {notification['Message-ID']}",
        f"In-Reply-To: {notification['Message-ID']}",
        "Accept-Language: en-US",
        f"X-Originating-IP: [{agent.ip}]",
        f"X-MS-Exchange-Organization-AuthSource: {agent.host}",
        "User-Agent: Microsoft-MacOutlook/16.80.24",
        "MIME-Version: 1.0",
        'Content-Type: multipart/alternative; boundary="_000_outlook_"',
        "",
        "--_000_outlook_",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: base64",
        "",
        in_base64(plain.replace("\n", "\r\n").encode()),
        "",
        "--_000_outlook_",
        'Content-Type: text/html; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "",
        quopri.encodestring(html.encode()).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
        "",
        "--_000_outlook_--",
    )


def customer_reply(answer: Mail, text: str, *, message_id: str, as_: Writing = EUC_KR) -> bytes:
    """How the Korean customer answers `answer`: EUC-KR, 8bit, the answer quoted below."""
    quoted = "\n".join(f"> {line}" for line in answer.text().splitlines())
    body = f"{text}\n\n-----Original Message-----\n{quoted}\n"
    subject = f"답장: {answer['Subject']}"
    return lines(
        b"From: " + as_.header("홍길동") + b" <hong@customer.example>",
        f"To: {answer['Reply-To'] if answer.has('Reply-To') else answer['From']}",
        b"Subject: " + as_.header(subject),
        f"Message-ID: <{message_id}>",
        f"In-Reply-To: {answer['Message-ID']}",
        f"References: {' '.join(answer['References'].split())} {answer['Message-ID']}",
        "Date: Mon, 05 Jan 2026 20:00:00 +0900",
        "MIME-Version: 1.0",
        as_.text("plain"),
        "Content-Transfer-Encoding: 8bit",
        "",
        *(line.encode("euc-kr", "replace") for line in body.splitlines()),
    )


def simple(
    *,
    sender: str,
    subject: str,
    text: str,
    message_id: str,
    to: str = "support@acme.example",
    more: tuple[str, ...] = (),
) -> bytes:
    """A plain ASCII mail."""
    return lines(
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        f"Message-ID: <{message_id}>",
        "Date: Mon, 05 Jan 2026 09:00:00 +0000",
        *more,
        "",
        *text.splitlines(),
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
