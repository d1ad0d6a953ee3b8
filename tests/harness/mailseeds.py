"""Small mails of every kind, to begin from: for properties, and for the fuzzer."""

import base64
import binascii

_HEAD = b"From: Hong <hong@example.kr>\r\nTo: help@acme.example\r\nMessage-ID: <1@example.kr>\r\n"
_MIME = b"MIME-Version: 1.0\r\n"


def _mail(*lines: bytes) -> bytes:
    return _HEAD + b"\r\n".join(lines) + b"\r\n"


def _multipart(subtype: bytes, *parts: bytes, boundary: bytes = b"B") -> bytes:
    body = b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts)
    content_type = b'Content-Type: multipart/%b; boundary="%b"\r\n\r\n' % (subtype, boundary)
    return content_type + body + b"--%b--\r\n" % boundary


def _whole(subject: bytes, entity: bytes) -> bytes:
    return _HEAD + b"Subject: " + subject + b"\r\n" + _MIME + entity


_TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
_KOREAN = "안녕하세요.\r\n주문이 아직 안 왔습니다.\r\n\r\n감사합니다.\r\n"
_PDF = (
    b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment;\r\n filename*0*=euc-kr''%B0%DF%C0%FB;"
    b"\r\n filename*1*=%BC%AD.pdf\r\n\r\n" + base64.b64encode(b"%PDF-1.4\n" * 20)
)
_HTML_REPLY = (
    b'Content-Type: text/html; charset=utf-8\r\n\r\n<div dir="ltr">It works <b>now</b>.</div>'
    b'<div class="gmail_quote"><div class="gmail_attr">On Mon, Jan 5, 2026 at 9:00 Alice '
    b'&lt;help@acme.example&gt; wrote:<br></div><blockquote class="gmail_quote"><p>Does it?</p>'
    b'<img src="cid:i1@x"></blockquote></div>'
)
_IMAGE = (
    b"Content-Type: image/png\r\nContent-ID: <i1@x>\r\nContent-Disposition: inline\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo="
)
_DSN = (
    b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
    b"Final-Recipient: rfc822; who@example.kr\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    b"Diagnostic-Code: smtp; 550 5.1.1 unknown"
)
_RETURNED = (
    b"Content-Type: message/rfc822\r\n\r\nFrom: help@acme.example\r\nMessage-ID: <o@x>\r\n\r\nx"
)
_ICS = (
    b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\n"
    b"METHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR"
)
_UU = b"begin 644 a.txt\r\n" + binascii.b2a_uu(b"hello") + b"`\r\nend"
_TNEF = b"\x78\x9f\x3e\x22\x01\x00" + b"\x02\x90\x06\x00\x02\x00\x00\x00AB\x83\x00" * 3
_TNEF_PART = (
    b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64"
    b"\r\n\r\n" + base64.b64encode(_TNEF)
)
_OUTLOOK = (
    "확인했습니다.\r\n\r\n-----원본 메시지-----\r\n보낸 사람: Alice <help@acme.example>\r\n"
    "보낸 날짜: 2026년 1월 5일 월요일 오전 9:00\r\n받는 사람: Hong <hong@example.kr>\r\n"
    "제목: 주문\r\n\r\n무엇을 도와 드릴까요?\r\n"
)
_FORWARD = (
    b"see below\r\n\r\n---------- Forwarded message ---------\r\nFrom: Kim <kim@example.kr>\r\n"
    b"Date: Mon, Jan 5, 2026 at 9:00 AM\r\nSubject: order\r\nTo: <hong@example.kr>\r\n\r\nhello"
)

SEEDS: dict[str, bytes] = {
    "plain": _mail(b"Subject: hello", b"", b"it does not work", b"-- ", b"Hong"),
    "korean cp949": _whole(
        b"=?ks_c_5601-1987?B?" + base64.b64encode("주문 문의".encode("cp949")) + b"?=",
        b"Content-Type: text/plain; charset=euc-kr\r\n\r\n" + _KOREAN.encode("cp949"),
    ),
    "korean iso-2022-kr": _whole(
        b"x",
        b"Content-Type: text/plain; charset=iso-2022-kr\r\n\r\n" + _KOREAN.encode("iso2022_kr"),
    ),
    "japanese": _whole(
        b"=?ISO-2022-JP?B?GyRCRnxLXDhsGyhC?=",
        b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
        + "日本語です".encode("iso2022_jp"),
    ),
    "raw header": _mail(b"Subject: " + "견적".encode("cp949"), b"", "견적입니다".encode("cp949")),
    "quoted-printable": _whole(
        b"=?utf-8?q?=EA=B2=AC?= =?utf-8?q?=EC=A0=81?=",
        b"Content-Transfer-Encoding: quoted-printable\r\n" + _TEXT + b"=EC=95=88=\r\n=EB=85=95",
    ),
    "flowed": _whole(
        b"x", b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n> a \r\n> b\r\n c \r\nd"
    ),
    "alternative reply": _whole(
        b"Re: x",
        _multipart(b"alternative", _TEXT + b"It works now.\r\n\r\n> Does it?", _HTML_REPLY),
    ),
    "related": _whole(b"x", _multipart(b"related", _HTML_REPLY, _IMAGE)),
    "attachment": _whole(b"x", _multipart(b"mixed", _TEXT + _KOREAN.encode(), _PDF)),
    "bounce": _whole(
        b"Undelivered",
        _multipart(b"report; report-type=delivery-status", _TEXT + b"failed", _DSN, _RETURNED),
    ),
    "calendar": _whole(b"x", _multipart(b"alternative", _TEXT + b"x", _ICS)),
    "uuencode": _mail(b"Subject: x", b"", b"hi", _UU, b"bye"),
    "tnef": _whole(b"x", _multipart(b"mixed", _TEXT + b"x", _TNEF_PART)),
    "outlook reply": _whole(b"Re: x", _TEXT + _OUTLOOK.encode()),
    "forward": _whole(b"Fwd: order", _TEXT + _FORWARD),
    "attached mail": _whole(b"Fwd: x", _multipart(b"mixed", _TEXT + b"see", _RETURNED)),
    "vacation": _HEAD
    + b"Subject: Automatic reply: x\r\nAuto-Submitted: auto-replied\r\n\r\naway\r\n",
    "list": _HEAD + b"List-Id: x <a.b>\r\nPrecedence: bulk\r\nSubject: news\r\n\r\nnews\r\n",
    "signed": _whole(
        b"x",
        _multipart(
            b"signed; protocol=application/pgp-signature",
            _TEXT + b"signed",
            b"Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----",
        ),
    ),
    "results": b"Authentication-Results: mx.x; dmarc=pass (p=none) header.from=b.kr\r\n"
    b"Received: from a by b; Mon, 5 Jan 2026 09:00:00 +0900 (KST)\r\n" + _mail(b"", b"x"),
    "mac line ends": _mail(b"Subject: x", b"", b"one", b"two").replace(b"\r\n", b"\r"),
}
