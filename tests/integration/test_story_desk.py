"""The desk in the mailbox, as its people live it: each story with real mails through a real
Postfix into real mailboxes; who was sent what, who nothing, and what `--json` says of it."""

import pytest

from tests.harness.gateway import Gateway
from tests.harness.office import (
    ALICE,
    BOB,
    CAROL,
    SUPPORT,
    open_office,
)

pytestmark = pytest.mark.servers("postfix")


def test_two_who_write_and_who_is_told(gateway: Gateway) -> None:
    with open_office(gateway) as office:
        number, news = office.opened(CAROL, SUPPORT, "Where is my parcel?", "It is late.")
        assert set(news) == {CAROL, ALICE, BOB}
        office.answer(ALICE, news[ALICE], "It left on Monday.")
        news = office.arrived()
        assert set(news) == {CAROL}
        (answer,) = news[CAROL]
        assert answer["From"] == f'"Alice Kim (Acme Support)" <{SUPPORT}>'
        assert office.ticket(number)["messages"][-1]["text"].startswith("It left on Monday.")
