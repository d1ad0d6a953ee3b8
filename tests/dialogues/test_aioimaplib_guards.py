"""A guard for each trap of aioimaplib that the session keeps us out of.

Every test runs twice: against our session, and against aioimaplib as it comes, where it must
fail (strict xfail). A release of aioimaplib that mends one of them is told by that.
"""

import asyncio
import base64
import logging
import re
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import aioimaplib
import aioimaplib.aioimaplib as library
import pytest

from mailgate.clock import SystemClock
from mailgate.ingest.imap.adapter import ImapProtocol
from mailgate.ingest.imap.opening import open_session
from mailgate.ingest.imap.session import (
    Account,
    ImapError,
    ImapSession,
    ImapTimeouts,
    Password,
    TlsMode,
)
from mailgate.oauth.grant import OAuth2
from tests.harness.imapserver import Answer, Drop, Freeze, ImapServer, fetch, serving, sizes

OK = b"%TAG% OK done\r\n"
SOON = 1.5
"""Seconds within which whatever waits must have ended; stock waits for ever or for minutes."""


class Client(Protocol):
    """What a guard needs of a client, whichever it is."""

    async def open(self) -> None: ...

    async def select(self, folder: str) -> int: ...

    async def bodies(self, uids: Sequence[int]) -> dict[int, bytes]: ...

    async def uids(self) -> list[int]: ...

    async def noop(self) -> None: ...

    async def idle(self) -> None: ...

    async def end(self) -> None: ...


class Failed(Exception):
    """The client noticed that something is wrong: better than to wait, or to be wrong."""


class Tokens:
    async def access_token(self, credentials: OAuth2) -> str:
        return "t0ken"

    def forget(self, credentials: OAuth2, token: str) -> None:
        pass


class Ours:
    def __init__(self, server: ImapServer, user: str, secret: str, folder: Path) -> None:
        password = folder / "password"
        password.write_text(secret)
        token = OAuth2("https://localhost/", "mailgate", None, folder / "refresh", "mail")
        self.account = Account(
            "127.0.0.1",
            server.port,
            TlsMode.NONE,
            user,
            "INBOX",
            token if secret == "t0ken" else Password(password),
            timeouts=ImapTimeouts(connect=1, command=1, total=10, logout=0.1),
        )
        self.session: ImapSession | None = None

    @property
    def opened(self) -> ImapSession:
        assert self.session is not None
        return self.session

    async def open(self) -> None:
        try:
            self.session = await open_session(self.account, clock=SystemClock(), tokens=Tokens())
        except ImapError as error:
            raise Failed from error

    async def select(self, folder: str) -> int:
        wire = self.opened._wire  # type: ignore[attr-defined]  # another folder than the account's
        wire.account = replace(self.account, folder=folder)
        return (await self.opened.select()).uidvalidity

    async def bodies(self, uids: Sequence[int]) -> dict[int, bytes]:
        try:
            return dict(await self.opened.fetch(uids, octets=10_000_000))
        except ImapError as error:
            raise Failed from error

    async def uids(self) -> list[int]:
        return list(await self.opened.uids_since(None))

    async def noop(self) -> None:
        try:
            await self.opened.noop()
        except ImapError as error:
            raise Failed from error

    async def idle(self) -> None:
        try:
            await self.opened.wait(60)
        except ImapError as error:
            raise Failed from error

    async def end(self) -> None:
        if self.session is not None:
            await self.session.close()


