"""The tables of mail that leaves (`mailgate.store.tables` has them too)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    text,
)

from mailgate.model.delivery_states import state_check
from mailgate.store.columns import Id, Instant, Text, metadata, where

outbound = Table(
    "outbound",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket", ForeignKey("tickets.id")),  # NULL: about none, to operators
    Column("entry", ForeignKey("entries.id")),
    Column("lane", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("sender", Text, nullable=False),
    Column("message_id", Text, nullable=False, unique=True),
    Column("raw", LargeBinary, nullable=False),
    Column("agent", Text),
    Column("outside", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)
Index("outbound_ticket", outbound.c.ticket)
# Which mails carried a message that is deleted.
Index("outbound_entry", outbound.c.entry, **where(outbound.c.entry.is_not(None)))
# Whose bytes are still there, for retention.
Index(
    "outbound_kept",
    outbound.c.created_at,
    **where(text("length(raw) > 0")),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("outbound", ForeignKey("outbound.id"), nullable=False),
    Column("ticket", ForeignKey("tickets.id")),
    Column("lane", String(16), nullable=False),
    Column("outside", Boolean, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("recipient_key", Text, nullable=False),
    # The recipient's domain.
    Column("destination", Text, nullable=False),
    Column("sender_key", Text, nullable=False),
    Column("agent", Text),
    Column("campaign", Text),
    # "<>" is the null reverse path; an address is each recipient's own, for reports about it.
    Column("reverse_path", Text, nullable=False),
    Column("insists", Boolean, nullable=False),  # goes whatever is suppressed: an operator's will
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("wait_reason", String(32)),
    # The key of the limit, the destination or the ticket that it waits for (`ratelimit`).
    Column("waits_for", Text),
    # Since when it may leave: what agents are told of its delay counts from here.
    Column("due_from", Instant, nullable=False),
    Column("delay_told_at", Instant),
    # While it is leased: the keys of the gates that let it through, a line each. Under the limits
    # among them it has a place.
    Column("gates", Text),
    Column("lease_node", String(64)),
    Column("lease_until", Instant),
    Column("fence", BigInteger, nullable=False),
    Column("last_code", Integer),
    Column("last_status", String(16)),
    Column("last_text", Text),
    Column("last_at", Instant),
    Column("relay_id", Text),
    Column("created_at", Instant, nullable=False),
    Column("final_at", Instant),
    # What a report said that came home later.
    Column("bounced_status", String(16)),
    Column("bounced_text", Text),
    Column("bounced_at", Instant),
    CheckConstraint(state_check(), name="deliveries_state"),
    sqlite_autoincrement=True,
)
# A query uses a partial index only when it says the state as a literal (`store.outbound`).
# What waits for a gate is let out by that gate, not by its due time.
Index(
    "deliveries_due",
    deliveries.c.lane,
    deliveries.c.due_at,
    deliveries.c.id,
    **where(text("state = 'ready' AND (waits_for IS NULL OR wait_reason = 'order')")),
)
# Who waits for the same gate, in the order of the queue.
Index(
    "deliveries_parked",
    deliveries.c.waits_for,
    deliveries.c.lane,
    deliveries.c.id,
    **where(text("state = 'ready' AND waits_for IS NOT NULL")),
)
# What has waited too long for a destination that is down, whatever it waited for there at first.
Index(
    "deliveries_down",
    deliveries.c.waits_for,
    deliveries.c.due_from,
    **where(text("state = 'ready' AND waits_for IS NOT NULL")),
)
# Mails of one ticket to one recipient leave one after the other.
Index(
    "deliveries_order",
    deliveries.c.ticket,
    deliveries.c.recipient_key,
    deliveries.c.id,
    **where(text("state IN ('ready', 'leased')")),
)
# Agents' mail of whose delay nobody has been told.
Index(
    "deliveries_late",
    deliveries.c.due_from,
    **where(text("state = 'ready' AND lane = 'reply' AND delay_told_at IS NULL")),
)
# Why mail waits and since when: the index holds the whole answer, however much waits. The state is
# in it because SQLite asks for it once more, and would read each row for that.
Index(
    "deliveries_waiting",
    deliveries.c.lane,
    deliveries.c.wait_reason,
    deliveries.c.due_from,
    deliveries.c.state,
    **where(deliveries.c.state == "ready"),
)
Index(
    "deliveries_held",
    deliveries.c.lane,
    **where(deliveries.c.state == "held"),
)
Index(
    "deliveries_leased",
    deliveries.c.lease_until,
    deliveries.c.destination,
    **where(deliveries.c.state == "leased"),
)
Index("deliveries_outbound", deliveries.c.outbound)
Index("deliveries_ticket", deliveries.c.ticket, deliveries.c.id)
# Budgets of neutral acknowledgements ask how many were queued in the last hour, and to whom: the
# index holds the whole answer.
Index(
    "deliveries_acknowledged",
    deliveries.c.created_at,
    deliveries.c.recipient_key,
    **where(deliveries.c.lane == "acknowledgement"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("delivery", ForeignKey("deliveries.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("node", String(64), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    # delivered, deferred, rejected, ambiguous, suppressed; NULL while it runs
    Column("result", String(16)),
    Column("code", Integer),
    Column("status", String(16)),
    Column("text", Text),
)

# Addresses that mail is kept from. `until` NULL is until a person lifts it.
suppressions = Table(
    "suppressions",
    metadata,
    Column("key", Text, primary_key=True),
    Column("cause", String(16), primary_key=True),
    Column("address", Text, nullable=False),
    Column("lanes", String(16), nullable=False),
    Column("status", String(16)),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("until", Instant),
    Column("delivery", ForeignKey("deliveries.id")),
    CheckConstraint("cause IN ('bounce', 'complaint')", name="suppressions_cause"),
    CheckConstraint("lanes IN ('all', 'campaign')", name="suppressions_lanes"),
)
Index("suppressions_until", suppressions.c.until)

# Places taken under limits that are exact: what left at a moment, or may have left. What is on its
# way has a place too; it stands in `deliveries.gates`.
grants = Table(
    "grants",
    metadata,
    Column("id", Id, primary_key=True),
    Column("limit_key", Text, nullable=False),
    Column("lane", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("places", Integer, nullable=False),
)
# Holds the whole answer to how much of a limit is used.
Index("grants_window", grants.c.limit_key, grants.c.at, grants.c.lane, grants.c.places)
Index("grants_at", grants.c.at)

# Gates that are not in the state in which all begin: destinations (`domain:gmail.com`,
# `smarthost:relay.example:587`) that are down, slowed, or with a pace, and whatever deliveries wait
# for (`parked`), which is looked at again at `look_at`. `tat` is the theoretical arrival time of
# the next mail (the generic cell rate algorithm); `probe` the delivery that tries one that is
# down.
destinations = Table(
    "destinations",
    metadata,
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("down_since", Instant),
    Column("down_until", Instant),
    Column("probe", BigInteger),
    Column("slowness", Integer, nullable=False),
    Column("slowed_at", Instant),
    Column("tat", Instant),
    Column("parked", Boolean, nullable=False),
    Column("look_at", Instant),
    Column("last_code", Integer),
    Column("last_status", String(16)),
    Column("last_text", Text),
    Column("last_at", Instant),
)
Index("destinations_parked", destinations.c.look_at, **where(text("parked")))
Index("destinations_probed", destinations.c.probe, **where(text("probe IS NOT NULL")))
