"""The IMAP mailboxes of the settings, each in a task of its own."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from mailgate.daemon.gateway import Gateway
from mailgate.daemon.oauth import grant
from mailgate.daemon.supervise import supervise
from mailgate.ingest.imap.mailbox import Mailbox
from mailgate.ingest.imap.oauth import MailboxTokens
from mailgate.ingest.imap.opening import open_session
from mailgate.ingest.imap.plan import Since, SinceSetting
from mailgate.ingest.imap.session import (
    Account,
    Credentials,
    ImapTimeouts,
    Password,
    TlsMode,
)
from mailgate.ingest.imap.spec import MailboxSpec, Tools, after
from mailgate.oauth.tokens import Tokens
from mailgate.settings import Settings
from mailgate.settings.mailboxes import MailboxSettings, since_value

_PATIENCE = 2
"""Times `timeout` for a command that gives a server work."""
_END_SECONDS = 5.0
"""For a session that is cancelled to say goodbye."""


def account(mailbox: MailboxSettings) -> Account:
    """Where a mailbox of the settings is."""
    silence = mailbox.timeout.total_seconds()
    return Account(
        host=mailbox.host,
        port=mailbox.port,
        tls=TlsMode(mailbox.tls),
        username=mailbox.username,
        folder=mailbox.folder,
        credentials=_credentials(mailbox),
        ca_file=mailbox.ca_file,
        timeouts=ImapTimeouts(connect=silence, command=_PATIENCE * silence),
    )


def _credentials(mailbox: MailboxSettings) -> Credentials:
    if mailbox.oauth2 is None:
        assert mailbox.password_file is not None, "the settings have one of them"
        return Password(mailbox.password_file)
    return grant(mailbox.oauth2)


def since(mailbox: MailboxSettings) -> SinceSetting:
    """From when on its mail is taken at the first look."""
    value = since_value(mailbox.since)
    if isinstance(value, timedelta | datetime):
        return value
    return Since.ALL if value == "all" else Since.NOW


def mailbox_spec(mailbox: MailboxSettings) -> MailboxSpec:
    """What the mailbox is told."""
    return MailboxSpec(
        name=mailbox.name,
        account=account(mailbox),
        address=mailbox.address,
        after=after(mailbox.after),
        since=since(mailbox),
        max_size=mailbox.max_size,
        trusted=mailbox.trusted,
        idle=mailbox.idle,
        poll_seconds=mailbox.poll_interval.total_seconds(),
        silence_seconds=mailbox.timeout.total_seconds(),
    )


@dataclass(frozen=True, slots=True)
class _Running:
    mailbox: Mailbox
    task: asyncio.Task[None]


class Mailboxes:
    """Starts a task for each mailbox, and ends it when the settings have it no more."""

    def __init__(
        self,
        gateway: Gateway,
        tasks: asyncio.TaskGroup,
        *,
        tokens: Tokens,
        on_accepted: Callable[[], None],
        tell: Callable[[str], None],
    ) -> None:
        self._tasks = tasks
        self._gateway = gateway
        of_mailboxes = MailboxTokens(tokens)
        self._tools = Tools(
            store=gateway.store,
            clock=gateway.clock,
            telemetry=gateway.telemetry,
            node=gateway.node,
            connect=partial(open_session, clock=gateway.clock, tokens=of_mailboxes),
            tokens=of_mailboxes,
            chance=self._chance,
            on_accepted=on_accepted,
            tell=tell,
        )
        self._running: dict[str, _Running] = {}
        self._changing = asyncio.Lock()

    async def apply(self, settings: Settings, *, grace: float) -> None:
        """Ends the mailboxes that are not as they were, and starts those that are new."""
        async with self._changing:
            specs = {entry.name: mailbox_spec(entry) for entry in settings.mailbox}
            changed = [
                name
                for name, running in self._running.items()
                if specs.get(name) != running.mailbox.spec
            ]
            await self._end(changed, grace)
            for name in changed:
                if name not in specs:
                    self._tools.telemetry.mailbox_removed(mailbox=name)
            for name, spec in specs.items():
                if name not in self._running:
                    self._start(spec)

    async def close(self, grace: float) -> None:
        """Ends all of them; what is being committed has `grace` seconds."""
        async with self._changing:
            await self._end(list(self._running), grace)

    def _start(self, spec: MailboxSpec) -> None:
        mailbox = Mailbox(spec, self._tools)
        gateway = self._gateway
        running = supervise(f"mailbox {spec.name}", mailbox.run, gateway.clock, gateway.telemetry)
        self._running[spec.name] = _Running(mailbox, self._tasks.create_task(running))

    async def _end(self, names: Iterable[str], grace: float) -> None:
        ended = [self._running.pop(name) for name in names]
        if not ended:
            return
        for one in ended:
            one.mailbox.stop()
            if not one.mailbox.busy:
                one.task.cancel()
        _, late = await asyncio.wait([one.task for one in ended], timeout=grace)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=_END_SECONDS)

    def _chance(self) -> float:
        return int.from_bytes(self._gateway.random(4)) / 2**32
