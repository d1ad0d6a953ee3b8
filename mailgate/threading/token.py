"""Signed tokens: in reply addresses, Message-IDs, bounce addresses and the loop field.

| what | octets | text |
|---|---|---|
| reply and bounce token | kid and purpose (1) · ticket (5) · party (4) · MAC (10) | 32 characters |
| Message-ID | kid and purpose (1) · ticket (5) · random (4) · MAC (8) | `mg.` 29 `@domain` |
| marker in a body | kid and purpose (1) · ticket (5) · MAC (9) | 24 characters |
| loop field | kid and purpose (1) · ticket (5) · MAC (10) | 26 characters |
| probe of the doctor | kid and purpose (1) · number (5) · time (4) · MAC (10) | 32 characters |

The text is lower-case base32 without padding, because localparts get folded on their way
(RFC 5321 §2.4 forbids it, relays do it); read in any case. `party` is a keyed hash of the
address that the token was given to. The MAC is HMAC-SHA256, truncated, over everything
before it and the name of the purpose: a token of one purpose is never one of another.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from mailgate.mail.address import Address
from mailgate.mail.wrapped import unwrapped
from mailgate.model.ids import TicketId

MESSAGE_ID_LIMIT = 66
"""Characters with brackets: a longer one is folded by composers and then lost by readers."""
NO_TICKET = TicketId(0)
"""In what we sign about no ticket: a mail to operators. Tickets are counted from 1."""
RANDOM_SIZE = 4
"""Octets of randomness that `mint_message_id` takes."""

_TICKET_SIZE = 5
_PARTY_SIZE = 4
_HEAD_SIZE = 1 + _TICKET_SIZE
_TOKEN_MAC = 10
_MESSAGE_ID_MAC = 8
_TOKEN_TEXT = 32
_MESSAGE_ID_PREFIX = "mg."
_MESSAGE_ID_TEXT = 29
_MARKER_MAC = 9
MARKER_TEXT = 24
"""Characters of what `mint_marker` makes."""
_LOOP_TEXT = 26
_REPLY_LETTER = "t"
_BOUNCE_LETTER = "b"
_PROBE_LETTER = "p"


class Purpose(IntEnum):
    CUSTOMER_REPLY = 1
    """Reply-To of a mail to a customer."""
    AGENT_REPLY = 2
    """Reply-To of a notification to an agent; an answer to it goes to the customer."""
    AGENT_NOTE = 3
    """Reply-To of a note's notification: an answer to it is a note, never public."""
    BOUNCE = 4
    """Reverse path of our mail (`support+b<token>@`)."""
    MESSAGE_PUBLIC = 5
    """Message-ID of a mail that a customer got."""
    MESSAGE_AGENT = 6
    """Message-ID of a notification."""
    MESSAGE_NOTE = 7
    """Message-ID of a note's notification."""
    LOOP = 8
    """X-Mailgate-Loop field of everything that we send."""
    PROBE = 9
    """A mail by which the doctor sees whether an address is forwarded to us."""
    SIDE_REPLY = 10
    """Reply-To of a mail to a third party: an answer goes onto their side thread."""
    MESSAGE_SIDE = 11
    """Message-ID of a mail to a third party."""
    SURVEY_GOOD = 12
    """Where a customer's mail says that the answers were good; it goes to them alone."""
    SURVEY_OK = 13
    """That they were neither good nor bad."""
    SURVEY_BAD = 14
    """That they were bad."""


