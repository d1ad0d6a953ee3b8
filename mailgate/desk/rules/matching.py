"""Which rules match, in their order, and by which condition the others do not. Pure.

What a rule sets is seen by the rules below it, as if it were carried out already.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from mailgate.mail.address import Address
from mailgate.model.rule import Actions, Condition, Conditions, FieldTest, Rule, RuleTrial
from mailgate.model.ticket import Priority, Source, Status
from mailgate.model.wildcard import Glob, folded

__all__ = ["NOT_LOOKED", "Look", "MailSeen", "Standing", "is_its_time", "look"]


@dataclass(frozen=True)
class MailSeen:
    """What rules look at in a mail. `fields` gives the values of a header field (name in lower
    case) as they are compared (`folded`), `files` are names and types of what is attached, not
    of images in the text.
    Whatever is long is read when a rule asks for it, once."""

    size: int
    automated: bool
    authenticated: bool
    text: str = field(repr=False)
    files: tuple[tuple[str, str], ...]
    fields: Callable[[str], tuple[str, ...]] = field(repr=False)

    @cached_property
    def words(self) -> str:
        """The text as it is compared."""
        return folded(self.text)


@dataclass(frozen=True)
class Standing:
    """A ticket as rules see it, or one that a mail is about to open. `mail` is None where the
    occasion is no mail."""

    address: Address
    brand: str | None
    group: str | None
    status: Status
    priority: Priority
    source: Source
    tags: tuple[str, ...]
    sender: Address
    """Who wrote the mail; without one, the requester."""
    subject: str
    now: datetime
    mail: MailSeen | None = None

    @cached_property
    def subject_words(self) -> str:
        """The subject as it is compared."""
        return folded(self.subject)


@dataclass(frozen=True, slots=True)
class Look:
    """What came of looking at the rules: each that was looked at, and those to carry out."""

    trials: tuple[RuleTrial, ...] = ()
    matched: tuple[Rule, ...] = ()

    @property
    def setting_aside(self) -> Rule | None:
        """The rule that keeps the mail from opening a ticket or going onto one."""
        return next((rule for rule in self.matched if rule.actions.sets_aside), None)


NOT_LOOKED = Look()


def look(rules: tuple[Rule, ...], standing: Standing) -> Look:
    """Looks at the rules from the top, until one of them says stop or sets the mail aside."""
    trials, matched = list[RuleTrial](), list[Rule]()
    for rule in rules:
        failed = _first_failed(rule.conditions, standing)
        trials.append(RuleTrial(rule.name, failed))
        if failed is not None:
            continue
        matched.append(rule)
        if rule.actions.stop or rule.actions.sets_aside:
            break
        standing = _after(standing, rule.actions)
    return Look(tuple(trials), tuple(matched))


def is_its_time(conditions: Conditions, now: datetime) -> bool:
    """Whether the conditions that ask for business hours hold now, on whatever ticket."""
    return _is_inside(conditions, now) and _is_outside(conditions, now)


def _is_inside(conditions: Conditions, now: datetime) -> bool:
    within = conditions.inside_hours
    return within is None or within.hours.is_open(now)


def _is_outside(conditions: Conditions, now: datetime) -> bool:
    within = conditions.outside_hours
    return within is None or not within.hours.is_open(now)


def _after(standing: Standing, actions: Actions) -> Standing:
    added = tuple(tag for tag in actions.tag if tag not in standing.tags)
    kept = tuple(tag for tag in (*standing.tags, *added) if tag not in actions.untag)
    group, priority, status = actions.group, actions.priority, actions.status
    if kept == standing.tags and group is None and priority is None and status is None:
        return standing
    return replace(
        standing,
        tags=kept,
        group=standing.group if group is None else group,
        priority=standing.priority if priority is None else priority,
        status=standing.status if status is None else status,
    )


def _first_failed(conditions: Conditions, standing: Standing) -> Condition | None:
    return next((test for test in Condition if not _TESTS[test](conditions, standing)), None)


_Asked = Callable[[Conditions, Standing], bool]


def _is_sender(conditions: Conditions, standing: Standing) -> bool:
    wanted, key = conditions.sender, standing.sender.key
    domain = standing.sender.domain
    return not wanted or any(
        one.key in (key, standing.sender.base.key) if isinstance(one, Address) else one == domain
        for one in wanted
    )


def _is_large(conditions: Conditions, standing: Standing) -> bool:
    least, mail = conditions.larger_than, standing.mail
    return least is None or (mail is not None and mail.size > least)


def _is_automated(conditions: Conditions, standing: Standing) -> bool:
    wanted, mail = conditions.automated, standing.mail
    return wanted is None or (mail is not None and mail.automated is wanted)


def _is_authenticated(conditions: Conditions, standing: Standing) -> bool:
    wanted, mail = conditions.authenticated, standing.mail
    return wanted is None or (mail is not None and mail.authenticated is wanted)


def _has_file(conditions: Conditions, standing: Standing) -> bool:
    wanted, mail = conditions.attachment, standing.mail
    return not wanted or (
        mail is not None
        and any(_fits(glob, name, kind) for glob in wanted for name, kind in mail.files)
    )


def _fits(glob: Glob, name: str, kind: str) -> bool:
    """A pattern with a slash is of types, any other of names."""
    return glob.fits(folded(kind if "/" in glob.text else name))


def _has_fields(conditions: Conditions, standing: Standing) -> bool:
    mail = standing.mail
    return not conditions.header or (
        mail is not None and any(_has_field(test, mail) for test in conditions.header)
    )


def _has_field(test: FieldTest, mail: MailSeen) -> bool:
    values = mail.fields(test.name)
    if test.words is None:
        return bool(values)
    return any(test.words.are_in(value) for value in values)


def _says(conditions: Conditions, standing: Standing) -> bool:
    wanted, mail = conditions.body, standing.mail
    return not wanted or (mail is not None and any(words.are_in(mail.words) for words in wanted))


_TESTS: Mapping[Condition, _Asked] = {
    Condition.ADDRESS: lambda of, on: (
        not of.address or any(one.key == on.address.key for one in of.address)
    ),
    Condition.BRAND: lambda of, on: not of.brand or on.brand in of.brand,
    Condition.GROUP: lambda of, on: not of.group or on.group in of.group,
    Condition.STATUS: lambda of, on: not of.status or on.status in of.status,
    Condition.PRIORITY: lambda of, on: not of.priority or on.priority in of.priority,
    Condition.SOURCE: lambda of, on: not of.source or on.source in of.source,
    Condition.TAG: lambda of, on: not of.tag or any(tag in on.tags for tag in of.tag),
    Condition.AUTOMATED: _is_automated,
    Condition.AUTHENTICATED: _is_authenticated,
    Condition.LARGER_THAN: _is_large,
    Condition.SENDER: _is_sender,
    Condition.INSIDE_HOURS: lambda of, on: _is_inside(of, on.now),
    Condition.OUTSIDE_HOURS: lambda of, on: _is_outside(of, on.now),
    Condition.ATTACHMENT: _has_file,
    Condition.SUBJECT: lambda of, on: (
        not of.subject or any(words.are_in(on.subject_words) for words in of.subject)
    ),
    Condition.HEADER: _has_fields,
    Condition.BODY: _says,
}
