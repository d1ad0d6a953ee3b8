"""Free ports on loopback, also for a daemon that is killed and comes back.

They are below those that the system gives to outgoing connections (32768 and up on Linux): one of
these would be somebody else's by the time that the daemon is there again. Each process of tests has
a thousand for itself.
"""

import fcntl
import functools
import itertools
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

_FIRST, _EACH, _SHARES = 12_000, 1_000, 20


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now; each call gives others."""
    ports = _ports(os.getpid())
    return list(itertools.islice(filter(_is_free, ports), count))


@functools.cache
def _ports(pid: int) -> Iterator[int]:
    """The ports of this process, over and over, from another one on than the process before."""
    share = range(_share() * _EACH + _FIRST, (_share() + 1) * _EACH + _FIRST)
    return itertools.islice(itertools.cycle(share), pid % _EACH, None)


@functools.cache
def _share() -> int:
    """One that no other process has: its file is locked until this one ends."""
    folder = Path(tempfile.gettempdir(), "mailgate-test-ports")
    folder.mkdir(exist_ok=True)
    for share in range(_SHARES):
        file = os.open(folder / str(share), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
        else:
            return share
    raise AssertionError(f"more than {_SHARES} processes of tests at once")


def _is_free(port: int) -> bool:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def listens(port: int) -> bool:
    """Whether somebody accepts connections on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
