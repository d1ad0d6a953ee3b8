"""A real PostgreSQL of the tests' own: a fresh cluster in a temporary folder."""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.harness.ports import free_ports
from tests.harness.servers import program

_READY_SECONDS = 30


class PostgresServer:
    """One server, on loopback; everybody who connects as `mailgate` may do everything."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (self.port,) = free_ports(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._names = itertools.count(1)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        self._run("initdb", "-D", str(self._data), "-U", "mailgate", "--auth=trust")

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        """Starts the server and waits until it answers. The server ends with the thread that
        started it (PR_SET_PDEATHSIG): so only in the main thread."""
        command = self._command(
            *("postgres", "-D", str(self._data), "-p", str(self.port)),
            *("-c", "listen_addresses=127.0.0.1"),
            *("-c", f"unix_socket_directories={self._folder}"),
            *("-c", "max_connections=60"),
        )
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        self._wait_until_ready()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT disconnects everybody and shuts down (fast), SIGQUIT does not even tidy up."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=_READY_SECONDS)
            self._process = None

    def url(self, database: str) -> str:
        """For `open_store`."""
        return f"postgresql://mailgate@127.0.0.1:{self.port}/{database}"

    def new_database(self, *, template: str = "template0") -> str:
        """The name of a fresh database, a copy of `template`."""
        name = f"test_{next(self._names)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
        return name

    def drop_database(self, name: str) -> None:
        """Whoever is still connected is thrown out."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def execute(self, sql: str) -> None:
        """Runs one statement as an operator, outside of a transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql)

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + _READY_SECONDS
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > until or self._has_ended():
                    log = (self._folder / "log").read_text()
                    raise RuntimeError(f"PostgreSQL did not start:\n{log}") from None
                time.sleep(0.05)
            else:
                return

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _run(self, *command: str) -> None:
        subprocess.run(self._command(*command), check=True, capture_output=True, cwd="/")

    def _command(self, name: str, *arguments: str) -> list[str]:
        """PostgreSQL refuses to run as root; it ends when the tests' process does."""
        command = [program(name), *arguments]
        if os.geteuid() != 0:
            return ["setpriv", "--pdeathsig=INT", *command]
        identity = ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
        return ["setpriv", *identity, "--pdeathsig=INT", *command]


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A server for as long as the block runs, then nothing is left of it."""
    # Not pytest's folder: the server's user may not go there.
    folder = Path(tempfile.mkdtemp(prefix="mailgate-postgres-"))
    try:
        server = PostgresServer(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
