"""Delivery into a Maildir, for a newcomer to look at (https://cr.yp.to/proto/maildir.html)."""

import asyncio
import os
from functools import partial
from pathlib import Path

from mailgate.clock import Clock
from mailgate.model.delivery import AttemptResult, Deferred, Delivered, LeasedDelivery, Reply

__all__ = ["MaildirTransport", "file_name"]


class MaildirTransport:
    """Durable: the file and its folder are on the disk before a mail counts as delivered.

    The name of a file comes from its delivery, so that a second attempt finds the first
    one's file, also where a reader has moved it from `new` to `cur`, and makes no double.
    """

    def __init__(self, path: Path, *, hostname: str, clock: Clock) -> None:
        self._path = path
        self._hostname = hostname
        self._clock = clock

    async def send(self, leased: LeasedDelivery) -> AttemptResult:
        name = file_name(leased, self._hostname)
        try:
            await asyncio.to_thread(partial(self._deliver, leased, name))
        except OSError as error:
            text = f"4.3.0 cannot write to the Maildir: {error.strerror or error}"
            return Deferred(Reply(None, "4.3.0", text, self._clock.now()))
        text = f"2.0.0 written to {self._path.name}/new/{name}"
        return Delivered(Reply(250, "2.0.0", text, self._clock.now()), relay_id=name)

    async def close(self) -> None:
        """Nothing is held open."""

    def _deliver(self, leased: LeasedDelivery, name: str) -> None:
        for folder in ("tmp", "new", "cur"):
            (self._path / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        if leased.attempts > 1 and self._is_there(name):
            return
        written = self._path / "tmp" / name
        _write_durably(written, trace_fields(leased) + leased.content.replace(b"\r\n", b"\n"))
        written.rename(self._path / "new" / name)
        _sync_folder(self._path / "new")

    def _is_there(self, name: str) -> bool:
        new, cur = self._path / "new" / name, self._path / "cur"
        return new.exists() or any(cur.glob(f"{name}*"))


def file_name(leased: LeasedDelivery, hostname: str) -> str:
    """Unique and always the same: when the mail was queued, and the delivery's id."""
    at = leased.created_at
    # "/" and ":" have a meaning in names of Maildirs.
    host = hostname.replace("/", "_").replace(":", "_")
    return f"{int(at.timestamp())}.M{at.microsecond:06}Q{leased.id}.{host}"


def trace_fields(leased: LeasedDelivery) -> bytes:
    """The envelope, which final delivery writes on top (RFC 5321 §4.4)."""
    path = str(leased.reverse_path)
    return_path = path if path == "<>" else f"<{path}>"
    return f"Return-Path: {return_path}\nDelivered-To: {leased.recipient}\n".encode()


def _write_durably(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
