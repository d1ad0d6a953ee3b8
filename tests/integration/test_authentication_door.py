"""Who a mail is from, found out by mailgate itself: mails come by SMTP from anywhere, and their
senders' keys and policies stand in a name server of the test."""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from tests.deciders.mail_signer import NAMES, RSA2048, Signer, sealed, signed
from tests.harness.dns import serving_dns
from tests.harness.gateway import Gateway, make_gateway
from tests.harness.mailbox import Mail, Mailbox
from tests.harness.ports import free_ports
from tests.harness.quiet import wait_until_quiet

SUPPORT, HONG, ALICE = "support@acme.internal", "hong@shop.internal", "alice@acme.internal"
SHOP = Signer("shop.internal", "k1", RSA2048)
ACME = Signer("acme.internal", "k1", names=(*NAMES, "In-Reply-To", "References", "Reply-To"))
LIST = Signer("list.internal", "arc")
TRUSTED_LIST = Signer("trusted.internal", "arc")
WHOLE_DESK = f"""
[[address]]
address = "{SUPPORT}"
name = "Acme Support"
group = "support"

[[group]]
name = "support"
members = ["{ALICE}"]

[[agent]]
address = "{ALICE}"
name = "Alice Kim"
"""


def record(signer: Signer) -> list[str]:
    text = signer.record()
    return [" ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200))]


ZONE = {
    **{
        (signer.question.name, "TXT"): record(signer) for signer in (SHOP, ACME, LIST, TRUSTED_LIST)
    },
    ("_dmarc.shop.internal", "TXT"): ['"v=DMARC1; p=reject"'],
    ("shop.internal", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 -all"'],
    ("_dmarc.home.internal", "TXT"): ['"v=DMARC1; p=reject"'],
    ("home.internal", "TXT"): ['"v=spf1 ip4:127.0.0.0/8 -all"'],
    ("_dmarc.lax.internal", "TXT"): ['"v=DMARC1; p=none"'],
    ("lax.internal", "TXT"): ['"v=spf1 -all"'],
}


STRANGERS = """
[[listen]]
protocol = "smtp"
address = "127.0.0.1:{port}"
trusted_networks = []
"""


@dataclass(frozen=True)
class Desk:
    """A running gateway. `direct` is a door for anybody; by the gateway's own one the mail server
    in front of it hands over what it got."""

    gateway: Gateway
    direct: int

    def send(self, *contents: bytes, reverse_path: str = HONG, by_front: bool = False) -> list[str]:
        """The numbers in the journal."""
        port = self.gateway.smtp_port if by_front else self.direct
        numbers = []
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            for content in contents:
                client.ehlo()
                assert client.mail(reverse_path)[0] == 250
                assert client.rcpt(SUPPORT)[0] == 250
                code, said = client.data(content)
                assert code == 250, said
                numbers.append(said.decode().split()[-1])
        return numbers

    def take(self, content: bytes, *, reverse_path: str = HONG, by_front: bool = False) -> Any:
        """Sends a mail, and waits until everything has come of it; how that is explained."""
        (number,) = self.send(content, reverse_path=reverse_path, by_front=by_front)
        wait_until_quiet(self.gateway)
        return self.gateway.ask("explain", number)

    def mails_to(self, address: str, subject: str) -> list[Mail]:
        found = Mailbox(self.gateway.outbox).mails()
        return [m for m in found if address in m["To"] and m["Subject"].endswith(subject)]


@contextmanager
def desk_asking(folder: Path, server: str) -> Iterator[Desk]:
    """A running gateway that asks this name server."""
    gateway = make_gateway(folder)
    (direct,) = free_ports(1)
    gateway.write_config(
        desk=WHOLE_DESK + STRANGERS.format(port=direct),
        authentication=(f'nameservers = ["{server}"]\ntrusted_arc_sealers = ["trusted.internal"]'),
    )
    with gateway.start():
        yield Desk(gateway, direct)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("gateway")
    with serving_dns(ZONE) as server, desk_asking(folder, server) as running:
        yield running


def mail(subject: str, *more: str, from_: str = HONG, text: str = "Where is my parcel?") -> bytes:
    fields = [
        f"From: {from_}",
        f"To: {SUPPORT}",
        f"Subject: {subject}",
        "Date: Sat, 21 Nov 2026 10:00:00 +0900",
        f"Message-ID: <{subject.replace(' ', '.')}@{from_.rpartition('@')[2]}>",
        *more,
    ]
    return "\r\n".join([*fields, "", text, ""]).encode()


def proof(explained: Any) -> tuple[str, str | None]:
    return explained["sender"]["authenticated"], explained["sender"]["by"]


def checks(explained: Any) -> list[tuple[str, str, str]]:
    return [(c["method"], c["result"], c["domain"]) for c in explained["sender"]["checks"]]


# --- customers --------------------------------------------------------------------------------


def test_a_signed_mail_is_the_customers(desk: Desk) -> None:
    found = desk.take(signed(mail("a signed one"), SHOP))
    assert proof(found) == ("pass", "dmarc")
    assert checks(found) == [
        ("dkim", "pass", "shop.internal"),
        ("dmarc", "pass", "shop.internal"),
    ]
    (acknowledgement,) = desk.mails_to(HONG, "a signed one")
    assert acknowledgement["In-Reply-To"] == "<a.signed.one@shop.internal>"


def test_a_mail_from_the_domains_own_server_is_the_customers(desk: Desk) -> None:
    kim = "kim@home.internal"
    found = desk.take(mail("from home", from_=kim), reverse_path=kim)
    assert proof(found) == ("pass", "dmarc")
    assert checks(found) == [("spf", "pass", "home.internal"), ("dmarc", "pass", "home.internal")]


def test_a_forged_mail_becomes_a_ticket_and_nothing_leaves_to_whom_it_names(desk: Desk) -> None:
    found = desk.take(mail("a forged one"))
    assert found["disposition"] == "open_ticket"
    assert proof(found) == ("fail", "dmarc")
    assert checks(found) == [("spf", "fail", "shop.internal"), ("dmarc", "fail", "shop.internal")]
    assert not [m for m in found["would_send"] if m["recipient"] == HONG]


def test_a_signature_over_other_words_is_a_forgery(desk: Desk) -> None:
    changed = signed(mail("the words changed"), SHOP).replace(b"Where is", b"Cancel")
    found = desk.take(changed)
    assert proof(found) == ("fail", "dmarc")
    assert checks(found)[0] == ("dkim", "fail", "shop.internal")


def test_what_a_list_has_changed_is_nobodys_and_not_lost(desk: Desk) -> None:
    """By the server in front of us: whether the list's server may send is not ours to see."""
    listed = signed(mail("to the list"), SHOP).replace(b"Subject: to", b"Subject: [users] to")
    found = desk.take(listed, reverse_path="bounces@list.internal", by_front=True)
    assert found["disposition"] == "open_ticket"
    assert proof(found) == ("none", None)


def test_a_domain_that_asks_for_nothing_is_not_failed(desk: Desk) -> None:
    lee = "lee@lax.internal"
    found = desk.take(mail("from anywhere", from_=lee), reverse_path=lee)
    assert found["disposition"] == "open_ticket"
    assert proof(found) == ("none", None)


@pytest.mark.parametrize(
    ("sealer", "expected"),
    [(TRUSTED_LIST, ("pass", "arc")), (LIST, ("fail", "dmarc"))],
    ids=["trusted", "untrusted"],
)
def test_what_a_sealer_says_counts_when_it_is_trusted(
    desk: Desk, sealer: Signer, expected: tuple[str, str]
) -> None:
    subject = f"by {sealer.domain}"
    changed = signed(mail(subject), SHOP) + b"-- \r\nthe list\r\n"
    results = f"mx.{sealer.domain}; dmarc=pass header.from=shop.internal"
    found = desk.take(sealed(changed, sealer, results), reverse_path="b@list.internal")
    assert found["disposition"] == "open_ticket"
    assert proof(found) == expected


def test_domains_that_cannot_exist_are_not_asked_for(desk: Desk) -> None:
    from_ = "who@nobody.example"
    found = desk.take(mail("from nowhere", from_=from_), reverse_path=from_)
    assert proof(found) == ("none", None)


def test_a_field_in_our_name_is_told_as_forged(desk: Desk) -> None:
    own = mail("with a mark of ours", "X-Mailgate-Loop: 1.abcdef", "X-Mailgate-Role: agent")
    found = desk.take(signed(own, SHOP))
    assert "foreign_control_field" in found["defects"]
    assert found["disposition"] == "open_ticket"


def test_explaining_a_file_asks_the_dns_as_the_daemon_does(desk: Desk) -> None:
    file = desk.gateway.folder / "signed.eml"
    file.write_bytes(signed(mail("in a file"), SHOP))
    found = desk.gateway.ask("explain", str(file), "--rcpt", SUPPORT)
    assert proof(found) == ("pass", "dmarc")
    text = desk.gateway.run("explain", str(file), "--rcpt", SUPPORT).stdout.decode()
    assert "dkim" in text
    assert "s=k1" in text


# --- agents -----------------------------------------------------------------------------------


def opened(desk: Desk, subject: str) -> tuple[int, str]:
    """A ticket, and the id of the mail that told Alice of it."""
    number = desk.take(signed(mail(subject), SHOP))["ticket"]
    (told,) = desk.mails_to(ALICE, subject)
    return number, told["Message-ID"]


def test_an_agent_is_proven_by_their_signature_alone(desk: Desk) -> None:
    number, told = opened(desk, "for alice")
    answer = mail("Re: for alice", f"In-Reply-To: {told}", from_=ALICE, text="It comes today.")
    found = desk.take(signed(answer, ACME), reverse_path=ALICE)
    assert (found["ticket"], found["sender"]["role"]) == (number, "agent")
    assert proof(found) == ("pass", "dkim")
    assert {"kind": "reply", "recipient": HONG} in found["would_send"]


def test_an_agents_name_without_their_signature_is_set_aside(desk: Desk) -> None:
    _, told = opened(desk, "for mallory")
    answer = mail("Re: for mallory", f"In-Reply-To: {told}", from_=ALICE, text="Send money.")
    found = desk.take(answer, reverse_path="m@evil.internal")
    assert found["disposition"] == "quarantine"


def test_an_agents_mail_that_is_sent_again_answers_nothing_else(desk: Desk) -> None:
    """Alice once wrote to Mallory, signed. Now it is to be an answer to Hong."""
    _, told = opened(desk, "for a replay")
    once = signed(
        mail("Yes, do it", from_=ALICE, text="Refund it all."), replace(ACME, names=NAMES)
    )
    found = desk.take(f"In-Reply-To: {told}\r\n".encode() + once, reverse_path="m@evil.internal")
    assert found["disposition"] == "quarantine"


# --- a DNS that does not answer ---------------------------------------------------------------


def test_mail_becomes_tickets_while_the_dns_is_silent(tmp_path: Path) -> None:
    """200 senders of 200 domains. One wait for the name server, and no other."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        server = f"127.0.0.1:{silent.getsockname()[1]}"
        with desk_asking(tmp_path, server) as desk:
            begun = perf_counter()
            numbers = desk.send(
                *(signed(mail(f"number {n}", from_=f"a@d{n}.internal"), SHOP) for n in range(200))
            )
            wait_until_quiet(desk.gateway)
            took = perf_counter() - begun
            listed = desk.gateway.ask("tickets", "list", "--limit", "500")
            found = desk.gateway.ask("explain", numbers[-1])
            _, metrics = desk.gateway.get("/metrics")
    assert len(listed) == 200
    assert proof(found) == ("none", None)
    assert took < 30
    assert 'mailgate_dns_lookups_total{result="skipped"}' in metrics
