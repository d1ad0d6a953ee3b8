"""A report's figures from what happened. Pure.

What counts for whom: a ticket is that of its address, brand, group, assignee, and each tag; a mail
of ours is that of its author, and so is the time of a first answer.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from mailgate.model.figures import (
    Answered,
    Counted,
    Figures,
    Grouping,
    Happened,
    Spans,
    Voted,
)
from mailgate.model.hours import Hours
from mailgate.model.ids import TicketId
from mailgate.model.survey import Score
from mailgate.model.ticket import Source

__all__ = ["figures_by", "figures_of"]

_NOTHING = Figures()
Key = str | None
Period = tuple[datetime, datetime]
"""From the first to before the second."""


@dataclass(slots=True)
class _Sum:
    """What is gathered for one key."""

    new: Counter[Source] = field(default_factory=Counter)
    started: int = 0
    answers: int = 0
    first: list[tuple[datetime, datetime]] = field(default_factory=list)
    done: list[tuple[datetime, datetime]] = field(default_factory=list)
    replies: int = 0
    one_touch: int = 0
    reopened: int = 0
    waits: list[timedelta] = field(default_factory=list)
    votes: Counter[int] = field(default_factory=Counter)


def figures_of(
    happened: Happened, period: Period, now: datetime, hours: Hours | None = None
) -> Figures:
    """Over all tickets."""
    sums = _gathered(happened, period, now, None, {})
    return _figures(sums.get(None, _Sum()), hours)


def figures_by(
    happened: Happened,
    period: Period,
    now: datetime,
    by: Grouping,
    agents: Mapping[str, str],
    hours: Hours | None = None,
) -> dict[Key, Figures]:
    """For each address, brand, group, agent or tag, in their order; None is for what has none.
    `agents` gives the agent's address for each of their addresses (`Address.key`)."""
    sums = _gathered(happened, period, now, by, agents)
    found = ((key, _figures(sums[key], hours)) for key in sorted(sums, key=_last_none))
    return {key: figures for key, figures in found if figures != _NOTHING}


def _last_none(key: Key) -> tuple[bool, str]:
    return key is None, key or ""


def _gathered(
    happened: Happened,
    period: Period,
    now: datetime,
    by: Grouping | None,
    agents: Mapping[str, str],
) -> dict[Key, _Sum]:
    gathering = _Gathering(period, now, by, agents)
    answers = defaultdict[TicketId, list[Answered]](list)
    for answer in happened.answers:
        answers[answer.ticket].append(answer)
    reopened = defaultdict[TicketId, list[datetime]](list)
    for ticket, at in happened.reopened:
        reopened[ticket].append(at)
    for one in happened.tickets:
        gathering.take(one, answers.get(one.id, ()), reopened.get(one.id, ()))
    return gathering.sums


