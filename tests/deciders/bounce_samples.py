"""Bounces as mail systems write them, made for the tests: who sent them, and what they hold."""

from dataclasses import dataclass

OURS = "ours@acme.kr"

RETURNED = f"""Return-Path: <help@acme.kr>
Received: from acme.kr (acme.kr [192.0.2.1]) by mx.example; Mon, 1 Jun 2026 10:00:00 +0900
From: help@acme.kr
To: somebody.else@x.kr
Message-ID: <{OURS}>
Subject: invoice

hello
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """`expected`: what is told of each recipient: address, action, status."""

    sender: str
    subject: str
    text: str
    expected: tuple[tuple[str, str, str], ...]
    fields: str = ""
    returned: bool = False
    html: bool = False

    @property
    def content(self) -> bytes:
        kind = "html" if self.html else "plain"
        head = (
            f"From: {self.sender}\nTo: help@acme.kr\nSubject: {self.subject}\n{self.fields}"
            f"Date: Mon, 1 Jun 2026 10:00:00 +0900\nMessage-ID: <bounce@mx.example>\n"
            f"MIME-Version: 1.0\nContent-Type: text/{kind}; charset=utf-8\n\n"
        )
        return (head + self.text + (RETURNED if self.returned else "")).encode()


def failed(address: str, status: str = "5.0.0") -> tuple[tuple[str, str, str], ...]:
    return ((address, "failed", status),)


def report(groups: str, returned: str = f"Message-ID: <{OURS}>\n") -> bytes:
    """A report of RFC 3464 as Postfix sends it, with these fields of its recipients."""
    return f"""From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: help@acme.kr
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B
Content-Type: text/plain

This is the mail system at host mx.example.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

{groups}
--B
Content-Type: text/rfc822-headers

{returned}
--B--
""".encode()
