"""The metrics, on a registry of their own. Names and labels are those of docs/operators/metrics.md.

Every label value is from a closed set or from the configuration: what a mail says never becomes
one, because each new value is a time series for ever, and a lone surrogate in one breaks every
scrape from then on.
"""

import itertools
import platform
import re
from collections.abc import Iterable
from dataclasses import fields
from typing import Generic, TypeVar, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics import MetricWrapperBase

from mailgate.model.decision import Disposition, QuarantineCause, Reason
from mailgate.model.delivery import DeliveryState, Lane, WaitReason
from mailgate.model.journal import Door
from mailgate.model.settlement import ResultName
from mailgate.model.ticket import Status

# When a series began is of no use to anybody here, and would double the length of a scrape.
disable_created_metrics()  # type: ignore[no-untyped-call]  # not annotated there

T = TypeVar("T", bound=MetricWrapperBase)

OTHER = "other"
"""What a label is when its value is in no closed set: a mistake of ours, not of a mail."""

DOORS = frozenset(map(str, Door))
DISPOSITIONS = frozenset(
    str(field.default)
    for cls in get_args(Disposition)
    for field in fields(cls)
    if field.name == "name"
)
STAGES = frozenset({"accept", "wait", "parse", "decide", "write"})
LANES = frozenset(map(str, Lane))
WAITING_STATES = ("ready", "held", "leased")
WEBHOOK_RESULTS = frozenset({"taken", "deferred", "failed"})
RESULTS = frozenset({*map(str, ResultName), "expired", "cancelled"})
STATES = frozenset(map(str, DeliveryState))
CAUSES = frozenset(map(str, QuarantineCause))
REASONS = frozenset(map(str, Reason))
STATUSES = frozenset(map(str, Status))
WAITS = frozenset(map(str, WaitReason))
LIMITS = frozenset({"hourly", "sender", "agent", "campaign", "recipient"})
OBSTACLES = frozenset({"down", "slowed"})
LOOKUPS = frozenset({"found", "nothing", "failed", "silent", "cached", "skipped"})

_WORD = re.compile(r"[a-z][a-z0-9_.:@+-]{0,79}")
_MOST_WORDS = 200

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_COMMIT = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
_BATCH = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_RESPONSE = (60, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 604800)


class Family(Generic[T]):
    """A metric with labels and its children, each made once: `labels()` costs three times
    what a kept child does."""

    def __init__(self, metric: T, *allowed: frozenset[str] | None) -> None:
        self._metric = metric
        self._allowed = allowed
        self._children: dict[tuple[str, ...], T] = {}

    def prepared(self) -> "Family[T]":
        """With a child for every value of its closed sets, so that each series is there from
        the start: an increase from nothing is none to Prometheus."""
        for labels in itertools.product(*(sorted(allowed or ()) for allowed in self._allowed)):
            self.of(*labels)
        return self

    def of(self, *labels: str) -> T:
        child = self._children.get(labels)
        return child if child is not None else self._new(labels)

    def _new(self, labels: tuple[str, ...]) -> T:
        checked = tuple(map(self._checked, self._allowed, labels))
        if checked == labels:
            return self._children.setdefault(labels, self._metric.labels(*labels))
        return self._metric.labels(*checked)

    def forget(self, *labels: str) -> None:
        """There is no such series any more."""
        if self._children.pop(labels, None) is not None:
            self._metric.remove(*labels)

    def _checked(self, allowed: frozenset[str] | None, label: str) -> str:
        """None allows names from rooms that this one cannot see, short and limited in number."""
        if allowed is not None:
            return str(label) if label in allowed else OTHER
        fits = len(self._children) < _MOST_WORDS and _WORD.fullmatch(label)
        return str(label) if fits else OTHER


