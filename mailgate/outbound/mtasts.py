"""MTA-STS (RFC 8461): what a domain says of its mail servers over HTTPS. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["BadPolicy", "Mode", "Policy", "policy_host", "read_id", "read_policy", "record_name"]

MAX_POLICY = 64 * 1024
"""Octets of a policy (RFC 8461 §3.2 suggests this limit)."""
MAX_AGE = 31557600
"""Seconds: a year (RFC 8461 §3.2)."""
_MAX_PATTERNS = 100

_VERSION = "STSv1"
_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_PATTERN = re.compile(r"(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")


class BadPolicy(ValueError):
    """The text is no policy."""


class Mode(StrEnum):
    """What is to be done where a server does not keep to the policy."""

    ENFORCE = "enforce"
    TESTING = "testing"
    """Nothing: the domain's owner wants reports, which mailgate does not write."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Policy:
    """`mx` are patterns in lower case; `max_age` in seconds from when it was fetched."""

    mode: Mode
    mx: tuple[str, ...]
    max_age: int

    def names(self, host: str) -> bool:
        """Whether the mail server is one of the domain's. `*.` stands for one label
        (RFC 8461 §4.1)."""
        name = host.lower().removesuffix(".")
        parent = name.partition(".")[2]
        return any(
            pattern == name or (parent != "" and pattern == f"*.{parent}") for pattern in self.mx
        )


def record_name(domain: str) -> str:
    """Where the TXT record stands that says there is a policy."""
    return f"_mta-sts.{domain}"


def policy_host(domain: str) -> str:
    """Who serves the policy, at `/.well-known/mta-sts.txt`."""
    return f"mta-sts.{domain}"


def read_id(texts: Iterable[str]) -> str | None:
    """The id of the policy, which changes with it; None without a record, and with two
    (RFC 8461 §3.1)."""
    records = [text for text in texts if text.partition(";")[0].rstrip() == f"v={_VERSION}"]
    if len(records) != 1:
        return None
    fields = (field.partition("=") for field in records[0].split(";"))
    found = next((value.strip() for name, _, value in fields if name.strip() == "id"), "")
    return found if _ID.fullmatch(found) else None


def read_policy(text: str) -> Policy:
    """Raises BadPolicy. Of a field that stands there twice the first counts, but for `mx`
    (RFC 8461 §3.2)."""
    fields: dict[str, str] = {}
    patterns: list[str] = []
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if not colon:
            continue
        name, value = name.strip(), value.strip()
        if name == "mx":
            patterns.append(value.lower().removesuffix("."))
        else:
            fields.setdefault(name, value)
    if fields.get("version") != _VERSION:
        raise BadPolicy("its version is not STSv1")
    try:
        mode = Mode(fields.get("mode", ""))
    except ValueError:
        raise BadPolicy("it has no mode") from None
    age = fields.get("max_age", "")
    if not re.fullmatch(r"[0-9]{1,10}", age):
        raise BadPolicy("it has no max_age")
    if mode is not Mode.NONE and not patterns:
        raise BadPolicy("it names no mail server")
    if len(patterns) > _MAX_PATTERNS or not all(map(_PATTERN.fullmatch, patterns)):
        raise BadPolicy("its mail servers cannot be read")
    return Policy(mode, tuple(dict.fromkeys(patterns)), min(int(age), MAX_AGE))
