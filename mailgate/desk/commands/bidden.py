"""An agent's mail onto a ticket without the commands at its top, and what those want. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailgate.desk.arriving.keptinside import KeptInside
from mailgate.desk.arriving.participants import brought
from mailgate.desk.arriving.plan import STAFF, Case
from mailgate.desk.commands.htmlorders import in_html_alone
from mailgate.desk.commands.macros import Macro
from mailgate.desk.commands.orders import Order, Orders, Verb, read_orders
from mailgate.desk.commands.wanted import Fault, Trouble, Wanted, shown_order, want
from mailgate.desk.context import DeskContext
from mailgate.desk.starts.ownmail import Begins, begins
from mailgate.desk.starts.startrequest import StartRequest
from mailgate.desk.starts.startwords import why_not
from mailgate.desk.words.frame import display_name, one_line, support_of
from mailgate.desk.words.templating import TemplateError
from mailgate.mail.html import from_text
from mailgate.mail.subject import base_subject
from mailgate.model.decision import Append, Reason
from mailgate.model.directory import Agent
from mailgate.model.ticket import Ticket, Visibility
from mailgate.threading.tag import subject_tag, untagged_subject

__all__ = ["Bidden", "bidden", "refused"]

_NOTHING = Wanted()
_IMAGE = re.compile(r"(?:\[[^\[\]]*\]\s*)+")
"""How a picture stands in the text of an HTML mail."""


@dataclass(frozen=True, slots=True)
class Bidden:
    """What an agent's mail bids. `case` is without the commands, private where the words are not
    for the customer; where there are `faults`, it is as it came, and stays inside.

    `bare` says that there are no words in it.
    """

    case: Case
    wanted: Wanted = _NOTHING
    faults: tuple[Fault, ...] = ()
    bare: bool = False
    begins: Begins | None = None
    """The conversation of its own that the words begin."""

    @property
    def has_lone_files(self) -> bool:
        """Whether files came with commands alone: nobody can tell for whom."""
        goes = self.wanted.forward is not None or self.wanted.new
        files = any(not one.inline for one in self.case.mail.attachments)
        return self.bare and files and not goes

    @property
    def is_note_all_the_same(self) -> bool:
        """Whether all that is wrong is a command further down in what is a note anyway."""
        below = all(fault.trouble is Trouble.BELOW for fault in self.faults)
        return below and bool(self.faults) and not _is_public(self.case)


def bidden(case: Case, ticket: Ticket) -> Bidden | None:
    """None for a mail that bids nothing: of a customer, without a command, or a mail that was
    obeyed before."""
    agent = case.evidence.agent
    if agent is None or _came_before(case):
        return None
    if case.decision.sender.role not in STAFF:
        return _for_the_desk_alone(case)
    orders = read_orders(case.mail.text, case.mail.reply_html)
    half = in_html_alone(orders) if _is_public(case) else None
    if half is not None:
        return refused(case, (half,))
    if not orders:
        return None
    try:
        orders, macros, missing = _expanded(case.ctx, ticket, orders)
    except TemplateError as error:
        return refused(case, (Fault(Trouble.MACRO_UNUSABLE, "", (str(error),)),))
    wanted, faults = want(case.ctx, ticket, orders, agent)
    case_without = _with_words(case, ticket, orders, macros, agent)
    bare = not wanted.note and _says_nothing(case_without, agent)
    public = _is_public(case)
    if wanted.spam and public and not bare and not wanted.note:
        faults += (Fault(Trouble.SPAM_ANSWERED, f"#{Verb.SPAM}"),)
    starts = None
    if wanted.new and not (faults or missing):
        starts, faults = _begins(case_without, ticket, wanted, agent)
    if faults or missing:
        return refused(case, (*missing, *faults))
    inside = bare or wanted.note or wanted.forward is not None or bool(wanted.new)
    said = _private(case_without) if inside else case_without
    then = wanted.then
    said = replace(said, says_status=then.status is not None, hands_to=then.group)
    return Bidden(said, wanted, (), bare, starts)


def _for_the_desk_alone(case: Case) -> Bidden | None:
    """On a ticket of their own an agent is a customer, and bids nothing. But what they call a
    note is none that anybody passes on."""
    orders = read_orders(case.mail.text, case.mail.reply_html)
    if orders.first(Verb.NOTE) is None:
        return None
    mail = replace(case.mail, text=orders.text.strip("\n"), reply_html=orders.html)
    return Bidden(_private(replace(case, mail=mail)))


def _begins(
    case: Case, ticket: Ticket, wanted: Wanted, agent: Agent
) -> tuple[Begins | None, tuple[Fault, ...]]:
    """A conversation from the ticket's support address. What the ticket is called by is its
    customer's: the new one has a subject of its own."""
    line, ctx = f"#{Verb.NEW} {wanted.new[0]}", case.ctx
    if not ctx.policy.agents_may_start:
        return None, (Fault(Trouble.NO_STARTS, line),)
    support = support_of(ctx, ticket.address)
    subject = _own_subject(ctx, case.mail.subject)
    is_tickets = subject.casefold() == _own_subject(ctx, ticket.subject).casefold()
    request = StartRequest(
        from_=support.address,
        to=wanted.new,
        subject="" if is_tickets else subject,
        text=case.mail.text,
        html=case.mail.reply_html,
        attachments=case.mail.attachments,
        agent=agent,
        cc=(*wanted.first.add_cc, *brought(case.mail, agent.address, ctx.directory)),
    )
    found = begins(ctx, request, wanted)
    if isinstance(found, Begins):
        return found, ()
    return None, (Fault(Trouble.OTHER, line, (why_not(found, support.locale),)),)


