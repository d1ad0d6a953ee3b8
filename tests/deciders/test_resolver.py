"""Asking a real name server on loopback: good, slow, wrong, silent, and back again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from mailgate.clock import SystemClock
from mailgate.mail.proofs import Answer, Question, RecordType
from mailgate.resolver.resolver import AT_ONCE, CachingResolver
from mailgate.resolver.servers import NameServers, Server, is_believed
from mailgate.telemetry.null import NullTelemetry
from tests.harness.dns import Records
from tests.harness.nameserver import NameServer, name_server
from tests.harness.ports import free_ports

PLENTY = 20.0
"""Seconds for a try where the server answers."""
TRY = 0.7
"""Where it does not."""
LONG = "v=DKIM1; p=" + "A" * 1500
ZONE: Records = {
    ("k1._domainkey.acme.internal", "TXT"): [
        " ".join(f'"{LONG[at : at + 250]}"' for at in range(0, len(LONG), 250))
    ],
    ("acme.internal", "TXT"): ['"v=spf1 " "-all"', '"caf\\195\\169"'],
    ("acme.internal", "MX"): ["20 b.acme.internal.", "10 a.acme.internal."],
    ("a.acme.internal", "A"): ["192.0.2.1", "192.0.2.2"],
    ("a.acme.internal", "AAAA"): ["2001:db8::1"],
    ("1.2.0.192.in-addr.arpa", "PTR"): ["a.acme.internal."],
    ("alias.internal", "TXT"): [],
    ("_25._tcp.a.acme.internal", "TLSA"): ["3 1 1 " + "5f" * 32],
    ("chain.internal", "CNAME"): ["next.internal."],
    ("next.internal", "CNAME"): ["a.acme.internal."],
    ("loop.internal", "CNAME"): ["pool.internal."],
    ("pool.internal", "CNAME"): ["loop.internal."],
    **{(f"c{n}.internal", "CNAME"): [f"c{n + 1}.internal."] for n in range(30)},
    ("c30.internal", "A"): ["192.0.2.1"],
    ("dangling.internal", "CNAME"): ["nobody.internal."],
    ("many.internal", "A"): [f"192.0.{n // 250}.{n % 250}" for n in range(100)],
}
FAILED = Answer(failed=True)


class Told(NullTelemetry):
    def __init__(self) -> None:
        self.results: list[str] = []
        self.news: list[str] = []

    def dns_lookup(self, *, result: str) -> None:
        self.results.append(result)

    def dns_silent(self, *, seconds: float) -> None:
        self.news.append(f"silent {seconds:.0f}")

    def dns_back(self) -> None:
        self.news.append("back")


class Patient(SystemClock):
    """Sleeps until it is told that the time is over."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.over.wait()
        self.over.clear()


def resolver_at(
    *servers: Server,
    seconds: float = PLENTY,
    told: Told | None = None,
    clock: SystemClock | None = None,
) -> CachingResolver:
    clock = clock or SystemClock()
    asked = NameServers(lambda: servers, clock, seconds=seconds)
    return CachingResolver(asked, clock, told or NullTelemetry())


def txt(name: str) -> Question:
    return Question(name, RecordType.TXT)


@asynccontextmanager
async def asking(
    told: Told | None = None, seconds: float = PLENTY
) -> AsyncIterator[tuple[CachingResolver, NameServer]]:
    async with name_server(ZONE) as server:
        yield resolver_at(server.server, seconds=seconds, told=told), server


@pytest.mark.parametrize(
    ("name", "kind", "records"),
    [
        ("k1._domainkey.acme.internal", RecordType.TXT, (LONG,)),
        ("acme.internal", RecordType.TXT, ("v=spf1 -all", "caf\xc3\xa9")),
        ("acme.internal", RecordType.MX, ("a.acme.internal", "b.acme.internal")),
        ("A.Acme.Internal.", RecordType.A, ("192.0.2.1", "192.0.2.2")),
        ("a.acme.internal", RecordType.AAAA, ("2001:db8::1",)),
        ("1.2.0.192.in-addr.arpa", RecordType.PTR, ("a.acme.internal",)),
        ("_25._tcp.a.acme.internal", RecordType.TLSA, ("3 1 1 " + "5f" * 32,)),
        ("chain.internal", RecordType.AAAA, ("2001:db8::1",)),
        ("acme.internal", RecordType.AAAA, ()),
        ("nobody.internal", RecordType.A, ()),
    ],
)
async def test_every_type_is_answered_as_texts(
    name: str, kind: RecordType, records: tuple[str, ...]
) -> None:
    question = Question(name, kind)
    async with asking() as (resolver, _):
        assert dict(await resolver.ask([question]))[question].records in (records, records[::-1])


