"""What a rule writes for the agents: a note on the ticket, and a mail to those whom it names."""

from collections.abc import Sequence

from mailgate.desk.by import By
from mailgate.desk.context import DeskContext
from mailgate.desk.words.frame import support_of
from mailgate.desk.words.notices import tell
from mailgate.desk.words.who import Around, Happening
from mailgate.mail.address import Address
from mailgate.model.delivery import Draft
from mailgate.model.directory import Agent
from mailgate.model.rule import TO_GROUP, Rule
from mailgate.model.ticket import (
    Author,
    Direction,
    EntryKind,
    EventKind,
    NewEntry,
    Role,
    Ticket,
    TicketEvent,
    Visibility,
)
from mailgate.store import entries, events
from mailgate.store.core import Connection

__all__ = ["put_note", "tell_of_rule", "watchers", "would_watch"]


def put_note(conn: Connection, ctx: DeskContext, ticket: Ticket, text: str, by: By) -> None:
    """Puts a note on the ticket, by the desk itself; nobody is mailed because of it."""
    support = support_of(ctx, ticket.address)
    note = NewEntry(
        ticket=ticket.id,
        kind=EntryKind.NOTE,
        direction=Direction.IN,
        visibility=Visibility.PRIVATE,
        author=Author(support.address, support.name, Role.SYSTEM),
        subject=ticket.subject,
        text=text,
        full_text=text,
        html=None,
        attachments=(),
        message_id=None,
        journal=None,
        at=by.now,
    )
    number = int(entries.add(conn, note))
    detail: dict[str, str | int | None] = {"message": number, "kind": EntryKind.NOTE.value}
    events.add(conn, ticket.id, TicketEvent(by.now, EventKind.MESSAGE, by.actor, detail))


def watchers(
    ctx: DeskContext, ticket: Ticket, wanted: Sequence[Address | str]
) -> tuple[Agent, ...]:
    """The agents whom a rule names, each once; who has left since is none."""
    found: dict[str, Agent] = {}
    for one in wanted:
        if isinstance(one, Address):
            agent = ctx.directory.agent_for(one)
            named = [] if agent is None else [agent]
        else:
            named = list(ctx.directory.members(ticket.group)) if one == TO_GROUP else []
        found |= {agent.address.key: agent for agent in named}
    return tuple(found.values())


def would_watch(ctx: DeskContext, ticket: Ticket, rules: Sequence[Rule]) -> tuple[Address, ...]:
    """Whom the rules that match would have told of the mail."""
    wanted = [one for rule in rules for one in rule.actions.notify]
    return tuple(agent.address for agent in watchers(ctx, ticket, wanted))


def tell_of_rule(
    ctx: DeskContext, ticket: Ticket, rule: Rule, agents: Sequence[Agent], by: By
) -> tuple[Draft, ...]:
    """A mail to each of them that the rule has matched, where there is no mail to tell of; an
    answer becomes a note."""
    return tell(
        ctx,
        ticket,
        Happening.RULED,
        by=by,
        around=Around(mentioned=agents),
        facts={"rule": rule.name},
        words=rule.actions.note,
    )
