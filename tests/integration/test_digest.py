"""The daily mail to the operators from a real daemon: once a day, however often it is started."""

import smtplib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.harness.gateway import Gateway, make_gateway
from tests.harness.mailbox import Mailbox
from tests.harness.quiet import wait_until_quiet

OPERATOR = "op@acme.example"
FORGED = (
    "From: Acme Support <support@acme.example>\r\n"
    "To: support@acme.example\r\n"
    "Subject: look at https://evil.example/\r\n"
    "Message-ID: <forged@acme.example>\r\n"
    "\r\n"
    "Soon.\r\n"
)
"""It bears an address of ours, and we did not write it."""


def zone_of_noon() -> str:
    """A time zone in which no day ends while the test runs. Its names have the sign turned."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    made = make_gateway(tmp_path)
    made.write_config(more=f'[quarantine]\noperators = ["{OPERATOR}"]\ndigest_at = "00:00"\n')
    text = made.config.read_text()
    zone = f'[gateway]\ntimezone = "{zone_of_noon()}"'
    made.config.write_text(text.replace("[gateway]", zone))
    return made


def test_a_daemon_that_was_down_at_the_time_tells_the_operators_once(gateway: Gateway) -> None:
    outbox = Mailbox(gateway.outbox)
    with gateway.start() as daemon:
        with smtplib.SMTP("127.0.0.1", gateway.smtp_port) as client:
            client.sendmail("form@evil.example", ["support@acme.example"], FORGED.encode())
        wait_until_quiet(gateway)
        daemon.terminate()
    waiting = gateway.ask("quarantine", "list")
    assert [row["cause"] for row in waiting] == ["from_support_address"]
    with gateway.start() as daemon:
        (mail,) = outbox.wait_for(1)
        daemon.terminate()
    assert mail["To"] == OPERATOR
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.text()
    assert "Subject: look at https[:]//evil[.]example/" in text
    assert f"mailgate quarantine release {waiting[0]['id']}" in text
    (delivery,) = gateway.ask("queue", "list")
    assert (delivery["ticket"], delivery["lane"], delivery["state"]) == (
        None,
        "notification",
        "delivered",
    )
    assert gateway.ask("queue", "show", str(delivery["id"]))["ticket"] is None
    with gateway.start() as daemon:
        wait_until_quiet(gateway)
        daemon.terminate()
    assert len(outbox.mails()) == 1
    assert gateway.ask("tickets", "list") == []
