"""Every mail of the desk leaves signed where its domain has a key, and no other mail does."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailgate.desk.words.mails import public_reply
from mailgate.desk.words.notification import notifications
from mailgate.desk.words.who import Happening
from mailgate.desk.writing import composed
from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.compose import compose
from mailgate.mail.dkimkey import SigningKey
from mailgate.mail.dkimsign import Signer
from mailgate.mail.proofs import Answer, ProofResult
from mailgate.mail.proving import begin
from mailgate.model.delivery import Draft
from tests.deciders.desk_world import (
    ALICE,
    ANSWER,
    KOREAN_TICKET,
    MINSU,
    NOW,
    QUESTION,
    SEED,
    TICKET,
    desk,
)
from tests.deciders.inbound_world import HONG, Desk, mail, open_desk
from tests.deciders.mail_signer import ED25519, RSA2048, txt

RSA, ED = SigningKey(RSA2048), SigningKey(ED25519)
DESK = replace(
    desk(),
    signers={
        "acme.example": (Signer("acme.example", "rsa", RSA), Signer("acme.example", "ed", ED))
    },
)
PASSED = [ProofResult.PASS, ProofResult.PASS]


def results(content: bytes, domain: str = "acme.example") -> list[ProofResult]:
    answers = {
        txt(f"{selector}._domainkey.acme.example"): Answer((key.record,))
        for selector, key in (("rsa", RSA), ("ed", ED))
    }
    found = begin(content, domain, connection=None, now=NOW).conclude(answers)
    return [one.result for one in found.dkim]


ANSWERED = public_reply(
    DESK,
    TICKET,
    ANSWER,
    ALICE,
    from_override=None,
    extra_cc=(),
    references=("q1@customer.example",),
    now=NOW,
    seed=SEED,
)
TOLD = notifications(DESK, TICKET, QUESTION, Happening.NEW, now=NOW, seed=SEED)


@pytest.mark.parametrize("draft", [ANSWERED, *TOLD], ids=["answer", "to alice", "to bob"])
def test_answers_and_notifications_are_signed(draft: Draft) -> None:
    ((_, content),) = composed(DESK, [draft], NOW)
    assert results(content) == PASSED
    assert content.endswith(compose(draft.mail))


def test_each_of_several_mails_has_signatures_of_its_own() -> None:
    contents = [content for _, content in composed(DESK, TOLD, NOW)]
    assert [results(content) for content in contents] == [PASSED, PASSED]


def test_a_domain_without_a_key_is_not_signed() -> None:
    draft = public_reply(
        DESK,
        KOREAN_TICKET,
        ANSWER,
        MINSU,
        from_override=None,
        extra_cc=(),
        references=(),
        now=NOW,
        seed=SEED,
    )
    ((_, content),) = composed(DESK, [draft], NOW)
    assert content == compose(draft.mail)


@pytest.mark.parametrize(
    "from_",
    [Address("hong", "customer.example"), Address("ceo", "acme.example")],
    ids=["a customer", "somebody else of the domain"],
)
def test_nothing_is_signed_for_another_sender_than_ourselves(from_: Address) -> None:
    """Whatever a mail may say that it is from: the key speaks for the address it leaves by."""
    draft = replace(ANSWERED, mail=replace(ANSWERED.mail, from_=NamedAddress("Hong", from_)))
    ((_, content),) = composed(DESK, [draft], NOW)
    assert b"DKIM-Signature" not in content


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as made:
        made.context = DESK
        yield made


async def test_what_a_customers_mail_causes_is_signed(place: Desk) -> None:
    """The acknowledgement and the notifications, as they stand in the queue."""
    await place.receive(mail())
    for recipient in (HONG, ALICE.address):
        (sent,) = await place.sent(recipient)
        signatures = sent.get_all("DKIM-Signature")
        assert signatures is not None
        assert [one.count("d=acme.example") for one in signatures] == [1, 1]
