"""The machine: room on the disk, the secret file."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from mailgate import settings as settings_room
from mailgate.daemon.doctor.findings import Finding, fail, octets, ok, warn
from mailgate.settings import Settings, SettingsError

LEAST_FREE = 64 * 1024 * 1024
"""Octets below which the daemon says that it is not ready."""
LITTLE_FREE = 1_000_000_000
LEAST_FILES = 1_000
LITTLE_FILES = 20_000


@dataclass(frozen=True, slots=True)
class Room:
    """What is free in a folder. `files` is None where the file system does not count them."""

    octets: int
    total: int
    files: int | None


def check_disk(settings: Settings) -> list[Finding]:
    """Each folder that mailgate writes to, once."""
    folders = {"data": settings.gateway.data_dir}
    url = settings.store.url
    if url.startswith("sqlite:///"):
        folders["database"] = Path(url.removeprefix("sqlite:///")).parent
    if settings.outbound.transport == "maildir":
        folders["outbox"] = settings.outbound.maildir.parent
    seen: set[Path] = set()
    findings: list[Finding] = []
    for folder in folders.values():
        place = folder.resolve()
        if place not in seen:
            seen.add(place)
            findings.append(_look(folder))
    return findings


def _look(folder: Path) -> Finding:
    subject = f"disk {folder}"
    try:
        state = os.statvfs(folder)
    except FileNotFoundError:
        return warn(subject, "the folder does not exist yet", "start mailgate, which makes it")
    except OSError as error:
        return fail(subject, f"cannot be looked at: {error.strerror}", "correct [gateway] data_dir")
    if not os.access(folder, os.W_OK | os.X_OK):
        return fail(
            subject,
            "this user cannot write there",
            "run the doctor as mailgate's user, or give the folder to it",
        )
    files = state.f_favail if state.f_files else None
    return judge_room(
        subject, Room(state.f_bavail * state.f_frsize, state.f_blocks * state.f_frsize, files)
    )


def judge_room(subject: str, room: Room) -> Finding:
    """Whether mail still fits."""
    sentence = f"{octets(room.octets)} of {octets(room.total)} free"
    if room.octets < LEAST_FREE:
        return fail(subject, f"{sentence}: mail is refused soon", "make room")
    if room.files is not None and room.files < LEAST_FILES:
        return fail(subject, f"only {room.files} files can still be made", "make room")
    if room.octets < LITTLE_FREE:
        return warn(subject, sentence, "make room before it is needed")
    if room.files is not None and room.files < LITTLE_FILES:
        return warn(subject, f"only {room.files} files can still be made", "make room")
    return ok(subject, sentence)


def check_secret(settings: Settings) -> list[Finding]:
    """The keys that sign addresses: without them no answer finds its ticket."""
    path, subject = settings.gateway.secret_file, "secret"
    if not path.exists():
        return [warn(subject, f"{path} does not exist yet", "start mailgate, which makes it")]
    try:
        keys, current = settings_room.load_keyring(settings)
    except SettingsError as error:
        return [fail(subject, "; ".join(error.lines), "see the sentence")]
    mode = stat.S_IMODE(path.stat().st_mode)
    signs = f"{len(keys)} key{'' if len(keys) == 1 else 's'}, number {current} signs"
    return [ok(subject, f"{path} (mode {mode:04o}): {signs}; keep a copy of it with your backups")]
