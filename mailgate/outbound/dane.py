"""DANE for SMTP (RFC 7672): which certificate a mail server must have, by the DNS."""

import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from hashlib import sha256, sha512
from typing import cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import (
    BasicConstraints,
    Certificate,
    DNSName,
    SubjectAlternativeName,
    load_der_x509_certificate,
)
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

__all__ = ["DaneJudge", "Tlsa", "Usage", "chain_of", "judge", "read_tlsa"]

_NO_MATCH = "no certificate of its matches its TLSA records (DANE)"
_MAX_CHAIN = 10
"""Certificates of a chain that are looked at."""


class Usage(IntEnum):
    """Whom a record names. Those that ask for public authorities besides (0 and 1) are not for
    mail (RFC 7672 §3.1.3)."""

    TA = 2
    """An authority from which the server's certificate comes."""
    EE = 3
    """The server's own certificate or key."""


@dataclass(frozen=True, slots=True)
class Tlsa:
    """A record that can be used. `selector`: 0 the certificate, 1 its public key. `matching`: 0
    as it is, 1 SHA-256, 2 SHA-512 (RFC 6698 §2.1)."""

    usage: Usage
    selector: int
    matching: int
    data: bytes


def read_tlsa(texts: Iterable[str]) -> tuple[Tlsa, ...]:
    """The usable ones, `3 1 1 5f...` each (RFC 7672 §3.1)."""
    return tuple(record for record in map(_read, texts) if record is not None)


def _read(text: str) -> Tlsa | None:
    try:
        usage, selector, matching, data = text.split(" ")
        record = Tlsa(Usage(int(usage)), int(selector), int(matching), bytes.fromhex(data))
    except ValueError:
        return None
    sizes = {0: len(record.data), 1: sha256().digest_size, 2: sha512().digest_size}
    usable = record.data and record.selector in {0, 1}
    return record if usable and sizes.get(record.matching) == len(record.data) else None


@dataclass(frozen=True, slots=True)
class DaneJudge:
    """Judges a connection whose handshake is done. `names` are the mail server's and the
    domain's, of which a certificate by an authority must bear one (RFC 7672 §3.2.3)."""

    records: tuple[Tlsa, ...]
    names: tuple[str, ...]
    now: Callable[[], datetime]

    def __call__(self, connection: ssl.SSLObject) -> str | None:
        return judge(self.records, chain_of(connection), self.names, self.now())


def chain_of(connection: ssl.SSLObject) -> tuple[bytes, ...]:
    """The certificates that the server sent, in DER, its own first."""
    if hasattr(connection, "get_unverified_chain"):  # CPython 3.13
        return tuple(connection.get_unverified_chain())
    # Earlier ones have it without a public name.
    sent = connection._sslobj.get_unverified_chain() or ()  # type: ignore[attr-defined]
    return tuple(cast("bytes", each.public_bytes(_DER)) for each in sent)


_DER = 2
"""`_ssl.ENCODING_DER`."""


def judge(
    records: Sequence[Tlsa], chain: Sequence[bytes], names: Sequence[str], now: datetime
) -> str | None:
    """None when the server is the one that the records name, else why not. For DANE-EE neither
    names nor dates count (RFC 7672 §3.1.1)."""
    try:
        certificates = [load_der_x509_certificate(der) for der in chain[:_MAX_CHAIN]]
    except ValueError:
        return "its certificate cannot be read"
    if not certificates:
        return "it has no certificate"
    leaf, *issuers = certificates
    if any(_matches(record, leaf) for record in records if record.usage is Usage.EE):
        return None
    anchors = [
        issuer
        for issuer in issuers
        if any(_matches(record, issuer) for record in records if record.usage is Usage.TA)
    ]
    if not anchors:
        return _NO_MATCH
    return _issued(leaf, issuers, anchors, names, now)


def _matches(record: Tlsa, certificate: Certificate) -> bool:
    try:
        selected = (
            certificate.public_bytes(Encoding.DER)
            if record.selector == 0
            else certificate.public_key().public_bytes(
                Encoding.DER, PublicFormat.SubjectPublicKeyInfo
            )
        )
    except (ValueError, UnsupportedAlgorithm):
        return False
    if record.matching == 1:
        selected = sha256(selected).digest()
    elif record.matching == 2:
        selected = sha512(selected).digest()
    return selected == record.data


_AUTHORITY = ExtensionPolicy.permit_all().require_present(
    BasicConstraints, Criticality.AGNOSTIC, None
)
_SERVER = ExtensionPolicy.permit_all().require_present(
    SubjectAlternativeName, Criticality.AGNOSTIC, None
)


def _issued(
    leaf: Certificate,
    issuers: Sequence[Certificate],
    anchors: Sequence[Certificate],
    names: Sequence[str],
    now: datetime,
) -> str | None:
    """Whether the certificate comes from one of the authorities, holds now, and names us one of
    `names`. Private authorities write certificates as they like: of their extensions only the
    names count."""
    policy = (
        PolicyBuilder()
        .store(Store(list(anchors)))
        .time(now)
        .extension_policies(ca_policy=_AUTHORITY, ee_policy=_SERVER)
    )
    why = ""
    for name in names:
        try:
            policy.build_server_verifier(DNSName(name)).verify(leaf, list(issuers))
        except (VerificationError, ValueError, UnsupportedAlgorithm) as error:
            why = why or str(error).partition(" (encountered")[0]
        else:
            return None
    return f"its certificate does not hold for the authority of its TLSA records (DANE): {why}"
