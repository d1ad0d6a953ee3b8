"""Whether what a signature proves was written to us.

DKIM proves who wrote a mail, and not to whom it was given: who got one from somebody can hand it
to us as it is. It is a mail to us when a field that was signed says so.
"""

from collections.abc import Set as AbstractSet

from mailgate.mail.domains import aligned
from mailgate.mail.parsed import ParsedMail
from mailgate.mail.proofs import ProofResult, Proofs
from mailgate.model.directory import Directory

_FIELDS = frozenset({"to", "cc"})


def names_us(mail: ParsedMail, directory: Directory, among: AbstractSet[str] = _FIELDS) -> bool:
    """Whether one of these fields (`to`, `cc`) has a support address."""
    fields = {"to": mail.to, "cc": mail.cc}
    shown = (named.address for name, them in fields.items() if name in among for named in them)
    return any(directory.support_for(address) for address in shown)


def signed_to_us(mail: ParsedMail, directory: Directory, proofs: Proofs | None) -> bool:
    """Whether the signature that proves its sender, by what we found ourselves, names us. Of
    another proof (the sender's own server gave it to us) it is not asked."""
    if mail.from_ is None or proofs is None or proofs.dmarc is None or proofs.dmarc.by != "dkim":
        return True
    domain = mail.from_.address.domain
    return any(
        one.result is ProofResult.PASS
        and aligned(one.domain, domain)
        and names_us(mail, directory, one.signed)
        for one in proofs.dkim
    )
