"""SMTP to a smarthost that answers by script: each stage, each way to go wrong.

`Ambiguous` is for one thing alone: the final dot was written, and no clear answer came.
"""

import asyncio
import socket
from contextlib import suppress
from dataclasses import replace

import pytest

from mailgate.mail.address import Address, NullReversePath
from mailgate.mail.typed import parse_typed_address
from mailgate.model.delivery import (
    Ambiguous,
    AttemptResult,
    Deferred,
    Delivered,
    LeasedDelivery,
    Rejected,
)
from mailgate.outbound.line import Garbled, Line
from mailgate.outbound.opening import Opened
from mailgate.outbound.peer import Limits, Peer, Timeouts
from mailgate.outbound.pool import Pool
from mailgate.outbound.session import Session, Stage
from tests.contracts.outbound_world import NOW, leased_delivery
from tests.contracts.scripted_smtp import DOT, GREETING, Act, Answer, ScriptedServer, serving
from tests.harness.clock import FakeClock

PATIENT = Timeouts(connect=5, command=5, data=5, total=10)
SHORT = 0.3
MANY = Limits()


def to(server: ScriptedServer, timeouts: Timeouts = PATIENT, limits: Limits = MANY) -> Pool:
    peer = Peer("127.0.0.1", server.port, "mail.acme.example", timeouts=timeouts)
    return Pool(peer, limits, clock=FakeClock(NOW))


async def send_once(
    server: ScriptedServer, leased: LeasedDelivery, timeouts: Timeouts = PATIENT
) -> AttemptResult:
    async with serving(server):
        transport = to(server, timeouts)
        try:
            return await transport.send(leased)
        finally:
            await transport.close()


GARBAGE = b"hello?\r\n"
HUGE = b"250-" + b"x" * 40_000 + b"\r\n250 x\r\n"


@pytest.mark.parametrize(
    ("stage", "answer", "expected", "code"),
    [
        (GREETING, b"421 4.3.2 busy\r\n", Deferred, 421),
        (GREETING, b"554 5.7.1 not you\r\n", Deferred, 554),
        (GREETING, GARBAGE, Deferred, None),
        (GREETING, Act.CLOSE, Deferred, None),
        (GREETING, Act.FREEZE, Deferred, None),
        ("EHLO", b"421 4.3.2 busy\r\n", Deferred, 421),
        ("EHLO", b"502 5.5.1 no such command\r\n", Delivered, 250),  # HELO then
        ("EHLO", HUGE, Deferred, None),
        ("EHLO", b"250 \xff\xfe\r\n", Delivered, 250),
        ("EHLO", Act.CLOSE, Deferred, None),
        ("EHLO", Act.FREEZE, Deferred, None),
        ("MAIL", b"250 2.1.0 Ok\r\n", Delivered, 250),
        ("MAIL", b"451 4.7.1 Greylisted\r\n", Deferred, 451),
        ("MAIL", b"550 5.7.1 sender refused\r\n", Rejected, 550),
        ("MAIL", b"421 4.3.2 busy\r\n", Deferred, 421),
        ("MAIL", GARBAGE, Deferred, None),
        ("MAIL", Act.CLOSE, Deferred, None),
        ("MAIL", Act.FREEZE, Deferred, None),
        ("RCPT", b"251 2.1.5 will forward\r\n", Delivered, 250),
        ("RCPT", b"450 4.2.1 busy\r\n", Deferred, 450),
        ("RCPT", b"550 5.1.1 User unknown\r\n", Rejected, 550),
        ("RCPT", b"550-5.1.1 User\r\n550 5.1.1 unknown\r\n", Rejected, 550),
        ("RCPT", b"552 too many recipients\r\n", Deferred, 552),
        ("RCPT", GARBAGE, Deferred, None),
        ("RCPT", Act.CLOSE, Deferred, None),
        ("RCPT", Act.FREEZE, Deferred, None),
        ("DATA", b"451 4.3.0 no space\r\n", Deferred, 451),
        ("DATA", b"554 5.5.1 no valid recipients\r\n", Rejected, 554),
        ("DATA", b"250 what?\r\n", Deferred, 250),
        ("DATA", GARBAGE, Deferred, None),
        ("DATA", Act.CLOSE, Deferred, None),
        ("DATA", Act.FREEZE, Deferred, None),
        (DOT, b"250 2.0.0 Ok\r\n", Delivered, 250),
        (DOT, b"251 2.0.0 forwarded\r\n", Delivered, 251),
        (DOT, b"421 4.3.2 shutting down\r\n", Deferred, 421),
        (DOT, b"451 4.3.0 queue full\r\n", Deferred, 451),
        (DOT, b"552 5.3.4 too big\r\n", Rejected, 552),
        (DOT, b"554 5.7.1 spam\r\n", Rejected, 554),
        (DOT, b"354 go on\r\n", Ambiguous, 354),
        (DOT, GARBAGE, Ambiguous, None),
        (DOT, Act.CLOSE, Ambiguous, None),
        (DOT, Act.FREEZE, Ambiguous, None),
    ],
)
async def test_each_answer_at_each_stage(
    stage: str, answer: Answer, expected: type, code: int | None
) -> None:
    limits = PATIENT
    if answer is Act.FREEZE:
        # Only at the frozen stage is the time short that decides.
        last = stage == DOT
        limits = replace(PATIENT, data=SHORT) if last else Timeouts(SHORT, SHORT, 5, 10)
    result = await send_once(ScriptedServer({stage: [answer]}), leased_delivery(), limits)
    assert (type(result), result.reply.code) == (expected, code)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", DOT, GREETING])
