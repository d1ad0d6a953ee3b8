"""The texts of the mails that we write, by locale. Loaded by the composition root.

A template file is fields (`Subject: …` or `Marker: …`), an empty line, and the body; `reply` is a
body alone. The names in it come from a closed set for each kind of mail.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mailgate.desk.words.templatenames import FORMS, OWN_FORM, Form, TemplateName
from mailgate.desk.words.templating import TemplateError, TemplateText, check_dollars

__all__ = [
    "FALLBACK_LOCALE",
    "LOCALES",
    "Template",
    "TemplateError",
    "TemplateName",
    "Templates",
    "load_templates",
    "parse_template",
    "read_words",
]

LOCALES = ("en", "ko")
FALLBACK_LOCALE = "en"
OWN_FOLDER = "own"
"""Holds texts that rules send, by names that nobody but the operator knows."""
_NO_NAMES: tuple[str, ...] = ()
_NEVER_IN_FIELD = {"text", "requester", "done"}
"""The promise names everybody whom an answer goes to, never the requester alone."""


@dataclass(frozen=True, slots=True)
class Template:
    """The texts of one mail, with a closed set of names."""

    subject: TemplateText
    body: TemplateText
    marker: TemplateText
    """The sentence above which an agent writes, "" where there is none."""

    def fill_subject(self, names: Mapping[str, str]) -> str:
        return self.subject.fill(names)

    def fill_marker(self, names: Mapping[str, str]) -> str:
        return self.marker.fill(names)

    def fill_body(self, names: Mapping[str, str]) -> str:
        return self.body.fill(names)

    def fill_around_text(self, names: Mapping[str, str]) -> tuple[str, str]:
        """What stands before and after the message itself (`{{ text }}`)."""
        return self.body.fill_around(names)

    def check(self) -> None:
        """TemplateError when one of its texts cannot be used."""
        for text in (self.subject, self.marker, self.body):
            text.check()


_Named = Mapping[str, Template]


@dataclass(frozen=True, slots=True)
class Templates:
    """By (locale, name); the names are those of `TemplateName`. `by_address` holds what a support
    address (its key) says in words of its own; `own` what rules send."""

    by_locale: Mapping[str, _Named]
    by_address: Mapping[str, Mapping[str, _Named]] = field(default_factory=dict)
    own: Mapping[str, _Named] = field(default_factory=dict)

    def find(self, locale: str, name: TemplateName, address: str | None = None) -> Template:
        """The template in this language; in English for a language that there is none of."""
        if address is not None and address in self.by_address:
            found = self.by_address[address].get(locale, {}).get(name.value)
            if found is not None:
                return found
        return self.by_locale.get(locale, self.by_locale[FALLBACK_LOCALE])[name]

    def find_own(self, locale: str, name: str) -> Template | None:
        """A text of the operator's, in this language, else in any; None when there is none."""
        tried = (locale, FALLBACK_LOCALE, *LOCALES)
        found = (self.own.get(each, {}).get(name) for each in tried)
        return next((one for one in found if one is not None), None)

    def check(self) -> None:
        """TemplateError for the first of all that cannot be used."""
        addresses = (named for each in self.by_address.values() for named in each.values())
        for named in (*self.by_locale.values(), *addresses, *self.own.values()):
            for template in named.values():
                template.check()


def parse_template(name: TemplateName, text: str, where: str) -> Template:
    """A checked template. TemplateError, beginning with `where`, when it cannot be used."""
    template = _parse(FORMS[name], text, where)
    template.check()
    return template


def _parse(form: Form, text: str, where: str) -> Template:
    text = text.replace("\r\n", "\n")
    check_dollars(text, form.names, where)
    nothing = TemplateText("", _NO_NAMES, where)
    if not form.field:
        body = TemplateText(text.strip("\n") + "\n", form.names, where, 1)
        return Template(subject=nothing, body=body, marker=nothing)
    first, _, rest = text.partition("\n")
    name, colon, value = first.partition(":")
    if name != form.field or not colon or not value.strip():
        raise TemplateError(f"{where}: the first line must be `{form.field}: …`")
    if not rest.startswith("\n"):
        raise TemplateError(f"{where}: the second line must be empty")
    said = TemplateText(value.strip(), form.names - _NEVER_IN_FIELD, where)
    begins = 2 + len(rest) - len(rest.lstrip("\n"))
    body = TemplateText(rest.strip("\n") + "\n", form.names, where, begins)
    if form.field == "Subject":
        return Template(subject=said, body=body, marker=nothing)
    return Template(subject=nothing, body=body, marker=said)


def load_templates(
    folder: Path | None, addresses: Mapping[str, Path] | None = None, *, check: bool = True
) -> Templates:
    """Reads the templates of every locale: `folder/LOCALE/NAME.txt`, and those of support
    addresses (by key) that have a folder of their own.

    What a folder does not have is in the texts that mailgate comes with; None is those alone.
    TemplateError when a file cannot be read, has a name that means nothing, or a mistake; without
    `check`, the mistakes in its text show when it is used.
    """
    shipped = {locale: _folder(_default_folder() / locale) for locale in LOCALES}
    ours = {} if folder is None else _locales(folder)
    templates = Templates(
        {locale: {**shipped[locale], **ours.get(locale, {})} for locale in LOCALES},
        {key: _locales(path) for key, path in (addresses or {}).items()},
        {} if folder is None else {locale: _own(folder / locale) for locale in LOCALES},
    )
    if check:
        templates.check()
    return templates


def _locales(folder: Path) -> Mapping[str, _Named]:
    there = [locale for locale in LOCALES if (folder / locale).is_dir()]
    if not there:
        wanted = " or ".join(str(folder / locale) for locale in LOCALES)
        raise TemplateError(f"{folder}: there are no templates; they stand in {wanted}")
    return {locale: _folder(folder / locale) for locale in there}


def _folder(folder: Path) -> _Named:
    known = {name.value: name for name in TemplateName}
    found = {}
    for path in _files(folder):
        name = known.get(path.stem)
        if name is None:
            raise TemplateError(f"{path}: no mail has this name; known: {', '.join(known)}")
        found[name.value] = _parse(FORMS[name], read_words(path), str(path))
    return found


def _own(folder: Path) -> _Named:
    place = folder / OWN_FOLDER
    if not place.is_dir():
        return {}
    return {path.stem: _parse(OWN_FORM, read_words(path), str(path)) for path in _files(place)}


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".txt")
    except OSError as error:
        raise TemplateError(f"{folder}: {error.strerror}") from None


def read_words(path: Path) -> str:
    """The text of a file that somebody wrote for us. TemplateError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise TemplateError(f"{path}: this file is not UTF-8") from None
    except OSError as error:
        raise TemplateError(f"{path}: {error.strerror}") from None


def _default_folder() -> Path:
    package = Path(__file__).resolve().parents[2]
    installed = package / "_templates"
    return installed if installed.is_dir() else package.parent / "config" / "templates"
