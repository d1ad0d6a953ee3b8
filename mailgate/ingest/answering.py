"""How a connection answers, and tells telemetry of what it refuses."""

import asyncio

from aiosmtpd.smtp import SMTP

from mailgate.ingest.admission import Peer
from mailgate.ingest.premises import Premises
from mailgate.ingest.respond import RefusalReason, Reply, refusal
from mailgate.model.journal import Door


class Answering(SMTP):
    """Replies are written without waiting (aiosmtpd drains after each): a client that does not
    read them is noticed by the transport's own mark."""

    premises: Premises
    peer: Peer
    transport: asyncio.Transport | None = None

    @property
    def door(self) -> Door:
        return self.premises.spec.protocol.door

    def report_fault(self, error: Exception) -> Reply:
        """Reports a fault of ours; the reply says nothing about it and is never permanent."""
        self.premises.telemetry.task_failed(
            task=f"{self.door} session", error=f"{type(error).__name__}: {error}"
        )
        return self.refuse(RefusalReason.OUR_FAULT)

    def send(self, reply: Reply) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(reply.wire)

    def send_wire(self, wire: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(wire)

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Time is measured by `sweep`: a timer a command is what aiosmtpd would set here."""

    async def push(self, status: str | bytes) -> None:
        """How aiosmtpd's STARTTLS answers."""
        self.send_wire((status.encode() if isinstance(status, str) else status) + b"\r\n")

    def refuse(self, reason: RefusalReason, *, login: str | None = None) -> Reply:
        """Counts a refusal, and gives its reply. `login` is the name that was tried."""
        self.premises.telemetry.refused(
            door=self.door,
            listener=self.premises.spec.name,
            reason=reason,
            peer=self.peer.address,
            login=login,
        )
        return refusal(reason)
