"""The first pass: every message's header fields, and from them the conversations and dates."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mailgate.ingest.importing.archive import Archive
from mailgate.ingest.importing.grouping import Grouping
from mailgate.ingest.importing.heads import (
    MAX_REPORT,
    Head,
    head_of,
    is_mail,
    may_be_report,
    plausible,
    read_fields,
)
from mailgate.ingest.importing.locate import Source, is_unsent
from mailgate.ingest.importing.outcome import LeftOut, Summary
from mailgate.mail.dates import read_date
from mailgate.mail.header import Header
from mailgate.mail.parse import parse_mail
from mailgate.mail.words import decode_header
from mailgate.model.directory import Directory


@dataclass(slots=True)
class Survey:
    """What is known of the messages once all sources were added and `arrange` was called."""

    archive: Archive
    directory: Directory
    now: datetime
    summary: Summary
    grouping: Grouping = field(default_factory=Grouping)
    dates: dict[int, datetime] = field(default_factory=dict)
    order: "array[int]" = field(default_factory=lambda: array("L"))
    """Numbers of messages: conversation by conversation in the order of their first mails, each
    by dates."""
    supports: dict[int, str] = field(default_factory=dict)
    """Key of the support address that the first mail of a conversation names that names one."""
    _heads: dict[int, Head] = field(default_factory=dict)
    _groups: dict[int, int] = field(default_factory=dict)
    _undated: list[int] = field(default_factory=list)

    def add(self, source: Source) -> Iterator[int]:
        """Reads a file; the octets of each message, as they are read."""
        messages = self.archive.add(source)
        while True:
            try:
                number, line = next(messages)
                self._read(number, line)
            except StopIteration:
                return
            except OSError:
                self.summary.leave(LeftOut.UNREADABLE, str(source.path))
                return
            yield self.archive.size(number)

    def group_of(self, number: int) -> int:
        """The conversation of a message."""
        return self.grouping.conversation(self._groups[number])

    def _read(self, number: int, line: bytes) -> None:
        self.summary.read += 1
        header = read_fields(self.archive.head(number))
        if not is_mail(header):
            empty = self.archive.size(number) < 3
            why = LeftOut.EMPTY if empty else LeftOut.NO_MAIL
            self.summary.leave(why, self.archive.name(number))
            return
        if _is_unsent(header):
            self.summary.leave(LeftOut.UNSENT, self.archive.name(number))
            return
        head = head_of(header, self.directory, now=self.now, about=self._about(number, header))
        self._heads[number] = head
        at = head.sent or self._beside(number, line)
        if at is None:
            self._undated.append(number)
        else:
            self.dates[number] = at

    def _about(self, number: int, header: Header) -> tuple[str, ...]:
        """The ids of the mails that a bounce is about stand in its body."""
        if not may_be_report(header) or self.archive.size(number) > MAX_REPORT:
            return ()
        reports = parse_mail(self.archive.content(number)).dsn
        return tuple(one.original_message_id for one in reports if one.original_message_id)

    def _beside(self, number: int, line: bytes) -> datetime | None:
        """A date that its file tells: the `From ` line, or when the file was written."""
        told = read_date(line.partition(b" ")[2].strip()) if line else None
        changed = self.archive.changed(number)
        if told is None and changed is not None:
            told = datetime.fromtimestamp(changed, UTC)
        return told if plausible(told, self.now) else None

    def arrange(self) -> None:
        """Makes conversations of all that was read."""
        for number in self._undated:
            self.dates[number] = self._neighbour(number)
        by_date = sorted(self._heads, key=lambda number: (self.dates[number], number))
        for number in by_date:
            self._groups[number] = self.grouping.add(self._heads[number])
        ranks: dict[int, int] = {}
        for number in by_date:
            group = self.group_of(number)
            ranks.setdefault(group, len(ranks))
            support = self._heads[number].support
            if support is not None:
                self.supports.setdefault(group, support)
        self._heads.clear()
        by_date.sort(key=lambda number: ranks[self.group_of(number)])
        self.order = array("L", by_date)

    def _neighbour(self, number: int) -> datetime:
        """The date of the message before it, else of the one behind it, else today's."""
        before = range(number - 1, max(-1, number - 100), -1)
        behind = range(number + 1, number + 100)
        near = (self.dates[one] for one in (*before, *behind) if one in self.dates)
        return next(near, self.now)


def _is_unsent(header: Header) -> bool:
    """By the labels that Google's archives have in place of folders."""
    labels = decode_header(header.first("x-gmail-labels") or b"").split(",")
    return any(is_unsent(label.strip(' "')) for label in labels)
