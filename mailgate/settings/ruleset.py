"""The rules of the settings, as the value that deciding modules get."""

from collections import defaultdict
from collections.abc import Mapping

from mailgate.mail.address import Address
from mailgate.model.hours import Hours
from mailgate.model.rule import (
    Actions,
    Conditions,
    Occasion,
    Rule,
    Rules,
    Since,
    Within,
)
from mailgate.model.ticket import Priority, Source, Status
from mailgate.model.wildcard import Glob, Words
from mailgate.settings.rules import ROUND_ROBIN, RuleSettings, read_field_test

__all__ = ["rules_of"]


def rules_of(given: tuple[RuleSettings, ...], hours: Mapping[str, Hours]) -> Rules:
    """The rules by their occasion; `hours` are the business hours by name."""
    by_occasion: dict[Occasion, list[Rule]] = defaultdict(list)
    for one in given:
        rule = _rule(one, hours)
        by_occasion[rule.when].append(rule)
    return Rules({occasion: tuple(rules) for occasion, rules in by_occasion.items()})


def _rule(of: RuleSettings, hours: Mapping[str, Hours]) -> Rule:
    return Rule(
        name=of.name,
        when=Occasion(of.when),
        conditions=_conditions(of, hours),
        actions=_actions(of),
        after=of.period,
        since=Since(of.since or Since.CREATED),
    )


def _conditions(of: RuleSettings, hours: Mapping[str, Hours]) -> Conditions:
    return Conditions(
        address=of.address,
        brand=of.brand,
        group=of.group,
        status=tuple(map(Status, of.status)),
        priority=tuple(map(Priority, of.priority)),
        source=tuple(map(Source, of.source)),
        tag=of.tag,
        automated=of.automated,
        authenticated=of.authenticated,
        larger_than=of.larger_than,
        sender=of.sender,
        inside_hours=_within(of.inside_hours, hours),
        outside_hours=_within(of.outside_hours, hours),
        attachment=tuple(map(Glob.of, of.attachment)),
        subject=tuple(map(Words.of, of.subject)),
        header=tuple(map(read_field_test, of.header)),
        body=tuple(map(Words.of, of.body)),
    )


def _within(name: str | None, hours: Mapping[str, Hours]) -> Within | None:
    return None if name is None else Within(name, hours[name])


def _actions(of: RuleSettings) -> Actions:
    return Actions(
        group=of.set_group,
        assign=of.assign if isinstance(of.assign, Address) else None,
        take_turns=of.assign == ROUND_ROBIN,
        priority=None if of.set_priority is None else Priority(of.set_priority),
        tag=of.add_tag,
        untag=of.remove_tag,
        status=None if of.set_status is None else Status(of.set_status),
        note=of.note.strip(),
        notify=of.notify,
        template=of.template,
        quarantine=of.quarantine,
        drop=of.drop,
        webhook=of.webhook,
        stop=of.stop,
    )
