"""Drafts become bytes, once: every mail of the desk comes by here on its way into the queue."""

from collections.abc import Iterable
from datetime import datetime

from mailgate.desk.context import DeskContext
from mailgate.mail.compose import Composer
from mailgate.model.delivery import Draft
from mailgate.model.ids import OutboundId
from mailgate.store import outbound
from mailgate.store.core import Connection

__all__ = ["composed", "queue_drafts"]


def queue_drafts(
    conn: Connection, ctx: DeskContext, drafts: Iterable[Draft], now: datetime
) -> tuple[OutboundId, ...]:
    """Makes each draft bytes and queues it, in the caller's transaction."""
    return outbound.enqueue_all(conn, composed(ctx, drafts, now), now)


def composed(ctx: DeskContext, drafts: Iterable[Draft], now: datetime) -> list[tuple[Draft, bytes]]:
    """Each draft with the bytes that leave, the same at every attempt: signed here or never."""
    composer = Composer()
    return [(draft, _signed(ctx, draft, composer.compose(draft.mail), now)) for draft in drafts]


def _signed(ctx: DeskContext, draft: Draft, content: bytes, now: datetime) -> bytes:
    """With the signatures of the domain that the mail is from, where it has a key. Only what
    says that it is from the very address that it leaves by is signed."""
    sender = draft.mail.from_.address
    signers = ctx.signers.get(sender.domain, ()) if sender.key == draft.sender.key else ()
    if not signers:
        return content
    from mailgate.mail.dkimsign import signed  # noqa: PLC0415

    return signed(content, signers, now)
