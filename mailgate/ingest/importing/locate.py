"""Where the messages are: what a path holds."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from stat import S_ISREG

from mailgate.ingest.importing.mbox import begins_mbox
from mailgate.ingest.importing.outcome import LeftOut

HEAD = 8192
"""Octets of a file by which it is known."""
_MARK = b"\xef\xbb\xbf"
_FIELDS = re.compile(
    rb"^(?:from|to|date|subject|received|return-path|message-id|delivered-to|mime-version)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_ONLY_FIELDS = re.compile(
    rb"(?:>?From [^\n]*\n)?(?:[!-9;-~]{1,100}[ \t]*:[^\n]*\n|[ \t][^\n]*\n){2}"
)
_EMLX = re.compile(rb"[ \t]{0,10}\d{1,12}[ \t]*\r?\n")
_OF_MAILDIR = re.compile(
    r"dovecot[.-].*|maildirfolder|maildirsize|subscriptions|courierimap.*|\.mailboxlist|cyrus\..*"
)
_UNSENT = frozenset(
    {
        *("drafts", "draft", "templates", "unsent messages", "outbox"),
        *("junk", "spam", "bulk mail", "junk e-mail", "junk email"),
        *("trash", "deleted items", "deleted messages", "bin"),
        *("임시보관함", "임시 보관함", "스팸메일함", "스팸함", "스팸", "휴지통"),
    }
)
"""Folders of what was never sent, or was thrown away."""


class Form(StrEnum):
    MBOX = "mbox"
    MAIL = "mail"
    EMLX = "emlx"
    """Apple's: a line with the length, the message, a property list."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file with messages. `size` in octets, `changed` in seconds since 1970."""

    path: Path
    form: Form
    size: int
    changed: float


class Unusable(Exception):
    """The path holds nothing that could be read: one sentence."""


@dataclass(frozen=True, slots=True)
class Other:
    """A file, or a link, that is not read."""

    why: LeftOut
    path: Path


Found = Source | Other


def locate(path: Path) -> Iterator[Found]:
    """Every file with messages in the path, in order of names, and what is none. Unusable for
    a path that cannot be looked into."""
    try:
        status = path.stat()
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from None
    if path.is_dir():
        if not os.access(path, os.R_OK | os.X_OK):
            raise Unusable(f"{path}: the folder cannot be read; run this as a user who may")
        yield from _in_folder(path)
        return
    if not S_ISREG(status.st_mode):
        raise Unusable(f"{path} is no file and no folder; name an mbox file, a Maildir or a folder")
    found = _of_file(path)
    if isinstance(found, Source):
        yield found
    elif found.why is LeftOut.UNREADABLE:
        raise Unusable(f"{path} cannot be read; run this as a user who may")
    else:
        raise Unusable(
            f"{path} is no mail: an mbox file begins with `From `, a message with header fields"
        )


def _in_folder(top: Path) -> Iterator[Found]:
    """Folder by folder, however deep: an archive decides how deep it is."""
    root = os.path.realpath(top)
    levels = [_children(top, root)]
    while levels:
        found = next(levels[-1], None)
        if found is None:
            levels.pop()
        elif isinstance(found, Path):
            levels.append(_children(found, root))
        else:
            yield found


def _children(folder: Path, root: str) -> Iterator[Found | Path]:
    """What a folder holds, in order of names; the folders in it as paths."""
    try:
        children = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield Other(LeftOut.UNREADABLE, folder)
        return
    names = {entry.name for entry in children}
    is_maildir = "cur" in names and (names & {"new", "tmp"})
    for entry in children:
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            if is_maildir and entry.name == "tmp":
                continue
            if is_unsent(entry.name):
                yield from (Other(LeftOut.UNSENT, file) for file in _files(path))
            else:
                yield path
        elif entry.is_symlink() and _leads_away(path, root):
            yield Other(LeftOut.LINK, path)
        elif _OF_MAILDIR.fullmatch(entry.name):
            continue
        elif is_unsent(path.stem) and path.suffix.lower() not in {".eml", ".emlx"}:
            yield Other(LeftOut.UNSENT, path)
        else:
            yield _of_file(path)


def _leads_away(link: Path, root: str) -> bool:
    """Whether it leads to a folder, or out of `root`: whoever packed an archive could have any
    mail read with it that is on this machine."""
    target = os.path.realpath(link)
    return Path(target).is_dir() or not Path(target).is_relative_to(root)


def _files(folder: Path) -> Iterator[Path]:
    for above, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "tmp")
        yield from (Path(above, name) for name in sorted(names) if not _OF_MAILDIR.fullmatch(name))


def is_unsent(name: str) -> bool:
    """Whether a folder, or a label, of this name holds what was never sent or was thrown away:
    `.Drafts`, `.INBOX.Trash`, `Junk.mbox`: the last piece says what the folder is."""
    plain = name.removesuffix(".mbox").removesuffix(".sbd")
    return plain.rpartition(".")[2].casefold() in _UNSENT


def _of_file(path: Path) -> Found:
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            return Other(LeftOut.NO_MAIL, path)
        with path.open("rb") as file:
            head = file.read(HEAD).removeprefix(_MARK)
    except OSError:
        return Other(LeftOut.UNREADABLE, path)
    form = _form(path.name.lower(), head)
    if form is None:
        return Other(LeftOut.NO_MAIL if head.strip() else LeftOut.EMPTY, path)
    return Source(path, form, status.st_size, status.st_mtime)


def _form(name: str, head: bytes) -> Form | None:
    if name.endswith(".emlx"):
        return Form.EMLX if _EMLX.match(head) else None
    text = head.lstrip(b"\r\n")
    if name.endswith(".eml"):
        return Form.MAIL if _FIELDS.search(head) else None
    if begins_mbox(text):
        return Form.MBOX
    return Form.MAIL if _ONLY_FIELDS.match(text) and _FIELDS.search(_section(text)) else None


def _section(text: bytes) -> bytes:
    """The header section, as far as it is there."""
    return text.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
