"""What systemd does for the daemon, and what it hears from it (sd_notify(3), sd_listen_fds(3))."""

import smtplib
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.harness.gateway import MAILGATE, Gateway
from tests.harness.mails import simple
from tests.harness.waiting import until

COLD = True

MAIL = simple(
    sender="Mina <mina@customer.example>",
    subject="by a socket of systemd",
    text="Hello",
    message_id="s1@customer.example",
)


@contextmanager
def manager(path: Path) -> Iterator[socket.socket]:
    """The socket at which systemd listens for words of its services."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(path))
        channel.settimeout(20)
        yield channel


def test_it_tells_systemd_when_it_is_ready_alive_and_stopping(gateway: Gateway) -> None:
    path = gateway.folder / "notify"
    with manager(path) as channel:
        gateway.environment.update(NOTIFY_SOCKET=str(path), WATCHDOG_USEC="400000")
        with gateway.start() as daemon:
            heard = [channel.recv(100) for _ in range(4)]
            assert b"READY=1" in heard
            assert heard.count(b"WATCHDOG=1") >= 2
            daemon.process.terminate()
            until("it says that it stops", lambda: channel.recv(100) == b"STOPPING=1")
            assert daemon.terminate() == 0


@pytest.mark.servers("systemd")
def test_a_socket_of_systemd_is_used_for_its_port(gateway: Gateway) -> None:
    """`mailgate.socket` binds port 25 as root; the daemon gets it open (here by systemd's own
    tool for that) and binds nothing of its own there."""
    activate = ["systemd-socket-activate", "--listen", f"127.0.0.1:{gateway.smtp_port}"]
    # The tool passes no environment on that is not named.
    named = f"--setenv=PYTHONPATH={gateway._env()['PYTHONPATH']}"
    daemon = gateway.start(command=[*activate, named, "--", *MAILGATE])
    try:
        # The first connection starts the daemon, and waits for it.
        until("the tool listens", lambda: listens(gateway.smtp_port))
        with smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=30) as client:
            client.sendmail("mina@customer.example", ["support@acme.example"], MAIL)
        until("the ticket", lambda: [one["id"] for one in gateway.ask("tickets", "list")] == [1])
        assert daemon.terminate() == 0
    finally:
        daemon.kill()


def listens(port: int) -> bool:
    """Asks the kernel: a connection would be the first one already."""
    local = f"0100007F:{port:04X}"
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(fields[1] == local and fields[3] == "0A" for fields in sockets)


def test_two_daemons_never_share_a_data_directory(gateway: Gateway) -> None:
    """The second would take the first one's leases for its own, left behind by a crash."""
    with gateway.start() as daemon:
        second = subprocess.run(
            [*MAILGATE, "--config", str(gateway.config), "serve"],
            capture_output=True,
            cwd=gateway.folder,
            env=gateway._env(),
            timeout=30,
            check=False,
        )
        assert second.returncode == 1
        assert second.stderr.decode().count("\n") == 1
        assert "another mailgate runs on" in second.stderr.decode()
        assert daemon.terminate() == 0


def test_sighup_takes_new_addresses_and_keeps_the_old_ones_on_a_mistake(gateway: Gateway) -> None:
    with gateway.start() as daemon:
        assert rcpt(gateway, "sales@acme.example") == 550
        desk = gateway.config.read_text()
        gateway.config.write_text(f"{desk}\n[[address]]\naddress = 'sales@acme.example'\n")
        daemon.process.send_signal(1)
        until("sales@ is ours", lambda: rcpt(gateway, "sales@acme.example") == 250)
        gateway.config.write_text("[[address]]\naddress = 'nobody'\n")
        daemon.process.send_signal(1)
        until("it says why not", lambda: "nobody" in daemon.logged())
        assert rcpt(gateway, "sales@acme.example") == 250
        assert daemon.terminate() == 0


def rcpt(gateway: Gateway, address: str) -> int:
    with smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=10) as client:
        client.ehlo()
        client.mail("mina@customer.example")
        return client.rcpt(address)[0]
