"""The names of gates: what a mail passes on its way out, and waits for."""

from collections.abc import Iterable

from mailgate.model.ids import TicketId

__all__ = [
    "ACCOUNT",
    "DOMAIN",
    "MX",
    "SMARTHOST",
    "gates_of",
    "gates_text",
    "is_place",
    "ticket_gate",
]

ACCOUNT = "account"
DOMAIN, MX, SMARTHOST = "domain:", "mx:", "smarthost:"
_PLACES = (DOMAIN, MX, SMARTHOST)


def is_place(key: str) -> bool:
    """Is it a place that mail flows to, and not a limit in any 3,600 seconds?"""
    return key.startswith(_PLACES)


def ticket_gate(ticket: TicketId) -> str:
    """What mail waits for that is to leave after earlier mail of its ticket."""
    return f"ticket:{ticket}"


def gates_text(keys: Iterable[str]) -> str:
    """Keys as they stand in a column; none of them holds a line end."""
    return "\n".join(keys)


def gates_of(text: str | None) -> tuple[str, ...]:
    """The keys in such a text."""
    return tuple(text.split("\n")) if text else ()
