"""What a message claims: everything about it that can decide its ticket, and nothing more."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from mailgate.mail.address import Address, NamedAddress, NullReversePath
from mailgate.mail.envelope import Envelope
from mailgate.mail.parsed import (
    LOOP_FIELD,
    PROBE_FIELD,
    DsnRecipient,
    MailKind,
    ParsedMail,
    Report,
)
from mailgate.mail.proofs import Proofs
from mailgate.model.checks import Check
from mailgate.model.decision import Authentication, Reason
from mailgate.model.directory import Agent, Directory
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.ticket import Status
from mailgate.model.traffic import NOTHING, Rate, Traffic
from mailgate.threading.addressed import signed_to_us
from mailgate.threading.authentication import (
    Trust,
    authenticate,
    has_forged_results,
    needs_proofs,
)
from mailgate.threading.copied import only_copied
from mailgate.threading.marker import markers_in, markers_in_html
from mailgate.threading.oddities import oddities
from mailgate.threading.returned import REPORTS, Sent
from mailgate.threading.tag import tags_in
from mailgate.threading.token import (
    BodyMarker,
    Keyring,
    OwnMessageId,
    ReplyToken,
    is_for,
    token_in,
    verify_loop_token,
    verify_message_id,
    verify_token,
)

_MAX_IDS = 100
"""Ids of a message that are looked at; References grow without end in old threads."""
_MAX_TOKENS = 10
_MAX_ADDRESSES = 200
FORGED_RESULTS = "forged_authentication_results"
"""Defect: Authentication-Results in the name of a trusted host that did not write them."""
FOREIGN_CONTROL = "foreign_control_field"
"""Defect: a field of ours (X-Mailgate-...) that we have not written."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """`tokens` are verified ones, envelope first; `invalid_tokens` counts the others.
    `own_ids` are verified, `foreign_ids` all other ids, each in order of strength
    (In-Reply-To, then References from the newest to the oldest), capped at 100; a delivery
    report adds the ids of the mails that it is about. `message_id_ours` is our own signed id
    found in the message's own Message-ID.
    """

    from_: NamedAddress | None
    null_reverse_path: bool
    support_address: Address | None
    """The configured support address that it came to; the first of the envelope that is ours."""
    tokens: tuple[ReplyToken, ...]
    invalid_tokens: int
    own_ids: tuple[OwnMessageId, ...]
    foreign_ids: tuple[str, ...]
    subject_tags: tuple[TicketId, ...]
    message_id: str | None
    message_id_ours: OwnMessageId | None
    loop_token_ours: bool
    kind: MailKind
    automated: tuple[str, ...]
    received_count: int
    authentication: Authentication
    authenticated_by: str | None
    from_is_support: bool
    defects: tuple[str, ...]
    agent: Agent | None = None
    """The agent whose address stands in From: a claim, until it is proven."""
    bound_tokens: frozenset[str] = frozenset()
    """Texts of those tokens that were given to the sender; to an agent, at any of their
    addresses."""
    hidden_tokens: frozenset[str] = frozenset()
    """Texts of those that stand in the envelope alone: other copies of the mail do not have
    them."""
    is_probe: bool = False
    """The doctor sent it, or it answers what the doctor sent (`threading.probe`)."""
    markers: tuple[BodyMarker, ...] = ()
    """What stands in the body of the mails of ours that it quotes, verified, in order."""
    subject: str = ""
    reports: tuple[DsnRecipient, ...] = ()
    """What a delivery report tells of, or a notice of one."""
    complaint: Report | None = None
    oddities: tuple[Reason, ...] = ()
    """What the agents should know of the sender's fields whatever is decided."""
    checks: tuple[Check, ...] = ()
    """Everything that was found out about who sent it."""
    authentication_covers: bool = True
    """Whether a PASS holds for the subject and the references too."""
    addressed: bool = True
    """Whether a PASS that stands on a signature alone is of a mail to us."""
    shape: bytes = b""
    """What machines repeat of what it says; empty for a few words."""
    only_copied: bool = False
    """Others are written to, and the addresses that got a copy ignore copies."""

    @property
    def staff_authentication(self) -> Authentication:
        """What proves an agent. A signature that leaves open what a mail is about proves a
        customer alone: anybody may send an agent's mail again, and say that it answers this."""
        passed = self.ticket_authentication is Authentication.PASS
        return (
            Authentication.NONE
            if passed and not self.authentication_covers
            else self.ticket_authentication
        )

    @property
    def ticket_authentication(self) -> Authentication:
        """What proves that the sender has to do with a ticket. Who is proven, and signed a mail to
        somebody else, has not sent it here: whoever got it may have."""
        passed = self.authentication is Authentication.PASS
        return Authentication.NONE if passed and not self.addressed else self.authentication


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """What the store knows of a ticket that a signal names (after following merges)."""

    id: TicketId
    status: Status
    closed_at: datetime | None
    requester: str
    """`Address.key` of the requester."""
    participants: frozenset[str]
    """`Address.key` of the CC participants."""
    merged_from: TicketId | None
    side_parties: frozenset[str] = frozenset()
    """`Address.key` of the third parties that agents write to on its side thread."""
    subject: str = ""
    answerable: bool = True
    """Whether the requester has an address that mail of ours can go to."""
    written: Rate = NOTHING
    """How often this sender has put messages on it."""
    repeated: Rate = NOTHING
    """How often the agent in From has sent its requester these same words, on any ticket."""
    reopened: int = 0
    """How often mail has opened it again within a day; of one that is shut."""
    spam: bool = False
    """Somebody has called it spam."""
    former_requester: str | None = None
    """With `merged_from`: `Address.key` of the requester of the ticket that is named."""
    former_subject: str | None = None
    """With `merged_from`: its subject."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store knows of an evidence, read in one go.

    `tickets` maps each ticket id that a signal names to its facts (absent: no such ticket);
    `stored_ids` maps a foreign id to the tickets on which a message has it. `original` is an
    earlier journal row with the same bytes. `same_id` says that an earlier row has the same
    Message-ID and other bytes.
    """

    tickets: dict[TicketId, TicketFacts]
    stored_ids: dict[str, tuple[TicketId, ...]]
    original: tuple[JournalId, TicketId | None] | None
    same_id: bool
    relayed: dict[str, tuple[OwnMessageId, ...]] = field(default_factory=dict)
    """The ids of ours, verified, in whose place a relay has put a foreign id."""
    sent: tuple[Sent, ...] = ()
    """The mails that a report can be about."""
    twin: TicketId | None = None
    """With `same_id`: the ticket of a message with that id and the same From."""
    traffic: Traffic = Traffic()  # noqa: RUF009  frozen
    """How much like it has come lately."""
    blocked: bool = False
    """Somebody has called a mail of this sender spam."""
    voted: bool = False
    """Of a survey's answer: a mail with its Message-ID is on the ticket already."""


