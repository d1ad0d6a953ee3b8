"""Every mail that the desk writes, in each language: one of each kind."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from mailgate.desk.arriving.digest import Operators, digest_of
from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.returned.delayed import Delay, delay_notices
from mailgate.desk.returned.failures import Failure, FailureKind, notices
from mailgate.desk.words.mails import (
    CauseMail,
    EntryContent,
    acknowledgement,
    public_reply,
    resolved,
)
from mailgate.desk.words.notices import tell
from mailgate.desk.words.notification import notifications
from mailgate.desk.words.results import done_lines
from mailgate.desk.words.who import Around, Happening
from mailgate.mail.address import Address
from mailgate.model.delivery import Delivery, DeliveryState, Draft, Lane, Reply, WaitReason
from mailgate.model.directory import Agent
from mailgate.model.ids import DeliveryId, EntryId, OutboundId
from mailgate.model.ticket import Author, EntryKind, EventKind, Role, Ticket, TicketEvent
from tests.deciders.desk_world import (
    ALICE,
    BOB,
    KOREAN_TICKET,
    MINSU,
    NOW,
    QUESTION,
    SEED,
    TICKET,
    desk,
)

JIWON = Agent(Address("jiwon", "hangook.example"), "이지원")
WORDS = {
    "en": (
        (
            "Good morning,\n\nmy parcel is not here; it was ordered two weeks ago. The number is "
            "4711-0815-2342.\n\nhttps://shop.acme.example/orders/4711-0815-2342/track?lang=en"
            "\n\nKind regards\nHong"
        ),
        "It leaves tomorrow, and comes by Thursday.",
        "He is a VIP. @Bob Lee, can you see to it?",
    ),
    "ko": (
        (
            "안녕하세요.\n\n2주 전에 주문한 상품이 아직 도착하지 않았습니다. 주문 번호는 "
            "4711-0815-2342입니다.\n\n확인 부탁드립니다.\n감사합니다.\n홍길동"
        ),
        "내일 출고되어 목요일까지 도착할 예정입니다.",
        "중요한 고객입니다. @이지원 님, 확인 부탁드립니다.",
    ),
}


def of_locale(locale: str) -> tuple[DeskContext, Ticket, Agent, Agent]:
    """The desk, a ticket with everything on it, and two of its agents."""
    ctx = desk()
    known = {**ctx.directory.agents, JIWON.address.key: JIWON}
    groups = {**ctx.directory.groups, "hangook": (MINSU, JIWON)}
    ctx = replace(ctx, directory=replace(ctx.directory, agents=known, groups=groups))
    one, other = (ALICE, BOB) if locale == "en" else (MINSU, JIWON)
    base = TICKET if locale == "en" else KOREAN_TICKET
    tags = ("refund", "vip") if locale == "en" else ("환불", "우수고객")
    return ctx, replace(base, assignee=one.address, tags=tags), one, other


def every_mail(locale: str) -> Iterator[tuple[str, Draft]]:
    """By the name of its template."""
    ctx, ticket, one, other = of_locale(locale)
    yield from _to_customer(ctx, ticket, one, locale)
    yield from _of_entries(ctx, ticket, one, other, locale)
    yield from _of_the_desk(ctx, ticket, one, other)
    yield from _of_failures(ctx, ticket, other)
    operators = Operators((Address("ops", "acme.example"),), locale)
    yield "digest", digest_of(ctx, operators, {"unreadable": 2}, (), now=NOW, seed=SEED)


def _to_customer(
    ctx: DeskContext, ticket: Ticket, agent: Agent, locale: str
) -> Iterator[tuple[str, Draft]]:
    cause = CauseMail("q1@customer.example", ticket.subject)
    for name, neutral in (("acknowledgement", False), ("acknowledgement_neutral", True)):
        draft = acknowledgement(ctx, ticket, cause, neutral=neutral, now=NOW, seed=SEED)
        assert draft is not None
        yield name, draft
    entry = EntryContent(
        EntryId(2), EntryKind.MESSAGE, _author(agent), WORDS[locale][1], None, (), None, NOW
    )
    yield (
        "reply",
        public_reply(
            ctx,
            ticket,
            entry,
            agent,
            from_override=None,
            extra_cc=(),
            references=(),
            now=NOW,
            seed=SEED,
        ),
    )
    yield "resolved", resolved(ctx, replace(ticket, first_response_at=NOW), now=NOW, seed=SEED)
    yield "resolved_neutral", resolved(ctx, ticket, now=NOW, seed=SEED)


def _author(agent: Agent) -> Author:
    return Author(agent.address, agent.name, Role.AGENT)


def _of_entries(
    ctx: DeskContext, ticket: Ticket, one: Agent, other: Agent, locale: str
) -> Iterator[tuple[str, Draft]]:
    question, answer, note = WORDS[locale]
    customer = Author(ticket.requester.address, ticket.requester.name, Role.REQUESTER)
    rich = f"<p>{question[:20]}</p><table width=900><tr><td>4711</td><td>EUR 12</td></tr></table>"
    entries = {
        "notification_new": (Happening.NEW, customer, question, None),
        "notification_answer": (Happening.ANSWER, customer, question, None),
        "notification_answer_html": (Happening.ANSWER, customer, question, rich),
        "notification_reply": (Happening.REPLY, _author(other), answer, None),
        "note": (Happening.NOTE, _author(one), note, None),
    }
    by = By(str(other.address), NOW, SEED, other)
    group = replace(ticket, assignee=None)
    handed = {
        "assigned_with_words": (Happening.ASSIGNED, ticket),
        "handed_over_with_words": (Happening.HANDED_OVER, group),
    }
    for name, (happening, changed) in handed.items():
        last = replace(QUESTION, author=customer, text=question)
        told = notifications(ctx, changed, last, happening, by=by, now=NOW, seed=SEED)
        yield name, told[0]
    done = done_lines(ctx.directory, _events(one, ticket), locale)
    for name, (happening, author, text, html) in entries.items():
        kind = EntryKind.NOTE if happening is Happening.NOTE else EntryKind.MESSAGE
        entry = replace(QUESTION, kind=kind, author=author, text=text, html=html)
        shown = "" if happening is Happening.NEW else done
        told = notifications(ctx, ticket, entry, happening, done=shown, now=NOW, seed=SEED)
        yield name, told[0]


def _events(agent: Agent, ticket: Ticket) -> tuple[TicketEvent, ...]:
    def event(kind: EventKind, actor: str, **detail: str | int | None) -> TicketEvent:
        named = {name.rstrip("_"): value for name, value in detail.items()}
        return TicketEvent(NOW, kind, actor, named)

    who = str(agent.address)
    return (
        event(EventKind.STATUS, who, from_="open", to="pending"),
        event(EventKind.TAGGED, who, tag=ticket.tags[0]),
        event(EventKind.ASSIGNED, "operator", from_=None, to=who),
        event(EventKind.PRIORITY, "rule VIP", from_="normal", to="high"),
        event(EventKind.MERGED, who, from_=11),
        event(EventKind.REOPENED, str(ticket.requester.address), from_="resolved", to="open"),
    )


def _of_the_desk(
    ctx: DeskContext, ticket: Ticket, one: Agent, other: Agent
) -> Iterator[tuple[str, Draft]]:
    by = By(str(other.address), NOW, SEED, other)
    due = "2026-03-02 18:00 KST"
    late = {"what": "first_response, solve", "due": due}
    facts = {
        Happening.ASSIGNED: {},
        Happening.HANDED_OVER: {},
        Happening.MERGED: {"other": "11", "other_subject": ticket.subject},
        Happening.BOTH_ANSWERED: {"other": other.name, "when": due},
        Happening.OVERDUE: late,
        Happening.OVERDUE_STILL: late,
        Happening.SCORED: {"score": "bad"},
        Happening.RULED: {"rule": "VIP"},
    }
    words = {Happening.BOTH_ANSWERED: "It leaves tomorrow.", Happening.SCORED: "Too slow!"}
    for happening, known in facts.items():
        told = tell(
            ctx,
            ticket,
            happening,
            by=by,
            around=Around(mentioned=(one,), writers=(one,), supervisors=(one,)),
            facts=known,
            words=words.get(happening, ""),
        )
        yield happening.value, told[0]


def _of_failures(ctx: DeskContext, ticket: Ticket, other: Agent) -> Iterator[tuple[str, Draft]]:
    names = {
        FailureKind.REFUSED: "failed",
        FailureKind.EXPIRED: "failed_expired",
        FailureKind.BAD_ADDRESS: "failed_address",
        FailureKind.KEPT: "failed_kept",
        FailureKind.COMPLAINT: "complaint",
    }
    said, later = "550 5.1.1 no such user", NOW + timedelta(days=30)
    for kind, name in names.items():
        failure = Failure(
            kind, DeliveryId(7), ticket.requester.address, Lane.REPLY, said, later, NOW, 3
        )
        yield name, notices(ctx, ticket, failure, now=NOW, seed=SEED)[0]
    colleague = Failure(
        FailureKind.REFUSED, DeliveryId(8), other.address, Lane.NOTIFICATION, said, later, NOW, 1
    )
    yield "failed_agent", notices(ctx, ticket, colleague, now=NOW, seed=SEED)[0]
    delay = Delay(_delivery(ticket), NOW, Reply(451, "4.3.0", "later", NOW), later)
    yield "delayed", delay_notices(ctx, ticket, delay, now=NOW, seed=SEED)[0]


def _delivery(ticket: Ticket) -> Delivery:
    return Delivery(
        id=DeliveryId(9),
        outbound=OutboundId(4),
        entry=EntryId(2),
        created_at=NOW,
        outside=True,
        agent=None,
        ticket=ticket.id,
        message_id="x@acme.example",
        recipient=ticket.requester.address,
        sender=ticket.address,
        lane=Lane.REPLY,
        state=DeliveryState.READY,
        attempts=2,
        due_at=NOW + timedelta(hours=1),
        wait_reason=WaitReason.QUEUED,
        last_reply=None,
        relay_id=None,
    )
