"""The ARC chain (RFC 8617): whether it holds, and whose word in it is to be believed."""

from collections.abc import Mapping
from datetime import UTC, datetime

import dkim
import pytest

from mailgate.mail.proofs import Answer, ArcResult, ProofResult, Question
from mailgate.mail.proving import Proving, begin
from tests.deciders.mail_signer import ARRIVED, RSA2048, Signer, sealed, txt

NOW = datetime.fromtimestamp(ARRIVED, UTC)
MAIL = (
    b"From: Kim <kim@acme.co.kr>\r\nTo: support@desk.example\r\nSubject: boiler\r\n"
    b"Date: Sat, 21 Nov 2026 10:00:00 +0900\r\nMessage-ID: <1@acme.co.kr>\r\n\r\nIt leaks.\r\n"
)
FIRST = Signer("forwarder.example", "one")
SECOND = Signer("list.example", "two")
THIRD = Signer("third.example", "three")
GOOD = (
    "mx.forwarder.example; dmarc=pass header.from=acme.co.kr; spf=pass smtp.mailfrom=a@acme.co.kr"
)
BAD = "list.example; dmarc=fail header.from=acme.co.kr"
FOUND = (("dmarc", "pass", "acme.co.kr"), ("spf", "pass", "acme.co.kr"))
NONE = {txt("_dmarc.acme.co.kr"): Answer()}
KEYS = NONE | FIRST.answers() | SECOND.answers() | THIRD.answers()


def proving(content: bytes) -> Proving:
    return begin(content, "acme.co.kr", connection=None, now=NOW)


def chain(content: bytes, answers: Mapping[Question, Answer] = KEYS) -> ArcResult:
    found = proving(content).conclude(answers).arc
    assert found is not None
    return found


def listed(content: bytes) -> bytes:
    """What a mailing list does."""
    return content.replace(b"Subject: boiler", b"Subject: [users] boiler") + b"-- \r\nusers\r\n"


def test_a_mail_without_a_chain() -> None:
    assert proving(MAIL).conclude(KEYS).arc is None


def test_a_chain_of_one() -> None:
    found = chain(sealed(MAIL, FIRST, GOOD))
    assert found.result is ProofResult.PASS
    assert [one.sealer for one in found.sets] == ["forwarder.example"]
    assert found.vouched(frozenset(["forwarder.example"])) == FOUND
    assert found.vouched(frozenset(["list.example"])) == ()


@pytest.mark.parametrize("key", [FIRST.key, RSA2048])
@pytest.mark.parametrize("canon", ["relaxed/relaxed", "simple/simple"])
def test_a_chain_of_three_the_newest_first(key: object, canon: str) -> None:
    signer = Signer("third.example", "three", key=key, canon=canon)  # type: ignore[arg-type]
    content = sealed(
        sealed(sealed(MAIL, FIRST, GOOD), SECOND, "list.example; none"), signer, "x; none"
    )
    found = chain(content, KEYS | signer.answers())
    assert found.result is ProofResult.PASS
    assert [one.sealer for one in found.sets] == [
        "third.example",
        "list.example",
        "forwarder.example",
    ]
    assert all(one.intact for one in found.sets)


@pytest.mark.parametrize(
    ("trusted", "expected"),
    [
        # The list changed the mail. What was found before counts when the list is trusted too.
        (["forwarder.example", "list.example"], FOUND),
        (["list.example"], (("dmarc", "fail", "acme.co.kr"),)),
        (["forwarder.example"], ()),
        ([], ()),
    ],
)
def test_whose_word_counts_when_a_list_has_changed_the_mail(
    trusted: list[str], expected: tuple[object, ...]
) -> None:
    content = sealed(listed(sealed(MAIL, FIRST, GOOD)), SECOND, BAD)
    found = chain(content)
    assert found.result is ProofResult.PASS
    assert [one.intact for one in found.sets] == [True, False]
    assert found.vouched(frozenset(trusted)) == expected


BY_GOOGLE = (
    "mx.google.com;\r\n dkim=pass header.i=@acme.co.kr header.s=sel header.b=Wv7Nq1aB;\r\n"
    " spf=pass (google.com: domain of kim@acme.co.kr designates 192.0.2.1 as permitted sender)"
    " smtp.mailfrom=kim@acme.co.kr;\r\n dmarc=pass (p=NONE sp=NONE dis=NONE)"
    " header.from=acme.co.kr"
)
BY_MICROSOFT = (
    "mx.microsoft.com 1; spf=pass (sender ip is 192.0.2.1)\r\n smtp.rcpttodomain=desk.example"
    " smtp.mailfrom=acme.co.kr; dmarc=pass\r\n (p=none sp=none pct=100) action=none"
    " header.from=acme.co.kr;\r\n dkim=pass (signature was verified)"
    " header.d=acme.co.kr; arc=none"
)


@pytest.mark.parametrize("results", [BY_GOOGLE, BY_MICROSOFT])
def test_what_providers_write(results: str) -> None:
    found = chain(sealed(MAIL, FIRST, results)).vouched(frozenset(["forwarder.example"]))
    assert {(name, "pass", "acme.co.kr") for name in ("dkim", "spf", "dmarc")} <= set(found)


def test_whoever_seals_on_top_without_a_change_takes_nothing_away() -> None:
    content = sealed(sealed(MAIL, FIRST, GOOD), SECOND, "l; none")
    assert chain(content).vouched(frozenset(["forwarder.example"])) == FOUND


