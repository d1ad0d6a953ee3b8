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
_PAIR = re.compile(r'([A-Za-z0-9][A-Za-z0-9._-]{0,60})(?:/\d{1,3})?[ \t]*=[ \t]*("[^"]*"|[^\s;]+)')


def read_authentication_results(header: Header) -> tuple[AuthenticationResults, ...]:
    """Every readable Authentication-Results field, from the top; one over 4 KB is ignored."""
    found: list[AuthenticationResults] = []
    received = 0
    for field in header.fields:
        if field.name == "received":
            received += 1
        elif field.name == "authentication-results" and len(field.value) <= MAX_OCTETS:
            found.append(read_results(field.value, received))
            if len(found) == MAX_FIELDS:
                break
    return tuple(found)


def read_results(value: bytes, received: int = 0) -> AuthenticationResults:
    """One field by its unfolded value, under so many Received fields."""
    segments = _segments(clean_header(value.decode("utf-8", "replace")))
    authserv_id = ""
    if segments and "=" not in segments[0]:
        authserv_id = next(iter(segments[0].split()), "").casefold()
        segments = segments[1:]
    results = [result for segment in segments if (result := _result(segment))]
    return AuthenticationResults(authserv_id, tuple(results), received)


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


def _result(segment: str) -> AuthResult | None:
    """`dkim=pass reason="good" header.d=acme.example`."""
    pairs = [(name.casefold(), value.strip('"')) for name, value in _PAIR.findall(segment)]
    if not pairs:
        return None
    (method, result), *properties = pairs
    return AuthResult(method, result.casefold(), tuple(properties))
