"""`mailgate ingest`, as a process that an MTA starts: exit codes, bytes, signals, crowds."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.harness.gateway import DESK, ROOT, Gateway, make_gateway
from tests.harness.journal import journal_of
from tests.harness.mails import simple
from tests.harness.postgres import running_postgres
from tests.harness.waiting import until

EX_DATAERR, EX_NOINPUT, EX_NOUSER, EX_TEMPFAIL = 65, 66, 67, 75
MAILGATE = Path(sys.executable).with_name("mailgate")
"""The command that is installed: what an MTA calls."""
SUPPORT, SALES = "support@acme.example", "sales@acme.example"
TWO_ADDRESSES = DESK + f'\n[[address]]\naddress = "{SALES}"\n'


def mail(number: int) -> bytes:
    return simple(
        sender="Mina <mina@customer.example>",
        subject=f"question {number}",
        text=f"This is question {number}.",
        message_id=f"q{number}@customer.example",
    )


def call(
    gateway: Gateway,
    *arguments: str,
    content: bytes,
    before: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [MAILGATE, "--config", gateway.config, "ingest", *arguments],
        input=content,
        capture_output=True,
        check=False,
        cwd="/",
        timeout=60,
        preexec_fn=before,
    )


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Made once: `migrate` takes a second."""
    gateway = make_gateway(tmp_path_factory.mktemp("empty"))
    assert gateway.run("migrate").returncode == 0
    return (gateway.folder / "var" / "mailgate.db").read_bytes()


@pytest.fixture
def ready(gateway: Gateway, empty_database: bytes) -> Gateway:
    """A gateway with a database and two addresses, and no daemon."""
    gateway.write_config(desk=TWO_ADDRESSES)
    (gateway.folder / "var" / "mailgate.db").write_bytes(empty_database)
    return gateway


# --- what is stored -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: Unix lines\n\nas a pipe has them\n",
        b"Subject: lines of SMTP\r\n\r\nas a wire has them\r\n",
        b"From hong@customer.example Sun Nov 22 02:19:55 2026\nSubject: mbox\n\n>From the shop\n",
        b"Subject: 8 bit \xc7\xd1\xb1\xdb\n\n\x00NUL and \xff\xfe\n",
        b"no header, no line end",
        b"\n",
        b"Subject: a dot\n\n.\nis no end\n",
    ],
)
def test_the_bytes_are_kept_as_they_came(ready: Gateway, content: bytes) -> None:
    """Promise 1: what cannot be understood is kept all the same."""
    done = call(ready, "--rcpt", SUPPORT, "--from", "hong@customer.example", content=content)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    (row,) = journal_of(ready)
    assert row.content == content
    assert (row.door, row.reverse_path) == ("pipe", "hong@customer.example")


def test_the_null_sender_and_two_recipients(ready: Gateway) -> None:
    """RFC 5321 §4.5.5; one message for two support addresses is one message."""
    done = call(ready, "--from", "", "--rcpt", SUPPORT, "--rcpt", SALES, content=mail(1))
    assert done.returncode == 0, done.stderr
    (row,) = journal_of(ready)
    assert row.reverse_path == "<>"
    assert row.forward_paths == f'["{SUPPORT}", "{SALES}"]'


def test_fifty_at_once_beside_the_daemon_are_each_stored_once(ready: Gateway) -> None:
    with ready.start():
        with ThreadPoolExecutor(10) as pool:
            codes = list(
                pool.map(
                    lambda number: call(ready, "--rcpt", SUPPORT, content=mail(number)).returncode,
                    range(50),
                )
            )
        assert codes == [0] * 50
        until("all of it is done", lambda: {row.state for row in journal_of(ready)} == {"done"})
    found = Counter(row.message_id for row in journal_of(ready))
    assert found == {f"q{number}@customer.example": 1 for number in range(50)}


@pytest.mark.servers("postgresql")
def test_it_writes_into_postgresql(gateway: Gateway) -> None:
    """With the daemon and without; and 75 while the database is down."""
    with running_postgres() as server:
        gateway.write_config(store_url=server.url(server.new_database()))
        assert gateway.run("migrate").returncode == 0
        arguments = ("--rcpt", SUPPORT, "--from", "hong@customer.example")
        assert call(gateway, *arguments, content=mail(1)).returncode == 0
        assert imported(gateway) & (FOREIGN | {"sqlite3"}) == {"sqlite3"}
        with gateway.start():
            assert call(gateway, *arguments, content=mail(2)).returncode == 0
            until("both are there", lambda: len(gateway.ask("tickets", "list")) == 2)
        server.stop()
        tempfail(call(gateway, *arguments, content=mail(3)))
        server.start()


# --- exit codes (sysexits.h) ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "content", "code"),
    [
        (["--rcpt", "nobody@acme.example"], mail(1), EX_NOUSER),
        (["--rcpt", SUPPORT, "--rcpt", "nobody@acme.example"], mail(1), EX_NOUSER),
        (["--rcpt", SUPPORT], b"", EX_NOINPUT),
        (["--rcpt", SUPPORT], b"x" * 25_000_001, EX_DATAERR),
    ],
)
def test_what_must_bounce(ready: Gateway, arguments: list[str], content: bytes, code: int) -> None:
    done = call(ready, *arguments, content=content)
    assert done.returncode == code
    assert len(done.stderr.decode().strip().splitlines()) == 1
    assert journal_of(ready) == []


