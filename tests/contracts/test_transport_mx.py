"""Straight to the recipient's mail servers: what the DNS says, who is tried, what is recorded."""

import asyncio
from dataclasses import dataclass, field

import pytest

from mailgate.model.delivery import Deferred, Delivered, Reach, Rejected
from mailgate.outbound.peer import Timeouts
from tests.contracts.mx_world import HOSTNAME, world
from tests.contracts.scripted_smtp import Act, ScriptedServer

ONE, TWO, THREE = "127.0.0.2", "127.0.0.3", "127.0.0.4"
SHOP = {
    ("shop.internal", "MX"): ["10 mx1.shop.internal.", "20 mx2.shop.internal."],
    ("mx1.shop.internal", "A"): [ONE],
    ("mx2.shop.internal", "A"): [TWO],
}


def good() -> ScriptedServer:
    return ScriptedServer()


async def test_the_best_server_gets_the_mail() -> None:
    async with world(SHOP, {ONE: good(), TWO: good()}) as it:
        result = await it.send()
        assert isinstance(result, Delivered)
        assert result.reply.text == f"2.0.0 Ok: queued as 4F1A (mx1.shop.internal [{ONE}])"
        assert result.reply.status == "2.0.0"
        assert result.relay_id == "4F1A"
        assert len(it.servers[ONE].messages) == 1
        assert it.servers[TWO].connections == 0


@pytest.mark.parametrize(
    "script",
    [
        {"connect": [b"554 5.7.1 not you\r\n"]},
        {"connect": [b"421 4.3.2 too busy\r\n"]},
        {"connect": [Act.CLOSE]},
        {"connect": [b"hello?\r\n"]},
        {"EHLO": [b"550 5.7.1 no\r\n"], "HELO": [b"550 5.7.1 no\r\n"]},
        {"EHLO": [b"421 4.3.2 too busy\r\n"]},
    ],
)
async def test_a_server_that_lets_nobody_in_is_passed_over(
    script: dict[str, list[bytes | Act]],
) -> None:
    async with world(SHOP, {ONE: ScriptedServer(script), TWO: good()}) as it:
        result = await it.send()
        assert isinstance(result, Delivered)
        assert "mx2.shop.internal" in result.reply.text


async def test_where_nobody_listens_is_passed_over() -> None:
    async with world(SHOP, {TWO: good()}) as it:
        assert isinstance(await it.send(), Delivered)


async def test_a_server_is_reached_over_ipv6_too() -> None:
    records = SHOP | mx("10 mx1.shop.internal.") | {("mx1.shop.internal", "AAAA"): ["::1"]}
    async with world(records, {"::1": good()}) as it:
        result = await it.send()
        assert isinstance(result, Delivered)
        assert "(mx1.shop.internal [::1])" in result.reply.text


async def test_a_frozen_server_is_passed_over() -> None:
    short = Timeouts(connect=0.3, command=0.3, data=5, total=20)
    frozen = ScriptedServer({"connect": [Act.FREEZE]})
    async with world(SHOP, {ONE: frozen, TWO: good()}, timeouts=short) as it:
        result = await it.send()
        assert isinstance(result, Delivered)
        assert "mx2" in result.reply.text


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ({"MAIL": [b"550 5.7.1 not from you\r\n"]}, Rejected),
        ({"MAIL": [b"451 4.7.1 later\r\n"]}, Deferred),
        ({"RCPT": [b"550 5.1.1 nobody\r\n"]}, Rejected),
        ({"RCPT": [b"450 4.2.1 later\r\n"]}, Deferred),
        ({"dot": [b"554 5.6.0 no\r\n"]}, Rejected),
        ({"dot": [b"451 4.3.0 later\r\n"]}, Deferred),
    ],
)
async def test_what_a_server_says_of_the_mail_counts(
    script: dict[str, list[bytes]], kind: type
) -> None:
    """No other server is asked: it would take what this one has good reason not to."""
    async with world(SHOP, {ONE: ScriptedServer(script), TWO: good()}) as it:
        result = await it.send()
        assert isinstance(result, kind)
        assert f"(mx1.shop.internal [{ONE}])" in result.reply.text
        assert not isinstance(result, Deferred) or result.reach is not Reach.SITE
        assert it.servers[TWO].connections == 0


