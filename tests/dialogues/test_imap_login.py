"""Greetings, TLS and logins, with servers that are strange, hostile, tired or gone."""

import asyncio
import base64
import logging
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from mailgate.clock import SystemClock
from mailgate.ingest.imap.opening import open_session
from mailgate.ingest.imap.session import (
    Credentials,
    ImapTrouble,
    Password,
    TlsMode,
)
from tests.dialogues.imap_place import OAUTH, OK, OneToken, account, refused
from tests.harness.imapserver import Answer, Drop, Freeze, ImapServer, Said, serving


@pytest.fixture(name="password")
def password_file(tmp_path: Path) -> Password:
    file = tmp_path / "password"
    file.write_text("correct horse\n")
    return Password(file)


# --- opening -------------------------------------------------------------------------------


async def test_the_dialogue_of_a_login(password: Password) -> None:
    """Capabilities are asked for again after the login: they change with it."""
    async with serving(ImapServer()) as server:
        opened = await open_session(
            account(server, password), clock=SystemClock(), tokens=OneToken("none")
        )
        assert opened.capabilities == {"IMAP4REV1", "IDLE", "UIDPLUS", "MOVE"}
        await opened.close()
        await opened.close()
        assert opened.closed
    assert server.heard == ["CAPABILITY", 'LOGIN "support" "correct horse"', "CAPABILITY", "LOGOUT"]


GREETINGS: list[tuple[Said, ImapTrouble, str]] = [
    (b"* BYE shutting down\r\n", ImapTrouble.BYE, "BYE shutting down"),
    (b"* BYE [ALERT] Too many connections\r\n", ImapTrouble.THROTTLED, "Too many connections"),
    (Drop(b""), ImapTrouble.UNREACHABLE, "the connection was lost"),
    (Drop(b"* OK rea"), ImapTrouble.UNREACHABLE, "the connection was lost"),
    (Freeze(b""), ImapTrouble.TIMEOUT, "said nothing for 3 s while waiting for its greeting"),
    (Freeze(b"* OK rea"), ImapTrouble.TIMEOUT, "said nothing"),
    (b"220 mx.example ESMTP\r\n", ImapTrouble.PROTOCOL, "answers nothing"),
    (b"* 9 EXISTS\r\n", ImapTrouble.PROTOCOL, "does not greet"),
    (b"x" * 70_000, ImapTrouble.PROTOCOL, "a line of over 65536 octets"),
    (b"* OK {99999999999}\r\n", ImapTrouble.PROTOCOL, "announced 99999999999 octets"),
]


@pytest.mark.parametrize(("greeting", "kind", "words"), GREETINGS)
async def test_greetings_that_are_none(
    password: Password, greeting: Said, kind: ImapTrouble, words: str
) -> None:
    async with serving(ImapServer()) as server:
        server.greeting = greeting
        error = await refused(account(server, password))
        assert error.kind is kind
        assert words in str(error)


async def test_preauth_needs_no_login(password: Password) -> None:
    """RFC 3501 §7.1.4."""
    async with serving(ImapServer()) as server:
        server.greeting = b"* PREAUTH welcome back\r\n"
        opened = await open_session(
            account(server, password), clock=SystemClock(), tokens=OneToken("none")
        )
        assert (await opened.select()).uidvalidity == 3857529045
        await opened.close()
    assert server.heard == ["CAPABILITY", 'SELECT "INBOX"', "LOGOUT"]


async def test_nobody_listens(password: Password) -> None:
    async with serving(ImapServer()) as server:
        gone = account(server, password)
    for host in ("127.0.0.1", "imap.invalid", "x" * 64 + ".example", "a..b"):
        error = await refused(replace(gone, host=host))
        assert error.kind is ImapTrouble.UNREACHABLE
        assert host in str(error)


