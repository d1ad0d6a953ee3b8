"""A graceful stop (RFC 5321 §3.8): 421 to idle sessions, open transactions finish."""

import asyncio
from pathlib import Path

import pytest

from tests.dialogues.place import open_place, until


async def test_idle_sessions_get_421_at_once(tmp_path: Path) -> None:
    async with open_place(tmp_path) as place:
        fresh, greeted = await place.greeted(), await place.greeted()
        await greeted.say("EHLO client.example")
        await place.door.close(grace=30)
        for client in (fresh, greeted):
            assert await client.reply() == "421 4.3.2 Shutting down"
            assert await client.is_closed()


async def test_an_open_transaction_may_finish(tmp_path: Path) -> None:
    async with open_place(tmp_path) as place:
        client = await place.greeted()
        await client.open_transaction()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(place.door.close(grace=30))
            await until("the door closes", lambda: place.door._premises.closing)
            client.send(b"last one\r\n.\r\n")
        assert (await client.reply()).startswith("250 2.0.0 ")
        assert (await client.reply()).startswith("421 4.3.2 ")
        assert len(await place.stored()) == 1


async def test_grace_has_an_end(tmp_path: Path) -> None:
    async with open_place(tmp_path) as place:
        client = await place.greeted()
        await client.open_transaction()
        await place.door.close(grace=0)
        assert not place.sessions
        assert (await client.reply()).startswith("421 4.3.2 ")
        assert await client.is_closed()
        assert await place.stored() == []


async def test_nobody_gets_in_any_more(tmp_path: Path) -> None:
    async with open_place(tmp_path) as place:
        await place.door.close(grace=0)
        with pytest.raises(ConnectionError):
            await place.connect()


async def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    async with open_place(tmp_path) as place:
        await place.door.close(grace=1)
        await place.door.close(grace=1)
