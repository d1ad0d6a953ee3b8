"""Commands about what tickets have to do with each other, and about spam."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailgate.api import shapes
from mailgate.cli import output, session
from mailgate.cli.options import Json, Limit
from mailgate.cli.session import CommandError
from mailgate.daemon.gateway import Gateway
from mailgate.model.ids import EntryId, TicketId
from mailgate.model.ticket import EventKind, Ticket
from mailgate.store import blocked
from mailgate.store.core import Connection

if TYPE_CHECKING:
    from mailgate.desk.by import By
    from mailgate.desk.ticket.changing import Changed

__all__ = ["add_to", "senders"]

Number = Annotated[int, typer.Argument(metavar="ID", help="The ticket's number.")]
As = Annotated[
    str | None, typer.Option("--as", metavar="AGENT", help="On whose behalf; the desk's without.")
]


def add_to(tickets: typer.Typer) -> None:
    """Puts the commands under `mailgate tickets`."""
    for command in (merge, split, link, unlink, child, spam):
        tickets.command(command.__name__)(command)


def merge(
    number: Number,
    into: Annotated[int, typer.Option("--into", metavar="N", help="Which ticket it becomes.")],
    *,
    without_requester: Annotated[
        bool,
        typer.Option(
            "--without-requester", help="Its requester and participants do not take part there."
        ),
    ] = False,
    as_: As = None,
    json: Json = False,
) -> None:
    """Make a ticket part of another one, for good: what is on it and what comes goes there."""
    from mailgate.desk.ticket.merging import merge as merged  # noqa: PLC0415  listing needs none

    def work(conn: Connection, gateway: Gateway) -> Ticket:
        changed = merged(
            conn,
            gateway.context,
            TicketId(number),
            TicketId(into),
            _by(gateway, as_),
            with_requester=not without_requester,
        )
        return _queued(conn, gateway, changed)

    after = session.write(work)
    _tell(after, f"ticket {number} is part of ticket {after.id} now", json=json)


def split(
    number: Number,
    message: Annotated[int, typer.Option("--message", metavar="M", help="Its id, by `show`.")],
    *,
    as_: As = None,
    json: Json = False,
) -> None:
    """Put one message on a ticket of its own."""
    from mailgate.desk.ticket.splitting import split as splitted  # noqa: PLC0415

    def work(conn: Connection, gateway: Gateway) -> Ticket:
        by = _by(gateway, as_)
        changed = splitted(conn, gateway.context, TicketId(number), EntryId(message), by)
        return _queued(conn, gateway, changed)

    after = session.write(work)
    _tell(after, f"message {message} is on ticket {after.id} now", json=json)


def link(
    number: Number,
    other: Annotated[int, typer.Argument(metavar="OTHER", help="The other ticket.")],
    *,
    as_: As = None,
    json: Json = False,
) -> None:
    """Let two tickets point to each other."""
    from mailgate.desk.ticket.family import link as linked  # noqa: PLC0415

    def work(conn: Connection, gateway: Gateway) -> Ticket:
        return linked(conn, TicketId(number), TicketId(other), _by(gateway, as_))

    after = session.write(work)
    _tell(after, f"the tickets {after.id} and {other} are linked", json=json)


def unlink(
    number: Number,
    other: Annotated[int, typer.Argument(metavar="OTHER", help="The other ticket.")],
    *,
    as_: As = None,
    json: Json = False,
) -> None:
    """Let two tickets point to each other no more."""
    from mailgate.desk.ticket.family import unlink as unlinked  # noqa: PLC0415

    def work(conn: Connection, gateway: Gateway) -> Ticket:
        return unlinked(conn, TicketId(number), TicketId(other), _by(gateway, as_))

    after = session.write(work)
    _tell(after, f"the tickets {after.id} and {other} are not linked any more", json=json)


def child(
    number: Number,
    *,
    subject: Annotated[str, typer.Option(metavar="S", help="What is to be done.")],
    assign: Annotated[str | None, typer.Option(metavar="AGENT", help="Who does it.")] = None,
    group: Annotated[
        str | None, typer.Option(metavar="G", help="Whose it is; that of the parent without.")
    ] = None,
    body_file: Annotated[
        Path | None, typer.Option(metavar="F", help="More words for the colleagues, in UTF-8.")
    ] = None,
    as_: As = None,
    json: Json = False,
) -> None:
    """Open a ticket for colleagues that is part of this one. The customer gets nothing of it."""
    from mailgate.desk.ticket.family import ChildRequest, make_child  # noqa: PLC0415

    assignee = None if assign is None else session.typed(assign)
    text = "" if body_file is None else _text(body_file)

    def work(conn: Connection, gateway: Gateway) -> Ticket:
        request = ChildRequest(
            parent=TicketId(number),
            subject=subject,
            text=text,
            assignee=assignee,
            group=group,
            agent=session.agent_named(gateway.context.directory, as_),
        )
        return make_child(conn, gateway.context, request, _by(gateway, as_)).ticket

    after = session.write(work)
    _tell(after, f"ticket {after.id} is part of ticket {after.parent}", json=json)


def spam(
    number: Number,
    *,
    undo: Annotated[bool, typer.Option("--undo", help="It was none: open it again.")] = False,
    as_: As = None,
    json: Json = False,
) -> None:
    """Close a ticket as spam; its sender's next mails go into quarantine."""
    from mailgate.desk.ticket.named import named_ticket  # noqa: PLC0415
    from mailgate.desk.ticket.spamming import mark_spam, unmark_spam  # noqa: PLC0415

    told: list[str] = []

    def work(conn: Connection, gateway: Gateway) -> Ticket:
        ticket, by = named_ticket(conn, TicketId(number)), _by(gateway, as_)
        changed = (unmark_spam if undo else mark_spam)(conn, gateway.context, ticket, by)
        told[:] = [_about_sender(changed)]
        return _queued(conn, gateway, changed)

    after = session.write(work)
    is_spam = "open again" if undo else "closed as spam"
    _tell(after, f"ticket {after.id} is {is_spam}; {told[0]}", json=json)


