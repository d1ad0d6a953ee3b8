"""`python -m tests.fuzz.run [SECONDS] [--target NAME] [--findings FOLDER]`: fuzzes the mail room.

Each target gets its share of the time, in a process of its own under libFuzzer, beginning from
the corpora (where they are) and from our own seeds. Exit status 1 when something was found.
"""

import argparse
import hashlib
import importlib.util
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.corpus.folders import CORPUS
from tests.fuzz.targets import TARGETS
from tests.harness.mailseeds import SEEDS

ROOT = Path(__file__).resolve().parents[2]
DICTIONARY = Path(__file__).with_name("mime.dict")
SHARES = {"read": 0.8, "write": 0.2}
LARGEST = 64 * 1024
"""Octets of an input: what is slow or large is found by the tables of hostile mails, not here."""
SECONDS_AN_INPUT = 2
MEMORY = 700
"""Megabytes, with the interpreter, the instrumented code and the seeds."""
_PROGRESS = re.compile(r"#(\d+)\s+(pulse|DONE|INITED).*?cov: (\d+)")

_NOISE = re.compile(r"INFO: |WARNING: |#\d+\s")


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    if importlib.util.find_spec("atheris") is None:
        print("The fuzzer needs atheris, which has no wheel for this machine and Python.")
        print("It runs on Linux, x86-64, CPython 3.11 to 3.13: PYTHON=python3.11 scripts/fuzz")
        return 2
    options.findings.mkdir(parents=True, exist_ok=True)
    targets = [options.target] if options.target else list(SHARES)
    whole = sum(SHARES.get(name, 1) for name in targets)
    found = 0
    for name in targets:
        seconds = max(1, round(options.seconds * SHARES.get(name, 1) / whole))
        found += _fuzz(name, seconds, options.findings)
    print("Nothing was found." if not found else f"Findings: {found}, in {options.findings}")
    return 1 if found else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description="Fuzzes the mail room.")
    parser.add_argument("seconds", nargs="?", type=int, default=600)
    parser.add_argument("--target", choices=sorted(TARGETS), help="one target alone")
    parser.add_argument("--findings", type=Path, default=ROOT / "var" / "fuzz" / "findings")
    return parser.parse_args(arguments)


def _fuzz(name: str, seconds: int, findings: Path) -> int:
    """Runs one target; how many inputs it left behind."""
    before = set(findings.iterdir())
    with tempfile.TemporaryDirectory(prefix="mailgate-fuzz-") as folder:
        count = _write_seeds(Path(folder))
        print(f"{name}: {seconds} s, from {count} mails", flush=True)
        with subprocess.Popen(
            _command(name, seconds, findings, folder),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as child:
            assert child.stdout is not None
            last = list(_shown(child.stdout))[-60:]
    new = sorted(set(findings.iterdir()) - before)
    if new or child.returncode:
        print("\n".join(last))
    for path in new:
        print(f"\nFound {path.name}. Once more: {_again(name, path)}")
    return len(new) or int(bool(child.returncode))


def _command(name: str, seconds: int, findings: Path, folder: str) -> list[str]:
    return [
        *(sys.executable, "-m", "tests.fuzz.one_target", name),
        f"-max_total_time={seconds}",
        f"-timeout={SECONDS_AN_INPUT}",
        f"-rss_limit_mb={MEMORY}",
        f"-max_len={LARGEST}",
        f"-artifact_prefix={findings}/{name}-",
        f"-dict={DICTIONARY}",
        "-detect_leaks=0",
        "-print_final_stats=1",
        folder,
    ]


def _again(name: str, path: Path) -> str:
    return f".venv/bin/python -m tests.fuzz.one_target {name} {path}"


def _shown(lines: Iterable[str]) -> Iterator[str]:
    """Prints the progress; yields the other lines, for the end."""
    for line in lines:
        progress = _PROGRESS.match(line)
        if progress:
            print(f"  {int(progress[1]):>9,} inputs, {progress[3]} branches", flush=True)
        elif not _NOISE.match(line):
            yield line.rstrip()


def _write_seeds(folder: Path) -> int:
    """Copies what to begin from; libFuzzer writes into the folder too."""
    contents = list(SEEDS.values())
    if CORPUS.is_dir():
        contents += [path.read_bytes() for path in sorted(CORPUS.rglob("*")) if path.is_file()]
    small = [content for content in contents if len(content) <= LARGEST]
    for content in small:
        (folder / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)
    return len(small)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
