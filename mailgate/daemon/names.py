"""The DNS of the settings, or of this machine."""

from mailgate.clock import Clock
from mailgate.resolver.resolver import CachingResolver
from mailgate.resolver.servers import NameServers, Server, system_servers
from mailgate.settings import Settings
from mailgate.telemetry.facts import Telemetry


def name_servers(settings: Settings, clock: Clock) -> NameServers:
    """The ones that are named; without any those of this machine, which may change."""
    named = settings.authentication.nameservers
    servers: tuple[Server, ...] = tuple((each.host, each.port) for each in named)
    find = (lambda: servers) if servers else system_servers
    return NameServers(find, clock, trusted=settings.outbound.mx.trust_ad)


def make_resolver(settings: Settings, clock: Clock, telemetry: Telemetry) -> CachingResolver:
    """The one of a process; its `run` must run."""
    return CachingResolver(name_servers(settings, clock), clock, telemetry)
