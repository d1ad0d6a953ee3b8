"""Lists of tickets: `tickets list` and `search`."""

import unicodedata
from functools import partial
from typing import Annotated

import typer

from mailgate.api import shapes
from mailgate.cli import output, session
from mailgate.cli.options import Json, Limit
from mailgate.cli.session import CommandError
from mailgate.daemon.gateway import Gateway
from mailgate.daemon.indexing import index
from mailgate.mail.address import parse_path
from mailgate.model.ticket import Priority, Source, Status, Ticket
from mailgate.settings import Settings
from mailgate.settings.views import ViewSettings
from mailgate.store import search as words
from mailgate.store.listing import TicketFilter, listing

__all__ = ["list_", "search"]

_BATCHES = 60
"""Transactions in which a search catches up by itself; the daemon does the rest."""
_COUNTED = 10_000

Statuses = Annotated[
    list[Status] | None, typer.Option("--status", metavar="S", help="Of this status; repeatable.")
]
Priorities = Annotated[
    list[Priority] | None,
    typer.Option("--priority", metavar="P", help="Of this priority; repeatable."),
]
Tag = Annotated[str | None, typer.Option(metavar="T", help="With this tag.")]
Requester = Annotated[str | None, typer.Option(metavar="A", help="From this address.")]
Assignee = Annotated[str | None, typer.Option(metavar="A", help="Of this agent.")]
From = Annotated[Source | None, typer.Option("--source", metavar="S", help="From this source.")]
Group = Annotated[str | None, typer.Option(metavar="G", help="Of this group.")]
Brand = Annotated[str | None, typer.Option(metavar="B", help="Of this brand.")]
Found = Annotated[
    str | None, typer.Option("--search", metavar="WORDS", help="On which all these words stand.")
]
Unassigned = Annotated[
    bool | None, typer.Option("--unassigned", help="Only those that nobody has taken yet.")
]
Waiting = Annotated[
    bool | None,
    typer.Option("--waiting", help="Only where a customer waits; the longest first."),
]
Overdue = Annotated[
    bool | None, typer.Option("--overdue", help="Only those whose response time has passed.")
]
View = Annotated[str | None, typer.Option(metavar="NAME", help="As a [[view]] of the settings.")]


def list_(
    *,
    view: View = None,
    status: Statuses = None,
    priority: Priorities = None,
    tag: Tag = None,
    requester: Requester = None,
    assignee: Assignee = None,
    unassigned: Unassigned = None,
    source: From = None,
    group: Group = None,
    brand: Brand = None,
    waiting: Waiting = None,
    overdue: Overdue = None,
    search: Found = None,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """Tickets, the last changed first."""
    who = None if requester is None else str(session.typed(requester))
    whose = None if assignee is None else str(session.typed(assignee))
    if whose and unassigned:
        raise CommandError("a ticket is an agent's or nobody's: --assignee or --unassigned", 2)

    def wanted(gateway: Gateway) -> TicketFilter:
        saved = _view(gateway.settings, view)
        late = overdue or saved.overdue
        return TicketFilter(
            status=tuple(status or map(Status, saved.status)),
            priority=tuple(priority or map(Priority, saved.priority)),
            tag=tag or saved.tag,
            requester=who or _text(saved.requester),
            assignee=None if unassigned else whose or _text(saved.assignee),
            unassigned=bool(unassigned or (saved.unassigned and whose is None)),
            source=source or (None if saved.source is None else Source(saved.source)),
            group=group or saved.group,
            brand=brand or saved.brand,
            waiting=waiting or saved.waiting,
            overdue_at=gateway.clock.now() if late else None,
            search=search if search is not None else saved.search,
            limit=limit,
        )

    async def work(gateway: Gateway) -> list[Ticket]:
        _tell_unknown(gateway, group, whose)
        return await _found(gateway, wanted(gateway))

    _print(session.with_gateway(work), json=json)


def search(
    asked: Annotated[list[str], typer.Argument(metavar="WORDS", help="All must be there.")],
    *,
    status: Statuses = None,
    tag: Tag = None,
    requester: Requester = None,
    assignee: Assignee = None,
    group: Group = None,
    brand: Brand = None,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """Tickets on which all of these words stand: in messages and notes, subjects, names of
    attachments, requesters and tags. A row of words in quotes stands there in a row; "refund*" is
    every word that begins so."""
    wanted = TicketFilter(
        status=tuple(status or ()),
        tag=tag,
        requester=None if requester is None else str(session.typed(requester)),
        assignee=None if assignee is None else str(session.typed(assignee)),
        group=group,
        brand=brand,
        search=" ".join(asked),
        limit=limit,
    )

    async def work(gateway: Gateway) -> list[Ticket]:
        _tell_unknown(gateway, wanted.group, wanted.assignee)
        return await _found(gateway, wanted)

    _print(session.with_gateway(work), json=json)


def _tell_unknown(gateway: Gateway, group: str | None, assignee: str | None) -> None:
    """Whoever is in the settings no more may still have tickets: no mistake, but likely one."""
    directory = gateway.context.directory
    if group is not None and group not in directory.groups:
        known = ", ".join(directory.groups) or "none"
        session.say(f"mailgate: no [[group]] is called {group} now; there are: {known}")
    if assignee is not None and directory.agent_for(parse_path(assignee)) is None:
        session.say(f"mailgate: {assignee} is no agent now")


def _view(settings: Settings, name: str | None) -> ViewSettings:
    if name is None:
        return ViewSettings(name="all")
    # A Mac types Hangul in its parts; names of the settings are composed.
    typed = unicodedata.normalize("NFC", name)
    found = next((view for view in settings.view if view.name == typed), None)
    if found is None:
        known = ", ".join(view.name for view in settings.view)
        raise CommandError(f"there is no view {name}; there are: {known or 'none'}")
    return found


def _text(value: object) -> str | None:
    return None if value is None else str(value)


async def _found(gateway: Gateway, wanted: TicketFilter) -> list[Ticket]:
    """What is looked for is in the index first, as far as that takes no time."""
    if wanted.search is not None and not await index(gateway.store, gateway.clock, _BATCHES):
        left = await gateway.store.read(partial(words.left, most=_COUNTED))
        if left:
            session.say(_not_yet(left))
    return await gateway.store.read(partial(listing, wanted=wanted))


def _not_yet(left: int) -> str:
    many = "1 message is" if left == 1 else f"{left} messages are"
    if left == _COUNTED:
        many = f"{left} messages or more are"
    return f"{many} not in the index yet and cannot be found now; the daemon is taking them in."


def _print(found: list[Ticket], *, json: bool) -> None:
    if json:
        output.print_json([shapes.ticket(each) for each in found])
        return
    output.print_table(
        ("ID", "STATUS", "PRIORITY", "REQUESTER", "ASSIGNEE", "MESSAGES", "UPDATED", "SUBJECT"),
        [
            (
                each.id,
                each.status,
                each.priority,
                each.requester.address,
                each.assignee,
                each.messages,
                each.updated_at,
                each.subject,
            )
            for each in found
        ],
    )
