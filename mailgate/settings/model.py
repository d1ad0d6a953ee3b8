"""The settings, as one frozen value. Every field is documented here and only here:
`config/mailgate.toml` and docs/operators/settings.md are generated from this module.

Relative paths are relative to the directory that mailgate is started in.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from mailgate.settings.authentication import AuthenticationSettings
from mailgate.settings.desk import DeskSettings
from mailgate.settings.hours import HoursSettings, ResponseSettings
from mailgate.settings.listeners import ListenSettings
from mailgate.settings.loops import LoopSettings
from mailgate.settings.mailboxes import MailboxSettings
from mailgate.settings.outbound import DkimSettings, NamedSmarthostSettings, OutboundSettings
from mailgate.settings.quarantine import QuarantineSettings
from mailgate.settings.ratelimit import DestinationSettings, RateLimitSettings
from mailgate.settings.rules import RuleSettings
from mailgate.settings.section import LOCALPART_LIMIT, GroupName, Locale, Name, Section, Text
from mailgate.settings.survey import SurveySettings
from mailgate.settings.units import (
    Duration,
    Endpoint,
    FilePath,
    HostName,
    Listening,
    MailAddress,
    TimeZone,
    read_network,
)
from mailgate.settings.views import ViewSettings


class GatewaySettings(Section):
    """The gateway itself."""

    hostname: HostName = Field(
        "localhost",
        description="Name in EHLO, in the greeting and in Received; the domain of ids that no "
        "support address gives one to.",
    )
    data_dir: FilePath = Field(Path("var"), description="Folder for everything that it keeps.")
    secret_file: FilePath = Field(
        Path("var/secret.key"),
        description="Keys that sign reply addresses and Message-IDs: a line each, `NUMBER:BASE64`; "
        "the first signs, all of them verify. Made with mode 0600 when missing. To rotate, put a "
        "new line with an unused number (0 to 7) first and keep the old ones.",
    )
    locale: Locale = Field("en", description="Language of the mails that mailgate writes.")
    timezone: TimeZone = Field("UTC", description="Time zone of times shown in mails.")
    subject_prefix: Annotated[str, Field(pattern=r"^([A-Za-z][A-Za-z0-9]{0,19})?$")] = Field(
        "", description='"" gives [#12] in subjects, "acme" gives [#acme-12].'
    )
    templates: FilePath | None = Field(
        None,
        description="Folder with mail templates of your own (LOCALE/NAME.txt), each in place of "
        "the one that comes with mailgate. See docs/operators/templates.md.",
        examples=["etc/templates"],
    )
    free_recipients: bool = Field(
        default=False,
        description="`mailgate send` and `#new` take more than one recipient in To; one without.",
    )
    agents_may_start: bool = Field(
        default=True,
        description="Agents may begin a conversation with a customer: by `#new ADDRESS` in a mail "
        "to a support address, by a mail to the customer with the support address in Cc or Bcc, "
        "and by `mailgate send --as AGENT`. Without, `#new` is told to be refused, and only "
        "operators begin one.",
    )


class StoreSettings(Section):
    """Where tickets and mail are kept."""

    url: str = Field(
        "sqlite:///var/mailgate.db",
        description="sqlite:///PATH (four slashes for an absolute path) or "
        "postgresql://USER:PASSWORD@HOST/NAME.",
    )
    blobs: str = Field(
        "database",
        description='Where attachments are kept. This version supports "database" alone.',
    )
    raw_retention_days: Annotated[int, Field(ge=1, le=36500)] = Field(
        365,
        description="Days for which the bytes of mail that is done with are kept: of what came in, "
        "and of what was sent.",
    )


class AddressSettings(Section):
    """A support address, that customers write to."""

    address: MailAddress = Field(
        description=f"The address; its localpart has at most {LOCALPART_LIMIT} characters and "
        "no +, because reply tokens go behind it."
    )
    name: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")] = Field(
        "", description="Display name in From."
    )
    brand: Text | None = Field(None, description="The brand of its tickets.", examples=["acme"])
    group: GroupName | None = Field(
        None, description="Who is told of its tickets; everybody without.", examples=["support"]
    )
    locale: Locale | None = Field(
        None, description="Language of its mails; [gateway] locale without.", examples=["ko"]
    )
    acknowledge: bool = Field(default=True, description="Tell a new requester the ticket's number.")
    cc: Literal["ticket", "ignore"] = Field(
        "ticket",
        description="What becomes of a mail that is to others, of which this address got a copy "
        "(Cc or Bcc), and that belongs to no ticket. See docs/operators/loops.md before you "
        "ignore: whatever forwards mail to this address must be known first.",
    )
    signature_file: str = Field(
        "", description='UTF-8 text that goes under every answer; "" for none.'
    )
    templates: FilePath | None = Field(
        None,
        description="Folder with templates (LOCALE/NAME.txt) for the mails of this address alone; "
        "what is not in it is as everywhere.",
        examples=["etc/templates/acme"],
    )
    smarthost: Name | None = Field(
        None,
        description='The [[smarthost]] that takes its mail; for transport = "smtp".',
        examples=["naver"],
    )


class GroupSettings(Section):
    """Agents who are told together."""

    name: GroupName = Field(description="Its name in [[address]] and in commands.")
    members: tuple[MailAddress, ...] = Field((), description="Addresses of agents.")
    supervisors: tuple[MailAddress, ...] = Field(
        (),
        description="Agents who are told when the group has let a ticket wait for too long: see "
        "[[response]].",
    )


class AgentSettings(Section):
    """Somebody who answers, from a mailbox of their own."""

    address: MailAddress = Field(description="Where notifications go and answers come from.")
    name: Text = Field(description="Display name in answers to customers.")
    role: Literal["agent", "collaborator"] = Field(
        "agent", description="A collaborator is only told of what concerns them."
    )
    also: tuple[MailAddress, ...] = Field(
        (), description="Other addresses that the same person writes from."
    )
    signature_file: str = Field(
        "",
        description="UTF-8 text that goes under their answers in place of the support address's "
        'signature; "" for that.',
    )
    password_file: FilePath | None = Field(
        None,
        description="File with the line of `mailgate hash-password`, mode 0600: lets them log in "
        "where a [[listen]] has auth.",
        examples=["etc/alice.password"],
    )


class ThreadingSettings(Section):
    """Which ticket a message belongs to."""

    reopen_within: Duration = Field(
        timedelta(days=30),
        description="An answer to a ticket closed for longer opens a new, linked one.",
    )
    duplicate_window: Duration = Field(
        timedelta(days=7), description="How long the same bytes are recognised as sent again."
    )
    split_changed_subject: bool = Field(
        default=False,
        description="A customer who answers an old mail under another subject, without the "
        "ticket's number in it, opens a new, linked ticket. Otherwise it stays on the old one.",
    )
    trusted_authserv_ids: tuple[Text, ...] = Field(
        (),
        description="Names in Authentication-Results (RFC 8601) of the mail servers in front of "
        "us; only theirs count, and only from trusted_networks.",
    )


CollaboratorCommand = Literal[
    "close",
    "resolve",
    "pending",
    "open",
    "assign",
    "me",
    "group",
    "priority",
    "tag",
    "untag",
    "cc",
    "merge",
    "spam",
    "macro",
    "follow",
    "unfollow",
]
"""What writes to nobody outside; a note they may always write."""


class AgentsSettings(Section):
    """What agents' mails do."""

    reply_is: Literal["public", "note"] = Field(
        "public", description="Whether a reply to a notification goes to the customer or is a note."
    )
    from_name: Literal["agent", "address"] = Field(
        "agent",
        description="What customers see as the sender: the agent's name and the support "
        "address's, or the latter alone.",
    )
    forward_makes_requester: bool = Field(
        default=True,
        description="A customer's mail that an agent forwards to a support address becomes that "
        "customer's ticket; without, it is a ticket of the agent.",
    )
    acknowledge_forwarded: bool = Field(
        default=False,
        description="That customer is told the ticket's number, as who writes to us themselves is.",
    )
    commands_for_collaborators: tuple[CollaboratorCommand, ...] = Field(
        (),
        description="Which commands (`#tag`, `#assign` ...) collaborators may write at the top of "
        "their mails, named without `#`. See docs/agents.md.",
        examples=[["tag", "untag", "follow", "unfollow"]],
    )
    macros: FilePath | None = Field(
        None,
        description="Folder with answers that stand ready, for `#macro NAME`: NAME.txt, or "
        "LOCALE/NAME.txt for the addresses of one language. None without.",
        examples=["config/macros"],
    )


