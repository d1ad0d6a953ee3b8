"""A mail server that takes everything and remembers it: where outbound mail ends in tests."""

import hashlib
import smtplib
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.harness.mailbox import Mail, read_mail


@dataclass(frozen=True, slots=True)
class Taken:
    """One mail for one recipient, as it came after DATA."""

    reverse_path: str
    recipient: str
    content: bytes = field(repr=False)

    @property
    def mail(self) -> Mail:
        return read_mail(self.content)

    @property
    def message_id(self) -> str:
        return self.mail["Message-ID"]

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(slots=True)
class Sink:
    """`at_final_dot` is called when a mail is complete and has had no reply yet; `hand_on` is
    given each, and when it cannot hand it on, the client hears 451 and is to try again.
    `at_stage` is called with the name of each stage that a client has come to, before the reply:
    "connect", the verbs, "content" in the middle of a mail, "dot"; and with "250" when it has its
    reply to the dot. `offers` are what it says to EHLO."""

    port: int
    taken: list[Taken] = field(default_factory=list)
    at_final_dot: Callable[[], None] | None = None
    hand_on: Callable[[Taken], None] | None = None
    at_stage: Callable[[str], None] | None = None
    offers: tuple[str, ...] = ("8BITMIME", "SIZE 50000000")
    clients: int = 0
    """That are connected now."""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def to(self, recipient: str) -> list[Taken]:
        return [one for one in list(self.taken) if one.recipient == recipient]


class _Session(socketserver.StreamRequestHandler):
    """RFC 5321, as much of it as a client that behaves needs."""

    sink: Sink

    def handle(self) -> None:
        self._count(1)
        try:
            self._talk()
        finally:
            self._count(-1)

    def _talk(self) -> None:
        self._reach("connect")
        self._say("220 sink.example ESMTP")
        reverse_path, recipients = "", list[str]()
        while line := self.rfile.readline():
            verb, _, rest = line.decode("ascii", "replace").strip().partition(" ")
            self._reach(verb.upper())
            match verb.upper():
                case "EHLO":
                    offers = ("sink.example", *self.sink.offers)
                    self._say(*(f"250-{each}" for each in offers[:-1]), f"250 {offers[-1]}")
                case "MAIL":
                    reverse_path, recipients = _path(rest), []
                    self._say("250 2.1.0 ok")
                case "RCPT":
                    recipients.append(_path(rest))
                    self._say("250 2.1.5 ok")
                case "DATA":
                    self._say("354 go on")
                    content = self._content()
                    if content is None:
                        return
                    complete = [Taken(reverse_path, each, content) for each in recipients]
                    self.sink.taken += complete
                    self._reach("dot")
                    if self.sink.at_final_dot is not None:
                        self.sink.at_final_dot()
                    if not self._handed_on(complete):
                        self._say("451 4.4.1 the next host does not take it")
                        continue
                    self._say(f"250 2.0.0 ok: queued as {len(self.sink.taken):06X}")
                    self._reach("250")
                case "QUIT":
                    self._say("221 2.0.0 bye")
                    return
                case _:
                    self._say("250 2.0.0 ok")

    def _handed_on(self, mails: list[Taken]) -> bool:
        try:
            for one in mails:
                if self.sink.hand_on is not None:
                    self.sink.hand_on(one)
        except (OSError, smtplib.SMTPException):
            return False
        return True

    def _content(self) -> bytes | None:
        """The mail without dot stuffing (RFC 5321 §4.5.2); None when the client went away."""
        lines = list[bytes]()
        while line := self.rfile.readline():
            if not lines:
                self._reach("content")
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line.removeprefix(b".") if line.startswith(b".") else line)
        return None

    def _reach(self, stage: str) -> None:
        if self.sink.at_stage is not None:
            self.sink.at_stage(stage)

    def _count(self, by: int) -> None:
        with self.sink.lock:
            self.sink.clients += by

    def _say(self, *lines: str) -> None:
        try:
            self.wfile.write("".join(f"{line}\r\n" for line in lines).encode("ascii"))
        except OSError:
            # The client has died: what it was to hear does not matter any more.
            return


def _path(argument: str) -> str:
    """`FROM:<a@b> SIZE=1` -> `a@b`."""
    return argument.partition("<")[2].partition(">")[0]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that breaks is what crash tests are about."""


@contextmanager
def running_sink() -> Iterator[Sink]:
    class Session(_Session):
        pass

    with _Server(("127.0.0.1", 0), Session) as server:
        Session.sink = Sink(int(server.server_address[1]))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield Session.sink
        finally:
            server.shutdown()
            thread.join()
