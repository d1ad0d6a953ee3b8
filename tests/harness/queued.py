"""A queue that is full before anybody works on it, and what a database says became of it."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psycopg

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.outgoing import OutgoingMail
from mailgate.model.delivery import Draft, Lane
from mailgate.model.ids import TicketId
from mailgate.store import outbound
from mailgate.store.core import Connection
from mailgate.store.open import open_store, sqlite_file
from mailgate.store.schema import upgrade
from mailgate.telemetry.null import NullTelemetry

__all__ = ["Queued", "enqueue", "fill", "rows_of"]

SUPPORT = Address("support", "acme.example")


@dataclass(frozen=True, slots=True)
class Queued:
    """A mail to one recipient; its Message-ID is the recipient's address with an m before it."""

    recipient: Address
    lane: Lane = Lane.REPLY
    ticket: TicketId | None = None
    outside: bool = True
    sender: Address = SUPPORT
    octets: int = 0
    """Of text, besides what every mail has."""
    name: str = ""
    """Goes into the Message-ID, where a recipient gets more than one."""

    @property
    def message_id(self) -> str:
        return f"m{self.name}.{self.recipient}"

    @property
    def content(self) -> bytes:
        lines = (
            f"Message-ID: <{self.message_id}>",
            f"From: {self.sender}",
            f"To: {self.recipient}",
            "Subject: Hello",
            "",
            "Hello",
            ".a dot",
            *["x" * 70] * (self.octets // 72),
            "",
        )
        return "\r\n".join(lines).encode()

    def draft(self, now: datetime) -> Draft:
        mail = OutgoingMail(
            from_=NamedAddress("Acme", self.sender),
            to=(NamedAddress("", self.recipient),),
            subject="Hello",
            message_id=self.message_id,
            date=now,
            text="Hello",
            boundary_seed="0",
        )
        return Draft(
            lane=self.lane,
            kind=self.lane.value,
            ticket=self.ticket,
            entry=None,
            mail=mail,
            sender=self.sender,
            reverse_path=self.sender,
            recipients=(self.recipient,),
            outside=self.outside,
        )


def enqueue(conn: Connection, mails: Sequence[Queued], now: datetime) -> None:
    """A unit of work: all of them into the queue, in order."""
    outbound.enqueue_all(conn, [(mail.draft(now), mail.content) for mail in mails], now)


def fill(url: str, mails: Sequence[Queued]) -> None:
    """Into a database that may not be there yet."""
    upgrade(url)

    async def into_it() -> None:
        store = open_store(url, telemetry=NullTelemetry())
        try:
            await store.write(partial(enqueue, mails=mails, now=datetime.now(UTC)))
        finally:
            await store.close()

    asyncio.run(into_it())


def rows_of(url: str, query: str) -> list[tuple[Any, ...]]:
    """Asks the database behind the daemon's back."""
    path = sqlite_file(url)
    if path is None:
        with psycopg.connect(url) as connection:
            return connection.execute(query).fetchall()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as reader:
        return reader.execute(query).fetchall()
