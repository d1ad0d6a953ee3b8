"""How the nouns of mail and desk stand in columns."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from mailgate.mail.address import Address, NullReversePath, ReversePath, UnknownReversePath
from mailgate.store.plain import clean_text

__all__ = [
    "address_of",
    "addresses_of",
    "addresses_text",
    "from_json",
    "id_hash",
    "is_id",
    "json_text",
    "reverse_path_of",
    "reverse_path_text",
]

_NULL = "<>"
_encode = json.JSONEncoder(ensure_ascii=False).encode
_MAX_ID = 2**63 - 1
_SES = ".amazonses.com"


def is_id(number: int) -> bool:
    """Whether a row can have this id: people and mails name numbers that no column holds."""
    return 0 < number <= _MAX_ID


def address_of(text: str) -> Address:
    """The address that was stored as this text. A localpart may hold an `@` in quotes."""
    localpart, _, domain = text.rpartition("@")
    return Address(localpart, domain)


def reverse_path_text(path: ReversePath) -> str | None:
    """`<>` for the null reverse path, None for an unknown one."""
    match path:
        case NullReversePath():
            return _NULL
        case UnknownReversePath():
            return None
        case Address():
            return str(path)


def reverse_path_of(text: str | None) -> ReversePath:
    """The reverse path that was stored so."""
    if text is None:
        return UnknownReversePath()
    return NullReversePath() if text == _NULL else address_of(text)


def addresses_text(addresses: Sequence[Address]) -> str:
    """Addresses as a JSON list."""
    return json_text([str(address) for address in addresses])


def addresses_of(text: str) -> tuple[Address, ...]:
    """The addresses that were stored as this JSON list."""
    return tuple(address_of(item) for item in json.loads(text))


def json_text(value: Sequence[str] | Mapping[str, str | int | None]) -> str:
    """JSON of cleaned texts: escaped in JSON, a NUL or surrogate would pass the column's
    cleaner and come back."""
    text = _encode(dict(value) if isinstance(value, Mapping) else list(value))
    if text.isascii() and "\\u" not in text:  # Nothing to clean, as nearly always.
        return text
    if isinstance(value, Mapping):
        cleaned = {clean_text(name): _clean(each) for name, each in value.items()}
        return _encode(cleaned)
    return _encode([clean_text(each) for each in value])


def _clean(value: str | int | None) -> str | int | None:
    return clean_text(value) if isinstance(value, str) else value


def from_json(text: str) -> Any:  # noqa: ANN401  the caller knows what it stored
    return json.loads(text)


@lru_cache(maxsize=256)  # a mail's own is asked for, noted and stored with its row
def id_hash(message_id: str) -> bytes:
    """What a Message-ID is indexed by. Amazon SES tells us its ids without the right side, which
    names the region; the left one alone is unique."""
    if message_id.endswith(_SES):
        message_id = f"{message_id.partition('@')[0]}@{_SES}"
    return hashlib.sha256(message_id.encode(errors="replace")).digest()
