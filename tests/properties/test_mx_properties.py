"""Whatever the DNS of a stranger says: whom we dial, and what we read of it."""

from contextlib import suppress
from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.proofs import Answer
from mailgate.outbound.dane import judge, read_tlsa
from mailgate.outbound.mtasts import BadPolicy, read_id, read_policy
from mailgate.outbound.mxaddresses import is_dialled, literal_address
from mailgate.outbound.mxrouting import (
    MAX_TARGETS,
    Found,
    Nowhere,
    Ours,
    exchanges_of,
    targets_of,
)
from tests.harness.clock import FakeClock

HOSTS = [f"mx{number}.shop.kr" for number in range(6)] + ["us.acme.kr", "."]
OURS = Ours(frozenset({"us.acme.kr"}))
NAMES = st.sampled_from(HOSTS)
MX = st.lists(st.tuples(st.integers(0, 65535), NAMES), max_size=12).map(sorted)


def answers(records: st.SearchStrategy[str]) -> st.SearchStrategy[Answer]:
    return st.builds(
        Answer,
        st.lists(records, max_size=8).map(tuple),
        failed=st.booleans(),
        secure=st.booleans(),
    ).map(lambda answer: Answer(failed=True) if answer.failed else answer)


FOUND = st.builds(
    Found, answers(st.ip_addresses(v=4).map(str)), answers(st.ip_addresses(v=6).map(str))
)


@given(MX, st.fixed_dictionaries(dict.fromkeys(HOSTS, FOUND)), st.binary(max_size=8))
def test_what_is_dialled(
    pairs: list[tuple[int, str]], found: dict[str, Found], seed: bytes
) -> None:
    mx = Answer(tuple(host for _, host in pairs), preferences=tuple(at for at, _ in pairs))
    exchanges = exchanges_of("shop.kr", mx, seed)
    if isinstance(exchanges, Nowhere) or not pairs:
        return
    best = min((at for at, host in pairs if host == "us.acme.kr"), default=65536)
    assert [each.preference for each in exchanges] == sorted(each.preference for each in exchanges)
    targets = targets_of("shop.kr", exchanges, found, OURS)
    if isinstance(targets, Nowhere):
        dialled = [
            ip
            for at, host in pairs
            if at < best and host != "."
            for ip in (*found[host].a.records, *found[host].aaaa.records)
            if is_dialled(ip, ())
        ]
        assert not dialled
        return
    assert 0 < len(targets) <= MAX_TARGETS
    order = [target.preference for target in targets]
    assert order == sorted(order)
    assert all(preference < best for preference in order)
    assert all(is_dialled(target.ip, ()) for target in targets)


@given(st.ip_addresses())
def test_nothing_inside_is_dialled(ip: object) -> None:
    address = ip_address(str(ip))
    inside = address.is_private or address.is_loopback or address.is_link_local
    if inside or address.is_multicast or address.is_unspecified:
        # 64:ff9b::/96 is an address of the Internet when the one within it is.
        assert not is_dialled(str(ip), ()) or str(ip).startswith("64:ff9b::")


@given(st.text())
def test_whatever_a_policy_says_it_is_one_or_none(text: str) -> None:
    with suppress(BadPolicy):
        read_policy("version: STSv1\nmode: enforce\nmax_age: 1\n" + text)
    read_id([text, f"v=STSv1;{text}"])
    literal_address(f"[{text}]")


@given(st.lists(st.text(alphabet="0123 abcdef"), max_size=3), st.lists(st.binary(), max_size=3))
def test_whatever_a_server_sends_as_certificates(texts: list[str], chain: list[bytes]) -> None:
    assert judge(read_tlsa(texts), chain, ["shop.kr"], FakeClock().now()) is not None
