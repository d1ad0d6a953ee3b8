"""Processes again what failed."""

from typing import Annotated

import typer

from mailgate.cli import output, session
from mailgate.cli.options import Json
from mailgate.cli.session import CommandError
from mailgate.daemon.gateway import Gateway
from mailgate.desk.arriving import quarantine
from mailgate.model.ids import JournalId
from mailgate.store.core import Connection

Numbers = Annotated[
    list[int] | None,
    typer.Argument(metavar="JOURNAL-ID...", help="Mails that failed, by their numbers."),
]


def replay(
    numbers: Numbers = None,
    *,
    all_failed: Annotated[
        bool, typer.Option("--all-failed", help="Every mail that failed.")
    ] = False,
    json: Json = False,
) -> None:
    """Have mails processed again that could not be: after an upgrade, or once their cause is gone.

    Mail that was set aside for another reason is for `mailgate quarantine release`.
    """
    if all_failed == bool(numbers):
        raise CommandError("name mails by their numbers, or --all-failed", 2)

    def again(conn: Connection, gateway: Gateway) -> list[JournalId]:
        given = [JournalId(number) for number in numbers or ()]
        wanted = given or quarantine.all_failed(conn)
        for number in wanted:
            quarantine.replay(conn, number, now=gateway.clock.now())
        return wanted

    done = session.write(again)
    if json:
        output.print_json([{"id": number} for number in done])
        return
    if not done:
        print("nothing has failed")
    for number in done:
        print(f"mail {number} is processed again: `mailgate explain {number}` tells what of it")
