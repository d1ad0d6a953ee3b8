"""Who may log in at a door, and how often somebody may try."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from mailgate.clock import Clock
from mailgate.ingest.admission import Peer
from mailgate.ingest.respond import RefusalReason
from mailgate.ingest.sasl import Credentials
from mailgate.mail.address import Address, AddressError, parse_path
from mailgate.settings.passwords import PasswordHash

_NOBODY = PasswordHash(2**14, 8, 1, b"nobody has this.", bytes(32))
"""What the password of an unknown name is compared with: it costs the same, and never fits."""
_HASHING = 2
"""Tries at a time: each takes 16 MB and a processor."""
_WAITING = 50
_PEERS = 10_000


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody with a password: `key` is the `Address.key` of the agent, `own` the keys of all
    addresses that they may write from."""

    key: str
    own: frozenset[str]
    password: PasswordHash = field(repr=False)


class Attempts:
    """Failed tries by peer: ten within a quarter of an hour are enough. Pure."""

    def __init__(self, limit: int = 10, window: float = 900.0) -> None:
        self._limit = limit
        self._window = window
        self._failed: dict[str, deque[float]] = {}

    def is_locked_out(self, block: str, now: float) -> bool:
        failed = self._failed.get(block, ())
        return sum(now - at < self._window for at in failed) >= self._limit

    def failed(self, block: str, now: float) -> None:
        times = self._failed.pop(block, None) or deque(maxlen=self._limit)
        times.append(now)
        self._failed[block] = times
        if len(self._failed) > _PEERS:
            del self._failed[next(iter(self._failed))]  # the one that failed longest ago


class Authenticator:
    """Checks credentials off the event loop. `find` knows the logins of this moment."""

    def __init__(self, find: Callable[[Address], Login | None], clock: Clock) -> None:
        self._find = find
        self._clock = clock
        self._attempts = Attempts()
        self._turn = asyncio.Semaphore(_HASHING)
        self._waiting = 0

    async def check(self, credentials: Credentials, peer: Peer) -> Login | RefusalReason:
        """Whose credentials they are. A wrong password and an unknown name look the same."""
        now = self._clock.monotonic()
        if self._attempts.is_locked_out(peer.block, now) or self._waiting >= _WAITING:
            return RefusalReason.AUTH_BLOCKED
        login = self._login(credentials.name)
        password = _NOBODY if login is None else login.password
        self._waiting += 1
        try:
            async with self._turn:
                fits = await asyncio.to_thread(password.matches, credentials.password)
        finally:
            self._waiting -= 1
        if login is None or not fits:
            self._attempts.failed(peer.block, now)
            return RefusalReason.AUTH_FAILED
        return login

    def _login(self, name: str) -> Login | None:
        try:
            return self._find(parse_path(name))
        except AddressError:
            return None
