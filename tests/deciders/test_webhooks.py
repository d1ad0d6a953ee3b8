"""Webhooks: signed, posted to a real server, tried again until they are taken."""

import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trustme

from mailgate.api import shapes
from mailgate.daemon.gateway import Gateway
from mailgate.daemon.webhooking import send_due
from mailgate.desk.rules.webhooks import webhook_body
from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.rule import Occasion
from mailgate.model.ticket import EventKind
from mailgate.model.webhook import (
    GIVE_UP_AFTER,
    Webhook,
    WebhookState,
    next_try,
    signature,
    webhook_secret,
)
from mailgate.outbound.webhookpost import NotTaken, post
from mailgate.store import events, webhooks
from mailgate.store.core import Connection
from mailgate.telemetry.null import NullTelemetry
from tests.deciders.desk_store import gateway_with, opened_ticket
from tests.deciders.desk_world import TICKET
from tests.harness.clock import FakeClock
from tests.harness.receiver import Receiver, receiving

MINUTE = timedelta(minutes=1)
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[Receiver]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with receiving(context) as receiver:
        yield receiver


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


# --- one request -------------------------------------------------------------------------


async def test_the_body_and_the_fields_arrive(receiver: Receiver, trusting: ssl.SSLContext) -> None:
    body = '{"subject": "환불"}'.encode()
    status = await post(receiver.url(), body, {"Mailgate-Webhook": "7"}, context=trusting)
    ((path, fields, octets),) = receiver.got
    assert (status, path, octets) == (204, "/hook?k=1", body)
    assert fields["Content-Type"] == "application/json"
    assert fields["Mailgate-Webhook"] == "7"
    assert fields["Host"] == f"localhost:{receiver.port}"


async def test_https_is_checked(secure: Receiver, trusting: ssl.SSLContext) -> None:
    await post(secure.url("https"), b"{}", {}, context=trusting)
    assert len(secure.got) == 1
    with pytest.raises(NotTaken, match="certificate does not hold"):
        await post(secure.url("https"), b"{}", {}, context=ssl.create_default_context())
    assert len(secure.got) == 1


@pytest.mark.parametrize("status", [302, 400, 404, 500])
async def test_what_is_no_2xx_is_not_taken(
    receiver: Receiver, trusting: ssl.SSLContext, status: int
) -> None:
    receiver.status = status
    with pytest.raises(NotTaken, match=f"localhost answers {status}"):
        await post(receiver.url(), b"{}", {}, context=trusting)
    assert [path for path, _, _ in receiver.got] == ["/hook?k=1"]  # no redirect is followed


async def test_nobody_there_is_told(receiver: Receiver, trusting: ssl.SSLContext) -> None:
    nobody = f"http://127.0.0.2:{receiver.port}/"
    with pytest.raises(NotTaken, match=r"127\.0\.0\.2 cannot be reached"):
        await post(nobody, b"{}", {}, context=trusting)


# --- signature and times -----------------------------------------------------------------


def test_who_has_the_secret_can_check_the_signature() -> None:
    """As docs/operators/webhooks.md says."""
    secret, body = webhook_secret(b"k" * 32), b'{"a": 1}'
    parts = dict(part.split("=", 1) for part in signature(secret, 3, NOW, body).split(","))
    expected = hmac.new(
        secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256
    ).hexdigest()
    assert parts == {"t": str(int(NOW.timestamp())), "k": "3", "v1": expected}


def test_the_program_of_the_manual_checks_signatures() -> None:
    """docs/operators/webhooks.md, as it stands there."""
    page = Path(__file__).parents[2] / "docs" / "operators" / "webhooks.md"
    program: dict[str, Any] = {}
    exec(page.read_text().split("```python\n")[1].split("```")[0], program)
    secret, body, now = webhook_secret(b"k" * 32), b'{"a": 1}', datetime.now(UTC)
    signed = signature(secret, 3, now, body)
    assert program["is_ours"]({"3": secret}, signed, body)
    assert not program["is_ours"]({"3": secret}, signed, body + b" ")
    assert not program["is_ours"]({"3": webhook_secret(b"l" * 32)}, signed, body)
    old = signature(secret, 3, now - timedelta(minutes=6), body)
    assert not program["is_ours"]({"3": secret}, old, body)


def test_the_secret_is_of_its_key_and_is_not_the_key() -> None:
    assert webhook_secret(b"k" * 32) != webhook_secret(b"l" * 32)
    assert (b"k" * 32).hex() not in webhook_secret(b"k" * 32)


def test_it_is_tried_after_1_5_15_30_minutes_and_then_each_hour_for_a_day() -> None:
    now, waits = NOW, []
    for attempts in range(1, 100):
        due = next_try(attempts, NOW, now)
        if due is None:
            break
        waits.append((due - now) / MINUTE)
        now = due
    assert waits[:6] == [1, 5, 15, 30, 60, 60]
    assert set(waits[4:]) == {60}
    assert GIVE_UP_AFTER - timedelta(hours=1) < now - NOW <= GIVE_UP_AFTER == timedelta(hours=24)


