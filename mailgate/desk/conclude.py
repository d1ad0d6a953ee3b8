"""From a parsed mail to a decision: evidence, facts, rules. Reads the store, changes nothing."""

from dataclasses import replace
from datetime import datetime, timedelta

from mailgate.desk.context import DeskContext
from mailgate.desk.facts import read_facts
from mailgate.desk.plan import Case
from mailgate.mail.envelope import Envelope
from mailgate.mail.parsed import ParsedMail
from mailgate.mail.proofs import Proofs
from mailgate.model.decision import Authentication, OpenTicket, QuarantineCause
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.seed import Seed
from mailgate.store import outbound
from mailgate.store.core import Connection
from mailgate.threading.decide import decide
from mailgate.threading.evidence import FOREIGN_CONTROL, Evidence, gather
from mailgate.threading.probe import probe_of

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


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
) -> Case:
    """What is to become of the mail of journal row `row`. `proofs` is what we found out about who
    sent it, None where nobody looked. `digest` is that of its bytes, None
    for a mail that nobody asks of whether it came before; `released` is what a human let it out
    of quarantine in spite of."""
    evidence = gather(
        mail,
        envelope,
        trust=ctx.policy.trust(peer=trusted, login=authenticated),
        directory=ctx.directory,
        keyring=ctx.keyring,
        subject_prefix=ctx.policy.subject_prefix,
        proofs=proofs,
    )
    evidence = _probed(evidence, ctx, mail, envelope, now)
    since = now - ctx.policy.duplicate_window
    facts = read_facts(
        conn,
        evidence,
        row=row,
        digest=digest,
        since=since,
        directory=ctx.directory,
        authors=_authors(mail, evidence),
        now=now,
        also=released_to,
    )
    decision = decide(evidence, facts, ctx.policy, now, released=released, released_to=released_to)
    return Case(ctx, mail, envelope, evidence, decision, now, seed)


def _probed(
    evidence: Evidence, ctx: DeskContext, mail: ParsedMail, envelope: Envelope, now: datetime
) -> Evidence:
    if probe_of(ctx.keyring, mail, envelope, now=now) is not None:
        return replace(evidence, is_probe=True)
    if mail.probe_token is None or FOREIGN_CONTROL in evidence.defects:
        return evidence
    return replace(evidence, defects=(*evidence.defects, FOREIGN_CONTROL))


def _authors(mail: ParsedMail, evidence: Evidence) -> frozenset[str]:
    """Under which addresses messages of this sender may stand on a ticket."""
    shown = mail.from_ or mail.from_claimed
    agent = evidence.agent
    written = () if shown is None else (shown.address.key,)
    return frozenset(written if agent is None else (*written, agent.address.key))


def acknowledgement_allowed(conn: Connection, case: Case) -> bool:
    """Whether the sender may get one more acknowledgement now; True as well when none is to be
    written. A proven sender is bound by the budget of the address alone, any other by those of
    the hour too: what strangers cause must not use up the mail that people send."""
    disposition = case.decision.disposition
    if not (isinstance(disposition, OpenTicket) and disposition.answer):
        return True
    policy, to = case.ctx.policy, case.sender.address
    budget = policy.acknowledgements_per_address_per_day
    if outbound.acknowledgements_since(conn, to.key, case.now - _DAY, budget) >= budget:
        return False
    if case.evidence.authentication is Authentication.PASS:
        return True
    in_all = policy.neutral_acknowledgements_per_hour
    went = outbound.acknowledged_since(conn, case.now - _HOUR, in_all)
    there = sum(key.rpartition("@")[2] == to.domain for key in went)
    return len(went) < in_all and there < policy.neutral_acknowledgements_per_domain_per_hour
