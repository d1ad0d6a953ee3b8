"""The command line: every command can be called, and imports no other's libraries."""

import subprocess
import sys

import pytest
import typer

from mailgate.cli.app import roof
from mailgate.daemon.doctor.findings import counted

COMMANDS = {
    *("serve", "check-config", "doctor", "migrate", "hash-password", "ingest", "import"),
    *(
        "tickets",
        "search",
        "report",
        "senders",
        "forward",
        "reply",
        "note",
        "send",
        "queue",
        "quarantine",
        "webhooks",
        "suppressions",
        "explain",
        "replay",
        "parse",
    ),
}


def names(app: typer.Typer) -> set[str | None]:
    commands = {each.name for each in app.registered_commands}
    return commands | {each.name for each in app.registered_groups}


@pytest.mark.parametrize("word", sorted(COMMANDS))
def test_a_command_stands_alone_under_the_roof(word: str) -> None:
    assert names(roof(word)) == {word}


@pytest.mark.parametrize("word", [None, "--help", "tikets"])
def test_without_a_command_all_are_there(word: str | None) -> None:
    """For the help, and to say which one was meant."""
    assert names(roof(word)) == COMMANDS


HEAVY = {
    "sqlalchemy",
    "flanker",
    "jinja2",
    "structlog",
    "prometheus_client",
    "aiosmtpd",
    "cryptography",
}


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["check-config", "--help"], set[str]()),
        (["doctor", "--help"], set[str]()),
        (["hash-password", "--help"], set[str]()),
        (["tickets", "list", "--help"], {"sqlalchemy"}),
        (["queue", "list", "--help"], {"sqlalchemy"}),
    ],
)
def test_what_a_command_imports(arguments: list[str], needed: set[str]) -> None:
    program = (
        "import sys; from mailgate.cli.main import run; run(sys.argv[1:]); "
        "print('loaded', *{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, check=True, text=True
    )
    loaded = set(done.stdout.rpartition("loaded")[2].split())
    assert loaded & HEAVY == needed


@pytest.mark.parametrize(
    ("number", "noun", "verb", "text"),
    [
        (0, "agent", "", "0 agents"),
        (1, "agent", "", "1 agent"),
        (2, "support address", "", "2 support addresses"),
        (1, "support address", "", "1 support address"),
        (1, "mail", "wait", "1 mail waits"),
        (2, "mail", "wait", "2 mails wait"),
    ],
)
def test_one_and_many(number: int, noun: str, verb: str, text: str) -> None:
    assert counted(number, noun, verb) == text
