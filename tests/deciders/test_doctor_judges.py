"""What the doctor makes of what it saw: ok, warn or fail, and always what to do."""

import os
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailgate.daemon.doctor.certificates import covers, judge_certificate
from mailgate.daemon.doctor.database import (
    judge_clock,
    judge_failures,
    judge_journal,
    judge_quarantine,
    judge_queue,
    judge_schema,
    judge_store,
)
from mailgate.daemon.doctor.dialogue import Certificate, Unexpected
from mailgate.daemon.doctor.doors import judge_daemon, judge_listener
from mailgate.daemon.doctor.findings import Finding, Level, fail, failed, octets, ok, span, warn
from mailgate.daemon.doctor.machine import Room, judge_room
from mailgate.daemon.doctor.postboxes import check_mailbox, judge_trouble
from mailgate.daemon.doctor.smarthost import Named, Offer, judge_failure, judge_offer
from mailgate.ingest.imap.oauth import MailboxTokens
from mailgate.ingest.imap.session import ImapError, ImapTrouble
from mailgate.mail.address import Address
from mailgate.model.delivery import DeliveryState, Lane
from mailgate.oauth.grant import OAuthError, OAuthTrouble
from mailgate.oauth.tokens import Tokens
from mailgate.outbound.opening import Refused
from mailgate.settings.listeners import ListenSettings
from mailgate.settings.mailboxes import MailboxSettings, OAuth2Settings
from mailgate.settings.outbound import SmarthostSettings
from mailgate.settings.units import Endpoint
from mailgate.store import schema
from mailgate.store.examine import Failed, StoreHealth
from mailgate.store.journal import JournalDepth
from mailgate.store.outbound import QueueStats
from tests.harness.clock import FakeClock

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
OK, WARN, FAIL = Level.OK, Level.WARN, Level.FAIL
SQLITE = StoreHealth(
    engine="sqlite", version="3.40.1", synchronous="wal, synchronous full", intact=True,
    damage="", size=5_000_000, free=0, newest=NOW - timedelta(minutes=1), server_now=None,
)  # fmt: skip
POSTGRES = replace(SQLITE, engine="postgresql", intact=None, server_now=NOW)
CERTIFICATE = Certificate(
    ("gateway.acme.example",), "R11", NOW - timedelta(days=30), NOW + timedelta(days=60)
)
LISTEN = ListenSettings(address=Endpoint("127.0.0.1", 2525), tls="starttls")
OFFERED = {"SIZE": "25000000", "STARTTLS": "", "8BITMIME": ""}


def levels(findings: list[Finding]) -> list[Level]:
    for each in findings:
        assert (each.what_to_do == "") is (each.level is OK), each
    return [each.level for each in findings]


@pytest.mark.parametrize(
    ("health", "waited", "expected"),
    [
        (SQLITE, 0.01, [OK]),
        (POSTGRES, 0.01, [OK]),
        (replace(SQLITE, intact=None), 0.01, [OK]),
        (replace(SQLITE, intact=False, damage="page 3 is never used"), 0.01, [FAIL]),
        (SQLITE, 3.0, [WARN]),
        (replace(SQLITE, size=900_000_000, free=800_000_000), 0.01, [OK, WARN]),
    ],
)
def test_the_store(health: StoreHealth, waited: float, expected: list[Level]) -> None:
    assert levels(judge_store(health, waited)) == expected


@pytest.mark.parametrize("state", [schema.Empty(), schema.Older("0000"), schema.Newer("9999")])
def test_a_database_of_another_version(state: schema.SchemaState) -> None:
    found = judge_schema(state)
    assert found is not None
    assert levels([found]) == [FAIL]
    assert judge_schema(schema.Current()) is None


@pytest.mark.parametrize(
    ("health", "level"),
    [
        (SQLITE, OK),
        (replace(SQLITE, newest=None), OK),
        (replace(SQLITE, newest=NOW + timedelta(hours=1)), FAIL),
        (POSTGRES, OK),
        (replace(POSTGRES, server_now=NOW + timedelta(seconds=5)), OK),
        (replace(POSTGRES, server_now=NOW - timedelta(minutes=5)), FAIL),
    ],
)
def test_the_clock(health: StoreHealth, level: Level) -> None:
    assert levels([judge_clock(health, NOW)]) == [level]


@pytest.mark.parametrize(
    ("waited", "level"), [(None, OK), (10, OK), (5 * 60, WARN), (20 * 60, FAIL)]
)
def test_mail_that_waits_for_the_worker(waited: int | None, level: Level) -> None:
    oldest = None if waited is None else NOW - timedelta(seconds=waited)
    assert levels([judge_journal(JournalDepth(1, oldest, {}), NOW)]) == [level]


