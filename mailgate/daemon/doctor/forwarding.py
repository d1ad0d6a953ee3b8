"""Sends probes to a support address, waits for them in the journal, and says what happened.

They go by the transport of the settings and not by the queue: a probe belongs to no ticket, and
one that left an hour late would tell nothing. Each takes a place under the hourly cap.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from mailgate.daemon.doctor.changes import bounce_text, judge_changes, judge_plus
from mailgate.daemon.doctor.doors import check_daemon
from mailgate.daemon.doctor.findings import Finding, Level, fail, ok, span, warn
from mailgate.daemon.doctor.probe import RANDOM_SIZE, Kind, Probe, Returned, make_probe, returned
from mailgate.daemon.gateway import Gateway, limiter_of
from mailgate.daemon.mx import mx_opener
from mailgate.daemon.names import make_resolver
from mailgate.daemon.ways import open_router
from mailgate.mail.address import Address
from mailgate.model.delivery import (
    AttemptResult,
    Delivered,
    Lane,
    LeasedDelivery,
    Rejected,
)
from mailgate.model.directory import Directory
from mailgate.model.ids import DeliveryId, JournalId, OutboundId, TicketId
from mailgate.oauth.tokens import Tokens
from mailgate.outbound.router import Router
from mailgate.ratelimit.limiter import Limiter
from mailgate.store.core import Connection
from mailgate.store.examine import ProbeRow, last_journal, maybe_probes

SEND_SECONDS = 60.0
"""For handing one probe to the smarthost."""
POLL_SECONDS = 0.25
_LONGER = 3.0
"""The second probe is waited for so many times as long as the first one took ..."""
_LEAST_LONGER = 10.0
"""... and no less than these seconds."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for. `sender` stands in From and in the envelope, None for an address of
    our own."""

    address: Address
    timeout: float
    sender: Address | None = None


@dataclass(slots=True)
class Report:
    """What the doctor saw: probes, what became of handing them over, what came back."""

    probes: tuple[Probe, ...] = ()
    results: dict[Kind, AttemptResult | None] = field(default_factory=dict)
    """None where there was no answer in time."""
    came: list[Returned] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def of(self, kind: Kind) -> list[Returned]:
        return [each for each in self.came if each.probe.kind is kind]


async def check_forwarding(gateway: Gateway, wish: Wish, tell: Callable[[str], None]) -> Report:
    """Does it all. `tell` hears how far it is."""
    report = Report()
    trouble = _before(gateway, wish)
    if trouble is not None:
        report.findings.append(trouble)
        return report
    for finding in await check_daemon(gateway.settings):
        report.findings.append(finding)
        if finding.level is not Level.OK:
            tell("mailgate does not run or is not ready: what comes back by its doors is refused")
    since = await gateway.store.read(last_journal)
    await _send(gateway, wish, report)
    if _is_out(report, Kind.PLAIN):
        tell(f"probes were sent to {wish.address}; waiting for up to {wish.timeout:.0f} s")
        await _wait(gateway, wish, report, since)
    report.findings += conclude(
        report,
        wish,
        directory=gateway.context.directory,
        trusted_ids=gateway.context.policy.trusted_authserv_ids,
    )
    return report


def _before(gateway: Gateway, wish: Wish) -> Finding | None:
    """Why no probe can be sent at all."""
    subject, directory = "forwarding", gateway.context.directory
    if wish.address.key not in directory.supports:
        known = ", ".join(str(each.address) for each in directory.supports.values()) or "none"
        text = f"{wish.address} is no support address of the settings; there are: {known}"
        return fail(subject, text, "add it as [[address]], or name one of them")
    if gateway.settings.outbound.transport == "maildir":
        text = 'transport is "maildir": a probe would stay in the outbox'
        return fail(subject, text, 'set [outbound] transport = "smtp" and the smarthost')
    return None


# --- sending ----------------------------------------------------------------------------------


async def _send(gateway: Gateway, wish: Wish, report: Report) -> None:
    limiter = limiter_of(gateway.settings)
    router = _router(gateway)
    now = gateway.clock.now()
    probes = tuple(
        make_probe(
            gateway.context.keyring,
            kind,
            wish.address,
            sender=wish.sender,
            now=now,
            random=gateway.random(RANDOM_SIZE),
        )
        for kind in Kind
    )
    unit = partial(take_places, limiter=limiter, mails=len(probes), now=now)
    until = await gateway.store.write(unit)
    if until is not None:
        report.findings.append(_capped(until))
        return
    try:
        for probe in probes:
            report.probes += (probe,)
            report.results[probe.kind] = await _hand_over(router, wish.address, probe)
            if not _is_out(report, probe.kind):
                return
    finally:
        await router.close()


def _router(gateway: Gateway) -> Router:
    resolver = make_resolver(gateway.settings, gateway.clock, gateway.telemetry)
    return open_router(
        gateway.settings,
        gateway.clock,
        Tokens(gateway.clock),
        open_mx=mx_opener(gateway.settings, resolver, gateway.clock, gateway.random),
    )


def take_places(
    conn: Connection, *, limiter: Limiter, mails: int, now: datetime
) -> datetime | None:
    """Takes places under the hourly cap for mails that are in no queue; when there are not so
    many, when there will be. They count from the latest moment at which the mails can leave."""
    until = now + timedelta(seconds=SEND_SECONDS * mails)
    return limiter.take(conn, Lane.NOTIFICATION, mails, now, until)


def _capped(until: datetime) -> Finding:
    text = f"the hourly cap is used up: no probe leaves before {until:%H:%M:%S} UTC"
    return fail("forwarding", text, "try again then")


async def _hand_over(router: Router, support: Address, probe: Probe) -> AttemptResult | None:
    leased = LeasedDelivery(
        id=DeliveryId(0),
        outbound=OutboundId(0),
        ticket=TicketId(0),
        lane=Lane.NOTIFICATION,
        message_id=probe.message_id,
        reverse_path=probe.from_,
        sender=support,
        recipient=probe.to,
        content=probe.content,
        attempts=1,
        created_at=probe.at,
        fence=0,
        outside=True,
    )
    try:
        async with asyncio.timeout(SEND_SECONDS):
            return await router.send(leased)
    except TimeoutError:
        return None


def _is_out(report: Report, kind: Kind) -> bool:
    return isinstance(report.results.get(kind), Delivered)


# --- waiting ----------------------------------------------------------------------------------


async def _wait(gateway: Gateway, wish: Wish, report: Report, since: JournalId) -> None:
    """Until both are back, or long enough after the first one, or the time is over."""
    clock, seen = gateway.clock, set[JournalId]()
    end = clock.monotonic() + wish.timeout
    begun, first = clock.monotonic(), True
    while True:
        rows = await gateway.store.read(partial(maybe_probes, after=since))
        _take(gateway, report, [row for row in rows if row.id not in seen], seen)
        now = clock.monotonic()
        if _complete(report) or now >= end:
            return
        if first and any(not each.is_answer for each in report.of(Kind.PLAIN)):
            first = False
            end = min(end, now + max(_LEAST_LONGER, _LONGER * (now - begun)))
        await clock.sleep(min(POLL_SECONDS, max(0.0, end - now)))


def _take(gateway: Gateway, report: Report, rows: list[ProbeRow], seen: set[JournalId]) -> None:
    """A row that still waits is looked at again: the daemon may get to it."""
    for row in rows:
        if not row.waits:
            seen.add(row.id)
        found = returned(gateway.context.keyring, report.probes, row, gateway.clock.now())
        if found is not None:
            report.came = [each for each in report.came if each.row.id != row.id] + [found]


def _complete(report: Report) -> bool:
    """Whether there is nothing more to wait for. A row waits for the daemon while one runs."""
    out = [kind for kind in Kind if _is_out(report, kind)]
    works = all(each.level is Level.OK for each in report.findings)
    return all(any(not (works and each.row.waits) for each in report.of(kind)) for kind in out)


# --- concluding -------------------------------------------------------------------------------


def conclude(
    report: Report,
    wish: Wish,
    *,
    directory: Directory,
    trusted_ids: frozenset[str],
) -> list[Finding]:
    """What it all means."""
    sent = report.results.get(Kind.PLAIN)
    if Kind.PLAIN not in report.results:
        return []
    if not isinstance(sent, Delivered):
        return [_not_sent(sent)]
    said = " ".join(str(part) for part in (sent.reply.code, sent.reply.text) if part)
    found = [ok("sent", f"the smarthost took it: {said[:150]}")]
    arrived = [each for each in report.of(Kind.PLAIN) if not each.is_answer]
    if not arrived:
        return [*found, _not_back(report, wish, said)]
    found += judge_changes(
        arrived[0], address=wish.address, directory=directory, trusted_ids=trusted_ids
    )
    if len(arrived) > 1:
        ways = ", ".join(f"{each.row.door} (journal {each.row.id})" for each in arrived)
        text = f"it came {len(arrived)} times: {ways}; copies with the same bytes are one ticket"
        found.append(warn("copies", text, "forward by one way"))
    return [*found, judge_plus(report.of(Kind.PLUS), _refusal(report))]


def _refusal(report: Report) -> str | None:
    result = report.results.get(Kind.PLUS)
    if result is None or isinstance(result, Delivered):
        return None
    return f"the smarthost says {result.reply.code or ''} {result.reply.text}".strip()[:200]


def _not_sent(result: AttemptResult | None) -> Finding:
    subject = "sent"
    if result is None or isinstance(result, Delivered):
        text = f"the smarthost gave no answer in {SEND_SECONDS:.0f} s"
        return fail(subject, text, "see `mailgate doctor` about the smarthost")
    said = f"{result.reply.code or ''} {result.reply.text}".strip()[:200]
    if isinstance(result, Rejected):
        text = f"the smarthost refuses the probe: {said}"
        return fail(subject, text, "see the reason; --from names another sender")
    return fail(subject, f"the smarthost does not take it: {said}", "see `mailgate doctor`")


def _not_back(report: Report, wish: Wish, said: str) -> Finding:
    subject = "came back"
    if (bounced := bounce_text(report.of(Kind.PLAIN))) is not None:
        return fail(subject, f"no: {bounced}", f"correct the forwarding of {wish.address}")
    plus = [each for each in report.of(Kind.PLUS) if not each.is_answer]
    if plus:
        text = f"only the probe to {plus[0].probe.to.base}+… came back, by {plus[0].row.door}"
        return fail(subject, text, "see the log of the mail server in between")
    return fail(
        subject,
        f"not within {span(wish.timeout)}; nothing of it is in the journal",
        f"look for it (<{report.probes[0].message_id}>) where the smarthost put it ({said[:60]}), "
        f"in the mailbox and the spam folder of {wish.address}, then at its forwarding; --timeout "
        "waits longer",
    )