@contextmanager
def held(gateway: Gateway) -> Iterator[None]:
    """Another process writes to the database for longer than anybody waits."""
    database = gateway.folder / "var" / "mailgate.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def tempfail(done: subprocess.CompletedProcess[bytes]) -> None:
    said = done.stderr.decode()
    assert done.returncode == EX_TEMPFAIL, said
    assert said.startswith("mailgate: ")
    assert len(said.strip().splitlines()) == 1
    assert "Traceback" not in said


def test_a_locked_database(ready: Gateway) -> None:
    with held(ready):
        tempfail(call(ready, "--rcpt", SUPPORT, content=mail(1)))
    assert call(ready, "--rcpt", SUPPORT, content=mail(1)).returncode == 0
    assert len(journal_of(ready)) == 1


def test_a_full_disk(ready: Gateway) -> None:
    """No file may grow: as when there is no room. Nothing of it is left afterwards."""

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    big = mail(1) + b"x" * 100_000
    tempfail(call(ready, "--rcpt", SUPPORT, content=big, before=no_room))
    assert journal_of(ready) == []
    assert call(ready, "--rcpt", SUPPORT, content=big).returncode == 0


def test_no_database_yet(gateway: Gateway) -> None:
    done = call(gateway, "--rcpt", SUPPORT, content=mail(1))
    tempfail(done)
    assert b"mailgate migrate" in done.stderr
    assert not (gateway.folder / "var" / "mailgate.db").exists()


@pytest.mark.parametrize("text", ["[gateway", "[[address]]\naddress = 3"])
def test_a_mistake_in_the_settings(ready: Gateway, text: str) -> None:
    ready.config.write_text(text)
    done = call(ready, "--rcpt", SUPPORT, content=mail(1))
    tempfail(done)
    assert str(ready.config) in done.stderr.decode()


def test_a_settings_file_that_is_not_there(ready: Gateway) -> None:
    ready.config.unlink()
    tempfail(call(ready, "--rcpt", SUPPORT, content=mail(1)))


# --- signals: for a death by a signal Postfix bounces the mail --------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_stop_in_the_middle_of_a_message(ready: Gateway, number: signal.Signals) -> None:
    with subprocess.Popen(
        [MAILGATE, "--config", ready.config, "ingest", "--rcpt", SUPPORT],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        process.stdin.write(mail(1))
        process.stdin.flush()
        until("it reads the message", lambda: waits_for_input(process.pid))
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert process.returncode == EX_TEMPFAIL
    assert said == b"mailgate: told to stop before the message was stored\n"
    assert journal_of(ready) == []


def waits_for_input(pid: int) -> bool:
    """It has taken everything out of the pipe and catches SIGTERM by now."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


def test_told_to_stop_while_it_stores(ready: Gateway) -> None:
    """It ends with what became of the message: waiting for the database, it goes on waiting."""
    with held(ready):
        process = subprocess.Popen(
            [MAILGATE, "--config", ready.config, "ingest", "--rcpt", SUPPORT],
            stdin=subprocess.PIPE,
        )
        assert process.stdin
        process.stdin.write(mail(1))
        process.stdin.close()
        until("it waits for the database", lambda: ignores_the_end(process.pid))
        process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert len(journal_of(ready)) == 1


def ignores_the_end(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    ignored = int(status.partition("SigIgn:")[2].split()[0], 16)
    return bool(ignored >> (signal.SIGTERM - 1) & 1)


@pytest.mark.parametrize("recipient", ["nobody@acme.example", SUPPORT])
def test_nobody_reads_what_it_says(ready: Gateway, recipient: str) -> None:
    """A reader that has gone (SIGPIPE) does not change the exit code."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [MAILGATE, "--config", ready.config, "ingest", "--rcpt", recipient],
            input=mail(1),
            stdout=writing,
            stderr=writing,
            check=False,
        )
    finally:
        os.close(writing)
    assert done.returncode == (0 if recipient == SUPPORT else EX_NOUSER)


def test_without_standard_streams(ready: Gateway) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", MAILGATE, "--config", ready.config, "ingest",
         "--rcpt", SUPPORT],
        check=False,
    )  # fmt: skip
    assert done.returncode == EX_NOINPUT
    assert journal_of(ready) == []


# --- what a message costs ---------------------------------------------------------------------


FOREIGN = {
    *("alembic", "aiosmtpd", "asyncio", "concurrent", "cryptography", "email", "fastapi"),
    *("flanker", "psycopg", "psycopg_binary", "pydantic", "prometheus_client", "rich"),
    *("sqlalchemy", "ssl", "structlog", "typer", "uvicorn", "uvloop"),
}


def test_it_imports_what_it_needs_and_no_more(ready: Gateway) -> None:
    """Libraries take half a second; a message may take 300 ms in all."""
    assert imported(ready) & (FOREIGN | {"sqlite3", "ctypes"}) == {"sqlite3"}


def imported(gateway: Gateway) -> set[str]:
    """What a call loads; it stores the first message."""
    program = (
        "import sys; from mailgate.cli.main import run; code = run(sys.argv[1:]); "
        "print(*sys.modules, sep='\\n'); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "--config", gateway.config, "ingest", "--rcpt", SUPPORT],
        input=mail(1),
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return {name.partition(".")[0] for name in done.stdout.decode().split()}
