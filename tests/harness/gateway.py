"""A gateway of its own for a test: a folder, a configuration, the commands, the daemon."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.harness.commands import run_command, start_daemon
from tests.harness.ports import free_ports
from tests.harness.waiting import DEADLINE, until

ROOT = Path(__file__).resolve().parents[2]
MAILGATE = [sys.executable, "-c", "from mailgate.cli.main import main; main()"]
# A daemon must not outlive the tests that started it, however they end.
MORTAL = ["setpriv", "--pdeathsig=KILL"]

DESK = """
[[address]]
address = "support@acme.example"
name = "Acme Support"
brand = "Acme Support"
group = "support"
locale = "ko"

[[group]]
name = "support"
members = ["alice@acme.example", "bob@acme.example"]

[[agent]]
address = "alice@acme.example"
name = "Alice Kim"

[[agent]]
address = "bob@acme.example"
name = "Bob Lee"
"""


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where it lives, and how to talk to it. `write_config` comes first."""

    folder: Path
    smtp_port: int
    lmtp_port: int
    http_port: int
    environment: dict[str, str] = field(default_factory=dict)
    cold: bool = False
    """Each process is a new interpreter, as it is outside of tests."""

    @property
    def config(self) -> Path:
        return self.folder / "mailgate.toml"

    @property
    def outbox(self) -> Path:
        """The Maildir of the maildir transport."""
        return self.folder / "var" / "outbox"

    def write_config(
        self,
        *,
        smarthost: int | None = None,
        store_url: str | None = None,
        desk: str = DESK,
        hourly: int = 100_000,
        authentication: str = "verify = false",
        more: str = "",
    ) -> None:
        """Nobody's DNS is asked, unless `authentication` names a server of the test's own.
        `smarthost` is the port on loopback that takes outbound mail; None: into the outbox."""
        var = self.folder / "var"
        var.mkdir(exist_ok=True)
        if smarthost is None:
            outbound = '[outbound]\ntransport = "maildir"'
        else:
            outbound = (
                '[outbound]\ntransport = "smtp"\n\n'
                f'[outbound.smarthost]\nhost = "127.0.0.1"\nport = {smarthost}\ntls = "none"'
            )
        self.config.write_text(
            f"""\
[gateway]
hostname = "gateway.acme.example"
data_dir = "{var}"

[store]
url = "{store_url or f"sqlite:///{var}/mailgate.db"}"

[[listen]]
protocol = "smtp"
address = "127.0.0.1:{self.smtp_port}"
trusted_networks = ["127.0.0.0/8"]

[[listen]]
protocol = "lmtp"
address = "127.0.0.1:{self.lmtp_port}"
trusted_networks = ["127.0.0.0/8"]

{outbound}

[authentication]
{authentication}

[ratelimit]
hourly = {hourly}

[http]
listen = "127.0.0.1:{self.http_port}"

{more}
{desk}
"""
        )

    def run(
        self, *arguments: str, stdin: bytes = b"", seconds: float = 60
    ) -> subprocess.CompletedProcess[bytes]:
        """Runs a command, whatever its exit code is."""
        if arguments[:1] != ("ingest",) and not self._is_cold:
            words = ["--config", str(self.config), *arguments]
            return run_command(
                words, folder=self.folder, env=self._env(), stdin=stdin, seconds=seconds
            )
        return subprocess.run(
            [*MAILGATE, "--config", str(self.config), *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            cwd=self.folder,
            env=self._env(),
            timeout=seconds,
        )

    def ask(self, *arguments: str) -> Any:
        """Runs a command with `--json` that must succeed, and returns the document."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    def ticket(self, number: int) -> Any:
        return self.ask("tickets", "show", str(number))

    def get(self, path: str) -> tuple[int, str]:
        """HTTP GET: status and body; (0, reason) when nobody answers."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.http_port}{path}", timeout=5
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    @property
    def _is_cold(self) -> bool:
        return self.cold or bool(self.environment)

    def _env(self) -> dict[str, str]:
        keep = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MAILGATE_", "NOTIFY_", "LISTEN_", "WATCHDOG_", "PYTHON"))
        }
        return {**keep, "PYTHONPATH": str(ROOT), **self.environment}

    def start(self, *arguments: str, command: list[str] | None = None) -> "Daemon":
        """Starts the daemon (or `command` in its place) and returns at once."""
        log = self.folder / "daemon.log"
        said = self.folder / "daemon.out"
        if command is None and not self._is_cold:
            words = ["--config", str(self.config), "serve", *arguments]
            born = start_daemon(words, folder=self.folder, env=self._env(), log=log, said=said)
            return Daemon(self, born, log, said)
        with log.open("ab") as errors, said.open("ab") as output:
            process = subprocess.Popen(
                [
                    *MORTAL,
                    *(command or MAILGATE),
                    "--config",
                    str(self.config),
                    "serve",
                    *arguments,
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                cwd=self.folder,
                env=self._env(),
            )
        return Daemon(self, process, log, said)


@dataclass(slots=True)
class Daemon:
    """A running daemon. As a context manager it is ready inside and gone afterwards."""

    gateway: Gateway
    process: subprocess.Popen[bytes]
    log: Path
    said: Path

    def wait_ready(self, seconds: float = DEADLINE) -> Self:
        until("the daemon is ready", self._ready_or_dead, seconds=seconds)
        return self

    def _ready_or_dead(self) -> bool:
        code = self.process.poll()
        if code is not None:
            raise AssertionError(f"the daemon ended with {code}:\n{self.logged()[-4000:]}")
        return self.gateway.get("/readyz")[0] == 200

    def logged(self) -> str:
        return self.log.read_text(errors="replace")

    def facts(self) -> list[dict[str, Any]]:
        """The log, line by line."""
        return [json.loads(line) for line in self.logged().splitlines() if line.startswith("{")]

    def terminate(self, seconds: float = DEADLINE) -> int:
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(
                f"SIGTERM did not end the daemon in {seconds:.0f} s:\n{self.logged()[-4000:]}"
            ) from None

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> Self:
        try:
            return self.wait_ready()
        except BaseException:
            self.kill()
            raise

    def __exit__(self, *exc: object) -> None:
        self.kill()


def make_gateway(folder: Path, *, cold: bool = False) -> Gateway:
    """A gateway in `folder` on free ports, with a configuration that uses the outbox."""
    folder.mkdir(parents=True, exist_ok=True)
    smtp, lmtp, http = free_ports(3)
    gateway = Gateway(folder, smtp, lmtp, http, cold=cold)
    gateway.write_config()
    return gateway
