"""Which of the real servers that tests need are to be had on this machine, and why not.

`python -m tests.harness.servers` prints a line for each that is not, and exits 1 then.
"""

import os
import shutil
import sys
from pathlib import Path

# Debian keeps them out of an ordinary user's PATH.
PLACES = os.pathsep.join(
    [
        os.environ.get("PATH", ""),
        "/usr/sbin",
        "/usr/lib/postfix/sbin",
        *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)),
    ]
)

PROGRAMS = {
    "postfix": ("postfix", "smtp-source"),
    "dovecot": ("dovecot",),
    "isync": ("mbsync",),
    "postgresql": ("initdb", "pg_ctl"),
    "prometheus": ("prometheus", "promtool"),
    "postgrey": ("postgrey",),
    "procmail": ("procmail",),
    "strace": ("strace",),
    "swaks": ("swaks",),
    "systemd": ("systemd-analyze",),
}
# They drop to their own users by themselves, and only root can do that.
ROOT_ONLY = {"postfix", "postgrey"}


def program(name: str) -> str:
    """The path of a server's program; LookupError when it is not installed."""
    found = shutil.which(name, path=PLACES)
    if found is None:
        raise LookupError(f"{name} is not installed")
    return found


def why_not(server: str) -> str | None:
    """Why tests with this server cannot run here; None when they can."""
    missing = [name for name in PROGRAMS[server] if shutil.which(name, path=PLACES) is None]
    if missing:
        return f"{server} is not installed (no {', '.join(missing)})"
    if server in ROOT_ONLY and os.geteuid() != 0:
        return f"{server} can only be started by root"
    return None


def main() -> int:
    reasons = [reason for server in PROGRAMS if (reason := why_not(server))]
    for reason in reasons:
        print(f"Left out, the tests that need it: {reason}")
    return 1 if reasons else 0


if __name__ == "__main__":
    sys.exit(main())
