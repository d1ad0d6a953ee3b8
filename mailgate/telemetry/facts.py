"""The verbs. One `Telemetry` per process (metrics hang on its own registry, not on the module).

No verb takes a mail's subject, text or addresses into a metric label: labels come from
closed sets or from the configuration. Bodies and secrets are taken by no verb at all.
"""

from typing import Protocol

from mailgate.telemetry.mailboxes import MailboxFacts


class Telemetry(MailboxFacts, Protocol):
    """What the rooms report; every verb takes keywords alone.

    `mailgate.telemetry.prometheus.PrometheusTelemetry` implements it for the daemon,
    `mailgate.telemetry.null.NullTelemetry` where nobody watches.
    """

    # --- doors -------------------------------------------------------------------------
    def listening(self, *, protocol: str, address: str) -> None: ...

    def session_opened(self, *, door: str, peer: str) -> None: ...

    def accepted(self, *, door: str, journal: int, size: int, seconds: float) -> None:
        """A message was committed to the journal; `seconds` from the last byte to the commit."""

    def refused(
        self,
        *,
        door: str,
        listener: str,
        reason: str,
        peer: str | None,
        login: str | None = None,
    ) -> None:
        """We said no before or after DATA; `reason` from `ingest.respond.RefusalReason`,
        `listener` is the address of the door, `login` the name by which somebody tried to log
        in."""

    def accept_failed(self, *, door: str, error: str) -> None:
        """The journal could not be written; the sender was told to try again."""

    # --- worker ------------------------------------------------------------------------
    def processed(
        self,
        *,
        journal: int,
        door: str,
        disposition: str,
        reasons: tuple[str, ...],
        ticket: int | None,
    ) -> None: ...

    def stage(self, *, stage: str, seconds: float) -> None:
        """Duration of `wait`, `parse`, `decide` or `write` of one message."""

    def suppressed(self, *, journal: int, reason: str) -> None: ...

    def quarantined(self, *, journal: int, cause: str) -> None: ...

    def processing_failed(self, *, journal: int, attempt: int, error: str) -> None: ...

    def first_response(self, *, ticket: int, seconds: float) -> None: ...

    def tickets_deleted(self, *, number: int) -> None:
        """Closed tickets went after their retention."""

    # --- outbound ----------------------------------------------------------------------
    def queued(
        self, *, ticket: int | None, lane: str, recipients: int, message_id: str
    ) -> None: ...

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
    ) -> None: ...

    def delivery_final(
        self, *, delivery: int, ticket: int | None, lane: str, state: str
    ) -> None: ...

    def lease_lost(self, *, delivery: int) -> None: ...

    def webhook(
        self, *, webhook: int, ticket: int, rule: str, result: str, error: str | None
    ) -> None:
        """A rule's webhook was posted: `taken`, `deferred` (it is tried again) or `failed`."""

    def limit_waiting(self, *, limit: str, waiting: int, used: int, maximum: int) -> None: ...

    # --- store -------------------------------------------------------------------------
    def committed(self, *, units: int, seconds: float) -> None: ...

    def store_unavailable(self, *, error: str) -> None: ...

    def disk_reserve(self, *, kept: bool) -> None:
        """Whether there is a reserve beside the database, at the start and when that changes."""

    def store_waited_for(self, *, error: str) -> None:
        """The database cannot be reached at the start; told once."""

    def store_back(self, *, seconds: float) -> None:
        """The database that was waited for is there, after so many seconds."""

    def migrated(self, *, from_revision: str | None, to_revision: str) -> None: ...

    # --- DNS ---------------------------------------------------------------------------
    def dns_lookup(self, *, result: str) -> None:
        """A question of ours: `found`, `nothing`, `failed`, `silent`; `cached` and `skipped` ones
        were not asked."""

    def dns_silent(self, *, seconds: float) -> None:
        """No name server answers anything; nobody waits for them, and they are looked at every
        so many seconds."""

    def dns_back(self) -> None: ...

    # --- process -----------------------------------------------------------------------
    def started(self, *, version: str) -> None: ...

    def ready(self) -> None: ...

    def reloaded(self, *, changed: tuple[str, ...]) -> None: ...

    def stopping(self, *, signal: str) -> None: ...

    def stopped(self) -> None: ...

    def loop_lag(self, *, seconds: float) -> None: ...

    def task_failed(self, *, task: str, error: str) -> None:
        """A long-lived task raised something unexpected and is started again."""
