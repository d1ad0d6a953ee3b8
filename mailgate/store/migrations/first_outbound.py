"""The first schema of mail that leaves: the queue, its limits, its destinations."""

import sqlalchemy as sa
from alembic import op

# SQLite numbers rows by itself only for a column typed INTEGER.
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def create_outbound() -> None:
    """The tables and indexes of `store.outboundtables`."""
    _outbound()
    _deliveries()
    _attempts()
    _grants()
    _destinations()


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)


def _outbound() -> None:
    op.create_table(
        "outbound",
        sa.Column("id", _ID, nullable=False),
        sa.Column("ticket", _ID),
        sa.Column("entry", _ID),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("agent", sa.Text()),
        sa.Column("outside", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entries.id"]),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("outbound_ticket", "outbound", ["ticket"])
    _partial_index("outbound_kept", "outbound", ["created_at"], "length(raw) > 0")


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("outbound", _ID, nullable=False),
        sa.Column("ticket", _ID),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("outside", sa.Boolean(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("recipient_key", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("sender_key", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text()),
        sa.Column("campaign", sa.Text()),
        sa.Column("reverse_path", sa.Text(), nullable=False),
        sa.Column("insists", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("wait_reason", sa.String(length=32)),
        sa.Column("waits_for", sa.Text()),
        sa.Column("due_from", sa.BigInteger(), nullable=False),
        sa.Column("delay_told_at", sa.BigInteger()),
        sa.Column("gates", sa.Text()),
        sa.Column("lease_node", sa.String(length=64)),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("last_code", sa.Integer()),
        sa.Column("last_status", sa.String(length=16)),
        sa.Column("last_text", sa.Text()),
        sa.Column("last_at", sa.BigInteger()),
        sa.Column("relay_id", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("final_at", sa.BigInteger()),
        sa.Column("bounced_status", sa.String(length=16)),
        sa.Column("bounced_text", sa.Text()),
        sa.Column("bounced_at", sa.BigInteger()),
        sa.CheckConstraint(
            "state IN ('ready', 'held', 'leased', 'delivered', 'failed', 'expired', 'cancelled')",
            name="deliveries_state",
        ),
        sa.ForeignKeyConstraint(["outbound"], ["outbound.id"]),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    _delivery_indexes()


def _delivery_indexes() -> None:
    free = "state = 'ready' AND (waits_for IS NULL OR wait_reason = 'order')"
    _partial_index("deliveries_due", "deliveries", ["lane", "due_at", "id"], free)
    parked = "state = 'ready' AND waits_for IS NOT NULL"
    _partial_index("deliveries_parked", "deliveries", ["waits_for", "lane", "id"], parked)
    _partial_index("deliveries_down", "deliveries", ["waits_for", "due_from"], parked)
    unsettled = "state IN ('ready', 'leased')"
    order = ["ticket", "recipient_key", "id"]
    _partial_index("deliveries_order", "deliveries", order, unsettled)
    late = "state = 'ready' AND lane = 'reply' AND delay_told_at IS NULL"
    _partial_index("deliveries_late", "deliveries", ["due_from"], late)
    waiting = ["lane", "wait_reason", "due_from", "state"]
    _partial_index("deliveries_waiting", "deliveries", waiting, "state = 'ready'")
    _partial_index("deliveries_held", "deliveries", ["lane"], "state = 'held'")
    leased = ["lease_until", "destination"]
    _partial_index("deliveries_leased", "deliveries", leased, "state = 'leased'")
    op.create_index("deliveries_outbound", "deliveries", ["outbound"])
    told = "lane = 'acknowledgement'"
    acknowledged = ["created_at", "recipient_key"]
    _partial_index("deliveries_acknowledged", "deliveries", acknowledged, told)
    op.create_index("deliveries_ticket", "deliveries", ["ticket", "id"])


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("delivery", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("node", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("result", sa.String(length=16)),
        sa.Column("code", sa.Integer()),
        sa.Column("status", sa.String(length=16)),
        sa.Column("text", sa.Text()),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.id"]),
        sa.PrimaryKeyConstraint("delivery", "number"),
    )


def _grants() -> None:
    op.create_table(
        "grants",
        sa.Column("id", _ID, nullable=False),
        sa.Column("limit_key", sa.Text(), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    window = ["limit_key", "at", "lane", "places"]
    op.create_index("grants_window", "grants", window)
    op.create_index("grants_at", "grants", ["at"])


def _destinations() -> None:
    op.create_table(
        "destinations",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("down_since", sa.BigInteger()),
        sa.Column("down_until", sa.BigInteger()),
        sa.Column("probe", sa.BigInteger()),
        sa.Column("slowness", sa.Integer(), nullable=False),
        sa.Column("slowed_at", sa.BigInteger()),
        sa.Column("tat", sa.BigInteger()),
        sa.Column("parked", sa.Boolean(), nullable=False),
        sa.Column("look_at", sa.BigInteger()),
        sa.Column("last_code", sa.Integer()),
        sa.Column("last_status", sa.String(length=16)),
        sa.Column("last_text", sa.Text()),
        sa.Column("last_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("key"),
    )
    _partial_index("destinations_parked", "destinations", ["look_at"], "parked")
    _partial_index("destinations_probed", "destinations", ["probe"], "probe IS NOT NULL")
