"""The days on which operators were told what is in quarantine."""

from sqlalchemy import Column, String, Table

from mailgate.store.columns import Instant, metadata

# One row a day, written with the mail: whoever writes it sends it, and nobody after them.
digests = Table(
    "digests",
    metadata,
    Column("day", String(10), primary_key=True),  # YYYY-MM-DD in the time zone of the gateway
    Column("at", Instant, nullable=False),
)
