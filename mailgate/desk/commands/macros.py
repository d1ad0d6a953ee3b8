"""Answers that stand ready: a file each, which an agent's `#macro NAME` puts into a mail.

A file is commands, if it has any (`#tag refund`), an empty line, and the text: `{{ requester }}`
and its like are filled in. Loaded by the composition root; a mistake in a file is told then,
never when a mail is written.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mailgate.desk.commands.orders import Order, Verb, read_line
from mailgate.desk.words.templates import LOCALES, read_words
from mailgate.desk.words.templating import TemplateError, TemplateText

__all__ = ["NAMES", "NO_MACROS", "Macro", "Macros", "load_macros", "parse_macro"]

NAMES = frozenset({"requester", "subject", "ticket", "tag", "agent", "desk", "address"})
"""What a text can name."""
NOT_HERE = frozenset({Verb.MACRO, Verb.NOTE, Verb.NEW, Verb.FORWARD, Verb.MERGE})
"""Commands that say whom the words are for, or which ticket it is: those are the agent's own."""


@dataclass(frozen=True, slots=True)
class Macro:
    """A text that stands ready, None for none, and the commands that go with it; `where` names
    its file, `lines` where in it the commands stand."""

    name: str
    where: str = ""
    orders: tuple[Order, ...] = ()
    text: TemplateText | None = field(default=None, repr=False)
    lines: tuple[int, ...] = ()

    def fill(self, names: Mapping[str, str]) -> str:
        """The text with these values, which are never looked into for names themselves."""
        return "" if self.text is None else self.text.fill(names)

    def check(self) -> None:
        """TemplateError when there is a mistake in its text."""
        if self.text is not None:
            self.text.check()


@dataclass(frozen=True, slots=True)
class Macros:
    """By language and folded name; "" is for the languages that have none of their own."""

    by_locale: Mapping[str, Mapping[str, Macro]] = field(default_factory=dict)

    def find(self, locale: str, name: str) -> Macro | None:
        """The one with this name, for the desk that writes in this language."""
        folded = _folded(name)
        own = self.by_locale.get(locale, {}).get(folded)
        return own or self.by_locale.get("", {}).get(folded)

    def every(self) -> tuple[Macro, ...]:
        """All of them, of each language."""
        return tuple(one for named in self.by_locale.values() for one in named.values())

    def names(self, locale: str) -> tuple[str, ...]:
        """What there is for it."""
        both = {**self.by_locale.get("", {}), **self.by_locale.get(locale, {})}
        return tuple(sorted(macro.name for macro in both.values()))

    def check(self) -> None:
        """TemplateError for the first of all that cannot be used."""
        for macro in self.every():
            macro.check()


NO_MACROS = Macros()


def parse_macro(name: str, text: str, where: str) -> Macro:
    """A checked macro. TemplateError, beginning with `where`, when it cannot be used."""
    lines = text.replace("\r\n", "\n").split("\n")
    orders, stands = list[Order](), list[int]()
    start = 0
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            break
        start = number
        if not line.strip():
            if orders:
                break
            continue
        orders.append(_order(line, f"{where}: line {number}"))
        stands.append(number)
    if orders and start < len(lines) and lines[start - 1].strip():
        raise TemplateError(
            f"{where}: line {start + 1}: an empty line must stand below the commands"
        )
    said = "\n".join(lines[start:])
    body = said.strip("\n").rstrip()
    if not orders and not body:
        raise TemplateError(f"{where}: there is nothing in it")
    begins = start + 1 + len(said) - len(said.lstrip("\n"))
    ready = TemplateText(body, NAMES, where, begins) if body else None
    return Macro(name, where, tuple(orders), ready, tuple(stands))


def _order(line: str, where: str) -> Order:
    order = read_line(line)
    if order is None:
        raise TemplateError(f"{where}: {line.strip()!a} is no command")
    if order.verb in NOT_HERE:
        raise TemplateError(f"{where}: #{order.verb} cannot stand in a macro")
    return order


def load_macros(folder: Path | None, *, check: bool = True) -> Macros:
    """Reads `folder/NAME.txt` and, for the desks of one language, `folder/LOCALE/NAME.txt`. None
    is no macros. TemplateError when a file cannot be read, or has a mistake; without `check`, the
    mistakes in its text show when it is used."""
    if folder is None:
        return NO_MACROS
    if not folder.is_dir():
        raise TemplateError(f"{folder}: there is no such folder of macros")
    macros = Macros(
        {"": _load_folder(folder), **{locale: _load_folder(folder / locale) for locale in LOCALES}}
    )
    if check:
        macros.check()
    return macros


def _load_folder(folder: Path) -> Mapping[str, Macro]:
    found: dict[str, Macro] = {}
    for path in sorted(folder.glob("*.txt")) if folder.is_dir() else ():
        name = unicodedata.normalize("NFC", path.stem)
        if _folded(name) in found:
            raise TemplateError(f"{path}: another file there has the same name")
        found[_folded(name)] = parse_macro(name, read_words(path), str(path))
    return found


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
