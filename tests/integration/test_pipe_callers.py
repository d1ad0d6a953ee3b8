"""The pipe in the hands of those who call it: Postfix's pipe(8), procmail, and Exim's way.

Exim cannot be installed beside Postfix on Debian: its call is made as its manual writes it.
"""

import atexit
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from tests.harness.gateway import DESK, ROOT, Gateway, make_gateway
from tests.harness.journal import journal_of
from tests.harness.mails import korean_plain, simple
from tests.harness.ports import free_ports
from tests.harness.postfix import Postfix, Transports, running_postfix
from tests.harness.servers import program
from tests.harness.waiting import until

MAILGATE = Path(sys.executable).with_name("mailgate")
OWNER = "nobody"
"""pipe(8) runs commands for every user but root and Postfix's own."""
MINA = "mina@customer.example"
SUPPORT, SALES, FORMER = "support@acme.example", "sales@acme.example", "former@acme.example"
TWO_ADDRESSES = DESK + f'\n[[address]]\naddress = "{SALES}"\n'


def mail(number: int) -> bytes:
    return simple(
        sender=f"Mina <{MINA}>",
        subject=f"question {number}",
        text=f"This is question {number}.",
        message_id=f"q{number}@customer.example",
    )


@pytest.fixture
def shared() -> Iterator[Gateway]:
    """A gateway whose folder belongs to the user that the MTA runs commands as."""
    folder = Path(tempfile.mkdtemp(prefix="mailgate-pipe-"))
    try:
        gateway = make_gateway(folder)
        gateway.write_config(desk=TWO_ADDRESSES)
        assert gateway.run("migrate").returncode == 0
        give_away(folder)
        yield gateway
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def give_away(folder: Path) -> None:
    owner = pwd.getpwnam(OWNER)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid)


def command() -> str:
    """`mailgate` for that user; with the system's Python and a copy of the package where the
    checkout is in a folder of root's. The pipe needs the standard library alone."""
    if may_run(str(MAILGATE)):
        return str(MAILGATE)
    alone = f"/usr/bin/env PYTHONPATH={readable_copy()} /usr/bin/python3 -m mailgate.cli.main"
    assert may_run(alone)
    return alone


def may_run(words: str) -> bool:
    tried = subprocess.run(
        ["su", "-s", "/bin/sh", OWNER, "-c", f"{words} ingest -h"],
        capture_output=True,
        check=False,
        cwd="/",
    )
    return tried.returncode == 0


