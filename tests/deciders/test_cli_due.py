"""What is due on a ticket, as the command line shows it."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mailgate import settings
from mailgate.cli.main import run
from tests.harness.database import make_database

CONFIG = """\
[gateway]
hostname = "mail.acme.example"
data_dir = "{var}"
[[address]]
address = "support@acme.example"
[[agent]]
address = "alice@acme.example"
name = "Alice Kim"
[[response]]
name = "usual"
first = "4h"
solve = "3d"
"""
SEND = ("send", "--from", "support@acme.example", "--to", "hong@customer.example", "--subject", "x")

Run = Callable[..., str]


@pytest.fixture
def command(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    config = tmp_path / "mailgate.toml"
    config.write_text(CONFIG.format(var=tmp_path / "var"))
    (tmp_path / "var").mkdir()
    make_database(settings.load(config).store.url)

    def called(*arguments: str) -> str:
        assert run(["--config", str(config), *arguments]) == 0
        return capfdbinary.readouterr()[0].decode()

    body = tmp_path / "body.txt"
    body.write_text("Your parcel is here.\n")
    called(*SEND, "--body-file", str(body))
    return called


def due(command: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(command("tickets", "show", "1", "--json"))["due"]
    return found


def test_a_mail_of_ours_promises_nothing(command: Run) -> None:
    assert due(command) == []
    assert "due" not in command("tickets", "show", "1")


def test_statuses_move_the_clock_of_a_part(command: Run) -> None:
    """A child ticket is opened by one of ours: nobody waits, and it is to be solved."""
    command("tickets", "child", "1", "--subject", "Look for the parcel")
    opened = json.loads(command("tickets", "show", "2", "--json"))
    (solve,) = opened["due"]
    assert (solve["what"], solve["paused"], solve["told"]) == ("solve", False, 0)
    until = datetime.fromisoformat(solve["at"]) - datetime.fromisoformat(opened["created_at"])
    assert until.total_seconds() == 3 * 24 * 3600
    assert f"solve {solve['at']}" in command("tickets", "show", "2")

    command("tickets", "set", "2", "--status", "pending")
    (paused,) = json.loads(command("tickets", "show", "2", "--json"))["due"]
    assert (paused["at"], paused["paused"]) == (None, True)
    assert "solve stands still" in command("tickets", "show", "2")

    command("tickets", "set", "2", "--status", "resolved")
    assert json.loads(command("tickets", "show", "2", "--json"))["due"] == []
