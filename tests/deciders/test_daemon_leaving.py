"""How many places there are for mail that leaves, and where it goes after a reload."""

from pathlib import Path

import pytest

from mailgate import settings
from mailgate.clock import SystemClock
from mailgate.daemon.gateway import limiter_of, open_gateway
from mailgate.daemon.leaving import places
from mailgate.daemon.reload import reload
from mailgate.daemon.ways import route_policy
from mailgate.model.pace import Pace
from mailgate.oauth.tokens import Tokens
from mailgate.outbound.route import MaildirRoute, RoutePolicy
from mailgate.outbound.router import Router
from mailgate.outbound.sites import sites_of
from mailgate.telemetry.null import NullTelemetry
from tests.contracts.outbound_world import leased_delivery
from tests.harness.database import make_database

SUPPORT = "support@acme.example"
CONFIG = """\
[gateway]
data_dir = "{var}"
[[address]]
address = "support@acme.example"
{address}
[outbound]
transport = "smtp"
connections = {connections}
[outbound.smarthost]
host = "relay.example"
connections = 8
[[smarthost]]
name = "second"
host = "second.example"
connections = 4
{more}
"""


def written(folder: Path, *, address: str = "", connections: int = 100, more: str = "") -> Path:
    path = folder / "mailgate.toml"
    var = folder / "var"
    var.mkdir(exist_ok=True)
    path.write_text(CONFIG.format(var=var, address=address, connections=connections, more=more))
    return path


@pytest.mark.parametrize(
    ("address", "connections", "expected"),
    [
        ("", 100, 8),  # the named one has no address
        ('smarthost = "second"', 100, 12),
        ('smarthost = "second"', 10, 10),
    ],
)
def test_there_are_as_many_places_as_connections_within_the_setting(
    tmp_path: Path, address: str, connections: int, expected: int
) -> None:
    loaded = settings.load(written(tmp_path, address=address, connections=connections))
    sites = sites_of(route_policy(loaded, Tokens(SystemClock())))
    assert places(loaded, sites) == expected


async def test_a_reload_takes_destinations_smarthosts_and_which_address_has_which(
    tmp_path: Path,
) -> None:
    path = written(tmp_path)
    make_database(settings.load(path).store.url)
    async with open_gateway(settings.load(path)) as gateway:
        written(
            tmp_path,
            address='smarthost = "third"',
            more='[[smarthost]]\nname = "third"\nhost = "third.example"\n'
            '[[destination]]\ndomains = ["slow.example"]\npace = "10/min"\n',
        )
        changed = reload(gateway, NullTelemetry(), path)
        assert set(changed) == {"address", "destination", "smarthost"}
        flow = limiter_of(gateway.settings).policy.flow_of("domain:slow.example")
        assert flow.pace == Pace(10, 60, 1)
        sites = sites_of(route_policy(gateway.settings, Tokens(gateway.clock)))
        site = sites.of(SUPPORT, "customer.example")
        assert site is not None
        assert "third.example" in site


async def test_a_router_uses_other_ways_from_then_on(tmp_path: Path) -> None:
    ways = [RoutePolicy(MaildirRoute(tmp_path / name)) for name in ("before", "after")]
    router = Router(ways[0], hostname="mx.acme.example", clock=SystemClock())
    await router.send(leased_delivery(1))
    router.use(ways[1])
    await router.send(leased_delivery(2))
    for name in ("before", "after"):
        assert len(list((tmp_path / name).rglob("new/*"))) == 1, name
