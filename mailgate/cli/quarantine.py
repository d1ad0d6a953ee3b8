"""Commands about mail that was set aside for a human."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from mailgate.api import shapes
from mailgate.cli import output, session
from mailgate.cli.options import Json, Limit
from mailgate.cli.render import journal_text
from mailgate.cli.rows import shown_row
from mailgate.cli.session import CommandError
from mailgate.daemon.gateway import Gateway
from mailgate.desk.arriving import quarantine as set_aside
from mailgate.desk.telling.retelling import of_cause
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.journal import JournalState, JournalSummary
from mailgate.store import journal
from mailgate.store.core import Connection

quarantine = typer.Typer(help="Mail set aside for a human.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="ID", help="The mail, by its number in the list.")]


@quarantine.command("list")
def list_(
    *,
    dropped: Annotated[
        bool, typer.Option("--dropped", help="What rules and people have dropped instead.")
    ] = False,
    limit: Limit = 100,
    json: Json = False,
) -> None:
    """What was set aside and why, the newest first."""
    state = JournalState.DROPPED if dropped else JournalState.QUARANTINED

    async def work(gateway: Gateway) -> tuple[str, list[JournalSummary]]:
        found = await gateway.store.read(partial(_listing, state=state, limit=limit))
        return gateway.settings.gateway.locale, found

    locale, found = session.with_gateway(work)
    if json:
        output.print_json(
            [
                {**shapes.journal_row(each), **of_cause(None if dropped else each.cause, locale)}
                for each in found
            ]
        )
        return
    output.print_table(
        ("ID", "RECEIVED", "CAUSE", "FROM", "SUBJECT"),
        [(each.id, each.received_at, each.cause, each.from_, each.subject) for each in found],
    )
    for cause in () if dropped else dict.fromkeys(each.cause for each in found):
        about = of_cause(cause, locale)
        if about["meaning"] is not None:
            output.print_text(f"\n{cause}: {about['meaning']}\n{about['to_do']}")


@quarantine.command("show")
def show(number: Number, *, json: Json = False) -> None:
    """One mail: why it is here, what `release` would do, and what was concluded from what."""

    async def work(gateway: Gateway) -> tuple[shapes.Json, str]:
        shown = await shown_row(gateway, JournalId(number))
        _refuse_unless_quarantined(shown.row)
        told = shown.told
        document = {
            **shapes.journal_row(shown.row),
            "text": list(told.text),
            "otherwise": list(told.otherwise),
            "release": told.release,
            "to_do": told.to_do,
        }
        return document, gateway.settings.gateway.locale

    document, locale = session.with_gateway(work)
    if json:
        output.print_json(document)
    else:
        output.print_text(journal_text(document, locale))


@quarantine.command("release")
def release(
    number: Number,
    *,
    ticket: Annotated[
        int | None, typer.Option(metavar="N", help="Onto this ticket, not where it belongs.")
    ] = None,
    json: Json = False,
) -> None:
    """Have it filed all the same."""

    def released(conn: Connection, gateway: Gateway) -> TicketId | None:
        target = None if ticket is None else TicketId(ticket)
        return set_aside.release(conn, JournalId(number), ticket=target, now=gateway.clock.now())

    target = session.write(released)
    if json:
        output.print_json({"id": number, "ticket": target})
    else:
        print(f"mail {number} is released" + ("" if target is None else f" to ticket {target}"))
        print(f"`mailgate explain {number}` tells what becomes of it")


@quarantine.command("drop")
def drop(number: Number, *, json: Json = False) -> None:
    """Let it become nothing; its bytes stay until the end of their retention."""

    def dropped(conn: Connection, gateway: Gateway) -> None:
        set_aside.drop(conn, JournalId(number), now=gateway.clock.now())

    session.write(dropped)
    if json:
        output.print_json({"id": number, "state": JournalState.DROPPED.value})
    else:
        print(f"mail {number} is dropped")


@quarantine.command("export")
def export(
    number: Number,
    *,
    to: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Not to stdout.")
    ] = None,
) -> None:
    """The message, byte for byte as it came."""
    _quarantined(number)
    content = session.read(partial(_content, number=JournalId(number)))
    if content is None:
        raise CommandError(f"the bytes of mail {number} are past their retention")
    if to is None:
        output.print_bytes(content)
    else:
        to.write_bytes(content)


def _quarantined(number: int) -> JournalSummary:
    found = session.read(partial(_get, number=JournalId(number)))
    if found is None:
        raise CommandError(f"there is no mail {number} in the journal")
    _refuse_unless_quarantined(found)
    return found


def _refuse_unless_quarantined(row: JournalSummary) -> None:
    if row.state is not JournalState.QUARANTINED:
        raise CommandError(
            f"the mail {row.id} is not in quarantine: it is {row.state} "
            f"(`mailgate explain {row.id}` tells more)"
        )


def _listing(conn: Connection, state: JournalState, limit: int) -> list[JournalSummary]:
    return journal.listing(conn, state=state, limit=limit)


def _get(conn: Connection, number: JournalId) -> JournalSummary | None:
    return journal.get(conn, number)


def _content(conn: Connection, number: JournalId) -> bytes | None:
    return journal.content(conn, number)
