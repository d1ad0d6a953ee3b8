"""The composition root: the one room that knows everybody.

`serve` is imported from its own module: the doors and the web server that it needs are more
than a command should have to load that only reads the store.
"""

from mailgate.daemon.gateway import Gateway, open_gateway

__all__ = ["Gateway", "open_gateway"]
