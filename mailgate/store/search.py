"""The index of words: what is in it, what is found by it.

Nothing is written here while mail comes in: `look` finds the entries that are not in the index
yet, `take_in` puts them there, some at a time and out of anybody's way. The index knows entries,
and reads their ticket from them: an entry that moves to another ticket takes its words along.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    cast,
    column,
    delete,
    exists,
    func,
    insert,
    intersect,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from mailgate.model.ids import EntryId, TicketId
from mailgate.model.searchwords import MAX_PHRASE_TERMS, Phrase, holds, read_query, terms_of
from mailgate.store.conflict import insert_or_ignore
from mailgate.store.core import Connection
from mailgate.store.prepared import Prepared
from mailgate.store.searchtables import search_docs, search_state
from mailgate.store.tables import attachments, contacts, entries, journal, ticket_tags, tickets

__all__ = [
    "Doc",
    "Look",
    "add_head",
    "catch_up",
    "forget",
    "found",
    "is_quiet",
    "left",
    "look",
    "take_in",
]

PART = 256
"""Terms of one part: PostgreSQL knows no more than 256 places of one term, and none behind the
16,383rd (its manual, 12.11). In a part of this size it finds all that SQLite does."""
OVERLAP = MAX_PHRASE_TERMS
"""Terms that the next part begins with again, so that a row of words across the edge is found."""
MAX_TERMS = 100_000
"""Terms of an entry that can be found: a book."""
_MAX_TEXT = 400_000
"""Characters of a text that are looked at: what a person writes, and quotes, is far below."""
_AT_ONCE = 10_000
"""Terms that are taken in at once: the database has other things to do."""
SETTLES = timedelta(hours=1)
"""No transaction is open for so long: on PostgreSQL an id may become visible after a higher one."""
_QUIET = 100
"""Mails that wait while nobody would speak of a storm."""
_NAME = "entries"


@dataclass(frozen=True, slots=True)
class Doc:
    """An entry that is not in the index yet, as its terms in parts; `head` are those of its
    ticket, None when they are in the index."""

    entry: EntryId
    ticket: TicketId
    parts: tuple[tuple[str, ...], ...]
    head: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What a look for new entries found: `more` are there than these, or `behind` is the mark up
    to which nobody needs to look any more."""

    docs: tuple[Doc, ...]
    more: bool
    behind: bool

    @property
    def last(self) -> int:
        """The last entry that it found."""
        return self.docs[-1].entry if self.docs else 0


_indexed = exists().where(search_docs.c.entry == entries.c.id)
_MISSING = Prepared(
    select(entries.c.id)
    .where(entries.c.id > bindparam("floor"), ~_indexed)
    .order_by(entries.c.id)
    .limit(bindparam("rows"))
)
_FIRST = Prepared(
    select(entries.c.id)
    .where(entries.c.id > bindparam("floor"), entries.c.id <= bindparam("settled"), ~_indexed)
    .order_by(entries.c.id)
    .limit(1)
)
_LEFT = Prepared(
    select(func.count().label("left")).select_from(
        select(entries.c.id)
        .where(entries.c.id > bindparam("floor"), ~_indexed)
        .limit(bindparam("rows"))
        .subquery()
    )
)
_BUSY = Prepared(
    select(func.count().label("waiting")).select_from(
        select(journal.c.id)
        # As in the partial index, literally.
        .where(text("state = 'received'"))
        .limit(_QUIET)
        .subquery()
    )
)
_STATE = Prepared(select(search_state).where(search_state.c.name == _NAME))
_LOCK_STATE = Prepared(select(search_state).where(search_state.c.name == _NAME).with_for_update())
_HIGHEST = Prepared(select(func.max(entries.c.id).label("id")))
_SHOWN = Prepared(
    select(
        *(entries.c[name] for name in ("ticket", "subject", "author_name", "author_address")),
        func.substr(entries.c.full_text, 1, _MAX_TEXT).label("full_text"),
    ).where(entries.c.id == bindparam("entry"))
)
_FILES = Prepared(
    select(attachments.c.filename)
    .where(attachments.c.entry == bindparam("entry"))
    .order_by(attachments.c.id)
)
_HEAD = Prepared(
    select(tickets.c.id, tickets.c.subject, contacts.c.address, contacts.c.name)
    .join(contacts, contacts.c.id == tickets.c.requester)
    .where(
        tickets.c.id == bindparam("ticket"),
        ~exists().where(search_docs.c.ticket == tickets.c.id),
    )
)


def left(conn: Connection, most: int) -> int:
    """How many entries are not in the index yet; counted up to `most`."""
    return int(_LEFT.one(conn, floor=_floor(conn), rows=most).left)


def is_quiet(conn: Connection) -> bool:
    """Whether hardly any mail waits to be put on its ticket: if it does, words can wait."""
    return int(_BUSY.one(conn).waiting) < _QUIET


