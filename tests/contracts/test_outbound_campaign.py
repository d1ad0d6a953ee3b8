"""A campaign over the cap, with time simulated: it all leaves, in order, and in nobody's way."""

from datetime import datetime, timedelta

from mailgate.model.delivery import Delivered, Lane, Reply
from mailgate.model.ids import DeliveryId
from mailgate.outbound.settle import settle
from mailgate.outbound.telling import settle_and_tell
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.ratelimit.window import WINDOW
from mailgate.store.core import Connection
from tests.contracts.outbound_world import NOW, claim, empty_database, queue

CAP, MAILS = 40, 200
LIMITER = Limiter(LimitPolicy(CAP))
MINUTE = timedelta(minutes=1)


class Simulation:
    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.now = NOW
        self.left: list[tuple[datetime, DeliveryId]] = []
        self.postponed = 0

    def look(self) -> None:
        """What a worker does each time it wakes: it claims until there is no more."""
        more = True
        while more:
            found = claim(self.conn, limiter=LIMITER, now=self.now, batch=10)
            more = found.more
            self.postponed += found.postponed
            taken = Delivered(Reply(250, None, "ok", self.now))
            done = [settle(leased, taken, self.now, 0) for leased in found.leased]
            settle_and_tell(self.conn, settlements=done, tell=None, limiter=LIMITER)
            self.left += [(self.now, leased.id) for leased in found.leased]


def test_a_campaign_over_the_cap() -> None:
    with empty_database() as conn:
        simulation = Simulation(conn)
        campaign = queue(conn, MAILS, lane=Lane.CAMPAIGN)
        replies: list[DeliveryId] = []
        while len(simulation.left) < MAILS + len(replies):
            if simulation.now.minute % 20 == 10:
                (reply,) = queue(conn, 1, now=simulation.now)
                replies.append(reply)
            simulation.look()
            assert {*replies} <= {delivery for _, delivery in simulation.left}, "within a minute"
            simulation.now += MINUTE
        times = [at for at, _ in simulation.left]
        assert all(b - a >= WINDOW for a, b in zip(times, times[CAP:], strict=False))
        assert [d for _, d in simulation.left if d not in replies] == campaign
        # 28 campaign mails an hour (70 % of 40), less the 3 replies of the hour.
        assert simulation.now - NOW <= timedelta(hours=MAILS / 25 + 1)
        assert simulation.postponed <= 3 * MAILS, "who waits is not looked at over and over"
