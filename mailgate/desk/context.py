"""What every use case of the desk is given: frozen, replaced as a whole on reload."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo

from mailgate.desk.commands.macros import NO_MACROS, Macros
from mailgate.desk.words.templates import Templates
from mailgate.mail.dkimsign import Signer
from mailgate.model.directory import Directory
from mailgate.model.hours import Hours
from mailgate.model.response import Response
from mailgate.model.rule import NO_RULES, Rules
from mailgate.model.survey import Asking
from mailgate.model.ticket import Status
from mailgate.model.traffic import LoopLimits
from mailgate.model.verb import Verb
from mailgate.ratelimit.limiter import Limiter
from mailgate.threading.authentication import Trust
from mailgate.threading.token import Keyring

_LIMITS = LoopLimits()


@dataclass(frozen=True, slots=True)
class DeskPolicy:
    """The settings that the desk decides by."""

    hostname: str
    """Domain of ids that no support address gives one to."""
    subject_prefix: str
    """"" gives [#12], "acme" gives [#acme-12]."""
    reopen_within: timedelta
    duplicate_window: timedelta
    """How long the same bytes are recognised as a resend."""
    trusted_authserv_ids: frozenset[str]
    hop_limit: int
    acknowledgements_per_address_per_day: int
    reply_is_public: bool
    """What an agent's reply to a notification is: public (default) or a note."""
    split_changed_subject: bool = False
    """Whether a customer's answer under another subject opens a ticket of its own."""
    neutral_acknowledgements_per_hour: int = 60
    """Over all, to senders of whom nothing is known."""
    neutral_acknowledgements_per_domain_per_hour: int = 10
    """To the addresses of one organisation."""
    neutral_acknowledgements_per_provider_per_hour: int = 30
    """To those of one provider of public mailboxes."""
    limits: LoopLimits = _LIMITS
    suppress_hard_bounces_for: timedelta = timedelta(days=30)
    """How long nothing goes to an address that is bad."""
    verify: bool = True
    """Whether the DNS is asked who a mail is from, where nobody whom we believe has said so."""
    trusted_arc_sealers: frozenset[str] = frozenset()
    dns_seconds: float = 5.0
    """How long one mail may wait for the DNS."""
    timezone: tzinfo = UTC
    """In which times are shown in mails, and read where they name no other."""
    names_agents: bool = True
    """Whether customers see the agent's name in From, or the support address's alone."""
    undo: timedelta = timedelta(0)
    """How long an answer waits, so that it can be taken back."""
    free_recipients: bool = False
    """Whether a mail that a person starts may be to more than one."""
    refuse_over: Limiter | None = None
    """The cap over which a person's new mail is refused; None lets it wait in the queue."""

    parent_resolves: bool = True
    """Whether a parent ticket is resolved with the last of its children."""
    tell_resolved: bool = False
    """Whether the customer is told that their ticket is resolved."""
    rules: Rules = NO_RULES
    """What is done with tickets by themselves."""
    close_resolved_after: timedelta | None = None
    """How long a resolved ticket waits for a word before it is closed; None for ever."""
    delete_closed_after: timedelta | None = None
    """How long a closed ticket is kept; None for ever."""
    status_after_reply: Status | None = None
    """What an agent's answer makes of a ticket; None leaves it as it is."""
    agents_may_start: bool = True
    """Whether agents may begin a conversation with a customer."""
    answer_opens_outbound: bool = True
    """Whether the answer to a mail that we began opens its ticket."""
    forward_makes_requester: bool = True
    """Whether whose mail an agent passes on is the requester of its ticket."""
    acknowledge_forwarded: bool = False
    """Whether that requester is told the number of the ticket."""
    cap: Limiter | None = None
    """What tells when a mail can leave; None where nobody asks."""
    hours: Mapping[str, Hours] = field(default_factory=dict)
    """When people work, by name."""
    responses: tuple[Response, ...] = ()
    """How soon customers are answered; none is measured where there are none."""
    survey: Asking | None = None
    """When customers are asked how the answers were; None where nobody is."""
    commands_for_collaborators: frozenset[Verb] = frozenset()
    """What collaborators can tell the desk in their mails, besides that they write a note."""

    def trust(self, *, peer: bool, login: str | None) -> Trust:
        """Whose word counts for a mail that came from a trusted host (`peer`), or from an agent
        who had logged in."""
        return Trust(peer, login, self.trusted_authserv_ids, self.trusted_arc_sealers)


@dataclass(frozen=True, slots=True)
class DeskContext:
    directory: Directory
    keyring: Keyring
    policy: DeskPolicy
    templates: Templates
    signers: Mapping[str, tuple[Signer, ...]] = field(default_factory=dict)
    """By domain: who signs the mails that are from it."""
    macros: Macros = NO_MACROS
    """Answers that stand ready."""
