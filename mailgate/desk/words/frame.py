"""What all mails of one ticket have in common: names, subject, signed ids and addresses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mailgate.desk.context import DeskContext
from mailgate.desk.words.discretion import without_signs
from mailgate.desk.words.templates import Template, TemplateName
from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.addressname import looks_like_address
from mailgate.mail.parsed import LOOP_FIELD
from mailgate.model.directory import SupportAddress
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.threading.marker import marker
from mailgate.threading.tag import subject_tag, tagged_subject
from mailgate.threading.token import (
    RANDOM_SIZE,
    Purpose,
    bounce_address,
    loop_token,
    mint_message_id,
    mint_token,
    reply_address,
    verify_message_id,
)

NAME_LIMIT = 100
"""Characters of a display name that are carried on."""
SUBJECT_LIMIT = 500
REFERENCES = 20
"""How many ids of the conversation are looked at; a mail carries `REFERENCES_LIMIT`."""
REFERENCES_LIMIT = 10
_OUTSIDE = frozenset({Purpose.MESSAGE_PUBLIC, Purpose.MESSAGE_SIDE})
# What is no msg-id or does not fit a folded line is not carried along (RFC 5322 §2.1.1, §3.6.4).
_CARRIABLE_ID = re.compile(r"[!-;=?-~]{1,250}")


def one_line(text: str, limit: int = SUBJECT_LIMIT) -> str:
    """Text that can stand in a header: what cannot be printed (controls, line ends, marks that
    turn the direction of writing) becomes a space, runs of spaces one."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())[:limit].rstrip()


def display_name(name: str) -> str:
    """The name as it may stand before an address; "" for one that itself looks like an address
    (a reader would take it for the sender's)."""
    clean = one_line(name, NAME_LIMIT)
    return "" if looks_like_address(clean) else clean


def named(party: NamedAddress) -> NamedAddress:
    return NamedAddress(display_name(party.name), party.address)


def support_of(ctx: DeskContext, address: Address) -> SupportAddress:
    """The support address that a ticket is answered from; one that has left the configuration
    still answers for its tickets, without a name or a signature."""
    return ctx.directory.support_for(address) or SupportAddress(address, "")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a mail on a ticket is made with. `purpose` is that of its Message-ID."""

    ctx: DeskContext
    ticket: TicketId
    support: SupportAddress
    purpose: Purpose
    now: datetime
    seed: Seed

    @property
    def domain(self) -> str:
        return self.support.address.domain

    @property
    def desk(self) -> str:
        """What the desk is called in a text."""
        return one_line(self.support.name, NAME_LIMIT) or str(self.support.address)

    def template(self, name: TemplateName) -> Template:
        """The words that this support address has for it."""
        return self.ctx.templates.find(self.support.locale, name, self.support.address.key)

    def our_names(self) -> dict[str, str]:
        """The names of a template that hold no word of anybody outside."""
        return {
            "ticket": str(self.ticket),
            "tag": subject_tag(self.ctx.policy.subject_prefix, self.ticket),
            "desk": self.desk,
            "address": str(self.support.address),
        }

    def subject(self, subject: str) -> str:
        """`subject` with the ticket's tag. To people outside nothing goes that was given to an
        agent, wherever the subject is from."""
        if self.purpose in _OUTSIDE:
            subject = without_signs(subject, self.ctx.keyring)
        return tagged_subject(self.ctx.policy.subject_prefix, self.ticket, one_line(subject))

    def from_(self, who: str) -> NamedAddress:
        """`Alice Kim (Acme Support)`; the desk alone when nobody in particular writes."""
        desk = display_name(self.support.name)
        both = f"{who} ({desk})" if who and desk else who or desk
        return NamedAddress(both, self.support.address)

    def reply_to(self, purpose: Purpose, party: Address) -> NamedAddress:
        """Where an answer of this party goes: bound to them and to the ticket."""
        token = mint_token(self.ctx.keyring, purpose, self.ticket, party)
        name = display_name(self.support.name)
        return NamedAddress(name, reply_address(self.support.address, token))

    def reverse_path(self, party: Address) -> Address:
        """Where a notice of failure goes."""
        token = mint_token(self.ctx.keyring, Purpose.BOUNCE, self.ticket, party)
        return bounce_address(self.support.address, token)

    def message_id(self, label: str) -> str:
        random = self.seed.derive(f"message-id {label}", RANDOM_SIZE)
        return mint_message_id(self.ctx.keyring, self.purpose, self.ticket, self.domain, random)

    def root(self, purpose: Purpose) -> str:
        """A signed reference that is the same in every mail of the ticket: it keeps them
        together in clients, and names the ticket when a relay has rewritten the Message-ID."""
        always = bytes(RANDOM_SIZE)
        return mint_message_id(self.ctx.keyring, purpose, self.ticket, self.domain, always)

    def marker(self) -> str:
        """The line that names the ticket in the body, for what relays and clients do to
        headers."""
        return marker(self.ctx.keyring, self.purpose, self.ticket)

    def headers(self, auto_submitted: str | None) -> tuple[tuple[str, str], ...]:
        """`auto_submitted` is the keyword of RFC 3834 §5, None for a person's mail."""
        loop = (LOOP_FIELD, loop_token(self.ctx.keyring, self.ticket))
        if auto_submitted is None:
            return (loop,)
        # Exchange does not look at Auto-Submitted when it decides whether to answer.
        suppress = ("X-Auto-Response-Suppress", "All")
        return (("Auto-Submitted", auto_submitted), suppress, loop)

    def boundary_seed(self, label: str) -> str:
        return self.seed.derive(f"boundary {label}", 12).hex()

    def conversation(self, ids: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
        """References and In-Reply-To for a customer, from the ids that they know, oldest first.

        The first id stays first and the last ones stay last, because clients thread by them;
        our root goes second, where neither end of a shortened field loses it.
        """
        ours = {text: verify_message_id(self.ctx.keyring, text) for text in ids}
        known = tuple(
            text
            for text, own in ours.items()
            if _CARRIABLE_ID.fullmatch(text)
            and (own is None or own.purpose is Purpose.MESSAGE_PUBLIC)
        )
        root = self.root(Purpose.MESSAGE_PUBLIC)
        first, later = known[:1], known[1:][-(REFERENCES_LIMIT - 2) :]
        theirs = [text for text in known if ours[text] is None]
        answered = (theirs or list(known))[-1:]
        references = tuple(dict.fromkeys((*first, root, *later)))
        return references, answered[0] if answered else None
