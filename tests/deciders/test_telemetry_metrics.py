"""The metrics: the names and labels that dashboards rely on, and values from closed sets alone."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mailgate.model.delivery import Lane
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.outbound.reports import report_lost
from mailgate.store.leases import LostLease
from mailgate.telemetry import log
from mailgate.telemetry.facts import Telemetry
from mailgate.telemetry.null import NullTelemetry
from mailgate.telemetry.observation import LimitUse, Observation
from mailgate.telemetry.prometheus import PrometheusTelemetry

PROMISED = {
    "mailgate_build_info": ("version", "python"),
    "mailgate_inbound_messages_total": ("door", "disposition"),
    "mailgate_inbound_refused_total": ("door", "reason"),
    "mailgate_inbound_stage_seconds": ("stage",),
    "mailgate_journal_depth": (),
    "mailgate_journal_oldest_seconds": (),
    "mailgate_quarantine_depth": ("cause",),
    "mailgate_suppressed_total": ("reason",),
    "mailgate_outbound_deliveries_total": ("lane", "result"),
    "mailgate_outbound_depth": ("lane", "state"),
    "mailgate_outbound_oldest_seconds": ("lane",),
    "mailgate_outbound_waiting": ("reason",),
    "mailgate_outbound_destinations": ("state",),
    "mailgate_outbound_attempt_seconds": (),
    "mailgate_outbound_ambiguous_total": (),
    "mailgate_webhooks_total": ("result",),
    "mailgate_ratelimit_used": ("limit",),
    "mailgate_ratelimit_limit": ("limit",),
    "mailgate_ratelimit_waiting": ("limit",),
    "mailgate_store_commit_seconds": (),
    "mailgate_store_batch_size": (),
    "mailgate_disk_reserve": (),
    "mailgate_dns_lookups_total": ("result",),
    "mailgate_tickets": ("status",),
    "mailgate_tickets_overdue": (),
    "mailgate_tickets_deleted_total": (),
    "mailgate_ticket_first_response_seconds": (),
    "mailgate_event_loop_lag_seconds": (),
    "mailgate_mailbox_up": ("mailbox",),
    "mailgate_mailbox_last_success_timestamp_seconds": ("mailbox",),
    "mailgate_mailbox_failures_total": ("mailbox", "kind"),
    "mailgate_mailbox_resyncs_total": ("mailbox",),
    "mailgate_mailbox_repeats_total": ("mailbox",),
    "mailgate_mailbox_skipped_total": ("mailbox", "reason"),
}


@pytest.fixture
def logged() -> Iterator[io.BytesIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield io.BytesIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.fixture
def telemetry(logged: io.BytesIO) -> PrometheusTelemetry:
    return PrometheusTelemetry(log=log.configure(style="json", level="debug", stream=logged))


def tell_of_mailboxes(telemetry: Telemetry, word: str) -> None:
    down = {"mailbox": word, "kind": word, "error": word}
    telemetry.mailbox_elsewhere(mailbox=word)
    telemetry.mailbox_removed(mailbox=word)
    telemetry.mailbox_looked(mailbox=word, would_take=1, of=2, since=word)
    telemetry.mailbox_up(mailbox=word)
    telemetry.mailbox_down(**down, again_in=1.0)
    telemetry.mailbox_still_down(**down, again_in=2.0)
    telemetry.mailbox_began_anew(mailbox=word, would_look_at=1, of=2)
    telemetry.mailbox_repeated(mailbox=word, uid=1, journal=1)
    telemetry.mailbox_skipped(mailbox=word, uid=1, reason=word, detail=word)
    telemetry.mailbox_message_failed(mailbox=word, uid=1, attempt=1, error=word, again_in=1.0)
    telemetry.mailbox_after_failed(mailbox=word, after=word, error=word)
    telemetry.mailbox_sign_in_ends(mailbox=word, error=word)
    telemetry.mailbox_polled(mailbox=word, at=1.0)


def tell_everything(telemetry: Telemetry, word: str) -> None:
    """Every verb, with `word` wherever a text goes."""
    telemetry.listening(protocol=word, address=word)
    telemetry.session_opened(door=word, peer=word)
    tell_of_mailboxes(telemetry, word)
    telemetry.accepted(door=word, journal=1, size=2, seconds=0.1)
    telemetry.refused(door=word, listener=word, reason=word, peer=word)
    telemetry.accept_failed(door=word, error=word)
    telemetry.processed(journal=1, door=word, disposition=word, reasons=(word,), ticket=1)
    telemetry.stage(stage=word, seconds=0.1)
    telemetry.suppressed(journal=1, reason=word)
    telemetry.quarantined(journal=1, cause=word)
    telemetry.processing_failed(journal=1, attempt=1, error=word)
    telemetry.first_response(ticket=1, seconds=60)
    telemetry.tickets_deleted(number=1)
    telemetry.queued(ticket=1, lane=word, recipients=1, message_id=word)
    telemetry.attempt_finished(
        delivery=1,
        ticket=1,
        lane=word,
        result=word,
        attempt=1,
        seconds=0.1,
        code=250,
        status=word,
        text=word,
        relay_id=word,
    )
    telemetry.delivery_final(delivery=1, ticket=1, lane=word, state=word)
    telemetry.lease_lost(delivery=1)
    telemetry.webhook(webhook=1, ticket=1, rule=word, result=word, error=word)
    telemetry.limit_waiting(limit=word, waiting=1, used=1, maximum=1)
    telemetry.committed(units=1, seconds=0.1)
    telemetry.store_unavailable(error=word)
    telemetry.migrated(from_revision=word, to_revision=word)
    telemetry.started(version="0.1.0")
    telemetry.ready()
    telemetry.reloaded(changed=(word,))
    telemetry.stopping(signal=word)
    telemetry.stopped()
    telemetry.disk_reserve(kept=True)
    telemetry.store_waited_for(error=word)
    telemetry.dns_lookup(result=word)
    telemetry.dns_silent(seconds=30)
    telemetry.dns_back()
    telemetry.store_back(seconds=0.1)
    telemetry.loop_lag(seconds=0.1)
    telemetry.task_failed(task=word, error=word)


def samples(telemetry: PrometheusTelemetry) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = telemetry.exposition().decode("utf-8", "strict")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(telemetry: PrometheusTelemetry, name: str, **labels: str) -> float | None:
    return samples(telemetry).get((name, tuple(sorted(labels.items()))))


def test_the_names_and_labels_are_those_that_were_promised(telemetry: PrometheusTelemetry) -> None:
    tell_everything(telemetry, "smtp")
    telemetry.observe(Observation(1, 2.0, limits={"hourly": LimitUse(1, 2, 3)}))
    found: dict[str, set[str]] = {}
    for name, labels in samples(telemetry):
        if name.startswith("mailgate_"):
            base = name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum")
            found.setdefault(base, set()).update(key for key, _ in labels if key != "le")
    assert found == {name: set(labels) for name, labels in PROMISED.items()}


def test_the_page_for_operators_names_every_metric() -> None:
    page = (Path(__file__).parents[2] / "docs/operators/metrics.md").read_text()
    for name, labels in PROMISED.items():
        shown = f"`{name}`" if not labels else f"`{name}{{{','.join(labels)}}}`"
        assert shown in page


HOSTILE = 'evil\ud800"\n{x}'


def test_no_word_of_a_mail_becomes_a_label(telemetry: PrometheusTelemetry) -> None:
    """A lone surrogate in one label would break every scrape from then on."""
    tell_everything(telemetry, HOSTILE)
    for number in range(1000):
        telemetry.refused(door="smtp", listener="[::1]:25", reason=f"reason_{number}", peer=None)
        telemetry.limit_waiting(limit=f"l{number}", waiting=1, used=1, maximum=1)
    labels = {text for _, pairs in samples(telemetry) for _, text in pairs}
    assert not any("evil" in text for text in labels)
    assert len(samples(telemetry)) < 2000
    assert value(telemetry, "mailgate_inbound_messages_total", door="other", disposition="other")


def test_a_fact_moves_its_metric(telemetry: PrometheusTelemetry) -> None:
    telemetry.processed(
        journal=1, door="smtp", disposition="open_ticket", reasons=("new_conversation",), ticket=1
    )
    telemetry.refused(
        door="lmtp", listener="[::1]:24", reason="unknown_recipient", peer="192.0.2.1"
    )
    telemetry.suppressed(journal=1, reason="own_mail")
    assert (
        value(telemetry, "mailgate_inbound_messages_total", door="smtp", disposition="open_ticket")
        == 1.0
    )
    assert (
        value(telemetry, "mailgate_inbound_refused_total", door="lmtp", reason="unknown_recipient")
        == 1.0
    )
    assert value(telemetry, "mailgate_suppressed_total", reason="own_mail") == 1.0


def test_series_are_there_before_anything_happened(telemetry: PrometheusTelemetry) -> None:
    """The first increase of a series that was not there is none to Prometheus."""
    attempts = ("delivered", "deferred", "rejected", "ambiguous", "suppressed")
    for result in (*attempts, "expired", "cancelled"):
        assert (
            value(telemetry, "mailgate_outbound_deliveries_total", lane="reply", result=result)
            == 0.0
        )


def attempt(telemetry: PrometheusTelemetry, result: str) -> None:
    telemetry.attempt_finished(
        delivery=1,
        ticket=1,
        lane="reply",
        result=result,
        attempt=1,
        seconds=0.1,
        code=250,
        status=None,
        text="ok",
        relay_id=None,
    )


def test_a_delivery_is_counted_once(telemetry: PrometheusTelemetry) -> None:
    """By its attempt; what ended without one by its end."""
    attempt(telemetry, "delivered")
    telemetry.delivery_final(delivery=1, ticket=1, lane="reply", state="delivered")
    attempt(telemetry, "rejected")
    telemetry.delivery_final(delivery=2, ticket=1, lane="reply", state="failed")
    attempt(telemetry, "ambiguous")
    telemetry.delivery_final(delivery=3, ticket=1, lane="reply", state="expired")
    counted = {
        dict(labels)["result"]: number
        for (name, labels), number in samples(telemetry).items()
        if name == "mailgate_outbound_deliveries_total" and dict(labels)["lane"] == "reply"
    }
    assert counted == {
        "delivered": 1.0,
        "rejected": 1.0,
        "ambiguous": 1.0,
        "expired": 1.0,
        "deferred": 0.0,
        "cancelled": 0.0,
        "suppressed": 0.0,
    }
    assert value(telemetry, "mailgate_outbound_ambiguous_total") == 1.0


def test_an_observation_sets_and_clears_gauges(telemetry: PrometheusTelemetry) -> None:
    telemetry.observe(
        Observation(
            journal_depth=3,
            journal_oldest=12.5,
            quarantine={"agent_not_proven": 2},
            outbound_depth={("reply", "ready"): 4},
            outbound_oldest={"reply": 60.0},
            outbound_waiting={"destination_down": 5},
            destinations={"down": 1, "slowed": 2},
            limits={"hourly": LimitUse(used=240, maximum=250, waiting=7)},
            tickets={"open": 9},
            overdue=4,
        )
    )
    assert value(telemetry, "mailgate_journal_depth") == 3
    assert value(telemetry, "mailgate_journal_oldest_seconds") == 12.5
    assert value(telemetry, "mailgate_quarantine_depth", cause="agent_not_proven") == 2
    assert value(telemetry, "mailgate_outbound_depth", lane="reply", state="ready") == 4
    assert value(telemetry, "mailgate_outbound_oldest_seconds", lane="reply") == 60
    assert value(telemetry, "mailgate_ratelimit_used", limit="hourly") == 240
    assert value(telemetry, "mailgate_ratelimit_limit", limit="hourly") == 250
    assert value(telemetry, "mailgate_ratelimit_waiting", limit="hourly") == 7
    assert value(telemetry, "mailgate_tickets", status="open") == 9
    assert value(telemetry, "mailgate_tickets_overdue") == 4
    assert value(telemetry, "mailgate_outbound_waiting", reason="destination_down") == 5
    assert value(telemetry, "mailgate_outbound_waiting", reason="hourly_limit") == 0
    assert value(telemetry, "mailgate_outbound_destinations", state="down") == 1
    assert value(telemetry, "mailgate_outbound_destinations", state="slowed") == 2
    telemetry.observe(Observation(0, 0.0))
    assert value(telemetry, "mailgate_outbound_waiting", reason="destination_down") == 0
    assert value(telemetry, "mailgate_outbound_destinations", state="down") == 0
    assert value(telemetry, "mailgate_ratelimit_used", limit="hourly") is None, "taken out"
    assert value(telemetry, "mailgate_quarantine_depth", cause="agent_not_proven") == 0
    assert value(telemetry, "mailgate_outbound_depth", lane="reply", state="ready") == 0
    assert value(telemetry, "mailgate_tickets", status="open") == 0
    assert value(telemetry, "mailgate_tickets_overdue") == 0


def test_a_lost_lease_is_an_ambiguous_attempt(telemetry: PrometheusTelemetry) -> None:
    """Its node may have sent the mail before it died."""
    lost = LostLease(DeliveryId(7), TicketId(1), Lane.REPLY, 2)
    before = value(telemetry, "mailgate_outbound_ambiguous_total")
    report_lost(telemetry, lost)
    after = value(telemetry, "mailgate_outbound_ambiguous_total")
    assert before is not None
    assert after == before + 1


def test_two_telemetries_in_a_process_do_not_meet(logged: io.BytesIO) -> None:
    told = log.configure(style="json", level="info", stream=logged)
    one, other = PrometheusTelemetry(log=told), PrometheusTelemetry(log=told)
    one.suppressed(journal=1, reason="own_mail")
    assert value(other, "mailgate_suppressed_total", reason="own_mail") is None


def test_each_fact_is_one_line_or_none(telemetry: PrometheusTelemetry, logged: io.BytesIO) -> None:
    """None for durations, for every look at a mailbox and every question to the DNS, which are
    metrics alone; one for everything else."""
    tell_everything(telemetry, "smtp")
    told = [json.loads(line)["event"] for line in logged.getvalue().splitlines()]
    assert len(told) == len(set(told))
    silent = {"stage", "committed", "loop_lag", "mailbox_polled", "dns_lookup"}
    assert set(_verbs()) - set(told) == silent


def _verbs() -> list[str]:
    return [name for name in dir(NullTelemetry) if not name.startswith("_")]


def test_nobody_watching_is_nobody_told() -> None:
    tell_everything(NullTelemetry(), HOSTILE)
    assert set(_verbs()) == {name for name in dir(Telemetry) if not name.startswith("_")}


def test_deleted_tickets_are_counted_and_logged(
    telemetry: PrometheusTelemetry, logged: io.BytesIO
) -> None:
    for number in (20, 3):
        telemetry.tickets_deleted(number=number)
    assert value(telemetry, "mailgate_tickets_deleted_total") == 23
    assert b"tickets_deleted" in logged.getvalue()
