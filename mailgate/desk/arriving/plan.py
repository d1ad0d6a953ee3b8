"""What a decided message puts on a ticket. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from mailgate.desk.arriving.keptinside import KeptInside
from mailgate.desk.arriving.marks import flags
from mailgate.desk.arriving.participants import brought, joining, may_bring
from mailgate.desk.arriving.quoted import whole
from mailgate.desk.context import DeskContext
from mailgate.desk.rules.matching import NOT_LOOKED, Look
from mailgate.desk.words.attached import split_attachments
from mailgate.mail.absencenote import reads_automatic
from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.envelope import Envelope
from mailgate.mail.parsed import ParsedMail
from mailgate.model.decision import (
    Append,
    Authentication,
    Decision,
    OpenTicket,
    RecordAutoReply,
    RecordBounce,
    RecordScore,
)
from mailgate.model.directory import Agent, SupportAddress
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import (
    Author,
    Direction,
    EntryKind,
    NewEntry,
    NewTicket,
    Role,
    Source,
    Ticket,
    Visibility,
)
from mailgate.threading.evidence import Evidence, support_addresses
from mailgate.threading.tag import untagged_subject

if TYPE_CHECKING:
    from mailgate.desk.starts.ownmail import OwnMail

STAFF = frozenset({Role.AGENT, Role.COLLABORATOR})
_NOBODY = NamedAddress("", Address("unknown", "unknown.invalid"))
"""Stands for a sender whose address cannot be read (RFC 2606 §2: delivered nowhere)."""


@dataclass(frozen=True, slots=True)
class Case:
    """A message with everything that was concluded from it."""

    ctx: DeskContext
    mail: ParsedMail = field(repr=False)
    envelope: Envelope
    evidence: Evidence
    decision: Decision
    now: datetime
    seed: Seed
    inside: KeptInside | None = None
    """Why a public answer by staff stays inside, as far as the store and its header tell."""
    ruled: Look = NOT_LOOKED
    """What the rules of the settings say of it."""
    own: "OwnMail | None" = None
    """What an agent means by a mail of theirs that is on no ticket."""
    says_status: bool = False
    """Whether a command at its top says what the status is to be: nothing else then does."""
    hands_to: str | None = None
    """The group to which a command at its top gives the ticket: what is noted below it is for
    them, whoever has it."""

    @property
    def sender(self) -> NamedAddress:
        """Whom people see as the sender: the certain one, else the claimed one."""
        return self.mail.from_ or self.mail.from_claimed or _NOBODY

    @property
    def by(self) -> NamedAddress:
        """Who wrote it, as the desk knows them: an agent by their own name and address,
        whichever of their mailboxes it came from."""
        agent = self.evidence.agent
        if agent is None or self.decision.sender.role not in STAFF:
            return self.sender
        return NamedAddress(agent.name, agent.address)

    @property
    def says_something(self) -> bool:
        """Whether there is more in it than what it quotes, and, from staff, than files that
        may not go to a customer."""
        files = self.mail.attachments
        if self.mail.text.strip() or not files or self.decision.sender.role not in STAFF:
            return bool(self.mail.text.strip() or files)
        return bool(split_attachments(files, self.evidence.agent, self.ctx.keyring)[0])

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The support addresses that the envelope names."""
        return support_addresses(self.ctx.directory, self.envelope.forward_paths)

    @property
    def visible(self) -> tuple[str, str | None]:
        """Text and HTML of what the sender wrote now. Where nothing is left of it and no file
        came along, all of it: a cut that takes everything took too much."""
        mail = self.mail
        if self.says_something:
            return mail.text, mail.reply_html
        return whole(mail, self.ctx.keyring)


def new_ticket(case: Case, linked: TicketId | None) -> NewTicket:
    support = support_of_case(case)
    prefix = case.ctx.policy.subject_prefix
    return NewTicket(
        subject=untagged_subject(prefix, case.mail.subject),
        source=Source.EMAIL,
        address=support.address,
        brand=support.brand,
        group=support.group,
        requester=case.sender,
        cc=brought(case.mail, case.sender.address, case.ctx.directory),
        at=case.now,
        linked=() if linked is None else (linked,),
        waiting_since=case.now,
        proven=case.evidence.authentication is Authentication.PASS,
    )


def opened(new: NewTicket, ticket: TicketId) -> Ticket:
    """The ticket that this makes, as it is before anything stands on it."""
    return Ticket(
        id=ticket,
        subject=new.subject,
        status=new.status,
        priority=new.priority,
        source=new.source,
        address=new.address,
        brand=new.brand,
        group=new.group,
        assignee=None,
        requester=new.requester,
        cc=new.cc,
        tags=(),
        parent=None,
        merged_into=None,
        linked=new.linked,
        created_at=new.at,
        updated_at=new.at,
        first_response_at=None,
        sla_started_at=None,
        resolved_at=None,
        closed_at=None,
        messages=0,
        waiting_since=new.waiting_since,
        proven=new.proven,
    )


