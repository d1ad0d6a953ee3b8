"""What a mail was decided upon is not there any more when it is written: another node has merged
or deleted the ticket meanwhile. On both engines."""

from functools import partial
from typing import Any

import pytest

from mailgate.desk.arriving import worker as worker_room
from mailgate.desk.arriving.inbound import carry_out
from mailgate.desk.by import By
from mailgate.desk.ticket.merging import merge
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.store import deleting
from mailgate.store.core import Connection, Store
from tests.deciders.inbound_world import DONE, Desk, desk_on, mail
from tests.deciders.life_world import said

ANSWER = mail(
    "It is the blue one.",
    subject="Re: Where is my parcel?",
    message_id="q2@customer.example",
    In_Reply_To="<q1@customer.example>",
)


@pytest.fixture
async def desk(store: Store) -> Desk:
    """Two tickets of one customer."""
    place = desk_on(store)
    await place.receive(mail())
    await place.receive(mail("Another matter.", message_id="o1@customer.example", subject="Shoes"))
    return place


def overtaken_by(monkeypatch: pytest.MonkeyPatch, desk: Desk, act: Any) -> None:
    """Between what is decided of the next mail and what is written of it, `act` is done."""
    waiting = [act]

    def late(conn: Connection, case: Any, *rest: Any) -> Any:
        if waiting:
            waiting.pop()(conn)
        return carry_out(conn, case, *rest)

    monkeypatch.setattr(worker_room, "carry_out", late)


async def test_a_mail_onto_a_ticket_that_was_merged_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = By("operator", desk.clock.now(), Seed(b"m" * 32))
    into = partial(merge, source_id=TicketId(1), into_id=TicketId(2))
    overtaken_by(monkeypatch, desk, partial(into, ctx=desk.context, by=by))
    row = await desk.receive(ANSWER)
    assert (row.state, row.ticket) == (DONE, 2)
    assert "It is the blue one." in await said(desk, 2)
    assert await said(desk, 1) == []
    assert desk.reports.failures == []


async def test_a_mail_onto_a_ticket_that_was_deleted_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    overtaken_by(monkeypatch, desk, partial(deleting.delete_ticket, ticket=TicketId(1)))
    row = await desk.receive(ANSWER)
    assert (row.state, row.ticket) == (DONE, 3)
    assert await said(desk, 3) == ["It is the blue one."]
    assert desk.reports.failures == []
