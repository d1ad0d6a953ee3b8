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
_KEPT = 10_000
_TRIES_OF_NAME, _TRIES_OF_PEER = 10, 50
"""Failures within a quarter of an hour. Behind one address there may be a whole office: a phone
with an old password must not lock out everybody there."""
_NAME_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody with a password: `key` is the `Address.key` of the agent, `own` the keys of all
    addresses that they may write from."""

    key: str
    own: frozenset[str]
    password: PasswordHash = field(repr=False)


class Attempts:
    """Failed tries by peer, and by peer and name, within a quarter of an hour. Nobody is locked
    out for what others try from elsewhere. Pure."""

    def __init__(self, window: float = 900.0) -> None:
        self._window = window
        self._failed: dict[tuple[str, str], deque[float]] = {}

    def is_locked_out(self, block: str, name: str, now: float) -> bool:
        return any(
            sum(now - at < self._window for at in self._failed.get(key, ())) >= limit
            for key, limit in _keys(block, name)
        )

    def failed(self, block: str, name: str, now: float) -> None:
        for key, limit in _keys(block, name):
            times = self._failed.pop(key, None) or deque(maxlen=limit)
            times.append(now)
            self._failed[key] = times
        while len(self._failed) > _KEPT:
            del self._failed[next(iter(self._failed))]  # the one that failed longest ago


def _keys(block: str, name: str) -> tuple[tuple[tuple[str, str], int], ...]:
    named = name.casefold()[:_NAME_CHARACTERS]
    return ((block, ""), _TRIES_OF_PEER), ((block, f"as {named}"), _TRIES_OF_NAME)


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
        if self._waiting >= _WAITING or self._is_locked_out(credentials, peer):
            return RefusalReason.AUTH_BLOCKED
        login = self._login(credentials.name)
        password = _NOBODY if login is None else login.password
        self._waiting += 1
        try:
            async with self._turn:
                # Once more: tries that came at the same time have failed meanwhile.
                if self._is_locked_out(credentials, peer):
                    return RefusalReason.AUTH_BLOCKED
                fits = await asyncio.to_thread(password.matches, credentials.password)
                if login is None or not fits:
                    now = self._clock.monotonic()
                    self._attempts.failed(peer.block, credentials.name, now)
                    return RefusalReason.AUTH_FAILED
        finally:
            self._waiting -= 1
        return login

    def _is_locked_out(self, credentials: Credentials, peer: Peer) -> bool:
        now = self._clock.monotonic()
        return self._attempts.is_locked_out(peer.block, credentials.name, now)

    def _login(self, name: str) -> Login | None:
        try:
            return self._find(parse_path(name))
        except AddressError:
            return None
