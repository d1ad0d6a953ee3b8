"""DMARC (RFC 7489), and the order in which a mail is asked about."""

import pickle
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from mailgate.mail.proofs import (
    Answer,
    Connecting,
    DmarcResult,
    ProofResult,
    Proofs,
    Question,
    RecordType,
)
from mailgate.mail.proving import begin
from tests.deciders.mail_signer import ARRIVED, Signer, sealed, signed, txt
from tests.deciders.spf_zone import Zone, answer

NOW = datetime.fromtimestamp(ARRIVED, UTC)
PASS, FAIL, NONE, TEMPERROR, NEUTRAL = (
    ProofResult.PASS,
    ProofResult.FAIL,
    ProofResult.NONE,
    ProofResult.TEMPERROR,
    ProofResult.NEUTRAL,
)
PEER = "192.0.2.1"
SPF = ["TXT v=spf1 ip4:192.0.2.1 -all"]


def mail(domain: str) -> bytes:
    return b"From: kim@%s\r\nSubject: a\r\n\r\nIt leaks.\r\n" % domain.encode()


def by(domain: str, selector: str = "s") -> Signer:
    return Signer(domain, selector, names=("From", "Subject"))


def proofs(
    content: bytes,
    domain: str,
    zone: Zone,
    *,
    sender: str | None = None,
    signers: tuple[Signer, ...] = (),
    peer: str = PEER,
    keys: bool = True,
    asks_server: bool = False,
) -> tuple[Proofs, list[set[Question]]]:
    """What is proven, and the rounds in which it was asked. With `sender`, the peer is its own
    server."""
    connection = Connecting(peer, "mx.example", "kim", sender) if sender is not None else None
    known = {question: one for signer in signers for question, one in signer.answers().items()}
    answers: dict[Question, Answer] = {}
    proving = begin(content, domain, connection=connection, now=NOW)
    proving = proving.with_server() if asks_server else proving
    rounds: list[set[Question]] = []
    while open_ones := proving.questions(answers):
        rounds.append(set(open_ones))
        for question in open_ones:
            answers[question] = (known if keys else {}).get(question) or answer(zone, question)
    return proving.conclude(answers), rounds


def dmarc(content: bytes, domain: str, zone: Zone, **more: object) -> DmarcResult:
    found = proofs(content, domain, zone, **more)[0].dmarc  # type: ignore[arg-type]  # the same
    assert found is not None
    return found


# --- alignment (RFC 7489 §3.1, and appendix B.1) ------------------------------------------------


@pytest.mark.parametrize(
    ("sender", "strict", "expected"),
    [
        # B.1.1: SPF in alignment, from the domain itself, one below it, and another.
        ("example.com", False, PASS),
        ("child.example.com", False, PASS),
        ("example.net", False, FAIL),
        ("example.com", True, PASS),
        ("child.example.com", True, FAIL),
        ("com", False, FAIL),
    ],
)
def test_spf_in_alignment(sender: str, expected: ProofResult, *, strict: bool) -> None:
    zone: Zone = {
        "_dmarc.example.com": [f"TXT v=DMARC1; p=reject; aspf={'s' if strict else 'r'}"],
        sender: SPF,
    }
    found = dmarc(mail("example.com"), "example.com", zone, sender=sender)
    assert found == DmarcResult(
        "example.com", "reject", expected, "spf" if expected is PASS else None
    )


@pytest.mark.parametrize(
    ("signer", "strict", "expected"),
    [
        # B.1.2: DKIM in alignment.
        ("example.com", False, PASS),
        ("mail.example.com", False, PASS),
        ("sample.net", False, FAIL),
        ("example.com", True, PASS),
        ("mail.example.com", True, FAIL),
    ],
)
def test_dkim_in_alignment(signer: str, expected: ProofResult, *, strict: bool) -> None:
    zone: Zone = {"_dmarc.example.com": [f"TXT v=DMARC1; p=none; adkim={'s' if strict else 'r'}"]}
    content = signed(mail("example.com"), by(signer))
    found = dmarc(content, "example.com", zone, signers=(by(signer),), sender="other.example")
    assert found == DmarcResult(
        "example.com", "none", expected, "dkim" if expected is PASS else None
    )


def test_two_customers_of_a_registry_are_not_aligned() -> None:
    zone: Zone = {"_dmarc.acme.co.kr": ["TXT v=DMARC1; p=reject"], "evil.co.kr": SPF}
    content = signed(mail("acme.co.kr"), by("evil.co.kr"))
    found = dmarc(content, "acme.co.kr", zone, signers=(by("evil.co.kr"),), sender="evil.co.kr")
    assert found.result is FAIL


