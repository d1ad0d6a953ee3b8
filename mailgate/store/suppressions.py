"""Addresses that mail is kept from: one row for an address and a cause."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from mailgate.mail.address import Address
from mailgate.model.delivery import DeliveryState, Lane
from mailgate.model.ids import DeliveryId
from mailgate.model.suppression import Lanes, Suppression, SuppressionCause
from mailgate.store.candidates import in_state
from mailgate.store.core import Connection
from mailgate.store.outboundtables import deliveries, suppressions
from mailgate.store.prepared import Prepared
from mailgate.store.values import address_of

__all__ = ["Listed", "lift", "lift_bounce", "listing", "of_address", "of_leased", "suppress"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A suppression, and the ticket of the mail that came back."""

    suppression: Suppression
    ticket: int | None


def suppress(conn: Connection, new: Suppression) -> bool:
    """Keeps mail from an address from now on; the newest reason stands. Whether it was not kept
    from it for this cause already. What has run out is forgotten on the way."""
    conn.execute(delete(suppressions).where(suppressions.c.until <= new.at))
    same = suppressions.c.key == new.address.key, suppressions.c.cause == new.cause.value
    known = conn.execute(select(suppressions.c.key).where(*same)).one_or_none()
    row = {
        "key": new.address.key,
        "cause": new.cause.value,
        "address": str(new.address),
        "lanes": new.lanes.value,
        "status": new.status,
        "text": new.text,
        "at": new.at,
        "until": new.until,
        "delivery": new.delivery,
    }
    engine = sqlite if conn.dialect.name == "sqlite" else postgresql
    insert = engine.insert(suppressions).values(row)
    kept = {name: value for name, value in row.items() if name not in {"key", "cause"}}
    conn.execute(insert.on_conflict_do_update(index_elements=["key", "cause"], set_=kept))
    return known is None


def lift(conn: Connection, address: Address, now: datetime) -> int:
    """Lets all mail go to the address again; how many suppressions held at `now`."""
    gone = delete(suppressions).where(suppressions.c.key == address.key)
    untils = conn.execute(gone.returning(suppressions.c.until)).scalars().all()
    return sum(until is None or until > now for until in untils)


_LIFT_BOUNCE = Prepared(
    delete(suppressions).where(
        suppressions.c.key == bindparam("of"),
        suppressions.c.cause == SuppressionCause.BOUNCE.value,
    )
)


def lift_bounce(conn: Connection, address: Address) -> bool:
    """The address has shown that it lives; whether mail was kept from it because of a bounce."""
    return _LIFT_BOUNCE.run(conn, of=address.key) > 0


def listing(conn: Connection, now: datetime, limit: int) -> list[Listed]:
    """The newest `limit` that hold at `now`, the newest first."""
    joined = suppressions.outerjoin(deliveries, suppressions.c.delivery == deliveries.c.id)
    query = (
        select(suppressions, deliveries.c.ticket)
        .select_from(joined)
        .where(or_(suppressions.c.until.is_(None), suppressions.c.until > now))
        .order_by(suppressions.c.at.desc(), suppressions.c.key)
        .limit(limit)
    )
    return [Listed(_suppression(row), row.ticket) for row in conn.execute(query)]


def of_address(conn: Connection, address: Address, now: datetime) -> list[Suppression]:
    """Those that hold for an address at `now`."""
    holds = or_(suppressions.c.until.is_(None), suppressions.c.until > now)
    wanted = select(suppressions).where(suppressions.c.key == address.key, holds)
    return [_suppression(row) for row in conn.execute(wanted.order_by(suppressions.c.cause))]


_OF_LEASED = Prepared(
    select(suppressions, deliveries.c.id.label("leased"), deliveries.c.lane)
    .join(suppressions, suppressions.c.key == deliveries.c.recipient_key)
    .where(
        in_state(DeliveryState.LEASED),
        deliveries.c.lease_node == bindparam("node"),
        deliveries.c.lease_until == bindparam("lease"),
        deliveries.c.insists.is_(False),
        or_(suppressions.c.until.is_(None), suppressions.c.until > bindparam("now")),
    )
    .order_by(suppressions.c.cause)
)


def of_leased(
    conn: Connection, *, node: str, until: datetime, now: datetime
) -> Mapping[DeliveryId, Suppression]:
    """What keeps mail from going, of that which `node` has just leased until `until`. Mail that
    an operator wants sent goes all the same."""
    rows = _OF_LEASED.all(conn, node=node, lease=until, now=now)
    return {
        DeliveryId(row.leased): _suppression(row)
        for row in reversed(rows)
        if row.lanes == Lanes.ALL.value or row.lane == Lane.CAMPAIGN.value
    }


def _suppression(row: Row[Any]) -> Suppression:
    return Suppression(
        address=address_of(row.address),
        cause=SuppressionCause(row.cause),
        lanes=Lanes(row.lanes),
        status=row.status,
        text=row.text,
        at=row.at,
        until=row.until,
        delivery=None if row.delivery is None else DeliveryId(row.delivery),
    )