def look(conn: Connection, limit: int, after: int = 0) -> Look:
    """Up to `limit` entries that are not in the index yet, oldest first, with their terms. To be
    read: making terms takes longer than anything else here. `after` is where another look went:
    what lies between the mark and there need not be looked at again each time."""
    floor = _floor(conn)
    ids = [row.id for row in _MISSING.all(conn, floor=max(floor, after), rows=limit)]
    docs, headed, terms = list[Doc](), set[int](), 0
    for entry in ids:
        doc = _doc(conn, entry, headed)
        docs.append(doc)
        headed.add(doc.ticket)
        terms += sum(map(len, doc.parts))
        if terms > _AT_ONCE:
            break
    highest = _HIGHEST.one(conn).id or 0
    return Look(tuple(docs), len(docs) < len(ids) or len(ids) == limit, floor < highest)


def _floor(conn: Connection) -> int:
    state = _STATE.one(conn)
    return 0 if state is None else int(state.floor)


def _doc(conn: Connection, entry: int, headed: set[int]) -> Doc:
    row = _SHOWN.one(conn, entry=entry)
    files = (each.filename for each in _FILES.all(conn, entry=entry))
    texts = (row.subject, row.author_name, row.author_address, *files, row.full_text)
    terms = [*islice((term for each in texts for term in terms_of(each)), MAX_TERMS)]
    head = None if row.ticket in headed else _HEAD.one(conn, ticket=row.ticket)
    return Doc(
        EntryId(entry),
        TicketId(row.ticket),
        tuple(_parts(terms)),
        None if head is None else tuple(_head_terms(head)),
    )


def _head_terms(head: Any) -> Iterator[str]:  # noqa: ANN401  a row
    for each in (str(head.id), head.subject, head.name, head.address):
        yield from terms_of(each)


