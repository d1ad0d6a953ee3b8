"""The envelope of a message (RFC 5321 §2.3.1)."""

from dataclasses import dataclass

from mailgate.mail.address import Address, ReversePath


@dataclass(frozen=True, slots=True)
class Envelope:
    reverse_path: ReversePath
    forward_paths: tuple[Address, ...]
