"""The tables of IMAP mailboxes, as revision 0001 makes them."""

import sqlalchemy as sa
from alembic import op

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def create_mailboxes() -> None:
    """Tables and indexes."""
    op.create_table(
        "mailboxes",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("node", sa.String(length=64)),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text()),
        sa.Column("uidvalidity", sa.BigInteger()),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.BigInteger()),
        sa.Column("since", sa.BigInteger()),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "mailbox_messages",
        sa.Column("mailbox", sa.String(length=100), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.LargeBinary()),
        sa.Column("journal", _ID),
        sa.Column("reason", sa.Text()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('wanted', 'taken', 'done', 'skipped')", name="mailbox_message_state"
        ),
        sa.ForeignKeyConstraint(["mailbox"], ["mailboxes.name"]),
        sa.ForeignKeyConstraint(["journal"], ["journal.id"]),
        sa.PrimaryKeyConstraint("mailbox", "epoch", "uid"),
    )
    for name, columns, condition in (
        ("mailbox_messages_digest", ["mailbox", "digest"], "digest IS NOT NULL"),
        ("mailbox_messages_open", ["mailbox", "state"], "state IN ('wanted', 'taken')"),
    ):
        where = sa.text(condition)
        op.create_index(
            name, "mailbox_messages", columns, sqlite_where=where, postgresql_where=where
        )
