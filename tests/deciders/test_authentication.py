"""Whether the From address is the sender's: what is believed, in which order, and what for."""

from dataclasses import replace

import pytest

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import AuthenticationResults, AuthResult, ParsedMail
from mailgate.mail.proofs import (
    ArcResult,
    ArcSet,
    DkimResult,
    DmarcResult,
    ProofResult,
    Proofs,
    SpfResult,
)
from mailgate.model.checks import Check
from mailgate.model.decision import Authentication
from mailgate.model.directory import Agent, Directory
from mailgate.threading.authentication import (
    Authenticated,
    Trust,
    authenticate,
    has_forged_results,
    needs_proofs,
)

PASS, NONE, FAIL = Authentication.PASS, Authentication.NONE, Authentication.FAIL
SHOP = "shop.example"
MX = "mx.acme.example"
ALICE = Address("alice", "acme.example")
DIRECTORY = Directory({}, {ALICE.key: Agent(ALICE, "Alice")})
MAIL = parse_mail(
    b"From: Hong <hong@shop.example>\r\nTo: support@acme.example\r\nSubject: Parcel\r\n"
    b"Message-ID: <q1@shop.example>\r\n\r\nWhere is it?\r\n"
)
FRONT = Trust(peer=True, authserv_ids=frozenset({MX}))
"""Mail from a server in front of us."""
DIRECT = Trust(peer=False, authserv_ids=frozenset({MX}))
"""Mail from anywhere."""
ALL = frozenset({"from", "to", "subject", "date", "message-id"})

HOPS = (MX, "relay.evil.test", "mx.evil.test")
"""Who wrote the Received fields, from the top: the trusted host, then others."""


def results(*texts: str, by: str = MX, above: int = 0) -> AuthenticationResults:
    """`dmarc=pass header.from=a.b` for each method."""
    found = []
    for text in texts:
        verdict, *properties = text.split()
        method, _, result = verdict.partition("=")
        pairs = tuple((name, value) for name, _, value in (p.partition("=") for p in properties))
        found.append(AuthResult(method, result, pairs))
    return AuthenticationResults(by, tuple(found), above, HOPS[:above])


def says(*results: str, by: str = MX) -> str:
    return f"Authentication-Results: {'; '.join((by, *results))}\r\n"


def dkim(result: str, domain: str = SHOP, signed: frozenset[str] = ALL) -> DkimResult:
    return DkimResult(domain, "k1", ProofResult(result), signed)


def spf(result: str, domain: str = SHOP) -> SpfResult:
    return SpfResult(domain, ProofResult(result))


def dmarc(result: str, policy: str | None, by: str | None = None) -> DmarcResult:
    return DmarcResult(SHOP, policy, ProofResult(result), by)


def proofs(
    dmarc: DmarcResult,
    *dkim: DkimResult,
    spf: SpfResult | None = None,
    arc: ArcResult | None = None,
) -> Proofs:
    return Proofs(dkim, spf, arc, dmarc)


def verdict(
    found: Proofs | None = None,
    *told: AuthenticationResults,
    trust: Trust = FRONT,
    mail: ParsedMail = MAIL,
) -> Authenticated:
    return authenticate(replace(mail, authentication_results=told), trust, DIRECTORY, found)


