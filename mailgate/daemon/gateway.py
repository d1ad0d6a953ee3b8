"""What every use case needs, opened from the settings: store, desk context, clock, telemetry."""

import hashlib
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from mailgate import settings as settings_room
from mailgate.clock import Clock, SystemClock
from mailgate.daemon.database import Database, Guarded
from mailgate.desk.commands.macros import load_macros
from mailgate.desk.context import DeskContext, DeskPolicy
from mailgate.desk.words.templates import load_templates
from mailgate.model.seed import Seed
from mailgate.model.verb import Verb
from mailgate.ratelimit.flow import FlowPolicy
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import Flow, LimitPolicy, hourly_cap
from mailgate.ratelimit.providers import ANY_DOMAIN, PROVIDERS
from mailgate.settings import Settings
from mailgate.store import schema
from mailgate.store.core import Store
from mailgate.store.open import open_store
from mailgate.store.revision import refuse_other
from mailgate.telemetry.facts import Telemetry
from mailgate.telemetry.null import NullTelemetry
from mailgate.threading.token import Keyring


@dataclass(slots=True)
class Gateway:
    """The parts of a running mailgate. `context` is replaced as a whole on reload."""

    settings: Settings
    context: DeskContext
    store: Store
    clock: Clock
    telemetry: Telemetry
    random: Callable[[int], bytes]
    node: str

    def seed(self) -> Seed:
        """Fresh randomness for one unit of work."""
        return Seed(self.random(32))

    def current_context(self) -> DeskContext:
        """The context of this moment; workers ask for it anew for each message."""
        return self.context


def desk_context(settings: Settings) -> DeskContext:
    """What the desk decides by. Reads the secret file (and makes it when it is missing) and
    the templates: SettingsError and TemplateError say what is wrong with them."""
    keys, current = settings_room.load_keyring(settings)
    hours = settings_room.hours_of(settings)
    return DeskContext(
        directory=settings_room.directory(settings),
        keyring=Keyring(keys=keys, current=current),
        policy=DeskPolicy(
            hostname=settings.gateway.hostname,
            subject_prefix=settings.gateway.subject_prefix,
            reopen_within=settings.threading.reopen_within,
            duplicate_window=settings.threading.duplicate_window,
            split_changed_subject=settings.threading.split_changed_subject,
            trusted_authserv_ids=settings.trusted_authserv_ids,
            verify=settings.authentication.verify,
            trusted_arc_sealers=frozenset(settings.authentication.trusted_arc_sealers),
            dns_seconds=settings.authentication.timeout.total_seconds(),
            hop_limit=settings.loops.hop_limit,
            acknowledgements_per_address_per_day=settings.loops.acknowledgements_per_address_per_day,
            neutral_acknowledgements_per_hour=settings.loops.neutral_acknowledgements_per_hour,
            neutral_acknowledgements_per_domain_per_hour=settings.loops.neutral_acknowledgements_per_domain_per_hour,
            neutral_acknowledgements_per_provider_per_hour=settings.loops.neutral_acknowledgements_per_provider_per_hour,
            limits=settings.loops.limits,
            suppress_hard_bounces_for=settings.loops.suppress_hard_bounces_for,
            reply_is_public=settings.agents.reply_is == "public",
            commands_for_collaborators=frozenset(
                map(Verb, settings.agents.commands_for_collaborators)
            ),
            timezone=_timezone(settings.gateway.timezone),
            names_agents=settings.agents.from_name == "agent",
            undo=settings.outbound.undo,
            free_recipients=settings.gateway.free_recipients,
            parent_resolves=settings.desk.parent_resolves,
            tell_resolved=settings.desk.tell_resolved,
            hours=hours,
            responses=settings_room.responses_of(settings, hours),
            close_resolved_after=settings.desk.close_resolved_after,
            delete_closed_after=settings.desk.delete_closed_after,
            status_after_reply=settings.desk.after_reply,
            agents_may_start=settings.gateway.agents_may_start,
            survey=settings.survey.asking,
            answer_opens_outbound=settings.desk.answer_to_outbound == "open",
            forward_makes_requester=settings.agents.forward_makes_requester,
            acknowledge_forwarded=settings.agents.acknowledge_forwarded,
            cap=limiter_of(settings),
            rules=settings_room.rules_of(settings.rule, hours),
            refuse_over=limiter_of(settings) if settings.ratelimit.when_full == "refuse" else None,
        ),
        templates=load_templates(
            settings.gateway.templates, settings_room.template_folders(settings), check=False
        ),
        signers=settings_room.load_signers(settings),
        macros=load_macros(settings.agents.macros, check=False),
    )


def limiter_of(settings: Settings) -> Limiter:
    """The limits that the settings name, and by "mx" those of the big providers."""
    limits = settings.ratelimit
    direct = settings.outbound.transport == "mx"
    own = tuple(
        Flow(each.domains, FlowPolicy(each.pace, each.connections)) for each in settings.destination
    )
    return Limiter(
        LimitPolicy(
            hourly=hourly_cap(limits.plan, limits.hourly),
            per_sender=limits.per_address,
            per_agent=limits.per_agent,
            per_campaign=limits.per_campaign,
            automatic_per_recipient=limits.automatic_per_recipient,
            count_notifications=limits.count_notifications,
            count_acknowledgements=limits.count_acknowledgements,
            campaign_share=limits.campaign_share,
            acknowledgement_share=limits.acknowledgement_share,
            flows=own + (PROVIDERS if direct else ()),
            any_domain=ANY_DOMAIN if direct else None,
        )
    )


def _timezone(name: str) -> tzinfo:
    # UTC needs no time zone data, which a small machine may not have.
    return UTC if name == "UTC" else ZoneInfo(name)


def node_name(data_dir: Path) -> str:
    """Names this daemon in leases: unique among those that share a database, and the same after
    a restart, so that it takes its own leases back at once."""
    place = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:8]
    return f"{socket.gethostname()[:40]}:{place}"


def refuse_other_schema(url: str) -> None:
    """Raises SchemaNewer or SchemaOlder unless the database is of this version."""
    refuse_other(schema.check(url))


@asynccontextmanager
async def open_gateway(
    settings: Settings, *, telemetry: Telemetry | None = None, database: Database | None = None
) -> AsyncIterator[Gateway]:
    """Opens the store and closes it again. The database must be of this version; what is done
    before a `database` that was not there is of this version fails as unavailable."""
    if database is None:
        refuse_other_schema(settings.store.url)
    told = telemetry or NullTelemetry()
    store: Store = open_store(settings.store.url, telemetry=told)
    if database is not None and not database.is_there:
        store = Guarded(store, database)
    try:
        yield Gateway(
            settings=settings,
            context=desk_context(settings),
            store=store,
            clock=SystemClock(),
            telemetry=told,
            random=os.urandom,
            node=node_name(settings.gateway.data_dir),
        )
    finally:
        await store.close()
