"""`mailgate ingest`, which ends by SIGKILL before or after its COMMIT.

    python crashing_pipe.py STEP --config FILE ingest ...

STEP is `before` or `after`. The production code knows nothing of this.
"""

import os
import signal
import sqlite3
import sys
from typing import Any

from mailgate.cli.main import run


def crash() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    step, *arguments = sys.argv[1:]

    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            if sql == "COMMIT" and step == "before":
                crash()
            cursor = super().execute(sql, *parameters)
            if sql == "COMMIT" and step == "after":
                crash()
            return cursor

    connect = sqlite3.connect
    sqlite3.connect = lambda *args, **more: connect(*args, factory=Connection, **more)  # type: ignore[assignment]
    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
