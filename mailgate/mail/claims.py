"""What the DKIM signatures of a mail say they cover, whether or not they hold: where another host
has checked them, it tells only that they do."""

from mailgate.mail.dkimtags import Refused, listed, read_tags, without_blanks
from mailgate.mail.header import Header
from mailgate.mail.parsed import ClaimedSignature

MAX_CLAIMS = 20
_MAX_OCTETS = 16 * 1024
_UNKNOWN = ClaimedSignature("", frozenset())


def read_claims(header: Header) -> tuple[ClaimedSignature, ...]:
    """Each signature from the top. One that cannot be read, and all beyond so many, may be of any
    domain and cover nothing."""
    values = header.all("dkim-signature")
    claims = [_claim(value, header) for value in values[:MAX_CLAIMS]]
    return tuple(claims if len(values) <= MAX_CLAIMS else [_UNKNOWN, *claims])


def _claim(value: bytes, header: Header) -> ClaimedSignature:
    try:
        tags = read_tags(value[:_MAX_OCTETS].decode("utf-8", "replace"))
    except Refused:
        return _UNKNOWN
    domain = without_blanks(tags.get("d", "")).lower().rstrip(".")
    if "l" in tags:  # The body may go on (RFC 6376 §8.2).
        return ClaimedSignature(domain, frozenset())
    names = listed(tags.get("h", ""))
    # Fields are signed from the bottom (RFC 6376 §5.4.2): one more on top is not.
    whole = (name for name in set(names) if names.count(name) >= len(header.all(name)))
    return ClaimedSignature(domain, frozenset(whole))
