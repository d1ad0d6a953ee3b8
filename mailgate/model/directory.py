"""Who the desk is: its support addresses, groups and agents, as one frozen value.

Made from the settings by `mailgate.settings`; deciding modules get it as an argument.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailgate.mail.address import Address
from mailgate.mail.wrapped import unwrapped
from mailgate.model.ticket import Role


@dataclass(frozen=True, slots=True)
class SupportAddress:
    """An address that customers write to. `signature` is appended to answers ("" for none)."""

    address: Address
    name: str
    brand: str | None = None
    group: str | None = None
    locale: str = "en"
    acknowledge: bool = True
    signature: str = ""
    ignores_copies: bool = False
    """A mail that others are written to, and this address only got too, opens no ticket."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who works here. `role` is AGENT or COLLABORATOR, `also` their other mailboxes,
    `signature` their own ("" for that of the support address)."""

    address: Address
    name: str
    role: Role = Role.AGENT
    also: tuple[Address, ...] = ()
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """Lookups by `Address.key`. `agents` holds an agent under each of their addresses."""

    supports: Mapping[str, SupportAddress]
    agents: Mapping[str, Agent]
    groups: Mapping[str, tuple[Agent, ...]] = field(default_factory=dict)
    supervisors: Mapping[str, tuple[Agent, ...]] = field(default_factory=dict)
    """By group: who is told when it lets a ticket wait."""

    def support_for(self, address: Address) -> SupportAddress | None:
        """The support address that this is, with or without a subaddress, or in the wrapping
        that a relay put around it."""
        found = self.supports.get(address.key) or self.supports.get(address.base.key)
        if found is not None or "=" not in address.localpart:
            return found
        inner = unwrapped(address)
        if inner is None or not self._is_ours(address.domain):
            return None
        return self.supports.get(inner.key) or self.supports.get(inner.base.key)

    def _is_ours(self, domain: str) -> bool:
        return any(support.address.domain == domain for support in self.supports.values())

    def agent_for(self, address: Address) -> Agent | None:
        """The agent whose address this is, with or without a subaddress: a claim like any."""
        found = self.agents.get(address.key)
        if found is not None or address.detail is None:
            return found
        return self.agents.get(address.base.key)

    def members(self, group: str | None) -> tuple[Agent, ...]:
        """Members of the group; every agent when there is no such group, because a ticket
        that nobody is told of is a lost mail."""
        if group is not None and group in self.groups:
            return self.groups[group]
        unique = {agent.address.key: agent for agent in self.agents.values()}
        return tuple(a for a in unique.values() if a.role is Role.AGENT)
