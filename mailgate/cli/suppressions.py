"""Commands about addresses that mail is kept from."""

from functools import partial
from typing import Annotated

import typer

from mailgate.api import shapes
from mailgate.cli import output, session
from mailgate.cli.options import Json, Limit
from mailgate.cli.session import CommandError
from mailgate.daemon.gateway import Gateway
from mailgate.store import suppressions as kept
from mailgate.store.core import Connection
from mailgate.store.suppressions import Listed

suppressions = typer.Typer(help="Addresses that mail is kept from.", no_args_is_help=True)


@suppressions.command("list")
def list_(*, limit: Limit = 100, json: Json = False) -> None:
    """Which they are, why and until when; the newest first."""

    async def work(gateway: Gateway) -> list[Listed]:
        now = gateway.clock.now()
        return await gateway.store.read(partial(kept.listing, now=now, limit=limit))

    found = session.with_gateway(work)
    if json:
        output.print_json([shapes.suppression(each) for each in found])
        return
    output.print_table(
        ("ADDRESS", "MAIL", "CAUSE", "STATUS", "SINCE", "UNTIL", "TICKET", "SAID"),
        [
            (
                each.suppression.address,
                each.suppression.lanes,
                each.suppression.cause,
                each.suppression.status,
                each.suppression.at,
                each.suppression.until or "lifted",
                each.ticket,
                each.suppression.text,
            )
            for each in found
        ],
    )


@suppressions.command("lift")
def lift(
    text: Annotated[str, typer.Argument(metavar="ADDRESS", help="The address.")],
    *,
    json: Json = False,
) -> None:
    """Let mail go there again. What failed meanwhile goes by `queue retry`."""
    address = session.typed(text)

    def lifted(conn: Connection, gateway: Gateway) -> int:
        return kept.lift(conn, address, gateway.clock.now())

    number = session.write(lifted)
    if not number:
        raise CommandError(f"no mail is kept from {address}")
    if json:
        output.print_json({"address": str(address), "lifted": number})
    else:
        print(f"mail goes to {address} again")
