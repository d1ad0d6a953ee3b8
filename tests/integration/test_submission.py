"""A real Postfix that asks for TLS and a login, as the smarthost of one support address."""

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.harness.dns import serving_dns
from tests.harness.gateway import DESK, Gateway
from tests.harness.ports import free_ports
from tests.harness.postfix import Postfix, running_postfix
from tests.harness.submission import Submission, running_submission
from tests.harness.waiting import until

pytestmark = [pytest.mark.servers("postfix"), pytest.mark.servers("dovecot")]

HONG = "hong@customer.example"
ALICE = "alice@acme.example"
SHOP = """
[[address]]
address = "shop@acme.example"
name = "Acme Shop"
smarthost = "provider"
"""


@pytest.fixture
def provider() -> Iterator[Submission]:
    with running_submission(HONG) as running:
        yield running


@pytest.fixture
def general() -> Iterator[Postfix]:
    """The smarthost of every other address."""
    (port,) = free_ports(1)
    boxes = [HONG, ALICE, "bob@acme.example"]
    with running_postfix(port, mailboxes=boxes, routes={}) as running:
        yield running


def write(gateway: Gateway, address: str) -> int:
    """Alice writes to Hong from this support address; the ticket."""
    words = ["send", "--from", address, "--to", HONG, "--as", ALICE, "--subject", "Hello", "--json"]
    done = gateway.run(*words, stdin=b"Hello.")
    assert done.returncode == 0, done.stderr.decode()
    return int(json.loads(done.stdout)["ticket"])


def test_each_address_goes_by_its_own_smarthost(
    gateway: Gateway, provider: Submission, general: Postfix
) -> None:
    more = provider.settings("provider")
    gateway.write_config(smarthost=general.port, desk=DESK + SHOP, more=more)
    with serving_dns({}) as dns, gateway.start():
        for address in ("shop@acme.example", "support@acme.example"):
            write(gateway, address)
        until("both arrived", lambda: arrived(provider.postfix) == arrived(general) == 1)
        findings = json.loads(gateway.run("doctor", "--json", "--dns", dns).stdout)
    (shop,) = provider.postfix.mailbox(HONG).mails()
    assert "shop@acme.example" in str(shop["From"])
    (support,) = general.mailbox(HONG).mails()
    assert "support@acme.example" in str(support["From"])
    assert "sasl_method=PLAIN, sasl_username=acme" in provider.postfix.log()
    assert "TLSv1" in provider.postfix.log()
    by_subject = {each["subject"]: each["sentence"] for each in findings["findings"]}
    assert "logged in as acme" in by_subject["smarthost provider"]
    assert "no login" in by_subject["smarthost"]


def arrived(postfix: Postfix) -> int:
    return postfix.mailbox(HONG).count()


def test_a_wrong_password_keeps_back_the_mail_of_one_address_alone(
    gateway: Gateway, provider: Submission, general: Postfix
) -> None:
    more = provider.settings("provider", password="wrong")
    gateway.write_config(smarthost=general.port, desk=DESK + SHOP, more=more)
    with serving_dns({}) as dns, gateway.start() as daemon:
        shop = write(gateway, "shop@acme.example")
        write(gateway, "support@acme.example")
        until("the other arrived", lambda: arrived(general) == 1)
        until("one was tried", lambda: waiting(gateway, shop)["last_reply"] is not None)
        findings = json.loads(gateway.run("doctor", "--json", "--dns", dns).stdout)
        assert arrived(provider.postfix) == 0
        assert waiting(gateway, shop)["last_reply"]["code"] == 535
        # Put right and told so, the daemon takes the new one.
        provider.settings("provider")
        daemon.process.send_signal(signal.SIGHUP)
        until("it was reloaded", lambda: "reloaded" in daemon.logged())
        assert gateway.run("queue", "retry", "--all").returncode == 0
        until("it arrived", lambda: arrived(provider.postfix) == 1)
    (found,) = [each for each in findings["findings"] if each["subject"] == "smarthost provider"]
    assert (found["level"], "535" in found["sentence"]) == ("fail", True)
    everything = gateway.run("queue", "list").stdout + gateway.run("queue", "list", "--json").stdout
    assert b"wrong" not in everything


def waiting(gateway: Gateway, ticket: int) -> dict[str, Any]:
    """The delivery to Hong."""
    deliveries = gateway.ticket(ticket)["deliveries"]
    (found,) = [each for each in deliveries if each["lane"] == "reply"]
    assert isinstance(found, dict)
    return found
