"""Why a mail has not left yet, in words: for agents and for operators. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from mailgate.desk.words.templates import FALLBACK_LOCALE
from mailgate.desk.words.wording import local_time
from mailgate.model.delivery import WaitReason

__all__ = ["outlook", "tried", "what_it_waits_for", "why_it_waits"]

_W = WaitReason
_WHY: Mapping[str, Mapping[WaitReason, str]] = {
    "en": {
        _W.QUEUED: "about to leave",
        _W.UNDO: "its author may still take it back",
        _W.SCHEDULED: "scheduled for later",
        _W.RETRY: "not taken yet, tried again",
        _W.ORDER: "after an earlier mail of ticket {} to the same recipient",
        _W.HOURLY_LIMIT: "the limit of the hour is reached",
        _W.LANE_RESERVE: "the rest of the hour is kept for answers",
        _W.SENDER_LIMIT: "the hourly limit of {} is reached",
        _W.AGENT_LIMIT: "the hourly limit of the agent {} is reached",
        _W.CAMPAIGN_LIMIT: "the hourly limit of the campaign {} is reached",
        _W.RECIPIENT_LIMIT: "the hourly limit of automatic mail to {} is reached",
        _W.HELD: "held by an operator",
        _W.LEASED: "on its way",
        _W.LEASE_LOST: "nobody knows whether it left: its node was lost; tried again",
        _W.DESTINATION_BUSY: "as many mails as may be are on their way to {}",
        _W.DESTINATION_PACE: "mail to {} leaves at a pace",
        _W.DESTINATION_DOWN: "{} cannot be reached",
    },
    "ko": {
        _W.QUEUED: "곧 발송됨",
        _W.UNDO: "작성자가 아직 취소할 수 있음",
        _W.SCHEDULED: "예약 발송",
        _W.RETRY: "상대 서버가 아직 받지 않아 다시 시도함",
        _W.ORDER: "같은 받는 사람에게 가는 티켓 {}의 앞선 메일을 기다림",
        _W.HOURLY_LIMIT: "시간당 발송 한도에 도달함",
        _W.LANE_RESERVE: "남은 시간당 한도를 답변용으로 남겨 둠",
        _W.SENDER_LIMIT: "{}의 시간당 한도에 도달함",
        _W.AGENT_LIMIT: "상담원 {}의 시간당 한도에 도달함",
        _W.CAMPAIGN_LIMIT: "캠페인 {}의 시간당 한도에 도달함",
        _W.RECIPIENT_LIMIT: "{} 주소로 가는 자동 메일의 시간당 한도에 도달함",
        _W.HELD: "운영자가 보류함",
        _W.LEASED: "발송 중",
        _W.LEASE_LOST: "발송하던 노드가 중단되어 발송 여부를 알 수 없음: 다시 시도함",
        _W.DESTINATION_BUSY: "{} 앞으로 동시에 발송할 수 있는 수에 도달함",
        _W.DESTINATION_PACE: "{} 앞으로 가는 메일은 정해진 속도로 발송됨",
        _W.DESTINATION_DOWN: "{}에 연결할 수 없음",
    },
}


@dataclass(frozen=True, slots=True)
class _Words:
    something: str
    """What is waited for, where its name is not known."""
    never: str
    once: str
    often: str
    ends: str
    """What is tried until a time."""
    endless: str
    """What waits for as long as it must."""


_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        something="the destination",
        never="It was not tried: nobody gets through there, or it was not its turn.",
        once="It was tried once, on {since}.",
        often="It was tried {count} times since {since}.",
        ends="It is tried again by itself, next at about {next}. When nobody has taken it by "
        "{until}, it is given up, and you are told.",
        endless="It leaves by itself as soon as there is room, at about {next}. It is not given "
        "up.",
    ),
    "ko": _Words(
        something="목적지",
        never="연결할 수 없거나 차례가 되지 않아 아직 시도하지 못했습니다.",
        once="{since}에 한 번 시도했습니다.",
        often="{since}부터 {count}번 시도했습니다.",
        ends="자동으로 다시 시도하며 다음 시도는 {next} 무렵입니다. {until}까지 전달되지 않으면 "
        "발송을 포기하고 알려 드립니다.",
        endless="여유가 생기는 대로 {next} 무렵 자동으로 발송됩니다. 발송을 포기하지 않습니다.",
    ),
}


def why_it_waits(reason: WaitReason, waits_for: str | None, locale: str) -> str:
    """A clause without a full stop. `waits_for` is the key of what it waits for."""
    spoken = locale if locale in _WHY else FALLBACK_LOCALE
    return _WHY[spoken][reason].format(what_it_waits_for(waits_for) or _WORDS[spoken].something)


def tried(attempts: int, since: datetime | None, timezone: tzinfo, locale: str) -> str:
    """How often it was tried, and since when."""
    words = _WORDS.get(locale, _WORDS[FALLBACK_LOCALE])
    if attempts == 0 or since is None:
        return words.never
    sentence = words.once if attempts == 1 else words.often
    return sentence.format(count=attempts, since=local_time(since, timezone))


def outlook(due: datetime, until: datetime | None, timezone: tzinfo, locale: str) -> str:
    """What becomes of mail that waits by itself; `until` is None when nothing ends its wait."""
    words = _WORDS.get(locale, _WORDS[FALLBACK_LOCALE])
    coming = local_time(due, timezone)
    if until is None:
        return words.endless.format(next=coming)
    return words.ends.format(next=coming, until=local_time(until, timezone))


def what_it_waits_for(key: str | None) -> str:
    """The name in a key of a limit, a destination or a ticket: of `domain:example.com` the
    domain. "" where it names nothing."""
    return "" if key is None else key.partition(":")[2]
