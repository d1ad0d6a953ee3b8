"""Reports about mail of ours that have come home: what they can be about, and what they change.

Nothing here ever causes mail to the outside: what a report says, agents alone are told
(`desk.returned.failures`).
"""

from dataclasses import replace
from datetime import datetime

from mailgate.desk.context import DeskContext
from mailgate.desk.returned.undelivered import keep_mail_from
from mailgate.mail.address import Address
from mailgate.mail.parsed import MailKind
from mailgate.model.ids import EntryId, TicketId
from mailgate.model.returned import Outcome, Returned
from mailgate.model.suppression import Lanes, Suppression, SuppressionCause
from mailgate.model.ticket import EventKind, TicketEvent
from mailgate.store import events, returned, suppressions
from mailgate.store.core import Connection
from mailgate.store.returned import Left
from mailgate.store.values import address_of
from mailgate.threading.evidence import Evidence, Facts
from mailgate.threading.returned import REPORTS, Sent
from mailgate.threading.token import Purpose, token_in

__all__ = ["lift_for", "take_home", "with_sent"]


def with_sent(conn: Connection, evidence: Evidence, facts: Facts) -> Facts:
    """The facts with the mails that a report can be about. Nothing is read for other mail, nor
    for a report that has nothing of ours."""
    if evidence.kind not in REPORTS:
        return facts
    token = next((t for t in evidence.tokens if t.purpose is Purpose.BOUNCE), None)
    if token is not None:
        number = token.ticket
    elif evidence.kind is MailKind.COMPLAINT and evidence.own_ids:
        number = evidence.own_ids[0].ticket
    else:
        return facts
    ticket = facts.tickets.get(number)
    numbers = {number} if ticket is None else {number, ticket.id}
    text = _named_by(evidence) if token is None else token.text
    left = returned.left_from(conn, numbers)
    return replace(facts, sent=tuple(_sent(one, text) for one in left))


def _named_by(evidence: Evidence) -> str | None:
    """What stands where a token would in the reverse path that a complaint says its mail had. Not
    verified: it is compared with those that we gave."""
    path = None if evidence.complaint is None else evidence.complaint.reverse_path
    text = None if path is None else token_in(path)
    return None if text is None else text.lower()


def _sent(left: Left, token: str | None) -> Sent:
    path = left.reverse_path
    return Sent(
        delivery=left.delivery,
        recipient=left.recipient,
        lane=left.lane,
        message_id=left.message_id,
        signed=token is not None and token_in(address_of(path)) == token,
        known=left.known,
    )


def take_home(
    conn: Connection,
    ctx: DeskContext,
    ticket: TicketId,
    report: Returned,
    *,
    entry: EntryId,
    now: datetime,
) -> bool:
    """Writes what a report that is proven says, with its events; `entry` is the report itself.
    False when all of it was known."""
    match report.outcome:
        case Outcome.HARD | Outcome.SOFT:
            return _came_back(conn, ctx, ticket, report, entry=entry, now=now)
        case Outcome.COMPLAINED:
            is_new = keep_mail_from(conn, ticket, _suppression(report, now, None))
            if is_new:
                _tell(conn, ticket, EventKind.COMPLAINED, report, entry=entry, now=now)
            return is_new
        case Outcome.DELAYED:
            _tell(conn, ticket, EventKind.DELIVERY_DELAYED, report, entry=entry, now=now)
            return True
        case Outcome.ARRIVED:
            return False


def lift_for(conn: Connection, ticket: TicketId, sender: Address, now: datetime) -> None:
    """A mail that is proven to come from an address shows that it lives: mail goes there again."""
    if suppressions.lift_bounce(conn, sender):
        detail = {"address": str(sender), "why": "a mail came from it"}
        event = TicketEvent(now, EventKind.ADDRESS_LIFTED, "system", detail)
        events.add(conn, ticket, event)


def _came_back(
    conn: Connection,
    ctx: DeskContext,
    ticket: TicketId,
    report: Returned,
    *,
    entry: EntryId,
    now: datetime,
) -> bool:
    # What was refused in the dialogue already is told and settled.
    if report.known or not returned.note_bounced(
        conn, report.delivery, status=report.status, text=report.text, now=now
    ):
        return False
    _tell(conn, ticket, EventKind.BOUNCED, report, entry=entry, now=now)
    if report.outcome is Outcome.HARD:
        until = now + ctx.policy.suppress_hard_bounces_for
        keep_mail_from(conn, ticket, _suppression(report, now, until))
    return True


def _suppression(report: Returned, now: datetime, until: datetime | None) -> Suppression:
    complaint = report.outcome is Outcome.COMPLAINED
    return Suppression(
        address=report.recipient,
        cause=SuppressionCause.COMPLAINT if complaint else SuppressionCause.BOUNCE,
        lanes=Lanes.CAMPAIGN if complaint else Lanes.ALL,
        status=report.status,
        text=report.text,
        at=now,
        until=until,
        delivery=report.delivery,
    )


def _tell(
    conn: Connection,
    ticket: TicketId,
    kind: EventKind,
    report: Returned,
    *,
    entry: EntryId,
    now: datetime,
) -> None:
    detail: dict[str, str | int | None] = {
        "message": entry,
        "delivery": report.delivery,
        "recipient": str(report.recipient),
        "status": report.status,
        "text": report.text,
    }
    events.add(conn, ticket, TicketEvent(now, kind, "system", detail))
