"""From a mail to the transport that takes it: one transport a route, made when first needed."""

from collections.abc import Callable

from mailgate.clock import Clock
from mailgate.model.delivery import AttemptResult, LeasedDelivery
from mailgate.outbound.maildir import MaildirTransport
from mailgate.outbound.pool import Pool
from mailgate.outbound.route import (
    MaildirRoute,
    MxRoute,
    Route,
    RoutePolicy,
    SmarthostRoute,
    route_for,
)
from mailgate.outbound.sites import sites_of
from mailgate.outbound.transport import Transport

__all__ = ["OpenMx", "Router", "open_transport"]

OpenMx = Callable[[MxRoute], Transport]
"""Makes the transport that asks the DNS for mail servers."""


def open_transport(
    route: Route, *, hostname: str, clock: Clock, open_mx: OpenMx | None = None
) -> Transport:
    """The transport of a route; nothing is dialled before the first mail. `open_mx` is needed
    for an MxRoute alone. `hostname` names us in files of a Maildir."""
    match route:
        case MaildirRoute():
            return MaildirTransport(route.path, hostname=hostname, clock=clock)
        case SmarthostRoute():
            return Pool(route.peer, route.limits, clock=clock)
        case MxRoute():
            if open_mx is None:
                raise ValueError("nothing here finds the mail servers of a domain")
            return open_mx(route)


class Router:
    """A transport for every mail."""

    def __init__(
        self,
        policy: RoutePolicy,
        *,
        hostname: str,
        clock: Clock,
        open_mx: OpenMx | None = None,
    ) -> None:
        self.sites = sites_of(policy)
        """Where the connections go."""
        self._policy = policy
        self._hostname = hostname
        self._clock = clock
        self._open_mx = open_mx
        self._transports: dict[Route, Transport] = {}
        # A route is a large key: those of senders are found by their own.
        self._of_senders: dict[str, Transport] = {}

    def use(self, policy: RoutePolicy) -> None:
        """From now on mail goes these ways; what runs goes on. Routes that are as before keep
        their connections."""
        self._policy = policy
        self._of_senders.clear()
        self.sites = sites_of(policy)

    async def send(self, leased: LeasedDelivery) -> AttemptResult:
        key = leased.sender.key
        transport = self._of_senders.get(key)
        if transport is None:
            transport = self._of_senders[key] = self._transport(route_for(self._policy, key))
        return await transport.send(leased)

    async def close(self) -> None:
        for transport in self._transports.values():
            await transport.close()

    def _transport(self, route: Route) -> Transport:
        if route not in self._transports:
            self._transports[route] = open_transport(
                route, hostname=self._hostname, clock=self._clock, open_mx=self._open_mx
            )
        return self._transports[route]
