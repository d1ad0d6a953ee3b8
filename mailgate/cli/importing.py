"""`mailgate import`: old mail becomes tickets."""

import asyncio
import signal
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from mailgate.cli import output, session
from mailgate.cli.options import Json
from mailgate.cli.session import CommandError
from mailgate.clock import Clock, SystemClock
from mailgate.ingest.importing.locate import Unusable
from mailgate.ingest.importing.outcome import SENTENCES, Summary
from mailgate.ingest.importing.run import Importer, Interrupted, Phase, Wishes
from mailgate.model.directory import Directory, SupportAddress
from mailgate.model.ticket import Status
from mailgate.store.core import StoreUnavailable
from mailgate.telemetry.clean import printable

if TYPE_CHECKING:
    from mailgate.daemon.gateway import Gateway

INTERRUPTED = 130
TRY_AGAIN = 75
_EVERY = 10.0
"""Seconds between two lines where nobody looks at a bar."""
_REDRAW = 0.2
_WIDTH = 24
_BARS = {Phase.READING: "reading headers", Phase.IMPORTING: "importing"}


def import_(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="An mbox file, a Maildir or a folder.")
    ],
    *,
    rcpt: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="The support address that all of it came to; else as it says."
        ),
    ] = None,
    status: Annotated[
        Status, typer.Option(metavar="S", help="Status of the tickets that are made.")
    ] = Status.CLOSED,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would be done, and do nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Old mail becomes tickets: mbox, Maildir, folders of messages. Nothing is sent."""
    bar = Bar(sys.stderr, SystemClock())
    summary = Summary()

    async def work(gateway: "Gateway") -> bool:
        support = _support(gateway.context.directory, rcpt)
        wishes = Wishes(path, support, status, dry_run)
        importer = Importer(gateway.store, gateway.context, gateway.clock, wishes, bar.show)
        importer.summary = summary
        loop = asyncio.get_running_loop()

        def interrupt() -> None:
            loop.remove_signal_handler(signal.SIGINT)  # The second one ends it at once.
            importer.interrupt()

        loop.add_signal_handler(signal.SIGINT, interrupt)
        try:
            await importer.run()
        except Interrupted:
            return False
        return True

    try:
        finished = session.with_gateway(work)
    except KeyboardInterrupt:
        finished = False
    except Unusable as error:
        raise CommandError(str(error)) from None
    except StoreUnavailable as error:
        bar.end()
        done = f"after {summary.imported:,} messages; the same command goes on from there"
        raise CommandError(
            f"the database cannot be used now ({error}), {done}", TRY_AGAIN
        ) from None
    bar.end()
    _report(path, summary, bar.seconds, dry_run=dry_run, finished=finished, json=json)


def _support(directory: Directory, rcpt: str | None) -> SupportAddress | None:
    if rcpt is None:
        return None
    found = directory.support_for(session.typed(rcpt))
    if found is None:
        known = ", ".join(str(one.address) for one in directory.supports.values())
        raise CommandError(f"{rcpt} is no support address of ours; there are: {known or 'none'}")
    return found


def _report(
    path: Path, summary: Summary, seconds: float, *, dry_run: bool, finished: bool, json: bool
) -> None:
    if json:
        output.print_json(_document(path, summary, seconds, dry_run=dry_run, finished=finished))
    else:
        output.print_text("\n".join(_lines(summary, seconds, dry_run=dry_run)))
    if not finished:
        session.say("mailgate: interrupted; the same command goes on from there")
        raise typer.Exit(INTERRUPTED)
    if not summary.read:
        raise CommandError(f"{path}: there is no mail in it")
    if not summary.imported + summary.already_there:
        raise CommandError(f"{path}: none of the {summary.read:,} messages could be put in")


def _document(
    path: Path, summary: Summary, seconds: float, *, dry_run: bool, finished: bool
) -> Mapping[str, object]:
    return {
        "path": str(path),
        "dry_run": dry_run,
        "finished": finished,
        "read": summary.read,
        "imported": summary.imported,
        "already_there": summary.already_there,
        "tickets": {"new": summary.tickets_new, "extended": summary.tickets_extended},
        "left_out": [
            {"reason": why.value, "count": count, "first": summary.named[why]}
            for why, count in summary.left_out.items()
        ],
        "seconds": round(seconds, 3),
    }


def _lines(summary: Summary, seconds: float, *, dry_run: bool) -> list[str]:
    would = "would make" if dry_run else "made"
    lines = [
        f"{_count(summary.read, 'message')} read in {_duration(seconds)}",
        f"{would} {_count(summary.tickets_new, 'ticket')} of "
        f"{_count(summary.imported, 'message')}"
        + (
            f"; {_count(summary.tickets_extended, 'ticket')} of before "
            f"{'would get' if dry_run else 'got'} some of them"
            if summary.tickets_extended
            else ""
        ),
    ]
    if summary.already_there:
        lines.append(f"{_count(summary.already_there, 'message')} already there")
    for why, count in summary.left_out.items():
        lines.append(f"{count:,} left out: {SENTENCES[why]}")
        lines += [f"    {printable(name)}" for name in summary.named[why]]
        if count > len(summary.named[why]):
            lines.append(f"    and {count - len(summary.named[why]):,} more")
    return lines


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


class Bar:
    """How far it is: a bar on a terminal, a line every ten seconds elsewhere."""

    def __init__(self, stream: TextIO, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock
        self._is_terminal = stream.isatty()
        self._begun = self._phase_begun = self._shown = self._asked = clock.monotonic()
        self._phase: Phase | None = None
        self._drawn = 0

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return self._clock.monotonic() - self._begun

    def show(self, phase: Phase, done: int, total: int) -> None:
        """Says how much is done, if it is time to."""
        now = self._clock.monotonic()
        if phase is not self._phase:
            self.end()
            self._phase, self._phase_begun = phase, self._asked
            self._shown = now if not self._is_terminal else now - _REDRAW
        self._asked = now
        last = done >= total
        if now - self._shown < (_REDRAW if self._is_terminal else _EVERY) and not last:
            return
        self._shown = now
        line = progress_line(phase, done, total, now - self._phase_begun)
        if self._is_terminal:
            self._stream.write("\r" + line.ljust(self._drawn))
            self._drawn = len(line)
        elif total:
            self._stream.write(line + "\n")
        self._stream.flush()

    def end(self) -> None:
        """Leaves the line of the bar."""
        if self._drawn:
            self._stream.write("\n")
            self._stream.flush()
        self._drawn = 0


def progress_line(phase: Phase, done: int, total: int, seconds: float) -> str:
    """`importing [#####.....]  50%  1,000 of 2,000, 500 a second, 2 s left`."""
    share = min(1.0, done / total) if total else 1.0
    rate = done / seconds if seconds > 0 else 0.0
    full = int(share * _WIDTH)
    amount = partial(_amount, phase)
    left = f", {_duration((total - done) / rate)} left" if rate and done < total else ""
    return (
        f"{_BARS[phase]} [{'#' * full}{'.' * (_WIDTH - full)}] {share:4.0%}  "
        f"{amount(done)} of {amount(total)}, {amount(int(rate))} a second{left}"
    )


def _amount(phase: Phase, number: int) -> str:
    return f"{number / 1e6:,.1f} MB" if phase is Phase.READING else f"{number:,}"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
