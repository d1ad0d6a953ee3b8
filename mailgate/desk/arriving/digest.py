"""The daily mail to the operators: what waits in quarantine, and the commands that end it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from mailgate.desk.context import DeskContext
from mailgate.desk.telling.retelling import of_cause
from mailgate.desk.words.frame import one_line
from mailgate.desk.words.templates import FALLBACK_LOCALE, TemplateName
from mailgate.desk.words.wording import local_time
from mailgate.desk.writing import queue_drafts
from mailgate.mail.address import Address, NamedAddress, NullReversePath
from mailgate.mail.outgoing import OutgoingMail
from mailgate.mail.parsed import LOOP_FIELD
from mailgate.model.delivery import Draft, Lane
from mailgate.model.journal import JournalState, JournalSummary
from mailgate.model.seed import Seed
from mailgate.store import digests, journal
from mailgate.store.core import Connection
from mailgate.threading.token import (
    NO_TICKET,
    RANDOM_SIZE,
    Purpose,
    loop_token,
    mint_message_id,
)

__all__ = ["NEWEST", "Operators", "day_due", "digest_of", "is_wanted", "send_digest"]

NEWEST = 50
"""Mails that are listed; the others are counted."""
_SUBJECT, _ADDRESS = 80, 100
"""Characters of a mail's own words that are shown."""
# What mail programs make a link of: `scheme:...`, and names with dots such as www.example.com.
_COLON = re.compile(r"(?<=\w):(?=\S)")
_DOT = re.compile(r"(?<=\w)[.。．｡](?=\w)")
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "from": "From: {}",
        "subject": "Subject: {}",
        "nobody": "(unreadable)",
        "more": "... and {} older: mailgate quarantine list",
    },
    "ko": {
        "from": "보낸 사람: {}",
        "subject": "제목: {}",
        "nobody": "(읽을 수 없음)",
        "more": "... 이전 메일 {}건: mailgate quarantine list",
    },
}


@dataclass(frozen=True, slots=True)
class Operators:
    """Who is told, in which language."""

    addresses: tuple[Address, ...]
    locale: str


def day_due(now: datetime, timezone: tzinfo, at: time) -> date | None:
    """The day whose mail may go now; None before its time. It goes by the wall: an hour that
    the clocks leave out is over, one that comes twice is of the same day."""
    local = now.astimezone(timezone)
    return local.date() if local.time() >= at else None


def is_wanted(conn: Connection, day: date) -> bool:
    """Whether something waits that nobody was told of on this day."""
    waiting = journal.listing(conn, state=JournalState.QUARANTINED, limit=1)
    return bool(waiting) and not digests.was_sent(conn, day)


def send_digest(
    conn: Connection, ctx: DeskContext, to: Operators, day: date, *, now: datetime, seed: Seed
) -> Draft | None:
    """Queues the mail of the day; None when another has, or nothing waits. A use case: the day
    is taken in the transaction that queues the mail."""
    waiting = journal.depth(conn, now).quarantined
    if not waiting or not to.addresses or not digests.begin(conn, day, now):
        return None
    newest = journal.listing(conn, state=JournalState.QUARANTINED, limit=NEWEST)
    draft = digest_of(ctx, to, waiting, newest, now=now, seed=seed)
    queue_drafts(conn, ctx, (draft,), now)
    return draft


def digest_of(
    ctx: DeskContext,
    to: Operators,
    waiting: Mapping[str, int],
    newest: Sequence[JournalSummary],
    *,
    now: datetime,
    seed: Seed,
) -> Draft:
    """The mail. `waiting` counts by cause, `newest` are the mails to be listed."""
    template = ctx.templates.find(to.locale, TemplateName.DIGEST)
    count = sum(waiting.values())
    names = {
        "count": str(count),
        "hostname": ctx.policy.hostname,
        "causes": "\n".join(_causes(waiting, to.locale)),
        "mails": _mails(ctx, newest, count - len(newest), to.locale),
    }
    sender = _sender(ctx)
    random = seed.derive("message-id digest", RANDOM_SIZE)
    mail = OutgoingMail(
        from_=NamedAddress("mailgate", sender),
        to=tuple(NamedAddress("", address) for address in to.addresses),
        # Not to a support address: what operators say to each other is no ticket.
        reply_to=NamedAddress("", to.addresses[0]),
        subject=template.fill_subject(names),
        message_id=mint_message_id(
            ctx.keyring, Purpose.MESSAGE_NOTE, NO_TICKET, sender.domain, random
        ),
        date=now,
        text=template.fill_body(names),
        boundary_seed=seed.derive("boundary digest", 12).hex(),
        headers=(
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
            (LOOP_FIELD, loop_token(ctx.keyring, NO_TICKET)),
        ),
    )
    return Draft(
        lane=Lane.NOTIFICATION,
        kind="notification",
        ticket=None,
        entry=None,
        mail=mail,
        sender=sender,
        reverse_path=NullReversePath(),
        recipients=to.addresses,
        outside=False,
    )


def _sender(ctx: DeskContext) -> Address:
    """The first support address, which the smarthost lets us write from."""
    supports = ctx.directory.supports.values()
    first = next((support.address for support in supports), None)
    return first or Address("mailgate", ctx.policy.hostname)


def _causes(waiting: Mapping[str, int], locale: str) -> list[str]:
    """The most frequent first, each with what to do about it."""
    ordered = sorted(waiting.items(), key=lambda item: (-item[1], item[0]))
    return [_cause(cause, count, locale) for cause, count in ordered]


def _cause(cause: str, count: int, locale: str) -> str:
    about = of_cause(cause, locale)
    if about["title"] is None:
        return f"{count} x {cause}"
    return f"{count} x {cause}: {about['title']}\n    {about['to_do']}"


def _mails(ctx: DeskContext, newest: Sequence[JournalSummary], more: int, locale: str) -> str:
    words = _WORDS.get(locale, _WORDS[FALLBACK_LOCALE])
    shown = ["\n".join(_mail(row, ctx.policy.timezone, words)) for row in newest]
    return "\n\n".join([*shown, *([words["more"].format(more)] if more > 0 else [])])


def _mail(row: JournalSummary, timezone: tzinfo, words: Mapping[str, str]) -> tuple[str, ...]:
    from_ = harmless(row.from_ or "", _ADDRESS) or words["nobody"]
    return (
        f"{row.id}  {local_time(row.received_at, timezone)}  {row.cause or ''}".rstrip(),
        f"    {words['from'].format(from_)}",
        f"    {words['subject'].format(harmless(row.subject or '', _SUBJECT))}".rstrip(),
        f"    mailgate quarantine release {row.id}",
    )


def harmless(text: str, limit: int) -> str:
    """A stranger's words on one line, cut, with nothing in them that can be clicked."""
    clean = one_line(text, limit + 1)
    cut = clean if len(clean) <= limit else f"{clean[: limit - 1].rstrip()}…"
    return _DOT.sub("[.]", _COLON.sub("[:]", cut))
