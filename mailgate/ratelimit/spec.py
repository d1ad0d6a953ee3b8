"""What the hourly cap is."""

from collections.abc import Mapping
from dataclasses import dataclass

from mailgate.model.delivery import Lane

__all__ = ["PLANS", "HourlyCap", "hourly_cap"]

PLANS: Mapping[str, int] = {"free": 100, "growth": 250, "pro": 400, "enterprise": 500}
"""Deliveries to recipients outside the desk in any 3,600 seconds."""

_PERCENT = {Lane.ACKNOWLEDGEMENT: 50, Lane.CAMPAIGN: 70}
"""How full the hour may be for mail of a lane to leave; 100 for the other lanes."""


@dataclass(frozen=True, slots=True)
class HourlyCap:
    """At most `limit` (1 or more) deliveries to outside recipients in any 3,600 seconds."""

    limit: int

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise ValueError(f"an hourly limit is at least 1, not {self.limit}")

    def of_lane(self, lane: Lane) -> int:
        """How full the hour may be for mail of this lane still to leave. A campaign leaves
        a reserve, and so do acknowledgements, which strangers cause: an agent's reply never
        waits behind them."""
        return max(1, self.limit * _PERCENT.get(lane, 100) // 100)


def hourly_cap(plan: str, hourly: int | None = None) -> HourlyCap:
    """The cap of a plan, or `hourly` itself when it is given. Raises ValueError for an
    unknown plan or a number below 1."""
    if hourly is not None:
        return HourlyCap(hourly)
    if plan not in PLANS:
        raise ValueError(f"unknown plan {plan!r}; there are {', '.join(PLANS)}")
    return HourlyCap(PLANS[plan])
