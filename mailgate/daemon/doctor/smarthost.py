"""The way out: the smarthost answers, protects, lets us in, and takes mail that is large enough."""

import asyncio
import ssl
from dataclasses import dataclass, replace
from datetime import datetime

from mailgate.clock import Clock
from mailgate.daemon.doctor.certificates import judge_certificate
from mailgate.daemon.doctor.dialogue import Certificate, Dialogue, Unexpected, strict
from mailgate.daemon.doctor.findings import Finding, fail, octets, ok, warn
from mailgate.daemon.oauth import can_replace, grant
from mailgate.daemon.ways import smarthost_route
from mailgate.oauth.grant import AccessTokens, OAuthError
from mailgate.outbound.opening import Refused
from mailgate.outbound.peer import Timeouts
from mailgate.outbound.route import SmarthostRoute
from mailgate.outbound.session import Session
from mailgate.settings import Settings
from mailgate.settings.outbound import SmarthostSettings

SECONDS = 8.0


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


@dataclass(frozen=True, slots=True)
class Named:
    """A smarthost, how findings call it, and where it stands in the settings."""

    subject: str
    section: str
    settings: SmarthostSettings

    @property
    def where(self) -> str:
        return f"{self.settings.host}:{self.settings.port}"


def smarthosts(settings: Settings) -> list[Named]:
    """All that mail may leave by."""
    if settings.outbound.transport != "smtp":
        return []
    general = Named("smarthost", "[outbound.smarthost]", settings.outbound.smarthost)
    named = (
        Named(f"smarthost {each.name}", f"[[smarthost]] {each.name}", each)
        for each in settings.smarthost
    )
    return [general, *named]


async def check_way_out(settings: Settings) -> list[Finding]:
    """Whether mail leaves at all."""
    if settings.outbound.transport != "maildir":
        return []
    folder = settings.outbound.maildir
    text = f'transport is "maildir": mail stays in {folder} and reaches nobody'
    return [warn("smarthost", text, 'set [outbound] transport = "smtp" when it is to leave')]


async def check_smarthost(
    settings: Settings, named: Named, clock: Clock, tokens: AccessTokens
) -> list[Finding]:
    """One of them, up to where a mail would begin."""
    smarthost = named.settings
    if smarthost.oauth2 is not None and not can_replace(grant(smarthost.oauth2)):
        file = smarthost.oauth2.refresh_token_file
        text = f"not looked at: a new token could not be put into {file}"
        return [warn(named.subject, text, "call the doctor as the user that mailgate runs as")]
    try:
        route = smarthost_route(settings, smarthost, tokens)
    except OSError as error:
        return [fail(named.subject, str(error), f"correct password_file in {named.section}")]
    try:
        offer = await _converse(smarthost, settings.gateway.hostname)
        await _log_in(route, clock)
    except (Refused, Unexpected, OSError) as error:
        return [judge_failure(named, error)]
    largest = max((listen.max_size for listen in settings.listen), default=0)
    return judge_offer(named, offer, largest=largest, now=clock.now())


def judge_failure(named: Named, error: Refused | Unexpected | OSError) -> Finding:
    """What kept us from being let in."""
    subject, section, where = named.subject, named.section, named.where
    match error:
        case ssl.SSLCertVerificationError():
            what = f"{where}: its certificate does not hold: {error.verify_message}"
            return fail(subject, what, f"correct host or ca_file in {section}")
        case ssl.SSLError():
            what = f"{where}: TLS fails: {error.reason or error}"
            return fail(subject, what, f"correct port and tls in {section}")
        case Refused(text=text) if isinstance(error.__cause__, OAuthError):
            told, _, advice = text.rpartition("; ")
            return fail(subject, told or text, advice if told else f"see oauth2 in {section}")
        case Refused(code=code, text=text):
            what = f"{where} does not let us in: {f'{code} ' if code else ''}{text}"
            secret = "password_file" if named.settings.oauth2 is None else "oauth2"
            return fail(subject, what, f"correct username, {secret} and tls; mail waits until")
        case Unexpected():
            return fail(subject, f"{where}: {error}", f"see host and port in {section}")
        case _:
            what = f"{where}: no connection ({error.strerror or error})"
            return fail(subject, what, "see host and port, and that it can be reached from here")


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


def judge_offer(named: Named, offer: Offer, *, largest: int, now: datetime) -> list[Finding]:
    """`largest` is the largest mail that we take: agents get it by this way."""
    smarthost, subject = named.settings, named.subject
    login = f"logged in as {smarthost.username}" if smarthost.username else "no login"
    size = "any size" if offer.size is None else octets(offer.size)
    found = [ok(subject, f"{named.where} answers, {login}, takes {size}")]
    if offer.size is not None and offer.size < largest:
        found.append(
            warn(
                f"{subject} size",
                f"it takes {size}, and we take mail of {octets(largest)}: what is larger comes in "
                "and cannot be sent to the agents",
                f'set max_size of [[listen]] to "{offer.size // 1000}KB", or raise the '
                "smarthost's",
            )
        )
    if smarthost.tls == "none" and "STARTTLS" in offer.keywords and not _near(smarthost.host):
        text = "mail goes to it without TLS, and it offers STARTTLS"
        found.append(warn(f"{subject} tls", text, f'set tls = "starttls" in {named.section}'))
    if smarthost.username is None and offer.mechanisms and not _near(smarthost.host):
        text = f"it offers a login ({', '.join(offer.mechanisms)}) and we use none"
        found.append(
            warn(f"{subject} login", text, "set username and password_file if it refuses mail")
        )
    if offer.certificate is not None:
        found.append(judge_certificate(f"{subject} tls", offer.certificate, smarthost.host, now))
    return found


def _near(host: str) -> bool:
    return host == "localhost" or host.startswith("127.") or host == "::1"
