"""`[[rule]]`: what is done with tickets by themselves."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainValidator

from mailgate.mail.address import Address
from mailgate.model.rule import TO_GROUP, FieldTest
from mailgate.model.wildcard import Glob, Words
from mailgate.settings.section import GroupName, Name, Section, Text
from mailgate.settings.sizes import read_size, shown
from mailgate.settings.units import (
    SIZE_KIND,
    Duration,
    Kind,
    MailAddress,
    SenderName,
    read_address,
)

__all__ = ["ROUND_ROBIN", "RuleSettings", "read_field_test"]

ROUND_ROBIN = "round-robin"
_FIELD_NAME = re.compile(r"[!-9;-~]{1,200}")
_MAX_NOTE = 10_000
_MAX_URL = 2_000


def _as_list(value: object) -> object:
    """What stands alone is a list of one."""
    return (value,) if isinstance(value, str) else value


def _read(make: Callable[[str], object], kind: str) -> Callable[[object], str]:
    """Checks a pattern and keeps it as it was written."""

    def read(value: object) -> str:
        if not isinstance(value, str) or not value.strip() or len(value) > 200:
            raise ValueError(
                f"{shown(value)} is no {kind}; write text in quotes, 200 characters at most"
            )
        make(value)
        return value

    return read


def read_field_test(text: str) -> FieldTest:
    """`Name`, or `Name: words`. ValueError for what is no field."""
    name, colon, words = text.partition(":")
    if not _FIELD_NAME.fullmatch(name.strip()):
        raise ValueError(
            f'{shown(text)} is no header field; write "Name: words", or "Name" for any words'
        )
    looked_for = Words.of(words) if colon and words.strip(" *") else None
    return FieldTest(name.strip().lower(), looked_for)


def _read_header(value: object) -> str:
    if not isinstance(value, str) or len(value) > 300:
        raise ValueError(f'{shown(value)} is no header field; write "Name: words"')
    read_field_test(value)
    return value


def _read_assignee(value: object) -> Address | str:
    return ROUND_ROBIN if value == ROUND_ROBIN else read_address(value)


def _read_told(value: object) -> Address | str:
    return TO_GROUP if value == TO_GROUP else read_address(value)


def _read_size_or_none(value: object) -> int | None:
    return None if value is None else read_size(value)


_WordsText = Annotated[str, PlainValidator(_read(Words.of, "text with words")), Kind("words")]
_GlobText = Annotated[str, PlainValidator(_read(Glob.of, "name with *")), Kind("pattern")]
_HeaderText = Annotated[str, PlainValidator(_read_header), Kind('"Name: words"')]
_Assignee = Annotated[
    Address | str | None, PlainValidator(_read_assignee), Kind('address, or "round-robin"')
]
_Told = Annotated[Address | str, PlainValidator(_read_told), Kind('address, or "group"')]
_SizeOrNone = Annotated[int | None, PlainValidator(_read_size_or_none), Kind(SIZE_KIND)]
_Status = Literal["open", "pending", "resolved", "closed"]
_Priority = Literal["low", "normal", "high", "urgent"]
_Source = Literal["email", "outbound_email", "import", "api", "form", "chat", "campaign"]
_List = BeforeValidator(_as_list)


class RuleSettings(Section):
    """What is done with tickets by themselves. The rules are looked at in the order in which they
    stand; what one sets is seen by those below it. All conditions of a rule must hold, and of a
    list one of its values; a rule without conditions always matches. What rules do is no occasion
    for rules. See docs/desk.md."""

    name: Text = Field(description="What events, `explain` and webhooks call it.")
    when: Literal["new", "answer", "resolved", "time"] = Field(
        description="When it is looked at: a mail opens a ticket; somebody outside writes on one; "
        "a ticket is resolved; or `after` a time."
    )
    after: Duration | None = Field(
        None, description='For when = "time": how long after `since`.', examples=["24h"]
    )
    since: Literal["created", "updated", "waiting", "resolved"] | None = Field(
        None,
        description='For when = "time": what `after` counts from; "waiting" is since when the '
        "customer has waited for an answer. Each time is dealt with once.",
        examples=["waiting"],
    )

    address: Annotated[tuple[MailAddress, ...], _List] = Field(
        (), description="Condition: the support address by which the ticket came."
    )
    brand: Annotated[tuple[Text, ...], _List] = Field(
        (), description="Condition: the brand of the ticket."
    )
    group: Annotated[tuple[GroupName, ...], _List] = Field(
        (), description="Condition: the group that has the ticket."
    )
    status: Annotated[tuple[_Status, ...], _List] = Field(
        (),
        description="Condition: the ticket's status. Without it, a rule that goes by the time "
        "looks at tickets that are open or pending.",
    )
    priority: Annotated[tuple[_Priority, ...], _List] = Field(
        (), description="Condition: the ticket's priority."
    )
    source: Annotated[tuple[_Source, ...], _List] = Field(
        (), description="Condition: where the ticket came from."
    )
    tag: Annotated[tuple[Text, ...], _List] = Field(
        (), description="Condition: a tag that the ticket has."
    )
    automated: bool | None = Field(
        None, description="Condition: a machine sent the mail, or a person.", examples=[True]
    )
    authenticated: bool | None = Field(
        None,
        description="Condition: the mail's sender is proven (DMARC, DKIM, SPF), or not.",
        examples=[True],
    )
    larger_than: _SizeOrNone = Field(
        None, description="Condition: the mail has more bytes.", examples=["10MB"]
    )
    sender: Annotated[tuple[SenderName, ...], _List] = Field(
        (),
        description="Condition: who wrote the mail, or opened the ticket: addresses and domains.",
    )
    inside_hours: Name | None = Field(
        None, description="Condition: these [[hours]] are open.", examples=["office"]
    )
    outside_hours: Name | None = Field(
        None, description="Condition: these [[hours]] are not open.", examples=["office"]
    )
    attachment: Annotated[tuple[_GlobText, ...], _List] = Field(
        (), description='Condition: a file by its name or type: "*.pdf", "image/*".'
    )
    subject: Annotated[tuple[_WordsText, ...], _List] = Field(
        (),
        description="Condition: words in the subject, whatever their case; * stands for anything "
        "between them.",
    )
    header: Annotated[tuple[_HeaderText, ...], _List] = Field(
        (), description='Condition: a header field that is there ("Name") or has words.'
    )
    body: Annotated[tuple[_WordsText, ...], _List] = Field(
        (), description="Condition: words in the mail's text, without what it quotes."
    )

    set_group: GroupName | None = Field(
        None, description="The group gets it.", examples=["support"]
    )
    assign: _Assignee = Field(
        None,
        description='This agent gets it; by "round-robin" the agents of its group in turn, unless '
        "somebody has it.",
        examples=["alice@acme.example"],
    )
    set_priority: _Priority | None = Field(
        None, description="Sets the priority.", examples=["urgent"]
    )
    add_tag: Annotated[tuple[Text, ...], _List] = Field((), description="Adds tags.")
    remove_tag: Annotated[tuple[Text, ...], _List] = Field((), description="Removes tags.")
    set_status: _Status | None = Field(None, description="Sets the status.", examples=["pending"])
    note: Annotated[str, Field(max_length=_MAX_NOTE)] = Field(
        "", description="Puts this note on the ticket."
    )
    notify: Annotated[tuple[_Told, ...], _List] = Field(
        (), description="Tells these agents of it, or the ticket's group, by a mail."
    )
    template: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")] | None = Field(
        None,
        description="Sends the requester this template (own/NAME.txt in the folder of a "
        "language), of each rule once a ticket, in place of the acknowledgement; within the limits "
        "of acknowledgements and only to a sender who is proven and no machine.",
        examples=["weekend"],
    )
    quarantine: Text | None = Field(
        None,
        description="Sets the mail aside for a human, for this reason, before anything is made of "
        "it.",
        examples=["invoices go to another system"],
    )
    drop: Text | None = Field(
        None,
        description="Makes nothing of the mail, for this reason; it stays in the journal.",
        examples=["newsletters"],
    )
    webhook: Annotated[str, Field(max_length=_MAX_URL)] | None = Field(
        None,
        description="POSTs the ticket as JSON to this URL, signed, until it is taken or a day is "
        "over.",
        examples=["https://hooks.acme.example/tickets"],
    )
    stop: bool = Field(default=False, description="No rule below it is looked at.")

    @property
    def period(self) -> timedelta:
        """`after`, nothing where it is not given."""
        return self.after or timedelta(0)
