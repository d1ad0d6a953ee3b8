"""Absence notes without a header field that says so, and what people write of absences."""

import pytest

from mailgate.mail.absencenote import reads_automatic


@pytest.mark.parametrize(
    "subject",
    [
        "부재중입니다",
        "부재 중입니다.",
        "휴가 중입니다",
        "자동 회신",
        "[자동발송] 접수",
        "안녕하세요 자동답변입니다",
        "퇴사 안내",
        "I am on vacation",
        "I'm out of the office until Monday",
        "Out of office",
        "Abwesend",
        "Automatic reply: Where is my parcel?",
    ],
)
def test_a_subject_that_is_nothing_else_is_a_notes(subject: str) -> None:
    assert reads_automatic(subject, "5월 6일에 돌아옵니다.")


@pytest.mark.parametrize(
    "text",
    [
        "안녕하세요.\n현재 휴가 중으로 자동 회신 드립니다.",
        "본 메일은 자동으로 발송되었습니다.",
        "부재중입니다. 월요일에 답변드리겠습니다.",
        "현재 출장 중이오니 급한 일은 전화 주십시오.",
        "Hello,\n\nI am currently out of the office until 6 May.",
        "I'm on vacation, with no access to my mail.",
        "This is an automated response.",
        "Ich bin derzeit nicht im Büro.",
    ],
)
def test_words_that_a_machine_begins_with(text: str) -> None:
    assert reads_automatic("Re: [#1] Where is my parcel?", text)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("휴가 신청 문의", "휴가를 신청하려고 합니다."),
        ("Re: [#1] 자동 회신 설정", "설정 화면에서 자동 회신을 켜시면 됩니다."),
        ("Re: [#1] Out of office", "You can switch it on in the settings."),
        ("Re: [#1] parcel", "Your parcel will come on Monday."),
        ("Out of office chairs", "Do you have any left?"),
        ("Re: [#1] 배송", "담당자가 휴가 중이어서 제가 안내드립니다. 내일 도착합니다."),
        ("Vacation rental", "Is it free in May? We will be on vacation then."),
        ("Re: [#1] 배송", "부재중 전화를 보았습니다. 내일 다시 전화드리겠습니다."),
    ],
)
def test_people_speak_of_absences_too(subject: str, text: str) -> None:
    assert not reads_automatic(subject, text)
