"""`[[view]]`: lists of tickets that somebody looks at again and again."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field

from mailgate.model.searchwords import QueryError, read_query
from mailgate.settings.errors import Problem
from mailgate.settings.section import GroupName, Section, Text
from mailgate.settings.units import MailAddress

if TYPE_CHECKING:
    from mailgate.settings.model import Settings

__all__ = ["ViewSettings", "view_problems"]


def _as_list(value: object) -> object:
    """What stands alone is a list of one."""
    return (value,) if isinstance(value, str) else value


class ViewSettings(Section):
    """A list of tickets by a name: `mailgate tickets list --view NAME`. It shows the tickets that
    meet all that is said here; an option of the command takes the place of what stands here."""

    name: GroupName = Field(description="Its name in the command.")
    status: Annotated[
        tuple[Literal["open", "pending", "resolved", "closed"], ...], BeforeValidator(_as_list)
    ] = Field((), description="Of one of these statuses; of any without.")
    priority: Annotated[
        tuple[Literal["low", "normal", "high", "urgent"], ...], BeforeValidator(_as_list)
    ] = Field((), description="Of one of these priorities; of any without.")
    tag: Text | None = Field(None, description="With this tag.", examples=["vip"])
    requester: MailAddress | None = Field(
        None, description="Of this customer.", examples=["hong@customer.example"]
    )
    assignee: MailAddress | None = Field(
        None, description="Of this agent.", examples=["alice@acme.example"]
    )
    unassigned: bool = Field(default=False, description="Only those that nobody has taken yet.")
    source: (
        Literal["email", "outbound_email", "import", "api", "form", "chat", "campaign"] | None
    ) = Field(None, description="From this source.", examples=["email"])
    group: GroupName | None = Field(None, description="Of this group.", examples=["support"])
    brand: Text | None = Field(None, description="Of this brand.", examples=["acme"])
    waiting: bool = Field(
        default=False,
        description="Only those on which a customer waits for an answer; who waits the longest "
        "is first.",
    )
    overdue: bool = Field(
        default=False, description="Only those with a [[response]] time that has passed."
    )
    search: Text | None = Field(
        None, description="On which all of these words stand.", examples=["환불"]
    )


def view_problems(settings: "Settings") -> Iterator[Problem]:
    """Views that name what is not there: they would be empty for ever."""
    groups = {entry.name for entry in settings.group}
    brands = {entry.brand for entry in settings.address}
    agents = {one.key for entry in settings.agent for one in (entry.address, *entry.also)}
    names = set[str]()
    for index, view in enumerate(settings.view):
        if view.name in names:
            yield Problem(
                ("view", index, "name"),
                f'"{view.name}" is the name of another [[view]]; rename one',
            )
        names.add(view.name)
        if view.group is not None and view.group not in groups:
            yield Problem(
                ("view", index, "group"), f'there is no group "{view.group}"; name a [[group]]'
            )
        if view.brand is not None and view.brand not in brands:
            yield Problem(
                ("view", index, "brand"),
                f'no [[address]] is of the brand "{view.brand}"; correct it',
            )
        if view.assignee is not None and view.assignee.key not in agents:
            yield Problem(
                ("view", index, "assignee"), f"there is no agent {view.assignee}; name an [[agent]]"
            )
        if view.assignee is not None and view.unassigned:
            yield Problem(
                ("view", index, "unassigned"),
                "a ticket is an agent's or nobody's; leave out assignee or this",
            )
        yield from _searchable(index, view)


def _searchable(index: int, view: ViewSettings) -> Iterator[Problem]:
    if view.search is None:
        return
    try:
        read_query(view.search)
    except QueryError as error:
        yield Problem(("view", index, "search"), str(error))
