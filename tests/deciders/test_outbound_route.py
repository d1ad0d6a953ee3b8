"""Which way a mail leaves, and how its bytes look on the wire."""

from pathlib import Path

import pytest

from mailgate.mail.address import Address
from mailgate.outbound.peer import Credentials, Peer, Tls, Unchecked
from mailgate.outbound.route import (
    MaildirRoute,
    MxRoute,
    Route,
    RoutePolicy,
    SmarthostRoute,
    route_for,
    site_of,
)
from mailgate.outbound.wire import ready_for_the_wire

OUTBOX = MaildirRoute(Path("var/outbox"))
RELAY = SmarthostRoute(Peer("relay.acme.example", 587, "mail.acme.example", tls=Tls.STARTTLS))
NAVER = SmarthostRoute(
    Peer("smtp.naver.example", 465, "me", tls=Tls.IMPLICIT, login=Credentials("acme", "hunter2"))
)
MX = MxRoute("mail.acme.example")


def test_a_support_address_can_have_a_smarthost_of_its_own() -> None:
    policy = RoutePolicy(OUTBOX, {"sales@acme.example": RELAY})
    assert route_for(policy, Address("Sales", "acme.example").key) is RELAY
    assert route_for(policy, Address("support", "acme.example").key) is OUTBOX


@pytest.mark.parametrize(
    ("route", "site"),
    [
        (OUTBOX, None),
        (RELAY, "smarthost:relay.acme.example:587"),
        # Two accounts at one provider: when one password is refused, the other goes on.
        (NAVER, "smarthost:acme@smtp.naver.example:465"),
        (MX, "domain:customer.example"),
    ],
)
def test_what_is_down_is_where_the_connection_goes(route: Route, site: str | None) -> None:
    """All mail by one smarthost waits for it together; straight to the recipients each domain
    is down for itself."""
    policy = RoutePolicy(OUTBOX, {"sales@acme.example": route})
    assert site_of(policy, "sales@acme.example", "customer.example") == site


def test_a_password_is_never_printed() -> None:
    peer = Peer("relay", 587, "mail.acme.example", login=Credentials("acme", "hunter2"))
    assert "hunter2" not in repr(SmarthostRoute(peer))


@pytest.mark.parametrize(
    ("peer", "private"),
    [
        (Peer("relay.example", 25, "me"), False),
        (Peer("relay.example", 25, "me", tls=Tls.OPPORTUNISTIC), False),
        (Peer("relay.example", 25, "me", tls=Tls.STARTTLS, certificate=Unchecked()), False),
        (Peer("relay.example", 25, "me", tls=Tls.STARTTLS), True),
        (Peer("relay.example", 465, "me", tls=Tls.IMPLICIT), True),
        (Peer("127.0.0.1", 25, "me"), True),
        (Peer("::1", 25, "me"), True),
        (Peer("localhost", 25, "me"), True),
        (Peer("localhost", 25, "me", ip="192.0.2.1"), False),
        (Peer("localhost.example", 25, "me"), False),
    ],
)
def test_to_whom_a_password_may_be_said(peer: Peer, private: bool) -> None:
    assert peer.is_private is private


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
