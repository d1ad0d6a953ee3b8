"""The visible reply: what a person wrote, in the forms of the mail programs in use."""

import pytest

from mailgate.mail.html import from_text, read_html, sanitise, to_text
from mailgate.mail.parse import parse_mail
from mailgate.mail.quote import marker_line, visible_reply
from tests.harness.effort import at_most

ANSWER = "안녕하세요. 확인했습니다.\n감사합니다.\n환불 부탁드립니다."

QUOTES = {
    "gmail": "2026년 11월 20일 (금) 오후 3:04, 홍길동 <h@x.kr>님이 작성:\n\n> 원문\n> 둘\n",
    "gmail over three lines": (
        "2026년 11월 20일 (금) 오후 3:04, 홍길동 고객센터 담당자\n"
        "<hong.gildong@example.kr>님이\n작성:\n\n> 원문\n"
    ),
    "outlook": (
        "________________________________\n보낸 사람: 홍길동 <hong@example.kr>\n"
        "보낸 날짜: 2026년 11월 20일 금요일 오후 3:04\n받는 사람: 고객센터 <help@example.kr>\n"
        "제목: 결제 오류\n\n원문입니다.\n"
    ),
    "outlook with cc": (
        "보낸 사람: 홍길동\n보낸 날짜: 2026년 11월 20일\n받는 사람: 고객센터\n참조: 김\n"
        "제목: 결제 오류\n\n원문입니다.\n"
    ),
    "outlook in English": (
        "From: Hong <hong@example.kr>\nSent: Friday, November 20, 2026 3:04 PM\n"
        "To: Acme Support <support@acme.example>\nSubject: RE: Payment\n\nOriginal text.\n"
    ),
    "original message": "-----Original Message-----\nFrom: a\n원문\n",
    "original message in Korean": "-----원본 메시지-----\n보낸 사람: 홍길동\n원문\n",
    "naver": (
        '-----Original Message-----\nFrom: "홍길동"<hong@naver.com>\nTo: <help@x.kr>\nCc:\n'
        "Sent: 2026-11-20 (금) 15:04:00 (GMT+09:00)\nSubject: Re: x\n\n원문"
    ),
    "daum": "--------- 원본 메일 ---------\n보낸사람: 홍길동\n날짜: 26.11.20\n원문\n",
    "hanmail": "---------[ 받은 메일 내용 ]----------\n제목 : Re: 결제\n보낸이 : 홍\n\n원문",
    "apple mail": "> 2026. 11. 20. 오후 3:04, 홍길동 <hong@example.kr> 작성:\n> \n> 원문\n",
    "iphone": (
        "나의 iPhone에서 보냄\n\n2026. 11. 20. 오후 3:04, 홍길동 <hong@example.kr> 작성:\n\n"
        "> 원문\n"
    ),
    "attribution without quote marks": (
        "2026. 11. 20. 오후 3:04, 홍길동 <hong@example.kr> 작성:\n\n원문\n둘"
    ),
    "thunderbird": "2026-11-20 오후 3:04에 홍길동 이(가) 쓴 글:\n> 원문\n",
    "galaxy": (
        "내 Galaxy에서 보냈습니다.\n\n-------- 원본 이메일 --------\n보낸사람: x\n"
        "날짜: 26/11/20 오후 3:04 (GMT+09:00)\n받은 사람: y\n제목: z\n\n원문"
    ),
    "gmail in English": "On Fri, Nov 20, 2026 at 3:04 PM Hong <h@x.kr> wrote:\n\n> Hi\n",
    "german": "Am 20.11.2026 um 15:04 schrieb Hong <h@x.kr>:\n> Hallo\n",
    "french": "Le ven. 20 nov. 2026 à 15:04, Hong <h@x.kr> a écrit :\n> Bonjour\n",
    "japanese": "2026年11月20日(金) 15:04 Hong <h@x.kr>:\n\n> こんにちは\n",
    "chinese": "Hong <h@x.kr> 于2026年11月20日周五 15:04写道：\n\n> 你好\n",
    "our marker": f"{marker_line('이 줄 위에 답장을 쓰세요')}\nHong 님의 문의\n",
    "signature": "-- \n홍길동\n대리\n",
}


