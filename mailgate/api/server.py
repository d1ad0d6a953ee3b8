"""uvicorn inside the daemon: on a socket that was bound before, without its signal handlers."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

_DRAIN_SECONDS = 5


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn takes SIGINT and SIGTERM for itself; in a daemon they are the daemon's."""
        yield


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens; OSError when it cannot be had. Port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(64)
        bound.setblocking(False)  # noqa: FBT003  the stdlib's signature
    except OSError:
        bound.close()
        raise
    return bound


class HttpDoor:
    """Serves `app` on `listener`. Run `run` in the daemon's TaskGroup; `stop` makes it return
    after the answers under way, at most a few seconds later."""

    def __init__(self, app: FastAPI, listener: socket.socket) -> None:
        self._listener = listener
        host, port = listener.getsockname()[:2]
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._server = _Server(
            uvicorn.Config(
                app,
                loop="none",
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=_DRAIN_SECONDS,
            )
        )

    async def run(self) -> None:
        """Serves until `stop`; closes the socket."""
        try:
            await self._server.serve(sockets=[self._listener])
        finally:
            self._listener.close()

    def stop(self) -> None:
        """Takes no more requests."""
        self._server.should_exit = True