_KEPT = {
    "agent": "its sender is one of the desk, and is not shut out",
    "unreadable": "its sender has no address that could be shut out",
    "known": "its sender is not shut out: agents have written to them on another ticket",
}


def _about_sender(changed: "Changed") -> str:
    detail = next(each.detail for each in changed.events if each.kind is EventKind.SPAM)
    if detail.get("blocked"):
        return f"mail of {detail['blocked']} goes into quarantine from now on"
    if detail.get("unblocked"):
        return f"mail of {detail['unblocked']} comes in again"
    return _KEPT[str(detail.get("kept"))]


senders = typer.Typer(help="Senders whose mail goes into quarantine.", no_args_is_help=True)


@senders.command("list")
def list_(*, limit: Limit = 100, json: Json = False) -> None:
    """Who is shut out, since when and for which ticket; the last first."""
    found = session.read(partial(blocked.listing, limit=limit))
    if json:
        output.print_json(
            [
                {
                    "address": each.address,
                    "at": shapes.instant(each.at),
                    "actor": each.actor,
                    "ticket": each.ticket,
                }
                for each in found
            ]
        )
        return
    output.print_table(
        ("ADDRESS", "SINCE", "BY", "TICKET"),
        [(each.address, each.at, each.actor, each.ticket) for each in found],
    )


@senders.command("unblock")
def unblock(
    text: Annotated[str, typer.Argument(metavar="ADDRESS", help="The sender.")],
    *,
    json: Json = False,
) -> None:
    """Let a sender in again. What waits in quarantine goes by `quarantine release`."""
    address = session.typed(text).base

    def work(conn: Connection, gateway: Gateway) -> bool:  # noqa: ARG001
        return blocked.remove(conn, address)

    if not session.write(work):
        raise CommandError(f"{address} is not shut out")
    if json:
        output.print_json({"address": str(address)})
    else:
        print(f"mail of {address} comes in again")


def _by(gateway: Gateway, as_: str | None) -> "By":
    from mailgate.desk.by import By  # noqa: PLC0415

    agent = session.agent_named(gateway.context.directory, as_)
    actor = "operator" if agent is None else str(agent.address)
    return By(actor, gateway.clock.now(), gateway.seed(), agent)


def _queued(conn: Connection, gateway: Gateway, changed: "Changed") -> Ticket:
    from mailgate.desk.writing import queue_drafts  # noqa: PLC0415

    queue_drafts(conn, gateway.context, changed.drafts, gateway.clock.now())
    return changed.ticket


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from None


def _tell(ticket: Ticket, sentence: str, *, json: bool) -> None:
    if json:
        output.print_json(shapes.ticket(ticket))
    else:
        print(sentence)
