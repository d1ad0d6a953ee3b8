"""How the connection to a mail server is to be protected: DANE, MTA-STS, or as it offers. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mailgate.mail.proofs import Answer
from mailgate.outbound.dane import DaneJudge, read_tlsa
from mailgate.outbound.mtasts import Mode, Policy
from mailgate.outbound.mxrouting import Target
from mailgate.outbound.peer import CertificateCheck, Judged, Pkix, Tls, Unchecked

__all__ = ["Barred", "Protection", "protection_of"]


@dataclass(frozen=True, slots=True)
class Protection:
    """What is asked of the connection."""

    tls: Tls
    certificate: CertificateCheck


@dataclass(frozen=True, slots=True)
class Barred:
    """The server is not dialled; why, with an enhanced status code."""

    text: str


_AS_OFFERED = Protection(Tls.OPPORTUNISTIC, Unchecked())


def protection_of(
    target: Target,
    domain: str,
    tlsa: Answer | None,
    policy: Policy | None,
    *,
    authorities: Pkix,
    now: Callable[[], datetime],
) -> Protection | Barred:
    """`tlsa` is what the DNS says of the server, None where it was not asked because the names
    that lead there are not validated. DANE goes before MTA-STS: what the DNS proves needs no
    authority, and a policy must not make up for a certificate that fails it (RFC 8461 §2)."""
    if tlsa is not None and tlsa.failed:
        # Whoever can keep the answer from us could otherwise take TLS away (RFC 7672 §2.2).
        return Barred(f"4.7.5 the DNS does not say what certificate {target.host} has (DANE)")
    if tlsa is not None and tlsa.secure and tlsa.records:
        records = read_tlsa(tlsa.records)
        if not records:  # RFC 7672 §2.2: TLS, and nothing to check it by
            return Protection(Tls.STARTTLS, Unchecked())
        judge = DaneJudge(records, tuple(dict.fromkeys((target.host, domain))), now)
        return Protection(Tls.STARTTLS, Judged(judge))
    if policy is None or policy.mode is not Mode.ENFORCE:
        return _AS_OFFERED
    if not policy.names(target.host):
        return Barred(f"4.7.1 {domain}'s MTA-STS policy does not name {target.host}")
    return Protection(Tls.STARTTLS, authorities)
