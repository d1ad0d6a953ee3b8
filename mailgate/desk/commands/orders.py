"""What an agent's mail tells the desk: lines at its top that start with `#`. Pure.

Read as one sees them: what is not drawn hides no `#`, in whatever width it is written.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mailgate.desk.commands.orderhtml import without_lines
from mailgate.model.verb import Verb

__all__ = [
    "ALIASES",
    "MAX_ORDERS",
    "SIGNS",
    "Order",
    "Orders",
    "Verb",
    "lines_with",
    "read_line",
    "read_orders",
]

ALIASES: Mapping[str, Verb] = {
    "메모": Verb.NOTE,
    "종료": Verb.CLOSE,
    "해결": Verb.RESOLVE,
    "대기": Verb.PENDING,
    "열기": Verb.OPEN,
    "배정": Verb.ASSIGN,
    "담당": Verb.ASSIGN,
    "내가": Verb.ME,
    "그룹": Verb.GROUP,
    "우선순위": Verb.PRIORITY,
    "태그": Verb.TAG,
    "태그삭제": Verb.UNTAG,
    "참조": Verb.CC,
    "병합": Verb.MERGE,
    "스팸": Verb.SPAM,
    "전달": Verb.FORWARD,
    "새메일": Verb.NEW,
    "매크로": Verb.MACRO,
    "팔로우": Verb.FOLLOW,
    "언팔로우": Verb.UNFOLLOW,
}
"""The same words in Korean."""

_VERBS = {verb.value: verb for verb in Verb} | dict(ALIASES)
MAX_ORDERS = 50
"""Commands in one mail; one more is not understood."""
_ENDINGS = ("s", "d", "ed")
_AT_TOP = re.compile(r"#[#\s]*[^\W\d_]")
_ORDER = re.compile(r"#\s*([^\W\d_][\w-]*)(?:[.:,;!]+\s*|\s+|$)(.*)")
_BELOW = re.compile(r"(?:[^\w#]|_|\d{1,3}[.)]?(?!\d)){0,16}#[# ]*([^\W\d_]+)(?!_*[^\W_]|-)")
"""Also as a point of a list, quoted, in brackets, in the signs of bold and italic that clients
write into text: who wrote it meant the desk all the same."""
_LINK = re.compile(r" ?<mailto:[^<>]*>", re.IGNORECASE)
"""What clients put behind an address that they made a link of."""
SIGNS = ("#", "\uff03", "\ufe5f")
"""What a command begins with: the sign in each of its widths."""
_UNSEEN = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp", "Mn", "Me", "Cn", "Co"})
_NO_ACCENTS = frozenset("\u034f\ufe00\ufe01\ufe02\ufe0e\ufe0f\u17b4\u17b5")
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that are drawn as nothing."""


@dataclass(frozen=True, slots=True)
class Order:
    """One command; `argument` is what stands behind the word, "" for nothing; `macro` the one
    that it stands in, "" for the mail itself; `word` its name where that is another one."""

    verb: Verb
    argument: str = ""
    macro: str = field(default="", compare=False)
    word: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Orders:
    """The commands of a mail in their order, and what is left of it without them.

    `unknown` are lines at the top that look like commands and are none; `below` is a line that
    is a command and stands further down, where commands are not obeyed. `html` is None where
    there was none, or the lines cannot be cut out of it for certain: then the text stands alone.
    """

    orders: tuple[Order, ...] = ()
    unknown: tuple[str, ...] = ()
    below: str | None = None
    text: str = field(default="", repr=False)
    html: str | None = field(default=None, repr=False)

    def __bool__(self) -> bool:
        """Whether anything in it was written for the desk."""
        return bool(self.orders or self.unknown or self.below)

    @property
    def is_clear(self) -> bool:
        """Whether all of it is understood, and stands where it is obeyed."""
        return not self.unknown and self.below is None

    def first(self, verb: Verb) -> Order | None:
        """The first command with this word."""
        return next((order for order in self.orders if order.verb is verb), None)


def read_orders(text: str, html: str | None = None) -> Orders:
    """The commands at the top of a mail's visible text, down to the first line that is neither
    one nor empty. `html` is the same as the sender wrote it, cleaned."""
    if not _has_sign(text):
        return Orders(text=text, html=html)
    lines = text.splitlines()
    orders, unknown, cut, end = list[Order](), list[str](), list[str](), 0
    for line in lines:
        seen = shown(line)
        if seen and not _AT_TOP.match(seen):
            break
        end += 1
        if not seen:
            continue
        if len(cut) == MAX_ORDERS:
            unknown.append(seen)
            break
        cut.append(seen)
        order = read_line(line)
        if order is None:
            unknown.append(seen)
        else:
            orders.append(order)
    below = next(filter(_is_below, map(shown, filter(_has_sign, lines[end:]))), None)
    if not cut:
        return Orders(below=below, text=text, html=html)
    rest = None if html is None else without_lines(html, cut, shown)
    return Orders(
        tuple(orders), tuple(unknown), below, _joined(orders, "\n".join(lines[end:])), rest
    )


def read_line(line: str) -> Order | None:
    """The command that this line is; None for one that is none."""
    found = _ORDER.fullmatch(shown(line))
    verb = None if found is None else _VERBS.get(found[1].casefold())
    if found is None or verb is None:
        return None
    word = found[1] if found[1] in ALIASES else ""
    argument = _as_written(line) if verb is Verb.NOTE else found[2].strip()
    return Order(verb, argument, word=word)


def lines_with(text: str, verb: Verb) -> Iterator[tuple[str, Order]]:
    """The lines of a text that are this command, wherever it is not obeyed too: further down, or
    as a point of a list."""
    for line in filter(_is_below, map(shown, filter(_has_sign, text.splitlines()))):
        order = read_line(line[line.index("#") :])
        if order is not None and order.verb is verb:
            yield line, order


def _as_written(line: str) -> str:
    """The words of a note, in which no sign is made another one."""
    found = _ORDER.fullmatch(line.strip()) or _ORDER.fullmatch(shown(line))
    return "" if found is None else found[2].strip()


def _joined(orders: list[Order], rest: str) -> str:
    """What stands behind `#note` on its line is of the note too."""
    said = [order.argument for order in orders if order.verb is Verb.NOTE and order.argument]
    return "\n".join((*said, rest))


def _has_sign(text: str) -> bool:
    return any(sign in text for sign in SIGNS)


def _is_below(seen: str) -> bool:
    """A command further down, also in another form of its word: people write `#closed`."""
    found = _BELOW.match(seen)
    if found is None:
        return False
    word = found[1].casefold()
    stems = (word, *(word.removesuffix(ending) for ending in _ENDINGS))
    return any(stem in _VERBS for stem in stems)


def shown(line: str) -> str:
    """The line from its first sign on that is drawn, with nothing unseen behind that."""
    kept = list[str]()
    for character in unicodedata.normalize("NFC", _LINK.sub("", line)):
        if character.isspace():
            kept.append(" ")
        elif not _is_unseen(character) or _is_of_a_letter(character, kept):
            kept.append(character)
    return unicodedata.normalize("NFKC", "".join(kept)).strip()


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN or character in _FILLERS


def _is_of_a_letter(character: str, before: list[str]) -> bool:
    """A vowel sign or an accent that is written behind its letter."""
    if unicodedata.category(character) != "Mn" or character in _NO_ACCENTS or not before:
        return False
    return unicodedata.category(before[-1])[0] in "LM"
