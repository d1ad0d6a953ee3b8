"""Logs: one clean line a fact, never a secret, whoever tells it."""

import asyncio
import base64
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from mailgate.telemetry import log
from tests.harness.clock import FakeClock

CANARY = "hunter2-canary-0815"
TOKEN = "abcdefghijklmnopqrstuvwxyz234567"


@pytest.fixture
def stream() -> Iterator[io.BytesIO]:
    """What is logged; the process's logging is as before afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield io.BytesIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def lines(stream: io.BytesIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def configured(stream: io.BytesIO, style: str = "json", level: str = "info") -> Any:
    return log.configure(
        style=style, level=level, secrets=[CANARY], stream=stream, clock=FakeClock()
    )


def test_a_line_is_a_json_object_with_time_level_and_event(stream: io.BytesIO) -> None:
    configured(stream).info("accepted", door="smtp", journal=7, reasons=("a", "b"), peer=None)
    assert lines(stream) == [
        {
            "at": "2026-01-05T09:00:00.000Z",
            "level": "info",
            "event": "accepted",
            "door": "smtp",
            "journal": 7,
            "reasons": ["a", "b"],
            "peer": None,
        }
    ]


def test_below_the_level_nothing_is_written(stream: io.BytesIO) -> None:
    told = configured(stream, level="warning")
    told.info("accepted")
    told.warning("quarantined")
    assert [line["event"] for line in lines(stream)] == ["quarantined"]


HOSTILE = "a\r\nb\x1b[31m\x00\x85\u2028\u202e\ud800"


@pytest.mark.parametrize("style", ["json", "console"])
def test_no_value_breaks_or_paints_a_line(style: str, stream: io.BytesIO) -> None:
    configured(stream, style).info("attempt_finished", text=HOSTILE, reasons=(HOSTILE,))
    (written,) = stream.getvalue().split(b"\n")[:-1]
    shown = written.decode()
    assert shown.isprintable()


def test_json_gives_back_what_was_said(stream: io.BytesIO) -> None:
    configured(stream).info("attempt_finished", text=HOSTILE)
    assert lines(stream)[0]["text"] == HOSTILE


def test_a_value_is_cut_before_it_becomes_a_store_of_mail(stream: io.BytesIO) -> None:
    configured(stream).info("attempt_finished", text="x" * 100_000)
    assert len(stream.getvalue()) < 1000


# --- the canary ------------------------------------------------------------------------------


def base64_at_three_offsets() -> list[str]:
    return [base64.b64encode(b"x" * n + CANARY.encode() + b"yz").decode() for n in range(3)]


def canary_in(text: str) -> bool:
    """Whether the secret, or a piece of its base64, can be found."""
    if CANARY in text:
        return True
    inner = [encoded[4 : 4 + 16] for encoded in base64_at_three_offsets()]
    return any(piece in text for piece in inner)


@pytest.mark.parametrize(
    "fields",
    [
        {"password": CANARY},
        {"text": f"the password is {CANARY}, isn't it"},
        {"error": f"postgresql://mailgate:{CANARY}@db/mailgate is down"},
        {"text": base64_at_three_offsets()[0]},
        {"text": base64_at_three_offsets()[1]},
        {"text": base64_at_three_offsets()[2]},
        {"detail": {"deep": [f"{CANARY}"], "token": CANARY}},
        {"reasons": (CANARY,)},
    ],
)
def test_a_known_secret_is_in_no_line(fields: dict[str, Any], stream: io.BytesIO) -> None:
    configured(stream).error("task_failed", **fields)
    assert lines(stream)
    assert not canary_in(stream.getvalue().decode())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            f"to support+t{TOKEN}@acme.example",
            "to support+t[hidden]@acme.example",
        ),
        (
            f"from support+B{TOKEN.upper()}@acme.example",
            "from support+B[hidden]@acme.example",
        ),
        ("postgresql://m:s3cret@db/m", "postgresql://m:[hidden]@db/m"),
        ("> AUTH PLAIN AGFsaWNlAHMzY3JldA==", "> AUTH PLAIN [hidden]"),
        ("A1 LOGIN alice s3cret", "A1 LOGIN alice [hidden]"),
        ("the login of alice was refused: NO [AUTH]", "the login of alice was refused: NO [AUTH]"),
        ("Authorization: Bearer eyJhbGciOi", "Authorization: Bearer [hidden]"),
    ],
)
def test_a_secret_is_known_by_its_form(text: str, shown: str, stream: io.BytesIO) -> None:
    log.configure(style="json", level="info", stream=stream).info("x", text=text)
    assert lines(stream)[0]["text"] == shown


def test_a_traceback_has_places_and_no_local_variables(stream: io.BytesIO) -> None:
    def fail(word: str) -> None:
        raise ValueError(f"no {len(word)}")

    told = configured(stream)
    try:
        fail(f"local {CANARY}")
    except ValueError:
        told.error("task_failed", exc_info=True)
    (line,) = lines(stream)
    assert line["exception"]["type"] == "builtins.ValueError"
    assert line["exception"]["text"] == "no 25"
    assert line["exception"]["where"][-1].endswith(" fail")
    assert not canary_in(stream.getvalue().decode())


# --- other people's loggers ----------------------------------------------------------------


def test_a_library_that_logs_comes_out_as_one_of_our_lines(stream: io.BytesIO) -> None:
    configured(stream)
    logging.getLogger("asyncio").warning("task %s was %s", "x\ny", CANARY)
    assert lines(stream) == [
        {
            "at": "2026-01-05T09:00:00.000Z",
            "level": "warning",
            "event": "library",
            "logger": "asyncio",
            "text": "task x\ny was [hidden]",
        }
    ]


@pytest.mark.parametrize(
    ("name", "level"),
    [
        # Its DEBUG has the OAuth token in base64 and passwords with quotes as they are.
        ("aioimaplib", logging.DEBUG),
        ("aioimaplib.aioimaplib", logging.DEBUG),
        ("mail.log", logging.INFO),
        ("uvicorn.access", logging.INFO),
        ("uvicorn.error", logging.INFO),
        ("sqlalchemy.engine", logging.INFO),
    ],
)
def test_talkative_libraries_are_kept_quiet_at_every_setting(
    name: str, level: int, stream: io.BytesIO
) -> None:
    configured(stream, level="debug")
    logging.getLogger(name).log(level, "secret things")
    assert stream.getvalue() == b""


def test_a_bad_format_string_of_a_library_is_no_accident(stream: io.BytesIO) -> None:
    configured(stream)
    record = logging.makeLogRecord({"msg": "%d", "args": ("no number",), "levelname": "ERROR"})
    # Not by way of the root logger: pytest's own handler there raises.
    ours = [each for each in logging.getLogger().handlers if type(each).__module__ == log.__name__]
    ours[0].handle(record)
    assert lines(stream)[0]["text"] == "%d"


def test_to_configure_twice_writes_once(stream: io.BytesIO) -> None:
    configured(stream)
    configured(stream)
    logging.getLogger("asyncio").error("once")
    assert len(lines(stream)) == 1


class Broken(io.BytesIO):
    def write(self, _: object) -> int:
        raise BrokenPipeError


def test_nobody_who_reads_the_log_is_no_reason_to_stop(stream: io.BytesIO) -> None:
    told = log.configure(style="json", level="info", stream=Broken())
    told.info("accepted")
    logging.getLogger("asyncio").error("x")


def test_a_warning_of_python_is_a_line(stream: io.BytesIO) -> None:
    configured(stream)
    # pytest takes warnings for itself: the way from the warnings module is the stdlib's own.
    logging.getLogger("py.warnings").warning("old thing")
    assert lines(stream)[0]["logger"] == "py.warnings"


class Counting(io.BytesIO):
    writes = 0

    def write(self, octets: Any) -> int:
        self.writes += 1
        return super().write(octets)


@pytest.mark.usefixtures("stream")
async def test_what_a_turn_of_the_loop_tells_is_one_write_in_its_order() -> None:
    counting = Counting()
    told = configured(counting)
    for number in range(3):
        told.info("accepted", journal=number)
    assert counting.getvalue() == b""
    await asyncio.sleep(0)
    assert [line["journal"] for line in lines(counting)] == [0, 1, 2]
    assert counting.writes == 1


@pytest.mark.usefixtures("stream")
async def test_a_warning_waits_for_nothing_and_overtakes_nothing() -> None:
    counting = Counting()
    told = configured(counting)
    told.info("accepted")
    told.warning("quarantined")
    assert [line["event"] for line in lines(counting)] == ["accepted", "quarantined"]
    await asyncio.sleep(0)
    assert counting.writes == 1


@pytest.mark.usefixtures("stream")
def test_a_loop_that_ended_before_it_wrote_keeps_no_line() -> None:
    counting = Counting()
    told = configured(counting)

    async def tell() -> None:
        told.info("stopped")

    asyncio.run(tell())
    told.info("started")
    assert [line["event"] for line in lines(counting)] == ["stopped", "started"]
