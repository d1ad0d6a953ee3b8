"""From the settings to the ways out: where mail goes, and as whom we log in there."""

from mailgate.clock import Clock
from mailgate.daemon.oauth import grant
from mailgate.oauth.grant import AccessTokens
from mailgate.outbound.peer import (
    Bearer,
    Credentials,
    Limits,
    Login,
    Peer,
    Pkix,
    Timeouts,
    Tls,
)
from mailgate.outbound.route import MaildirRoute, MxRoute, Route, RoutePolicy, SmarthostRoute
from mailgate.outbound.router import OpenMx, Router
from mailgate.settings import Settings
from mailgate.settings.files import read_password
from mailgate.settings.outbound import SmarthostSettings


def open_router(
    settings: Settings, clock: Clock, tokens: AccessTokens, *, open_mx: OpenMx
) -> Router:
    """All the ways out. Raises OSError for a password file that holds none."""
    return Router(
        route_policy(settings, tokens),
        hostname=settings.gateway.hostname,
        clock=clock,
        open_mx=open_mx,
    )


def route_policy(settings: Settings, tokens: AccessTokens) -> RoutePolicy:
    """Which way mail leaves; `tokens` are for smarthosts with oauth2. Raises OSError for a
    password file that holds none."""
    default = _route(settings, tokens)
    if settings.outbound.transport != "smtp":
        return RoutePolicy(default)
    named = {each.name: smarthost_route(settings, each, tokens) for each in settings.smarthost}
    by_sender = {
        entry.address.key: named[entry.smarthost]
        for entry in settings.address
        if entry.smarthost is not None
    }
    return RoutePolicy(default, by_sender)


def _route(settings: Settings, tokens: AccessTokens) -> Route:
    match settings.outbound.transport:
        case "maildir":
            return MaildirRoute(settings.outbound.maildir)
        case "smtp":
            return smarthost_route(settings, settings.outbound.smarthost, tokens)
        case "mx":
            return _mx(settings)


def smarthost_route(
    settings: Settings, smarthost: SmarthostSettings, tokens: AccessTokens
) -> SmarthostRoute:
    """Where this smarthost is. Raises OSError for a password file that holds none."""
    peer = Peer(
        host=smarthost.host,
        port=smarthost.port,
        hostname=settings.gateway.hostname,
        tls=Tls(smarthost.tls),
        certificate=Pkix(smarthost.ca_file),
        login=_login(smarthost, tokens),
        timeouts=Timeouts(
            connect=smarthost.connect_timeout.total_seconds(),
            command=smarthost.command_timeout.total_seconds(),
            data=smarthost.data_timeout.total_seconds(),
        ),
    )
    limits = Limits(
        connections=smarthost.connections,
        messages=smarthost.messages_per_connection,
        idle=smarthost.idle_timeout.total_seconds(),
    )
    return SmarthostRoute(peer, limits)


def _mx(settings: Settings) -> MxRoute:
    mx = settings.outbound.mx
    return MxRoute(
        hostname=settings.gateway.hostname,
        port=mx.port,
        dane=mx.dane,
        mta_sts=mx.mta_sts,
        limits=Limits(messages=mx.messages_per_connection, idle=mx.idle_timeout.total_seconds()),
    )


def _login(smarthost: SmarthostSettings, tokens: AccessTokens) -> Login | None:
    if smarthost.username is None:
        return None
    if smarthost.oauth2 is not None:
        return Bearer(smarthost.username, grant(smarthost.oauth2), tokens)
    assert smarthost.password_file is not None, "the settings have one of them"
    return Credentials(smarthost.username, read_password(smarthost.password_file))