class Metrics:
    """Every metric that exists by now. One a process, or one a test."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._doors()
        self._outbound()
        self._rest()

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, registry=self.registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(name, about, labels, registry=self.registry)

    def _histogram(
        self,
        name: str,
        about: str,
        buckets: Iterable[float],
        *labels: str,
    ) -> Histogram:
        return Histogram(name, about, labels, registry=self.registry, buckets=tuple(buckets))

    def _doors(self) -> None:
        self.inbound = Family(
            self._counter(
                "mailgate_inbound_messages_total",
                "Messages taken in, by what became of them.",
                "door", "disposition",
            ),
            DOORS, DISPOSITIONS,
        ).prepared()  # fmt: skip
        self.refused = Family(
            self._counter(
                "mailgate_inbound_refused_total", "Messages and recipients refused.",
                "door", "reason",
            ),
            DOORS, None,
        )  # fmt: skip
        self.stage = Family(
            self._histogram(
                "mailgate_inbound_stage_seconds", "Time that a message spends in a stage.",
                _FAST, "stage",
            ),
            STAGES,
        ).prepared()  # fmt: skip
        self.journal_depth = self._gauge("mailgate_journal_depth", "Messages not processed yet.")
        self.journal_oldest = self._gauge(
            "mailgate_journal_oldest_seconds", "Age of the oldest of them."
        )
        self.quarantine = Family(
            self._gauge("mailgate_quarantine_depth", "Messages set aside for a human.", "cause"),
            CAUSES,
        )
        self.suppressed = Family(
            self._counter(
                "mailgate_suppressed_total",
                "Mail kept from coming in or going out, for this reason.",
                "reason",
            ),
            REASONS,
        )

    def _outbound(self) -> None:
        self.deliveries = Family(
            self._counter(
                "mailgate_outbound_deliveries_total",
                "Attempts by result, and deliveries given up or cancelled.",
                "lane", "result",
            ),
            LANES, RESULTS,
        ).prepared()  # fmt: skip
        self.outbound_depth = Family(
            self._gauge("mailgate_outbound_depth", "Deliveries not final yet.", "lane", "state"),
            LANES, STATES,
        )  # fmt: skip
        self.outbound_oldest = Family(
            self._gauge("mailgate_outbound_oldest_seconds", "Age of the oldest of them.", "lane"),
            LANES,
        )
        self.outbound_waiting = Family(
            self._gauge("mailgate_outbound_waiting", "Deliveries not final yet, by why.", "reason"),
            WAITS,
        )
        self.destinations = Family(
            self._gauge(
                "mailgate_outbound_destinations",
                "Destinations that cannot be reached, or have asked for patience.",
                "state",
            ),
            OBSTACLES,
        )
        self.attempt = self._histogram(
            "mailgate_outbound_attempt_seconds", "Duration of an attempt to send.", _FAST
        )
        self.webhooks = Family(
            self._counter(
                "mailgate_webhooks_total", "Attempts to post what rules tell elsewhere.", "result"
            ),
            WEBHOOK_RESULTS,
        ).prepared()
        self.ambiguous = self._counter(
            "mailgate_outbound_ambiguous_total",
            "Attempts whose connection was lost after the final dot: perhaps delivered twice.",
        )
        self.limit_used = Family(
            self._gauge("mailgate_ratelimit_used", "Messages in the window of a limit.", "limit"),
            LIMITS,
        )
        self.limit_maximum = Family(
            self._gauge("mailgate_ratelimit_limit", "What a limit allows.", "limit"), LIMITS
        )
        self.limit_waiting = Family(
            self._gauge("mailgate_ratelimit_waiting", "Deliveries that wait for a limit.", "limit"),
            LIMITS,
        )

    def forget_limit(self, name: str) -> None:
        """It is no limit of the settings any more."""
        for family in (self.limit_used, self.limit_maximum, self.limit_waiting):
            family.forget(name)

    def _rest(self) -> None:
        self.build = self._gauge(
            "mailgate_build_info", "1, with the version in its labels.", "version", "python"
        )
        self.commit = self._histogram(
            "mailgate_store_commit_seconds", "Duration of a commit.", _COMMIT
        )
        self.batch = self._histogram(
            "mailgate_store_batch_size", "Units of work in one commit.", _BATCH
        )
        self.reserve = self._gauge(
            "mailgate_disk_reserve", "1 while space is kept for what is on its way out."
        )
        self.dns_lookups = Family(
            self._counter(
                "mailgate_dns_lookups_total",
                "Questions to the DNS, by what came of them.",
                "result",
            ),
            LOOKUPS,
        ).prepared()
        self.tickets = Family(
            self._gauge("mailgate_tickets", "Tickets by status.", "status"), STATUSES
        )
        self.overdue = self._gauge(
            "mailgate_tickets_overdue", "Tickets on which something was due and is not done."
        )
        self.tickets_deleted = self._counter(
            "mailgate_tickets_deleted_total", "Closed tickets deleted after their retention."
        )
        self.first_response = self._histogram(
            "mailgate_ticket_first_response_seconds",
            "From a ticket to its first answer.",
            _RESPONSE,
        )
        self.loop_lag = self._gauge(
            "mailgate_event_loop_lag_seconds", "How late the event loop woke up last."
        )

    def built(self, version: str) -> None:
        self.build.labels(version, platform.python_version()).set(1)
