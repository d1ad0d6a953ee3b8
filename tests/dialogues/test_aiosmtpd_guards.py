"""A guard for each trap of aiosmtpd that the door replaces.

Every test runs twice: against our door, and against aiosmtpd as it comes, where it must fail
(strict xfail). A release of aiosmtpd that mends one of them is told by that.
"""

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

from mailgate.mail.address import Address
from tests.dialogues.place import Client, is_ours, open_place

STORED = b"Subject: x\r\n\r\nhello\r\n"


class Door(Protocol):
    """What a guard needs to know of a door, whichever it is."""

    async def greeted(self) -> Client: ...

    async def senders(self) -> list[str]: ...

    async def contents(self) -> list[bytes]: ...


@dataclass
class StockHandler:
    """A handler as aiosmtpd's manual shows it, with a commit that takes a few turns."""

    fails: bool

    def __post_init__(self) -> None:
        self.stored: list[tuple[str, bytes]] = []

    async def handle_RCPT(self, *arguments: Any) -> str:  # noqa: N802
        envelope, address = arguments[2], arguments[3]
        if self.fails:
            raise RuntimeError("postgresql://mailgate:secret@db")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, *arguments: Any) -> str:  # noqa: N802
        envelope = arguments[2]
        for _ in range(10):
            await asyncio.sleep(0)
        self.stored.append((envelope.mail_from, envelope.content))
        return "250 OK"


class Stock:
    """aiosmtpd as it comes."""

    def __init__(self, port: int, handler: StockHandler) -> None:
        self.port = port
        self.handler = handler
        self.clients: list[Client] = []

    async def greeted(self) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        client.patience = 1
        self.clients.append(client)
        assert (await client.reply()).startswith("220 ")
        return client

    async def senders(self) -> list[str]:
        return [sender for sender, _ in self.handler.stored]

    async def contents(self) -> list[bytes]:
        return [content for _, content in self.handler.stored]


@asynccontextmanager
async def stock(*, protocol: str, fails: bool, max_size: int) -> AsyncIterator[Stock]:
    handler = StockHandler(fails)
    server = await asyncio.get_running_loop().create_server(
        lambda: (LMTP if protocol == "lmtp" else SMTP)(
            handler, hostname="mx.acme.example", data_size_limit=max_size, enable_SMTPUTF8=True
        ),
        "127.0.0.1",
        0,
    )
    door = Stock(server.sockets[0].getsockname()[1], handler)
    try:
        yield door
    finally:
        for client in door.clients:
            client.writer.close()
        server.close()
        # Its tasks are nobody's children: they end when the loop has seen the clients go.
        for _ in range(20):
            await asyncio.sleep(0.001)


class Ours:
    def __init__(self, place: Any) -> None:
        self.place = place

    async def greeted(self) -> Client:
        client: Client = await self.place.greeted()
        return client

    async def senders(self) -> list[str]:
        return [str(row.envelope.reverse_path) for row in await self.place.stored()]

    async def contents(self) -> list[bytes]:
        contents: list[bytes] = await self.place.contents()
        return contents


@asynccontextmanager
async def open_door(
    which: str,
    tmp_path: Path,
    *,
    protocol: str = "smtp",
    fails: bool = False,
    max_size: int = 25 * 1024 * 1024,
) -> AsyncIterator[Door]:
    def ours(address: Address) -> bool:
        if fails:
            raise RuntimeError("postgresql://mailgate:secret@db")
        return is_ours(address)

    if which == "aiosmtpd":
        async with stock(protocol=protocol, fails=fails, max_size=max_size) as door:
            yield door
    else:
        async with open_place(tmp_path, protocol=protocol, ours=ours, max_size=max_size) as place:
            yield Ours(place)


guards = pytest.mark.parametrize(
    "which", ["mailgate", pytest.param("aiosmtpd", marks=pytest.mark.xfail(strict=True))]
)


@guards
async def test_envelope_addresses_are_not_decoded(which: str, tmp_path: Path) -> None:
    """aiosmtpd hands `\\r\\nX@b.example` to its handler."""
    async with open_door(which, tmp_path) as door:
        client = await door.greeted()
        await client.say("EHLO client.example")
        await client.say('MAIL FROM:<"=?utf-8?q?=0d=0aX?="@b.example>')
        await client.say("RCPT TO:<support@acme.example>")
        await client.say("DATA")
        client.send(STORED + b".\r\n")
        await client.reply()
        assert await door.senders() == ["=?utf-8?q?=0d=0aX?=@b.example"]


@guards
async def test_a_fault_of_ours_is_no_permanent_failure(which: str, tmp_path: Path) -> None:
    """aiosmtpd says `500 Error: (RuntimeError) postgresql://...` to a stranger."""
    async with open_door(which, tmp_path, fails=True) as door:
        client = await door.greeted()
        await client.say("EHLO client.example")
        await client.say("MAIL FROM:<a@b.example>")
        reply = await client.say("RCPT TO:<support@acme.example>")
        assert reply == "451 4.3.0 Temporary failure, try again later"


