"""What a language must have to tell of mail in it: one sentence for each closed word."""

from collections.abc import Mapping
from dataclasses import dataclass

from mailgate.model.decision import (
    Authentication,
    Claim,
    QuarantineCause,
    Reason,
    Right,
    SignalKind,
    Who,
)
from mailgate.model.rule import Condition

__all__ = ["CauseWords", "Phrases", "RuleWords", "Words"]


@dataclass(frozen=True, slots=True)
class CauseWords:
    """Of a cause of quarantine: what it is in a few words, what it means, what `release` does,
    and what a person should do."""

    title: str
    means: str
    release: str
    to_do: str


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sentences and their parts. What stands in braces is filled in: `{ticket}` is `on` or
    `on_it`, `{address}` and `{domain}` are the sender's."""

    on: str
    """A ticket by its number."""
    on_it: str
    """The ticket, where its number is not known."""
    new_sender: str
    joint: str
    """Between the members of a list."""
    check: str
    login: str
    aligned: str
    ours: str
    told_by: str
    checks: str
    no_check: str
    open_forgery: str
    names_it_too: str
    names_another: str
    names_nothing: str
    rule: str
    new_ticket: str
    new_ticket_numbered: str
    linked_ticket: str
    public: str
    answer: str
    note: str
    side: str
    flagged: str
    bounce: str
    auto_reply: str
    score: str
    duplicate: str
    suppress: str
    quarantine: str
    mails: str
    mail_to: str
    no_mails: str
    no_acknowledgement: str
    not_answered_machine: str
    not_answered_failed: str
    not_answered_many: str
    not_answered_copy: str
    not_answered_unread: str
    not_wanted: str
    if_proven: str
    if_failed: str
    if_answering: str
    if_answering_us: str
    if_participant: str
    if_both: str
    if_covers: str
    if_role: str
    if_answerable: str
    if_acknowledged: str
    waiting: str
    failing: str
    failed: str
    dropped: str
    released: str
    foretold: str
    otherwise: str
    """Above the list of what would have made it different."""


@dataclass(frozen=True, slots=True)
class RuleWords:
    """Of a rule of the settings that was looked at: `{rule}` is its name. `failed` has a sentence
    for each condition that did not hold."""

    matched: str
    failed: Mapping[Condition, str]


@dataclass(frozen=True, slots=True)
class Words:
    """A language. `otherwise` says of a reason that made less of a mail what would have made it
    more; reasons that narrow nothing have none. `withheld` are the words of `Processed.withheld`,
    `methods` and `results` those of RFC 8601 §2.7."""

    reasons: Mapping[Reason, str]
    causes: Mapping[QuarantineCause, CauseWords]
    who: Mapping[Who, str]
    authentication: Mapping[Authentication, str]
    claims: Mapping[Claim, str]
    rights: Mapping[Right, str]
    would: Mapping[Right, str]
    signals: Mapping[SignalKind, str]
    methods: Mapping[str, str]
    results: Mapping[str, str]
    mails: Mapping[str, str]
    withheld: Mapping[str, str]
    otherwise: Mapping[Reason, str]
    otherwise_withheld: Mapping[str, str]
    phrases: Phrases
    rules: RuleWords
