"""What rules see: of a mail that comes, and of a ticket. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from mailgate.desk.arriving import plan
from mailgate.desk.arriving.plan import STAFF, Case
from mailgate.desk.rules.matching import MailSeen, Standing
from mailgate.desk.starts.ownmail import Begins
from mailgate.desk.starts.wrotethemselves import WroteThemselves
from mailgate.mail.header import Header, read_inner_header
from mailgate.mail.words import decode_header
from mailgate.model.decision import Append, Authentication, Disposition, OpenTicket
from mailgate.model.rule import Occasion, Rule
from mailgate.model.ticket import NewTicket, Ticket, Visibility
from mailgate.model.wildcard import folded
from mailgate.threading.loops import is_automated

__all__ = [
    "about_to_open",
    "as_ruled",
    "fields_of",
    "mail_seen",
    "occasion_of",
    "opened_by",
    "standing_of",
]


def occasion_of(case: Case) -> Occasion | None:
    """When rules look at a mail: it opens a ticket, or somebody outside says something on one
    who may. What is doubtful moves nothing, and neither does a machine on a ticket."""
    disposition: Disposition = case.decision.disposition
    match disposition:
        case OpenTicket():
            # What we begin ourselves is no news.
            return None if isinstance(case.own, Begins | WroteThemselves) else Occasion.NEW
        case Append(visibility=Visibility.PUBLIC, flagged=False, side=False):
            return None if case.decision.sender.role in STAFF else Occasion.ANSWER
        case _:
            return None


def mail_seen(case: Case, content: bytes) -> MailSeen:
    """The mail; `content` are its bytes."""
    attached = case.mail.attachments
    return MailSeen(
        size=len(content),
        automated=is_automated(case.evidence),
        authenticated=case.evidence.authentication is Authentication.PASS,
        text=case.mail.text,
        files=tuple((one.filename, one.content_type) for one in attached if not one.inline),
        fields=fields_of(content),
    )


def fields_of(content: bytes) -> Callable[[str], tuple[str, ...]]:
    """Reads the header section when a field is asked for, and each field once, however many rules
    ask for it."""

    @cache
    def header() -> Header:
        return read_inner_header(content)

    @cache
    def values(name: str) -> tuple[str, ...]:
        return tuple(folded(decode_header(value)) for value in header().all(name))

    return values


def about_to_open(case: Case, new: NewTicket, mail: MailSeen) -> Standing:
    """The ticket that the mail opens."""
    return Standing(
        address=new.address,
        brand=new.brand,
        group=new.group,
        status=new.status,
        priority=new.priority,
        source=new.source,
        tags=(),
        sender=case.sender.address,
        subject=case.mail.subject,
        now=case.now,
        mail=mail,
    )


def standing_of(
    ticket: Ticket, now: datetime, *, case: Case | None = None, mail: MailSeen | None = None
) -> Standing:
    """A ticket as it is; with the mail that comes for it, where one does."""
    return Standing(
        address=ticket.address,
        brand=ticket.brand,
        group=ticket.group,
        status=ticket.status,
        priority=ticket.priority,
        source=ticket.source,
        tags=ticket.tags,
        sender=ticket.requester.address if case is None else case.sender.address,
        subject=ticket.subject if case is None else case.mail.subject,
        now=now,
        mail=mail,
    )


def as_ruled(ticket: Ticket, rules: Sequence[Rule]) -> Ticket:
    """The ticket as the rules that match would leave it, as far as that can be told beforehand:
    not whose turn it would be."""
    for actions in (rule.actions for rule in rules):
        tags = (*ticket.tags, *(tag for tag in actions.tag if tag not in ticket.tags))
        ticket = replace(
            ticket,
            group=actions.group or ticket.group,
            assignee=actions.assign or ticket.assignee,
            priority=actions.priority or ticket.priority,
            status=actions.status or ticket.status,
            tags=tuple(tag for tag in tags if tag not in actions.untag),
        )
    return ticket


def opened_by(case: Case) -> NewTicket:
    """The ticket that the mail would open."""
    disposition = case.decision.disposition
    linked = disposition.linked if isinstance(disposition, OpenTicket) else None
    return plan.new_ticket(case, linked)