def gather(
    mail: ParsedMail,
    envelope: Envelope,
    *,
    trust: Trust,
    directory: Directory,
    keyring: Keyring,
    subject_prefix: str,
    proofs: Proofs | None = None,
) -> Evidence:
    """Reads the claims of a mail and verifies what is signed. `proofs` is what we found out
    ourselves about who sent it, None where nobody looked."""
    sender = mail.from_.address if mail.from_ else None
    # Who can be read in two ways claims to be both; a token proves a sender who is one.
    claimed = [named.address for named in mail.claimed] if sender is None else [sender]
    agent = next(filter(None, map(directory.agent_for, claimed)), None)
    authenticated = authenticate(mail, trust, directory, proofs)
    recipients = _recipients(mail, envelope)
    tokens, invalid = _tokens(keyring, directory, recipients)
    own, foreign = _ids(keyring, mail)
    loop_token_ours = bool(mail.loop_token) and verify_loop_token(keyring, mail.loop_token or "")
    return Evidence(
        from_=mail.from_,
        null_reverse_path=isinstance(envelope.reverse_path, NullReversePath),
        support_address=next(iter(support_addresses(directory, recipients)), None),
        tokens=tokens,
        invalid_tokens=invalid,
        own_ids=own,
        foreign_ids=foreign,
        subject_tags=tags_in(mail.subject, subject_prefix),
        message_id=mail.message_id,
        message_id_ours=verify_message_id(keyring, mail.message_id) if mail.message_id else None,
        loop_token_ours=loop_token_ours,
        kind=mail.kind,
        automated=mail.automated,
        received_count=mail.received_count,
        authentication=authenticated.verdict,
        authenticated_by=authenticated.by,
        from_is_support=any(directory.support_for(address) is not None for address in claimed),
        defects=(*mail.defects, *_forged(mail, trust, loop_token_ours=loop_token_ours)),
        agent=agent,
        bound_tokens=_bound(keyring, tokens, sender, agent if sender else None),
        hidden_tokens=_hidden(mail, tokens),
        markers=_markers(keyring, mail),
        subject=mail.subject,
        reports=mail.dsn if mail.kind in REPORTS else (),
        complaint=mail.report if mail.kind is MailKind.COMPLAINT else None,
        oddities=oddities(mail, directory),
        checks=authenticated.checks,
        authentication_covers=authenticated.covers,
        addressed=not needs_proofs(mail, trust) or signed_to_us(mail, directory, proofs),
        shape=mail.shape,
        only_copied=only_copied(
            mail, support_addresses(directory, envelope.forward_paths), directory
        ),
    )


