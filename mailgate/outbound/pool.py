"""Connections to one peer, kept and used again."""

import asyncio
from dataclasses import dataclass

from mailgate.clock import Clock
from mailgate.model.delivery import (
    Ambiguous,
    AttemptResult,
    Deferred,
    LeasedDelivery,
    Reach,
    Reply,
)
from mailgate.outbound.classify import reply_of
from mailgate.outbound.opening import Refused
from mailgate.outbound.peer import Limits, Peer
from mailgate.outbound.places import Turns
from mailgate.outbound.session import Session, Stage

__all__ = ["Pool"]


class Pool:
    """At most `limits.connections` at a time, each used by one mail at a time. A connection is
    kept after a transaction that ended in order, and dropped after anything else."""

    def __init__(self, peer: Peer, limits: Limits, *, clock: Clock) -> None:
        self._peer = peer
        self._limits = limits
        self._clock = clock
        self._turns = Turns(limits.connections)
        self._idle: dict[Session, asyncio.TimerHandle] = {}
        self._sending = 0
        self._running: set[asyncio.Timeout] = set()
        self._era = 0
        """How often it was closed: what began in an earlier era ends."""

    @property
    def is_unused(self) -> bool:
        """Nothing is under way, and no connection is open."""
        return not self._sending and not self._idle

    @property
    def has_idle(self) -> bool:
        """A connection is open that waits for a mail."""
        return bool(self._idle)

    async def send(self, leased: LeasedDelivery, *, within: float | None = None) -> AttemptResult:
        """Tries once, in so many seconds at most once it has a place (`timeouts.total` without).
        Never raises for what the other side does. What fails before MAIL is said is Deferred with
        Reach.SITE: nobody gets through, and another peer may be tried."""
        attempt = _Attempt(self._era)
        self._sending += 1
        try:
            await self._turns.enter(leased.lane)
            try:
                return await self._attempt(leased, attempt, within)
            finally:
                self._turns.leave(leased.lane)
        finally:
            self._sending -= 1

    async def close(self) -> None:
        """Ends running attempts: their mail is deferred, or ambiguous after the final dot. A mail
        that is sent later opens new connections."""
        self._era += 1
        for limit in self._running:
            limit.reschedule(asyncio.get_running_loop().time())
        for session in list(self._idle):
            self._drop(session)

    async def _attempt(
        self, leased: LeasedDelivery, attempt: "_Attempt", within: float | None
    ) -> AttemptResult:
        try:
            return await self._send_in_time(leased, attempt, within)
        except Refused as error:
            reply = reply_of(error.code, error.text, self._clock.now())
        except TimeoutError as error:
            reply = self._trouble(str(error) or "no reply in time")
        except Exception as error:  # noqa: BLE001  unknown is transient
            reply = self._trouble(str(error) or type(error).__name__)
        if attempt.stage is Stage.DOT:
            return Ambiguous(reply)
        at_site = attempt.stage is Stage.CONNECT and attempt.era == self._era
        return Deferred(reply, Reach.SITE if at_site else Reach.MAIL)

    async def _send_in_time(
        self, leased: LeasedDelivery, attempt: "_Attempt", within: float | None
    ) -> AttemptResult:
        seconds = self._peer.timeouts.total if within is None else within
        async with asyncio.timeout(seconds) as limit:
            self._running.add(limit)
            try:
                return await self._send(leased, attempt)
            finally:
                self._running.discard(limit)

    async def _send(self, leased: LeasedDelivery, attempt: "_Attempt") -> AttemptResult:
        kept = self._take_idle()
        if kept is not None:
            try:
                return await self._transact(kept, leased, attempt)
            except Exception:
                # It may have been closed while it was idle, which is no failure of this mail.
                if attempt.stage is not Stage.BEGIN:
                    raise
        return await self._transact(await self._dial(attempt), leased, attempt)

    async def _dial(self, attempt: "_Attempt") -> Session:
        attempt.stage = Stage.CONNECT
        self._go_on(attempt)
        session = await Session.open(self._peer, now=self._clock.now)
        try:
            self._go_on(attempt)  # wait_for of CPython 3.11 can lose a cancellation
        except BaseException:
            session.leave()
            raise
        return session

    def _go_on(self, attempt: "_Attempt") -> None:
        if attempt.era != self._era:
            raise ConnectionAbortedError("mailgate is stopping")

    async def _transact(
        self, session: Session, leased: LeasedDelivery, attempt: "_Attempt"
    ) -> AttemptResult:
        try:
            result = await session.transact(leased)
        except BaseException:
            session.close()
            raise
        finally:
            attempt.stage = session.stage
        self._keep(session, attempt)
        return result

    def _take_idle(self) -> Session | None:
        """The connection that was used last."""
        while self._idle:
            session, timer = self._idle.popitem()
            timer.cancel()
            if session.is_open:
                return session
            session.close()
        return None

    def _keep(self, session: Session, attempt: "_Attempt") -> None:
        if attempt.era != self._era or session.sent >= self._limits.messages:
            session.leave()
        elif session.is_open:
            loop = asyncio.get_running_loop()
            self._idle[session] = loop.call_later(self._limits.idle, self._drop, session)
        else:
            session.close()

    def _drop(self, session: Session) -> None:
        self._idle.pop(session).cancel()
        session.leave()

    def _trouble(self, text: str) -> Reply:
        return reply_of(None, text, self._clock.now())


@dataclass(slots=True)
class _Attempt:
    """How far the attempt came, for when it ends in an exception."""

    era: int
    stage: Stage = Stage.CONNECT
