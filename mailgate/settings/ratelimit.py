"""`[ratelimit]` and `[[destination]]`: how much mail leaves, and how fast."""

import re
from typing import Annotated, Literal

from pydantic import Field, PlainValidator

from mailgate.model.pace import Pace
from mailgate.settings.section import Section
from mailgate.settings.sizes import shown
from mailgate.settings.units import Domain, Kind

_PACE = re.compile(r"(\d{1,7})/(s|min|h|d)(?:, burst (\d{1,7}))?")
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


def read_pace(value: object) -> Pace:
    """So many in a time, and so many at once."""
    if isinstance(value, Pace):
        return value
    match = _PACE.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[1]) < 1 or (match[3] is not None and int(match[3]) < 1):
        raise ValueError(
            f'{shown(value)} is no pace; write such as "10/min" or "600/h, burst 20", with s, min, '
            "h or d"
        )
    return Pace(int(match[1]), _SECONDS[match[2]], 1 if match[3] is None else int(match[3]))


Hourly = Annotated[int, Field(ge=1, le=1_000_000)]
Percent = Annotated[int, Field(ge=1, le=100)]
PaceValue = Annotated[Pace, PlainValidator(read_pace), Kind('pace, such as "10/min, burst 20"')]


class RateLimitSettings(Section):
    """How much mail may leave the desk in any 3,600 seconds; what is over it waits."""

    plan: Literal["free", "growth", "pro", "enterprise"] = Field(
        "growth", description="free 100, growth 250, pro 400, enterprise 500 an hour."
    )
    hourly: Hourly | None = Field(
        None, description="A number of your own; it replaces the plan's.", examples=[1000]
    )
    when_full: Literal["wait", "refuse"] = Field(
        "wait", description="Whether a new outbound mail over a limit waits or is refused."
    )
    count_notifications: bool = Field(
        default=False, description="Mails to agents count against the hourly cap too."
    )
    count_acknowledgements: bool = Field(
        default=True, description="Acknowledgements count against the hourly cap."
    )
    per_address: Hourly | None = Field(
        None, description="From one support address, in any 3,600 seconds.", examples=[200]
    )
    per_agent: Hourly | None = Field(
        None, description="Of one agent, in any 3,600 seconds.", examples=[100]
    )
    per_campaign: Hourly | None = Field(
        None, description="Of one campaign, in any 3,600 seconds.", examples=[200]
    )
    automatic_per_recipient: Hourly = Field(
        20,
        description="Acknowledgements and campaign mails to one address outside the desk, in any "
        "3,600 seconds.",
    )
    campaign_share: Percent = Field(
        70,
        description="Of what the rest has left of the hour, campaigns may use so much (percent).",
    )
    acknowledgement_share: Percent = Field(
        50, description="The same for acknowledgements, which strangers cause."
    )


class DestinationSettings(Section):
    """How mail to some domains leaves, in place of the table that mailgate comes with
    (docs/operators/destinations.md). With transport = "smtp" a smarthost does this; a pace that is
    set here holds all the same."""

    domains: Annotated[tuple[Domain, ...], Field(min_length=1)] = Field(
        description="They are counted together.", examples=[["gmail.com", "googlemail.com"]]
    )
    pace: PaceValue | None = Field(
        None, description="So many in a time; no limit without.", examples=["10/min, burst 20"]
    )
    connections: Annotated[int, Field(ge=1, le=1000)] = Field(
        5, description="Mails on their way there at the same time, at most."
    )
