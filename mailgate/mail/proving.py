"""Whether a mail is from whom it says: everything that the bytes and the DNS can prove, in two
steps, neither of which asks anybody.

`begin` does what costs time, in the thread or process that parses. What it returns is a value
that can be sent from there. `questions` says what the DNS must be asked, round by round, until
there is nothing left or nobody answers; `conclude` says what came of it.

The rounds are ordered by what they are worth: keys and the policy first; SPF when no signature
stands for the domain of From, or when it matters who handed us the mail; ARC when DMARC has not
passed. What is not needed is not asked.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from mailgate.mail.arc import Chain, read_chain
from mailgate.mail.dkim import Signature, read_signatures, result_of
from mailgate.mail.dkimcanon import read_signed
from mailgate.mail.dmarc import judge, policy_of, policy_questions
from mailgate.mail.proofs import (
    Answers,
    ArcResult,
    Connecting,
    DkimResult,
    DmarcResult,
    Proofs,
    Question,
    SpfResult,
)
from mailgate.mail.spf import check_spf, spf_questions

_MAX_DOMAIN = 240
"""Octets of a domain of From: `_dmarc.` must fit before it."""


def begin(
    content: bytes, from_domain: str | None, *, connection: Connecting | None, now: datetime
) -> "Proving":
    """Reads what is signed and hashes it. Never raises, whatever the bytes are.

    `from_domain` is the domain of the one From address, None without one: then there is nothing
    to prove, and nothing is asked. `connection` is given
    only where the peer is the sender's own server. `now` is the time of arrival, by which
    signatures expire.
    """
    domain = from_domain.lower().rstrip(".") if from_domain else ""
    if "." not in domain or domain.startswith("[") or len(domain) > _MAX_DOMAIN:
        return Proving()
    mail = read_signed(content)
    return Proving(domain, read_signatures(mail, domain, now), read_chain(mail, now), connection)


@dataclass(frozen=True, slots=True)
class Proving:
    """What is to be proven of one mail. It holds digests, no part of the mail."""

    from_domain: str | None = None
    signatures: tuple[Signature, ...] = ()
    chain: Chain | None = None
    connection: Connecting | None = None
    asks_server: bool = False
    """Whether it matters that the sender's own server handed us the mail, though a signature
    holds: that says who wrote it, and not to whom it was given, nor always all of it."""

    @property
    def sealers(self) -> frozenset[str]:
        """The domains that claim to have sealed the mail (ARC)."""
        return self.chain.sealers if self.chain else frozenset()

    def with_server(self) -> "Proving":
        """The same, when more is to be known than who wrote it."""
        return replace(self, asks_server=True)

    def without_arc(self) -> "Proving":
        """The same, when nobody among the sealers is trusted: their keys are not asked for."""
        return replace(self, chain=None)

    def questions(self, answers: Answers) -> frozenset[Question]:
        """What must still be asked; empty when `conclude` knows all that can be known."""
        if self.from_domain is None:
            return frozenset()
        asked = {one.question for one in self.signatures if one.refused is None}
        asked |= policy_questions(self.from_domain, answers)
        if left := frozenset(asked - answers.keys()):
            return left
        dkim, dmarc = self._by_signatures(self.from_domain, answers)
        if self.connection is not None and (self.asks_server or dmarc.by is None):
            if left := spf_questions(self.connection, answers):
                return left
            _, dmarc = self._by_server(self.connection, dkim, dmarc.domain, answers)
        if dmarc.by is None and self.chain is not None:
            return self.chain.questions() - answers.keys()
        return frozenset()

    def conclude(self, answers: Answers) -> Proofs:
        """What is proven. A question without an answer counts as one that nobody answered."""
        if self.from_domain is None:
            return Proofs()
        dkim, dmarc = self._by_signatures(self.from_domain, answers)
        spf: SpfResult | None = None
        arc: ArcResult | None = None
        if self.connection is not None and (self.asks_server or dmarc.by is None):
            spf, dmarc = self._by_server(self.connection, dkim, dmarc.domain, answers)
        if dmarc.by is None and self.chain is not None:
            arc = self.chain.conclude(answers)
        return Proofs(dkim, spf, arc, dmarc)

    def _by_signatures(
        self, domain: str, answers: Answers
    ) -> tuple[tuple[DkimResult, ...], DmarcResult]:
        dkim = tuple(result_of(one, answers) for one in self.signatures)
        return dkim, judge(domain, policy_of(domain, answers), dkim, None)

    def _by_server(
        self,
        connection: Connecting,
        dkim: tuple[DkimResult, ...],
        domain: str,
        answers: Answers,
    ) -> tuple[SpfResult, DmarcResult]:
        spf = check_spf(connection, answers)
        policy = policy_of(domain, answers)
        alone = judge(domain, policy, (), spf)
        return spf, judge(domain, policy, dkim, spf) if alone.by is None else alone
