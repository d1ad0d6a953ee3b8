"""The settings [quarantine]."""

import re
from datetime import time
from typing import Annotated

from pydantic import Field, PlainValidator

from mailgate.settings.section import Section
from mailgate.settings.sizes import shown
from mailgate.settings.units import Kind, MailAddress

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


class TimeOfDay(time):
    """Written as it is read."""

    def __str__(self) -> str:
        return f"{self.hour:02}:{self.minute:02}"


def read_time(value: object) -> TimeOfDay:
    """Hours and minutes of a day, in the time zone of the gateway."""
    if isinstance(value, TimeOfDay):
        return value
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f'{shown(value)} is no time of day; write hours and minutes: "08:00"')
    return TimeOfDay(int(found[1]), int(found[2]))


class QuarantineSettings(Section):
    """Mail set aside for a human, and who is told of it. See docs/operators/quarantine.md."""

    operators: tuple[MailAddress, ...] = Field(
        (),
        description="Who gets a mail, once a day, that lists what waits; nobody without.",
        examples=[["operator@acme.example"]],
    )
    digest_at: Annotated[TimeOfDay, PlainValidator(read_time), Kind('time, such as "08:00"')] = (
        Field(
            TimeOfDay(8, 0),
            description="From when on the mail of a day goes, in gateway.timezone, as soon as "
            "something waits.",
        )
    )
