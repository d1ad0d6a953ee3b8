"""Messages of the usual kinds and sizes, as their senders' programs write them."""

import base64
import quopri
from collections.abc import Callable
from functools import cache

HEADER = b"""\
Return-Path: <jane.doe@customer.example>
Received: from mail-ed1-f54.provider.example (mail-ed1-f54.provider.example [192.0.2.54])
\tby mx.acme.example (Postfix) with ESMTPS id 4FQx2k1Zz9
\tfor <support@acme.example>; Fri, 20 Nov 2026 15:04:03 +0900 (KST)
Received: by mail-ed1-f54.provider.example with SMTP id q3so9876543edr.1
        for <support@acme.example>; Thu, 19 Nov 2026 22:04:02 -0800 (PST)
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=customer.example; s=20230601;
        h=to:subject:message-id:date:from:mime-version:from:to:cc:subject;
        bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;
        b=dGhpcyBpcyBubyBzaWduYXR1cmUgYnV0IGFzIGxvbmcgYXMgb25lIGlzIHVzdWFsbHkgYW5k
         IGdvZXMgb3ZlciBzZXZlcmFsIGxpbmVzIG9mIHRoZSBoZWFkZXIgc2VjdGlvbg==
Authentication-Results: mx.acme.example; dkim=pass header.d=customer.example;
        spf=pass smtp.mailfrom=customer.example; dmarc=pass header.from=customer.example
MIME-Version: 1.0
Date: Fri, 20 Nov 2026 15:04:01 +0900
Message-ID: <CAF8fQ3hT1c7m9Xb2ZrQk5n0@mail.provider.example>
In-Reply-To: <20261119.1001@acme.example>
References: <20261118.1000@acme.example> <20261119.1001@acme.example>
From: Jane Doe <jane.doe@customer.example>
To: Acme Support <support@acme.example>
Cc: "Kim, Minsu" <minsu.kim@customer.example>, ops@customer.example
""".replace(b"\n", b"\r\n")

ENGLISH = (
    "The payment page shows an error after the bank's window has closed, and the order stays",
    "open. We tried it with two cards and three browsers. Could you please look at order 20931?",
    "",
)
KOREAN = (
    "안녕하세요. 결제 창이 닫힌 뒤에 오류가 나고 주문이 미결제 상태로 남아 있습니다.",
    "카드 두 장과 브라우저 세 가지로 시도해 보았습니다. 주문 번호 20931 확인 부탁드립니다.",
    "",
)


