"""Who does something to a ticket."""

from dataclasses import dataclass
from datetime import datetime

from mailgate.model.directory import Agent
from mailgate.model.seed import Seed

__all__ = ["By"]


@dataclass(frozen=True, slots=True)
class By:
    """Who changes a ticket, in which unit of work. `actor` is as events name them: an address,
    `operator`, `system`, or `rule NAME`; `agent` is who of ours it is, if anybody."""

    actor: str
    now: datetime
    seed: Seed
    agent: Agent | None = None
