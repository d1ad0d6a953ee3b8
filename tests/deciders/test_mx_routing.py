"""Which mail servers of a domain are dialled, in which order (RFC 5321 §5.1, RFC 7505)."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_network

import pytest

from mailgate.mail.proofs import Answer
from mailgate.outbound.mxaddresses import is_dialled, literal_address
from mailgate.outbound.mxrouting import (
    MAX_OF_HOST,
    MAX_TARGETS,
    Exchange,
    Found,
    Nowhere,
    Ours,
    Target,
    exchanges_of,
    targets_of,
)

NOTHING = Answer()
FAILED = Answer(failed=True)
NOBODY = Ours()
SEEDS = [bytes([number]) * 8 for number in range(50)]


def mx(*pairs: tuple[int, str], secure: bool = False) -> Answer:
    return Answer(
        tuple(name for _, name in pairs),
        preferences=tuple(number for number, _ in pairs),
        secure=secure,
    )


def hosts(answer: Answer, seed: bytes = b"") -> list[str]:
    found = exchanges_of("shop.kr", answer, seed)
    assert not isinstance(found, Nowhere)
    return [each.host for each in found]


def test_the_lowest_preference_comes_first() -> None:
    assert hosts(mx((20, "b.kr"), (10, "c.kr"), (30, "a.kr"))) == ["c.kr", "b.kr", "a.kr"]


def test_those_of_one_preference_come_in_any_order_before_the_next() -> None:
    answer = mx((10, "a.kr"), (10, "b.kr"), (10, "c.kr"), (20, "d.kr"))
    orders = {tuple(hosts(answer, seed)) for seed in SEEDS}
    assert {order[0] for order in orders} == {"a.kr", "b.kr", "c.kr"}
    assert {order[3] for order in orders} == {"d.kr"}


def test_a_name_that_stands_there_twice_is_tried_once_by_its_best_preference() -> None:
    found = exchanges_of("shop.kr", mx((10, "A.kr"), (20, "b.kr"), (30, "a.kr")), b"")
    assert found == (Exchange("a.kr", 10), Exchange("b.kr", 20))


@pytest.mark.parametrize(
    ("answer", "code", "status"),
    [
        (FAILED, None, "4.4.3"),
        (Answer(exists=False), 550, "5.1.2"),
        (mx((0, ".")), 556, "5.1.10"),
        (mx((0, "."), (10, ".")), 556, "5.1.10"),
    ],
)
def test_no_mail_server(answer: Answer, code: int | None, status: str) -> None:
    found = exchanges_of("shop.kr", answer, b"")
    assert isinstance(found, Nowhere)
    assert found.code == code
    assert found.text.startswith(status + " ")


def test_a_root_beside_others_is_none_of_them() -> None:
    assert hosts(mx((0, "."), (10, "a.kr"))) == ["a.kr"]


def test_without_mx_the_domain_is_its_own_server() -> None:
    assert exchanges_of("shop.kr", Answer(secure=True), b"") == (Exchange("shop.kr", 0, True),)  # noqa: FBT003  secure


# --- addresses -----------------------------------------------------------------------------------


def at(*ips: str, secure: bool = False) -> Found:
    four = tuple(ip for ip in ips if ":" not in ip)
    six = tuple(ip for ip in ips if ":" in ip)
    return Found(Answer(four, secure=secure), Answer(six, secure=secure))


def targets(
    found: Mapping[str, Found],
    *,
    order: Sequence[Exchange] | None = None,
    ours: Ours = NOBODY,
) -> list[str] | Nowhere:
    exchanges = order or [Exchange(host, number) for number, host in enumerate(found)]
    result = targets_of("shop.kr", exchanges, found, ours)
    return result if isinstance(result, Nowhere) else [target.ip for target in result]


def test_both_kinds_of_addresses_by_turns() -> None:
    found = {"a.kr": at("8.8.8.1", "8.8.8.2", "2600::1", "2600::2")}
    assert targets(found) == ["8.8.8.1", "2600::1", "8.8.8.2", "2600::2"]


def test_a_host_with_ipv6_alone() -> None:
    assert targets({"a.kr": at("2600::1")}) == ["2600::1"]


def test_an_attempt_dials_so_many_addresses_and_no_more() -> None:
    many = {f"h{n}.kr": at(*(f"8.8.{n}.{m}" for m in range(20))) for n in range(20)}
    found = targets(many)
    assert isinstance(found, list)
    assert len(found) == MAX_TARGETS
    assert sum(ip.startswith("8.8.0.") for ip in found) == MAX_OF_HOST


@pytest.mark.parametrize(
    ("found", "code", "status"),
    [
        ({"a.kr": Found(NOTHING, NOTHING)}, 550, "5.4.4"),
        ({"a.kr": Found(FAILED, NOTHING)}, None, "4.4.3"),
        ({"a.kr": Found(NOTHING, NOTHING), "b.kr": Found(FAILED, FAILED)}, None, "4.4.3"),
        ({"a.kr": at("10.0.0.1", "::1")}, 550, "5.4.4"),
        ({"a.kr": at("10.0.0.1"), "b.kr": Found(NOTHING, FAILED)}, None, "4.4.3"),
    ],
)
def test_servers_without_an_address_to_dial(
    found: Mapping[str, Found], code: int | None, status: str
) -> None:
    nowhere = targets(found)
    assert isinstance(nowhere, Nowhere)
    assert nowhere.code == code
    assert nowhere.text.startswith(status + " ")


def test_what_cannot_be_looked_up_is_left_out_when_another_can() -> None:
    assert targets({"a.kr": Found(FAILED, FAILED), "b.kr": at("8.8.8.8")}) == ["8.8.8.8"]


def test_we_and_those_that_are_no_better_are_left_out() -> None:
    found = {"a.kr": at("8.8.8.1"), "us.kr": at("8.8.8.2"), "b.kr": at("8.8.8.3")}
    assert targets(found, ours=Ours(frozenset({"us.kr"}))) == ["8.8.8.1"]
    assert targets(found, ours=Ours(addresses=frozenset({"8.8.8.2"}))) == ["8.8.8.1"]
    same = [Exchange("a.kr", 10), Exchange("us.kr", 10), Exchange("b.kr", 5)]
    assert targets(found, order=same, ours=Ours(frozenset({"us.kr"}))) == ["8.8.8.3"]


def test_when_nobody_is_better_than_we_are_it_is_a_loop() -> None:
    nowhere = targets(
        {"us.kr": at("8.8.8.2"), "b.kr": at("8.8.8.3")}, ours=Ours(frozenset({"us.kr"}))
    )
    assert isinstance(nowhere, Nowhere)
    assert (nowhere.code, nowhere.text[:5]) == (554, "5.4.6")


@pytest.mark.parametrize("name", [True, False])
@pytest.mark.parametrize("address", [True, False])
def test_only_a_validated_name_with_a_validated_address_is_secure(
    name: bool, address: bool
) -> None:
    exchanges = [Exchange("a.kr", 10, secure=name)]
    found = {"a.kr": at("8.8.8.8", secure=address)}
    assert targets_of("shop.kr", exchanges, found, Ours()) == (
        Target("a.kr", "8.8.8.8", 10, secure=name and address),
    )


# --- where a stranger may not lead us -------------------------------------------------------------


@pytest.mark.parametrize("ip", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::"])
def test_the_internet_is_dialled(ip: str) -> None:
    assert is_dialled(ip, ())


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.0.1",
        "169.254.169.254", "100.64.0.1", "192.0.0.8", "198.18.0.1", "192.0.2.1", "203.0.113.9",
        "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.88.99.1",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1",
        "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:7f00:1::",
        "64:ff9b:1::808:808", "64:ff9b:1:a00:1:100:808:808",  # RFC 6052 §2.2: 10.0.1.0 by a /48
        "2002:a00:1::1", "2001:0:a00:1::1", "2001:2::1", "3fff::1",
        "5f00::1", "100::1", "localhost", "", "127.1",
    ],
)  # fmt: skip
def test_what_is_behind_it_is_not(ip: str) -> None:
    assert not is_dialled(ip, ())


def test_networks_of_the_settings_are_dialled() -> None:
    inside = (ip_network("10.1.2.0/24"), ip_network("fd00::/8"))
    assert is_dialled("10.1.2.3", inside)
    assert is_dialled("fd00::25", inside)
    assert not is_dialled("10.1.3.3", inside)
    assert not is_dialled("::ffff:10.1.2.3", inside)


@pytest.mark.parametrize(
    ("domain", "ip"),
    [
        ("[192.0.2.1]", "192.0.2.1"),
        ("[IPv6:2001:db8::1]", "2001:db8::1"),
        ("[ipv6:2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]", None),
        ("[IPv6:192.0.2.1]", None),
        ("[x-tag:hello]", None),
        ("[]", None),
        ("192.0.2.1", None),
    ],
)
def test_an_address_literal(domain: str, ip: str | None) -> None:
    assert literal_address(domain) == ip
