"""What became of a mail in plain words: sentences in the language of the desk. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mailgate.desk.telling.account import Account
from mailgate.desk.telling.tellenglish import ENGLISH
from mailgate.desk.telling.tellkorean import KOREAN
from mailgate.desk.telling.tellwords import Words
from mailgate.desk.words.frame import one_line
from mailgate.mail.domains import aligned
from mailgate.model.checks import OURSELVES, Check
from mailgate.model.decision import (
    Authentication,
    Cell,
    Claim,
    QuarantineCause,
    Reason,
    Right,
    Who,
)
from mailgate.model.ticket import Role, Visibility

__all__ = ["Rights", "Telling", "tell", "words_of"]

Rights = Mapping[tuple[Who, Authentication, Claim], Right]
"""The table of rights (`threading.rights.RIGHTS`)."""

_LANGUAGES = {"en": ENGLISH, "ko": KOREAN}
_SHOWN = 100
"""Characters of what comes out of a mail or a DNS record."""
_OF_SENDER = frozenset(
    {
        Reason.SENDER_IS_REQUESTER,
        Reason.SENDER_IS_PARTICIPANT,
        Reason.SENDER_IS_AGENT,
        Reason.SENDER_IS_COLLABORATOR,
        Reason.SENDER_IS_COLLEAGUE,
        Reason.SENDER_IS_THIRD_PARTY,
        Reason.SENDER_IS_STRANGER,
        Reason.SENDER_UNREADABLE,
        Reason.SENDER_UNAUTHENTICATED,
        Reason.AGENT_PROVEN_BY_TOKEN,
        Reason.AGENT_PROVEN_BY_AUTHENTICATION,
        Reason.AGENT_NOT_PROVEN,
    }
)
_NOT_FROM_THE_TABLE = frozenset({Reason.TICKET_CLOSED_LONG_AGO, Reason.SUBJECT_CHANGED})
_OF_MACHINES = frozenset({Reason.AUTOMATED, Reason.NULL_REVERSE_PATH})
_OF_COUNTERS = frozenset({Reason.LOOP_SUSPECTED, Reason.MANY_WITH_SAME_WORDS})
_OF_AGENTS = frozenset({Reason.BEGUN_BY_AGENT, Reason.WRITTEN_BY_AGENT, Reason.PASSED_ON_BY_AGENT})
_STAFF = frozenset({Role.AGENT, Role.COLLABORATOR})
_LOGIN = "smtp_auth"
_OUR_PEOPLE = frozenset({Who.AGENT, Who.COLLABORATOR})
_OUTSIDERS = frozenset({Who.STRANGER, Who.COLLEAGUE})
_RANKS = {
    right: rank
    for rank, right in enumerate(
        (Right.QUARANTINE, Right.NEW, Right.LINKED, Right.FLAGGED, Right.PRIVATE, Right.PUBLIC)
    )
}


@dataclass(frozen=True, slots=True)
class Telling:
    """`text` says what happened and why, in order; `otherwise` what would have made more of the
    mail, empty where there is no more."""

    text: tuple[str, ...]
    otherwise: tuple[str, ...]
    outcome: tuple[str, ...]
    """The sentences of `text` that say what is done with it, and what is sent."""


def words_of(locale: str) -> Words:
    """The words of a locale; English for one that there are none of."""
    return _LANGUAGES.get(locale, ENGLISH)


def tell(account: Account, words: Words, rights: Rights) -> Telling:
    """Tells of one message. `rights` is the table that it was decided by: what else the sender
    could have had is looked up in it."""
    teller = _Teller(account, words, rights)
    return Telling(
        text=tuple(teller.text()),
        otherwise=tuple(dict.fromkeys(teller.otherwise())),
        outcome=tuple(teller.outcome()),
    )


@dataclass(frozen=True, slots=True)
class _Teller:
    account: Account
    words: Words
    rights: Rights

    def text(self) -> Iterator[str]:
        yield from self._sender()
        yield from self._proof()
        yield from self._why()
        yield from self._rules()
        yield from self._outcome()
        yield from self._rule()
        yield from self._mails()

    def outcome(self) -> Iterator[str]:
        yield from self._outcome()
        yield from self._mails()

    def otherwise(self) -> Iterator[str]:
        account = self.account
        if self._is_narrowed_by_the_table():
            yield from self._other_cells()
        if account.disposition == "append" and account.role is Role.COLLABORATOR:
            yield self._fill(self.words.phrases.if_role)
        if account.withheld in self.words.otherwise_withheld:
            yield self._fill(self.words.otherwise_withheld[account.withheld or ""])
        if not self._is_full():
            for reason in account.reasons:
                if reason in self.words.otherwise:
                    yield self._fill(self.words.otherwise[reason])
        if self._asks_for_acknowledgement() and not self._is_acknowledged():
            yield from self._how_to_be_acknowledged()

    # --- who, and by which proof -----------------------------------------------------------

    def _sender(self) -> Iterator[str]:
        told = [reason for reason in self.account.reasons if reason in _OF_SENDER]
        known = any(reason.value.startswith("sender_is_") for reason in told)
        if not known and self.account.address is not None:
            yield self._fill(self.words.phrases.new_sender)
        for reason in told:
            if reason is Reason.SENDER_IS_REQUESTER and self.account.named is None:
                yield self._fill(self.words.phrases.new_sender)
            else:
                yield self._fill(self.words.reasons[reason])

    def _proof(self) -> Iterator[str]:
        account, phrases = self.account, self.words.phrases
        if account.checks:
            shown = phrases.joint.join(self._check(check) for check in account.checks)
            yield phrases.checks.format(checks=shown)
        elif account.by is None and account.disposition not in {"suppress", "duplicate"}:
            yield phrases.no_check
        if account.authentication is Authentication.FAIL:
            yield phrases.open_forgery

    def _check(self, check: Check) -> str:
        phrases = self.words.phrases
        if check.method == _LOGIN:
            return phrases.login.format(domain=one_line(check.detail, _SHOWN))
        domain, method = one_line(check.domain, _SHOWN) or "?", one_line(check.method, _SHOWN)
        result = one_line(check.result, _SHOWN).lower()
        fits = result == "pass" and aligned(check.domain, self.account.domain)
        source = one_line(check.source, _SHOWN)
        return phrases.check.format(
            method=self.words.methods.get(method.lower(), method),
            domain=domain,
            result=self.words.results.get(result, result),
            aligned=phrases.aligned if fits and method != "arc" else "",
            source=phrases.ours
            if check.source == OURSELVES
            else phrases.told_by.format(source=source),
        )

    # --- why -------------------------------------------------------------------------------

    def _why(self) -> Iterator[str]:
        """The sign that decided, those that were weaker, and everything else that counted."""
        others = [reason for reason in self.account.reasons if reason not in _OF_SENDER]
        matched = [reason for reason in others if reason.value.startswith("matched_")]
        for reason in matched:
            yield self._fill(self.words.reasons[reason])
        yield from self._weaker_signals()
        for reason in others:
            if reason not in matched:
                yield self._fill(self.words.reasons[reason])

    def _weaker_signals(self) -> Iterator[str]:
        phrases, signals = self.words.phrases, self.account.signals
        first = next((signal for signal in signals if signal.ticket is not None), None)
        disagree = Reason.SIGNALS_DISAGREE in self.account.reasons
        for signal in signals:
            if signal is first:
                continue
            if signal.ticket is None or first is None:
                form = phrases.names_nothing
            elif disagree and signal.ticket != first.ticket:
                form = phrases.names_another
            else:
                form = phrases.names_it_too
            yield form.format(signal=self.words.signals[signal.kind], number=signal.ticket)

    # --- what was decided ------------------------------------------------------------------

    def _outcome(self) -> Iterator[str]:
        account, phrases = self.account, self.words.phrases
        match account.disposition:
            case "open_ticket":
                is_numbered = account.ticket is not None
                form = phrases.new_ticket_numbered if is_numbered else phrases.new_ticket
                yield form.format(number=account.ticket)
                if account.linked is not None:
                    yield phrases.linked_ticket.format(number=account.linked)
            case "append":
                yield self._fill(self._appended())
            case "record_bounce":
                yield self._fill(phrases.bounce)
            case "record_auto_reply":
                yield self._fill(phrases.auto_reply)
            case "record_score":
                yield self._fill(phrases.score)
            case "duplicate":
                yield phrases.duplicate.format(original=account.original or "?")
            case "suppress":
                yield phrases.suppress
            case "quarantine" if account.cause is not None:
                yield phrases.quarantine.format(means=self.words.causes[account.cause].means)
            case _:
                return

    def _appended(self) -> str:
        account, phrases = self.account, self.words.phrases
        is_staff = account.role in _STAFF
        if account.visibility is not Visibility.PRIVATE:
            return phrases.answer if is_staff else phrases.public
        if account.flagged:
            return phrases.flagged
        return phrases.note if is_staff else phrases.side

    def _rules(self) -> Iterator[str]:
        """Those of the settings, in their order."""
        words = self.words.rules
        for trial in self.account.rules:
            said = words.matched if trial.failed is None else words.failed[trial.failed]
            yield said.format(rule=one_line(trial.rule, _SHOWN))

    def _rule(self) -> Iterator[str]:
        """The line of the table, where the table had the last word."""
        cell, words = self.account.cell, self.words
        if cell is None or not self._is_by_the_table():
            return
        yield words.phrases.rule.format(
            who=words.who[cell.who],
            authentication=words.authentication[self._as_rights_see_it(cell)],
            claim=words.claims[cell.claim],
            right=words.rights[cell.right],
        )

    def _as_rights_see_it(self, cell: Cell) -> Authentication:
        """A signature that leaves open what the mail is about proves no agent."""
        weak = cell.who in _OUR_PEOPLE and not self.account.covers
        is_proven = cell.authentication is Authentication.PASS
        return Authentication.NONE if weak and is_proven else cell.authentication

    def _is_by_the_table(self) -> bool:
        account = self.account
        if Reason.RELEASED_BY_OPERATOR in account.reasons:
            return False
        if account.disposition == "quarantine":
            return account.cause is QuarantineCause.AGENT_NOT_PROVEN
        by_ticket = account.disposition == "open_ticket" and (
            _OF_MACHINES.isdisjoint(account.reasons)
            and _NOT_FROM_THE_TABLE.isdisjoint(account.reasons)
        )
        return by_ticket or account.disposition == "append"

    # --- which mails -----------------------------------------------------------------------

    def _mails(self) -> Iterator[str]:
        account, phrases = self.account, self.words.phrases
        by_kind: dict[str, list[str]] = {}
        for mail in account.mails:
            by_kind.setdefault(mail.kind, []).append(mail.recipient)
        parts = [
            phrases.mail_to.format(
                kind=self.words.mails.get(kind, kind), recipients=", ".join(recipients)
            )
            for kind, recipients in by_kind.items()
        ]
        yield phrases.mails.format(mails=phrases.joint.join(parts)) if parts else phrases.no_mails
        if self._asks_for_acknowledgement():
            if not self._is_acknowledged():
                yield phrases.no_acknowledgement.format(why=self._why_not_acknowledged())
        elif account.withheld in self.words.withheld:
            yield self.words.withheld[account.withheld or ""]

    def _asks_for_acknowledgement(self) -> bool:
        """It opens a ticket, and its sender is who asks."""
        account = self.account
        return account.disposition == "open_ticket" and _OF_AGENTS.isdisjoint(account.reasons)

    def _is_acknowledged(self) -> bool:
        return any(mail.kind == "acknowledgement" for mail in self.account.mails)

    def _why_not_acknowledged(self) -> str:
        account, phrases = self.account, self.words.phrases
        if account.withheld is not None:
            return self.words.withheld.get(account.withheld, account.withheld)
        if not _OF_MACHINES.isdisjoint(account.reasons):
            return phrases.not_answered_machine
        if account.authentication is Authentication.FAIL:
            return phrases.not_answered_failed
        if account.address is None:
            return phrases.not_answered_unread
        if not _OF_COUNTERS.isdisjoint(account.reasons):
            return phrases.not_answered_many
        if Reason.SAME_ID_OTHER_CONTENT in account.reasons:
            return phrases.not_answered_copy
        return phrases.not_wanted

    def _how_to_be_acknowledged(self) -> Iterator[str]:
        account, phrases = self.account, self.words.phrases
        silent = _OF_MACHINES | _OF_COUNTERS | {Reason.SAME_ID_OTHER_CONTENT}
        explained = account.withheld is not None or not silent.isdisjoint(account.reasons)
        if explained or account.address is None:
            return
        failed = account.authentication is Authentication.FAIL
        yield self._fill(phrases.if_answerable if failed else phrases.if_acknowledged)

    # --- what else could have been ---------------------------------------------------------

    def _is_full(self) -> bool:
        """It became all that a mail on a ticket can become."""
        account = self.account
        return account.disposition == "append" and account.visibility is not Visibility.PRIVATE

    def _is_narrowed_by_the_table(self) -> bool:
        cell = self.account.cell
        narrow = {Right.FLAGGED, Right.LINKED, Right.QUARANTINE}
        return cell is not None and cell.right in narrow and self._is_by_the_table()

    def _other_cells(self) -> Iterator[str]:
        """What one thing more would have given: a proven address, an answer to our mail, a place
        on the CC."""
        cell, phrases = self.account.cell, self.words.phrases
        if cell is None:
            return
        who, authentication, claim = cell.who, self._as_rights_see_it(cell), cell.claim
        proven = phrases.if_failed if authentication is Authentication.FAIL else phrases.if_proven
        token = phrases.if_answering_us if self.account.named is None else phrases.if_answering
        others = [(token, (who, authentication, Claim.TOKEN))]
        if cell.authentication is not Authentication.PASS:
            others.insert(0, (proven, (who, Authentication.PASS, claim)))
        if who in _OUTSIDERS:
            others.append((phrases.if_participant, (Who.PARTICIPANT, authentication, claim)))
        if authentication is not cell.authentication:
            yield self._fill(phrases.if_covers)
        wider = [
            self._fill(form, right=self.words.would[self.rights[place]])
            for form, place in others
            if _RANKS[self.rights[place]] > _RANKS[cell.right]
        ]
        if not wider and who in _OUTSIDERS:
            right = self.rights[Who.PARTICIPANT, Authentication.PASS, claim]
            wider.append(self._fill(phrases.if_both, right=self.words.would[right]))
        yield from wider

    def _fill(self, form: str, **more: str) -> str:
        account, phrases = self.account, self.words.phrases
        named = account.named
        ticket = phrases.on_it if named is None else phrases.on.format(number=named)
        return form.format_map(
            {
                "ticket": ticket,
                "Ticket": ticket[:1].upper() + ticket[1:],
                "address": one_line(account.address or "?", _SHOWN),
                "domain": one_line(account.domain or "?", _SHOWN),
                **more,
            }
        )
