"""How a mail to agents names people: in the locale of the desk, and so that a line stays one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from mailgate.desk.words.frame import one_line
from mailgate.desk.words.templates import FALLBACK_LOCALE
from mailgate.mail.address import Address, NamedAddress
from mailgate.model.decision import Reason
from mailgate.model.ticket import Author, Role

_SHOWN_ADDRESS = 80
_SHOWN_RECIPIENTS = 140
"""Characters of all addresses in a marker line. The quote cutter knows a marker of 300 at most,
also after a client has wrapped it in four lines."""


class Unsent(StrEnum):
    """Why an agent's answer went to nobody."""

    TOO_MANY = "too_many"
    AUTOMATIC = "automatic"
    FORWARDED = "forwarded_mail"


@dataclass(frozen=True, slots=True)
class _Words:
    no_participant: str
    third_party: str
    doubtful: str
    asks_elsewhere: str
    """Reply-To names another address than From."""
    our_name: str
    other_address: str
    passed_on: str
    """The display name shows one."""
    too_many: str
    """Of a sender who is taken for a machine."""
    unclear: str
    """Of names in a note that several colleagues have."""
    unsent: Mapping[Unsent, str]
    """What an agent is told of their own answer."""
    one: str
    """How one address is written."""
    joint: str
    """Between two addresses."""
    last_joint: str
    """Before the last one."""
    other: str
    """What stands behind the last one that is shown when one is not; `others`: when more."""
    others: str


_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        no_participant="NOT a participant of this ticket",
        third_party="a third party, NOT the customer",
        doubtful="NOT verified: the address may be forged",
        asks_elsewhere="asks for answers to {}, and none goes there",
        our_name="has a NAME OF OURS, and another address",
        other_address="the name shows ANOTHER address",
        passed_on="passed on by a colleague",
        too_many="[{} writes faster than people do, and is taken for a machine: what else comes "
        "from there is kept on the ticket in private, goes to nobody, and you are not told of it "
        "until it is slower.]",
        unclear="[More than one colleague is called {}: that name told none of them of your note. "
        "Write the address instead.]",
        unsent={
            Unsent.TOO_MANY: "[Your message was not sent to the customer: so many came from "
            "you, or the same words so often, that they are taken for a machine's. It is on the "
            "ticket, for agents alone, and so is what you write there until it is less. You are "
            "told of it once a day.]",
            Unsent.FORWARDED: "[Your message was not sent to the customer: it passes on a mail, or "
            "nothing in it says that it is for them. It is a note on the ticket. If it was for "
            "the customer, answer the notification of their mail.]",
            Unsent.AUTOMATIC: "[Your message was not sent to the customer: it reads like an "
            "automatic answer. It is a note on the ticket. You are told of it once a day. If you "
            "wrote it yourself, write it again in other words.]",
        },
        one="{}",
        joint=", ",
        last_joint=" and ",
        other=" and 1 other",
        others=" and {} others",
    ),
    "ko": _Words(
        no_participant="이 티켓의 참여자가 아님",
        third_party="고객이 아닌 제3자",
        doubtful="확인되지 않음: 발신 주소가 위조되었을 수 있음",
        asks_elsewhere="{} 주소로 답장을 요청했으나 그곳으로 보내지 않음",
        our_name="이름은 당사 것이지만 주소는 다름",
        other_address="이름에 다른 주소가 적혀 있음",
        passed_on="동료가 전달한 메일",
        too_many="[{} 주소에서 사람보다 빠르게 메일이 오고 있어 자동 발신으로 간주합니다. 이후 "
        "도착하는 메일은 속도가 줄어들 때까지 티켓에 비공개로만 보관되며, 누구에게도 전달되거나 "
        "알려지지 않습니다.]",
        unclear="[이름이 {}인 동료가 여러 명이어서 그 이름으로는 메모를 알리지 않았습니다. "
        "이름 대신 메일 주소를 적어 주세요.]",
        unsent={
            Unsent.TOO_MANY: "[작성하신 글을 고객에게 보내지 않았습니다. 너무 많은 메일 또는 "
            "같은 내용의 메일이 이어져 자동 발신으로 간주했습니다. 이 글과 속도가 줄어들 때까지 "
            "쓰시는 글은 티켓에 비공개로 보관됩니다. 이 안내는 하루에 한 번만 보냅니다.]",
            Unsent.FORWARDED: "[작성하신 글을 고객에게 보내지 않았습니다. 다른 메일을 전달했거나 "
            "고객에게 보내는 글이라는 표시가 없어 티켓에 메모로 남겼습니다. 고객에게 쓰신 글이라면 "
            "고객 메일의 알림에 답장해 주세요.]",
            Unsent.AUTOMATIC: "[작성하신 글을 고객에게 보내지 않았습니다. 자동 응답으로 보여 "
            "티켓에 메모로 남겼습니다. 직접 쓰신 글이라면 다른 말로 다시 보내 주세요. 이 안내는 "
            "하루에 한 번만 보냅니다.]",
        },
        one="{} 님",
        joint=", ",
        last_joint=", ",
        other=" 외 1명",
        others=" 외 {}명",
    ),
}