async def test_none_of_them_lets_us_in() -> None:
    script = {"connect": [b"421 4.3.2 too busy\r\n"]}
    servers = {ONE: ScriptedServer(script), TWO: ScriptedServer({"connect": [Act.CLOSE]})}
    async with world(SHOP, servers) as it:
        result = await it.send()
        assert isinstance(result, Deferred)
        assert result.reach is Reach.SITE
        assert "mx2.shop.internal" in result.reply.text


async def test_servers_of_one_preference_share_the_load() -> None:
    records = SHOP | {("shop.internal", "MX"): ["10 mx1.shop.internal.", "10 mx2.shop.internal."]}
    met = set()
    for number in range(12):
        seed = bytes([number] * 8)
        async with world(records, {ONE: good(), TWO: good()}, seed=seed) as it:
            await it.send()
            met |= {ip for ip, server in it.servers.items() if server.messages}
    assert met == {ONE, TWO}


async def test_a_connection_is_used_again_whoever_the_recipient_is() -> None:
    records = SHOP | {("shop.internal", "MX"): ["10 mx1.shop.internal.", "10 mx2.shop.internal."]}
    seeds = [bytes([number] * 8) for number in range(20)]
    async with world(records, {ONE: good(), TWO: good()}) as it:
        it.transport._random = lambda size: seeds.pop()[:size]
        for number in range(20):
            assert isinstance(await it.send(f"c{number}@shop.internal"), Delivered)
        assert sum(server.connections for server in it.servers.values()) == 1


async def test_domains_with_the_same_server_share_its_connection() -> None:
    records = SHOP | {("cafe.internal", "MX"): ["5 mx1.shop.internal."]}
    async with world(records, {ONE: good()}) as it:
        await it.send("hong@shop.internal")
        await it.send("mina@cafe.internal")
        assert it.servers[ONE].connections == 1


async def test_what_strangers_call_the_mail_is_not_learnt() -> None:
    said = b"250 2.0.0 Ok <0102@mx1.shop.internal> [InternalId=1, Hostname=mx1.shop.internal]\r\n"
    async with world(SHOP, {ONE: ScriptedServer({"dot": [said]})}) as it:
        result = await it.send()
        assert isinstance(result, Delivered)
        assert result.aliases == ()


# --- the DNS (F26) -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Situation:
    """What the DNS says of shop.internal, and what becomes of a mail to it."""

    records: dict[tuple[str, str], list[str]]
    kind: type
    status: str
    fails: set[str | None] = field(default_factory=set)


def mx(*lines: str) -> dict[tuple[str, str], list[str]]:
    return {("shop.internal", "MX"): list(lines)}


