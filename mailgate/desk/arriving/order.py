"""Which mails of a batch have to be worked on one after another. Pure."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

from mailgate.mail.envelope import Envelope
from mailgate.mail.parsed import ParsedMail

T = TypeVar("T")


def threads_of(mail: ParsedMail, envelope: Envelope) -> frozenset[Hashable]:
    """What ties a mail to others: its sender, the ids in it, and the addresses with tokens.
    Mails that share none of these can hardly be about one ticket, and if they are, their order
    says nothing."""
    tokens = (address.key for address in envelope.forward_paths if address.detail is not None)
    ids = (*mail.in_reply_to, *mail.references)
    own = () if mail.message_id is None else (mail.message_id,)
    sender = () if mail.from_ is None else (mail.from_.address.key,)
    return frozenset((*sender, *own, *ids, *tokens))


def in_chains(items: Sequence[T], ties: Sequence[frozenset[Hashable]]) -> list[list[T]]:
    """The items in groups that share no tie; the order in each group is as it was, and so is
    that of the groups by their first items."""
    leader = list(range(len(items)))

    def led_by(place: int) -> int:
        while leader[place] != place:
            place = leader[place]
        return place

    first_with: dict[Hashable, int] = {}
    for place, tied in enumerate(ties):
        for tie in tied:
            one, other = led_by(place), led_by(first_with.setdefault(tie, place))
            leader[max(one, other)] = min(one, other)
    chains: dict[int, list[T]] = {}
    for place, item in enumerate(items):
        chains.setdefault(led_by(place), []).append(item)
    return list(chains.values())
