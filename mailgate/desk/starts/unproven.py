"""The agent in whose name a mail is set aside hears of it: once, if nothing proves that they wrote
it; each time, if a command of theirs cannot be carried out."""

from datetime import timedelta

from mailgate.desk.arriving.plan import Case
from mailgate.desk.starts.ownmail import Refused
from mailgate.desk.starts.startwords import refused, unproven
from mailgate.desk.words.frame import one_line, support_of
from mailgate.desk.words.tellsender import to_sender
from mailgate.desk.words.wording import local_time
from mailgate.mail.absencenote import reads_automatic
from mailgate.mail.address import Address
from mailgate.model.decision import Quarantine, QuarantineCause
from mailgate.model.delivery import Draft
from mailgate.model.directory import Agent, SupportAddress
from mailgate.model.ids import JournalId
from mailgate.store import once
from mailgate.store.core import Connection
from mailgate.threading.loops import is_automated

__all__ = ["AGAIN_AFTER", "told_aside"]

AGAIN_AFTER = timedelta(days=30)
"""How long an agent is told no more of mail in their name that nothing proves."""


def told_aside(conn: Connection, case: Case, row: JournalId) -> tuple[Draft, ...]:
    """The mail to the agent, if there is to be one. Nothing is read of mail that is set aside for
    any other cause."""
    agent = case.evidence.agent
    disposition = case.decision.disposition
    if agent is None or not isinstance(disposition, Quarantine):
        return ()
    if isinstance(case.own, Refused):
        return _refused(case, case.own, agent, row)
    if disposition.cause is not QuarantineCause.AGENT_NOT_PROVEN:
        return ()
    return _unproven(conn, case, agent, row)


def _refused(case: Case, refusal: Refused, agent: Agent, row: JournalId) -> tuple[Draft, ...]:
    support = _support(case)
    subject, text = refused(
        refusal,
        support.locale,
        subject=one_line(case.mail.subject),
        support=str(support.address),
        row=row,
    )
    return (
        to_sender(
            case.ctx, support, agent, subject=subject, text=text, now=case.now, seed=case.seed
        ),
    )


def _unproven(conn: Connection, case: Case, agent: Agent, row: JournalId) -> tuple[Draft, ...]:
    """Not for what a machine wrote, or somebody whose From can be read in two ways."""
    from_ = case.evidence.from_
    machine = is_automated(case.evidence) or reads_automatic(case.mail.subject, case.mail.text)
    if from_ is None or machine:
        return ()
    key = f"unproven:{agent.address.key}"
    if not once.begin(conn, key, since=case.now - AGAIN_AFTER, now=case.now):
        return ()
    support, mailbox = _support(case), _mailbox(agent, from_.address)
    facts = {
        "mailbox": str(mailbox),
        "support": str(support.address),
        "at": local_time(case.now, case.ctx.policy.timezone),
        "row": str(row),
        "domain": mailbox.domain,
    }
    subject, text = unproven(support.locale, facts)
    return (
        to_sender(
            case.ctx, support, agent, subject=subject, text=text, now=case.now, seed=case.seed
        ),
    )


def _mailbox(agent: Agent, claimed: Address) -> Address:
    """The address of theirs that the mail bears, as it is configured: a subaddress is a word of
    whoever wrote it."""
    keys = {claimed.key, claimed.base.key}
    known = (one for one in (agent.address, *agent.also) if one.key in keys)
    return next(known, agent.address)


def _support(case: Case) -> SupportAddress:
    named = case.evidence.support_address
    first = next(iter(case.ctx.directory.supports.values()))
    return first if named is None else support_of(case.ctx, named)
