"""`mailgate replay`: mail that could not be processed gets another chance, and no other mail."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailgate.cli.main import run
from mailgate.mail.address import Address
from mailgate.mail.envelope import Envelope
from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival, Door
from mailgate.store import journal
from mailgate.store.core import Connection
from mailgate.store.open import open_store
from mailgate.telemetry.null import NullTelemetry
from tests.harness.database import make_database

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HONG, SUPPORT = Address("hong", "customer.example"), Address("support", "acme.example")

Run = Callable[..., tuple[int, str, str]]


def set_aside(conn: Connection) -> None:
    """1 and 3 failed, 2 is a machine's, 4 has only just come."""
    for cause in ("processing_failed", "automated_without_ticket", "processing_failed", None):
        envelope = Envelope(HONG, (SUPPORT,))
        row = journal.append(conn, Arrival(Door.SMTP, envelope, b"Subject: x\r\n\r\ny\r\n", NOW))
        if cause is not None:
            journal.quarantine(conn, row, cause=cause, error="", now=NOW)


async def in_store(url: str, unit: Callable[[Connection], object]) -> object:
    store = open_store(url, telemetry=NullTelemetry())
    try:
        return await store.write(unit)
    finally:
        await store.close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    found = f"sqlite:///{tmp_path}/mailgate.db"
    make_database(found)
    asyncio.run(in_store(found, set_aside))
    return found


@pytest.fixture
def mailgate(tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]) -> Run:
    config = tmp_path / "mailgate.toml"
    config.write_text(
        f'[gateway]\ndata_dir = "{tmp_path}"\n[store]\nurl = "{url}"\n'
        f'[[address]]\naddress = "{SUPPORT}"\n'
    )

    def command(*words: str) -> tuple[int, str, str]:
        code = run(["--config", str(config), *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def waiting(url: str) -> list[int]:
    """Which mails the worker has before it."""

    def unit(conn: Connection) -> list[int]:
        rows = (journal.get(conn, JournalId(number)) for number in range(1, 5))
        return [row.id for row in rows if row is not None and row.state == "received"]

    found = asyncio.run(in_store(url, unit))
    assert isinstance(found, list)
    return found


def test_by_number(mailgate: Run, url: str) -> None:
    code, out, _ = mailgate("replay", "3")
    assert code == 0
    assert "mailgate explain 3" in out
    assert waiting(url) == [3, 4]


def test_all_that_failed(mailgate: Run, url: str) -> None:
    code, out, _ = mailgate("replay", "--all-failed", "--json")
    assert (code, json.loads(out)) == (0, [{"id": 1}, {"id": 3}])
    assert waiting(url) == [1, 3, 4]
    assert mailgate("replay", "--all-failed")[:2] == (0, "nothing has failed\n")


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        (["1", "2"], "The mail 2 has not failed (automated_without_ticket)."),
        (["1", "4"], "The mail 4 has not failed (received)."),
        (["9"], "There is no mail 9 in the journal."),
    ],
)
def test_what_has_not_failed_is_refused_with_all_beside_it(
    mailgate: Run, url: str, numbers: list[str], sentence: str
) -> None:
    code, _, err = mailgate("replay", *numbers)
    assert code == 1
    assert sentence in err
    assert waiting(url) == [4]


@pytest.mark.parametrize("words", [(), ("1", "--all-failed")])
def test_numbers_or_all(mailgate: Run, words: tuple[str, ...]) -> None:
    assert mailgate("replay", *words)[0] == 2
