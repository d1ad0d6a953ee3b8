"""Messages a second out of an IMAP folder: into the journal, into tickets, and by mbsync.

    python -m benchmarks.imap [--messages N] [--repeat N] [--latency N] [--json]

All of them read the same folder of a real Dovecot (Maildir, plain IMAP on loopback). mbsync
writes a Maildir with `FSync yes`, its default. mailgate takes the messages through one mailbox
with `after = "seen"`: into the journal with nobody working on it, and, with the whole daemon,
until each is a ticket, on a desk without agents: `benchmarks.tickets` measures what telling them
costs. Rounds go one after the other, so that a mood of the machine meets all. Latency is from the
moment at which Dovecot's EXISTS passes a relay in front of mailgate, to the ticket's commit.
"""

import argparse
import asyncio
import json
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import uvloop

from benchmarks.load import Figure
from mailgate.clock import SystemClock
from mailgate.daemon.mailboxes import mailbox_spec
from mailgate.ingest.imap.mailbox import Mailbox
from mailgate.ingest.imap.oauth import MailboxTokens
from mailgate.ingest.imap.opening import open_session
from mailgate.ingest.imap.spec import Tools
from mailgate.oauth.tokens import Tokens
from mailgate.settings import load
from mailgate.store import schema
from mailgate.store.open import open_store
from mailgate.telemetry import log
from mailgate.telemetry.prometheus import PrometheusTelemetry
from tests.harness.dovecot import PASSWORD, Dovecot, running_dovecot
from tests.harness.gateway import Daemon, make_gateway
from tests.harness.servers import program
from tests.harness.waiting import until

USER = "support@acme.example"
QUIET = "quiet@acme.example"
"""Its folder holds new mail alone: with 5,000 files Dovecot itself looks for long."""
OCTETS = 10_240
DESK = f'[[address]]\naddress = "{USER}"\nname = "Acme Support"\n'
MBSYNC = """\
FSync yes

IMAPAccount a
Host 127.0.0.1
Port {port}
User {user}
Pass "{password}"
SSLType None
AuthMechs LOGIN

IMAPStore far
Account a

MaildirStore near
Path {folder}/
Inbox {folder}/INBOX

Channel all
Far :far:
Near :near:
Patterns INBOX
Create Near
Sync Pull
SyncState *
"""


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from the announcement to the ticket."""

    messages: int
    p50: float
    p99: float
    worst: float


@dataclass(frozen=True, slots=True)
class Result:
    """Rates are messages a second."""

    messages: int
    mbsync: Figure
    journal: Figure
    tickets: Figure
    latency: Latency | None


def content(number: int) -> bytes:
    head = (
        f"Received: from a.example by mx.example; Fri, 20 Nov 2026 15:04:03 +0900\r\n"
        f"From: Hong <hong-{number % 500}@customer.example>\r\nTo: {USER}\r\n"
        f"Subject: Question {number}\r\nMessage-ID: <{number}.{OCTETS}@customer.example>\r\n"
        "Date: Fri, 20 Nov 2026 15:04:01 +0900\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n"
    ).encode()
    line = b"The order has not come, and the page says that it was sent a week ago.\r\n"
    return (head + line * (OCTETS // len(line)))[:OCTETS]


# --- mbsync ----------------------------------------------------------------------------------


def by_mbsync(server: Dovecot, count: int, folder: Path) -> float:
    """Messages a second into a fresh Maildir."""
    folder.mkdir()
    config = folder / "mbsyncrc"
    config.write_text(MBSYNC.format(port=server.port, user=USER, password=PASSWORD, folder=folder))
    began = time.monotonic()
    subprocess.run([program("mbsync"), "-c", str(config), "all"], check=True, capture_output=True)
    seconds = time.monotonic() - began
    found = sum(1 for part in ("new", "cur") for _ in (folder / "INBOX" / part).iterdir())
    assert found == count, f"mbsync wrote {found} of {count}"
    return count / seconds


# --- into the journal --------------------------------------------------------------------------


async def take(config: Path, count: int) -> float:
    """Seconds from connecting until `after` was done with the last of `count` messages."""
    settings = load(config)
    schema.upgrade(settings.store.url)
    clock = SystemClock()
    with (config.parent / "log").open("wb") as logs:
        telemetry = PrometheusTelemetry(log=log.configure(style="json", level="info", stream=logs))
        store = open_store(settings.store.url, telemetry=telemetry)
        tokens = MailboxTokens(Tokens(clock))
        done = asyncio.Event()
        tools = Tools(
            store=store,
            clock=clock,
            telemetry=Counting(telemetry, count, done),
            node="benchmark",
            connect=partial(open_session, clock=clock, tokens=tokens),
            tokens=tokens,
            chance=random.random,
            on_accepted=lambda: None,
            tell=lambda _: None,
        )
        mailbox = Mailbox(mailbox_spec(settings.mailbox[0]), tools)
        began = clock.monotonic()
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(mailbox.run())
            await done.wait()
            seconds = clock.monotonic() - began
            running.cancel()
        await store.close()
    return seconds


class Counting:
    """The telemetry, and a bell when `count` messages have been accepted."""

    def __init__(self, inner: PrometheusTelemetry, count: int, done: asyncio.Event) -> None:
        self._inner = inner
        self._left = count
        self._done = done

    def __getattr__(self, name: str) -> Callable[..., None]:
        verb: Callable[..., None] = getattr(self._inner, name)
        return verb

    def accepted(self, **facts: object) -> None:
        self._inner.accepted(**facts)  # type: ignore[arg-type]  # passed on as they are
        self._left -= 1
        if not self._left:
            self._done.set()


def into_journal(server: Dovecot, count: int, folder: Path) -> float:
    """Messages a second, by a process with one mailbox and the store."""
    gateway = make_gateway(folder)
    gateway.write_config(more=server.settings(USER, timeout="20s", poll_interval="60s"))
    command = [sys.executable, "-m", "benchmarks.imap", "--take", str(gateway.config)]
    said = subprocess.run(
        [*command, "--messages", str(count)], check=True, capture_output=True, text=True
    )
    return count / float(said.stdout)


# --- into tickets ------------------------------------------------------------------------------


def into_tickets(server: Dovecot, count: int, folder: Path) -> float:
    """Messages a second by the whole daemon, from its readiness to the last ticket."""
    gateway = make_gateway(folder)
    more = server.settings(USER, timeout="20s", poll_interval="60s")
    gateway.write_config(more=more, desk=DESK)
    with gateway.start() as daemon:
        until("all are tickets", lambda: processed(daemon) >= count, seconds=600)
        daemon.terminate()
    facts = daemon.facts()
    (ready,) = (fact["at"] for fact in facts if fact["event"] == "ready")
    last = max(fact["at"] for fact in facts if fact["event"] == "processed")
    seconds = (datetime.fromisoformat(last) - datetime.fromisoformat(ready)).total_seconds()
    return count / seconds


def processed(daemon: Daemon) -> int:
    time.sleep(0.2)  # The log is read whole: not so often that it costs what is measured.
    return daemon.log.read_bytes().count(b'"event":"processed"')


class Relay:
    """Between mailgate and Dovecot: it notes when the server announces something."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.announced: list[float] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                for ends in ((near, far, False), (far, near, True)):
                    threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, listening: bool) -> None:
        with suppress(OSError), source:
            while data := source.recv(65536):
                if listening and b" EXISTS" in data:
                    self.announced.append(time.time())
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._listener.close()


