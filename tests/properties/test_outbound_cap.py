"""The queue itself under any sequence of events: the hourly cap, fences and final states hold."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.model.delivery import (
    Ambiguous,
    AttemptResult,
    Deferred,
    Delivered,
    DeliveryState,
    LeasedDelivery,
    Rejected,
    Reply,
)
from mailgate.model.delivery_states import FINAL
from mailgate.model.ids import DeliveryId
from mailgate.outbound.settle import settle
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.ratelimit.window import WINDOW
from mailgate.store import again, leases, operating, outbound
from mailgate.store.core import Connection
from mailgate.store.leases import Lease
from mailgate.store.operating import EVERYTHING
from mailgate.store.outbound import DeliveryFilter
from tests.contracts.outbound_world import LEASE, NOW, claim, empty_database, queue

MAILS = 8
REPLY = Reply(250, None, "said", NOW)
RESULTS: dict[str, AttemptResult] = {
    "delivered": Delivered(REPLY),
    "deferred": Deferred(REPLY),
    "rejected": Rejected(REPLY),
    "ambiguous": Ambiguous(REPLY),
}


@dataclass
class Nodes:
    """Two nodes on one database. `sent` are the times at which mail left, or may have."""

    conn: Connection
    limiter: Limiter
    now: datetime = NOW
    held: list[LeasedDelivery] = field(default_factory=list)
    sent: list[datetime] = field(default_factory=list)
    final: dict[DeliveryId, DeliveryState] = field(default_factory=dict)

    def step(self, action: str, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        match action:
            case "claim":
                self.held += claim(self.conn, limiter=self.limiter, now=self.now, batch=2).leased
            case "recover":
                leases.recover_leases(self.conn, self.now)
            case "hand back" if self.held:
                leased = self.held.pop()
                leases.hand_back_leases(self.conn, [Lease(leased.id, leased.fence)], self.now)
            case "operator":
                operating.hold(self.conn, EVERYTHING, self.now)
                operating.release(self.conn, EVERYTHING, self.now)
                again.retry(self.conn, EVERYTHING, self.now)
            case result if self.held and result in RESULTS:
                self.finish(self.held.pop(0), RESULTS[result])
            case _:
                pass
        self.check_states()

    def finish(self, leased: LeasedDelivery, result: AttemptResult) -> None:
        """A transport ends each attempt while its lease holds."""
        in_time = self.still_held(leased)
        lost = leases.settle_deliveries(self.conn, [settle(leased, result, self.now, 0)]).lost
        assert bool(lost) is not in_time
        if in_time and isinstance(result, Delivered | Ambiguous):
            self.sent.append(self.now)

    def still_held(self, leased: LeasedDelivery) -> bool:
        return leases.renew_leases(
            self.conn, [Lease(leased.id, leased.fence)], self.now + LEASE
        ) == {leased.id}

    def check_states(self) -> None:
        for delivery in outbound.listing(self.conn, DeliveryFilter()):
            assert self.final.get(delivery.id, delivery.state) is delivery.state
            if delivery.state in FINAL:
                self.final[delivery.id] = delivery.state


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["claim", "claim", "recover", "hand back", "operator", *RESULTS]),
        st.sampled_from([0.0, 1.0, 60.0, 1199.0, 1201.0, 3599.0, 3600.0]),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), STEPS)
def test_no_hour_has_more_than_the_cap_and_nothing_leaves_a_final_state(
    cap: int, steps: list[tuple[str, float]]
) -> None:
    with empty_database() as conn:
        queue(conn, MAILS)
        nodes = Nodes(conn, Limiter(LimitPolicy(cap)))
        for action, seconds in steps:
            nodes.step(action, seconds)
        for first, beyond in zip(nodes.sent, nodes.sent[cap:], strict=False):
            assert beyond - first >= WINDOW
