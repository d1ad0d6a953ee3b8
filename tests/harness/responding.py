"""People who are away: addresses of a Postfix whose mail an out-of-office program answers."""

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness import vacation
from tests.harness.postfix import Transports

OWNER = "nobody"
"""pipe(8) runs commands for every user but root and Postfix's own."""


@dataclass(frozen=True, slots=True)
class Away:
    """How somebody's program answers: to which address, and whether it quotes."""

    address: str
    to: str
    quote: bool


@dataclass(frozen=True, slots=True)
class Responders:
    """`transports` make Postfix run the programs; `answers` says how often one has answered."""

    folder: Path
    transports: Transports

    def answers(self, address: str) -> int:
        """How many mails have come to this address, each of which it answered."""
        path = self.folder / address
        return path.stat().st_size if path.exists() else 0


@contextmanager
def responders(port: int, people: list[Away]) -> Iterator[Responders]:
    """`port` is that of the Postfix that they are at."""
    # Not below pytest's folder, which is root's alone.
    folder = Path(tempfile.mkdtemp(prefix="mailgate-away-"))
    try:
        folder.chmod(0o755)
        owner = pwd.getpwnam(OWNER)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        script = folder / "vacation.py"
        shutil.copy(vacation.__file__, script)
        script.chmod(0o644)
        master = "".join(
            _service(f"away{number}", port, script, one) for number, one in enumerate(people)
        )
        ways = {one.address: f"away{number}:" for number, one in enumerate(people)}
        yield Responders(folder, Transports(master, ways))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _service(name: str, port: int, script: Path, person: Away) -> str:
    words = [
        "/usr/bin/python3", str(script), "--port", str(port), "--as", person.address,
        "--count", str(script.parent / person.address), "--to", person.to,
    ]  # fmt: skip
    if person.quote:
        words.append("--quote")
    return f"{name} unix - n n - 4 pipe\n  flags=q user={OWNER} argv={' '.join(words)}\n"
