"""Which mails a decided message causes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from mailgate.desk.arriving.marks import is_doubtful
from mailgate.desk.arriving.plan import STAFF, Case, author_of, is_answer, kind_of, visibility_of
from mailgate.desk.by import By
from mailgate.desk.returned.failures import told_of
from mailgate.desk.starts.reached import reached
from mailgate.desk.surveys.comment import comment_of
from mailgate.desk.surveys.surveymail import not_counted_shown, score_shown
from mailgate.desk.words.frame import one_line, support_of
from mailgate.desk.words.mails import (
    CauseMail,
    EntryContent,
    acknowledgement,
    public_reply,
)
from mailgate.desk.words.mentions import mentioned
from mailgate.desk.words.notices import tell
from mailgate.desk.words.notification import notifications
from mailgate.desk.words.who import Around, Happening
from mailgate.desk.words.wording import too_many_from
from mailgate.mail.address import Address
from mailgate.mail.html import from_text
from mailgate.mail.parsed import MailKind
from mailgate.model.decision import (
    Append,
    Authentication,
    Duplicate,
    OpenTicket,
    Quarantine,
    Reason,
    RecordAutoReply,
    RecordBounce,
    RecordScore,
    Suppress,
)
from mailgate.model.delivery import Draft
from mailgate.model.survey import Score
from mailgate.model.ticket import (
    EntryKind,
    Ticket,
)
from mailgate.threading.loops import by_subject_alone, may_be_a_persons
from mailgate.threading.votes import NOT_COUNTED

__all__ = ["Said", "mails", "warn"]


_ALONE = Around()


@dataclass(frozen=True, slots=True)
class Said:
    """What the store knows of the ticket besides: who is around it, and what was done to it that
    the agents were not told of."""

    around: Around = _ALONE
    done: str = ""
    last: datetime | None = None
    """When one of ours did the last of it."""


_NOTHING = Said()


def mails(
    case: Case,
    ticket: Ticket,
    *,
    references: Sequence[str],
    acknowledge: bool,
    said: Said = _NOTHING,
) -> tuple[Draft, ...]:
    """Every mail that the message causes; of an answer, the answer first. `references` are ids of
    the conversation that the customer knows; `acknowledge` says that the budget allows an
    acknowledgement."""
    match case.decision.disposition:
        case OpenTicket(answer=wanted):
            told = _tell(case, ticket, said)
            return (*told, *(_acknowledge(case, ticket) if wanted and acknowledge else ()))
        case Append():
            if is_answer(case) and not reached(case, ticket):
                return (_answer(case, ticket, references), *_tell(case, ticket, said))
            return _tell(case, ticket, said)
        case RecordAutoReply():
            return _tell(case, ticket, said) if _is_told(case) else ()
        case RecordBounce(returned=report) if report is not None:
            return told_of(case.ctx, ticket, report, case.now, case.seed)
        case RecordScore(score=score):
            return (
                _tell_uncounted(case, ticket, said)
                if score is None
                else _tell_score(case, ticket, score, said)
            )
        case RecordBounce() | Duplicate() | Suppress() | Quarantine():
            return ()
        case other:
            assert_never(other)


def _acknowledge(case: Case, ticket: Ticket) -> tuple[Draft, ...]:
    """The answer that the mail has arrived: with the sender's words to those who proved their
    address, neutral to those of whom nothing is known."""
    draft = acknowledgement(
        case.ctx,
        ticket,
        CauseMail(message_id=case.mail.message_id, subject=ticket.subject),
        neutral=case.evidence.authentication is not Authentication.PASS,
        now=case.now,
        seed=case.seed,
    )
    return () if draft is None else (draft,)


def warn(case: Case, ticket: Ticket, said: Said = _NOTHING) -> tuple[Draft, ...]:
    """Tells the agents of the message, and that they hear no more of this sender for a while."""
    remark = too_many_from(case.by, support_of(case.ctx, ticket.address).locale)
    return _tell(case, ticket, said, _remarked(case, remark))


def _remarked(case: Case, remark: str) -> EntryContent:
    """The message below a remark of ours."""
    content = _content(case)
    html = None if content.html is None else f"{from_text(remark)}{content.html}"
    return replace(content, text=f"{remark}\n\n{content.text}", html=html)


def _tell(
    case: Case, ticket: Ticket, said: Said, content: EntryContent | None = None
) -> tuple[Draft, ...]:
    """Notifications of the message, to whom the table of `desk.words.who` names."""
    happening = _happening(case)
    around = said.around
    if happening is Happening.NOTE:
        named = mentioned(case.ctx.directory, case.visible[0]).agents
        given = () if case.hands_to is None else case.ctx.directory.members(case.hands_to)
        around = replace(around, mentioned=(*named, *given))
    return notifications(
        case.ctx,
        ticket,
        content or _content(case),
        happening,
        around=around,
        done=said.done,
        now=case.now,
        seed=case.seed,
    )


def _happening(case: Case) -> Happening:
    if isinstance(case.decision.disposition, OpenTicket):
        return Happening.NEW
    if is_answer(case):
        return Happening.REPLY
    return Happening.NOTE if kind_of(case) is EntryKind.NOTE else Happening.ANSWER


def _tell_score(case: Case, ticket: Ticket, score: Score, said: Said) -> tuple[Draft, ...]:
    """That the answers were bad, or what the customer says or shows of them: what nobody is told of
    is lost."""
    files = ", ".join(one_line(one.filename) for one in case.mail.attachments)
    words = "\n\n".join(part for part in (comment_of(case.mail), files and f"[{files}]") if part)
    if score is not Score.BAD and not words:
        return ()
    shown = score_shown(score, support_of(case.ctx, ticket.address).locale)
    by = By(str(case.by.address), case.now, case.seed)
    facts = {"score": shown}
    return tell(
        case.ctx, ticket, Happening.SCORED, by=by, around=said.around, facts=facts, words=words
    )


def _tell_uncounted(case: Case, ticket: Ticket, said: Said) -> tuple[Draft, ...]:
    """Of a mail by the survey's links that does not count: often it has no word of its own, and
    the ticket shows nothing of it."""
    locale = support_of(case.ctx, ticket.address).locale
    why = next(one for one in case.decision.reasons if one in NOT_COUNTED)
    return _tell(case, ticket, said, _remarked(case, not_counted_shown(why, locale)))


def _answer(case: Case, ticket: Ticket, references: Sequence[str]) -> Draft:
    """The agent's answer, to the requester and the participants."""
    return public_reply(
        case.ctx,
        ticket,
        _content(case),
        case.evidence.agent,
        from_override=None,
        extra_cc=(),
        references=references,
        now=case.now,
        seed=case.seed,
    )