class HttpSettings(Section):
    """Health and metrics: /healthz, /readyz, /metrics."""

    listen: Listening = Field(
        Endpoint("127.0.0.1", 8025), description="Where to listen; it has no login: keep it inside."
    )


class LogSettings(Section):
    """Logs go to stderr, one line an operational fact."""

    format: Literal["json", "console"] = Field("json", description="console is for people.")
    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least that is logged."
    )


def _default_listeners() -> tuple[ListenSettings, ...]:
    loopback = (read_network("127.0.0.0/8"),)
    return (
        ListenSettings(
            protocol="smtp", address=Endpoint("127.0.0.1", 2525), trusted_networks=loopback
        ),
        ListenSettings(
            protocol="lmtp", address=Endpoint("127.0.0.1", 2424), trusted_networks=loopback
        ),
    )


class Settings(Section):
    """All of it. Lists have the names of their tables: `[[address]]` is `settings.address`."""

    gateway: GatewaySettings = Field(default_factory=GatewaySettings)
    store: StoreSettings = Field(default_factory=StoreSettings)
    listen: tuple[ListenSettings, ...] = Field(default_factory=_default_listeners)
    mailbox: tuple[MailboxSettings, ...] = ()
    address: tuple[AddressSettings, ...] = ()
    group: tuple[GroupSettings, ...] = ()
    agent: tuple[AgentSettings, ...] = ()
    threading: ThreadingSettings = Field(default_factory=ThreadingSettings)
    authentication: AuthenticationSettings = Field(default_factory=AuthenticationSettings)
    loops: LoopSettings = Field(default_factory=LoopSettings)
    quarantine: QuarantineSettings = Field(default_factory=QuarantineSettings)
    agents: AgentsSettings = Field(default_factory=AgentsSettings)
    desk: DeskSettings = Field(default_factory=DeskSettings)
    survey: SurveySettings = Field(default_factory=SurveySettings)
    hours: tuple[HoursSettings, ...] = ()
    response: tuple[ResponseSettings, ...] = ()
    rule: tuple[RuleSettings, ...] = ()
    view: tuple[ViewSettings, ...] = ()
    outbound: OutboundSettings = Field(default_factory=OutboundSettings)
    smarthost: tuple[NamedSmarthostSettings, ...] = ()
    dkim: tuple[DkimSettings, ...] = ()
    ratelimit: RateLimitSettings = Field(default_factory=RateLimitSettings)
    destination: tuple[DestinationSettings, ...] = ()
    http: HttpSettings = Field(default_factory=HttpSettings)
    log: LogSettings = Field(default_factory=LogSettings)

    @model_validator(mode="before")
    @classmethod
    def _below_data_dir(cls, given: object) -> object:
        """What is not named stands in data_dir: the keys, the database, the outbox."""
        gateway = given.get("gateway") if isinstance(given, dict) else None
        folder = gateway.get("data_dir") if isinstance(gateway, dict) else None
        if not isinstance(given, dict) or not isinstance(folder, str | Path):
            return given
        filled = dict(given)
        for section, key, value in (
            ("gateway", "secret_file", f"{folder}/secret.key"),
            ("store", "url", f"sqlite:///{folder}/mailgate.db"),
            ("outbound", "maildir", f"{folder}/outbox"),
        ):
            table = filled.get(section, {})
            if isinstance(table, dict):
                filled[section] = {key: value, **table}
        return filled

    @property
    def trusted_authserv_ids(self) -> frozenset[str]:
        """Lower-case: an authserv-id is compared without case (RFC 8601 §2.5)."""
        return frozenset(name.lower() for name in self.threading.trusted_authserv_ids)
