"""The daemon with transport = "mx": its mail goes where a name server of the test's own says."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.harness.dns import serving_dns
from tests.harness.gateway import DESK, Gateway
from tests.harness.ports import free_ports
from tests.harness.sink import Sink, running_sink
from tests.harness.waiting import until

RECORDS = {
    ("acme.internal", "MX"): ["10 mail.acme.internal."],
    ("mail.acme.internal", "A"): ["127.0.0.1"],
    ("shop.internal", "MX"): ["10 gone.shop.internal.", "20 mail.acme.internal."],
    ("cafe.internal", "A"): ["127.0.0.1"],
    ("quiet.internal", "MX"): ["0 ."],
}


@dataclass(frozen=True)
class Place:
    gateway: Gateway
    sink: Sink

    def customer_writes(self, sender: str) -> None:
        mail = f"From: {sender}\r\nTo: support@acme.internal\r\nSubject: Hello\r\n\r\nHello\r\n"
        done = self.gateway.run(
            "ingest", "--rcpt", "support@acme.internal", "--from", sender, stdin=mail.encode()
        )
        assert done.returncode == 0, done.stderr

    def answer(self, ticket: int) -> None:
        done = self.gateway.run(
            "reply", str(ticket), "--as", "alice@acme.internal", stdin=b"Here you are.\r\n"
        )
        assert done.returncode == 0, done.stderr

    def delivery_to(self, recipient: str, ticket: int) -> dict[str, object] | None:
        """The answer's."""
        said = self.gateway.ticket(ticket)
        found = [
            delivery
            for message in said["messages"]
            for delivery in message["deliveries"]
            if delivery["recipient"] == recipient and delivery["lane"] == "reply"
        ]
        return found[0] if found else None


def configure(gateway: Gateway, dns: str, mx: str) -> None:
    gateway.write_config(
        desk=DESK.replace("acme.example", "acme.internal"),
        authentication=f'verify = false\nnameservers = ["{dns}"]',
    )
    text = gateway.config.read_text()
    gateway.config.write_text(
        text.replace('transport = "maildir"', f'transport = "mx"\n\n[outbound.mx]\n{mx}')
    )


@pytest.fixture
def place(gateway: Gateway) -> Iterator[Place]:
    with running_sink() as sink, serving_dns(RECORDS) as dns:
        configure(gateway, dns, f'port = {sink.port}\nnetworks = ["127.0.0.0/8"]')
        yield Place(gateway, sink)


def test_mail_goes_straight_to_the_recipients_servers(place: Place) -> None:
    with place.gateway.start() as daemon:
        place.customer_writes("hong@shop.internal")
        until("agents are told", lambda: place.sink.to("alice@acme.internal"))
        place.answer(1)
        until("the answer is there", lambda: place.sink.to("hong@shop.internal"))
        place.customer_writes("mina@cafe.internal")
        until("the second ticket is there", lambda: len(place.sink.to("bob@acme.internal")) == 2)
        place.answer(2)
        until("without an MX too", lambda: place.sink.to("mina@cafe.internal"))
        assert daemon.terminate() == 0
    found = place.delivery_to("hong@shop.internal", 1)
    assert found is not None
    assert found["state"] == "delivered"
    assert "mail.acme.internal [127.0.0.1]" in found["last_reply"]["text"]  # type: ignore[index]  # JSON


@pytest.mark.parametrize(
    ("customer", "status"),
    [("hong@quiet.internal", "5.1.10"), ("hong@nowhere.internal", "5.1.2")],
)
def test_a_domain_without_mail_fails_at_once_and_the_agent_is_told(
    place: Place, customer: str, status: str
) -> None:
    with place.gateway.start():
        place.customer_writes(customer)
        until("agents are told", lambda: place.sink.to("alice@acme.internal"))
        place.answer(1)

        def failed() -> bool:
            found = place.delivery_to(customer, 1)
            return found is not None and found["state"] == "failed"

        until("it has failed", failed)
        found = place.delivery_to(customer, 1)
        assert found is not None
        assert found["last_reply"]["status"] == status  # type: ignore[index]  # JSON
        until("the agent is told of it", lambda: len(place.sink.to("alice@acme.internal")) > 1)


@pytest.mark.parametrize(("port_is_open", "level"), [(True, "ok"), (False, "fail")])
def test_the_doctor_knocks_at_the_agents_mail_servers(
    gateway: Gateway, port_is_open: bool, level: str
) -> None:
    with running_sink() as sink, serving_dns(RECORDS) as dns:
        (closed,) = free_ports(1)
        port = sink.port if port_is_open else closed
        configure(gateway, dns, f'port = {port}\nnetworks = ["127.0.0.0/8"]')
        done = gateway.run("doctor", "--dns", dns, "--json")
        found = {each["subject"]: each["level"] for each in json.loads(done.stdout)["findings"]}
        assert found["delivery to acme.internal"] == level
        # It is a name server that validates nothing.
        assert found["dane"] == "warn"


def test_without_leave_nothing_on_this_machine_is_dialled(gateway: Gateway) -> None:
    """Whoever writes to us chooses the domain, and so what its DNS names."""
    with running_sink() as sink, serving_dns(RECORDS) as dns:
        configure(gateway, dns, f"port = {sink.port}")
        place = Place(gateway, sink)
        with gateway.start():
            place.customer_writes("hong@shop.internal")
            until("the ticket is there", lambda: gateway.ask("tickets", "list"))
            place.answer(1)

            def failed() -> bool:
                found = place.delivery_to("hong@shop.internal", 1)
                return found is not None and found["state"] == "failed"

            until("it has failed", failed)
        assert sink.taken == []
