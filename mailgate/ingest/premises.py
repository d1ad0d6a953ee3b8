"""What all connections of one listener share."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from mailgate.clock import Clock
from mailgate.ingest.accept import Acceptor
from mailgate.ingest.admission import Admission, Peer
from mailgate.ingest.listener import ListenerProtocol, ListenerSpec
from mailgate.ingest.logins import Authenticator
from mailgate.ingest.respond import RefusalReason, Reply, greeting
from mailgate.mail.address import Address
from mailgate.telemetry.facts import Telemetry


class Guest(Protocol):
    """A connection, as far as the door deals with it."""

    @property
    def is_idle(self) -> bool: ...

    def hang_up(self, reason: RefusalReason) -> None: ...

    def cut_off(self) -> None: ...

    def sweep(self, now: float) -> None: ...


@dataclass(slots=True)
class Premises:
    """Settings, ports and counts of a listener, and who is connected."""

    spec: ListenerSpec
    acceptor: Acceptor
    is_ours: Callable[[Address], bool]
    clock: Clock
    telemetry: Telemetry
    admission: Admission
    tasks: asyncio.TaskGroup
    starttls: ssl.SSLContext | None
    authenticator: Authenticator | None = None
    postmaster: Callable[[Address], Address | None] = lambda _: None
    """Who gets mail to this postmaster (RFC 5321 §4.5.1); None when it is none of ours."""
    connections: set[Guest] = field(default_factory=set)
    closing: bool = False
    content_octets: int = 0
    """Held in memory for messages that are not committed yet."""
    octets_of_block: dict[str, int] = field(default_factory=dict)
    """The same by the block of the peer."""
    empty: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while nobody is here."""

    greeting: Reply = field(init=False)
    hello: Reply = field(init=False)
    """To HELO."""
    monotonic: Callable[[], float] = field(init=False)

    def __post_init__(self) -> None:
        self.monotonic = self.clock.monotonic
        self.hello = Reply(250, "", self.spec.hostname)
        self.empty.set()
        protocol = "LMTP" if self.spec.protocol is ListenerProtocol.LMTP else "ESMTP"
        self.greeting = greeting(self.spec.hostname, protocol)

    def has_room(self, peer: Peer) -> bool:
        """Whether contents of the peer may go on to fill memory: half of it is for trusted
        networks alone, and of the other half nobody gets more than a quarter, or one message."""
        limit = self.spec.limits.content_octets
        if peer.trusted:
            return self.content_octets <= limit
        share = max(limit // 8, self.spec.max_size)
        return (
            self.content_octets <= limit // 2 and self.octets_of_block.get(peer.block, 0) <= share
        )

    def hold(self, peer: Peer, octets: int) -> None:
        """The peer's contents in memory have become so much more, or less."""
        self.content_octets += octets
        of_block = self.octets_of_block.get(peer.block, 0) + octets
        if of_block:
            self.octets_of_block[peer.block] = of_block
        else:
            self.octets_of_block.pop(peer.block, None)

    def enter(self, connection: Guest) -> None:
        self.connections.add(connection)
        self.empty.clear()

    def leave(self, connection: Guest) -> None:
        self.connections.discard(connection)
        if not self.connections:
            self.empty.set()
