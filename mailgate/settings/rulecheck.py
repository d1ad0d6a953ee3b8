"""What is wrong with rules, and what is only odd about them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args
from urllib.parse import urlsplit

from mailgate.mail.address import Address
from mailgate.settings.errors import Problem
from mailgate.settings.lines import Path as KeyPath
from mailgate.settings.rules import RuleSettings
from mailgate.settings.section import Locale
from mailgate.settings.smarthosts import is_local

if TYPE_CHECKING:
    from mailgate.settings.model import Settings

__all__ = ["rule_notices", "rule_problems"]

_OF_MAIL = ("automated", "authenticated", "larger_than", "attachment", "header", "body")
"""What there is only where a mail has come."""
_ACTIONS = (
    *("set_group", "assign", "set_priority", "add_tag", "remove_tag", "set_status", "note"),
    *("notify", "template", "webhook"),
)
_BY_MAIL = ("new", "answer")


def rule_problems(settings: "Settings") -> Iterator[Problem]:
    """Rules that cannot be carried out as they stand."""
    names = [one.name for one in settings.rule]
    for index, rule in enumerate(settings.rule):
        path: KeyPath = ("rule", index)
        if rule.name in names[:index]:
            yield Problem(
                (*path, "name"), f'"{rule.name}" is the name of another [[rule]]; rename one'
            )
        yield from _times(path, rule)
        yield from _unseen(path, rule)
        yield from _does(path, rule)
        yield from _names(path, rule, settings)
        yield from _text(path, rule, settings.gateway.templates)
        if rule.webhook is not None and not _may_be_posted_to(rule.webhook):
            yield Problem(
                (*path, "webhook"),
                "is no https:// address; the ticket goes there, so http:// is for this machine "
                "alone",
            )


def _times(path: KeyPath, rule: RuleSettings) -> Iterator[Problem]:
    if rule.when == "time" and not rule.period:
        yield Problem((*path, "after"), 'is missing; when = "time" needs one, such as "24h"')
    if rule.when == "time" and rule.stop:
        yield Problem(
            (*path, "stop"), 'ends nothing: each rule with when = "time" has its own; leave it out'
        )
    if rule.when != "time":
        for key in ("after", "since"):
            if getattr(rule, key) is not None:
                yield Problem((*path, key), f'is for when = "time"; this is when = "{rule.when}"')


def _unseen(path: KeyPath, rule: RuleSettings) -> Iterator[Problem]:
    if rule.when in _BY_MAIL:
        return
    for key in _OF_MAIL:
        if getattr(rule, key) not in ((), None):
            yield Problem(
                (*path, key), f'is asked of a mail, and when = "{rule.when}" has none; leave it out'
            )


def _does(path: KeyPath, rule: RuleSettings) -> Iterator[Problem]:
    done = [key for key in _ACTIONS if getattr(rule, key) not in ((), None, "")]
    aside = [key for key in ("quarantine", "drop") if getattr(rule, key) is not None]
    if len(aside) > 1:
        yield Problem((*path, "drop"), "the mail cannot be set aside and dropped; write one")
    for key in aside:
        if rule.when not in _BY_MAIL:
            yield Problem(
                (*path, key), f'is of a mail, and when = "{rule.when}" has none; leave it out'
            )
        if done:
            yield Problem(
                (*path, key), f"makes no ticket of the mail, so {done[0]} does nothing; write one"
            )
    if not done and not aside and not rule.stop:
        yield Problem(path, f"does nothing; write one of {', '.join(_ACTIONS)}, quarantine, drop")
    both = sorted(set(rule.add_tag) & set(rule.remove_tag))
    if both:
        yield Problem((*path, "remove_tag"), f'"{both[0]}" is added too; write it once')


def _names(path: KeyPath, rule: RuleSettings, settings: "Settings") -> Iterator[Problem]:
    groups = tuple(one.name for one in settings.group)
    brands = tuple(one.brand for one in settings.address if one.brand is not None)
    supports = {one.address.key: str(one.address) for one in settings.address}
    hours = tuple(one.name for one in settings.hours)
    agents = {one.key: str(one) for agent in settings.agent for one in (agent.address, *agent.also)}
    named = [
        *(("group", "[[group]]", one, groups) for one in rule.group),
        ("set_group", "[[group]]", rule.set_group, groups),
        *(("brand", "[[address]] of the brand", one, brands) for one in rule.brand),
        ("inside_hours", "[[hours]]", rule.inside_hours, hours),
        ("outside_hours", "[[hours]]", rule.outside_hours, hours),
    ]
    for key, kind, name, known in named:
        if name is not None and name not in known:
            yield _unknown((*path, key), kind, name, known)
    addressed: list[tuple[str, str, Address | str | None, dict[str, str]]] = [
        *(("address", "[[address]]", one, supports) for one in rule.address),
        ("assign", "[[agent]]", rule.assign, agents),
        *(("notify", "[[agent]]", one, agents) for one in rule.notify),
    ]
    for key, kind, address, there in addressed:
        if isinstance(address, Address) and address.key not in there:
            yield _unknown((*path, key), kind, str(address), tuple(there.values()))


def _unknown(path: KeyPath, kind: str, name: str, known: tuple[str, ...]) -> Problem:
    from mailgate.settings.check import suggestion  # noqa: PLC0415  which imports this

    near = suggestion(name, known, cutoff=0.8)
    return Problem(path, f'there is no {kind} "{name}"{near}; name one, or add it')


def _text(path: KeyPath, rule: RuleSettings, folder: Path | None) -> Iterator[Problem]:
    if rule.template is None:
        return
    if folder is None:
        why = "needs gateway.templates, the folder that has LOCALE/own/NAME.txt; set it"
        yield Problem((*path, "template"), why)
        return
    places = [folder / locale / "own" / f"{rule.template}.txt" for locale in get_args(Locale)]
    if not any(place.is_file() for place in places):
        known = " nor ".join(map(str, places))
        yield Problem((*path, "template"), f"there is neither {known}; write one of them")


def _may_be_posted_to(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    clear = url.isascii() and url.isprintable() and " " not in url and parts.username is None
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_local(host or ""))
    return clear and bool(host) and safe


def rule_notices(settings: "Settings") -> Iterator[str]:
    """Rules that can never match, or that nobody gets to."""
    for index, rule in enumerate(settings.rule):
        where = f"rule[{index + 1}]: {rule.name}"
        if rule.inside_hours is not None and rule.inside_hours == rule.outside_hours:
            yield f"{where}: never matches: it asks for hours that are open and not open"
        above = [one for one in settings.rule[:index] if one.when == rule.when]
        yield from (f"{where}: never matches: {why}" for why in _never(rule, above))
        ends = next((one for one in above if _always(one) and (one.stop or _aside(one))), None)
        if ends is not None:
            yield f'{where}: is never looked at: "{ends.name}" above it always matches and stops'


def _never(rule: RuleSettings, above: Sequence[RuleSettings]) -> Iterator[str]:
    """Why it cannot match a ticket that is as the rules above it leave it."""
    if rule.when == "new":
        states = {"open", *(one.set_status for one in above)}
        if rule.status and not states & set(rule.status):
            yield f"a new ticket is open, not {' or '.join(rule.status)}"
        priorities = {"normal", *(one.set_priority for one in above)}
        if rule.priority and not priorities & set(rule.priority):
            yield f"a new ticket has the priority normal, not {' or '.join(rule.priority)}"
        tags = {tag for one in above for tag in one.add_tag}
        if rule.tag and not tags & set(rule.tag):
            yield f"a new ticket has no tag, and no rule above adds {' or '.join(rule.tag)}"
        if rule.source and "email" not in rule.source:
            yield f"a mail opens tickets of the source email, not {' or '.join(rule.source)}"
    states_then = {"resolved", *(one.set_status for one in above)}
    if rule.when == "resolved" and rule.status and not states_then & set(rule.status):
        yield f"the ticket is resolved, not {' or '.join(rule.status)}"
    if (
        rule.when == "time"
        and rule.since == "waiting"
        and rule.status
        and "open" not in rule.status
    ):
        yield f"nobody waits on a ticket that is {' or '.join(rule.status)}"
    is_past = rule.when == "time" and rule.since == "resolved"
    if is_past and not set(rule.status) & {"resolved", "closed"}:
        yield 'it needs status = "resolved", or "closed"'


_CONDITIONS = (
    *("address", "brand", "group", "status", "priority", "source", "tag", "sender"),
    *("inside_hours", "outside_hours", "subject", *_OF_MAIL),
)


def _always(rule: RuleSettings) -> bool:
    return all(getattr(rule, key) in ((), None) for key in _CONDITIONS)


def _aside(rule: RuleSettings) -> bool:
    return rule.quarantine is not None or rule.drop is not None
