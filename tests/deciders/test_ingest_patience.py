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
        (Activity.COMMAND, 1700, 1800, True, None),
        (Activity.COMMAND, 1700, 1801, True, RefusalReason.TOO_OLD),
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
    times = Times(born=0, heard=heard, transaction=0, content=0)
    assert overdue(times, activity, LIMITS, now, in_transaction=in_transaction) is expected


def test_a_transaction_in_an_old_session_has_its_own_time() -> None:
    """Relays keep sessions for hours; what they began last is not cut for it."""
    times = Times(born=0, heard=10 * HOUR, transaction=10 * HOUR, content=0)
    now = 10 * HOUR + 1
    assert overdue(times, Activity.COMMAND, LIMITS, now, in_transaction=True) is None


def test_a_transaction_that_is_begun_again_and_again_gets_no_more_time() -> None:
    times = Times.beginning(0)
    for at in range(0, 1801, 200):
        times.begin_transaction(float(at))
        times.heard = float(at)
    reason = overdue(times, Activity.COMMAND, LIMITS, 1801, in_transaction=True)
    assert reason is RefusalReason.TOO_OLD
    times.begin_content(1801)
    times.begin_transaction(1802)
    assert overdue(times, Activity.COMMAND, LIMITS, 1803, in_transaction=True) is None


Upload = list[tuple[float, int]]
"""When octets came, and how many."""


def verdict(upload: Upload, now: float) -> RefusalReason | None:
    times = Times.beginning(0)
    times.begin_content(0)
    for at, octets in upload:
        times.count(octets, at)
    return overdue(times, Activity.CONTENT, LIMITS, now, in_transaction=True)


STEADY: Upload = [(float(at), 256) for at in range(1, 1801)]
BURSTS: Upload = [(at, 100_000) for at in (0.0, 240.0, 480.0, 720.0, 960.0)]
MUCH_THEN_DRIPS: Upload = [(1.0, 20_000_000), *((float(at), 1) for at in range(60, 1800, 10))]
DRIPS: Upload = [(float(at), 10) for at in range(1, 400)]


@pytest.mark.parametrize(
    ("upload", "now", "expected"),
    [
        ([], 300, None),
        ([(0.0, 10**9)], 301, RefusalReason.IDLE),
        (DRIPS[:299], 300, None),
        (DRIPS[:300], 301, RefusalReason.TOO_SLOW),
        (STEADY[:301], 301, None),
        (STEADY, 1800, None),
        (STEADY, 1801, RefusalReason.TOO_SLOW),
        (BURSTS, 1199, None),
        (MUCH_THEN_DRIPS[:25], 300, None),
        (MUCH_THEN_DRIPS[:26], 301, RefusalReason.TOO_SLOW),
    ],
)
def test_contents(upload: Upload, now: float, expected: RefusalReason | None) -> None:
    """Five minutes without an octet are too long; after five minutes the last one or two have
    to bring 256 octets a second, whatever came before; half an hour is the end."""
    assert verdict(upload, now) is expected
