"""Addresses and paths (RFC 5321 §4.1.2, RFC 5322 §3.4).

The comparison rules of the whole product stand here: two addresses are the same
when their `key` is the same.
"""

from dataclasses import dataclass


class AddressError(ValueError):
    """The text is not an address; `str()` of it is safe to show to the person who typed it."""


@dataclass(frozen=True, slots=True)
class Address:
    """An addr-spec. `domain` is lower-case, in A-labels; `localpart` is kept as it came.

    Build one with `parse_address` (strict) or take it from a parser of this room:
    the constructor does not check.
    """

    localpart: str
    domain: str

    def __str__(self) -> str:
        return f"{self.localpart}@{self.domain}"

    @property
    def key(self) -> str:
        """What addresses are compared and indexed by: RFC 5321 §2.4 calls the localpart
        case-sensitive, no mailbox provider in use treats it so."""
        return f"{self.localpart.casefold()}@{self.domain}"

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
