"""The base of a subject, and whether it forwards: the prefixes of many languages."""

import unicodedata

import pytest

from mailgate.mail.subject import base_subject, is_forward

REPLIES = [
    "Re: ",
    "RE: ",
    "re:",
    "Re : ",
    "Re\u00a0: ",
    "Re： ",
    "ＲＥ：",
    "Re[2]: ",
    "RE(3): ",
    "Re^2: ",
    "Re2: ",
    "Re*3: ",
    "Re: Re: RE: ",
    "Re: AW: SV: ",
    "[list] Re: ",
    "Re: [list] Re: ",
    "[EXTERNAL] [list] Re: ",
    "AW: ",
    "Antw: ",
    "Antwort: ",
    "SV: ",
    "VS: ",
    "Odp: ",
    "R: ",
    "RIF: ",
    "Rép : ",
    "RES: ",
    "Resp: ",
    "YNT: ",
    "Ynt: ",
    "ΑΠ: ",
    "Απ: ",
    "ΣΧΕΤ: ",
    "Отв: ",
    "HA: ",
    "Відп: ",
    "Vá: ",
    "VÁ: ",
    "ATB: ",
    "Ats: ",
    "Odg: ",
    "BLS: ",
    "Trả lời: ",
    "ตอบกลับ: ",
    "رد: ",
    "תשובה: ",
    "회신: ",
    "답장: ",
    "답변 : ",
    "회신：",
    "[답장] ",
    "[RE] ",
    "返信: ",
    "回复: ",
    "回复：",
    "答复: ",
    "回覆: ",
    "答覆：",
]
FORWARDS = [
    "Fwd: ",
    "FW: ",
    "Fw：",
    "FW[2]: ",
    "WG: ",
    "TR : ",
    "TR: ",
    "RV: ",
    "I: ",
    "ENC: ",
    "VB: ",
    "VL: ",
    "PD: ",
    "Doorst: ",
    "İLT: ",
    "ilt: ",
    "ΠΡΘ: ",
    "Пересл: ",
    "Továbbítás: ",
    "TRS: ",
    "Chuyển tiếp: ",
    "ส่งต่อ: ",
    "إعادة توجيه: ",
    "הועבר: ",
    "전달: ",
    "[전달] ",
    "[FW] ",
    "転送: ",
    "转发: ",
    "转发：",
    "轉寄: ",
    "轉發: ",
    "Fwd: Re: ",
    "[list] Fwd: ",
    "FW: 회신: RE: ",
]


@pytest.mark.parametrize("prefix", REPLIES + FORWARDS)
@pytest.mark.parametrize("subject", ["결제 문의", "Payment [urgent]: now"])
def test_a_prefix_is_no_part_of_the_subject(prefix: str, subject: str) -> None:
    assert base_subject(prefix + subject) == subject


@pytest.mark.parametrize("prefix", [*REPLIES, *FORWARDS])
def test_a_decomposed_prefix_is_the_same_prefix(prefix: str) -> None:
    assert base_subject(unicodedata.normalize("NFD", prefix + "x")) == "x"


@pytest.mark.parametrize("prefix", FORWARDS)
def test_a_forward_is_one(prefix: str) -> None:
    assert is_forward(prefix + "결제 문의")


@pytest.mark.parametrize("prefix", [*REPLIES, "", "Re: Fwd: ", "회신: 전달: "])
def test_an_answer_is_no_forward(prefix: str) -> None:
    assert not is_forward(prefix + "결제 문의")


KEPT = [
    "[urgent] payment",
    "[#12] payment",
    "Reminder: pay",
    "Request: refund",
    "Fwding: x",
    "Refund",
    "회신 부탁드립니다",
    "전달 사항 안내",
    "답장이 없어요: 왜죠",
    "TRS-80: manual",
    "[답변대기] 문의",
    "I need: help",
    "Resume: attached",
    "Tracking: 123",
    "10:30 회의",
    "",
]


@pytest.mark.parametrize("subject", KEPT)
def test_what_a_person_wrote_stays(subject: str) -> None:
    assert base_subject(subject) == subject
    assert not is_forward(subject)


@pytest.mark.parametrize(
    ("subject", "base", "forward"),
    [
        ("[Fwd: Payment]", "Payment", True),
        ("[Fwd: Re: Payment]", "Payment", True),
        ("Re: [Fwd: Payment]", "Payment", False),
        ("Payment (fwd)", "Payment", True),
        ("Payment (note)", "Payment (note)", False),
        ("Re:", "", False),
        ("Re: Re:", "", False),
        ("FW:", "", True),
    ],
)
def test_older_forms(subject: str, base: str, forward: bool) -> None:
    assert (base_subject(subject), is_forward(subject)) == (base, forward)


@pytest.mark.parametrize(
    "subject", ["Re: " * 100_000, "[" * 100_000, "[a]" * 50_000, "(fwd)" * 50_000, "[fwd:" * 50_000]
)
def test_a_hostile_subject_is_short_work(subject: str) -> None:
    assert len(base_subject(subject)) <= 2_000
    assert isinstance(is_forward(subject), bool)
