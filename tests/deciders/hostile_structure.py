"""Rows 25 to 33: structures and header sections that are deep, long, many or none."""

import base64
import io
import zipfile
from functools import partial

from tests.deciders.hostile_rows import (
    HEAD,
    KEEP,
    Row,
    entity,
    has_defect,
    header,
    holds,
    keeps,
    multipart,
    says,
)


def nested(depth: int, lines: bytes = b"") -> bytes:
    opening = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n" % n + lines + b"--b%d\r\n" % n
        for n in range(depth)
    )
    closing = b"".join(b"--b%d--\r\n" % n for n in reversed(range(depth)))
    return HEAD + opening + b"\r\n" + KEEP + b"\r\n" + closing


def attached(depth: int) -> bytes:
    return HEAD + b"Content-Type: message/rfc822\r\n\r\n" * depth + KEEP


def parameters(*values: bytes, field: bytes = b"Content-Type: text/plain;") -> bytes:
    return entity(field + b"".join(values), KEEP)


def zip_of_zeros() -> bytes:
    """50 MB of zeros in a few KB; its date is its own, so that it is the same bytes each time."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        packed.writestr(
            zipfile.ZipInfo("zeros"), bytes(50_000_000), zipfile.ZIP_DEFLATED, compresslevel=1
        )
    return file.getvalue()


def zipped() -> bytes:
    part = b"--B\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return multipart(part + base64.encodebytes(zip_of_zeros()) + b"\r\n--B--\r\n")


def references(count: int) -> bytes:
    return header(b"References: " + b"".join(b"<%d@x>\r\n " % n for n in range(count)) + b"<z@x>")


DEEP = has_defect("nested too deeply")
MANY = has_defect("too many parts")

ROWS = (
    # As deep as real mail may be, and deeper.
    Row(25, "multiparts 49 deep", partial(nested, 49), (says(full_text=KEEP.decode()),), 0.5),
    Row(25, "multiparts 200 deep", partial(nested, 200), (DEEP, keeps()), 0.5),
    Row(25, "multiparts 1000 deep", partial(nested, 1000), (DEEP, keeps()), 0.5),
    Row(25, "multiparts 5000 deep", partial(nested, 5000), (DEEP, keeps()), 0.5),
    Row(
        25,
        "multiparts 200 deep, each full of delimiters that are none",
        partial(nested, 200, b"--x\r\n" * 1000),
        (DEEP, keeps()),
        1.0,
    ),
    Row(
        25,
        "multiparts 49 deep, each full of delimiters that are none",
        partial(nested, 49, b"--x\r\n" * 4000),
        (keeps(),),
        1.0,
    ),
    Row(26, "messages attached 200 deep", partial(attached, 200), (keeps(),), 0.5),
    Row(26, "messages attached 2000 deep", partial(attached, 2000), (keeps(),), 0.5),
    Row(
        26,
        "message and multipart by turns, 1000 deep",
        lambda: (
            HEAD
            + b"".join(
                b"Content-Type: message/rfc822\r\n\r\n"
                b"Content-Type: multipart/digest; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
                for n in range(1000)
            )
            + KEEP
        ),
        (keeps(),),
        0.5,
    ),
    Row(
        27,
        "200,000 empty parts",
        lambda: multipart(b"--B\r\n\r\n\r\n" * 200_000 + KEEP),
        (MANY, keeps()),
        1.0,
    ),
    Row(
        27,
        "50,000 parts without a header",
        lambda: multipart(b"--B\r\n\r\nhi\r\n" * 50_000),
        (
            MANY,
            holds(
                "every part is there",
                lambda r: (
                    r.mail.full_text.count("hi")
                    + sum(a.content.count(b"hi") for a in r.mail.attachments)
                    == 50_000
                ),
            ),
        ),
        1.0,
    ),
    Row(
        28,
        "40,000 encoded words",
        lambda: header(b"Subject: " + b"=?utf-8?q?abc?= " * 40_000),
        (keeps(), holds("the subject is cut", lambda r: 0 < len(r.mail.subject) <= 2000)),
        0.5,
    ),
    Row(
        28,
        "encoded words that never end",
        lambda: header(b"Subject: " + b"=?a?q?" * 170_000),
        (keeps(),),
        0.5,
    ),
    Row(
        28,
        "the beginnings of encoded words",
        lambda: header(b"Subject: " + b"=?" * 500_000),
        (keeps(),),
        0.5,
    ),
    Row(
        28,
        "encoded words in 3,000 unknown charsets",
        lambda: header(b"Subject: " + b"".join(b"=?x-%d?q?=ff=fe?= " % n for n in range(3000))),
        (keeps(),),
        0.5,
    ),
    Row(
        28,
        "a subject of 1 MB",
        lambda: header(b"Subject: " + b"word " * 200_000),
        (keeps(), holds("the subject is cut", lambda r: len(r.mail.subject) <= 2000)),
        0.5,
    ),
    Row(
        28,
        "20,000 encoded words in From",
        lambda: b"From: " + b"=?utf-8?q?=EA=B0=80?= " * 20_000 + b"<a@b.kr>\r\n\r\n" + KEEP,
        (keeps(),),
        0.5,
    ),
    Row(
        29,
        "40,000 addresses",
        lambda: header(b"To: " + b", ".join(b"u%d@x.kr" % n for n in range(40_000))),
        (
            keeps(),
            has_defect("too many addresses in To"),
            holds("the first 500", lambda r: len(r.mail.to) == 500),
        ),
        0.5,
    ),
    Row(
        29,
        "100,000 addresses in 1,000 fields",
        lambda: header(
            b"\r\n".join(b"To: " + b",".join([b"u%d@x.kr" % n] * 100) for n in range(1000))
        ),
        (keeps(), holds("the first 500", lambda r: len(r.mail.to) == 500)),
        0.5,
    ),
    Row(
        30,
        "40,000 parameters",
        lambda: parameters(*(b" a%d=b;" % n for n in range(40_000))),
        (keeps(),),
        0.5,
    ),
    Row(
        30,
        "quotes that never close",
        lambda: parameters(*[b' a="\\";'] * 9000),
        (keeps(),),
        0.5,
    ),
    Row(30, "backslashes", lambda: parameters(b' a="', b"\\" * 60_000), (keeps(),), 0.5),
    Row(
        30,
        "10,000 continuations",
        lambda: parameters(
            *(b" x*%d*=%%41;" % n for n in range(10_000)), field=b"Content-Disposition: inline;"
        ),
        (keeps(),),
        0.5,
    ),
    Row(
        30,
        "a continuation numbered without end",
        lambda: parameters(
            b" filename*%b*=a;" % (b"9" * 5000), field=b"Content-Disposition: attachment;"
        ),
        (keeps(),),
        0.5,
    ),
    Row(31, "a field of 1 MB", lambda: header(b"X-A: " + b"a" * 1_000_000), (keeps(),), 0.5),
    Row(31, "a field of 10 MB", lambda: header(b"Subject: " + b"a" * 10_000_000), (keeps(),), 1.0),
    Row(
        31,
        "a field of 10 MB, folded",
        lambda: header(b"Subject: a" + b"\r\n b" * 2_500_000),
        (keeps(),),
        1.0,
    ),
    Row(
        31,
        "100,000 fields",
        lambda: header(b"\r\n".join(b"X-%d: y" % n for n in range(100_000))),
        (keeps(),),
        1.0,
    ),
    Row(
        31,
        "120,000 lines that are no fields",
        lambda: b"x\n" * 120_000 + b"From: a@b.kr\n\n" + KEEP,
        (keeps(),),
        1.0,
    ),
    Row(
        32,
        "a boundary of 1 MB",
        lambda: multipart(KEEP, boundary=b"b" * 1_000_000),
        (keeps(),),
        0.5,
    ),
    Row(
        32,
        "a boundary of 70 parentheses",
        lambda: multipart(b"--%b\r\n\r\n%b" % (b"(" * 70, KEEP), boundary=b"(" * 70),
        (says(full_text=KEEP.decode()),),
        0.5,
    ),
    Row(
        32,
        "no boundary",
        lambda: entity(b"Content-Type: multipart/mixed", KEEP),
        (keeps(),),
        0.5,
    ),
    Row(
        32,
        "a part with its parent's boundary",
        lambda: multipart(
            b"--B\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\n%b\r\n"
            b"--B--\r\n--B--\r\n" % KEEP
        ),
        (says(full_text=KEEP.decode()),),
        0.5,
    ),
    Row(
        32,
        "a million lines that begin with hyphens",
        lambda: multipart(b"--B\r\n\r\n" + b"--y\r\n" * 1_000_000 + KEEP),
        (keeps(),),
        1.0,
    ),
    Row(
        32,
        "50 multiparts left open, whose boundaries begin alike",
        lambda: (
            HEAD
            + b"".join(
                b"Content-Type: multipart/mixed; boundary=%b\r\n\r\n--%b\r\n" % ((b"b" * n,) * 2)
                for n in range(1, 49)
            )
            + b"\r\n"
            + b"--bbbb\r\n\r\n" * 5000
            + KEEP
        ),
        (keeps(),),
        1.0,
    ),
    Row(
        33,
        "a zip of zeros",
        zipped,
        (
            holds(
                "the zip is stored as it is",
                lambda r: [a.content for a in r.mail.attachments] == [zip_of_zeros()],
            ),
        ),
        0.5,
        30,
    ),
    Row(54, "100,000 references", partial(references, 100_000), (keeps(),), 0.2),
    Row(
        54,
        "the first and the last references",
        partial(references, 5000),
        (
            holds(
                "100 of them",
                lambda r: (
                    len(r.mail.references) == 100
                    and r.mail.references[0] == "0@x"
                    and r.mail.references[-1] == "z@x"
                ),
            ),
        ),
        0.2,
    ),
    Row(54, "angles", lambda: header(b"References: " + b"<" * 60_000), (keeps(),), 0.2),
    Row(
        60,
        "60 Received",
        lambda: header(b"Received: x\r\n" * 59 + b"Received: y"),
        (says(received_count=60),),
        0.2,
    ),
)
