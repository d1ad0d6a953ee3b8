"""The copy of a mail that an agent wrote to a customer from their own mailbox, with a support
address in Cc or unseen: the customer has it already. Pure.

In doubt it is none, and becomes a ticket that somebody looks at: what reaches us by an alias or a
list names none of our addresses either.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mailgate.desk.arriving.participants import MAX_CC
from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.domains import is_public_mail_domain, organisational_domain
from mailgate.mail.parsed import ParsedMail
from mailgate.model.decision import Reason
from mailgate.model.directory import Agent, Directory

__all__ = ["WroteThemselves", "wrote_themselves"]


@dataclass(frozen=True, slots=True)
class WroteThemselves:
    """Whom the agent wrote to: the first of them is the requester."""

    agent: Agent
    requester: NamedAddress
    others: tuple[Address, ...]

    @property
    def reason(self) -> Reason:
        """What the decision says of it."""
        return Reason.WRITTEN_BY_AGENT


def wrote_themselves(
    directory: Directory, mail: ParsedMail, agent: Agent
) -> WroteThemselves | None:
    """Who has got the mail; None when it was written to us."""
    if _names_us(mail.to, directory):
        return None
    got = _others(mail, directory)
    customers = [one for one in got if not _is_of_ours(one.address, directory)]
    if not customers:
        return None
    if not _names_us(mail.cc, directory):
        # A colleague's address may be an alias of ours, and a forwarder one for us.
        elsewhere = any(directory.support_for(one) is None for one in mail.passed_on)
        if len(customers) < len(got) or elsewhere:
            return None
    requester = customers[0]
    rest = tuple(one.address for one in got if one is not requester)
    return WroteThemselves(agent, requester, rest[:MAX_CC])


def _names_us(named: Iterable[NamedAddress], directory: Directory) -> bool:
    return any(directory.support_for(one.address) is not None for one in named)


def _others(mail: ParsedMail, directory: Directory) -> list[NamedAddress]:
    """Everybody in To and Cc who is neither an agent nor ourselves, each once."""
    unique: dict[str, NamedAddress] = {}
    for one in (*mail.to, *mail.cc):
        ours = directory.support_for(one.address) or directory.agent_for(one.address)
        if ours is None:
            unique.setdefault(one.address.key, one)
    return list(unique.values())


def _is_of_ours(address: Address, directory: Directory) -> bool:
    """Whether it is of the organisation of a support address."""
    if is_public_mail_domain(address.domain):
        return False
    ours = {organisational_domain(one.address.domain) for one in directory.supports.values()}
    return organisational_domain(address.domain) in ours
