"""A probe: the mail that is sent, and the same mail as it came back. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.compose import compose
from mailgate.mail.header import read_header
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import ParsedMail
from mailgate.model.ids import TicketId
from mailgate.store.examine import ProbeRow
from mailgate.threading.probe import PROBE_LABEL, probe_of
from mailgate.threading.token import (
    Keyring,
    Purpose,
    loop_token,
    mint_message_id,
    mint_probe,
    mint_probe_id,
    probe_address,
)

RANDOM_SIZE = 16
"""Octets of randomness that a probe takes."""
_NUMBER_SIZE = 5
_NO_TICKET = TicketId(0)
_BY = re.compile(rb"\bby\s+([A-Za-z0-9._\[\]:-]{1,253})")

TEXT = f"""\
This mail was sent by `mailgate doctor forwarding`. It shows whether mail to
this address is forwarded to mailgate, and what is changed on the way.
Nobody needs to answer it or to keep it.

{PROBE_LABEL} {{token}}

This is the last line of the probe.
"""


class Kind(StrEnum):
    PLAIN = "plain"
    """To the support address as customers write it."""
    PLUS = "plus"
    """To `support+…@`, as answers to our mail are addressed."""


@dataclass(frozen=True, slots=True)
class Probe:
    """`number` tells it from all others; `reference` is an id of ours in References."""

    kind: Kind
    number: int
    token: str
    to: Address
    from_: Address
    message_id: str
    reference: str
    subject: str
    text: str
    at: datetime
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Returned:
    """A row of the journal that belongs to a probe. `is_answer` says that it is not the probe
    itself: a bounce or an automatic answer. `hops` are the hosts that took it, the first one
    first."""

    probe: Probe
    row: ProbeRow
    mail: ParsedMail
    is_answer: bool
    hops: tuple[str, ...]

    @property
    def seconds(self) -> float:
        return max(0.0, (self.row.received_at - self.probe.at).total_seconds())


def make_probe(
    keyring: Keyring,
    kind: Kind,
    support: Address,
    *,
    sender: Address | None,
    now: datetime,
    random: bytes,
) -> Probe:
    """A probe for a support address. Without a `sender` it comes from a subaddress of it: that
    domain is the one that our mail leaves as, and a bounce comes home."""
    number = int.from_bytes(random[:_NUMBER_SIZE])
    token = mint_probe(keyring, number, int(now.timestamp()))
    own = probe_address(support, token)
    to = own if kind is Kind.PLUS else support
    from_ = sender or own
    rest = random[_NUMBER_SIZE:]
    message_id = mint_probe_id(keyring, number, support.domain, rest)
    reference = mint_message_id(
        keyring, Purpose.MESSAGE_PUBLIC, _NO_TICKET, support.domain, rest[4:]
    )
    subject = f"mailgate probe {token[-6:]}, no answer needed"
    text = TEXT.format(token=token)
    mail = OutgoingMail(
        from_=NamedAddress("mailgate doctor", from_),
        to=(NamedAddress("", to),),
        subject=subject,
        message_id=message_id,
        date=now,
        text=text,
        boundary_seed=token,
        in_reply_to=reference,
        references=(reference,),
        headers=(
            ("X-Mailgate-Probe", token),
            ("X-Mailgate-Loop", loop_token(keyring, _NO_TICKET)),
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
        ),
    )
    return Probe(
        kind, number, token, to, from_, message_id, reference, subject, text, now, compose(mail)
    )


def returned(
    keyring: Keyring, probes: Iterable[Probe], row: ProbeRow, now: datetime
) -> Returned | None:
    """What a row of the journal is of one of `probes`; None when it is of none."""
    mail = parse_mail(row.content)
    found = probe_of(keyring, mail, row.envelope, now=now)
    probe = next((each for each in probes if found and each.number == found.number), None)
    if probe is None:
        return None
    itself = (
        mail.probe_token == probe.token
        or mail.message_id == probe.message_id
        or (mail.from_ is not None and mail.from_.address.key == probe.from_.key)
    )
    return Returned(probe, row, mail, is_answer=not itself, hops=hops(row.content))


def hops(content: bytes) -> tuple[str, ...]:
    """The hosts that say in Received that they took it (RFC 5321 §4.4), in order."""
    header, _ = read_header(content, 0, len(content))
    found = (match[1].decode() for value in header.all("received") if (match := _BY.search(value)))
    return tuple(reversed(list(found)))
