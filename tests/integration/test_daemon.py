"""The daemon as a process: how it starts, how it is watched, how it ends."""

import re
import signal
import smtplib
import sqlite3
import threading

from tests.harness.gateway import Gateway
from tests.harness.mailbox import Mailbox
from tests.harness.mails import simple
from tests.harness.waiting import until

COLD = True

METRICS = [
    "mailgate_build_info", "mailgate_inbound_messages_total", "mailgate_inbound_refused_total",
    "mailgate_inbound_stage_seconds", "mailgate_journal_depth", "mailgate_journal_oldest_seconds",
    "mailgate_quarantine_depth", "mailgate_suppressed_total",
    "mailgate_outbound_deliveries_total", "mailgate_outbound_depth",
    "mailgate_outbound_oldest_seconds", "mailgate_outbound_attempt_seconds",
    "mailgate_outbound_waiting", "mailgate_outbound_destinations",
    "mailgate_outbound_ambiguous_total", "mailgate_ratelimit_used", "mailgate_ratelimit_limit",
    "mailgate_ratelimit_waiting", "mailgate_store_commit_seconds", "mailgate_store_batch_size",
    "mailgate_tickets", "mailgate_tickets_overdue", "mailgate_tickets_deleted_total",
    "mailgate_event_loop_lag_seconds",
]  # fmt: skip
"""Of docs/operators/metrics.md, those that exist without a mailbox and before an answer."""


def mail(number: int) -> bytes:
    return simple(
        sender="Mina <mina@customer.example>",
        subject=f"question {number}",
        text=f"This is question {number}.",
        message_id=f"q{number}@customer.example",
    )


def send(gateway: Gateway, content: bytes) -> None:
    # A store that is locked is waited for, for some seconds, before the answer is 451.
    with smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=30) as client:
        client.sendmail("mina@customer.example", ["support@acme.example"], content)


def samples(gateway: Gateway) -> dict[str, float]:
    """`name{labels}` -> value, as Prometheus scrapes them."""
    status, body = gateway.get("/metrics")
    assert status == 200
    lines = [line for line in body.splitlines() if line and not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_it_can_be_watched(gateway: Gateway) -> None:
    with gateway.start():
        assert gateway.get("/healthz")[0] == 200
        assert gateway.get("/readyz")[0] == 200
        with smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=10) as client:
            client.ehlo()
            client.mail("mina@customer.example")
            client.rcpt("nobody@acme.example")
        send(gateway, mail(1))
        opened = 'mailgate_inbound_messages_total{disposition="open_ticket",door="smtp"}'
        until("it is counted", lambda: samples(gateway).get(opened) == 1)
        _, body = gateway.get("/metrics")
        described = set(re.findall(r"^# TYPE (\S+) ", body, re.MULTILINE))
        missing = {name for name in METRICS if not {name, f"{name}_total"} & described}
        assert missing == set()
        refused = [v for k, v in samples(gateway).items() if k.startswith(METRICS[2] + "{")]
        assert sum(refused) == 1
        assert "customer.example" not in body, "no label comes from a mail"


def test_what_is_ready_says_where_and_what_next(gateway: Gateway) -> None:
    with gateway.start() as daemon:
        said = until("it says so", daemon.said.read_text)
    assert said.startswith("ready")
    for port in (gateway.smtp_port, gateway.lmtp_port, gateway.http_port):
        assert f"127.0.0.1:{port}" in said


def test_sigterm_ends_it_with_zero_and_nothing_is_lost(gateway: Gateway) -> None:
    """What had its 250 before the signal is a ticket, whether before or after the restart."""
    with gateway.start() as daemon:
        for number in range(1, 21):
            send(gateway, mail(number))
        assert daemon.terminate() == 0
        assert "Traceback" not in daemon.logged()
    with gateway.start() as daemon:
        until("20 tickets", lambda: len(gateway.ask("tickets", "list")) == 20)
        # Two notifications for each, and as many acknowledgements as one address gets in a day.
        Mailbox(gateway.outbox).wait_for(50)
        assert daemon.terminate() == 0


def test_sigterm_lets_a_transaction_that_runs_finish(gateway: Gateway) -> None:
    """A client in the middle of DATA gets its answer, an idle one gets 421 (RFC 5321 §3.8)."""
    with gateway.start() as daemon:
        idle = smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=10)
        idle.ehlo()
        busy = smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=10)
        busy.ehlo()
        busy.mail("mina@customer.example")
        busy.rcpt("support@acme.example")
        assert busy.docmd("DATA")[0] == 354
        busy.send(mail(1))
        daemon.process.send_signal(signal.SIGTERM)
        assert idle.getreply()[0] == 421
        busy.send(b".\r\n")
        code, _ = busy.getreply()
        assert code == 250
        busy.close()
        idle.close()
        assert daemon.terminate() == 0
    with gateway.start():
        until("the ticket", lambda: [one["id"] for one in gateway.ask("tickets", "list")] == [1])


def test_readiness_says_why_not(gateway: Gateway) -> None:
    """The store is locked by somebody else: alive, not ready, and no mail is refused for good."""
    with gateway.start():
        other = sqlite3.connect(gateway.folder / "var" / "mailgate.db", isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            replies: list[int] = []

            def try_to_send() -> None:
                try:
                    send(gateway, mail(1))
                except smtplib.SMTPDataError as error:
                    replies.append(error.smtp_code)

            sender = threading.Thread(target=try_to_send)
            sender.start()
            sender.join(60)
            assert replies == [451]
            assert gateway.get("/healthz")[0] == 200
        finally:
            other.close()
        send(gateway, mail(2))
        until("the ticket", lambda: [one["id"] for one in gateway.ask("tickets", "list")] == [1])


def test_a_newer_schema_is_refused(gateway: Gateway) -> None:
    """A newer mailgate made the database: this one must not touch it."""
    assert gateway.run("migrate").returncode == 0
    with sqlite3.connect(gateway.folder / "var" / "mailgate.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999_from_the_future'")
    for command in ("serve", "migrate"):
        done = gateway.run(command)
        assert done.returncode == 1
        said = done.stderr.decode()
        assert "newer" in said
        assert "Traceback" not in said
    with sqlite3.connect(gateway.folder / "var" / "mailgate.db") as database:
        (version,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    assert version == "9999_from_the_future"


def test_a_mistake_in_the_settings_is_a_line_and_no_traceback(gateway: Gateway) -> None:
    gateway.write_config(more="[gatway]\nhostname = 'x'\n")
    done = gateway.run("serve")
    assert done.returncode == 1
    said = done.stderr.decode()
    assert "gatway" in said
    assert str(gateway.config) in said
    assert "Traceback" not in said
