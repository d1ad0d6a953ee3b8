"""Reads the command lines of SMTP and LMTP (RFC 5321 §4.1.1). Pure.

Envelope addresses go through `mailgate.mail.address` alone: aiosmtpd's own parser decodes
RFC 2047 words, so that CR and LF reach the envelope (cpython issue 152519).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from mailgate.ingest.respond import (
    BAD_ARGUMENT,
    BARE_NEWLINE_IN_COMMAND,
    SYNTAX,
    UNKNOWN_PARAMETER,
    RefusalReason,
    Reply,
)
from mailgate.mail.address import (
    MAX_LOCALPART,
    Address,
    AddressError,
    ReversePath,
    UnknownReversePath,
    parse_path,
    parse_reverse_path,
)

# A domain, an address literal, or what careless clients call themselves; printable ASCII.
_HELLO = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}\Z", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,20}\Z", re.ASCII)
_XTEXT = re.compile(r"(?:<>|(?:[!-*,-<>-~]|\+[0-9A-F]{2})+)\Z", re.ASCII)
HTTP_METHODS = frozenset(
    {"GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE"}
)
"""A browser or a scanner: it will never speak SMTP, and what it says next can be a mail in
disguise (cross-protocol requests)."""
_REMEMBERED = 1024
"""Lines and paths: relays say the same again and again. A few megabytes at most."""
_ODD_DOTS = re.compile(
    r"(?=[^.])(?=.*(?:\.\.|\.\Z))[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}", re.ASCII
)
_RELAY_SIGNS = frozenset("%!@")


class Line(NamedTuple):
    """A command line: the verb in capitals, what follows it, None when nothing does."""

    verb: str
    argument: str | None


@dataclass(frozen=True, slots=True)
class BadLine:
    """No command. `fatal`: the client ends lines in a way of its own, and what we would
    read next is not what it means (RFC 5321 §2.3.8)."""

    reply: Reply
    fatal: bool = False


def read_line(raw: bytes) -> Line | BadLine:
    """A line with its line end."""
    if not raw.endswith(b"\r\n") or b"\r" in raw[:-2]:
        return BadLine(BARE_NEWLINE_IN_COMMAND, fatal=True)
    try:
        text = raw[:-2].decode()
    except UnicodeDecodeError:
        return BadLine(SYNTAX)
    verb, _, argument = text.partition(" ")
    if not verb.isascii() or not verb:
        return BadLine(SYNTAX)
    return Line(verb.upper(), argument.strip() or None)


read_known_line = lru_cache(_REMEMBERED)(read_line)
"""The same, remembered: for doors where no line can hold a password."""


def is_hello(argument: str | None) -> bool:
    """Whether this can stand behind EHLO, HELO or LHLO (RFC 5321 §4.1.1.1)."""
    return argument is not None and _HELLO.match(argument) is not None


@dataclass(frozen=True, slots=True)
class MailCommand:
    """MAIL (RFC 5321 §4.1.1.2). `size` is what SIZE= announced (RFC 1870), None without."""

    reverse_path: ReversePath
    size: int | None
    smtputf8: bool


@lru_cache(_REMEMBERED)
def read_mail(
    argument: str | None, *, extended: bool, auth: bool = False
) -> MailCommand | Reply | RefusalReason:
    """The argument of MAIL. `extended` after EHLO or LHLO: only then parameters are known.
    `auth` where AUTH is offered."""
    read = _after_keyword("FROM:", argument, extended=extended)
    if isinstance(read, Reply):
        return read
    if read is None:
        return RefusalReason.BAD_SENDER
    path, words = read
    parameters = _mail_parameters(words, auth=auth)
    if isinstance(parameters, Reply):
        return parameters
    size, smtputf8 = parameters
    if not smtputf8 and not path.isascii():
        return RefusalReason.NON_ASCII_ADDRESS
    try:
        reverse_path = _international(path) or _with_odd_dots(path) or parse_reverse_path(path)
    except AddressError:
        return RefusalReason.BAD_SENDER
    return MailCommand(reverse_path, size, smtputf8)


def _with_odd_dots(path: str) -> ReversePath | None:
    """Unknown for a localpart like `a..b` or `a.`, if its domain is one: RFC 5321 §4.1.2 knows
    none, but mobile carriers gave them out, and their owners are customers. Raises AddressError."""
    localpart, _, domain = path.rpartition("@")
    if not _ODD_DOTS.fullmatch(localpart):
        return None
    parse_path(f"x@{domain}")
    return UnknownReversePath()


@lru_cache(_REMEMBERED)
def read_rcpt(
    argument: str | None, *, extended: bool, smtputf8: bool, hostname: str
) -> Address | Reply | RefusalReason:
    """The argument of RCPT (RFC 5321 §4.1.1.3). A bare Postmaster is ours (§4.5.1)."""
    read = _after_keyword("TO:", argument, extended=extended)
    if isinstance(read, Reply):
        return read
    if read is None:
        return RefusalReason.BAD_RECIPIENT
    path, parameters = read
    if parameters:
        return UNKNOWN_PARAMETER
    if path.casefold() == "postmaster":
        path = f"{path}@{hostname}"
    if not smtputf8 and not path.isascii():
        return RefusalReason.NON_ASCII_ADDRESS
    try:
        address = _international(path) or parse_path(path)
    except AddressError:
        return RefusalReason.BAD_RECIPIENT
    if not _RELAY_SIGNS.isdisjoint(address.localpart):
        return RefusalReason.RELAY
    return address


def _international(path: str) -> Address | None:
    """An address whose localpart needs SMTPUTF8 (RFC 6531 §3.3), None for any other: beyond
    ASCII every printable character is an atom's. Raises AddressError."""
    localpart, _, domain = path.rpartition("@")
    if localpart.isascii() or not localpart.isprintable():
        return None
    if len(localpart.encode()) > MAX_LOCALPART:
        raise AddressError(f"the part before the @ is longer than {MAX_LOCALPART} octets")
    shape = "".join(each if each.isascii() else "x" for each in localpart)
    return Address(localpart, parse_path(f"{shape}@{domain}").domain)