def lines(kind: tuple[str, ...], octets: int, charset: str = "ascii") -> bytes:
    """About `octets` of body: paragraphs, then the history below a Gmail attribution."""
    paragraph = "\r\n".join(kind).encode(charset) + b"\r\n"
    own = max(octets // 2 // len(paragraph), 1)
    quoted = b"".join(b"> " + line + b"\r\n" for line in paragraph.splitlines())
    attribution = b"On Thu, Nov 19, 2026 at 6:12 PM Acme Support <support@acme.example> wrote:\r\n"
    history = quoted * max((octets - own * len(paragraph)) // len(quoted), 1)
    return paragraph * own + b"\r\n" + attribution + history


def page(octets: int) -> bytes:
    """About `octets` of HTML as Gmail writes an answer."""
    own = b'<div dir="ltr"><div>%s</div><div><br></div>' % " ".join(ENGLISH).encode()
    quote = b'<div>%s <a href="https://acme.example/o/1">order</a><br></div>' % ENGLISH[0].encode()
    start = own * max(octets // 2 // len(own), 1)
    middle = (
        b'<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Thu, Nov 19, 2026 at'
        b' 6:12 PM Acme Support &lt;<a href="mailto:support@acme.example">support@acme.example</a>'
        b'&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex">'
    )
    rest = max(octets - len(start) - len(middle), len(quote))
    return start + middle + quote * (rest // len(quote)) + b"</blockquote></div>\r\n"


def plain(octets: int) -> bytes:
    fields = b'Subject: Payment fails\r\nContent-Type: text/plain; charset="utf-8"\r\n\r\n'
    return HEADER + fields + lines(ENGLISH, octets - len(HEADER) - len(fields))


def korean(octets: int) -> bytes:
    """Raw EUC-KR in subject, name and body, as Korean programs of old write."""
    subject = base64.b64encode("결제 오류 문의드립니다".encode("cp949"))
    fields = (
        b"Subject: =?euc-kr?B?" + subject + b"?=\r\n"
        b'Content-Type: text/plain; charset="euc-kr"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'
    )
    return HEADER + fields + lines(KOREAN, octets - len(HEADER) - len(fields), "cp949")


def html(octets: int) -> bytes:
    fields = (
        b"Subject: Payment fails\r\nContent-Type: text/html; charset=UTF-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    room = octets - len(HEADER) - len(fields)
    return HEADER + fields + quopri.encodestring(page(int(room * 0.95)))


def multipart(octets: int) -> bytes:
    """Text and HTML, as Gmail sends everything."""
    boundary = b"000000000000a1b2c3d4e5f60718"
    fields = (
        b"Subject: Re: Payment fails\r\n"
        b'Content-Type: multipart/alternative; boundary="' + boundary + b'"\r\n\r\n'
    )
    room = octets - len(HEADER) - len(fields)
    return b"".join(
        [
            *(
                HEADER,
                fields,
                b"--",
                boundary,
                b'\r\nContent-Type: text/plain; charset="UTF-8"\r\n',
            ),
            *(b"\r\n", lines(ENGLISH, room // 3), b"\r\n--", boundary),
            b'\r\nContent-Type: text/html; charset="UTF-8"\r\n\r\n',
            *(page(room * 2 // 3), b"\r\n--", boundary, b"--\r\n"),
        ]
    )


@cache
def attachment(octets: int) -> bytes:
    """A short text and one base64 file that makes up the rest."""
    boundary = b"----=_Part_1001_2087654.1732082641"
    fields = (
        b"Subject: Screenshot\r\n"
        b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n'
    )
    head = b"".join(
        [
            *(HEADER, fields, b"--", boundary, b"\r\nContent-Type: text/plain; charset=utf-8\r\n"),
            *(b"\r\n", "\r\n".join(ENGLISH).encode(), b"\r\n--", boundary),
            b'\r\nContent-Type: image/png; name="screen.png"\r\n',
            b'Content-Disposition: attachment; filename="screen.png"\r\n',
            b"Content-Transfer-Encoding: base64\r\n\r\n",
        ]
    )
    data = bytes(range(256)) * (max(octets - len(head), 0) * 57 // 78 // 256)
    encoded = base64.encodebytes(data).replace(b"\n", b"\r\n")
    return b"".join([head, encoded, b"--", boundary, b"--\r\n"])


def bounce(octets: int) -> bytes:
    """A delivery status notification (RFC 3464) as Postfix writes it."""
    boundary = b"4FQx2k1Zz9.1732082641/mx.relay.example"
    head = b"".join(
        [
            b"Return-Path: <>\r\nReceived: by mx.relay.example (Postfix)\r\n",
            b"\tid 5C1A2; Fri, 20 Nov 2026 15:04:03 +0900 (KST)\r\n",
            b"Date: Fri, 20 Nov 2026 15:04:03 +0900 (KST)\r\n",
            b"From: MAILER-DAEMON@mx.relay.example (Mail Delivery System)\r\n",
            b"Subject: Undelivered Mail Returned to Sender\r\nTo: support@acme.example\r\n",
            b"Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n",
            b"Content-Type: multipart/report; report-type=delivery-status;\r\n",
            *(b'\tboundary="', boundary, b'"\r\nMessage-Id: <20261120060403.5C1A2@x.example>\r\n'),
            *(b"\r\nThis is a MIME-encapsulated message.\r\n\r\n--", boundary, b"\r\n"),
            b"Content-Description: Notification\r\nContent-Type: text/plain; charset=us-ascii\r\n",
            b"\r\nThis is the mail system at host mx.relay.example.\r\n\r\n",
            b"I'm sorry to have to inform you that your message could not\r\n",
            b"be delivered to one or more recipients. It's attached below.\r\n\r\n",
            b"<gone@customer.example>: host mail.customer.example[192.0.2.7] said: 550 5.1.1\r\n",
            *(b"    User unknown (in reply to RCPT TO command)\r\n\r\n--", boundary, b"\r\n"),
            b"Content-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n",
            b"\r\nReporting-MTA: dns; mx.relay.example\r\nX-Postfix-Queue-ID: 5C1A2\r\n",
            b"Arrival-Date: Fri, 20 Nov 2026 15:04:02 +0900 (KST)\r\n\r\n",
            b"Final-Recipient: rfc822; gone@customer.example\r\nAction: failed\r\n",
            b"Status: 5.1.1\r\nRemote-MTA: dns; mail.customer.example\r\n",
            b"Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n--",
            *(boundary, b"\r\nContent-Description: Undelivered Message\r\n"),
            b"Content-Type: message/rfc822\r\n\r\n",
        ]
    )
    tail = b"\r\n--" + boundary + b"--\r\n"
    return head + plain(max(octets - len(head) - len(tail), 2_000)) + tail


_KB, _MB = 1024, 1024 * 1024
MESSAGES: dict[str, Callable[[], bytes]] = {
    "plain 2 KB": lambda: plain(2 * _KB),
    "plain 20 KB": lambda: plain(20 * _KB),
    "plain 1 MB": lambda: plain(_MB),
    "korean 2 KB": lambda: korean(2 * _KB),
    "korean 20 KB": lambda: korean(20 * _KB),
    "html 6 KB": lambda: html(6 * _KB),
    "html 20 KB": lambda: html(20 * _KB),
    "multipart 6 KB": lambda: multipart(6 * _KB),
    "multipart 20 KB": lambda: multipart(20 * _KB),
    "attachment 20 KB": lambda: attachment(20 * _KB),
    "attachment 1 MB": lambda: attachment(_MB),
    "attachment 25 MB": lambda: attachment(25 * _MB),
    "bounce 5 KB": lambda: bounce(5 * _KB),
    "bounce 20 KB": lambda: bounce(20 * _KB),
}
"""Name to message; the size is about that of the whole."""
