"""The agent whom somebody means by a name. Pure."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from mailgate.mail.address import AddressError, parse_mailbox
from mailgate.model.directory import Agent, Directory

__all__ = ["Ambiguous", "Nobody", "find_agent"]

_SHOWN = 8
"""Candidates that are named."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several are called so."""

    candidates: tuple[Agent, ...]


@dataclass(frozen=True, slots=True)
class Nobody:
    """None is; `candidates` are those there are."""

    candidates: tuple[Agent, ...]


def find_agent(directory: Directory, name: str) -> Agent | Ambiguous | Nobody:
    """By an address of theirs, their name or what stands before the `@`; by a part of the name
    where nobody is called just so. Upper and lower case are one, and so are the two ways in which
    Hangul is written."""
    agents = {agent.address.key: agent for agent in directory.agents.values()}
    try:
        known = directory.agent_for(parse_mailbox(name.strip("<>")))
    except AddressError:
        known = None
    if known is not None:
        return known
    wanted = _plain(name).removesuffix("님").rstrip()
    ways: tuple[Callable[[Agent], bool], ...] = (
        lambda agent: wanted in (_plain(agent.name), *_localparts(agent)),
        lambda agent: wanted in _plain(agent.name).split(),
    )
    for is_meant in ways:
        found = tuple(agent for agent in agents.values() if is_meant(agent))
        if len(found) == 1:
            return found[0]
        if found:
            return Ambiguous(found[:_SHOWN])
    return Nobody(tuple(sorted(agents.values(), key=lambda one: one.name))[:_SHOWN])


def _localparts(agent: Agent) -> tuple[str, ...]:
    return tuple(_plain(one.localpart) for one in (agent.address, *agent.also))


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
