"""Whatever we compose can be signed, and whoever reads it believes the signature."""

from dataclasses import replace
from datetime import UTC, datetime

import dkim
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.mail.compose import compose
from mailgate.mail.dkimkey import SigningKey
from mailgate.mail.dkimsign import Signer, signed
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.proofs import Answer, ProofResult
from mailgate.mail.proving import begin
from tests.deciders.mail_signer import ED25519, RSA2048, txt
from tests.harness.mailwire import wire_faults
from tests.properties.test_mail_compose_parse import MAIL

NOW = datetime.now(UTC)
"""The other implementation looks at the clock."""
RSA, ED = SigningKey(RSA2048), SigningKey(ED25519)


@settings(max_examples=40, deadline=None)
@given(MAIL, st.sampled_from(["", "auto-generated", "auto-replied"]))
def test_any_mail_that_we_compose_verifies(mail: OutgoingMail, automatic: str) -> None:
    domain = mail.from_.address.domain
    signers = (Signer(domain, "rsa", RSA), Signer(domain, "ed", ED))
    headers = (("Auto-Submitted", automatic),) if automatic else ()
    content = signed(compose(replace(mail, headers=headers)), signers, NOW)
    assert wire_faults(content) == []
    answers = {
        txt(f"{one.selector}._domainkey.{domain}"): Answer((one.key.record,)) for one in signers
    }
    found = begin(content, domain, connection=None, now=NOW).conclude(answers)
    assert [one.result for one in found.dkim] == [ProofResult.PASS, ProofResult.PASS]
    assert dkim.verify(content, dnsfunc=lambda name, timeout=5: RSA.record.encode())
