"""From a parsed mail to a decision: evidence, facts, rules. Reads the store, changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from mailgate.desk.arriving.facts import read_facts
from mailgate.desk.arriving.keptinside import KeptInside, meant_for_us
from mailgate.desk.arriving.plan import Case
from mailgate.desk.arriving.quoted import without_quoted_markers
from mailgate.desk.arriving.traffic import with_traffic
from mailgate.desk.context import DeskContext
from mailgate.desk.returned.bounces import with_sent
from mailgate.desk.starts.ownmail import Asks, Refused, own_mail
from mailgate.desk.starts.passedon import PassedOn
from mailgate.desk.telling.account import Account
from mailgate.mail.domains import aligned
from mailgate.mail.envelope import Envelope
from mailgate.mail.parsed import ParsedMail
from mailgate.mail.proofs import ProofResult, Proofs
from mailgate.model.checks import OURSELVES
from mailgate.model.decision import (
    Append,
    Authentication,
    Decision,
    Quarantine,
    QuarantineCause,
)
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import Visibility
from mailgate.store import entries, tickets
from mailgate.store.core import Connection
from mailgate.threading.addressed import names_us
from mailgate.threading.decide import decide
from mailgate.threading.evidence import FOREIGN_CONTROL, Evidence, Facts, gather
from mailgate.threading.probe import probe_of


def conclude(
    conn: Connection,
    ctx: DeskContext,
    mail: ParsedMail,
    envelope: Envelope,
    *,
    trusted: bool,
    authenticated: str | None,
    row: JournalId,
    digest: bytes | None,
    released: QuarantineCause | None,
    released_to: TicketId | None,
    now: datetime,
    seed: Seed,
    proofs: Proofs | None = None,
    before: Account | None = None,
) -> Case:
    """What is to become of the mail of journal row `row`. `proofs` is what we found out about who
    sent it, None where nobody looked. `digest` is that of its bytes, None
    for a mail that nobody asks of whether it came before; `released` is what a human let it out
    of quarantine in spite of, `before` what was decided when it came."""
    gathered = partial(
        gather,
        mail,
        envelope,
        trust=ctx.policy.trust(peer=trusted, login=authenticated),
        directory=ctx.directory,
        keyring=ctx.keyring,
        subject_prefix=ctx.policy.subject_prefix,
    )
    evidence = gathered(proofs=proofs)
    if released is not None:
        evidence = _as_at_the_door(evidence, before, gathered, mail, ctx)
    evidence = _probed(evidence, ctx, mail, envelope, now)
    since = now - ctx.policy.duplicate_window
    facts = read_facts(
        conn,
        evidence,
        row=row,
        digest=digest,
        since=since,
        directory=ctx.directory,
        keyring=ctx.keyring,
        also=released_to,
    )
    facts = with_traffic(conn, with_sent(conn, evidence, facts), evidence, now)
    decision = decide(evidence, facts, ctx.policy, now, released=released, released_to=released_to)
    mail = without_quoted_markers(mail, evidence, ctx.keyring)
    own = own_mail(ctx, mail, evidence, decision, now, released=released)
    if own is not None:
        return _meant(
            conn, Case(ctx, mail, envelope, evidence, decision, now, seed, own=own), facts
        )
    inside = _inside(ctx, mail, evidence, facts, decision)
    return Case(ctx, mail, envelope, evidence, decision, now, seed, inside)


def _meant(conn: Connection, case: Case, facts: Facts) -> Case:
    """The case of an agent's own mail, decided by what they mean. What came before, in other
    bytes, or is on a ticket already when they pass it on, is a note there."""
    own, decision = case.own, case.decision
    if own is None:
        return case
    if isinstance(own, Refused):
        return replace(case, decision=replace(decision, disposition=Quarantine(own.cause)))
    if isinstance(own, Asks):
        # A mail is obeyed once, with whatever fields somebody sends it again.
        return replace(case, own=None) if facts.same_id else case
    known = facts.twin
    if known is None and isinstance(own, PassedOn) and own.message_id is not None:
        known, own = _already(conn, own, own.message_id)
    if known is None:
        reasons = (*decision.reasons, own.reason)
        return replace(case, own=own, decision=replace(decision, reasons=reasons))
    onto = Append(known, Visibility.PUBLIC, flagged=False)
    again = KeptInside.FORWARDED if facts.twin is None else KeptInside.REPEATED
    return replace(case, decision=replace(decision, disposition=onto), inside=again, own=None)


def _already(conn: Connection, own: PassedOn, shown: str) -> tuple[TicketId | None, PassedOn]:
    """The ticket that a mail which is passed on is on already; or the mail, without the id that
    it bears in what was shown to us (`shown`) where somebody else's mail has it: whoever invents
    a mail invents its id, and must not get at their ticket, nor they at this one."""
    found = entries.tickets_of_ids(conn, [shown]).get(shown, ())
    number = tickets.resolve_merge(conn, found[0]) if found else None
    if number is None:
        return None, own
    sender = own.sender.address.key
    is_it = any(
        one.message_id == shown and one.author.address.key == sender
        for one in entries.of_ticket(conn, number)
    )
    return (number, own) if is_it else (None, replace(own, message_id=None))


def _inside(
    ctx: DeskContext, mail: ParsedMail, evidence: Evidence, facts: Facts, decision: Decision
) -> KeptInside | None:
    """Why what staff wrote stays inside, whatever it says; None where it was not for outside."""
    match decision.disposition:
        case Append(ticket=ticket, visibility=Visibility.PUBLIC) if evidence.agent is not None:
            if facts.twin is not None:
                return KeptInside.REPEATED
            inside = meant_for_us(mail, evidence, facts, ticket, ctx.directory)
            return KeptInside.FORWARDED if inside else None
        case _:
            return None


def _as_at_the_door(
    evidence: Evidence,
    before: Account | None,
    gathered: Callable[[], Evidence],
    mail: ParsedMail,
    ctx: DeskContext,
) -> Evidence:
    """Who the mail is from was found out when it came: what a domain has in the DNS today is of
    other mail. Where that is not known, a key that has gone meanwhile speaks against nobody."""
    if before is not None:
        to_us = before.covers and names_us(mail, ctx.directory)
        return replace(
            evidence,
            authentication=before.authentication,
            authenticated_by=before.method,
            authentication_covers=before.covers,
            addressed=to_us or not _by_signature_alone(before, mail),
            checks=before.checks,
        )
    return gathered() if evidence.authentication is Authentication.FAIL else evidence


def _by_signature_alone(before: Account, mail: ParsedMail) -> bool:
    """Whether it was a signature, and not the sender's own server, by which we knew them."""
    passed = (OURSELVES, ProofResult.PASS.value)
    good = [check for check in before.checks if (check.source, check.result) == passed]
    domain = "" if mail.from_ is None else mail.from_.address.domain
    if any(check.method == "spf" and aligned(check.domain, domain) for check in good):
        return False
    return any(check.method == "dkim" for check in good)


def _probed(
    evidence: Evidence, ctx: DeskContext, mail: ParsedMail, envelope: Envelope, now: datetime
) -> Evidence:
    if probe_of(ctx.keyring, mail, envelope, now=now) is not None:
        return replace(evidence, is_probe=True)
    if mail.probe_token is None or FOREIGN_CONTROL in evidence.defects:
        return evidence
    return replace(evidence, defects=(*evidence.defects, FOREIGN_CONTROL))
