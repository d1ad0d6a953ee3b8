"""A real postgrey of Debian's package: the policy service that Postfix asks for greylisting."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness.ports import free_ports, listens
from tests.harness.servers import program
from tests.harness.waiting import until


@dataclass(frozen=True, slots=True)
class Postgrey:
    port: int

    @property
    def settings(self) -> str:
        """For Postfix's main.cf."""
        return f"smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:{self.port}\n"


@contextmanager
def running_postgrey(delay: int) -> Iterator[Postgrey]:
    """A triplet of client, sender and recipient is let in `delay` seconds after it was first
    seen; nobody is let in for their name."""
    (port,) = free_ports(1)
    folder = Path(tempfile.mkdtemp(prefix="mailgate-postgrey-"))
    owner = pwd.getpwnam("postgrey")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    nobody = folder / "nobody"
    nobody.touch()
    process = subprocess.Popen(
        [
            *("setpriv", "--pdeathsig=TERM", program("postgrey")),
            *(f"--inet=127.0.0.1:{port}", f"--delay={delay}", f"--dbdir={folder}"),
            *(f"--whitelist-clients={nobody}", f"--whitelist-recipients={nobody}"),
            *("--auto-whitelist-clients=0", f"--pidfile={folder}/pid"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        until("postgrey listens", lambda: _listening(process, port))
        yield Postgrey(port)
    finally:
        _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def _listening(process: subprocess.Popen[bytes], port: int) -> bool:
    assert process.poll() is None, f"postgrey ended with {process.returncode}"
    return listens(port)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends it and its children: all of them are in the session that was made for it."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