async def test_after_anything_out_of_order_the_connection_is_not_used_again(stage: str) -> None:
    for answer in (GARBAGE, b"421 4.3.2 busy\r\n"):
        async with serving(ScriptedServer({stage: [answer]})) as server:
            transport = to(server)
            assert not isinstance(await transport.send(leased_delivery(1)), Delivered)
            assert isinstance(await transport.send(leased_delivery(2)), Delivered)
            assert server.connections == 2
            await transport.close()


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
async def test_a_reply_that_nobody_asked_for_is_not_taken_for_the_next_one(verb: str) -> None:
    """Else the refusal of a recipient could be read as the answer to another command."""
    usual = b"354 go on\r\n" if verb == "DATA" else b"250 2.1.0 Ok\r\n"
    script: dict[str, list[Answer]] = {
        verb: [usual + b"250 2.0.0 extra\r\n"],
        DOT: [b"554 5.7.1 spam\r\n"],
    }
    async with serving(ScriptedServer(script)) as server:
        transport = to(server)
        assert isinstance(await transport.send(leased_delivery()), Deferred)
        assert server.messages == []
        await transport.close()


async def test_more_than_was_asked_for_after_the_dot_is_delivered_and_the_end() -> None:
    script = {DOT: [b"250 2.0.0 Ok\r\n421 4.3.2 bye\r\n"]}
    async with serving(ScriptedServer(script)) as server:
        transport = to(server)
        assert isinstance(await transport.send(leased_delivery(1)), Delivered)
        assert isinstance(await transport.send(leased_delivery(2)), Delivered)
        assert server.connections == 2
        await transport.close()


async def test_replies_may_come_byte_by_byte() -> None:
    server = ScriptedServer(byte_by_byte=True)
    assert isinstance(await send_once(server, leased_delivery()), Delivered)


async def test_the_refusal_stands_whatever_the_server_does_next() -> None:
    script: dict[str, list[Answer]] = {
        "RCPT": [b"550 5.1.1 User unknown\r\n"],
        "RSET": [b"500 5.5.1 no such command\r\n"],
    }
    async with serving(ScriptedServer(script)) as server:
        transport = to(server)
        refused = await transport.send(leased_delivery(1))
        assert isinstance(refused, Rejected)
        assert refused.reply.text == "5.1.1 User unknown"
        assert isinstance(await transport.send(leased_delivery(2)), Delivered)
        assert server.connections == 2
        await transport.close()


@pytest.mark.parametrize(
    ("early", "expected"),
    [
        (b"552 5.3.4 too big\r\n", Rejected),
        (b"451 4.3.1 disk full\r\n", Deferred),
        (b"250 2.0.0 Ok\r\n", Deferred),  # the final dot was never written
        (GARBAGE, Deferred),
    ],
)
async def test_an_answer_in_the_middle_of_a_big_mail(early: bytes, expected: type) -> None:
    big = leased_delivery(content=b"0123456789\r\n" * 2_000_000)
    result = await send_once(ScriptedServer(early=early, offers=()), big)
    assert type(result) is expected


