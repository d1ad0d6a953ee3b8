"""Whom the desk knows: one row an address."""

from datetime import datetime
from typing import cast

from sqlalchemy import bindparam, case, select
from sqlalchemy.dialects import postgresql, sqlite

from mailgate.mail.address import NamedAddress
from mailgate.store.core import Connection
from mailgate.store.prepared import Prepared
from mailgate.store.tables import contacts

__all__ = ["upsert"]

_COLUMNS = ("key", "address", "name", "created_at")


def _upsert(dialect: str) -> Prepared:
    """Never a plain INSERT, whatever was read before: two mails of a new customer race, and one
    would be lost.

    The first name that an address gave stays: a name is not proven, so a later mail must not
    be able to rename a customer.
    """
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(contacts).values({name: bindparam(name) for name in _COLUMNS})
    first = case((contacts.c.name == "", statement.excluded.name), else_=contacts.c.name)
    return Prepared(statement.on_conflict_do_update(index_elements=["key"], set_={"name": first}))


_UPSERT = {"sqlite": _upsert("sqlite"), "postgresql": _upsert("postgresql")}
_BY_KEY = Prepared(select(contacts.c.id, contacts.c.name).where(contacts.c.key == bindparam("key")))


def upsert(conn: Connection, who: NamedAddress, at: datetime) -> int:
    """The id of the contact with this address; made when it is new."""
    key = who.address.key
    known = _BY_KEY.one(conn, key=key)
    if known is not None and (known.name or not who.name):
        return cast("int", known.id)
    statement = _UPSERT[conn.dialect.name]
    values = {"key": key, "address": str(who.address), "name": who.name, "created_at": at}
    if conn.dialect.name == "postgresql":
        return statement.insert(conn, **values)
    statement.run(conn, **values)  # lastrowid tells nothing when the row was there
    found: int = _BY_KEY.one(conn, key=key).id
    return found