def author_shown(
    author: Author,
    locale: str,
    *,
    doubtful: bool = False,
    oddities: Sequence[Reason] = (),
    asked: Address | None = None,
) -> str:
    """Name and address, and what speaks against the author; the address is always shown, because
    a name says nothing of who it is. `asked` is where they want answers to go."""
    name = one_line(author.name)
    known = f"{name} <{author.address}>" if name else str(author.address)
    words = _words(locale)
    elsewhere = words.asks_elsewhere.format(shortened(str(asked)))
    notes = (
        (author.role is Role.STRANGER, words.no_participant),
        (author.role is Role.THIRD_PARTY, words.third_party),
        (doubtful and author.role is not Role.STRANGER, words.doubtful),
        (Reason.NAME_OF_AGENT in oddities, words.our_name),
        (Reason.NAME_WITH_ADDRESS in oddities, words.other_address),
        (Reason.PASSED_ON_BY_AGENT in oddities, words.passed_on),
        (Reason.REPLY_TO_DIFFERS in oddities and asked is not None, elsewhere),
    )
    told = "; ".join(note for holds, note in notes if holds)
    return f"{known} ({told})" if told else known


def too_many_from(sender: NamedAddress, locale: str) -> str:
    """What agents are told of a sender who writes too much on a ticket."""
    return _words(locale).too_many.format(shortened(str(sender.address)))


def unclear(names: Sequence[str], locale: str) -> str:
    """What an agent is told of the names in their note that may be one of several."""
    return _words(locale).unclear.format(", ".join(f"@{one_line(name)}" for name in names))


def unsent(why: Unsent, locale: str) -> str:
    """What an agent is told of their own answer that went to nobody."""
    return _words(locale).unsent[why]


def recipients_shown(recipients: Sequence[Address], locale: str) -> str:
    """Everybody whom an answer goes to; where they are too many for a line, the first of them
    and the number of the others."""
    words = _words(locale)
    shown = [words.one.format(shortened(str(one))) for one in recipients]
    kept = len(shown)
    while kept > 1 and len(words.joint.join(shown[:kept])) > _SHOWN_RECIPIENTS:
        kept -= 1
    more = len(shown) - kept
    if not more:
        first, last = shown[:-1], shown[-1]
        return words.last_joint.join((words.joint.join(first), last)) if first else last
    others = words.other if more == 1 else words.others.format(more)
    return words.joint.join(shown[:kept]) + others


def local_time(at: datetime, timezone: tzinfo) -> str:
    """A date and a time that read the same in every language, with the zone that they are in."""
    return at.astimezone(timezone).strftime("%Y-%m-%d %H:%M %Z")


def shortened(address: str) -> str:
    """An address can have 320 characters; a marker line must stay a line to be found again."""
    half = _SHOWN_ADDRESS // 2
    return address if len(address) <= _SHOWN_ADDRESS else f"{address[:half]}…{address[-half:]}"


def _words(locale: str) -> _Words:
    return _WORDS.get(locale, _WORDS[FALLBACK_LOCALE])
