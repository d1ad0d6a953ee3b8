"""The tables of IMAP mailboxes (`mailgate.store.tables` has them too)."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    text,
)

from mailgate.store.columns import Instant, Text, metadata, where

# IMAP mailboxes: who polls one (lease and fence), and where we are in it.
mailboxes = Table(
    "mailboxes",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("node", String(64)),
    Column("lease_until", Instant),
    Column("fence", BigInteger, nullable=False),
    Column("place", Text),
    Column("uidvalidity", BigInteger),
    Column("epoch", BigInteger, nullable=False),
    Column("floor", BigInteger),
    Column("since", Instant),
)

# What became of each message of a mailbox. Rows of an earlier epoch (UIDVALIDITY, folder) stay:
# their digests say which messages were taken already.
mailbox_messages = Table(
    "mailbox_messages",
    metadata,
    Column("mailbox", ForeignKey("mailboxes.name"), primary_key=True),
    Column("epoch", BigInteger, primary_key=True),
    Column("uid", BigInteger, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("digest", LargeBinary),
    Column("journal", ForeignKey("journal.id")),
    Column("reason", Text),
    Column("at", Instant, nullable=False),
    CheckConstraint(
        "state IN ('wanted', 'taken', 'done', 'skipped')", name="mailbox_message_state"
    ),
)
Index(
    "mailbox_messages_digest",
    mailbox_messages.c.mailbox,
    mailbox_messages.c.digest,
    **where(mailbox_messages.c.digest.is_not(None)),
)
Index(
    "mailbox_messages_open",
    mailbox_messages.c.mailbox,
    mailbox_messages.c.state,
    **where(text("state IN ('wanted', 'taken')")),
)
