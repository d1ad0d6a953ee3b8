"""Access tokens for XOAUTH2: RFC 6749 §5 and §6 against a provider on this machine."""

import json
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import trustme

from mailgate.ingest.imap.oauth import MailboxTokens
from mailgate.ingest.imap.session import ImapError, ImapTrouble
from mailgate.oauth.grant import OAuth2, OAuthError, OAuthTrouble, xoauth2
from mailgate.oauth.refresh import replace_file
from mailgate.oauth.tokens import AHEAD, RETRY, Tokens
from tests.harness.clock import FakeClock

HOUR = timedelta(hours=1)


@dataclass
class Provider:
    """Answers with what `say` gives, and remembers the forms."""

    say: Callable[[dict[str, str]], tuple[int, Any]]
    forms: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/token"


def token(access: str, **more: object) -> tuple[int, dict[str, object]]:
    return 200, {"access_token": access, "token_type": "Bearer", "expires_in": 3600, **more}


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def provider(authority: trustme.CA) -> Iterator[Provider]:
    told = Provider(say=lambda form: token("access-1"))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            octets = self.rfile.read(int(self.headers["Content-Length"]))
            form = {name: values[0] for name, values in parse_qs(octets.decode()).items()}
            told.forms.append(form)
            status, content = told.say(form)
            answer = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", told.url)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    told.port = server.server_address[1]
    running = threading.Thread(target=server.serve_forever, args=(0.01,))
    running.start()
    yield told
    server.shutdown()
    running.join()
    server.server_close()


@pytest.fixture
def credentials(tmp_path: Path, provider: Provider) -> OAuth2:
    (tmp_path / "secret").write_text("s3cret\n")
    (tmp_path / "refresh").write_text("refresh-1\n")
    (tmp_path / "refresh").chmod(0o640)
    return OAuth2(
        provider.url, "mailgate", tmp_path / "secret", tmp_path / "refresh", "https://mail/"
    )


async def test_a_refresh_token_gives_an_access_token(
    provider: Provider, credentials: OAuth2, trusting: ssl.SSLContext
) -> None:
    """RFC 6749 §6: the form of the request."""
    tokens = Tokens(FakeClock(), context=trusting)
    assert await tokens.access_token(credentials) == "access-1"
    assert provider.forms == [
        {
            "grant_type": "refresh_token",
            "client_id": "mailgate",
            "client_secret": "s3cret",
            "refresh_token": "refresh-1",
            "scope": "https://mail/",
        }
    ]


async def test_a_public_client_sends_no_secret(
    provider: Provider, credentials: OAuth2, trusting: ssl.SSLContext
) -> None:
    tokens = Tokens(FakeClock(), context=trusting)
    await tokens.access_token(replace(credentials, client_secret_file=None))
    assert "client_secret" not in provider.forms[0]


async def test_it_is_kept_until_shortly_before_its_end(
    provider: Provider, credentials: OAuth2, trusting: ssl.SSLContext
) -> None:
    clock = FakeClock()
    tokens = Tokens(clock, context=trusting)
    provider.say = lambda form: token(f"access-{len(provider.forms)}")
    assert await tokens.access_token(credentials) == "access-1"
    assert tokens.health(credentials).expires_at == clock.now() + HOUR
    await clock.advance((HOUR - AHEAD).total_seconds() - 1)
    assert await tokens.access_token(credentials) == "access-1"
    await clock.advance(1)
    assert await tokens.access_token(credentials) == "access-2"


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [(60, 60), ("60", 60), (None, 3600), ("soon", 3600), (-5, 3600), (10**30, 3600), ([], 3600)],
)
async def test_whatever_it_says_of_the_end(
    provider: Provider,
    credentials: OAuth2,
    trusting: ssl.SSLContext,
    expires_in: object,
    seconds: int,
) -> None:
    """RFC 6749 §5.1: expires_in is recommended, and some write it as a string."""
    clock = FakeClock()
    tokens = Tokens(clock, context=trusting)
    provider.say = lambda form: token("access-1", expires_in=expires_in)
    await tokens.access_token(credentials)
    assert tokens.health(credentials).expires_at == clock.now() + timedelta(seconds=seconds)