async def test_an_mx_comes_with_its_preferences() -> None:
    async with asking() as (resolver, _):
        question = Question("acme.internal", RecordType.MX)
        answer = (await resolver.ask([question]))[question]
        assert answer.records == ("a.acme.internal", "b.acme.internal")
        assert answer.preferences == (10, 20)


@pytest.mark.parametrize(
    ("name", "exists"),
    [("alias.internal", True), ("nobody.internal", False), ("dangling.internal", False)],
)
async def test_no_such_name_is_told_from_no_such_record(name: str, exists: bool) -> None:
    async with asking() as (resolver, _):
        question = Question(name, RecordType.MX)
        assert (await resolver.ask([question]))[question] == Answer(exists=exists)


@pytest.mark.parametrize("name", ["loop.internal", "c0.internal"])
async def test_aliases_without_an_end_are_no_answer(name: str) -> None:
    """Somebody may mend it (RFC 1034 §5.2.2 leaves it an error): it does not say that there is
    nothing."""
    async with asking() as (resolver, _):
        question = Question(name, RecordType.A)
        assert (await resolver.ask([question]))[question] == FAILED


@pytest.mark.parametrize("kind", [RecordType.MX, RecordType.AAAA])
async def test_what_a_server_on_this_machine_has_validated_is_secure(kind: RecordType) -> None:
    """Records, and that there are none."""
    async with asking() as (resolver, server):
        question = Question("acme.internal", kind)
        server.secure.add("acme.internal")
        assert (await resolver.ask([question]))[question].secure
        other = Question("a.acme.internal", RecordType.A)
        assert not (await resolver.ask([other]))[other].secure


@pytest.mark.parametrize(
    ("host", "trusted", "believed"),
    [
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("192.0.2.53", False, False),
        ("10.0.0.1", False, False),
        ("192.0.2.53", True, True),
    ],
)
def test_whose_word_on_dnssec_is_believed(host: str, trusted: bool, believed: bool) -> None:
    assert is_believed((host, 53), trusted=trusted) is believed


async def test_an_answer_too_long_for_a_packet_comes_by_tcp() -> None:
    async with asking() as (resolver, server):
        question = txt("k1._domainkey.acme.internal")
        assert (await resolver.ask([question]))[question] == Answer((LONG,))
        assert server.by_tcp == ["k1._domainkey.acme.internal"]


async def test_more_records_than_anybody_needs_are_no_answer() -> None:
    async with asking() as (resolver, _):
        question = Question("many.internal", RecordType.A)
        assert (await resolver.ask([question]))[question] == FAILED


@pytest.mark.parametrize("name", ["shop.example", "a.test", "x.local", "k1._domainkey.example.com"])
async def test_special_use_domains_are_never_asked_for(name: str) -> None:
    async with asking() as (resolver, server):
        assert (await resolver.ask([txt(name)]))[txt(name)] == Answer(exists=False)
        assert server.asked == []


async def test_a_question_is_asked_once_however_many_ask_it() -> None:
    told = Told()
    async with asking(told) as (resolver, server):
        both = await asyncio.gather(*(resolver.ask([txt("acme.internal")]) for _ in range(20)))
        assert all(answers[txt("acme.internal")].records for answers in both)
        await resolver.ask([txt("acme.internal")])
        assert server.asked == ["acme.internal"]
        assert told.results == ["found", "cached"]


async def test_a_server_that_cannot_tell_is_believed_to_for_a_minute() -> None:
    async with asking() as (resolver, server):
        server.fails.add("acme.internal")
        for _ in range(2):
            answers = await resolver.ask([txt("acme.internal")])
            assert answers[txt("acme.internal")] == FAILED
        assert server.asked == ["acme.internal"]


async def test_the_second_server_is_asked_when_the_first_cannot_tell() -> None:
    async with name_server(ZONE) as one, name_server(ZONE) as other:
        one.fails.add(None)
        answers = await resolver_at(one.server, other.server).ask([txt("acme.internal")])
        assert answers[txt("acme.internal")].records


async def test_the_second_server_is_asked_when_the_first_is_silent() -> None:
    async with name_server(ZONE) as one, name_server(ZONE) as other:
        one.silent.add(None)
        resolver = resolver_at(one.server, other.server, seconds=TRY)
        answers = await resolver.ask([txt("acme.internal")])
        assert answers[txt("acme.internal")].records
        await resolver.ask([txt("a.acme.internal")])
        assert len(one.asked) == 1  # from then on the other one comes first


async def test_what_is_no_answer_to_the_question_is_stepped_over() -> None:
    """Another name, another number, rubbish: anybody can send those."""
    async with asking(seconds=TRY) as (resolver, server):
        server.junk.add("acme.internal")
        assert (await resolver.ask([txt("acme.internal")]))[txt("acme.internal")] == FAILED
        assert not resolver.is_silent


