"""Where mail and tickets are kept: SQLAlchemy Core on SQLite or PostgreSQL, nothing else knows.

The rest of mailgate awaits `store.write(fn)` and `store.read(fn)`, where `fn(conn)` is a plain
function that calls the functions of this room; only this room knows that threads exist.
"""