def _own_subject(ctx: DeskContext, subject: str) -> str:
    return base_subject(untagged_subject(ctx.policy.subject_prefix, subject)).strip()


def _came_before(case: Case) -> bool:
    """A mail is obeyed once, with whatever fields somebody sends it again."""
    again = Reason.SAME_ID_OTHER_CONTENT in case.decision.reasons
    return again or case.inside is KeptInside.REPEATED


def refused(case: Case, faults: tuple[Fault, ...]) -> Bidden:
    """The mail as it came, which stays inside."""
    inside = case.inside or KeptInside.COMMAND
    return Bidden(replace(case, inside=inside) if _is_public(case) else case, faults=faults)


def _is_public(case: Case) -> bool:
    match case.decision.disposition:
        case Append(visibility=Visibility.PUBLIC):
            return True
        case _:
            return False


def _private(case: Case) -> Case:
    match case.decision.disposition:
        case Append() as disposition:
            inside = replace(disposition, visibility=Visibility.PRIVATE)
            return replace(case, decision=replace(case.decision, disposition=inside), inside=None)
        case _:
            return case


def _expanded(
    ctx: DeskContext, ticket: Ticket, orders: Orders
) -> tuple[Orders, tuple[Macro, ...], tuple[Fault, ...]]:
    """The commands with those of the macros that they name, the macros, and what is none."""
    locale = support_of(ctx, ticket.address).locale
    every, macros, missing = list[Order](), list[Macro](), list[Fault]()
    for order in orders.orders:
        every.append(order)
        if order.verb is not Verb.MACRO or not order.argument:
            continue
        macro = ctx.macros.find(locale, order.argument)
        if macro is None:
            known = ctx.macros.names(locale)
            missing.append(Fault(Trouble.MACRO_UNKNOWN, shown_order(order), known))
        else:
            macro.check()
            macros.append(macro)
            every += (replace(one, macro=macro.name) for one in macro.orders)
    return replace(orders, orders=tuple(every)), tuple(macros), tuple(missing)


def _with_words(
    case: Case, ticket: Ticket, orders: Orders, macros: Sequence[Macro], agent: Agent
) -> Case:
    """The case with what is left of the mail below the macros' texts."""
    rest = orders.text.strip("\n")
    html = orders.html
    names = _names(case.ctx, ticket, agent) if macros else {}
    above = "\n\n".join(text for macro in macros if (text := macro.fill(names).strip("\n")))
    text = f"{above}\n\n{rest}".rstrip("\n") if above else rest
    if above and html is not None:
        html = f"{from_text(above)}\n{html}"
    return replace(case, mail=replace(case.mail, text=text, reply_html=html))


def _names(ctx: DeskContext, ticket: Ticket, agent: Agent) -> dict[str, str]:
    support = support_of(ctx, ticket.address)
    requester = ticket.requester
    return {
        "requester": display_name(requester.name) or str(requester.address),
        "subject": one_line(ticket.subject),
        "ticket": str(ticket.id),
        "tag": subject_tag(ctx.policy.subject_prefix, ticket.id),
        "agent": display_name(agent.name) if ctx.policy.names_agents else "",
        "desk": one_line(support.name) or str(support.address),
        "address": str(support.address),
    }


def _says_nothing(case: Case, agent: Agent) -> bool:
    """Whether nothing is left but what stands under every mail of the agent: who they are."""
    lines = [line for line in case.mail.text.splitlines() if line.strip()]
    if case.mail.reply_html is not None:
        lines = [line for line in lines if not _IMAGE.fullmatch(line.strip())]
    if not lines:
        return True
    text, signature = _plain(" ".join(lines)), _plain(agent.signature)
    is_signature = bool(signature) and text.startswith(signature)
    return is_signature or _plain(lines[0]) == _plain(agent.name)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
