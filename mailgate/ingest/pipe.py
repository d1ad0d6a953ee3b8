"""The pipe door: an MTA hands one message on standard input (Postfix pipe(8), Exim, procmail).

It writes the journal itself, so it works while the daemon runs and while it is down. Whatever
is our own fault is 75: an MTA bounces the mail for every other code but 0.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import BinaryIO

from mailgate.ingest.accept import AcceptFailed, Acceptor
from mailgate.mail.address import (
    Address,
    AddressError,
    NullReversePath,
    ReversePath,
    UnknownReversePath,
    parse_path,
    parse_reverse_path,
)
from mailgate.mail.envelope import Envelope
from mailgate.model.journal import Arrival, Door
from mailgate.store.core import StoreError


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


async def ingest_stdin(
    stream: BinaryIO,
    *,
    recipients: Sequence[str],
    sender: str | None,
    is_ours: Callable[[Address], bool],
    max_size: int,
    now: datetime,
    open_acceptor: Callable[[], AbstractAsyncContextManager[Acceptor]],
) -> PipeOutcome:
    """Commits the message on `stream` (at most `max_size` octets) to the journal.

    `recipients` and `sender` are what --rcpt and --from said; no --from is an unknown reverse
    path, "", "<>" and Postfix's MAILER-DAEMON are the null one. One recipient that is not ours
    refuses the message for all: an exit code cannot say which (Postfix:
    `transport_destination_recipient_limit = 1`). The store is opened last.
    """
    envelope = _envelope(recipients, sender)
    if isinstance(envelope, PipeOutcome):
        return envelope
    strangers = [str(path) for path in envelope.forward_paths if not is_ours(path)]
    if strangers:
        return PipeOutcome(ExitCode.NO_USER, f"not an address of this gateway: {strangers[0]}")
    content = _content(stream, max_size)
    if isinstance(content, PipeOutcome):
        return content
    arrival = Arrival(door=Door.PIPE, envelope=envelope, content=content, at=now)
    try:
        async with open_acceptor() as acceptor:
            await acceptor.accept(arrival)
    except (AcceptFailed, StoreError, OSError) as error:
        reason = error.__cause__ or error
        return PipeOutcome(ExitCode.TRY_AGAIN, f"the message could not be stored: {reason}")
    return _DONE


def _envelope(recipients: Sequence[str], sender: str | None) -> Envelope | PipeOutcome:
    if not recipients:
        return PipeOutcome(ExitCode.USAGE, "no recipient: use --rcpt ADDRESS")
    try:
        paths = tuple(dict.fromkeys(parse_path(recipient) for recipient in recipients))
        return Envelope(_reverse_path(sender), paths)
    except AddressError as error:
        return PipeOutcome(ExitCode.USAGE, f"bad address: {error}")


def _reverse_path(sender: str | None) -> ReversePath:
    if sender is None:
        return UnknownReversePath()
    if sender in {"", "<>"} or sender.casefold() == "mailer-daemon":
        return NullReversePath()
    return parse_reverse_path(sender)


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
