"""`report`: how much, how fast, how well."""

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Annotated

import typer

from mailgate.api.figureshape import columns, figures
from mailgate.api.shapes import instant
from mailgate.cli import output, session
from mailgate.cli.options import Json
from mailgate.cli.session import CommandError
from mailgate.daemon.gateway import Gateway
from mailgate.desk.report.figures import figures_by, figures_of
from mailgate.desk.report.period import period
from mailgate.desk.words.wording import local_time
from mailgate.model.figures import Figures, Grouping, Spans
from mailgate.model.hours import Hours
from mailgate.store.report import happened_since

__all__ = ["cell", "report"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula at the beginning of a cell; Korean, Japanese and Chinese
ones also in its full width, some behind a blank."""


def report(
    *,
    since: Annotated[
        str | None,
        typer.Option(metavar="D", help='From this day or time, or "7d" ago; 30d without.'),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="D", help="To the end of this day; until now without.")
    ] = None,
    by: Annotated[
        Grouping | None, typer.Option(metavar="WHAT", help="address, brand, group, agent or tag.")
    ] = None,
    hours: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Times in these [[hours]] too; the only ones without."),
    ] = None,
    json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated, for a sheet.")] = False,
) -> None:
    """Volumes, response and resolution times, answers, what waits, and what customers said."""
    if json and as_csv:
        raise CommandError("one form at a time: --json or --csv", 2)

    async def work(gateway: Gateway) -> _Report:
        now, policy = gateway.clock.now(), gateway.context.policy
        begin, end = period(since, until, policy.timezone, now)
        happened = await gateway.store.read(partial(happened_since, since=begin))
        clock = _hours(policy.hours, hours)
        agents = {key: str(one.address) for key, one in gateway.context.directory.agents.items()}
        total = figures_of(happened, (begin, end), now, clock)
        rows = (
            figures_by(happened, (begin, end), now, by, agents, clock) if by is not None else None
        )
        return _Report((begin, end), policy.timezone, by, clock, total, rows)

    made = session.with_gateway(work)
    if json:
        output.print_json(made.document())
    elif as_csv:
        output.print_bytes(made.sheet().encode())
    else:
        output.print_text("\n".join(made.text()))


def _hours(known: Mapping[str, Hours], name: str | None) -> Hours | None:
    if name is None:
        return next(iter(known.values())) if len(known) == 1 else None
    if name not in known:
        raise CommandError(f"there are no hours {name}; there are: {', '.join(known) or 'none'}")
    return known[name]


class _Report:
    """What was found, in each form."""

    def __init__(
        self,
        within: tuple[datetime, datetime],
        timezone: tzinfo,
        by: Grouping | None,
        hours: Hours | None,
        total: Figures,
        rows: Mapping[str | None, Figures] | None,
    ) -> None:
        (self._begin, self._end), self._timezone, self._by = within, timezone, by
        self._hours, self._total, self._rows = hours, total, rows

    def document(self) -> dict[str, object]:
        """`rows` is null where nothing is told apart."""
        rows = self._rows
        return {
            "since": instant(self._begin),
            "until": instant(self._end),
            "by": None if self._by is None else self._by.value,
            "hours": None if self._hours is None else self._hours.name,
            "total": figures(self._total),
            "rows": None
            if rows is None
            else [{"key": key, **figures(each)} for key, each in rows.items()],
        }

    def sheet(self) -> str:
        """A line for each key; one for everything where nothing is told apart."""
        name = "total" if self._by is None else self._by.value
        rows: Mapping[str | None, Figures] = (
            {None: self._total} if self._rows is None else self._rows
        )
        # Excel takes a file for UTF-8 when it begins so.
        text = io.StringIO("\ufeff", newline="")
        text.seek(0, io.SEEK_END)
        writer = csv.writer(text)
        writer.writerow([name, *columns(figures(self._total))])
        for key, each in rows.items():
            writer.writerow([cell(key), *columns(figures(each)).values()])
        return text.getvalue()

    def text(self) -> list[str]:
        """Tables; with hours of work, the times in them."""
        times = "" if self._hours is None else f"; times in the hours {self._hours.name}"
        begin, end = (local_time(at, self._timezone) for at in (self._begin, self._end))
        head = f"{begin} until {end}{times}"
        total = self._total
        sources = ", ".join(f"{name.value} {count}" for name, count in total.by_source.items())
        lines = [head, *([f"new from: {sources}"] if sources else []), ""]
        if self._rows is not None:
            assert self._by is not None
            table = [(key or "(none)", *self._shown(each)) for key, each in self._rows.items()]
            lines += output.table((self._by.value.upper(), *_HEADS), [*table, self._last()])
            return lines
        return lines + output.table(_HEADS, [self._shown(total)])

    def _last(self) -> tuple[object, ...]:
        return ("(all)", *self._shown(self._total))

    def _shown(self, of: Figures) -> Sequence[object]:
        first, done = self._pair(of.first_response), self._pair(of.resolution)
        percent = of.voted.percent
        return (
            *(of.new, of.started, of.answers),
            *(*first, of.resolution.count, *done),
            *(of.replies_per_ticket, of.one_touch, of.reopened),
            *(of.waiting, _span(of.longest_wait), None if percent is None else f"{percent}%"),
        )

    def _pair(self, of: Spans) -> tuple[str | None, str | None]:
        if self._hours is not None:
            return _span(of.work_median), _span(of.work_p90)
        return _span(of.median), _span(of.p90)


_HEADS = (
    *("NEW", "STARTED", "ANSWERS", "FIRST", "FIRST 90%", "SOLVED", "SOLVED IN", "90%"),
    *("ANSWERS EACH", "ONE-TOUCH", "REOPENED", "WAITING", "LONGEST", "GOOD"),
)


def _span(span: timedelta | None) -> str | None:
    """As people say it: the two largest units."""
    if span is None:
        return None
    minutes = int(span.total_seconds()) // 60
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days}d {hours}h"
    return f"{hours}h {minutes % 60}m" if hours else f"{minutes}m"


def cell(key: str | None) -> str:
    """Tags are anybody's words; a sheet must not run them."""
    text = key or ""
    seen = unicodedata.normalize("NFKC", text).lstrip()
    return f"'{text}" if text.startswith(_FORMULA) or seen.startswith(_FORMULA) else text
