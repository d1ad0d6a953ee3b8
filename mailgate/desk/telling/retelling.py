"""What people are told of a mail: the stored or foretold decision with its words. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mailgate.desk.telling.account import account_of
from mailgate.desk.telling.telling import tell, words_of
from mailgate.desk.telling.tellwords import Words
from mailgate.desk.words.frame import one_line
from mailgate.model.decision import QuarantineCause, Reason
from mailgate.model.journal import JournalState, JournalSummary
from mailgate.threading.rights import RIGHTS

__all__ = ["Json", "RowTold", "in_words", "of_cause", "tell_row"]

Json = dict[str, object]
_SHOWN_ERROR = 300
"""Characters of an error: its first line says what it was."""


@dataclass(frozen=True, slots=True)
class RowTold:
    """A mail of the journal in words. `release` says of one in quarantine what letting it out
    would do, `to_do` what a person should; "" for all others."""

    text: tuple[str, ...]
    otherwise: tuple[str, ...]
    release: str = ""
    to_do: str = ""


def in_words(document: Mapping[str, object], locale: str) -> Json:
    """The decision of `desk.telling.explain` with `text` and `otherwise`."""
    telling = tell(account_of(document), words_of(locale), RIGHTS)
    return {**document, "text": list(telling.text), "otherwise": list(telling.otherwise)}


def of_cause(cause: str | None, locale: str) -> Json:
    """What a cause of quarantine means and what to do about it, in a list of such mail."""
    known = _cause(cause)
    words = None if known is None else words_of(locale).causes[known]
    return {
        "title": None if words is None else words.title,
        "meaning": None if words is None else words.means,
        "to_do": None if words is None else words.to_do,
    }


def tell_row(
    row: JournalSummary,
    decided: Mapping[str, object] | None,
    locale: str,
    *,
    foretold: Mapping[str, object] | None = None,
) -> RowTold:
    """Tells of a row. `decided` is the stored decision, of one that waits what would become of
    it now; `foretold` what would become of one in quarantine if it were released."""
    words = words_of(locale)
    account = None if decided is None else account_of(decided)
    telling = None if account is None else tell(account, words, RIGHTS)
    text = () if telling is None else telling.text
    otherwise = () if telling is None else telling.otherwise
    if account is not None and Reason.DROPPED_BY_RULE in account.reasons:
        return RowTold(text, otherwise)
    cause = _cause(row.cause)
    if row.state is not JournalState.QUARANTINED or cause is None:
        return RowTold((*_state(row, words), *text), otherwise)
    failed = cause is QuarantineCause.PROCESSING_FAILED
    about = words.causes[cause]
    if failed:
        why = words.phrases.failed.format(error=_error(row))
        text, otherwise = (about.means, why), ()
    return RowTold(text, otherwise, " ".join(_release(about.release, foretold, words)), about.to_do)


def _release(usual: str, foretold: Mapping[str, object] | None, words: Words) -> Iterator[str]:
    yield usual
    if foretold is not None:
        outcome = " ".join(tell(account_of(foretold), words, RIGHTS).outcome)
        yield words.phrases.foretold.format(outcome=outcome)


def _state(row: JournalSummary, words: Words) -> Iterator[str]:
    """What has to be known of a row besides its decision."""
    phrases = words.phrases
    match row.state:
        case JournalState.DROPPED:
            yield phrases.dropped
        case JournalState.RECEIVED if row.error:
            yield phrases.failing.format(attempts=row.attempts, error=_error(row))
        case JournalState.RECEIVED if row.decision is not None:
            yield phrases.released
        case JournalState.RECEIVED:
            yield phrases.waiting
        case _:
            return


def _error(row: JournalSummary) -> str:
    lines = (row.error or "?").strip().splitlines()
    return one_line(lines[0] if lines else "?", _SHOWN_ERROR)


def _cause(text: str | None) -> QuarantineCause | None:
    known = {cause.value: cause for cause in QuarantineCause}
    return known.get(text or "")
