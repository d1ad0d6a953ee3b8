"""What a webhook says: the ticket as every document shows it, and which rule sends it. Pure."""

import json
from datetime import datetime

from mailgate.model.document import instant, ticket_document
from mailgate.model.rule import Occasion
from mailgate.model.ticket import Ticket

__all__ = ["webhook_body"]

_encode = json.JSONEncoder(ensure_ascii=False).encode


def webhook_body(ticket: Ticket, occasion: Occasion, rule: str, now: datetime) -> str:
    """The JSON document: the ticket after what the rule did to it, without what was written."""
    event = {"kind": occasion.value, "rule": rule, "at": instant(now)}
    return _encode({"event": event, "ticket": ticket_document(ticket)})
