"""An agent's commands on each engine: all of them are carried out, or nothing of it is left."""

from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.ticket import EntryKind, Status
from mailgate.store.core import Store
from tests.deciders.desk_store import merge
from tests.deciders.desk_world import ALICE
from tests.deciders.inbound_world import Desk, desk_on, mail, reply_address

HONG = Address("hong", "customer.example")


async def _asked(store: Store) -> Desk:
    """Two tickets, of which the second has become part of the first."""
    desk = desk_on(store)
    await desk.receive(mail())
    await desk.receive(mail("Another.", message_id="q2@customer.example", subject="Another"))
    await store.write(lambda conn: merge(conn, TicketId(2), TicketId(1)))
    return desk


async def _answered(desk: Desk, words: str) -> None:
    to = reply_address(await desk.notification())
    answer = mail(words, from_=str(ALICE.address), to=str(to), message_id="a1@acme.example")
    await desk.receive(answer, to=to, reverse_path=ALICE.address)


async def test_all_of_them(store: Store) -> None:
    desk = await _asked(store)
    await _answered(desk, "#me\n#tag refund\n#cc kim@customer.example\n#resolve\nIt comes.")
    ticket = await desk.ticket()
    assert (ticket.status, ticket.assignee) == (Status.RESOLVED, ALICE.address)
    assert (ticket.tags, len(ticket.cc)) == (("refund",), 1)
    assert len(await desk.sent(HONG)) == 2


async def test_nothing_of_what_was_written_before_one_failed(store: Store) -> None:
    """That both are one by now is found last, when the answer stands on the ticket."""
    desk = await _asked(store)
    before = await desk.events()
    await _answered(desk, "#me\n#tag refund\n#cc kim@customer.example\n#merge 2\nIt comes.")
    ticket = await desk.ticket()
    assert (ticket.status, ticket.assignee) == (Status.OPEN, None)
    assert (ticket.tags, ticket.cc, ticket.first_response_at) == ((), (), None)
    customers, answer = [EntryKind.MESSAGE] * 2, EntryKind.NOTE
    assert [entry.kind for entry in await desk.entries()] == [*customers, answer]
    assert len(await desk.sent(HONG)) == 1
    kinds = [event.kind.value for event in (await desk.events())[len(before) :]]
    assert kinds == ["message", "suppressed"]
