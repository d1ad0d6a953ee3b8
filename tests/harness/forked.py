"""Processes that are born by fork from one that has imported everything already: a new interpreter
takes most of a second, and the tests start hundreds.

`running(module)` starts `python -m module`, whose `main` calls `serve_orders`. The production code
knows nothing of this.
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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.harness.waiting import until

__all__ = ["ROOT", "Born", "Forking", "running", "serve_orders"]

ROOT = Path(__file__).resolve().parents[2]
_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 0.01

Order = Mapping[str, object]
"""What a process is told: `folder`, `ended` (a file for its exit code), `stdin`, `stdout` and
`stderr` (files), `env` (None: as it is), and what its kind needs."""


class Born(subprocess.Popen[bytes]):
    """A process that is somebody else's child: its exit code is read from a file."""

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
        seconds = 60 if timeout is None else timeout
        try:
            until("the process has ended", lambda: self.poll() is not None, seconds=seconds)
        except AssertionError:
            raise subprocess.TimeoutExpired(str(self.pid), seconds) from None
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Forking:
    """Starts processes; from any thread."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._lock = threading.Lock()
        self._count = 0

    def start(self, folder: Path, order: Mapping[str, object]) -> Born:
        """A process that has its exit code written into `folder`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._count += 1
            ended = folder / f"ended-{os.getpid()}-{id(self)}-{self._count}"
            whole = {**order, "folder": str(folder), "ended": str(ended)}
            self._process.stdin.write(json.dumps(whole).encode() + b"\n")
            self._process.stdin.flush()
            return Born(int(self._process.stdout.readline()), ended)


@contextmanager
def running(module: str) -> Iterator[Forking]:
    """All its processes end with it, and it ends with this one."""
    command = ["setpriv", "--pdeathsig=KILL", sys.executable, "-m", module]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        try:
            yield Forking(process)
        finally:
            process.kill()


# --- in that program ------------------------------------------------------------------------------


def serve_orders(live: Callable[[Order], int]) -> None:
    """Reads a line of JSON for each process, forks, and writes the pid. `live` runs in the child,
    in its folder and with its files, and returns the exit code."""
    ended: dict[int, str] = {}
    while True:
        _reap(ended)
        if not select.select([0], [], [], _LOOK_SECONDS)[0]:
            continue
        line = _read_line()
        if not line:
            return
        order: dict[str, object] = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os._exit(_lived(order, live))
        ended[pid] = str(order["ended"])
        os.write(1, f"{pid}\n".encode())


def _lived(order: Order, live: Callable[[Order], int]) -> int:
    """In the child."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.chdir(str(order["folder"]))
    env = order.get("env")
    if isinstance(env, dict):
        os.environ.clear()
        os.environ.update(env)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    os.dup2(os.open(str(order.get("stdin") or os.devnull), os.O_RDONLY), 0)
    os.dup2(os.open(str(order["stdout"]), flags), 1)
    os.dup2(os.open(str(order["stderr"]), flags), 2)
    try:
        return live(order)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:  # noqa: BLE001  the last net of a child: it must not go on as its parent
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _reap(ended: dict[int, str]) -> None:
    """Notes the exit codes of those that have ended."""
    while ended:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        place = Path(ended.pop(pid))
        fresh = place.with_suffix(".new")
        # Who has given it up may have cleared its place away.
        with suppress(FileNotFoundError):
            fresh.write_text(str(os.waitstatus_to_exitcode(status)))
            fresh.rename(place)


def _read_line() -> bytes:
    """Without a buffer that would keep the next one from `select`."""
    line = b""
    while not line.endswith(b"\n"):
        octet = os.read(0, 1)
        if not octet:
            return b""
        line += octet
    return line
