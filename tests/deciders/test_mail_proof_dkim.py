"""DKIM signatures (RFC 6376, RFC 8301, RFC 8463)."""

from datetime import UTC, datetime

import pytest

from mailgate.mail.proofs import Answer, Answers, DkimResult, ProofResult, Question
from mailgate.mail.proving import begin
from tests.deciders.mail_signer import ARRIVED, NAMES, RSA2048, Signer, signed, txt

NOW = datetime.fromtimestamp(ARRIVED, UTC)

GAME = """\
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game. Are you hungry yet?

Joe.
"""
RFC6376_A = (
    """\
DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;
      c=simple/simple; q=dns/txt; i=joe@football.example.com;
      h=Received : From : To : Subject : Date : Message-ID;
      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB
      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut
      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV
      4bmp/YzhwvcubU4=;
Received: from client1.football.example.com  [192.0.2.1]
      by submitserver.example.com with SUBMISSION;
      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)
"""
    + GAME
)
"""RFC 6376 A.2 with errata 3192 and 4926: one blank in the body, indented by six."""
RFC8463_A = (
    """\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
"""
    + GAME
)
"""RFC 8463 A.3: the same mail signed by both algorithms."""


def record(text: str) -> Answer:
    return Answer((text,))


RFC_KEYS = {
    txt("brisbane._domainkey.example.com"): record(
        "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkM"
        "oGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/R"
        "tdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToI"
        "MmPSPDdQPNUYckcQ2QIDAQAB"
    ),
    txt("brisbane._domainkey.football.example.com"): record(
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    ),
    txt("test._domainkey.football.example.com"): record(
        "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR"
        "iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC"
        "DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3"
        "Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
    ),
}
MAIL = (
    b"From: Kim <kim@acme.co.kr>\r\nTo: support@desk.example\r\nSubject: the  boiler\r\n leaks\r\n"
    b"Date: Sat, 21 Nov 2026 10:00:00 +0900\r\nMessage-ID: <1@acme.co.kr>\r\n\r\n"
    b"It  leaks. \r\n\r\nKim\t\r\n"
)
SIGNER = Signer()


def results(content: bytes, answers: Answers, domain: str = "acme.co.kr") -> tuple[DkimResult, ...]:
    return begin(content, domain, connection=None, now=NOW).conclude(answers).dkim


def result(content: bytes, answers: Answers) -> DkimResult:
    (only,) = results(content, answers)
    return only


# --- the examples of the RFCs -------------------------------------------------------------------


@pytest.mark.parametrize("text", [RFC6376_A, RFC8463_A])
@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_the_examples_of_the_rfcs_pass(text: str, line_end: str) -> None:
    content = text.replace("\n", line_end).encode()
    found = results(content, RFC_KEYS, "football.example.com")
    assert [one.result for one in found] == [ProofResult.PASS] * text.count("DKIM-Signature")
    assert all({"from", "to", "subject", "date", "message-id"} <= one.signed for one in found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<joe@", "<jim@"),
        ("Is dinner", "It dinner"),
        ("lost the game", "won the game"),
        ("Joe.\n", "Joe.\nP.S. send money\n"),
        ("From: Joe", "From: Eve <eve@evil.example>\nFrom: Joe"),
    ],
)
@pytest.mark.parametrize("text", [RFC6376_A, RFC8463_A])
def test_the_examples_changed_anywhere_fail(text: str, old: str, new: str) -> None:
    content = text.replace(old, new).replace("\n", "\r\n").encode()
    for one in results(content, RFC_KEYS, "football.example.com"):
        assert one.result is ProofResult.FAIL


# --- canonical forms (RFC 6376 §3.4) ------------------------------------------------------------


