"""A queue full of mail for benchmarks: rows as the desk would have written them, by the driver.

Each mail is on a ticket of its own, to a recipient at one of a hundred domains, and is of exactly
so many octets, CRLF throughout. Nothing is flushed until the file is complete.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from benchmarks.scale_store import Writer
from mailgate.mail.address import Address
from mailgate.model.delivery import Lane

__all__ = ["SUPPORT", "content", "fill"]

SUPPORT = Address("support", "acme.example")
DOMAINS = 100
CHUNK = 5_000
_LINE = b"Dear customer, your order has been sent and arrives in a day or two.\r\n"


def content(size: int, number: int) -> bytes:
    """A mail of `size` octets (200 or more) that is like no other."""
    head = (
        f"From: Acme Support <{SUPPORT}>\r\nTo: customer{number}@{_domain(number)}\r\n"
        f"Subject: [#{number}] Your order\r\nMessage-ID: <{number}.mailgate@acme.example>\r\n\r\n"
    ).encode()
    lines, rest = divmod(size - len(head) - 2, len(_LINE))
    return head + _LINE * lines + b"x" * rest + b"\r\n"


def fill(path: Path, *, mails: int, size: int, now: int) -> None:
    """Adds `mails` mails, replies and a campaign's in turn, due since `now` (microseconds since
    1970), to the fresh SQLite database at `path`, whose schema is there."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in ("journal_mode = OFF", "synchronous = OFF"):
            connection.execute(f"PRAGMA {pragma}")
        writer = Writer(connection.cursor(), "?")
        connection.execute("BEGIN")
        for numbers in _chunks(mails):
            _write(writer, numbers, size, now)
        connection.execute("COMMIT")
    finally:
        connection.close()


def _domain(number: int) -> str:
    return f"domain{number % DOMAINS}.example"


def _chunks(mails: int) -> Iterator[range]:
    for start in range(1, mails + 1, CHUNK):
        yield range(start, min(start + CHUNK, mails + 1))


def _lane(number: int) -> str:
    return (Lane.REPLY if number % 2 else Lane.CAMPAIGN).value


def _write(writer: Writer, numbers: range, size: int, now: int) -> None:
    to = {n: f"customer{n}@{_domain(n)}" for n in numbers}
    writer.add(
        "contacts", "id key address name created_at", [(n, to[n], to[n], "", now) for n in numbers]
    )
    writer.add(
        "tickets",
        "id subject status priority source address brand group_name requester created_at "
        "updated_at messages",
        [
            (n, "Your order", "open", "normal", "email", str(SUPPORT), None, None, n, now, now, 1)
            for n in numbers
        ],
    )
    writer.add(
        "outbound",
        "id ticket lane kind sender message_id raw outside created_at",
        [
            (n, n, _lane(n), "reply", str(SUPPORT), f"{n}.mailgate@acme.example",
             content(size, n), 1, now)
            for n in numbers
        ],
    )  # fmt: skip
    writer.add(
        "deliveries",
        "id outbound ticket lane outside recipient recipient_key destination sender_key "
        "reverse_path insists state attempts due_at wait_reason due_from fence created_at",
        [
            (n, n, n, _lane(n), 1, to[n], to[n], _domain(n), SUPPORT.key, str(SUPPORT), 0,
             "ready", 0, now, "queued", now, 0, now)
            for n in numbers
        ],
    )  # fmt: skip
