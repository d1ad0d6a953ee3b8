"""Raw bytes are kept for their retention, and never less than until they are done with."""

from datetime import UTC, datetime, timedelta
from functools import partial

from mailgate.mail.address import Address, NullReversePath
from mailgate.mail.envelope import Envelope
from mailgate.model.ids import DeliveryId, JournalId
from mailgate.model.journal import Arrival, Door, JournalState
from mailgate.store import journal, operating, outbound
from mailgate.store.core import Connection, Store
from mailgate.store.operating import Selection
from mailgate.store.retention import forget_contents, forget_sent
from tests.contracts.outbound_world import CONTENT, draft, new_ticket
from tests.contracts.plans import plan_of

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
YEAR = timedelta(days=365)


def arrived(conn: Connection, at: datetime, state: JournalState) -> JournalId:
    envelope = Envelope(NullReversePath(), (Address("support", "acme.example"),))
    row = journal.append(conn, Arrival(Door.SMTP, envelope, b"Subject: x\r\n\r\nx\r\n", at))
    if state is not JournalState.RECEIVED:
        journal.finish(
            conn,
            row,
            state=state,
            cause=None,
            decision="{}",
            ticket=None,
            digest=b"d" * 32,
            message_id=None,
            from_address=None,
            subject="x",
            now=at,
        )
    return row


async def test_only_what_is_done_and_old_enough_is_forgotten(store: Store) -> None:
    def fill(conn: Connection) -> dict[str, JournalId]:
        old = NOW - YEAR - timedelta(seconds=1)
        return {
            "done and old": arrived(conn, old, JournalState.DONE),
            "done and older still": arrived(conn, old - YEAR, JournalState.DONE),
            "done lately": arrived(conn, NOW - YEAR, JournalState.DONE),
            "in quarantine": arrived(conn, old, JournalState.QUARANTINED),
            "waiting": arrived(conn, old, JournalState.RECEIVED),
        }

    rows = await store.write(fill)
    forget = partial(forget_contents, before=NOW - YEAR, limit=1)
    assert [await store.write(forget) for _ in range(3)] == [1, 1, 0]

    def left(conn: Connection) -> set[str]:
        return {name for name, row in rows.items() if journal.content(conn, row) is not None}

    assert await store.read(left) == {"done lately", "in quarantine", "waiting"}


async def test_what_was_sent_is_forgotten_when_nothing_of_it_waits(store: Store) -> None:
    old = NOW - YEAR - timedelta(seconds=1)
    lately = NOW - YEAR

    def fill(conn: Connection) -> dict[str, DeliveryId]:
        ticket = new_ticket(conn)
        crowd = (Address("hong", "customer.example"), Address("park", "customer.example"))
        for at, to in ((old, crowd), (old - YEAR, crowd[:1]), (lately, crowd[:1]), (old, crowd)):
            outbound.enqueue(conn, draft(ticket, *to), CONTENT, at)
        ids = [delivery.id for delivery in outbound.deliveries_of_ticket(conn, ticket)]
        named = ["old", "old too", "older", "lately", "ended", "waits"]
        operating.cancel(conn, Selection(ids=tuple(ids[:5])), NOW)
        operating.hold(conn, Selection(ids=tuple(ids[5:])), NOW)
        return dict(zip(named, ids, strict=True))

    ids = await store.write(fill)
    forget = partial(forget_sent, before=NOW - YEAR, limit=1)
    assert [await store.write(forget) for _ in range(3)] == [1, 1, 0]

    def left(conn: Connection) -> set[str]:
        return {name for name, it in ids.items() if outbound.content(conn, it) is not None}

    assert await store.read(left) == {"lately", "ended", "waits"}, "two deliveries, one mail"


async def test_looking_for_what_to_forget_goes_by_an_index(store: Store) -> None:
    forget = partial(forget_sent, before=NOW, limit=10)
    plan = await store.write(lambda conn: plan_of(conn, forget))
    assert "outbound_kept" in plan
    assert "deliveries_outbound" in plan
