"""Straight to a real mail server: Postfix with TLS, by DANE and by MTA-STS."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from mailgate.model.delivery import Deferred, Delivered
from mailgate.outbound.peer import Pkix
from tests.contracts.mx_world import der, tlsa, world
from tests.harness.clock import FakeClock
from tests.harness.ports import free_ports
from tests.harness.postfix import Postfix, Transports, running_postfix

pytestmark = pytest.mark.servers("postfix")

HONG = "hong@shop.internal"
MX = "mx.shop.internal"
TLS = """\
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = {file}
"""
RECORDS = {("shop.internal", "MX"): [f"10 {MX}."], (MX, "A"): ["127.0.0.1"]}
POLICY = f"version: STSv1\nmode: enforce\nmx: {MX}\nmax_age: 86400\n"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def certificate(authority: trustme.CA) -> trustme.LeafCert:
    return authority.create_child_ca().issue_cert(MX)


@pytest.fixture(scope="module")
def server(
    certificate: trustme.LeafCert, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Postfix]:
    file = tmp_path_factory.mktemp("tls") / "chain.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(str(file))
    (port,) = free_ports(1)
    tlsmgr = Transports("tlsmgr unix - - n 1000? 1 tlsmgr\n")
    more = TLS.format(file=file)
    with running_postfix(port, mailboxes=[HONG], routes={}, transports=tlsmgr, more=more) as it:
        yield it


@pytest.mark.parametrize(("usage", "of", "goes"), [(3, 0, True), (2, 1, True), (3, 1, False)])
async def test_dane(
    server: Postfix, certificate: trustme.LeafCert, usage: int, of: int, goes: bool
) -> None:
    records = RECORDS | {
        (f"_PORT._tcp.{MX}", "TLSA"): [tlsa(usage, der(certificate.cert_chain_pems[of]))]
    }
    clock = FakeClock(datetime.now(UTC))
    async with world(records, {}, port=server.port, clock=clock) as it:
        it.dns.secure |= {"shop.internal", MX, f"_{server.port}._tcp.{MX}"}
        assert isinstance(await it.send(HONG), Delivered if goes else Deferred)


@pytest.mark.parametrize("known", [True, False])
async def test_mta_sts(server: Postfix, authority: trustme.CA, tmp_path: Path, known: bool) -> None:
    """The policy wants a certificate of an authority that we know."""
    (authority if known else trustme.CA()).cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    async def fetch(domain: str) -> str:
        return POLICY

    records = RECORDS | {("_mta-sts.shop.internal", "TXT"): ['"v=STSv1; id=1"']}
    authorities = Pkix(tmp_path / "ca.pem")
    async with world(records, {}, port=server.port, fetch=fetch, authorities=authorities) as it:
        assert isinstance(await it.send(HONG), Delivered if known else Deferred)
