"""Rows 34 to 64: charsets, controls, senders, ids, dates, file names and reports."""

import base64

from mailgate.mail.digest import content_digest
from mailgate.mail.parsed import MailKind
from mailgate.threading.tag import tags_in
from tests.deciders.hostile_rows import (
    HEAD,
    KEEP,
    NOBODY,
    Check,
    Row,
    entity,
    has_defect,
    header,
    holds,
    keeps,
    multipart,
    says,
)


def value(number: int, title: str, content: bytes, *checks: Check) -> Row:
    """A small mail: no more than a moment."""
    return Row(number, title, lambda: content, checks, 0.2, 50)


def sender(title: str, fields: bytes, *checks: Check) -> Row:
    """Row 40: whoever it says it is from, the ticket is made and nobody is believed."""
    return value(40, title, fields + b"Subject: s\r\n\r\n" + KEEP, NOBODY, keeps(), *checks)


def labelled(label: bytes) -> Row:
    mail = entity(b'Content-Type: text/plain; charset="%b"' % label, "문의".encode())
    return value(34, f"charset {label.decode()!r}", mail, says(text="문의"))


def subject(number: int, title: str, written: bytes, shown: str) -> Row:
    return value(number, title, header(b"Subject: " + written), says(subject=shown), keeps())


def tagged(written: str, *tickets: int) -> Row:
    title = f"the tickets in {written!r}"
    return value(
        56,
        title,
        header(b"Subject: " + written.encode()),
        holds(f"{tickets}", lambda r: tags_in(r.mail.subject, "") == tickets),
    )


def message_id(title: str, line: bytes, shown: str | None) -> Row:
    checks = (says(message_id=shown), keeps())
    missing = has_defect("no message id")
    return value(51, title, header(line), *checks, *(() if shown else (missing,)))


def date(written: bytes) -> Row:
    line = header(b"Date: " + written)
    return value(57, f"a date that can't be: {written.decode()}", line, says(date=None), keeps())


def automatic(title: str, line: bytes) -> Row:
    """Row 58: a machine wrote it, and says so: no answer goes out."""
    return value(
        58, title, header(line), holds("a machine wrote it", lambda r: bool(r.mail.automated))
    )


def kind(number: int, title: str, content: bytes, expected: MailKind, *checks: Check) -> Row:
    return value(number, title, content, says(kind=expected), *checks)


def file_name(title: str, written: bytes, shown: str) -> Row:
    fields = b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename"
    return value(
        64,
        title,
        entity(fields + written, b"x"),
        holds(f"{shown!r}", lambda r: [a.filename for a in r.mail.attachments] == [shown]),
    )


def report(kind_of_report: bytes, *parts: bytes) -> bytes:
    body = b"".join(b"--B\r\n" + part + b"\r\n" for part in parts) + b"--B--\r\n"
    content_type = b"Content-Type: multipart/report; report-type=%b; boundary=B" % kind_of_report
    return b"From: MAILER-DAEMON@mx.example\r\n" + content_type + b"\r\n\r\n" + body


def status(recipients: bytes) -> bytes:
    part = b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
    return part + recipients


def attached(content_type: bytes) -> Row:
    octets = bytes(range(256))
    part = b"--B\r\nContent-Type: %b\r\nContent-Transfer-Encoding: base64\r\n\r\n%b\r\n--B--\r\n"
    return value(
        63,
        f"{content_type.decode()} of nonsense",
        multipart(part % (content_type, base64.encodebytes(octets))),
        holds("it is kept", lambda r: any(a.content == octets for a in r.mail.attachments)),
    )


TWO = (
    b"Final-Recipient: rfc822; a@x.kr\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
    b"Final-Recipient: rfc822; b@x.kr\r\nAction: failed\r\nStatus: 5.2.2"
)
LATE = b"Final-Recipient: rfc822; a@x.kr\r\nAction: delayed\r\nStatus: 4.4.1"
BROKEN = b"Final-Recipient rfc822 a@x.kr\r\nAction\r\n\r\n\r\nStatus: 9.9.9.9\r\n\x00\xff"
KOREAN = "Content-Type: text/plain; charset=utf-8\r\n\r\n메일을 배달하지 못했습니다.".encode()
ABUSE = (
    b"Content-Type: message/feedback-report\r\n\r\n"
    b"Feedback-Type: abuse\r\nVersion: 1\r\nOriginal-Rcpt-To: a@x.kr"
)
SIGNATURE = b"multipart/signed; protocol=application/%b; boundary=B"
EXECUTABLE = b"MZ\x90\0" + bytes(60)