def test_quarantine_is_for_humans() -> None:
    assert levels(judge_quarantine({})) == [OK]
    (found,) = judge_quarantine({"agent_not_proven": 2, "hop_limit": 1})
    assert found.level is WARN
    assert "3 mails: 2 agent_not_proven, 1 hop_limit" in found.sentence


@pytest.mark.parametrize(("hours", "level"), [(0.1, OK), (3, WARN), (30, FAIL)])
def test_mail_that_waits_to_leave(hours: float, level: Level) -> None:
    stats = QueueStats(
        {(Lane.REPLY, DeliveryState.READY): 3}, {Lane.REPLY: NOW - timedelta(hours=hours)}
    )
    assert levels([judge_queue(stats, NOW)]) == [level]


def test_mail_that_was_given_up_is_shown_with_the_answer() -> None:
    assert levels([judge_failures(Failed(0, None))]) == [OK]
    found = judge_failures(Failed(4, "550 5.7.26 unauthenticated mail"))
    assert found.level is WARN
    assert "550 5.7.26" in found.sentence


GB = 1_000_000_000


@pytest.mark.parametrize(
    ("room", "level"),
    [
        (Room(50 * GB, 100 * GB, 1_000_000), OK),
        (Room(50 * GB, 100 * GB, None), OK),
        (Room(GB // 2, 100 * GB, None), WARN),
        (Room(10_000_000, 100 * GB, None), FAIL),
        (Room(50 * GB, 100 * GB, 5_000), WARN),
        (Room(50 * GB, 100 * GB, 10), FAIL),
    ],
)
def test_the_disk(room: Room, level: Level) -> None:
    assert levels([judge_room("disk var", room)]) == [level]


@pytest.mark.parametrize(
    ("certificate", "level"),
    [
        (CERTIFICATE, OK),
        (replace(CERTIFICATE, ends=NOW + timedelta(days=5)), WARN),
        (replace(CERTIFICATE, ends=NOW), FAIL),
        (replace(CERTIFICATE, begins=NOW + timedelta(days=1)), FAIL),
        (replace(CERTIFICATE, names=("other.example",)), WARN),
        (replace(CERTIFICATE, names=()), WARN),
        (replace(CERTIFICATE, names=("*.acme.example",)), OK),
    ],
)
def test_certificates(certificate: Certificate, level: Level) -> None:
    assert levels([judge_certificate("tls", certificate, "gateway.acme.example", NOW)]) == [level]


def test_a_wildcard_is_one_label() -> None:
    """RFC 9525 §6.3."""
    assert covers(("*.acme.example",), "MX.acme.example.")
    assert not covers(("*.acme.example",), "a.b.acme.example")
    assert not covers(("*.acme.example",), "acme.example")


@pytest.mark.parametrize(
    ("listen", "offered", "certificate", "expected"),
    [
        (LISTEN, OFFERED, CERTIFICATE, [OK, OK]),
        (LISTEN, {"SIZE": "25000000"}, None, [FAIL]),
        (LISTEN, {**OFFERED, "SIZE": "10240000"}, CERTIFICATE, [WARN]),
        (ListenSettings(auth=True, tls="starttls"), OFFERED, CERTIFICATE, [WARN]),
        (ListenSettings(), {"SIZE": "25000000"}, None, [OK]),
    ],
)
def test_listeners(
    listen: ListenSettings,
    offered: dict[str, str],
    certificate: Certificate | None,
    expected: list[Level],
) -> None:
    found = judge_listener(
        "smtp", listen, offered, certificate, hostname="gateway.acme.example", now=NOW
    )
    assert levels(found) == expected


@pytest.mark.parametrize(("status", "level"), [(200, OK), (503, FAIL), (404, WARN)])
def test_the_daemon_by_its_own_word(status: int, level: Level) -> None:
    assert levels([judge_daemon(Endpoint("127.0.0.1", 8025), status, "disk")]) == [level]


def offer(**keywords: str) -> Offer:
    return Offer("relay ready", keywords, None)


@pytest.mark.parametrize(
    ("smarthost", "offered", "expected"),
    [
        (SmarthostSettings(), offer(SIZE="50000000"), [OK]),
        (SmarthostSettings(), offer(SIZE="0"), [OK]),  # no limit: RFC 1870 §4
        (SmarthostSettings(), offer(), [OK]),
        (SmarthostSettings(), offer(SIZE="10240000"), [OK, WARN]),
        (SmarthostSettings(host="relay.example"), offer(STARTTLS=""), [OK, WARN]),
        (SmarthostSettings(host="relay.example"), offer(AUTH="PLAIN LOGIN"), [OK, WARN]),
    ],
)
def test_the_smarthost(smarthost: SmarthostSettings, offered: Offer, expected: list[Level]) -> None:
    named = Named("smarthost", "[outbound.smarthost]", smarthost)
    assert levels(judge_offer(named, offered, largest=25_000_000, now=NOW)) == expected


NAVER = Named("smarthost naver", "[[smarthost]] naver", SmarthostSettings(host="relay.example"))


@pytest.mark.parametrize(
    ("error", "found", "what_to_do"),
    [
        (
            Refused(535, "5.7.8 wrong"),
            "relay.example:25 does not let us in: 535 5.7.8 wrong",
            "correct username, password_file and tls; mail waits until",
        ),
        (
            ssl.SSLCertVerificationError("expired"),
            "relay.example:25: its certificate does not hold: expired",
            "correct host or ca_file in [[smarthost]] naver",
        ),
        (
            ConnectionRefusedError(111, "Connection refused"),
            "relay.example:25: no connection (Connection refused)",
            "see host and port, and that it can be reached from here",
        ),
        (
            Unexpected("it offers no STARTTLS"),
            "relay.example:25: it offers no STARTTLS",
            "see host and port in [[smarthost]] naver",
        ),
    ],
)
def test_what_keeps_us_from_being_let_in(
    error: Refused | Unexpected | OSError, found: str, what_to_do: str
) -> None:
    if isinstance(error, ssl.SSLCertVerificationError):
        error.verify_message = "expired"  # OpenSSL sets it
    said = judge_failure(NAVER, error)
    assert (said.level, said.subject) == (FAIL, "smarthost naver")
    assert (said.sentence, said.what_to_do) == (found, what_to_do)


def test_a_token_that_cannot_be_had_says_what_a_human_must_do() -> None:
    refused = Refused(None, "OAuth2: it takes the refresh token no more; sign in there again")
    refused.__cause__ = OAuthError(OAuthTrouble.SIGN_IN, "")
    assert judge_failure(NAVER, refused) == fail(
        "smarthost naver", "OAuth2: it takes the refresh token no more", "sign in there again"
    )


def test_a_size_to_set_is_one_that_the_settings_take() -> None:
    named = Named("smarthost", "[outbound.smarthost]", SmarthostSettings())
    _, small = judge_offer(named, offer(SIZE="10240999"), largest=25_000_000, now=NOW)
    assert small.what_to_do is not None
    size = small.what_to_do.split('"')[1]
    assert (
        ListenSettings.model_validate({"address": "127.0.0.1:25", "max_size": size}).max_size
        == 10_240_000
    )


def test_only_a_failure_is_a_failure() -> None:
    assert not failed([ok("a", "b"), warn("a", "b", "c")])
    assert failed([ok("a", "b"), fail("a", "b", "c")])


def test_sizes_and_times_for_people() -> None:
    assert [octets(count) for count in (0, 999, 25_000_000, 80_500_000_000)] == [
        "0 B", "999 B", "25 MB", "80.5 GB",
    ]  # fmt: skip
    assert [span(seconds) for seconds in (3, 200, 10_000, 200_000)] == [
        "3 s", "3 min", "3 h", "2 days",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "sentence", "found", "what_to_do"),
    [
        (
            ImapTrouble.LOGIN_REFUSED,
            "imap.example: logging in was refused: NO wrong; check the user and the password",
            "imap.example: logging in was refused: NO wrong",
            "correct username and password; many providers want an app password",
        ),
        (
            ImapTrouble.SIGN_IN,
            "OAuth2: cannot read /etc/token (gone); correct refresh_token_file in the settings",
            "OAuth2: cannot read /etc/token (gone)",
            "correct refresh_token_file in the settings",
        ),
        (
            ImapTrouble.SIGN_IN,
            "the file /etc/password holds no password",
            "the file /etc/password holds no password",
            "correct it, and ask again",
        ),
    ],
)
def test_a_remedy_is_told_once(
    kind: ImapTrouble, sentence: str, found: str, what_to_do: str
) -> None:
    assert judge_trouble("mailbox", ImapError(kind, sentence)) == fail("mailbox", found, what_to_do)


async def test_no_token_is_spent_that_could_not_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider may replace the refresh token at every use; the daemon lives by the file."""
    oauth2 = OAuth2Settings(
        token_url="https://127.0.0.1:1/token",
        client_id="mailgate",
        refresh_token_file=tmp_path / "token",
        scope="mail",
    )
    mailbox = MailboxSettings(
        name="support",
        address=Address("support", "acme.example"),
        host="127.0.0.1",
        port=1,
        username="support@acme.example",
        oauth2=oauth2,
    )
    # As root, to whom no folder is closed, the tests would see nothing.
    monkeypatch.setattr(os, "access", lambda *_: False)
    (found,) = await check_mailbox(
        mailbox, FakeClock(), MailboxTokens(Tokens(FakeClock())), seconds=5
    )
    assert found.level is Level.WARN
    assert found.what_to_do == "call the doctor as the user that mailgate runs as"
