"""What a mailbox or a smarthost is told of OAuth2, and what can go wrong."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

__all__ = ["AccessTokens", "OAuth2", "OAuthError", "OAuthTrouble", "xoauth2"]


@dataclass(frozen=True, slots=True)
class OAuth2:
    """A token instead of a password (XOAUTH2), kept fresh with the refresh token."""

    token_url: str
    client_id: str
    client_secret_file: Path | None
    """None for a public client, which has no secret."""
    refresh_token_file: Path
    """Written anew (mode 0600) when the provider gives another refresh token."""
    scope: str


class OAuthTrouble(StrEnum):
    """What kind of failure it is."""

    SIGN_IN = "sign_in"
    """The refresh token is dead or a file of secrets is unusable: a human must do something."""
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TLS = "tls"
    """A certificate that does not hold."""
    PROTOCOL = "protocol"
    """The provider's answer has no token in it."""
    THROTTLED = "throttled"
    """The provider asks for patience, or has trouble of its own."""


class OAuthError(Exception):
    """One sentence for operators; it never names a secret."""

    def __init__(self, kind: OAuthTrouble, sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind


class AccessTokens(Protocol):
    """Where access tokens come from (`tokens.Tokens`)."""

    async def access_token(self, credentials: OAuth2) -> str:
        """A token that is still good. Raises `OAuthError`."""

    def forget(self, credentials: OAuth2, token: str) -> None:
        """The server refused it: the next one is a fresh one."""


def xoauth2(user: str, token: str) -> bytes:
    """The initial client response, before BASE64, as Google and Microsoft describe it."""
    return f"user={user}\1auth=Bearer {token}\1\1".encode()
