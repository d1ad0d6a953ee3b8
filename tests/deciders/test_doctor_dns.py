"""The doctor asks the DNS: against a server on loopback, and against one that says nothing."""

import socket

from mailgate.daemon.doctor.dns import check_domain, check_host
from mailgate.daemon.doctor.findings import Finding, Level
from mailgate.daemon.doctor.resolver import open_resolver
from mailgate.mail.dkimkey import SigningKey
from mailgate.mail.dkimsign import Signer
from tests.deciders.mail_signer import ED25519
from tests.harness.dns import Records, serving_dns

GOOD: Records = {
    ("acme.example", "MX"): ["10 mx.acme.example."],
    ("acme.example", "TXT"): ['"v=spf1 include:_spf" ".relay.example -all"', '"other=text"'],
    ("_spf.relay.example", "TXT"): ['"v=spf1 a:x.example mx ip4:192.0.2.0/24 ~all"'],
    ("_dmarc.acme.example", "TXT"): ['"v=DMARC1; p=reject; aspf=s"'],
    ("mx.acme.example", "A"): ["192.0.2.7"],
    ("7.2.0.192.in-addr.arpa", "PTR"): ["mx.acme.example."],
}


async def domain(records: Records, name: str = "acme.example") -> dict[str, Finding]:
    with serving_dns(records) as server:
        host, _, port = server.partition(":")
        found = await check_domain(
            name,
            open_resolver((host, int(port))),
            hostname="mx.acme.example",
            selectors=("s1",),
            own_server=True,
        )
    return {each.subject.partition(" ")[0]: each for each in found}


async def test_records_that_are_in_order() -> None:
    found = await domain(GOOD)
    assert {name: each.level for name, each in found.items()} == {
        "mx": Level.OK,
        "spf": Level.OK,
        "dmarc": Level.OK,
        "dkim": Level.FAIL,  # there is no key under the selector that was named
    }
    # Strings of one record are one text (RFC 7208 §3.3).
    assert "include:_spf.relay.example -all" in found["spf"].sentence
    assert "s1._domainkey.acme.example" in found["dkim"].sentence


async def test_lookups_of_included_records_count() -> None:
    """RFC 7208 §4.6.4: one for the include, ten in it."""
    terms = " ".join(f"a:h{number}.example" for number in range(10))
    much = {**GOOD, ("_spf.relay.example", "TXT"): [f'"v=spf1 {terms} -all"']}
    found = await domain(much)
    assert found["spf"].level is Level.FAIL
    assert "11 lookups" in found["spf"].sentence


async def test_records_that_include_each_other_come_to_an_end() -> None:
    loop = {
        **GOOD,
        ("_spf.relay.example", "TXT"): ['"v=spf1 include:acme.example -all"'],
        ("acme.example", "TXT"): ['"v=spf1 include:_spf.relay.example -all"'],
    }
    assert (await domain(loop))["spf"].level is Level.FAIL


async def test_a_subdomain_finds_the_policy_above_it() -> None:
    found = await domain(
        {**GOOD, ("help.acme.example", "MX"): ["10 mx.acme.example."]}, "help.acme.example"
    )
    assert "of acme.example" in found["dmarc"].sentence


async def test_a_domain_that_is_not_there() -> None:
    found = await domain({})
    assert found["mx"].level is Level.FAIL
    assert "no such domain" in found["mx"].sentence


async def test_the_keys_that_we_sign_with_are_compared_with_what_is_published() -> None:
    key = SigningKey(ED25519)
    ours = {("ed._domainkey.acme.example", "TXT"): [f'"{key.record}"']}
    with serving_dns({**GOOD, **ours}) as server:
        host, _, port = server.partition(":")
        found = await check_domain(
            "acme.example",
            open_resolver((host, int(port))),
            hostname="mx.acme.example",
            selectors=(),
            own_server=True,
            signers=(Signer("acme.example", "ed", key), Signer("acme.example", "gone", key)),
        )
    there, missing = (each for each in found if each.subject == "dkim acme.example")
    assert there.level is Level.OK
    assert "we sign, and the Ed25519 key at ed._domainkey.acme.example is ours" in there.sentence
    assert missing.level is Level.FAIL
    assert missing.what_to_do == f'publish TXT gone._domainkey.acme.example "{key.record}"'


async def test_the_host_and_back() -> None:
    with serving_dns(GOOD) as server:
        host, _, port = server.partition(":")
        resolver = open_resolver((host, int(port)))
        (found,) = await check_host("mx.acme.example", resolver, own_server=True)
    assert found.level is Level.OK
    assert "192.0.2.7, and back" in found.sentence


async def test_a_server_that_says_nothing_is_a_remark() -> None:
    """No network is no failure of the gateway's, and the doctor does not wait for long."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        resolver = open_resolver(("127.0.0.1", silent.getsockname()[1]))
        (found,) = await check_domain(
            "acme.example", resolver, hostname="mx.acme.example", selectors=(), own_server=True
        )
        (host,) = await check_host("mx.acme.example", resolver, own_server=True)
    assert found.level is Level.WARN
    assert "DNS could not be asked" in found.sentence
    assert "DNS could not be asked" in host.sentence


async def test_names_that_are_in_no_public_dns_are_not_asked_for() -> None:
    """RFC 2606 §2."""
    resolver = open_resolver(("127.0.0.1", 9))
    (found,) = await check_domain(
        "acme.example", resolver, hostname="localhost", selectors=(), own_server=False
    )
    assert found.level is Level.WARN
    assert "not in the public DNS" in found.sentence
    (host,) = await check_host("localhost", resolver, own_server=False)
    assert host.level is Level.WARN
