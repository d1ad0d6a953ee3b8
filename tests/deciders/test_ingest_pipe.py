"""`mailgate ingest`: what an MTA is told by the exit code (sysexits.h, Postfix pipe(8))."""

import io
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from mailgate.clock import SystemClock
from mailgate.ingest.accept import Acceptor
from mailgate.ingest.pipe import ExitCode, PipeOutcome, ingest_stdin
from mailgate.mail.address import Address, NullReversePath, ReversePath, UnknownReversePath
from mailgate.model.journal import Door, JournalSummary
from mailgate.store import journal, schema
from mailgate.store.open import open_store
from mailgate.telemetry.null import NullTelemetry

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MESSAGE = b"Subject: x\n\nUnix lines, as a pipe has them\n"


class Pipe:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "mailgate.db"
        self.url = f"sqlite:///{self.path}"
        self.opened = 0

    @asynccontextmanager
    async def acceptor(self) -> AsyncIterator[Acceptor]:
        self.opened += 1
        store = open_store(self.url, telemetry=NullTelemetry())
        try:
            yield Acceptor(store, SystemClock(), NullTelemetry(), lambda: None)
        finally:
            await store.close()

    async def ingest(
        self,
        content: bytes = MESSAGE,
        recipients: Sequence[str] = ("support@acme.example",),
        sender: str | None = None,
    ) -> PipeOutcome:
        return await ingest_stdin(
            io.BytesIO(content),
            recipients=recipients,
            sender=sender,
            is_ours=lambda address: address.domain == "acme.example",
            max_size=1000,
            now=NOW,
            open_acceptor=self.acceptor,
        )

    async def stored(self) -> list[JournalSummary]:
        store = open_store(self.url, telemetry=NullTelemetry())
        try:
            return await store.read(partial(journal.listing, state=None, limit=10))
        finally:
            await store.close()


@pytest.fixture
def pipe(tmp_path: Path) -> Pipe:
    made = Pipe(tmp_path)
    schema.upgrade(made.url)
    return made


async def test_zero_comes_after_the_commit(pipe: Pipe) -> None:
    outcome = await pipe.ingest(sender="hong@customer.example")
    assert outcome == PipeOutcome(ExitCode.OK)
    (row,) = await pipe.stored()
    assert (row.door, row.received_at, row.size) == (Door.PIPE, NOW, len(MESSAGE))
    assert row.envelope.reverse_path == Address("hong", "customer.example")
    assert row.envelope.forward_paths == (Address("support", "acme.example"),)


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        (None, UnknownReversePath()),
        ("", NullReversePath()),
        ("<>", NullReversePath()),
        ("MAILER-DAEMON", NullReversePath()),
    ],
)
async def test_senders(pipe: Pipe, sender: str | None, expected: ReversePath) -> None:
    await pipe.ingest(sender=sender)
    (row,) = await pipe.stored()
    assert row.envelope.reverse_path == expected


@pytest.mark.parametrize(
    ("content", "recipients", "sender", "code"),
    [
        (MESSAGE, (), None, 64),
        (MESSAGE, ("support",), None, 64),
        (MESSAGE, ("support@acme.example",), "not an address", 64),
        (MESSAGE, ("support@elsewhere.example",), None, 67),
        (MESSAGE, ("support@acme.example", "x@elsewhere.example"), None, 67),
        (b"x" * 1001, ("support@acme.example",), None, 65),
        (b"", ("support@acme.example",), None, 66),
    ],
)
async def test_permanent_refusals_open_no_store(
    pipe: Pipe, content: bytes, recipients: tuple[str, ...], sender: str | None, code: int
) -> None:
    outcome = await pipe.ingest(content, recipients, sender)
    assert outcome.code == code
    assert outcome.sentence
    assert "\n" not in outcome.sentence
    assert pipe.opened == 0


async def test_a_store_that_is_no_store_is_75(pipe: Pipe) -> None:
    pipe.path.write_bytes(b"this is no database, whatever it is" * 100)
    outcome = await pipe.ingest()
    assert outcome.code == 75
    assert outcome.sentence.startswith("the message could not be stored: ")


async def test_a_store_without_tables_is_75(pipe: Pipe) -> None:
    with sqlite3.connect(pipe.path) as other:
        other.execute("DROP TABLE journal")
    other.close()
    assert (await pipe.ingest()).code == 75
