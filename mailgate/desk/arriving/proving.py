"""What is to be proven of a mail, as far as its bytes go: where it is parsed, without the DNS."""

from dataclasses import dataclass
from datetime import datetime

from mailgate.mail.parsed import ParsedMail
from mailgate.mail.proofs import Connecting
from mailgate.mail.proving import Proving, begin
from mailgate.threading.authentication import Trust, needs_proofs


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What must be known of a mail besides its bytes. `connection` is that of the sender's own
    server: another host in between may send for anybody. `at` is the time of arrival."""

    trust: Trust
    connection: Connecting | None
    at: datetime


def begin_proving(content: bytes, mail: ParsedMail, inquiry: Inquiry) -> Proving | None:
    """What costs time without the DNS; None where nothing is to be asked."""
    if mail.from_ is None or not needs_proofs(mail, inquiry.trust):
        return None
    domain = mail.from_.address.domain
    proving = begin(content, domain, connection=inquiry.connection, now=inquiry.at)
    return proving if proving.sealers & inquiry.trust.sealers else proving.without_arc()
