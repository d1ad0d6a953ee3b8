"""MTA-STS policies on the disk: a file for each domain, named after it."""

import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from mailgate.outbound.mtasts import Mode, Policy

__all__ = ["KeptPolicies", "KeptPolicy"]

MAX_FILES = 10_000
"""Above it nothing more is kept until somebody clears the folder: it is a memory, no archive."""

_SUFFIX = ".json"
_DOMAIN = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*")


@dataclass(frozen=True, slots=True)
class KeptPolicy:
    """`id` is the one of the TXT record when it was fetched."""

    id: str
    fetched_at: datetime
    policy: Policy

    @property
    def until(self) -> datetime:
        """When it holds no more."""
        return self.fetched_at + timedelta(seconds=self.policy.max_age)


class KeptPolicies:
    """It blocks and belongs in a thread. What cannot be read or written is as if it were not
    there: a policy can be fetched again."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def read_all(self, now: datetime) -> dict[str, KeptPolicy]:
        """Those that hold, by domain. The files of others are taken away."""
        found: dict[str, KeptPolicy] = {}
        if self._folder is None or not self._folder.is_dir():
            return found
        with suppress(OSError):
            for file in self._folder.glob(f"*{_SUFFIX}"):
                kept = self._read(file)
                if kept is not None and now < kept.until:
                    found[file.name.removesuffix(_SUFFIX)] = kept
                else:
                    file.unlink(missing_ok=True)
        return found

    @staticmethod
    def _read(file: Path) -> KeptPolicy | None:
        try:
            said = json.loads(file.read_text("utf-8"))
            policy = Policy(Mode(said["mode"]), tuple(map(str, said["mx"])), int(said["max_age"]))
            at = datetime.fromisoformat(said["fetched_at"])
            return KeptPolicy(str(said["id"]), at, policy) if at.tzinfo is not None else None
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return None

    def write(self, domain: str, kept: KeptPolicy) -> None:
        """In place of what was kept, whole or not at all."""
        file = self._file(domain)
        if file is None:
            return
        said = {
            "id": kept.id,
            "fetched_at": kept.fetched_at.isoformat(),
            "mode": kept.policy.mode.value,
            "mx": list(kept.policy.mx),
            "max_age": kept.policy.max_age,
        }
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        with suppress(OSError):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not file.exists() and sum(1 for _ in file.parent.iterdir()) >= MAX_FILES:
                return
            draft.write_text(json.dumps(said) + "\n", "utf-8")
            draft.replace(file)

    def _file(self, domain: str) -> Path | None:
        """Only what is a name of the DNS becomes the name of a file."""
        if self._folder is None or len(domain) > 200 or not _DOMAIN.fullmatch(domain):
            return None
        return self._folder / f"{domain}{_SUFFIX}"
