"""The doors as others see them: the daemon's HTTP, and each listener with its certificate."""

import asyncio
import ssl
from datetime import datetime
from ipaddress import ip_address

from mailgate.clock import Clock
from mailgate.daemon.doctor.certificates import judge_certificate
from mailgate.daemon.doctor.dialogue import Certificate, Dialogue, Unexpected, lenient
from mailgate.daemon.doctor.findings import Finding, fail, octets, ok, warn
from mailgate.settings import Settings
from mailgate.settings.listeners import ListenSettings
from mailgate.settings.units import Endpoint

_MAX_ANSWER = 64_000


async def check_daemon(settings: Settings) -> list[Finding]:
    """Whether the daemon runs and is ready, by its own word."""
    listen = settings.http.listen
    try:
        status, body = await _get(listen, "/readyz")
    except (OSError, ValueError, asyncio.IncompleteReadError):
        return [
            fail("daemon", f"nobody answers at http://{listen}/readyz", "start `mailgate serve`")
        ]
    return [judge_daemon(listen, status, body)]


def judge_daemon(listen: Endpoint, status: int, body: str) -> Finding:
    """What /readyz says."""
    if status == 200:
        return ok("daemon", f"runs and is ready (http://{listen})")
    if status == 503:
        return fail("daemon", f"is not ready: {body[:200]}", "see the reason")
    return warn(
        "daemon",
        f"http://{listen}/readyz answers {status}: that is not mailgate",
        "see who listens there, and [http] listen",
    )


async def _get(listen: Endpoint, path: str) -> tuple[int, str]:
    reader, writer = await asyncio.open_connection(_reachable(listen.host), listen.port)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {listen}\r\n\r\n".encode())
        answer = (await reader.read(_MAX_ANSWER)).decode("utf-8", "replace")
    finally:
        writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    return int(head.split()[1] if " " in head else ""), body.strip()


def _reachable(host: str) -> str:
    """Where a listener on all addresses is reached from here."""
    address = ip_address(host)
    if not address.is_unspecified:
        return host
    return "127.0.0.1" if address.version == 4 else "::1"


async def check_listener(settings: Settings, listen: ListenSettings, clock: Clock) -> list[Finding]:
    """One `[[listen]]`: does it answer, and what does it offer?"""
    subject = f"{listen.protocol} {listen.address}"
    try:
        offered, certificate = await _converse(settings.gateway.hostname, listen)
    except ConnectionRefusedError:
        return [fail(subject, "nobody listens there", "start `mailgate serve`")]
    except ssl.SSLError as error:
        why = error.reason or str(error)
        return [fail(subject, f"TLS fails: {why}", "see certificate and key of this [[listen]]")]
    except (OSError, Unexpected) as error:
        if listen.proxy_protocol:
            text = f"takes connections of its balancers alone, not from here ({error})"
            return [warn(subject, text, "look at it from the balancer")]
        return [fail(subject, str(error), "see who listens there, and mailgate's log")]
    return judge_listener(
        subject,
        listen,
        offered,
        certificate,
        hostname=settings.gateway.hostname,
        now=clock.now(),
    )


async def _converse(
    hostname: str, listen: ListenSettings
) -> tuple[dict[str, str], Certificate | None]:
    verb = "LHLO" if listen.protocol == "lmtp" else "EHLO"
    host, implicit = _reachable(listen.address.host), listen.tls == "implicit"
    dialogue = await Dialogue.connect(
        host,
        listen.address.port,
        context=lenient() if implicit else None,
        proxied=listen.proxy_protocol,
    )
    try:
        await dialogue.greeting()
        offered = await dialogue.hello(verb, hostname)
        if listen.tls == "starttls" and "STARTTLS" in offered:
            await dialogue.start_tls(lenient(), host)
            offered = {**await dialogue.hello(verb, hostname), "STARTTLS": ""}
        return offered, dialogue.certificate()
    finally:
        dialogue.close()


def judge_listener(
    subject: str,
    listen: ListenSettings,
    offered: dict[str, str],
    certificate: Certificate | None,
    *,
    hostname: str,
    now: datetime,
) -> list[Finding]:
    """Whether it is our listener, as the settings have it."""
    if listen.tls == "starttls" and "STARTTLS" not in offered:
        return [
            fail(subject, "it offers no STARTTLS", "restart mailgate: it runs on older settings")
        ]
    size = offered.get("SIZE", "")
    if size != str(listen.max_size):
        shown = octets(int(size)) if size.isdigit() else "no size"
        return [
            warn(
                subject,
                f"it takes {shown}, the settings say {octets(listen.max_size)}",
                "restart mailgate, or see who else listens there",
            )
        ]
    if listen.auth and "AUTH" not in offered:
        text = "it offers no login, which the settings ask for"
        return [warn(subject, text, "restart mailgate: it runs on older settings")]
    found = [ok(subject, f"answers, takes {octets(listen.max_size)}, {_tls(listen)}")]
    if certificate is not None:
        found.append(judge_certificate(f"{subject} tls", certificate, hostname, now))
    return found


def _tls(listen: ListenSettings) -> str:
    if listen.tls != "none":
        return {"starttls": "STARTTLS", "implicit": "TLS"}[listen.tls]
    return "no TLS"
