"""How long a session is waited for (RFC 5321 §4.5.3.2)."""

import pytest

from mailgate.ingest.listener import SessionLimits
from mailgate.ingest.patience import Activity, Times, overdue
from mailgate.ingest.respond import RefusalReason

LIMITS = SessionLimits()
HOUR = 3600.0


@pytest.mark.parametrize(
    ("activity", "heard", "now", "in_transaction", "expected"),
    [
        (Activity.COMMAND, 0, 300, False, None),
        (Activity.COMMAND, 0, 301, False, RefusalReason.IDLE),
        (Activity.COMMAND, 0, 301, True, RefusalReason.IDLE),
        (Activity.COMMAND, HOUR, HOUR, False, None),
        (Activity.COMMAND, HOUR, HOUR + 1, False, RefusalReason.TOO_OLD),
        (Activity.COMMAND, HOUR, HOUR + 1, True, None),
        (Activity.HANDSHAKE, 0, 15, False, None),
        (Activity.HANDSHAKE, 0, 16, False, RefusalReason.IDLE),
        (Activity.US, 0, 10 * HOUR, False, None),
    ],
)
def test_sessions(
    activity: Activity,
    heard: float,
    now: float,
    in_transaction: bool,
    expected: RefusalReason | None,
) -> None:
    times = Times(born=0, heard=heard, content=0)
    assert overdue(times, activity, LIMITS, now, in_transaction=in_transaction) is expected


@pytest.mark.parametrize(
    ("octets", "heard", "now", "expected"),
    [
        (0, 0, 300, None),
        (10**9, 0, 301, RefusalReason.IDLE),
        (400 * 256, 399, 400, None),
        (400 * 256 - 1, 399, 400, RefusalReason.TOO_SLOW),
        (10 * 3600 * 256, 36_000, 36_000, None),
    ],
)
def test_contents(octets: int, heard: float, now: float, expected: RefusalReason | None) -> None:
    """Five minutes without an octet are too long, ten hours at 256 octets a second are not."""
    times = Times(born=0, heard=heard, content=0, octets=octets)
    assert overdue(times, Activity.CONTENT, LIMITS, now, in_transaction=True) is expected
