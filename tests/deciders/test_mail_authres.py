"""Authentication-Results (RFC 8601) as servers write them, and as strangers do."""

import time

import pytest

from mailgate.mail.parse import parse_mail

Results = list[tuple[str, list[tuple[str, str]]]]


def results(value: str) -> Results:
    mail = parse_mail(f"From: a@b.kr\r\nAuthentication-Results: {value}\r\n\r\nx".encode())
    return [
        (field.authserv_id, [(result.method, result.result) for result in field.results])
        for field in mail.authentication_results
    ]


FIELDS: list[tuple[str, str, Results]] = [
    ("RFC 8601 B.2", "example.org 1; none", [("example.org", [])]),
    (
        "RFC 8601 B.4",
        (
            "example.com; auth=pass (cram-md5) smtp.auth=sender@example.net; spf=pass\r\n"
            " smtp.mailfrom=example.net"
        ),
        [("example.com", [("auth", "pass"), ("spf", "pass")])],
    ),
    (
        "Gmail",
        (
            'mx.google.com; dkim=pass header.i=@b.kr header.s=s1 header.b="aB/c=";'
            " spf=pass (google.com: domain of a@b.kr designates 192.0.2.1 as permitted sender)"
            " smtp.mailfrom=a@b.kr; dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=b.kr"
        ),
        [("mx.google.com", [("dkim", "pass"), ("spf", "pass"), ("dmarc", "pass")])],
    ),
    (
        "Microsoft, without a name",
        (
            "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=b.kr; dkim=none (message not signed)"
            " header.d=none;dmarc=fail action=none header.from=b.kr;compauth=pass reason=100"
        ),
        [("", [("spf", "pass"), ("dkim", "none"), ("dmarc", "fail"), ("compauth", "pass")])],
    ),
    (
        "semicolon in a comment",
        "mx.b.kr; spf=pass (a; dkim=pass) x=y",
        [("mx.b.kr", [("spf", "pass")])],
    ),
    (
        "parenthesis escaped",
        r"mx.b.kr; spf=fail (a \) b; dkim=pass) x=y",
        [("mx.b.kr", [("spf", "fail")])],
    ),
    (
        "nested comments",
        "mx.b.kr; spf=fail (a (b) ; dmarc=pass ) x=y",
        [("mx.b.kr", [("spf", "fail")])],
    ),
    (
        "quoted semicolon",
        'mx.b.kr; dkim=fail reason="a; spf=pass"; spf=none',
        [("mx.b.kr", [("dkim", "fail"), ("spf", "none")])],
    ),
    (
        "quote escaped",
        r'mx.b.kr; dkim=fail reason="a\"; spf=pass"',
        [("mx.b.kr", [("dkim", "fail")])],
    ),
    (
        "comment never closed",
        "mx.b.kr; spf=fail; dkim=pass (x; dmarc=pass",
        [("mx.b.kr", [("spf", "fail")])],
    ),
    (
        "quote never closed",
        'mx.b.kr; spf=fail; dkim=pass x="; dmarc=pass',
        [("mx.b.kr", [("spf", "fail")])],
    ),
    ("version of a method", "mx.b.kr; dkim/1=pass", [("mx.b.kr", [("dkim", "pass")])]),
]


@pytest.mark.parametrize(("value", "expected"), [pytest.param(v, e, id=n) for n, v, e in FIELDS])
def test_results_are_read(value: str, expected: Results) -> None:
    assert results(value) == expected


@pytest.mark.parametrize(
    "value", ["(" * 60_000, "a;" * 30_000, "x=(" * 20_000, "spf=pass;" * 8_000]
)
def test_row_50_a_field_that_no_server_writes_is_none(value: str) -> None:
    begin = time.process_time()
    assert results(value) == []
    assert time.process_time() - begin < 1
