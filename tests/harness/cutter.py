"""A network that breaks at a chosen word: a proxy on loopback in front of a server."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class Cutter:
    """Cuts the first `cuts` connections on which the server says `word`: what it says from there
    on reaches nobody, and what the client had sent before has reached the server."""

    target: int
    word: bytes
    cuts: int
    port: int = 0
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def cut(self, said: bytes) -> bool:
        with self.lock:
            if self.word not in said or self.done >= self.cuts:
                return False
            self.done += 1
            return True


class _Session(socketserver.BaseRequestHandler):
    cutter: Cutter

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.cutter.target), 20) as server:
            asking = threading.Thread(target=self._forward, args=(server,))
            asking.start()
            with suppress(OSError):
                while said := server.recv(65536):
                    if self.cutter.cut(said):
                        break
                    self.request.sendall(said)
            for each in (server, self.request):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            asking.join()

    def _forward(self, server: socket.socket) -> None:
        with suppress(OSError):
            while asked := self.request.recv(65536):
                server.sendall(asked)
            server.shutdown(socket.SHUT_WR)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def running_cutter(target: int, *, word: bytes, cuts: int) -> Iterator[Cutter]:
    """In front of the port `target`."""

    class Session(_Session):
        cutter = Cutter(target, word, cuts)

    with _Server(("127.0.0.1", 0), Session) as server:
        Session.cutter.port = int(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield Session.cutter
        finally:
            server.shutdown()
            thread.join()
