"""Commands about what rules tell other programs."""

from functools import partial
from typing import Annotated
from urllib.parse import urlsplit

import typer

from mailgate import settings as settings_room
from mailgate.api import shapes
from mailgate.cli import output, session
from mailgate.cli.options import Json, Limit
from mailgate.cli.session import CommandError
from mailgate.daemon.gateway import Gateway
from mailgate.model.webhook import Webhook, WebhookState, webhook_secret
from mailgate.store import webhooks as hooks
from mailgate.store.core import Connection

webhooks = typer.Typer(help="What rules tell other programs.", no_args_is_help=True)


@webhooks.command("list")
def list_(
    *,
    state: Annotated[
        WebhookState | None, typer.Option(metavar="S", help="ready, done or failed.")
    ] = None,
    limit: Limit = 100,
    json: Json = False,
) -> None:
    """What was posted, waits, or was given up; the newest first."""

    async def work(gateway: Gateway) -> list[Webhook]:
        found = partial(hooks.listing, state=state, limit=limit)
        return list(await gateway.store.read(found))

    found = session.with_gateway(work)
    if json:
        output.print_json([_document(each) for each in found])
        return
    output.print_table(
        ("ID", "TICKET", "RULE", "HOST", "STATE", "ATTEMPTS", "DUE", "ERROR"),
        [
            (
                each.id,
                each.ticket,
                each.rule,
                _host(each),
                each.state,
                each.attempts,
                each.due_at if each.state is WebhookState.READY else None,
                each.last_error,
            )
            for each in found
        ],
    )


@webhooks.command("retry")
def retry(
    number: Annotated[int, typer.Argument(metavar="ID", help="Its number in the list.")],
    *,
    json: Json = False,
) -> None:
    """Post one now that waits or was given up, and for another day."""

    def retried(conn: Connection, gateway: Gateway) -> bool:
        return hooks.retry(conn, number, gateway.clock.now())

    if not session.write(retried):
        raise CommandError(f"there is no webhook {number} that waits or was given up")
    if json:
        output.print_json({"id": number})
    else:
        print(f"webhook {number} is due now")


@webhooks.command("secret")
def secret(*, json: Json = False) -> None:
    """What receivers check Mailgate-Signature with, for each key of the secret file."""
    keys, current = settings_room.load_keyring(session.load_settings())
    secrets = {kid: webhook_secret(key) for kid, key in keys.items()}
    if json:
        output.print_json({"current": current, "secrets": {str(k): v for k, v in secrets.items()}})
        return
    output.print_table(
        ("KEY", "SECRET", ""),
        [(kid, text, "signs" if kid == current else "") for kid, text in secrets.items()],
    )


def _document(of: Webhook) -> shapes.Json:
    """Without the path of its URL, which may hold a secret."""
    return {
        "id": of.id,
        "ticket": of.ticket,
        "rule": of.rule,
        "host": _host(of),
        "state": of.state.value,
        "attempts": of.attempts,
        "due_at": shapes.instant(of.due_at),
        "error": of.last_error,
        "created_at": shapes.instant(of.created_at),
    }


def _host(of: Webhook) -> str:
    return urlsplit(of.url).hostname or ""