@pytest.mark.parametrize(
    ("hasty", "expected"),
    [(b"452 4.3.1 disk full\r\n", Deferred), (b"554 5.7.1 spam\r\n", Rejected)],
)
@pytest.mark.parametrize("offers", [(), ("PIPELINING",)])
async def test_what_a_server_says_to_the_lines_of_a_refused_mail_is_not_said_to_the_next_one(
    hasty: bytes, expected: type, offers: tuple[str, ...]
) -> None:
    """It has refused before the final dot, and takes what it hears then for commands."""
    async with serving(ScriptedServer(hasty=hasty, offers=offers)) as server:
        transport = to(server)
        assert type(await transport.send(leased_delivery(1))) is expected
        assert isinstance(await transport.send(leased_delivery(2)), Delivered)
        assert (server.connections, len(server.messages)) == (2, 1)
        await transport.close()


@pytest.mark.parametrize("code", [500, 501, 502, 503])
async def test_a_kept_connection_that_does_not_know_mail_is_out_of_step(code: int) -> None:
    """RFC 5321 §4.5.1: every server knows it."""
    answer = f"{code} 5.5.1 what?\r\n".encode()
    async with serving(ScriptedServer({"MAIL": [b"250 2.1.0 Ok\r\n", answer]})) as server:
        transport = to(server)
        assert isinstance(await transport.send(leased_delivery(1)), Delivered)
        assert isinstance(await transport.send(leased_delivery(2)), Delivered)
        assert (server.connections, len(server.messages)) == (2, 2)
        await transport.close()


