"""Mails that a change of a ticket causes, and what the desk itself tells agents. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.words.frame import Frame, one_line, support_of
from mailgate.desk.words.mails import EntryContent, resolved
from mailgate.desk.words.notification import notifications
from mailgate.desk.words.state import state_names
from mailgate.desk.words.tellagents import to_agent
from mailgate.desk.words.templatenames import FORMS, TemplateName
from mailgate.desk.words.templates import FALLBACK_LOCALE
from mailgate.desk.words.who import Around, Happening, told
from mailgate.desk.words.wording import local_time, shortened
from mailgate.mail.address import Address
from mailgate.mail.quote import marker_line
from mailgate.model.delivery import Draft, Lane
from mailgate.model.response import TimerKind
from mailgate.model.ticket import Source, Status, Ticket
from mailgate.threading.token import Purpose

__all__ = ["beside_answer", "changes_hands", "is_to_customer", "of_change", "tell", "to_others"]

_NOTHING: Mapping[str, str] = {}
_ALONE = Around()
_TEMPLATES: Mapping[Happening, TemplateName] = {
    Happening.ASSIGNED: TemplateName.ASSIGNED,
    Happening.HANDED_OVER: TemplateName.HANDED_OVER,
    Happening.MERGED: TemplateName.MERGED,
    Happening.BOTH_ANSWERED: TemplateName.BOTH_ANSWERED,
    Happening.OVERDUE: TemplateName.OVERDUE,
    Happening.OVERDUE_STILL: TemplateName.OVERDUE_STILL,
    Happening.SCORED: TemplateName.SCORED,
    Happening.RULED: TemplateName.RULED,
}
_HANDED = frozenset({Happening.ASSIGNED, Happening.HANDED_OVER})
_DUE: Mapping[str, Mapping[str, str]] = {
    "en": {
        TimerKind.FIRST_RESPONSE: "the first answer",
        TimerKind.NEXT_RESPONSE: "an answer",
        TimerKind.SOLVE: "the solution",
    },
    "ko": {
        TimerKind.FIRST_RESPONSE: "첫 답변",
        TimerKind.NEXT_RESPONSE: "답변",
        TimerKind.SOLVE: "해결",
    },
}
_NOT_ASKED_FOR = frozenset({Source.OUTBOUND_EMAIL, Source.CAMPAIGN, Source.IMPORT})
"""Nobody has asked for anything that could be settled."""


def of_change(
    ctx: DeskContext,
    before: Ticket,
    after: Ticket,
    by: By,
    followers: Sequence[Address],
    last: EntryContent | None = None,
) -> tuple[Draft, ...]:
    """Who is told of a change, by the table of `desk.words.who`: the agent whose it became, the
    group whose it became, and, where the settings say so, the customer that it is resolved. `last`
    is what the customer wrote last, which whoever has the ticket now can answer at once."""
    around, drafts = Around(followers=followers), list[Draft]()
    held = None if before.assignee is None else before.assignee.key
    if after.assignee is not None and after.assignee.key != held:
        drafts += _handed(ctx, after, Happening.ASSIGNED, by, around, last)
    if after.group is not None and after.group != before.group:
        mailed = frozenset(one.key for draft in drafts for one in draft.recipients)
        others = replace(around, but=mailed)
        drafts += _handed(ctx, after, Happening.HANDED_OVER, by, others, last)
    if after.status is Status.RESOLVED and before.status is not Status.RESOLVED:
        drafts += _resolved(ctx, after, by)
    return tuple(drafts)


def changes_hands(before: Ticket, after: Ticket) -> bool:
    """Whether somebody has it now who had it not."""
    return (before.assignee, before.group) != (after.assignee, after.group)


def _handed(
    ctx: DeskContext,
    ticket: Ticket,
    happening: Happening,
    by: By,
    around: Around,
    last: EntryContent | None,
) -> tuple[Draft, ...]:
    if last is None:
        return tell(ctx, ticket, happening, by=by, around=around)
    return notifications(
        ctx, ticket, last, happening, around=around, by=by, now=by.now, seed=by.seed
    )


def _resolved(ctx: DeskContext, ticket: Ticket, by: By) -> tuple[Draft, ...]:
    """The customer's mail. Not of a conversation that we began, nor of spam; and where neither a
    person says so nor anybody has answered, the address may be forged: no machine writes there."""
    by_person = by.agent is not None or by.actor == "operator"
    unwanted = ticket.source in _NOT_ASKED_FOR or ticket.spam or ticket.merged_into is not None
    if unwanted or not (by_person or ticket.first_response_at):
        return ()
    around = Around(asked=ctx.policy.tell_resolved)
    author = None if by.agent is None else by.agent.address
    outside = told(ctx.directory, ticket, Happening.RESOLVED, author=author, around=around).outside
    return (resolved(ctx, ticket, now=by.now, seed=by.seed),) if outside else ()


def tell(
    ctx: DeskContext,
    ticket: Ticket,
    happening: Happening,
    *,
    by: By,
    around: Around = _ALONE,
    facts: Mapping[str, str] = _NOTHING,
    words: str = "",
    label: str = "",
) -> tuple[Draft, ...]:
    """What the agents whom the table names are told of a happening, a mail each, to which the
    answer is a note. `by` did it, and is not told. `facts` are what its template names (see
    `desk.words.templatenames`); `words` somebody's own, which are shown below. `label` tells apart
    two mails of the same happening on the same ticket in one unit of work."""
    author = None if by.agent is None else by.agent.address
    agents = told(ctx.directory, ticket, happening, author=author, around=around).agents
    if not agents:
        return ()
    support = support_of(ctx, ticket.address)
    frame = Frame(ctx, ticket.id, support, Purpose.MESSAGE_NOTE, by.now, by.seed)
    text = _text(frame, ticket, happening, by, facts, words)
    named = f"{happening.value} {by.actor} {label}".strip()
    return tuple(to_agent(frame, ticket, one, label=named, text=text) for one in agents)


def _text(
    frame: Frame,
    ticket: Ticket,
    happening: Happening,
    by: By,
    facts: Mapping[str, str],
    words: str,
) -> str:
    name, locale = _TEMPLATES[happening], frame.support.locale
    template = frame.template(name)
    names = {
        **dict.fromkeys(FORMS[name].names | FORMS[TemplateName.NOTE].names, ""),
        **{name: _fact(name, value, locale) for name, value in facts.items()},
        **frame.our_names(),
        **state_names(frame.ctx.directory, ticket, locale),
        "subject": one_line(ticket.subject),
        "requester": shortened(str(ticket.requester.address)),
        "by": "" if by.agent is None else one_line(by.agent.name) or str(by.agent.address),
        "at": local_time(by.now, frame.ctx.policy.timezone),
        "done": "",
    }
    head, tail = template.fill_around_text(names)
    said = f"{head}{words.strip()}{tail}".rstrip()
    # Those two carry a message that can be answered, and promise so; here there is none.
    noted = TemplateName.NOTE if happening in _HANDED else name
    marker = marker_line(frame.template(noted).fill_marker(names))
    return f"{marker}\n\n{said}\n\n{frame.marker()}\n"


def _fact(name: str, value: str, locale: str) -> str:
    if name != "what":
        return one_line(value)
    known = _DUE.get(locale, _DUE[FALLBACK_LOCALE])
    return ", ".join(known.get(kind, one_line(kind)) for kind in value.split(", "))


def is_to_customer(draft: Draft) -> bool:
    """Whether a mail of a change is the one that tells a customer that their ticket is resolved."""
    return draft.lane is Lane.ACKNOWLEDGEMENT


def beside_answer(drafts: Iterable[Draft], ticket: Ticket) -> tuple[Draft, ...]:
    """The mails of a change, but not to the customer of this ticket: the answer that they get says
    that it is resolved. That of a ticket of which it is a part is told of theirs."""
    return tuple(d for d in drafts if d.ticket != ticket.id or not is_to_customer(d))


def to_others(told: Sequence[Draft], more: Sequence[Draft]) -> tuple[Draft, ...]:
    """Those of `more` that go to somebody who is not told of the same ticket already."""
    known = {(draft.ticket, one.key) for draft in told for one in draft.recipients}
    return tuple(
        draft
        for draft in more
        if not any((draft.ticket, one.key) in known for one in draft.recipients)
    )
