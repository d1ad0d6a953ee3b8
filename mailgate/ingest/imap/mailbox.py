"""A mailbox: its lease, its session, and what happens when either is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypeVar

from mailgate.ingest.imap.looking import position_in
from mailgate.ingest.imap.plan import pause
from mailgate.ingest.imap.session import ImapError, ImapSession, ImapTrouble
from mailgate.ingest.imap.spec import MailboxSpec, Tools
from mailgate.ingest.imap.taking import Taker
from mailgate.ingest.imap.troubles import Troubles
from mailgate.model.mailbox import MailboxLease
from mailgate.oauth.grant import OAuth2
from mailgate.store import mailboxes
from mailgate.store.core import LeaseLost, StoreError

T = TypeVar("T")

LEASE = timedelta(seconds=60)
RENEW_SECONDS = 20.0
OTHERS_SECONDS = 10.0
"""A mailbox that another node polls is asked for this often."""
LASTING_SECONDS = 60.0
"""A session that was open for so long has worked: its end is no failure in a row."""
BEAT_SECONDS = 25.0
"""Without IDLE, a server is asked this often whether it is there."""
STORE = "store"
INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a session ended, in the words of metrics and of people; `worked` says that it had
    been of use."""

    kind: str
    sentence: str
    worked: bool


