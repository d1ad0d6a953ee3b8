"""What the daemon promises when mail comes twice, is poison, or when it must stop or has no room.

F20: duplicates. F23: poison. F27: SIGTERM under load. F29: no file descriptors.
"""

import resource
import signal
import smtplib
import socket
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

from tests.harness.gateway import MAILGATE, ROOT, Daemon, Gateway
from tests.harness.journal import ask, journal_of
from tests.harness.mails import simple
from tests.harness.waiting import until

COLD = True

POISONED = ROOT / "tests" / "crash" / "poisoned_daemon.py"
HONG, SUPPORT = "hong@customer.example", "support@acme.example"


def mail(number: int, text: str = "When does it come?") -> bytes:
    return simple(
        sender=f"Hong <h{number}@customer.example>",
        subject=f"question {number}",
        text=text,
        message_id=f"q{number}@customer.example",
    )


def smtp(gateway: Gateway) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=30)


def send(gateway: Gateway, content: bytes) -> None:
    with smtp(gateway) as client:
        assert not client.sendmail(HONG, [SUPPORT], content)


def tickets(gateway: Gateway) -> int:
    ((count,),) = ask(gateway, "SELECT count(*) FROM tickets")
    return int(count)


def settled(gateway: Gateway) -> bool:
    rows = journal_of(gateway)
    return bool(rows) and all(row.state != "received" for row in rows)


def rss_octets(daemon: Daemon) -> int:
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


# --- F20 ------------------------------------------------------------------------------------


def test_f20_the_same_mail_by_every_door_is_one_event(gateway: Gateway) -> None:
    """With the trace that each way writes on top of it (RFC 5321 §4.4), and sent again by a
    client whose 250 was lost: one entry on one ticket, and each receipt is recorded."""
    content = mail(1)
    trace = b"Received: from mx.example by mail.acme.example; Mon, 5 Jan 2026 09:00:01 +0000\r\n"
    with gateway.start() as daemon:
        send(gateway, content)
        with smtplib.LMTP("127.0.0.1", gateway.lmtp_port) as client:
            client.sendmail(HONG, [SUPPORT], trace + content)
        returned = b"Return-Path: <hong@customer.example>\n" + content.replace(b"\r\n", b"\n")
        assert gateway.run("ingest", "--rcpt", SUPPORT, stdin=returned).returncode == 0
        with smtp(gateway) as lost:
            lost.ehlo()
            lost.mail(HONG)
            lost.rcpt(SUPPORT)
            lost.docmd("DATA")
            assert lost.sock is not None
            lost.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            lost.send(content + b".\r\n")
            until("it is stored", lambda: len(journal_of(gateway)) == 4)
            lost.sock.close()
            lost.close()
        send(gateway, content)
        until("all are done", lambda: len(journal_of(gateway)) == 5 and settled(gateway))
        assert Counter(row.door for row in journal_of(gateway)) == {"smtp": 3, "lmtp": 1, "pipe": 1}
        assert ask(gateway, "SELECT count(*) FROM entries WHERE direction = 'in'") == [(1,)]
        explained = [gateway.ask("explain", str(number)) for number in range(1, 6)]
        assert [one["disposition"] for one in explained] == ["open_ticket", *["duplicate"] * 4]
        assert daemon.terminate() == 0


# --- F23 ------------------------------------------------------------------------------------


def test_f23_poison_is_set_aside_and_nobody_waits_for_it(gateway: Gateway) -> None:
    """After three tries: in quarantine with its cause, the bytes kept, counted; the mails
    behind it are tickets, and the memory of the daemon stays as it was."""
    kinds = ("raises", "exhausts", "hangs")
    with gateway.start(command=[sys.executable, str(POISONED)]) as daemon:
        send(gateway, mail(0))
        until("the first is a ticket", lambda: settled(gateway))
        before = rss_octets(daemon)
        for number, kind in enumerate(kinds, 1):
            send(gateway, mail(number, f"poison: {kind}"))
        for number in range(11, 21):
            send(gateway, mail(number))
        until("ten more are tickets", lambda: tickets(gateway) == 11)
        until("the poison is set aside", lambda: settled(gateway), seconds=60)
        assert rss_octets(daemon) - before < 30_000_000
        until("it is counted", lambda: quarantined(gateway) == 3)
        rows = gateway.ask("quarantine", "list")
        assert [row["attempts"] for row in rows] == [3, 3, 3]
        kept = {row.content for row in journal_of(gateway) if row.state == "quarantined"}
        assert kept == {mail(number, f"poison: {kind}") for number, kind in enumerate(kinds, 1)}
        assert daemon.terminate() == 0


