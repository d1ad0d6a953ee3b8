"""The telemetry of the daemon: each verb writes one log line and moves its metrics."""

from prometheus_client import CollectorRegistry
from structlog.typing import FilteringBoundLogger

from mailgate.telemetry.mailbox_metrics import ToldMailboxFacts
from mailgate.telemetry.metrics import (
    CAUSES,
    LANES,
    LIMITS,
    OBSTACLES,
    STATUSES,
    WAITING_STATES,
    WAITS,
    Metrics,
)
from mailgate.telemetry.observation import Observation


class PrometheusTelemetry(ToldMailboxFacts):
    """Implements `mailgate.telemetry.facts.Telemetry`. `log` is what `log.configure` returned."""

    def __init__(
        self, *, log: FilteringBoundLogger, registry: CollectorRegistry | None = None
    ) -> None:
        self._metrics = Metrics(registry)
        super().__init__(log, self._metrics.registry)
        self._log = log

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes."""
        return self._metrics.exposition()

    def observe(self, observation: Observation) -> None:
        """Sets the gauges of everything that is counted rather than reported."""
        metrics = self._metrics
        metrics.journal_depth.set(observation.journal_depth)
        metrics.journal_oldest.set(observation.journal_oldest)
        for cause in CAUSES:
            metrics.quarantine.of(cause).set(observation.quarantine.get(cause, 0))
        for lane in LANES:
            metrics.outbound_oldest.of(lane).set(observation.outbound_oldest.get(lane, 0))
            for state in WAITING_STATES:
                depth = observation.outbound_depth.get((lane, state), 0)
                metrics.outbound_depth.of(lane, state).set(depth)
        for reason in WAITS:
            waiting = observation.outbound_waiting.get(reason, 0)
            metrics.outbound_waiting.of(reason).set(waiting)
        for state in OBSTACLES:
            metrics.destinations.of(state).set(observation.destinations.get(state, 0))
        for name in LIMITS - observation.limits.keys():
            # Taken out of the settings.
            metrics.forget_limit(name)
        for name, use in observation.limits.items():
            self._limit(name, used=use.used, maximum=use.maximum, waiting=use.waiting)
        for status in STATUSES:
            metrics.tickets.of(status).set(observation.tickets.get(status, 0))
        metrics.overdue.set(observation.overdue)

    def _limit(self, name: str, *, used: int, maximum: int, waiting: int) -> None:
        self._metrics.limit_used.of(name).set(used)
        self._metrics.limit_maximum.of(name).set(maximum)
        self._metrics.limit_waiting.of(name).set(waiting)

    # --- doors -------------------------------------------------------------------------
    def listening(self, *, protocol: str, address: str) -> None:
        self._log.info("listening", protocol=protocol, address=address)

    def session_opened(self, *, door: str, peer: str) -> None:
        self._log.debug("session_opened", door=door, peer=peer)

    def accepted(self, *, door: str, journal: int, size: int, seconds: float) -> None:
        self._metrics.stage.of("accept").observe(seconds)
        self._log.info("accepted", door=door, journal=journal, size=size, seconds=round(seconds, 6))

    def refused(
        self,
        *,
        door: str,
        listener: str,
        reason: str,
        peer: str | None,
        login: str | None = None,
    ) -> None:
        self._metrics.refused.of(door, reason).inc()
        tried = {} if login is None else {"login": login}
        self._log.info("refused", door=door, listener=listener, reason=reason, peer=peer, **tried)

    def accept_failed(self, *, door: str, error: str) -> None:
        self._log.error("accept_failed", door=door, error=error)

    # --- worker ------------------------------------------------------------------------
    def processed(
        self,
        *,
        journal: int,
        door: str,
        disposition: str,
        reasons: tuple[str, ...],
        ticket: int | None,
    ) -> None:
        self._metrics.inbound.of(door, disposition).inc()
        self._log.info(
            "processed",
            journal=journal,
            door=door,
            disposition=disposition,
            reasons=reasons,
            ticket=ticket,
        )

    def stage(self, *, stage: str, seconds: float) -> None:
        self._metrics.stage.of(stage).observe(seconds)

    def suppressed(self, *, journal: int, reason: str) -> None:
        self._metrics.suppressed.of(reason).inc()
        self._log.info("suppressed", journal=journal, reason=reason)

    def quarantined(self, *, journal: int, cause: str) -> None:
        self._log.warning("quarantined", journal=journal, cause=cause)

    def processing_failed(self, *, journal: int, attempt: int, error: str) -> None:
        self._log.error("processing_failed", journal=journal, attempt=attempt, error=error)

    def first_response(self, *, ticket: int, seconds: float) -> None:
        self._metrics.first_response.observe(seconds)
        self._log.info("first_response", ticket=ticket, seconds=round(seconds))

    def tickets_deleted(self, *, number: int) -> None:
        self._metrics.tickets_deleted.inc(number)
        self._log.info("tickets_deleted", number=number)

    # --- outbound ----------------------------------------------------------------------
    def queued(self, *, ticket: int | None, lane: str, recipients: int, message_id: str) -> None:
        self._log.info(
            "queued", ticket=ticket, lane=lane, recipients=recipients, message_id=message_id
        )

    def attempt_finished(
        self,
        *,
        delivery: int,
        ticket: int | None,
        lane: str,
        result: str,
        attempt: int,
        seconds: float,
        code: int | None,
        status: str | None,
        text: str,
        relay_id: str | None,
    ) -> None:
        if result != "suppressed":  # Nobody was asked.
            self._metrics.attempt.observe(seconds)
        self._metrics.deliveries.of(lane, result).inc()
        if result == "ambiguous":
            self._metrics.ambiguous.inc()
        tell = self._log.info if result == "delivered" else self._log.warning
        tell(
            "attempt_finished",
            delivery=delivery,
            ticket=ticket,
            lane=lane,
            result=result,
            attempt=attempt,
            seconds=round(seconds, 6),
            code=code,
            status=status,
            text=text,
            relay_id=relay_id,
        )

    def delivery_final(self, *, delivery: int, ticket: int | None, lane: str, state: str) -> None:
        # Delivered and failed are the results of attempts, counted and told there.
        if state in ("delivered", "failed"):
            return
        self._metrics.deliveries.of(lane, state).inc()
        self._log.warning(
            "delivery_final", delivery=delivery, ticket=ticket, lane=lane, state=state
        )

    def lease_lost(self, *, delivery: int) -> None:
        self._log.warning("lease_lost", delivery=delivery)

    def webhook(
        self, *, webhook: int, ticket: int, rule: str, result: str, error: str | None
    ) -> None:
        self._metrics.webhooks.of(result).inc()
        level = self._log.info if error is None else self._log.warning
        level("webhook", webhook=webhook, ticket=ticket, rule=rule, result=result, error=error)

    def limit_waiting(self, *, limit: str, waiting: int, used: int, maximum: int) -> None:
        self._metrics.limit_used.of(limit).set(used)
        self._metrics.limit_maximum.of(limit).set(maximum)
        self._log.info("limit_waiting", limit=limit, waiting=waiting, used=used, maximum=maximum)

    # --- store -------------------------------------------------------------------------
    def committed(self, *, units: int, seconds: float) -> None:
        self._metrics.commit.observe(seconds)
        self._metrics.batch.observe(units)

    def store_unavailable(self, *, error: str) -> None:
        self._log.error("store_unavailable", error=error)

    def disk_reserve(self, *, kept: bool) -> None:
        self._metrics.reserve.set(int(kept))
        if kept:
            self._log.info("disk_reserve", kept=True)
        else:
            self._log.error("disk_reserve", kept=False, why="the disk is full")

    def store_waited_for(self, *, error: str) -> None:
        self._log.error("store_waited_for", error=error)

    def store_back(self, *, seconds: float) -> None:
        self._log.warning("store_back", after=round(seconds, 1))

    def migrated(self, *, from_revision: str | None, to_revision: str) -> None:
        self._log.warning("migrated", from_revision=from_revision, to_revision=to_revision)

    # --- DNS ---------------------------------------------------------------------------
    def dns_lookup(self, *, result: str) -> None:
        self._metrics.dns_lookups.of(result).inc()

    def dns_silent(self, *, seconds: float) -> None:
        self._log.error("dns_silent", why="no name server answers", looked_at_every=seconds)

    def dns_back(self) -> None:
        self._log.warning("dns_back")

    # --- process -----------------------------------------------------------------------
    def started(self, *, version: str) -> None:
        self._metrics.built(version)
        self._log.info("started", version=version)

    def ready(self) -> None:
        self._log.info("ready")

    def reloaded(self, *, changed: tuple[str, ...]) -> None:
        self._log.info("reloaded", changed=changed)

    def stopping(self, *, signal: str) -> None:
        self._log.info("stopping", signal=signal)

    def stopped(self) -> None:
        self._log.info("stopped")

    def loop_lag(self, *, seconds: float) -> None:
        self._metrics.loop_lag.set(seconds)

    def task_failed(self, *, task: str, error: str) -> None:
        self._log.error("task_failed", task=task, error=error)
