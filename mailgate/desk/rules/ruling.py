"""Rules are looked at, and carried out: before a mail becomes anything, when it opens a ticket or
lands on one, when a ticket is resolved, and by the time.

What a rule changes goes by `desk.ticket.altering` and makes no other rule match.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailgate.desk.arriving.plan import STAFF, Case
from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.errors import DeskError
from mailgate.desk.rules import ruledmail
from mailgate.desk.rules.matching import Look, look
from mailgate.desk.rules.rulednotes import put_note, tell_of_rule, watchers
from mailgate.desk.rules.seeing import about_to_open, mail_seen, occasion_of, opened_by, standing_of
from mailgate.desk.rules.webhooks import webhook_body
from mailgate.desk.safely import FAULTS
from mailgate.desk.starts.theirs import as_theirs
from mailgate.desk.ticket.altering import Changed, alter
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.words.notices import to_others
from mailgate.mail.address import Address
from mailgate.model.decision import Append, Decision, Quarantine, QuarantineCause, Reason, Suppress
from mailgate.model.delivery import Draft, Lane
from mailgate.model.rule import Occasion, Rule
from mailgate.model.ticket import EventKind, Role, Status, Ticket, TicketEvent
from mailgate.store import events, tickets, webhooks
from mailgate.store import rules as runs
from mailgate.store.attempt import attempt
from mailgate.store.core import Connection

__all__ = ["Ruled", "after_mail", "arrived", "on_event", "when_resolved"]

_BY_MAIL = frozenset({Occasion.NEW, Occasion.ANSWER})


@dataclass(frozen=True, slots=True)
class Ruled:
    """The ticket as rules leave it, what was told of it, and the mails that this causes. `watched`
    are agents who are to be told of the mail that has come, `answers` says that its sender gets
    a mail already: no acknowledgement goes beside it."""

    ticket: Ticket
    events: tuple[TicketEvent, ...] = ()
    drafts: tuple[Draft, ...] = ()
    watched: tuple[Address, ...] = ()
    answers: bool = False


def arrived(conn: Connection, case: Case, content: bytes) -> Case:
    """The mail with what the rules say of it: those that match are carried out later, by
    `on_event`; one that sets it aside decides at once. `content` are its bytes. What a human let
    in is set aside by no rule, nor is what a colleague wrote."""
    occasion = occasion_of(case)
    rules = () if occasion is None else case.ctx.policy.rules.of(occasion)
    vouched = Reason.RELEASED_BY_OPERATOR in case.decision.reasons
    if vouched or case.decision.sender.role in STAFF:
        rules = tuple(rule for rule in rules if not rule.actions.sets_aside)
    if not rules:
        return case
    shown = as_theirs(case)
    mail = mail_seen(shown, content)
    match case.decision.disposition:
        case Append(ticket=number):
            ticket = tickets.get(conn, number)
            if ticket is None:
                return case
            seen = standing_of(ticket, case.now, case=case, mail=mail)
        case _:
            seen = about_to_open(shown, opened_by(shown), mail)
    found = look(rules, seen)
    return replace(case, ruled=found, decision=_decided(case.decision, found))


def _decided(decision: Decision, found: Look) -> Decision:
    told = replace(decision, rules=found.trials)
    rule = found.setting_aside
    if rule is None:
        return told
    if rule.actions.quarantine is not None:
        aside, why = Quarantine(QuarantineCause.RULE), Reason.QUARANTINED_BY_RULE
        return replace(told, disposition=aside, reasons=(*told.reasons, why))
    dropped = Suppress(None, Reason.DROPPED_BY_RULE)
    return replace(told, disposition=dropped, reasons=(*told.reasons, Reason.DROPPED_BY_RULE))


def when_resolved(
    conn: Connection, ctx: DeskContext, before: Ticket, changed: Changed, by: By
) -> Changed:
    """Rules that look at tickets that get resolved; spam does not count as that."""
    after = changed.ticket
    rules = ctx.policy.rules.of(Occasion.RESOLVED)
    is_news = after.status is Status.RESOLVED and before.status is not Status.RESOLVED
    if not rules or not is_news or after.spam:
        return changed
    found = look(rules, standing_of(after, by.now))
    more = on_event(conn, ctx, after, Occasion.RESOLVED, found.matched, by)
    return Changed(
        more.ticket,
        (*changed.events, *more.events),
        (*changed.drafts, *to_others(changed.drafts, more.drafts)),
    )


def after_mail(conn: Connection, case: Case, ticket: Ticket) -> Ruled:
    """Carries out the rules that match the mail, on the ticket that it has opened or landed on."""
    occasion = occasion_of(case)
    if occasion is None or not case.ruled.matched:
        return Ruled(ticket)
    by = By("system", case.now, case.seed)
    return on_event(conn, case.ctx, ticket, occasion, case.ruled.matched, by, case)


def on_event(
    conn: Connection,
    ctx: DeskContext,
    ticket: Ticket,
    occasion: Occasion,
    matched: Sequence[Rule],
    by: By,
    case: Case | None = None,
) -> Ruled:
    """Carries out the rules that matched, in their order. The ticket is locked by the caller; the
    mails are not queued. What cannot be done is told on the ticket, and stops nothing. `case` is
    the mail, where one has come."""
    done = Ruled(ticket)
    for rule in matched:
        done = _carry_out_safely(conn, ctx, done, occasion, rule, by, case)
    return done


def _carry_out_safely(
    conn: Connection,
    ctx: DeskContext,
    so_far: Ruled,
    occasion: Occasion,
    rule: Rule,
    by: By,
    case: Case | None,
) -> Ruled:
    """A rule that something is wrong with keeps no mail from its ticket: nothing of it is done."""
    try:
        with attempt(conn, *FAULTS):
            return _carry_out(conn, ctx, so_far, occasion, rule, by, case)
    except FAULTS as error:
        # Not what it says: that may quote the mail.
        failed = _failed(rule, occasion, type(error).__name__, by)
        events.add(conn, so_far.ticket.id, failed)
        return replace(so_far, events=(*so_far.events, failed))


def _failed(rule: Rule, occasion: Occasion, why: str, by: By) -> TicketEvent:
    detail = {"rule": rule.name, "when": occasion.value, "failed": why}
    return TicketEvent(by.now, EventKind.RULE, "system", detail)


def _carry_out(
    conn: Connection,
    ctx: DeskContext,
    so_far: Ruled,
    occasion: Occasion,
    rule: Rule,
    by: By,
    case: Case | None,
) -> Ruled:
    told = TicketEvent(by.now, EventKind.RULE, "system", {"rule": rule.name, "when": occasion})
    events.add(conn, so_far.ticket.id, told)
    mine = By(f"rule {rule.name}", by.now, by.seed)
    try:
        changed = alter(conn, ctx, so_far.ticket, _wish(conn, ctx, so_far.ticket, rule), mine)
    except DeskError as error:
        failed = _failed(rule, occasion, str(error), by)
        events.add(conn, so_far.ticket.id, failed)
        changed = Changed(so_far.ticket, (failed,))
    ticket, actions = changed.ticket, rule.actions
    if actions.note:
        put_note(conn, ctx, ticket, actions.note, mine)
    if actions.webhook is not None:
        body = webhook_body(ticket, occasion, rule.name, by.now)
        webhooks.put(conn, ticket.id, rule.name, actions.webhook, body, by.now)
    written = () if so_far.answers else ruledmail.write(conn, ctx, ticket, rule, by, case)
    watched = watchers(ctx, ticket, actions.notify)
    notices = () if case is not None else tell_of_rule(ctx, ticket, rule, watched, mine)
    caused = tuple(one for one in changed.drafts if not _is_told(one, ticket, occasion))
    caused = (*caused, *to_others(caused, notices))
    return Ruled(
        ticket,
        (*so_far.events, told, *changed.events),
        (*so_far.drafts, *to_others(so_far.drafts, (*caused, *written))),
        (*so_far.watched, *(one.address for one in watched)),
        so_far.answers or bool(written),
    )


def _is_told(draft: Draft, ticket: Ticket, occasion: Occasion) -> bool:
    """Whether the mail that has come makes this one needless: agents are told of the mail itself,
    as the ticket is then, and to a customer goes one automatic mail at most."""
    if draft.ticket != ticket.id or occasion not in _BY_MAIL:
        return False
    return occasion is Occasion.NEW or draft.lane is Lane.ACKNOWLEDGEMENT


def _wish(conn: Connection, ctx: DeskContext, ticket: Ticket, rule: Rule) -> TicketWish:
    actions = rule.actions
    assignee = actions.assign
    if actions.take_turns:
        assignee = _whose_turn(conn, ctx, ticket, actions.group or ticket.group)
    return TicketWish(
        status=actions.status,
        assignee=assignee,
        group=actions.group,
        priority=actions.priority,
        add_tags=actions.tag,
        remove_tags=actions.untag,
    )


def _whose_turn(
    conn: Connection, ctx: DeskContext, ticket: Ticket, group: str | None
) -> Address | None:
    """The next one of the group; nobody when somebody has the ticket, or there is nobody."""
    if ticket.assignee is not None and ctx.directory.agent_for(ticket.assignee) is not None:
        return None
    asks = ticket.requester.address.key
    members = {
        agent.address.key: agent.address
        for agent in ctx.directory.members(group)
        if agent.role is Role.AGENT
        and asks not in (one.key for one in (agent.address, *agent.also))
    }
    if not members:
        return None
    return members[runs.next_of(conn, group or "", tuple(members))]