def quarantined(gateway: Gateway) -> float:
    """As the metric has it, whatever the cause."""
    lines = gateway.get("/metrics")[1].splitlines()
    return sum(
        float(line.split()[-1]) for line in lines if line.startswith("mailgate_quarantine_depth{")
    )


# --- F27 ------------------------------------------------------------------------------------


def test_f27_sigterm_under_load(gateway: Gateway) -> None:
    """No new sessions, 421 to who has nothing under way, answers to who has; exit 0, nothing
    acknowledged is lost, and nothing is left claimed. A second SIGTERM changes nothing."""
    stop = threading.Event()
    acknowledged: list[int] = []

    def load(worker: int) -> None:
        number = worker * 1000
        with suppress(OSError, smtplib.SMTPException):
            while not stop.is_set():
                number += 1
                send(gateway, mail(number))
                acknowledged.append(number)

    with gateway.start() as daemon, ThreadPoolExecutor(6) as pool, ExitStack() as clients:
        try:
            idle = clients.enter_context(smtp_without_quit(gateway))
            idle.ehlo()
            for worker in range(1, 7):
                pool.submit(load, worker)
            until("there is load", lambda: len(acknowledged) > 50)
            daemon.process.send_signal(signal.SIGTERM)
            code, _ = idle.getreply()
            assert code == 421
            daemon.process.send_signal(signal.SIGTERM)
            assert daemon.process.wait(30) == 0
        finally:
            stop.set()
        assert "Traceback" not in daemon.logged()
    stored = {row.content for row in journal_of(gateway)}
    assert {mail(number) for number in acknowledged} <= stored
    assert ask(gateway, "SELECT id FROM journal WHERE lease_until IS NOT NULL") == []
    assert ask(gateway, "SELECT id FROM deliveries WHERE state = 'leased'") == []


class smtp_without_quit(smtplib.SMTP):  # noqa: N801  a context manager of the test's own
    """Closes without a word: the other side has said goodbye."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__("127.0.0.1", gateway.smtp_port, timeout=30)

    def __exit__(self, *exc: object) -> None:
        self.close()


# --- F29 ------------------------------------------------------------------------------------


def test_f29_no_file_descriptors(gateway: Gateway) -> None:
    """As with `ulimit -n 64`: who comes when there are none waits or is turned away; the next
    one is served when there are some, without a restart."""
    with gateway.start() as daemon:
        pid = daemon.process.pid
        send(gateway, mail(0))
        _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (64, hard))
        with ExitStack() as crowd:
            for _ in range(100):
                crowd.enter_context(socket.create_connection(("127.0.0.1", gateway.smtp_port), 10))
            until(
                "there are no more",
                lambda: len(list(Path(f"/proc/{pid}/fd").iterdir())) >= 63,
            )
        until("it serves again", lambda: served(gateway, mail(1)))
        until("both are tickets", lambda: tickets(gateway) == 2)
        assert gateway.get("/healthz")[0] == 200
        assert daemon.terminate() == 0
        assert daemon.logged().count("\n") < 2000, "the log is not flooded"


def served(gateway: Gateway, content: bytes) -> bool:
    """A mail server tries again; the crowd may not have been forgotten at the first time."""
    with suppress(OSError, smtplib.SMTPException):
        send(gateway, content)
        return True
    return False


def test_f29_it_starts_and_works_with_64_descriptors(gateway: Gateway) -> None:
    limited = ["prlimit", "--nofile=64", *MAILGATE]
    with gateway.start(command=limited) as daemon:
        with ThreadPoolExecutor(10) as pool:
            list(pool.map(lambda number: send(gateway, mail(number)), range(10)))
        until("ten tickets", lambda: tickets(gateway) == 10)
        assert daemon.terminate() == 0
