"""Addresses that a relay has wrapped up in another one on a mail's way out, and that come back
in a bounce or an answer: signed (BATV) or rewritten for a forward (SRS)."""

import re

from mailgate.mail.address import Address

# draft-levine-smtp-batv-01 §3: `prvs=KDDDSSSSSS=localpart`; Barracuda has `btv1==` and three
# fields. https://www.libsrs2.net/srs/srs.pdf: `SRS0=hash=time=domain=localpart`, of which a second
# forwarder makes `SRS1=hash=host==hash=time=domain=localpart`; `+` and `-` may stand for the
# first `=`.
_SIGNED = re.compile(r"(?:prvs=[0-9a-z]{8,16}=|btv1==[0-9a-z]{8,16}==)(.+)", re.IGNORECASE)
_REWRITTEN = re.compile(
    r"(?:SRS1[=+-][^=]{1,16}=[^=]{1,255}=[=+-]|SRS0[=+-])[^=]{1,16}=[^=]{1,4}=([^=@]{1,255})=(.+)",
    re.IGNORECASE,
)


def unwrapped(address: Address) -> Address | None:
    """The address inside, None when this is no wrapped one. Nothing is verified: it says which
    mailbox is meant, as a subaddress does."""
    signed = _SIGNED.fullmatch(address.localpart)
    if signed is not None:
        return Address(signed[1], address.domain)
    rewritten = _REWRITTEN.fullmatch(address.localpart)
    return None if rewritten is None else Address(rewritten[2], rewritten[1].lower())
