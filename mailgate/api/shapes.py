"""The JSON documents of the command line and of HTTP, built in one place from the stored values.

Times are RFC 3339 UTC, ids integers, absent is null and never a missing field.
"""

import json
from collections.abc import Iterable, Sequence

from mailgate.mail.address import Address, UnknownReversePath
from mailgate.mail.parsed import Attachment, DsnRecipient, Forwarded, ParsedMail, Report
from mailgate.model import document
from mailgate.model.delivery import Bounced, Delivery, Reply
from mailgate.model.journal import JournalSummary
from mailgate.model.response import Timer
from mailgate.model.shown import shown_text
from mailgate.model.suppression import Suppression
from mailgate.model.ticket import Author, Entry, StoredAttachment, Ticket, TicketEvent
from mailgate.store.obstacles import Obstacle
from mailgate.store.outbound import Attempt, QueueStats
from mailgate.store.story import DeliveryStory
from mailgate.store.suppressions import Listed

Json = document.Json
instant = document.instant
named = document.named
ticket = document.ticket_document


def whole_ticket(
    of: Ticket,
    entries: Iterable[Entry],
    events: Iterable[TicketEvent],
    deliveries: Sequence[Delivery],
    *,
    merged: Sequence[int] = (),
    children: Sequence[int] = (),
    clocks: Iterable[Timer] = (),
) -> Json:
    """A ticket with everything on it. `deliveries` of the document are all mails that it caused;
    those of a message are the ones that carry it. `merged` are the tickets that became part of
    it, `children` those that are part of its matter, `due` what is promised on it."""
    return {
        **ticket(of),
        "children": list(children),
        "merged": list(merged),
        "due": [due(each) for each in clocks],
        "messages": [
            message(entry, [each for each in deliveries if each.entry == entry.id])
            for entry in entries
        ],
        "events": [event(each) for each in events],
        "deliveries": [delivery(each) for each in deliveries],
    }


def due(of: Timer) -> Json:
    """`at` is null while it stands still; `told` is how often somebody was told that it is over."""
    return {
        "what": of.kind.value,
        "at": instant(of.due_at),
        "paused": of.is_paused,
        "told": of.stage,
    }


def message(entry: Entry, deliveries: Iterable[Delivery]) -> Json:
    """`text` is the visible reply, `full_text` all of it. A token of ours that somebody
    quoted is cut (`model.shown`)."""
    return {
        "id": entry.id,
        "kind": entry.kind.value,
        "direction": entry.direction.value,
        "visibility": entry.visibility.value,
        "author": author(entry.author),
        "subject": _shown(entry.subject),
        "text": shown_text(entry.text),
        "full_text": shown_text(entry.full_text),
        "html": _shown(entry.html),
        "attachments": [stored_attachment(each) for each in entry.attachments],
        "message_id": entry.message_id,
        "at": instant(entry.at),
        "journal_id": entry.journal,
        "flags": list(entry.flags),
        "deliveries": [delivery(each) for each in deliveries],
    }


def author(of: Author) -> Json:
    return {"address": str(of.address), "name": of.name or None, "role": of.role.value}


def stored_attachment(of: StoredAttachment) -> Json:
    return {
        "id": of.id,
        "filename": of.filename,
        "content_type": of.content_type,
        "size": of.size,
        "sha256": of.sha256,
        "inline": of.inline,
        "content_id": of.content_id,
    }


def event(of: TicketEvent) -> Json:
    return {
        "at": instant(of.at),
        "kind": of.kind.value,
        "actor": of.actor,
        "detail": {key: _shown(value) for key, value in of.detail.items()},
    }


def delivery(of: Delivery) -> Json:
    """`message_id` is whole, because people look for it in the logs of mail servers. It is signed
    and yet no secret: everybody who got the mail has it, and it shows no more than that they have
    seen the thread. No agent is proven by it (`threading.rights`), and no report."""
    return {
        "id": of.id,
        "ticket": of.ticket,
        "message_id": of.message_id,
        "recipient": str(of.recipient),
        "sender": str(of.sender),
        "lane": of.lane.value,
        "state": of.state.value,
        "attempts": of.attempts,
        "due_at": instant(of.due_at),
        "due_from": instant(of.due_from),
        "wait_reason": None if of.wait_reason is None else of.wait_reason.value,
        "waits_for": of.waits_for,
        "agent": of.agent,
        "campaign": of.campaign,
        "last_reply": None if of.last_reply is None else _reply(of.last_reply),
        "relay_id": of.relay_id,
        "bounced": None if of.bounced is None else _bounced(of.bounced),
    }


def _bounced(of: Bounced) -> Json:
    return {"status": of.status, "text": _shown(of.text), "at": instant(of.at)}


def _reply(of: Reply) -> Json:
    return {
        "code": of.code,
        "status": of.status,
        "text": shown_text(of.text),
        "at": instant(of.at),
    }


