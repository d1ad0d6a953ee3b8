"""Where connections go, as keys, and how many may go there at the same time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from mailgate.outbound.route import RoutePolicy, SmarthostRoute, site_of

__all__ = ["Sites", "sites_of"]


def _nowhere(_sender_key: str, _destination: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Sites:
    """`of` names the site that a mail from a sender's key to a domain goes to, None where nothing
    is dialled. `connections` are the most that a site takes at a time, where it is ours to say:
    for mail servers of others the claim keeps to their limits."""

    of: Callable[[str, str], str | None] = _nowhere
    connections: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int | None:
        """All connections together; None when there are sites without a number."""
        return sum(self.connections.values()) or None


def sites_of(policy: RoutePolicy) -> Sites:
    """The sites of these routes."""
    connections = {
        key: route.limits.connections
        for sender, route in (("", policy.default), *policy.by_sender.items())
        if isinstance(route, SmarthostRoute) and (key := site_of(policy, sender, "")) is not None
    }
    return Sites(partial(site_of, policy), connections)
