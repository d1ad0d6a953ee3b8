"""Which limits hold: what a mail counts under, and what it passes on its way. Pure.

A gate is named by a key. Limits in any 3,600 seconds: `account` (the plan's), `sender:ADDRESS`,
`agent:KEY`, `campaign:NAME`, `recipient:ADDRESS`. Where mail flows to: `domain:NAME` (a domain, or
the first of those that are counted together), `mx:NAME` (the mail servers of one of those) and
`smarthost:HOST:PORT`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from mailgate.model.delivery import Draft, Lane, WaitReason
from mailgate.model.gates import ACCOUNT, DOMAIN, MX
from mailgate.ratelimit.flow import FlowPolicy

__all__ = ["PLANS", "Flow", "LimitPolicy", "Mail", "hourly_cap", "mails_of", "reason_of"]

PLANS: Mapping[str, int] = {"free": 100, "growth": 250, "pro": 400, "enterprise": 500}
"""Deliveries to recipients outside the desk in any 3,600 seconds."""

_REASONS = {
    "sender": WaitReason.SENDER_LIMIT,
    "agent": WaitReason.AGENT_LIMIT,
    "campaign": WaitReason.CAMPAIGN_LIMIT,
    "recipient": WaitReason.RECIPIENT_LIMIT,
}
_AUTOMATIC = (Lane.ACKNOWLEDGEMENT, Lane.CAMPAIGN)
_NOTHING = FlowPolicy()


class Mail(Protocol):
    """What limits ask of a delivery."""

    @property
    def lane(self) -> Lane: ...
    @property
    def outside(self) -> bool: ...
    @property
    def sender_key(self) -> str: ...
    @property
    def agent(self) -> str | None: ...
    @property
    def campaign(self) -> str | None: ...
    @property
    def recipient_key(self) -> str: ...
    @property
    def destination(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Flow:
    """How mail to `domains` leaves; they are counted together."""

    domains: tuple[str, ...]
    policy: FlowPolicy

    @property
    def key(self) -> str:
        return DOMAIN + self.domains[0]


@dataclass(frozen=True, slots=True)
class _Drafted:
    """A mail to one recipient that is not in the queue yet."""

    lane: Lane
    outside: bool
    sender_key: str
    agent: str | None
    campaign: str | None
    recipient_key: str
    destination: str


def mails_of(draft: Draft) -> tuple[Mail, ...]:
    """What becomes of a draft, one for each recipient."""
    recipients = {recipient.key: recipient for recipient in draft.recipients}
    return tuple(
        _Drafted(
            draft.lane,
            draft.outside,
            draft.sender.key,
            draft.agent,
            draft.campaign,
            key,
            recipient.domain,
        )
        for key, recipient in recipients.items()
    )


def hourly_cap(plan: str, hourly: int | None = None) -> int:
    """The cap of a plan, or `hourly` itself when it is given. Raises ValueError for an unknown
    plan."""
    if hourly is not None:
        return hourly
    if plan not in PLANS:
        raise ValueError(f"unknown plan {plan!r}; there are {', '.join(PLANS)}")
    return PLANS[plan]


def reason_of(key: str, *, reserve: bool = False) -> WaitReason:
    """Why mail waits for a limit; `reserve` says that it is kept for other lanes."""
    if key == ACCOUNT:
        return WaitReason.LANE_RESERVE if reserve else WaitReason.HOURLY_LIMIT
    return _REASONS[key.partition(":")[0]]


@dataclass(frozen=True, slots=True)
class LimitPolicy:
    """Each limit is 1 or more, in any 3,600 seconds; None is none. Shares are percents of what
    the other lanes leave of the plan's hour. `any_domain` holds where no flow of `flows` does,
    None: nothing does."""

    hourly: int
    per_sender: int | None = None
    per_agent: int | None = None
    per_campaign: int | None = None
    automatic_per_recipient: int | None = None
    count_notifications: bool = False
    count_acknowledgements: bool = True
    campaign_share: int = 70
    acknowledgement_share: int = 50
    flows: tuple[Flow, ...] = ()
    any_domain: FlowPolicy | None = None
    _by_domain: Mapping[str, Flow] = field(init=False, repr=False, compare=False)
    _by_key: Mapping[str, Flow] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        limits = (
            self.hourly,
            self.per_sender,
            self.per_agent,
            self.per_campaign,
            self.automatic_per_recipient,
        )
        for limit in limits:
            if limit is not None and limit < 1:
                raise ValueError(f"an hourly limit is at least 1, not {limit}")
        # Of two flows that name one domain the first holds.
        by_domain = {domain: flow for flow in reversed(self.flows) for domain in flow.domains}
        object.__setattr__(self, "_by_domain", by_domain)
        object.__setattr__(self, "_by_key", {flow.key: flow for flow in reversed(self.flows)})

    def cap_of(self, key: str) -> int | None:
        """What a limit allows; None when there is none (any more)."""
        if key == ACCOUNT:
            return self.hourly
        caps = {
            "sender": self.per_sender,
            "agent": self.per_agent,
            "campaign": self.per_campaign,
            "recipient": self.automatic_per_recipient,
        }
        return caps.get(key.partition(":")[0])

    def share_of(self, key: str, lane: Lane) -> int:
        """The percents of what others leave that a lane may use: a campaign leaves a reserve, and
        so do acknowledgements, which strangers cause."""
        if key != ACCOUNT:
            return 100
        if lane is Lane.CAMPAIGN:
            return self.campaign_share
        return self.acknowledgement_share if lane is Lane.ACKNOWLEDGEMENT else 100

    def flow_of(self, key: str) -> FlowPolicy:
        """What a place is given."""
        flow = self._by_key.get(key)
        if flow is not None:
            return flow.policy
        return (self.any_domain or _NOTHING) if key.startswith(DOMAIN) else _NOTHING

    def places(self, destination: str, site: str | None) -> tuple[str, ...]:
        """Where mail to the domain flows; first `site`, the gate where its connection goes.
        Domains that are counted together have servers each of their own: what they are given is
        one thing, and whether one of them is down another."""
        flow = self._by_domain.get(destination)
        limited = flow is not None or self.any_domain is not None
        domain = DOMAIN + destination if flow is None else flow.key
        if site is None or site.startswith(DOMAIN):
            alone = site is None or flow is None or len(flow.domains) == 1
            if not alone:
                return (MX + destination, domain)
            return (domain,) if limited or site is not None else ()
        return (site, domain) if limited else (site,)

    def limits(self, mail: Mail) -> tuple[str, ...]:
        """What the mail counts under, the narrowest first."""
        keys: list[str] = []
        if mail.outside:
            if mail.lane in _AUTOMATIC and self.automatic_per_recipient is not None:
                keys.append(f"recipient:{mail.recipient_key}")
            if mail.campaign is not None and self.per_campaign is not None:
                keys.append(f"campaign:{mail.campaign}")
            if mail.agent is not None and self.per_agent is not None:
                keys.append(f"agent:{mail.agent}")
            if self.per_sender is not None:
                keys.append(f"sender:{mail.sender_key}")
        if self._counts(mail):
            keys.append(ACCOUNT)
        return tuple(keys)

    def _counts(self, mail: Mail) -> bool:
        if mail.lane is Lane.NOTIFICATION:
            return mail.outside or self.count_notifications
        if mail.lane is Lane.ACKNOWLEDGEMENT:
            return mail.outside and self.count_acknowledgements
        return mail.outside
