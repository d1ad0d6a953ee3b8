"""A thousand people who never wrote: somebody forges their addresses to have our acknowledgements
carry words to them (the relay spam of October 2025 went through help desks this way).

Half of the mails fail authentication at the mail server in front of us, of the other half nothing
is known. The first half causes no mail at all; the second at most the budget of [loops], and no
acknowledgement holds anything that the sender could choose.
"""

import random
import re
import smtplib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import Header
from typing import Any

import pytest

from tests.harness.gateway import Gateway
from tests.harness.mailbox import Mail
from tests.harness.mails import lines
from tests.harness.quiet import wait_until_quiet
from tests.harness.sink import Taken, running_sink

SUPPORT, ALICE, FRONT = "support@acme.example", "alice@acme.example", "mx.acme.example"
DESK = f"""
[threading]
trusted_authserv_ids = ["{FRONT}"]

[[address]]
address = "{SUPPORT}"
name = "Acme Support"
brand = "acme"
acknowledge = true

[[agent]]
address = "{ALICE}"
name = "Alice Kim"
"""
SENDERS, DOMAINS = 1_000, 200
AT_ONE = 150
"""Of the senders, those at one domain: its own budget is what protects it."""
RUN = 8
"""Characters in a row that would be theirs."""
LETTERS = "bcdfghjklmnpqrtvwxz"


@dataclass(frozen=True, slots=True)
class Forged:
    """A mail in somebody's name. `fails` says that the server in front knows that it is forged."""

    address: str
    name: str
    subject: str
    text: tuple[str, ...]
    message_id: str
    fails: bool

    def content(self) -> bytes:
        checked = f"Authentication-Results: {FRONT}; dmarc=fail header.from={self.domain}"
        return lines(
            *((checked,) if self.fails else ()),
            f"From: {Header(self.name, 'utf-8').encode()} <{self.address}>",
            f"To: {SUPPORT}",
            f"Subject: {Header(self.subject, 'utf-8').encode(linesep=chr(13) + chr(10))}",
            f"Message-ID: <{self.message_id}>",
            f"Thread-Topic: {self.message_id}",
            "Date: Mon, 05 Jan 2026 09:00:00 +0000",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit",
            "",
            *(line.encode() for line in self.text),
        )

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @property
    def written(self) -> str:
        """All that the forger wrote, but for the victim's address."""
        return "\n".join((self.name, self.subject, *self.text, self.message_id))


def forged_mails(dice: random.Random) -> Iterator[Forged]:
    """A different text in each: words that no template of ours can hold, Hangul, a link, a
    number to call. The first `AT_ONE` are at one domain, the others are spread."""

    def word() -> str:
        return "".join(dice.choices(LETTERS, k=dice.randint(8, 12)))

    for number in range(SENDERS):
        domain = "large" if number < AT_ONE else f"victims{number % (DOMAINS - 1)}"
        # The end of our own domain is in each acknowledgement: theirs end in another.
        name, link = word(), f"https://{word()}.test/{word()}?{word()}={word()}"
        yield Forged(
            address=f"person{number}@{domain}.example",
            name=f"{name.title()} {word()}",
            subject=f"{word()} {link} 당첨되셨습니다{word()}",
            text=(f"{word()} {word()}, {word()}!", link, f"☎ {dice.randrange(10**11):011}", word()),
            message_id=f"{word()}.{word()}@{word()}.test",
            fails=number % 2 == 0,
        )


def send_all(gateway: Gateway, mails: list[Forged]) -> None:
    """One connection of the relay in front, as fast as it goes; each is accepted."""
    with smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=60) as client:
        for mail in mails:
            options = ["BODY=8BITMIME"]
            refused = client.sendmail(mail.address, [SUPPORT], mail.content(), options)
            assert not refused, refused


def budget_of_strangers(gateway: Gateway) -> tuple[int, int]:
    """Acknowledgements an hour to senders of whom nothing is proven: to all, to one domain."""
    loops: dict[str, Any] = gateway.ask("check-config")["loops"]
    return (
        int(loops["neutral_acknowledgements_per_hour"]),
        int(loops["neutral_acknowledgements_per_domain_per_hour"]),
    )


def said_to(taken: Taken) -> str:
    """All that a reader of an acknowledgement could find in it, without the address that it
    goes to."""
    mail: Mail = taken.mail
    assert mail["To"].strip("<>") == taken.recipient, "the address alone, no name beside it"
    everything = mail.everything()
    return normal(re.sub(rf"(?im)^to:.*{re.escape(taken.recipient)}.*$", "", everything))


def normal(text: str) -> str:
    """The text with every line end and run of blanks as one blank, and without case."""
    return " ".join(text.casefold().split())


def runs(text: str) -> set[str]:
    return {text[at : at + RUN] for at in range(len(text) - RUN + 1)}


@pytest.fixture
def mails() -> list[Forged]:
    found = list(forged_mails(random.Random(5)))
    assert len({mail.address for mail in found}) == SENDERS
    assert len({mail.domain for mail in found}) == DOMAINS
    return found


def test_a_thousand_forged_senders(gateway: Gateway, mails: list[Forged]) -> None:
    with running_sink() as sink:
        gateway.write_config(smarthost=sink.port, desk=DESK)
        with gateway.start():
            in_all, to_a_domain = budget_of_strangers(gateway)
            send_all(gateway, mails)
            wait_until_quiet(gateway, seconds=240)
            expect_nothing_lost(gateway, mails)
        outside = [one for one in sink.taken if one.recipient != ALICE]
    expect_the_budget(outside, mails, in_all, to_a_domain)
    theirs = set().union(*(runs(normal(mail.written)) for mail in mails))
    for acknowledgement in outside:
        assert acknowledgement.reverse_path == ""
        assert runs(said_to(acknowledgement)) & theirs == set()


def expect_nothing_lost(gateway: Gateway, mails: list[Forged]) -> None:
    """Each is a ticket for a human to see, or set aside for one."""
    tickets = gateway.ask("tickets", "list", "--limit", str(2 * SENDERS))
    aside = gateway.ask("quarantine", "list", "--limit", str(2 * SENDERS))
    opened = [ticket["requester"]["address"] for ticket in tickets]
    waiting = [row["from"] for row in aside]
    assert sorted(opened + waiting) == sorted(mail.address for mail in mails)


def expect_the_budget(
    outside: list[Taken], mails: list[Forged], in_all: int, to_a_domain: int
) -> None:
    """Whatever leaves goes to those of whom nothing is known, once to each, within both budgets;
    some of it does, or this has shown nothing."""
    failed = {mail.address for mail in mails if mail.fails}
    recipients = Counter(one.recipient for one in outside)
    assert not failed & recipients.keys()
    assert set(recipients.values()) == {1}
    assert 1 <= len(outside) <= in_all
    by_domain = Counter(one.recipient.rpartition("@")[2] for one in outside)
    assert max(by_domain.values()) <= to_a_domain