class Stock:
    """aioimaplib as its README shows it."""

    def __init__(self, server: ImapServer, user: str, secret: str) -> None:
        self.user, self.secret = user, secret
        self.client = aioimaplib.IMAP4("127.0.0.1", server.port, timeout=60)

    async def open(self) -> None:
        await self.client.wait_hello_from_server()
        if self.secret == "t0ken":
            reply = await self.client.xoauth2(self.user, self.secret)
        else:
            reply = await self.client.login(self.user, self.secret)
        if reply.result != "OK":
            raise Failed

    async def select(self, folder: str) -> int:
        reply = await self.client.select(folder)
        return int(getattr(reply, "uidvalidity", 0)) or 3857529045

    async def bodies(self, uids: Sequence[int]) -> dict[int, bytes]:
        named = ",".join(map(str, uids))
        await self.client.uid("fetch", named, "(UID RFC822.SIZE INTERNALDATE)")
        reply = await self.client.uid("fetch", named, "(UID BODY.PEEK[])")
        if reply.result != "OK":
            raise Failed
        lines = reply.lines[:-1]
        found = [
            (index, re.match(rb"\d+ FETCH \(UID (\d+) ", line)) for index, line in enumerate(lines)
        ]
        return {int(told[1]): bytes(lines[index + 1]) for index, told in found if told}

    async def uids(self) -> list[int]:
        reply = await self.client.uid_search("ALL")
        return [int(word) for word in reply.lines[0].split()]

    async def noop(self) -> None:
        await self.client.noop()

    async def idle(self) -> None:
        idle = await self.client.idle_start(timeout=60)
        await self.client.wait_server_push()
        self.client.idle_done()
        await idle

    async def end(self) -> None:
        pending = asyncio.all_tasks() - {asyncio.current_task()}
        ours = [task for task in pending if "aioimaplib" in repr(task.get_coro())]
        for task in ours:
            task.cancel()
        await asyncio.gather(*ours, return_exceptions=True)
        if self.client.protocol.transport is not None:
            self.client.protocol.transport.abort()
            await asyncio.sleep(0.01)


guards = pytest.mark.parametrize(
    "which", ["mailgate", pytest.param("aioimaplib", marks=pytest.mark.xfail(strict=True))]
)


@asynccontextmanager
async def client_of(
    which: str,
    tmp_path: Path,
    answers: dict[str, Answer] | None = None,
    *,
    user: str = "support",
    secret: str = "correct horse",
    opened: bool = True,
) -> AsyncIterator[tuple[ImapServer, Client]]:
    """A client of a scripted server, with INBOX open."""
    async with serving(ImapServer(answers)) as server:
        client: Client = (
            Ours(server, user, secret, tmp_path)
            if which == "mailgate"
            else Stock(server, user, secret)
        )
        try:
            if opened:
                await client.open()
                await client.select("INBOX")
            yield server, client
        finally:
            await client.end()


def given(*messages: tuple[int, bytes], besides: bytes = b"") -> dict[str, Answer]:
    return {"UID FETCH": [sizes(*messages) + OK, besides + fetch(*messages) + OK]}


# --- reading -------------------------------------------------------------------------------


@guards
async def test_thousands_of_lines_in_one_read(which: str, tmp_path: Path) -> None:
    """aioimaplib: RecursionError, and whoever waits does so until its time-out (#91, #118)."""
    lines = b"".join(b"* %d FETCH (FLAGS (\\Seen))\r\n" % number for number in range(1, 3001))
    answers: dict[str, Answer] = {"NOOP": lines + OK}
    async with client_of(which, tmp_path, answers) as (_, client), asyncio.timeout(SOON):
        await client.noop()


@guards
async def test_a_star_and_a_blank_stay_in_data(which: str, tmp_path: Path) -> None:
    """aioimaplib cuts `* ` out of every untagged line: "5 * 3" becomes "5 3"."""
    text = b"Subject: 5 * 3"
    quoted = b'* 1 FETCH (UID 7 BODY[]<0> "' + text + b'")\r\n' + OK
    async with client_of(which, tmp_path, {"UID FETCH": [sizes((7, text)) + OK, quoted]}) as (
        _,
        client,
    ):
        if isinstance(client, Stock):
            await client.client.uid("fetch", "7", "(UID RFC822.SIZE INTERNALDATE)")
            reply = await client.client.uid("fetch", "7", "(UID BODY.PEEK[])")
            assert text in reply.lines[0]
        else:
            assert await client.bodies([7]) == {7: text}


@guards
async def test_parentheses_of_others_hide_no_message(which: str, tmp_path: Path) -> None:
    """aioimaplib counts parentheses in quoted strings: `":("` swallows what follows."""
    besides = b'* 1 FETCH (ENVELOPE ("d" ":(" NIL NIL NIL NIL NIL NIL NIL NIL) UID 5)\r\n'
    answers = given((5, b"five"), (6, b"six"), besides=besides)
    async with client_of(which, tmp_path, answers) as (_, client), asyncio.timeout(SOON):
        assert await client.bodies([5, 6]) == {5: b"five", 6: b"six"}


