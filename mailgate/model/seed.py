"""Randomness as an argument."""

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Seed:
    """32 random bytes from which a pure function derives all the randomness that it needs."""

    secret: bytes = field(repr=False)

    def derive(self, label: str, size: int) -> bytes:
        """`size` bytes (at most 64) that nobody can guess and that differ for each label."""
        return hashlib.blake2b(label.encode(), key=self.secret, digest_size=size).digest()
