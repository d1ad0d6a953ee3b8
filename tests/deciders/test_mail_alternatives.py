"""A mail as text and as HTML (RFC 2046 §5.1.4): which of them says what the person wrote."""

import pytest

from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import ParsedMail
from tests.harness.effort import at_most


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
    assert read.full_text == f"{read.text}\n\n{placeholder}"


def test_what_stands_in_the_text_alone_is_never_lost() -> None:
    read = mail("NEEDLE words that the page lacks, important", "<p>Other content entirely</p>")
    assert read.text == "Other content entirely"
    assert "NEEDLE words that the page lacks, important" in read.full_text


def page_alone(page: str) -> ParsedMail:
    return parse_mail(
        "From: hong@customer.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/html; charset=utf-8\r\n\r\n{page}\r\n".encode()
    )


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<html><head><title>Order<body><p>Where is it?</p></body></html>", "Where is it?"),
        ("<style>p { margin: 0 }<p>주문이 안 왔어요</p>", "주문이 안 왔어요"),
        ("<!-- <p>Where is it?</p>", "Where is it?"),
        ("<hong@customer.example>", "<hong@customer.example>"),
        ("<title>a &amp; b<br/>c", "a & b"),
    ],
)
def test_a_page_that_shows_nothing_of_its_words_is_read_without_its_tags(
    page: str, words: str
) -> None:
    read = page_alone(page)
    assert words in read.full_text
    assert words in read.text
    assert "<p>" in (read.html or "")


@pytest.mark.parametrize(
    "page",
    [
        "<html><head><title>Order</title><style>p {}</style></head><body></body></html>",
        "<p>&nbsp;</p><!-- a note -->",
        "<script>track()",
        "",
    ],
)
def test_a_page_without_a_word_stays_empty(page: str) -> None:
    assert page_alone(page).full_text == ""


@pytest.mark.parametrize("piece", ["<!--", "<title>", "<style", "<a ", "< ", "<x@y", "<title><!--"])
def test_words_are_looked_for_in_linear_time(piece: str) -> None:
    page = piece * (300_000 // len(piece))
    with at_most(3):
        page_alone(page)


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
