"""A mail as text and as HTML (RFC 2046 §5.1.4): which of them says what the person wrote."""

import pytest

from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import ParsedMail


def mail(plain: str, page: str) -> ParsedMail:
    return parse_mail(
        "From: hong@customer.example\r\nSubject: Re: x\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/alternative; boundary="=_b"\r\n\r\n'
        f"--=_b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{plain}\r\n"
        f"--=_b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}\r\n"
        "--=_b--\r\n".encode()
    )


def test_the_text_is_the_text() -> None:
    read = mail("Where is\nmy order?", "<p>Where is my order?</p>")
    assert (read.text, read.full_text) == ("Where is\nmy order?",) * 2


@pytest.mark.parametrize(
    "placeholder",
    [
        "Your mail client does not support HTML e-mail.",
        "이 메일은 HTML을 지원하는 프로그램에서 보실 수 있습니다.",
        "Diese Nachricht liegt nur als HTML vor.",
        "To view this message, please use an HTML compatible viewer!",
    ],
)
def test_a_text_that_only_says_that_there_is_html_is_none(placeholder: str) -> None:
    read = mail(placeholder, "<p>주문한 상품이 아직 안 왔어요.</p><p>홍길동</p>")
    assert read.text.split() == ["주문한", "상품이", "아직", "안", "왔어요.", "홍길동"]
    assert placeholder not in read.full_text


def test_a_short_answer_is_no_placeholder() -> None:
    assert mail("네.", "<p>네.</p>").text == "네."


def test_a_text_beside_a_picture_is_no_placeholder() -> None:
    assert mail("see the picture", '<img src="cid:a@b">').text == "see the picture"


def test_a_long_text_is_believed_whatever_the_html_says() -> None:
    letter = "\n".join(f"line {number} of what I have to say" for number in range(40))
    assert mail(letter, "<p>HTML only for those who want it</p>").text == letter


def test_a_quotation_that_the_html_alone_marks_is_cut_in_the_text() -> None:
    """Outlook in Swahili: no list has its words, the line above the block is the same."""
    read = mail(
        "Ndiyo, nitasubiri.\n\nKutoka: Acme <support@acme.example>\nImetumwa: Jumatatu\n"
        "Kwa: Hong\nMada: x\n\nHabari",
        '<div class="WordSection1"><p class="MsoNormal">Ndiyo, nitasubiri.</p>'
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        '<p class="MsoNormal"><b>Kutoka:</b> Acme &lt;support@acme.example&gt;<br>'
        "<b>Imetumwa:</b> Jumatatu<br><b>Kwa:</b> Hong<br><b>Mada:</b> x</p></div>"
        "<p>Habari</p></div>",
    )
    assert read.text == "Ndiyo, nitasubiri."
    assert "Habari" in read.full_text
    assert "Kutoka" in read.full_text
    assert "Habari" not in (read.reply_html or "")


def test_where_the_text_marks_it_too_the_text_decides() -> None:
    read = mail(
        "Yes\nplease\n\nOn Mon, Jan 5, 2026 at 6:00 PM Acme <support@acme.example> wrote:\n> Hi",
        '<div dir="ltr">Yes please</div><div class="gmail_quote"><div class="gmail_attr">On Mon, '
        "Jan 5, 2026 at 6:00 PM Acme &lt;support@acme.example&gt; wrote:</div>"
        '<blockquote class="gmail_quote">Hi</blockquote></div>',
    )
    assert read.text == "Yes\nplease"
