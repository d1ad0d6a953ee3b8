"""From a mail to the transport that takes it: one transport a route, made when first needed."""

from mailgate.clock import Clock
from mailgate.model.delivery import AttemptResult, LeasedDelivery
from mailgate.outbound.maildir import MaildirTransport
from mailgate.outbound.route import MaildirRoute, Route, RoutePolicy, SmarthostRoute, route_for
from mailgate.outbound.smtp import SmtpTransport
from mailgate.outbound.transport import Transport

__all__ = ["Router", "open_transport"]


def open_transport(route: Route, *, hostname: str, clock: Clock) -> Transport:
    """The transport of a route; nothing is dialled before the first mail. Raises OSError for a
    certificate file that cannot be read."""
    match route:
        case MaildirRoute():
            return MaildirTransport(route.path, hostname=hostname, clock=clock)
        case SmarthostRoute():
            return SmtpTransport(route, hostname=hostname, clock=clock)


class Router:
    """A transport for every mail."""

    def __init__(self, policy: RoutePolicy, *, hostname: str, clock: Clock) -> None:
        self._policy = policy
        self._hostname = hostname
        self._clock = clock
        self._transports: dict[Route, Transport] = {}

    async def send(self, leased: LeasedDelivery) -> AttemptResult:
        return await self._transport(route_for(self._policy, leased.sender)).send(leased)

    async def close(self) -> None:
        for transport in self._transports.values():
            await transport.close()

    def _transport(self, route: Route) -> Transport:
        if route not in self._transports:
            self._transports[route] = open_transport(
                route, hostname=self._hostname, clock=self._clock
            )
        return self._transports[route]
