"""What a sender's fields may deceive a reader with. It gives and takes no right: the agents are
told."""

import re
from functools import lru_cache
from unicodedata import normalize

from mailgate.mail.address import NamedAddress
from mailgate.mail.addressname import looks_like_address
from mailgate.mail.parsed import ParsedMail
from mailgate.model.decision import Reason
from mailgate.model.directory import Directory

_IN_PARENTHESES = re.compile(r"\([^()]*\)")
_MAX_NAME = 200
"""Characters of a display name that are looked at."""
# Letters of other scripts that look like Latin ones in every typeface (Unicode TR39).
_LOOK_ALIKE = str.maketrans(
    "аеорсухіјѕԁһӏԛԝвкмнтгαεορνικτυχ\u0131\u2019",
    "aeopcyxijsdhlqwbkmhtraeopviktux" + "i'",
)


def oddities(mail: ParsedMail, directory: Directory) -> tuple[Reason, ...]:
    """The reasons to look twice: answers are asked to another address than the sender's; the
    display name holds another address, or the name of an agent or of the desk."""
    sender = mail.from_
    if sender is None:
        return ()
    found = (
        (_asks_elsewhere(mail, sender, directory), Reason.REPLY_TO_DIFFERS),
        (_holds_address(sender), Reason.NAME_WITH_ADDRESS),
        (_holds_our_name(sender, directory), Reason.NAME_OF_AGENT),
    )
    return tuple(reason for holds, reason in found if holds)


def _asks_elsewhere(mail: ParsedMail, sender: NamedAddress, directory: Directory) -> bool:
    agent = directory.agent_for(sender.address)
    return any(
        asked.address.key != sender.address.key
        and (agent is None or directory.agent_for(asked.address) != agent)
        for asked in mail.reply_to
    )


def _holds_address(sender: NamedAddress) -> bool:
    """Many clients write the address for want of a name: that one is the sender's own."""
    if not looks_like_address(sender.name):
        return False
    shown = normalize("NFKC", sender.name).strip(" \"'<>()").casefold()
    return shown not in {sender.address.key, str(sender.address).casefold()}


def _holds_our_name(sender: NamedAddress, directory: Directory) -> bool:
    """Agents and support addresses are known by their addresses, under whatever name."""
    if not sender.name or directory.agent_for(sender.address) is not None:
        return False
    whole = _seen(sender.name[:_MAX_NAME])
    shown = f" {whole} "
    bare = _seen(_IN_PARENTHESES.sub(" ", sender.name[:_MAX_NAME]))
    for agent in directory.agents.values():
        if _shows(_seen(agent.name), bare, shown):
            return True
    return any(_shows(_seen(desk.name), bare, shown) for desk in directory.supports.values())


def _shows(ours: str, bare: str, shown: str) -> bool:
    """One word alone is many people's name: it has to be all of the name."""
    return bool(ours) and (ours == bare or (" " in ours and f" {ours} " in shown))


@lru_cache(maxsize=4096)
def _seen(name: str) -> str:
    """The name as a hasty reader sees it: compatible and look-alike letters are one, words in
    lower case with a space between them."""
    folded = normalize("NFKC", name).casefold().translate(_LOOK_ALIKE)
    return " ".join("".join(c if c.isalnum() else " " for c in folded).split())
