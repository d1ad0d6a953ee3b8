"""OAuth2 of the settings, in the words of its room."""

import os

from mailgate.oauth.grant import OAuth2
from mailgate.settings.mailboxes import OAuth2Settings


def grant(oauth2: OAuth2Settings) -> OAuth2:
    """What tokens are asked for with."""
    return OAuth2(
        token_url=oauth2.token_url,
        client_id=oauth2.client_id,
        client_secret_file=oauth2.client_secret_file,
        refresh_token_file=oauth2.refresh_token_file,
        scope=oauth2.scope,
    )


def can_replace(credentials: OAuth2) -> bool:
    """Whether the file of the refresh token can be replaced: its folder is written to. A provider
    may give a new one, and an old one is then worth nothing."""
    return os.access(credentials.refresh_token_file.resolve().parent, os.W_OK)
