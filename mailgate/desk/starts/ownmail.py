"""What an agent means by a mail of theirs that belongs to no ticket: a conversation that they
begin, the copy of one that they began themselves, or somebody's mail that they pass on. Pure.

Only of agents who are proven: what it leads to goes out in the desk's name.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from mailgate.desk.arriving.participants import MAX_CC, brought
from mailgate.desk.commands.htmlorders import in_html_alone
from mailgate.desk.commands.orders import Orders, Verb, lines_with, read_orders
from mailgate.desk.commands.wanted import Fault, Trouble, Wanted, shown_order, want
from mailgate.desk.context import DeskContext
from mailgate.desk.errors import DeskError
from mailgate.desk.starts.notsent import meant
from mailgate.desk.starts.passedon import PassedOn, is_of_nobody, passed_on, words_above
from mailgate.desk.starts.startrequest import StartRequest, startable
from mailgate.desk.starts.wrotethemselves import WroteThemselves, wrote_themselves
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.words.attached import split_attachments
from mailgate.desk.words.frame import SUBJECT_LIMIT, one_line
from mailgate.mail.parsed import ParsedMail
from mailgate.model.decision import Decision, OpenTicket, QuarantineCause, Reason
from mailgate.model.directory import Agent
from mailgate.model.ticket import Role, Status
from mailgate.threading.evidence import Evidence
from mailgate.threading.loops import is_automated
from mailgate.threading.tag import untagged_subject

__all__ = ["Asks", "Begins", "NoStart", "OwnMail", "Refused", "begins", "own_mail"]

_STAFF = frozenset({Role.AGENT, Role.COLLABORATOR})
_OUT_OF_PLACE = frozenset({Verb.MERGE, Verb.SPAM, Verb.MACRO, Verb.UNTAG, Verb.UNFOLLOW})
"""Commands that only a ticket that is there can be given."""

_NOTHING = TicketWish()


class NoStart(StrEnum):
    """Why an agent's `#new` is not carried out."""

    NOT_ALLOWED = "not_allowed"
    """Only operators begin conversations here."""
    COLLABORATOR = "collaborator"
    FAULTY = "faulty"
    """One of the commands cannot be carried out."""
    SEVERAL = "several"
    NO_SUBJECT = "no_subject"
    EMPTY = "empty"
    INTERNAL = "internal"
    """All that it has are files that show what is the desk's own."""
    TOO_MANY = "too_many"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Begins:
    """A conversation to be begun, and what else its ticket is to be."""

    request: StartRequest = field(repr=False)
    wish: TicketWish = _NOTHING

    @property
    def reason(self) -> Reason:
        """What the decision says of it."""
        return Reason.BEGUN_BY_AGENT


@dataclass(frozen=True, slots=True)
class Refused:
    """One that is not; `faults` are the commands that cannot be, `says` what else is wrong."""

    why: NoStart
    faults: tuple[Fault, ...] = ()
    says: str = ""

    @property
    def cause(self) -> QuarantineCause:
        """Under which the mail waits."""
        allowed = self.why is not NoStart.NOT_ALLOWED
        return QuarantineCause.COMMAND_REFUSED if allowed else QuarantineCause.START_NOT_ALLOWED


@dataclass(frozen=True, slots=True)
class Asks:
    """A question of their own with commands at its top; or a mail that they pass on and of which
    nobody can tell whose it is (`unread`)."""

    agent: Agent
    orders: Orders
    subject: str
    unread: bool = False


OwnMail = Begins | WroteThemselves | PassedOn | Asks | Refused


def own_mail(
    ctx: DeskContext,
    mail: ParsedMail,
    evidence: Evidence,
    decision: Decision,
    now: datetime,
    *,
    released: QuarantineCause | None,
) -> OwnMail | None:
    """None for a mail of anybody else, and for one that is like any customer's. `released` is
    what a human let it out of quarantine in spite of."""
    agent, role = evidence.agent, decision.sender.role
    if agent is None or role not in _STAFF or not isinstance(decision.disposition, OpenTicket):
        return None
    if is_automated(evidence):
        return None
    orders = read_orders(mail.text, mail.reply_html)
    if orders.first(Verb.NEW) is not None:
        let_out = released is QuarantineCause.START_NOT_ALLOWED
        found = _began(ctx, mail, evidence, agent, orders, let_out=let_out)
        return None if isinstance(found, Refused) and released is found.cause else found
    if role is not Role.AGENT:
        return None
    wrote = wrote_themselves(ctx.directory, mail, agent) if ctx.policy.agents_may_start else None
    if wrote is not None:
        return wrote
    passed = passed_on(ctx, mail, agent, now) if ctx.policy.forward_makes_requester else None
    if passed is not None:
        return passed
    # What stands in a mail that is passed on is nobody's command.
    misplaced = _misplaced(mail.text if mail.forwarded is None else words_above(mail))
    if misplaced is not None and released is not misplaced.cause:
        return misplaced
    return _asks(ctx, mail, agent, orders)


