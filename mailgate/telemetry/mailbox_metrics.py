"""What the verbs of IMAP mailboxes do to the log and the metrics.

The label `mailbox` is a name of the settings. A mailbox that another node polls, or that the
settings have no more, has no series: only who polls it can tell how it does.
"""

import re
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.metrics import MetricWrapperBase
from structlog.typing import FilteringBoundLogger

SKIP_REASONS = ("too_big", "unreadable")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_OTHER = "other"


class MailboxMetrics:
    """The series of mailboxes."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, about: str) -> Gauge:
            return Gauge(name, about, ["mailbox"], registry=registry)

        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(name, about, ["mailbox", *labels], registry=registry)

        self.up = gauge("mailgate_mailbox_up", "1 while it is connected and its folder is open.")
        self.success = gauge(
            "mailgate_mailbox_last_success_timestamp_seconds",
            "When its server last said what is there.",
        )
        self.failures = counter(
            "mailgate_mailbox_failures_total", "Times that it could not be used.", "kind"
        )
        self.resyncs = counter("mailgate_mailbox_resyncs_total", "Changes of its UIDVALIDITY.")
        self.repeats = counter(
            "mailgate_mailbox_repeats_total", "Messages that it had given before."
        )
        self.skipped = counter(
            "mailgate_mailbox_skipped_total", "Messages that were not taken.", "reason"
        )

    def prepare(self, mailbox: str) -> None:
        """Makes its series: an increase from nothing is none to Prometheus."""
        self.up.labels(_label(mailbox))
        self.resyncs.labels(_label(mailbox))
        self.repeats.labels(_label(mailbox))
        for reason in SKIP_REASONS:
            self.skipped.labels(_label(mailbox), _label(reason))

    def forget(self, mailbox: str) -> None:
        """Ends its gauges."""
        _remove((self.up, self.success), mailbox)


def _label(word: str) -> str:
    """As the settings allow a name; anything else is a mistake of ours."""
    return word if _NAME.fullmatch(word) else _OTHER


def _remove(metrics: Iterable[MetricWrapperBase], mailbox: str) -> None:
    for metric in metrics:
        metric.remove_by_labels({"mailbox": _label(mailbox)})


class ToldMailboxFacts:
    """Each verb writes one log line and moves its metrics."""

    def __init__(self, log: FilteringBoundLogger, registry: CollectorRegistry) -> None:
        self._mailbox_log = log
        self._mailbox_metrics = MailboxMetrics(registry)

    def mailbox_up(self, *, mailbox: str) -> None:
        self._mailbox_metrics.prepare(mailbox)
        self._mailbox_metrics.up.labels(_label(mailbox)).set(1)
        self._mailbox_log.info("mailbox_up", mailbox=mailbox)

    def mailbox_down(self, *, mailbox: str, kind: str, error: str, again_in: float) -> None:
        self._down(mailbox, kind)
        self._mailbox_log.error(
            "mailbox_down", mailbox=mailbox, kind=kind, error=error, again_in=round(again_in, 1)
        )

    def mailbox_still_down(self, *, mailbox: str, kind: str, error: str, again_in: float) -> None:
        self._down(mailbox, kind)
        self._mailbox_log.debug(
            "mailbox_still_down",
            mailbox=mailbox,
            kind=kind,
            error=error,
            again_in=round(again_in, 1),
        )

    def _down(self, mailbox: str, kind: str) -> None:
        self._mailbox_metrics.prepare(mailbox)
        self._mailbox_metrics.up.labels(_label(mailbox)).set(0)
        self._mailbox_metrics.failures.labels(_label(mailbox), _label(kind)).inc()

    def mailbox_elsewhere(self, *, mailbox: str) -> None:
        self._mailbox_metrics.forget(mailbox)
        self._mailbox_log.info("mailbox_elsewhere", mailbox=mailbox)

    def mailbox_removed(self, *, mailbox: str) -> None:
        self._mailbox_metrics.forget(mailbox)
        self._mailbox_log.info("mailbox_removed", mailbox=mailbox)

    def mailbox_polled(self, *, mailbox: str, at: float) -> None:
        self._mailbox_metrics.success.labels(_label(mailbox)).set(at)

    def mailbox_looked(self, *, mailbox: str, would_take: int, of: int, since: str) -> None:
        self._mailbox_log.info(
            "mailbox_looked", mailbox=mailbox, would_take=would_take, of=of, since=since
        )

    def mailbox_began_anew(self, *, mailbox: str, would_look_at: int, of: int) -> None:
        self._mailbox_metrics.prepare(mailbox)
        self._mailbox_metrics.resyncs.labels(_label(mailbox)).inc()
        self._mailbox_log.warning(
            "mailbox_began_anew", mailbox=mailbox, would_look_at=would_look_at, of=of
        )

    def mailbox_repeated(self, *, mailbox: str, uid: int, journal: int | None) -> None:
        self._mailbox_metrics.repeats.labels(_label(mailbox)).inc()
        self._mailbox_log.info("mailbox_repeated", mailbox=mailbox, uid=uid, journal=journal)

    def mailbox_skipped(self, *, mailbox: str, uid: int, reason: str, detail: str) -> None:
        self._mailbox_metrics.skipped.labels(_label(mailbox), _label(reason)).inc()
        self._mailbox_log.warning(
            "mailbox_skipped", mailbox=mailbox, uid=uid, reason=reason, detail=detail
        )

    def mailbox_message_failed(
        self, *, mailbox: str, uid: int, attempt: int, error: str, again_in: float
    ) -> None:
        self._mailbox_log.warning(
            "mailbox_message_failed",
            mailbox=mailbox,
            uid=uid,
            attempt=attempt,
            error=error,
            again_in=round(again_in, 1),
        )

    def mailbox_after_failed(self, *, mailbox: str, after: str, error: str) -> None:
        self._mailbox_log.error("mailbox_after_failed", mailbox=mailbox, after=after, error=error)

    def mailbox_sign_in_ends(self, *, mailbox: str, error: str) -> None:
        self._mailbox_log.warning("mailbox_sign_in_ends", mailbox=mailbox, error=error)
