"""The messages of all sources, each by its place: nothing of them is kept in memory."""

from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mailgate.ingest.importing.locate import Form, Source
from mailgate.ingest.importing.mbox import messages, unquoted

MAX_MESSAGE = 256 * 1024 * 1024
HEAD = 64 * 1024
"""Octets of a message that are read for its header section; of more, the whole section is."""
MAX_HEAD = 512 * 1024
_LENGTH = 32
"""Octets within which the first line of Apple's files ends."""


class Gone(Exception):
    """The message is not where it was."""


class Archive:
    """Messages by number, in the order in which they were found."""

    def __init__(self) -> None:
        self._sources: list[Source] = []
        self._source = array("L")
        self._offset = array("Q")
        self._length = array("Q")
        self._open: tuple[Path, BinaryIO] | None = None

    def __len__(self) -> int:
        return len(self._source)

    def add(self, source: Source) -> Iterator[tuple[int, bytes]]:
        """Finds the messages of a file: the number of each, and the `From ` line above it.
        OSError when the file cannot be read."""
        self._sources.append(source)
        if source.form is Form.MBOX:
            with source.path.open("rb") as file:
                for offset, length, line in messages(file):
                    yield self._put(offset, length), line
        else:
            yield self._put(0, source.size), b""

    def _put(self, offset: int, length: int) -> int:
        self._source.append(len(self._sources) - 1)
        self._offset.append(offset)
        self._length.append(length)
        return len(self._source) - 1

    def name(self, number: int) -> str:
        """What people find it by."""
        source = self._sources[self._source[number]]
        if source.form is Form.MBOX:
            return f"{source.path} at byte {self._offset[number]}"
        return str(source.path)

    def size(self, number: int) -> int:
        """Octets that it takes in its file."""
        return self._length[number]

    def changed(self, number: int) -> float | None:
        """When its file was last written, in seconds since 1970; None for one of many in it."""
        source = self._sources[self._source[number]]
        return None if source.form is Form.MBOX else source.changed

    def head(self, number: int) -> bytes:
        """The message, or as much of its beginning as holds the header section."""
        head = self._read(number, HEAD)
        if b"\n\n" in head or b"\n\r\n" in head or len(head) < HEAD:
            return head
        return self._read(number, MAX_HEAD)

    def content(self, number: int) -> bytes:
        """The whole message as it was before it was put in. Gone when its file was changed,
        OSError when it cannot be read any more."""
        content = self._read(number, self._length[number])
        source = self._sources[self._source[number]]
        if source.form is Form.MBOX:
            if len(content) < self._length[number] or not self._is_whole(number):
                raise Gone(f"{source.path} was changed while it was read")
            return unquoted(content)
        return content

    def close(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def _is_whole(self, number: int) -> bool:
        """Whether it still begins behind the end of a line."""
        offset = self._offset[number]
        return offset == 0 or self._at(number, offset - 1, 1) == b"\n"

    def _read(self, number: int, most: int) -> bytes:
        source = self._sources[self._source[number]]
        most = min(most, self._length[number])
        if source.form is Form.EMLX:
            line, mark, _ = self._at(number, 0, _LENGTH).partition(b"\n")
            length = int(line) if line.strip().isdigit() else most
            return self._at(number, len(line) + len(mark), min(most, length))
        return self._at(number, self._offset[number], most)

    def _at(self, number: int, offset: int, size: int) -> bytes:
        source = self._sources[self._source[number]]
        if source.form is not Form.MBOX:
            with _found(source.path).open("rb") as file:
                file.seek(offset)
                return file.read(size)
        if self._open is None or self._open[0] != source.path:
            self.close()
            self._open = source.path, source.path.open("rb")
        self._open[1].seek(offset)
        return self._open[1].read(size)


def _found(path: Path) -> Path:
    """The file; where a mail program moved it meanwhile in its Maildir (read, flagged), it has
    the same name up to the flags."""
    if path.exists() or path.parent.name not in {"cur", "new"}:
        return path
    plain = path.name.partition(":2,")[0]
    for folder in ("cur", "new"):
        beside = path.parent.parent / folder
        for entry in beside.iterdir() if beside.is_dir() else ():
            if entry.name.partition(":2,")[0] == plain:
                return entry
    return path