async def test_one_slow_domain_costs_no_other() -> None:
    told = Told()
    async with asking(told, TRY) as (resolver, server):
        server.silent |= {f"n{number}.slow.internal" for number in range(100)}
        slow = [txt(f"n{number}.slow.internal") for number in range(100)]
        answers = await resolver.ask([*slow[:3], txt("acme.internal")])
        assert answers[txt("acme.internal")].records
        assert [answers[question] for question in slow[:3]] == [FAILED] * 3
        # Its other names are not waited for, and everybody else's are.
        asked = len(server.asked)
        answers = await resolver.ask([*slow, Question("acme.internal", RecordType.MX)])
        assert len(server.asked) == asked + 1
        assert answers[Question("acme.internal", RecordType.MX)].records
        assert told.news == []


async def test_a_dns_that_is_silent_costs_one_wait() -> None:
    told = Told()
    async with asking(told, TRY) as (resolver, server):
        server.silent.add(None)
        async with asyncio.timeout(10 * TRY):
            answers = await resolver.ask([txt(f"n{number}.internal") for number in range(200)])
        assert set(answers.values()) == {FAILED}
        assert resolver.is_silent
        asked = len(server.asked)
        async with asyncio.timeout(10 * TRY):
            for number in range(1000):
                await resolver.ask([txt(f"m{number}.internal")])
        assert len(server.asked) == asked
        assert told.news == ["silent 30"]


async def test_where_nobody_listens_is_silent_at_once() -> None:
    (port,) = free_ports(1)
    resolver = resolver_at(("127.0.0.1", port))
    async with asyncio.timeout(PLENTY / 2):
        answers = await resolver.ask([txt("acme.internal")])
    assert answers[txt("acme.internal")] == FAILED
    assert resolver.is_silent


async def test_a_machine_without_name_servers_is_silent() -> None:
    resolver = resolver_at()
    assert (await resolver.ask([txt("acme.internal")]))[txt("acme.internal")] == FAILED
    assert resolver.is_silent


async def test_a_dns_that_comes_back_is_used_again() -> None:
    told, clock = Told(), Patient()
    async with name_server(ZONE) as server:
        server.silent.add(None)
        resolver = resolver_at(server.server, seconds=TRY, told=told, clock=clock)
        watching = asyncio.create_task(resolver.run())
        await resolver.ask([txt("acme.internal")])
        server.silent.clear()
        assert (await resolver.ask([txt("acme.internal")]))[txt("acme.internal")] == FAILED
        clock.over.set()
        async with asyncio.timeout(10):
            while resolver.is_silent:
                await asyncio.sleep(0.01)
        assert (await resolver.ask([txt("acme.internal")]))[txt("acme.internal")].records
        assert told.news == ["silent 30", "back"]
        assert clock.slept == [30.0]
        watching.cancel()


async def test_one_probe_at_a_time_looks_whether_it_is_back() -> None:
    clock = Patient()
    async with name_server(ZONE) as server:
        server.silent.add(None)
        resolver = resolver_at(server.server, seconds=TRY, clock=clock)
        watching = asyncio.create_task(resolver.run())
        await resolver.ask([txt(f"n{number}.internal") for number in range(50)])
        assert server.probes == 1
        for seen in (2, 3):
            clock.over.set()
            async with asyncio.timeout(10):
                while server.probes < seen or len(clock.slept) < seen:
                    await asyncio.sleep(0.01)
        assert resolver.is_silent
        watching.cancel()


async def test_who_is_cancelled_takes_nobody_along() -> None:
    async with asking(seconds=TRY) as (resolver, server):
        server.silent.add("slow.internal")
        first = asyncio.create_task(resolver.ask([txt("slow.internal")]))
        await asyncio.sleep(0)
        second = asyncio.create_task(resolver.ask([txt("slow.internal")]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        first.cancel()
        assert (await second)[txt("slow.internal")] == FAILED
        with pytest.raises(asyncio.CancelledError):
            await first


async def test_one_organisation_with_slow_servers_keeps_nobody_else_waiting() -> None:
    slow = [f"n{number}.slow.internal" for number in range(2 * AT_ONCE)]
    async with asking(seconds=PLENTY) as (resolver, server):
        server.silent.update(slow)
        waiting = asyncio.create_task(resolver.ask([txt(name) for name in slow]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        async with asyncio.timeout(PLENTY / 2):
            answers = await resolver.ask([txt("acme.internal")])
        assert answers[txt("acme.internal")].records
        assert not waiting.done()
        waiting.cancel()
