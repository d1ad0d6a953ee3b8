"""What people write stays: answers under and between quoted lines, and texts that only look like
the marks of a mail program."""

import pytest

from mailgate.mail.quote import visible_reply

WROTE = "On Fri, Nov 20, 2026 at 3:04 PM Hong <h@x.kr> wrote:"
OUTLOOK = "From: Hong <h@x.kr>\nSent: today\nTo: me <m@x.kr>\nSubject: RE: x\n\ntext\n"

WHOLE = {
    "thanks": "감사합니다.",
    "greeting at the end": "네, 됩니다.\n\n감사합니다.\n홍길동 드림",
    "regards and a name": "It works now.\n\nBest regards,\nBob",
    "he wrote": "I asked him, and he wrote:\nthat it is closed.",
    "a sentence on a day": "On Monday we wrote: please call us.\nNobody did.",
    "a day and a colon": "On Monday at 15:04 this happened:\nthe printer stopped.",
    "wrote at": "He wrote at 10:30:\nplease call me.",
    "an address and a colon": "Please call Bob <b@x.example> about these:\n1. the bill\n2. the box",
    "who sent it": "보낸 사람은 누구인가요?\n제목이 이상합니다.",
    "subject alone": "제목: 이라는 글이 보입니다.\n어떻게 하나요?",
    "a journey": "Please book:\n\nFrom: Seoul\nTo: Busan\nDate: 3 March\n\nThank you.",
    "a journey on one line": "From: Seoul To: Busan, two seats please.",
    "an event": "The workshop:\n\nDate: 3 May\nTime: 10:00\nSubject: Mail\n\nPlease come.",
    "a web form": (
        "New message from the site\n\nName: Hong\nFrom: h@x.kr\nPhone: 010-1234-5678\n"
        "Subject: order\nMessage: where is it?\nDate: today"
    ),
    "a web form in Korean": "접수.\n\n이름: 홍\n연락처: 010\n제목: 배송\n내용: 언제 오나요?",
    "a list with dashes": "We need:\n- apples\n- pears\n-- and two dashes\n- plums",
    "a rule between": "The first part.\n\n---\n\nThe second part, what do you think?",
    "rules in a text": "one\n-----\ntwo\n=====\nthree",
    "a rule above a question": "The problem is here.\n______\nCan you help?",
    "underscores to fill in": "Name: ________\nDate: ________\n\nPlease sign above.",
    "Markdown table": "| item | price |\n| --- | --- |\n| a | 1 |\n| b | 2 |",
    "a diff": "This helps:\n\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a = 1\n+a = 2",
    "SQL": "select 1;\n-- a comment\nselect 2;",
    "code with colons": "def f(x):\n    if x:\n        return 1\n    else:\n        return 2",
    "YAML": "from: a\nimage: b\nto: c\nsteps:\n  - run: x",
    "a log": "2026-11-20 15:04:05 INFO: started\n2026-11-20 15:04:06 ERROR: failed\nsee above",
    "a shell": "$ mail -s x\n> echo 1\nwhat is wrong?",
    "own heading": "--- Original ---\nHello\n--- Translation ---\n안녕하세요",
    "own quote, then more": "> This is from the manual.\n\nBut it is wrong.",
    "own quote at the end": "I get this error:\n\n> disk full\n> stop",
    "own quote in the middle": "The manual says:\n\n> press the button\n\nbut there is none.",
    "sent from a place": "It was sent from our warehouse, as you asked.",
    "sent with a courier": "The parcel is ready.\nSent by courier yesterday.",
    "sent at the begin": "Sent from my old address as well, please merge both.\nThank you.",
    "sent from Busan": "상품이 도착했나요?\n어제 부산에서 보냈습니다.",
    "sent from a store, de": "Das Paket ist da.\nGesendet von unserem Lager",
    "sent from a store, es": "El paquete no llegó.\nEnviado por DHL ayer",
    "sent from a store, fr": "Le colis est parti.\nEnvoyé de Lyon hier",
    "sent from a store, ru": "Где посылка?\nОтправлено с вашего склада",
    "sent from a store, sv": "Var är paketet?\nSkickat från ert lager",
    "sent from a store, tr": "Kargo nerede?\nDün şubenizden gönderildi.",
    "warning of a person": "Warning: the door is open.\n\nPlease close it.",
    "attention of a person": "Attention: external auditors come on Monday.\n\nPlease tell all.",
    "what a server said": (
        "I get this back:\n\n<a@b.example>: host mx.b.example[192.0.2.78] said:\n550 Unknown user"
    ),
    "what a server said, in lines": (
        "a@b.example\n  host mx [192.0.2.22]\n  SMTP error after MAIL FROM:<c@d.example> SIZE=1024:"
        "\n  551 Server access forbidden"
    ),
    "forward": (
        "Please look at this.\n\n---------- Forwarded message ---------\nFrom: a <a@b.kr>\n"
        "Date: Fri\nSubject: x\nTo: me\n\nPay now.\n--\nShop\n\nOn 1.1.2026 10:00 b wrote:\n> c"
    ),
    "a number for an answer": "010-1234-5678",
    "two words": "Yes: no",
    "emoji": "👍",
    "a chat log": "Kim: hello\nLee: hi\nKim: bye",
    "reported speech": "그분이 이렇게 썼습니다:\n환불해 주세요.",
    "reply above in a sentence": "I did reply above this line of the form, and nothing came.",
    "a whole quote": "> one\n> two",
}


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE.keys())
def test_the_text_of_a_person_stays_whole(text: str) -> None:
    assert visible_reply(text) == text


