"""Names for parts that have none, and the first line of a message that is no mbox line."""

import pytest

from mailgate.mail.parse import parse_mail


def name_of(*fields: str) -> str:
    part = "\r\n".join((*fields, "Content-Transfer-Encoding: base64", "", "AAAA"))
    mail = parse_mail(
        'From: a@b.example\r\nContent-Type: multipart/mixed; boundary="=_b"\r\n\r\n'
        f"--=_b\r\n{part}\r\n--=_b--\r\n".encode()
    )
    (attachment,) = mail.attachments
    return attachment.filename


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("Photo25.jpg", "Photo25.jpg"),  # Apple Mail 2 for a picture out of the library
        ("2026-01-05_19-08-28-1.jpg", "2026-01-05_19-08-28-1.jpg"),  # an MMS gateway
        ("file:///C:/Users/hong/pic%20one.png", "pic one.png"),  # MHTML saved by a browser
        ("http://shop.example/img/logo.gif?size=2#top", "logo.gif"),
        ("=?utf-8?B?7IKs7KeELmpwZw==?=", "사진.jpg"),
        ("http://shop.example/pixel", "attachment-1.jpg"),
        ("http://shop.example/", "attachment-1.jpg"),
        ("../../etc/passwd", "attachment-1.jpg"),
        ("..", "attachment-1.jpg"),
    ],
)
def test_a_part_is_called_by_where_it_is_from(location: str, name: str) -> None:
    """RFC 2557 §4.2."""
    assert name_of("Content-Type: image/jpeg", f"Content-Location: {location}") == name


def test_its_own_name_comes_first() -> None:
    fields = ('Content-Type: image/jpeg; name="own.jpg"', "Content-Location: other.jpg")
    assert name_of(*fields) == "own.jpg"


@pytest.mark.parametrize(
    ("content_type", "name"),
    [
        ("image/jpg", "attachment-1.jpg"),
        ("video/3gpp", "attachment-1.3gp"),
        ("application/x-unheard-of", "attachment-1.bin"),
    ],
)
def test_without_any_name_the_place_and_the_type_make_one(content_type: str, name: str) -> None:
    assert name_of(f"Content-Type: {content_type}") == name


def test_a_text_with_a_location_is_the_text() -> None:
    mail = parse_mail(b"From: a@b.example\r\nContent-Location: text.txt\r\n\r\nSome text\r\n")
    assert (mail.text, mail.attachments) == ("Some text", ())


@pytest.mark.parametrize("first", ["From: ", "From : ", "From\t: ", "From   :"])
def test_a_from_field_with_blanks_before_its_colon_is_no_mbox_line(first: str) -> None:
    """RFC 5322 §4.5 allows them, and A.6.3 shows them."""
    mail = parse_mail(f"{first}Hong <hong@customer.example>\r\nSubject : hi\r\n\r\nx".encode())
    assert str(mail.from_) == "Hong <hong@customer.example>"
    assert mail.subject == "hi"


@pytest.mark.parametrize(
    "line", ["From hong@customer.example Mon Jan  5 18:00:00 2026", ">From x", "From - Mon Jan 5"]
)
def test_an_mbox_line_is_passed_over(line: str) -> None:
    mail = parse_mail(f"{line}\nFrom: hong@customer.example\nSubject: hi\n\nx".encode())
    assert (str(mail.from_), mail.subject) == ("hong@customer.example", "hi")
