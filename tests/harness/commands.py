"""The commands of mailgate, and the daemon, each in a process of its own that is born by fork: see
`tests.harness.forked`. What a test says of starting itself, or of what is imported late, needs a
new interpreter: a `Gateway` that is `cold`.
"""

import atexit
import functools
import importlib
import os
import pkgutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.harness.forked import Born, Forking, running, serve_orders

__all__ = ["run_command", "start_daemon"]


def run_command(
    arguments: Sequence[str], *, folder: Path, env: Mapping[str, str], stdin: bytes, seconds: float
) -> subprocess.CompletedProcess[bytes]:
    """As `subprocess.run` of `mailgate` with these arguments, its output captured.
    subprocess.TimeoutExpired, with the process killed, when it takes longer."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        files = {name: str(Path(place, name)) for name in ("stdin", "stdout", "stderr")}
        for name, path in files.items():
            Path(path).write_bytes(stdin if name == "stdin" else b"")
        order = {"arguments": list(arguments), "env": dict(env), "chdir": str(folder), **files}
        born = _forking().start(Path(place), order)
        try:
            code = born.wait(seconds)
        except subprocess.TimeoutExpired:
            born.kill()
            raise
        said, errors = (Path(files[name]).read_bytes() for name in ("stdout", "stderr"))
        return subprocess.CompletedProcess(list(arguments), code, said, errors)


def start_daemon(
    arguments: Sequence[str], *, folder: Path, env: Mapping[str, str], log: Path, said: Path
) -> Born:
    """As `subprocess.Popen` of `mailgate` with these arguments."""
    order = {"arguments": list(arguments), "env": dict(env), "chdir": str(folder)}
    return _forking().start(folder, {**order, "stdout": str(said), "stderr": str(log)})


_RUNNING = ExitStack()


@functools.cache
def _forking() -> Forking:
    """One for all tests of this process; it ends with them."""
    atexit.register(_RUNNING.close)
    return _RUNNING.enter_context(running("tests.harness.commands"))


def _live(order: Mapping[str, object]) -> int:
    from mailgate.cli.main import run  # noqa: PLC0415

    os.chdir(str(order["chdir"]))
    arguments = order["arguments"]
    assert isinstance(arguments, list)
    return run(arguments)


def main() -> None:
    import mailgate  # noqa: PLC0415

    for found in pkgutil.walk_packages(mailgate.__path__, "mailgate."):
        if ".migrations" not in found.name:
            importlib.import_module(found.name)
    importlib.import_module("alembic.command")
    serve_orders(_live)


if __name__ == "__main__":
    main()