def _content(case: Case) -> EntryContent:
    text, html = case.visible
    return EntryContent(
        id=None,
        kind=kind_of(case),
        author=author_of(case),
        text=text,
        html=html,
        attachments=case.mail.attachments,
        message_id=case.mail.message_id,
        at=case.now,
        visibility=visibility_of(case),
        quoted_html=case.mail.html,
        doubtful=is_doubtful(case.decision) and case.decision.sender.role not in STAFF,
        oddities=case.evidence.oddities,
        asked=_asked(case),
    )


def _asked(case: Case) -> Address | None:
    """The first address in Reply-To that is not the sender's."""
    named = (one.address for one in case.mail.reply_to)
    return next((asked for asked in named if asked.key != case.sender.address.key), None)


def _is_told(case: Case) -> bool:
    """A mailing list marks the mails of people as bulk, and other programs write above them that
    they made them: the agents should see what they say. But what has an agent's From is told as an
    agent's word only when their server vouches for it."""
    evidence = case.evidence
    through_a_list = case.mail.kind is MailKind.BULK and not evidence.null_reverse_path
    may_be_words = through_a_list or may_be_a_persons(evidence) or by_subject_alone(evidence)
    believed = evidence.agent is None or evidence.staff_authentication is Authentication.PASS
    too_many = Reason.TOO_MANY_FROM_SENDER in case.decision.reasons
    return may_be_words and believed and not too_many
