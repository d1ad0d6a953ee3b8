"""The colleagues whom a note names with `@`: by address, by its local part, or by name. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from mailgate.mail.address import Address, AddressError, parse_path
from mailgate.model.directory import Agent, Directory

__all__ = ["Mentioned", "mentioned"]

_AT = re.compile(r"(?<![\w.+@-])[@＠]")
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_MAX = 20
"""What begins with the sign in one text; further ones are not looked at."""
_LONGEST = 200
_HANGUL_TAIL = 3
"""Letters that stand behind a Korean name without a blank: 님, 님께, 에게."""


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Who is meant, and the names that are more than one agent's: those mean nobody."""

    agents: tuple[Agent, ...] = ()
    unclear: tuple[str, ...] = ()


_NOBODY = Mentioned()


def mentioned(directory: Directory, text: str) -> Mentioned:
    """Who is named in a text that an agent has written; a name that nobody has is a word."""
    if "@" not in text and "＠" not in text:
        return _NOBODY
    names = _names(directory)
    found: dict[str, Agent] = {}
    unclear: dict[str, None] = {}
    for at in list(_AT.finditer(text))[:_MAX]:
        rest = text[at.end() : at.end() + _LONGEST]
        address = _ADDRESS.match(rest)
        if address is not None:
            agent = _by_address(directory, address[0])
            found |= {} if agent is None else {agent.address.key: agent}
            continue
        name, agents = _by_name(names, _plain(rest))
        if len(agents) == 1:
            found |= agents
        elif agents:
            unclear[name] = None
    return Mentioned(tuple(found.values()), tuple(unclear))


def _by_address(directory: Directory, text: str) -> Agent | None:
    try:
        return directory.agent_for(parse_path(text.rstrip(".")))
    except AddressError:
        return None


def _names(directory: Directory) -> Mapping[str, dict[str, Agent]]:
    """Who has a name, by every form of it."""
    names: dict[str, dict[str, Agent]] = {}
    for agent in directory.agents.values():
        words = agent.name.split()
        addresses: tuple[Address, ...] = (agent.address, *agent.also)
        forms = {" ".join(words), "".join(words), *words[:1], *(a.localpart for a in addresses)}
        for form in forms:
            names.setdefault(_plain(form), {})[agent.address.key] = agent
    return names


def _by_name(names: Mapping[str, dict[str, Agent]], rest: str) -> tuple[str, dict[str, Agent]]:
    """The longest name that the text begins with."""
    fitting = (name for name in names if name and rest.startswith(name))
    for known in sorted(fitting, key=len, reverse=True):
        if _ends(rest[len(known) :]):
            return known, names[known]
    return "", {}


def _ends(behind: str) -> bool:
    run = re.match(r"\w*", behind)
    tail = run[0] if run is not None else ""
    if not tail:
        return True
    hangul = all("가" <= letter <= "힣" for letter in tail)
    return hangul and len(tail) <= _HANGUL_TAIL


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
