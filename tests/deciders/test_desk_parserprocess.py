"""Parsing in a process of its own: what comes of it is what threads make of it, whatever befalls
the process."""

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailgate.clock import SystemClock
from mailgate.desk.arriving import parsing
from mailgate.desk.arriving.parserprocess import ParserProcess
from mailgate.desk.arriving.parsing import Parsed, parse_rows
from mailgate.mail.address import NullReversePath
from mailgate.mail.envelope import Envelope
from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival, Door, JournalRow
from mailgate.telemetry.null import NullTelemetry

MAIL = (
    "From: Hong <hong@example.kr>\r\nTo: support@acme.example\r\nSubject: parcel {}\r\n"
    "Message-ID: <{}@example.kr>\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nWhere is it?\r\n"
    '--b\r\nContent-Type: image/png; name="a.png"\r\n\r\npicture\r\n--b--\r\n'
)


class Reports(NullTelemetry):
    def __init__(self) -> None:
        self.failures: list[str] = []

    def task_failed(self, *, task: str, error: str) -> None:
        self.failures.append(task)


def row(number: int) -> JournalRow:
    arrival = Arrival(
        door=Door.SMTP,
        envelope=Envelope(NullReversePath(), ()),
        content=MAIL.format(number, number).encode(),
        at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
        peer=None,
        trusted=True,
    )
    return JournalRow(
        id=JournalId(number), arrival=arrival, attempts=1, released=False, released_to=None
    )


ROWS = [row(number) for number in range(1, 41)]


def timeless(parsed: list[Parsed]) -> list[Parsed]:
    return [replace(each, seconds=0.0) for each in parsed]


async def by_threads(rows: list[JournalRow]) -> list[Parsed]:
    return timeless(await parse_rows(rows, SystemClock()))


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch) -> Reports:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    return Reports()


def instead_of_python(monkeypatch: pytest.MonkeyPatch, folder: Path, does: str) -> None:
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


async def test_a_process_says_what_threads_say_batch_after_batch(reports: Reports) -> None:
    parser = ParserProcess(SystemClock(), reports)
    try:
        first, then = await parser.parse(ROWS[:30]), await parser.parse(ROWS[30:])
    finally:
        await parser.close()
    assert timeless(first + then) == await by_threads(ROWS)
    assert reports.failures == []


async def test_a_process_that_ends_costs_nobody_a_try(
    reports: Reports, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    instead_of_python(monkeypatch, tmp_path, "exit 1")
    parser = ParserProcess(SystemClock(), reports)
    assert timeless(await parser.parse(ROWS)) == await by_threads(ROWS)
    assert timeless(await parser.parse(ROWS)) == await by_threads(ROWS)
    assert reports.failures == ["parser"]  # Said once: it is not started again.


async def test_what_hangs_in_the_process_has_failed_and_the_rest_is_parsed(
    reports: Reports, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    instead_of_python(monkeypatch, tmp_path, "exec 3>&1 cat > /dev/null")
    monkeypatch.setattr(parsing, "DEADLINE", 0.5)
    parsed = await ParserProcess(SystemClock(), reports).parse(ROWS)
    assert [each.error for each in parsed] == [parsing.TOO_LONG] + [None] * 39
    assert timeless(parsed[1:]) == await by_threads(ROWS[1:])