@pytest.mark.parametrize("canon", ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed"])
@pytest.mark.parametrize("key", [SIGNER.key, RSA2048])
def test_every_form_by_every_algorithm(canon: str, key: object) -> None:
    signer = Signer(key=key, canon=canon)  # type: ignore[arg-type]  # one of the two
    assert result(signed(MAIL, signer), signer.answers()).result is ProofResult.PASS


@pytest.mark.parametrize(
    ("old", "new", "canon", "passes"),
    [
        (b"Subject: the  boiler\r\n leaks", b"SUBJECT:the boiler leaks", "relaxed/relaxed", True),
        (
            b"Subject: the  boiler\r\n leaks",
            b"Subject : the boiler  leaks ",
            "relaxed/simple",
            True,
        ),
        (b"Subject: the  boiler\r\n leaks", b"SUBJECT: the  boiler\r\n leaks", "simple", False),
        (b"Subject: the  boiler\r\n leaks", b"Subject: the boiler leaks", "simple", False),
        (b"It  leaks. \r\n", b"It leaks.\r\n", "relaxed/relaxed", True),
        (b"It  leaks. \r\n", b"It\tleaks.  \t \r\n", "simple/relaxed", True),
        (b"It  leaks. \r\n", b"It leaks.\r\n", "relaxed/simple", False),
        (b"It  leaks. \r\n", b"Itleaks.\r\n", "relaxed/relaxed", False),
        (b"It  leaks. \r\n", b" It leaks.\r\n", "relaxed/relaxed", False),
        (b"Kim\t\r\n", b"Kim\t\r\n\r\n\r\n", "simple/simple", True),
        (b"Kim\t\r\n", b"Kim\t", "simple/simple", True),
        (b"Kim\t\r\n", b"Kim\r\n \r\n\t\r\n", "relaxed/relaxed", True),
        (b"Kim\t\r\n", b"Kim\r\n \r\n", "simple/simple", False),
        (b"leaks. \r\n\r\nKim", b"leaks. \r\n\r\n\r\nKim", "relaxed/relaxed", False),
        # A bare LF or CR on the wire is no line end to who signed.
        (b"leaks. \r\n\r\nKim", b"leaks. \n\r\nKim", "relaxed/relaxed", False),
        (b"Kim\t\r\n", b"Kim\t\r\n\n", "simple/simple", False),
        (b"Kim\t\r\n", b"Kim\t\r\n\r", "simple/simple", False),
    ],
)
def test_what_a_relay_may_change(old: bytes, new: bytes, canon: str, *, passes: bool) -> None:
    signer = Signer(canon=canon)
    content = signed(MAIL, signer)
    assert content.count(old) == 1
    found = result(content.replace(old, new), signer.answers())
    assert (found.result is ProofResult.PASS) == passes


@pytest.mark.parametrize("canon", ["simple/simple", "relaxed/relaxed"])
@pytest.mark.parametrize("body", [b"", b"\r\n", b"\r\n\r\n\r\n", b"x", b" ", b" \r\n", b"\r\nx"])
def test_bodies_of_nearly_nothing(canon: str, body: bytes) -> None:
    signer = Signer(canon=canon)
    content = signed(MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body, signer)
    assert result(content, signer.answers()).result is ProofResult.PASS


def test_an_empty_body_has_the_hashes_of_the_rfc() -> None:
    simple = Signer(
        canon="simple/simple", tags={"bh": "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="}
    )
    relaxed = Signer(
        canon="relaxed/relaxed", tags={"bh": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}
    )
    for signer in (simple, relaxed):  # RFC 6376 §3.4.3 and §3.4.4
        content = signed(MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", signer)
        assert result(content, signer.answers()).result is ProofResult.PASS


def test_a_body_in_korean_and_octets_of_no_charset() -> None:
    body = (
        "보일러가 샙니다.\r\n".encode("euc-kr")
        + "고쳐 주세요.\r\n".encode()
        + bytes(range(128, 256))
    )
    content = signed(MAIL + body, SIGNER)
    assert result(content, SIGNER.answers()).result is ProofResult.PASS
    assert result(content[:-1], SIGNER.answers()).result is ProofResult.FAIL


def test_a_mail_that_a_local_system_kept_with_lf() -> None:
    content = signed(MAIL, SIGNER).replace(b"\r\n", b"\n")
    assert result(content, SIGNER.answers()).result is ProofResult.PASS
    in_mbox = b"From kim@acme.co.kr Sat Nov 21 10:00:00 2026\n" + content
    assert result(in_mbox, SIGNER.answers()).result is ProofResult.PASS


@pytest.mark.parametrize(
    "top",
    [
        b"X-Note: a\nFrom: Eve <eve@evil.example>\r\n",
        b"X-Note: a\n\nsend money\r\n",
        b"X-Note: a\rFrom: Eve <eve@evil.example>\r\n",
        b"no field at all\r\n",
        b" not even the rest of one\r\n",
    ],
)
def test_a_header_section_that_can_be_read_in_two_ways(top: bytes) -> None:
    content = top + signed(MAIL, SIGNER)
    found = results(content, SIGNER.answers())
    assert all(one.result is not ProofResult.PASS for one in found)


# --- fields that are signed (RFC 6376 §5.4, §8.15) ----------------------------------------------


@pytest.mark.parametrize(
    ("names", "added", "expected"),
    [
        (NAMES, b"From: eve@evil.example\r\n", ProofResult.FAIL),
        (NAMES, b"from : eve@evil.example\r\n", ProofResult.FAIL),
        ((*NAMES, "From"), b"From: eve@evil.example\r\n", ProofResult.FAIL),
        (NAMES, b"Subject: send money\r\n", ProofResult.FAIL),
        (NAMES, b"Reply-To: eve@evil.example\r\n", ProofResult.PASS),
        ((*NAMES, "Reply-To"), b"Reply-To: eve@evil.example\r\n", ProofResult.FAIL),
        ((*NAMES, "X-Note"), b"X-Note: new\r\n", ProofResult.FAIL),
        (NAMES, b"Received: from a by b\r\n", ProofResult.PASS),
        (("from", "From"), b"Subject: send money\r\n", ProofResult.PASS),
    ],
)
@pytest.mark.parametrize("above", [True, False])
def test_fields_that_were_added(
    names: tuple[str, ...], added: bytes, expected: ProofResult, *, above: bool
) -> None:
    signer = Signer(names=names)
    content = signed(MAIL, signer)
    content = (
        added + content if above else content.replace(b"\r\n\r\n", b"\r\n" + added + b"\r\n", 1)
    )
    assert result(content, signer.answers()).result is expected


def test_what_is_signed_is_told() -> None:
    signer = Signer(names=("From", "Subject", "from"))
    assert result(signed(MAIL, signer), signer.answers()).signed == {"from", "subject"}


def test_a_signed_field_that_was_removed() -> None:
    content = signed(MAIL, SIGNER).replace(b"Message-ID: <1@acme.co.kr>\r\n", b"")
    assert result(content, SIGNER.answers()).result is ProofResult.FAIL


def test_of_several_fields_the_lowest_is_signed_first() -> None:
    mail = b"X-Note: upper\r\nX-Note: lower\r\n" + MAIL
    signer = Signer(names=(*NAMES, "X-Note"))
    content = signed(mail, signer)
    upper = content.replace(b"X-Note: upper", b"X-Note: other")
    lower = content.replace(b"X-Note: lower", b"X-Note: other")
    assert result(upper, signer.answers()).result is ProofResult.PASS
    assert result(lower, signer.answers()).result is ProofResult.FAIL


# --- several signatures --------------------------------------------------------------------------


def test_one_good_signature_is_enough_whatever_stands_beside_it() -> None:
    lists = Signer(domain="lists.example", selector="l")
    broken = signed(MAIL, lists).replace(b"d=lists", b"d=liste", 1)[: -len(MAIL)]
    content = broken + signed(MAIL, SIGNER)
    found = results(content, SIGNER.answers() | {txt("l._domainkey.liste.example"): Answer()})
    assert [one.result for one in found] == [ProofResult.NEUTRAL, ProofResult.PASS]
    proofs = begin(content, "acme.co.kr", connection=None, now=NOW).conclude(SIGNER.answers())
    assert proofs.dmarc
    assert proofs.dmarc.by == "dkim"


def test_no_key_of_another_domain_is_asked_for() -> None:
    """It could prove nothing (RFC 7489 §3.1), and its servers may be slow on purpose."""
    content = MAIL
    for number in range(4):
        content = signed(content, Signer(domain=f"slow{number}.example", selector="s"))
    content = signed(content, SIGNER)
    proving = begin(content, "acme.co.kr", connection=None, now=NOW)
    assert proving.questions({}) == {SIGNER.question, txt("_dmarc.acme.co.kr")}
    told = [(one.domain, one.result, one.reason) for one in proving.conclude({}).dkim[1:]]
    reason = "not looked at: it is of another domain than From"
    assert told == [(f"slow{n}.example", ProofResult.NEUTRAL, reason) for n in (3, 2, 1, 0)]


def test_among_five_hundred_signatures_that_of_the_sender_is_checked() -> None:
    junk = b"".join(
        b"DKIM-Signature: v=1; a=rsa-sha256; d=junk%d.example; s=s; h=from; bh=; b=x\r\n" % n
        for n in range(500)
    )
    content = junk + signed(MAIL, SIGNER)
    proving = begin(content, "acme.co.kr", connection=None, now=NOW)
    assert len(proving.signatures) == 5
    assert SIGNER.question in proving.questions({})
    assert len(proving.questions({})) <= 7
    found = proving.conclude(SIGNER.answers()).dkim
    assert [one.result for one in found if one.domain == "acme.co.kr"] == [ProofResult.PASS]


# --- what the DNS says ---------------------------------------------------------------------------


def test_nothing_is_asked_of_a_mail_that_is_not_signed() -> None:
    asked = begin(MAIL, "acme.co.kr", connection=None, now=NOW).questions({})
    assert asked == {txt("_dmarc.acme.co.kr")}
    assert results(MAIL, {}) == ()


@pytest.mark.parametrize("domain", [None, "localhost", "[192.0.2.1]", "", "a" * 241 + ".example"])
def test_nothing_is_asked_without_a_domain_of_from(domain: str | None) -> None:
    proving = begin(signed(MAIL, SIGNER), domain, connection=None, now=NOW)
    assert proving.questions({}) == frozenset()
    assert proving.conclude({}).dkim == ()


@pytest.mark.parametrize("answers", [{}, {SIGNER.question: Answer(failed=True)}])
def test_no_answer_is_no_judgement(answers: dict[Question, Answer]) -> None:
    found = result(signed(MAIL, SIGNER), answers)
    assert found.result is ProofResult.TEMPERROR


def test_a_changed_body_is_seen_without_the_key() -> None:
    content = signed(MAIL, SIGNER) + b"P.S. send money\r\n"
    proving = begin(content, "acme.co.kr", connection=None, now=NOW)
    assert SIGNER.question not in proving.questions({})
    assert result(content, {}) == DkimResult(
        "acme.co.kr",
        "sel",
        ProofResult.FAIL,
        frozenset(n.lower() for n in NAMES),
        "the body was changed",
    )
