"""The worker that lets mail leave, from the settings."""

from functools import partial

from mailgate.daemon.gateway import Gateway
from mailgate.desk.returned.undelivered import tell_undelivered
from mailgate.outbound.router import Router
from mailgate.outbound.sites import Sites
from mailgate.outbound.worker import OutboundWorker, WorkerPolicy
from mailgate.ratelimit.limiter import Limiter
from mailgate.settings import Settings
from mailgate.telemetry.facts import Telemetry

GATHER_SECONDS = 0.05
"""Mail that is queued within this time is claimed in one transaction; nobody notices so little."""


def places(settings: Settings, sites: Sites) -> int:
    """As many mails on their way at a time as the settings allow, and as there are connections
    for: what is claimed beyond that would only wait in memory."""
    allowed = settings.outbound.connections
    return min(allowed, sites.total or allowed)


def outbound_worker(
    gateway: Gateway, router: Router, limiter: Limiter, telemetry: Telemetry
) -> OutboundWorker:
    """The one of this process."""
    return OutboundWorker(
        gateway.store,
        router,
        limiter,
        clock=gateway.clock,
        telemetry=telemetry,
        node=gateway.node,
        random=gateway.random,
        policy=WorkerPolicy(
            concurrency=places(gateway.settings, router.sites), gather=GATHER_SECONDS
        ),
        tell=partial(tell_undelivered, context=gateway.current_context, random=gateway.random),
        sites=router.sites,
    )
