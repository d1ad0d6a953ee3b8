"""What people should know of a message who read it on its ticket. Pure."""

from mailgate.model.decision import Authentication, Decision, Reason
from mailgate.threading.returned import NOT_BELIEVED

_FLAGS = frozenset(
    {
        Reason.SENDER_IS_STRANGER,
        Reason.SENDER_IS_COLLEAGUE,
        Reason.SENDER_UNREADABLE,
        Reason.SAME_ID_OTHER_CONTENT,
        Reason.RELEASED_BY_OPERATOR,
        Reason.AGENT_NOT_PROVEN,
        Reason.TOO_MANY_FROM_SENDER,
        Reason.REQUESTER_UNANSWERABLE,
        Reason.REPLY_TO_DIFFERS,
        Reason.NAME_OF_AGENT,
        Reason.NAME_WITH_ADDRESS,
        Reason.PASSED_ON_BY_AGENT,
        Reason.SURVEY_NOT_THEIRS,
        Reason.SURVEY_REPEATED,
        Reason.SURVEY_UNCLEAR,
        *NOT_BELIEVED,
    }
)


DOUBTS = frozenset({Reason.SENDER_UNAUTHENTICATED.value, Reason.SENDER_UNREADABLE.value})
"""Flags of a message for whose sender nothing but the From address speaks."""


def flags(decision: Decision) -> tuple[str, ...]:
    """The reasons that stand with the message, in order."""
    noted = _FLAGS | {Reason.SENDER_UNAUTHENTICATED} if is_doubtful(decision) else _FLAGS
    return tuple(reason.value for reason in decision.reasons if reason in noted)


def is_doubtful(decision: Decision) -> bool:
    """Whether the From address is all that speaks for the sender: it is known to be forged, can
    be read in two ways, or the ticket was found by a number that anybody can write into a
    subject."""
    forged = decision.sender.authentication is Authentication.FAIL
    if forged or Reason.SENDER_UNREADABLE in decision.reasons:
        return True
    by_number = Reason.MATCHED_SUBJECT_TAG in decision.reasons
    seen_as = decision.sender if decision.cell is None else decision.cell
    return by_number and seen_as.authentication is not Authentication.PASS
