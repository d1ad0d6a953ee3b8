"""Addresses that relays wrap up: what is inside."""

import pytest

from mailgate.mail.address import Address, parse_path
from mailgate.mail.wrapped import unwrapped
from mailgate.model.directory import Directory, SupportAddress

SUPPORT = SupportAddress(Address("support", "acme.example"), "Acme Support")
DESK = Directory({SUPPORT.address.key: SUPPORT}, {})


@pytest.mark.parametrize(
    ("wrapped", "inside"),
    [
        # draft-levine-smtp-batv-01 §3
        ("prvs=0123ABCDEF=support@acme.example", "support@acme.example"),
        ("PRVS=0123abcdef=support+babc@acme.example", "support+babc@acme.example"),
        ("btv1==0912abcd34==support@acme.example", "support@acme.example"),
        # The paper on SRS, §3.1 and §3.2
        ("SRS0=HHH=TT=acme.example=support@acme.example", "support@acme.example"),
        ("srs0+HHHH=TT=ACME.example=support+x@acme.example", "support+x@acme.example"),
        (
            "SRS1=HHH=first.example==HHH=TT=acme.example=support@acme.example",
            "support@acme.example",
        ),
    ],
)
def test_what_is_inside(wrapped: str, inside: str) -> None:
    assert str(unwrapped(parse_path(wrapped))) == inside
    assert DESK.support_for(parse_path(wrapped)) is SUPPORT


@pytest.mark.parametrize(
    "plain",
    [
        "support@acme.example",
        "prvs=support@acme.example",
        "prvs=0123ABCDEF=@acme.example",
        "a=b=c@acme.example",
        "SRS0=HHH=TT=support@acme.example",
    ],
)
def test_what_is_none(plain: str) -> None:
    assert unwrapped(parse_path(plain)) is None


@pytest.mark.parametrize(
    "elsewhere",
    [
        "SRS0=HHH=TT=acme.example=support@forwarder.example",
        "SRS0=HHH=TT=other.example=support@acme.example",
        "prvs=0123ABCDEF=sales@acme.example",
        "prvs=0123ABCDEF=prvs=0123ABCDEF=support@acme.example",
    ],
)
def test_no_wrapping_makes_another_mailbox_ours(elsewhere: str) -> None:
    assert DESK.support_for(parse_path(elsewhere)) is None
