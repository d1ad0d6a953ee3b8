"""Commit, then acknowledge: what a sender is told when the store fails or the client leaves."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mailgate.ingest.patience import Activity
from mailgate.mail.address import Address
from mailgate.model.journal import Door, JournalState
from tests.dialogues.place import LOOPBACK, Client, Place, open_place, until

MESSAGE = b"Subject: once\r\n\r\nonly once\r\n"


@contextmanager
def store_held_up(place: Place) -> Iterator[None]:
    """Another process holds the write lock: a commit of ours waits until it lets go."""
    other = sqlite3.connect(place.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def is_committing(place: Place) -> bool:
    return any(
        session.activity is Activity.US and session.times.octets > len(MESSAGE)
        for session in place.sessions
    )


async def send_message(client: Client) -> None:
    await client.open_transaction()
    client.send(MESSAGE + b".\r\n")


async def test_envelope_and_origin_are_journalled(tmp_path: Path) -> None:
    async with open_place(tmp_path, trusted_networks=LOOPBACK) as place:
        client = await place.greeted()
        await client.open_transaction("support@acme.example", "sales@acme.example")
        client.send(MESSAGE + b".\r\n")
        assert (await client.reply()).startswith("250 2.0.0 Accepted as ")

        (row,) = await place.stored()
        assert row.door is Door.SMTP
        assert row.state is JournalState.RECEIVED
        assert row.size == len(MESSAGE)
        assert row.envelope.reverse_path == Address("hong", "customer.example")
        assert row.envelope.forward_paths == (
            Address("support", "acme.example"),
            Address("sales", "acme.example"),
        )
        assert place.wakes == [1]


async def test_closed_store_is_451_and_nothing_is_stored(tmp_path: Path) -> None:
    async with open_place(tmp_path) as place:
        client = await place.greeted()
        await place.store.close()
        await send_message(client)
        assert await client.reply() == "451 4.3.0 Temporary failure, try again later"
        assert await client.say("NOOP") == "250 2.0.0 OK"
        assert place.record.failures == 1
        assert place.wakes == []


async def test_closed_store_is_451_for_each_recipient_of_lmtp(tmp_path: Path) -> None:
    async with open_place(tmp_path, protocol="lmtp") as place:
        client = await place.greeted()
        await place.store.close()
        await client.open_transaction(
            "support@acme.example", "sales@acme.example", hello="LHLO client.example"
        )
        client.send(MESSAGE + b".\r\n")
        assert (await client.line()).startswith("451 4.3.0 <support@acme.example> ")
        assert (await client.line()).startswith("451 4.3.0 <sales@acme.example> ")


async def test_store_without_its_tables_is_451(tmp_path: Path) -> None:
    """Any failure of the database, also one that nobody foresaw, is transient for the sender."""
    async with open_place(tmp_path) as place:
        with sqlite3.connect(place.path) as other:
            other.execute("DROP TABLE journal")
        other.close()
        client = await place.greeted()
        await send_message(client)
        assert (await client.reply()).startswith("451 4.3.0 ")


async def test_client_that_half_closes_after_the_dot_gets_its_reply(tmp_path: Path) -> None:
    async with open_place(tmp_path) as place:
        client = await place.greeted()
        await client.open_transaction()
        with store_held_up(place):
            client.send(MESSAGE + b".\r\n")
            client.writer.write_eof()
            await until("the commit runs", lambda: is_committing(place))
        assert (await client.reply()).startswith("250 2.0.0 ")
        assert await client.is_closed()
        assert await place.contents() == [MESSAGE]


async def test_client_that_vanishes_while_the_commit_runs_changes_nothing(tmp_path: Path) -> None:
    async with open_place(tmp_path) as place:
        client = await place.greeted()
        await client.open_transaction()
        with store_held_up(place):
            client.send(MESSAGE + b".\r\n")
            await until("the commit runs", lambda: is_committing(place))
            client.reset()
            await until("the door notices", lambda: place.door._premises.admission._open == 0)
            assert await place.stored() == []
        await until("the message is committed", lambda: place.wakes == [1])
        assert await place.contents() == [MESSAGE]


async def test_the_end_of_the_grace_does_not_break_off_a_commit(tmp_path: Path) -> None:
    async with open_place(tmp_path) as place:
        client = await place.greeted()
        await client.open_transaction()
        async with asyncio.TaskGroup() as tasks:
            with store_held_up(place):
                client.send(MESSAGE + b".\r\n")
                await until("the commit runs", lambda: is_committing(place))
                tasks.create_task(place.door.close(grace=0))
                for _ in range(10):
                    await asyncio.sleep(0)
        assert (await client.reply()).startswith("250 2.0.0 ")
        assert await place.contents() == [MESSAGE]


async def test_a_cancelled_commit_is_never_acknowledged_by_a_later_reply(tmp_path: Path) -> None:
    """The group of all tasks is cancelled when the daemon breaks down. What was pipelined
    behind the message must not be answered then: its 250 would be taken for the message's."""
    async with open_place(tmp_path) as place:
        client = await place.greeted()
        await client.open_transaction()
        with store_held_up(place):
            client.send(MESSAGE + b".\r\nNOOP\r\n")
            await until("the commit runs", lambda: is_committing(place))
            (commit,) = (
                task for task in asyncio.all_tasks() if "_at_work" in repr(task.get_coro())
            )
            commit.cancel()
            assert await client.is_closed()


async def test_reset_in_the_middle_of_a_message_stores_nothing(tmp_path: Path) -> None:
    async with open_place(tmp_path) as place:
        client = await place.greeted()
        await client.open_transaction()
        client.send(MESSAGE)
        client.reset()
        await until("the session is over", lambda: not place.sessions)
        assert await place.stored() == []
        assert place.record.faults == []


async def test_eof_instead_of_the_dot_stores_nothing(tmp_path: Path) -> None:
    async with open_place(tmp_path) as place:
        client = await place.greeted()
        await client.open_transaction()
        client.send(MESSAGE + b".")
        client.writer.write_eof()
        assert await client.is_closed()
        assert await place.stored() == []


@pytest.mark.parametrize(("protocol", "hello"), [("smtp", "EHLO"), ("lmtp", "LHLO")])
async def test_a_fault_of_ours_is_a_constant_451(tmp_path: Path, protocol: str, hello: str) -> None:
    def ours(address: Address) -> bool:
        raise RuntimeError("postgresql://mailgate:secret@db\r\n250 forged")

    async with open_place(tmp_path, ours=ours, protocol=protocol) as place:
        client = await place.greeted()
        await client.say(f"{hello} client.example")
        await client.say("MAIL FROM:<>")
        reply = await client.say("RCPT TO:<support@acme.example>")
        assert reply == "451 4.3.0 Temporary failure, try again later"
        assert await client.say("NOOP") == "250 2.0.0 OK"
        assert len(place.record.faults) == 1


async def test_closing_waits_for_a_commit_that_runs(tmp_path: Path) -> None:
    async with open_place(tmp_path) as place:
        client = await place.greeted()
        await client.open_transaction()
        async with asyncio.TaskGroup() as tasks:
            with store_held_up(place):
                client.send(MESSAGE + b".\r\n")
                await until("the commit runs", lambda: is_committing(place))
                closing = tasks.create_task(place.door.close(grace=30))
                await until("the door closes", lambda: place.door._premises.closing)
                assert not closing.done()
        assert (await client.reply()).startswith("250 2.0.0 ")
        assert (await client.reply()).startswith("421 4.3.2 ")
        assert await client.is_closed()
        assert await place.contents() == [MESSAGE]
