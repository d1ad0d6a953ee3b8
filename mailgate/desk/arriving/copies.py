"""Which of two copies of a mail speaks for both. Pure."""

from mailgate.desk.telling.account import Account
from mailgate.model.decision import Authentication, Reason
from mailgate.threading.evidence import Evidence
from mailgate.threading.loops import is_automated, may_be_a_persons

_ON_NO_TICKET = frozenset({"suppress", "duplicate"})
_MACHINES = frozenset({Reason.NULL_REVERSE_PATH, Reason.AUTOMATED})
_RECORDED = frozenset({"record_auto_reply", "record_bounce"})
_PROOF = {Authentication.FAIL: 0, Authentication.NONE: 1, Authentication.PASS: 2}


def stands_for(earlier: Account, evidence: Evidence) -> bool:
    """Whether nothing is lost when the mail is taken for a copy of one of which `earlier` was
    decided. The envelope and the trace fields, by which two copies differ, are anybody's to
    write who has the mail: a copy that was heard as less must not silence the sender's own."""
    if earlier.disposition in _ON_NO_TICKET:
        return False
    if _heard(earlier) < _to_be_heard(evidence):
        return False
    doubted = earlier.flagged or earlier.authentication is Authentication.FAIL
    return not doubted or _PROOF[earlier.authentication] >= _PROOF[evidence.authentication]


def _heard(earlier: Account) -> int:
    """As a person's mail (2), as words that may be a person's and move nothing (1), not (0)."""
    if _MACHINES.isdisjoint(earlier.reasons):
        return 2
    return 0 if earlier.disposition in _RECORDED else 1


def _to_be_heard(evidence: Evidence) -> int:
    if not is_automated(evidence):
        return 2
    return 1 if may_be_a_persons(evidence) else 0
