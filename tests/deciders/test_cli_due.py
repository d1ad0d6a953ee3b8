"""What is due on a ticket, as the command line shows it."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.deciders.cli_world import Mailgate, installed

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


@pytest.fixture
def mailgate(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Mailgate:
    found = installed(tmp_path, capfdbinary, CONFIG)
    body = tmp_path / "body.txt"
    body.write_text("Your parcel is here.\n")
    assert found(*SEND, "--body-file", str(body)).code == 0
    return found


def due(mailgate: Mailgate) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = mailgate("tickets", "show", "1", "--json").json["due"]
    return found


def test_a_mail_of_ours_promises_nothing(mailgate: Mailgate) -> None:
    assert due(mailgate) == []
    assert "due" not in mailgate("tickets", "show", "1").out


def test_statuses_move_the_clock_of_a_part(mailgate: Mailgate) -> None:
    """A child ticket is opened by one of ours: nobody waits, and it is to be solved."""
    mailgate("tickets", "child", "1", "--subject", "Look for the parcel")
    opened = mailgate("tickets", "show", "2", "--json").json
    (solve,) = opened["due"]
    assert (solve["what"], solve["paused"], solve["told"]) == ("solve", False, 0)
    until = datetime.fromisoformat(solve["at"]) - datetime.fromisoformat(opened["created_at"])
    assert until.total_seconds() == 3 * 24 * 3600
    assert f"solve {solve['at']}" in mailgate("tickets", "show", "2").out

    mailgate("tickets", "set", "2", "--status", "pending")
    (paused,) = mailgate("tickets", "show", "2", "--json").json["due"]
    assert (paused["at"], paused["paused"]) == (None, True)
    assert "solve stands still" in mailgate("tickets", "show", "2").out

    mailgate("tickets", "set", "2", "--status", "resolved")
    assert mailgate("tickets", "show", "2", "--json").json["due"] == []
