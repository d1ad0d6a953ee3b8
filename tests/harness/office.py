"""A desk of two brands with its agents and customers, each with a mailbox of their own in a real
Postfix, which stands in front of the gateway and behind it. Stories are played in it: somebody
writes, all mail arrives, and one looks at who was sent what, and who nothing.
"""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr
from typing import Any

from tests.harness.gateway import Daemon, Gateway
from tests.harness.mailbox import Mail
from tests.harness.ports import free_ports
from tests.harness.postfix import Postfix, running_postfix
from tests.harness.quiet import wait_until_quiet
from tests.harness.waiting import until

SUPPORT, SALES, HELP = "support@acme.example", "sales@acme.example", "help@hanbit.example"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a mailbox, and what stands under what they write."""

    name: str
    address: str

    def __str__(self) -> str:
        return self.address


ALICE = Person("Alice Kim", "alice@acme.example")
BOB = Person("Bob Lee", "bob@acme.example")
SAM = Person("Sam Park", "sam@acme.example")
JISU = Person("김지수", "jisu@hanbit.example")
MINHO = Person("이민호", "minho@hanbit.example")
HONG = Person("홍길동", "hong@customer.example")
MINA = Person("박미나", "mina@customer.example")
CAROL = Person("Carol Jones", "carol@client.example")
DAVE = Person("Dave Ray", "dave@client.example")
VENDOR = Person("Parts Ltd", "orders@parts.example")
PEOPLE = (ALICE, BOB, SAM, JISU, MINHO, HONG, MINA, CAROL, DAVE, VENDOR)
AGENTS = (ALICE, BOB, SAM, JISU, MINHO)

FRONT = "mx.acme.example"
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
group = "sales"

[[address]]
address = "{HELP}"
name = "한빛 고객센터"
brand = "hanbit"
group = "한빛"
locale = "ko"

[[group]]
name = "support"
members = ["{ALICE}", "{BOB}"]

[[group]]
name = "sales"
members = ["{BOB}", "{SAM}"]

[[group]]
name = "한빛"
members = ["{JISU}", "{MINHO}"]
""" + "".join(f'\n[[agent]]\naddress = "{one.address}"\nname = "{one.name}"\n' for one in AGENTS)

_FOUND_OUT = "\n".join(
    f"    {{ {one.address} = PREPEND Authentication-Results: {FRONT};"
    f" dmarc=pass header.from={one.address.partition('@')[2]} }}"
    for one in PEOPLE
)
CHECKED = f"smtpd_sender_restrictions = check_sender_access inline:{{\n{_FOUND_OUT} }}\n"
"""What Postfix found out about a sender, written as a milter would."""

File = tuple[str, str, bytes]
"""Name, media type, content."""


def bare(shown: str) -> str:
    """`Name <address>` -> `address`."""
    return shown.rpartition("<")[2].removesuffix(">")


def quoting(mail: Mail) -> str:
    """How most clients quote what they answer."""
    return "\n".join(
        [f"On Mon, 5 Jan 2026 at 10:00, {mail['From']} wrote:", ""]
        + [f"> {line}" for line in mail.text().splitlines()]
    )


