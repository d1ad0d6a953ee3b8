"""A few words of SMTP: enough to see who answers, what they offer and under which certificate.

Mail is never sent by it; the ways out are in `mailgate.outbound`.
"""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

_MAX_LINE = 4_096
_MAX_LINES = 100


class Unexpected(Exception):
    """The server did not say what SMTP asks for; one sentence."""


@dataclass(frozen=True, slots=True)
class Said:
    """A reply (RFC 5321 §4.2), one text a line."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.lines)[:200]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server shows. `names` are those that it is for."""

    names: tuple[str, ...]
    issuer: str
    begins: datetime
    ends: datetime


class Dialogue:
    """One connection. Whoever uses it bounds its time, and closes it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(
        cls,
        host: str,
        port: int,
        *,
        context: ssl.SSLContext | None = None,
        proxied: bool = False,
    ) -> Self:
        """With TLS from the beginning when `context` is given, behind a PROXY header for nobody
        else (UNKNOWN) when it is `proxied`. Raises OSError."""
        reader, writer = await asyncio.open_connection(host, port, limit=_MAX_LINE)
        try:
            if proxied:
                writer.write(b"PROXY UNKNOWN\r\n")
                await writer.drain()
            if context is not None:
                await writer.start_tls(context, server_hostname=host)
        except BaseException:
            writer.close()
            raise
        return cls(reader, writer)

    async def greeting(self) -> Said:
        """Raises Unexpected for a server that does not want us."""
        said = await self._reply()
        if said.code != 220:
            raise Unexpected(f"it greets with {said.code} {said.text}")
        return said

    async def hello(self, verb: str, name: str) -> dict[str, str]:
        """The keywords of EHLO or LHLO in upper case, each with what stands behind it."""
        said = await self.say(f"{verb} {name}")
        if said.code != 250:
            raise Unexpected(f"{verb} is answered with {said.code} {said.text}")
        pairs = (line.partition(" ") for line in said.lines[1:])
        return {keyword.upper(): rest for keyword, _, rest in pairs}

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Raises Unexpected when it is refused, ssl.SSLError when it fails."""
        said = await self.say("STARTTLS")
        if said.code != 220:
            raise Unexpected(f"STARTTLS is answered with {said.code} {said.text}")
        await self._writer.start_tls(context, server_hostname=host)

    async def say(self, command: str) -> Said:
        self._writer.write(command.encode() + b"\r\n")
        await self._writer.drain()
        return await self._reply()

    def certificate(self) -> Certificate | None:
        """What the server has shown; None without TLS."""
        tls = self._writer.get_extra_info("ssl_object")
        shown = None if tls is None else tls.getpeercert(binary_form=True)
        return None if shown is None else read_certificate(shown)

    def close(self) -> None:
        """Says goodbye and drops the connection."""
        if not self._writer.is_closing():
            self._writer.write(b"QUIT\r\n")
        self._writer.close()

    async def _reply(self) -> Said:
        lines: list[str] = []
        while len(lines) < _MAX_LINES:
            try:
                line = await self._reader.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                raise Unexpected("it closed the connection") from None
            except asyncio.LimitOverrunError:
                break
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if not (text[:3].isdigit() and text[:3].isascii()):
                raise Unexpected(f"it does not speak SMTP: {text[:80]!r}")
            lines.append(text[4:])
            if text[3:4] != "-":
                return Said(int(text[:3]), tuple(lines))
        raise Unexpected("its reply has no end")


def read_certificate(der: bytes) -> Certificate:
    """A certificate in DER."""
    from cryptography import x509  # noqa: PLC0415  heavy, and many a door has no TLS
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    found = x509.load_der_x509_certificate(der)
    try:
        alternatives = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = tuple(alternatives.get_values_for_type(x509.DNSName))
        names += tuple(map(str, alternatives.get_values_for_type(x509.IPAddress)))
    except x509.ExtensionNotFound:
        names = ()
    issuer = found.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Certificate(
        names=names,
        issuer=str(issuer[0].value) if issuer else found.issuer.rfc4514_string(),
        begins=found.not_valid_before_utc,
        ends=found.not_valid_after_utc,
    )


def lenient() -> ssl.SSLContext:
    """Takes any certificate: it is looked at afterwards."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def strict(ca_file: Path | None) -> ssl.SSLContext:
    """As mail is sent: a certificate must hold."""
    return ssl.create_default_context(cafile=ca_file)
