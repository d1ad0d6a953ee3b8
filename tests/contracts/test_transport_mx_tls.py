"""TLS to the recipients' mail servers: as offered, by DANE (RFC 7672), by MTA-STS (RFC 8461)."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from mailgate.clock import SystemClock
from mailgate.model.delivery import Deferred, Delivered, Reach
from mailgate.outbound.mtastsfetch import NotFetched, fetch_policy
from mailgate.outbound.mxpolicies import policy_fetcher
from mailgate.outbound.peer import Pkix
from mailgate.resolver.resolver import CachingResolver
from mailgate.resolver.servers import NameServers
from mailgate.telemetry.null import NullTelemetry
from tests.contracts.mx_world import LOOPBACK, World, der, secured, tlsa, world
from tests.contracts.scripted_smtp import Act, ScriptedServer
from tests.harness.clock import FakeClock
from tests.harness.nameserver import name_server

ONE, TWO = "127.0.0.2", "127.0.0.3"
MX1, MX2 = "mx1.shop.internal", "mx2.shop.internal"
SHOP: dict[tuple[str, str], list[str]] = {
    ("shop.internal", "MX"): [f"10 {MX1}.", f"20 {MX2}."],
    (MX1, "A"): [ONE],
    (MX2, "A"): [TWO],
}
SECURE: set[str | None] = {"shop.internal", MX1, MX2}


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


def said_over_tls(server: ScriptedServer) -> bool:
    return "STARTTLS" in server.verbs and bool(server.messages)


# --- as offered (RFC 7435) ----------------------------------------------------------------------


async def test_tls_is_taken_where_it_is_offered_whatever_the_certificate(ca: trustme.CA) -> None:
    expired = ca.issue_cert("other.internal", not_after=datetime(2020, 1, 1, tzinfo=UTC))
    async with world(SHOP, {ONE: secured(expired)}) as it:
        assert isinstance(await it.send(), Delivered)
        assert said_over_tls(it.servers[ONE])


async def test_without_an_offer_it_goes_in_the_clear() -> None:
    async with world(SHOP, {ONE: ScriptedServer()}) as it:
        assert isinstance(await it.send(), Delivered)


@pytest.mark.parametrize("answer", [b"454 4.7.0 not now\r\n", b"220 go on\r\nrubbish\r\n"])
async def test_a_handshake_that_fails_is_once_followed_by_a_connection_in_the_clear(
    answer: bytes,
) -> None:
    broken = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # without a certificate
    server = ScriptedServer({"STARTTLS": [answer]}, offers=("STARTTLS",), tls=broken)
    async with world(SHOP, {ONE: server}) as it:
        assert isinstance(await it.send(), Delivered)
        assert server.connections == 2
        assert server.verbs.count("STARTTLS") == 1


# --- DANE ---------------------------------------------------------------------------------------


def with_tlsa(*lines: str, host: str = MX1) -> dict[tuple[str, str], list[str]]:
    return SHOP | {(f"_PORT._tcp.{host}", "TLSA"): list(lines)}


@asynccontextmanager
async def dane_world(
    records: Mapping[tuple[str, str], list[str]],
    servers: Mapping[str, ScriptedServer],
    secure: set[str | None] = SECURE,
) -> AsyncIterator[World]:
    async with world(records, servers, clock=FakeClock(datetime.now(UTC))) as it:
        it.dns.secure |= secure | {f"_{it.port}._tcp.{host}" for host in (MX1, MX2)}
        yield it


@dataclass(frozen=True)
class Held:
    """What stands in the TLSA records, out of the chain (the server's own first), and whether a
    mail goes by."""

    usage: int
    of: int
    goes: bool
    name: str = MX1
    expired: bool = False


@pytest.mark.parametrize(
    "held",
    [
        Held(usage=3, of=0, goes=True),
        Held(usage=3, of=0, goes=True, name="other.internal"),  # RFC 7672 §3.1.1
        Held(usage=3, of=0, goes=True, expired=True),
        Held(usage=3, of=1, goes=False),
        Held(usage=2, of=1, goes=True),
        Held(usage=2, of=1, goes=True, name="shop.internal"),  # RFC 7672 §3.2.2
        Held(usage=2, of=1, goes=False, name="other.internal"),
        Held(usage=2, of=1, goes=False, expired=True),
        Held(usage=2, of=0, goes=False),
    ],
)
async def test_dane(ca: trustme.CA, held: Held) -> None:
    day = timedelta(days=1)
    until = datetime.now(UTC) + (-day if held.expired else day)
    cert = ca.create_child_ca().issue_cert(held.name, not_after=until)
    record = tlsa(held.usage, der(cert.cert_chain_pems[held.of]))
    async with dane_world(with_tlsa(record), {ONE: secured(cert)}) as it:
        result = await it.send()
        server = it.servers[ONE]
        if held.goes:
            assert isinstance(result, Delivered), result
            assert said_over_tls(server)
        else:
            assert isinstance(result, Deferred)
            assert result.reach is Reach.SITE
            assert "MAIL" not in server.verbs


async def test_a_server_without_the_right_certificate_is_passed_over(ca: trustme.CA) -> None:
    right, wrong = ca.issue_cert(MX2), ca.issue_cert(MX1)
    records = with_tlsa(tlsa(3, b"another")) | {
        (f"_PORT._tcp.{MX2}", "TLSA"): [tlsa(3, der(right.cert_chain_pems[0]))]
    }
    async with dane_world(records, {ONE: secured(wrong), TWO: secured(right)}) as it:
        assert isinstance(await it.send(), Delivered)
        assert it.servers[ONE].messages == []
        assert said_over_tls(it.servers[TWO])


@pytest.mark.parametrize("offer", [(), ("STARTTLS",)])
async def test_dane_lets_nobody_strip_tls(offer: tuple[str, ...]) -> None:
    script = {"STARTTLS": [b"454 4.7.0 no\r\n", b"454 4.7.0 no\r\n"]}
    server = ScriptedServer(script, offers=offer)
    async with dane_world(with_tlsa(tlsa(3, b"x")), {ONE: server}) as it:
        result = await it.send()
        assert isinstance(result, Deferred)
        assert "MAIL" not in server.verbs


@pytest.mark.parametrize("record", ["0 0 1 " + "5f" * 32, "3 7 1 " + "5f" * 32])
async def test_records_that_nobody_can_use_ask_for_tls_alone(ca: trustme.CA, record: str) -> None:
    async with dane_world(with_tlsa(record), {ONE: secured(ca.issue_cert("x.internal"))}) as it:
        assert isinstance(await it.send(), Delivered)
        assert said_over_tls(it.servers[ONE])
    async with dane_world(with_tlsa(record), {ONE: ScriptedServer()}) as it:
        assert isinstance(await it.send(), Deferred)


async def test_a_dns_that_keeps_the_records_back_keeps_the_mail_back(ca: trustme.CA) -> None:
    """Else whoever drops the answer would have taken TLS away (RFC 7672 §2.2)."""
    servers = {ONE: ScriptedServer(), TWO: ScriptedServer()}
    async with dane_world(SHOP, servers) as it:
        it.dns.fails |= {f"_{it.port}._tcp.{host}" for host in (MX1, MX2)}
        result = await it.send()
        assert isinstance(result, Deferred)
        assert result.reply.status == "4.7.5"
        assert all(not server.connections for server in servers.values())


@pytest.mark.parametrize("insecure", ["shop.internal", MX1])
async def test_a_chain_that_is_not_validated_says_nothing(ca: trustme.CA, insecure: str) -> None:
    async with dane_world(
        with_tlsa(tlsa(3, b"x")), {ONE: ScriptedServer()}, SECURE - {insecure}
    ) as it:
        assert isinstance(await it.send(), Delivered)
        assert f"_{it.port}._tcp.{MX1}" not in it.dns.asked


async def test_a_domain_that_is_its_own_server_may_have_dane(ca: trustme.CA) -> None:
    cert = ca.issue_cert("shop.internal")
    records = {
        ("shop.internal", "A"): [ONE],
        ("_PORT._tcp.shop.internal", "TLSA"): [tlsa(3, der(cert.cert_chain_pems[0]))],
    }
    async with world(records, {ONE: secured(cert)}) as it:
        it.dns.secure |= {"shop.internal", f"_{it.port}._tcp.shop.internal"}
        assert isinstance(await it.send(), Delivered)
        assert said_over_tls(it.servers[ONE])


# --- MTA-STS -------------------------------------------------------------------------------------

STS = SHOP | {("_mta-sts.shop.internal", "TXT"): ['"v=STSv1; id=20260101;"']}


def policy(mode: str, *mx: str, max_age: int = 86400 * 30) -> str:
    lines = ["version: STSv1", f"mode: {mode}", f"max_age: {max_age}"]
    return "\r\n".join([*lines, *(f"mx: {each}" for each in mx), ""])


@dataclass
class PolicyServer:
    """Gives this text, or nothing."""

    text: str | None
    asked: int = 0

    async def __call__(self, domain: str) -> str:
        self.asked += 1
        if self.text is None:
            raise NotFetched("it cannot be reached")
        return self.text


@pytest.fixture
def authorities(ca: trustme.CA, tmp_path: Path) -> Pkix:
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return Pkix(tmp_path / "ca.pem")


@dataclass(frozen=True)
class Case:
    policy: str
    goes: bool
    certified: str = MX1
    """Whose name stands in the first server's certificate; "" for one without TLS, "*" for one
    of an authority that nobody knows."""
    servers: tuple[str, ...] = field(default=(ONE,))


@pytest.mark.parametrize(
    "case",
    [
        Case(policy("enforce", MX1), goes=True),
        Case(policy("enforce", "*.shop.internal"), goes=True),
        Case(policy("enforce", "*.internal"), goes=False),
        Case(policy("enforce", "mx9.shop.internal"), goes=False),
        Case(policy("enforce", MX1), goes=False, certified=""),
        Case(policy("enforce", MX1), goes=False, certified="*"),
        Case(policy("enforce", MX1), goes=False, certified="other.internal"),
        Case(policy("testing", "mx9.shop.internal"), goes=True, certified=""),
        Case(policy("none"), goes=True, certified=""),
        Case("rubbish", goes=True, certified=""),
    ],
)
async def test_mta_sts(ca: trustme.CA, authorities: Pkix, case: Case) -> None:
    by = trustme.CA() if case.certified == "*" else ca
    name = MX1 if case.certified == "*" else case.certified
    server = secured(by.issue_cert(name)) if name else ScriptedServer()
    fetch = PolicyServer(case.policy)
    async with world(STS, {ONE: server}, fetch=fetch, authorities=authorities) as it:
        result = await it.send()
        if case.goes:
            assert isinstance(result, Delivered), result
        else:
            assert isinstance(result, Deferred)
            assert result.reach is Reach.SITE
            assert "MAIL" not in server.verbs


async def test_a_server_that_the_policy_names_gets_the_mail(
    ca: trustme.CA, authorities: Pkix
) -> None:
    """The other may be an attacker's, who has put it into the DNS."""
    servers = {ONE: secured(ca.issue_cert(MX1)), TWO: secured(ca.issue_cert(MX2))}
    fetch = PolicyServer(policy("enforce", MX2))
    async with world(STS, servers, fetch=fetch, authorities=authorities) as it:
        assert isinstance(await it.send(), Delivered)
        assert servers[ONE].connections == 0


async def test_a_policy_is_asked_for_once(ca: trustme.CA, authorities: Pkix) -> None:
    fetch = PolicyServer(policy("enforce", MX1))
    server = secured(ca.issue_cert(MX1))
    async with world(STS, {ONE: server}, fetch=fetch, authorities=authorities) as it:
        await asyncio.gather(*(it.send() for _ in range(10)))
        assert fetch.asked == 1


@pytest.mark.parametrize("keeps_record", [True, False])
async def test_a_policy_holds_on_when_its_host_cannot_be_reached(
    ca: trustme.CA, authorities: Pkix, tmp_path: Path, keeps_record: bool
) -> None:
    """After a restart too: who strips STARTTLS strips the record or the host as well."""
    fetch = PolicyServer(policy("enforce", MX1))
    clock = FakeClock()
    good = secured(ca.issue_cert(MX1))
    async with world(
        STS, {ONE: good}, fetch=fetch, authorities=authorities, folder=tmp_path, clock=clock
    ) as it:
        assert isinstance(await it.send(), Delivered)
    await clock.advance(86400 * 2)
    fetch.text = None
    records = STS if keeps_record else SHOP
    async with world(
        records, {ONE: ScriptedServer()}, fetch=fetch, folder=tmp_path, clock=clock
    ) as it:
        assert isinstance(await it.send(), Deferred)
        # Until it has run out.
        await clock.advance(86400 * 30)
        assert isinstance(await it.send(), Delivered)


async def test_a_new_id_brings_the_new_policy(ca: trustme.CA, authorities: Pkix) -> None:
    fetch = PolicyServer(policy("enforce", "mx9.shop.internal"))
    records = dict(STS)
    server = secured(ca.issue_cert(MX1))
    async with world(records, {ONE: server}, fetch=fetch, authorities=authorities) as it:
        assert isinstance(await it.send(), Deferred)
        fetch.text = policy("enforce", MX1)
        it.dns.records = dict(it.dns.records) | {
            ("_mta-sts.shop.internal", "TXT"): ['"v=STSv1; id=20260102;"']
        }
        it.transport._lookup.resolver._cache.clear()  # type: ignore[attr-defined]  # as after its TTL
        assert isinstance(await it.send(), Delivered)
        assert fetch.asked == 2


async def test_a_first_policy_that_cannot_be_had_is_none() -> None:
    fetch = PolicyServer(None)
    clock = FakeClock()
    async with world(STS, {ONE: ScriptedServer()}, fetch=fetch, clock=clock) as it:
        assert isinstance(await it.send(), Delivered)
        assert isinstance(await it.send(), Delivered)
        assert fetch.asked == 1  # again in five minutes
        await clock.advance(301)
        await it.send()
        assert fetch.asked == 2


async def test_dane_goes_before_a_policy(ca: trustme.CA, authorities: Pkix) -> None:
    """A certificate of an authority does not make up for one that the DNS does not name."""
    records = STS | {(f"_PORT._tcp.{MX1}", "TLSA"): [tlsa(3, b"another")]}
    fetch = PolicyServer(policy("enforce", MX1))
    servers = {ONE: secured(ca.issue_cert(MX1))}
    async with world(records, servers, fetch=fetch, authorities=authorities) as it:
        it.dns.secure |= SECURE | {f"_{it.port}._tcp.{MX1}"}
        assert isinstance(await it.send(), Deferred)


# --- the policy's host ----------------------------------------------------------------------------

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
TEXT = policy("enforce", MX1)


def response(body: str, head: str = HEAD) -> bytes:
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


@asynccontextmanager
async def web(ca: trustme.CA, answer: bytes | Act, name: str) -> AsyncIterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name).configure_cert(context)
    over = asyncio.Event()
    done = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            assert request.startswith(b"GET /.well-known/mta-sts.txt HTTP/1.1\r\n")
            assert b"Host: mta-sts.shop.internal\r\n" in request
            if isinstance(answer, Act):
                await over.wait()
            else:
                writer.write(answer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()
            done.set()

    door = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    try:
        yield door.sockets[0].getsockname()[1]
    finally:
        over.set()
        door.close()


def trusting(ca: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    ca.configure_trust(context)
    return context


async def fetched(ca: trustme.CA, answer: bytes | Act, name: str = "mta-sts.shop.internal") -> str:
    async with web(ca, answer, name) as port:
        return await fetch_policy(
            "mta-sts.shop.internal", ["127.0.0.1"], port=port, context=trusting(ca), seconds=3
        )


async def test_a_policy_comes_by_https(ca: trustme.CA) -> None:
    assert await fetched(ca, response(TEXT)) == TEXT
    chunked = f"{HEAD}Transfer-Encoding: chunked\r\n\r\n{len(TEXT):x}\r\n{TEXT}\r\n0\r\n\r\n"
    assert await fetched(ca, chunked.encode()) == TEXT


@pytest.mark.parametrize(
    "answer",
    [
        response(TEXT, "HTTP/1.1 301 Moved\r\nLocation: https://127.0.0.1/\r\n"),
        response(TEXT, "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n"),
        response(TEXT, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"),
        response(TEXT, "HTTP/1.1 200 OK\r\n"),
        response("x" * 70_000),
        f"{HEAD}Content-Length: 1000\r\n\r\n{TEXT}".encode(),
        HEAD.encode() + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"220 mail.shop.internal ESMTP\r\n",
        b"",
    ],
)
async def test_what_is_no_policy_is_none(ca: trustme.CA, answer: bytes) -> None:
    with pytest.raises(NotFetched):
        await fetched(ca, answer)


async def test_a_host_without_the_right_certificate_is_not_believed(ca: trustme.CA) -> None:
    with pytest.raises(NotFetched, match="certificate"):
        await fetched(ca, response(TEXT), "www.shop.internal")
    with pytest.raises(NotFetched, match="certificate"):
        async with web(trustme.CA(), response(TEXT), "mta-sts.shop.internal") as port:
            await fetch_policy(
                "mta-sts.shop.internal", ["127.0.0.1"], port=port, context=trusting(ca)
            )


async def test_a_host_that_says_nothing_is_not_waited_for(ca: trustme.CA) -> None:
    async with web(ca, Act.FREEZE, "mta-sts.shop.internal") as port:
        with pytest.raises(NotFetched, match="in time"):
            await fetch_policy(
                "mta-sts.shop.internal", ["127.0.0.1"], port=port, context=trusting(ca),
                seconds=0.5,
            )  # fmt: skip


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_policy_is_not_asked_for_on_this_machine(ca: trustme.CA, allowed: bool) -> None:
    """The name is a stranger's, and so is the address behind it."""
    records = {("mta-sts.shop.internal", "A"): ["127.0.0.1"]}
    async with (
        web(ca, response(TEXT), "mta-sts.shop.internal") as port,
        name_server(records) as dns,
    ):
        servers = NameServers(lambda: [dns.server], SystemClock())
        resolver = CachingResolver(servers, SystemClock(), NullTelemetry())
        fetch = policy_fetcher(
            resolver, networks=LOOPBACK if allowed else (), port=port, context=trusting(ca)
        )
        if allowed:
            assert await fetch("shop.internal") == TEXT
        else:
            with pytest.raises(NotFetched, match="no address"):
                await fetch("shop.internal")