def _misplaced(words: str) -> Refused | None:
    """A `#new` below other words: whoever wrote it would take the mail for sent."""
    begun = lines_with(words, Verb.NEW)
    line = next((line for line, order in begun if "@" in order.argument), None)
    return None if line is None else Refused(NoStart.FAULTY, (Fault(Trouble.BELOW, line),))


def _asks(ctx: DeskContext, mail: ParsedMail, agent: Agent, orders: Orders) -> Asks | None:
    unread = ctx.policy.forward_makes_requester and is_of_nobody(mail)
    if not (orders.orders or orders.unknown or unread):
        return None
    # What is further down, or in the mail that is passed on, is nobody's command.
    commands = (
        Orders(text=mail.text, html=mail.reply_html) if unread else replace(orders, below=None)
    )
    return Asks(agent, commands, one_line(mail.subject), unread)


def _began(
    ctx: DeskContext,
    mail: ParsedMail,
    evidence: Evidence,
    agent: Agent,
    orders: Orders,
    *,
    let_out: bool,
) -> Begins | Refused:
    if agent.role is not Role.AGENT:
        return Refused(NoStart.COLLABORATOR)
    if not (ctx.policy.agents_may_start or let_out):
        return Refused(NoStart.NOT_ALLOWED)
    wanted, faults = want(ctx, None, orders, agent)
    half = in_html_alone(orders)
    faults = (*faults, *_out_of_place(orders), *(() if half is None else (half,)))
    if faults:
        return Refused(NoStart.FAULTY, faults)
    support = evidence.support_address or next(iter(ctx.directory.supports.values())).address
    request = StartRequest(
        from_=support,
        to=wanted.new,
        subject=untagged_subject(ctx.policy.subject_prefix, meant(mail.subject)),
        text=orders.text,
        html=orders.html,
        attachments=mail.attachments,
        agent=agent,
        cc=(*wanted.first.add_cc, *brought(replace(mail, to=()), agent.address, ctx.directory)),
    )
    return begins(ctx, request, wanted)


def _out_of_place(orders: Orders) -> tuple[Fault, ...]:
    """What cannot be said of a ticket that is not there yet."""
    new = next(shown_order(order) for order in orders.orders if order.verb is Verb.NEW)
    return tuple(
        Fault(Trouble.CONTRADICTS, shown_order(order), (new,))
        for order in orders.orders
        if order.verb in _OUT_OF_PLACE
    )


def begins(ctx: DeskContext, request: StartRequest, wanted: Wanted) -> Begins | Refused:
    """The conversation that the commands of an agent begin, with what else they want of its
    ticket; or why there can be none."""
    wish = wanted.then
    request = replace(request, status=wish.status or Status.CLOSED, tags=wish.add_tags)
    why = _missing(ctx, request)
    if why is not None:
        return Refused(why)
    try:
        startable(ctx, request)
    except DeskError as error:
        return Refused(NoStart.OTHER, says=str(error))
    return Begins(request, replace(wish, status=None, add_tags=()))


def _missing(ctx: DeskContext, request: StartRequest) -> NoStart | None:
    recipients = {one.key for one in (*request.to, *request.cc)}
    if len(request.to) > 1 and not ctx.policy.free_recipients:
        return NoStart.SEVERAL
    if len(recipients) > MAX_CC:
        return NoStart.TOO_MANY
    if not one_line(request.subject, SUBJECT_LIMIT):
        return NoStart.NO_SUBJECT
    if request.text.strip():
        return None
    if not request.attachments:
        return NoStart.EMPTY
    sent, _ = split_attachments(request.attachments, request.agent, ctx.keyring)
    return None if sent else NoStart.INTERNAL