# --- the document ------------------------------------------------------------------------


def test_the_document_has_the_ticket_as_every_other_document() -> None:
    ticket = replace(TICKET, assignee=Address("alice", "acme.example"), tags=("vip",), brand="acme")
    document = json.loads(webhook_body(ticket, Occasion.NEW, "vip first", NOW))
    assert document == {
        "event": {"kind": "new", "rule": "vip first", "at": "2026-03-02T09:30:00Z"},
        "ticket": json.loads(json.dumps(shapes.ticket(ticket))),
    }


def test_no_reply_token_goes_to_another_program() -> None:
    secret = "support+tabcdefghijklmnopqrstuvwxyz234567@acme.example"
    body = webhook_body(replace(TICKET, subject=f"Re: {secret}"), Occasion.NEW, "r", NOW)
    assert "abcdefghijklmnop" not in body


# --- the daemon --------------------------------------------------------------------------


class Heard(NullTelemetry):
    def __init__(self) -> None:
        self.results: list[tuple[str, str | None]] = []

    def webhook(
        self, *, webhook: int, ticket: int, rule: str, result: str, error: str | None
    ) -> None:
        self.results.append((result, error))


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with gateway_with(tmp_path, Heard()) as found:
        yield found


async def queued(gateway: Gateway, url: str) -> TicketId:
    def unit(conn: Connection) -> TicketId:
        ticket = opened_ticket(conn)
        webhooks.put(conn, ticket, "r", url, '{"ticket": 1}', gateway.clock.now())
        return ticket

    return await gateway.store.write(unit)


async def only(gateway: Gateway) -> Webhook:
    (found,) = await gateway.store.read(webhooks.listing)
    return found


def results(gateway: Gateway) -> list[tuple[str, str | None]]:
    assert isinstance(gateway.telemetry, Heard)
    return gateway.telemetry.results


def wait(gateway: Gateway, time: timedelta) -> None:
    assert isinstance(gateway.clock, FakeClock)
    gateway.clock.put(time)


async def test_a_webhook_goes_once_and_is_signed_by_the_current_key(
    gateway: Gateway, receiver: Receiver, trusting: ssl.SSLContext
) -> None:
    await queued(gateway, receiver.url())
    assert await send_due(gateway, trusting) == 1
    assert await send_due(gateway, trusting) == 0
    ((_, fields, body),) = receiver.got
    keyring = gateway.context.keyring
    secret = webhook_secret(keyring.keys[keyring.current])
    assert fields["Mailgate-Signature"] == signature(
        secret, keyring.current, gateway.clock.now(), body
    )
    assert (await only(gateway)).state is WebhookState.DONE
    assert results(gateway) == [("taken", None)]


async def test_one_that_is_not_taken_goes_again_with_the_same_body_and_number(
    gateway: Gateway, receiver: Receiver, trusting: ssl.SSLContext
) -> None:
    receiver.status = 503
    await queued(gateway, receiver.url())
    await send_due(gateway, trusting)
    assert (await only(gateway)).last_error == "localhost answers 503"
    assert await send_due(gateway, trusting) == 0
    receiver.status = 200
    wait(gateway, MINUTE)
    await send_due(gateway, trusting)
    (_, first, body), (_, second, again) = receiver.got
    assert body == again
    assert first["Mailgate-Webhook"] == second["Mailgate-Webhook"]
    assert results(gateway) == [("deferred", "localhost answers 503"), ("taken", None)]


async def test_one_that_nobody_takes_for_a_day_is_told_on_its_ticket(
    gateway: Gateway, receiver: Receiver, trusting: ssl.SSLContext
) -> None:
    receiver.status = 500
    ticket = await queued(gateway, receiver.url())
    await send_due(gateway, trusting)
    wait(gateway, GIVE_UP_AFTER)
    await send_due(gateway, trusting)
    assert (await only(gateway)).state is WebhookState.FAILED
    told = await gateway.store.read(partial(events.of_ticket, ticket=ticket))
    assert [(one.kind, one.actor, one.detail["failed"]) for one in told] == [
        (EventKind.RULE, "system", "localhost answers 500")
    ]
    assert results(gateway)[-1] == ("failed", "localhost answers 500")


async def test_one_that_fails_keeps_no_other(
    gateway: Gateway, receiver: Receiver, trusting: ssl.SSLContext
) -> None:
    await queued(gateway, f"http://127.0.0.2:{receiver.port}/")
    await queued(gateway, "http://[::1/")  # the settings take no such; the database may hold it
    await queued(gateway, receiver.url())
    assert await send_due(gateway, trusting) == 3
    assert len(receiver.got) == 1
    assert sorted(result for result, _ in results(gateway)) == ["deferred", "deferred", "taken"]
