"""The JSON document of a ticket, for the commands, for HTTP, and for the programs that rules tell.

Times are RFC 3339 UTC, ids integers, absent is null and never a missing field.
"""

from datetime import UTC, datetime

from mailgate.mail.address import NamedAddress
from mailgate.model.shown import shown_text
from mailgate.model.ticket import Ticket

__all__ = ["Json", "instant", "named", "ticket_document"]

Json = dict[str, object]


def instant(at: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def named(of: NamedAddress) -> Json:
    """An address, and what is shown before it."""
    return {"address": str(of.address), "name": of.name or None}


def ticket_document(of: Ticket) -> Json:
    """A ticket as every document shows it, without what stands on it."""
    return {
        "id": of.id,
        "subject": shown_text(of.subject),
        "status": of.status.value,
        "priority": of.priority.value,
        "source": of.source.value,
        "started_by": of.started_by,
        "address": str(of.address),
        "brand": of.brand,
        "group": of.group,
        "assignee": None if of.assignee is None else str(of.assignee),
        "requester": named(of.requester),
        "cc": [str(each) for each in of.cc],
        "tags": list(of.tags),
        "spam": of.spam,
        "parent": of.parent,
        "merged_into": of.merged_into,
        "linked": list(of.linked),
        "created_at": instant(of.created_at),
        "updated_at": instant(of.updated_at),
        "first_response_at": instant(of.first_response_at),
        "sla_started_at": instant(of.sla_started_at),
        "resolved_at": instant(of.resolved_at),
        "waiting_since": instant(of.waiting_since),
        "score": of.score,
        "messages": of.messages,
    }
