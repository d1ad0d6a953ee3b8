"""Access tokens, with their troubles told as a mailbox's."""

from mailgate.ingest.imap.session import ImapError, ImapTrouble
from mailgate.oauth.grant import OAuth2, OAuthError
from mailgate.oauth.tokens import TokenHealth, Tokens

__all__ = ["MailboxTokens"]


class MailboxTokens:
    """Of every mailbox, from `tokens`, which others may share."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def access_token(self, credentials: OAuth2) -> str:
        """See `Tokens`. Raises `ImapError`, of kind SIGN_IN when a human must do something."""
        try:
            return await self._tokens.access_token(credentials)
        except OAuthError as error:
            raise ImapError(ImapTrouble(error.kind.value), str(error)) from error

    def forget(self, credentials: OAuth2, token: str) -> None:
        """See `Tokens`."""
        self._tokens.forget(credentials, token)

    def health(self, credentials: OAuth2) -> TokenHealth:
        """See `Tokens`."""
        return self._tokens.health(credentials)