@guards
async def test_a_literal_without_end_is_not_read(which: str, tmp_path: Path) -> None:
    """aioimaplib reads 100 GB, if a server announces it, until the time-out."""
    endless = b"* 1 FETCH (UID 5 BODY[] {99999999999}\r\n" + b"x" * 200_000
    answers: dict[str, Answer] = {"UID FETCH": [sizes((5, b"x"), (6, b"x")) + OK, Freeze(endless)]}
    async with client_of(which, tmp_path, answers) as (_, client), asyncio.timeout(SOON):
        with pytest.raises(Failed):
            await client.bodies([5, 6])


@guards
async def test_reading_is_linear(which: str, tmp_path: Path) -> None:
    """aioimaplib goes through all lines again for each: 800 lines take 60 ms, 8,000 six
    seconds. Cut small, so that its recursion does not end it before."""
    uids = range(1, 8001)
    listed = b"".join(b"* %d FETCH (UID %d RFC822.SIZE (1))\r\n" % (uid, uid) for uid in uids)
    lines = listed.split(b"\r\n")
    loop = asyncio.get_running_loop()
    stock = library.IMAP4ClientProtocol
    protocol = ImapProtocol(loop) if which == "mailgate" else stock(loop)
    protocol.state = "SELECTED"
    if which == "aioimaplib":
        protocol.pending_async_commands["FETCH"] = library.FetchCommand("A1", loop=protocol.loop)
    began = asyncio.get_running_loop().time()
    for line in lines:
        protocol.data_received(line + b"\r\n")
        assert asyncio.get_running_loop().time() - began < 1


# --- ends ----------------------------------------------------------------------------------


@guards
async def test_a_lost_connection_fails_the_command(which: str, tmp_path: Path) -> None:
    """aioimaplib waits for its time-out, and stays SELECTED."""
    answers: dict[str, Answer] = {"NOOP": Drop(b"* OK wai")}
    async with client_of(which, tmp_path, answers) as (_, client), asyncio.timeout(SOON):
        with pytest.raises(Failed):
            await client.noop()


@guards
async def test_a_lost_connection_ends_idle(which: str, tmp_path: Path) -> None:
    """aioimaplib's idle task never ends (#110)."""
    async with client_of(which, tmp_path) as (server, client), asyncio.timeout(SOON):
        waiting = asyncio.create_task(client.idle())
        await server.until_heard("IDLE")
        await server.drop_all()
        try:
            with pytest.raises(Failed):
                await waiting
        finally:
            waiting.cancel()
            with suppress(asyncio.CancelledError, Failed):
                await waiting


@guards
async def test_bye_in_the_greeting_is_said_at_once(which: str, tmp_path: Path) -> None:
    """aioimaplib waits for a greeting that it likes better."""
    async with client_of(which, tmp_path, opened=False) as (server, client):
        server.greeting = Freeze(b"* BYE [UNAVAILABLE] maintenance\r\n")
        async with asyncio.timeout(SOON):
            with pytest.raises(Failed):
                await client.open()


@guards
async def test_bye_fails_the_command(which: str, tmp_path: Path) -> None:
    answers: dict[str, Answer] = {"NOOP": Freeze(b"* BYE shutting down\r\n")}
    async with client_of(which, tmp_path, answers) as (_, client), asyncio.timeout(0.8):
        with pytest.raises(Failed):
            await client.noop()


@guards
async def test_a_wrong_tag_ends_the_session(which: str, tmp_path: Path) -> None:
    """aioimaplib raises in the transport, and leaves whoever waits."""
    answers: dict[str, Answer] = {"NOOP": Freeze(b"ZZZZ9 OK not yours\r\n")}
    async with client_of(which, tmp_path, answers) as (_, client), asyncio.timeout(0.8):
        with pytest.raises(Failed):
            await client.noop()


@guards
async def test_keepalive_is_set(which: str, tmp_path: Path) -> None:
    """Without it a peer that is gone without a FIN is never missed."""
    async with client_of(which, tmp_path) as (_, client):
        protocol = (
            client.client.protocol  # type: ignore[attr-defined]
            if which == "aioimaplib"
            else client.opened._wire.protocol  # type: ignore[attr-defined]
        )
        connection = protocol.transport.get_extra_info("socket")
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