@pytest.mark.parametrize("quote", QUOTES.values(), ids=QUOTES.keys())
def test_what_was_answered_to_is_cut(quote: str) -> None:
    assert visible_reply(f"{ANSWER}\n\n{quote}") == ANSWER


@pytest.mark.parametrize(
    "attribution",
    [
        "2026년 11월 20일 (금) 오후 3:04, 홍길동 <hong@example.kr>님이 작성:",
        "On 11/20/26 15:04, Hong wrote:",
    ],
)
def test_an_answer_under_the_quote_is_kept(attribution: str) -> None:
    assert visible_reply(f"{attribution}\n> 원문\n> 둘\n\n{ANSWER}\n") == ANSWER


def test_answers_between_quoted_lines_keep_their_place() -> None:
    text = "On 11/20/26 15:04, Hong wrote:\n> one?\n\nyes\n\n> two?\n\nno\n\n> rest\n"
    assert visible_reply(text) == "> one?\n\nyes\n\n> two?\n\nno"


KEPT = [
    "감사합니다.",
    "제목: 이라는 글이 보입니다.\n어떻게 하나요?",
    "> This is a quote.\n\nAnd this is some text.",
    "From: the box says From: x\nwhat does it mean?",
    "Sie schrieb mir: alles gut.\nDanke",
    "신청서 작성:\n이름과 번호를 적었습니다.",
    (
        "Please look at this.\n\n---------- Forwarded message ---------\nFrom: a <a@b.kr>\n"
        "Date: Fri, Nov 20, 2026\nSubject: Invoice\nTo: me <m@b.kr>\n\nPay now."
    ),
    "one\n-----\ntwo",
]


@pytest.mark.parametrize("text", KEPT)
def test_in_doubt_the_text_stays(text: str) -> None:
    assert visible_reply(text) == text


def test_a_mail_that_is_all_quote_is_kept_whole() -> None:
    block = "From: a <a@b.kr>\nSent: Friday\nTo: me\nSubject: x\n\nPlease help."
    assert visible_reply(block) == block


def test_a_forward_keeps_its_block() -> None:
    text = "See below\n\nFrom: a <a@b.kr>\nSent: Friday\nTo: me\nSubject: x\n\nPlease help."
    raw = f"From: a@b.kr\r\nSubject: FW: x\r\n\r\n{text}".encode()
    assert parse_mail(raw).text == text
    assert parse_mail(raw.replace(b"FW:", b"RE:")).text == "See below"


def test_an_answer_of_nothing_to_our_mail_is_nothing() -> None:
    assert visible_reply(f"{marker_line('reply above')}\nthe customer's text") == ""
    assert visible_reply(f"> {marker_line('reply above')}\n> text\n\nunder") == "under"


@pytest.mark.parametrize("mark", ["", "> "])
def test_our_marker_is_known_when_a_program_has_wrapped_it(mark: str) -> None:
    wrapped = marker_line("Everything above this line goes to the customer").replace(
        " line", "\nline"
    )
    quoted = "\n".join(f"{mark}{line}" for line in wrapped.split("\n"))
    assert visible_reply(f"{ANSWER}\n\n{quoted}\n{mark}text\n") == ANSWER


@pytest.mark.parametrize("mark", ["", "> "])
def test_our_marker_is_known_under_a_very_long_answer(mark: str) -> None:
    answer = "\n".join(["a line of a log"] * 6000)
    assert visible_reply(f"{answer}\n{mark}{marker_line('x')}\n{mark}text\n") == answer


INTRODUCTIONS = [
    "Idatzi du Alice-k 2026-11-20 15:04 (alice@acme.example):",
    "Nork: Acme <support@acme.example>\nNori: Alice <alice@acme.example>\nNoiz: atzo\nGaia: x",
    "____________\nNork: Acme\nNori: Alice <alice@acme.example>\nGaia: x\n",
]


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
@pytest.mark.parametrize("mark", ["", "> "])
def test_what_introduces_our_marker_goes_in_any_language(introduction: str, mark: str) -> None:
    """It names the agent's own mailbox, which the customer must never see."""
    text = f"{ANSWER}\n\n{introduction}\n{mark}{marker_line('above')}\n{mark}text\n"
    assert visible_reply(text) == ANSWER