def _forged(mail: ParsedMail, trust: Trust, *, loop_token_ours: bool) -> tuple[str, ...]:
    """What stands in the header as if it were ours, and is not: it counts for nothing. The bytes
    in the journal stay as they came. Whether a probe is ours is told by `threading.probe`."""
    genuine = {PROBE_FIELD.lower(), LOOP_FIELD.lower() if loop_token_ours else ""}
    found = {
        FORGED_RESULTS: has_forged_results(mail.authentication_results, trust),
        FOREIGN_CONTROL: not genuine.issuperset(mail.control_fields),
    }
    return tuple(defect for defect, is_there in found.items() if is_there)


def support_addresses(directory: Directory, recipients: tuple[Address, ...]) -> tuple[Address, ...]:
    """The configured support addresses among them, in order, each once."""
    found = (directory.support_for(address) for address in recipients)
    return tuple(dict.fromkeys(support.address for support in found if support))


def _recipients(mail: ParsedMail, envelope: Envelope) -> tuple[Address, ...]:
    """Whom it is for. The envelope first: To and Cc are what the sender wrote."""
    shown = (named.address for named in chain(mail.to, mail.cc))
    return tuple(dict.fromkeys(chain(envelope.forward_paths, shown)))[:_MAX_ADDRESSES]


def _tokens(
    keyring: Keyring, directory: Directory, recipients: tuple[Address, ...]
) -> tuple[tuple[ReplyToken, ...], int]:
    """The good tokens, and how many in addresses of ours were not good."""
    ours = (address for address in recipients if directory.support_for(address))
    texts = dict.fromkeys(text for address in ours if (text := token_in(address)))
    verified = [verify_token(keyring, text) for text in list(texts)[:_MAX_TOKENS]]
    good = tuple(token for token in verified if token)
    return good, len(verified) - len(good)


def _bound(
    keyring: Keyring, tokens: tuple[ReplyToken, ...], sender: Address | None, agent: Agent | None
) -> frozenset[str]:
    addresses = () if sender is None else (sender,)
    if agent is not None:
        addresses = (*addresses, agent.address, *agent.also)
    return frozenset(
        token.text
        for token in tokens
        if any(is_for(keyring, token, address) for address in addresses)
    )


def _hidden(mail: ParsedMail, tokens: tuple[ReplyToken, ...]) -> frozenset[str]:
    if not tokens:
        return frozenset()
    shown = (token_in(named.address) for named in chain(mail.to, mail.cc))
    return frozenset(token.text for token in tokens) - {text.lower() for text in shown if text}


def _markers(keyring: Keyring, mail: ParsedMail) -> tuple[BodyMarker, ...]:
    """Of the whole text, what it quotes included. Some programs quote in the HTML alone."""
    found = markers_in(keyring, mail.full_text)
    return found if found or mail.html is None else markers_in_html(keyring, mail.html)


def _ids(keyring: Keyring, mail: ParsedMail) -> tuple[tuple[OwnMessageId, ...], tuple[str, ...]]:
    reports = (*mail.dsn, *((mail.report,) if mail.report else ()))
    about = (r.original_message_id for r in reports) if mail.kind in REPORTS else ()
    named = chain(mail.in_reply_to, reversed(mail.references), filter(None, about))
    own: list[OwnMessageId] = []
    foreign: list[str] = []
    for text in list(dict.fromkeys(named))[:_MAX_IDS]:
        verified = verify_message_id(keyring, text)
        if verified:
            own.append(verified)
        else:
            foreign.append(text)
    return tuple(own), tuple(foreign)