# --- logins --------------------------------------------------------------------------------


@guards
async def test_a_user_with_a_blank(which: str, tmp_path: Path) -> None:
    """aioimaplib quotes the password alone."""
    async with client_of(which, tmp_path, user="ACME support") as (server, _):
        assert 'LOGIN "ACME support" "correct horse"' in server.heard


@guards
async def test_a_folder_with_a_blank_in_korean(which: str, tmp_path: Path) -> None:
    """aioimaplib sends it as it stands, in UTF-8."""
    async with client_of(which, tmp_path) as (server, client):
        await client.select("고객 A&B")
        assert server.heard[-1] == 'SELECT "&rOCsHQ- A&-B"'


@guards
async def test_search_says_no_charset(which: str, tmp_path: Path) -> None:
    """aioimaplib says `CHARSET utf-8`, which Exchange refuses with BADCHARSET."""
    async with client_of(which, tmp_path, {"UID SEARCH": b"* SEARCH 5\r\n" + OK}) as (
        server,
        client,
    ):
        assert await client.uids() == [5]
        assert server.heard[-1] == "UID SEARCH ALL"


@guards
async def test_the_uidvalidity_is_read(which: str, tmp_path: Path) -> None:
    """aioimaplib leaves it in its lines, cut apart."""
    async with client_of(which, tmp_path) as (_, client):
        if which == "aioimaplib":
            reply = await client.client.select("INBOX")  # type: ignore[attr-defined]
            assert reply.uidvalidity == 3857529045
        assert await client.select("INBOX") == 3857529045


CAN_XOAUTH2 = (
    b" XOAUTH2 ".join([b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR AUTH=", b"\r\n"]) + OK
)


@guards
async def test_the_error_of_xoauth2_is_answered(which: str, tmp_path: Path) -> None:
    """aioimaplib leaves the server's `+` without an answer, and both wait."""
    why = base64.b64encode(b'{"status":"400"}')
    answers: dict[str, Answer] = {
        "CAPABILITY": CAN_XOAUTH2,
        "AUTHENTICATE": (b"+ " + why + b"\r\n", b"%TAG% NO no\r\n"),
    }
    async with (
        client_of(which, tmp_path, answers, secret="t0ken", opened=False) as (_, client),
        asyncio.timeout(SOON),
    ):
        with pytest.raises(Failed):
            await client.open()


@guards
async def test_capabilities_are_those_after_the_login(which: str, tmp_path: Path) -> None:
    """aioimaplib keeps those from before XOAUTH2, and MOVE is "missing"."""
    answers: dict[str, Answer] = {
        "CAPABILITY": [CAN_XOAUTH2, b"* CAPABILITY IMAP4rev1 MOVE\r\n" + OK],
    }
    async with client_of(which, tmp_path, answers, secret="t0ken") as (_, client):
        known = (
            client.opened.capabilities  # type: ignore[attr-defined]
            if which == "mailgate"
            else client.client.protocol.capabilities  # type: ignore[attr-defined]
        )
        assert "MOVE" in known


@guards
@pytest.mark.parametrize("secret", ['pass"w\\rd-canary', "t0ken"])
async def test_no_secret_in_the_log(
    which: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, secret: str
) -> None:
    """Row 21: aioimaplib's scrubbing looks for what it did not send: quoted, or in base64."""
    logger = logging.getLogger("aioimaplib.aioimaplib")
    guard = logger.filters[:]
    if which == "aioimaplib":
        logger.filters.clear()
    try:
        caplog.set_level(logging.DEBUG, logger="aioimaplib.aioimaplib")
        async with client_of(which, tmp_path, {"CAPABILITY": CAN_XOAUTH2}, secret=secret):
            pass
    finally:
        logger.filters[:] = guard
    assert library.log is logger
    quoted = secret.replace("\\", "\\\\").replace('"', '\\"')
    encoded = base64.b64encode(f"user=support\1auth=Bearer {secret}\1\1".encode()).decode()
    assert "canary" not in caplog.text
    for form in (secret, quoted, encoded):
        assert form not in caplog.text
