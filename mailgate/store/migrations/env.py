"""Alembic's entry: runs the revisions on the connection that `store.schema` gives it."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
# The transaction is `store.schema`'s: it holds the lock that keeps other processes out.
context.run_migrations()
