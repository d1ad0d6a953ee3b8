"""Organisations whose name servers let everybody wait. Pure: time is an argument."""

from collections import OrderedDict
from dataclasses import dataclass

from mailgate.mail.domains import organisational_domain

STRIKES = 3
"""Questions without an answer after which an organisation is not asked for a while."""
PENALTY = 60.0
"""Seconds that it is not asked, and in which the strikes must fall."""
_MAX_KNOWN = 1000


@dataclass(frozen=True, slots=True)
class _Record:
    strikes: int
    at: float


class SlowDomains:
    """Whoever has a thousand names with a slow server behind them could hold up everybody's
    mail: after a few no other name of theirs is waited for."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Record] = OrderedDict()

    def strike(self, name: str, now: float) -> None:
        """Nobody answered for the name, while the DNS as such does answer."""
        domain = organisational_domain(name)
        record = self._known.pop(domain, None)
        earlier = record.strikes if record and now - record.at < PENALTY else 0
        self._known[domain] = _Record(earlier + 1, now)
        if len(self._known) > _MAX_KNOWN:
            self._known.popitem(last=False)

    def is_out(self, name: str, now: float) -> bool:
        """Whether the name is not worth a question now."""
        if not self._known:
            return False
        record = self._known.get(organisational_domain(name))
        return record is not None and record.strikes >= STRIKES and now - record.at < PENALTY
