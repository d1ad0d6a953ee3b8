"""The table of days on which operators were told of the quarantine, as revision 0001 makes it."""

import sqlalchemy as sa
from alembic import op


def create_digests() -> None:
    """The table."""
    op.create_table(
        "digests",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )
