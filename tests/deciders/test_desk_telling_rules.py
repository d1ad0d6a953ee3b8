"""Which rules match, in the words of `mailgate explain`."""

import pytest

from mailgate.desk.telling.account import account_of
from mailgate.desk.telling.retelling import tell_row
from mailgate.desk.telling.telling import tell, words_of
from mailgate.mail.envelope import Envelope
from mailgate.model.ids import JournalId
from mailgate.model.journal import Door, JournalState, JournalSummary
from mailgate.model.rule import Condition
from mailgate.threading.rights import RIGHTS
from tests.deciders.desk_world import HONG, NOW, SUPPORT


def text_of(locale: str, *rules: dict[str, object], **more: object) -> list[str]:
    document = {
        "disposition": "open_ticket",
        "reasons": ["new_conversation"],
        "rules": list(rules),
        **more,
    }
    return list(tell(account_of(document), words_of(locale), RIGHTS).text)


def failed(condition: str) -> dict[str, object]:
    return {"rule": "vip first", "matched": False, "failed": condition}


MATCHED: dict[str, object] = {"rule": "vip first", "matched": True, "failed": None}


def test_each_rule_has_its_sentence_in_order() -> None:
    told = text_of("en", failed("subject"), MATCHED)
    at = told.index('The rule "vip first" does not match: its words are not in the subject.')
    assert told[at + 1] == 'The rule "vip first" matches.'


def test_each_rule_has_its_sentence_in_korean() -> None:
    told = text_of("ko", failed("sender"), MATCHED)
    at = told.index('"vip first" 규칙에는 해당하지 않습니다. 발신자(sender)가 다릅니다.')
    assert told[at + 1] == '"vip first" 규칙에 해당합니다.'


@pytest.mark.parametrize("locale", ["en", "ko"])
def test_every_condition_has_words_of_its_own(locale: str) -> None:
    said = [set(text_of(locale, failed(one.value))) for one in Condition]
    common = set.intersection(*said)
    own = [sentences - common for sentences in said]
    assert all(len(sentences) == 1 for sentences in own)
    assert len(set.union(*own)) == len(Condition)


def test_what_a_newer_version_has_stored_is_left_out() -> None:
    assert text_of("en", failed("phase_of_the_moon")) == text_of("en")


DROPPED = {
    "en": "A rule of the settings drops it: it becomes nothing, and its bytes stay until the end "
    "of their retention.",
    "ko": "설정의 규칙에 따라 폐기합니다. 티켓으로 만들지 않으며, 원본은 보관 기간이 끝날 때까지 "
    "남아 있습니다.",
}


@pytest.mark.parametrize(("locale", "sentence"), DROPPED.items())
def test_nobody_is_told_that_a_person_dropped_what_a_rule_did(locale: str, sentence: str) -> None:
    row = JournalSummary(
        id=JournalId(1),
        door=Door.SMTP,
        received_at=NOW,
        envelope=Envelope(HONG.address, (SUPPORT,)),
        size=1,
        message_id=None,
        from_=str(HONG.address),
        subject="Sale",
        state=JournalState.DROPPED,
        attempts=1,
        cause="rule",
        decision=None,
        ticket=None,
        error=None,
    )
    decided = {"disposition": "suppress", "reasons": ["dropped_by_rule"], "rules": [MATCHED]}
    told = tell_row(row, decided, locale).text
    assert sentence in told
    by_hand = tell_row(row, {**decided, "reasons": []}, locale).text
    assert sentence not in by_hand
    assert by_hand[0] not in told
