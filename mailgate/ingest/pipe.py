"""The pipe door: an MTA hands one message on standard input (Postfix pipe(8), Exim, procmail).

It writes the journal itself, so it works while the daemon runs and while it is down. Whatever
is our own fault is 75: an MTA bounces the mail for every other code but 0. A process is started
for each message, so nothing here imports what takes long.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import BinaryIO

from mailgate.mail.address import (
    Address,
    AddressError,
    NullReversePath,
    ReversePath,
    UnknownReversePath,
    parse_mailbox,
)
from mailgate.mail.envelope import Envelope
from mailgate.model.journal import Arrival, Door
from mailgate.store.errors import StoreError


class ExitCode(IntEnum):
    """What an MTA understands (sysexits.h)."""

    OK = 0
    USAGE = 64
    DATA_ERROR = 65
    NO_INPUT = 66
    NO_USER = 67
    TRY_AGAIN = 75


@dataclass(frozen=True, slots=True)
class PipeOutcome:
    """How it went: the exit code, and one sentence for standard error ("" when all is well)."""

    code: ExitCode
    sentence: str = ""


_DONE = PipeOutcome(ExitCode.OK)
_NULL_SENDERS = frozenset({"", "<>", "mailer-daemon"})


def ingest_stdin(
    stream: BinaryIO,
    *,
    recipients: Sequence[str],
    sender: str | None,
    is_ours: Callable[[Address], bool],
    max_size: int,
    now: datetime,
    append: Callable[[Arrival], object],
) -> PipeOutcome:
    """Commits the message on `stream` (at most `max_size` octets) to the journal by `append`.

    `recipients` and `sender` are what --rcpt and --from said; "", "<>" and Postfix's
    MAILER-DAEMON are the null reverse path. Without --from it is that of the `From ` line that
    procmail writes, and unknown where there is none. One recipient that is not ours refuses
    the message for all: an exit code cannot say which (Postfix:
    `transport_destination_recipient_limit = 1`).
    """
    try:
        paths = tuple(dict.fromkeys(_path(recipient) for recipient in recipients))
    except AddressError as error:
        return PipeOutcome(ExitCode.USAGE, f"bad address: {error}")
    if not paths:
        return PipeOutcome(ExitCode.USAGE, "no recipient: use --rcpt ADDRESS")
    strangers = [str(path) for path in paths if not is_ours(path)]
    if strangers:
        return PipeOutcome(ExitCode.NO_USER, f"not an address of this gateway: {strangers[0]}")
    content = _content(stream, max_size)
    if isinstance(content, PipeOutcome):
        return content
    reverse_path = _sender_line(content) if sender is None else _reverse_path(sender)
    envelope = Envelope(reverse_path, paths)
    try:
        append(Arrival(door=Door.PIPE, envelope=envelope, content=content, at=now))
    except (StoreError, OSError) as error:
        return PipeOutcome(ExitCode.TRY_AGAIN, f"the message could not be stored: {error}")
    return _DONE


def _path(text: str) -> Address:
    """Exim writes `$return_path` bare, maildrop in angle brackets."""
    return parse_mailbox(text[1:-1] if text.startswith("<") and text.endswith(">") else text)


def _reverse_path(sender: str) -> ReversePath:
    """Unknown where it is no address of RFC 5321 (`a..b@` was given out by mobile carriers): a
    customer's mail is not bounced for what only a bounce would need."""
    try:
        return NullReversePath() if sender.casefold() in _NULL_SENDERS else _path(sender)
    except AddressError:
        return UnknownReversePath()


def _sender_line(content: bytes) -> ReversePath:
    """The sender of the line `From SENDER DATE` above the header section (RFC 4155)."""
    if not content.startswith(b"From "):
        return UnknownReversePath()
    line = content.partition(b"\n")[0]
    try:
        return _reverse_path(line.split()[1].decode())
    except (IndexError, UnicodeDecodeError):
        return UnknownReversePath()


def _content(stream: BinaryIO, max_size: int) -> bytes | PipeOutcome:
    try:
        content = stream.read(max_size + 1)
    except OSError as error:
        return PipeOutcome(ExitCode.TRY_AGAIN, f"standard input could not be read: {error}")
    if len(content) > max_size:
        return PipeOutcome(ExitCode.DATA_ERROR, f"message too big: more than {max_size} octets")
    if not content:
        return PipeOutcome(ExitCode.NO_INPUT, "no message on standard input")
    return content
