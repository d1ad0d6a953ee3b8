"""A customer's answer to "how were our answers?": which address of the survey it came to.

The addresses are signed for the requester alone. The mail that has them can be passed on, so the
one who clicks must be the requester too, as far as rights tell; nobody else's word counts.
"""

from collections.abc import Mapping
from types import MappingProxyType

from mailgate.model.decision import Reason, RecordScore, Right, Who
from mailgate.model.survey import Score
from mailgate.threading.evidence import Evidence, Facts
from mailgate.threading.resolve import Resolution
from mailgate.threading.rights import Standing
from mailgate.threading.token import Purpose, ReplyToken

__all__ = ["NOT_COUNTED", "SCORES", "is_vote", "vote"]

SCORES: Mapping[Purpose, Score] = MappingProxyType(
    {
        Purpose.SURVEY_GOOD: Score.GOOD,
        Purpose.SURVEY_OK: Score.OK,
        Purpose.SURVEY_BAD: Score.BAD,
    }
)
_DOUBTS = (Reason.SURVEY_NOT_THEIRS, Reason.SURVEY_REPEATED, Reason.SURVEY_UNCLEAR)
NOT_COUNTED: frozenset[str] = frozenset(_DOUBTS)
"""With one of these a word does not count."""


def is_vote(token: ReplyToken) -> bool:
    """Whether it is one of a survey's links."""
    return token.purpose in SCORES


def vote(
    evidence: Evidence, facts: Facts, resolution: Resolution, standing: Standing
) -> tuple[RecordScore, tuple[Reason, ...]] | None:
    """What a mail says of the answers on its ticket, and why that does not count, if it does not;
    None for a mail that came to no survey's address."""
    ticket = resolution.ticket
    cast = [one for one in evidence.tokens if is_vote(one) and one.ticket in resolution.named]
    if ticket is None or not cast:
        return None
    why = _doubt(evidence, facts, standing, cast)
    if why is not None:
        return RecordScore(ticket.id, None), (Reason.SURVEY_ANSWER, why)
    return RecordScore(ticket.id, SCORES[cast[0].purpose]), (Reason.SURVEY_ANSWER,)


def _doubt(
    evidence: Evidence, facts: Facts, standing: Standing, cast: list[ReplyToken]
) -> Reason | None:
    theirs = all(one.text in evidence.bound_tokens for one in cast)
    if not theirs or standing.who is not Who.REQUESTER or standing.right is not Right.PUBLIC:
        return Reason.SURVEY_NOT_THEIRS
    if facts.voted:
        return Reason.SURVEY_REPEATED
    return Reason.SURVEY_UNCLEAR if len({one.purpose for one in cast}) > 1 else None
