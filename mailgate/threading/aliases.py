"""The Message-IDs that relays give to mail of ours in place of the one that we signed.

A relay that rewrites the id says the new one in its reply to the final dot, or a part of it.
Most say a queue id there, which stands in no field of the mail: that is no alias. The ticket of
a mail whose new id nobody tells is found by our signed root in References, and by the marker in
its body.
"""

import re
from dataclasses import dataclass

__all__ = ["aliases_in"]

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_BRACKETED = r"<([^<>()\s@]{1,200}@[^<>()\s@]{1,200})>"
_MAX_ALIASES = 5


@dataclass(frozen=True, slots=True)
class _Relay:
    """`host` is what its name ends with, "" for any; `says` finds the id in its reply, and
    `becomes` is the Message-ID that the mail has then."""

    host: str
    says: re.Pattern[str]
    becomes: str


_RELAYS = (
    # Amazon SES replaces every Message-ID. `250 Ok 0102018c…-000000` becomes the left side; the
    # right one is `email.amazonses.com` in us-east-1 and `REGION.amazonses.com` elsewhere: the
    # store knows them as one (`store.values.id_hash`).
    _Relay(
        "",
        re.compile(rf"\bok ([0-9a-f]{{16}}-{_UUID}-[0-9]{{6}})\s*$", re.IGNORECASE),
        "{}@email.amazonses.com",
    ),
    # Postmark keeps an id only for who asks (X-PM-KeepID); its own are `<UUID@mtasv.net>`.
    _Relay(".postmarkapp.com", re.compile(rf"\b({_UUID})\b", re.IGNORECASE), "{}@mtasv.net"),
    # Whoever names a whole id: Microsoft 365 and Exchange (`250 2.0.0 OK <id> [Hostname=…]`,
    # `250 2.6.0 <id> [InternalId=…] Queued mail for delivery`), which say ours unless they made
    # their own; Brevo (`250 2.0.0 OK: queued as <id>`).
    _Relay("", re.compile(_BRACKETED), "{}"),
)
# Mailgun, SendGrid and SparkPost leave the Message-ID alone. Mailjet, Gmail and Postfix say a
# queue id (`250 OK queued as UUID`, `… - gsmtp`, `queued as 4F1A`) that is no part of one.


def aliases_in(reply: str, *, host: str, known: frozenset[str]) -> tuple[str, ...]:
    """The ids, without brackets, that `host` says in its reply that it gave to a mail. `known`
    are the texts that it may repeat and that are none: the id we gave it, its recipient and its
    reverse path. Only of a relay that the settings name: who may be anybody may say any id."""
    name = host.lower().rstrip(".")
    found = (
        relay.becomes.format(said)
        for relay in _RELAYS
        if f".{name}".endswith(relay.host)
        for said in relay.says.findall(reply)
    )
    return tuple(dict.fromkeys(alias for alias in found if alias not in known))[:_MAX_ALIASES]