def _after_keyword(
    keyword: str, argument: str | None, *, extended: bool
) -> tuple[str, list[str]] | Reply | None:
    """The path without its brackets, and the parameters; None when the path is malformed."""
    if argument is None or argument[: len(keyword)].upper() != keyword:
        return BAD_ARGUMENT
    # Clients that put a space after the colon are many, and there is only one reading.
    text = argument[len(keyword) :].lstrip(" ")
    end = _end_of_path(text)
    if end is None:
        return None
    rest = text[end + 1 :]
    if rest and not rest.startswith(" "):
        return None
    parameters = rest.split()
    if parameters and not extended:
        return BAD_ARGUMENT
    return text[1:end], parameters


def _end_of_path(text: str) -> int | None:
    """Where the `>` stands that closes the path: one inside quotes does not."""
    if not text.startswith("<"):
        return None
    if '"' not in text:
        return text.find(">") if ">" in text else None
    quoted = escaped = False
    for at, character in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif character == ">" and not quoted:
            return at
    return None


def _mail_parameters(parameters: list[str], *, auth: bool) -> tuple[int | None, bool] | Reply:
    size: int | None = None
    smtputf8 = False
    for parameter in parameters:
        keyword, equals, value = parameter.partition("=")
        match keyword.upper():
            case "SIZE" if _DIGITS.match(value):
                size = int(value)
            case "BODY" if value.upper() in {"7BIT", "8BITMIME"}:
                pass
            case "SMTPUTF8" if not equals:
                smtputf8 = True
            case "AUTH" if auth and _XTEXT.match(value):
                pass  # RFC 4954 §5: who it was said to be from elsewhere; believed of nobody
            case "SIZE" | "BODY" | "SMTPUTF8":
                return BAD_ARGUMENT
            case _:
                return UNKNOWN_PARAMETER
    return size, smtputf8
