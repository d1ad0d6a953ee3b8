"""What leaves this room when something is wrong; without SQLAlchemy, for the pipe."""

__all__ = ["LeaseLost", "SchemaNewer", "SchemaOlder", "StoreError", "StoreFull", "StoreUnavailable"]


class StoreError(Exception):
    """Base of everything that leaves this room; its text is safe for logs (no parameters)."""


class StoreUnavailable(StoreError):
    """The database cannot be reached, is locked, full, or shutting down: transient.

    Nothing was committed, unless the connection was lost or the time ran out while the COMMIT
    was under way: then nobody knows, so whatever is tried again must be safe to do twice.
    """


class StoreFull(StoreUnavailable):
    """There is no room on the disk."""


class SchemaNewer(StoreError):
    """The database was made by a newer mailgate; this one must not touch it."""


class SchemaOlder(StoreError):
    """The database needs `mailgate migrate`."""


class LeaseLost(StoreError):
    """A late result: the lease was taken over meanwhile, nothing was changed."""