@cache
def readable_copy() -> Path:
    """The package in a folder that everybody may read, for as long as the tests run."""
    folder = Path(tempfile.mkdtemp(prefix="mailgate-copy-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(
        ROOT / "mailgate", folder / "mailgate", ignore=shutil.ignore_patterns("__pycache__")
    )
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


# --- Postfix --------------------------------------------------------------------------------


@contextmanager
def postfix_before(gateway: Gateway) -> Iterator[Postfix]:
    """As docs/operators/pipe.md says; and an address that the gateway does not know."""
    (port,) = free_ports(1)
    service = (
        "mailgate unix - n n - 4 pipe\n"
        f"  flags=Rq user={OWNER} null_sender= argv={command()} --config {gateway.config}\n"
        "  ingest --from ${sender} --rcpt ${recipient}\n"
    )
    ways = dict.fromkeys((SUPPORT, SALES, FORMER), "mailgate:")
    with running_postfix(
        port,
        mailboxes=[MINA],
        routes={},
        transports=Transports(service, ways),
        more="mailgate_destination_recipient_limit = 1",
    ) as postfix:
        try:
            yield postfix
        finally:
            print(postfix.log())


@pytest.mark.servers("postfix")
def test_postfix_hands_over_while_no_daemon_runs(shared: Gateway) -> None:
    with postfix_before(shared) as postfix:
        content = korean_plain(message_id="hong-1@customer.example")
        postfix.submit("hong@customer.example", [SUPPORT, SALES], content)
        until("both calls are done", lambda: len(journal_of(shared)) == 2)
        postfix.submit("", ["support+t1@acme.example"], mail(2))
        until("the null sender's too", lambda: len(journal_of(shared)) == 3)
        until("the queue is empty", lambda: postfix.waiting() == 0)
    *both, last = journal_of(shared)
    assert {row.forward_paths for row in both} == {f'["{SUPPORT}"]', f'["{SALES}"]'}
    assert {row.reverse_path for row in both} == {"hong@customer.example"}
    for row in both:
        assert row.content.startswith(b"Return-Path: <hong@customer.example>\n")
        assert row.content.endswith(content.replace(b"\r\n", b"\n"))
    assert (last.reverse_path, last.forward_paths) == ("<>", '["support+t1@acme.example"]')
    with shared.start():
        until("nothing waits", lambda: not [r for r in journal_of(shared) if r.state == "received"])
        subjects = [ticket["subject"] for ticket in shared.ask("tickets", "list")]
        assert subjects.count("주문한 상품이 안 왔어요") == 1, (
            "a copy for each address is one message"
        )


@pytest.mark.servers("postfix")
def test_postfix_bounces_what_is_not_ours(shared: Gateway) -> None:
    """67 is EX_NOUSER: Postfix tells the sender so, in a DSN with 5.1.1 (RFC 3463)."""
    with postfix_before(shared) as postfix:
        postfix.submit(MINA, [SUPPORT, FORMER], mail(1))
        (bounce,) = postfix.mailbox(MINA).wait_for(1)
        until("ours is stored", lambda: journal_of(shared))
    told = " ".join(bounce.everything().split())
    assert "Final-Recipient: rfc822; former@acme.example" in told
    assert "Status: 5.1.1" in told
    assert "not an address of this gateway: former@acme.example" in told
    assert [row.forward_paths for row in journal_of(shared)] == [f'["{SUPPORT}"]']


@pytest.mark.servers("postfix")
def test_postfix_keeps_what_cannot_be_stored_now(shared: Gateway) -> None:
    """75 is EX_TEMPFAIL: no DSN, and delivered once the database is back."""
    database = shared.folder / "var" / "mailgate.db"
    away = database.with_suffix(".away")
    with postfix_before(shared) as postfix:
        database.rename(away)
        postfix.submit(MINA, [SUPPORT], mail(1))
        until("it is deferred", lambda: "status=deferred" in postfix.log())
        assert "dsn=4.3.0" in postfix.log()
        away.rename(database)

        def stored() -> bool:
            postfix.flush()
            return bool(journal_of(shared))

        until("it is stored", stored)
        until("the queue is empty", lambda: postfix.waiting() == 0)
        assert postfix.mailbox(MINA).count() == 0
    assert len(journal_of(shared)) == 1


# --- procmail -------------------------------------------------------------------------------

RECIPE = """\
SHELL=/bin/sh
LOGFILE={folder}/procmail.log

:0 w
| {mailgate} --config {config} ingest --rcpt support@acme.example

# Only when it failed: its exit code goes to the MTA, which keeps the mail or bounces it.
EXITCODE=$?
HOST
"""


def procmail(gateway: Gateway, sender: str) -> int:
    """A recipe as docs/operators/pipe.md has it, called as an MTA calls procmail."""
    recipe = gateway.folder / "recipe"
    recipe.write_text(
        RECIPE.format(folder=gateway.folder, mailgate=MAILGATE, config=gateway.config)
    )
    recipe.chmod(0o600)
    return subprocess.run(
        [program("procmail"), "-t", "-f", sender, recipe],
        input=mail(1).replace(b"\r\n", b"\n"),
        check=False,
        timeout=60,
        env={"PATH": os.environ["PATH"], "HOME": str(gateway.folder), "LOGNAME": "support"},
        cwd=gateway.folder,
    ).returncode


@pytest.mark.servers("procmail")
def test_procmail(gateway: Gateway) -> None:
    """It writes the line `From SENDER DATE` above the message: that is the reverse path."""
    assert gateway.run("migrate").returncode == 0
    assert procmail(gateway, MINA) == 0
    assert procmail(gateway, "MAILER-DAEMON") == 0
    first, second = journal_of(gateway)
    assert first.content.startswith(b"From mina@customer.example ")
    assert (first.reverse_path, second.reverse_path) == (MINA, "<>")
    with gateway.start():
        until("one ticket", lambda: gateway.ask("tickets", "list"))
        assert gateway.ticket(1)["subject"] == "question 1"


@pytest.mark.servers("procmail")
def test_procmail_hands_the_exit_code_on(gateway: Gateway) -> None:
    """Without a database: 75, and procmail delivers it nowhere else."""
    assert procmail(gateway, MINA) == 75
    gateway.write_config(desk='[[address]]\naddress = "other@acme.example"\n')
    assert gateway.run("migrate").returncode == 0
    assert procmail(gateway, MINA) == 67
    assert journal_of(gateway) == []


# --- Exim -----------------------------------------------------------------------------------


def test_the_call_of_exims_pipe_transport(gateway: Gateway) -> None:
    """Exim specification, chapter 29: the command is run without a shell in an environment of
    its own variables alone, in `/`, as the user of the transport; message_prefix is a From_
    line by default, message_suffix an empty line; $return_path is empty for a bounce."""
    assert gateway.run("migrate").returncode == 0
    message = mail(1).replace(b"\r\n", b"\n")
    environment = {
        "DOMAIN": "acme.example", "HOME": "/", "HOST": "mx", "LOCAL_PART": "support",
        "LOGNAME": "nobody", "MESSAGE_ID": "1rE2Ab-0000Xy-1Z", "PATH": "/bin:/usr/bin",
        "RECIPIENT": SUPPORT, "QUALIFY_DOMAIN": "acme.example", "SENDER": MINA,
        "SHELL": "/bin/sh", "USER": "nobody",
    }  # fmt: skip
    for sender, prefix, suffix in (
        (MINA, b"From mina@customer.example Sun Nov 22 02:19:55 2026\n", b"\n"),
        ("", b"", b""),
    ):
        done = subprocess.run(
            [MAILGATE, "--config", gateway.config, "ingest", "--from", sender, "--rcpt", SUPPORT],
            input=prefix + message + suffix,
            capture_output=True,
            check=False,
            cwd="/",
            env=environment,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert [row.reverse_path for row in journal_of(gateway)] == [MINA, "<>"]
    with gateway.start():
        until("both are done", lambda: {row.state for row in journal_of(gateway)} == {"done"})
        assert len(gateway.ask("tickets", "list")) == 1, "prefix and suffix make no other message"
