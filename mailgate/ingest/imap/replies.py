"""What a server's responses say: our own strict readers (RFC 3501 §7). Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from mailgate.ingest.imap.framing import Response
from mailgate.ingest.imap.session import ImapTrouble

UID_MAX = 2**32 - 1
"""nz-number of RFC 3501 §9."""


class ReplyError(Exception):
    """A response that says nothing that we could believe."""


# --- status responses ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Status:
    """OK, NO, BAD, BYE or PREAUTH with its code (RFC 5530) and a text for people."""

    word: str
    code: str
    """In upper case; "" where there is none."""
    argument: str
    """What follows the code's name within the brackets."""
    text: str


_STATUS = re.compile(
    rb"(OK|NO|BAD|BYE|PREAUTH)(?: |\Z)(?:\[([^\] ]+)(?: ([^\]]*))?\] ?)?(.*)\Z",
    re.IGNORECASE | re.DOTALL,
)
_TEXT_MAX = 200


def status(line: bytes) -> Status | None:
    """Of a line without its tag; None when it is no status response."""
    found = _STATUS.match(line)
    if found is None:
        return None
    word, code, argument, text = found.groups()
    return Status(
        word.decode().upper(), shown(code or b"").upper(), shown(argument or b""), shown(text)
    )


def shown(octets: bytes) -> str:
    """A server's words in a sentence of ours: one short line, nothing that moves a terminal."""
    text = octets[: 4 * _TEXT_MAX].decode(errors="replace")
    return "".join(char if char.isprintable() else " " for char in text).strip()[:_TEXT_MAX]


_KINDS = {
    "ALREADYEXISTS": ImapTrouble.REFUSED,
    "AUTHENTICATIONFAILED": ImapTrouble.LOGIN_REFUSED,
    "AUTHORIZATIONFAILED": ImapTrouble.LOGIN_REFUSED,
    "EXPIRED": ImapTrouble.LOGIN_REFUSED,
    "PRIVACYREQUIRED": ImapTrouble.TLS,
    "NOPERM": ImapTrouble.REFUSED,
    "NONEXISTENT": ImapTrouble.GONE,
    "TRYCREATE": ImapTrouble.GONE,
    "INUSE": ImapTrouble.THROTTLED,
    "LIMIT": ImapTrouble.THROTTLED,
    "OVERQUOTA": ImapTrouble.THROTTLED,
    "SERVERBUG": ImapTrouble.THROTTLED,
    "THROTTLED": ImapTrouble.THROTTLED,
    "UNAVAILABLE": ImapTrouble.THROTTLED,
}
"""RFC 5530 §3; THROTTLED is what Yahoo and Microsoft say."""

_PATIENCE = re.compile(
    r"too many|throttl|try again|temporar|rate limit|exceeded|overload|busy|unavailable",
    re.IGNORECASE,
)
"""Gmail and Exchange say it in words alone: "[ALERT] Too many simultaneous connections"."""


def trouble(said: Status, *, otherwise: ImapTrouble) -> ImapTrouble:
    """What kind of failure a NO, BAD or BYE is."""
    known = _KINDS.get(said.code)
    if known is not None:
        return known
    return ImapTrouble.THROTTLED if _PATIENCE.search(said.text) else otherwise


def in_words(said: Status) -> str:
    """For operators: `NO [OVERQUOTA] Account exceeded its limits`."""
    code = f" [{' '.join(filter(None, (said.code, said.argument)))}]" if said.code else ""
    return f"{said.word}{code} {said.text}".strip()


# --- untagged data -------------------------------------------------------------------------

_NUMBERED = re.compile(rb"(\d{1,10}) (EXISTS|EXPUNGE|RECENT|FETCH)(?: |\Z)", re.IGNORECASE)


def numbered(response: Response) -> tuple[int, str] | None:
    """`(172, "EXISTS")` of `* 172 EXISTS` (without the `* `)."""
    found = _NUMBERED.match(response[0])
    return None if found is None else (int(found.group(1)), found.group(2).decode().upper())


def words_of(responses: Iterable[Response], name: bytes) -> list[bytes]:
    """All words of the responses called `name` (SEARCH, CAPABILITY)."""
    words: list[bytes] = []
    for response in responses:
        head, *rest = response[0].split() or [b""]
        if head.upper() == name and len(response) == 1:
            words += rest
    return words


def capabilities(words: Iterable[bytes]) -> frozenset[str]:
    """In upper case; what is not US-ASCII is none."""
    return frozenset(word.decode("ascii").upper() for word in words if word.isascii())


def search(responses: Iterable[Response]) -> list[int]:
    """The UIDs of `* SEARCH 2 84 882`, ascending, each once; `(MODSEQ 9)` at its end is left
    out. Raises `ReplyError`."""
    found: set[int] = set()
    for word in words_of(responses, b"SEARCH"):
        if word.startswith(b"("):
            break
        found.add(_number(word, low=1))
    return sorted(found)


def _number(word: object, *, low: int = 0, high: int = UID_MAX) -> int:
    if not isinstance(word, bytes) or not word.isdigit() or len(word) > 20:
        raise ReplyError("a number is no number")
    number = int(word)
    if not low <= number <= high:
        raise ReplyError(f"{number} is out of bounds")
    return number


def number_of_code(said: Status) -> int:
    """The number in `[UIDVALIDITY 3857529045]`. Raises `ReplyError`."""
    return _number(said.argument.encode(), low=1)


# --- FETCH ---------------------------------------------------------------------------------


NO_SIZE = -1
"""RFC822.SIZE NIL, as some servers say of a message that they cannot read."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one FETCH response says; None where it says nothing of it."""

    uid: int
    octets: int | None
    internal_date: datetime | None
    body: bytes | None
    origin: int | None
    """Where `body` begins in the message, if only a part was asked for."""


