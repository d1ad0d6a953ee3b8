"""Raw bytes are kept for their retention, and never less than until they are done with."""

from datetime import UTC, datetime, timedelta
from functools import partial

from mailgate.mail.address import Address, NullReversePath
from mailgate.mail.envelope import Envelope
from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival, Door, JournalState
from mailgate.store import journal
from mailgate.store.core import Connection, Store
from mailgate.store.retention import forget_contents

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