@guards
async def test_a_client_that_half_closes_cancels_nothing(which: str, tmp_path: Path) -> None:
    """aiosmtpd cancels the handler at EOF: no reply, and what was to be stored is not."""
    async with open_door(which, tmp_path) as door:
        client = await door.greeted()
        await client.open_transaction()
        client.send(STORED + b".\r\n")
        client.writer.write_eof()
        assert (await client.reply()).startswith("250 ")
        assert await door.contents() == [STORED]


@guards
async def test_oversize_by_lmtp_is_answered_for_each_recipient(which: str, tmp_path: Path) -> None:
    """aiosmtpd answers once: the client waits."""
    async with open_door(which, tmp_path, protocol="lmtp", max_size=10) as door:
        client = await door.greeted()
        await client.open_transaction(
            "support@acme.example", "sales@acme.example", hello="LHLO client.example"
        )
        client.send(STORED + b".\r\nNOOP\r\n")
        replies = [await client.reply() for _ in range(3)]
        assert [reply[:3] for reply in replies] == ["552", "552", "250"]


@guards
async def test_bare_newlines_in_a_content_are_refused(which: str, tmp_path: Path) -> None:
    """aiosmtpd stores them as they are, for somebody behind it to be smuggled past."""
    async with open_door(which, tmp_path) as door:
        client = await door.greeted()
        await client.open_transaction()
        client.send(b"a\n.\nMAIL FROM:<x@y.example>\n\r\n.\r\n")
        assert (await client.reply()).startswith("550 5.6.0 ")


@guards
async def test_a_bare_lf_ends_no_command(which: str, tmp_path: Path) -> None:
    async with open_door(which, tmp_path) as door:
        client = await door.greeted()
        client.send(b"EHLO client.example\n")
        assert (await client.reply()).startswith("500 ")


@guards
async def test_a_digit_of_another_script_is_no_digit(which: str, tmp_path: Path) -> None:
    """aiosmtpd: 500 ValueError."""
    async with open_door(which, tmp_path) as door:
        client = await door.greeted()
        await client.say("EHLO client.example")
        assert (await client.say("MAIL FROM:<a@b.example> SIZE=²")).startswith("501 ")


@guards
async def test_limits_are_not_shared_by_connections(which: str, tmp_path: Path) -> None:
    """aiosmtpd adds 36 octets to a class attribute at each EHLO of anybody."""
    SMTP.command_size_limits.clear()
    async with open_door(which, tmp_path) as door:
        client = await door.greeted()
        await client.say("EHLO client.example")
        assert not SMTP.command_size_limits


@guards
async def test_a_connection_does_not_inspect_its_class(
    which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fifth of aiosmtpd's time for a short message."""
    calls: list[object] = []

    def getmembers(found: object) -> list[tuple[str, object]]:
        calls.append(found)
        return []

    monkeypatch.setattr(inspect, "getmembers", getmembers)
    async with open_door(which, tmp_path) as door:
        await door.greeted()
        assert calls == []


@guards
async def test_lines_of_real_mail_are_taken(which: str, tmp_path: Path) -> None:
    """aiosmtpd: 500, for a line of more than 998 octets."""
    async with open_door(which, tmp_path) as door:
        client = await door.greeted()
        await client.open_transaction()
        client.send(b"x" * 5000 + b"\r\n.\r\n")
        assert (await client.reply()).startswith("250 ")


@guards
async def test_no_address_and_no_content_is_logged(
    which: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """aiosmtpd logs commands at INFO and each line of DATA at DEBUG."""
    if which == "aiosmtpd":
        logger = logging.getLogger("mail.log")
        logger.setLevel(logging.DEBUG)
        logger.propagate = True
    caplog.set_level(logging.DEBUG)
    async with open_door(which, tmp_path) as door:
        client = await door.greeted()
        await client.open_transaction()
        client.send(b"the secret of hong@customer.example\r\n.\r\n")
        await client.reply()
    assert "hong@customer.example" not in caplog.text


@guards
async def test_an_endless_line_is_not_kept(which: str, tmp_path: Path) -> None:
    """aiosmtpd reads it for as long as it comes, and keeps it all."""
    async with open_door(which, tmp_path, max_size=100_000) as door:
        client = await door.greeted()
        await client.open_transaction()
        client.send(b"x" * 3_000_000)
        assert (await client.reply()).startswith("552 ")


@guards
async def test_pipelining_is_offered(which: str, tmp_path: Path) -> None:
    async with open_door(which, tmp_path) as door:
        client = await door.greeted()
        client.send(b"EHLO client.example\r\n")
        lines = [await client.line()]
        while lines[-1][3] == "-":
            lines.append(await client.line())
        assert {"PIPELINING", "ENHANCEDSTATUSCODES"} <= {line[4:] for line in lines}
