"""Authentication-Results (RFC 8601) as servers write them, and as strangers do."""

import pytest

from mailgate.mail.authres import domain_of
from mailgate.mail.parse import parse_mail
from tests.harness.effort import at_most

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
    (
        "beside its pairs",
        "mx.b.kr; spf=pass smtp.mailfrom=a b@c.kr; dkim=none",
        [("mx.b.kr", [("dkim", "none")])],
    ),
    (
        "a property twice",
        "mx.b.kr; spf=pass smtp.mailfrom=a@b.kr smtp.mailfrom=c@d.kr",
        [("mx.b.kr", [])],
    ),
    ("behind a quoted value", 'mx.b.kr; spf=pass smtp.mailfrom="a"b"', [("mx.b.kr", [])]),
    ("version of a method", "mx.b.kr; dkim/1=pass", [("mx.b.kr", [("dkim", "pass")])]),
]


@pytest.mark.parametrize(("value", "expected"), [pytest.param(v, e, id=n) for n, v, e in FIELDS])
def test_results_are_read(value: str, expected: Results) -> None:
    assert results(value) == expected


@pytest.mark.parametrize(
    "value", ["(" * 60_000, "a;" * 30_000, "x=(" * 20_000, "spf=pass;" * 8_000]
)
def test_row_50_a_field_that_no_server_writes_is_none(value: str) -> None:
    with at_most(1):
        assert results(value) == []


@pytest.mark.parametrize(
    ("value", "domain"),
    [
        ("a@b.kr", "b.kr"),
        ("b.kr", "b.kr"),
        ("@B.kr.", "b.kr"),
        ("<a@b.kr>", "b.kr"),
        ('"b.kr"', "b.kr"),
        # RFC 5321 §4.1.2: what stands in quotes is the local-part, an "@" as well.
        ('"x@acme.example"@evil.example', "evil.example"),
        (r'"\"x@acme.example\""@evil.example', "evil.example"),
        ('"x y@acme.example"@evil.example', "evil.example"),
        ('evil."x@acme.example"', ""),
        ('"x@acme.example"', ""),
        ("x@acme.example(y)@evil.example", None),
        ("x@acme.example@evil.example", "evil.example"),
    ],
)
def test_the_domain_of_an_address_is_what_stands_behind_its_quotes(
    value: str, domain: str | None
) -> None:
    mail = parse_mail(
        f"Authentication-Results: mx.b.kr; spf=pass smtp.mailfrom={value}\r\n\r\nx".encode()
    )
    told = [dict(r.properties) for r in mail.authentication_results[0].results]
    assert [domain_of(each["smtp.mailfrom"]) for each in told] == (
        [] if domain is None else [domain]
    )


@pytest.mark.parametrize(
    ("received", "host"),
    [
        (
            "from mail.b.kr (mail.b.kr [192.0.2.1]) by mx.google.com with ESMTPS id z; x",
            "mx.google.com",
        ),
        ("by 2002:a05:7208:c1:b0:1 with SMTP id x; x", "2002:a05:7208:c1:b0:1"),
        ("from a by MX.Acme.Example. (Postfix); x", "mx.acme.example"),
        ("from by (a by mx.evil.kr) by mx.acme.example; x", "mx.acme.example"),
        # Who greets as they like cannot say who wrote the field.
        ("from x (by mx.google.com) by mx.acme.example; x", "mx.acme.example"),
        ("from x y by mx.google.com; x", ""),
        ("(qmail 12 invoked by uid 5); x", ""),
        ("from x (by mx.google.com; x", ""),
    ],
)
def test_a_received_field_says_who_wrote_it(received: str, host: str) -> None:
    mail = parse_mail(
        f"Received: {received}\r\nAuthentication-Results: mx.b.kr; none\r\n\r\nx".encode()
    )
    assert mail.authentication_results[0].under == (host,)
