"""What is counted of a mail: under which keys. They hold if every field that tells of machines is
taken away, because they are made of what nobody can take away: who writes, where to, and what.

Whatever address stands in From, mails are counted apart by what they have to show for it: that
they fail authentication, nothing, an id of a mail of ours, a token that the sender was given, the
proof of their server. Who forges somebody uses up no share of theirs.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from mailgate.mail.address import Address
from mailgate.mail.domains import is_public_mail_domain, organisational_domain
from mailgate.model.decision import Authentication
from mailgate.model.ids import TicketId
from mailgate.threading.evidence import Evidence
from mailgate.threading.returned import REPORTS

_SIZE = 16


@dataclass(frozen=True, slots=True)
class Keys:
    """`sender` is None where it cannot be read: strangers would share it. `domain` is None for
    providers, where strangers share one; `words` for a few words, which are everybody's."""

    sender: bytes | None
    domain: bytes | None
    words: bytes | None

    @property
    def all(self) -> tuple[bytes, ...]:
        """Those that there are."""
        return tuple(key for key in (self.sender, self.domain, self.words) if key is not None)


def keys_of(evidence: Evidence) -> Keys:
    """What the mail counts under, wherever it goes."""
    state = _shown(evidence)
    from_ = evidence.from_
    organisation = None if from_ is None else _organisation(from_.address.domain)
    domain = None if organisation is None else _key("domain", state, organisation)
    words = _key("words", evidence.shape.hex()) if evidence.shape else None
    sender = None if from_ is None else _key("sender", state, _sender(evidence))
    return Keys(sender, domain, words)


def on_ticket(evidence: Evidence, ticket: TicketId) -> bytes:
    """The sender's messages on one ticket."""
    return _key("ticket", _shown(evidence), str(ticket), _sender(evidence))


def sent_to(evidence: Evidence, recipient: str) -> bytes | None:
    """An agent's words to one recipient (by `Address.key`), on whichever ticket; None for a few
    words, and for everybody else."""
    if evidence.agent is None or not evidence.shape:
        return None
    return _key("sent", _sender(evidence), recipient, evidence.shape.hex())


def told_of(evidence: Evidence, ticket: TicketId) -> bytes:
    """That the agents were told of a sender who writes too much on a ticket."""
    return _key("told", _shown(evidence), str(ticket), _sender(evidence))


def report_of(evidence: Evidence) -> bytes | None:
    """The reports of one kind about one mail of ours, which came to one address; None for mail
    that is none. Whoever has not got that address uses up nothing of those who have."""
    if evidence.kind not in REPORTS:
        return None
    to = sorted(token.text for token in evidence.tokens)
    about = sorted({own.text for own in evidence.own_ids})
    return _key("report", evidence.kind.value, *to, "", *about)


def acknowledged(mailbox: Address) -> bytes:
    """The acknowledgements that a mailbox got, under all its subaddresses."""
    return _key("acknowledged", mailbox.base.key)


def reopenings(ticket: TicketId) -> bytes:
    """How often mail has opened a ticket again."""
    return _key("reopened", str(ticket))


@lru_cache(maxsize=4096)
def _organisation(domain: str) -> str | None:
    """Whose the domain is; None where strangers share it."""
    return None if is_public_mail_domain(domain) else organisational_domain(domain)


def _sender(evidence: Evidence) -> str:
    """An agent is one sender, whichever of their mailboxes they write from, and so are the
    subaddresses of one mailbox. Those who cannot be read are all one on a ticket."""
    if evidence.agent is not None:
        return evidence.agent.address.key
    return "" if evidence.from_ is None else evidence.from_.address.base.key


def _shown(evidence: Evidence) -> str:
    """What the mail has to show for its From, other than the words in it."""
    if evidence.authentication is not Authentication.NONE:
        return evidence.authentication.value
    if evidence.bound_tokens:
        return "token"
    return "own_id" if evidence.own_ids else Authentication.NONE.value


def _key(of: str, *parts: str) -> bytes:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=_SIZE, person=of.encode()).digest()
