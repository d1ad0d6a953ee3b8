"""Daemons for crash tests, born by fork: all modules are imported once.

As a program it reads a line of JSON for each daemon (`Order`), forks, and writes the pid; the
daemon's exit code is written into the file that the order names. The daemon is the one of
`crashing_daemon.py`. The production code knows nothing of this.
"""

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.harness.gateway import MORTAL, ROOT, Daemon, Gateway
from tests.harness.waiting import until

_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Order:
    """What a daemon is born with."""

    step: str
    hours: int
    folder: str
    config: str
    ended: str


class Born(subprocess.Popen[bytes]):
    """A daemon that is somebody else's child: its exit code is read from a file."""

    def __init__(self, pid: int, ended: Path) -> None:
        self._child_created = False  # for Popen.__del__
        self.pid = pid
        self.returncode: int | None = None
        self._ended = ended

    def poll(self) -> int | None:
        if self.returncode is None and self._ended.exists():
            self.returncode = int(self._ended.read_text())
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        until("the daemon has ended", lambda: self.poll() is not None, seconds=timeout or 60)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Nursery:
    """Starts daemons; from any thread."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._lock = threading.Lock()
        self._count = 0

    def start(self, gateway: Gateway, step: str, *, hours: int = 0) -> Daemon:
        """As `Gateway.start`, with the step at which it dies, so many hours later."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._count += 1
            ended = gateway.folder / f"ended-{self._count}"
            order = Order(step, hours, str(gateway.folder), str(gateway.config), str(ended))
            self._process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
            self._process.stdin.flush()
            pid = int(self._process.stdout.readline())
        folder = gateway.folder
        return Daemon(gateway, Born(pid, ended), folder / "daemon.log", folder / "daemon.out")


@contextmanager
def running_nursery() -> Iterator[Nursery]:
    """All its daemons end with it."""
    command = [*MORTAL, sys.executable, "-m", "tests.crash.nursery"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        try:
            yield Nursery(process)
        finally:
            process.kill()


# --- the program ----------------------------------------------------------------------------


def live(order: Order) -> int:
    """In the child: is the daemon until it ends."""
    from mailgate.daemon.serve import serve  # noqa: PLC0415
    from tests.crash.crashing_daemon import later, wired  # noqa: PLC0415

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.chdir(order.folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(Path(order.folder, "daemon.out"), flags), 1)
    os.dup2(os.open(Path(order.folder, "daemon.log"), flags), 2)
    try:
        wired(order.step, Path(order.folder, "steps"))
        if order.hours:
            later(order.hours)
        return serve(Path(order.config))
    except BaseException:  # noqa: BLE001  the last net of a child: it must not go on as its parent
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def reap(ended: dict[int, str]) -> None:
    """Notes the exit codes of those that have ended."""
    while ended:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        place = Path(ended.pop(pid))
        fresh = place.with_suffix(".new")
        fresh.write_text(str(os.waitstatus_to_exitcode(status)))
        fresh.rename(place)


def main() -> None:
    import alembic.command  # noqa: PLC0415
    import alembic.config  # noqa: F401, PLC0415

    import mailgate.daemon.serve  # noqa: PLC0415
    import mailgate.store.postgres  # noqa: F401, PLC0415

    ended: dict[int, str] = {}
    while True:
        reap(ended)
        if not select.select([0], [], [], _LOOK_SECONDS)[0]:
            continue
        line = read_line()
        if not line:
            return
        order = Order(**json.loads(line))
        pid = os.fork()
        if pid == 0:
            os._exit(live(order))
        ended[pid] = order.ended
        os.write(1, f"{pid}\n".encode())


def read_line() -> bytes:
    """Without a buffer that would keep the next one from `select`."""
    line = b""
    while not line.endswith(b"\n"):
        octet = os.read(0, 1)
        if not octet:
            return b""
        line += octet
    return line


if __name__ == "__main__":
    main()
