"""Names and sets as IMAP wants them on a command line (RFC 3501 §4.3, §5.1.3, §9). Pure."""

import base64
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

_NAME_OCTETS = 1000
"""RFC 2683 §3.2.1.5: a command line is kept short."""

_ENDS_LINE = re.compile(r"[\x00\r\n]")
_DIRECT = re.compile(r"[\x20-\x7e]+|[^\x20-\x7e]+")


class NameRefused(ValueError):
    """A name that cannot be said to a server."""


def mailbox_name(name: str) -> str:
    """The folder's name as an argument: modified UTF-7, quoted. Raises `NameRefused`."""
    if not name:
        raise NameRefused("a folder needs a name")
    encoded = modified_utf7(name)
    if len(encoded) > _NAME_OCTETS:
        raise NameRefused(f"a folder's name has at most {_NAME_OCTETS} octets")
    return quoted(encoded)


def modified_utf7(name: str) -> str:
    """RFC 3501 §5.1.3: printable US-ASCII is itself, `&` is `&-`, and the rest is BASE64 of
    UTF-16BE with `,` for `/` and without padding, between `&` and `-`. Raises `NameRefused`."""
    if _ENDS_LINE.search(name):
        raise NameRefused("NUL, CR and LF cannot stand in a folder's name")
    return "".join(
        run.replace("&", "&-") if " " <= run[0] <= "~" else _shifted(run)
        for run in _DIRECT.findall(name)
    )


def _shifted(run: str) -> str:
    try:
        octets = run.encode("utf-16-be")
    except UnicodeEncodeError as error:
        raise NameRefused("a folder's name is no Unicode text") from error
    return "&" + base64.b64encode(octets).decode().rstrip("=").replace("/", ",") + "-"


def quoted(text: str) -> str:
    """A quoted string. Raises `NameRefused` for what cannot stand in one: NUL, CR, LF, and
    what is not US-ASCII (that needs `literal_octets`)."""
    if _ENDS_LINE.search(text):
        raise NameRefused("NUL, CR and LF cannot be said in a quoted string")
    if not text.isascii():
        raise NameRefused("only US-ASCII can be said in a quoted string")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def literal_octets(text: str) -> bytes:
    """What follows `{n}`, in UTF-8. A literal could hold CR and LF, but no user and no password
    does: they come from a file with a line too many. Raises `NameRefused`."""
    if _ENDS_LINE.search(text):
        raise NameRefused("NUL, CR and LF cannot stand in a user or a password")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise NameRefused("a user or a password is no Unicode text") from error


def uid_set(uids: Iterable[int]) -> str:
    """`1:3,7` of ascending UIDs; a range names none but these."""
    ranges: list[str] = []
    for _, run in itertools.groupby(enumerate(uids), lambda pair: pair[1] - pair[0]):
        members = [uid for _, uid in run]
        first, last = members[0], members[-1]
        ranges.append(str(first) if first == last else f"{first}:{last}")
    return ",".join(ranges)


def chunks(uids: Sequence[int], count: int) -> Iterator[Sequence[int]]:
    """At most `count` of them at a time, ascending, each once."""
    ascending = sorted(set(uids))
    for start in range(0, len(ascending), count):
        yield ascending[start : start + count]
