"""A store of any number of tickets, with five messages a ticket, made in minutes.

Rows go in by the driver, in large batches and without the desk, as the desk would have written
them: a few busy customers and many who wrote once, three years of mail, ids of ours and of
others, tickets that were merged, linked, tagged and closed. Of the journal it has what lookups
ask for and no bytes. The last tickets are of this very hour, with many messages each.
"""

import hashlib
import random
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.store.columns import metadata
from mailgate.threading.token import Keyring, Purpose, mint_message_id

SUPPORT = Address("support", "acme.example")
AGENT = Address("alice", "acme.example")
MESSAGES = (1, 2, 2, 3, 3, 4, 5, 6, 9, 15)
"""How many messages tickets have, each as often: five on average."""
BUSY, BUSY_MESSAGES = 20, 40
"""Tickets of the last hour, and the messages on each, all by its requester."""
YEARS = 3
DAY = 86_400_000_000
"""In microseconds, as times are stored."""
HOUR = DAY // 24
_BUCKET = HOUR // 12
CHUNK = 20_000
"""Tickets of which the rows are held in memory at once."""
_WORDS = (
    "order", "invoice", "arrived", "broken", "Monday", "delivery", "address", "refund", "account",
    "password", "screen", "charger", "size", "colour", "exchange", "payment", "please", "thanks",
    "again", "still", "waiting", "photo", "배송", "주문", "환불", "상품", "감사합니다", "언제",
)  # fmt: skip


class Cursor(Protocol):
    """What sqlite3 and psycopg have in common."""

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> object: ...


@dataclass(slots=True)
class Writer:
    """Puts rows into tables by a driver, whose place for a value is `mark`."""

    cursor: Cursor
    mark: str
    rows: int = 0

    def add(self, table: str, names: str, rows: Sequence[Sequence[Any]]) -> None:
        """`names` are the columns of each row, in order."""
        if not rows:
            return
        columns = names.split()
        known = metadata.tables[table].c
        assert all(name in known for name in columns), (table, columns)
        places = ", ".join(self.mark for _ in columns)
        quoted = ", ".join(f'"{name}"' for name in columns)
        self.cursor.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({places})", rows)
        self.rows += len(rows)


