"""F5: what the daemon promises when its disk is full.

SMTP hears 452 4.3.1 (RFC 3463 §3.4: mail system full), what is queued goes out and is settled
once, and nobody has to start anything again.
"""

import os
import smtplib
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.harness.effort import MARGIN, slowness
from tests.harness.gateway import Gateway
from tests.harness.journal import ask, journal_of
from tests.harness.mails import simple
from tests.harness.sink import Sink, running_sink
from tests.harness.waiting import until

COLD = True

SUPPORT = "support@acme.example"
MEGABYTE = 1024 * 1024
RESERVE = 16 * MEGABYTE
SENDERS = 25
OUT_OF_EACH = 3
"""An acknowledgement, and a notification for each of two agents."""


def mail(number: int, *, octets: int = 0) -> bytes:
    return simple(
        sender=f"Hong <h{number}@customer.example>",
        subject=f"question {number}",
        text="When does it come?\n" + ("x" * 69 + "\n") * (octets // 70),
        message_id=f"q{number}@customer.example",
    )


def send(gateway: Gateway, number: int, *, octets: int = 0) -> tuple[int, str]:
    """The reply to the content, up to its enhanced code."""
    with smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=60) as client:
        client.ehlo()
        client.mail(f"h{number}@customer.example")
        client.rcpt(SUPPORT)
        code, text = client.data(mail(number, octets=octets))
        return code, text.decode()[:5]


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[None]:
    """A file system of its own in this folder."""
    place.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "mailgate-test", place],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def fill(ballast: Path) -> None:
    """Leaves no room for a page."""
    with ballast.open("wb", buffering=0) as file:
        for octets in (1_000_000, 4096):
            with suppress(OSError):
                while file.write(b"\0" * octets) == octets:
                    pass


def free(place: Path) -> int:
    state = os.statvfs(place)
    return state.f_bavail * state.f_frsize


def held_by(event: threading.Event) -> Callable[[], None]:
    """A next hop that is slow to reply."""

    def wait() -> None:
        event.wait(60)

    return wait


def deliveries(gateway: Gateway) -> dict[str, int]:
    return dict(ask(gateway, "SELECT state, count(*) FROM deliveries GROUP BY state"))


def copies(sink: Sink) -> Counter[tuple[str, str]]:
    return Counter((taken.recipient, taken.message_id) for taken in list(sink.taken))


def reserve_metric(gateway: Gateway) -> str:
    lines = gateway.get("/metrics")[1].splitlines()
    return next(line for line in lines if line.startswith("mailgate_disk_reserve ")).split()[1]


def test_f5_mail_that_is_queued_leaves_a_full_disk(gateway: Gateway) -> None:
    """Others fill the disk to the last page while mail waits for a slow next hop: it goes out
    once, and that is written down; mail from outside is refused until there is room again."""
    var = gateway.folder / "var"
    reserve = var / "mailgate.db-reserve"
    go_on = threading.Event()
    with small_disk(var, 120), running_sink() as sink:
        gateway.write_config(smarthost=sink.port)
        sink.at_final_dot = held_by(go_on)
        with gateway.start() as daemon:
            try:
                until("there is a reserve", lambda: reserve.stat().st_size == RESERVE)
                assert reserve.stat().st_blocks * 512 == RESERVE
                assert reserve_metric(gateway) == "1.0"
                assert {send(gateway, number) for number in range(SENDERS)} == {(250, "2.0.0")}
                until("all is queued", lambda: {r.state for r in journal_of(gateway)} == {"done"})
                queued = sum(deliveries(gateway).values())
                assert queued >= 2 * SENDERS
                fill(var / "ballast")
                assert free(var) == 0 or not reserve.exists()
                assert send(gateway, 101) == (452, "4.3.1")
                assert gateway.run("ingest", "--rcpt", SUPPORT, stdin=mail(102)).returncode == 75
                assert "disk" in gateway.get("/readyz")[1]
            finally:
                go_on.set()
            until("all went out", lambda: deliveries(gateway) == {"delivered": queued})
            assert len(copies(sink)) == queued
            assert set(copies(sink).values()) == {1}
            assert ask(gateway, "SELECT result, count(*) FROM attempts GROUP BY result") == [
                ("delivered", queued)
            ]
            assert send(gateway, 103) == (452, "4.3.1")
            assert not reserve.exists()
            assert reserve_metric(gateway) == "0.0"
            assert gateway.get("/healthz")[0] == 200
            (var / "ballast").unlink()
            freed = time.monotonic()
            assert send(gateway, 104) == (250, "2.0.0")
            until("it is a ticket", lambda: {r.state for r in journal_of(gateway)} == {"done"})
            until("there is a reserve again", lambda: reserve.exists() and free(var) > RESERVE)
            assert gateway.get("/readyz")[0] == 200
            assert time.monotonic() - freed < 5 * slowness() * MARGIN
            assert daemon.terminate() == 0
            assert "Traceback" not in daemon.logged()
        assert len(journal_of(gateway)) == SENDERS + 1


