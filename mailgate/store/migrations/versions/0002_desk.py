"""The desk: who follows a ticket, what is due on it, whom it shuts out, what it tells elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# SQLite numbers rows by itself only for a column typed INTEGER.
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """From revision 0001."""
    _tickets()
    _people()
    _times()
    _webhooks()
    _search()


def _tickets() -> None:
    for column in (
        sa.Column("waiting_since", sa.BigInteger()),
        sa.Column("spam", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("started_by", sa.Text()),
        sa.Column("proven", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("score", sa.Integer()),
        sa.Column("scored_at", sa.BigInteger()),
        sa.Column("untold_since", sa.BigInteger()),
    ):
        op.add_column("tickets", column)
    # Who has had no answer yet waits since they wrote.
    op.execute(
        "UPDATE tickets SET waiting_since = created_at WHERE status = 'open' "
        "AND first_response_at IS NULL AND source NOT IN ('outbound_email', 'import')"
    )
    for name, indexed, condition in (
        ("tickets_parent", "parent", "parent IS NOT NULL"),
        ("tickets_merged", "merged_into", "merged_into IS NOT NULL"),
        ("tickets_closed", "closed_at", "closed_at IS NOT NULL"),
    ):
        op.create_index(
            name,
            "tickets",
            [indexed],
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )
    op.create_index("attachments_blob", "attachments", ["sha256"])
    op.create_index("ticket_links_linked", "ticket_links", ["linked"])
    op.create_index("ticket_cc_key", "ticket_cc", ["key"])
    op.create_index("message_ids_ticket", "message_ids", ["ticket"])
    op.create_index(
        "outbound_entry",
        "outbound",
        ["entry"],
        sqlite_where=sa.text("entry IS NOT NULL"),
        postgresql_where=sa.text("entry IS NOT NULL"),
    )


def _people() -> None:
    op.create_table(
        "followers",
        sa.Column("ticket", _ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("ticket", "key"),
    )
    op.create_table(
        "blocked_senders",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("ticket", _ID),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "told_once",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "rotations",
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("group_name"),
    )


def _times() -> None:
    op.create_table(
        "timers",
        sa.Column("ticket", _ID, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("rings_at", sa.BigInteger()),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("allowed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("ticket", "kind"),
    )
    op.create_index("timers_due", "timers", ["due_at"])
    op.create_index("timers_ring", "timers", ["rings_at"])
    op.create_table(
        "surveys",
        sa.Column("ticket", _ID, nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket"),
    )
    op.create_index("surveys_due", "surveys", ["due_at"])
    op.create_table(
        "rule_runs",
        sa.Column("ticket", _ID, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("ticket", "rule"),
    )


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", _ID, nullable=False),
        sa.Column("ticket", _ID, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state = 'ready' OR state = 'done' OR state = 'failed'", name="webhook_state"
        ),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("webhooks_due", "webhooks", ["state", "due_at"])
    op.create_index("webhooks_ticket", "webhooks", ["ticket"])


def _search() -> None:
    op.create_table(
        "search_docs",
        sa.Column("id", _ID, nullable=False),
        sa.Column("entry", _ID),
        sa.Column("ticket", _ID),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    for name, columns, condition in (
        ("search_docs_entry", ["entry", "part"], sa.text("entry IS NOT NULL")),
        ("search_docs_ticket", ["ticket"], sa.text("ticket IS NOT NULL")),
    ):
        op.create_index(
            name,
            "search_docs",
            columns,
            unique=True,
            sqlite_where=condition,
            postgresql_where=condition,
        )
    op.create_table(
        "search_state",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE search_words USING fts5(words, tokenize = 'ascii')")
        return
    op.execute(
        "CREATE TABLE search_words (id BIGINT NOT NULL PRIMARY KEY, words TSVECTOR NOT NULL)"
    )
    op.execute("CREATE INDEX search_words_words ON search_words USING gin (words)")
