"""A program that webhooks are posted to: a real HTTP server on loopback."""

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """Answers `status`, and remembers path, fields and body of what it got."""

    port: int
    status: int = 204
    got: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)

    def url(self, scheme: str = "http", path: str = "/hook?k=1") -> str:
        return f"{scheme}://localhost:{self.port}{path}"


@contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """With `context` it speaks TLS."""
    receiver = Receiver(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            octets = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append((self.path, dict(self.headers), octets))
            self.send_response(receiver.status)
            if receiver.status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    running = threading.Thread(target=server.serve_forever, args=(0.01,))
    running.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        running.join()
        server.server_close()