# --- what we found ourselves ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        # A signature or a server of the domain, whatever the domain asks for.
        (proofs(dmarc("pass", "reject", "dkim"), dkim("pass")), (PASS, "dmarc")),
        (proofs(dmarc("pass", "none", "dkim"), dkim("pass")), (PASS, "dmarc")),
        (proofs(dmarc("none", None, "dkim"), dkim("pass")), (PASS, "dkim")),
        (proofs(dmarc("none", None, "spf"), spf=spf("pass")), (PASS, "spf")),
        (proofs(dmarc("pass", "reject", "spf"), dkim("fail"), spf=spf("pass")), (PASS, "dmarc")),
        # Nothing of the domain, which asks for nothing: nothing is known.
        (proofs(dmarc("none", None), spf=spf("fail")), (NONE, None)),
        (proofs(dmarc("none", None), dkim("fail"), spf=spf("fail")), (NONE, None)),
        (proofs(dmarc("fail", "none"), spf=spf("fail")), (NONE, None)),
        # Nothing of the domain, which wants such mail refused, and its servers are known.
        (proofs(dmarc("fail", "reject"), spf=spf("fail")), (FAIL, "dmarc")),
        (proofs(dmarc("fail", "quarantine"), spf=spf("none")), (FAIL, "dmarc")),
        (proofs(dmarc("fail", "reject"), spf=spf("pass", "evil.example")), (FAIL, "dmarc")),
        # Somebody in between handed us the mail: perhaps they had it from the right server.
        (proofs(dmarc("neutral", "reject")), (NONE, None)),
        (proofs(dmarc("neutral", "reject"), dkim("fail")), (NONE, None)),
        # The DNS did not answer.
        (proofs(dmarc("temperror", None)), (NONE, None)),
        (proofs(dmarc("temperror", "reject"), dkim("temperror"), spf=spf("fail")), (NONE, None)),
        (proofs(dmarc("temperror", None, "dkim"), dkim("pass")), (PASS, "dkim")),
        (None, (NONE, None)),
        (Proofs(), (NONE, None)),
    ],
)  # fmt: skip
def test_what_is_proven(found: Proofs | None, expected: tuple[Authentication, str | None]) -> None:
    got = verdict(found, trust=DIRECT)
    assert (got.verdict, got.by) == expected


# --- together with trusted hosts --------------------------------------------------------------

DKIM = "dkim=pass header.d=shop.example"
GOOD, BAD = "dmarc=pass header.from=shop.example", "dmarc=fail header.from=shop.example"
SIGNED = proofs(dmarc("pass", "reject", "dkim"), dkim("pass"))
UNSIGNED = proofs(dmarc("neutral", "reject"))


@pytest.mark.parametrize(
    ("told", "found", "expected"),
    [
        # The host in front of us has seen more than we can.
        ([GOOD], UNSIGNED, (PASS, "dmarc")),
        ([BAD], SIGNED, (FAIL, "dmarc")),
        # Where it does not decide, we do.
        (["dmarc=none header.from=shop.example"], SIGNED, (PASS, "dmarc")),
        (["spf=pass smtp.mailfrom=list.example"], SIGNED, (PASS, "dmarc")),
        (["dmarc=temperror header.from=shop.example"], UNSIGNED, (NONE, None)),
        # What the customer's own server forwards fails SPF, and the signature holds.
        (["spf=fail smtp.mailfrom=shop.example"], SIGNED, (PASS, "dmarc")),
        (
            ["spf=fail smtp.mailfrom=shop.example", "dkim=pass header.d=shop.example"],
            None,
            (PASS, "dkim"),
        ),
        # It came to the host from a server that may not send, and nothing is signed.
        (["spf=fail smtp.mailfrom=shop.example"], UNSIGNED, (FAIL, "dmarc")),
        (["spf=softfail smtp.mailfrom=shop.example"], UNSIGNED, (FAIL, "dmarc")),
        (["spf=temperror smtp.mailfrom=shop.example"], UNSIGNED, (NONE, None)),
        (["spf=fail smtp.mailfrom=shop.example"], proofs(dmarc("neutral", "none")), (NONE, None)),
        (["spf=fail smtp.mailfrom=shop.example"], proofs(dmarc("none", None)), (NONE, None)),
    ],
)
def test_trusted_hosts_come_first(
    told: list[str], found: Proofs | None, expected: tuple[Authentication, str | None]
) -> None:
    got = verdict(found, results(*told))
    assert (got.verdict, got.by) == expected


# --- ARC --------------------------------------------------------------------------------------

SEALED = ArcResult(
    ProofResult.PASS, (ArcSet("list.example", intact=True, found=(("dmarc", "pass", SHOP),)),)
)
TRUSTING = replace(FRONT, sealers=frozenset({"list.example"}))
FORGED = proofs(dmarc("fail", "reject"), dkim("fail"), spf=spf("fail"))


