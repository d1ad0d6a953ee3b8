"""The settings [loops]."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from mailgate.mail.address import Address
from mailgate.model.traffic import LoopLimits, Machines
from mailgate.settings.section import Section
from mailgate.settings.units import Duration, Limit, SenderName

_LIMITS = LoopLimits()


class LoopSettings(Section):
    """Guards against machines that answer each other, and against floods. Limits are three
    numbers: how much in ten minutes, in an hour and in a day. See docs/operators/loops.md."""

    hop_limit: Annotated[int, Field(ge=1, le=1000)] = Field(
        100, description="More Received fields than this is a loop (RFC 5321 §6.3)."
    )
    acknowledgements_per_address_per_day: Annotated[int, Field(ge=0, le=1000)] = Field(
        10, description="More acknowledgements than this go to no address in 24 hours."
    )
    neutral_acknowledgements_per_hour: Annotated[int, Field(ge=0, le=1000)] = Field(
        60,
        description="A sender of whom nothing is proven gets an acknowledgement only while fewer "
        "than this went out in the last hour, to anybody.",
    )
    neutral_acknowledgements_per_domain_per_hour: Annotated[int, Field(ge=0, le=1000)] = Field(
        10, description="The same, counted over the organisation that the sender's domain is of."
    )
    neutral_acknowledgements_per_provider_per_hour: Annotated[int, Field(ge=0, le=1000)] = Field(
        30,
        description="In place of that for the domains of mail providers (gmail.com, naver.com), "
        "where many people have nothing to do with each other.",
    )
    sender_on_ticket: Limit = Field(
        _LIMITS.sender_on_ticket,
        description="Messages of one sender on one ticket. What is over it is taken for a "
        "machine's: kept there in private, and causes no mail but one that tells the agents.",
    )
    sender_soft: Limit = Field(
        _LIMITS.sender_soft,
        description="Mails of one sender, above which they get no automatic answer.",
    )
    sender_hard: Limit = Field(
        _LIMITS.sender_hard,
        description="Mails of one sender, above which more are quarantined as flood. It does not "
        "hold for agents who are proven, nor for `machines`.",
    )
    domain_soft: Limit = Field(
        _LIMITS.domain_soft,
        description="Mails of all senders of one organisation (no mail provider), above which "
        "none of them gets an automatic answer.",
    )
    words_soft: Limit = Field(
        _LIMITS.words_soft,
        description="Mails that say the same (numbers, dates, addresses and links left out), "
        "above which a sender who is not proven gets no automatic answer to them.",
    )
    machines: tuple[SenderName, ...] = Field(
        (),
        description="Senders that may write more than sender_hard: a shop's orders, a monitor, "
        "the form of a web site. Addresses, or domains with all below them.",
        examples=["orders@shop.example"],
    )
    reopenings_per_day: Annotated[int, Field(ge=0, le=1000)] = Field(
        _LIMITS.reopenings_per_day,
        description="How often mail opens a ticket again that was resolved or closed, in 24 "
        "hours. What is over it is kept on the ticket and told to the agents.",
    )

    @property
    def limits(self) -> LoopLimits:
        """As the deciding rooms take them."""
        named = self.machines
        return LoopLimits(
            sender_on_ticket=self.sender_on_ticket,
            sender_soft=self.sender_soft,
            sender_hard=self.sender_hard,
            domain_soft=self.domain_soft,
            words_soft=self.words_soft,
            reopenings_per_day=self.reopenings_per_day,
            machines=Machines(
                addresses=frozenset(one.key for one in named if isinstance(one, Address)),
                domains=frozenset(one for one in named if isinstance(one, str)),
            ),
        )

    suppress_hard_bounces_for: Duration = Field(
        timedelta(days=30),
        description="How long nothing is sent to an address that its mail server calls bad; a mail "
        "from it ends that earlier.",
    )
