"""Mails that name a ticket in every way there is, about tickets of a store."""

import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.scale_store import BUSY, SUPPORT, alias_of, digest_of, own_id
from mailgate.mail.address import Address, parse_path
from mailgate.mail.envelope import Envelope
from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import ParsedMail
from mailgate.model.ids import TicketId
from mailgate.threading.token import Keyring, Purpose, mint_token, reply_address


@dataclass(frozen=True, slots=True)
class Known:
    """A ticket of a store, as mails name it. `foreign_id` is that of a message from outside,
    `row` is its row in the journal; `to` is the address that the requester answers to."""

    number: int
    requester: str
    foreign_id: str
    row: int
    own_id: str
    to: Address


@dataclass(frozen=True, slots=True)
class Asked:
    """A mail whose ticket is to be found."""

    mail: ParsedMail
    envelope: Envelope
    digest: bytes


Write = Callable[[Known], Asked]


def _written(
    known: Known,
    *,
    to: Address = SUPPORT,
    subject: str = "a question",
    fields: Sequence[str] = (),
    sender: str | None = None,
) -> Asked:
    from_ = sender or known.requester
    header = [
        f"From: {from_}",
        f"To: {to}",
        f"Subject: {subject}",
        f"Message-ID: <new.{known.number}@mail.customers.example>",
        "Date: Mon, 05 Jan 2026 09:00:00 +0000",
        *fields,
    ]
    content = "\r\n".join([*header, "", "Where is it?", ""]).encode()
    digest = digest_of(-known.number)
    return Asked(parse_mail(content), Envelope(parse_path(from_), (to,)), digest)


def _token(known: Known) -> Asked:
    return _written(known, to=known.to)


def _own_id(known: Known) -> Asked:
    fields = (f"In-Reply-To: <{known.own_id}>", f"References: <{known.own_id}>")
    return _written(known, fields=fields)


def _foreign_id(known: Known) -> Asked:
    return _written(known, fields=(f"References: <{known.foreign_id}>",))


def _relayed(known: Known) -> Asked:
    return _written(known, fields=(f"In-Reply-To: <{alias_of(known.number)}>",))


def _long_thread(known: Known) -> Asked:
    strange = [f"<{number}.{known.number}@elsewhere.example>" for number in range(40)]
    ids = [f"<{known.foreign_id}>", *strange, f"<{known.own_id}>"]
    return _written(known, fields=("References: " + "\r\n ".join(ids),))


def _tag(known: Known) -> Asked:
    return _written(known, subject=f"Re: [#{known.number}] a question")


def _stranger(known: Known) -> Asked:
    return _written(known, sender=f"new{known.number}@new{known.number}.example")


def _unknown_id(known: Known) -> Asked:
    return _written(known, fields=(f"References: <{known.number}@elsewhere.example>",))


def _duplicate(known: Known) -> Asked:
    return replace(_written(known), digest=digest_of(known.row))


def _same_id(known: Known) -> Asked:
    asked = _written(known)
    return replace(asked, mail=replace(asked.mail, message_id=known.foreign_id))


@dataclass(frozen=True, slots=True)
class Kind:
    """How a mail names its ticket, and which tickets mails of the kind are about: those that
    answer to `where`, or the busy ones at the end of the store."""

    write: Write
    where: str = "status IN ('open', 'pending') AND merged_into IS NULL"
    busy: bool = False


_LATE = "created_at > (SELECT max(created_at) - 432000000000 FROM tickets)"
"""Of the last five days: the same bytes are the same mail for no longer than a week."""

MIX: dict[str, Kind] = {
    "reply token": Kind(_token),
    "own id": Kind(_own_id),
    "foreign id": Kind(_foreign_id),
    "relayed alias": Kind(_relayed, "id % 5 = 2 AND status = 'open' AND merged_into IS NULL"),
    "40 references": Kind(_long_thread),
    "subject tag": Kind(_tag),
    "merged ticket": Kind(_tag, "merged_into IS NOT NULL"),
    "closed ticket": Kind(_foreign_id, "status = 'closed' AND merged_into IS NULL"),
    "busy ticket": Kind(_token, "merged_into IS NULL", busy=True),
    "unknown id": Kind(_unknown_id),
    "nothing": Kind(_written),
    "new sender": Kind(_stranger),
    "duplicate": Kind(_duplicate, _LATE),
    "same id again": Kind(_same_id),
}


def mails_of(
    connection: sqlite3.Connection, keyring: Keyring, count: int
) -> Iterator[tuple[str, list[Asked]]]:
    """So many mails of each kind, about tickets anywhere in the store."""
    dice = random.Random(7)
    (last,) = connection.execute("SELECT max(id) FROM tickets").fetchone()
    for name, kind in MIX.items():
        first = last - BUSY if kind.busy else 0
        numbers = _numbers(connection, kind, range(first, last), dice)
        known = (_known(connection, keyring, next(numbers)) for _ in range(count))
        yield name, [kind.write(each) for each in known]


def _numbers(
    connection: sqlite3.Connection, kind: Kind, among: range, dice: random.Random
) -> Iterator[int]:
    """Tickets of the kind, without end: the same one again where there are few."""
    asked = f"SELECT id FROM tickets NOT INDEXED WHERE {kind.where} AND id > ? ORDER BY id LIMIT 1"
    while True:
        found = connection.execute(asked, (dice.choice(among),)).fetchone()
        if found is not None:
            yield found[0]


def _known(connection: sqlite3.Connection, keyring: Keyring, number: int) -> Known:
    address, foreign_id, row = connection.execute(
        "SELECT contacts.address, entries.message_id, entries.journal FROM tickets"
        " JOIN contacts ON contacts.id = tickets.requester"
        " JOIN entries ON entries.ticket = tickets.id"
        " WHERE tickets.id = ? AND entries.journal IS NOT NULL ORDER BY entries.id LIMIT 1",
        (number,),
    ).fetchone()
    party = parse_path(address)
    token = mint_token(keyring, Purpose.CUSTOMER_REPLY, TicketId(number), party)
    own = own_id(keyring, number)
    return Known(number, address, foreign_id, row, own, reply_address(SUPPORT, token))
