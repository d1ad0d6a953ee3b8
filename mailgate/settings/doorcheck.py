"""What a `[[listen]]` cannot say of one value alone: who may log in, who speaks for others."""

from collections.abc import Iterator
from pathlib import Path

from mailgate.settings.errors import Problem
from mailgate.settings.listeners import ListenSettings
from mailgate.settings.passwords import PasswordError, read_hash


def listener_problems(index: int, entry: ListenSettings) -> Iterator[Problem]:
    """AUTH without TLS, a balancer that nobody named, more places kept than there are."""
    if entry.auth and entry.tls == "none":
        yield Problem(
            ("listen", index, "auth"),
            'a password would go over the network in clear; set tls to "starttls" or "implicit"',
        )
    if entry.auth and entry.protocol == "lmtp":
        yield Problem(("listen", index, "auth"), "agents log in by SMTP; leave it out for LMTP")
    if entry.auth_required and not entry.auth:
        yield Problem(
            ("listen", index, "auth_required"), "nobody can log in here; write auth = true too"
        )
    if entry.proxy_protocol and not (entry.proxy_networks or entry.trusted_networks):
        yield Problem(
            ("listen", index, "proxy_protocol"),
            "nobody's PROXY header would be believed; name the balancers in proxy_networks",
        )
    if entry.proxy_networks and not entry.proxy_protocol:
        yield Problem(
            ("listen", index, "proxy_networks"),
            "is not used without proxy_protocol = true; add it or leave this out",
        )
    if entry.reserved_connections >= entry.connections:
        yield Problem(
            ("listen", index, "reserved_connections"),
            "leaves no place for anybody else; write less than connections",
        )


def password_problems(index: int, file: Path | None) -> Iterator[Problem]:
    """A password_file that holds no line of ours; one that cannot be read is told elsewhere."""
    if file is None:
        return
    try:
        read_hash(file.read_text("ascii", "replace"))
    except OSError:
        return
    except PasswordError as error:
        yield Problem(
            ("agent", index, "password_file"),
            f"{file} holds {error}; run it and put what it prints into the file",
        )
