"""The limits on the store: who may leave now, when the others can, and what attempts teach.

The functions take a connection and work in its transaction.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailgate.model.delivery import Lane, Reach, WaitReason
from mailgate.model.gates import ACCOUNT, MX, is_place
from mailgate.model.settlement import Settlement
from mailgate.ratelimit.flow import (
    FREE,
    FlowState,
    probe_ended,
    reached,
    seen,
    succeeded,
    throttled,
    unreachable,
)
from mailgate.ratelimit.policy import LimitPolicy, Mail
from mailgate.ratelimit.rooms import Rooms
from mailgate.ratelimit.window import lane_cap, place_at, window_start
from mailgate.store import candidates, claiming, destinations, limits
from mailgate.store.core import Connection
from mailgate.store.destinations import GateRow

__all__ = ["LANES", "LOOKS", "Full", "Grant", "Limiter", "Usage"]

LANES = (Lane.REPLY, Lane.NOTIFICATION, Lane.ACKNOWLEDGEMENT, Lane.CAMPAIGN)
"""The first goes before the others."""

_KEEP = timedelta(hours=2)
_SOON = timedelta(seconds=1)
_MOMENT = timedelta(milliseconds=10)
_LOOK_AFTER = timedelta(minutes=1)
"""What waits is looked at so often at least, for nothing may depend on an estimate."""
_ASKED = 5000
"""Mails of a lane that go before another one, at most, when that is asked."""
LOOKS = 50
"""Gates that one claim looks at."""


@dataclass(frozen=True, slots=True)
class Grant:
    """There is room."""


@dataclass(frozen=True, slots=True)
class Full:
    """A limit, by its key, is reached: `used` of `cap` places count; `at` is the earliest time at
    which the mail can leave."""

    key: str
    reason: WaitReason
    used: int
    cap: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a limit is used, and how much mail waits for it."""

    used: int
    cap: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Limiter:
    """Everybody who uses one database shares the places."""

    policy: LimitPolicy

    # --- a claim ------------------------------------------------------------------------------

    def open(self, conn: Connection, now: datetime) -> Rooms:
        """Begins a claim. Nobody else claims or settles until the transaction ends."""
        limits.lock(conn)
        # Before the places that have a time are read: see `limits.used`.
        return Rooms(self.policy, now, claiming.leased_by_gate(conn))

    def fill(self, conn: Connection, rooms: Rooms, keys: Iterable[str]) -> None:
        """Reads what `rooms` does not know yet of these gates."""
        unknown = [key for key in dict.fromkeys(keys) if not rooms.knows(key)]
        if not unknown:
            return
        places = [key for key in unknown if is_place(key)]
        if places:
            known = destinations.load(conn, places)
            for key in places:
                row = known.get(key)
                rooms.put_flow(key, None if row is None else _state(row))
        windows = [key for key in unknown if not is_place(key)]
        if windows:
            used = limits.used(conn, windows, window_start(rooms.now))
            for key in windows:
                rooms.put_limit(key, used[key])

    def to_look_at(self, conn: Connection, rooms: Rooms) -> tuple[str, ...]:
        """The gates that somebody waits for and that may have room again."""
        gates = tuple(row.key for row in destinations.parked(conn, rooms.now, LOOKS))
        self.fill(conn, rooms, gates)
        return gates

    def waits(
        self, conn: Connection, rooms: Rooms, key: str, lane: Lane, ahead: int, mails: int
    ) -> list[datetime]:
        """When `mails` of a lane that begin to wait for `key` behind `ahead` others can leave, by
        estimate; never now."""
        ranks = range(ahead, ahead + mails)
        soon = rooms.now + _SOON
        if is_place(key):
            found = rooms.flows[key].narrowest(lane)
            # A pace is known to the moment; of what is busy nobody knows when it ends.
            paced = found.reason is WaitReason.DESTINATION_PACE
            at = max(rooms.flows[key].at(lane), rooms.now + _MOMENT if paced else soon)
            return [at + rank * found.each for rank in ranks]
        cap = self.policy.cap_of(key)
        if cap is None:
            return [soon] * mails
        return [max(at, soon) for at in self._window_waits(conn, rooms, key, lane, cap, ranks)]

    def _window_waits(
        self, conn: Connection, rooms: Rooms, key: str, lane: Lane, cap: int, ranks: range
    ) -> list[datetime]:
        now = rooms.now
        counting = limits.times(conn, key, window_start(now))
        every = [at for at, _ in counting]
        used = rooms.used(key)
        found = [place_at(every, used - len(every), cap, now, rank) for rank in ranks]
        share = self.policy.share_of(key, lane)
        if share == 100:
            return found
        own = [at for at, of in counting if of is lane]
        taken = rooms.limits[key][lane]
        most = max(1, lane_cap(used - taken, cap, share, rooms.sharing(key, lane)))
        reserved = (place_at(own, taken - len(own), most, now, rank) for rank in ranks)
        return [max(pair) for pair in zip(found, reserved, strict=True)]

    def close(
        self,
        conn: Connection,
        rooms: Rooms,
        *,
        looked: Iterable[str],
        parked: Iterable[str],
        until: datetime,
    ) -> datetime | None:
        """Ends a claim: writes what changed at the gates, those that were `looked` at and those
        at which deliveries were `parked`. What is leased has its lease until `until`. When there
        can be room next for what waits, None when that is now or nothing waits."""
        fresh, seen_before = frozenset(parked), frozenset(looked)
        known = destinations.load(conn, sorted(fresh | seen_before | _changed(rooms)))
        rows = []
        for key in sorted(fresh | seen_before | _changed(rooms)):
            row = known.get(key, GateRow(key))
            if key in rooms.flows:
                row = _with(row, rooms.flow_after(key, until))
            if key in fresh or key in seen_before:
                at = self._next_look(conn, rooms, key)
                row = replace(row, parked=at is not None, look_at=at)
            rows.append(row)
        destinations.save(conn, rows)
        later = (row.look_at for row in rows if row.look_at is not None)
        return min((at for at in later if at > rooms.now), default=None)

    def _next_look(self, conn: Connection, rooms: Rooms, key: str) -> datetime | None:
        """When what waits for a gate is looked at again; None when nothing waits."""
        lanes = destinations.parked_lanes(conn, key)
        if not lanes:
            return None
        if any(rooms.left(key, lane) > 0 for lane in lanes):
            return rooms.now
        times = [self.waits(conn, rooms, key, lane, 0, 1)[0] for lane in lanes]
        down = key in rooms.flows and rooms.why(key, lanes[0]) is WaitReason.DESTINATION_DOWN
        latest = max(times) if down else rooms.now + _LOOK_AFTER
        return min(*times, latest)

    # --- what attempts teach ------------------------------------------------------------------

    def learn(
        self,
        conn: Connection,
        settled: Sequence[tuple[Settlement, tuple[str, ...]]],
        now: datetime,
    ) -> bool:
        """Takes in what became of attempts, each with the gates that it had passed. True when
        mail that waits can go."""
        keys = {key for _, gates in settled for key in gates}
        known = destinations.load(conn, sorted(keys))
        before = {
            key: seen(_state(known[key]), self.policy.flow_of(key), now) if key in known else FREE
            for key in keys
            if is_place(key)
        }
        after = dict(before)
        freed: set[str] = set()
        for settlement, gates in settled:
            places = [key for key in gates if is_place(key)]
            freed.update(places)
            if not settlement.counted:
                freed.update(gates)
            for key in places:
                after[key] = _taught(after[key], key, places, settlement, now)
        rows = [
            _woken(_with(known.get(key, GateRow(key)), after[key]), now)
            for key in after
            if after[key] != before[key]
        ]
        changed = {row.key for row in rows}
        awake = [key for key in freed if key in known and known[key].parked]
        destinations.save(conn, rows)
        destinations.wake(conn, [key for key in awake if key not in changed], now)
        return any(after.get(key, FREE).failures == 0 for key in awake)

    # --- without a claim ----------------------------------------------------------------------

    def ask(
        self, conn: Connection, mails: Sequence[Mail], now: datetime, until: datetime | None = None
    ) -> Grant | Full:
        """Would all of `mails` leave now, by the limits in any 3,600 seconds? Nothing is taken.
        When not: the limit that lets the last of them go last. `until` is the time at which they
        may leave, if that is later: what is in the queue and leaves by then goes before them."""
        rooms = Rooms(self.policy, now, claiming.leased_by_gate(conn))
        wanted = Counter((key, mail.lane) for mail in mails for key in self.policy.limits(mail))
        self.fill(conn, rooms, [key for key, _ in wanted])
        leaving = self._leaving(conn, {lane for _, lane in wanted}, until or now)
        found: list[Full] = []
        for (key, lane), number in wanted.items():
            leave = leaving[lane][key]
            ahead = _ahead(candidates.waiting(conn, key), lane) + leave
            cap = self.policy.cap_of(key)
            if cap is None or rooms.left(key, lane) >= ahead + number:
                continue
            at = self.waits(conn, rooms, key, lane, ahead, number)[-1]
            used = min(cap, rooms.used(key) + leave)
            found.append(Full(key, rooms.why(key, lane), used, cap, at))
        return max(found, key=lambda full: full.at, default=Grant())

    def _leaving(
        self, conn: Connection, lanes: Iterable[Lane], until: datetime
    ) -> Mapping[Lane, Counter[str]]:
        """For mail of each of `lanes`: how many go before it under each key, by their time."""
        first: dict[Lane, Counter[str]] = {}
        for lane in lanes:
            before = LANES[: LANES.index(lane) + 1]
            first[lane] = Counter(
                key
                for each in before
                for mail in candidates.leaving(conn, each, until=until, limit=_ASKED)
                for key in self.policy.limits(mail)
            )
        return first

    def take(
        self, conn: Connection, lane: Lane, mails: int, now: datetime, until: datetime
    ) -> datetime | None:
        """Takes places of the plan for mails that are in no queue and leave until `until`; when
        there are not so many, the time at which there will be."""
        rooms = self.open(conn, now)
        self.fill(conn, rooms, [ACCOUNT])
        if rooms.left(ACCOUNT, lane) < mails:
            return self.waits(conn, rooms, ACCOUNT, lane, 0, mails)[-1]
        limits.count(conn, [(ACCOUNT, lane, until)] * mails)
        return None

    def account(self, conn: Connection, now: datetime) -> Usage:
        """How much of the plan's hour is used. Keeps nobody from claiming."""
        rooms = Rooms(self.policy, now, claiming.leased_by_gate(conn))
        self.fill(conn, rooms, [ACCOUNT])
        waiting = candidates.waiting(conn, ACCOUNT)
        return Usage(rooms.used(ACCOUNT), self.policy.hourly, sum(waiting.values()))

    def prune(self, conn: Connection, now: datetime) -> None:
        """Forgets places that have not counted for a long time, and gates that are as all begin."""
        limits.prune(conn, now - _KEEP)
        destinations.prune(conn, now)

    def changed(self, conn: Connection, now: datetime) -> None:
        """These settings hold from now on in place of others: whoever waits is looked at, and what
        is down is tried."""
        destinations.wake_all(conn, now)


