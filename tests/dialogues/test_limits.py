"""Time and places: idle and slow clients, floods of connections, too much of anything."""

from pathlib import Path

from mailgate.ingest.listener import SessionLimits
from tests.dialogues.place import LOOPBACK, open_place, received, until
from tests.harness.clock import FakeClock


async def test_an_idle_session_ends_after_five_minutes(tmp_path: Path) -> None:
    """RFC 5321 §4.5.3.2.7: at least five minutes for the next command."""
    clock = FakeClock()
    async with open_place(tmp_path, clock=clock) as place:
        client = await place.greeted()
        await clock.advance(299)
        assert await client.say("NOOP") == "250 2.0.0 OK"
        await until("it waits again", lambda: any(each.is_idle for each in place.sessions))
        await clock.advance(302)
        assert (await client.reply()).startswith("421 4.4.2 ")
        assert await client.is_closed()
        assert place.record.refusals == ["idle"]


async def test_commands_do_not_keep_a_session_alive_for_ever(tmp_path: Path) -> None:
    clock = FakeClock()
    async with open_place(tmp_path, clock=clock) as place:
        client = await place.greeted()
        for _ in range(15):
            assert await client.say("NOOP") == "250 2.0.0 OK"
            await until("it waits again", lambda: any(each.is_idle for each in place.sessions))
            await clock.advance(240)
        await clock.advance(2)
        assert (await client.reply()).startswith("421 4.4.2 ")
        assert place.record.refusals == ["too_old"]


async def test_useless_commands_come_to_an_end(tmp_path: Path) -> None:
    async with open_place(tmp_path) as place:
        client = await place.greeted()
        for _ in range(100):
            assert await client.say("NOOP") == "250 2.0.0 OK"
        assert (await client.say("NOOP")).startswith("421 4.7.0 ")
        assert await client.is_closed()


async def test_a_slow_upload_that_lives_is_not_cut(tmp_path: Path) -> None:
    """Twenty minutes for one message, with octets every four: aiosmtpd ends it after five."""
    clock = FakeClock()
    async with open_place(tmp_path, clock=clock) as place:
        client = await place.greeted()
        await client.open_transaction()
        piece = b"x" * 100_000 + b"\r\n"
        for count in range(1, 6):
            client.send(piece)
            await received(place, count * len(piece))
            await clock.advance(240)
        client.send(b".\r\n")
        assert (await client.reply()).startswith("250 2.0.0 ")
        assert [row.size for row in await place.stored()] == [5 * len(piece)]


async def test_an_upload_that_stands_still_ends(tmp_path: Path) -> None:
    clock = FakeClock()
    async with open_place(tmp_path, clock=clock) as place:
        client = await place.greeted()
        await client.open_transaction()
        await clock.advance(302)
        assert (await client.reply()).startswith("421 4.4.2 ")
        assert place.record.refusals == ["idle"]


async def test_an_upload_of_single_octets_ends(tmp_path: Path) -> None:
    clock = FakeClock()
    async with open_place(tmp_path, clock=clock) as place:
        client = await place.greeted()
        await client.open_transaction()
        for count in range(1, 4):
            client.send(b"x")
            await received(place, count)
            await clock.advance(100)
        await clock.advance(2)
        assert (await client.reply()).startswith("421 4.4.2 ")
        assert place.record.refusals == ["too_slow"]
        assert await place.stored() == []


async def test_a_transaction_is_not_kept_open_by_commands(tmp_path: Path) -> None:
    """MAIL, and then NOOP every four minutes: half an hour of it is enough."""
    clock = FakeClock()
    async with open_place(tmp_path, clock=clock) as place:
        client = await place.greeted()
        await client.say("EHLO client.example")
        await client.say("MAIL FROM:<>")
        (session,) = place.sessions
        for _ in range(7):
            await clock.advance(240)
            assert await client.say("NOOP") == "250 2.0.0 OK"
            assert session.times.heard == clock.monotonic()
        await clock.advance(122)
        assert (await client.reply()).startswith("421 4.4.2 ")
        assert place.record.refusals == ["too_old"]


