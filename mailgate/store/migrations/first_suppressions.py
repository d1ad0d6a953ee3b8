"""The table of addresses that mail is kept from, as revision 0001 makes it."""

import sqlalchemy as sa
from alembic import op

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def create_suppressions() -> None:
    """Table and index; after the deliveries."""
    op.create_table(
        "suppressions",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("lanes", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16)),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("delivery", _ID),
        sa.CheckConstraint("cause IN ('bounce', 'complaint')", name="suppressions_cause"),
        sa.CheckConstraint("lanes IN ('all', 'campaign')", name="suppressions_lanes"),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.id"]),
        sa.PrimaryKeyConstraint("key", "cause"),
    )
    op.create_index("suppressions_until", "suppressions", ["until"])
