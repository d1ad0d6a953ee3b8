"""What a webhook says: the ticket as every document shows it, and which rule sends it. Pure."""

import json
from datetime import UTC, datetime

from mailgate.model.rule import Occasion
from mailgate.model.shown import shown_text
from mailgate.model.ticket import Ticket

__all__ = ["webhook_body"]

_encode = json.JSONEncoder(ensure_ascii=False).encode


def webhook_body(ticket: Ticket, occasion: Occasion, rule: str, now: datetime) -> str:
    """The JSON document: the ticket after what the rule did to it, without what was written."""
    event = {"kind": occasion.value, "rule": rule, "at": _instant(now)}
    return _encode({"event": event, "ticket": _ticket(ticket)})


def _ticket(of: Ticket) -> dict[str, object]:
    """The fields that `mailgate tickets show --json` has of a ticket."""
    requester = {"address": str(of.requester.address), "name": of.requester.name}
    return {
        "id": of.id,
        "subject": shown_text(of.subject),
        "status": of.status.value,
        "priority": of.priority.value,
        "source": of.source.value,
        "address": str(of.address),
        "brand": of.brand,
        "group": of.group,
        "assignee": None if of.assignee is None else str(of.assignee),
        "requester": requester,
        "cc": [str(each) for each in of.cc],
        "tags": list(of.tags),
        "parent": of.parent,
        "merged_into": of.merged_into,
        "linked": list(of.linked),
        "created_at": _instant(of.created_at),
        "updated_at": _instant(of.updated_at),
        "first_response_at": _instant(of.first_response_at),
        "sla_started_at": _instant(of.sla_started_at),
        "resolved_at": _instant(of.resolved_at),
        "messages": of.messages,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