async def test_a_content_that_does_not_end_is_ended(tmp_path: Path) -> None:
    """20,000 octets a minute for half an hour, without a dot: memory is not kept for longer."""
    clock = FakeClock()
    async with open_place(tmp_path, clock=clock) as place:
        client = await place.greeted()
        await client.open_transaction()
        piece = b"x" * 19_998 + b"\r\n"
        for count in range(1, 31):
            client.send(piece)
            await received(place, count * len(piece))
            await clock.advance(60)
        await clock.advance(2)
        assert (await client.reply()).startswith("421 4.4.2 ")
        assert place.record.refusals == ["too_slow"]
        assert place.door._premises.content_octets == 0


async def test_the_hundred_and_first_recipient_is_told_to_wait(tmp_path: Path) -> None:
    """RFC 5321 §4.5.3.1.10: 452, so that it comes in a transaction of its own."""
    async with open_place(tmp_path) as place:
        client = await place.greeted()
        await client.say("EHLO client.example")
        await client.say("MAIL FROM:<>")
        for number in range(100):
            reply = await client.say(f"RCPT TO:<support+{number}@acme.example>")
            assert reply.startswith("250 "), number
        assert (await client.say("RCPT TO:<sales@acme.example>")).startswith("452 4.5.3 ")
        assert (await client.say("DATA")).startswith("354 ")
        client.send(b"x\r\n.\r\n")
        assert (await client.reply()).startswith("250 ")
        (row,) = await place.stored()
        assert len(row.envelope.forward_paths) == 100


async def test_one_peer_gets_so_many_connections(tmp_path: Path) -> None:
    async with open_place(tmp_path, limits=SessionLimits(connections_per_peer=2)) as place:
        first, _ = await place.greeted(), await place.greeted()
        third = await place.connect()
        assert (await third.reply()).startswith("421 4.7.0 ")
        assert await third.is_closed()

        assert (await first.say("QUIT")).startswith("221 ")
        await until("its place is free", lambda: place.door._premises.admission._open == 1)
        await place.greeted()


async def test_a_full_house_keeps_places_for_the_relay(tmp_path: Path) -> None:
    limits = SessionLimits(connections=3, reserved=1)
    async with open_place(tmp_path, limits=limits) as place:
        await place.greeted(), await place.greeted()
        refused = await place.connect()
        assert (await refused.reply()).startswith("421 4.3.2 ")
        assert place.record.refusals == ["too_many_connections"]
    async with open_place(tmp_path, limits=limits, trusted_networks=LOOPBACK) as place:
        for _ in range(3):
            await place.greeted()
        assert (await (await place.connect()).reply()).startswith("421 4.3.2 ")


async def test_a_long_command_is_refused_and_an_endless_one_ends_the_session(
    tmp_path: Path,
) -> None:
    async with open_place(tmp_path) as place:
        client = await place.greeted()
        assert (await client.say("EHLO " + "a" * 900)).startswith("501 ")
        assert (await client.say("NOOP " + "a" * 3000)).startswith("500 5.5.2 ")
        client.send(b"NOOP " + b"a" * 1_000_000)
        assert (await client.reply()).startswith("500 5.5.2 ")


async def test_a_client_that_never_reads_is_not_answered_without_end(tmp_path: Path) -> None:
    """Replies pile up only to the transport's mark; then the door stops reading."""
    async with open_place(
        tmp_path, trusted_networks=LOOPBACK, limits=SessionLimits(errors=10**9)
    ) as place:
        client = await place.connect(limit=1)
        client.reader._transport.pause_reading()  # type: ignore[attr-defined]
        client.send(b"EHLO x\r\n" * 100_000)
        (session,) = place.sessions
        assert session.transport is not None
        transport = session.transport
        await until("the door is clogged", lambda: transport.get_write_buffer_size() > 65536)
        assert transport.get_write_buffer_size() < 200_000