def support_of_case(case: Case) -> SupportAddress:
    """The support address that it came to; for a mail that a human let in and that names none
    of them, the first of all."""
    directory = case.ctx.directory
    named = case.evidence.support_address
    found = directory.support_for(named) if named is not None else None
    return found or next(iter(directory.supports.values()))


def brought_along(case: Case, ticket: Ticket) -> tuple[Address, ...]:
    """Who joins the ticket that is there: they get what is written from now on."""
    named = (case.sender.address,) if _comes_back(case) and case.evidence.agent is None else ()
    if may_bring(case.evidence, case.decision) and kept_inside(case) is None:
        named = (*named, *brought(case.mail, case.sender.address, case.ctx.directory))
    return joining(named, ticket.requester.address, ticket.cc)


def follows_again(case: Case) -> Agent | None:
    """One of ours who comes back: customers do not see the desk's own mailboxes."""
    return case.evidence.agent if _comes_back(case) else None


def _comes_back(case: Case) -> bool:
    """Whether it is somebody who had a part in a ticket that became part of this one: who was left
    out there writes again all the same, and an answer that does not reach them answers nobody."""
    match case.decision.disposition:
        case Append(visibility=Visibility.PUBLIC):
            return case.decision.sender.role is Role.PARTICIPANT
        case _:
            return False


def is_answer(case: Case) -> bool:
    """Whether it goes out to the customer: a public message by staff on a ticket, unless there
    is a reason to keep it inside."""
    return _is_public_word_of_staff(case) and kept_inside(case) is None


def is_aside(case: Case) -> bool:
    """Whether a third party wrote it on their side thread: the customer waits for nothing by it."""
    match case.decision.disposition:
        case Append(side=aside):
            return aside
        case _:
            return False


def kept_inside(case: Case) -> KeptInside | None:
    """Why an answer by staff does not go out; None for one that does, and for all other mail."""
    if not _is_public_word_of_staff(case):
        return None
    if case.inside is not None:
        return case.inside
    if not case.says_something:
        return KeptInside.EMPTY
    automatic = reads_automatic(case.mail.subject, case.mail.text)
    return KeptInside.AUTOMATIC if automatic else None


def _is_public_word_of_staff(case: Case) -> bool:
    match case.decision.disposition:
        case Append(visibility=Visibility.PUBLIC):
            return case.decision.sender.role in STAFF
        case _:
            return False


def kind_of(case: Case) -> EntryKind:
    """What the message is on its ticket."""
    match case.decision.disposition:
        case RecordBounce():
            return EntryKind.BOUNCE
        case RecordAutoReply():
            return EntryKind.AUTO_REPLY
        case RecordScore():
            return EntryKind.SURVEY
        case Append() if case.decision.sender.role in STAFF and not is_answer(case):
            return EntryKind.NOTE
        case _:
            return EntryKind.MESSAGE


def visibility_of(case: Case) -> Visibility:
    """Who sees the message on its ticket."""
    match case.decision.disposition:
        case OpenTicket():
            return Visibility.PUBLIC
        case Append(visibility=decided) if kept_inside(case) is None:
            return decided
        case _:
            return Visibility.PRIVATE


def author_of(case: Case) -> Author:
    """Who wrote it, and as what: whoever opens a ticket is its requester."""
    role = case.decision.sender.role
    match case.decision.disposition:
        case RecordBounce():
            role = Role.SYSTEM
        case OpenTicket() if role not in STAFF:
            role = Role.REQUESTER
        case _:
            pass
    return Author(case.by.address, case.by.name, role)


def new_entry(
    case: Case, ticket: TicketId, journal: JournalId, *, sent_as: str | None = None
) -> NewEntry:
    """The message as it goes onto the ticket. `sent_as` is the Message-ID of the mail that
    carries an answer to the customer: it stands for the agent's own, which is nobody's
    business outside."""
    text, html = case.visible
    return NewEntry(
        ticket=ticket,
        kind=kind_of(case),
        direction=Direction.OUT if is_answer(case) else Direction.IN,
        visibility=visibility_of(case),
        author=author_of(case),
        subject=case.mail.subject,
        text=text,
        full_text=case.mail.full_text,
        # What an answer quotes is our own notification: nobody's words.
        html=html if is_answer(case) else case.mail.html,
        attachments=case.mail.attachments,
        message_id=sent_as or case.mail.message_id,
        journal=journal,
        at=case.now,
        flags=flags(case.decision),
    )
