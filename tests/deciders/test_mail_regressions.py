"""What the fuzzer found, each by name, with the smallest input that showed it."""

from dataclasses import replace

from mailgate.mail.clean import clean_filename
from mailgate.mail.compose import compose
from mailgate.mail.parse import parse_mail
from tests.deciders.hostile_written import PLAIN
from tests.harness.mailwire import wire_faults


def test_a_name_that_is_cut_at_a_dot_does_not_end_in_it() -> None:
    """Windows drops the dot when it saves the file, and a second reading made another name."""
    name = clean_filename("a" * 149 + "." + "b" * 40)
    assert name == "a" * 149
    assert clean_filename(name) == name


def test_html_without_a_line_of_text_has_no_signature() -> None:
    """The line before the first was looked at, and there was no line at all."""
    mail = parse_mail(b"Content-Type: text/html\r\n\r\n<math><style>a\r\n")
    assert mail.full_text == "a", "nobody closes the element"
    parts = b"--B\r\nContent-Type: text/html\r\n\r\n<br>\r\n" * 2
    parse_mail(b"Content-Type: multipart/mixed; boundary=B\r\n\r\n" + parts)


def test_a_blank_at_the_end_of_a_line_of_75_makes_no_line_of_78() -> None:
    """CPython's binascii forgets that the last blank becomes `=20`."""
    for length in range(60, 90):
        text = "=" + "a" * length + " \n" + "From " + "a" * length + " \n" + "a" * 80
        content = compose(replace(PLAIN, text=text))
        assert not wire_faults(content)
        assert parse_mail(content).full_text == text
