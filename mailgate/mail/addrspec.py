"""One addr-spec as it arrives (RFC 5322 §3.4.1): comments, routes and schemes around it are
taken off, and said to have been there.

Text here is octets, one a character (latin-1); what is in UTF-8 is read at the end.
"""

import re

from mailgate.mail.address import Address, AddressError, canonical_domain, quote

MAX_LOCALPART_OCTETS = 256
"""Longer than RFC 5321's 64: a reader keeps what a sender can't mend."""

_BLANKS = " \t\r\n"
_QUOTE_STOP = re.compile(r'["\\]')
_COMMENT_STOP = re.compile(r"[()\\]")
_PLAIN_LOCALPART = re.compile(r"[^\"(),:;<>@\[\]\\\x00-\x20\x7f]+")
_SCHEME = re.compile(r"(?:mailto|smtp):", re.IGNORECASE)
_DOT_BLANKS = re.compile(r"(?<![ \t\r\n])[ \t\r\n]*+\.[ \t\r\n]*+")
"""From the first blank of a run alone: from each of them 60,000 blanks take seconds."""
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_ENCODED_WORD = re.compile(r"=\?[^?]{1,60}\?[bBqQ]\?")
_INVISIBLE = re.compile("[\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u2069\ufeff]+")
"""What comes along when an address is copied from a web page."""
UNSAFE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read_spec(spec: str) -> tuple[Address | None, bool]:
    """(the address, whether it can be read in one way only)."""
    bare = _bare(spec)
    localpart, at, domain = bare.rpartition("@")
    left, right = localpart.strip(_BLANKS), domain.strip(_BLANKS).rstrip(".")
    try:
        settled, name = _localpart(left), canonical_domain(_utf8(right))
    except (AddressError, UnicodeError):
        return _without_invisible(spec), False
    exact = bare == spec.strip(_BLANKS) and bool(at) and left == localpart and right == domain
    return Address(settled, name), exact and "@" not in settled and not _ENCODED_WORD.search(spec)


def closing_quote(text: str, start: int) -> int:
    """The quote that ends a quoted string, -1 when there is none."""
    while stop := _QUOTE_STOP.search(text, start):
        if stop[0] == '"':
            return stop.start()
        start = stop.end() + 1
    return -1


def closing_parenthesis(text: str, start: int) -> int:
    """The parenthesis that closes a comment, nested ones counted; -1 when there is none."""
    depth = 1
    while stop := _COMMENT_STOP.search(text, start):
        start = stop.end()
        if stop[0] == "\\":
            start += 1
            continue
        depth += 1 if stop[0] == "(" else -1
        if depth == 0:
            return stop.start()
    return -1


def unescaped(text: str) -> str:
    """A quoted string or comment without its quoted-pairs (RFC 5322 §3.2.1)."""
    return _QUOTED_PAIR.sub(r"\1", text) if "\\" in text else text


def _bare(spec: str) -> str:
    """Without what may stand around an addr-spec or within it, and is no part of it."""
    spec = spec.strip(_BLANKS).removeprefix("[")  # `Hong [a@b.kr]`, as Outlook quotes a mail
    if "(" in spec and not spec.startswith('"'):
        spec = _without_comments(spec)
    if spec.startswith("@") and ":" in spec:
        spec = spec.rpartition(":")[2]  # a source route (RFC 5321 appendix C)
    if scheme := _SCHEME.match(spec):
        spec = spec[scheme.end() :].partition("?")[0]
    if " ." in spec or ". " in spec:
        spec = _DOT_BLANKS.sub(".", spec)  # `jdoe@test   . example` (RFC 5322 appendix A.6.3)
    if len(spec) > 2 and spec[0] == spec[-1] == "'":
        spec = spec[1:-1]  # Outlook, of an address that nobody named
    return spec


def _without_comments(spec: str) -> str:
    """`pete(his account)@silly.test(his host)` (RFC 5322 appendix A.5)."""
    kept: list[str] = []
    position = 0
    while (start := spec.find("(", position)) >= 0:
        end = closing_parenthesis(spec, start + 1)
        if end < 0:
            break
        kept.append(spec[position:start])
        position = end + 1
    return "".join([*kept, spec[position:]]).strip(_BLANKS)


def _localpart(raw: str) -> str:
    """Real mailboxes break the dot-atom rule (`a.@docomo.ne.jp`): kept. Raises AddressError."""
    if len(raw) > MAX_LOCALPART_OCTETS:
        raise AddressError("the part before the @ is too long")
    if _PLAIN_LOCALPART.fullmatch(raw):
        return _utf8(raw)
    plain = unescaped(raw[1:-1]) if len(raw) > 2 and raw[0] == raw[-1] == '"' else ""
    if not plain or UNSAFE.search(plain):
        raise AddressError("the part before the @ can't be one")
    return _utf8(plain) if _PLAIN_LOCALPART.fullmatch(plain) else quote(_utf8(plain))


def _utf8(raw: str) -> str:
    """RFC 6532: the 8-bit octets of an address are UTF-8. Raises UnicodeError, AddressError."""
    if raw.isascii():
        return raw
    text = raw.encode("latin-1").decode("utf-8")
    if not text.isprintable():
        raise AddressError("an address holds a character that can't be shown")
    return text


def _without_invisible(spec: str) -> Address | None:
    """The address that people see when invisible characters stand in it."""
    if spec.isascii():
        return None
    try:
        text = spec.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None
    seen = _INVISIBLE.sub("", text)
    return read_spec(seen.encode().decode("latin-1"))[0] if seen != text else None
