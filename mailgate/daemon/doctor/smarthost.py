"""The way out: the smarthost answers, protects, lets us in, and takes mail that is large enough."""

import asyncio
import ssl
from dataclasses import dataclass, replace
from datetime import datetime

from mailgate.clock import Clock
from mailgate.daemon.doctor.certificates import judge_certificate
from mailgate.daemon.doctor.dialogue import Certificate, Dialogue, Unexpected, strict
from mailgate.daemon.doctor.findings import Finding, fail, octets, ok, warn
from mailgate.daemon.doors import route_policy
from mailgate.outbound.opening import Refused
from mailgate.outbound.peer import Timeouts
from mailgate.outbound.route import MaildirRoute, MxRoute, SmarthostRoute
from mailgate.outbound.session import Session
from mailgate.settings import Settings
from mailgate.settings.outbound import SmarthostSettings

SECONDS = 8.0
_SUBJECT = "smarthost"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the smarthost says of itself."""

    greeting: str
    keywords: dict[str, str]
    certificate: Certificate | None

    @property
    def size(self) -> int | None:
        """The most that it takes; None where it does not say (0 is no limit: RFC 1870 §4)."""
        told = self.keywords.get("SIZE", "")
        return int(told) or None if told.isdigit() else None

    @property
    def mechanisms(self) -> tuple[str, ...]:
        return tuple(self.keywords.get("AUTH", "").upper().split())


async def check_smarthost(settings: Settings, clock: Clock) -> list[Finding]:
    """The transport of the settings."""
    try:
        route = route_policy(settings).default
    except OSError as error:
        why = f"{error.filename}: {error.strerror}"
        return [fail(_SUBJECT, why, "correct [outbound.smarthost] password_file")]
    if isinstance(route, MaildirRoute):
        text = f'transport is "maildir": mail stays in {route.path} and reaches nobody'
        return [warn(_SUBJECT, text, 'set [outbound] transport = "smtp" when it is to leave')]
    if isinstance(route, MxRoute):
        return []
    smarthost = settings.outbound.smarthost
    where = f"{smarthost.host}:{smarthost.port}"
    try:
        offer = await _converse(smarthost, settings.gateway.hostname)
        await _log_in(route, clock)
    except ssl.SSLCertVerificationError as error:
        what = f"{where}: its certificate does not hold: {error.verify_message}"
        return [fail(_SUBJECT, what, "correct host or ca_file in [outbound.smarthost]")]
    except ssl.SSLError as error:
        what = f"{where}: TLS fails: {error.reason or error}"
        return [fail(_SUBJECT, what, "correct port and tls in [outbound.smarthost]")]
    except Refused as error:
        code = f"{error.code} " if error.code else ""
        what = f"{where} does not let us in: {code}{error.text}"
        return [fail(_SUBJECT, what, "correct username, password_file and tls; mail waits until")]
    except Unexpected as error:
        return [fail(_SUBJECT, f"{where}: {error}", "see host and port in [outbound.smarthost]")]
    except OSError as error:
        what = f"{where}: no connection ({error.strerror or error})"
        return [fail(_SUBJECT, what, "see host and port, and that it can be reached from here")]
    largest = max((listen.max_size for listen in settings.listen), default=0)
    return judge_offer(smarthost, offer, largest=largest, now=clock.now())


async def _converse(smarthost: SmarthostSettings, hostname: str) -> Offer:
    context = None if smarthost.tls == "none" else strict(smarthost.ca_file)
    implicit = context if smarthost.tls == "implicit" else None
    dialogue = await Dialogue.connect(smarthost.host, smarthost.port, context=implicit)
    try:
        greeting = await dialogue.greeting()
        keywords = await dialogue.hello("EHLO", hostname)
        if smarthost.tls == "starttls" and context is not None:
            if "STARTTLS" not in keywords:
                raise Unexpected("it offers no STARTTLS, which the settings ask for")
            await dialogue.start_tls(context, smarthost.host)
            keywords = {**await dialogue.hello("EHLO", hostname), "STARTTLS": ""}
        return Offer(greeting.text, keywords, dialogue.certificate())
    finally:
        dialogue.close()


async def _log_in(route: SmarthostRoute, clock: Clock) -> None:
    """As a mail is sent, up to where the mail would begin."""
    quick = replace(route.peer, timeouts=Timeouts(SECONDS, SECONDS, SECONDS, SECONDS))
    async with asyncio.timeout(SECONDS):
        session = await Session.open(quick, now=clock.now)
    session.leave()


def judge_offer(
    smarthost: SmarthostSettings, offer: Offer, *, largest: int, now: datetime
) -> list[Finding]:
    """`largest` is the largest mail that we take: agents get it by this way."""
    where = f"{smarthost.host}:{smarthost.port}"
    login = f"logged in as {smarthost.username}" if smarthost.username else "no login"
    size = "any size" if offer.size is None else octets(offer.size)
    found = [ok(_SUBJECT, f"{where} answers, {login}, takes {size}")]
    if offer.size is not None and offer.size < largest:
        found.append(
            warn(
                f"{_SUBJECT} size",
                f"it takes {size}, and we take mail of {octets(largest)}: what is larger comes in "
                "and cannot be sent to the agents",
                f'set max_size of [[listen]] to "{offer.size // 1000}KB", or raise the '
                "smarthost's",
            )
        )
    if smarthost.tls == "none" and "STARTTLS" in offer.keywords and not _near(smarthost.host):
        text = "mail goes to it without TLS, and it offers STARTTLS"
        found.append(warn(f"{_SUBJECT} tls", text, 'set tls = "starttls" in [outbound.smarthost]'))
    if smarthost.username is None and offer.mechanisms and not _near(smarthost.host):
        text = f"it offers a login ({', '.join(offer.mechanisms)}) and we use none"
        found.append(
            warn(f"{_SUBJECT} login", text, "set username and password_file if it refuses mail")
        )
    if offer.certificate is not None:
        found.append(judge_certificate(f"{_SUBJECT} tls", offer.certificate, smarthost.host, now))
    return found


def _near(host: str) -> bool:
    return host == "localhost" or host.startswith("127.") or host == "::1"