def test_f5_killed_and_started_again_on_a_full_disk(gateway: Gateway) -> None:
    """With half of a transaction in its log: it starts, refuses, and sends what is queued."""
    var = gateway.folder / "var"
    with small_disk(var, 120), running_sink() as sink:
        gateway.write_config(smarthost=sink.port)
        with gateway.start() as daemon:
            assert send(gateway, 0) == (250, "2.0.0")
            until("it is answered", lambda: deliveries(gateway) == {"delivered": OUT_OF_EACH})
            blocked = threading.Event()
            sink.at_final_dot = held_by(blocked)
            assert send(gateway, 1) == (250, "2.0.0")
            until("it is being answered", lambda: len(sink.taken) == 2 * OUT_OF_EACH)
            fill(var / "ballast")
            assert send(gateway, 2, octets=400_000) == (452, "4.3.1")
            daemon.kill()
            blocked.set()
        sink.at_final_dot = None
        # Not ready: there is no room. But it lives, and works.
        daemon = gateway.start()
        try:
            until("it lives", lambda: gateway.get("/healthz")[0] == 200)
            until("all is settled", lambda: deliveries(gateway) == {"delivered": 2 * OUT_OF_EACH})
            # The three whose replies the dead one did not hear may come twice: RFC 5321 §4.5.3.2.6.
            assert sum(copies(sink).values()) <= 3 * OUT_OF_EACH
            assert len(copies(sink)) == 2 * OUT_OF_EACH
            assert send(gateway, 2, octets=400_000) == (452, "4.3.1")
            (var / "ballast").unlink()
            freed = time.monotonic()
            assert send(gateway, 2, octets=400_000) == (250, "2.0.0")
            until("it is ready", lambda: gateway.get("/readyz")[0] == 200)
            assert time.monotonic() - freed < 5 * slowness() * MARGIN
            until("all is done", lambda: {r.state for r in journal_of(gateway)} == {"done"})
            assert ask(gateway, "PRAGMA integrity_check") == [("ok",)]
            assert ask(gateway, "SELECT count(*) FROM journal_content") == [(3,)]
            assert daemon.terminate() == 0
            assert "Traceback" not in daemon.logged()
        finally:
            daemon.kill()


def test_f5_a_disk_that_fills_up_by_mail_alone_keeps_its_last_room(gateway: Gateway) -> None:
    """Nobody else writes: mail is refused long before the disk is full."""
    var = gateway.folder / "var"
    with small_disk(var, 120), running_sink() as sink:
        gateway.write_config(smarthost=sink.port)
        with gateway.start() as daemon:
            replies = [send(gateway, number, octets=4_000_000) for number in range(12)]
            assert replies[0] == (250, "2.0.0")
            assert replies[-1] == (452, "4.3.1")
            assert free(var) > 32 * MEGABYTE
            assert (var / "mailgate.db-reserve").stat().st_size == RESERVE
            assert daemon.terminate() == 0
            assert "Traceback" not in daemon.logged()
