"""`[authentication]`: how it is found out who a mail is from."""

from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated

from pydantic import Field, PlainValidator

from mailgate.settings.section import Section
from mailgate.settings.sizes import shown
from mailgate.settings.units import Endpoint, HostName, Kind, read_duration, read_endpoint

_DNS_PORT = 53


def read_nameserver(value: object) -> Endpoint:
    """An IP address, or one with a port."""
    if isinstance(value, str):
        try:
            return Endpoint(str(ip_address(value)), _DNS_PORT)
        except ValueError:
            pass
    try:
        return read_endpoint(value)
    except ValueError:
        raise ValueError(
            f'{shown(value)} is no name server; write its IP address, such as "192.0.2.53" or '
            '"127.0.0.1:5353"'
        ) from None


def read_patience(value: object) -> timedelta:
    """A duration that neither makes every question fail nor holds up the rest."""
    duration = read_duration(value)
    if not timedelta(seconds=1) <= duration <= timedelta(seconds=30):
        raise ValueError(f'{shown(value)} is not from 1s to 30s; write such as "5s"')
    return duration


Patience = Annotated[timedelta, PlainValidator(read_patience), Kind('duration, such as "5s"')]
NameServer = Annotated[Endpoint, PlainValidator(read_nameserver), Kind("IP or IP:PORT")]


class AuthenticationSettings(Section):
    """How it is found out who a mail is from, where no server of threading.trusted_authserv_ids
    has said so. See docs/operators/authentication.md."""

    verify: bool = Field(
        default=True,
        description="Check DKIM signatures, SPF and DMARC; it asks the DNS for the senders' "
        "domains.",
    )
    trusted_arc_sealers: tuple[HostName, ...] = Field(
        (),
        description="Domains of forwarders whose word is believed for what they changed (ARC).",
        examples=[["google.com"]],
    )
    nameservers: tuple[NameServer, ...] = Field(
        (),
        description="The DNS servers to ask, in this order; the ones of this machine without.",
        examples=[["192.0.2.53", "127.0.0.1:5353"]],
    )
    timeout: Patience = Field(
        timedelta(seconds=5), description="How long one mail may wait for the DNS."
    )
