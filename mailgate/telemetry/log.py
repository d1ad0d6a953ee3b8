"""Logs: one JSON line on stderr for an operational fact, whoever tells it.

structlog for us, and the standard library's loggers of our dependencies through the same
renderer, each at a fixed level: aioimaplib's DEBUG writes OAuth tokens, aiosmtpd's INFO writes
every command of every stranger.
"""

import asyncio
import atexit
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from datetime import datetime
from typing import Any, BinaryIO

import structlog
from structlog import BoundLoggerBase
from structlog.typing import FilteringBoundLogger

from mailgate.clock import Clock, SystemClock
from mailgate.telemetry.clean import Cleaner, printable

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

_PINNED = {
    "aioimaplib": logging.INFO,
    "mail.log": logging.WARNING,
    "mail.debug": logging.WARNING,
    "asyncio": logging.WARNING,
    "uvicorn": logging.WARNING,
    "uvicorn.error": logging.WARNING,
    "uvicorn.access": logging.WARNING,
    "fastapi": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
    "flanker": logging.WARNING,
    "psycopg": logging.ERROR,
}
"""No setting lowers these."""

_encode = json.JSONEncoder(separators=(",", ":"), default=str, check_circular=False).encode

Renderer = Callable[[str, MutableMapping[str, Any]], str]


class LogSink:
    """Where lines go. One is made by `configure`; it also is the stdlib's root handler.

    What the event loop tells in one turn is written at the end of the turn, all at once: a
    commit of fifty messages is one write. A warning, an error and the end of the process write
    at once what waits, and so does every other thread.
    """

    def __init__(self, stream: BinaryIO, render: Renderer, cleaner: Cleaner, clock: Clock) -> None:
        self._stream = stream
        self._render = render
        self._cleaner = cleaner
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: list[bytes] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        """The loop that will flush."""

    def line(self, level: str, event: str, told: Mapping[str, Any]) -> bytes:
        """The line for `event` and what is told of it, clean, with its end."""
        clean = self._cleaner.value
        fields: dict[str, Any] = {
            "at": _instant(self._clock.now()),
            "level": level,
            "event": event,
        }
        info = told.get("exc_info")
        if info:
            fields["exception"] = self._cleaner.exception(_exc_info(info))
        for key, value in told.items():
            if key != "exc_info":
                fields[key] = clean(key, value)
        return self._render(level, fields).encode("utf-8", "backslashreplace") + b"\n"

    def tell(self, line: bytes) -> None:
        """Writes a line, before the loop waits for anything."""
        self._waiting.append(line)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
            return
        if self._loop is not loop:
            self._loop = loop
            loop.call_soon(self.flush)

    def tell_now(self, line: bytes) -> None:
        """Writes a line, and what waits before it."""
        self._waiting.append(line)
        self.flush()

    def flush(self) -> None:
        """Writes what waits."""
        with self._lock:
            self._loop = None
            lines, self._waiting = self._waiting, []
            if not lines:
                return
            try:
                self._stream.write(b"".join(lines))
                self._stream.flush()
            except (OSError, ValueError):
                # Nobody reads stderr any more: mail is worth more than its log.
                return


def configure(
    *,
    style: str,
    level: str,
    secrets: Iterable[str] = (),
    stream: BinaryIO | None = None,
    clock: Clock | None = None,
) -> FilteringBoundLogger:
    """Sets up all logging of the process and returns our logger; keep it.

    `style` is `json` or `console`, `level` one of LEVELS; `secrets` are values that are
    hidden wherever they turn up.
    """
    render = _console if style == "console" else _json
    sink = LogSink(stream or sys.stderr.buffer, render, Cleaner(secrets), clock or SystemClock())
    atexit.register(sink.flush)
    _route_stdlib(sink, LEVELS[level])
    lines: FilteringBoundLogger = structlog.wrap_logger(
        _Lines(sink),
        wrapper_class=_telling_from(LEVELS[level]),
        cache_logger_on_first_use=True,
    ).bind()
    return lines


class _Lines:
    """The logger that structlog wraps."""

    def __init__(self, sink: LogSink) -> None:
        self.sink = sink


def _telling_from(lowest: int) -> type[BoundLoggerBase]:
    """A wrapper class of structlog whose methods go straight to the sink: our processing is one
    step, and a chain of processors costs three times that."""
    methods = {
        name: _method(name) if level >= lowest else _silence for name, level in LEVELS.items()
    }
    return type("Telling", (BoundLoggerBase,), methods)


def _method(level: str) -> Callable[..., None]:
    at_once = LEVELS[level] >= logging.WARNING

    def tell(self: BoundLoggerBase, event: str, **fields: object) -> None:
        sink: LogSink = self._logger.sink
        line = sink.line(level, event, {**self._context, **fields} if self._context else fields)
        if at_once:
            sink.tell_now(line)
        else:
            sink.tell(line)

    return tell


def _silence(self: BoundLoggerBase, event: str, **fields: object) -> None:
    """Below the level."""


class _StdlibHandler(logging.Handler):
    def __init__(self, sink: LogSink) -> None:
        super().__init__()
        self._sink = sink

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
        except Exception:  # noqa: BLE001  a bad format string of a library must not stop mail
            text = str(record.msg)
        told: dict[str, Any] = {"logger": record.name, "text": text}
        if record.exc_info and record.exc_info[0] is not None:
            told["exc_info"] = record.exc_info
        # Not left for the loop: a library's word may be its last.
        self._sink.tell_now(self._sink.line(record.levelname.lower(), "library", told))


def _route_stdlib(sink: LogSink, level: int) -> None:
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h, _StdlibHandler)]:
        root.removeHandler(handler)
    root.addHandler(_StdlibHandler(sink))
    root.setLevel(max(level, logging.INFO))
    for name, pinned in _PINNED.items():
        pinned_logger = logging.getLogger(name)
        pinned_logger.setLevel(max(level, pinned))
        pinned_logger.handlers.clear()
        pinned_logger.propagate = True
    logging.captureWarnings(capture=True)


def _instant(at: datetime) -> str:
    """RFC 3339 with milliseconds; the clock speaks UTC. To write an offset and cut it off again
    costs more."""
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _json(_level: str, fields: MutableMapping[str, Any]) -> str:
    # ASCII alone: CR, LF, ESC, lone surrogates and bidi controls all leave escaped.
    return _encode(fields)


def _console(level: str, fields: MutableMapping[str, Any]) -> str:
    at, event = fields.pop("at"), fields.pop("event")
    del fields["level"]
    rest = " ".join(f"{key}={_shown(value)}" for key, value in fields.items())
    return printable(f"{at[11:23]} {level:<7} {event:<20} {rest}".rstrip())


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value if value and " " not in value else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False, default=str)


def _exc_info(info: Any) -> Any:  # noqa: ANN401  what callers of logging give
    if isinstance(info, BaseException):
        return type(info), info, info.__traceback__
    return info if isinstance(info, tuple) else sys.exc_info()
