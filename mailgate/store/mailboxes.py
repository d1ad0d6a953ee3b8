"""IMAP mailboxes: the lease on each, and which of its messages were taken.

Every change names the lease and is refused (`LeaseLost`) when another node has taken the
mailbox over meanwhile: the fence of the row is higher then.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, delete, literal_column, or_, select, update

from mailgate.model.ids import JournalId
from mailgate.model.mailbox import (
    FetchedMessage,
    MailboxLease,
    MailboxState,
    TakenMessage,
    UidState,
)
from mailgate.store import journal
from mailgate.store.conflict import insert_or_ignore
from mailgate.store.core import Connection, LeaseLost
from mailgate.store.mailboxtables import mailbox_messages, mailboxes
from mailgate.store.prepared import Prepared
from mailgate.store.room import takes_room

__all__ = [
    "acquire",
    "advance",
    "begin",
    "forget_wanted",
    "known_uids",
    "mark_done",
    "next_epoch",
    "release",
    "renew",
    "skip",
    "skipped",
    "state",
    "take",
    "taken",
    "want",
    "wanted",
]

_IN_QUERY = 500
"""Values bound in one statement: SQLite takes 32,766, PostgreSQL plans long lists slowly."""


_ADD_MAILBOX = insert_or_ignore(mailboxes, "name", "fence", "epoch")


# --- the lease -----------------------------------------------------------------------------


def acquire(
    conn: Connection, name: str, *, node: str, now: datetime, lease: timedelta
) -> MailboxLease | None:
    """The mailbox for `node` until `now + lease`; None while another node has it. A node gets
    its own lease back at once: after a restart it is the same node."""
    _ADD_MAILBOX(conn, {"name": name, "fence": 0, "epoch": 0})
    free = or_(
        mailboxes.c.lease_until.is_(None),
        mailboxes.c.lease_until <= now,
        mailboxes.c.node == node,
    )
    fence = conn.execute(
        update(mailboxes)
        .where(mailboxes.c.name == name, free)
        .values(node=node, lease_until=now + lease, fence=mailboxes.c.fence + 1)
        .returning(mailboxes.c.fence)
    ).scalar_one_or_none()
    return None if fence is None else MailboxLease(name, node, fence, now + lease)


def renew(conn: Connection, held: MailboxLease, *, now: datetime, lease: timedelta) -> MailboxLease:
    """The same lease until `now + lease`. Raises `LeaseLost`."""
    changed = conn.execute(
        update(mailboxes).where(_is_held(held)).values(lease_until=now + lease)
    ).rowcount
    if not changed:
        raise LeaseLost(f"mailbox {held.name} was taken over by another node")
    return MailboxLease(held.name, held.node, held.fence, now + lease)


def release(conn: Connection, held: MailboxLease) -> None:
    """Gives it up, so that another node can go on at once; nothing when it was lost."""
    conn.execute(update(mailboxes).where(_is_held(held)).values(node=None, lease_until=None))


def _is_held(held: MailboxLease) -> ColumnElement[bool]:
    return and_(
        mailboxes.c.name == held.name,
        mailboxes.c.node == held.node,
        mailboxes.c.fence == held.fence,
    )


_HELD = Prepared(
    select(mailboxes.c.name)
    .where(
        mailboxes.c.name == bindparam("name"),
        mailboxes.c.node == bindparam("node"),
        mailboxes.c.fence == bindparam("fence"),
    )
    .with_for_update()
)


def _guard(conn: Connection, held: MailboxLease) -> None:
    """Locks the mailbox's row for this transaction, and refuses a lease that was lost."""
    if _HELD.one(conn, name=held.name, node=held.node, fence=held.fence) is None:
        raise LeaseLost(f"mailbox {held.name} was taken over by another node")


# --- where we are --------------------------------------------------------------------------


def state(conn: Connection, name: str) -> MailboxState | None:
    """None before the first look."""
    columns = ("place", "uidvalidity", "epoch", "floor", "since")
    row = conn.execute(
        select(*(mailboxes.c[column] for column in columns)).where(
            mailboxes.c.name == name, mailboxes.c.uidvalidity.is_not(None)
        )
    ).one_or_none()
    if row is None:
        return None
    return MailboxState(row.place, row.uidvalidity, row.epoch, row.floor, row.since)