def latency(server: Dovecot, count: int, folder: Path) -> Latency:
    """One new message after the other."""
    gateway = make_gateway(folder)
    with closing(Relay(server.port)) as relay:
        more = server.settings(
            QUIET, timeout="20s", poll_interval="60s", since="now", port=relay.port
        )
        gateway.write_config(more=more, desk=DESK)
        delivered = []
        with gateway.start() as daemon:
            until("it is up", lambda: b'"event":"mailbox_up"' in daemon.log.read_bytes())
            for number in range(count):
                time.sleep(random.uniform(0.1, 0.4))
                delivered.append(time.time())
                server.deliver(QUIET, [content(1_000_000 + number)])
                until("a ticket", lambda: processed_now(daemon) > number)  # noqa: B023  at once
        tickets = [fact["at"] for fact in daemon.facts() if fact["event"] == "processed"]
    told = sorted(
        (datetime.fromisoformat(at).timestamp() - first_after(relay.announced, since)) * 1000
        for at, since in zip(tickets, delivered, strict=True)
    )
    return Latency(
        count,
        round(statistics.median(told), 1),
        round(told[min(len(told) - 1, round(len(told) * 0.99))], 1),
        round(told[-1], 1),
    )


def first_after(instants: Sequence[float], since: float) -> float:
    return next(instant for instant in instants if instant >= since)


def processed_now(daemon: Daemon) -> int:
    return daemon.log.read_bytes().count(b'"event":"processed"')


# --- together ----------------------------------------------------------------------------------


def measure(count: int, repeat: int, latencies: int) -> Result:
    rates: dict[str, list[float]] = {"mbsync": [], "journal": [], "tickets": []}
    ways = {"mbsync": by_mbsync, "journal": into_journal, "tickets": into_tickets}
    place = Path(tempfile.mkdtemp(prefix="mailgate-imap-"))
    try:
        with running_dovecot(USER, QUIET) as server:
            server.deliver(USER, (content(number) for number in range(count)))
            server.count(USER)  # Dovecot writes its index once: not in the first turn.
            for turn in range(repeat):
                for name, way in ways.items():
                    rates[name].append(way(server, count, place / f"{name}-{turn}"))
            late = latency(server, latencies, place / "latency") if latencies else None
    finally:
        shutil.rmtree(place)
    figures = {name: Figure.of(found) for name, found in rates.items()}
    return Result(count, **figures, latency=late)


def show(result: Result) -> str:
    base = result.mbsync.median
    lines = [
        f"{name:<10} {figure.median:>8,.0f}/s  {figure.median / base:5.2f} of mbsync"
        for name, figure in (
            ("mbsync", result.mbsync),
            ("journal", result.journal),
            ("tickets", result.tickets),
        )
    ]
    if result.latency is not None:
        late = result.latency
        lines.append(
            f"announced to ticket, {late.messages} messages: p50 {late.p50} ms, "
            f"p99 {late.p99} ms, worst {late.worst} ms"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--latency", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--take", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.take:
        print(uvloop.run(take(given.take, given.messages)))
        return
    result = measure(given.messages, given.repeat, given.latency)
    print(json.dumps(asdict(result)) if given.json else show(result))


if __name__ == "__main__":
    main(sys.argv[1:])
