"""The first look at a folder: what of it is ours to take."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from mailgate.ingest.imap.plan import FirstLook, SinceSetting, arrived_since, since_instant
from mailgate.ingest.imap.session import ImapError, ImapSession, Selected
from mailgate.ingest.imap.spec import MailboxSpec, Tools
from mailgate.model.mailbox import MailboxLease, MailboxState
from mailgate.store import mailboxes

_LISTED = 2_000
"""Messages listed at once, and rows written in one transaction: others write in between."""
_ZONES = timedelta(days=1)
"""SEARCH SINCE counts days in the server's time zone."""


async def first_look(session: ImapSession, since: SinceSetting, now: datetime) -> FirstLook:
    """What a first look would take; it changes nothing. Raises `ImapError`."""
    instant = since_instant(since, now)
    selected = await session.select()
    wanted = await _arrived(session, instant)
    return FirstLook(len(wanted), selected.exists, instant)


async def position_in(
    session: ImapSession, spec: MailboxSpec, tools: Tools, held: MailboxLease
) -> tuple[MailboxState, Selected]:
    """Opens the folder and says where we are in it. A folder that we do not know, or whose
    UIDs have changed (RFC 3501 §2.3.1.1), is looked through first.

    Raises `ImapError`, `StoreError`, `LeaseLost`.
    """
    selected = await session.select()
    known = await tools.store.read(partial(mailboxes.state, name=held.name))
    if known is None or known.place != spec.place:
        since = since_instant(spec.since, tools.clock.now())
        position, count = await _begin(session, spec, tools, held, selected, since)
        look = FirstLook(count, selected.exists, since)
        tools.tell(look.sentence(spec.name))
        tools.telemetry.mailbox_looked(
            mailbox=spec.name,
            would_take=look.would_take,
            of=look.of,
            since="all" if since is None else since.isoformat(),
        )
        return position, selected
    if known.uidvalidity != selected.uidvalidity or await _went_back(selected, known, tools, held):
        position, count = await _begin(session, spec, tools, held, selected, known.since)
        tools.telemetry.mailbox_began_anew(
            mailbox=spec.name, would_look_at=count, of=selected.exists
        )
        return position, selected
    return known, selected


async def _went_back(
    selected: Selected, known: MailboxState, tools: Tools, held: MailboxLease
) -> bool:
    """Whether UIDs begin anew although UIDVALIDITY stayed, which RFC 3501 §2.3.1.1 forbids: what
    is new then would have UIDs that are known, or be below the floor, where nobody looks."""
    unit = partial(mailboxes.known_uids, name=held.name, epoch=known.epoch, low=known.floor)
    newest = max(await tools.store.read(unit), default=0)
    return selected.uidnext is not None and selected.uidnext < max(known.floor, newest + 1)


async def _begin(
    session: ImapSession,
    spec: MailboxSpec,
    tools: Tools,
    held: MailboxLease,
    selected: Selected,
    since: datetime | None,
) -> tuple[MailboxState, int]:
    """The new position, and how much of what is there is to be taken. The position is written
    last: a look that was interrupted begins again."""
    uidnext = selected.uidnext
    if uidnext is None:  # Before the look: what comes meanwhile is above it.
        uidnext = max(await session.uids_from(1), default=0) + 1
    wanted = await _arrived(session, since)
    epoch = await tools.store.write(partial(mailboxes.next_epoch, held=held))
    below = [uid for uid in wanted if uid < uidnext]
    for start in range(0, len(below), _LISTED):
        await tools.store.write(
            partial(
                mailboxes.want,
                held=held,
                epoch=epoch,
                uids=below[start : start + _LISTED],
                now=tools.clock.now(),
            )
        )
    position = MailboxState(spec.place, selected.uidvalidity, epoch, uidnext, since)
    await tools.store.write(partial(mailboxes.begin, held=held, position=position))
    return position, len(below)


async def _arrived(session: ImapSession, since: datetime | None) -> Sequence[int]:
    if since is None:
        return await session.uids_since(None)
    found = await session.uids_since((since - _ZONES).date())
    wanted: list[int] = []
    for start in range(0, len(found), _LISTED):
        wanted += await _of_these(session, found[start : start + _LISTED], since)
    return wanted


async def _of_these(session: ImapSession, uids: Sequence[int], since: datetime) -> list[int]:
    """What has no date is wanted: whoever takes it finds out whether it is there. One message
    of which the server can say nothing keeps no other from being dated."""
    try:
        listed = await session.list(uids)
    except ImapError:
        if session.closed:
            raise
        if len(uids) == 1:
            return list(uids)
        half = len(uids) // 2
        before = await _of_these(session, uids[:half], since)
        return before + await _of_these(session, uids[half:], since)
    dated = {message.uid for message in listed}
    return sorted({*arrived_since(listed, since), *(uid for uid in uids if uid not in dated)})
