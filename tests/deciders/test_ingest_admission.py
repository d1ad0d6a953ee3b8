"""Who may open a session."""

from ipaddress import ip_network

import pytest

from mailgate.ingest.admission import Admission, identify
from mailgate.ingest.listener import SessionLimits
from mailgate.ingest.respond import RefusalReason

RELAYS = (ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48"))


@pytest.mark.parametrize(
    ("address", "block", "trusted"),
    [
        ("192.0.2.1", "192.0.2.1", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("::ffff:10.1.2.3", "10.1.2.3", True),
        ("2001:db8:2:3:4:5:6:7", "2001:db8:2:3::/64", False),
        ("2001:db8:1::1", "2001:db8:1::/64", True),
        ("fe80::1%lo", "fe80::/64", False),
        ("", "", False),
        ("not an address", "", False),
    ],
)
def test_peers(address: str, block: str, trusted: bool) -> None:
    peer = identify(address, RELAYS)
    assert (peer.block, peer.trusted) == (block, trusted)


def enter(admission: Admission, *addresses: str) -> list[RefusalReason | None]:
    return [admission.enter(admission.identify(address), now=0.0) for address in addresses]


def test_an_ipv6_site_is_one_peer() -> None:
    admission = Admission(SessionLimits(connections_per_peer=1), RELAYS)
    assert enter(admission, "2001:db8:2::1", "2001:db8:2::2", "2001:db8:3::1") == [
        None,
        RefusalReason.TOO_MANY_FROM_PEER,
        None,
    ]


def test_relays_have_places_of_their_own() -> None:
    admission = Admission(SessionLimits(connections=4, reserved=2, connections_per_peer=1), RELAYS)
    strangers = [f"192.0.2.{number}" for number in range(3)]
    assert enter(admission, *strangers) == [None, None, RefusalReason.TOO_MANY_CONNECTIONS]
    admission.leave(admission.identify(strangers[2]))
    assert enter(admission, "10.0.0.1", "10.0.0.1", "10.0.0.1") == [
        None,
        None,
        RefusalReason.TOO_MANY_CONNECTIONS,
    ]


def test_a_place_is_given_back() -> None:
    admission = Admission(SessionLimits(connections_per_peer=1), ())
    peer = admission.identify("192.0.2.1")
    assert admission.enter(peer, now=0.0) is None
    admission.leave(peer)
    assert admission.enter(peer, now=0.0) is None
