"""What every transport keeps: the Maildir, and SMTP to a server on the loopback, which is a
smarthost or the mail server of the recipient's domain."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from mailgate.mail.address import Address, NullReversePath
from mailgate.mail.proofs import Answer, Answers, Question, RecordType
from mailgate.model.delivery import Deferred, Delivered
from mailgate.outbound.mx import MxTransport
from mailgate.outbound.mxlookup import Lookup
from mailgate.outbound.mxrouting import Ours
from mailgate.outbound.peer import Peer, Timeouts
from mailgate.outbound.route import MaildirRoute, MxRoute, Route, RoutePolicy, SmarthostRoute
from mailgate.outbound.router import OpenMx, Router, open_transport
from mailgate.outbound.transport import Transport
from tests.contracts.outbound_world import CONTENT, NOW, leased_delivery
from tests.contracts.scripted_smtp import ScriptedServer, serving
from tests.harness.clock import FakeClock


@dataclass
class Way:
    """A transport, what came out at its end, and a route that leads nowhere."""

    transport: Transport
    route: Route
    nowhere: Route
    arrived: Callable[[], list[bytes]]
    open_mx: OpenMx | None = None


async def maildir_way(path: Path) -> AsyncIterator[Way]:
    (path / "file").write_text("no folder")
    route = MaildirRoute(path / "outbox")

    def arrived() -> list[bytes]:
        files = sorted((path / "outbox" / "new").iterdir())
        # Behind the two trace fields stands what was sent, with the line ends of a Maildir.
        return [file.read_bytes().split(b"\n", 2)[2].replace(b"\n", b"\r\n") for file in files]

    transport = open_transport(route, hostname="mail.acme.example", clock=FakeClock(NOW))
    yield Way(transport, route, MaildirRoute(path / "file"), arrived)


async def smtp_way() -> AsyncIterator[Way]:
    async with serving(ScriptedServer()) as closed:
        pass
    async with serving(ScriptedServer()) as server:

        def arrived() -> list[bytes]:
            contents = [message.content for message in server.messages]
            return [c.replace(b"\r\n..", b"\r\n.").removeprefix(b".") for c in contents]

        limits = Timeouts(connect=5, command=5, data=5, total=10)
        peer = Peer("127.0.0.1", server.port, "mail.acme.example", timeouts=limits)
        route = SmarthostRoute(peer)
        nowhere = SmarthostRoute(replace(peer, port=closed.port))
        transport = open_transport(route, hostname="mail.acme.example", clock=FakeClock(NOW))
        yield Way(transport, route, nowhere, arrived)
        await transport.close()


class OneServer:
    """A DNS in which every domain has its mail server on the loopback."""

    def known(self, questions: Iterable[Question]) -> Answers:
        return {}

    async def ask(self, questions: Iterable[Question]) -> Answers:
        here = Answer(("127.0.0.1",))
        return {each: here if each.type is RecordType.A else Answer() for each in questions}


def open_mx(route: MxRoute) -> MxTransport:
    ours = Ours(networks=(ip_network("127.0.0.0/8"),))
    lookup = Lookup(OneServer(), ours, route.port, lambda _: False)
    return MxTransport(route, lookup, None, clock=FakeClock(NOW), random=bytes)


async def mx_way() -> AsyncIterator[Way]:
    async for way in smtp_way():
        assert isinstance(way.route, SmarthostRoute)
        assert isinstance(way.nowhere, SmarthostRoute)
        there, nowhere = (
            MxRoute("mail.acme.example", each.peer.port, timeouts=each.peer.timeouts)
            for each in (way.route, way.nowhere)
        )
        transport = open_mx(there)
        yield Way(transport, there, nowhere, way.arrived, open_mx)
        await transport.close()


@pytest.fixture(params=["maildir", "smtp", "mx"])
async def way(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Way]:
    ways = {"maildir": lambda: maildir_way(tmp_path), "smtp": smtp_way, "mx": mx_way}
    async for one in ways[request.param]():
        yield one


async def test_a_mail_arrives_as_it_was_queued(way: Way) -> None:
    result = await way.transport.send(leased_delivery())
    assert isinstance(result, Delivered)
    assert result.reply.code == 250
    assert result.relay_id
    assert way.arrived() == [CONTENT]


@pytest.mark.parametrize("size", [0, 100, 70_000, 3_000_000])
async def test_every_size_arrives_whole(way: Way, size: int) -> None:
    content = b"Subject: big\r\n\r\n" + b".0123456789\r\n" * (size // 13) + b"end\r\n"
    assert isinstance(await way.transport.send(leased_delivery(content=content)), Delivered)
    assert way.arrived() == [content]


async def test_many_at_once_all_arrive(way: Way) -> None:
    sends = [way.transport.send(leased_delivery(number)) for number in range(1, 41)]
    results = await asyncio.gather(*sends)
    assert all(isinstance(result, Delivered) for result in results)
    assert way.arrived() == [CONTENT] * 40


async def test_a_mail_from_nobody_goes_too(way: Way) -> None:
    leased = replace(leased_delivery(), reverse_path=NullReversePath())
    assert isinstance(await way.transport.send(leased), Delivered)


async def test_a_way_that_leads_nowhere_is_no_reason_to_give_up(way: Way) -> None:
    nowhere = open_transport(
        way.nowhere, hostname="mail.acme.example", clock=FakeClock(NOW), open_mx=way.open_mx
    )
    result = await nowhere.send(leased_delivery())
    assert isinstance(result, Deferred)
    assert result.reply.text
    await nowhere.close()


async def test_closing_twice_is_no_error(way: Way) -> None:
    await way.transport.send(leased_delivery())
    await way.transport.close()
    await way.transport.close()


async def test_the_router_takes_the_way_of_the_sender(way: Way) -> None:
    sales = Address("sales", "acme.example")
    policy = RoutePolicy(way.nowhere, {sales.key: way.route})
    router = Router(policy, hostname="mail.acme.example", clock=FakeClock(NOW), open_mx=way.open_mx)
    assert isinstance(await router.send(leased_delivery(1)), Deferred)
    from_sales = replace(leased_delivery(2), sender=sales)
    assert isinstance(await router.send(from_sales), Delivered)
    await router.close()
