"""Passwords of agents, as `password_file` holds them: one line, salted and hashed by scrypt.

A stolen file gives nobody's password away. Pure: the salt is an argument.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

SALT_OCTETS = 16
_HASH_OCTETS = 32
_COST, _BLOCK, _PARALLEL = 2**14, 8, 1
"""16 MB and some 40 ms for one try."""
_MAX_COST = 2**17
_SPARE = 2**20


class PasswordError(ValueError):
    """No line that `hash_password` made."""


@dataclass(frozen=True, slots=True, repr=False)
class PasswordHash:
    """What is kept of a password."""

    cost: int
    block: int
    parallel: int
    salt: bytes
    digest: bytes

    def matches(self, password: str) -> bool:
        """Whether this is the password. Takes the same time for any; never on the event loop."""
        return hmac.compare_digest(self.digest, _digest(password, self))


def hash_password(password: str, salt: bytes) -> str:
    """The line for a password_file."""
    empty = PasswordHash(_COST, _BLOCK, _PARALLEL, salt, b"")
    parts = (base64.b64encode(each).decode() for each in (salt, _digest(password, empty)))
    return "$".join(("scrypt", str(_COST), str(_BLOCK), str(_PARALLEL), *parts))


def read_hash(line: str) -> PasswordHash:
    """Reads the line; PasswordError when it is none."""
    try:
        scheme, cost, block, parallel, salt, digest = line.strip().split("$")
        found = PasswordHash(
            int(cost),
            int(block),
            int(parallel),
            base64.b64decode(salt, validate=True),
            base64.b64decode(digest, validate=True),
        )
    except (ValueError, binascii.Error):
        raise PasswordError("no line of `mailgate hash-password`") from None
    usual = (found.block, found.parallel, len(found.digest)) == (_BLOCK, _PARALLEL, _HASH_OCTETS)
    cheap = 2 <= found.cost <= _MAX_COST and not found.cost & (found.cost - 1)
    if scheme != "scrypt" or not usual or not cheap:
        raise PasswordError("no line of `mailgate hash-password`")
    return found


def _digest(password: str, parameters: PasswordHash) -> bytes:
    cost, block = parameters.cost, parameters.block
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=parameters.salt,
        n=cost,
        r=block,
        p=parameters.parallel,
        maxmem=128 * block * (cost + parameters.parallel + 2) + _SPARE,
        dklen=_HASH_OCTETS,
    )
