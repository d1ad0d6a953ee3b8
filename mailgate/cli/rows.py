"""A mail of the journal, its decision and its words, for the commands that show one."""

import json
from dataclasses import dataclass
from functools import partial

from mailgate.api.shapes import Json
from mailgate.cli.session import CommandError
from mailgate.daemon.gateway import Gateway
from mailgate.desk.arriving.asking import inquiry_of, proofs_of
from mailgate.desk.arriving.proving import Inquiry
from mailgate.desk.telling.account import account_of
from mailgate.desk.telling.explain import explain
from mailgate.desk.telling.retelling import RowTold, tell_row
from mailgate.mail.digest import content_digest
from mailgate.mail.envelope import Envelope
from mailgate.mail.parse import parse_mail
from mailgate.model.decision import Authentication, QuarantineCause
from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival, Door, JournalState, JournalSummary
from mailgate.model.ticket import Role
from mailgate.store import journal
from mailgate.store.core import Connection
from mailgate.store.deleting import CAUSE as DELETED
from mailgate.telemetry.null import NullTelemetry

__all__ = ["Shown", "explained_mail", "shown_row"]


@dataclass(frozen=True, slots=True)
class Shown:
    """`decided` has all fields of `explain`, whatever state the row is in."""

    row: JournalSummary
    decided: Json
    told: RowTold


async def shown_row(gateway: Gateway, number: JournalId) -> Shown:
    """CommandError when there is no such mail, or nothing is left to tell of it."""
    row, arrival = await gateway.store.read(partial(_row, number=number))
    decided: Json | None = None if row.decision is None else json.loads(row.decision)
    if row.cause == DELETED:
        raise CommandError(f"mail {number} was deleted with its ticket: desk.delete_closed_after")
    if decided is None and arrival is None:
        raise CommandError(f"mail {number} was never decided, and its bytes are past retention")
    foretold = None
    if arrival is not None and row.state is JournalState.RECEIVED and decided is None:
        decided = await _of_row(gateway, row, arrival)
    elif arrival is not None and row.state is JournalState.QUARANTINED and decided is not None:
        foretold = await _of_row(gateway, row, arrival, decided)
    locale = gateway.settings.gateway.locale
    return Shown(row, decided or _undecided(row), tell_row(row, decided, locale, foretold=foretold))


def _undecided(row: JournalSummary) -> Json:
    """The fields of `explain` for a mail that nobody could decide about."""
    set_aside = row.state is JournalState.QUARANTINED
    sender: Json = {
        "address": row.from_,
        "role": Role.STRANGER.value,
        "authenticated": Authentication.NONE.value,
        "by": None,
        "method": None,
        "covers": True,
        "checks": [],
    }
    absent = ("ticket", "linked", "original", "visibility", "flagged", "rights", "withheld")
    return {
        "disposition": "quarantine" if set_aside else None,
        "cause": row.cause,
        "sender": sender,
        **dict.fromkeys(absent),
        **{name: [] for name in ("reasons", "signals", "would_send", "rules", "defects")},
    }


def _row(conn: Connection, number: JournalId) -> tuple[JournalSummary, Arrival | None]:
    row = journal.get(conn, number)
    if row is None:
        raise CommandError(f"there is no mail {number} in the journal")
    return row, journal.arrival(conn, number)


async def _of_row(
    gateway: Gateway, row: JournalSummary, arrival: Arrival, before: Json | None = None
) -> Json | None:
    """What would become of it now; None for one that cannot even be looked at."""
    try:
        return await _explained(gateway, arrival, row, before)
    except Exception:  # noqa: BLE001  whatever keeps the worker from it keeps us from it
        return None


async def explained_mail(
    gateway: Gateway, content: bytes, envelope: Envelope, *, trusted: bool
) -> Json:
    """As if it had come just now, by an unknown server: the DNS is asked as it would be then."""
    now = gateway.clock.now()
    arrival = Arrival(Door.IMPORT, envelope, content, now, trusted=trusted)
    return await _explained(gateway, arrival)


async def _explained(
    gateway: Gateway,
    arrival: Arrival,
    row: JournalSummary | None = None,
    before: Json | None = None,
) -> Json:
    from mailgate.daemon.names import make_resolver  # noqa: PLC0415  80 ms, for this alone

    mail, policy = parse_mail(arrival.content), gateway.context.policy
    inquiry: Inquiry | None = None if before else inquiry_of(arrival, policy)
    resolver = make_resolver(gateway.settings, gateway.clock, NullTelemetry())
    proofs = await proofs_of(
        arrival.content,
        mail,
        inquiry,
        gateway.context.directory,
        resolver,
        seconds=policy.dns_seconds,
    )
    unit = partial(
        explain,
        ctx=gateway.context,
        mail=mail,
        envelope=arrival.envelope,
        trusted=arrival.trusted,
        authenticated=arrival.authenticated,
        now=gateway.clock.now(),
        digest=content_digest(arrival.content),
        proofs=proofs,
        content=arrival.content,
    )
    if row is None:
        return await gateway.store.read(unit)
    cause = QuarantineCause(row.cause) if row.cause and before else None
    known = None if before is None else account_of(before)
    return await gateway.store.read(partial(unit, row=row.id, released=cause, before=known))
