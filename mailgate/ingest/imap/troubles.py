"""What a mailbox remembers from one session to the next."""

from dataclasses import dataclass, field
from math import inf

from mailgate.ingest.imap.plan import Suspect
from mailgate.ingest.imap.trail import Trail


@dataclass(slots=True)
class Troubles:
    """Of one mailbox; lost with the process, which costs nothing but time."""

    suspects: dict[int, Suspect] = field(default_factory=dict)
    trail: Trail = field(default_factory=Trail)
    epoch: int = 0
    fetched: int = 0
    """Messages that the server gave."""
    after_due: float = -inf
    """On the monotonic clock: what `after` says ended the last session, and waits until then."""
    after_told: bool = False

    def of(self, epoch: int) -> "Troubles":
        """In another epoch, UIDs are other messages."""
        if epoch != self.epoch:
            self.suspects.clear()
            self.trail.clear()
            self.epoch = epoch
        return self
