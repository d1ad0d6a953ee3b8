"""What a row of the journal holds when it is new; without SQLAlchemy, for the pipe."""

from mailgate.model.journal import Arrival, JournalState
from mailgate.store.values import addresses_text, reverse_path_text

__all__ = ["ARRIVED", "NEW", "arrived"]

ARRIVED = (
    "door",
    "peer",
    "trusted",
    "authenticated",
    "received_at",
    "reverse_path",
    "forward_paths",
    "size",
    "due_at",
)
"""The columns that are known when a message comes."""

NEW = {"state": JournalState.RECEIVED.value, "attempts": 0, "released": False}
"""What is the same in every new row."""


def arrived(arrival: Arrival) -> tuple[object, ...]:
    """As `ARRIVED` names them."""
    envelope = arrival.envelope
    return (
        arrival.door.value,
        arrival.peer,
        arrival.trusted,
        arrival.authenticated,
        arrival.at,
        reverse_path_text(envelope.reverse_path),
        addresses_text(envelope.forward_paths),
        len(arrival.content),
        arrival.at,
    )