_TOKEN_PURPOSES = frozenset(
    {
        Purpose.CUSTOMER_REPLY,
        Purpose.AGENT_REPLY,
        Purpose.AGENT_NOTE,
        Purpose.BOUNCE,
        Purpose.SIDE_REPLY,
        Purpose.SURVEY_GOOD,
        Purpose.SURVEY_OK,
        Purpose.SURVEY_BAD,
    }
)
_MESSAGE_PURPOSES = frozenset(
    {
        Purpose.MESSAGE_PUBLIC,
        Purpose.MESSAGE_AGENT,
        Purpose.MESSAGE_NOTE,
        Purpose.MESSAGE_SIDE,
    }
)
_LOOP_PURPOSES = frozenset({Purpose.LOOP})
_PROBE_PURPOSES = frozenset({Purpose.PROBE})
_LABELS = {purpose: b"mailgate token\0" + purpose.name.encode() + b"\0" for purpose in Purpose}
"""What is signed in front of a token's octets, so that no purpose stands for another."""
_MARKER_LABELS = {
    purpose: b"mailgate marker\0" + purpose.name.encode() + b"\0" for purpose in _MESSAGE_PURPOSES
}


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys by kid (0..7). `current` signs; the others still verify (rotation)."""

    keys: Mapping[int, bytes] = field(repr=False)
    current: int


@dataclass(frozen=True, slots=True)
class ReplyToken:
    """A token whose signature was good. It proves "has seen this thread", not identity."""

    purpose: Purpose
    ticket: TicketId
    party: bytes
    text: str


@dataclass(frozen=True, slots=True)
class OwnMessageId:
    """A Message-ID of ours whose signature was good; `text` is without brackets."""

    purpose: Purpose
    ticket: TicketId
    text: str


@dataclass(frozen=True, slots=True)
class BodyMarker:
    """A marker from the body of a mail of ours whose signature was good. `purpose` is that of
    the mail's Message-ID; the text may have come here through anybody's hands."""

    purpose: Purpose
    ticket: TicketId
    text: str


@dataclass(frozen=True, slots=True)
class ProbeToken:
    """A probe of the doctor, by its signature. `at` is when it was sent, in seconds since 1970."""

    number: int
    at: int


def mint_token(keyring: Keyring, purpose: Purpose, ticket: TicketId, party: Address) -> str:
    """A reply or bounce token for `party`: 32 characters. ValueError for another purpose."""
    if purpose not in _TOKEN_PURPOSES:
        raise ValueError(f"{purpose.name} is no purpose of a token in an address")
    key = keyring.keys[keyring.current]
    body = _head(keyring.current, purpose, ticket) + _party(key, ticket, party)
    return _text(body + _mac(key, purpose, body, _TOKEN_MAC))


def verify_token(keyring: Keyring, text: str) -> ReplyToken | None:
    """The token that `text` is, in any case of letters; None when it is not one of ours."""
    found = _verify(keyring, text, _TOKEN_TEXT, _TOKEN_MAC, _TOKEN_PURPOSES)
    if found is None:
        return None
    purpose, ticket, rest = found
    return ReplyToken(purpose, ticket, rest, text.lower())


def is_for(keyring: Keyring, token: ReplyToken, party: Address) -> bool:
    """Whether a verified token was given to this address."""
    raw = _octets(token.text, _TOKEN_TEXT)
    key = keyring.keys.get(raw[0] >> 5) if raw else None
    return key is not None and hmac.compare_digest(token.party, _party(key, token.ticket, party))


def reply_address(support: Address, token: str) -> Address:
    """`support+t<token>@…`; at most 64 octets (RFC 5321 §4.5.3.1.1) for a localpart up to 30."""
    return Address(f"{support.base.localpart}+{_REPLY_LETTER}{token}", support.domain)


def bounce_address(support: Address, token: str) -> Address:
    """`support+b<token>@…`: the reverse path to which notifications of failure come home."""
    return Address(f"{support.base.localpart}+{_BOUNCE_LETTER}{token}", support.domain)


def token_in(address: Address) -> str | None:
    """What stands in the subaddress where a token of ours would, not verified; else None. Also
    of an address that a relay has wrapped up."""
    detail = (unwrapped(address) or address).detail
    if detail is None or detail[:1].lower() not in {_REPLY_LETTER, _BOUNCE_LETTER}:
        return None
    return detail[1:] if len(detail) == _TOKEN_TEXT + 1 else None


def mint_message_id(
    keyring: Keyring, purpose: Purpose, ticket: TicketId, domain: str, random: bytes
) -> str:
    """A signed Message-ID, without brackets; at most 66 characters with them.

    Of a domain that is too long, the trailing labels are kept. `random` is `RANDOM_SIZE`
    octets at least. ValueError when the purpose is not one of a Message-ID.
    """
    if purpose not in _MESSAGE_PURPOSES:
        raise ValueError(f"{purpose.name} is no purpose of a Message-ID")
    return _message_id(keyring, purpose, ticket, domain, random)


def _message_id(
    keyring: Keyring, purpose: Purpose, ticket: TicketId, domain: str, random: bytes
) -> str:
    if len(random) < RANDOM_SIZE:
        raise ValueError(f"a Message-ID takes {RANDOM_SIZE} random octets")
    key = keyring.keys[keyring.current]
    body = _head(keyring.current, purpose, ticket) + random[:RANDOM_SIZE]
    text = _MESSAGE_ID_PREFIX + _text(body + _mac(key, purpose, body, _MESSAGE_ID_MAC))
    return f"{text}@{_short_domain(domain, MESSAGE_ID_LIMIT - len(text) - len('<@>'))}"


def verify_message_id(keyring: Keyring, text: str) -> OwnMessageId | None:
    """The id of ours that `text` is, with or without brackets; None when it is another's.

    The domain is not looked at: relays that rewrite ids keep the left side more often.
    """
    bare = text.strip().removeprefix("<").removesuffix(">")
    left, at, domain = bare.partition("@")
    if not (at and domain) or left[:3].lower() != _MESSAGE_ID_PREFIX:
        return None
    found = _verify(keyring, left[3:], _MESSAGE_ID_TEXT, _MESSAGE_ID_MAC, _MESSAGE_PURPOSES)
    return None if found is None else OwnMessageId(found[0], found[1], bare)


def mint_marker(keyring: Keyring, purpose: Purpose, ticket: TicketId) -> str:
    """What `threading.marker` writes into a body: 24 characters, the same in every mail of this
    purpose on the ticket. ValueError when the purpose is not one of a Message-ID."""
    if purpose not in _MESSAGE_PURPOSES:
        raise ValueError(f"{purpose.name} is no purpose of a marker")
    key = keyring.keys[keyring.current]
    body = _head(keyring.current, purpose, ticket)
    return _text(body + _signature(key, _MARKER_LABELS[purpose] + body, _MARKER_MAC))


def verify_marker(keyring: Keyring, text: str) -> BodyMarker | None:
    """The marker that these 24 characters are, in any case of letters; None when it is not one
    of ours."""
    found = _verify(
        keyring, text, MARKER_TEXT, _MARKER_MAC, _MESSAGE_PURPOSES, labels=_MARKER_LABELS
    )
    return None if found is None else BodyMarker(found[0], found[1], text.lower())


def loop_token(keyring: Keyring, ticket: TicketId) -> str:
    """Value of the `X-Mailgate-Loop` field: says "this gateway wrote it"."""
    key = keyring.keys[keyring.current]
    body = _head(keyring.current, Purpose.LOOP, ticket)
    return _text(body + _mac(key, Purpose.LOOP, body, _TOKEN_MAC))


def verify_loop_token(keyring: Keyring, text: str) -> bool:
    """Whether this gateway wrote the field."""
    return _verify(keyring, text.strip(), _LOOP_TEXT, _TOKEN_MAC, _LOOP_PURPOSES) is not None


def mint_probe(keyring: Keyring, number: int, at: int) -> str:
    """A token that says "this is probe `number` of the doctor, sent at `at`" (seconds since
    1970): 32 characters."""
    key = keyring.keys[keyring.current]
    body = _head(keyring.current, Purpose.PROBE, TicketId(number)) + at.to_bytes(_PARTY_SIZE)
    return _text(body + _mac(key, Purpose.PROBE, body, _TOKEN_MAC))


def verify_probe(keyring: Keyring, text: str) -> ProbeToken | None:
    """The probe that a token names; None when it is not one of ours."""
    found = _verify(keyring, text.strip(), _TOKEN_TEXT, _TOKEN_MAC, _PROBE_PURPOSES)
    return None if found is None else ProbeToken(found[1], int.from_bytes(found[2]))


def probe_address(support: Address, token: str) -> Address:
    """`support+p<token>@…`: where a probe comes from, and what a second one is sent to."""
    return Address(f"{support.base.localpart}+{_PROBE_LETTER}{token}", support.domain)


def probe_token_in(address: Address) -> str | None:
    """What stands in the subaddress where a probe's token would, not verified; else None."""
    detail = address.detail
    if detail is None or detail[:1].lower() != _PROBE_LETTER or len(detail) != _TOKEN_TEXT + 1:
        return None
    return detail[1:]


