"""Which mails we write, and which names their templates may hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["FORMS", "OWN_FORM", "Form", "TemplateName"]


class TemplateName(StrEnum):
    ACKNOWLEDGEMENT = "acknowledgement"
    ACKNOWLEDGEMENT_NEUTRAL = "acknowledgement_neutral"
    """To a sender of whom nothing is known: its names hold no word of theirs."""
    REPLY = "reply"
    """What stands around an agent's answer to a customer."""
    RESOLVED = "resolved"
    """To the customer, where they are told."""
    SURVEY = "survey"
    """To the customer; the words that it carries are the links to answer by."""
    NOTIFICATION_NEW = "notification_new"
    """To an agent, of a new ticket; an answer goes to the customer."""
    NOTIFICATION_ANSWER = "notification_answer"
    """To an agent, of what somebody outside writes on a ticket."""
    NOTIFICATION_REPLY = "notification_reply"
    """To an agent, of what a colleague has answered."""
    NOTE = "note"
    """To an agent; an answer stays inside."""
    ASSIGNED = "assigned"
    HANDED_OVER = "handed_over"
    MERGED = "merged"
    BOTH_ANSWERED = "both_answered"
    OVERDUE = "overdue"
    OVERDUE_STILL = "overdue_still"
    SCORED = "scored"
    RULED = "ruled"
    """To an agent whom a rule wants to know of a ticket."""
    FAILED = "failed"
    """To an agent: a mail did not arrive, for a reason that may pass."""
    FAILED_EXPIRED = "failed_expired"
    """Was tried for days, or could not be, and is given up."""
    FAILED_ADDRESS = "failed_address"
    """Did not arrive, and nothing more goes there for a while."""
    FAILED_KEPT = "failed_kept"
    """Was not even sent, because the address took no mail before."""
    FAILED_AGENT = "failed_agent"
    """A colleague's notification did not arrive."""
    DELAYED = "delayed"
    """To an agent: a mail of theirs has not left for hours."""
    COMPLAINT = "complaint"
    """A customer has called a mail of ours spam."""
    DIGEST = "digest"
    """To operators: what waits in quarantine."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a template of one kind must look like: its first field, "" for none, and its names.
    One that has `text` among them carries somebody's words."""

    field: str
    names: frozenset[str]


_OURS = frozenset({"ticket", "tag", "desk", "address"})
_TO_CUSTOMER = _OURS | {"subject", "name"}
_STATE = frozenset({"state", "status", "priority", "assignee", "group", "tags", "done"})
_TO_AGENT = Form(
    "Marker",
    _OURS | _STATE | {"subject", "requester", "recipients", "author", "at", "text"},
)
_LAST = frozenset({"author", "written"})
"""`author` wrote last, at `written`; "" where nobody has written."""
_HANDED = Form("Marker", _TO_AGENT.names | {"by"} | _LAST)
_OF_FAILURE = Form(
    "Marker", _OURS | {"subject", "recipient", "said", "at", "until", "since", "tried"}
)
_OF_DELAY = Form(
    "Marker",
    _OURS | {"subject", "recipient", "said", "at", "since", "why", "tried", "outlook", "delivery"},
)


def _told(*facts: str) -> Form:
    """A mail of the desk itself on a ticket: `by` did it, `text` are words that belong to it."""
    names = _OURS | _STATE | {"subject", "requester", "by", "at", "text"}
    return Form("Marker", names.union(facts))


FORMS: Mapping[TemplateName, Form] = {
    TemplateName.ACKNOWLEDGEMENT: Form("Subject", _TO_CUSTOMER),
    TemplateName.ACKNOWLEDGEMENT_NEUTRAL: Form("Subject", _OURS),
    TemplateName.REPLY: Form("", _TO_CUSTOMER | {"agent", "text"}),
    TemplateName.RESOLVED: Form("Subject", _TO_CUSTOMER),
    TemplateName.SURVEY: Form("Subject", _TO_CUSTOMER | {"text"}),
    TemplateName.NOTIFICATION_NEW: _TO_AGENT,
    TemplateName.NOTIFICATION_ANSWER: _TO_AGENT,
    TemplateName.NOTIFICATION_REPLY: _TO_AGENT,
    TemplateName.NOTE: _TO_AGENT,
    TemplateName.ASSIGNED: _HANDED,
    TemplateName.HANDED_OVER: _HANDED,
    TemplateName.MERGED: _told("other", "other_subject"),
    TemplateName.BOTH_ANSWERED: _told("other", "when"),
    TemplateName.OVERDUE: _told("what", "due", *_LAST),
    TemplateName.OVERDUE_STILL: _told("what", "due", *_LAST),
    TemplateName.SCORED: _told("score"),
    TemplateName.RULED: _told("rule"),
    TemplateName.FAILED: _OF_FAILURE,
    TemplateName.FAILED_EXPIRED: _OF_FAILURE,
    TemplateName.FAILED_ADDRESS: _OF_FAILURE,
    TemplateName.FAILED_KEPT: _OF_FAILURE,
    TemplateName.FAILED_AGENT: _OF_FAILURE,
    TemplateName.DELAYED: _OF_DELAY,
    TemplateName.COMPLAINT: _OF_FAILURE,
    TemplateName.DIGEST: Form("Subject", frozenset({"count", "hostname", "causes", "mails"})),
}
OWN_FORM = Form("Subject", _TO_CUSTOMER)
"""What a rule sends to a customer."""
