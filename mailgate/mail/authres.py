"""Authentication-Results (RFC 8601) by a tolerant reader: what Microsoft writes has no
authserv-id, what strangers write has 3,000 parentheses. Whom to believe is decided elsewhere."""

import re

from mailgate.mail.clean import clean_header
from mailgate.mail.header import Header
from mailgate.mail.parsed import AuthenticationResults, AuthResult

MAX_OCTETS = 4096
MAX_FIELDS = 20

_STOP = re.compile(r"\\.|[()\";]", re.DOTALL)
"""What a comment or quoted string may begin or end with; a quoted-pair is neither."""
_PAIR = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._-]{0,60})(?:/\d{1,3})?[ \t]*=[ \t]*"
    r'((?:"(?:[^"\\]|\\.)*+"|[^\s;"]++)++)(?:\s++|$)',
    re.DOTALL,
)
"""A value is quoted strings and atoms up to the next blank: `"x@a.example"@b.example` is an
address at b.example (RFC 8601 §2.2, RFC 5321 §4.1.2)."""
_QUOTED = re.compile(r'"([^"\\@]*)"')
_MAX_HOPS = 8


def read_authentication_results(header: Header) -> tuple[AuthenticationResults, ...]:
    """Every readable Authentication-Results field, from the top; one over 4 KB is ignored."""
    found: list[AuthenticationResults] = []
    received = 0
    under: list[str] = []
    for field in header.fields:
        if field.name == "received":
            received += 1
            if received <= _MAX_HOPS:
                under.append(_written_by(field.value))
        elif field.name == "authentication-results" and len(field.value) <= MAX_OCTETS:
            found.append(read_results(field.value, received, tuple(under)))
            if len(found) == MAX_FIELDS:
                break
    return tuple(found)


def read_results(
    value: bytes, received: int = 0, under: tuple[str, ...] = ()
) -> AuthenticationResults:
    """One field by its unfolded value, under so many Received fields of such hosts."""
    segments = _segments(clean_header(value.decode("utf-8", "replace")))
    authserv_id = ""
    if segments and "=" not in segments[0]:
        authserv_id = next(iter(segments[0].split()), "").casefold()
        segments = segments[1:]
    results = [result for segment in segments if (result := _result(segment))]
    return AuthenticationResults(authserv_id, tuple(results), received, under)


def _segments(text: str) -> list[str]:
    """The parts between semicolons; comments go, quoted strings are left whole. What follows
    a comment or quote that never closes is not believed."""
    segments: list[str] = []
    current: list[str] = []
    depth, quoted, position = 0, False, 0
    for stop in _STOP.finditer(text):
        if not depth:
            current.append(text[position : stop.start()])
        position = stop.end()
        match stop[0]:
            case '"' if not depth:
                quoted = not quoted
                current.append('"')
            case "(" if not quoted:
                depth += 1
            case ")" if depth:
                depth -= 1
                if not depth:
                    current.append(" ")  # RFC 5322 §3.2.2: a comment parts words
            case ";" if not depth and not quoted:
                segments.append("".join(current))
                current = []
            case literal if not depth:
                current.append(literal)
            case _:
                pass  # in a comment
    if not depth and not quoted:
        segments.append("".join([*current, text[position:]]))
    return [segment.strip() for segment in segments if segment.strip()]


def domain_of(value: str) -> str:
    """The domain of an address or the domain that a property holds, "" when it tells none. What
    stands in quotes is no domain, whatever it looks like."""
    domain = value.strip().strip("<>").rpartition("@")[2].rstrip(".").lower()
    return "" if '"' in domain else domain


def _written_by(value: bytes) -> str:
    """The host that wrote a Received field (RFC 5321 §4.4), lower-case; "" when it cannot be
    told: what stands in `from` is the sender's word."""
    segments = _segments(clean_header(value[:MAX_OCTETS].decode("utf-8", "replace")))
    words = segments[0].split() if segments else []
    if words and words[0].lower() == "from":
        words = words[2:]
    by = words[1] if len(words) > 1 and words[0].lower() == "by" else ""
    return by.strip("[]").rstrip(".").lower()


def _result(segment: str) -> AuthResult | None:
    """`dkim=pass reason="good" header.d=acme.example`. What can be read in two ways is none: what
    stands beside its pairs, and a property that stands there twice."""
    pairs: list[tuple[str, str]] = []
    position = 0
    while position < len(segment):
        pair = _PAIR.match(segment, position)
        if pair is None:
            return None
        quoted = _QUOTED.fullmatch(pair[2])
        pairs.append((pair[1].casefold(), quoted[1] if quoted else pair[2]))
        position = pair.end()
    if not pairs or len({name for name, _ in pairs[1:]}) < len(pairs) - 1:
        return None
    (method, result), *properties = pairs
    return AuthResult(method, result.casefold(), tuple(properties))
