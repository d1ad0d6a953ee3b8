"""Who wrote an old mail to whom, and on which side of the desk they are. Pure.

Whoever puts old mail in vouches for it: its From is believed, as that of a mail that comes in
never is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import chain

from mailgate.mail.address import Address, NamedAddress
from mailgate.model.directory import Agent, Directory, SupportAddress

MAX_OUTSIDE = 50
"""Outside addresses of one mail that are looked at."""


class Side(Enum):
    OUTSIDE = "outside"
    AGENT = "agent"
    SUPPORT = "support"
    """Written in the name of a support address: by a person or by a system of ours."""


@dataclass(frozen=True, slots=True)
class Correspondents:
    """`outside` is everybody who is not ours: the author first, then To and Cc. `support` is
    the support address that stands in the mail, None for none."""

    side: Side
    author: NamedAddress | None
    agent: Agent | None
    outside: tuple[NamedAddress, ...]
    support: SupportAddress | None


def correspondents(
    directory: Directory,
    *,
    senders: Sequence[NamedAddress],
    reply_to: Sequence[NamedAddress],
    shown: Sequence[NamedAddress],
    delivered: Sequence[Address] = (),
) -> Correspondents:
    """`shown` are To and Cc, `delivered` what delivery wrote on top (Delivered-To and its like).

    A form on a web site writes in the name of the support address and names the visitor in
    Reply-To: that one is the author.
    """
    author = senders[0] if senders else None
    side = _side(directory, author)
    recipients = _outside(directory, shown)
    if side is Side.SUPPORT and not recipients:
        visitors = _outside(directory, reply_to)
        if visitors:
            author, side = visitors[0], Side.OUTSIDE
    written = (author,) if author is not None and side is Side.OUTSIDE else ()
    everybody = {one.address.key: one for one in reversed((*written, *recipients))}
    named = (one.address for one in chain(shown, () if side is Side.OUTSIDE else senders, reply_to))
    return Correspondents(
        side=side,
        author=author,
        agent=directory.agent_for(author.address) if author and side is Side.AGENT else None,
        outside=tuple(reversed(everybody.values()))[:MAX_OUTSIDE],
        support=_support(directory, chain(named, delivered)),
    )


def _side(directory: Directory, author: NamedAddress | None) -> Side:
    if author is None:
        return Side.OUTSIDE
    if directory.support_for(author.address) is not None:
        return Side.SUPPORT
    return Side.OUTSIDE if directory.agent_for(author.address) is None else Side.AGENT


def _outside(directory: Directory, named: Sequence[NamedAddress]) -> list[NamedAddress]:
    return [
        one
        for one in named[: 2 * MAX_OUTSIDE]
        if directory.support_for(one.address) is None and directory.agent_for(one.address) is None
    ]


def _support(directory: Directory, addresses: Iterable[Address]) -> SupportAddress | None:
    return next((found for one in addresses if (found := directory.support_for(one))), None)
