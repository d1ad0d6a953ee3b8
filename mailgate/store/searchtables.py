"""The tables of the search index. `search_words` differs by engine: SQLite keeps the terms in a
table of FTS5, PostgreSQL in a tsvector; both hold the terms of `model.searchwords` as they are,
and cut nothing themselves."""

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    event,
    text,
)

from mailgate.store.columns import Id, Instant, metadata, where

__all__ = ["search_docs", "search_state"]

# What the index holds: a part of an entry, or the head of a ticket. No words are in here, and an
# entry without any is here all the same: it has been looked at. No foreign keys: on PostgreSQL each
# would lock the row that it names, and mail for that ticket would wait. `search.forget` is what
# keeps the index true.
search_docs = Table(
    "search_docs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("entry", Id),
    Column("ticket", Id),
    Column("part", Integer, nullable=False),
    sqlite_autoincrement=True,
)
Index(
    "search_docs_entry",
    search_docs.c.entry,
    search_docs.c.part,
    unique=True,
    **where(search_docs.c.entry.is_not(None)),
)
Index(
    "search_docs_ticket",
    search_docs.c.ticket,
    unique=True,
    **where(search_docs.c.ticket.is_not(None)),
)

# How far the index has come: every entry up to `floor` is in it.
search_state = Table(
    "search_state",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("floor", BigInteger, nullable=False),
    Column("settled", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("seen_at", Instant, nullable=False),
)

_WORDS = {
    # The tokenizer of ASCII takes every other character for a letter: terms end at blanks alone.
    "sqlite": ("CREATE VIRTUAL TABLE search_words USING fts5(words, tokenize = 'ascii')",),
    "postgresql": (
        "CREATE TABLE search_words (id BIGINT NOT NULL PRIMARY KEY, words TSVECTOR NOT NULL)",
        "CREATE INDEX search_words_words ON search_words USING gin (words)",
    ),
}
"""By dialect: what makes the table of the words; the migration says the same."""


def _make_words(_metadata: MetaData, conn: Connection, **_: object) -> None:
    for statement in _WORDS[conn.dialect.name]:
        conn.execute(text(statement))


event.listen(metadata, "after_create", _make_words)
