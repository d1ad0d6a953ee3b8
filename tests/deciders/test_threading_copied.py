"""`[[address]] cc = "ignore"`: what is a copy, and all that is not, so that nothing gets lost."""

from dataclasses import replace

import pytest

from mailgate.mail.address import Address
from mailgate.mail.parse import parse_mail
from mailgate.model.directory import Directory
from mailgate.threading.copied import only_copied
from tests.deciders.threading_cases import DIRECTORY, SALES, SUPPORT

TO_OTHERS = "To: park@customer.example"


def desk(*ignoring: Address) -> Directory:
    supports = {
        key: replace(one, ignores_copies=one.address in ignoring)
        for key, one in DIRECTORY.supports.items()
    }
    return replace(DIRECTORY, supports=supports)


IGNORING = desk(SUPPORT, SALES)


def ignored(
    *fields: str, came_to: tuple[Address, ...] = (SUPPORT,), directory: Directory = IGNORING
) -> bool:
    head = "\r\n".join(("From: hong@customer.example", *fields))
    return only_copied(parse_mail(f"{head}\r\n\r\nHello\r\n".encode()), came_to, directory)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param((TO_OTHERS, "Cc: support@acme.example"), id="in Cc"),
        pytest.param(
            (TO_OTHERS, "Cc: lee@x.example, SUPPORT@acme.example"), id="in Cc with others"
        ),
        pytest.param((TO_OTHERS, "Cc: support+x@acme.example"), id="a subaddress in Cc"),
        pytest.param(("To: alice@acme.example", "Cc: support@acme.example"), id="to a colleague"),
        pytest.param((TO_OTHERS,), id="in Bcc"),
        pytest.param((TO_OTHERS, "Delivered-To: support@acme.example"), id="in Bcc, delivered"),
        pytest.param(
            (TO_OTHERS, "Received: from a by b for <support@acme.example>; x"), id="in Bcc, stamped"
        ),
    ],
)
def test_a_copy_is_ignored(fields: tuple[str, ...]) -> None:
    assert ignored(*fields)
    assert not ignored(*fields, directory=desk()), "unless the operator wants it, nothing is"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(("To: support@acme.example",), id="to us"),
        pytest.param(("To: park@customer.example, support@acme.example",), id="to us too"),
        pytest.param(("To: sales@acme.example", "Cc: support@acme.example"), id="to another of us"),
        pytest.param(("To: support+tabc@acme.example",), id="to a subaddress"),
        pytest.param(("Cc: support@acme.example",), id="to nobody else"),
        pytest.param(("To: undisclosed-recipients:;",), id="undisclosed"),
        pytest.param((), id="no recipient at all"),
        pytest.param(("To: info@acme.example",), id="an alias at our domain"),
        pytest.param(("To: info@mail.acme.example",), id="an alias at our organisation"),
        pytest.param((TO_OTHERS, "Resent-To: info@brand.example"), id="resent"),
        pytest.param((TO_OTHERS, "X-Forwarded-For: a@b.example c@d.example"), id="forwarded"),
        pytest.param((TO_OTHERS, "X-Original-To: info@brand.example"), id="by an alias"),
        pytest.param(
            (TO_OTHERS, "Received: from a by b for <info@brand.example>; x"), id="stamped"
        ),
        pytest.param((TO_OTHERS, "List-Id: <all.brand.example>", "Precedence: list"), id="a list"),
    ],
)
def test_what_may_be_for_us_is_not(fields: tuple[str, ...]) -> None:
    assert not ignored(*fields)


def test_one_address_that_wants_its_copies_is_enough() -> None:
    only_support = desk(SUPPORT)
    to_both = (SUPPORT, SALES)
    assert not ignored(TO_OTHERS, came_to=to_both, directory=only_support)
    assert not ignored(TO_OTHERS, "Cc: sales@acme.example", directory=only_support)
    assert ignored(TO_OTHERS, "Cc: sales@acme.example", came_to=to_both)


def test_a_mail_that_came_to_none_of_ours_is_no_copy() -> None:
    assert not ignored(TO_OTHERS, came_to=())
