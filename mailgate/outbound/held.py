"""The leases of this node: until when each holds, renewed while it runs, given back or lost."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from mailgate.model.delivery import LeasedDelivery
from mailgate.outbound.means import Means
from mailgate.outbound.recovering import recover
from mailgate.outbound.reports import report_recovered
from mailgate.store.leases import (
    Lease,
    hand_back_leases,
    hand_back_unheard,
    renew_leases,
)

__all__ = ["HeldLeases", "lease_of"]

_LATE = timedelta(minutes=2)
"""So long after it failed a unit of work may still be committed: no statement takes longer."""


def lease_of(leased: LeasedDelivery) -> Lease:
    return Lease(leased.id, leased.fence)


class HeldLeases:
    """What this node may touch, from its claim until it is settled."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._until: dict[Lease, datetime] = {}
        # Until when the leases hold of claims that failed: nobody knows whether they are there.
        self._unsure: frozenset[datetime] = frozenset()

    # --- at hand --------------------------------------------------------------------------

    def hold(self, leased: LeasedDelivery, until: datetime) -> None:
        self._until[lease_of(leased)] = until

    def end(self, leased: LeasedDelivery) -> None:
        """It is settled."""
        self._until.pop(lease_of(leased), None)

    def lose(self, lease: Lease) -> None:
        """It is another node's by now, or may be. That is told once: renewing, beginning and
        settling each find it out."""
        if self._until.pop(lease, None) is not None:
            self._means.telemetry.lease_lost(delivery=lease.delivery)

    def may_begin(self, leased: LeasedDelivery) -> bool:
        """Does the lease hold for a whole attempt? It does not after a long standstill of
        this process or of the store; then another node may be at it."""
        lease = lease_of(leased)
        until = self._until.get(lease)
        if until is not None and self._means.clock.now() + self._means.policy.attempt <= until:
            return True
        self.lose(lease)
        return False

    # --- in the store ---------------------------------------------------------------------

    def doubt(self, until: datetime) -> None:
        """A claim until then was not answered: it may be committed, now or later."""
        self._unsure |= {until}

    async def take_back(self) -> bool:
        """Hands back what claims took whose answers were lost; False when that failed too.
        Done for a while, because such a claim may be committed later."""
        if not self._unsure:
            return True
        means, now = self._means, self._means.clock.now()
        unit = partial(
            hand_back_unheard, node=means.node, untils=self._unsure, held=[*self._until], now=now
        )
        if await means.write("take back", unit, tries=1) is None:
            return False
        late = now - _LATE + means.policy.lease
        self._unsure = frozenset(until for until in self._unsure if until > late)
        return True

    async def hand_back(self, unbegun: Sequence[LeasedDelivery]) -> None:
        """Gives back what was not tried."""
        ours = [lease for leased in unbegun if (lease := lease_of(leased)) in self._until]
        for lease in ours:
            del self._until[lease]
        if ours:
            unit = partial(hand_back_leases, leases=ours, now=self._means.clock.now())
            await self._means.write("hand back", unit)

    async def recover(self, node: str | None) -> None:
        """Takes back leases of nodes that died; with `node`, those of this one's former life."""
        means = self._means
        more = True
        while more and not means.stopping:
            now = means.clock.now()
            unit = partial(recover, tell=means.tell, now=now, node=node, jitter=means.jitter)
            found = await means.write("recover", unit, tries=1)
            if found is None:
                # At the start there is nothing to do before this has worked.
                more = node is not None
            else:
                report_recovered(means.telemetry, found)
                more = bool(found.lost)

    async def renew(self) -> None:
        """Lengthens what is held; what is not ours any more is lost."""
        held = list(self._until)
        if not held:
            return
        until = self._means.clock.now() + self._means.policy.lease
        unit = partial(renew_leases, leases=held, until=until)
        ours = await self._means.write("renew", unit, tries=1)
        if ours is None:
            return
        for lease in held:
            if lease in self._until and lease.delivery in ours:
                self._until[lease] = until
            else:
                self.lose(lease)
