"""Hostile and heavy contents over the wire: bounded memory, and nobody else has to wait."""

import asyncio
import itertools
import resource
import socket
from pathlib import Path

from mailgate.ingest.admission import identify
from mailgate.ingest.listener import SessionLimits
from tests.dialogues.place import LOOPBACK, Place, open_place, until

MB = 1_000_000


async def test_other_sessions_are_answered_while_one_sends_single_character_lines(
    tmp_path: Path,
) -> None:
    """8 MB of one-character lines: between two answers to somebody else no more than a few
    reads of it are taken. aiosmtpd works its lines off for half a second at a time, and uvloop
    would hand over 8 MB in a row to a door that does not give way."""
    async with open_place(tmp_path, trusted_networks=LOOPBACK) as place:
        other = await place.greeted()
        content = b"x\r\n" * (8 * MB // 3)
        upload = asyncio.create_task(asyncio.to_thread(_send_all, place, content + b".\r\n"))
        taken = [0]
        while not upload.done():
            assert await other.say("NOOP") == "250 2.0.0 OK"
            taken.append(max(session.times.octets for session in place.sessions))
        await upload
        assert max(after - before for before, after in itertools.pairwise(taken)) < 2 * MB


def _send_all(place: Place, content: bytes) -> None:
    with socket.create_connection(("127.0.0.1", place.port)) as sock:
        stream = sock.makefile("rwb")
        stream.readline()
        for command in (b"HELO x", b"MAIL FROM:<>", b"RCPT TO:<support@acme.example>", b"DATA"):
            stream.write(command + b"\r\n")
            stream.flush()
            stream.readline()
        stream.write(content)
        stream.flush()
        assert stream.readline().startswith(b"250 ")


async def test_25_mb_of_two_character_lines_is_an_ordinary_message(tmp_path: Path) -> None:
    """Row 20: aiosmtpd takes 1.1 GB for it."""
    content = b"ab\r\n" * (25 * MB // 4)
    async with open_place(tmp_path) as place:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        await asyncio.to_thread(_send_all, place, content + b".\r\n")
        assert [row.size for row in await place.stored()] == [len(content)]
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < 250_000, f"{grown} KB"


async def test_an_endless_line_ends_the_session_and_takes_no_memory(tmp_path: Path) -> None:
    """Row 19: with a limit of 1 MB, aiosmtpd keeps all of 400 MB."""
    limits = SessionLimits(line_octets=MB)
    async with open_place(tmp_path, max_size=MB, limits=limits) as place:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        sent = await asyncio.to_thread(_send_without_end, place)
        assert sent < 20 * MB  # what the kernel's buffers hold, and no more
        assert place.record.refusals == ["endless_line"]
        assert await place.stored() == []
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def _send_without_end(place: Place) -> int:
    with socket.create_connection(("127.0.0.1", place.port)) as sock:
        for command in (b"HELO x", b"MAIL FROM:<>", b"RCPT TO:<support@acme.example>", b"DATA"):
            sock.recv(1000)
            sock.sendall(command + b"\r\n")
        assert sock.recv(1000).startswith(b"354 ")
        sent = 0
        try:
            while sent < 400 * MB:
                sent += sock.send(b"x" * 65536)
        except ConnectionError:
            pass
        return sent


async def test_lines_of_more_than_998_octets_are_taken(tmp_path: Path) -> None:
    """Real mail has them (HTML in one line); Postfix and Exim take them as well."""
    content = b"<p>" + b"x" * 300_000 + b"\r\n"
    async with open_place(tmp_path) as place:
        client = await place.greeted()
        await client.open_transaction()
        client.send(content + b".\r\n")
        assert (await client.reply()).startswith("250 ")
        assert await place.contents() == [content]


async def test_a_message_far_over_the_limit_ends_the_session(tmp_path: Path) -> None:
    """It is read and thrown away up to four times the limit, so that the client can hear the
    552; then the session ends."""
    async with open_place(tmp_path, max_size=100_000) as place:
        client = await place.greeted()
        await client.open_transaction()
        client.send(b"1234567\r\n" * 35_000 + b".\r\n")
        assert (await client.reply()).startswith("552 5.3.4 ")
        await client.open_transaction()
        client.send(b"1234567\r\n" * 50_000)
        assert (await client.reply()).startswith("552 5.3.4 ")
        assert await client.is_closed()
        assert await place.stored() == []


async def test_every_octet_can_stand_in_a_content(tmp_path: Path) -> None:
    octets = bytes(each for each in range(256) if each not in b"\r\n")
    content = octets * 300 + b"\r\n"
    async with open_place(tmp_path) as place:
        client = await place.greeted()
        await client.open_transaction()
        client.send(content + b".\r\n")
        assert (await client.reply()).startswith("250 ")
        assert await place.contents() == [content]


async def test_contents_of_many_sessions_stay_within_the_memory_that_is_theirs(
    tmp_path: Path,
) -> None:
    """452 4.3.1 to the one that came last; half of the room is for trusted networks alone."""
    # One message is what each peer may have in any case: here that is all there is.
    limits = SessionLimits(content_octets=2 * MB)
    content = b"x" * 598 + b"\r\n"
    async with open_place(tmp_path, limits=limits) as place:
        first, second = await place.greeted(), await place.greeted()
        for client in (first, second):
            await client.open_transaction()
        first.send(content * 1000)
        await until("it is held", lambda: place.door._premises.content_octets > 590_000)
        second.send(content * 1000 + b".\r\n")
        assert (await second.reply()).startswith("452 4.3.1 ")
        assert place.door._premises.content_octets < MB
        first.send(b".\r\n")
        assert (await first.reply()).startswith("250 ")
        assert place.door._premises.content_octets == 0

        await second.open_transaction()
        second.send(content * 1000 + b".\r\n")
        assert (await second.reply()).startswith("250 ")


async def test_one_peer_holds_no_more_than_its_share_of_the_memory(tmp_path: Path) -> None:
    """A quarter of what strangers have together, when that is more than one message."""
    limits = SessionLimits(content_octets=8 * MB)
    content = b"x" * 398 + b"\r\n"
    async with open_place(tmp_path, limits=limits, max_size=MB // 2) as place:
        clients = [await place.greeted() for _ in range(3)]
        for client in clients[:2]:
            await client.open_transaction()
            client.send(content * 1200)
        await until("both are held", lambda: place.door._premises.content_octets > 950_000)
        await clients[2].open_transaction()
        clients[2].send(content * 1200 + b".\r\n")
        assert (await clients[2].reply()).startswith("452 4.3.1 ")
        premises = place.door._premises
        assert premises.has_room(identify("192.0.2.1", ()))
        for client in clients[:2]:
            client.send(b".\r\n")
            assert (await client.reply()).startswith("250 ")
        assert not premises.octets_of_block


async def test_a_client_that_vanishes_leaves_no_memory_behind(tmp_path: Path) -> None:
    async with open_place(tmp_path) as place:
        client = await place.greeted()
        await client.open_transaction()
        client.send(b"x" * 1000)
        await until("it is held", lambda: place.door._premises.content_octets == 1000)
        client.reset()
        await until("the session is over", lambda: not place.sessions)
        assert place.door._premises.content_octets == 0
