"""What every way out can do."""

from typing import Protocol

from mailgate.model.delivery import AttemptResult, LeasedDelivery

__all__ = ["Transport"]


class Transport(Protocol):
    """One delivery is one transaction with its own reply, also where several recipients get the
    same mail: SMTP gives one reply after DATA for all recipients of a transaction, so this way
    each recipient's fate is known for itself, and one bad recipient stops nobody."""

    async def send(self, leased: LeasedDelivery) -> AttemptResult:
        """Tries once, within a time of its own. Never raises for what the other side does:
        an unknown failure is Deferred, and Ambiguous when the mail may have been taken."""

    async def close(self) -> None:
        """Lets go of connections; attempts that still run end at once, with a result. A mail
        that is sent later opens new ones."""
