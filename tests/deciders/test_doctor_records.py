"""What the DNS records of a domain mean. Rules are those of the RFCs that the rows name."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailgate.daemon.doctor import records
from mailgate.daemon.doctor.findings import Level
from mailgate.daemon.doctor.resolver import Answer
from mailgate.mail.dkimkey import SigningKey
from mailgate.mail.dkimsign import Signer

OK, WARN, FAIL = Level.OK, Level.WARN, Level.FAIL
ACME = "acme.example"

MX = {
    "theirs": (Answer(("10 mx.provider.example",)), {"mx.provider.example": True}, OK),
    "ours": (Answer(("10 gateway.acme.example",)), {"gateway.acme.example": True}, OK),
    "one of two is dead": (
        Answer(("20 b.example", "10 a.example")),
        {"a.example": True, "b.example": False},
        WARN,
    ),
    "all are dead": (Answer(("10 a.example",)), {"a.example": False}, FAIL),
    "null MX, RFC 7505": (Answer(("0 .",)), {}, FAIL),
    "none, and an address, RFC 5321 §5.1": (Answer(), {ACME: True}, WARN),
    "nothing": (Answer(), {ACME: False}, FAIL),
    "no such domain": (Answer(exists=False), {}, FAIL),
}


@pytest.mark.parametrize("name", MX)
def test_mx(name: str) -> None:
    answer, reachable, level = MX[name]
    found = records.judge_mx(ACME, answer, reachable, hostname="gateway.acme.example")
    assert found.level is level, found
    assert (found.what_to_do == "") is (level is OK)


def test_the_preferred_host_is_named_first() -> None:
    assert records.mx_targets(("20 b.example", "5 a.example", "100 c.example")) == (
        "a.example",
        "b.example",
        "c.example",
    )


SPF: dict[str, tuple[tuple[str, ...], int | None, Level]] = {
    "usual": (("v=spf1 include:_spf.relay.example -all",), 1, OK),
    "other letters": (("V=SPF1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ~ALL",), 0, OK),
    "handed on": (("v=spf1 redirect=_spf.relay.example",), 1, OK),
    "beside other texts": (("google-site-verification=x", "v=spf1 a mx -all"), 2, OK),
    "a macro": (("v=spf1 exists:%{i}._spf.relay.example -all",), 1, OK),
    "none": (("google-site-verification=x",), None, WARN),
    "another version": (("v=spf10 -all",), None, WARN),
    "two, §4.5": (("v=spf1 -all", "v=spf1 a -all"), None, FAIL),
    "a word that is no term": (("v=spf1 includes:relay.example -all",), 0, FAIL),
    "an address without ip4:": (("v=spf1 192.0.2.1 -all",), 0, FAIL),
    "eleven questions, §4.6.4": (("v=spf1 include:a.example -all",), 11, FAIL),
    "ten are allowed": (("v=spf1 include:a.example -all",), 10, OK),
    "everybody may": (("v=spf1 +all",), 0, FAIL),
    "all by itself": (("v=spf1 all",), 0, FAIL),
    "neutral": (("v=spf1 a ?all",), 1, WARN),
    "no end": (("v=spf1 a",), 1, WARN),
}


@pytest.mark.parametrize("name", SPF)
def test_spf(name: str) -> None:
    """RFC 7208."""
    texts, questions, level = SPF[name]
    found = records.judge_spf(ACME, texts, questions)
    assert found.level is level, found


def test_what_a_record_costs() -> None:
    """RFC 7208 §4.6.4: include, a, mx, ptr, exists and redirect ask; ip4, ip6 and all do not."""
    record = "v=spf1 a mx:b.example/24 ptr include:c.example exists:d ip4:192.0.2.1 redirect=e -all"
    assert records.spf_questions(record) == 6
    assert records.spf_follows(record) == ("c.example", "e")
    assert records.spf_follows("v=spf1 include:%{d}.x.example -all") == ()


DMARC: dict[str, tuple[tuple[str, ...], str, Level]] = {
    "none": ((), ACME, WARN),
    "watched": (("v=DMARC1; p=none; rua=mailto:d@acme.example",), ACME, OK),
    "strict": (("v=DMARC1;p=reject;aspf=s;adkim=s",), ACME, OK),
    "two": (("v=DMARC1; p=none", "v=DMARC1; p=reject"), ACME, FAIL),
    "no policy": (("v=DMARC1; rua=mailto:d@acme.example",), ACME, FAIL),
    "an unknown policy": (("v=DMARC1; p=block",), ACME, FAIL),
    "not a record": (("v=DMARC10; p=none",), ACME, WARN),
    "that of the domain above": (("v=DMARC1; p=none; sp=reject",), "example", OK),
}


@pytest.mark.parametrize("name", DMARC)
def test_dmarc(name: str) -> None:
    """RFC 7489 §6.3."""
    texts, at, level = DMARC[name]
    found = records.judge_dmarc(ACME, at, texts)
    assert found.level is level, found


def test_a_subdomain_has_the_policy_for_subdomains() -> None:
    found = records.judge_dmarc(ACME, "example", ("v=DMARC1; p=none; sp=reject; aspf=s",))
    assert "p=reject (of example), strict aspf" in found.sentence


def rsa_key(bits: int) -> str:
    public = rsa.generate_private_key(65537, bits).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def ed25519_key() -> str:
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    return base64.b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


@pytest.mark.parametrize(
    ("texts", "level"),
    [
        ((f"v=DKIM1; k=rsa; p={rsa_key(2048)}",), OK),
        ((f"p={rsa_key(1024)}",), WARN),
        ((f"v=DKIM1; k=ed25519; p={ed25519_key()}",), OK),
        (("v=DKIM1; p=",), FAIL),
        (("v=DKIM1; p=MIGf broken",), FAIL),
        ((), FAIL),
    ],
)
def test_dkim(texts: tuple[str, ...], level: Level) -> None:
    """RFC 6376 §3.6.1, RFC 8301 §3.2 (keys under 1024 bits are worth nothing), RFC 8463."""
    assert records.judge_dkim(ACME, "s1", texts).level is level


OWN = SigningKey(rsa.generate_private_key(65537, 2048))
SHORT = SigningKey(rsa.generate_private_key(65537, 1024))
OWN_ED = SigningKey(ed25519.Ed25519PrivateKey.generate())
OWN_KEYS = {
    "ours": (OWN, (OWN.record,), OK, "the RSA key of 2048 bits at s1._domainkey"),
    "ours, beside a wildcard": (OWN, ("v=spf1 -all", OWN.record), OK, "is ours"),
    "ours, of Ed25519": (OWN_ED, (OWN_ED.record,), OK, "the Ed25519 key at s1._domainkey"),
    "ours, in pieces": (OWN, (OWN.record.replace("A", "A "),), OK, "is ours"),
    "ours, short": (SHORT, (SHORT.record,), WARN, "1024 bits"),
    "ours, being tested": (OWN, (f"{OWN.record}; t=y",), WARN, "being tested"),
    "another": (OWN, (f"v=DKIM1; p={rsa_key(2048)}",), FAIL, "is another than ours"),
    "another, of Ed25519": (OWN_ED, (f"k=ed25519; p={ed25519_key()}",), FAIL, "than ours"),
    "of another kind": (OWN, (OWN_ED.record,), FAIL, "the key is of another kind"),
    "none": (OWN, (), FAIL, "no key in the DNS"),
    "two": (OWN, (OWN.record, f"p={rsa_key(2048)}"), FAIL, "several keys"),
    "revoked": (OWN, ("v=DKIM1; p=",), FAIL, "was revoked"),
}


@pytest.mark.parametrize("name", OWN_KEYS)
def test_the_key_that_we_sign_with(name: str) -> None:
    """What is published must be the public part of the key here, as receivers read it."""
    key, texts, level, says = OWN_KEYS[name]
    found = records.judge_own_key(ACME, Signer(ACME, "s1", key), texts)
    assert found.level is level
    assert says in found.sentence
    assert (found.what_to_do).startswith("publish TXT s1._domainkey.acme.example") == (
        level is FAIL
    )


@pytest.mark.parametrize(
    ("addresses", "names", "level"),
    [
        (("192.0.2.1",), {"192.0.2.1": ("gw.acme.example",)}, OK),
        (("192.0.2.1",), {"192.0.2.1": ("host-1.isp.example",)}, WARN),
        (("192.0.2.1", "2001:db8::1"), {"192.0.2.1": ("gw.acme.example",)}, WARN),
        ((), {}, WARN),
    ],
)
def test_the_host(
    addresses: tuple[str, ...], names: dict[str, tuple[str, ...]], level: Level
) -> None:
    """Names that lead there and back (FCrDNS, RFC 8601 §2.7.3)."""
    assert records.judge_host("gw.acme.example", addresses, names).level is level