def sealed(*found: tuple[str, str, str], result: str = "pass") -> Proofs:
    arc = ArcResult(ProofResult(result), (ArcSet("list.example", intact=True, found=found),))
    return replace(FORGED, arc=arc)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (sealed(("dmarc", "pass", SHOP)), (PASS, "arc")),
        (sealed(("dkim", "pass", SHOP)), (PASS, "arc")),
        (sealed(("dkim", "fail", SHOP), ("dkim", "pass", SHOP)), (PASS, "arc")),
        (sealed(("dkim", "pass", "news.shop.example")), (PASS, "arc")),
        (sealed(("dmarc", "fail", SHOP), ("dkim", "pass", SHOP)), (FAIL, "dmarc")),
        (sealed(("dmarc", "pass", SHOP), ("dmarc", "fail", SHOP)), (FAIL, "dmarc")),
        (sealed(("dmarc", "pass", "evil.example")), (FAIL, "dmarc")),
        (sealed(("spf", "pass", SHOP)), (FAIL, "dmarc")),
        (sealed(), (FAIL, "dmarc")),
        (sealed(("dmarc", "pass", SHOP), result="fail"), (FAIL, "dmarc")),
        (sealed(("dmarc", "pass", SHOP), result="temperror"), (FAIL, "dmarc")),
    ],
)  # fmt: skip
def test_a_trusted_sealer_speaks_for_what_it_changed(
    found: Proofs, expected: tuple[Authentication, str | None]
) -> None:
    got = verdict(found, trust=TRUSTING)
    assert (got.verdict, got.by) == expected


def test_a_sealer_that_nobody_named_is_not_believed() -> None:
    assert verdict(replace(FORGED, arc=SEALED), trust=FRONT).verdict is FAIL


def test_a_trusted_sealer_is_believed_where_a_host_in_front_of_us_saw_a_failure() -> None:
    got = verdict(Proofs(arc=SEALED), results(BAD), trust=TRUSTING)
    assert (got.verdict, got.by) == (PASS, "arc")


# --- what a pass holds for --------------------------------------------------------------------

ANSWER_BYTES = (
    b"From: Hong <hong@shop.example>\r\nTo: support@acme.example\r\nCc: a@b.example\r\n"
    b"Reply-To: hong@shop.example\r\nSubject: Re: Parcel\r\nIn-Reply-To: <a@acme.example>\r\n"
    b"References: <q@shop.example> <a@acme.example>\r\n\r\nThank you.\r\n"
)
ANSWER = parse_mail(ANSWER_BYTES)
WHOLE = ALL | {"cc", "reply-to", "in-reply-to", "references"}


@pytest.mark.parametrize(
    ("mail", "signed", "covers"),
    [
        (MAIL, ALL, True),
        (MAIL, frozenset({"from", "to", "subject"}), True),
        (MAIL, ALL - {"subject"}, False),
        (MAIL, ALL - {"to"}, False),
        (ANSWER, WHOLE, True),
        (ANSWER, WHOLE - {"references"}, False),
        (ANSWER, WHOLE - {"in-reply-to"}, False),
        (ANSWER, WHOLE - {"reply-to"}, False),
        (ANSWER, WHOLE - {"cc"}, False),
        # It was signed as no answer, and sent again as one.
        (ANSWER, ALL, False),
    ],
)
def test_a_signature_holds_for_what_it_signs(
    mail: ParsedMail, signed: frozenset[str], covers: bool
) -> None:
    found = proofs(dmarc("pass", "reject", "dkim"), dkim("pass", signed=signed))
    got = verdict(found, mail=mail)
    assert (got.verdict, got.covers) == (PASS, covers)


def test_another_domains_signature_covers_nothing() -> None:
    found = proofs(
        dmarc("pass", "reject", "dkim"),
        dkim("pass", signed=frozenset({"from"})),
        dkim("pass", "list.example"),
        dkim("fail"),
    )
    assert not verdict(found).covers


def test_a_server_has_written_all_of_what_it_sends() -> None:
    found = proofs(dmarc("pass", "reject", "spf"), spf=spf("pass"))
    assert verdict(found, trust=DIRECT, mail=ANSWER).covers
    assert verdict(None, results(GOOD), mail=ANSWER).covers


WHOLE_NAMES = "From:To:Cc:Reply-To:Subject:In-Reply-To:References"
M365 = "From:Subject:Date:Message-ID"


def claims(names: str, domain: str = SHOP, more: str = "") -> str:
    return f"DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s=k; h={names}; {more}bh=x; b=x\r\n"