@dataclass(slots=True)
class Filling:
    """Makes the rows of `tickets` tickets. The same numbers and seed make the same rows, but for
    the ids of ours, which are signed with the keys. `now` is in microseconds since 1970."""

    tickets: int
    keyring: Keyring
    now: int
    seed: int = 5
    dice: random.Random = field(init=False)
    entry: int = 0
    row: int = 0

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    @property
    def contacts(self) -> int:
        return max(10, self.tickets // 3)

    def address_of(self, contact: int) -> str:
        """There are twenty customers at a domain."""
        return f"customer{contact}@domain{contact % max(5, self.contacts // 20)}.example"

    def into(self, writer: Writer) -> Iterator[int]:
        """Writes it all; after each chunk, how many tickets are there."""
        for numbers in _chunks(1, self.contacts):
            writer.add(
                "contacts",
                "id key address name created_at",
                [
                    (n, self.address_of(n), self.address_of(n), f"Customer {n}", self.now)
                    for n in numbers
                ],
            )
        texts = [
            " ".join(self.dice.choices(_WORDS, k=self.dice.randint(5, 40))) for _ in range(500)
        ]
        writer.add("traffic", "key bucket count", list(self._traffic()))
        for numbers in _chunks(1, self.tickets):
            self._tickets(writer, numbers, texts)
            yield numbers[-1]

    def _traffic(self) -> Iterator[tuple[bytes, int, int]]:
        """What was counted in the last day: each mail under four keys (`threading.counters`)."""
        of_a_day = self.tickets * 5 // (YEARS * 365) + 1
        for number in range(4 * of_a_day):
            key = self.dice.randbytes(16)
            yield key, (self.now - DAY * number // (4 * of_a_day)) // _BUCKET, 1

    def _tickets(self, writer: Writer, numbers: range, texts: list[str]) -> None:
        made = [_Made.of(self, number) for number in numbers]
        writer.add(
            "tickets",
            "id subject status priority source address brand group_name assignee requester "
            "merged_into created_at updated_at resolved_at closed_at messages",
            [one.row() for one in made],
        )
        writer.add(
            "ticket_cc",
            "ticket key address",
            [
                (n, address, address)
                for n in numbers
                if n % 20 == 3
                for address in (f"first{n}@partner.example", f"second{n}@partner.example")
            ],
        )
        writer.add(
            "ticket_tags", "ticket tag", [(n, f"tag{n % 40}") for n in numbers if n % 5 == 0]
        )
        writer.add(
            "ticket_links", "ticket linked", [(n, n - 1) for n in numbers if n % 50 == 1 and n > 1]
        )
        self._messages(writer, made, texts)

    def _messages(self, writer: Writer, made: list["_Made"], texts: list[str]) -> None:
        journal, entries = [], []
        ids: list[tuple[bytes, int, bool, int, str | None]] = []
        for ticket in made:
            for at, outside in ticket.messages(self):
                self.entry += 1
                text = texts[self.entry % len(texts)]
                message_id = self._message_id(ticket.number, outside=outside)
                row = None
                if outside:
                    self.row += 1
                    row = self.row
                    journal.append(self._arrived(row, ticket, at, message_id))
                entries.append(
                    (self.entry, ticket.number, "message", "in" if outside else "out", "public",
                     ticket.requester if outside else str(AGENT), "", "requester" if outside
                     else "agent", ticket.subject, text, text, message_id, row, at, "[]")
                )  # fmt: skip
                ids.append((hashed(message_id), ticket.number, not outside, at, None))
            if has_alias(ticket.number):
                ours = own_id(self.keyring, ticket.number)
                alias = hashed(alias_of(ticket.number))
                ids.append((alias, ticket.number, True, ticket.updated, ours))
        writer.add(
            "journal",
            "id door trusted received_at reverse_path forward_paths size digest message_id "
            "message_id_hash from_address subject state attempts due_at released decision ticket "
            "done_at",
            journal,
        )
        writer.add(
            "entries",
            "id ticket kind direction visibility author_address author_name author_role subject "
            "text full_text message_id journal at flags",
            entries,
        )
        # In the order of its key: at random, each row of a large table is a page of its own.
        writer.add("message_ids", "hash ticket own at ours", sorted(ids, key=lambda row: row[0]))

    def _message_id(self, ticket: int, *, outside: bool) -> str:
        if outside:
            return f"{self.entry}.{ticket}@mail.customers.example"
        random_octets = self.entry.to_bytes(4)
        purpose = Purpose.MESSAGE_PUBLIC
        return mint_message_id(
            self.keyring, purpose, TicketId(ticket), SUPPORT.domain, random_octets
        )

    def _arrived(self, row: int, ticket: "_Made", at: int, message_id: str) -> tuple[Any, ...]:
        return (
            row, "smtp", True, at, ticket.requester, f'["{SUPPORT}"]', 2_000, digest_of(row),
            message_id, hashed(message_id), ticket.requester, ticket.subject, "done", 1, at, False,
            '{"disposition": "append"}', ticket.number, at,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Made:
    """A ticket. One of a hundred was merged into the one before it."""

    number: int
    requester: str
    contact: int
    created: int
    updated: int
    status: str
    subject: str
    count: int
    now: int

    @classmethod
    def of(cls, filling: Filling, number: int) -> "_Made":
        dice = filling.dice
        contact = 1 + int(filling.contacts * dice.random() ** 2)
        span = YEARS * 365 * DAY
        created = filling.now - span + span * number // (filling.tickets + 1)
        busy = number > filling.tickets - BUSY
        lived = int(dice.random() ** 3 * 20 * DAY)
        status = "open" if busy else dice.choices(_STATUSES, _SHARES)[0]
        return cls(
            number=number,
            requester=filling.address_of(contact),
            contact=contact,
            created=created,
            updated=min(filling.now, created + lived),
            status=status,
            subject=" ".join(dice.choices(_WORDS, k=4)),
            count=BUSY_MESSAGES if busy else MESSAGES[dice.randrange(len(MESSAGES))],
            now=filling.now,
        )

    @property
    def is_busy(self) -> bool:
        return self.count == BUSY_MESSAGES

    def row(self) -> tuple[Any, ...]:
        merged = self.number - 1 if self.number % 100 == 7 else None
        done = self.updated if self.status in ("resolved", "closed") else None
        closed = self.updated if self.status == "closed" else None
        return (
            self.number, self.subject, self.status, "normal", "email", str(SUPPORT), "acme",
            "support", None, self.contact, merged, self.created, self.updated, done, closed,
            self.count,
        )  # fmt: skip

    def messages(self, filling: Filling) -> Iterator[tuple[int, bool]]:
        """When each came, and whether from outside: customer and agent take turns, but on a busy
        ticket the customer alone writes."""
        for number in range(self.count):
            if self.is_busy:
                yield self.now - HOUR * (number + 1) // (self.count + 2), True
            else:
                span = self.updated - self.created
                yield self.created + span * number // self.count, number % 2 == 0


_STATUSES = ("open", "pending", "resolved", "closed")
_SHARES = (8, 4, 10, 78)


def hashed(text: str) -> bytes:
    """SHA-256, as ids and contents are indexed."""
    return hashlib.sha256(text.encode()).digest()


def own_id(keyring: Keyring, ticket: int) -> str:
    """A signed id of a mail about this ticket."""
    octets = ticket.to_bytes(4)
    return mint_message_id(
        keyring, Purpose.MESSAGE_PUBLIC, TicketId(ticket), SUPPORT.domain, octets
    )


def has_alias(ticket: int) -> bool:
    """Whether a relay gave an id of its own to a mail about this ticket."""
    return ticket % 5 == 2


def alias_of(ticket: int) -> str:
    """That id, which stands for `own_id`."""
    return f"{ticket}.relayed@relay.example"


def digest_of(row: int) -> bytes:
    """The digest that a row of the journal has."""
    return hashed(f"bytes {row}")


def _chunks(first: int, last: int) -> Iterator[range]:
    for start in range(first, last + 1, CHUNK):
        yield range(start, min(start + CHUNK, last + 1))


def build_sqlite(path: str, filling: Filling) -> None:
    """Fills the fresh SQLite database at `path`, whose schema is there. Indexes are made at the
    end, sorted; nothing is synchronised before that. Says how far it is, on stderr."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000"):
            connection.execute(f"PRAGMA {pragma}")
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        writer = Writer(connection.cursor(), "?")
        begun = time.perf_counter()
        connection.execute("BEGIN")
        for done in filling.into(writer):
            connection.execute("COMMIT")
            connection.execute("BEGIN")
            rate = writer.rows / (time.perf_counter() - begun)
            print(
                f"{done:,} of {filling.tickets:,} tickets, {filling.entry:,} messages,"
                f" {rate:,.0f} rows/s",
                file=sys.stderr,
            )
        connection.execute("COMMIT")
        for name, sql in indexes:
            connection.execute(sql)
            print(f"index {name}", file=sys.stderr)
    finally:
        connection.close()