def whole_delivery(of: DeliveryStory, told: Iterable[str]) -> Json:
    """A delivery with everything that is known of it; `told` is the same in words."""
    return {
        **delivery(of.delivery),
        "kind": of.kind,
        "queued_at": instant(of.delivery.created_at),
        "insists": of.insists,
        "delay_told_at": instant(of.delay_told_at),
        "final_at": instant(of.final_at),
        "history": [_attempt(each) for each in of.attempts],
        "destination": None if of.obstacle is None else obstacle(of.obstacle),
        "suppressions": [_kept(each) for each in of.kept],
        "events": [event(each) for each in of.events],
        "text": list(told),
    }


def obstacle(of: Obstacle) -> Json:
    """A destination that keeps mail waiting."""
    return {
        "destination": of.key,
        "state": of.state,
        "failures": of.failures,
        "down_until": instant(of.down_until),
        "slowness": of.slowness,
        "slowed_at": instant(of.slowed_at),
        "paced_until": instant(of.paced_until),
        "waiting": of.waiting,
        "last_reply": None if of.last_reply is None else _reply(of.last_reply),
    }


def queue_stats(of: QueueStats) -> Json:
    """What waits, by lane and state, and since when."""
    depth: dict[str, dict[str, int]] = {}
    for (lane, state), number in of.depth.items():
        depth.setdefault(lane.value, {})[state.value] = number
    return {
        "depth": depth,
        "oldest": {lane.value: instant(at) for lane, at in of.oldest.items()},
        "waiting": {reason.value: number for reason, number in of.waiting.items()},
    }


def suppression(of: Listed) -> Json:
    """An address that mail is kept from, and the ticket of the mail that came back."""
    return {**_kept(of.suppression), "ticket": of.ticket}


def _kept(kept: Suppression) -> Json:
    return {
        "address": str(kept.address),
        "lanes": kept.lanes.value,
        "cause": kept.cause.value,
        "status": kept.status,
        "text": _shown(kept.text),
        "at": instant(kept.at),
        "until": instant(kept.until),
        "delivery": kept.delivery,
    }


def journal_row(of: JournalSummary) -> Json:
    path = of.envelope.reverse_path
    return {
        "id": of.id,
        "door": of.door.value,
        "received_at": instant(of.received_at),
        "envelope": {
            "reverse_path": None if isinstance(path, UnknownReversePath) else shown_text(str(path)),
            "forward_paths": [shown_text(str(each)) for each in of.envelope.forward_paths],
        },
        "size": of.size,
        "message_id": of.message_id,
        "from": _shown(of.from_),
        "subject": _shown(of.subject),
        "state": of.state.value,
        "attempts": of.attempts,
        "cause": of.cause,
        "decision": None if of.decision is None else json.loads(of.decision),
        "ticket": of.ticket,
        "error": _shown(of.error),
    }


def parsed(file: str, seconds: float, mail: ParsedMail) -> Json:
    """What was read in the message `file` in `seconds`."""
    return {
        "file": file,
        "seconds": round(seconds, 6),
        "from": None if mail.from_ is None else named(mail.from_),
        "reply_to": named(mail.reply_to[0]) if mail.reply_to else None,
        "to": [named(each) for each in mail.to],
        "cc": [named(each) for each in mail.cc],
        "subject": mail.subject,
        "date": instant(mail.date),
        "message_id": mail.message_id,
        "in_reply_to": list(mail.in_reply_to),
        "references": list(mail.references),
        "text": mail.text,
        "full_text": mail.full_text,
        "html": mail.html,
        "attachments": [_attachment(each) for each in mail.attachments],
        "kind": mail.kind.value,
        "kind_evidence": list(mail.kind_evidence),
        "automated": {"is": bool(mail.automated), "evidence": list(mail.automated)},
        "dsn": [_dsn(each) for each in mail.dsn],
        "report": None if mail.report is None else _report(mail.report),
        "forwarded": None if mail.forwarded is None else _forwarded(mail.forwarded),
        "defects": list(mail.defects),
    }


def _attachment(of: Attachment) -> Json:
    return {
        "id": None,
        "filename": of.filename,
        "content_type": of.content_type,
        "size": len(of.content),
        "sha256": of.sha256,
        "inline": of.inline,
        "content_id": of.content_id,
    }


def _dsn(of: DsnRecipient) -> Json:
    return {
        "recipient": _address(of.recipient),
        "action": of.action,
        "status": of.status,
        "diagnostic": of.diagnostic,
        "original_message_id": of.original_message_id,
    }


def _forwarded(of: Forwarded) -> Json:
    return {
        "from": None if of.from_ is None else named(of.from_),
        "date": instant(of.date),
        "subject": of.subject,
        "text": of.text,
        "message_id": of.message_id,
        "attachments": [_attachment(each) for each in of.attachments],
    }


def _report(of: Report) -> Json:
    return {
        "recipient": _address(of.recipient),
        "says": of.says,
        "original_message_id": of.original_message_id,
    }


def _shown(value: str | int | None) -> str | int | None:
    """A value of a document, without a token of ours that works."""
    return shown_text(value) if isinstance(value, str) else value


def _address(of: Address | None) -> str | None:
    return None if of is None else str(of)


def _attempt(of: Attempt) -> Json:
    return {
        "number": of.number,
        "node": of.node,
        "started_at": instant(of.started_at),
        "finished_at": instant(of.finished_at),
        "result": of.result,
        "code": of.code,
        "status": of.status,
        "text": _shown(of.text),
    }
