"""The counts of what came lately, as revision 0001 makes their table."""

import sqlalchemy as sa
from alembic import op


def create_traffic() -> None:
    """The table."""
    op.create_table(
        "traffic",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "bucket"),
        sqlite_with_rowid=False,
    )
