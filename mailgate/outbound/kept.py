"""Mail that is not even tried, because its address takes none. Pure."""

from datetime import UTC, datetime

from mailgate.model.delivery import Reply, Suppressed
from mailgate.model.suppression import Suppression, SuppressionCause

__all__ = ["keep_back"]

_WHY = {
    SuppressionCause.BOUNCE: "this address took no mail",
    SuppressionCause.COMPLAINT: "its owner has complained",
}


def keep_back(by: Suppression, now: datetime) -> Suppressed:
    """The result of an attempt that is none. Its text says why, until when, and how an operator
    lets mail go there again."""
    known = by.status is None or by.status in by.text
    said = by.text if known else f"{by.status} {by.text}".rstrip()
    until = "until it is lifted" if by.until is None else f"until {_instant(by.until)}"
    text = (
        f"not sent: {_WHY[by.cause]} on {_instant(by.at)} ({said or 'no reason given'}); nothing "
        f"goes there {until}, or `mailgate suppressions lift {by.address}`"
    )
    return Suppressed(Reply(None, by.status, text, now), by)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