ROWS = (
    *(
        labelled(label)
        for label in (
            *(b"x-nope", b"hex", b"zlib", b"undefined", b"idna", b"a\0b", b"rot13", b"bz2"),
            *(b"punycode", b"unicode_escape", b"raw_unicode_escape", b"mbcs", b"string-escape"),
            *(b"", b"utf-8; utf-8", b"=?utf-8?q?utf-8?=", b"../../x", b"u" * 5000),
        )
    ),
    value(
        35,
        "UTF-7 is cleaned after it was decoded",
        entity(b"Content-Type: text/html; charset=utf-7", b"+ADw-script+AD4-x+ADw-/script+AD4-ok"),
        holds("no script", lambda r: "<script" not in (r.mail.html or "")),
        keeps(b"ok"),
    ),
    value(
        36,
        "raw octets in the header",
        header(b"Subject: \xff\xfe \xed\xa0\x80\r\nX-\xff: y"),
        holds("there is a subject", lambda r: bool(r.mail.subject)),
        keeps(),
    ),
    value(
        37,
        "NUL",
        b"From: a@b.kr\r\nSubject: a\0b\r\n\r\nbody\0" + KEEP,
        says(subject="a\ufffdb", full_text="body\ufffdKEEP THIS"),
    ),
    subject(38, "an encoded line break", b"=?utf-8?q?a=0d=0aBcc:_x@y?=", "a Bcc: x@y"),
    subject(38, "an encoded NEL", b"=?utf-8?q?a=C2=85Bcc:_x@y?=", "a Bcc: x@y"),
    subject(38, "an encoded line separator", b"=?utf-8?b?YeKAqEJjYzogeA==?=", "a Bcc: x"),
    subject(39, "marks that turn and hide text", "a\u202eb\u200bc \x1b[31md".encode(), "abc [31md"),
    sender(
        "two From fields", b"From: a@b.kr\r\nFrom: c@d.kr\r\n", has_defect("several From fields")
    ),
    sender("a From with two addresses", b"From: a@b.kr, c@d.kr\r\n"),
    sender("a From that is a group", b"From: Team: a@b.kr, c@d.kr;\r\n"),
    sender("a From that is an empty group", b"From: undisclosed:;\r\n"),
    sender("no From", b"", has_defect("no From field")),
    sender("an empty From", b"From:\r\n"),
    sender("a From cut off", b"From: a@\r\n"),
    sender("an address in two forms", b"From: a@b.com <x@y.com>\r\n"),
    sender("an address in a comment", b"From: a@b.com (x) c@d.com\r\n"),
    sender("an address after a bracket", b"From: alice@example.org]bob@evil.kr\r\n"),
    sender("an address after a parenthesis", b"From: alice@example.org)bob@evil.kr\r\n"),
    value(
        41,
        "an address as a name",
        b"From: a@b.com <x@y.com>\r\n\r\n" + KEEP,
        NOBODY,
        keeps(),
    ),
    value(
        42,
        "a name that is an agent's address",
        b'From: "agent@ours.kr" <evil@x.kr>\r\n\r\n' + KEEP,
        has_defect("display name holds an address"),
        holds("shown as evil", lambda r: str(r.mail.from_claimed).endswith("<evil@x.kr>")),
    ),
    Row(
        50,
        "64 KB of parentheses in Authentication-Results",
        lambda: header(b"Authentication-Results: " + b"(" * 65_000 + b" dmarc=pass"),
        (keeps(), says(authentication_results=())),
        0.2,
        50,
    ),
    Row(
        50,
        "a method after 64 KB of comments",
        lambda: header(b"Authentication-Results: x; " + b"(a)" * 30_000 + b" dmarc=pass"),
        (keeps(),),
        0.2,
        50,
    ),
    Row(
        50,
        "500 Authentication-Results",
        lambda: header(b"\r\n".join([b"Authentication-Results: x; spf=pass" + b" a=b" * 30] * 500)),
        (keeps(),),
        0.2,
        50,
    ),
    message_id("an empty Message-ID", b"Message-ID: <>", None),
    message_id("an angle alone as Message-ID", b"Message-ID: <", None),
    message_id("a bracket as Message-ID", b"Message-ID: [", None),
    message_id("a NUL in the Message-ID", b"Message-ID: <a\0b@c>", None),
    message_id("a Message-ID of 4 KB", b"Message-ID: <" + b"a" * 4096 + b"@b>", None),
    message_id("no Message-ID", b"X-Other: y", None),
    message_id("two Message-IDs", b"Message-ID: <a@b>\r\nMessage-ID: <c@d>", "a@b"),
    message_id("a Message-ID without angles", b"Message-ID: a@b", "a@b"),
    message_id(
        "an Exchange id in brackets",
        b"Message-ID: <[a]@b.exchangelabs.com>",
        "[a]@b.exchangelabs.com",
    ),
    value(
        52,
        "the same Message-ID over another text",
        HEAD + b"\r\nother",
        holds(
            "another digest",
            lambda r: content_digest(HEAD + b"\r\none") != content_digest(r.content),
        ),
    ),
    value(
        53,
        "the same mail by another way",
        b"Received: from a by b\r\n" + HEAD + b"\r\none",
        holds(
            "the same digest",
            lambda r: content_digest(HEAD + b"\r\none") == content_digest(r.content),
        ),
    ),
    tagged("[#12] [#13]", 12, 13),
    tagged("[#99999999999999999999]"),
    tagged("[#０１２]"),
    tagged("[#012]"),
    tagged("[#12\r\n]"),
    tagged("[#-1] [#1.5] [#0x1] [# 1]"),
    date(b"Mon, 1 Jan 99999 00:00:00 +0000"),
    date(b"Mon, 1 Jan 2026 25:99:00 +0000"),
    date(b"Mon, 1 Jan 2026 00:00:00 +2599"),
    date(b"32 Jan 2026 00:00:00 +0000"),
    date(b"tomorrow"),
    date(b""),
    date(b"9" * 5000),
    automatic("an automatic reply", b"Auto-Submitted: auto-replied"),
    automatic("an automatic reply with a comment", b"Auto-Submitted: (x) auto-replied (vacation)"),
    automatic("bulk", b"Precedence: bulk"),
    automatic("a list", b"List-Id: <a.b>"),
    automatic("an autoreply of old", b"X-Autoreply: yes"),
    value(
        58,
        "a person who says so",
        header(b"Auto-Submitted: No"),
        says(automated=()),
    ),
    kind(
        62,
        "a bounce of two recipients",
        report(b"delivery-status", KOREAN, status(TWO)),
        MailKind.BOUNCE,
        holds("both", lambda r: [str(d.recipient) for d in r.mail.dsn] == ["a@x.kr", "b@x.kr"]),
    ),
    kind(
        62,
        "a delay",
        report(b"delivery-status", KOREAN, status(LATE)),
        MailKind.DELIVERY_NOTICE,
        holds("delayed", lambda r: r.mail.dsn[0].action == "delayed"),
    ),
    value(
        62,
        "a bounce that is none by RFC 3464",
        report(b"delivery-status", KOREAN, status(BROKEN)),
        keeps("배달하지 못했습니다".encode()),
    ),
    kind(63, "a complaint", report(b"feedback-report", KOREAN, ABUSE), MailKind.COMPLAINT),
    kind(
        63,
        "a vacation notice",
        header(b"Auto-Submitted: auto-replied\r\nSubject: Automatic reply: x"),
        MailKind.AUTO_REPLY,
    ),
    *(
        attached(content_type)
        for content_type in (
            b"application/ms-tnef",
            b"application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
            b"application/tlsrpt+gzip",
            b"application/zip; name=dmarc.zip",
            b"message/external-body; access-type=URL",
            b"message/partial; id=x; number=1",
            b"application/x-" + b"y" * 5000,
        )
    ),
    value(
        63,
        "a calendar that is none",
        entity(b"Content-Type: text/calendar; method=REQUEST", b"BEGIN:VCALENDAR\r\n" * 2000),
        keeps(b"BEGIN:VCALENDAR"),
    ),
    value(
        63,
        "a signature without what it signs",
        entity(b"Content-Type: " + SIGNATURE % b"pgp-signature", b"--B\r\n\r\n--B--\r\n" + KEEP),
        keeps(),
    ),
    file_name("a path up", b'="../../etc/passwd"', "passwd"),
    file_name("a path of Windows", b'="C:\\x\\y.doc"', "y.doc"),
    file_name("a device", b'="con.txt"', "_con.txt"),
    file_name("an encoded path and a NUL", b"*=utf-8''%2e%2e%2f..%00x", "\ufffdx"),
    file_name("a hidden file", b'=".htaccess"', "htaccess"),
    file_name("a name that is turned round", b'="a\xe2\x80\xaegnp.exe"', "agnp.exe"),
    file_name("blanks and dots at the end", b'="a.txt. . "', "a.txt"),
    file_name("an empty name", b'=""', "attachment-1.bin"),
    file_name("a slash", b'="/"', "attachment-1.bin"),
    file_name("a name of 5,000 characters", b'="' + b"a" * 5000 + b'.xlsx"', "a" * 145 + ".xlsx"),
    file_name("line breaks in a name", b"*=utf-8''a%0D%0Ab.txt", "a b.txt"),
    value(
        64,
        "the same name twice",
        multipart(b"--B\r\nContent-Type: image/png; name=a.png\r\n\r\nx\r\n" * 2 + b"--B--\r\n"),
        holds("both are kept", lambda r: len(r.mail.attachments) == 2),
    ),
    value(
        65,
        "a program that says it is an image",
        entity(
            b"Content-Type: image/png\r\nContent-Disposition: attachment; filename=a.png\r\n"
            b"Content-Transfer-Encoding: base64",
            base64.encodebytes(EXECUTABLE),
        ),
        holds(
            "an attachment alone",
            lambda r: [(a.inline, a.content) for a in r.mail.attachments] == [(False, EXECUTABLE)],
        ),
    ),
)
