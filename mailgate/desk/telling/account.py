"""A decision as it is stored and printed, read again so that it can be told in words. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from mailgate.model.checks import Check
from mailgate.model.decision import (
    Authentication,
    Cell,
    Claim,
    QuarantineCause,
    Reason,
    Right,
    Signal,
    SignalKind,
    Who,
)
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.rule import Condition, RuleTrial
from mailgate.model.ticket import Role, Visibility

__all__ = ["Account", "Caused", "account_of"]

_E = TypeVar("_E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Caused:
    """A mail that goes out because of the message: `reply`, `notification`, `acknowledgement`."""

    kind: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Account:
    """What there is to tell of one message. A decision that an older version has stored lacks
    some of it; what a newer one may have stored and nobody here knows is left out.

    `ticket` is the one that the message went onto, `withheld` why a mail that one could expect
    was not written.
    """

    disposition: str
    ticket: TicketId | None = None
    linked: TicketId | None = None
    original: JournalId | None = None
    cause: QuarantineCause | None = None
    visibility: Visibility | None = None
    flagged: bool = False
    reasons: tuple[Reason, ...] = ()
    signals: tuple[Signal, ...] = ()
    address: str | None = None
    role: Role = Role.STRANGER
    authentication: Authentication = Authentication.NONE
    by: str | None = None
    method: str | None = None
    covers: bool = True
    checks: tuple[Check, ...] = ()
    cell: Cell | None = None
    mails: tuple[Caused, ...] = ()
    withheld: str | None = None
    rules: tuple[RuleTrial, ...] = ()

    @property
    def domain(self) -> str:
        """Of the sender's address, "" when that could not be read."""
        return (self.address or "").rpartition("@")[2].lower()

    @property
    def named(self) -> TicketId | None:
        """The ticket that the message is about, whether or not it went onto it."""
        signalled = (signal.ticket for signal in self.signals if signal.ticket is not None)
        about = self.linked or (None if self.disposition == "open_ticket" else self.ticket)
        return about or next(signalled, None)


def account_of(document: Mapping[str, object]) -> Account:
    """Reads `desk.telling.explain.decision_dict`, as it is now or was in an older version."""
    sender = _object(document.get("sender"))
    return Account(
        disposition=_text(document.get("disposition")),
        ticket=_ticket(document.get("ticket")),
        linked=_ticket(document.get("linked")),
        original=_journal(document.get("original")),
        cause=_member(QuarantineCause, document.get("cause")),
        visibility=_member(Visibility, document.get("visibility")),
        flagged=document.get("flagged") is True,
        reasons=tuple(_members(Reason, document.get("reasons"))),
        signals=tuple(_signals(document.get("signals"))),
        address=_text(sender.get("address")) or None,
        role=_member(Role, sender.get("role")) or Role.STRANGER,
        authentication=_member(Authentication, sender.get("authenticated")) or Authentication.NONE,
        by=_text(sender.get("by")) or None,
        method=_text(sender.get("method")) or None,
        covers=sender.get("covers") is not False,
        checks=tuple(_check(each) for each in _objects(sender.get("checks"))),
        cell=_cell(_object(document.get("rights"))),
        mails=tuple(
            Caused(_text(each.get("kind")), _text(each.get("recipient")))
            for each in _objects(document.get("would_send"))
        ),
        withheld=_text(document.get("withheld")) or None,
        rules=tuple(_trials(document.get("rules"))),
    )


def _signals(value: object) -> Iterator[Signal]:
    for each in _objects(value):
        kind = _member(SignalKind, each.get("kind"))
        if kind is not None:
            ticket, verified = _ticket(each.get("ticket")), each.get("verified") is True
            yield Signal(kind, _text(each.get("value")), ticket, verified)


def _trials(value: object) -> Iterator[RuleTrial]:
    for each in _objects(value):
        failed = _member(Condition, each.get("failed"))
        if failed is not None or each.get("matched") is True:
            yield RuleTrial(_text(each.get("rule")), failed)


def _check(value: Mapping[str, object]) -> Check:
    names = ("method", "domain", "result", "source", "detail")
    method, domain, result, source, detail = (_text(value.get(name)) for name in names)
    return Check(method, domain, result, source, detail)


def _cell(value: Mapping[str, object]) -> Cell | None:
    who, claim = _member(Who, value.get("who")), _member(Claim, value.get("claim"))
    authentication = _member(Authentication, value.get("authentication"))
    right = _member(Right, value.get("right"))
    if who is None or claim is None or authentication is None or right is None:
        return None
    return Cell(who, authentication, claim, right)


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> Iterator[Mapping[str, object]]:
    return (each for each in (value if isinstance(value, list) else ()) if isinstance(each, dict))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _ticket(value: object) -> TicketId | None:
    return TicketId(value) if isinstance(value, int) else None


def _journal(value: object) -> JournalId | None:
    return JournalId(value) if isinstance(value, int) else None


def _member(of: type[_E], value: object) -> _E | None:
    return next(iter(_members(of, [value])), None)


def _members(of: type[_E], values: object) -> Iterator[_E]:
    known = {member.value: member for member in of}
    for value in values if isinstance(values, list) else ():
        if isinstance(value, str) and value in known:
            yield known[value]
