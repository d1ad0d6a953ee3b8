"""What an old mail is on its ticket: who wrote it, which way it went, who saw it. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from mailgate.desk.arriving.correspondents import Correspondents, Side, correspondents
from mailgate.desk.context import DeskContext
from mailgate.mail.address import Address, NamedAddress, UnknownReversePath
from mailgate.mail.envelope import Envelope
from mailgate.mail.parsed import ParsedMail
from mailgate.model.decision import (
    Append,
    Authentication,
    Decision,
    Disposition,
    OpenTicket,
    Reason,
    RecordAutoReply,
    RecordBounce,
    Sender,
)
from mailgate.model.ids import JournalId
from mailgate.model.ticket import (
    Author,
    Direction,
    EntryKind,
    NewEntry,
    Role,
    Ticket,
    Visibility,
)
from mailgate.threading import loops
from mailgate.threading.authentication import Trust
from mailgate.threading.evidence import Evidence, gather

_NOBODY = NamedAddress("", Address("unknown", "unknown.invalid"))
"""Stands for a sender whose address cannot be read (RFC 2606 §2: delivered nowhere)."""
_ROLES = {
    Role.REQUESTER: Reason.SENDER_IS_REQUESTER,
    Role.PARTICIPANT: Reason.SENDER_IS_PARTICIPANT,
    Role.AGENT: Reason.SENDER_IS_AGENT,
    Role.COLLABORATOR: Reason.SENDER_IS_COLLABORATOR,
    Role.STRANGER: Reason.SENDER_IS_STRANGER,
}


@dataclass(frozen=True, slots=True)
class OldMail:
    """`name` says where it was found, `at` is its date. `mail` is None when the bytes made the
    parser fail. `noted` are ids that it names and that are to be known as
    ids of its ticket."""

    name: str
    content: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    at: datetime
    mail: ParsedMail | None = field(repr=False)
    noted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in an old mail."""

    mail: ParsedMail = field(repr=False)
    people: Correspondents
    evidence: Evidence

    @property
    def requester(self) -> NamedAddress | None:
        """Whose ticket it would be; None for what is said among ourselves. An agent who writes
        to a support address and to nobody else is a customer of the desk."""
        if self.people.outside:
            return self.people.outside[0]
        match self.people.side:
            case Side.OUTSIDE:
                return _NOBODY
            case Side.AGENT if self.people.support is not None:
                return self.people.author
            case _:
                return None

    @property
    def answers_by_itself(self) -> bool:
        """A bounce, an automatic answer, a receipt: nothing without the mail that it is about."""
        return loops.answers_something(self.evidence)


