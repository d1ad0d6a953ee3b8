"""The first schema: journal, tickets, and the queue of mail that leaves."""

import sqlalchemy as sa
from alembic import op

from mailgate.store.migrations.first_digests import create_digests
from mailgate.store.migrations.first_mailboxes import create_mailboxes
from mailgate.store.migrations.first_outbound import create_outbound
from mailgate.store.migrations.first_suppressions import create_suppressions
from mailgate.store.migrations.first_traffic import create_traffic

revision = "0001"
down_revision = None

# SQLite numbers rows by itself only for a column typed INTEGER.
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """From an empty database."""
    _blobs()
    _contacts()
    _tickets()
    _events()
    _journal()
    _message_ids()
    _ticket_cc()
    _side_parties()
    _ticket_links()
    _ticket_tags()
    _entries()
    _journal_content()
    _attachments()
    create_outbound()
    create_suppressions()
    create_mailboxes()
    create_traffic()
    create_digests()


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)


def _blobs() -> None:
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", _ID, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text()),
        sa.Column("group_name", sa.Text()),
        sa.Column("assignee", sa.Text()),
        sa.Column("requester", _ID, nullable=False),
        sa.Column("parent", _ID),
        sa.Column("merged_into", _ID),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("first_response_at", sa.BigInteger()),
        sa.Column("sla_started_at", sa.BigInteger()),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "priority = 'low' OR priority = 'normal' OR priority = 'high' OR priority = 'urgent'",
            name="ticket_priority",
        ),
        sa.CheckConstraint(
            "status = 'open' OR status = 'pending' OR status = 'resolved' OR status = 'closed'",
            name="ticket_status",
        ),
        sa.ForeignKeyConstraint(["merged_into"], ["tickets.id"]),
        sa.ForeignKeyConstraint(["parent"], ["tickets.id"]),
        sa.ForeignKeyConstraint(["requester"], ["contacts.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("tickets_requester", "tickets", ["requester"])
    op.create_index("tickets_status", "tickets", ["status", "updated_at"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", _ID, nullable=False),
        sa.Column("ticket", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("events_ticket", "events", ["ticket", "id"])


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("id", _ID, nullable=False),
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("peer", sa.String(length=64)),
        sa.Column("trusted", sa.Boolean(), nullable=False),
        sa.Column("authenticated", sa.Text()),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("reverse_path", sa.Text()),
        sa.Column("forward_paths", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary()),
        sa.Column("message_id", sa.Text()),
        sa.Column("message_id_hash", sa.LargeBinary()),
        sa.Column("from_address", sa.Text()),
        sa.Column("subject", sa.Text()),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("released_to", sa.BigInteger()),
        sa.Column("released_cause", sa.String(length=64)),
        sa.Column("cause", sa.String(length=64)),
        sa.Column("decision", sa.Text()),
        sa.Column("ticket", _ID),
        sa.Column("error", sa.Text()),
        sa.Column("done_at", sa.BigInteger()),
        sa.CheckConstraint(
            "state = 'received' OR state = 'done' OR state = 'quarantined' OR state = 'dropped'",
            name="journal_state",
        ),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    _partial_index("journal_digest", "journal", ["digest"], "digest IS NOT NULL")
    _partial_index("journal_due", "journal", ["id"], "state = 'received'")
    _partial_index(
        "journal_message_id", "journal", ["message_id_hash"], "message_id_hash IS NOT NULL"
    )
    _partial_index("journal_quarantine", "journal", ["id"], "state = 'quarantined'")
    _partial_index("journal_ticket", "journal", ["ticket"], "ticket IS NOT NULL")


def _message_ids() -> None:
    op.create_table(
        "message_ids",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("ticket", _ID, nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ours", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("hash", "ticket"),
    )


def _ticket_cc() -> None:
    op.create_table(
        "ticket_cc",
        sa.Column("ticket", _ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("ticket", "key"),
    )


def _side_parties() -> None:
    op.create_table(
        "side_parties",
        sa.Column("ticket", _ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("ticket", "key"),
    )


def _ticket_links() -> None:
    op.create_table(
        "ticket_links",
        sa.Column("ticket", _ID, nullable=False),
        sa.Column("linked", _ID, nullable=False),
        sa.ForeignKeyConstraint(["linked"], ["tickets.id"]),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("ticket", "linked"),
    )


def _ticket_tags() -> None:
    op.create_table(
        "ticket_tags",
        sa.Column("ticket", _ID, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("ticket", "tag"),
    )
    op.create_index("ticket_tags_tag", "ticket_tags", ["tag"])


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("ticket", _ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("visibility", sa.String(length=7), nullable=False),
        sa.Column("author_address", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("author_role", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("full_text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text()),
        sa.Column("message_id", sa.Text()),
        sa.Column("journal", _ID),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["journal"], ["journal.id"]),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("entries_journal", "entries", ["journal"], unique=True)
    op.create_index("entries_ticket", "entries", ["ticket", "id"])


def _journal_content() -> None:
    op.create_table(
        "journal_content",
        sa.Column("journal", _ID, autoincrement=False, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["journal"], ["journal.id"]),
        sa.PrimaryKeyConstraint("journal"),
    )


def _attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", _ID, nullable=False),
        sa.Column("entry", _ID, nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("inline", sa.Boolean(), nullable=False),
        sa.Column("content_id", sa.Text()),
        sa.ForeignKeyConstraint(["entry"], ["entries.id"]),
        sa.ForeignKeyConstraint(["sha256"], ["blobs.sha256"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("attachments_entry", "attachments", ["entry"])
