"""TLS and AUTH towards a smarthost: what the settings ask for is never stripped (F24)."""

import asyncio
import base64
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from mailgate.model.delivery import AttemptResult, Deferred, Delivered
from mailgate.outbound.peer import Credentials, Limits, Peer, Pkix, Timeouts, Tls
from mailgate.outbound.pool import Pool
from tests.contracts.outbound_world import NOW, leased_delivery
from tests.contracts.scripted_smtp import Act, Answer, ScriptedServer, serving
from tests.harness.clock import FakeClock

ACME = Credentials("acme", "hunter2")
PLAIN = base64.b64encode(b"\0acme\0hunter2").decode()
LIMITS = Timeouts(connect=5, command=5, data=5, total=10)


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(ca: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return path


def context(ca: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name).configure_cert(server)
    return server


async def send(server: ScriptedServer, **settings: object) -> AttemptResult:
    async with serving(server):
        peer = Peer("127.0.0.1", server.port, "mail.acme.example", timeouts=LIMITS)
        peer = replace(peer, **settings)  # type: ignore[arg-type]  # any field of the peer
        pool = Pool(peer, Limits(), clock=FakeClock(NOW))
        try:
            return await pool.send(leased_delivery())
        finally:
            await pool.close()


def starttls(ca: trustme.CA, *more: str, name: str = "127.0.0.1") -> ScriptedServer:
    return ScriptedServer(offers=("STARTTLS", *more), tls=context(ca, name))


async def test_starttls_with_a_certificate_that_we_trust(ca: trustme.CA, ca_file: Path) -> None:
    server = starttls(ca)
    result = await send(server, tls=Tls.STARTTLS, certificate=Pkix(ca_file))
    assert isinstance(result, Delivered)
    assert server.verbs[:4] == ["EHLO", "STARTTLS", "EHLO", "MAIL"]


async def test_tls_from_the_first_byte(ca: trustme.CA, ca_file: Path) -> None:
    server = ScriptedServer(tls=context(ca), implicit=True)
    assert isinstance(await send(server, tls=Tls.IMPLICIT, certificate=Pkix(ca_file)), Delivered)


@pytest.mark.parametrize(
    ("offers", "answer"),
    [
        ((), b""),  # taken out of the reply to EHLO
        (("STARTTLS",), b"454 4.7.0 TLS not available\r\n"),
        (("STARTTLS",), b"502 5.5.1 no such command\r\n"),
        (("STARTTLS",), Act.CLOSE),
    ],
)
async def test_a_stripped_starttls_stops_the_mail_and_the_password(
    ca_file: Path, offers: tuple[str, ...], answer: Answer
) -> None:
    server = ScriptedServer({"STARTTLS": [answer]}, offers=(*offers, "AUTH PLAIN LOGIN"))
    result = await send(server, tls=Tls.STARTTLS, certificate=Pkix(ca_file), login=ACME)
    assert isinstance(result, Deferred)
    assert not {"AUTH", "MAIL"} & set(server.verbs)


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
async def test_a_certificate_of_another_name_stops_the_mail(
    ca: trustme.CA, ca_file: Path, tls: Tls
) -> None:
    server = starttls(ca, "AUTH PLAIN", name="other.example")
    server.implicit = tls is Tls.IMPLICIT
    result = await send(server, tls=tls, certificate=Pkix(ca_file), login=ACME)
    assert isinstance(result, Deferred)
    assert "certificate" in result.reply.text.lower()
    assert not {"AUTH", "MAIL"} & set(server.verbs)


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
async def test_a_certificate_of_an_unknown_authority_stops_the_mail(
    ca: trustme.CA, tls: Tls
) -> None:
    server = starttls(ca, "AUTH PLAIN")
    server.implicit = tls is Tls.IMPLICIT
    result = await send(server, tls=tls, login=ACME)
    assert isinstance(result, Deferred)
    assert not {"AUTH", "MAIL"} & set(server.verbs)


async def test_plain_over_tls(ca: trustme.CA, ca_file: Path) -> None:
    server = starttls(ca, "AUTH LOGIN PLAIN")
    result = await send(server, tls=Tls.STARTTLS, certificate=Pkix(ca_file), login=ACME)
    assert isinstance(result, Delivered)
    assert f"AUTH PLAIN {PLAIN}" in server.commands


async def test_login_where_nothing_else_is_offered(ca: trustme.CA, ca_file: Path) -> None:
    server = starttls(ca, "AUTH LOGIN")
    server.script = {"AUTH": [b"334 UGFzc3dvcmQ6\r\n"]}
    result = await send(server, tls=Tls.STARTTLS, certificate=Pkix(ca_file), login=ACME)
    assert isinstance(result, Delivered)
    assert base64.b64encode(b"hunter2").decode() in server.commands


async def test_a_mechanism_that_we_do_not_speak_is_no_reason_to_give_up(
    ca: trustme.CA, ca_file: Path
) -> None:
    server = starttls(ca, "AUTH CRAM-MD5")
    result = await send(server, tls=Tls.STARTTLS, certificate=Pkix(ca_file), login=ACME)
    assert isinstance(result, Deferred)
    assert "AUTH" not in server.verbs


async def test_a_password_goes_without_tls_to_the_own_machine() -> None:
    server = ScriptedServer(offers=("AUTH PLAIN",))
    assert isinstance(await send(server, login=ACME), Delivered)
    assert f"AUTH PLAIN {PLAIN}" in server.commands


async def test_a_password_goes_without_tls_to_no_other_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name stands for another machine; for the test it leads to this one."""
    loop = asyncio.get_running_loop()
    real: Any = loop.create_connection

    async def elsewhere(*args: Any, host: str, **more: Any) -> Any:
        assert host == "relay.example"
        return await real(*args, host="127.0.0.1", **more)

    monkeypatch.setattr(loop, "create_connection", elsewhere)
    server = ScriptedServer(offers=("AUTH PLAIN",))
    result = await send(server, host="relay.example", login=ACME)
    assert isinstance(result, Deferred)
    assert not {"AUTH", "MAIL"} & set(server.verbs)


async def test_a_refused_password_is_ours_to_mend_and_delays_the_mail(
    ca: trustme.CA, ca_file: Path
) -> None:
    server = starttls(ca, "AUTH PLAIN")
    server.script = {"AUTH": [b"535 5.7.8 credentials invalid\r\n"]}
    result = await send(server, tls=Tls.STARTTLS, certificate=Pkix(ca_file), login=ACME)
    assert isinstance(result, Deferred)
    assert (result.reply.code, result.reply.text) == (535, "5.7.8 credentials invalid")
    assert "hunter2" not in str(result)
    assert PLAIN not in str(result)