def _ahead(waiting: Mapping[Lane, int], lane: Lane) -> int:
    return sum(waiting.get(each, 0) for each in LANES[: LANES.index(lane) + 1])


def _changed(rooms: Rooms) -> frozenset[str]:
    """The places of which there is something to write."""
    return frozenset(
        key
        for key, flow in rooms.flows.items()
        if rooms.flow_after(key, rooms.now) != (flow.known or FREE)
    )


def _taught(
    state: FlowState, key: str, places: Sequence[str], settlement: Settlement, now: datetime
) -> FlowState:
    """The first of `places` is where the connection went: what it refuses says nothing of the
    domain behind it, and where a smarthost asks for patience, it is the smarthost that gets it.
    What the servers of one domain ask for, all that are counted together give."""
    site = places[0]
    if settlement.reach is None:
        return probe_ended(state, settlement.delivery, now)
    asked = settlement.throttled and key == (places[-1] if site.startswith(MX) else site)
    if settlement.reach is Reach.SITE:
        # Who says at the door that we are too many (421) is there, as long as others get in.
        if settlement.throttled and not state.failures:
            return throttled(state, settlement.reply, now) if asked else state
        if asked:
            state = throttled(state, settlement.reply, now)
        if key != site:
            return probe_ended(state, settlement.delivery, now)
        return unreachable(state, settlement.delivery, settlement.reply, now, settlement.jitter)
    if asked:
        return throttled(reached(state), settlement.reply, now)
    if settlement.counted:
        return succeeded(state, now)
    return reached(state)


def _woken(row: GateRow, now: datetime) -> GateRow:
    """As it is looked at next: when it is down, not before somebody may try."""
    if not row.parked:
        return row
    return replace(row, look_at=row.down_until if row.failures and row.down_until else now)


def _state(row: GateRow) -> FlowState:
    return FlowState(
        failures=row.failures,
        down_since=row.down_since,
        down_until=row.down_until,
        probe=row.probe,
        slowness=row.slowness,
        slowed_at=row.slowed_at,
        tat=row.tat,
        last=row.last,
    )


def _with(row: GateRow, state: FlowState) -> GateRow:
    return replace(
        row,
        failures=state.failures,
        down_since=state.down_since,
        down_until=state.down_until,
        probe=state.probe,
        slowness=state.slowness,
        slowed_at=state.slowed_at,
        tat=state.tat,
        last=state.last,
    )