SITUATIONS = {
    "no such domain": Situation({}, Rejected, "5.1.2"),
    "null MX": Situation(mx("0 ."), Rejected, "5.1.10"),
    "null MX with another preference": Situation(mx("10 ."), Rejected, "5.1.10"),
    "SERVFAIL for MX": Situation(SHOP, Deferred, "4.4.3", {"shop.internal"}),
    "no MX, an address": Situation({("shop.internal", "A"): [ONE]}, Delivered, "2.0.0"),
    "no MX, no address": Situation({("shop.internal", "TXT"): ['"x"']}, Rejected, "5.4.4"),
    "MX without an address": Situation(mx("10 mx.shop.internal."), Rejected, "5.4.4"),
    "MX with SERVFAIL": Situation(
        mx("10 mx1.shop.internal."), Deferred, "4.4.3", {"mx1.shop.internal"}
    ),
    "one MX with SERVFAIL, one good": Situation(SHOP, Delivered, "2.0.0", {"mx1.shop.internal"}),
    "a CNAME to a domain with MX": Situation(
        SHOP
        | {
            ("shop.internal", "CNAME"): ["real.internal."],
            ("real.internal", "MX"): ["10 mx1.shop.internal."],
        },
        Delivered,
        "2.0.0",
    ),
    "an MX that is an alias": Situation(
        mx("10 alias.internal.")
        | {("alias.internal", "CNAME"): ["mx1.shop.internal."], ("mx1.shop.internal", "A"): [ONE]},
        Delivered,
        "2.0.0",
    ),
    "a CNAME to nothing": Situation(
        {("shop.internal", "CNAME"): ["gone.internal."]}, Rejected, "5.1.2"
    ),
    "a CNAME loop": Situation(
        {
            ("shop.internal", "CNAME"): ["pool.internal."],
            ("pool.internal", "CNAME"): ["shop.internal."],
        },
        Deferred,
        "4.4.3",
    ),
    "an MX in a CNAME loop": Situation(
        mx("10 a.internal.")
        | {("a.internal", "CNAME"): ["b.internal."], ("b.internal", "CNAME"): ["a.internal."]},
        Deferred,
        "4.4.3",
    ),
    "an MX that is this very host": Situation(mx(f"10 {HOSTNAME}."), Rejected, "5.4.6"),
    "an IP address for a name": Situation(mx("10 192.0.2.1."), Rejected, "5.4.4"),
    "more MX than anybody needs": Situation(
        mx(*(f"{n} mx{n}.shop.internal." for n in range(60))), Deferred, "4.4.3"
    ),
}


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS.keys())
async def test_what_the_dns_says(situation: Situation) -> None:
    async with world(situation.records, {ONE: good(), TWO: good()}) as it:
        it.dns.fails |= situation.fails
        result = await it.send()
        assert isinstance(result, situation.kind), result
        assert result.reply.status == situation.status
        if isinstance(result, Rejected):
            assert result.reply.code in {550, 554, 556}
        if isinstance(result, Deferred):
            assert result.reach is Reach.SITE


async def test_a_dns_that_is_silent_defers() -> None:
    async with world(SHOP, {ONE: good()}) as it:
        it.dns.silent.add(None)
        it.dns.transport.close() if it.dns.transport else None
        result = await it.send()
        assert isinstance(result, Deferred)
        assert (result.reply.code, result.reply.status) == (None, "4.4.3")


@pytest.mark.parametrize("silent", ["shop.internal", "mx1.shop.internal"])
async def test_a_name_that_nobody_answers_for_is_tried_again(silent: str) -> None:
    """The name server is there: it is this name's own servers that are not."""
    records = SHOP | mx("10 mx1.shop.internal.")
    async with world(records, {ONE: good()}, patience=0.3) as it:
        it.dns.silent.add(silent)
        result = await it.send()
        assert isinstance(result, Deferred)
        assert (result.reply.status, result.reach) == ("4.4.3", Reach.SITE)
        assert it.servers[ONE].connections == 0


@pytest.mark.parametrize(
    "domain", ["shop.test", "shop.example", "x.invalid", "example.com", "localhost", "pc.local"]
)
async def test_special_use_domains_have_no_mail(domain: str) -> None:
    async with world({}, {}) as it:
        result = await it.send(f"hong@{domain}")
        assert isinstance(result, Rejected)
        assert result.reply.status == "5.1.2"
        assert it.dns.asked == []


# --- ourselves (RFC 5321 §5.1) -----------------------------------------------------------------

OWN = {(HOSTNAME, "A"): [THREE]}


