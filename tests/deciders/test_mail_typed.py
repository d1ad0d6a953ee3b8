"""Addresses that people type, with flanker behind: a guard for each of its known defects."""

import logging

import pytest

from mailgate.mail.address import Address, AddressError
from mailgate.mail.typed import parse_typed_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("support@acme.example", Address("support", "acme.example")),
        (" Support+VIP@Acme.Example ", Address("Support+VIP", "acme.example")),
        ("o'neil@b.kr", Address("o'neil", "b.kr")),
        ("agent@localhost", Address("agent", "localhost")),
    ],
)
def test_an_address_is_taken(text: str, address: Address) -> None:
    assert parse_typed_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@",
        "a@b.com, c@d.com",
        "a@b.com c@d.com",
        "a@b.com; c@d.com",
        "a@b.com <x@y.com>",
        "Hong <a@b.kr>",
        "alice@example.org)bob@example.com",
        "<a@b.com><c@d.com>",
        '"a\0b"@x.com',
        "a@b.kr\r\nBcc: x@y.kr",
        "a..b@c.kr",
        "=?utf-8?q?evil=40x=3E?=",
        "a@" + "b" * 400,
    ],
)
def test_anything_else_is_refused_in_one_clear_line(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_typed_address(text)
    assert str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


def test_flanker_takes_the_last_of_two_addresses_and_we_do_not() -> None:
    """flanker.addresslib.address.parse('a@b.com, c@d.com') is c@d.com."""
    with pytest.raises(AddressError, match="not one address"):
        parse_typed_address("a@b.com, c@d.com")


def test_a_mistyped_address_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """flanker logs every bad address in full: a stranger's words in our log."""
    with caplog.at_level(logging.DEBUG), pytest.raises(AddressError):
        parse_typed_address("secret-word!@#$@nowhere")
    with caplog.at_level(logging.DEBUG), pytest.raises(AddressError):
        parse_typed_address("secret-word@")
    assert "secret-word" not in caplog.text


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    """flanker's grammar prints "Symbol ... is unreachable" to stderr."""
    parse_typed_address("a@b.kr")
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