def test_one_good_proof_is_enough() -> None:
    zone: Zone = {"_dmarc.acme.co.kr": ["TXT v=DMARC1; p=reject"]}
    content = signed(mail("acme.co.kr"), by("acme.co.kr"))
    broken = content.replace(b"It leaks.", b"Pay now.")
    assert dmarc(content, "acme.co.kr", zone, signers=(by("acme.co.kr"),)).by == "dkim"
    zone["acme.co.kr"] = SPF
    assert dmarc(broken, "acme.co.kr", zone, sender="acme.co.kr").by == "spf"
    assert dmarc(broken, "acme.co.kr", zone, sender="acme.co.kr", peer="192.0.2.9").result is FAIL


# --- the record (RFC 7489 §6.3, §6.6.3) -----------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "policy"),
    [
        (["TXT v=DMARC1; p=reject"], "reject"),
        (["TXT v=DMARC1;p=quarantine;pct=10;fo=1"], "quarantine"),
        (["TXT v = DMARC1 ; P = Reject ; "], "reject"),
        (["TXT v=DMARC1; p=none; rua=mailto:d@acme.co.kr"], "none"),
        (["TXT v=DMARC1; rua=mailto:d@acme.co.kr"], "none"),
        (["TXT v=DMARC1; p=maybe; rua=mailto:d@acme.co.kr"], "none"),
        (["TXT v=DMARC1; p=maybe"], None),
        (["TXT v=DMARC1"], None),
        (["TXT p=reject; v=DMARC1"], None),
        (["TXT v=DMARC2; p=reject"], None),
        (["TXT v=dmarc1; p=reject"], None),
        (["TXT v=DMARC1; p=reject; p=none"], None),
        (["TXT v=DMARC1; p=reject; junk"], None),
        (["TXT v=DMARC1; p=reject", "TXT v=DMARC1; p=none"], None),
        (["TXT v=DMARC1; p=reject", "TXT something else"], "reject"),
        (["TXT v=DMARC1; p=reject; n=" + "x" * 1_000_000], None),
        ([], None),
    ],
)
def test_records(records: list[str], policy: str | None) -> None:
    found = dmarc(mail("acme.co.kr"), "acme.co.kr", {"_dmarc.acme.co.kr": records}, sender="")
    assert found == DmarcResult("acme.co.kr", policy, FAIL if policy else NONE)


@pytest.mark.parametrize(
    ("own", "above", "policy", "rounds"),
    [
        (["TXT v=DMARC1; p=none"], ["TXT v=DMARC1; p=reject"], "none", 1),
        ([], ["TXT v=DMARC1; p=reject"], "reject", 2),
        ([], ["TXT v=DMARC1; p=reject; sp=quarantine"], "quarantine", 2),
        ([], ["TXT v=DMARC1; p=reject; sp=maybe"], "reject", 2),
        (["TXT v=DMARC1; p=reject; sp=none"], [], "reject", 1),
        (["TXT junk"], ["TXT v=DMARC1; p=reject"], "reject", 2),
        ([], [], None, 2),
    ],
)
def test_the_organisation_speaks_for_a_subdomain(
    own: list[str], above: list[str], policy: str | None, rounds: int
) -> None:
    zone: Zone = {"_dmarc.mail.acme.co.kr": own, "_dmarc.acme.co.kr": above}
    found, asked = proofs(mail("mail.acme.co.kr"), "mail.acme.co.kr", zone)
    assert found.dmarc
    assert found.dmarc.policy == policy
    assert len(asked) == rounds


def test_what_is_proven_is_told_without_a_record_too() -> None:
    content = signed(mail("mail.acme.co.kr"), by("acme.co.kr"))
    found = dmarc(content, "mail.acme.co.kr", {}, signers=(by("acme.co.kr"),))
    assert found == DmarcResult("mail.acme.co.kr", None, NONE, "dkim")
    found = dmarc(mail("acme.co.kr"), "acme.co.kr", {"acme.co.kr": SPF}, sender="acme.co.kr")
    assert found == DmarcResult("acme.co.kr", None, NONE, "spf")


# --- what is not known is not judged --------------------------------------------------------------

REJECT: Zone = {"_dmarc.acme.co.kr": ["TXT v=DMARC1; p=reject"]}


def test_a_mail_that_another_host_hands_us_fails_nothing_that_only_spf_could_show() -> None:
    assert dmarc(mail("acme.co.kr"), "acme.co.kr", REJECT).result is NEUTRAL
    assert dmarc(mail("acme.co.kr"), "acme.co.kr", REJECT, sender="other.example").result is FAIL


@pytest.mark.parametrize(
    ("zone", "signer"),
    [
        ({"_dmarc.acme.co.kr": ["FAIL TXT"]}, None),
        (REJECT | {"s._domainkey.acme.co.kr": ["FAIL TXT"]}, by("acme.co.kr")),
        (REJECT | {"acme.co.kr": ["FAIL TXT"]}, None),
    ],
)
def test_a_dns_that_does_not_answer(zone: Zone, signer: Signer | None) -> None:
    content = signed(mail("acme.co.kr"), signer) if signer else mail("acme.co.kr")
    assert dmarc(content, "acme.co.kr", zone, sender="acme.co.kr").result is TEMPERROR


