"""The story of a mail on its way out, in words. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from mailgate.desk.returned.failures import said_by
from mailgate.desk.telling.waiting import what_it_waits_for, why_it_waits
from mailgate.desk.words.frame import one_line
from mailgate.desk.words.templates import FALLBACK_LOCALE
from mailgate.desk.words.wording import local_time
from mailgate.model.delivery import DeliveryState, WaitReason
from mailgate.model.settlement import ResultName
from mailgate.store.obstacles import Obstacle
from mailgate.store.outbound import Attempt
from mailgate.store.story import DeliveryStory

__all__ = ["tell_delivery"]


@dataclass(frozen=True, slots=True)
class _Words:
    queued: str
    agent: str
    campaign: str
    scheduled: str
    attempt: str
    results: Mapping[str, str]
    running: str
    waits: str
    held: str
    down: str
    slowed: str
    told: str
    kept: str
    always: str
    insists: str
    bounced: str
    ends: Mapping[DeliveryState, str]


_R, _S = ResultName, DeliveryState
_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        queued="Queued on {at}: {kind} in the lane {lane}, from {sender} to {recipient}.",
        agent="On behalf of the agent {agent}.",
        campaign="Counted under the campaign {campaign}.",
        scheduled="It may leave since {at}, not before.",
        attempt="Attempt {number}, {at}: {result}",
        results={
            _R.DELIVERED: "the next server took it",
            _R.DEFERRED: "not taken for now",
            _R.REJECTED: "refused",
            _R.AMBIGUOUS: "nobody knows whether it was taken; tried again with the same bytes",
            _R.SUPPRESSED: "not sent, because mail is kept from this address",
        },
        running="under way on the node {node}",
        waits="It waits: {why}. Due at about {at}.",
        held="An operator holds it since {at}: mailgate queue release {id}",
        down="{what} could not be reached {failures} times in a row; one mail tries again on {at}.",
        slowed="{what} has asked for patience; mail goes there more slowly.",
        told="Its agents were told of the delay on {at}.",
        kept="Mail is kept from {address} since {at}, until {until}.",
        always="somebody lifts it",
        insists="An operator wants it sent all the same.",
        bounced="A report came home on {at}: it did not arrive.",
        ends={
            _S.DELIVERED: "Delivered to the next server on {at}.",
            _S.FAILED: "Failed on {at}; it is not tried again.",
            _S.EXPIRED: "Given up on {at}; it is not tried again.",
            _S.CANCELLED: "Cancelled by an operator on {at}; it never leaves.",
        },
    ),
    "ko": _Words(
        queued="{at} 대기열 등록: {kind}, 레인 {lane}, 보낸 사람 {sender}, 받는 사람 {recipient}.",
        agent="상담원 {agent} 명의로 발송됩니다.",
        campaign="캠페인 {campaign}에 포함됩니다.",
        scheduled="{at} 이후에 발송할 수 있습니다.",
        attempt="{number}번째 시도, {at}: {result}",
        results={
            _R.DELIVERED: "다음 서버가 받음",
            _R.DEFERRED: "아직 받지 않음",
            _R.REJECTED: "거부됨",
            _R.AMBIGUOUS: "받았는지 알 수 없어 같은 내용으로 다시 시도함",
            _R.SUPPRESSED: "메일을 보내지 않는 주소여서 발송하지 않음",
        },
        running="노드 {node}에서 진행 중",
        waits="대기 중: {why}. 예상 시각 {at}.",
        held="{at}부터 운영자가 보류했습니다: mailgate queue release {id}",
        down="{what}에 {failures}번 연결하지 못했습니다. 다음 시도는 {at}입니다.",
        slowed="{what}에서 속도를 늦춰 달라고 하여 천천히 발송합니다.",
        told="{at}에 담당자에게 지연을 알렸습니다.",
        kept="{at}부터 {address} 주소로는 메일을 보내지 않습니다. 기한: {until}.",
        always="해제할 때까지",
        insists="운영자가 그래도 발송하도록 했습니다.",
        bounced="{at}에 전달 실패 보고가 돌아왔습니다.",
        ends={
            _S.DELIVERED: "{at} 다음 서버에 전달되었습니다.",
            _S.FAILED: "{at} 실패했으며 다시 시도하지 않습니다.",
            _S.EXPIRED: "{at} 발송을 포기했으며 다시 시도하지 않습니다.",
            _S.CANCELLED: "{at} 운영자가 취소하여 발송되지 않습니다.",
        },
    ),
}


def tell_delivery(story: DeliveryStory, locale: str, timezone: tzinfo) -> tuple[str, ...]:
    """Its story, a sentence each: how it came into the queue, what was tried, what it waits for
    or how it ended, and what came home."""
    words = _WORDS.get(locale, _WORDS[FALLBACK_LOCALE])
    return tuple(
        one_line(sentence, 1000)
        for part in (
            _beginning(story, words, timezone),
            _attempts(story.attempts, words, timezone),
            _now(story, words, locale, timezone),
            _around(story, words, timezone),
        )
        for sentence in part
    )


def _beginning(story: DeliveryStory, words: _Words, timezone: tzinfo) -> Iterator[str]:
    delivery = story.delivery
    yield words.queued.format(
        at=local_time(delivery.created_at, timezone),
        kind=story.kind,
        lane=delivery.lane.value,
        sender=delivery.sender,
        recipient=delivery.recipient,
    )
    if delivery.agent is not None:
        yield words.agent.format(agent=delivery.agent)
    if delivery.campaign is not None:
        yield words.campaign.format(campaign=delivery.campaign)
    if delivery.due_from is not None and delivery.due_from > delivery.created_at:
        yield words.scheduled.format(at=local_time(delivery.due_from, timezone))


def _attempts(tries: tuple[Attempt, ...], words: _Words, timezone: tzinfo) -> Iterator[str]:
    for one in tries:
        result = words.running.format(node=one.node)
        if one.result is not None:
            said = said_by(one.status, one.text or "")
            replied = " ".join(str(part) for part in (one.code, said) if part)
            meaning = words.results.get(one.result, one.result)
            result = f"{meaning}: {replied}" if replied else f"{meaning}."
        at = local_time(one.started_at, timezone)
        yield words.attempt.format(number=one.number, at=at, result=result)


def _now(story: DeliveryStory, words: _Words, locale: str, timezone: tzinfo) -> Iterator[str]:
    delivery = story.delivery
    end = words.ends.get(delivery.state)
    if end is not None:
        over = story.final_at or (delivery.last_reply.at if delivery.last_reply else None)
        yield end.format(at=_time(over, timezone))
        return
    if delivery.state is DeliveryState.HELD:
        yield words.held.format(at=local_time(delivery.due_at, timezone), id=delivery.id)
        return
    if delivery.state is DeliveryState.LEASED:
        return  # the last attempt says so
    reason = delivery.wait_reason or WaitReason.QUEUED
    why = why_it_waits(reason, delivery.waits_for, locale)
    yield words.waits.format(why=why, at=local_time(delivery.due_at, timezone))
    if story.obstacle is not None:
        yield from _obstacle(story.obstacle, words, timezone)


def _obstacle(found: Obstacle, words: _Words, timezone: tzinfo) -> Iterator[str]:
    what = what_it_waits_for(found.key)
    said = found.last_reply
    replied = "" if said is None else said_by(said.status, said.text)
    behind = f" {replied}" if replied else ""
    if found.is_down:
        at = _time(found.down_until, timezone)
        yield words.down.format(what=what, failures=found.failures, at=at) + behind
    elif found.slowness:
        yield words.slowed.format(what=what) + behind


def _around(story: DeliveryStory, words: _Words, timezone: tzinfo) -> Iterator[str]:
    if story.delay_told_at is not None:
        yield words.told.format(at=local_time(story.delay_told_at, timezone))
    for kept in story.kept:
        until = words.always if kept.until is None else local_time(kept.until, timezone)
        said = said_by(kept.status, kept.text)
        sentence = words.kept.format(
            address=kept.address, at=local_time(kept.at, timezone), until=until
        )
        yield f"{sentence} {said}".rstrip()
    if story.insists:
        yield words.insists
    bounced = story.delivery.bounced
    if bounced is not None:
        said = said_by(bounced.status, bounced.text)
        yield f"{words.bounced.format(at=local_time(bounced.at, timezone))} {said}".rstrip()


def _time(at: datetime | None, timezone: tzinfo) -> str:
    return "-" if at is None else local_time(at, timezone)
