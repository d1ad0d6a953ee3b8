"""A desk whose mail leaves for a mail server that says what the test says."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from mailgate.desk.returned.undelivered import tell_undelivered
from mailgate.desk.ticket.replies import ReplyRequest, reply
from mailgate.mail.address import Address
from mailgate.model.delivery import (
    AttemptResult,
    Deferred,
    Delivered,
    Delivery,
    LeasedDelivery,
    Rejected,
    Reply,
)
from mailgate.model.ids import TicketId
from mailgate.model.seed import Seed
from mailgate.model.suppression import Suppression
from mailgate.outbound.claim import ClaimOrder, claim_deliveries
from mailgate.outbound.kept import keep_back
from mailgate.outbound.settle import settle
from mailgate.outbound.telling import settle_and_tell
from mailgate.ratelimit.limiter import Limiter
from mailgate.ratelimit.policy import LimitPolicy
from mailgate.store import suppressions
from mailgate.store.core import Connection
from tests.deciders.desk_world import ALICE
from tests.deciders.inbound_world import HONG, NULL, Desk, mail, open_desk, random_octets
from tests.harness.reports import Told, delivery_report

_NO_LIMIT = Limiter(LimitPolicy(1_000_000))
Said = Callable[[LeasedDelivery], str]
"""The reply of the other side, `550 5.1.1 …`; a 250 takes it."""


def taken(leased: LeasedDelivery) -> str:
    return "250 2.0.0 ok"


@dataclass
class Post:
    """The desk, and what has left it: `dialled` is all that was tried, in order."""

    desk: Desk
    dialled: list[LeasedDelivery] = field(default_factory=list)
    octets: Callable[[int], bytes] = field(default_factory=random_octets)
    reports: int = 0

    async def opened(self, text: str = "My parcel has not come.") -> None:
        """Hong writes, and everything that this causes leaves."""
        await self.desk.receive(mail(text), trusted=False)
        await self.leave()

    async def answer(
        self, text: str = "It is on its way.", *, cc: tuple[Address, ...] = ()
    ) -> None:
        """Alice answers Hong on the first ticket; it waits in the queue."""

        def unit(conn: Connection) -> None:
            request = ReplyRequest(TicketId(1), text, agent=ALICE, cc=cc)
            now, seed = self.desk.clock.now(), Seed(self.octets(32))
            reply(conn, self.desk.context, request, now=now, seed=seed)

        await self.desk.store.write(unit)

    async def leave(self, said: Said = taken) -> list[LeasedDelivery]:
        """What waits leaves, until nothing waits; those that were dialled."""
        before = len(self.dialled)
        while await self.desk.store.write(partial(self._leave_once, said=said)):
            pass
        return self.dialled[before:]

    def _leave_once(self, conn: Connection, said: Said) -> int:
        now = self.desk.clock.now()
        order = ClaimOrder("a", now, timedelta(minutes=20), 100, 1_000_000)
        leased = claim_deliveries(conn, _NO_LIMIT, order).leased
        settlements = []
        for one in leased:
            if one.suppressed_by is None:
                self.dialled.append(one)
                result = self._result(said(one))
            else:
                result = keep_back(one.suppressed_by, now)
            settlements.append(settle(one, result, now, 0))
        tell = partial(tell_undelivered, context=lambda: self.desk.context, random=self.octets)
        settle_and_tell(conn, settlements=settlements, tell=tell, limiter=_NO_LIMIT)
        return len(leased)

    def _result(self, said: str) -> AttemptResult:
        code, status, _ = said.split(" ", 2)
        answer = Reply(int(code), status, said[4:], self.desk.clock.now())
        match code[0]:
            case "2":
                return Delivered(answer)
            case "4":
                return Deferred(answer)
            case _:
                return Rejected(answer)

    def path(self, recipient: Address = HONG) -> Address:
        """Where a report about the last mail to this recipient goes."""
        path = next(one for one in reversed(self.dialled) if one.recipient == recipient)
        assert isinstance(path.reverse_path, Address)
        return path.reverse_path

    def message_id(self, recipient: Address = HONG) -> str:
        return next(one for one in reversed(self.dialled) if one.recipient == recipient).message_id

    async def report(
        self, *told: Told, to: Address | None = None, about: str | None = None
    ) -> dict[str, Any]:
        """A report comes; what was decided. `to` is the signed address of Hong's last mail, and
        `about` its id, if nothing else is said."""
        self.reports += 1
        where = to or self.path()
        content = delivery_report(
            str(where), *told, about=about or self.message_id(), number=self.reports
        )
        row = await self.desk.receive(content, to=where, reverse_path=NULL)
        return await self.desk.decision(row.id)

    async def kept(self) -> list[Suppression]:
        now = self.desk.clock.now()
        found = await self.desk.store.read(partial(suppressions.listing, now=now, limit=100))
        return [each.suppression for each in found]

    async def kept_from(self) -> list[Address]:
        return [each.address for each in await self.kept()]

    async def delivery(self, recipient: Address = HONG) -> Delivery:
        """The last mail to this recipient."""
        found = [d for d in await self.desk.deliveries() if d.recipient == recipient]
        return found[-1]

    async def told(self, agent: Address = ALICE.address) -> list[str]:
        """The texts of what this agent was sent."""
        mails = await self.desk.sent(agent)
        return [part.get_content() for m in mails if (part := m.get_body(("plain",))) is not None]


@asynccontextmanager
async def post(folder: Path) -> AsyncIterator[Post]:
    async with open_desk(folder) as desk:
        yield Post(desk)