def next_epoch(conn: Connection, held: MailboxLease) -> int:
    """The number of an epoch that is about to begin. What a look that did not come to its end
    wanted in it is forgotten."""
    _guard(conn, held)
    before = conn.scalar(select(mailboxes.c.epoch).where(mailboxes.c.name == held.name))
    epoch = int(before or 0) + 1
    conn.execute(
        delete(mailbox_messages).where(
            mailbox_messages.c.mailbox == held.name, mailbox_messages.c.epoch == epoch
        )
    )
    return epoch


def want(
    conn: Connection, held: MailboxLease, epoch: int, uids: Iterable[int], *, now: datetime
) -> None:
    """Messages below the floor (or that will be) that are to be taken all the same."""
    _guard(conn, held)
    same = {
        "mailbox": held.name,
        "epoch": epoch,
        "state": UidState.WANTED.value,
        "at": now,
        **_NOTHING,
    }
    _ADD_MESSAGE(conn, *({**same, "uid": uid} for uid in uids))


def begin(conn: Connection, held: MailboxLease, *, position: MailboxState) -> None:
    """Ends the first look at a mailbox, or at one that has begun anew (another UIDVALIDITY,
    another folder): from here on `position` holds, and what `want` was told of its epoch."""
    _guard(conn, held)
    conn.execute(
        update(mailboxes)
        .where(mailboxes.c.name == held.name)
        .values(
            place=position.place,
            uidvalidity=position.uidvalidity,
            epoch=position.epoch,
            floor=position.floor,
            since=position.since,
        )
    )


def advance(conn: Connection, held: MailboxLease, *, floor: int) -> None:
    """Everything below `floor` has come to something, or is WANTED."""
    _guard(conn, held)
    conn.execute(
        update(mailboxes)
        .where(mailboxes.c.name == held.name, mailboxes.c.floor < floor)
        .values(floor=floor)
    )


def known_uids(conn: Connection, name: str, epoch: int, *, low: int = 1) -> frozenset[int]:
    """The messages from UID `low` on that nothing is to be fetched of any more: taken, done or
    skipped."""
    found = conn.execute(
        select(mailbox_messages.c.uid).where(
            mailbox_messages.c.mailbox == name,
            mailbox_messages.c.epoch == epoch,
            mailbox_messages.c.uid >= low,
            mailbox_messages.c.state != UidState.WANTED.value,
        )
    )
    return frozenset(found.scalars())


def wanted(conn: Connection, name: str, epoch: int) -> frozenset[int]:
    """What is below the floor and still to be taken."""
    return _in_state(conn, name, epoch, UidState.WANTED)


def taken(conn: Connection, name: str, epoch: int) -> frozenset[int]:
    """What is in the journal, and what `after` says is still due."""
    return _in_state(conn, name, epoch, UidState.TAKEN)


def _in_state(conn: Connection, name: str, epoch: int, wanted_state: UidState) -> frozenset[int]:
    found = conn.execute(
        select(mailbox_messages.c.uid).where(
            mailbox_messages.c.mailbox == name,
            mailbox_messages.c.epoch == epoch,
            # As a literal, for the partial index.
            mailbox_messages.c.state == literal_column(f"'{wanted_state.value}'"),
        )
    )
    return frozenset(found.scalars())


def skipped(conn: Connection, name: str, epoch: int) -> dict[int, str]:
    """The messages that were not taken, and why: for people to look at."""
    found = conn.execute(
        select(mailbox_messages.c.uid, mailbox_messages.c.reason).where(
            mailbox_messages.c.mailbox == name,
            mailbox_messages.c.epoch == epoch,
            mailbox_messages.c.state == UidState.SKIPPED.value,
        )
    )
    return {row.uid: row.reason or "" for row in found}


# --- messages ------------------------------------------------------------------------------


@takes_room
def take(
    conn: Connection,
    held: MailboxLease,
    epoch: int,
    messages: Sequence[FetchedMessage],
) -> list[TakenMessage]:
    """Commits the messages to the journal and says of each that it is taken, in one
    transaction: after a crash a message is either both or neither. One that this mailbox gave
    before (the same digest under another UID, or in another epoch) makes no new row. Two equal
    messages without a Message-ID are two in one epoch: a website's form sends them so. Raises
    `LeaseLost`, and then nothing is taken."""
    _guard(conn, held)
    earlier = _earlier(conn, held.name, [message.digest for message in messages])
    told: list[TakenMessage] = []
    for message in messages:
        sightings = earlier.setdefault(message.digest, [])
        row = _known_as(sightings, message, epoch)
        again = row is not None
        if row is None:
            row = journal.append(conn, message.arrival)
        told.append(TakenMessage(message.uid, row, again))
        sightings.append(_Sighting(epoch, message.uid, row))
    _set_state(
        conn,
        held.name,
        epoch,
        [
            {
                "uid": message.uid,
                "state": UidState.TAKEN.value,
                "digest": message.digest,
                "journal": done.journal,
                "reason": None,
                "at": message.arrival.at,
            }
            for message, done in zip(messages, told, strict=True)
        ],
    )
    return told


