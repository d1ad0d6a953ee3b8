"""Who has written on a ticket lately: counted by address, ticket and time."""

from dataclasses import replace
from functools import partial

from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Author, Role
from mailgate.store.core import Store
from mailgate.store.recent import written_since
from tests.contracts.store_world import HONG, MINUTE, NOW, add_entry, entry, open_ticket

AGENT = Author(Address("alice", "acme.example"), "Alice", Role.AGENT)


async def test_only_their_own_messages_on_this_ticket_count(store: Store) -> None:
    """The newest first, whatever case their address is written in."""
    ticket, other = await store.write(open_ticket), await store.write(open_ticket)
    shouted = Author(Address("HONG", "customer.example"), "", Role.REQUESTER)
    for new in (
        entry(ticket, at=NOW),
        replace(entry(ticket, at=NOW + 1 * MINUTE), author=shouted),
        replace(entry(ticket, at=NOW + 2 * MINUTE), author=AGENT),
        entry(other, at=NOW + 3 * MINUTE),
        entry(ticket, at=NOW + 4 * MINUTE),
    ):
        await store.write(partial(add_entry, new=new))
    hongs = frozenset({HONG.address.key})

    async def written(since: int, limit: int = 10, on: TicketId = ticket) -> list[int]:
        after = NOW + since * MINUTE
        found = await store.read(
            partial(written_since, ticket=on, authors=hongs, since=after, limit=limit)
        )
        return [(at - NOW) // MINUTE for at in found]

    assert await written(0) == [4, 1, 0]
    assert await written(1) == [4, 1]
    assert await written(0, limit=2) == [4], "of the last two on the ticket one is theirs"
    assert await written(0, on=other) == [3]
