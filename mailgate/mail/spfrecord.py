"""The grammar of an SPF record (RFC 7208 §4.6.1 and §12). A record with a mistake anywhere is
none at all, so the whole of it is read before anything is asked."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from mailgate.mail.dkimtags import malformed
from mailgate.mail.proofs import ProofResult

MAX_RECORD = 16 * 1024
"""Characters. One that fits a UDP answer has 450."""

_VERSION = "v=spf1"
_QUALIFIERS = {
    "+": ProofResult.PASS,
    "-": ProofResult.FAIL,
    "~": ProofResult.SOFTFAIL,
    "?": ProofResult.NEUTRAL,
}
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*+)=(.*)")
_DIRECTIVE = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9]*+)(?::(.*)|(/.*))?")
_CIDR = re.compile(r"([^/]*+(?:/[^/0-9][^/]*+)*+)(?:/(0|[1-9][0-9]?))?(?://(0|[1-9][0-9]{0,2}))?")
_BITS = re.compile(r"0|[1-9][0-9]{0,2}")
_MACRO_TEXT = re.compile(
    r"(?:%\{[slodiphcrtv][0-9]{0,3}r?[.+,/_=-]*+\}|%[%_-]|[!-$&-~])*+", re.IGNORECASE
)
_MACRO_END = re.compile(r".*(?:\}|%[%_-])", re.DOTALL)
_TOP_LABEL = re.compile(r".*\.(?![0-9]+\.?\Z)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?")
_EXPLANATION_MACRO = re.compile(r"%\{[crt]", re.IGNORECASE)
_ZERO_LABELS = re.compile(r"%\{[a-z]0+[^0-9]", re.IGNORECASE)


class Kind(StrEnum):
    """The mechanisms (RFC 7208 §5)."""

    ALL = "all"
    INCLUDE = "include"
    A = "a"
    MX = "mx"
    PTR = "ptr"
    IP4 = "ip4"
    IP6 = "ip6"
    EXISTS = "exists"


_KINDS = {kind.value: kind for kind in Kind}
_WITH_NAME = frozenset([Kind.INCLUDE, Kind.EXISTS])
"""What means nothing without a name."""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """`spec` is the domain-spec before its macros are expanded, "" for the domain itself."""

    result: ProofResult
    kind: Kind
    spec: str = ""
    bits4: int = 32
    bits6: int = 128
    network: IPv4Network | IPv6Network | None = None


@dataclass(frozen=True, slots=True)
class Record:
    mechanisms: tuple[Mechanism, ...]
    redirect: str | None


def is_spf(text: str) -> bool:
    """RFC 7208 §4.5: the version is a whole word."""
    return text[: len(_VERSION) + 1].lower() in {_VERSION, f"{_VERSION} "}


def read_record(text: str) -> Record:
    """The record after its version. Raises Refused (permerror)."""
    if len(text) > MAX_RECORD or not text.isascii():
        raise malformed("the SPF record is too long or not ASCII")
    return _record(text)


@lru_cache(maxsize=128)
def _record(text: str) -> Record:
    mechanisms: list[Mechanism] = []
    modifiers: dict[str, str] = {}
    for term in filter(None, text[len(_VERSION) :].split(" ")):
        if modifier := _MODIFIER.fullmatch(term):
            _modify(modifiers, modifier[1].lower(), modifier[2])
        else:
            mechanisms.append(_mechanism(term))
    return Record(tuple(mechanisms), modifiers.get("redirect"))


def _modify(modifiers: dict[str, str], name: str, value: str) -> None:
    """RFC 7208 §6: two are known, each once; of the others the grammar alone."""
    if name not in {"redirect", "exp"}:
        if not _MACRO_TEXT.fullmatch(value):
            raise malformed("the SPF record has a modifier that is none")
        return
    if name in modifiers:
        raise malformed(f"the SPF record has {name}= twice")
    _check_spec(value, explains=name == "exp")
    modifiers[name] = value


def _mechanism(term: str) -> Mechanism:
    read = _DIRECTIVE.fullmatch(term)
    kind = _KINDS.get(read[2].lower()) if read else None
    if read is None or kind is None:
        raise malformed("the SPF record has a term that is none")
    result = _QUALIFIERS[read[1] or "+"]
    spec, slash = read[3], read[4] or ""
    if kind in {Kind.IP4, Kind.IP6}:
        return Mechanism(result, kind, network=_network(kind, spec or ""))
    if kind in {Kind.A, Kind.MX}:
        return _with_cidr(result, kind, spec, slash)
    if slash or (spec is None and kind in _WITH_NAME) or (spec is not None and kind is Kind.ALL):
        raise malformed(f"the SPF record has a wrong {kind}")
    if spec is not None:
        _check_spec(spec)
    return Mechanism(result, kind, spec or "")


def _with_cidr(result: ProofResult, kind: Kind, spec: str | None, slash: str) -> Mechanism:
    """`a`, `a:mail.example.com`, `a/24`, `a:mail.example.com/24//64`."""
    read = _CIDR.fullmatch((spec or "") + slash)
    if read is None:
        raise malformed(f"the SPF record has a wrong {kind}")
    name, bits4, bits6 = read[1], int(read[2] or 32), int(read[3] or 128)
    if bits4 > 32 or bits6 > 128 or (spec is not None and not name):
        raise malformed(f"the SPF record has a wrong {kind}")
    if name:
        _check_spec(name)
    return Mechanism(result, kind, name, bits4, bits6)


def _network(kind: Kind, text: str) -> IPv4Network | IPv6Network:
    address, slash, bits = text.partition("/")
    plain = not slash or _BITS.fullmatch(bits)
    try:
        network = ip_network(text, strict=False) if plain and "%" not in address else None
    except ValueError:
        network = None
    if network is None or network.version != (4 if kind is Kind.IP4 else 6):
        raise malformed(f"the SPF record has a wrong {kind}")
    return network


def _check_spec(spec: str, *, explains: bool = False) -> None:
    """RFC 7208 §7.1: macros and visible characters, and at its end a macro or a top label."""
    good = _MACRO_TEXT.fullmatch(spec) and not _ZERO_LABELS.search(spec)
    ends = _MACRO_END.fullmatch(spec) or _TOP_LABEL.fullmatch(spec)
    if not good or not ends or (_EXPLANATION_MACRO.search(spec) and not explains):
        raise malformed("the SPF record has a name that is none")
