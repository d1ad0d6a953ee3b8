"""The store: reachable, of this version, durable, whole; what waits in it; the clock."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from mailgate.clock import Clock
from mailgate.daemon.doctor.findings import Finding, counted, fail, octets, ok, span, warn
from mailgate.daemon.watch import begin_and_end
from mailgate.settings import Settings
from mailgate.store import journal, outbound, schema
from mailgate.store.core import Connection, Store, StoreError
from mailgate.store.examine import Failed, StoreHealth, examine, failed_since
from mailgate.store.journal import JournalDepth
from mailgate.store.open import open_store
from mailgate.store.outbound import QueueStats
from mailgate.telemetry.null import NullTelemetry

CHECK_SECONDS = 5.0
"""For reading the whole of a SQLite file; a larger one is not read to its end."""
_DAY = timedelta(days=1)
_SLOW_MAIL = timedelta(minutes=2)
_STUCK_MAIL = timedelta(minutes=15)
_SLOW_QUEUE = timedelta(hours=1)
_STUCK_QUEUE = timedelta(days=1)
_AHEAD = timedelta(minutes=1)
_APART = timedelta(seconds=10)
_MUCH_FREE = 0.5
_LARGE = 100_000_000


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """Everything that is read for these findings."""

    health: StoreHealth
    depth: JournalDepth
    queue: QueueStats
    failed: Failed


async def check_store(settings: Settings, clock: Clock) -> list[Finding]:
    """The store and what waits in it."""
    subject = "store"
    try:
        state = await asyncio.to_thread(schema.check, settings.store.url)
        if (trouble := judge_schema(state)) is not None:
            return [trouble]
        store = open_store(settings.store.url, telemetry=NullTelemetry())
        try:
            return await _look(store, clock)
        finally:
            await store.close()
    except StoreError as error:
        return [fail(subject, str(error), _how_to_reach(settings.store.url))]


def _how_to_reach(url: str) -> str:
    if url.startswith("sqlite"):
        return "see that mailgate's user can read and write the file and its folder"
    return "see that the server runs and [store] url names it; `psql` with that URL shows more"


async def _look(store: Store, clock: Clock) -> list[Finding]:
    now = clock.now()
    facts = await store.read(partial(_facts, now=now, clock=clock))
    begun = clock.monotonic()
    await store.write(begin_and_end)
    took = clock.monotonic() - begun
    return [
        *judge_store(facts.health, took),
        judge_clock(facts.health, now),
        judge_journal(facts.depth, now),
        *judge_quarantine(facts.depth.quarantined),
        judge_queue(facts.queue, now),
        judge_failures(facts.failed),
    ]


def _facts(conn: Connection, *, now: datetime, clock: Clock) -> StoreFacts:
    return StoreFacts(
        depth=journal.depth(conn, now),
        queue=outbound.stats(conn, now),
        failed=failed_since(conn, now - _DAY),
        health=examine(conn, monotonic=clock.monotonic, check_seconds=CHECK_SECONDS),
    )


def judge_schema(state: schema.SchemaState) -> Finding | None:
    """Why the rest of the database cannot be looked at; None when it can."""
    subject = "store"
    match state:
        case schema.Current():
            return None
        case schema.Empty():
            return fail(
                subject,
                "there is no database of mailgate yet",
                "run `mailgate migrate`, or `mailgate serve`, which does it",
            )
        case schema.Older(revision):
            return fail(
                subject,
                f"the database is at schema {revision}, this version needs {schema.HEAD}",
                "run `mailgate migrate`",
            )
        case schema.Newer(revision):
            return fail(
                subject,
                f"the database is at schema {revision}, made by a newer mailgate",
                "run that version, or restore a backup of before its upgrade",
            )


def judge_store(health: StoreHealth, wait_seconds: float) -> list[Finding]:
    """The database itself. `wait_seconds` is how long an empty transaction took to begin."""
    subject = "store"
    if health.intact is False:
        return [
            fail(
                subject,
                f"the file is damaged: {health.damage}",
                "stop mailgate, keep a copy, then restore a backup or run "
                "`sqlite3 FILE .recover`; look at the disk",
            )
        ]
    checked = {
        True: ", whole",
        None: "" if health.server_now else f", not read to its end in {CHECK_SECONDS:.0f} s",
    }[health.intact]
    sentence = (
        f"{health.engine} {health.version}, schema {schema.HEAD}, {health.synchronous}, "
        f"{octets(health.size)}{checked}, writable"
    )
    if wait_seconds > 1:
        waited = f"{sentence}, after waiting {wait_seconds:.1f} s for another program's transaction"
        return [warn(subject, waited, "see who else writes to it: each mail waits as long")]
    found = [ok(subject, sentence)]
    if health.free > _LARGE and health.free > health.size * _MUCH_FREE:
        text = f"{octets(health.free)} of the file are unused"
        found.append(warn(subject, text, "run `sqlite3 FILE VACUUM` while mailgate is stopped"))
    return found


def judge_clock(health: StoreHealth, now: datetime) -> Finding:
    """Limits, leases and tokens go by the clock: a wrong one delays or repeats mail."""
    subject, sync = "clock", "synchronise it (chrony, systemd-timesyncd)"
    if health.server_now is not None and abs(health.server_now - now) > _APART:
        apart = span(abs(health.server_now - now).total_seconds())
        return fail(subject, f"{apart} away from the database server's clock", sync)
    if health.newest is not None and health.newest - now > _AHEAD:
        ahead = span((health.newest - now).total_seconds())
        return fail(
            subject,
            f"the database has entries from {ahead} in the future: this clock is behind, or was "
            "ahead",
            f"{sync}; what was written ahead of time waits until then",
        )
    if health.server_now is not None:
        return ok(subject, f"{now:%Y-%m-%d %H:%M:%S} UTC, as the database server's")
    return ok(subject, f"{now:%Y-%m-%d %H:%M:%S} UTC, nothing in the database is newer")


def judge_journal(depth: JournalDepth, now: datetime) -> Finding:
    """Mail that came in and waits to be worked on."""
    subject = "journal"
    if depth.oldest is None:
        return ok(subject, "nothing waits to be worked on")
    waited = now - depth.oldest
    oldest = span(max(0, waited.total_seconds()))
    sentence = f"{counted(depth.depth, 'mail', 'wait')}, the oldest for {oldest}"
    if waited > _STUCK_MAIL:
        return fail(subject, sentence, "start mailgate, or look into its log for `processing`")
    if waited > _SLOW_MAIL:
        return warn(subject, sentence, "see that mailgate runs; it works them off in order")
    return ok(subject, sentence)


def judge_quarantine(by_cause: Mapping[str, int]) -> list[Finding]:
    """Mail that waits for a human."""
    subject = "quarantine"
    if not by_cause:
        return [ok(subject, "empty")]
    named = ", ".join(f"{count} {cause}" for cause, count in sorted(by_cause.items()))
    return [
        warn(
            subject,
            f"{counted(sum(by_cause.values()), 'mail')}: {named}",
            "see `mailgate quarantine list`",
        )
    ]


def judge_queue(queue: QueueStats, now: datetime) -> Finding:
    """Mail that waits to leave."""
    subject = "queue"
    count = sum(queue.depth.values())
    if not queue.oldest:
        held = f"nothing waits{f', {count} held' if count else ''}"
        return ok(subject, held)
    waited = now - min(queue.oldest.values())
    sentence = (
        f"{counted(count, 'mail', 'wait')} to leave, the oldest for {span(waited.total_seconds())}"
    )
    look = "see `mailgate queue list` for why each waits"
    if waited > _STUCK_QUEUE:
        return fail(subject, sentence, look)
    return warn(subject, sentence, look) if waited > _SLOW_QUEUE else ok(subject, sentence)


def judge_failures(given_up: Failed) -> Finding:
    """Mail that did not arrive."""
    subject = "sent"
    if not given_up.count:
        return ok(subject, "nothing was given up in the last 24 hours")
    last = f"; the last answer was: {given_up.last[:150]}" if given_up.last else ""
    return warn(
        subject,
        f"{counted(given_up.count, 'mail')} given up in the last 24 hours{last}",
        "see `mailgate queue list --state failed`; the tickets say it too",
    )
