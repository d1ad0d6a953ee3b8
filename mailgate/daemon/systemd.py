"""What systemd tells a service and wants to hear from it (sd_notify(3), sd_listen_fds(3))."""

import os
import socket

_FIRST_FD = 3  # SD_LISTEN_FDS_START


def notify(state: str) -> None:
    """Tells systemd `state` (`READY=1`, `STOPPING=1`, `WATCHDOG=1`); nothing without systemd."""
    target = os.environ.get("NOTIFY_SOCKET")
    if not target:
        return
    # A leading @ names a socket of the abstract namespace.
    address = "\0" + target[1:] if target.startswith("@") else target
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        try:
            channel.sendto(state.encode(), address)
        except OSError:
            # systemd is restarting itself: it asks again, and a lost word must not stop mail.
            return


def watchdog_interval() -> float | None:
    """Seconds between two signs of life (half of what systemd allows), None without a watchdog."""
    limit = os.environ.get("WATCHDOG_USEC")
    owner = os.environ.get("WATCHDOG_PID")
    if not limit or (owner and owner != str(os.getpid())):
        return None
    return int(limit) / 2_000_000


def inherited_sockets() -> dict[int, socket.socket]:
    """Listening sockets that systemd bound for us, by port: port 25 without root."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return {}
    sockets = {}
    for fd in range(_FIRST_FD, _FIRST_FD + int(os.environ.get("LISTEN_FDS", "0"))):
        listener = socket.socket(fileno=fd)
        listener.setblocking(False)  # noqa: FBT003  the stdlib's signature
        os.set_inheritable(fd, False)  # noqa: FBT003
        sockets[int(listener.getsockname()[1])] = listener
    return sockets
