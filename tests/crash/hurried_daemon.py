"""The daemon with leases of seconds: what takes half an hour elsewhere takes a few seconds.

    python hurried_daemon.py --config FILE serve

The production code knows nothing of this.
"""

import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

from mailgate.daemon import leaving
from mailgate.outbound.worker import WorkerPolicy

LEASE = timedelta(seconds=6)
BEAT = 0.5


def main() -> None:
    _, config, _ = sys.argv[1:]
    hurried = partial(WorkerPolicy, lease=LEASE, attempt=timedelta(seconds=4), beat=BEAT)
    leaving.WorkerPolicy = hurried  # type: ignore[assignment, attr-defined]
    # Only now: what is imported by name must be imported hurried.
    from mailgate.daemon.serve import serve  # noqa: PLC0415

    sys.exit(serve(Path(config)))


if __name__ == "__main__":
    main()