LOGINS: list[tuple[Said, ImapTrouble, str]] = [
    (b"%TAG% NO no\r\n", ImapTrouble.LOGIN_REFUSED, "check the user and the password"),
    (b"%TAG% NO [AUTHENTICATIONFAILED] bad\r\n", ImapTrouble.LOGIN_REFUSED, "bad"),
    (b"%TAG% NO [UNAVAILABLE] later\r\n", ImapTrouble.THROTTLED, "tries again later"),
    (b"%TAG% NO [ALERT] Too many simultaneous connections\r\n", ImapTrouble.THROTTLED, "Too many"),
    (b"%TAG% NO [THROTTLED] slow\r\n", ImapTrouble.THROTTLED, "slow"),
    (b"%TAG% BAD what?\r\n", ImapTrouble.LOGIN_REFUSED, "BAD what?"),
    (b'%TAG% NO no "correct horse"\x1b[31m\r\n', ImapTrouble.LOGIN_REFUSED, '"***" [31m'),
    (b"* BYE [OVERQUOTA] Account exceeded limits\r\n", ImapTrouble.THROTTLED, "exceeded"),
    (Freeze(b"%TAG% O"), ImapTrouble.TIMEOUT, "said nothing for 3 s"),
    (Drop(b""), ImapTrouble.UNREACHABLE, "the connection was lost while the login of support"),
    (b"A0 OK not yours\r\n", ImapTrouble.PROTOCOL, "answers nothing"),
]