@dataclass(slots=True)
class _Gathering:
    period: Period
    now: datetime
    by: Grouping | None
    agents: Mapping[str, str]
    sums: dict[Key, _Sum] = field(default_factory=dict)

    def take(self, one: Counted, mails: Sequence[Answered], reopened: Sequence[datetime]) -> None:
        """Counts a ticket. On one that we began, our first mail is no answer, and the first
        answer to it opens nothing again."""
        outbound = one.source is Source.OUTBOUND_EMAIL
        answers = mails[1:] if outbound else mails
        if outbound:
            heard = one.sla_started_at
            reopened = [at for at in reopened if heard is not None and at > heard]
        its = self._of_ticket(one)
        if self._within(one.created_at):
            self._begun(one, answers, its)
        for answer in answers:
            if self._within(answer.at):
                for sums in self._theirs(answer.author, its):
                    sums.answers += 1
        for sums in its:
            sums.reopened += sum(map(self._within, reopened))
            if one.waiting_since is not None:
                sums.waits.append(self.now - one.waiting_since)
            if one.score is not None and self._within(one.scored_at):
                sums.votes[one.score] += 1
            if self._within(one.done_at):
                self._done(sums, one, answers, reopened)

    def _begun(self, one: Counted, answers: Sequence[Answered], its: list[_Sum]) -> None:
        if one.source is Source.IMPORT:
            return
        if one.source is Source.OUTBOUND_EMAIL or one.started_by is not None:
            for sums in self._theirs(one.started_by, its):
                sums.started += 1
            return
        for sums in its:
            sums.new[one.source] += 1
        if one.first_response_at is not None:
            span = (_since(one), one.first_response_at)
            for sums in self._theirs(answers[0].author, its) if answers else its:
                sums.first.append(span)

    def _done(
        self, sums: _Sum, one: Counted, answers: Sequence[Answered], reopened: Sequence[datetime]
    ) -> None:
        """What we began ourselves is only done with when somebody has answered it; how long old
        mail took, nobody here can know."""
        asked = one.source is not Source.OUTBOUND_EMAIL or one.sla_started_at is not None
        if one.done_at is None or one.source is Source.IMPORT or not asked:
            return
        sums.done.append((_since(one), one.done_at))
        sums.replies += len(answers)
        sums.one_touch += len(answers) == 1 and not reopened

    def _within(self, at: datetime | None) -> bool:
        return at is not None and self.period[0] <= at < self.period[1]

    def _of_ticket(self, one: Counted) -> list[_Sum]:
        return [self._sum(key) for key in self._keys_of(one)]

    def _keys_of(self, one: Counted) -> Sequence[Key]:
        match self.by:
            case None:
                return (None,)
            case Grouping.ADDRESS:
                return (one.address,)
            case Grouping.BRAND:
                return (one.brand,)
            case Grouping.GROUP:
                return (one.group,)
            case Grouping.AGENT:
                return (self._agent(one.assignee),)
            case Grouping.TAG:
                return one.tags or (None,)

    def _theirs(self, person: str | None, its: list[_Sum]) -> list[_Sum]:
        """What a person did is theirs, whoever has the ticket now."""
        return [self._sum(self._agent(person))] if self.by is Grouping.AGENT else its

    def _agent(self, address: str | None) -> Key:
        """Who is no agent any more, and the desk itself, by the address that was noted."""
        return None if address is None else self.agents.get(address.casefold(), address)

    def _sum(self, key: Key) -> _Sum:
        return self.sums.setdefault(key, _Sum())


def _since(one: Counted) -> datetime:
    """From when on somebody waits for us."""
    return one.sla_started_at or one.created_at


def _figures(sums: _Sum, hours: Hours | None) -> Figures:
    done = len(sums.done)
    return Figures(
        new=sums.new.total(),
        by_source=dict(sorted(sums.new.items())),
        started=sums.started,
        answers=sums.answers,
        first_response=_spans(sums.first, hours),
        resolution=_spans(sums.done, hours),
        replies_per_ticket=round(sums.replies / done, 2) if done else None,
        one_touch=sums.one_touch,
        reopened=sums.reopened,
        waiting=len(sums.waits),
        longest_wait=max(sums.waits, default=None),
        voted=Voted(sums.votes[Score.GOOD], sums.votes[Score.OK], sums.votes[Score.BAD]),
    )


def _spans(pairs: Sequence[tuple[datetime, datetime]], hours: Hours | None) -> Spans:
    if not pairs:
        return Spans()
    plain = sorted(max(timedelta(), end - start) for start, end in pairs)
    work = None if hours is None else sorted(hours.between(*pair) for pair in pairs)
    return Spans(
        count=len(pairs),
        median=_median(plain),
        p90=_p90(plain),
        work_median=None if work is None else _median(work),
        work_p90=None if work is None else _p90(work),
    )


def _median(ordered: Sequence[timedelta]) -> timedelta:
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _p90(ordered: Sequence[timedelta]) -> timedelta:
    """The nearest rank: nine in ten are not longer."""
    return ordered[ceil(0.9 * len(ordered)) - 1]
