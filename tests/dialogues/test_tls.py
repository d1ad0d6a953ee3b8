"""STARTTLS (RFC 3207) and implicit TLS (RFC 8314)."""

import asyncio
import smtplib
import ssl
from pathlib import Path

import pytest
import trustme

from mailgate.ingest.listener import SessionLimits
from mailgate.ingest.smtp import TlsMode
from tests.dialogues.place import LOOPBACK, open_place, until
from tests.harness.clock import FakeClock


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certificate(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "mx.pem"
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(path)
    return path


@pytest.fixture
def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def test_starttls_then_a_message(
    tmp_path: Path, certificate: Path, trust: ssl.SSLContext
) -> None:
    def send(port: int) -> None:
        with smtplib.SMTP("localhost", port, timeout=10) as client:
            client.ehlo()
            assert client.has_extn("STARTTLS")
            client.starttls(context=trust)
            client.ehlo()
            assert not client.has_extn("STARTTLS")
            client.sendmail("a@b.example", ["support@acme.example"], b"Subject: x\r\n")

    async with open_place(tmp_path, tls=TlsMode.STARTTLS, certificate=certificate) as place:
        await asyncio.to_thread(send, place.port)
        assert await place.contents() == [b"Subject: x\r\n"]
        assert place.record.faults == []


async def test_implicit_tls_offers_no_starttls(
    tmp_path: Path, certificate: Path, trust: ssl.SSLContext
) -> None:
    def send(port: int) -> None:
        with smtplib.SMTP_SSL("localhost", port, timeout=10, context=trust) as client:
            client.ehlo()
            assert not client.has_extn("STARTTLS")
            assert client.docmd("STARTTLS")[0] == 503
            client.sendmail("a@b.example", ["support@acme.example"], b"Subject: x\r\n")

    async with open_place(tmp_path, tls=TlsMode.IMPLICIT, certificate=certificate) as place:
        await asyncio.to_thread(send, place.port)
        assert await place.contents() == [b"Subject: x\r\n"]


async def test_commands_injected_before_tls_are_forgotten(
    tmp_path: Path, certificate: Path, trust: ssl.SSLContext
) -> None:
    """CVE-2024-34083, row 15: what came in clear behind STARTTLS was said by anybody."""
    async with open_place(tmp_path, tls=TlsMode.STARTTLS, certificate=certificate) as place:
        client = await place.greeted()
        await client.say("EHLO client.example")
        client.send(b"STARTTLS\r\nNOOP\r\nEHLO evil.example\r\nMAIL FROM:<evil@x.example>\r\n")
        assert (await client.line()).startswith("220 ")
        await client.writer.start_tls(trust, server_hostname="localhost")
        assert (await client.say("MAIL FROM:<a@b.example>")).startswith("503 ")
        assert (await client.say("EHLO client.example")).startswith("250 ")
        assert (await client.say("MAIL FROM:<a@b.example>")).startswith("250 ")


async def test_tls_forgets_the_transaction(
    tmp_path: Path, certificate: Path, trust: ssl.SSLContext
) -> None:
    """RFC 3207 §4.2: nothing that was learnt before TLS is kept."""
    async with open_place(tmp_path, tls=TlsMode.STARTTLS, certificate=certificate) as place:
        client = await place.greeted()
        await client.say("EHLO client.example")
        await client.say("MAIL FROM:<a@b.example>")
        client.send(b"STARTTLS\r\n")
        assert (await client.line()).startswith("220 ")
        await client.writer.start_tls(trust, server_hostname="localhost")
        assert (await client.say("RCPT TO:<support@acme.example>")).startswith("503 ")


async def test_a_handshake_that_fails_ends_the_session_only(
    tmp_path: Path, certificate: Path
) -> None:
    async with open_place(tmp_path, tls=TlsMode.STARTTLS, certificate=certificate) as place:
        client = await place.greeted()
        await client.say("EHLO client.example")
        assert (await client.say("STARTTLS")).startswith("220 ")
        client.send(b"this is no TLS, as anybody can see\r\n")
        assert b"250" not in await client.reader.read()
        assert await (await place.greeted()).say("NOOP") == "250 2.0.0 OK"
        assert place.record.faults == []


async def test_a_handshake_that_never_comes_is_not_waited_for(
    tmp_path: Path, certificate: Path
) -> None:
    clock = FakeClock()
    async with open_place(
        tmp_path, clock=clock, tls=TlsMode.STARTTLS, certificate=certificate
    ) as place:
        client = await place.greeted()
        await client.say("EHLO client.example")
        assert (await client.say("STARTTLS")).startswith("220 ")
        await clock.advance(17)
        assert await client.is_closed()
        await until("the session is over", lambda: not place.sessions)
        assert place.record.refusals == ["idle"]
        assert place.record.faults == []


async def test_a_client_that_vanishes_in_the_handshake_is_forgotten(
    tmp_path: Path, certificate: Path
) -> None:
    """asyncio leaves aiosmtpd's handshake waiting for ever."""
    clock = FakeClock()
    async with open_place(
        tmp_path, clock=clock, tls=TlsMode.STARTTLS, certificate=certificate
    ) as place:
        client = await place.greeted()
        await client.say("EHLO client.example")
        assert (await client.say("STARTTLS")).startswith("220 ")
        client.reset()
        await clock.advance(17)
        await until("the session is over", lambda: not place.sessions)
        assert place.door._premises.admission._open == 0


async def test_closing_does_not_wait_for_a_handshake(tmp_path: Path, certificate: Path) -> None:
    async with open_place(tmp_path, tls=TlsMode.STARTTLS, certificate=certificate) as place:
        client = await place.greeted()
        await client.say("EHLO client.example")
        assert (await client.say("STARTTLS")).startswith("220 ")
        await place.door.close(grace=0)
        assert await client.is_closed()


async def test_lmtp_speaks_starttls(
    tmp_path: Path, certificate: Path, trust: ssl.SSLContext
) -> None:
    """aiosmtpd refuses LHLO where TLS is asked for."""
    async with open_place(
        tmp_path, protocol="lmtp", tls=TlsMode.STARTTLS, certificate=certificate
    ) as place:
        client = await place.greeted()
        assert (await client.say("LHLO client.example")).startswith("250 ")
        assert (await client.say("STARTTLS")).startswith("220 ")
        await client.writer.start_tls(trust, server_hostname="localhost")
        assert (await client.say("LHLO client.example")).startswith("250 ")


@pytest.mark.parametrize("header", [b"", b"PROXY TCP4 127.0.0.1 127.0.0.1 5000 465\r\n"])
async def test_who_never_ends_the_handshake_has_no_more_places_than_others(
    tmp_path: Path, certificate: Path, trust: ssl.SSLContext, header: bytes
) -> None:
    """A connection without a handshake holds a file descriptor, as a session does."""
    limits = SessionLimits(connections=20, reserved=5, connections_per_peer=3)
    async with open_place(
        tmp_path,
        tls=TlsMode.IMPLICIT,
        certificate=certificate,
        limits=limits,
        proxy_networks=LOOPBACK if header else None,
    ) as place:
        silent = [await place.connect() for _ in range(8)]
        for client in silent:
            client.send(header)
        await until("it refused", lambda: len(place.record.refusals) == 5)
        assert set(place.record.refusals) == {"too_many_from_peer"}
        for client in silent[:3]:
            client.writer.close()
        await until("places are free", lambda: place.handshakes == 0)
        client = await place.connect()
        client.send(header)
        await client.writer.start_tls(trust, server_hostname="localhost")
        assert (await client.reply()).startswith("220 ")
