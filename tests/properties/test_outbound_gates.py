"""The queue behind all its gates under any sequence of events, with the clock put back too: no
limit is broken, one mail tries a place that is down, and in the end everything has left."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from mailgate.mail.address import Address
from mailgate.model.delivery import (
    Ambiguous,
    AttemptResult,
    Deferred,
    Delivered,
    DeliveryState,
    Lane,
    LeasedDelivery,
    Reach,
    Rejected,
    Reply,
)
from mailgate.model.delivery_states import FINAL
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.model.pace import Pace
from mailgate.ratelimit.flow import FlowPolicy
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import Flow, LimitPolicy
from mailgate.ratelimit.window import WINDOW
from mailgate.store import destinations, leases, outbound
from mailgate.store.core import Connection
from mailgate.store.leases import Lease
from mailgate.store.outbound import DeliveryFilter
from mailgate.store.outboundtables import deliveries
from tests.contracts.outbound_world import (
    CONTENT,
    LEASE,
    NOW,
    SiteOf,
    claim,
    draft,
    empty_database,
    finish,
    new_ticket,
    to_mx,
    to_relay,
)

CAP, PACE, BURST, CONNECTIONS = 6, 20, 2, 2
DOMAINS = ("gmail.com", "b.example")
LIMITER = Limiter(
    LimitPolicy(
        CAP,
        automatic_per_recipient=2,
        flows=(Flow(DOMAINS[:1], FlowPolicy(Pace(PACE, 3600, BURST), CONNECTIONS)),),
    )
)
SAID = Reply(250, None, "said", NOW)
RESULTS: dict[str, AttemptResult] = {
    "delivered": Delivered(SAID),
    "deferred": Deferred(SAID),
    "slow down": Deferred(Reply(421, "4.7.0", "slow down", NOW)),
    "nobody there": Deferred(SAID, Reach.SITE),
    "rejected": Rejected(SAID),
    "ambiguous": Ambiguous(SAID),
}


@dataclass
class Queue:
    """Two nodes on one database. `now` is real time; what the clock shows is `put_back` less."""

    conn: Connection
    site_of: SiteOf
    now: datetime = NOW
    put_back: timedelta = timedelta(0)
    held: list[LeasedDelivery] = field(default_factory=list)
    sent: list[datetime] = field(default_factory=list)
    begun: list[datetime] = field(default_factory=list)
    final: dict[DeliveryId, DeliveryState] = field(default_factory=dict)
    tickets: list[TicketId] = field(default_factory=list)

    @property
    def shown(self) -> datetime:
        return self.now - self.put_back

    def write(self, lane: Lane, domain: str) -> None:
        if len(self.tickets) < 3:
            self.tickets.append(new_ticket(self.conn))
        mail = draft(self.tickets[len(self.final) % 3 - 1], Address("kim", domain), lane=lane)
        outbound.enqueue(self.conn, mail, CONTENT, self.shown)

    def step(self, action: str, seconds: float, which: int) -> None:
        self.now += timedelta(seconds=seconds)
        match action:
            case "write":
                self.write(list(Lane)[which % 4], DOMAINS[which % 2])
            case "claim":
                self.claim()
            case "recover":
                leases.recover_leases(self.conn, self.shown)
            case "clock put back":
                self.put_back += timedelta(seconds=seconds)
            case "hand back" if self.held:
                leased = self.held.pop()
                leases.hand_back_leases(self.conn, [Lease(leased.id, leased.fence)], self.shown)
            case result if self.held and result in RESULTS:
                self.finish(self.held.pop(which % len(self.held)), RESULTS[result])
            case _:
                pass
        self.check()

    def claim(self) -> Sequence[LeasedDelivery]:
        found = claim(
            self.conn, limiter=LIMITER, now=self.shown, batch=4, site_of=self.site_of
        ).leased
        self.begun += [self.now for each in found if each.recipient.domain == DOMAINS[0]]
        self.held += found
        return found

    def finish(self, leased: LeasedDelivery, result: AttemptResult) -> None:
        """A transport ends each attempt while its lease holds."""
        mine = [Lease(leased.id, leased.fence)]
        in_time = leases.renew_leases(self.conn, mine, self.shown + LEASE) == {leased.id}
        lost = finish(self.conn, [leased], result, self.shown, limiter=LIMITER).lost
        assert bool(lost) is not in_time
        if in_time and isinstance(result, Delivered | Ambiguous):
            self.sent.append(self.now)

    def check(self) -> None:
        for each in outbound.listing(self.conn, DeliveryFilter(limit=1000)):
            assert self.final.get(each.id, each.state) is each.state
            if each.state in FINAL:
                self.final[each.id] = each.state
        leased = self.conn.execute(
            select(deliveries.c.destination).where(deliveries.c.state == "leased")
        ).scalars()
        # One more tries whether it is there again, whatever is on its way still.
        assert list(leased).count(DOMAINS[0]) <= CONNECTIONS + 1
        wanted = select(deliveries.c.waits_for).where(
            deliveries.c.state == "ready", deliveries.c.waits_for.is_not(None)
        )
        waited_for = {key for key in self.conn.execute(wanted).scalars() if ":" in key}
        gates = [key for key in waited_for if not key.startswith("ticket:")]
        known = destinations.load(self.conn, gates)
        assert all(known[key].parked and known[key].look_at is not None for key in gates)

    def drain(self) -> None:
        """From now on everybody takes what comes: how long until all has left?"""
        began = self.now
        while True:
            for leased in (*self.held,):
                self.held.remove(leased)
                self.finish(leased, RESULTS["delivered"])
            leases.recover_leases(self.conn, self.shown)
            if not outbound.listing(self.conn, DeliveryFilter(state=DeliveryState.READY)):
                break
            self.claim()
            self.check()
            self.now += timedelta(minutes=10) if not self.held else timedelta(0)
            assert self.now - began < timedelta(hours=40) + 2 * self.put_back


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["write", "write", "claim", "claim", "recover", "hand back", "clock put back", *RESULTS]
        ),
        st.sampled_from([0.0, 1.0, 61.0, 180.0, 1201.0, 3600.0]),
        st.integers(0, 7),
    ),
    max_size=40,
)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([to_mx, to_relay]), STEPS)
def test_no_limit_is_broken_and_everything_leaves(
    site_of: SiteOf, steps: list[tuple[str, float, int]]
) -> None:
    with empty_database() as conn:
        queue = Queue(conn, site_of)
        for action, seconds, which in steps:
            queue.step(action, seconds, which)
        queue.drain()
        for early, beyond in zip(queue.sent, queue.sent[CAP:], strict=False):
            assert beyond - early >= WINDOW
        for first, at in enumerate(queue.begun):
            for last in range(first, len(queue.begun)):
                spent = (queue.begun[last] - at) / timedelta(hours=1)
                assert last - first + 1 <= BURST + spent * PACE


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([0.0, 1.0, 30.0, 61.0, 301.0, 1801.0]), min_size=5, max_size=30))
def test_one_mail_at_a_time_tries_a_place_that_is_down(pauses: list[float]) -> None:
    with empty_database() as conn:
        queue = Queue(conn, to_relay)
        for _ in range(4):
            queue.write(Lane.NOTIFICATION, DOMAINS[1])
        first = queue.claim()[:1]
        queue.finish(first[0], RESULTS["nobody there"])
        queue.held.clear()
        for each in conn.execute(select(deliveries.c.id, deliveries.c.fence)):
            lease = [Lease(DeliveryId(each.id), each.fence)]
            leases.hand_back_leases(conn, lease, queue.shown)
        for pause in pauses:
            queue.now += timedelta(seconds=pause)
            queue.claim()
            assert len(queue.held) <= 1
            if queue.held and pause > 60:
                queue.finish(queue.held.pop(), RESULTS["nobody there"])
