"""Daemons for crash tests, born by fork: see `tests.harness.forked`. The daemon is the one of
`crashing_daemon.py`. The production code knows nothing of this.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.harness.forked import Forking, running, serve_orders
from tests.harness.gateway import Daemon, Gateway


class Nursery:
    """Starts daemons; from any thread."""

    def __init__(self, forking: Forking) -> None:
        self._forking = forking

    def start(self, gateway: Gateway, step: str, *, hours: int = 0) -> Daemon:
        """As `Gateway.start`, with the step at which it dies, so many hours later."""
        folder = gateway.folder
        log, said = folder / "daemon.log", folder / "daemon.out"
        files = {"stdout": str(said), "stderr": str(log)}
        order = {"step": step, "hours": hours, "config": str(gateway.config), **files}
        return Daemon(gateway, self._forking.start(folder, order), log, said)


@contextmanager
def running_nursery() -> Iterator[Nursery]:
    """All its daemons end with it."""
    with running("tests.crash.nursery") as forking:
        yield Nursery(forking)


# --- the program ----------------------------------------------------------------------------


def _live(order: Mapping[str, object]) -> int:
    """In the child: is the daemon until it ends."""
    from mailgate.daemon.serve import serve  # noqa: PLC0415
    from tests.crash.crashing_daemon import later, wired  # noqa: PLC0415

    wired(str(order["step"]), Path(str(order["folder"]), "steps"))
    hours = order["hours"]
    if isinstance(hours, int) and hours:
        later(hours)
    return serve(Path(str(order["config"])))


def main() -> None:
    import alembic.command  # noqa: PLC0415
    import alembic.config  # noqa: F401, PLC0415

    import mailgate.daemon.serve  # noqa: PLC0415
    import mailgate.store.postgres  # noqa: F401, PLC0415

    serve_orders(_live)


if __name__ == "__main__":
    main()