async def test_trouble_is_told_before_the_token_ends(
    provider: Provider, credentials: OAuth2, trusting: ssl.SSLContext
) -> None:
    """The token in use goes on; `health` says since when and why; then it is an error."""
    clock = FakeClock()
    tokens = Tokens(clock, context=trusting)
    await tokens.access_token(credentials)
    assert tokens.health(credentials).failing_since is None
    provider.say = lambda form: (503, b"<html>busy</html>")
    await clock.advance((HOUR - AHEAD).total_seconds())
    since = clock.now()
    assert await tokens.access_token(credentials) == "access-1"
    await clock.advance(60)
    assert await tokens.access_token(credentials) == "access-1"
    health = tokens.health(credentials)
    assert health.failing_since == since
    assert health.trouble is not None
    assert health.trouble.kind is OAuthTrouble.THROTTLED
    await clock.advance(AHEAD.total_seconds())
    with pytest.raises(OAuthError, match="answers 503 without a token"):
        await tokens.access_token(credentials)
    provider.say = lambda form: token("access-2")
    assert await tokens.access_token(credentials) == "access-2"
    assert tokens.health(credentials).failing_since is None


async def test_a_failing_provider_is_not_asked_at_every_look(
    provider: Provider, credentials: OAuth2, trusting: ssl.SSLContext
) -> None:
    clock = FakeClock()
    tokens = Tokens(clock, context=trusting)
    await tokens.access_token(credentials)
    provider.say = lambda form: (500, {})
    await clock.advance((HOUR - AHEAD).total_seconds())
    for _ in range(5):
        await tokens.access_token(credentials)
    assert len(provider.forms) == 2
    await clock.advance(RETRY.total_seconds())
    await tokens.access_token(credentials)
    assert len(provider.forms) == 3


async def test_a_new_refresh_token_replaces_the_old_one(
    provider: Provider, credentials: OAuth2, trusting: ssl.SSLContext
) -> None:
    """RFC 6749 §6: the client MUST discard the old one. Nobody else may read it."""
    provider.say = lambda form: token("access-1", refresh_token="refresh-2")
    await Tokens(FakeClock(), context=trusting).access_token(credentials)
    assert credentials.refresh_token_file.read_text() == "refresh-2\n"
    assert credentials.refresh_token_file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in credentials.refresh_token_file.parent.iterdir()) == [
        "refresh",
        "secret",
    ]
    await Tokens(FakeClock(), context=trusting).access_token(credentials)
    assert provider.forms[-1]["refresh_token"] == "refresh-2"


async def test_the_doctor_beside_the_daemon(
    provider: Provider, credentials: OAuth2, trusting: ssl.SSLContext
) -> None:
    """Two processes, and a provider that takes each refresh token once (RFC 6749 §10.4)."""
    valid = [credentials.refresh_token_file.read_text().strip()]

    def rotate(form: dict[str, str]) -> tuple[int, Any]:
        if form["refresh_token"] != valid[-1]:
            return 400, {"error": "invalid_grant"}
        valid.append(f"refresh-{len(valid)}")
        return token(f"access-{len(valid)}", refresh_token=valid[-1])

    provider.say = rotate
    clock = FakeClock()
    daemon = Tokens(clock, context=trusting)
    for turn in (2, 4, 6):
        assert await daemon.access_token(credentials) == f"access-{turn}"
        doctor = Tokens(clock, context=trusting)
        assert await doctor.access_token(credentials) == f"access-{turn + 1}"
        await clock.advance(HOUR.total_seconds())
    assert daemon.health(credentials).trouble is None


