"""Mail that the doctor sends to see whether an address is forwarded to us.

It comes back through other people's machines, which may take a field away or write an id anew,
so the token stands in several places. Whoever has seen a probe can make mail of their own look
like one, and nobody else's, for a few days.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain

from mailgate.mail.address import Address, NullReversePath
from mailgate.mail.envelope import Envelope
from mailgate.mail.parsed import MailKind, ParsedMail
from mailgate.threading.token import Keyring, ProbeToken, probe_token_in, verify_probe

PROBE_LIFE = timedelta(days=6)
"""How long a token is a probe's: mail servers try for five days (RFC 5321 §4.5.4.1)."""
PROBE_LABEL = "mailgate-probe:"
"""What stands before the token in the text."""

_TOKEN = re.compile(rf"(?<![A-Za-z0-9-]){PROBE_LABEL} ?([A-Za-z2-7]{{32}})(?![A-Za-z0-9])")
_OF_PEOPLE = frozenset({MailKind.MAIL, MailKind.CALENDAR})
_MAX_ADDRESSES = 20
_MAX_TEXT = 10_000
"""Characters of a text that are looked at: a probe is short."""


def probe_of(
    keyring: Keyring, mail: ParsedMail, envelope: Envelope, *, now: datetime
) -> ProbeToken | None:
    """The probe that this mail is, or is an answer to (a bounce); None for any other mail."""
    for text in dict.fromkeys(_claimed(mail, envelope)):
        found = verify_probe(keyring, text)
        if found is not None and abs(now - sent_at(found)) <= PROBE_LIFE:
            return found
    return None


def sent_at(probe: ProbeToken) -> datetime:
    """When a probe was sent, to the second."""
    return datetime.fromtimestamp(probe.at, UTC)


def _claimed(mail: ParsedMail, envelope: Envelope) -> Iterator[str]:
    shown = (named.address for named in (*mail.to[:_MAX_ADDRESSES], *mail.cc[:_MAX_ADDRESSES]))
    if mail.probe_token:
        yield mail.probe_token.strip()
    addressed = _in_addresses(chain(envelope.forward_paths[:_MAX_ADDRESSES], shown))
    written = _in_text(mail.full_text[:_MAX_TEXT])
    from_probe = mail.from_ is not None and probe_token_in(mail.from_.address) is not None
    # An address can be put into anybody's Cc, and whoever answers to all sends there too: what
    # a person writes is no probe for it. The text alone is no more than a quote.
    sure = from_probe or _is_of_machine(mail, envelope)
    yield from (token for token in addressed if sure or token.lower() in written)
    if from_probe:
        yield from written


def _is_of_machine(mail: ParsedMail, envelope: Envelope) -> bool:
    null = isinstance(envelope.reverse_path, NullReversePath)
    return null or bool(mail.automated) or mail.kind not in _OF_PEOPLE


def _in_text(text: str) -> set[str]:
    # Nearly no mail has the label; to say so is a hundred times as quick as the expression.
    if PROBE_LABEL not in text:
        return set()
    return {token.lower() for token in _TOKEN.findall(text)}


def _in_addresses(addresses: Iterator[Address]) -> Iterator[str]:
    return (token for address in addresses if (token := probe_token_in(address)))
