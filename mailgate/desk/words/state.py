"""How a ticket stands, in one line for the agents. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from mailgate.desk.words.frame import one_line
from mailgate.desk.words.templates import FALLBACK_LOCALE
from mailgate.mail.address import Address
from mailgate.model.directory import Directory
from mailgate.model.ticket import Priority, Status, Ticket

__all__ = ["agent_shown", "priority_shown", "state_names", "status_shown"]

_TAGS_SHOWN = 10
_NAME_LIMIT = 60
_BETWEEN = " · "


@dataclass(frozen=True, slots=True)
class _Words:
    status: Mapping[Status, str]
    priority: Mapping[Priority, str]
    priority_of: str
    assigned: str
    nobody: str
    group: str
    tags: str
    more: str


_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        status={status: status.value for status in Status},
        priority={priority: priority.value for priority in Priority},
        priority_of="{} priority",
        assigned="assigned to {}",
        nobody="assigned to nobody",
        group="group {}",
        tags="tags {}",
        more=" and {} more",
    ),
    "ko": _Words(
        status={
            Status.OPEN: "진행 중",
            Status.PENDING: "고객 답변 대기",
            Status.RESOLVED: "해결됨",
            Status.CLOSED: "종료됨",
        },
        priority={
            Priority.LOW: "낮음",
            Priority.NORMAL: "보통",
            Priority.HIGH: "높음",
            Priority.URGENT: "긴급",
        },
        priority_of="우선순위 {}",
        assigned="담당자 {}",
        nobody="담당자 없음",
        group="그룹 {}",
        tags="태그 {}",
        more=" 외 {}개",
    ),
}


def state_names(directory: Directory, ticket: Ticket, locale: str) -> dict[str, str]:
    """Each thing by its name in a template, and `state`, all of them in one line."""
    words = _words(locale)
    status, priority = words.status[ticket.status], words.priority[ticket.priority]
    assignee = "" if ticket.assignee is None else agent_shown(directory, ticket.assignee)
    group, tags = one_line(ticket.group or "", _NAME_LIMIT), _tags(ticket, words)
    parts = (
        status,
        words.priority_of.format(priority),
        words.assigned.format(assignee) if assignee else words.nobody,
        words.group.format(group) if group else "",
        words.tags.format(tags) if tags else "",
    )
    return {
        "status": status,
        "priority": priority,
        "assignee": assignee,
        "group": group,
        "tags": tags,
        "state": _BETWEEN.join(part for part in parts if part),
    }


def status_shown(status: str, locale: str) -> str:
    """A status as people say it; what is none as it is."""
    known = {each.value: said for each, said in _words(locale).status.items()}
    return known.get(status, status)


def priority_shown(priority: str, locale: str) -> str:
    """The same of a priority."""
    known = {each.value: said for each, said in _words(locale).priority.items()}
    return known.get(priority, priority)


def agent_shown(directory: Directory, address: Address) -> str:
    """One of ours by name, anybody else by address."""
    agent = directory.agent_for(address)
    name = "" if agent is None else one_line(agent.name, _NAME_LIMIT)
    return name or one_line(str(address), _NAME_LIMIT)


def _tags(ticket: Ticket, words: _Words) -> str:
    shown = ", ".join(one_line(tag, _NAME_LIMIT) for tag in ticket.tags[:_TAGS_SHOWN])
    left = len(ticket.tags) - _TAGS_SHOWN
    return shown + (words.more.format(left) if left > 0 else "")


def _words(locale: str) -> _Words:
    return _WORDS.get(locale, _WORDS[FALLBACK_LOCALE])