class _Mark:
    """The parentheses."""


_OPEN, _CLOSE = _Mark(), _Mark()
_Token = bytes | None | _Mark

_TOKEN = re.compile(
    rb"""\s*(?:
        (?P<open>\() | (?P<close>\)) |
        "(?P<quoted>(?:[^"\\]|\\.)*)" |
        (?P<atom>(?:[^\s()"\[]|\[[^\]]*\])+)
    )""",
    re.VERBOSE,
)
_BODY = re.compile(rb"BODY\[\](?:<(\d{1,20})>)?\Z", re.IGNORECASE)
_DATE = re.compile(rb" ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\Z")
_MONTHS = b"jan feb mar apr may jun jul aug sep oct nov dec".split()
_SIZE_MAX = 2**63 - 1


# As servers answer what we ask for: thousands of times a look, so it is read in one go.
_USUAL_SIZE = re.compile(
    rb"\d{1,10} FETCH \(UID ([1-9]\d{0,8}) RFC822\.SIZE (\d{1,18}) INTERNALDATE \"([^\"\\]*)\"\)\Z"
)
_USUAL_BODY = re.compile(rb"\d{1,10} FETCH \(UID ([1-9]\d{0,8}) BODY\[\] \Z")


def fetched(response: Response) -> Fetched | None:
    """Of `* 12 FETCH (UID 7 RFC822.SIZE 44827 BODY[] {..})`; None when it is no FETCH, or one
    without a UID (the server tells flags that somebody changed). Raises `ReplyError`."""
    return _usual(response) or _any_fetched(response)


def _usual(response: Response) -> Fetched | None:
    """The answer in its usual form; None for one in any other."""
    if len(response) == 1:
        size = _USUAL_SIZE.match(response[0])
        if size is None:
            return None
        return Fetched(int(size[1]), int(size[2]), internal_date(size[3]), None, None)
    if len(response) != 3 or response[2] != b")":
        return None
    body = _USUAL_BODY.match(response[0])
    return None if body is None else Fetched(int(body[1]), None, None, response[1], None)


def _any_fetched(response: Response) -> Fetched | None:
    which = numbered(response)
    if which is None or which[1] != "FETCH":
        return None
    items = _items(response)
    if b"UID" not in items:
        return None
    body: bytes | None = None
    origin: int | None = None
    for name, value in items.items():
        found = _BODY.match(name)
        if found is not None and isinstance(value, bytes):
            body = value
            origin = int(found.group(1)) if found.group(1) is not None else None
    size = items.get(b"RFC822.SIZE", b"")
    return Fetched(
        uid=_number(items[b"UID"], low=1),
        octets=NO_SIZE if size is None else _number(size, high=_SIZE_MAX) if size else None,
        internal_date=internal_date(items.get(b"INTERNALDATE")),
        body=body,
        origin=origin,
    )


def internal_date(value: object) -> datetime | None:
    """`17-Jul-1996 02:44:25 -0700` (RFC 3501 §9 date-time) in UTC; None if it is none."""
    found = _DATE.match(value) if isinstance(value, bytes) else None
    if found is None or found.group(2).lower() not in _MONTHS:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = found.groups()
    zone = timedelta(hours=int(zone_hours), minutes=int(zone_minutes))
    try:
        return datetime(
            int(year),
            _MONTHS.index(month.lower()) + 1,
            int(day),
            int(hour),
            int(minute),
            min(int(second), 59),
            tzinfo=timezone(-zone if sign == b"-" else zone),
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def search_date(day: date) -> str:
    """`1-Feb-1994` of RFC 3501 §6.4.4, whatever the locale."""
    return f"{day.day}-{_MONTHS[day.month - 1].decode().capitalize()}-{day.year:04}"


def _items(response: Response) -> dict[bytes, _Token]:
    """Name -> value of the list behind FETCH; a value that is a list itself (FLAGS) is None."""
    tokens = _tokens(response)
    if len(tokens) < 4 or tokens[2] is not _OPEN or tokens[-1] is not _CLOSE:
        raise ReplyError("a FETCH without its list")
    items: dict[bytes, _Token] = {}
    at, end = 3, len(tokens) - 1
    while at < end:
        name = tokens[at]
        if not isinstance(name, bytes) or at + 1 >= end:
            raise ReplyError("a FETCH whose list is in disorder")
        value = tokens[at + 1]
        at += 2
        if value is _OPEN:
            at, value = _after_list(tokens, at, end), None
        elif value is _CLOSE:
            raise ReplyError("a FETCH whose list is in disorder")
        items.setdefault(name.upper(), value)
    return items


def _after_list(tokens: list[_Token], at: int, end: int) -> int:
    depth = 1
    while depth:
        if at >= end:
            raise ReplyError("a FETCH whose parentheses do not match")
        depth += (tokens[at] is _OPEN) - (tokens[at] is _CLOSE)
        at += 1
    return at


def _tokens(response: Response) -> list[_Token]:
    tokens: list[_Token] = []
    for index, part in enumerate(response):
        if index % 2:
            tokens.append(part)
        else:
            _tokens_of_text(part, tokens)
    return tokens


def _tokens_of_text(text: bytes, tokens: list[_Token]) -> None:
    at, text = 0, text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ReplyError("a FETCH that cannot be read")
        at = found.end()
        if found["open"]:
            tokens.append(_OPEN)
        elif found["close"]:
            tokens.append(_CLOSE)
        elif found["atom"] is not None:
            tokens.append(None if found["atom"].upper() == b"NIL" else found["atom"])
        else:
            tokens.append(re.sub(rb"\\(.)", rb"\1", found["quoted"], flags=re.DOTALL))
