"""DKIM signatures of our own mail (RFC 6376, RFC 8463): relaxed/relaxed, with SHA-256.

A field that is signed once more than the mail has it cannot be added on the way without breaking
the signature (RFC 6376 §8.15). What a relay may add without harm, such as Received, is left out.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from mailgate.mail.dkimcanon import (
    Canon,
    RawField,
    SignedMail,
    canonical_field,
    read_signed,
)

if TYPE_CHECKING:
    from mailgate.mail.dkimkey import SigningKey

__all__ = ["SIGNED", "Signer", "signed"]

SIGNED = (
    *("from", "to", "cc", "subject", "date", "reply-to"),
    *("message-id", "in-reply-to", "references", "auto-submitted"),
    *("list-id", "list-help", "list-subscribe", "list-unsubscribe", "list-unsubscribe-post"),
    *("list-post", "list-owner", "list-archive"),
)
"""Fields that nobody may change, and of which nobody may add one (RFC 6376 §5.4.1)."""
_OF_THE_BODY = ("mime-version", "content-type", "content-transfer-encoding")
"""The same, where the mail has them: relays write those that it lacks."""
_LINE = 76
"""Characters of a line of the field; RFC 5322 §2.1.1 asks for at most 78."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: the public key stands at SELECTOR._domainkey.DOMAIN."""

    domain: str
    selector: str
    key: "SigningKey"


def signed(content: bytes, signers: Sequence[Signer], at: datetime) -> bytes:
    """The mail with a DKIM-Signature of each above it. `content` is a mail as `compose` makes it,
    with CRLF as its line ends; ValueError for one whose header section nobody could trust."""
    mail = read_signed(content)
    if mail.unreadable:
        raise ValueError(f"a mail that cannot be signed: {mail.unreadable}")
    names = _names(mail)
    fields = mail.signed_fields(names, Canon.RELAXED)
    body = base64.b64encode(mail.body_hash(Canon.RELAXED)).decode("ascii")
    return b"".join([*(_signature(who, names, fields, body, at) for who in signers), content])


def _names(mail: SignedMail) -> tuple[str, ...]:
    """`h=`: each name as often as the mail has it, and once more."""
    described = (name for name in _OF_THE_BODY if mail.all(name))
    return tuple(
        name for each in (*SIGNED, *described) for name in [each] * (len(mail.all(each)) + 1)
    )


def _signature(
    who: Signer, names: tuple[str, ...], fields: bytes, body: str, at: datetime
) -> bytes:
    """The field with its line end. Its own value is signed too, but for what stands in `b=`
    (RFC 6376 §3.7)."""
    tags = [
        f"v=1; a={who.key.algorithm}; c=relaxed/relaxed;",
        f" d={who.domain};",
        f" s={who.selector};",
        f" t={int(at.timestamp())};",
        " h=",
        *(f"{name}:" for name in names[:-1]),
        f"{names[-1]};",
        f" bh={body};",
        " b=",
    ]
    head = _folded(["DKIM-Signature: ", *tags])
    own = canonical_field(RawField("dkim-signature", head.encode("ascii")), Canon.RELAXED)
    value = who.key.sign(hashlib.sha256(fields + own).digest())
    text = base64.b64encode(value).decode("ascii")
    width = _LINE - 1
    lines = (text[start : start + width] for start in range(0, len(text), width))
    return "".join([head, *(f"\r\n\t{line}" for line in lines), "\r\n"]).encode("ascii")


def _folded(pieces: Iterable[str]) -> str:
    """The pieces on lines, broken between them where folding white space may stand."""
    lines = [""]
    for piece in pieces:
        if len(lines[-1]) + len(piece) > _LINE and lines[-1]:
            lines.append(f"\t{piece.lstrip(' ')}")
        else:
            lines[-1] += piece
    return "\r\n".join(lines)