@dataclass(slots=True)
class Office:
    gateway: Gateway
    postfix: Postfix
    daemon: Daemon
    _seen: dict[str, int] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    # --- what people do --------------------------------------------------------------------------

    def write(
        self,
        who: Person,
        to: str | tuple[str, ...],
        subject: str,
        text: str,
        *,
        cc: tuple[str, ...] = (),
        bcc: tuple[str, ...] = (),
        html: str | None = None,
        files: tuple[File, ...] = (),
        header: Mapping[str, str] | None = None,
    ) -> str:
        """Somebody writes a mail; its Message-ID. Nothing is waited for."""
        named = (to,) if isinstance(to, str) else to
        mail = EmailMessage(policy=SMTP)
        message_id = f"<n{next(self._numbers)}.{who.address}>"
        mail["From"] = formataddr((who.name, who.address))
        mail["To"] = ", ".join(named)
        if cc:
            mail["Cc"] = ", ".join(cc)
        mail["Subject"] = subject
        mail["Message-ID"] = message_id
        mail["Date"] = "Mon, 05 Jan 2026 10:00:00 +0000"
        for name, value in (header or {}).items():
            mail[name] = value
        mail.set_content(text)
        if html is not None:
            mail.add_alternative(html, subtype="html")
        for name, kind, content in files:
            main, _, sub = kind.partition("/")
            mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
        reached = [bare(one) for one in (*named, *cc, *bcc)]
        self.postfix.submit(who.address, reached, mail.as_bytes())
        return message_id

    def answer(
        self,
        who: Person,
        mail: Mail,
        text: str,
        *,
        html: str | None = None,
        cc: tuple[str, ...] = (),
        files: tuple[File, ...] = (),
    ) -> str:
        """Somebody answers a mail that they got, in a client that quotes it below."""
        known = mail["References"].split() if mail.has("References") else []
        return self.write(
            who,
            mail["Reply-To"] if mail.has("Reply-To") else mail["From"],
            f"Re: {mail['Subject']}",
            f"{text}\n\n{quoting(mail)}\n",
            cc=cc,
            html=html,
            files=files,
            header={
                "In-Reply-To": mail["Message-ID"],
                "References": " ".join([*known, mail["Message-ID"]]),
            },
        )

    # --- what comes of it ------------------------------------------------------------------------

    def arrived(self) -> dict[Person, list[Mail]]:
        """Once all is quiet: who was sent what since the last look; who nothing is not in it."""
        wait_until_quiet(self.gateway, around=(self.postfix,))
        news = {}
        for one in PEOPLE:
            mails = self.postfix.mailbox(one.address).mails()
            new = mails[self._seen.get(one.address, 0) :]
            self._seen[one.address] = len(mails)
            if new:
                news[one] = new
        return news

    def opened(
        self, who: Person, to: str, subject: str, text: str
    ) -> tuple[int, dict[Person, Mail]]:
        """A customer opens a ticket: its number, and the one mail that each was sent."""
        self.write(who, to, subject, text)
        news = {one: mails[0] for one, mails in self.arrived().items()}
        number = self.gateway.ask("tickets", "list", "--limit", "1")[0]["id"]
        return number, news

    def ticket(self, number: int) -> Any:
        return self.gateway.ticket(number)

    def wait_for_status(self, number: int, status: str) -> None:
        until(f"ticket {number} is {status}", lambda: self.ticket(number)["status"] == status)

    def wait_for_event(self, number: int, kind: str) -> None:
        until(
            f"ticket {number} tells of {kind}",
            lambda: kind in {event["kind"] for event in self.ticket(number)["events"]},
        )

    def wait_for_entry(self, number: int, kind: str) -> None:
        until(
            f"ticket {number} has a {kind}",
            lambda: kind in {entry["kind"] for entry in self.ticket(number)["messages"]},
        )

    def let_pass(self, number: int, *, seconds: float) -> None:
        """Until the ticket has been as it is for so long, by the clock of its own time."""

        def passed() -> bool:
            at = datetime.fromisoformat(self.ticket(number)["updated_at"])
            return (datetime.now(UTC) - at).total_seconds() > seconds

        until(f"{seconds} s have passed", passed)

    def restart(self, *, desk: str | None = None, more: str = "") -> None:
        """The daemon goes, and comes back with other settings."""
        assert self.daemon.terminate() == 0
        self.gateway.write_config(smarthost=self.postfix.port, desk=desk or DESK, more=more)
        self.daemon = self.gateway.start().wait_ready()


@contextmanager
def open_office(
    gateway: Gateway, *, desk: str = DESK, more: str = "", store_url: str | None = None
) -> Iterator[Office]:
    """An office that is open; `more` are settings besides those of the desk."""
    (port,) = free_ports(1)
    gateway.write_config(smarthost=port, desk=desk, more=more, store_url=store_url)
    with (
        running_postfix(
            port,
            mailboxes=[one.address for one in PEOPLE],
            routes=dict.fromkeys((SUPPORT, SALES, HELP), gateway.smtp_port),
            more=CHECKED,
        ) as postfix,
        gateway.start() as daemon,
    ):
        office = Office(gateway, postfix, daemon)
        try:
            yield office
        finally:
            office.daemon.kill()
