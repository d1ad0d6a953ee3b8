"""Rules: what the settings say is done with tickets by themselves, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from mailgate.mail.address import Address
from mailgate.model.hours import Hours
from mailgate.model.ticket import Priority, Source, Status
from mailgate.model.wildcard import Glob, Words

__all__ = [
    "NO_RULES",
    "TO_GROUP",
    "Actions",
    "Condition",
    "Conditions",
    "FieldTest",
    "Occasion",
    "Rule",
    "RuleTrial",
    "Rules",
    "Since",
    "Within",
]

TO_GROUP = "group"
"""In `Actions.notify`: everybody in the ticket's group."""


class Occasion(StrEnum):
    """When a rule is looked at."""

    NEW = "new"
    """A mail opens a ticket."""
    ANSWER = "answer"
    """Somebody outside writes on a ticket."""
    RESOLVED = "resolved"
    """A ticket gets resolved."""
    TIME = "time"
    """So long after something nothing has changed that."""


class Since(StrEnum):
    """What the time of a rule counts from."""

    CREATED = "created"
    UPDATED = "updated"
    """The last thing that happened on it."""
    WAITING = "waiting"
    """Since when the customer waits for an answer."""
    RESOLVED = "resolved"


class Condition(StrEnum):
    """The conditions by their names in the settings, the cheap ones first: the first one that
    does not hold ends the look."""

    ADDRESS = "address"
    BRAND = "brand"
    GROUP = "group"
    STATUS = "status"
    PRIORITY = "priority"
    SOURCE = "source"
    TAG = "tag"
    AUTOMATED = "automated"
    AUTHENTICATED = "authenticated"
    LARGER_THAN = "larger_than"
    SENDER = "sender"
    INSIDE_HOURS = "inside_hours"
    OUTSIDE_HOURS = "outside_hours"
    ATTACHMENT = "attachment"
    SUBJECT = "subject"
    HEADER = "header"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class FieldTest:
    """A header field (`name` in lower case) that holds these words; one that is there, without."""

    name: str
    words: Words | None = None


@dataclass(frozen=True, slots=True)
class Within:
    """Business hours, by name and value."""

    name: str
    hours: Hours


@dataclass(frozen=True, slots=True)
class Conditions:
    """All of them must hold; of each, one of what it names. What is empty or None is not asked.
    `sender` are addresses, and domains of addresses."""

    address: tuple[Address, ...] = ()
    brand: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    status: tuple[Status, ...] = ()
    priority: tuple[Priority, ...] = ()
    source: tuple[Source, ...] = ()
    tag: tuple[str, ...] = ()
    automated: bool | None = None
    authenticated: bool | None = None
    larger_than: int | None = None
    sender: tuple[Address | str, ...] = ()
    inside_hours: Within | None = None
    outside_hours: Within | None = None
    attachment: tuple[Glob, ...] = ()
    subject: tuple[Words, ...] = ()
    header: tuple[FieldTest, ...] = ()
    body: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Actions:
    """What is done. `assign` is an agent's address; with `take_turns` whoever's turn it is in
    the ticket's group gets it, unless somebody has it. `notify` are agents' addresses and
    TO_GROUP. `quarantine` and `drop` say why."""

    group: str | None = None
    assign: Address | None = None
    take_turns: bool = False
    priority: Priority | None = None
    tag: tuple[str, ...] = ()
    untag: tuple[str, ...] = ()
    status: Status | None = None
    note: str = field(default="", repr=False)
    notify: tuple[Address | str, ...] = ()
    template: str | None = None
    quarantine: str | None = None
    drop: str | None = None
    webhook: str | None = field(default=None, repr=False)
    """Its URL, which may hold a secret."""
    stop: bool = False
    """No rule below this one is looked at."""

    @property
    def sets_aside(self) -> bool:
        """Whether what it matches opens no ticket and goes onto none."""
        return self.quarantine is not None or self.drop is not None


@dataclass(frozen=True, slots=True)
class Rule:
    """One of them; `after` and `since` are those of a rule that goes by the time."""

    name: str
    when: Occasion
    conditions: Conditions = field(default_factory=Conditions)
    actions: Actions = field(default_factory=Actions)
    after: timedelta = timedelta(0)
    since: Since = Since.CREATED


@dataclass(frozen=True, slots=True)
class RuleTrial:
    """What came of looking at a rule. `failed` is the first condition that did not hold, None
    when all did: then the rule was carried out."""

    rule: str
    failed: Condition | None

    @property
    def matched(self) -> bool:
        """Whether every condition held."""
        return self.failed is None


@dataclass(frozen=True, slots=True)
class Rules:
    """All of them, by the occasion, each in the order of the settings."""

    by_occasion: Mapping[Occasion, tuple[Rule, ...]] = field(default_factory=dict)

    def of(self, occasion: Occasion) -> tuple[Rule, ...]:
        """Those that are looked at then; none for most desks."""
        return self.by_occasion.get(occasion, ())

    @property
    def have_webhooks(self) -> bool:
        """Whether one of them tells another program."""
        every = (rule for rules in self.by_occasion.values() for rule in rules)
        return any(rule.actions.webhook is not None for rule in every)

    @property
    def templates(self) -> frozenset[str]:
        """The names of what they send."""
        every = (rule for rules in self.by_occasion.values() for rule in rules)
        return frozenset(rule.actions.template for rule in every if rule.actions.template)


NO_RULES = Rules()
