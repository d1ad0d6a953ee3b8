"""Which way a mail leaves, and how its bytes look on the wire."""

from pathlib import Path

import pytest

from mailgate.mail.address import Address
from mailgate.outbound.route import (
    Credentials,
    MaildirRoute,
    RoutePolicy,
    SmarthostRoute,
    Tls,
    route_for,
)
from mailgate.outbound.wire import ready_for_the_wire

OUTBOX = MaildirRoute(Path("var/outbox"))
RELAY = SmarthostRoute("relay.acme.example", 587, Tls.STARTTLS)


def test_a_support_address_can_have_a_smarthost_of_its_own() -> None:
    policy = RoutePolicy(OUTBOX, {"sales@acme.example": RELAY})
    assert route_for(policy, Address("Sales", "acme.example")) is RELAY
    assert route_for(policy, Address("support", "acme.example")) is OUTBOX


def test_a_password_is_never_printed() -> None:
    route = SmarthostRoute("relay", 587, credentials=Credentials("acme", "hunter2"))
    assert "hunter2" not in repr(route)


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        (b"a\r\nb\r\n", b"a\r\nb\r\n"),
        # RFC 5321 §4.5.2: a line that starts with a period gets another one.
        (b".a\r\n..b\r\n.\r\nc.\r\n", b"..a\r\n...b\r\n..\r\nc.\r\n"),
        # RFC 5321 §2.3.8: no bare CR or LF goes over the wire (a smuggled end of data).
        (b"a\n.\nb\r.\r\nc", b"a\r\n..\r\nb\r\n..\r\nc\r\n"),
        (b"", b"\r\n"),
    ],
)
def test_the_bytes_on_the_wire(content: bytes, wire: bytes) -> None:
    assert ready_for_the_wire(content) == wire
