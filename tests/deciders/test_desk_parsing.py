"""Parsing in threads: what hangs is blamed for it, and nothing else is."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest

from mailgate.desk.arriving import parsing
from mailgate.desk.arriving.parsing import Parsed, parse_rows
from mailgate.mail.address import NullReversePath
from mailgate.mail.envelope import Envelope
from mailgate.mail.parse import parse_mail
from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival, Door, JournalRow
from mailgate.telemetry.null import NullTelemetry
from tests.harness.clock import FakeClock

HANGS = "hangs"
TOO_LONG = "parsing took too long"


class Reports(NullTelemetry):
    def __init__(self) -> None:
        self.failures: list[str] = []
        self.told = asyncio.Event()

    def task_failed(self, *, task: str, error: str) -> None:
        self.failures.append(f"{task}: {error}")
        self.told.set()


def row(number: int, subject: str = "parcel") -> JournalRow:
    content = f"From: hong@example.kr\r\nSubject: {subject}\r\n\r\n{number}\r\n".encode()
    at = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    arrival = Arrival(
        door=Door.SMTP,
        envelope=Envelope(NullReversePath(), ()),
        content=content,
        at=at,
        peer=None,
        trusted=True,
    )
    return JournalRow(
        id=JournalId(number), arrival=arrival, attempts=1, released=False, released_to=None
    )


@pytest.fixture
def go_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Mails that hang in the parser do so until this is set."""
    event = Event()

    def slow(content: bytes) -> Any:
        if HANGS.encode() in content:
            event.wait()
        return parse_mail(content)

    monkeypatch.setattr(parsing, "parse_mail", slow)
    monkeypatch.setattr(parsing, "DEADLINE", 0.05)
    monkeypatch.setattr(parsing, "MAX_THREADS", 2)
    monkeypatch.setattr(parsing, "_threads", parsing._Threads())
    yield event
    event.set()


def errors(parsed: list[Parsed]) -> list[str | None]:
    return [each.error for each in parsed]


async def test_the_rows_around_one_that_hangs_are_parsed(go_on: Event) -> None:
    rows = [row(1), row(2, HANGS), row(3), row(4)]
    parsed = await parse_rows(rows, FakeClock(), Reports())
    assert errors(parsed) == [None, TOO_LONG, None, None]
    assert [each.row.id for each in parsed] == [1, 2, 3, 4]


async def test_when_all_threads_hang_rows_wait_and_are_not_blamed(go_on: Event) -> None:
    """Said once; when a thread comes back the rows are parsed."""
    reports = Reports()
    for number in (1, 2):
        assert errors(await parse_rows([row(number, HANGS)], FakeClock(), reports)) == [TOO_LONG]
    assert reports.failures == []
    waiting = [
        asyncio.create_task(parse_rows([row(number), row(number + 1)], FakeClock(), reports))
        for number in (3, 5)
    ]
    async with asyncio.timeout(10):
        await reports.told.wait()
        blamed, _ = await asyncio.wait(waiting, timeout=4 * parsing.DEADLINE)
        assert not blamed
        go_on.set()
        await asyncio.wait(waiting)
    assert [errors(task.result()) for task in waiting] == [[None, None]] * 2
    assert reports.failures == ["parsing: all parser threads hang"]


async def test_other_work_in_threads_does_not_hold_up_the_parser(go_on: Event) -> None:
    """The loop's own threads may all be at work for somebody else."""
    others = [asyncio.create_task(asyncio.to_thread(go_on.wait)) for _ in range(40)]
    await asyncio.sleep(0)
    try:
        assert errors(await parse_rows([row(1)], FakeClock())) == [None]
    finally:
        go_on.set()
        await asyncio.gather(*others)


async def test_a_caller_that_goes_leaves_no_thread_at_work(go_on: Event) -> None:
    begun = asyncio.create_task(parse_rows([row(1, HANGS), row(2, HANGS)], FakeClock()))
    await asyncio.sleep(0)
    begun.cancel()
    with pytest.raises(asyncio.CancelledError):
        await begun
    go_on.set()
    assert errors(await parse_rows([row(3)], FakeClock())) == [None]