HTML_QUOTES = {
    "gmail": (
        '<div dir="ltr">ANSWER</div><div class="gmail_quote"><div class="gmail_attr">On x '
        "wrote:</div><blockquote>SECRET</blockquote></div>"
    ),
    "outlook web": '<p>ANSWER</p><hr><div id="divRplyFwdMsg">From: x</div><div>SECRET</div>',
    "outlook": (
        '<p>ANSWER</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt">'
        "<p><b>보낸 사람:</b> 홍<br><b>보낸 날짜:</b> 2026<br><b>받는 사람:</b> x<br>"
        "<b>제목:</b> y</p></div></div><p>SECRET</p>"
    ),
    "apple": (
        "<div>ANSWER<br><blockquote type='cite'>2026. 11. 20. 오후 3:04, 홍 &lt;h@x.kr&gt; "
        "작성:<br>SECRET</blockquote></div>"
    ),
    "thunderbird": (
        '<p>ANSWER</p><div class="moz-cite-prefix">2026-11-20에 홍이(가) 쓴 글:</div>'
        '<blockquote type="cite"><p>SECRET</p></blockquote>'
    ),
    "yahoo": '<div>ANSWER</div><div class="yahoo_quoted"><div>SECRET</div></div>',
    "naver": (
        "<div>ANSWER</div><p>-----Original Message-----<br><b>From:</b> x<br><b>To:</b> y</p>"
        "<div>SECRET</div>"
    ),
    "our marker": f"<div>ANSWER</div><div><p>{marker_line('x')}</p><p>SECRET</p></div><p>SECRET",
}


@pytest.mark.parametrize("html", HTML_QUOTES.values(), ids=HTML_QUOTES.keys())
def test_the_quote_of_an_html_mail_is_cut(html: str) -> None:
    reading = read_html(html)
    assert "SECRET" in reading.html
    assert "SECRET" not in reading.reply_html
    assert to_text(reading.reply_html) == reading.reply_text == "ANSWER"


def test_an_html_mail_without_text_has_both_from_it() -> None:
    raw = f"From: a@b.kr\r\nContent-Type: text/html\r\n\r\n{HTML_QUOTES['gmail']}".encode()
    mail = parse_mail(raw)
    assert mail.text == "ANSWER"
    assert "SECRET" in mail.full_text
    assert "SECRET" in (mail.html or "")
    assert "SECRET" not in (mail.reply_html or "")


def test_a_persons_own_block_quote_is_no_quote() -> None:
    html = "<p>The manual says</p><blockquote>Press the button</blockquote><p>but I did.</p>"
    assert "Press the button" in read_html(html).reply_html


def test_text_survives_the_way_through_html() -> None:
    text = 'a < b & "c"\nsecond\n\nthird > 2'
    assert sanitise(from_text(text)).count("<p>") == 2
    assert to_text(from_text(text)) == text


@pytest.mark.parametrize(
    "attribution",
    [
        "On Monday, Hong wrote:",
        "On Monday, Hong wrote:\n",
        "Am Montag schrieb Hong:",
        "홍길동 님이 작성:",
        "On Monday, Hong Gildong from the sales department of\nAcme Incorporated wrote:",
        "Am Freitag hat Herr Hong aus der Abteilung\nin Seoul dies geschrieben, er schrieb:",
    ],
)
@pytest.mark.parametrize("quoted", ["> It failed.", "> It failed.\n>\n> Hong\n\n"])
def test_an_attribution_without_a_date_goes_with_what_is_quoted_to_the_end(
    attribution: str, quoted: str
) -> None:
    assert visible_reply(f"Thank you.\n\n{attribution}\n{quoted}") == "Thank you."