def test_a_stranger_does_not_borrow_the_word_of_a_trusted_sealer() -> None:
    """A good mail of the forwarder, with another text, under a seal of the stranger's own."""
    stolen = sealed(MAIL, FIRST, GOOD).replace(b"It leaks.", b"Pay now.")
    content = sealed(stolen, Signer("evil.example", "e"), GOOD)
    found = chain(content, KEYS | Signer("evil.example", "e").answers())
    assert found.result is ProofResult.PASS
    assert found.vouched(frozenset(["forwarder.example"])) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"It leaks.", b"Pay now."),
        (b"kim@acme.co.kr>\r\nTo", b"eve@acme.co.kr>\r\nTo"),
        (b"dmarc=fail", b"dmarc=pass"),
        (b"ARC-Authentication-Results: i=1; mx.f", b"ARC-Authentication-Results: i=1; mx.g"),
        (b"s=one; cv=none", b"s=one; t=1; cv=none"),
        (b"From: Kim", b"From: eve@evil.example\r\nFrom: Kim"),
    ],
)
def test_a_chain_that_was_touched(old: bytes, new: bytes) -> None:
    content = sealed(sealed(MAIL, FIRST, GOOD), SECOND, BAD)
    assert content.count(old) == 1
    found = chain(content.replace(old, new))
    assert found.result is ProofResult.FAIL
    assert found.vouched(frozenset(["forwarder.example", "list.example"])) == ()


def _without(content: bytes, start: bytes) -> bytes:
    lines = content.split(b"\r\n")
    at = next(n for n, line in enumerate(lines) if line.startswith(start))
    end = next(n for n in range(at + 1, len(lines)) if lines[n][:1] not in (b"\t", b" "))
    return b"\r\n".join(lines[:at] + lines[end:])


TWO = sealed(sealed(MAIL, FIRST, GOOD), SECOND, "l; none")


@pytest.mark.parametrize(
    "content",
    [
        _without(TWO, b"ARC-Seal: i=1"),
        _without(TWO, b"ARC-Message-Signature: i=2"),
        _without(TWO, b"ARC-Authentication-Results: i=1"),
        _without(_without(_without(TWO, b"ARC-Seal: i=1"), b"ARC-M"), b"ARC-A"),
        TWO.replace(b"i=1", b"i=3"),
        TWO.replace(b"i=2", b"i=0"),
        TWO.replace(b"i=2", b"i=02"),
        TWO.replace(b"i=2", "i=\u0662".encode()),
        TWO.replace(b"i=2;", b"j=2;"),
        TWO.replace(b"ARC-Seal: i=2;", b"ARC-Seal: i=2; h=from;"),
        TWO.replace(b"cv=pass", b"cv=none"),
        TWO.replace(b"cv=none", b"cv=pass"),
        TWO.replace(b"ARC-Seal: ", b"ARC-Seal: i=1; "),
        b"ARC-Seal: i=1; cv=none\r\n" + MAIL,
        b"no field\r\n" + TWO,
        sealed(MAIL, Signer("forwarder.example", "one", names=("From", "ARC-Seal")), GOOD),
        sealed(MAIL, Signer("forwarder.example", "one", names=("Subject",)), GOOD),
        sealed(MAIL, Signer("forwarder.example", "one", tags={"x": "1"}), GOOD),
        sealed(MAIL, FIRST, GOOD, cv="fail"),
    ],
)
def test_chains_that_are_none(content: bytes) -> None:
    """RFC 8617 §5.2: whole sets, numbered from 1, each saying that it held before."""
    assert chain(content).result is not ProofResult.PASS


def test_no_key_is_asked_for_where_the_chain_is_broken_by_itself() -> None:
    asked = proving(_without(TWO, b"ARC-Seal: i=1")).questions(NONE)
    assert asked == frozenset()


def test_a_chain_whose_keys_nobody_tells() -> None:
    content = sealed(sealed(MAIL, FIRST, GOOD), SECOND, "l; none")
    assert proving(content).questions(NONE) == {FIRST.question, SECOND.question}
    assert chain(content, NONE | FIRST.answers()).result is ProofResult.TEMPERROR
    assert chain(content, NONE | FIRST.answers() | {SECOND.question: Answer()}).result is (
        ProofResult.FAIL
    )


def test_keys_are_not_asked_for_where_nobody_is_trusted_or_nothing_is_missing() -> None:
    content = sealed(MAIL, FIRST, GOOD)
    assert proving(content).sealers == {"forwarder.example"}
    assert proving(content).without_arc().questions(NONE) == frozenset()
    assert proving(content).without_arc().conclude(KEYS).arc is None


def test_a_long_chain() -> None:
    content = MAIL
    for number in range(1, 12):
        content = sealed(content, FIRST, GOOD)
        found = chain(content)
        assert found.result is (ProofResult.PASS if number <= 10 else ProofResult.NEUTRAL)
    assert proving(content).questions(NONE) == frozenset()


def test_fifty_one_sets_are_too_many() -> None:
    content = MAIL
    for number in range(51, 0, -1):
        content = (
            b"ARC-Seal: i=%d; cv=none\r\nARC-Message-Signature: i=%d\r\n"
            b"ARC-Authentication-Results: i=%d; a\r\n" % (number, number, number)
        ) + content
    assert chain(content).result is ProofResult.FAIL


def test_another_implementation_believes_the_chains_of_these_tests() -> None:
    keys: dict[Question, Answer] = {}
    content = MAIL
    for domain in ("forwarder.example", "list.example", "third.example"):
        signer = Signer(domain, key=RSA2048)
        keys |= signer.answers()
        content = sealed(content, signer, GOOD)
    assert chain(content, NONE | keys).result is ProofResult.PASS

    def ask(name: bytes, timeout: int = 5) -> bytes | None:
        answer = keys.get(txt(name.decode().rstrip(".")))
        return answer.records[0].encode() if answer and answer.records else None

    assert dkim.arc_verify(content, dnsfunc=ask)[0] == b"pass"