ABOVE_A_QUOTE = sorted(set(WHOLE) - {"forward", "a whole quote", "own quote at the end"})


@pytest.mark.parametrize("name", ABOVE_A_QUOTE)
@pytest.mark.parametrize("under", [f"\n\n{WROTE}\n\n> text\n", f"\n\n{OUTLOOK}"])
def test_and_it_stays_whole_above_a_quote(name: str, under: str) -> None:
    assert visible_reply(f"{WHOLE[name]}{under}") == WHOLE[name]


ANSWERED = {
    "under": (f"{WROTE}\n> one?\n> two?\n\nYes and no.", "Yes and no."),
    "under, no attribution": ("> one?\n\nYes.", "> one?\n\nYes."),
    "under, in many paragraphs": (f"{WROTE}\n> one?\n\nYes.\n\nAnd no.", "Yes.\n\nAnd no."),
    "under, with a signature": (f"{WROTE}\n> one?\n\nYes.\n\n-- \nKim\nAcme", "Yes."),
    "under, from a phone": (f"{WROTE}\n> one?\n\nYes.\n\nSent from my iPhone", "Yes."),
    "under, on a list": (
        f"{WROTE}\n> one?\n\nYes.\n\n____________________\nusers mailing list\nusers@x.example",
        "Yes.",
    ),
    "between": (
        f"{WROTE}\n> one?\n\nYes.\n\n> two?\n\nNo.\n\n> rest\n",
        "> one?\n\nYes.\n\n> two?\n\nNo.",
    ),
    "between, no blank lines": (f"{WROTE}\n> one?\nYes.\n> two?\nNo.", "> one?\nYes.\n> two?\nNo."),
    "above and between": (
        f"Hi Hong,\n\n{WROTE}\n> one?\n\nYes.\n\n> two?\n\nNo.\n",
        "Hi Hong,\n\n> one?\n\nYes.\n\n> two?\n\nNo.",
    ),
    "above, with a signature, and under": (
        f"Hi Hong,\n\n-- \nKim\nAcme\n\n{WROTE}\n> one?\n\nYes.",
        "Hi Hong,\n\n\n> one?\n\nYes.",
    ),
    "above and under": (
        f"Answer below.\n\n{WROTE}\n> one?\n\nYes.",
        "Answer below.\n\n> one?\n\nYes.",
    ),
    "between, with a signature": (
        f"{WROTE}\n> one?\n\nYes.\n\n> two?\n\nNo.\n\n-- \nKim",
        "> one?\n\nYes.\n\n> two?\n\nNo.",
    ),
    "Korean, between": (
        (
            "2026년 11월 20일 (금) 오후 3:04, 홍길동 <h@x.kr>님이 작성:\n"
            "> 언제 오나요?\n내일입니다.\n> 얼마인가요?\n만원입니다."
        ),
        "> 언제 오나요?\n내일입니다.\n> 얼마인가요?\n만원입니다.",
    ),
    "nested": (f"{WROTE}\n>> one?\n> yes\n\nNo.", "No."),
    "quoted attribution": (f"> {WROTE}\n>\n> one?\n\nYes.", "Yes."),
    "quoted header block": (
        "> From: Hong <h@x.kr>\n> Sent: today\n> To: me\n> Subject: x\n>\n> one?\n\nYes.",
        "Yes.",
    ),
    "quoted original message": (
        "> -----Original Message-----\n> From: h@x.kr\n> one?\n\nYes.",
        "Yes.",
    ),
    "bars": (
        "On 20 Nov 2026 at 15:04, Hong <h@x.kr> wrote:\n| one?\n| two?\n\nYes.",
        "Yes.",
    ),
    "first a bottom post, then a quote that is not marked": (
        (
            f"{WROTE}\n\nIt fails.\n\nOn 8 May 2026 6:51 pm, Kim <k@x.kr> wrote:\n\n> try it\n"
            "\nI did.\n"
        ),
        "It fails.\n\n\n> try it\n\nI did.",
    ),
    "a blank answer": (f"{WROTE}\n> one?\n", f"{WROTE}\n> one?"),
    "unmarked mail under an attribution alone": (f"{WROTE}\n\none?", f"{WROTE}\n\none?"),
}


