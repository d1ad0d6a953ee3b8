"""Files that are made from the code: written anew, or with --check compared."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# What each file is made by: a module of the product that prints it.
MADE_BY = {
    "config/mailgate.toml": ["mailgate.settings.example"],
    "docs/operators/settings.md": ["mailgate.settings.example", "--docs"],
    "docs/operators/rights.md": ["mailgate.threading.rightspage"],
    "docs/desk-mails.md": ["mailgate.desk.words.whopage"],
    "docs/contributors/delivery-states.md": ["mailgate.outbound.states"],
}


def made(command: list[str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, check=False, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


def main() -> int:
    check = sys.argv[1:] == ["--check"]
    stale = []
    for name, command in MADE_BY.items():
        path = ROOT / name
        wanted = made(command)
        if path.is_file() and path.read_text("utf-8") == wanted:
            continue
        stale.append(name)
        if not check:
            path.write_text(wanted, "utf-8")
    if stale:
        print(f"{'stale' if check else 'written'}: {', '.join(stale)}")
    if stale and check:
        print("scripts/generated.py writes them anew.")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main())
