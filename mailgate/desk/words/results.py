"""What was done to a ticket, in a few lines for the agents. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mailgate.desk.words.frame import one_line
from mailgate.desk.words.state import agent_shown, priority_shown, status_shown
from mailgate.desk.words.templates import FALLBACK_LOCALE
from mailgate.mail.address import AddressError, parse_path
from mailgate.model.directory import Directory
from mailgate.model.ticket import EventKind, TicketEvent

__all__ = ["done_lines"]

_MAX_LINES = 10
_MAX_SHOWN = 120
"""Characters of what somebody chose, such as a tag."""
_RULE = "rule "
_Detail = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class _Words:
    line: str
    operator: str
    system: str
    rule: str
    more: str
    nobody: str
    none: str
    status: str
    reopened: str
    assigned: str
    unassigned: str
    group: str
    priority: str
    parent: str
    no_parent: str
    plain: Mapping[EventKind, str]
    """Of events that name one thing."""
    pairs: Mapping[tuple[EventKind, str], str]
    """Of events that name another ticket, by which way they do."""
    spam: Mapping[str, str]
    """What became of the sender: shut out, let in, or why neither (`spamming.Kept`)."""


_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        line="- {who}: {what}",
        operator="an operator",
        system="mailgate",
        rule="the rule {}",
        more="- and {} more",
        nobody="nobody",
        none="none",
        status="status {} → {}",
        reopened="opened again (was {})",
        assigned="assigned to {}",
        unassigned="taken from {}",
        group="group {} → {}",
        priority="priority {} → {}",
        parent="part of ticket {}",
        no_parent="no part of ticket {} any more",
        plain={
            EventKind.TAGGED: "tagged {}",
            EventKind.UNTAGGED: "tag {} removed",
            EventKind.PARTICIPANT_ADDED: "{} added to the conversation",
            EventKind.PARTICIPANT_REMOVED: "{} removed from the conversation",
            EventKind.FOLLOWED: "{} follows it",
            EventKind.UNFOLLOWED: "{} follows it no more",
            EventKind.COMMANDED: "{}",
            EventKind.OVERDUE: "overdue",
            EventKind.SCORED: "rated",
        },
        pairs={
            (EventKind.MERGED, "from"): "ticket {} merged into this one",
            (EventKind.MERGED, "into"): "merged into ticket {}",
            (EventKind.SPLIT, "from"): "split from ticket {}",
            (EventKind.SPLIT, "into"): "a message split off as ticket {}",
            (EventKind.LINKED, "to"): "linked with ticket {}",
            (EventKind.UNLINKED, "from"): "no longer linked with ticket {}",
        },
        spam={
            "blocked": "marked as spam; what {} writes next waits in quarantine",
            "unblocked": "no spam after all; mail of {} comes in again",
            "agent": "marked as spam; the sender is one of ours and is not shut out",
            "unreadable": "marked as spam; the sender has no address that could be shut out",
            "known": "marked as spam; the sender is not shut out, because agents have written to "
            "them on another ticket",
        },
    ),
    "ko": _Words(
        line="- {who}: {what}",
        operator="운영자",
        system="mailgate",
        rule="규칙 {}",
        more="- 그 외 {}건",
        nobody="없음",
        none="없음",
        status="상태 {} → {}",
        reopened="다시 열림 (이전 상태: {})",
        assigned="담당자 {} 지정",
        unassigned="담당자 {} 해제",
        group="그룹 {} → {}",
        priority="우선순위 {} → {}",
        parent="상위 티켓 {}번에 연결",
        no_parent="상위 티켓 {}번에서 분리",
        plain={
            EventKind.TAGGED: "태그 {} 추가",
            EventKind.UNTAGGED: "태그 {} 삭제",
            EventKind.PARTICIPANT_ADDED: "참조 {} 추가",
            EventKind.PARTICIPANT_REMOVED: "참조 {} 삭제",
            EventKind.FOLLOWED: "{} 팔로우 시작",
            EventKind.UNFOLLOWED: "{} 팔로우 해제",
            EventKind.COMMANDED: "{}",
            EventKind.OVERDUE: "기한 초과",
            EventKind.SCORED: "평가 도착",
        },
        pairs={
            (EventKind.MERGED, "from"): "{}번 티켓을 이 티켓에 병합",
            (EventKind.MERGED, "into"): "{}번 티켓에 병합",
            (EventKind.SPLIT, "from"): "{}번 티켓에서 분리",
            (EventKind.SPLIT, "into"): "메시지를 {}번 티켓으로 분리",
            (EventKind.LINKED, "to"): "{}번 티켓과 연결",
            (EventKind.UNLINKED, "from"): "{}번 티켓과 연결 해제",
        },
        spam={
            "blocked": "스팸으로 표시 (앞으로 {}의 메일은 격리됨)",
            "unblocked": "스팸 표시 해제 ({}의 메일을 다시 받음)",
            "agent": "스팸으로 표시 (발신자가 담당자이므로 차단하지 않음)",
            "unreadable": "스팸으로 표시 (발신자의 주소를 알 수 없어 차단하지 않음)",
            "known": "스팸으로 표시 (다른 티켓에서 담당자와 연락한 발신자이므로 차단하지 않음)",
        },
    ),
}
_NAMES_OF_PLAIN = ("tag", "addresses", "agent", "command")


def done_lines(directory: Directory, events: Iterable[TicketEvent], locale: str) -> str:
    """A line for each of who did something, in order; "" when there is nothing to tell."""
    words = _WORDS.get(locale, _WORDS[FALLBACK_LOCALE])
    told: list[tuple[str, list[str]]] = []
    for event in events:
        what = _what(directory, event, words, locale)
        if what is None:
            continue
        if not told or told[-1][0] != event.actor:
            told.append((event.actor, []))
        told[-1][1].append(what)
    lines = [
        words.line.format(who=_who(directory, actor, words), what="; ".join(dict.fromkeys(said)))
        for actor, said in told
    ]
    more = len(lines) - _MAX_LINES
    return "\n".join([*lines[:_MAX_LINES], *([words.more.format(more)] if more > 0 else [])])


def _who(directory: Directory, actor: str, words: _Words) -> str:
    if actor.startswith(_RULE):
        return words.rule.format(_short(actor.removeprefix(_RULE)))
    known = {"operator": words.operator, "system": words.system}
    return known.get(actor) or _person(directory, actor)


def _person(directory: Directory, address: str) -> str:
    try:
        return agent_shown(directory, parse_path(address))
    except AddressError:
        return _short(address)


def _what(directory: Directory, event: TicketEvent, words: _Words, locale: str) -> str | None:
    before, after = _text(event.detail, "from"), _text(event.detail, "to")
    match event.kind:
        case EventKind.STATUS:
            return words.status.format(status_shown(before, locale), status_shown(after, locale))
        case EventKind.REOPENED:
            return words.reopened.format(status_shown(before, locale))
        case EventKind.ASSIGNED if after:
            return words.assigned.format(_person(directory, after))
        case EventKind.ASSIGNED:
            return words.unassigned.format(_person(directory, before))
        case EventKind.GROUP:
            return words.group.format(before or words.none, after or words.none)
        case EventKind.PRIORITY:
            shown = (priority_shown(one, locale) for one in (before, after))
            return words.priority.format(*shown)
        case EventKind.PARENT:
            return words.parent.format(after) if after else words.no_parent.format(before)
        case EventKind.SPAM:
            return _of_spam(event, words)
        case kind if kind in words.plain:
            return _plain(directory, event, words.plain[kind])
        case _:
            return _of_pair(event, words)


def _plain(directory: Directory, event: TicketEvent, form: str) -> str | None:
    """Nothing of what names what it does not say."""
    if "{}" not in form:
        return form
    name = next((name for name in _NAMES_OF_PLAIN if event.detail.get(name)), None)
    if name is None:
        return None
    value = _text(event.detail, name)
    return form.format(_person(directory, value) if name == "agent" else _short(value))


def _of_spam(event: TicketEvent, words: _Words) -> str | None:
    kept = words.spam.get(_text(event.detail, "kept"))
    said = ((words.spam[name], _text(event.detail, name)) for name in ("blocked", "unblocked"))
    return kept or next((form.format(_short(who)) for form, who in said if who), None)


def _of_pair(event: TicketEvent, words: _Words) -> str | None:
    forms: Sequence[tuple[str, str]] = [
        (name, form) for (kind, name), form in words.pairs.items() if kind is event.kind
    ]
    found = ((form, _text(event.detail, name)) for name, form in forms)
    return next((form.format(value) for form, value in found if value), None)


def _text(detail: _Detail, name: str) -> str:
    value = detail.get(name)
    return "" if value is None else _short(str(value))


def _short(text: str) -> str:
    return one_line(text, _MAX_SHOWN)
