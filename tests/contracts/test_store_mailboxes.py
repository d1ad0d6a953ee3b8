"""Who polls a mailbox, and which of its messages were taken: on both engines."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from mailgate.mail.address import UnknownReversePath, parse_path
from mailgate.mail.envelope import Envelope
from mailgate.model.journal import Arrival, Door
from mailgate.model.mailbox import FetchedMessage, MailboxLease, MailboxState, TakenMessage
from mailgate.store import journal, mailboxes
from mailgate.store.core import LeaseLost, Store

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)
FIRST = MailboxState(
    place="support INBOX", uidvalidity=7, epoch=1, floor=10, since=NOW - timedelta(days=1)
)
OTHER = b"Message-ID: <y@x>\r\n\r\n"
NAMED = b"Message-ID: <1@x>\r\n\r\nx\r\n"


def message(uid: int, content: bytes = NAMED) -> FetchedMessage:
    arrival = Arrival(
        door=Door.IMAP,
        envelope=Envelope(UnknownReversePath(), (parse_path("support@acme.example"),)),
        content=content,
        at=NOW,
    )
    named = b"Message-ID" in content
    return FetchedMessage(uid, digest=content, named=named, arrival=arrival)


async def lease(store: Store, node: str = "a", at: datetime = NOW) -> MailboxLease | None:
    return await store.write(
        partial(mailboxes.acquire, name="inbox", node=node, now=at, lease=LEASE)
    )


async def begun(store: Store, wanted: tuple[int, ...] = ()) -> MailboxLease:
    held = await lease(store)
    assert held is not None
    await look(store, held, FIRST, wanted)
    return held


async def look(
    store: Store, held: MailboxLease, position: MailboxState, wanted: tuple[int, ...] = ()
) -> None:
    """A first look from its beginning to its end."""
    epoch = await store.write(partial(mailboxes.next_epoch, held=held))
    assert epoch == position.epoch
    await store.write(partial(mailboxes.want, held=held, epoch=epoch, uids=wanted, now=NOW))
    await store.write(partial(mailboxes.begin, held=held, position=position))


async def take(
    store: Store, held: MailboxLease, *messages: FetchedMessage, epoch: int = 1
) -> list[TakenMessage]:
    return await store.write(partial(mailboxes.take, held=held, epoch=epoch, messages=messages))


async def test_one_node_at_a_time_polls_a_mailbox(store: Store) -> None:
    assert await lease(store, "a")
    assert await lease(store, "b") is None
    assert await lease(store, "b", NOW + LEASE)


async def test_a_node_that_was_restarted_has_its_mailbox_back_at_once(store: Store) -> None:
    first, second = await lease(store, "a"), await lease(store, "a")
    assert first is not None
    assert second is not None
    assert second.fence > first.fence


async def test_a_lease_that_was_given_up_is_free(store: Store) -> None:
    held = await lease(store, "a")
    assert held is not None
    await store.write(partial(mailboxes.release, held=held))
    assert await lease(store, "b")


async def test_a_renewed_lease_is_kept(store: Store) -> None:
    held = await lease(store, "a")
    assert held is not None
    later = NOW + LEASE / 2
    await store.write(partial(mailboxes.renew, held=held, now=later, lease=LEASE))
    assert await lease(store, "b", NOW + LEASE) is None


async def test_a_node_that_was_away_changes_nothing(store: Store) -> None:
    held = await begun(store)
    assert await lease(store, "b", NOW + LEASE)
    with pytest.raises(LeaseLost):
        await take(store, held, message(10))
    with pytest.raises(LeaseLost):
        await store.write(partial(mailboxes.renew, held=held, now=NOW, lease=LEASE))
    with pytest.raises(LeaseLost):
        await store.write(partial(mailboxes.mark_done, held=held, epoch=1, uids=[10]))
    assert await store.read(partial(journal.listing, state=None, limit=10)) == []


async def test_nothing_is_known_before_the_first_look(store: Store) -> None:
    await lease(store)
    assert await store.read(partial(mailboxes.state, name="inbox")) is None


async def test_the_first_look_says_from_where_on(store: Store) -> None:
    await begun(store, wanted=(3, 5))
    assert await store.read(partial(mailboxes.state, name="inbox")) == FIRST
    wanted = await store.read(partial(mailboxes.wanted, name="inbox", epoch=1))
    assert wanted == {3, 5}


async def test_a_taken_message_is_in_the_journal_and_known(store: Store) -> None:
    held = await begun(store, wanted=(3,))
    (taken,) = await take(store, held, message(3))
    assert taken.journal is not None
    assert not taken.again
    assert await store.read(partial(journal.content, row_id=taken.journal))
    for ask, expected in (
        (mailboxes.wanted, set()),
        (mailboxes.taken, {3}),
        (mailboxes.known_uids, {3}),
    ):
        found = await store.read(partial(ask, name="inbox", epoch=1))
        assert found == expected


async def test_the_same_message_makes_one_row(store: Store) -> None:
    """A copy in the folder, or all of it again under another UIDVALIDITY (RFC 3501 §2.3.1.1)."""
    held = await begun(store)
    (first,) = await take(store, held, message(10))
    copy, other = await take(store, held, message(11), message(12, OTHER))
    assert copy == TakenMessage(11, first.journal, again=True)
    assert not other.again
    await look(store, held, replace(FIRST, uidvalidity=8, epoch=2), wanted=(1,))
    (again,) = await take(store, held, message(1), epoch=2)
    assert again == TakenMessage(1, first.journal, again=True)
    assert len(await store.read(partial(journal.listing, state=None, limit=10))) == 2


async def test_equal_messages_without_a_message_id_are_two(store: Store) -> None:
    """A form on a website sends the same octets for two people who ask the same."""
    form = b"Subject: call me\r\n\r\n"
    held = await begun(store)
    first, second = await take(store, held, message(10, form), message(11, form))
    assert not first.again
    assert not second.again
    (repeated,) = await take(store, held, message(11, form))
    assert repeated == TakenMessage(11, second.journal, again=True)


async def test_a_new_epoch_brings_as_many_as_there_were(store: Store) -> None:
    form = b"Subject: call me\r\n\r\n"
    held = await begun(store)
    await take(store, held, message(10, form), message(11, form))
    await look(store, held, replace(FIRST, uidvalidity=8, epoch=2), wanted=(1, 2))
    told = await take(store, held, message(1, form), message(2, form), message(3, form), epoch=2)
    assert [one.again for one in told] == [True, True, False]


async def test_a_look_that_was_interrupted_begins_again(store: Store) -> None:
    held = await lease(store)
    assert held is not None
    epoch = await store.write(partial(mailboxes.next_epoch, held=held))
    await store.write(partial(mailboxes.want, held=held, epoch=epoch, uids=[3], now=NOW))
    await look(store, held, FIRST, wanted=(5,))
    assert await store.read(partial(mailboxes.wanted, name="inbox", epoch=1)) == {5}


async def test_the_floor_only_rises(store: Store) -> None:
    held = await begun(store)
    for floor in (20, 15):
        await store.write(partial(mailboxes.advance, held=held, floor=floor))
    position = await store.read(partial(mailboxes.state, name="inbox"))
    assert position == replace(FIRST, floor=20)
    await take(store, held, message(12), message(25, b"Message-ID: <2@x>\r\n\r\n"))
    known = partial(mailboxes.known_uids, name="inbox", epoch=1, low=20)
    assert await store.read(known) == {25}


async def test_what_is_done_with_is_not_due_any_more(store: Store) -> None:
    held = await begun(store)
    await take(store, held, message(10), message(11, OTHER))
    await store.write(partial(mailboxes.mark_done, held=held, epoch=1, uids=[10]))
    assert await store.read(partial(mailboxes.taken, name="inbox", epoch=1)) == {11}
    assert await store.read(partial(mailboxes.known_uids, name="inbox", epoch=1)) == {10, 11}


async def test_what_is_skipped_says_why(store: Store) -> None:
    held = await begun(store, wanted=(4,))
    await store.write(
        partial(
            mailboxes.skip,
            held=held,
            epoch=1,
            reasons={4: "40 MB, larger than 25 MB"},
            now=NOW,
        )
    )
    skipped = await store.read(partial(mailboxes.skipped, name="inbox", epoch=1))
    assert skipped == {4: "40 MB, larger than 25 MB"}
    assert await store.read(partial(mailboxes.wanted, name="inbox", epoch=1)) == set()


async def test_what_went_before_it_was_taken_is_forgotten(store: Store) -> None:
    held = await begun(store, wanted=(3, 5))
    await store.write(partial(mailboxes.forget_wanted, held=held, epoch=1, uids=[3]))
    assert await store.read(partial(mailboxes.wanted, name="inbox", epoch=1)) == {5}