def test_a_stranger_whose_key_is_not_told_saves_no_forger() -> None:
    zone = REJECT | {"s._domainkey.evil.example": ["FAIL TXT"]}
    content = signed(mail("acme.co.kr"), by("evil.example"))
    assert dmarc(content, "acme.co.kr", zone, sender="evil.example").result is FAIL


def test_nothing_answered_at_all() -> None:
    content = sealed(signed(mail("acme.co.kr"), by("acme.co.kr")), by("f.example"), "x; none")
    connection = Connecting(PEER, "mx.example", "kim", "acme.co.kr")
    found = begin(content, "acme.co.kr", connection=connection, now=NOW).conclude({})
    assert [one.result for one in found.dkim] == [TEMPERROR]
    assert found.spf
    assert found.arc
    assert found.dmarc
    assert (found.spf.result, found.arc.result, found.dmarc.result) == (TEMPERROR,) * 3


# --- the rounds -----------------------------------------------------------------------------------


def test_keys_and_policy_first_then_spf_then_arc() -> None:
    broken = signed(mail("acme.co.kr"), by("acme.co.kr", "wrong"))
    content = sealed(broken, by("f.example"), "x; dmarc=pass header.from=acme.co.kr")
    zone = REJECT | {"acme.co.kr": ["TXT v=spf1 -all"]}
    found, rounds = proofs(
        content, "acme.co.kr", zone, sender="acme.co.kr", signers=(by("f.example"),)
    )
    assert rounds == [
        {txt("wrong._domainkey.acme.co.kr"), txt("_dmarc.acme.co.kr")},
        {txt("acme.co.kr")},
        {txt("s._domainkey.f.example")},
    ]
    assert found.dmarc
    assert found.arc
    assert (found.dmarc.result, found.arc.result) == (FAIL, PASS)


def test_what_a_good_signature_makes_needless_is_not_asked() -> None:
    content = sealed(signed(mail("acme.co.kr"), by("acme.co.kr")), by("f.example"), "x; none")
    found, rounds = proofs(
        content, "acme.co.kr", REJECT, sender="acme.co.kr", signers=(by("acme.co.kr"),)
    )
    assert rounds == [{txt("s._domainkey.acme.co.kr"), txt("_dmarc.acme.co.kr")}]
    assert (found.spf, found.arc) == (None, None)


@pytest.mark.parametrize(
    ("sender", "peer", "by_what"),
    [("acme.co.kr", PEER, "spf"), ("acme.co.kr", "192.0.2.9", "dkim"), ("x.example", PEER, "dkim")],
    ids=["theirs", "another host", "another domain"],
)
def test_whose_server_it_was_is_asked_beside_a_good_signature(
    sender: str, peer: str, by_what: str
) -> None:
    """Where that matters; a server that is not theirs takes nothing from the signature."""
    found, rounds = proofs(
        signed(mail("acme.co.kr"), by("acme.co.kr")),
        "acme.co.kr",
        REJECT | {sender: SPF},
        sender=sender,
        signers=(by("acme.co.kr"),),
        peer=peer,
        asks_server=True,
    )
    assert rounds[1] == {txt(sender)}
    assert found.dmarc == DmarcResult("acme.co.kr", "reject", PASS, by_what)
    assert [one.result for one in found.dkim] == [PASS]


@pytest.mark.parametrize(
    ("sender", "signer", "by_what"),
    [
        ("mail.acme.co.kr", "acme.co.kr", "dkim"),
        ("acme.co.kr", "mail.acme.co.kr", "spf"),
        ("mail.acme.co.kr", "mail.acme.co.kr", None),
    ],
)
def test_less_than_the_very_domain_proves_nothing_where_the_policy_is_not_known(
    sender: str, signer: str, by_what: str | None
) -> None:
    """Whether another part of the organisation is enough is what the policy says."""
    found = dmarc(
        signed(mail("acme.co.kr"), by(signer)),
        "acme.co.kr",
        {"_dmarc.acme.co.kr": ["FAIL TXT"], sender: SPF},
        sender=sender,
        signers=(by(signer),),
        asks_server=True,
    )
    assert found == DmarcResult("acme.co.kr", None, TEMPERROR, by_what)


def test_answers_to_other_questions_are_no_matter() -> None:
    answers: Mapping[Question, Answer] = {Question("x.example", RecordType.MX): Answer(("y",))}
    proving = begin(mail("acme.co.kr"), "acme.co.kr", connection=None, now=NOW)
    assert proving.questions(answers) == {txt("_dmarc.acme.co.kr")}


def test_what_was_begun_can_be_sent_to_another_process() -> None:
    content = sealed(signed(mail("acme.co.kr"), by("acme.co.kr")), by("f.example"), "x; none")
    proving = begin(content, "acme.co.kr", connection=Connecting(PEER, "mx"), now=NOW)
    there = pickle.dumps(proving)
    assert pickle.loads(there) == proving
    assert b"leaks" not in there
