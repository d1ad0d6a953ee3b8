"""Behind a balancer (security rows 27 and 24): its PROXY header says who the client is."""

import asyncio
import ssl
from ipaddress import ip_network
from pathlib import Path

import trustme

from mailgate.ingest.listener import SessionLimits
from mailgate.ingest.proxy import SIGNATURE
from mailgate.ingest.smtp import TlsMode
from tests.dialogues.place import LOOPBACK, Client, Place, open_place
from tests.harness.clock import FakeClock

ELSEWHERE = (ip_network("192.0.2.0/24"),)


async def through(place: Place, header: bytes) -> Client:
    client = await place.connect()
    client.send(header)
    return client


def line(source: str) -> bytes:
    return f"PROXY TCP4 {source} 198.51.100.1 56324 25\r\n".encode()


async def test_the_client_is_whom_the_header_names(tmp_path: Path) -> None:
    async with open_place(tmp_path, proxy_networks=LOOPBACK, trusted_networks=ELSEWHERE) as place:
        client = await through(place, line("192.0.2.7") + b"EHLO relay.example\r\n")
        assert (await client.reply()).startswith("220 ")
        assert (await client.reply()).startswith("250")
        (session,) = place.sessions
        assert session.peer.address == "192.0.2.7"
        assert session.peer.trusted

        await through(place, line("198.51.100.9"))
        stranger = place.clients[-1]
        assert (await stranger.reply()).startswith("220 ")
        assert {each.peer.trusted for each in place.sessions} == {True, False}


async def test_version_2_and_a_balancer_that_looks_whether_we_live(tmp_path: Path) -> None:
    async with open_place(tmp_path, proxy_networks=LOOPBACK) as place:
        source = bytes([203, 0, 113, 5, 198, 51, 100, 1, 0, 99, 0, 25])
        client = await through(place, SIGNATURE + b"\x21\x11\x00\x0c" + source)
        assert (await client.reply()).startswith("220 ")
        (session,) = place.sessions
        assert session.peer.address == "203.0.113.5"
        local = await through(place, SIGNATURE + b"\x20\x00\x00\x00")
        assert (await local.reply()).startswith("220 ")


async def test_a_balancer_that_names_nobody_is_no_relay_of_ours(tmp_path: Path) -> None:
    """Neither LOCAL nor UNKNOWN says whose mail it is: trusted_networks mean the client."""
    async with open_place(tmp_path, proxy_networks=LOOPBACK, trusted_networks=LOOPBACK) as place:
        for header in (SIGNATURE + b"\x20\x00\x00\x00", b"PROXY UNKNOWN\r\n"):
            client = await through(place, header)
            assert (await client.reply()).startswith("220 ")
        assert [each.peer.address for each in place.sessions] == ["127.0.0.1"] * 2
        assert not any(each.peer.trusted for each in place.sessions)


async def test_limits_are_those_of_the_client(tmp_path: Path) -> None:
    limits = SessionLimits(connections_per_peer=1, connections_per_network=1, unknown_delay=0)
    async with open_place(tmp_path, proxy_networks=LOOPBACK, limits=limits) as place:
        assert (await (await through(place, line("192.0.2.1"))).reply()).startswith("220 ")
        again = await through(place, line("192.0.2.1"))
        assert (await again.reply()).startswith("421 4.7.0 Too many connections from you")
        assert (await (await through(place, line("192.0.2.2"))).reply()).startswith("421 ")
        assert (await (await through(place, line("198.51.100.1"))).reply()).startswith("220 ")
        assert place.record.refusals == ["too_many_from_peer", "too_many_from_network"]


async def test_messages_a_minute(tmp_path: Path) -> None:
    limits = SessionLimits(messages_per_minute=2, unknown_delay=0)
    async with open_place(tmp_path, proxy_networks=LOOPBACK, limits=limits) as place:
        client = await through(place, line("192.0.2.1"))
        await client.reply()
        await client.say("EHLO client.example")
        for _ in range(2):
            assert (await client.say("MAIL FROM:<>")).startswith("250 ")
            await client.say("RSET")
        assert (await client.say("MAIL FROM:<>")).startswith("450 4.7.1 ")


async def test_no_header_no_session(tmp_path: Path) -> None:
    async with open_place(tmp_path, proxy_networks=LOOPBACK) as place:
        for start in (
            b"EHLO client.example\r\n",
            b"EHLO x\r\n",  # shorter than any header, and it waits for us now
            b"\r\n\r\n\n",
            b"PROXY TCP4 192.0.2.7\r\n",
            b"PROXY " + b"x" * 200,
        ):
            client = await through(place, start)
            assert (await client.reply()).startswith("421 4.7.0 ")
            assert await client.is_closed()
        assert place.record.refusals == ["no_proxy_header"] * 5
        assert place.sessions == set()


async def test_a_header_from_anywhere_else_is_not_believed(tmp_path: Path) -> None:
    async with open_place(tmp_path, proxy_networks=ELSEWHERE) as place:
        client = await through(place, line("192.0.2.7"))
        assert (await client.reply()).startswith("421 4.7.0 ")
        assert await client.is_closed()


async def test_a_balancer_that_says_nothing_is_not_waited_for(tmp_path: Path) -> None:
    limits = SessionLimits(handshake=0.05)
    async with open_place(tmp_path, proxy_networks=LOOPBACK, limits=limits) as place:
        client = await place.connect()
        assert (await client.reply()).startswith("421 4.7.0 ")


async def test_tls_begins_right_behind_the_header(tmp_path: Path) -> None:
    authority = trustme.CA()
    path = tmp_path / "mx.pem"
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(path)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    async with open_place(
        tmp_path, proxy_networks=LOOPBACK, tls=TlsMode.IMPLICIT, certificate=path
    ) as place:
        client = await through(place, line("192.0.2.7"))
        await client.writer.start_tls(trust, server_hostname="localhost")
        assert (await client.reply()).startswith("220 ")
        (session,) = place.sessions
        assert session.secure
        assert session.peer.address == "192.0.2.7"


async def test_an_unknown_recipient_is_answered_late(tmp_path: Path) -> None:
    """Row 23: guessing is slow, and commands behind it wait for their turn."""
    clock = FakeClock()
    limits = SessionLimits(unknown_delay=5)
    async with open_place(tmp_path, clock=clock, limits=limits) as place:
        client = await place.greeted()
        await client.say("EHLO client.example")
        client.send(b"MAIL FROM:<>\r\nRCPT TO:<guess@acme.example>\r\nNOOP\r\n")
        assert (await client.reply()).startswith("250 2.1.0 ")
        await asyncio.sleep(0)
        waits = asyncio.gather(client.reply())
        await clock.advance(4)
        assert not waits.done()
        await clock.advance(2)
        assert (await waits)[0].startswith("550 5.1.1 ")
        assert (await client.reply()) == "250 2.0.0 OK"
