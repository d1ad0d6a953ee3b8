"""The tables of what people and rules do to tickets: who follows them, what is due, what is shut
out, what is told elsewhere."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
)

from mailgate.store.columns import Id, Instant, Text, metadata, one_of

__all__ = [
    "blocked_senders",
    "followers",
    "rotations",
    "rule_runs",
    "surveys",
    "timers",
    "told_once",
    "webhooks",
]

# Agents who want to be told of a ticket that is not theirs.
followers = Table(
    "followers",
    metadata,
    Column("ticket", ForeignKey("tickets.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

# Whose mail goes into quarantine, because somebody called it spam.
blocked_senders = Table(
    "blocked_senders",
    metadata,
    Column("key", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("ticket", ForeignKey("tickets.id")),
)

# The clocks of a ticket: what is due on it, and when somebody is told that it was not done.
timers = Table(
    "timers",
    metadata,
    Column("ticket", ForeignKey("tickets.id"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("due_at", Instant),  # NULL while it is paused
    Column("rings_at", Instant),  # NULL when nobody is told any more, and while it is paused
    Column("stage", Integer, nullable=False),  # how often it has rung
    Column("since", Instant, nullable=False),  # from when it runs, or stands still
    Column("used", BigInteger, nullable=False),  # seconds of work before that
    Column("allowed", BigInteger, nullable=False),  # seconds of work in all
)
Index("timers_due", timers.c.due_at)
Index("timers_ring", timers.c.rings_at)

# When the customer is asked how the answers were: a row until that is seen to.
surveys = Table(
    "surveys",
    metadata,
    Column("ticket", ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True),
    Column("due_at", Instant, nullable=False),
)
Index("surveys_due", surveys.c.due_at)

# When a rule was last carried out on a ticket: one that goes by the time does it once.
rule_runs = Table(
    "rule_runs",
    metadata,
    Column("ticket", ForeignKey("tickets.id"), primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)

# Who got the last ticket of a group in which they take turns.
rotations = Table(
    "rotations",
    metadata,
    Column("group_name", Text, primary_key=True),
    Column("agent", Text, nullable=False),  # Address.key
)

# What somebody was told, and is not told again before long.
told_once = Table(
    "told_once",
    metadata,
    Column("key", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)

# What rules tell other programs: tried until it is taken, or given up.
webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket", ForeignKey("tickets.id"), nullable=False),
    Column("rule", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("fence", BigInteger, nullable=False),
    Column("last_error", Text),
    Column("created_at", Instant, nullable=False),
    CheckConstraint(one_of("state", "ready", "done", "failed"), name="webhook_state"),
    sqlite_autoincrement=True,
)
Index("webhooks_due", webhooks.c.state, webhooks.c.due_at)
Index("webhooks_ticket", webhooks.c.ticket)
