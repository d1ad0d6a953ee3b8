"""Health, readiness and metrics over a real socket."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from mailgate.api.app import build_app
from mailgate.api.readiness import Part, Unready
from mailgate.api.server import HttpDoor, bind


class Health:
    """Says what a test wants it to say."""

    def __init__(self) -> None:
        self.amiss: tuple[Unready, ...] = ()

    async def unready(self) -> tuple[Unready, ...]:
        return self.amiss


@asynccontextmanager
async def http(
    health: Health, exposition: Callable[[], bytes] = lambda: b"x 1\n"
) -> AsyncIterator[HttpDoor]:
    door = HttpDoor(build_app(readiness=health, exposition=exposition), bind("127.0.0.1", 0))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(door.run())
        try:
            yield door
        finally:
            door.stop()
            await running


async def get(door: HttpDoor, path: str, method: str = "GET") -> tuple[int, str, bytes]:
    """Status, content type and body."""
    host, port = door.address.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), fields.get("content-type", ""), body


async def test_the_process_lives() -> None:
    async with http(Health()) as door:
        assert await get(door, "/healthz") == (200, "application/json", b'{"status": "ok"}\n')


async def test_ready() -> None:
    async with http(Health()) as door:
        status, _, body = await get(door, "/readyz")
    assert (status, json.loads(body)) == (200, {"status": "ready", "reasons": []})


@pytest.mark.parametrize("part", list(Part))
async def test_unready_says_which_part_and_why(part: Part) -> None:
    health = Health()
    async with http(health) as door:
        health.amiss = (Unready(part, "it is broken \ud800\n"),)
        status, _, body = await get(door, "/readyz")
        assert status == 503
        assert json.loads(body) == {
            "status": "unready",
            "reasons": [{"part": part.value, "detail": "it is broken \ud800\n"}],
        }
        # The process lives all the same: it must not be restarted for a full disk.
        assert (await get(door, "/healthz"))[0] == 200
        health.amiss = ()
        assert (await get(door, "/readyz"))[0] == 200


async def test_metrics_are_prometheus_text() -> None:
    async with http(Health(), lambda: b"mailgate_journal_depth 0.0\n") as door:
        assert await get(door, "/metrics") == (
            200,
            "text/plain; version=0.0.4; charset=utf-8",
            b"mailgate_journal_depth 0.0\n",
        )


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/redoc", "/metrics/x"])
async def test_there_is_nothing_else(path: str) -> None:
    async with http(Health()) as door:
        assert (await get(door, path))[0] == 404


async def test_nothing_can_be_changed() -> None:
    async with http(Health()) as door:
        assert (await get(door, "/readyz", "POST"))[0] == 405


async def test_a_fault_of_ours_tells_a_stranger_nothing() -> None:
    def broken() -> bytes:
        raise RuntimeError("the password is hunter2")

    async with http(Health(), broken) as door:
        status, _, body = await get(door, "/metrics")
    assert (status, body) == (500, b"Internal Server Error")


async def test_signals_stay_the_daemons() -> None:
    """uvicorn takes SIGINT and SIGTERM for itself unless it is kept from it."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    async with http(Health()) as door:
        await get(door, "/healthz")
        during = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert during == before


async def test_the_port_is_free_after_the_end() -> None:
    async with http(Health()) as door:
        host, port = door.address.rsplit(":", 1)
    bind(host, int(port)).close()


async def test_an_idle_connection_does_not_hold_up_the_end() -> None:
    async with http(Health()) as door:
        host, port = door.address.rsplit(":", 1)
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"ok")
    assert await reader.read() == b'"}\n'
    writer.close()


def test_a_port_that_is_taken_is_an_error_at_once() -> None:
    first = bind("127.0.0.1", 0)
    with pytest.raises(OSError, match="in use"):
        bind("127.0.0.1", first.getsockname()[1])
    first.close()


def test_the_address_of_ipv6_has_brackets() -> None:
    listener = bind("::1", 0)
    door = HttpDoor(build_app(readiness=Health(), exposition=bytes), listener)
    assert door.address == f"[::1]:{listener.getsockname()[1]}"
    listener.close()
