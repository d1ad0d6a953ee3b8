"""What is counted of a mail: under which keys. They hold if every field that tells of machines is
taken away, because they are made of what nobody can take away: who writes, where to, and what.

A sender whose mail fails authentication, one of whom nothing is known and one who is proven are
counted apart, whatever address stands in From: who forges somebody cannot use up their share.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from mailgate.mail.domains import is_public_mail_domain, organisational_domain
from mailgate.model.ids import TicketId
from mailgate.threading.evidence import Evidence

_SIZE = 16


@dataclass(frozen=True, slots=True)
class Keys:
    """`domain` is None for providers, where strangers share one; `words` for a few words, which
    are everybody's."""

    sender: bytes
    domain: bytes | None
    words: bytes | None

    @property
    def all(self) -> tuple[bytes, ...]:
        """Those that there are."""
        return tuple(key for key in (self.sender, self.domain, self.words) if key is not None)


def keys_of(evidence: Evidence) -> Keys:
    """What the mail counts under, wherever it goes."""
    state = evidence.authentication.value
    from_ = evidence.from_
    organisation = None if from_ is None else _organisation(from_.address.domain)
    domain = None if organisation is None else _key("domain", state, organisation)
    words = _key("words", evidence.shape.hex()) if evidence.shape else None
    return Keys(_key("sender", state, _sender(evidence)), domain, words)


def on_ticket(evidence: Evidence, ticket: TicketId) -> bytes:
    """The sender's messages on one ticket."""
    return _key("ticket", evidence.authentication.value, str(ticket), _sender(evidence))


def sent_to(evidence: Evidence, recipient: str) -> bytes | None:
    """An agent's words to one recipient (by `Address.key`), on whichever ticket; None for a few
    words, and for everybody else."""
    if evidence.agent is None or not evidence.shape:
        return None
    return _key("sent", _sender(evidence), recipient, evidence.shape.hex())


def told_of(evidence: Evidence, ticket: TicketId) -> bytes:
    """That the agents were told of a sender who writes too much on a ticket."""
    return _key("told", evidence.authentication.value, str(ticket), _sender(evidence))


def reopenings(ticket: TicketId) -> bytes:
    """How often mail has opened a ticket again."""
    return _key("reopened", str(ticket))


@lru_cache(maxsize=4096)
def _organisation(domain: str) -> str | None:
    """Whose the domain is; None where strangers share it."""
    return None if is_public_mail_domain(domain) else organisational_domain(domain)


def _sender(evidence: Evidence) -> str:
    """An agent is one sender, whichever of their mailboxes they write from, and so are the
    subaddresses of one mailbox. Those who cannot be read are all one."""
    if evidence.agent is not None:
        return evidence.agent.address.key
    return "" if evidence.from_ is None else evidence.from_.address.base.key


def _key(of: str, *parts: str) -> bytes:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=_SIZE, person=of.encode()).digest()
