"""What a server says to a login may repeat it; replies are stored and shown, and logins are not."""

import base64

from mailgate.outbound.classify import status_of

__all__ = ["without_login"]

_TELLS = 8
"""So many characters in a row of what was sent are part of it and no accident."""


def without_login(text: str, username: str, secret: str) -> str:
    """`text` of a reply to AUTH, or a sentence in its place where it repeats the password or the
    token, in clear or as it was sent (PLAIN, LOGIN, XOAUTH2), whole or in part."""
    if not _repeats(text, username, secret):
        return text
    status = status_of(text)
    return f"{status or ''} the reply repeats the login, and is not shown".strip()


def _repeats(text: str, username: str, secret: str) -> bool:
    if secret in text:
        return True
    heard = "".join(text.split()).lower()
    bearer = f"user={username}\1auth=Bearer {secret}\1\1"
    for words in (f"\0{username}\0{secret}", secret, bearer):
        sent = base64.b64encode(words.encode()).decode().rstrip("=").lower()
        last = max(len(sent) - _TELLS, 0)
        if any(sent[at : at + _TELLS] in heard for at in range(last + 1)):
            return True
    return False
