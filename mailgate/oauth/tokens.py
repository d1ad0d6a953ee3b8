"""Access tokens for XOAUTH2, renewed before they end.

A token is asked for ahead of its need, so that trouble is known while mail still comes in.
"""

import asyncio
import ssl
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailgate.clock import Clock
from mailgate.oauth.grant import OAuth2, OAuthError, OAuthTrouble
from mailgate.oauth.refresh import Granted, Rotated, exchange

AHEAD = timedelta(minutes=10)
"""A token is replaced this long before its end, or in the middle of a shorter life."""

RETRY = timedelta(seconds=30)
"""While the token in use is good, a failed renewal is tried again after this."""

_SECONDS = 30.0
"""For one exchange, with all its steps."""


@dataclass(frozen=True, slots=True)
class TokenHealth:
    """What operators should know before mail stops."""

    expires_at: datetime | None
    """When the access token in use ends; None before the first."""
    failing_since: datetime | None
    """Since when it cannot be renewed; None when all is well."""
    trouble: OAuthError | None
    """Why; its kind SIGN_IN means that a human must do something."""


@dataclass(slots=True)
class _Kept:
    """What is known of one refresh token."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    access: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    renew_at: datetime | None = None
    unsaved: Rotated | None = None
    failing_since: datetime | None = None
    trouble: OAuthError | None = None

    def good(self, now: datetime) -> bool:
        return self.access is not None and self.expires_at is not None and now < self.expires_at

    def due(self, now: datetime) -> bool:
        return self.renew_at is None or now >= self.renew_at


class Tokens:
    """The access tokens of every mailbox and smarthost; one of these per process. Those with the
    same credentials share one token."""

    def __init__(self, clock: Clock, *, context: ssl.SSLContext | None = None) -> None:
        """`context` says which authorities the providers' certificates are from; the system's
        without it."""
        self._clock = clock
        self._context = context
        self._kept: dict[OAuth2, _Kept] = {}

    async def access_token(self, credentials: OAuth2) -> str:
        """A token that is good now. Call it at every look at a mailbox, not only before a
        login: it renews ahead. While the token in use is good, `health` alone tells of a
        failure; afterwards it raises `OAuthError`, of kind SIGN_IN when a human must do
        something, of another kind when it is tried again."""
        kept = self._kept.setdefault(credentials, _Kept())
        async with kept.lock:
            now = self._clock.now()
            if kept.access is not None and kept.good(now) and not kept.due(now):
                return kept.access
            try:
                kept.access = await self._renew(credentials, kept)
            except OAuthError as error:
                kept.trouble = error
                kept.failing_since = kept.failing_since or now
                kept.renew_at = now + RETRY
                if kept.access is None or not kept.good(now):
                    raise
            return kept.access

    async def _renew(self, credentials: OAuth2, kept: _Kept) -> str:
        try:
            async with asyncio.timeout(_SECONDS):
                granted = await asyncio.to_thread(
                    exchange, credentials, kept.unsaved, self._context
                )
        except TimeoutError as error:
            raise OAuthError(
                OAuthTrouble.TIMEOUT,
                f"OAuth2: {credentials.token_url} took over {_SECONDS:g} s; mailgate tries again",
            ) from error
        self._keep(credentials, kept, granted)
        return granted.access

    def _keep(self, credentials: OAuth2, kept: _Kept, granted: Granted) -> None:
        now = self._clock.now()
        life = timedelta(seconds=granted.seconds)
        kept.expires_at = now + life
        kept.renew_at = now + life - min(AHEAD, life / 2)
        kept.unsaved = granted.unsaved
        if granted.unsaved is None:
            kept.failing_since, kept.trouble = None, None
            return
        # All is well until this process ends: that is the time to say it.
        kept.failing_since = kept.failing_since or now
        kept.trouble = OAuthError(
            OAuthTrouble.SIGN_IN,
            "OAuth2: the provider replaced the refresh token, and it cannot be written to "
            f"{credentials.refresh_token_file} ({granted.unsaved_because}); make the file and its "
            "folder writable for mailgate, or after a restart somebody must sign in again",
        )

    def forget(self, credentials: OAuth2, token: str) -> None:
        """The server refused `token`: the next one is a fresh one."""
        kept = self._kept.get(credentials)
        if kept is not None and kept.access == token:
            kept.access = None

    def health(self, credentials: OAuth2) -> TokenHealth:
        """For metrics and for the log."""
        kept = self._kept.get(credentials) or _Kept()
        return TokenHealth(kept.expires_at, kept.failing_since, kept.trouble)