def skip(
    conn: Connection,
    held: MailboxLease,
    epoch: int,
    reasons: Mapping[int, str],
    *,
    now: datetime,
) -> None:
    """Messages (by UID) that are not taken, and why."""
    _guard(conn, held)
    _set_state(
        conn,
        held.name,
        epoch,
        [
            {**_NOTHING, "uid": uid, "state": UidState.SKIPPED.value, "reason": why, "at": now}
            for uid, why in reasons.items()
        ],
    )


def mark_done(conn: Connection, held: MailboxLease, epoch: int, uids: Iterable[int]) -> None:
    """What `after` says was done with these messages, or they had gone by themselves."""
    _guard(conn, held)
    rows = [{"mailbox": held.name, "epoch": epoch, "uid": uid} for uid in uids]
    _DONE.run_many(conn, rows)


def forget_wanted(conn: Connection, held: MailboxLease, epoch: int, uids: Iterable[int]) -> None:
    """Messages of the first look that somebody removed before they were taken."""
    _guard(conn, held)
    rows = [{"mailbox": held.name, "epoch": epoch, "uid": uid} for uid in uids]
    _FORGET.run_many(conn, rows)


_KEY = (
    mailbox_messages.c.mailbox == bindparam("mailbox"),
    mailbox_messages.c.epoch == bindparam("epoch"),
    mailbox_messages.c.uid == bindparam("uid"),
)
_FORGET = Prepared(delete(mailbox_messages).where(*_KEY))
_DONE = Prepared(update(mailbox_messages).where(*_KEY).values(state=UidState.DONE.value))
_COLUMNS = ("mailbox", "epoch", "uid", "state", "digest", "journal", "reason", "at")
_ADD_MESSAGE = insert_or_ignore(mailbox_messages, *_COLUMNS)
_NOTHING: dict[str, object] = {"digest": None, "journal": None, "reason": None}


def _set_state(
    conn: Connection, name: str, epoch: int, rows: Sequence[Mapping[str, object]]
) -> None:
    """A WANTED row gives way to what became of it."""
    named = [{**row, "mailbox": name, "epoch": epoch} for row in rows]
    _FORGET.run_many(
        conn, [{key: row[key] for key in ("mailbox", "epoch", "uid")} for row in named]
    )
    _ADD_MESSAGE(conn, *named)


@dataclass(frozen=True, slots=True)
class _Sighting:
    """Where the mailbox gave a digest, and the row that it became."""

    epoch: int
    uid: int
    journal: JournalId | None


def _known_as(
    sightings: Sequence[_Sighting], message: FetchedMessage, epoch: int
) -> JournalId | None:
    """The row that this message became before; None when it is a new one."""
    if message.named:
        return sightings[0].journal if sightings else None
    here = [seen for seen in sightings if seen.epoch == epoch]
    before = [seen for seen in sightings if seen.epoch != epoch]
    tried = next((seen.journal for seen in here if seen.uid == message.uid), None)
    if tried is not None:
        return tried
    # As many as there were come again with a new epoch; one more than that is a new one.
    most = max(Counter(seen.epoch for seen in before).values(), default=0)
    return before[0].journal if len(here) < most else None


def _earlier(conn: Connection, name: str, digests: Sequence[bytes]) -> dict[bytes, list[_Sighting]]:
    """For each digest that the mailbox gave before: where."""
    found: dict[bytes, list[_Sighting]] = {}
    columns = ("digest", "epoch", "uid", "journal")
    for start in range(0, len(digests), _IN_QUERY):
        rows = conn.execute(
            select(*(mailbox_messages.c[column] for column in columns)).where(
                mailbox_messages.c.mailbox == name,
                mailbox_messages.c.digest.in_(digests[start : start + _IN_QUERY]),
            )
        )
        for row in rows:
            seen = _Sighting(row.epoch, row.uid, row.journal)
            found.setdefault(row.digest, []).append(seen)
    return found