@pytest.mark.parametrize(("size", "writes"), [(120, 0), (70_000, 3)])
async def test_what_was_said_before_the_final_dot_is_no_answer_to_it(
    size: int, writes: int
) -> None:
    """Else a mail that nobody has taken would be delivered."""
    here, there = socket.socketpair()
    with there:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(asyncio.Protocol, sock=here)
        line = _Interrupted(transport, there, writes)
        peer = Peer("mx.example", 25, "mail.acme.example", timeouts=PATIENT)
        session = Session(Opened(line, {"pipelining": ""}), peer, lambda: NOW)
        with suppress(Garbled):
            result = await session.transact(
                leased_delivery(content=b"0123456789\r\n" * (size // 12))
            )
            assert isinstance(result, Deferred)
        assert session.stage < Stage.DOT
        assert not session.is_open
        assert b"\r\n.\r\n" not in line.written
        session.close()


class _Interrupted(Line):
    """The other side says 250 once more than it was asked, and it comes when nobody has looked
    since: with the reply to DATA (`writes` is 0), or after so many writes."""

    def __init__(self, transport: asyncio.Transport, there: socket.socket, writes: int) -> None:
        super().__init__(transport)
        self._there = there
        self._writes = writes
        self.written = b""

    def write(self, *parts: bytes, replies: int = 0) -> None:
        super().write(*parts, replies=replies)
        self.written += b"".join(parts)
        self._writes -= 1
        if b"DATA\r\n" in parts:
            self._there.send(b"250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 go on\r\n")
        if self._writes == 0:
            self._there.send(b"250 2.0.0 extra\r\n")

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if b"354" in data and self._writes < 0:
            self._there.send(b"250 2.0.0 extra\r\n")


async def test_an_attempt_ends_in_time_however_slowly_the_bytes_come() -> None:
    server = ScriptedServer({DOT: [Act.FREEZE]})
    limits = Timeouts(connect=60, command=60, data=600, total=1.0)
    assert isinstance(await send_once(server, leased_delivery(), limits), Ambiguous)


async def test_the_relay_id_is_read_from_the_last_reply() -> None:
    result = await send_once(ScriptedServer(), leased_delivery())
    assert isinstance(result, Delivered)
    assert result.relay_id == "4F1A"


# --- connections ---------------------------------------------------------------------------------


async def test_a_connection_is_used_for_many_mails_also_after_a_refused_one() -> None:
    async with serving(ScriptedServer({"RCPT": [b"550 5.1.1 User unknown\r\n"]})) as server:
        transport = to(server)
        results = [await transport.send(leased_delivery(number)) for number in range(4)]
        assert [type(result) for result in results] == [Rejected, *[Delivered] * 3]
        assert server.connections == 1
        await transport.close()
    assert server.verbs[-1] == "QUIT"


async def test_a_connection_is_left_after_so_many_mails() -> None:
    async with serving(ScriptedServer()) as server:
        transport = to(server, limits=Limits(messages=2))
        for number in range(5):
            await transport.send(leased_delivery(number))
        assert server.connections == 3
        await transport.close()


async def test_a_connection_that_is_not_used_is_left() -> None:
    async with serving(ScriptedServer()) as server:
        transport = to(server, limits=Limits(idle=0))
        await transport.send(leased_delivery())
        async with asyncio.timeout(5):
            while server.open_now:
                await asyncio.sleep(0)
        assert server.verbs[-1] == "QUIT"
        await transport.close()


async def test_a_kept_connection_that_the_server_has_closed_is_no_failure() -> None:
    async with serving(ScriptedServer({"MAIL": [b"250 Ok\r\n", Act.CLOSE]})) as server:
        transport = to(server)
        for number in range(2):
            assert isinstance(await transport.send(leased_delivery(number)), Delivered)
        assert server.connections == 2
        await transport.close()


async def test_a_new_connection_that_fails_is_not_tried_over_and_over() -> None:
    async with serving(ScriptedServer({"MAIL": [Act.CLOSE] * 5})) as server:
        transport = to(server)
        assert isinstance(await transport.send(leased_delivery()), Deferred)
        assert server.connections == 1
        await transport.close()


async def test_no_more_connections_at_once_than_the_route_says() -> None:
    async with serving(ScriptedServer()) as server:
        transport = to(server, limits=Limits(connections=3))
        results = await asyncio.gather(*(transport.send(leased_delivery(n)) for n in range(30)))
        assert all(isinstance(result, Delivered) for result in results)
        assert server.most_open <= 3
        await transport.close()


@pytest.mark.parametrize(
    ("stage", "expected"), [(GREETING, Deferred), ("RCPT", Deferred), (DOT, Ambiguous)]
)
async def test_closing_ends_what_runs_with_a_result(stage: str, expected: type) -> None:
    async with serving(ScriptedServer({stage: [Act.FREEZE]})) as server:
        transport = to(server, Timeouts())
        async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(transport.send(leased_delivery()))
            await server.frozen.wait()
            await FakeClock().settle()
            await transport.close()
        assert type(running.result()) is expected
        assert isinstance(await transport.send(leased_delivery()), Delivered)
        assert server.connections == 2
        await transport.close()


async def test_closing_also_ends_who_waits_for_a_connection() -> None:
    async with serving(ScriptedServer({GREETING: [Act.FREEZE]})) as server:
        transport = to(server, Timeouts(), limits=Limits(connections=1))
        async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(transport.send(leased_delivery(n))) for n in range(3)]
            await server.frozen.wait()
            await FakeClock().settle()
            await transport.close()
        assert all(isinstance(task.result(), Deferred) for task in running)
        assert server.connections == 1


async def test_a_cancelled_attempt_leaves_no_connection_that_is_out_of_step() -> None:
    async with serving(ScriptedServer({DOT: [Act.FREEZE]})) as server:
        transport = to(server)
        running = asyncio.get_running_loop().create_task(transport.send(leased_delivery(1)))
        await server.frozen.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert isinstance(await transport.send(leased_delivery(2)), Delivered)
        assert server.connections == 2
        await transport.close()


# --- envelope ------------------------------------------------------------------------------------


async def test_the_envelope_is_said_as_it_is() -> None:
    server = ScriptedServer()
    leased = leased_delivery()
    await send_once(server, leased)
    (message,) = server.messages
    assert message.mail == f"MAIL FROM:<support@acme.example> SIZE={len(leased.content)}"
    assert message.rcpt == ("RCPT TO:<hong@customer.example>",)


async def test_the_null_reverse_path_and_8_bit_content() -> None:
    server = ScriptedServer()
    leased = replace(leased_delivery(content="é\r\n".encode()), reverse_path=NullReversePath())
    assert isinstance(await send_once(server, leased), Delivered)
    assert server.messages[0].mail == "MAIL FROM:<> SIZE=4 BODY=8BITMIME"


async def test_a_server_that_offers_nothing_is_asked_for_nothing() -> None:
    server = ScriptedServer(offers=())
    assert isinstance(await send_once(server, leased_delivery()), Delivered)
    assert server.messages[0].mail == "MAIL FROM:<support@acme.example>"


@pytest.mark.parametrize(
    ("offer", "taken"),
    [("SIZE 64", True), ("SIZE 63", False), ("SIZE 0", True), ("SIZE", True), ("SIZE x", True)],
)
async def test_a_mail_that_is_too_large_is_not_even_begun(offer: str, taken: bool) -> None:
    """RFC 1870 §6.1: what the server takes is known before anything is said; 0 is no limit (§4)."""
    server = ScriptedServer(offers=(offer,))
    result = await send_once(server, leased_delivery(content=b"x" * 62 + b"\r\n"))
    if taken:
        assert isinstance(result, Delivered)
        return
    assert isinstance(result, Rejected)
    assert (result.reply.code, result.reply.status) == (552, "5.3.4")
    assert "64 bytes, and 127.0.0.1 takes 63 at most" in result.reply.text
    assert "MAIL" not in server.verbs


async def test_a_mail_that_is_too_large_costs_the_others_no_connection() -> None:
    async with serving(ScriptedServer(offers=("SIZE 100",))) as server:
        transport = to(server)
        large = leased_delivery(1, content=b"x" * 99 + b"\r\n")
        assert isinstance(await transport.send(large), Rejected)
        assert isinstance(await transport.send(leased_delivery(2)), Delivered)
        assert server.connections == 1
        await transport.close()


async def test_a_domain_beyond_ascii_goes_as_its_a_label() -> None:
    """RFC 5890 §2.3.2.1: every server knows it, so that none has to offer SMTPUTF8."""
    server = ScriptedServer()
    hong = parse_typed_address("hong@m\u00fcnchen.example")
    assert isinstance(await send_once(server, leased_delivery(recipient=hong)), Delivered)
    assert server.messages[0].rcpt == ("RCPT TO:<hong@xn--mnchen-3ya.example>",)


async def test_an_address_beyond_ascii_needs_smtputf8() -> None:
    leased = leased_delivery(recipient=Address("é", "customer.example"))
    refused = await send_once(ScriptedServer(), leased)
    assert isinstance(refused, Rejected)
    assert (refused.reply.code, refused.reply.status) == (553, "5.6.7")
    server = ScriptedServer(offers=("SMTPUTF8",))
    assert isinstance(await send_once(server, leased), Delivered)
    assert server.messages[0].mail == "MAIL FROM:<support@acme.example> SMTPUTF8"
    assert server.messages[0].rcpt == ("RCPT TO:<é@customer.example>",)


@pytest.mark.parametrize(
    "localpart", ["a\r\nRCPT TO:<x", "a>b", "a b", "c@d,e", "\x7f", 'a"b', "Kim <kim"]
)
async def test_an_address_that_could_be_a_command_never_reaches_the_wire(localpart: str) -> None:
    server = ScriptedServer()
    leased = leased_delivery(recipient=Address(localpart, "customer.example"))
    assert isinstance(await send_once(server, leased), Rejected)
    assert "RCPT" not in server.verbs


async def test_the_name_that_a_relay_gives_the_mail_comes_with_its_reply() -> None:
    ses = "0102018c2a3b4c5d-6e7f8a9b-1c2d-3e4f-5a6b-7c8d9e0f1a2b-000000"
    server = ScriptedServer({DOT: [f"250 Ok {ses}\r\n".encode()]})
    result = await send_once(server, leased_delivery())
    assert isinstance(result, Delivered)
    assert result.aliases == (f"{ses}@email.amazonses.com",)


async def test_a_queue_id_is_no_name_of_the_mail() -> None:
    result = await send_once(ScriptedServer(), leased_delivery())
    assert isinstance(result, Delivered)
    assert (result.relay_id, result.aliases) == ("4F1A", ())
