"""Addresses and paths (RFC 5321 §4.1.2, RFC 5322 §3.4).

The comparison rules of the whole product stand here: two addresses are the same
when their `key` is the same.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from unicodedata import normalize


class AddressError(ValueError):
    """The text is not an address; `str()` of it is safe to show to the person who typed it."""


@dataclass(frozen=True, slots=True)
class Address:
    """An addr-spec. `domain` is lower-case, in A-labels; `localpart` is kept as it came.

    Build one with `parse_path` (strict) or take it from a parser of this room:
    the constructor does not check.
    """

    localpart: str
    domain: str

    def __str__(self) -> str:
        return f"{self.localpart}@{self.domain}"

    @property
    def key(self) -> str:
        """What addresses are compared and indexed by. Localpart: RFC 5321 §2.4 calls it
        case-sensitive, no mailbox provider in use treats it so; beyond ASCII (RFC 6531) it is
        composed (NFC), for the same letters may be typed in two ways. Nothing else is equal:
        look-alike letters and subaddresses are other mailboxes. Domain: A-labels in lower
        case, however it was written."""
        localpart = self.localpart.casefold()
        if not localpart.isascii():
            localpart = normalize("NFC", localpart)
        return f"{localpart}@{self.domain}"

    @property
    def base(self) -> "Address":
        """The address without its subaddress (RFC 5233): `support+x@a` -> `support@a`."""
        return Address(self.localpart.partition("+")[0], self.domain)

    @property
    def detail(self) -> str | None:
        """The part after the first `+` (RFC 5233), None when there is no `+`."""
        head, plus, tail = self.localpart.partition("+")
        return tail if plus and head else None


@dataclass(frozen=True, slots=True)
class NamedAddress:
    """An address with the display name that stood before it ("" when there was none)."""

    name: str
    address: Address

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else str(self.address)


@dataclass(frozen=True, slots=True)
class NullReversePath:
    """`MAIL FROM:<>`: a notification, never answered (RFC 5321 §4.5.5)."""

    def __str__(self) -> str:
        return "<>"


@dataclass(frozen=True, slots=True)
class UnknownReversePath:
    """The door was not told the reverse path (pipe without --from, IMAP, import)."""

    def __str__(self) -> str:
        return "unknown"


ReversePath = Address | NullReversePath | UnknownReversePath


MAX_LOCALPART = 64
MAX_DOMAIN = 255
"""Octets (RFC 5321 §4.5.3.1)."""

_DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\[ -~])*)"')
_ESCAPE = re.compile(r"\\(.)")
_LABELS = re.compile(
    r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
"""Sub-domains, with the underscore that some hosts have against RFC 1123."""


def parse_path(text: str) -> Address:
    """The Mailbox of a MAIL or RCPT command, without its angle brackets (RFC 5321 §4.1.2):
    nothing is decoded, nothing repaired, no source route, octet limits kept.
    Raises AddressError."""
    localpart, at, domain = text.rpartition("@")
    if not at or not localpart or not domain:
        raise AddressError("an address has the form name@domain")
    if not localpart.isascii() or not text.isprintable():
        raise AddressError("the part before the @ must be printable ASCII")
    return Address(canonical_localpart(localpart), canonical_domain(domain))


def parse_mailbox(text: str) -> Address:
    """Like `parse_path`, and the localpart may be beyond ASCII (RFC 6531 §3.3): printable, and
    composed (NFC), as RFC 6532 §3.1 asks of those who make one. Raises AddressError."""
    localpart, _, domain = text.rpartition("@")
    if localpart.isascii():
        return parse_path(text)
    localpart = normalize("NFC", localpart)
    if not localpart.isprintable():
        raise AddressError("the part before the @ holds a character that can't be shown")
    if len(localpart.encode("utf-8", "replace")) > MAX_LOCALPART:
        raise AddressError(f"the part before the @ is longer than {MAX_LOCALPART} octets")
    shape = "".join(c if c.isascii() else "a" for c in localpart)
    if not _DOT_ATOM.fullmatch(shape):
        raise AddressError("the part before the @ holds a character that is not allowed there")
    return Address(localpart, canonical_domain(domain))


def parse_reverse_path(text: str) -> ReversePath:
    """Like `parse_path`; the empty text is the null reverse path."""
    return parse_path(text) if text else NullReversePath()


def canonical_localpart(localpart: str) -> str:
    """A dot-atom as it is; a quoted string without quotes where it needs none
    (RFC 5321 §4.1.2: "as conservative as possible"). Raises AddressError."""
    if len(localpart) > MAX_LOCALPART:
        raise AddressError(f"the part before the @ is longer than {MAX_LOCALPART} octets")
    if _DOT_ATOM.fullmatch(localpart):
        return localpart
    quoted = _QUOTED.fullmatch(localpart)
    if quoted is None or not quoted[1]:
        raise AddressError("the part before the @ holds a character that is not allowed there")
    plain = _ESCAPE.sub(r"\1", quoted[1])
    return plain if _DOT_ATOM.fullmatch(plain) else quote(plain)


def quote(plain: str) -> str:
    """`plain` as a quoted-string (RFC 5322 §3.2.4)."""
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def canonical_domain(domain: str) -> str:
    """The domain in lower case and A-labels, or an address literal. Raises AddressError."""
    if len(domain) > MAX_DOMAIN:
        raise AddressError("the part after the @ is not a domain name")
    return _canonical_domain(domain)


@lru_cache(maxsize=2048)
def _canonical_domain(domain: str) -> str:
    if domain.startswith("["):
        return _literal(domain)
    if not domain.isascii():
        domain = _a_labels(domain)
    domain = domain.lower()
    if len(domain) > MAX_DOMAIN or not _LABELS.fullmatch(domain):
        raise AddressError("the part after the @ is not a domain name")
    return domain


def _a_labels(domain: str) -> str:
    """IDNA 2008 with the mapping of UTS 46, as registries and browsers have it (`straße.de` is
    not `strasse.de`); IDNA 2003 for what is registered nevertheless, such as emoji."""
    import idna  # noqa: PLC0415 - 15 ms, and hardly any domain needs it

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:
        return _a_labels_of_2003(domain)


def _a_labels_of_2003(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise AddressError("the part after the @ is not a domain name") from None


def _literal(domain: str) -> str:
    """RFC 5321 §4.1.3: `[192.0.2.1]` or `[IPv6:2001:db8::1]`."""
    inner = domain[1:-1]
    tag, colon, rest = inner.partition(":")
    is_v6 = bool(colon) and tag.lower() == "ipv6"
    if not domain.endswith("]"):
        raise AddressError("the part after the @ is not an address literal")
    try:
        address = IPv6Address(rest) if is_v6 else IPv4Address(inner)
    except ValueError:
        raise AddressError("the part after the @ is not an address literal") from None
    return f"[IPv6:{address}]" if is_v6 else f"[{address}]"
