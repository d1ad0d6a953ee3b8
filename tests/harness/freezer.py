"""A network that goes silent: a proxy on loopback that loses everything from a chosen word on.

Nothing is closed and nothing is refused: whoever waits hears nothing, and whoever writes can do so
until the buffers of the network are full.
"""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_LOOK_SECONDS = 0.05


@dataclass(slots=True)
class Freezer:
    """In front of the port `target`. While it is `cold`, a connection on which the client has said
    `word` is silent from there on: the word itself reaches nobody."""

    target: int
    word: bytes
    port: int = 0
    cold: threading.Event = field(default_factory=threading.Event)
    frozen: int = 0
    """Connections that went silent."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    end: threading.Event = field(default_factory=threading.Event)

    def freezes(self, said: bytes) -> bool:
        with self.lock:
            if not self.cold.is_set() or self.word not in said:
                return False
            self.frozen += 1
            return True


class _Session(socketserver.BaseRequestHandler):
    freezer: Freezer

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.freezer.target), 20) as server:
            silent = threading.Event()
            answering = threading.Thread(target=self._answer, args=(server, silent))
            answering.start()
            with suppress(OSError):
                while said := self.request.recv(4096):
                    if self.freezer.freezes(said):
                        silent.set()
                        self.freezer.end.wait()
                        break
                    server.sendall(said)
            for each in (server, self.request):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            answering.join()

    def _answer(self, server: socket.socket, silent: threading.Event) -> None:
        with suppress(OSError):
            while said := server.recv(65536):
                if silent.is_set():
                    return
                self.request.sendall(said)
        if not silent.is_set():
            with suppress(OSError):
                self.request.shutdown(socket.SHUT_WR)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def running_freezer(target: int, *, word: bytes) -> Iterator[Freezer]:
    class Session(_Session):
        freezer = Freezer(target, word)

    freezer = Session.freezer
    freezer.cold.set()
    with _Server(("127.0.0.1", 0), Session) as server:
        freezer.port = int(server.server_address[1])
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": _LOOK_SECONDS}
        )
        thread.start()
        try:
            yield freezer
        finally:
            freezer.end.set()
            server.shutdown()
            thread.join()
