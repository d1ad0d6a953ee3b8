"""Telemetry where nobody watches: the command line and tests."""

from mailgate.telemetry.mailboxes import NullMailboxFacts


class NullTelemetry(NullMailboxFacts):
    """Every verb of `mailgate.telemetry.facts.Telemetry`; none does anything."""

    def listening(self, *, protocol: str, address: str) -> None:
        pass

    def session_opened(self, *, door: str, peer: str) -> None:
        pass

    def accepted(self, *, door: str, journal: int, size: int, seconds: float) -> None:
        pass

    def refused(
        self,
        *,
        door: str,
        listener: str,
        reason: str,
        peer: str | None,
        login: str | None = None,
    ) -> None:
        pass

    def accept_failed(self, *, door: str, error: str) -> None:
        pass

    def processed(
        self,
        *,
        journal: int,
        door: str,
        disposition: str,
        reasons: tuple[str, ...],
        ticket: int | None,
    ) -> None:
        pass

    def stage(self, *, stage: str, seconds: float) -> None:
        pass

    def suppressed(self, *, journal: int, reason: str) -> None:
        pass

    def quarantined(self, *, journal: int, cause: str) -> None:
        pass

    def processing_failed(self, *, journal: int, attempt: int, error: str) -> None:
        pass

    def first_response(self, *, ticket: int, seconds: float) -> None:
        pass

    def tickets_deleted(self, *, number: int) -> None:
        pass

    def queued(self, *, ticket: int | None, lane: str, recipients: int, message_id: str) -> None:
        pass

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
        pass

    def delivery_final(self, *, delivery: int, ticket: int | None, lane: str, state: str) -> None:
        pass

    def lease_lost(self, *, delivery: int) -> None:
        pass

    def webhook(
        self, *, webhook: int, ticket: int, rule: str, result: str, error: str | None
    ) -> None:
        pass

    def limit_waiting(self, *, limit: str, waiting: int, used: int, maximum: int) -> None:
        pass

    def committed(self, *, units: int, seconds: float) -> None:
        pass

    def store_unavailable(self, *, error: str) -> None:
        pass

    def disk_reserve(self, *, kept: bool) -> None:
        pass

    def store_waited_for(self, *, error: str) -> None:
        pass

    def store_back(self, *, seconds: float) -> None:
        pass

    def migrated(self, *, from_revision: str | None, to_revision: str) -> None:
        pass

    def dns_lookup(self, *, result: str) -> None:
        pass

    def dns_silent(self, *, seconds: float) -> None:
        pass

    def dns_back(self) -> None:
        pass

    def started(self, *, version: str) -> None:
        pass

    def ready(self) -> None:
        pass

    def reloaded(self, *, changed: tuple[str, ...]) -> None:
        pass

    def stopping(self, *, signal: str) -> None:
        pass

    def stopped(self) -> None:
        pass

    def loop_lag(self, *, seconds: float) -> None:
        pass

    def task_failed(self, *, task: str, error: str) -> None:
        pass
