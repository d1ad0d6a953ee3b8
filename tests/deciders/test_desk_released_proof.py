"""A mail waits in quarantine while its sender's key rotates: what was proven stays proven."""

from collections.abc import AsyncIterator, Iterable
from functools import partial
from pathlib import Path

import pytest

from mailgate.desk.arriving import quarantine
from mailgate.desk.arriving.worker import InboundWorker
from mailgate.mail.address import Address
from mailgate.mail.envelope import Envelope
from mailgate.mail.proofs import Answer, Answers, Question
from mailgate.model.ids import JournalId
from mailgate.model.journal import Arrival, Door
from mailgate.store import journal
from tests.deciders.desk_world import SUPPORT
from tests.deciders.inbound_world import Desk, mail, open_desk, random_octets
from tests.deciders.mail_signer import Signer, signed, txt

SHOP = Signer("shop.internal", "k1")
POLICY = {
    txt("_dmarc.shop.internal"): Answer(("v=DMARC1; p=reject",)),
    txt("shop.internal"): Answer(("v=spf1 ip4:198.51.100.1 -all",)),
}
HOPS = b"Received: from a.example by b.example; Mon, 5 Jan 2026 09:00:00 +0000\r\n" * 60
MAIL = HOPS + signed(mail(from_="hong@shop.internal"), SHOP)


class Zone:
    """The DNS of the sender, which somebody changes."""

    def __init__(self) -> None:
        self.answers: Answers = SHOP.answers() | POLICY

    def known(self, questions: Iterable[Question]) -> Answers:
        return {}

    async def ask(self, questions: Iterable[Question]) -> Answers:
        return {question: self.answers.get(question, Answer()) for question in questions}

    def rotate(self) -> None:
        """The key is gone, and the policy says to reject what is not signed."""
        self.answers = POLICY


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as place:
        yield place


@pytest.fixture
def zone(desk: Desk) -> Zone:
    dns = Zone()
    desk.worker = InboundWorker(
        desk.store, lambda: desk.context, desk.clock, desk.reports, random_octets(), resolver=dns
    )
    return dns


async def comes(desk: Desk, content: bytes) -> JournalId:
    """From a server that the domain has not named: only its signature can prove the mail."""
    envelope = Envelope(Address("hong", "shop.internal"), (SUPPORT,))
    arrival = Arrival(Door.SMTP, envelope, content, desk.clock.now(), peer="192.0.2.7")
    return await desk.store.write(partial(journal.append, arrival=arrival))


async def set_aside(desk: Desk) -> JournalId:
    """The mail circles."""
    row = await comes(desk, MAIL)
    await desk.worker.drain()
    assert (await desk.row(row)).cause == "hop_limit"
    return row


async def never_looked_at(desk: Desk) -> JournalId:
    """It was set aside because mailgate failed, before anybody found out who it is from."""
    row = await comes(desk, signed(mail(from_="hong@shop.internal"), SHOP))
    now, cause = desk.clock.now(), "processing_failed"
    unit = partial(journal.quarantine, row_id=row, cause=cause, error="ValueError", now=now)
    await desk.store.write(unit)
    return row


async def release(desk: Desk, row: JournalId) -> str:
    """The verdict on the sender of the mail that is let out."""
    now = desk.clock.now()
    await desk.store.write(partial(quarantine.release, row_id=row, ticket=None, now=now))
    await desk.worker.drain()
    return str((await desk.decision(row))["sender"]["authenticated"])


async def test_a_key_that_has_gone_takes_nothing_back(desk: Desk, zone: Zone) -> None:
    row = await set_aside(desk)
    zone.rotate()
    assert await release(desk, row) == "pass"
    assert "acknowledgement" in await desk.lanes()


async def test_a_mail_that_failed_then_is_no_better_now(desk: Desk, zone: Zone) -> None:
    zone.rotate()
    row = await set_aside(desk)
    zone.answers = SHOP.answers() | POLICY
    assert await release(desk, row) == "fail"
    assert "acknowledgement" not in await desk.lanes()


async def test_a_mail_that_nobody_had_looked_at_is_not_called_forged(
    desk: Desk, zone: Zone
) -> None:
    row = await never_looked_at(desk)
    zone.rotate()
    assert await release(desk, row) == "none"


async def test_a_mail_that_nobody_had_looked_at_can_still_be_proven(desk: Desk, zone: Zone) -> None:
    assert zone.answers
    assert await release(desk, await never_looked_at(desk)) == "pass"