@pytest.mark.parametrize(
    ("told", "header", "covers"),
    [
        ([GOOD], claims(WHOLE_NAMES), True),
        ([DKIM], claims(WHOLE_NAMES), True),
        ([GOOD], claims(WHOLE_NAMES) + claims(M365, "list.example"), True),
        # To, Cc and References may have been added since: RFC 6376 §5.4.
        ([GOOD], claims(M365), False),
        ([DKIM], claims(M365), False),
        ([GOOD, DKIM, "spf=pass smtp.mailfrom=evil.test"], claims(M365), False),
        ([GOOD], claims(M365, "news.shop.example"), False),
        # Which one held is not told.
        ([GOOD], claims(WHOLE_NAMES) + claims(M365), False),
        ([GOOD], claims(M365, "x.test") * 30 + claims(M365), False),
        ([GOOD], "DKIM-Signature: v=1; d=shop.example; d=evil.test\r\n", False),
        # A second Cc on top of the signed one; a body that goes on.
        ([GOOD], claims(WHOLE_NAMES) + "Cc: evil@evil.test\r\n", False),
        ([GOOD], claims(WHOLE_NAMES, more="l=10; "), False),
        # From the sender's own server.
        ([GOOD, "spf=pass smtp.mailfrom=shop.example"], claims(M365), True),
        (["spf=pass smtp.mailfrom=shop.example"], claims(M365), True),
        ([GOOD], "", True),
    ],
)
def test_what_a_trusted_host_found_holds_for_what_is_signed(
    told: list[str], header: str, covers: bool
) -> None:
    mail = parse_mail(says(*told).encode() + header.encode() + ANSWER_BYTES)
    got = authenticate(mail, FRONT, DIRECTORY)
    assert (got.verdict, got.covers) == (PASS, covers)


def test_a_seal_tells_nothing_of_what_was_there_before() -> None:
    assert not verdict(Proofs(arc=SEALED), trust=TRUSTING).covers


# --- who is asked about at all ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "trust", "needed"),
    [
        ([], DIRECT, True),
        ([], FRONT, True),
        ([results(GOOD)], FRONT, False),
        ([results(GOOD)], DIRECT, True),
        ([results(GOOD, by="evil.example")], FRONT, True),
        ([results(GOOD, above=2)], FRONT, True),
        ([results(BAD)], FRONT, False),
        ([results(BAD)], TRUSTING, True),
        ([results("dmarc=none header.from=shop.example")], FRONT, True),
        ([results("dkim=pass header.d=shop.example")], FRONT, False),
        ([], replace(DIRECT, login=ALICE.key), False),
    ],
)
def test_the_dns_is_asked_where_nobody_whom_we_believe_has_decided(
    told: list[AuthenticationResults], trust: Trust, needed: bool
) -> None:
    assert needs_proofs(replace(MAIL, authentication_results=tuple(told)), trust) is needed


def test_the_dns_is_not_asked_about_a_sender_that_cannot_be_read() -> None:
    assert not needs_proofs(replace(MAIL, from_=None), DIRECT)
    assert verdict(SIGNED, mail=replace(MAIL, from_=None)).verdict is NONE


# --- forged fields ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "trust", "forged"),
    [
        ([], FRONT, False),
        ([results(GOOD)], FRONT, False),
        ([results(GOOD), results("spf=pass smtp.mailfrom=shop.example")], FRONT, False),
        ([results(GOOD, by="mx.shop.example")], FRONT, False),
        ([results(GOOD, by="mx.shop.example")], DIRECT, False),
        ([results(GOOD)], DIRECT, True),
        ([results(GOOD, by=MX.upper())], DIRECT, True),
        ([results(GOOD), results(GOOD, above=1)], FRONT, True),
        ([results(GOOD, above=3)], FRONT, True),
    ],
)
def test_a_field_in_the_name_of_a_trusted_host_that_has_not_written_it(
    told: list[AuthenticationResults], trust: Trust, forged: bool
) -> None:
    assert has_forged_results(tuple(told), trust) is forged


# --- where a trusted host writes ----------------------------------------------------------------

