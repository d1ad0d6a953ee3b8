"""Webhooks leave: claimed, posted without a transaction, settled. Several nodes may do this."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from mailgate.daemon.gateway import Gateway
from mailgate.model.ticket import EventKind, TicketEvent
from mailgate.model.webhook import (
    LeasedWebhook,
    WebhookState,
    next_try,
    signature,
    webhook_secret,
)
from mailgate.outbound.webhookpost import SECONDS, NotTaken, post
from mailgate.store import events, webhooks
from mailgate.store.core import Connection, StoreError

__all__ = ["send_due", "send_webhooks"]

_EVERY = 5.0
_AT_ONCE = 8
_LEASE = timedelta(seconds=4 * SECONDS)


async def send_webhooks(gateway: Gateway) -> None:
    """Until cancelled. Asks the store only while there are rules that have one, and once at the
    start for what is left of others."""
    contexts = list[ssl.SSLContext]()
    looks = True
    while True:
        if looks or gateway.current_context().policy.rules.have_webhooks:
            try:
                looks = await _send_all(gateway, contexts)
            except StoreError as error:
                gateway.telemetry.store_unavailable(error=str(error))
        await gateway.clock.sleep(_EVERY)


async def _send_all(gateway: Gateway, contexts: list[ssl.SSLContext]) -> bool:
    """Everything that is due; whether more will be. `contexts` keeps the one that is made when
    it is needed first."""
    while True:
        due_at = await gateway.store.read(webhooks.next_due)
        if due_at is None or due_at > gateway.clock.now():
            return due_at is not None
        if not contexts:
            contexts.append(await asyncio.to_thread(ssl.create_default_context))
        if not await send_due(gateway, contexts[0]):
            return True  # another node has them


async def send_due(gateway: Gateway, context: ssl.SSLContext) -> int:
    """Posts some of those that are due, side by side; how many."""
    claim = partial(webhooks.claim, now=gateway.clock.now(), lease=_LEASE, limit=_AT_ONCE)
    taken: Sequence[LeasedWebhook] = await gateway.store.write(claim)
    async with asyncio.TaskGroup() as group:
        for one in taken:
            group.create_task(_send(gateway, one, context))
    return len(taken)


async def _send(gateway: Gateway, hook: LeasedWebhook, context: ssl.SSLContext) -> None:
    keyring, body = gateway.current_context().keyring, hook.body.encode()
    secret = webhook_secret(keyring.keys[keyring.current])
    fields = {
        "Mailgate-Webhook": str(hook.id),
        "Mailgate-Signature": signature(secret, keyring.current, gateway.clock.now(), body),
    }
    error: str | None = None
    try:
        await post(hook.url, body, fields, context=context)
    except NotTaken as refused:
        error = str(refused)
    except Exception as failed:  # noqa: BLE001  one of them must not keep the others
        error = f"it could not be sent: {type(failed).__name__}"
    settle = partial(_settle, hook=hook, error=error, gateway=gateway)
    try:
        result = await gateway.store.write(settle)
    except StoreError as failed:  # Its lease runs out, and it goes once more.
        gateway.telemetry.store_unavailable(error=str(failed))
        return
    gateway.telemetry.webhook(
        webhook=hook.id, ticket=hook.ticket, rule=hook.rule, result=result, error=error
    )


def _settle(conn: Connection, hook: LeasedWebhook, error: str | None, gateway: Gateway) -> str:
    """What became of the attempt; one that is given up is told on its ticket."""
    now = gateway.clock.now()
    if error is None:
        webhooks.settle(conn, hook, WebhookState.DONE)
        return "taken"
    due_at = next_try(hook.attempts, hook.created_at, now)
    if due_at is not None:
        webhooks.settle(conn, hook, WebhookState.READY, due_at=due_at, error=error)
        return "deferred"
    if webhooks.settle(conn, hook, WebhookState.FAILED, error=error):
        detail: dict[str, str | int | None] = {
            "rule": hook.rule,
            "webhook": hook.id,
            "failed": error,
        }
        events.add(conn, hook.ticket, TicketEvent(now, EventKind.RULE, "system", detail))
    return "failed"
