"""How much automatic mail an address, an organisation and everybody may get."""

from datetime import datetime, timedelta

from mailgate.desk.arriving.plan import Case
from mailgate.desk.arriving.traffic import acknowledgements_today
from mailgate.desk.context import DeskPolicy
from mailgate.mail.address import Address
from mailgate.mail.domains import is_public_mail_domain, organisational_domain
from mailgate.model.decision import Authentication, OpenTicket
from mailgate.store import outbound
from mailgate.store.core import Connection

_HOUR = timedelta(hours=1)


def acknowledgement_allowed(conn: Connection, case: Case) -> bool:
    """Whether the sender may get one more acknowledgement now; True as well when none is to be
    written. A proven sender is bound by the budget of the address alone, any other by those of
    the hour too: what strangers cause must not use up the mail that people send.

    Acknowledgements are all the automatic mail that goes outside: whatever joins them goes in
    their lane, and counts here.
    """
    disposition = case.decision.disposition
    if not (isinstance(disposition, OpenTicket) and disposition.answer):
        return True
    proven = case.evidence.authentication is Authentication.PASS
    return has_room(conn, case.ctx.policy, case.sender.address, case.now, proven=proven)


def has_room(
    conn: Connection, policy: DeskPolicy, to: Address, now: datetime, *, proven: bool = False
) -> bool:
    """Whether the budgets allow one more automatic mail to this address."""
    if acknowledgements_today(conn, to, now) >= policy.acknowledgements_per_address_per_day:
        return False
    if proven:
        return True
    in_all = policy.neutral_acknowledgements_per_hour
    went = outbound.acknowledged_since(conn, now - _HOUR, in_all)
    theirs = organisational_domain(to.domain)
    there = sum(organisational_domain(key.rpartition("@")[2]) == theirs for key in went)
    return len(went) < in_all and there < _share(policy, theirs)


def _share(policy: DeskPolicy, organisation: str) -> int:
    """A provider's customers have nothing to do with each other, so they get more together; but
    not all, so that forged ones of one provider leave something for everybody else."""
    if is_public_mail_domain(organisation):
        return policy.neutral_acknowledgements_per_provider_per_hour
    return policy.neutral_acknowledgements_per_domain_per_hour