BY_MX = "Received: from x by mx.acme.example; x\r\n"
BY_GMAIL = (
    "Delivered-To: support@acme.example\r\n"
    "Received: by 2002:a05:7208:c1:b0:2b0:c5:1 with SMTP id x; x\r\n"
    "X-Received: by 2002:a05:6512:1:b0:2b0:c5:1 with SMTP id y; x\r\n"
    "Received: from mail.shop.example (mail.shop.example. [192.0.2.1])\r\n"
    "        by mx.google.com with ESMTPS id z for <support@acme.example>; x\r\n"
)
BY_EVIL = "Received: from x by relay.evil.test; x\r\n"
GMAIL = "mx.google.com"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (says(GOOD), PASS),
        (says(GOOD) + BY_MX, PASS),
        (BY_MX + says(GOOD), PASS),
        (BY_MX + BY_MX + says(GOOD), PASS),
        (BY_GMAIL + says(GOOD, by=GMAIL), PASS),
        (BY_GMAIL + says(BAD, by=GMAIL), FAIL),
        ("Received: by 10.12.130.5 with SMTP id x; x\r\n" + says(GOOD, by=GMAIL), PASS),
        # Somebody else has had the mail since, or may have.
        (BY_EVIL + says(GOOD), NONE),
        (BY_MX + BY_EVIL + says(GOOD), NONE),
        ("Received: x\r\n" + says(GOOD), NONE),
        (BY_MX * 9 + says(GOOD), NONE),
        # One trusted host does not take out what is written in the name of another.
        (BY_MX + says(GOOD, by=GMAIL), NONE),
        (BY_GMAIL + says(GOOD), NONE),
        (BY_MX + BY_GMAIL + says(GOOD, by=GMAIL), NONE),
        ("Received: by 2002:a05:1::1; x\r\n" + says(GOOD), NONE),
        (says("dmarc=none header.from=shop.example") + says(GOOD, by=GMAIL), NONE),
        # A host that lets stand what came with the mail in its own name.
        (BY_MX + says(BAD, "dkim=none") + says(GOOD, DKIM), FAIL),
        (BY_MX + says(GOOD) + says(BAD), FAIL),
        (BY_MX + says("dmarc=none header.from=shop.example", "dkim=none") + says(GOOD, DKIM), NONE),
        (says("dkim=none") + says(DKIM), NONE),
        (says("spf=none smtp.helo=evil.test") + says("spf=pass smtp.mailfrom=shop.example"), NONE),
        (says(DKIM) + says("dkim=fail header.d=shop.example"), NONE),
        (says("dkim=none") + says("dkim=none", by="other.test") + says(GOOD), NONE),
        # Programs that check one thing each, in the name of one host.
        (says(GOOD) + says(DKIM), PASS),
        (says("spf=fail smtp.mailfrom=list.test") + says(GOOD), PASS),
        # RFC 5321 §4.1.2: an address of evil.test.
        (says('spf=pass smtp.mailfrom="x@shop.example"@evil.test'), NONE),
        (says('dkim=pass header.i="x@shop.example"@evil.test header.s=k'), NONE),
    ],
)  # fmt: skip
def test_a_trusted_host_is_believed_where_it_writes_itself(
    header: str, expected: Authentication
) -> None:
    mail = parse_mail(header.encode() + b"From: hong@shop.example\r\n\r\nx\r\n")
    both = replace(FRONT, authserv_ids=frozenset({MX, GMAIL}))
    assert authenticate(mail, both, DIRECTORY).verdict is expected


# --- what is told -----------------------------------------------------------------------------


def test_every_check_is_told_with_who_made_it() -> None:
    found = replace(FORGED, arc=SEALED)
    got = verdict(found, results("spf=fail smtp.mailfrom=shop.example"), trust=TRUSTING)
    assert got.checks == (
        Check("spf", SHOP, "fail", MX, "smtp.mailfrom=shop.example"),
        Check("dkim", SHOP, "fail", "mailgate", "s=k1"),
        Check("spf", SHOP, "fail", "mailgate"),
        Check("dmarc", SHOP, "fail", "mailgate", "p=reject; nothing aligned"),
        Check("arc", "list.example", "pass", "mailgate"),
        Check("dmarc", SHOP, "pass", "list.example", "by ARC"),
    )


def test_smtp_auth_comes_before_everything() -> None:
    from_alice = replace(MAIL, from_=NamedAddress("Alice", ALICE))
    got = verdict(FORGED, results(BAD), mail=from_alice, trust=replace(FRONT, login=ALICE.key))
    assert (got.verdict, got.by) == (PASS, "smtp_auth")
    assert got.checks == (Check("smtp_auth", "acme.example", "pass", "mailgate", ALICE.key),)


def test_what_a_forger_lets_us_tell_is_bounded() -> None:
    many = results(*["dkim=fail header.d=shop.example"] * 500)
    assert len(verdict(FORGED, many).checks) == 20
