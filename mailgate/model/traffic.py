"""How much mail of one kind has come lately, and how much of it is too much."""

from dataclasses import dataclass, field
from typing import NamedTuple

from mailgate.mail.address import Address


class Rate(NamedTuple):
    """A number of mails within each of three times: what has come, or how much may."""

    ten_minutes: int = 0
    hour: int = 0
    day: int = 0

    def reaches(self, limit: "Rate") -> bool:
        """Whether in any of the times there is no room for one more mail."""
        return any(came >= most for came, most in zip(self, limit, strict=True))


NOTHING = Rate()


@dataclass(frozen=True, slots=True)
class Traffic:
    """What has come lately of what a mail shares with others: of its sender, of the senders of
    their organisation, of mails with the same words, and of reports of the same."""

    sender: Rate = NOTHING
    domain: Rate = NOTHING
    words: Rate = NOTHING
    reports: Rate = NOTHING


@dataclass(frozen=True, slots=True)
class Machines:
    """Senders that the operator knows to be machines: addresses by `Address.key`, and domains,
    which hold for those below them too."""

    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()

    def holds(self, address: Address) -> bool:
        """Whether the operator has named this sender."""
        if address.key in self.addresses or address.base.key in self.addresses:
            return True
        labels = address.domain.split(".")
        return any(".".join(labels[at:]) in self.domains for at in range(len(labels)))


_ON_TICKET = Rate(10, 30, 100)
_SENDER_SOFT, _SENDER_HARD = Rate(20, 60, 200), Rate(1000, 3000, 10_000)
_DOMAIN_SOFT, _WORDS_SOFT = Rate(100, 300, 1000), Rate(30, 60, 200)


@dataclass(frozen=True, slots=True)
class LoopLimits:
    """What people do not reach, and machines do. A soft limit ends automatic answers, the hard
    one sets mail aside for a human. The settings [loops] say what each is."""

    sender_on_ticket: Rate = _ON_TICKET
    sender_soft: Rate = _SENDER_SOFT
    sender_hard: Rate = _SENDER_HARD
    domain_soft: Rate = _DOMAIN_SOFT
    words_soft: Rate = _WORDS_SOFT
    reopenings_per_day: int = 10
    machines: Machines = field(default_factory=Machines)