async def test_only_better_servers_than_ourselves_are_tried() -> None:
    lines = ["10 mx1.shop.internal.", f"20 {HOSTNAME.upper()}.", "30 mx2.shop.internal."]
    async with world(SHOP | mx(*lines) | OWN, {ONE: good(), TWO: good(), THREE: good()}) as it:
        assert isinstance(await it.send(), Delivered)
        assert len(it.servers[ONE].messages) == 1
    async with world(SHOP | mx(*lines) | OWN, {TWO: good(), THREE: good()}) as it:
        result = await it.send()
        assert isinstance(result, Deferred)
        assert all(not server.connections for server in it.servers.values())


@pytest.mark.parametrize("more", [[], ["10 mx1.shop.internal."], ["20 mx2.shop.internal."]])
async def test_mail_that_would_come_back_is_rejected(more: list[str]) -> None:
    records = SHOP | mx(f"10 {HOSTNAME}.", *more) | OWN
    async with world(records, {ONE: good(), TWO: good(), THREE: good()}) as it:
        result = await it.send()
        assert isinstance(result, Rejected)
        assert result.reply.status == "5.4.6"
        assert all(not server.connections for server in it.servers.values())


async def test_we_are_known_by_our_address_too() -> None:
    async with world(SHOP, {ONE: good(), TWO: good()}, ours=lambda ip: ip == TWO) as it:
        assert isinstance(await it.send(), Delivered)
    async with world(SHOP, {ONE: good(), TWO: good()}, ours=lambda ip: ip == ONE) as it:
        result = await it.send()
        assert isinstance(result, Rejected)
        assert result.reply.status == "5.4.6"


# --- where a stranger's DNS may not lead us -----------------------------------------------------


@pytest.mark.parametrize(
    "records",
    [
        SHOP,
        {("shop.internal", "A"): [ONE]},
        mx("10 mx1.shop.internal.") | {("mx1.shop.internal", "AAAA"): ["::ffff:127.0.0.2"]},
    ],
)
async def test_nothing_on_this_machine_is_dialled(
    records: dict[tuple[str, str], list[str]],
) -> None:
    async with world(records, {ONE: good(), TWO: good()}, networks=()) as it:
        result = await it.send()
        assert isinstance(result, Rejected)
        assert result.reply.status == "5.4.4"
        assert all(not server.connections for server in it.servers.values())


@pytest.mark.parametrize(
    ("literal", "kind", "status"),
    [
        (f"[{ONE}]", Delivered, "2.0.0"),
        ("[10.0.0.1]", Rejected, "5.4.4"),
        ("[IPv6:fd00::1]", Rejected, "5.4.4"),
        ("[IPv6:::2]", Rejected, "5.4.4"),
        ("[::1]", Rejected, "5.1.2"),
        ("[x]", Rejected, "5.1.2"),
    ],
)
async def test_an_address_in_place_of_a_domain(literal: str, kind: type, status: str) -> None:
    async with world({}, {ONE: good()}) as it:
        result = await it.send(f"hong@{literal}")
        assert isinstance(result, kind)
        assert result.reply.status == status
        assert it.dns.asked == []


# --- time and the end ----------------------------------------------------------------------------


async def test_an_attempt_has_an_end_however_many_servers_there_are() -> None:
    short = Timeouts(connect=5, command=5, data=5, total=0.5)
    frozen = ScriptedServer({"connect": [Act.FREEZE]})
    async with world(SHOP, {ONE: frozen, TWO: good()}, timeouts=short) as it:
        async with asyncio.timeout(5):
            result = await it.send()
        assert isinstance(result, Deferred)
        assert it.servers[TWO].connections == 0


async def test_closing_ends_what_is_under_way() -> None:
    frozen = ScriptedServer({"EHLO": [Act.FREEZE]})
    async with world(SHOP, {ONE: frozen, TWO: good()}) as it:
        sending = asyncio.create_task(it.send())
        await frozen.frozen.wait()
        await it.transport.close()
        async with asyncio.timeout(5):
            result = await sending
        assert isinstance(result, Deferred)
        assert result.reach is Reach.MAIL
        assert it.servers[TWO].connections == 0
