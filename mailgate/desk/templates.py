"""The texts of the mails that we write, by locale. Loaded by the composition root.

A template file is fields (`Subject: …` or `Marker: …`), an empty line, and the body: a
`string.Template` whose names come from a closed set for each kind of mail. A name that is not
in the set is an error when the file is loaded, never when a mail is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from string import Template as StringTemplate

LOCALES = ("en", "ko")
FALLBACK_LOCALE = "en"
_TEXT = "$text"


class TemplateError(ValueError):
    """A template that cannot be used; `str()` names the file and the mistake."""


class TemplateName(StrEnum):
    ACKNOWLEDGEMENT = "acknowledgement"
    ACKNOWLEDGEMENT_NEUTRAL = "acknowledgement_neutral"
    """To a sender of whom nothing is known: its names hold no word of theirs."""
    NOTIFICATION = "notification"
    """To an agent; an answer goes to the customer."""
    NOTE = "note"
    """To an agent; an answer stays inside."""
    FAILED = "failed"
    """To an agent: a mail did not arrive, for a reason that may pass."""
    FAILED_EXPIRED = "failed_expired"
    """Was tried for days, or could not be, and is given up."""
    FAILED_ADDRESS = "failed_address"
    """Did not arrive, and nothing more goes there for a while."""
    FAILED_KEPT = "failed_kept"
    """Was not even sent, because the address took no mail before."""
    FAILED_AGENT = "failed_agent"
    """A colleague's notification did not arrive."""
    DELAYED = "delayed"
    """To an agent: a mail of theirs has not left for hours."""
    COMPLAINT = "complaint"
    """A customer has called a mail of ours spam."""
    DIGEST = "digest"
    """To operators: what waits in quarantine."""


@dataclass(frozen=True, slots=True)
class Template:
    """`string.Template` texts with a closed set of names, checked when loaded."""

    subject: str
    body: str
    marker: str = ""
    """The sentence above which an agent writes, "" where there is none."""

    def fill_subject(self, names: Mapping[str, str]) -> str:
        return StringTemplate(self.subject).substitute(names)

    def fill_marker(self, names: Mapping[str, str]) -> str:
        return StringTemplate(self.marker).substitute(names)

    def fill_body(self, names: Mapping[str, str]) -> str:
        return StringTemplate(self.body).substitute(names)

    def fill_around_text(self, names: Mapping[str, str]) -> tuple[str, str]:
        """What stands before and after the message itself (`$text`)."""
        head, _, tail = self.body.partition(_TEXT)
        return StringTemplate(head).substitute(names), StringTemplate(tail).substitute(names)


@dataclass(frozen=True, slots=True)
class Templates:
    """By (locale, name); the names are those of `TemplateName`."""

    by_locale: Mapping[str, Mapping[str, Template]]

    def find(self, locale: str, name: TemplateName) -> Template:
        """The template in this language; in English for a language that there is none of."""
        return self.by_locale.get(locale, self.by_locale[FALLBACK_LOCALE])[name]


@dataclass(frozen=True, slots=True)
class _Form:
    """What a template of one kind must look like."""

    field: str
    names: frozenset[str]
    carries_text: bool


_OURS = frozenset({"ticket", "tag", "desk", "address"})
_TO_AGENT = _Form(
    "Marker",
    _OURS | {"subject", "requester", "recipients", "author", "at", "text"},
    carries_text=True,
)
_OF_FAILURE = _Form(
    "Marker",
    _OURS | {"subject", "recipient", "said", "at", "until", "since", "tried"},
    carries_text=False,
)
_OF_DELAY = _Form(
    "Marker",
    _OURS | {"subject", "recipient", "said", "at", "since", "why", "tried", "outlook", "delivery"},
    carries_text=False,
)
_FORMS: Mapping[TemplateName, _Form] = {
    TemplateName.ACKNOWLEDGEMENT: _Form("Subject", _OURS | {"subject", "name"}, carries_text=False),
    TemplateName.ACKNOWLEDGEMENT_NEUTRAL: _Form("Subject", _OURS, carries_text=False),
    TemplateName.NOTIFICATION: _TO_AGENT,
    TemplateName.NOTE: _TO_AGENT,
    TemplateName.FAILED: _OF_FAILURE,
    TemplateName.FAILED_EXPIRED: _OF_FAILURE,
    TemplateName.FAILED_ADDRESS: _OF_FAILURE,
    TemplateName.FAILED_KEPT: _OF_FAILURE,
    TemplateName.FAILED_AGENT: _OF_FAILURE,
    TemplateName.DELAYED: _OF_DELAY,
    TemplateName.COMPLAINT: _OF_FAILURE,
    TemplateName.DIGEST: _Form(
        "Subject", frozenset({"count", "hostname", "causes", "mails"}), carries_text=False
    ),
}


def parse_template(name: TemplateName, text: str, where: str) -> Template:
    """A checked template. TemplateError, beginning with `where`, when it cannot be used."""
    form = _FORMS[name]
    first, _, rest = text.replace("\r\n", "\n").partition("\n")
    field, colon, value = first.partition(":")
    if field != form.field or not colon or not value.strip():
        raise TemplateError(f"{where}: the first line must be `{form.field}: …`")
    if not rest.startswith("\n"):
        raise TemplateError(f"{where}: the second line must be empty")
    value, body = value.strip(), rest.strip("\n") + "\n"
    # The promise names everybody whom an answer goes to, never the requester alone.
    _check_names(value, form.names - {"text", "requester"}, where)
    _check_names(body, form.names, where)
    if form.carries_text and body.count(_TEXT) != 1:
        raise TemplateError(f"{where}: the body must hold {_TEXT} exactly once")
    if form.field == "Subject":
        return Template(subject=value, body=body)
    return Template(subject="", body=body, marker=value)


def _check_names(text: str, known: frozenset[str], where: str) -> None:
    template = StringTemplate(text)
    if not template.is_valid():
        raise TemplateError(f"{where}: a `$` that begins no name; write `$$` for the sign itself")
    unknown = sorted(set(template.get_identifiers()) - known)
    if unknown:
        names = ", ".join(f"${name}" for name in sorted(known))
        raise TemplateError(f"{where}: unknown name ${unknown[0]}; known here: {names}")


def load_templates(folder: Path | None) -> Templates:
    """Reads every template of every locale: `folder/LOCALE/NAME.txt`.

    None is the texts that mailgate comes with. TemplateError when a file is missing, cannot be
    read, or has a mistake.
    """
    base = _default_folder() if folder is None else folder
    return Templates({locale: _load_locale(base / locale) for locale in LOCALES})


def _load_locale(folder: Path) -> Mapping[str, Template]:
    if not folder.is_dir():
        raise TemplateError(f"{folder}: there is no such folder of templates")
    return {name.value: _load(name, folder / f"{name}.txt") for name in TemplateName}


def _load(name: TemplateName, path: Path) -> Template:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise TemplateError(f"{path}: this template is missing") from None
    except UnicodeDecodeError:
        raise TemplateError(f"{path}: this file is not UTF-8") from None
    except OSError as error:
        raise TemplateError(f"{path}: {error.strerror}") from None
    return parse_template(name, text, str(path))


def _default_folder() -> Path:
    package = Path(__file__).resolve().parent.parent
    installed = package / "_templates"
    return installed if installed.is_dir() else package.parent / "config" / "templates"