@pytest.mark.parametrize(("text", "reply"), ANSWERED.values(), ids=ANSWERED.keys())
def test_an_answer_keeps_its_place(text: str, reply: str) -> None:
    assert visible_reply(text) == reply


INLINE = [
    "See my answers inline.",
    "My comments are inline, in red.",
    "Answers below in red:",
    "My replies are below.",
    "Inline.",
    "답변은 빨간색으로 적었습니다.",
    "아래에 답변 드립니다.",
    "Meine Antworten stehen in rot.",
    "Mes réponses sont en rouge.",
    "回复见红字。",
    "赤字で回答します。",
]


@pytest.mark.parametrize("line", INLINE)
@pytest.mark.parametrize("under", [OUTLOOK, f"{WROTE}\n> one? yes!\n"])
def test_who_says_that_the_answers_are_inside_keeps_all(line: str, under: str) -> None:
    assert visible_reply(f"{line}\n\n{under}") == f"{line}\n\n{under}".strip()


@pytest.mark.parametrize(
    "line",
    [
        "Do you have the shirt in red?",
        "빨간색으로 교환해 주세요.",
        "The inline images are broken, see the picture.",
        "Je voudrais le sac en rouge.",
        "请换红色的。",
    ],
)
@pytest.mark.parametrize("under", [OUTLOOK, f"{WROTE}\n> one?\n"])
def test_a_colour_alone_says_nothing_of_answers(line: str, under: str) -> None:
    assert visible_reply(f"{line}\n\n{under}") == line


def test_a_mail_of_nothing_but_attributions_says_nothing() -> None:
    nested = "\n".join(f"{'>' * depth} {WROTE}\n{'>' * depth}" for depth in range(1, 20))
    assert visible_reply(nested) == ""
    assert visible_reply(f"{nested}\n> one word") != ""


def test_what_is_forwarded_without_a_word_begins_under_its_fields() -> None:
    fields = "From: a <a@b.kr>\nDate: Fri\nSubject: long\n one\nTo: me"
    text = f"---------- Forwarded message ---------\n{fields}\n\nPay now.\n--\nShop"
    assert visible_reply(text) == "Pay now.\n--\nShop"
    assert visible_reply(text, forward=True) == text


def test_quoted_printable_that_nobody_decoded_is_one_quote() -> None:
    quote = "> a line that is too lo=\nng for it\n> and one more\n"
    assert visible_reply(f"Yes.\n\n{WROTE}\n{quote}") == "Yes."
