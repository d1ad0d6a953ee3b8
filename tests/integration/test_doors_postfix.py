"""A real Postfix in front of the gateway, delivering by SMTP and by LMTP."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.harness.cutter import running_cutter
from tests.harness.gateway import DESK, Gateway
from tests.harness.journal import ask, journal_of
from tests.harness.mails import simple
from tests.harness.ports import free_ports
from tests.harness.postfix import Postfix, Transports, running_postfix
from tests.harness.waiting import until

pytestmark = [
    pytest.mark.servers("postfix"),
    pytest.mark.parametrize("protocol", ["smtp", "lmtp"]),
]

MINA = "mina@customer.example"
KNOWN = ["support@acme.example", "sales@acme.example", "returns@acme.example"]
UNKNOWN = ["former@acme.example", "nobody@acme.example"]
THREE_ADDRESSES = DESK + "".join(f'\n[[address]]\naddress = "{name}"\n' for name in KNOWN[1:])


def mail(number: int, *, octets: int = 0) -> bytes:
    return simple(
        sender=f"Mina <{MINA}>",
        subject=f"question {number}",
        text=f"This is question {number}. " + "x" * 70 + "\r\n" + "y" * octets,
        message_id=f"q{number}@customer.example",
    )


def port_of(gateway: Gateway, protocol: str) -> int:
    return gateway.lmtp_port if protocol == "lmtp" else gateway.smtp_port


@contextmanager
def postfix_for(protocol: str, target: int) -> Iterator[Postfix]:
    """Postfix knows all five addresses; the gateway three of them."""
    (port,) = free_ports(1)
    ways = dict.fromkeys([*KNOWN, *UNKNOWN], f"{protocol}:[127.0.0.1]:{target}")
    master = "lmtp unix - - n - - lmtp\n"
    with running_postfix(
        port, mailboxes=[MINA], routes={}, transports=Transports(master, ways)
    ) as postfix:
        yield postfix


def test_five_recipients_two_of_them_unknown(protocol: str, gateway: Gateway) -> None:
    """550 5.1.1 for two, and the mail for the other three is one message: Postfix tells the
    sender of the two in one DSN."""
    gateway.write_config(desk=THREE_ADDRESSES)
    with gateway.start(), postfix_for(protocol, port_of(gateway, protocol)) as postfix:
        postfix.submit(MINA, [*KNOWN[:2], *UNKNOWN, KNOWN[2]], mail(1))
        (bounce,) = postfix.mailbox(MINA).wait_for(1)
        until("the queue is empty", lambda: postfix.waiting() == 0)
        told = " ".join(bounce.everything().split())
        for stranger in UNKNOWN:
            assert f"Final-Recipient: rfc822; {stranger}" in told
        assert bounce.raw.count(b"Status: 5.1.1") == 2
        for known in KNOWN:
            assert f"Final-Recipient: rfc822; {known}" not in told
        until("it is done", lambda: {row.state for row in journal_of(gateway)} == {"done"})
    (row,) = journal_of(gateway)
    assert row.door == protocol
    assert row.reverse_path == MINA
    assert all(known in row.forward_paths for known in KNOWN)
    assert ask(gateway, "SELECT count(*) FROM tickets") == [(1,)]


def test_a_mail_over_the_limit(protocol: str, gateway: Gateway) -> None:
    """SIZE (RFC 1870): Postfix reads the limit in the greeting and asks the sender to shorten."""
    text = gateway.config.read_text()
    gateway.config.write_text(
        text.replace(f'protocol = "{protocol}"', f'protocol = "{protocol}"\nmax_size = "100KB"')
    )
    with gateway.start(), postfix_for(protocol, port_of(gateway, protocol)) as postfix:
        postfix.submit(MINA, ["support@acme.example"], mail(1, octets=200_000))
        (bounce,) = postfix.mailbox(MINA).wait_for(1)
        assert "Status: 5.3.4" in bounce.everything()
        postfix.submit(MINA, ["support@acme.example"], mail(2))
        until("the small one is there", lambda: journal_of(gateway))
    assert len(journal_of(gateway)) == 1


def test_a_sender_beyond_ascii(protocol: str, gateway: Gateway) -> None:
    """SMTPUTF8 (RFC 6531): the address and the header fields go on as they are."""
    hong = "홍길동@customer.example"
    content = (
        f"From: 홍길동 <{hong}>\r\nTo: support@acme.example\r\nSubject: 배송 문의\r\n"
        "Message-ID: <utf8@customer.example>\r\nDate: Mon, 5 Jan 2026 09:00:00 +0900\r\n\r\n"
        "언제 오나요?\r\n"
    ).encode()
    with gateway.start(), postfix_for(protocol, port_of(gateway, protocol)) as postfix:
        with smtplib.SMTP("127.0.0.1", postfix.port, timeout=30) as client:
            client.sendmail(
                hong, ["support@acme.example"], content, mail_options=["SMTPUTF8", "BODY=8BITMIME"]
            )
        until("it is a ticket", lambda: ask(gateway, "SELECT count(*) FROM tickets") == [(1,)])
        until("the queue is empty", lambda: postfix.waiting() == 0)
        ticket = gateway.ticket(1)
    (row,) = journal_of(gateway)
    assert row.reverse_path == hong
    assert ticket["requester"] == {"address": hong, "name": "홍길동"}
    assert ticket["subject"] == "배송 문의"
    assert content.partition(b"\r\n\r\n")[2] in row.content


def came_again(postfix: Postfix, gateway: Gateway) -> int:
    """How often the mail came, when Postfix tries what it has deferred."""
    postfix.flush()
    return len(journal_of(gateway))


def test_the_reply_to_the_final_dot_is_lost(protocol: str, gateway: Gateway) -> None:
    """The network breaks twice before Postfix hears the 250. It sends again, as it must
    (RFC 5321 §4.5.3.2.6): three receipts, one ticket, one acknowledgement."""
    with (
        gateway.start(),
        running_cutter(port_of(gateway, protocol), word=b"Accepted as ", cuts=2) as cutter,
        postfix_for(protocol, cutter.port) as postfix,
    ):
        postfix.submit(MINA, ["support@acme.example"], mail(1))
        until("it came three times", lambda: came_again(postfix, gateway) == 3)
        until("the queue is empty", lambda: postfix.waiting() == 0)
        assert cutter.done == 2
        assert "lost connection" in postfix.log()
        until("all are done", lambda: {row.state for row in journal_of(gateway)} == {"done"})
        assert postfix.mailbox(MINA).count() == 0
    assert ask(gateway, "SELECT count(*) FROM tickets") == [(1,)]
    assert ask(gateway, "SELECT count(*) FROM entries WHERE direction = 'in'") == [(1,)]
    acknowledged = ask(gateway, "SELECT count(*) FROM outbound WHERE kind = 'acknowledgement'")
    assert acknowledged == [(1,)]