def test_a_file_that_is_replaced_stays_its_owners(tmp_path: Path) -> None:
    """Root calls the doctor; the daemon is somebody else and must read it afterwards."""
    file = tmp_path / "refresh"
    file.write_text("old\n")
    somebody = 12_345 if os.geteuid() == 0 else os.geteuid()
    os.chown(file, somebody, -1)
    replace_file(file, "new")
    assert file.read_text() == "new\n"
    assert file.stat().st_uid == somebody
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_new_refresh_token_that_cannot_be_written_is_used_and_told(
    provider: Provider,
    credentials: OAuth2,
    trusting: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = FakeClock()
    tokens = Tokens(clock, context=trusting)
    provider.say = lambda form: token("access-1", refresh_token="refresh-2")

    def full(file: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mailgate.oauth.refresh.replace_file", full)
    assert await tokens.access_token(credentials) == "access-1"
    trouble = tokens.health(credentials).trouble
    assert trouble is not None
    assert trouble.kind is OAuthTrouble.SIGN_IN
    assert "No space left on device" in str(trouble)
    assert "refresh-2" not in str(trouble)
    monkeypatch.undo()
    provider.say = lambda form: token("access-2")
    await clock.advance(HOUR.total_seconds())
    assert await tokens.access_token(credentials) == "access-2"
    assert provider.forms[-1]["refresh_token"] == "refresh-2"
    assert credentials.refresh_token_file.read_text() == "refresh-2\n"
    assert tokens.health(credentials).trouble is None


async def test_a_file_changed_by_hand_counts(
    provider: Provider, credentials: OAuth2, trusting: ssl.SSLContext
) -> None:
    """Somebody signs in again: no restart is needed."""
    tokens = Tokens(FakeClock(), context=trusting)
    provider.say = lambda form: (400, {"error": "invalid_grant"})
    with pytest.raises(OAuthError):
        await tokens.access_token(credentials)
    credentials.refresh_token_file.write_text("refresh-9")
    provider.say = lambda form: token(f"access of {form['refresh_token']}")
    assert await tokens.access_token(credentials) == "access of refresh-9"


async def test_another_node_may_have_replaced_it_a_moment_ago(
    provider: Provider, credentials: OAuth2, trusting: ssl.SSLContext
) -> None:
    def say(form: dict[str, str]) -> tuple[int, Any]:
        if form["refresh_token"] == "refresh-1":
            replace_file(credentials.refresh_token_file, "refresh-2")
            return 400, {"error": "invalid_grant"}
        return token("access-2")

    provider.say = say
    assert await Tokens(FakeClock(), context=trusting).access_token(credentials) == "access-2"


FAILURES: list[tuple[int, Any, OAuthTrouble, str]] = [
    (400, {"error": "invalid_grant"}, OAuthTrouble.SIGN_IN, "sign in there"),
    (
        400,
        {"error": "invalid_grant", "error_description": "AADSTS700082: expired\r\n\x1b[31m"},
        OAuthTrouble.SIGN_IN,
        "AADSTS700082",
    ),
    (401, {"error": "invalid_client"}, OAuthTrouble.SIGN_IN, "client_secret_file"),
    (400, {"error": "invalid_scope"}, OAuthTrouble.SIGN_IN, "scope"),
    (429, {"error": "slow_down"}, OAuthTrouble.THROTTLED, "tries again"),
    (500, b"", OAuthTrouble.THROTTLED, "tries again"),
    (200, b"<html>", OAuthTrouble.PROTOCOL, "without a token"),
    (200, [1], OAuthTrouble.PROTOCOL, "without a token"),
    (200, {"access_token": ""}, OAuthTrouble.PROTOCOL, "without a token"),
    (200, {"access_token": "a\r\nb"}, OAuthTrouble.PROTOCOL, "a token that is none"),
    (200, b"[" * 60_000, OAuthTrouble.PROTOCOL, "without a token"),
    (302, b"", OAuthTrouble.PROTOCOL, "answers 302"),
]


@pytest.mark.parametrize(("status", "content", "kind", "words"), FAILURES)
async def test_failures_are_told_apart(
    provider: Provider,
    credentials: OAuth2,
    trusting: ssl.SSLContext,
    status: int,
    content: Any,
    kind: OAuthTrouble,
    words: str,
) -> None:
    """RFC 6749 §5.2. A redirect is not followed: the secret is for one address."""
    provider.say = lambda form: (status, content)
    with pytest.raises(OAuthError) as caught:
        await Tokens(FakeClock(), context=trusting).access_token(credentials)
    assert caught.value.kind is kind
    sentence = str(caught.value)
    assert words in sentence
    assert sentence.isprintable()
    assert "s3cret" not in sentence
    assert "refresh-1" not in sentence
    assert len(provider.forms) == 1


async def test_a_provider_that_is_away_is_transient(
    credentials: OAuth2, trusting: ssl.SSLContext
) -> None:
    away = replace(credentials, token_url="https://localhost:1/token")
    with pytest.raises(OAuthError, match="tries again") as caught:
        await Tokens(FakeClock(), context=trusting).access_token(away)
    assert caught.value.kind is OAuthTrouble.UNREACHABLE


async def test_a_certificate_that_does_not_hold_gets_no_secret(
    provider: Provider, credentials: OAuth2
) -> None:
    with pytest.raises(OAuthError, match="certificate") as caught:
        await Tokens(FakeClock()).access_token(credentials)
    assert caught.value.kind is OAuthTrouble.TLS
    assert provider.forms == []


@pytest.mark.parametrize("url", ["http://provider.example/token", "ftp://x", "token", "http://"])
async def test_a_secret_goes_by_https_alone(credentials: OAuth2, url: str) -> None:
    with pytest.raises(OAuthError, match="https://") as caught:
        await Tokens(FakeClock()).access_token(replace(credentials, token_url=url))
    assert caught.value.kind is OAuthTrouble.SIGN_IN


@pytest.mark.parametrize("name", ["client_secret_file", "refresh_token_file"])
@pytest.mark.parametrize("content", [None, b"", b"  \n", b"\xff\xfe"])
async def test_files_of_secrets_that_are_no_good(
    credentials: OAuth2, tmp_path: Path, name: str, content: bytes | None
) -> None:
    file = tmp_path / "other"
    if content is not None:
        file.write_bytes(content)
    broken = (
        replace(credentials, client_secret_file=file)
        if name == "client_secret_file"
        else replace(credentials, refresh_token_file=file)
    )
    with pytest.raises(OAuthError, match=name) as caught:
        await Tokens(FakeClock()).access_token(broken)
    assert caught.value.kind is OAuthTrouble.SIGN_IN
    assert str(file) in str(caught.value)


async def test_two_mailboxes_share_one_token(
    provider: Provider, credentials: OAuth2, trusting: ssl.SSLContext
) -> None:
    tokens = Tokens(FakeClock(), context=trusting)
    await tokens.access_token(credentials)
    await tokens.access_token(replace(credentials))
    assert len(provider.forms) == 1


async def test_a_refused_token_is_not_used_again(
    provider: Provider, credentials: OAuth2, trusting: ssl.SSLContext
) -> None:
    tokens = Tokens(FakeClock(), context=trusting)
    provider.say = lambda form: token(f"access-{len(provider.forms)}")
    tokens.forget(credentials, await tokens.access_token(credentials))
    assert await tokens.access_token(credentials) == "access-2"
    tokens.forget(credentials, "access-1")
    assert await tokens.access_token(credentials) == "access-2"


def test_nothing_that_is_kept_shows_a_secret(credentials: OAuth2) -> None:
    tokens = Tokens(FakeClock())
    assert "s3cret" not in repr(credentials) + repr(vars(tokens))


def test_xoauth2_as_its_inventors_write_it() -> None:
    """The example of Google's and of Microsoft's manual, before BASE64."""
    assert xoauth2("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg") == (
        b"user=someuser@example.com\x01"
        b"auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\x01\x01"
    )


async def test_a_mailbox_hears_of_it_as_of_its_other_troubles(
    provider: Provider, credentials: OAuth2, trusting: ssl.SSLContext
) -> None:
    provider.say = lambda form: (400, {"error": "invalid_grant"})
    tokens = MailboxTokens(Tokens(FakeClock(), context=trusting))
    with pytest.raises(ImapError, match="sign in there") as caught:
        await tokens.access_token(credentials)
    assert caught.value.kind is ImapTrouble.SIGN_IN


@pytest.mark.parametrize("kind", OAuthTrouble)
def test_each_trouble_with_a_token_is_one_of_a_mailbox(kind: OAuthTrouble) -> None:
    assert ImapTrouble(kind.value)
