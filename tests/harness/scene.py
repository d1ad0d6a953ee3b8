"""A desk with its customers, as an attacker meets it: the SMTP door, and whatever comes out."""

import itertools
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.harness.gateway import Daemon, Gateway
from tests.harness.mailbox import Mail
from tests.harness.mails import simple
from tests.harness.ports import free_ports
from tests.harness.quiet import wait_until_quiet
from tests.harness.sink import Sink, Taken, running_sink

SUPPORT, SALES = "support@acme.example", "sales@acme.example"
ALICE, BOB = "alice@acme.example", "bob@acme.example"
HONG, MALLORY = "hong@customer.example", "mallory@evil.example"
FRONT = "mx.acme.example"
"""The mail server in front of us: what it says of a sender is believed."""

DESK = f"""
[threading]
trusted_authserv_ids = ["{FRONT}"]

[[address]]
address = "{SUPPORT}"
name = "Acme Support"
brand = "acme"
group = "support"

[[address]]
address = "{SALES}"
name = "Acme Sales"
brand = "acme"
group = "support"

[[group]]
name = "support"
members = ["{ALICE}", "{BOB}"]

[[agent]]
address = "{ALICE}"
name = "Alice Kim"

[[agent]]
address = "{BOB}"
name = "Bob Lee"
"""


def checked(result: str, sender: str) -> str:
    """What the server in front found out about a sender: `pass` or `fail`."""
    domain = sender.rpartition("@")[2]
    return f"Authentication-Results: {FRONT}; dmarc={result} header.from={domain}"


def address_in(shown: str) -> str:
    """`Name <address>` -> `address`."""
    return shown.rpartition("<")[2].removesuffix(">")


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket that somebody has opened, and what its requester and its agents were sent."""

    number: int
    requester: str
    acknowledgement: Mail
    notifications: dict[str, Mail]

    @property
    def token(self) -> str:
        """The address that the requester answers to."""
        return address_in(self.acknowledgement["Reply-To"])

    def token_of(self, agent: str) -> str:
        return address_in(self.notifications[agent]["Reply-To"])


@dataclass(slots=True)
class Scene:
    """A running desk. `strangers_port` is a door that trusts nobody, as one on the open internet
    does; by the other, the server in front of us hands its mail over."""

    gateway: Gateway
    daemon: Daemon
    sink: Sink
    strangers_port: int
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    # --- what comes in ---------------------------------------------------------------------------

    def write(
        self,
        sender: str,
        *,
        to: str = SUPPORT,
        subject: str = "Where is my order?",
        text: str = "It was to come on Monday.",
        auth: str | None = None,
        more: tuple[str, ...] = (),
        message_id: str | None = None,
        reverse_path: str | None = None,
        directly: bool = False,
    ) -> int:
        """Somebody writes, and the server in front says `auth` of them (None: nothing). The
        number in the journal."""
        address = address_in(sender)
        content = simple(
            sender=sender,
            to=to,
            subject=subject,
            text=text,
            message_id=message_id or f"n{next(self.numbers)}.{address}",
            more=more,
        )
        if auth is not None:
            content = checked(auth, address).encode() + b"\r\n" + content
        path = address if reverse_path is None else reverse_path
        return self.send(content, reverse_path=path, to=to, directly=directly)

    def send(
        self, content: bytes, *, reverse_path: str, to: str = SUPPORT, directly: bool = False
    ) -> int:
        """By the SMTP door, as it is. The number that it has in the journal."""
        port = self.strangers_port if directly else self.gateway.smtp_port
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            client.ehlo()
            assert client.mail(reverse_path, ["BODY=8BITMIME"])[0] == 250
            code, said = client.rcpt(to)
            assert code == 250, said
            code, said = client.data(content)
        assert code == 250, said
        return int(said.split()[-1])

    def open(self, requester: str, **how: Any) -> Opened:
        """A proven customer opens a ticket."""
        return self.open_all([requester], **how)[0]

    def open_all(self, requesters: list[str], **how: Any) -> list[Opened]:
        rows = [self.write(one, **{"auth": "pass", **how}) for one in requesters]
        self.settle()
        documents = [self.gateway.ask("explain", str(row)) for row in rows]
        return [
            self._opened(document["ticket"], requester)
            for document, requester in zip(documents, requesters, strict=True)
        ]

    def _opened(self, number: int, requester: str) -> Opened:
        def on_it(recipient: str) -> Mail:
            subject = f"[#{number}]"
            (found,) = [m for m in self.mails_to(recipient) if m["Subject"].startswith(subject)]
            return found

        agents = {agent: on_it(agent) for agent in (ALICE, BOB)}
        return Opened(number, requester, on_it(requester), agents)

    def answer(self, ticket: int, text: str) -> None:
        """Alice answers, by the command line."""
        done = self.gateway.run("reply", str(ticket), "--as", ALICE, stdin=text.encode())
        assert done.returncode == 0, done.stderr.decode()
        self.settle()

    # --- what came of it -------------------------------------------------------------------------

    def settle(self) -> None:
        """Waits until everything is worked off and everything has left."""
        wait_until_quiet(self.gateway, seconds=120)

    def explained(self, row: int) -> Any:
        """What became of a mail, when it has become something."""
        self.settle()
        return self.gateway.ask("explain", str(row))

    def mails_to(self, recipient: str) -> list[Mail]:
        return [one.mail for one in self.sink.to(recipient)]

    def outside(self) -> list[Taken]:
        """All that has left to others than agents."""
        self.settle()
        return [one for one in list(self.sink.taken) if one.recipient not in (ALICE, BOB)]

    def ticket(self, number: int) -> Any:
        self.settle()
        return self.gateway.ticket(number)

    def tickets(self) -> list[Any]:
        """All of them with their messages, by number."""
        self.settle()
        listed = self.gateway.ask("tickets", "list", "--limit", "1000")
        numbers = sorted(ticket["id"] for ticket in listed)
        return [self.gateway.ticket(number) for number in numbers]

    def quarantine(self) -> list[Any]:
        """What was set aside, oldest first."""
        self.settle()
        rows: list[Any] = self.gateway.ask("quarantine", "list", "--limit", "1000")
        return sorted(rows, key=lambda row: int(row["id"]))


@contextmanager
def playing(gateway: Gateway) -> Iterator[Scene]:
    """A desk that is up, on a gateway that is not yet configured."""
    (strangers,) = free_ports(1)
    door = (
        '[[listen]]\nprotocol = "smtp"\n'
        f'address = "127.0.0.1:{strangers}"\ntrusted_networks = ["192.0.2.0/24"]\n'
    )
    with running_sink() as sink:
        gateway.write_config(smarthost=sink.port, desk=DESK, more=door)
        with gateway.start() as daemon:
            yield Scene(gateway, daemon, sink, strangers)
