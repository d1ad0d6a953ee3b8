"""What the IMAP dialogues share: an account, and a session with a scripted server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mailgate.clock import SystemClock
from mailgate.ingest.imap.opening import open_session
from mailgate.ingest.imap.session import (
    Account,
    Credentials,
    ImapError,
    ImapSession,
    ImapTimeouts,
    Password,
    TlsMode,
)
from mailgate.oauth.grant import OAuth2
from tests.harness.imapserver import Answer, ImapServer, serving

OK = b"%TAG% OK done\r\n"
HASTE = ImapTimeouts(connect=3.0, command=3.0, total=30.0, logout=0.2)
MAIL = b"Subject: 5 * 3\r\n\r\n* 1 FETCH (UID 9)\r\nA1 OK no\r\n) {9}\r\n* BYE\r\n"


class OneToken:
    """Hands out tokens in order."""

    def __init__(self, *tokens: str) -> None:
        self.left = list(tokens)
        self.forgotten: list[str] = []

    async def access_token(self, credentials: OAuth2) -> str:
        return self.left[0]

    def forget(self, credentials: OAuth2, token: str) -> None:
        self.forgotten.append(token)
        if len(self.left) > 1:
            del self.left[0]


OAUTH = OAuth2("https://localhost/token", "mailgate", None, Path("refresh"), "mail")


def account(server: ImapServer, credentials: Credentials) -> Account:
    return Account(
        "127.0.0.1", server.port, TlsMode.NONE, "support", "INBOX", credentials, timeouts=HASTE
    )


@asynccontextmanager
async def session(
    password: Password, answers: dict[str, Answer] | None = None, *, selected: bool = True
) -> AsyncIterator[tuple[ImapServer, ImapSession]]:
    """A server with these answers, and a session that has its folder open."""
    async with serving(ImapServer(answers)) as server:
        opened = await open_session(
            account(server, password), clock=SystemClock(), tokens=OneToken("none")
        )
        try:
            if selected:
                await opened.select()
            server.heard.clear()
            yield server, opened
        finally:
            await opened.close()


async def refused(account_: Account, tokens: OneToken | None = None) -> ImapError:
    with pytest.raises(ImapError) as caught:
        await open_session(account_, clock=SystemClock(), tokens=tokens or OneToken("none"))
    assert str(caught.value).isprintable()
    return caught.value