@pytest.mark.parametrize(
    "text",
    [
        "I agree with what Hong wrote:",
        "On Monday, Hong wrote:\nthat it failed.",
        "This is what Hong wrote:\n\nIt failed.\n\nPlease look.",
        "On Monday I read all of it, and then I saw\nwhat Hong wrote:\n\nIt failed.",
    ],
)
def test_a_sentence_with_nothing_quoted_under_it_stays(text: str) -> None:
    assert visible_reply(text) == text


def test_a_paragraph_of_the_author_above_a_quote_stays() -> None:
    text = "In my opinion it is clear from\nthe answer what Hong wrote:\n> It failed."
    assert visible_reply(f"Hello,\n\n{text}").startswith("Hello,\n\nIn my opinion it is clear from")


SLOW_TEXTS = {
    "On": "On " * 70_000,
    "On lines": "On Mon, x\n" * 20_000,
    "blank lines": "\n" * 200_000,
    "marks": ">" * 200_000,
    "from": "From: a\n" * 25_000,
    "schrieb": "Am 1.1. schrieb " * 13_000,
    "colons": "a:\n" * 60_000,
    "signatures": "-- \n" * 50_000,
    "rules": "____\n" * 40_000,
    "wrapped attributions": "\nOn Monday x\nwrote:\n>\n" * 10_000,
    "attributions": "On 1:00 <a@b.kr> wrote:\n" * 10_000,
    "quoted attributions": "> On 1:00 <a@b.kr> wrote:\n\n" * 8_000,
    "attributions of four lines": "On 1:00 a@b x\nb c 2020 x\nd 10:00\nz:\n" * 7_000,
    "attributions with bars": "On 2020 1:00 x wrote:\n|\n" * 9_000,
    "8000 newlines": "\n" * 8_000,
    "schrieb 1300": "Am 1.1. schrieb " * 1_300,
    "spaces": " " * 200_000,
    "lines of spaces": "   \n" * 50_000,
    "tabs": "\t" * 200_000,
    "dashes": "-" * 200_000,
    "lines of dashes": "---\n" * 50_000,
    "plain": "A line of a letter that somebody wrote.\n" * 5_000,
    "one line": "words of a letter " * 11_000,
    "Korean": "안녕하세요 " * 30_000,
    "warnings": "CAUTION " * 25_000,
    "lines of phones": "Sent from my iPhone\n" * 10_000,
    "footers": "users mailing list\n" * 11_000,
    "greetings and rules": "thanks\n____\nx\n" * 14_000,
    "initials": "C>\n" * 60_000,
    "fields apart": "From: a\n\nTo: b\nx\ny\n\n" * 9_000,
    "fields on a line": "From: a@b To: c Sent: d x: y\n" * 7_000,
    "addresses": ("a@" * 199 + ":\n") * 500,
    "digits": ("1 " * 199 + ":\n") * 500,
    "soft breaks": "> a=\nb=\n" * 25_000,
}
"""200 KB each: what has kept others for seconds."""


@pytest.mark.parametrize("text", SLOW_TEXTS.values(), ids=SLOW_TEXTS.keys())
def test_bad_text_takes_no_time(text: str) -> None:
    with at_most(0.5):
        visible_reply(text)


def test_a_clear_forward_is_read() -> None:
    text = (
        "Please take this one.\n\n---------- Forwarded message ---------\n"
        "From: 홍길동 <hong@example.kr>\nDate: Fri, 20 Nov 2026 15:04:00 +0900\n"
        "Subject: Payment that\n failed\nTo: <alice@acme.example>\n\nIt failed.\n\nHong"
    )
    forwarded = parse_mail(f"From: a@b.kr\r\nSubject: Fwd: x\r\n\r\n{text}".encode()).forwarded
    assert forwarded is not None
    assert str(forwarded.from_) == "홍길동 <hong@example.kr>"
    assert forwarded.subject == "Payment that failed"
    assert forwarded.date is not None
    assert forwarded.text == "It failed.\n\nHong"


@pytest.mark.parametrize("text", ["Forwarded message: see it?", "---- Forwarded message ----\nx"])
def test_what_is_not_clear_is_no_forward(text: str) -> None:
    assert parse_mail(f"From: a@b.kr\r\n\r\n{text}".encode()).forwarded is None
