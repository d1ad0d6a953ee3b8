"""Evidence and facts for the tests of the deciders: a desk with one agent, one customer."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.parsed import MailKind
from mailgate.model.decision import Authentication
from mailgate.model.directory import Agent, Directory, SupportAddress
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Role, Status
from mailgate.model.traffic import LoopLimits
from mailgate.threading.evidence import Evidence, Facts, TicketFacts
from mailgate.threading.token import Keyring, OwnMessageId, Purpose, ReplyToken

Claims = dict[str, Any]
"""Some of the fields of an evidence."""

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
KEYS = Keyring({0: b"k" * 32}, 0)
SUPPORT = Address("support", "acme.example")
SALES = Address("sales", "acme.example")
ALICE = Address("alice", "acme.example")
ALICE_AT_HOME = Address("alice.kim", "mail.example")
BOB = Address("bob", "acme.example")
CAROL = Address("carol", "partner.example")
HONG = Address("hong", "customer.example")
PARK = Address("park", "customer.example")
LEE = Address("lee", "customer.example")
"""Works where the requester does, and is on no ticket."""
SUPPLIER = Address("parts", "supplier.example")
"""Whom an agent asks on the side."""
STRANGER = Address("mallory", "elsewhere.example")

AGENT = Agent(ALICE, "Alice Kim", also=(ALICE_AT_HOME,))
OTHER_AGENT = Agent(BOB, "Bob Lee")
COLLABORATOR = Agent(CAROL, "Carol", role=Role.COLLABORATOR)
DIRECTORY = Directory(
    supports={
        SUPPORT.key: SupportAddress(SUPPORT, "Acme Support", brand="acme", group="support"),
        SALES.key: SupportAddress(SALES, "Acme Sales", brand="acme", group="support"),
    },
    agents={
        ALICE.key: AGENT,
        ALICE_AT_HOME.key: AGENT,
        BOB.key: OTHER_AGENT,
        CAROL.key: COLLABORATOR,
    },
    groups={"support": (AGENT, OTHER_AGENT)},
)


@dataclass(frozen=True)
class Policy:
    reopen_within: timedelta = timedelta(days=30)
    hop_limit: int = 30
    reply_is_public: bool = True
    split_changed_subject: bool = False
    subject_prefix: str = ""
    limits: LoopLimits = field(default_factory=LoopLimits)


POLICY = Policy()
TICKET = TicketFacts(
    id=TicketId(12),
    status=Status.OPEN,
    closed_at=None,
    requester=HONG.key,
    participants=frozenset({PARK.key}),
    merged_from=None,
    side_parties=frozenset({SUPPLIER.key}),
    subject="Where is my parcel?",
)
NEXT_TICKET = replace(TICKET, id=TicketId(13), requester=STRANGER.key)
NOTHING_KNOWN = Facts(tickets={}, stored_ids={}, original=None, same_id=False)
KNOWN = Facts(
    tickets={TICKET.id: TICKET, NEXT_TICKET.id: NEXT_TICKET},
    stored_ids={"first@customer.example": (TICKET.id,)},
    original=None,
    same_id=False,
)

_PERSON = Evidence(
    from_=NamedAddress("Hong", HONG),
    null_reverse_path=False,
    support_address=SUPPORT,
    tokens=(),
    invalid_tokens=0,
    own_ids=(),
    foreign_ids=(),
    subject_tags=(),
    message_id="m1@customer.example",
    message_id_ours=None,
    loop_token_ours=False,
    kind=MailKind.MAIL,
    automated=(),
    received_count=2,
    authentication=Authentication.NONE,
    authenticated_by=None,
    from_is_support=False,
    defects=(),
)

AUTHENTICATED = {
    Authentication.PASS: "dmarc",
    Authentication.NONE: None,
    Authentication.FAIL: "dmarc",
}


def token(purpose: Purpose, ticket: int = 12, text: str = "") -> ReplyToken:
    return ReplyToken(purpose, TicketId(ticket), b"hash", text or f"{purpose.name}-{ticket}")


def own_id(purpose: Purpose, ticket: int = 12) -> OwnMessageId:
    return OwnMessageId(purpose, TicketId(ticket), f"mg.{purpose.name}-{ticket}@acme.example")


def mail_from(
    sender: Address | None = HONG,
    authentication: Authentication = Authentication.NONE,
    **claims: Any,
) -> Evidence:
    """A mail with these claims. Tokens of purposes for agents are bound to the agent in From,
    unless `bound_tokens` says otherwise."""
    agent = DIRECTORY.agent_for(sender) if sender else None
    evidence = replace(
        _PERSON,
        from_=None if sender is None else NamedAddress("", sender),
        authentication=authentication,
        authenticated_by=AUTHENTICATED[authentication],
        agent=agent,
        **claims,
    )
    if agent is None or "bound_tokens" in claims:
        return evidence
    return replace(evidence, bound_tokens=frozenset(token.text for token in evidence.tokens))


def tagged(*tickets: int) -> Claims:
    return {"subject_tags": tuple(TicketId(ticket) for ticket in tickets)}


def with_token(purpose: Purpose, ticket: int = 12) -> Claims:
    return {"tokens": (token(purpose, ticket),)}


def with_own_id(purpose: Purpose, ticket: int = 12) -> Claims:
    return {"own_ids": (own_id(purpose, ticket),)}


WITH_STORED_ID: Claims = {"foreign_ids": ("first@customer.example",)}
