"""From the settings to the way straight to the recipients' mail servers."""

import socket
from collections.abc import Callable
from ipaddress import ip_address

from mailgate.clock import Clock
from mailgate.outbound.mx import MxTransport
from mailgate.outbound.mxlookup import Lookup
from mailgate.outbound.mxpolicies import Policies, policy_fetcher
from mailgate.outbound.mxrouting import Ours
from mailgate.outbound.route import MxRoute
from mailgate.outbound.router import OpenMx
from mailgate.resolver.resolver import Resolver
from mailgate.settings import Settings

POLICIES = "mta-sts"
"""The folder of the data directory in which policies are kept."""


def mx_opener(
    settings: Settings, resolver: Resolver, clock: Clock, random: Callable[[int], bytes]
) -> OpenMx:
    """Makes the transport; `random` gives so many random bytes."""

    def open_mx(route: MxRoute) -> MxTransport:
        networks = settings.outbound.mx.networks
        ours = Ours(frozenset({settings.gateway.hostname.lower()}), networks=networks)
        policies = None
        if route.mta_sts:
            fetch = policy_fetcher(resolver, networks=networks)
            folder = settings.gateway.data_dir / POLICIES
            policies = Policies(resolver, clock, fetch, folder=folder)
        lookup = Lookup(resolver, ours, route.port, own_addresses(settings, route.port))
        return MxTransport(route, lookup, policies, clock=clock, random=random)

    return open_mx


def own_addresses(settings: Settings, port: int) -> Callable[[str], bool]:
    """Says of an IP address whether one of our listeners answers there on this port."""
    hosts = [each.address.host for each in settings.listen if each.address.port == port]

    def is_ours(address: str) -> bool:
        return any(
            host == address or (_is_any(host) and is_of_this_machine(address)) for host in hosts
        )

    return is_ours


def _is_any(host: str) -> bool:
    """Does the listener take connections at every address of the machine?"""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


def is_of_this_machine(address: str) -> bool:
    """Only an address of its own can be bound to."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
