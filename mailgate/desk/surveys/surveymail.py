"""The mail that asks a customer how the answers were: three links that begin a mail to us. Pure.

Links to addresses, not to pages: what looks at links before a person does (scanners, previews)
sends no mail. Each address is signed for the requester and the ticket.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from urllib.parse import quote

from mailgate.desk.context import DeskContext
from mailgate.desk.words.frame import Frame, display_name, named, one_line, support_of
from mailgate.desk.words.page import choices_page
from mailgate.desk.words.templates import FALLBACK_LOCALE, TemplateName
from mailgate.mail.address import Address, NullReversePath
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.quote import marker_line
from mailgate.model.decision import Reason
from mailgate.model.delivery import Draft, Lane
from mailgate.model.seed import Seed
from mailgate.model.survey import Score
from mailgate.model.ticket import Ticket
from mailgate.threading.token import Purpose, mint_token, reply_address
from mailgate.threading.votes import SCORES

__all__ = ["not_counted_shown", "score_shown", "survey_mail"]


@dataclass(frozen=True, slots=True)
class _Words:
    scores: Mapping[Score, str]
    above: str
    """What stands in the mail that a click begins; the customer's words go above it."""
    not_counted: Mapping[Reason, str]
    """What agents are told of a mail by the links that does not count."""


_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        {Score.GOOD: "Good", Score.OK: "It was all right", Score.BAD: "Not good"},
        "Send this mail as it is, or write a few words above this line.",
        {
            Reason.SURVEY_NOT_THEIRS: "[This came by a link of the survey and does not count: "
            "nothing says that the customer who was asked wrote it.]",
            Reason.SURVEY_REPEATED: "[This came by a link of the survey and does not count: a mail "
            "with the same Message-ID has counted before.]",
            Reason.SURVEY_UNCLEAR: "[This came by several links of the survey at once and does not "
            "count.]",
        },
    ),
    "ko": _Words(
        {Score.GOOD: "만족합니다", Score.OK: "보통입니다", Score.BAD: "불만족합니다"},
        "이 메일을 그대로 보내시거나 이 줄 위에 의견을 적어 보내 주세요.",
        {
            Reason.SURVEY_NOT_THEIRS: "[이 메일은 만족도 평가 링크로 왔지만, 평가를 요청받은 "
            "고객이 썼다는 근거가 없어 평가에 반영하지 않았습니다.]",
            Reason.SURVEY_REPEATED: "[이 메일은 만족도 평가 링크로 왔지만, Message-ID가 같은 "
            "메일이 이미 반영되어 평가에 반영하지 않았습니다.]",
            Reason.SURVEY_UNCLEAR: "[이 메일은 여러 만족도 평가 링크로 한꺼번에 와서 평가에 "
            "반영하지 않았습니다.]",
        },
    ),
}
_COLOURS = {Score.GOOD: "#1a7f37", Score.OK: "#57606a", Score.BAD: "#b42318"}
"""On white they are read by everybody: 4.5 to 1 at least (WCAG 2.1, 1.4.3)."""
_LINK = (
    "display:block;max-width:20em;margin:8px 0;padding:12px 16px;border:1px solid {colour};"
    "border-radius:6px;color:{colour};font-size:16px;text-decoration:none"
)


@dataclass(frozen=True, slots=True)
class _Choice:
    score: Score
    label: str
    address: Address
    link: str


def score_shown(score: Score, locale: str) -> str:
    """What the customer clicked on."""
    return _words(locale).scores[score]


def not_counted_shown(why: Reason, locale: str) -> str:
    """Why a mail by one of the links is no answer; `why` is one of `NOT_COUNTED`."""
    return _words(locale).not_counted[why]


def survey_mail(
    ctx: DeskContext, ticket: Ticket, *, references: Sequence[str], now: datetime, seed: Seed
) -> Draft:
    """To the requester alone: whoever else is on the ticket is asked nothing. `references` are
    ids of the conversation that they know, oldest first."""
    support, to = support_of(ctx, ticket.address), ticket.requester.address
    frame = Frame(ctx, ticket.id, support, Purpose.MESSAGE_PUBLIC, now, seed)
    subject, text, html = _content(frame, ticket)
    thread, in_reply_to = frame.conversation(references)
    mail = OutgoingMail(
        from_=frame.from_(""),
        to=(named(ticket.requester),),
        reply_to=frame.reply_to(Purpose.CUSTOMER_REPLY, to),
        subject=subject,
        message_id=frame.message_id(f"survey {ticket.id}"),
        date=now,
        text=text,
        html=html,
        boundary_seed=frame.boundary_seed(f"survey {ticket.id}"),
        in_reply_to=in_reply_to,
        references=thread,
        headers=frame.headers("auto-generated"),
    )
    return Draft(
        lane=Lane.ACKNOWLEDGEMENT,
        kind="survey",
        ticket=ticket.id,
        entry=None,
        mail=mail,
        sender=support.address,
        reverse_path=NullReversePath(),
        recipients=(to,),
        outside=True,
    )


def _content(frame: Frame, ticket: Ticket) -> tuple[str, str, str]:
    """Subject, text and HTML."""
    template = frame.template(TemplateName.SURVEY)
    names = {
        **frame.our_names(),
        "subject": one_line(ticket.subject),
        "name": display_name(ticket.requester.name) or str(ticket.requester.address),
    }
    choices = [_choice(frame, ticket, score) for score in sorted(SCORES.values(), reverse=True)]
    head, tail = template.fill_around_text(names)
    line = frame.marker()
    plain = "\n".join(f"{one.label}: {one.address}" for one in choices)
    text = f"{head}{plain}{tail}\n{line}\n"
    links = "".join(_link(one) for one in choices)
    html = choices_page(head, f"<div>{links}</div>", tail, line, frame.support.locale)
    return frame.subject(template.fill_subject(names)), text, html


def _choice(frame: Frame, ticket: Ticket, score: Score) -> _Choice:
    words = _words(frame.support.locale)
    purpose = next(purpose for purpose, means in SCORES.items() if means is score)
    token = mint_token(frame.ctx.keyring, purpose, ticket.id, ticket.requester.address)
    address = reply_address(frame.support.address, token)
    label = words.scores[score]
    subject = f"{frame.our_names()['tag']} {label}"
    body = f"\r\n\r\n{marker_line(words.above)}\r\n"
    # RFC 6068 §2 and §5: everything but letters and digits encoded, line ends as %0D%0A.
    to = f"{quote(address.localpart, safe='')}@{address.domain}"
    link = f"mailto:{to}?subject={quote(subject, safe='')}&body={quote(body, safe='')}"
    return _Choice(score, label, address, link)


def _link(choice: _Choice) -> str:
    style = _LINK.format(colour=_COLOURS[choice.score])
    return f'<a href="{escape(choice.link)}" style="{style}">{escape(choice.label)}</a>'


def _words(locale: str) -> _Words:
    return _WORDS.get(locale, _WORDS[FALLBACK_LOCALE])
