"""The tables, for SQLite and PostgreSQL alike. Migrations are in `store/migrations`.

Times are integers: microseconds since 1970 UTC (`Instant`), so that both engines compare and
index them alike. Addresses are stored as written; `*_key` columns hold `Address.key`.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    false,
)

import mailgate.store.desktables
import mailgate.store.digesttable
import mailgate.store.mailboxtables
import mailgate.store.outboundtables
import mailgate.store.searchtables  # noqa: F401  these tables are in the same catalogue
from mailgate.store.columns import Id, Instant, Text, metadata, one_of, where

journal = Table(
    "journal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("door", String(16), nullable=False),
    Column("peer", String(64)),
    Column("trusted", Boolean, nullable=False),
    Column("authenticated", Text),
    Column("received_at", Instant, nullable=False),
    # "<>" is the null reverse path, NULL is unknown, anything else an address.
    Column("reverse_path", Text),
    Column("forward_paths", Text, nullable=False),  # JSON list
    Column("size", Integer, nullable=False),
    Column("digest", LargeBinary),  # SHA-256 of the message without trace fields; by the worker
    Column("message_id", Text),
    Column("message_id_hash", LargeBinary),
    Column("from_address", Text),
    Column("subject", Text),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("released", Boolean, nullable=False),
    Column("released_to", BigInteger),
    Column("released_cause", String(64)),
    Column("cause", String(64)),
    Column("decision", Text),  # JSON
    Column("ticket", ForeignKey("tickets.id")),
    Column("error", Text),
    Column("done_at", Instant),
    CheckConstraint(
        one_of("state", "received", "done", "quarantined", "dropped"), name="journal_state"
    ),
    sqlite_autoincrement=True,
)
# In order of arrival: rows that wait for a later try are few, and are stepped over.
Index(
    "journal_due",
    journal.c.id,
    **where(journal.c.state == "received"),
)
Index(
    "journal_quarantine",
    journal.c.id,
    **where(journal.c.state == "quarantined"),
)
# Partial: a row that was just accepted has none of these, and its insert is the hot path.
Index(
    "journal_digest",
    journal.c.digest,
    **where(journal.c.digest.is_not(None)),
)
# Hashed: PostgreSQL refuses index entries over 2704 bytes, and a Message-ID can be 4 KB.
Index(
    "journal_message_id",
    journal.c.message_id_hash,
    **where(journal.c.message_id_hash.is_not(None)),
)
Index(
    "journal_ticket",
    journal.c.ticket,
    **where(journal.c.ticket.is_not(None)),
)

# Apart from the row, in the same transaction: a row is updated three times on its way, and
# both engines write the whole row anew each time.
journal_content = Table(
    "journal_content",
    metadata,
    Column("journal", ForeignKey("journal.id"), primary_key=True, autoincrement=False),
    Column("raw", LargeBinary, nullable=False),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("priority", String(16), nullable=False),
    Column("source", String(16), nullable=False),
    Column("address", Text, nullable=False),
    Column("brand", Text),
    Column("group_name", Text),
    Column("assignee", Text),
    Column("requester", ForeignKey("contacts.id"), nullable=False),
    Column("parent", ForeignKey("tickets.id")),
    Column("merged_into", ForeignKey("tickets.id")),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("first_response_at", Instant),
    Column("sla_started_at", Instant),
    Column("resolved_at", Instant),
    Column("closed_at", Instant),
    Column("messages", Integer, nullable=False),
    # Since when a customer waits for an answer; NULL while nobody does.
    Column("waiting_since", Instant),
    Column("spam", Boolean, nullable=False, server_default=false()),
    # The key of the agent who wrote first; NULL where a customer did.
    Column("started_by", Text),
    # Whether whoever opened it proved that the requester's address is theirs.
    Column("proven", Boolean, nullable=False, server_default=false()),
    # What the customer said of the answers, and when.
    Column("score", Integer),
    Column("scored_at", Instant),
    # Since when something was done that the agents were not told of; NULL where nothing was.
    Column("untold_since", Instant),
    CheckConstraint(
        one_of("status", "open", "pending", "resolved", "closed"), name="ticket_status"
    ),
    CheckConstraint(one_of("priority", "low", "normal", "high", "urgent"), name="ticket_priority"),
    sqlite_autoincrement=True,
)
Index("tickets_status", tickets.c.status, tickets.c.updated_at)
Index("tickets_requester", tickets.c.requester)
Index("tickets_parent", tickets.c.parent, **where(tickets.c.parent.is_not(None)))
Index("tickets_merged", tickets.c.merged_into, **where(tickets.c.merged_into.is_not(None)))
# In the end tickets are deleted.
Index("tickets_closed", tickets.c.closed_at, **where(tickets.c.closed_at.is_not(None)))

ticket_cc = Table(
    "ticket_cc",
    metadata,
    Column("ticket", ForeignKey("tickets.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("address", Text, nullable=False),
)
# Whether somebody takes part in any ticket, when they are called a sender of spam.
Index("ticket_cc_key", ticket_cc.c.key)

# Whom agents ask about a ticket without the customer: a side thread each.
side_parties = Table(
    "side_parties",
    metadata,
    Column("ticket", ForeignKey("tickets.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

ticket_tags = Table(
    "ticket_tags",
    metadata,
    Column("ticket", ForeignKey("tickets.id"), primary_key=True),
    Column("tag", Text, primary_key=True),
)
Index("ticket_tags_tag", ticket_tags.c.tag)

ticket_links = Table(
    "ticket_links",
    metadata,
    Column("ticket", ForeignKey("tickets.id"), primary_key=True),
    Column("linked", ForeignKey("tickets.id"), primary_key=True),
)

Index("ticket_links_linked", ticket_links.c.linked)

entries = Table(
    "entries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket", ForeignKey("tickets.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("direction", String(3), nullable=False),
    Column("visibility", String(7), nullable=False),
    Column("author_address", Text, nullable=False),
    Column("author_name", Text, nullable=False),
    Column("author_role", String(16), nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("full_text", Text, nullable=False),
    Column("html", Text),
    Column("message_id", Text),
    Column("journal", ForeignKey("journal.id")),
    Column("at", Instant, nullable=False),
    Column("flags", Text, nullable=False),  # JSON list
    sqlite_autoincrement=True,
)
Index("entries_ticket", entries.c.ticket, entries.c.id)
# One accepted message changes its ticket once (promise 2), whatever the worker does.
Index("entries_journal", entries.c.journal, unique=True)

message_ids = Table(
    "message_ids",
    metadata,
    Column("hash", LargeBinary, primary_key=True),  # SHA-256 of the Message-ID
    Column("ticket", ForeignKey("tickets.id"), primary_key=True),
    Column("own", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
    # Of an id that a relay gave to mail of ours: the signed one in whose place it stands.
    Column("ours", Text),
)

# What goes when a ticket is deleted; each new id is behind all that are there.
Index("message_ids_ticket", message_ids.c.ticket)

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("entry", ForeignKey("entries.id"), nullable=False),
    Column("filename", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", ForeignKey("blobs.sha256"), nullable=False),
    Column("inline", Boolean, nullable=False),
    Column("content_id", Text),
)
Index("attachments_entry", attachments.c.entry)
# Which blob nobody has any more.
Index("attachments_blob", attachments.c.sha256)

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket", ForeignKey("tickets.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("actor", Text, nullable=False),
    Column("detail", Text, nullable=False),  # JSON object
)
Index("events_ticket", events.c.ticket, events.c.id)

# How often what is behind a key (a digest) came within five minutes. Rows are written by their
# key alone, so SQLite keeps them in its order, without row ids.
traffic = Table(
    "traffic",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)