def read(mail: ParsedMail, ctx: DeskContext) -> Reading:
    """Who wrote it to whom, and what it claims."""
    claimed = (mail.from_claimed,) if mail.from_claimed is not None else ()
    return Reading(
        mail=mail,
        people=correspondents(
            ctx.directory, senders=claimed, reply_to=mail.reply_to, shown=(*mail.to, *mail.cc)
        ),
        evidence=gather(
            mail,
            Envelope(UnknownReversePath(), ()),
            trust=Trust(),
            directory=ctx.directory,
            keyring=ctx.keyring,
            subject_prefix=ctx.policy.subject_prefix,
        ),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """How it stands on its ticket."""

    kind: EntryKind
    direction: Direction
    visibility: Visibility
    role: Role

    @property
    def flags(self) -> tuple[str, ...]:
        stranger = self.role is Role.STRANGER and self.visibility is Visibility.PRIVATE
        return (Reason.SENDER_IS_STRANGER.value,) if stranger else ()

    @property
    def is_answer(self) -> bool:
        """Whether the customer got it from us."""
        public = self.visibility is Visibility.PUBLIC
        return public and self.direction is Direction.OUT and self.kind is EntryKind.MESSAGE

    @property
    def brings_along(self) -> bool:
        """Whether the others who got it take part from now on."""
        return self.visibility is Visibility.PUBLIC and self.role is not Role.STRANGER


def place(reading: Reading, ticket: Ticket, *, opening: bool) -> Place:
    """`ticket` as it was before this mail, with whom it would make a participant if it opens it."""
    if reading.people.side is Side.OUTSIDE:
        return _of_outside(reading, ticket, opening=opening)
    return _of_ours(reading, ticket)


def _of_outside(reading: Reading, ticket: Ticket, *, opening: bool) -> Place:
    role = _role(reading.people.author, ticket)
    if loops.is_report(reading.evidence):
        return Place(EntryKind.BOUNCE, Direction.IN, Visibility.PRIVATE, Role.SYSTEM)
    if not opening and not loops.may_be_a_persons(reading.evidence):
        return Place(EntryKind.AUTO_REPLY, Direction.IN, Visibility.PRIVATE, role)
    shown = Visibility.PRIVATE if role is Role.STRANGER else Visibility.PUBLIC
    return Place(EntryKind.MESSAGE, Direction.IN, shown, role)


def _of_ours(reading: Reading, ticket: Ticket) -> Place:
    people = reading.people
    automatic = reading.answers_by_itself
    role = people.agent.role if people.agent else Role.SYSTEM if automatic else Role.AGENT
    if not people.outside:
        if people.author is not None and _role(people.author, ticket) is Role.REQUESTER:
            return Place(EntryKind.MESSAGE, Direction.IN, Visibility.PUBLIC, Role.REQUESTER)
        if people.side is Side.SUPPORT:
            return Place(EntryKind.NOTIFICATION, Direction.OUT, Visibility.PRIVATE, Role.SYSTEM)
        return Place(EntryKind.NOTE, Direction.IN, Visibility.PRIVATE, role)
    if automatic:
        of_desk = people.side is Side.SUPPORT
        kind = EntryKind.ACKNOWLEDGEMENT if of_desk else EntryKind.AUTO_REPLY
        return Place(kind, Direction.OUT, Visibility.PUBLIC, role)
    if all(_role(one, ticket) is Role.STRANGER for one in people.outside):
        return Place(EntryKind.FORWARD, Direction.OUT, Visibility.PRIVATE, role)
    return Place(EntryKind.MESSAGE, Direction.OUT, Visibility.PUBLIC, role)


def _role(who: NamedAddress | None, ticket: Ticket) -> Role:
    key = (who or _NOBODY).address.key
    if key == ticket.requester.address.key:
        return Role.REQUESTER
    takes_part = any(key == address.key for address in ticket.cc)
    return Role.PARTICIPANT if takes_part else Role.STRANGER


def entry(
    reading: Reading, where: Place, ticket: Ticket, old: OldMail, journal: JournalId | None
) -> NewEntry:
    """The message as it goes onto the ticket, with the time of its mail."""
    mail = reading.mail
    nothing_left = not mail.text.strip() and not mail.attachments
    author = reading.people.author or _NOBODY
    agent = reading.people.agent
    return NewEntry(
        ticket=ticket.id,
        kind=where.kind,
        direction=where.direction,
        visibility=where.visibility,
        author=Author(
            author.address if agent is None else agent.address,
            author.name if agent is None else agent.name,
            where.role,
        ),
        subject=mail.subject,
        text=mail.full_text if nothing_left else mail.text,
        full_text=mail.full_text,
        html=mail.html,
        attachments=mail.attachments,
        message_id=mail.message_id,
        journal=journal,
        at=old.at,
        flags=where.flags,
    )


def decision(reading: Reading, where: Place, ticket: Ticket, *, opening: bool) -> Decision:
    """Why it stands where it stands, in the words of every decision."""
    author = reading.people.author
    found = Reason.NEW_CONVERSATION if opening else Reason.MATCHED_STORED_ID
    known = _ROLES.get(where.role)
    machine = loops.is_automated(reading.evidence)
    return Decision(
        disposition=_disposition(where, ticket, opening=opening),
        reasons=(
            found,
            *(() if known is None else (known,)),
            *((Reason.AUTOMATED,) if machine else ()),
        ),
        signals=(),
        sender=Sender(
            address=None if author is None else author.address,
            name="" if author is None else author.name,
            role=where.role,
            authentication=Authentication.NONE,
            by=None,
        ),
        defects=reading.mail.defects,
    )


def _disposition(where: Place, ticket: Ticket, *, opening: bool) -> Disposition:
    if opening:
        return OpenTicket(None, answer=False)
    match where.kind:
        case EntryKind.BOUNCE:
            return RecordBounce(ticket.id)
        case EntryKind.AUTO_REPLY if where.direction is Direction.IN:
            return RecordAutoReply(ticket.id)
        case _:
            return Append(ticket.id, where.visibility, flagged=bool(where.flags))
