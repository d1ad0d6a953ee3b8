"""For whom a mail was before it was passed on."""

import pytest

from mailgate.mail.parse import parse_mail


def found(*fields: str) -> list[str]:
    head = "\r\n".join((*fields, "From: hong@customer.example", "To: all@customer.example"))
    return [str(address) for address in parse_mail(f"{head}\r\n\r\nHello\r\n".encode()).passed_on]


@pytest.mark.parametrize(
    ("field", "addresses"),
    [
        ("Resent-To: Info <info@brand.example>, sales@brand.example", ["info", "sales"]),
        ("X-Forwarded-To: info@brand.example", ["info"]),
        ("X-Forwarded-For: info@brand.example sales@brand.example", ["info", "sales"]),
        ("X-Original-To: info@brand.example", ["info"]),
        ("Delivered-To: <info@brand.example>", ["info"]),
        ("Received: from a.example by b.example\r\n for <info@brand.example>; x", ["info"]),
        ("Received: from a.example by b.example with SMTP; Mon, 5 Jan 2026", []),
        ("Delivered-To: info", []),
        ("X-Original-To: =?utf-8?q?info=40brand.example?=", []),
    ],
)
def test_who_forwards_says_for_whom_it_was(field: str, addresses: list[str]) -> None:
    assert found(field) == [f"{localpart}@brand.example" for localpart in addresses]


def test_each_once_and_ten_at_most() -> None:
    assert found(*["Delivered-To: info@brand.example"] * 3) == ["info@brand.example"]
    many = " ".join(f"a{number}@brand.example" for number in range(40))
    assert len(found(f"X-Forwarded-For: {many}")) == 10