def _parts(terms: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """At least one, though it be empty: the entry has been looked at."""
    step = PART - OVERLAP
    for at in range(0, max(1, len(terms) - OVERLAP), step):
        yield tuple(terms[at : at + PART])


_ADD_DOC = Prepared(
    insert(search_docs).values({name: bindparam(name) for name in ("entry", "ticket", "part")})
)
_ADD_STATE = insert_or_ignore(search_state, "name", "floor", "settled", "seen", "seen_at")
_STILL = select(entries.c.id, entries.c.ticket).where(~_indexed)
_HEADED = select(search_docs.c.ticket)


def take_in(conn: Connection, docs: Sequence[Doc], now: datetime) -> int:
    """Puts them into the index, unless somebody did meanwhile, or they are gone; how many."""
    state = _state(conn, now)
    ids = [doc.entry for doc in docs]
    still = {row.id: row.ticket for row in conn.execute(_STILL.where(entries.c.id.in_(ids)))}
    headed = set(conn.execute(_HEADED.where(search_docs.c.ticket.in_(still.values()))).scalars())
    taken = 0
    for doc in docs:
        if doc.entry not in still:
            continue
        taken += 1
        for number, part in enumerate(doc.parts):
            _add(conn, part, entry=doc.entry, ticket=None, part=number)
        if doc.head is not None and doc.ticket == still[doc.entry] and doc.ticket not in headed:
            headed.add(doc.ticket)
            _add(conn, doc.head, entry=None, ticket=doc.ticket, part=0)
    _go_on(conn, state, now)
    return taken


def add_head(conn: Connection, ticket: TicketId) -> None:
    """Puts what stands on a ticket besides its entries into the index, where no new entry does it:
    those that it has were taken in on another ticket."""
    head = _HEAD.one(conn, ticket=ticket)
    if head is not None:
        _add(conn, tuple(_head_terms(head)), entry=None, ticket=ticket, part=0)


def catch_up(conn: Connection, limit: int, now: datetime) -> int:
    """Both at once, in one transaction that writes; how many entries were taken in."""
    return take_in(conn, look(conn, limit).docs, now)


def _state(conn: Connection, now: datetime) -> Any:  # noqa: ANN401  a row
    """Locked: two nodes do not take in the same, nor what is being deleted."""
    highest = _HIGHEST.one(conn).id or 0
    _ADD_STATE(conn, {"name": _NAME, "floor": 0, "settled": 0, "seen": highest, "seen_at": now})
    return (_STATE if conn.dialect.name == "sqlite" else _LOCK_STATE).one(conn)


def _go_on(conn: Connection, state: Any, now: datetime) -> None:  # noqa: ANN401  a row
    """Moves the mark. SQLite has one writer: its ids become visible in their order."""
    highest = _HIGHEST.one(conn).id or 0
    settled, seen, seen_at = state.settled, state.seen, state.seen_at
    if conn.dialect.name == "sqlite":
        settled, seen, seen_at = highest, highest, now
    elif now - seen_at >= SETTLES:
        settled, seen, seen_at = seen, highest, now
    first = _FIRST.one(conn, floor=state.floor, settled=settled) if settled > state.floor else None
    floor = max(state.floor, settled if first is None else first.id - 1)
    values = {"floor": floor, "settled": settled, "seen": seen}
    conn.execute(
        update(search_state).where(search_state.c.name == _NAME).values(**values, seen_at=seen_at)
    )


# --- the words themselves: what differs between the engines ---------------------------------

_ADD_WORDS = {
    "sqlite": text("INSERT INTO search_words (rowid, words) VALUES (:doc, :words)"),
    "postgresql": text(
        "INSERT INTO search_words (id, words) VALUES (:doc, CAST(:words AS tsvector))"
    ),
}
_KEY = {"sqlite": "rowid", "postgresql": "id"}
_WORDS = {name: table("search_words", column(key), column("words")) for name, key in _KEY.items()}


def _add(
    conn: Connection, terms: Sequence[str], *, entry: int | None, ticket: int | None, part: int
) -> None:
    doc = _ADD_DOC.insert(conn, entry=entry, ticket=ticket, part=part)
    if not terms:
        return
    dialect = conn.dialect.name
    # As a value of the type: no parser of PostgreSQL's looks at the words.
    words = (
        " ".join(terms)
        if dialect == "sqlite"
        else " ".join(f"'{term}':{at}" for at, term in enumerate(terms, 1))
    )
    conn.execute(_ADD_WORDS[dialect], {"doc": doc, "words": words})


def _holding(dialect: str, phrase: Phrase) -> ColumnElement[bool]:
    if dialect == "sqlite":
        star = "*" if phrase.prefix else ""
        asked = f'"{" ".join(phrase.terms)}"{star}'
        return literal_column("search_words").op("MATCH", is_comparison=True)(literal(asked))
    *head, tail = (f"'{term}'" for term in phrase.terms)
    asked = " <-> ".join([*head, f"{tail}:*" if phrase.prefix else tail])
    return _WORDS[dialect].c.words.op("@@", is_comparison=True)(cast(literal(asked), TSQUERY))


def forget(conn: Connection, ticket: TicketId) -> None:
    """Takes a ticket and its entries out of the index; to be called before their rows go. From now
    until the transaction ends nobody else takes anything in: what goes must not come back."""
    if conn.dialect.name == "postgresql":
        _LOCK_STATE.one(conn)
    of_ticket = select(entries.c.id).where(entries.c.ticket == ticket)
    docs = select(search_docs.c.id).where(
        or_(search_docs.c.ticket == ticket, search_docs.c.entry.in_(of_ticket))
    )
    ids = conn.execute(docs).scalars().all()
    words = _WORDS[conn.dialect.name]
    key = words.c[_KEY[conn.dialect.name]]
    for some in _by(ids, 500):
        conn.execute(delete(words).where(key.in_(some)))
        conn.execute(delete(search_docs).where(search_docs.c.id.in_(some)))


def _by(ids: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    return (ids[at : at + size] for at in range(0, len(ids), size))


def found(conn: Connection, asked: str) -> ColumnElement[bool]:
    """The condition on `tickets` that every word of the query stands on the ticket: in a message,
    in the name of an attachment, in its subject, its requester or its tags; `#123` is the ticket of
    that number, or what it was merged into. QueryError when there is nothing to look for."""
    tags = [
        (tag, tuple(terms_of(tag)))
        for tag in conn.execute(select(ticket_tags.c.tag).distinct()).scalars()
    ]
    dialect = conn.dialect.name
    each = [
        _having(dialect, phrase, [tag for tag, terms in tags if holds(terms, phrase)])
        for phrase in read_query(asked)
    ]
    # As one set: PostgreSQL makes nested loops of conditions that stand side by side.
    all_of_them = intersect(*each) if len(each) > 1 else each[0]
    # What was merged away has its messages elsewhere.
    return and_(tickets.c.merged_into.is_(None), tickets.c.id.in_(all_of_them))


def _having(dialect: str, phrase: Phrase, tags: Sequence[str]) -> Select[tuple[int]]:
    """The numbers of the tickets that have it."""
    words = _WORDS[dialect]
    there = (
        select(func.coalesce(search_docs.c.ticket, entries.c.ticket).label("ticket"))
        .select_from(words)
        .join(search_docs, search_docs.c.id == words.c[_KEY[dialect]])
        .outerjoin(entries, entries.c.id == search_docs.c.entry)
        .where(_holding(dialect, phrase))
    )
    more: list[Select[tuple[int]]] = []
    if tags:
        more.append(select(ticket_tags.c.ticket).where(ticket_tags.c.tag.in_(tags)))
    if phrase.number is not None:
        leads_to = func.coalesce(tickets.c.merged_into, tickets.c.id).label("ticket")
        more.append(select(leads_to).where(tickets.c.id == phrase.number))
    # A subquery: SQLite takes no set of sets.
    return select(union(there, *more).subquery().c.ticket) if more else there
