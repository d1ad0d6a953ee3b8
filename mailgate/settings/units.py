"""Values that settings are written in: durations, sizes, addresses to listen on.

Each reader takes what TOML gave and raises ValueError with a sentence for the operator.
"""

import ipaddress
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import PlainValidator

from mailgate.mail.address import Address, AddressError, canonical_domain, parse_path
from mailgate.model.traffic import Rate
from mailgate.settings.sizes import read_size, shown

_DURATION = re.compile(r"(\d{1,9})(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")


@dataclass(frozen=True, slots=True)
class Kind:
    """How the documentation calls what a field takes."""

    text: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            f"{shown(value)} is no duration; write a whole number and s, m, h or d, "
            'such as "90s", "10m" or "30d"'
        )
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def read_duration_or_never(value: object) -> timedelta | None:
    """None is never."""
    return None if value is None or value == "never" else read_duration(value)


def read_address(value: object) -> Address:
    if isinstance(value, Address):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is no address; write it as text in quotes")  # noqa: TRY004  pydantic wants ValueError
    try:
        return parse_path(value)
    except AddressError as error:
        raise ValueError(f"{shown(value)} is no address: {error}") from None


def read_endpoint(value: object) -> Endpoint:
    if isinstance(value, Endpoint):
        return value
    text = value if isinstance(value, str) else ""
    host, colon, port = text.rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    is_number = port.isascii() and port.isdigit()
    if colon and _is_ip(host) and is_number and int(port[-6:]) > 65535:
        raise ValueError(f"{shown(value)} has a port that is too large; write 65535 or less")
    if not (colon and _is_ip(host) and is_number and len(port) <= 5):
        raise ValueError(
            f"{shown(value)} is nothing to listen on; write IP:PORT such as "
            '"127.0.0.1:2525", "[::1]:2525" or "0.0.0.0:25"'
        )
    return Endpoint(host, int(port))


def read_network(value: object) -> Network:
    if isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network):
        return value
    try:
        if isinstance(value, str):
            return ipaddress.ip_network(value)
    except ValueError:
        pass
    raise ValueError(
        f'{shown(value)} is no network; write it such as "10.0.0.0/8", "192.0.2.7" or '
        '"2001:db8::/32" (no bits set behind the prefix)'
    )


def read_host_name(value: object) -> str:
    if isinstance(value, str) and len(value) <= 253 and _HOST_NAME.fullmatch(value):
        return value.lower()
    raise ValueError(f'{shown(value)} is no host name; write a full one such as "mail.example.com"')


def read_domain(value: object) -> str:
    """A domain of addresses, in its canonical form (A-labels)."""
    if isinstance(value, str) and not value.startswith("["):
        with suppress(ValueError):
            return read_host_name(canonical_domain(value))
    raise ValueError(f'{shown(value)} is no domain; write one such as "example.com"')


def read_host(value: object) -> str:
    if isinstance(value, str) and _is_ip(value):
        return value
    return read_host_name(value)


def read_rate(value: object) -> Rate:
    """How much in ten minutes, in an hour and in a day."""
    if isinstance(value, Rate):
        return value
    given = list(value) if isinstance(value, list | tuple) else []
    numbers = [one for one in given if isinstance(one, int) and not isinstance(one, bool)]
    if len(numbers) != len(given) or len(numbers) != 3 or not all(1 <= n <= 10**9 for n in numbers):
        raise ValueError(
            f"{shown(given or value)} is no limit; write three whole numbers from 1 on: how many "
            "in ten minutes, in an hour and in a day, such as [20, 60, 200]"
        )
    return Rate(*numbers)


def read_sender(value: object) -> Address | str:
    """An address, or a domain in its canonical form."""
    if isinstance(value, str) and value.startswith("@"):
        value = value.removeprefix("@")  # as many write a domain
    elif isinstance(value, Address) or (isinstance(value, str) and "@" in value):
        return read_address(value)
    try:
        return canonical_domain(value) if isinstance(value, str) else read_host_name(value)
    except ValueError:
        raise ValueError(
            f"{shown(value)} is neither an address nor a domain; write it such as "
            '"orders@shop.example" or "shop.example"'
        ) from None


def read_timezone(value: object) -> str:
    # "UTC" is known without the system's time zone data; the rest is not.
    if value == "UTC":
        return "UTC"
    try:
        if isinstance(value, str):
            return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        pass
    raise ValueError(
        f'{shown(value)} is no time zone of this machine; write a name such as "Asia/Seoul"'
    )


def read_path(value: object) -> Path:
    if isinstance(value, Path):
        return value
    if isinstance(value, str) and value and "\0" not in value:
        return Path(value)
    raise ValueError(f'{shown(value)} is no path; write one such as "var/secret.key"')


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


Duration = Annotated[timedelta, PlainValidator(read_duration), Kind('duration, such as "30d"')]
NEVER_KIND = 'duration, or "never"'
DurationOrNever = Annotated[
    timedelta | None, PlainValidator(read_duration_or_never), Kind(NEVER_KIND)
]
SIZE_KIND = 'size, such as "25MB"'
Size = Annotated[int, PlainValidator(read_size), Kind(SIZE_KIND)]
MailAddress = Annotated[Address, PlainValidator(read_address), Kind("address")]
Listening = Annotated[Endpoint, PlainValidator(read_endpoint), Kind("IP:PORT")]
IpNetwork = Annotated[Network, PlainValidator(read_network), Kind("network")]
HostName = Annotated[str, PlainValidator(read_host_name), Kind("host name")]
Domain = Annotated[str, PlainValidator(read_domain), Kind("domain")]
Host = Annotated[str, PlainValidator(read_host), Kind("host name or IP address")]
TimeZone = Annotated[str, PlainValidator(read_timezone), Kind("time zone")]
FilePath = Annotated[Path, PlainValidator(read_path), Kind("path")]
Limit = Annotated[Rate, PlainValidator(read_rate), Kind("[10 minutes, hour, day]")]
SenderName = Annotated[Address | str, PlainValidator(read_sender), Kind("address or domain")]
