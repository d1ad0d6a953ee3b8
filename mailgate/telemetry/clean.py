"""What may stand in a log line. Secrets may not, and no value may break or paint the line."""

import base64
import re
import traceback
from collections.abc import Iterable
from types import TracebackType

LIMIT = 500
"""Characters of one value: a log is no store for what others wrote."""

HIDDEN = "[hidden]"

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

_SECRET_KEYS = frozenset(
    {"password", "secret", "token", "authorization", "credential", "credentials", "key", "auth"}
)
# The signed part of a reply or bounce address is a capability: who reads it can write to a ticket.
_REPLY_TOKEN = re.compile(r"\+([tb])[a-z2-7]{32}(?=@)", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(?<=://)([^\s:/@]*):([^\s@/]*)@")
_LOGIN = re.compile(
    # "the login of NAME was refused" is a sentence, and says why.
    r"\b(AUTH(?:ENTICATE)?\s+[A-Z0-9-]+|LOGIN\s+(?!of\s)\S+|Bearer|Basic)\s+\S[^\r\n]*",
    re.IGNORECASE,
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Cleaner:
    """Hides secrets by key, by form, and by value (`secrets`, also in base64)."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if len(secret) >= 4 for form in _forms(secret)}
        self._secrets = re.compile("|".join(map(re.escape, sorted(forms)))) if forms else None

    def value(self, key: str, value: object) -> object:
        """`value` as it may be printed under `key`."""
        if key in _SECRET_KEYS:
            return HIDDEN
        if value is None or isinstance(value, (int, float)):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, tuple | list):
            return [self.value("", inner) for inner in value[:100]]
        if isinstance(value, dict):
            return {str(k): self.value(str(k), inner) for k, inner in value.items()}
        return self.text(str(value))

    def text(self, text: str) -> str:
        if len(text) > LIMIT:
            text = text[:LIMIT] + "..."
        # Tests of one character first: nearly every value has none of them.
        if "+" in text:
            text = _REPLY_TOKEN.sub(rf"+\1{HIDDEN}", text)
        if "@" in text and "://" in text:
            text = _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", text)
        if " " in text:
            text = _LOGIN.sub(rf"\1 {HIDDEN}", text)
        return text if self._secrets is None else self._secrets.sub(HIDDEN, text)

    def exception(self, info: ExcInfo) -> dict[str, object]:
        """Type, text and places of an exception: never a local variable's value."""
        kind, error, tb = info
        frames = traceback.extract_tb(tb)[-20:]
        return {
            "type": f"{kind.__module__}.{kind.__qualname__}",
            "text": self.text(str(error)),
            "where": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
        }


def printable(text: str) -> str:
    """`text` for a terminal: no control, no lone surrogate, no change of direction."""
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _forms(secret: str) -> set[str]:
    """The secret, and what stays the same of it wherever it stands in a base64 text."""
    content = secret.encode("utf-8", "surrogateescape")
    forms = {secret}
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + content).decode()
        # Characters at both ends also depend on what stands beside the secret.
        inner = encoded[(0, 2, 3)[offset] : (len(content) + offset) * 8 // 6]
        if len(inner) >= 6:
            forms.add(inner)
    return forms