@pytest.mark.parametrize(("said", "kind", "words"), LOGINS)
async def test_logins_that_fail(
    password: Password, said: Said, kind: ImapTrouble, words: str
) -> None:
    """RFC 5530 §3: a human is asked only where a human can help."""
    async with serving(ImapServer({"LOGIN": said})) as server:
        error = await refused(account(server, password))
        assert error.kind is kind
        assert words in str(error)
        assert "correct horse" not in str(error)


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff", b"one\ntwo\n"])
async def test_a_password_file_that_is_no_good(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    async with serving(ImapServer()) as server:
        error = await refused(account(server, Password(file)))
        assert error.kind in {ImapTrouble.SIGN_IN, ImapTrouble.LOGIN_REFUSED}
        assert server.commands() == ["CAPABILITY"]


async def test_what_is_not_ascii_goes_in_literals(tmp_path: Path) -> None:
    """RFC 3501 §4.3: a quoted string is US-ASCII."""
    (tmp_path / "password").write_text("päss 비밀\n")
    answers: dict[str, Answer] = {"LOGIN": (b"+ go\r\n", b"+ go\r\n", OK)}
    async with serving(ImapServer(answers)) as server:
        opened = await open_session(
            replace(account(server, Password(tmp_path / "password")), username="jürgen"),
            clock=SystemClock(),
            tokens=OneToken("none"),
        )
        await opened.close()
    assert server.heard[1:4] == ["LOGIN {7}", "jürgen {12}", "päss 비밀"]


async def test_auth_plain_where_login_is_off_or_cannot_say_it(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("비밀\n")
    answers: dict[str, Answer] = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN SASL-IR\r\n" + OK
    }
    async with serving(ImapServer(answers)) as server:
        opened = await open_session(
            account(server, Password(tmp_path / "password")),
            clock=SystemClock(),
            tokens=OneToken("none"),
        )
        await opened.close()
    octets = base64.b64encode("\0support\0비밀".encode()).decode()
    assert server.heard[1] == f"AUTHENTICATE PLAIN {octets}"


async def test_no_login_in_clear_where_the_server_forbids_it(password: Password) -> None:
    answers: dict[str, Answer] = {"CAPABILITY": b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n" + OK}
    async with serving(ImapServer(answers)) as server:
        error = await refused(account(server, password))
        assert error.kind is ImapTrouble.TLS
        assert server.commands() == ["CAPABILITY"]


# --- XOAUTH2 -------------------------------------------------------------------------------


def can_xoauth2(*more: bytes) -> bytes:
    return b" ".join([b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2", *more]) + b"\r\n" + OK


WHY = base64.b64encode(b'{"status":"401","schemes":"bearer"}')


def sasl(token: str) -> str:
    return base64.b64encode(f"user=support\1auth=Bearer {token}\1\1".encode()).decode()


@pytest.mark.parametrize("at_once", [True, False])
async def test_xoauth2(at_once: bool) -> None:
    """With SASL-IR (RFC 4959) in one line, without it after the server's `+`."""
    answers: dict[str, Answer] = {
        "CAPABILITY": can_xoauth2(*([b"SASL-IR"] if at_once else [])),
        "AUTHENTICATE": OK if at_once else (b"+ \r\n", OK),
    }
    async with serving(ImapServer(answers)) as server:
        opened = await open_session(
            account(server, OAUTH), clock=SystemClock(), tokens=OneToken("t0ken")
        )
        await opened.close()
    expected = ["AUTHENTICATE XOAUTH2 " + sasl("t0ken")]
    if not at_once:
        expected = ["AUTHENTICATE XOAUTH2", sasl("t0ken")]
    assert server.heard == ["CAPABILITY", *expected, "CAPABILITY", "LOGOUT"]


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_refused_token_is_tried_once_more_as_a_fresh_one(at_once: bool) -> None:
    """The server's reason stands behind a `+` that wants an empty line before the NO."""
    no = b"%TAG% NO [AUTHENTICATIONFAILED] no\r\n"
    first: Said = (b"+ %s\r\n" % WHY, no) if at_once else (b"+ \r\n", b"+ %s\r\n" % WHY, no)
    answers: dict[str, Answer] = {
        "CAPABILITY": can_xoauth2(*([b"SASL-IR"] if at_once else [])),
        "AUTHENTICATE": [first, OK if at_once else (b"+ \r\n", OK)],
    }
    tokens = OneToken("old", "fresh")
    async with serving(ImapServer(answers)) as server:
        opened = await open_session(account(server, OAUTH), clock=SystemClock(), tokens=tokens)
        await opened.close()
    assert tokens.forgotten == ["old"]
    assert "" in server.heard


async def test_a_token_that_stays_refused_is_said_with_the_reason() -> None:
    no = (b"+ %s\r\n" % WHY, b"%TAG% NO no t0ken\r\n")
    answers: dict[str, Answer] = {"CAPABILITY": can_xoauth2(b"SASL-IR"), "AUTHENTICATE": no}
    async with serving(ImapServer(answers)) as server:
        error = await refused(account(server, OAUTH), OneToken("t0ken"))
    assert error.kind is ImapTrouble.LOGIN_REFUSED
    assert '"status":"401"' in str(error)
    assert "t0ken" not in str(error)
    assert server.commands().count("AUTHENTICATE") == 2


async def test_a_server_without_xoauth2(password: Password) -> None:
    async with serving(ImapServer()) as server:
        error = await refused(account(server, OAUTH), OneToken("t0ken"))
    assert error.kind is ImapTrouble.LOGIN_REFUSED
    assert "XOAUTH2" in str(error)


# --- TLS -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def certified(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return file


CAN_TLS: Answer = [
    b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n" + OK,
    b"* CAPABILITY IMAP4rev1\r\n" + OK,
]


@pytest.mark.parametrize("tls", [TlsMode.IMPLICIT, TlsMode.STARTTLS])
async def test_tls(password: Password, authority: trustme.CA, ca_file: Path, tls: TlsMode) -> None:
    server = ImapServer({"CAPABILITY": CAN_TLS} if tls is TlsMode.STARTTLS else None)
    server.context = certified(authority)
    implicit = server.context if tls is TlsMode.IMPLICIT else None
    async with serving(server, context=implicit):
        opened = await open_session(
            replace(account(server, password), tls=tls, ca_file=ca_file),
            clock=SystemClock(),
            tokens=OneToken("none"),
        )
        assert (await opened.select()).exists == 3
        await opened.close()
    assert ("STARTTLS" in server.heard) is (tls is TlsMode.STARTTLS)


@pytest.mark.parametrize("tls", [TlsMode.IMPLICIT, TlsMode.STARTTLS])
@pytest.mark.parametrize("wrong", ["authority", "name"])
async def test_a_certificate_that_does_not_hold(
    password: Password, authority: trustme.CA, ca_file: Path, tls: TlsMode, wrong: str
) -> None:
    server = ImapServer({"CAPABILITY": CAN_TLS} if tls is TlsMode.STARTTLS else None)
    server.context = certified(authority, "127.0.0.1" if wrong == "authority" else "imap.example")
    trusted = None if wrong == "authority" else ca_file
    async with serving(server, context=server.context if tls is TlsMode.IMPLICIT else None):
        error = await refused(replace(account(server, password), tls=tls, ca_file=trusted))
    assert error.kind is ImapTrouble.TLS
    assert "certificate does not hold" in str(error)
    assert "LOGIN" not in server.commands()


STRIPPED: dict[str, dict[str, Answer]] = {
    "not offered": {},
    "refused": {"CAPABILITY": CAN_TLS, "STARTTLS": b"%TAG% BAD no\r\n"},
    "injected": {"CAPABILITY": CAN_TLS, "STARTTLS": b"%TAG% OK go\r\n* 1 EXISTS\r\n"},
    "half injected": {"CAPABILITY": CAN_TLS, "STARTTLS": b"%TAG% OK go\r\n* CAPA"},
    "frozen": {"CAPABILITY": CAN_TLS, "STARTTLS": Freeze(b"%TAG% OK go\r\n")},
    "dropped": {"CAPABILITY": CAN_TLS, "STARTTLS": Drop(b"%TAG% OK go\r\n")},
}


@pytest.mark.parametrize("how", STRIPPED)
async def test_no_password_without_the_tls_that_was_wanted(password: Password, how: str) -> None:
    """F24: somebody in the middle takes STARTTLS away, or says something before it begins."""
    async with serving(ImapServer(STRIPPED[how])) as server:
        error = await refused(replace(account(server, password), tls=TlsMode.STARTTLS))
    assert error.kind in {ImapTrouble.TLS, ImapTrouble.PROTOCOL, ImapTrouble.TIMEOUT}
    assert "LOGIN" not in server.commands()


async def test_preauth_is_no_way_around_starttls(password: Password) -> None:
    async with serving(ImapServer()) as server:
        server.greeting = b"* PREAUTH hello\r\n"
        error = await refused(replace(account(server, password), tls=TlsMode.STARTTLS))
    assert error.kind is ImapTrouble.TLS


async def test_implicit_tls_with_a_server_that_has_none(password: Password) -> None:
    async with serving(ImapServer()) as server:
        error = await refused(replace(account(server, password), tls=TlsMode.IMPLICIT))
    assert error.kind in {ImapTrouble.TLS, ImapTrouble.TIMEOUT}


# --- secrets -------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["password", "token"])
async def test_no_secret_reaches_a_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    """Row 21 of the attacks: raw, quoted, and base64 at each of its three offsets."""
    canary = 'cAnArY"0\\1-secret'
    (tmp_path / "password").write_text(canary)
    caplog.set_level(logging.DEBUG)
    for name in ("aioimaplib", "aioimaplib.aioimaplib", "asyncio", "mailgate"):
        caplog.set_level(logging.DEBUG, logger=name)
    asyncio.get_running_loop().set_debug(True)
    answers: dict[str, Answer] = {
        "CAPABILITY": can_xoauth2(b"SASL-IR"),
        "AUTHENTICATE": OK,
    }
    credentials: Credentials = Password(tmp_path / "password") if how == "password" else OAUTH
    async with serving(ImapServer(answers if how == "token" else None)) as server:
        opened = await open_session(
            account(server, credentials), clock=SystemClock(), tokens=OneToken(canary)
        )
        await opened.select()
        await opened.close()
    written = caplog.text + repr(caplog.records)
    for offset in range(3):
        encoded = base64.b64encode(b"x" * offset + canary.encode()).decode()
        assert encoded[4:-4] not in written
    for form in (canary, canary.replace("\\", "\\\\").replace('"', '\\"'), "cAnArY"):
        assert form not in written
    assert any("cAnArY" in line for line in server.heard) or how == "token"