class Mailbox:
    """Takes mail from one folder until it is cancelled, which is safe at any moment: what was
    not committed is still in the mailbox, and what was is known as taken."""

    def __init__(self, spec: MailboxSpec, tools: Tools) -> None:
        self.spec = spec
        self._tools = tools
        self._troubles = Troubles()
        self._told = ""
        """`up`, `elsewhere`, or the kind of failure that was told last."""
        self._failures = 0
        self._sign_in_told = False
        self._stopping = False
        self.busy = False
        """A portion is being committed, or `after` done with it: worth waiting for."""

    def stop(self) -> None:
        """Lets `run` return when it comes to an end with a portion; it may be waiting long."""
        self._stopping = True

    def _is_stopping(self) -> bool:
        return self._stopping

    async def run(self) -> None:
        """Until it is stopped or cancelled."""
        while not self._stopping:
            held = await self._acquire()
            try:
                failure = await self._hold(held)
            finally:
                await self._release(held)
            if self._stopping:
                return
            if failure is not None:
                await self._rest_after(failure)
            else:  # Two nodes of one name would take it from each other without end.
                await self._tools.clock.sleep(OTHERS_SECONDS)

    # --- the lease -----------------------------------------------------------------------------

    async def _acquire(self) -> MailboxLease:
        """Waits until the mailbox is ours."""
        while True:
            try:
                held = await self._tools.store.write(
                    partial(
                        mailboxes.acquire,
                        name=self.spec.name,
                        node=self._tools.node,
                        now=self._tools.clock.now(),
                        lease=LEASE,
                    )
                )
            except StoreError as error:
                await self._rest_after(Failure(STORE, str(error), worked=False))
                continue
            if held is not None:
                return held
            if self._told != "elsewhere":
                self._told = "elsewhere"
                self._tools.telemetry.mailbox_elsewhere(mailbox=self.spec.name)
            await self._tools.clock.sleep(OTHERS_SECONDS)

    async def _hold(self, held: MailboxLease) -> Failure | None:
        """One session while the lease is renewed beside it; None when the lease was lost."""
        failure: Failure | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                keeping = tasks.create_task(self._keep(held))
                failure = await self._visit(held)
                keeping.cancel()
        except* LeaseLost:
            failure = None
        return failure

    async def _keep(self, held: MailboxLease) -> None:
        """Renews the lease until cancelled. Raises `LeaseLost` when others may have it."""
        clock = self._tools.clock
        until = clock.monotonic() + LEASE.total_seconds()
        while True:
            await clock.sleep(RENEW_SECONDS)
            asked = clock.monotonic()
            unit = partial(mailboxes.renew, held=held, now=clock.now(), lease=LEASE)
            try:
                await self._tools.store.write(unit)
            except LeaseLost:
                raise
            except StoreError as error:
                if clock.monotonic() + RENEW_SECONDS > until:
                    raise LeaseLost(f"mailbox {held.name} could not be kept: {error}") from error
            else:
                until = asked + LEASE.total_seconds()

    async def _release(self, held: MailboxLease) -> None:
        try:
            await self._tools.store.write(partial(mailboxes.release, held=held))
        except StoreError:
            return  # It runs out by itself.

    # --- one session ---------------------------------------------------------------------------

    async def _visit(self, held: MailboxLease) -> Failure:
        """From the connection to its end. Raises `LeaseLost`."""
        begun = self._tools.clock.monotonic()
        taker: Taker | None = None
        session: ImapSession | None = None
        try:
            session = await self._tools.connect(self.spec.account)
            position, _ = await position_in(session, self.spec, self._tools, held)
            taker = Taker(
                session, self.spec, self._tools, held, position, self._troubles, self._is_stopping
            )
            await self._busily(taker.open())
            await self._attend(session, taker)
            kind, sentence = ImapTrouble.BYE.value, "stopped"
        except ImapError as error:
            kind, sentence = error.kind.value, str(error)
        except LeaseLost:
            raise
        except StoreError as error:
            kind, sentence = STORE, f"the database: {error}"
        except Exception as error:  # noqa: BLE001  a mistake of ours is told, and tried again
            kind, sentence = INTERNAL, f"unexpected {type(error).__name__}: {error}"
        finally:
            self.busy = False
            if session is not None:
                await session.close()
        lasted = self._tools.clock.monotonic() - begun
        worked = taker is not None and (taker.taken > 0 or lasted >= LASTING_SECONDS)
        return Failure(kind, sentence, worked)

    async def _attend(self, session: ImapSession, taker: Taker) -> None:
        """Takes what is new, then what is old, then waits for news."""
        while not self._stopping:
            uids = await session.uids_from(taker.next_uid)
            self._is_up()
            if await self._busily(taker.take_new(uids)):
                continue
            if not await self._busily(taker.take_old()):
                await self._look_after_token()
                await self._wait(session, min(self.spec.poll_seconds, taker.seconds_until_due()))

    async def _wait(self, session: ImapSession, seconds: float) -> None:
        if self.spec.idle and "IDLE" in session.capabilities:
            await session.wait(seconds)
            return
        clock = self._tools.clock
        end = clock.monotonic() + seconds
        while (left := end - clock.monotonic()) > 0:
            await clock.sleep(min(left, BEAT_SECONDS))
            if left > BEAT_SECONDS:
                await self._soon(session.noop)

    async def _soon(self, ask: Callable[[], Awaitable[None]]) -> None:
        """An answer that costs a server nothing must not take long: it is frozen then."""
        seconds = self.spec.silence_seconds
        try:
            async with asyncio.timeout(seconds):
                await ask()
        except TimeoutError:
            raise ImapError(
                ImapTrouble.TIMEOUT,
                f"{self.spec.account.host}: said nothing for {seconds:g} s; mailgate tries again",
            ) from None

    async def _busily(self, work: Awaitable[T]) -> T:
        self.busy = True
        try:
            return await work
        finally:
            self.busy = False

    # --- telling -------------------------------------------------------------------------------

    def _is_up(self) -> None:
        telemetry = self._tools.telemetry
        if self._told != "up":
            self._told = "up"
            telemetry.mailbox_up(mailbox=self.spec.name)
        telemetry.mailbox_polled(mailbox=self.spec.name, at=self._tools.clock.now().timestamp())

    async def _look_after_token(self) -> None:
        """Renews a token ahead of its end, and tells when that fails while mail still comes."""
        credentials = self.spec.account.credentials
        if not isinstance(credentials, OAuth2):
            return
        await self._tools.tokens.access_token(credentials)
        trouble = self._tools.tokens.health(credentials).trouble
        if trouble is not None and not self._sign_in_told:
            self._tools.telemetry.mailbox_sign_in_ends(mailbox=self.spec.name, error=str(trouble))
        self._sign_in_told = trouble is not None

    async def _rest_after(self, failure: Failure) -> None:
        """Servers end sessions that were open for long: that is told when it does not mend."""
        self._failures = 1 if failure.worked else self._failures + 1
        seconds = pause(failure.kind, self._failures, self._tools.chance())
        if not failure.worked:
            self._tell(failure, seconds)
        await self._tools.clock.sleep(seconds)

    def _tell(self, failure: Failure, seconds: float) -> None:
        told = {"mailbox": self.spec.name, "kind": failure.kind, "error": failure.sentence}
        if self._told == failure.kind:
            self._tools.telemetry.mailbox_still_down(**told, again_in=seconds)
        else:
            self._told = failure.kind
            self._tools.telemetry.mailbox_down(**told, again_in=seconds)