def mint_probe_id(keyring: Keyring, number: int, domain: str, random: bytes) -> str:
    """The Message-ID of a probe, without brackets, as `mint_message_id` makes one."""
    return _message_id(keyring, Purpose.PROBE, TicketId(number), domain, random)


def _head(kid: int, purpose: Purpose, ticket: TicketId) -> bytes:
    return bytes([kid << 5 | purpose]) + ticket.to_bytes(_TICKET_SIZE)


def _party(key: bytes, ticket: TicketId, party: Address) -> bytes:
    # The ticket is hashed too, so that two tokens do not show that one person has both.
    named = b"mailgate party\0" + ticket.to_bytes(_TICKET_SIZE) + party.key.encode()
    return hmac.digest(key, named, "sha256")[:_PARTY_SIZE]


def _mac(key: bytes, purpose: Purpose, body: bytes, size: int) -> bytes:
    return _signature(key, _LABELS[purpose] + body, size)


def _signature(key: bytes, signed: bytes, size: int) -> bytes:
    return hmac.digest(key, signed, "sha256")[:size]


def _verify(
    keyring: Keyring,
    text: str,
    length: int,
    mac_size: int,
    allowed: frozenset[Purpose],
    *,
    labels: Mapping[Purpose, bytes] = _LABELS,
) -> tuple[Purpose, TicketId, bytes] | None:
    """Purpose, ticket and what stands between the ticket and the MAC; None when refused."""
    raw = _octets(text, length)
    if not raw:
        return None
    key = keyring.keys.get(raw[0] >> 5)
    purpose = raw[0] & 0b11111
    if key is None or purpose not in allowed:
        return None
    body, mac = raw[:-mac_size], raw[-mac_size:]
    if not hmac.compare_digest(mac, _signature(key, labels[Purpose(purpose)] + body, mac_size)):
        return None
    ticket = TicketId(int.from_bytes(body[1:_HEAD_SIZE]))
    return Purpose(purpose), ticket, body[_HEAD_SIZE:]


def _text(raw: bytes) -> str:
    return base64.b32encode(raw).decode("ascii").rstrip("=").lower()


def _octets(text: str, length: int) -> bytes:
    """The octets of a base32 text of exactly this length; empty when it is none."""
    if len(text) != length or not text.isascii():
        return b""
    try:
        raw = base64.b32decode(text.upper() + "=" * (-length % 8))
    except binascii.Error:
        return b""
    # Base32 has spare bits at its end: one token has one spelling.
    return raw if _text(raw) == text.lower() else b""


def _short_domain(domain: str, limit: int) -> str:
    while len(domain) > limit and "." in domain:
        domain = domain.partition(".")[2]
    return domain[-limit:].lstrip("-")
