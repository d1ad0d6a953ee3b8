"""TLS and AUTH towards a smarthost: what the settings ask for is never stripped (F24)."""

import asyncio
import base64
import ssl
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from mailgate.model.delivery import AttemptResult, Deferred, Delivered, Reach
from mailgate.oauth.grant import OAuth2, OAuthError, OAuthTrouble
from mailgate.outbound.peer import (
    Bearer,
    Credentials,
    Judged,
    Limits,
    Peer,
    Pkix,
    Timeouts,
    Tls,
    Unchecked,
)
from mailgate.outbound.pool import Pool
from tests.contracts.outbound_world import NOW, leased_delivery
from tests.contracts.scripted_smtp import GREETING, Act, Answer, ScriptedServer, serving
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


def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name relay.example stands for another machine; for the test it leads to this one."""
    loop = asyncio.get_running_loop()
    real: Any = loop.create_connection

    async def connect(*args: Any, host: str, **more: Any) -> Any:
        assert host == "relay.example"
        return await real(*args, host="127.0.0.1", **more)

    monkeypatch.setattr(loop, "create_connection", connect)


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


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
async def test_a_certificate_that_has_run_out_stops_the_mail(
    ca: trustme.CA, ca_file: Path, tls: Tls
) -> None:
    server = starttls(ca, "AUTH PLAIN")
    expired = ca.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC))
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    expired.configure_cert(server.tls)
    server.implicit = tls is Tls.IMPLICIT
    result = await send(server, tls=tls, certificate=Pkix(ca_file), login=ACME)
    assert isinstance(result, Deferred)
    assert (result.reach, "expired" in result.reply.text) == (Reach.SITE, True)
    assert not {"AUTH", "MAIL"} & set(server.verbs)


async def test_a_handshake_that_stalls_stops_the_mail_in_time(
    ca: trustme.CA, ca_file: Path
) -> None:
    server = starttls(ca, "AUTH PLAIN")
    server.stalls = True
    hasty = replace(LIMITS, connect=0.3)
    result = await send(
        server, tls=Tls.STARTTLS, certificate=Pkix(ca_file), login=ACME, timeouts=hasty
    )
    assert isinstance(result, Deferred)
    assert result.reach is Reach.SITE
    assert not {"AUTH", "MAIL"} & set(server.verbs)


async def test_a_server_that_never_begins_tls_stops_the_mail_in_time(ca_file: Path) -> None:
    """TLS from the first byte, to a server that waits for us to say something in clear."""
    server = ScriptedServer({GREETING: [Act.FREEZE]}, offers=("AUTH PLAIN",))
    hasty = replace(LIMITS, connect=0.3)
    result = await send(
        server, tls=Tls.IMPLICIT, certificate=Pkix(ca_file), login=ACME, timeouts=hasty
    )
    assert isinstance(result, Deferred)
    assert (result.reach, server.commands) == (Reach.SITE, [])


# --- where anybody's certificate will do, and where somebody judges it ---------------------------


async def test_opportunistic_tls_is_taken_whatever_the_certificate(ca: trustme.CA) -> None:
    server = starttls(ca, name="other.example")
    result = await send(server, tls=Tls.OPPORTUNISTIC, certificate=Unchecked())
    assert isinstance(result, Delivered)
    assert server.verbs[:4] == ["EHLO", "STARTTLS", "EHLO", "MAIL"]


@pytest.mark.parametrize("answer", [b"454 4.7.0 not available\r\n", b"220 go on\r\n", Act.CLOSE])
async def test_where_opportunistic_tls_fails_the_mail_goes_without(answer: Answer) -> None:
    """RFC 7435: by a new connection, for what was said in a handshake cannot be gone on with."""
    server = ScriptedServer({"STARTTLS": [answer]}, offers=("STARTTLS",))
    server.stalls = answer == b"220 go on\r\n"
    hasty = replace(LIMITS, connect=0.3)
    result = await send(server, tls=Tls.OPPORTUNISTIC, certificate=Unchecked(), timeouts=hasty)
    assert isinstance(result, Delivered)
    assert (server.connections, server.verbs.count("STARTTLS")) == (2, 1)


@pytest.mark.parametrize("certificate", [Unchecked(), None])
async def test_no_password_goes_where_tls_may_be_missing_or_be_anybodys(
    ca: trustme.CA, ca_file: Path, monkeypatch: pytest.MonkeyPatch, certificate: Unchecked | None
) -> None:
    elsewhere(monkeypatch)
    server = starttls(ca, "AUTH PLAIN")
    tls = Tls.OPPORTUNISTIC if certificate is None else Tls.STARTTLS
    check = certificate or Pkix(ca_file)
    result = await send(server, host="relay.example", tls=tls, certificate=check, login=ACME)
    assert isinstance(result, Deferred)
    assert not {"AUTH", "MAIL"} & set(server.verbs)


@dataclass(frozen=True)
class Judge:
    """Takes one certificate, by its octets."""

    octets: bytes

    def __call__(self, secured: ssl.SSLObject) -> str | None:
        return None if secured.getpeercert(binary_form=True) == self.octets else "not the one"


@pytest.mark.parametrize("known", [True, False])
async def test_a_judge_sees_the_certificate_before_anything_is_said(
    ca: trustme.CA, known: bool
) -> None:
    server = starttls(ca, "AUTH PLAIN")
    issued = ca.issue_cert("other.example")
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(server.tls)
    octets = ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())
    judged = Judged(Judge(octets if known else b""))
    result = await send(server, tls=Tls.STARTTLS, certificate=judged, login=ACME)
    if known:
        assert isinstance(result, Delivered)
        return
    assert isinstance(result, Deferred)
    assert (result.reach, result.reply.text) == (Reach.SITE, "not the one")
    assert server.verbs == ["EHLO", "STARTTLS"]


async def test_the_address_is_dialled_and_the_name_is_checked(
    ca: trustme.CA, ca_file: Path
) -> None:
    server = starttls(ca, name="mx.acme.example")
    named = {"host": "mx.acme.example", "ip": "127.0.0.1", "certificate": Pkix(ca_file)}
    assert isinstance(await send(server, tls=Tls.STARTTLS, **named), Delivered)
    named["host"] = "mx2.acme.example"
    assert isinstance(await send(server, tls=Tls.STARTTLS, **named), Deferred)


async def test_authorities_that_are_written_anew_hold_at_once(
    ca: trustme.CA, ca_file: Path
) -> None:
    current = ca_file.read_bytes()
    trustme.CA().cert_pem.write_to_path(str(ca_file))
    asked = {"tls": Tls.STARTTLS, "certificate": Pkix(ca_file)}
    assert isinstance(await send(starttls(ca), **asked), Deferred)
    ca_file.write_bytes(current)
    assert isinstance(await send(starttls(ca), **asked), Delivered)


# --- who we are ----------------------------------------------------------------------------------


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
    elsewhere(monkeypatch)
    server = ScriptedServer(offers=("AUTH PLAIN",))
    result = await send(server, host="relay.example", login=ACME)
    assert isinstance(result, Deferred)
    assert not {"AUTH", "MAIL"} & set(server.verbs)


@pytest.mark.parametrize(
    "told",
    [
        f"5.7.8 unrecognised: AUTH PLAIN {PLAIN}",
        f"5.7.8 unrecognised: auth plain {PLAIN.lower()[:16]}...",
        f"5.7.8 what is {PLAIN[:10]}\r\n{PLAIN[10:]}",
        "5.7.8 acme may not log in with hunter2",
        "5.7.8 no: " + base64.b64encode(b"hunter2").decode(),
    ],
)
async def test_a_reply_that_repeats_the_password_is_not_kept(told: str) -> None:
    *lines, last = told.splitlines()
    answer = "".join(f"535-{line}\r\n" for line in lines) + f"535 {last}\r\n"
    server = ScriptedServer({"AUTH": [answer.encode()]}, offers=("AUTH PLAIN",))
    result = await send(server, login=ACME)
    assert isinstance(result, Deferred)
    assert (result.reply.code, result.reply.status) == (535, "5.7.8")
    assert result.reply.text == "5.7.8 the reply repeats the login, and is not shown"


async def test_nor_one_that_repeats_a_token() -> None:
    server = ScriptedServer(offers=("AUTH XOAUTH2",))
    server.script = {"AUTH": [f"535 5.7.8 {bearer(one)}\r\n".encode() for one in ("0ld", "fr3sh")]}
    result = await send(server, login=Bearer("acme", GRANT, OneToken("0ld", "fr3sh")))
    assert result.reply.text == "5.7.8 the reply repeats the login, and is not shown"


async def test_why_a_login_is_refused_is_kept() -> None:
    answer = b"535 5.7.8 acme: authentication failed: bad password\r\n"
    server = ScriptedServer({"AUTH": [answer]}, offers=("AUTH PLAIN",))
    result = await send(server, login=ACME)
    assert result.reply.text == "5.7.8 acme: authentication failed: bad password"


class OneToken:
    """Hands out tokens in order."""

    def __init__(self, *tokens: str) -> None:
        self.left = list(tokens)
        self.forgotten: list[str] = []

    async def access_token(self, credentials: OAuth2) -> str:
        if not self.left:
            raise OAuthError(OAuthTrouble.SIGN_IN, "sign in there again")
        return self.left[0]

    def forget(self, credentials: OAuth2, token: str) -> None:
        self.forgotten.append(self.left.pop(0))


GRANT = OAuth2("https://localhost/token", "mailgate", None, Path("refresh"), "smtp")


def bearer(token: str) -> str:
    """As Google and Microsoft describe XOAUTH2."""
    said = base64.b64encode(f"user=acme\1auth=Bearer {token}\1\1".encode()).decode()
    return f"AUTH XOAUTH2 {said}"


async def test_a_token_over_tls(ca: trustme.CA, ca_file: Path) -> None:
    server = starttls(ca, "AUTH PLAIN XOAUTH2")
    login = Bearer("acme", GRANT, OneToken("t0ken"))
    result = await send(server, tls=Tls.STARTTLS, certificate=Pkix(ca_file), login=login)
    assert isinstance(result, Delivered)
    assert bearer("t0ken") in server.commands


async def test_a_token_that_was_taken_back_is_tried_once_more_with_a_fresh_one(
    ca: trustme.CA, ca_file: Path
) -> None:
    """The challenge with the reason is answered with an empty line."""
    server = starttls(ca, "AUTH XOAUTH2")
    why = base64.b64encode(b'{"status":"401"}')
    server.script = {"AUTH": [b"334 " + why + b"\r\n", b"535 5.7.8 not accepted\r\n"]}
    tokens = OneToken("old", "fresh")
    login = Bearer("acme", GRANT, tokens)
    result = await send(server, tls=Tls.STARTTLS, certificate=Pkix(ca_file), login=login)
    assert isinstance(result, Delivered)
    said = [command for command in server.commands if not command.startswith(("E", "S"))][:3]
    assert said == [bearer("old"), "", bearer("fresh")]
    assert tokens.forgotten == ["old"]


@pytest.mark.parametrize(
    ("offer", "tokens", "text"),
    [
        ("AUTH PLAIN LOGIN", ("t0ken",), "the next hop offers no AUTH XOAUTH2"),
        ("AUTH XOAUTH2", (), "sign in there again"),
    ],
)
async def test_where_no_token_can_be_used_the_mail_waits(
    ca: trustme.CA, ca_file: Path, offer: str, tokens: tuple[str, ...], text: str
) -> None:
    server = starttls(ca, offer)
    login = Bearer("acme", GRANT, OneToken(*tokens))
    result = await send(server, tls=Tls.STARTTLS, certificate=Pkix(ca_file), login=login)
    assert isinstance(result, Deferred)
    assert (result.reach, result.reply.text) == (Reach.SITE, text)
    assert not {"AUTH", "MAIL"} & set(server.verbs)


async def test_a_refused_token_is_in_no_reply(ca: trustme.CA, ca_file: Path) -> None:
    server = starttls(ca, "AUTH XOAUTH2")
    server.script = {"AUTH": [b"535 5.7.8 no\r\n"] * 2}
    login = Bearer("acme", GRANT, OneToken("t0ken", "t0ken"))
    result = await send(server, tls=Tls.STARTTLS, certificate=Pkix(ca_file), login=login)
    assert isinstance(result, Deferred)
    assert (result.reach, result.reply.code) == (Reach.SITE, 535)
    assert "t0ken" not in f"{result}{login}"


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
