"""The composition root: the one room that knows everybody."""

from mailgate.daemon.gateway import Gateway, open_gateway

__all__ = ["Gateway", "open_gateway", "serve"]


def __getattr__(name: str) -> object:
    # `serve` needs the doors, uvicorn and FastAPI: what only reads the store does not pay for them.
    if name == "serve":
        from mailgate.daemon.serve import serve  # noqa: PLC0415

        return serve
    raise AttributeError(name)
