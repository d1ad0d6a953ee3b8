"""What agents write to the desk, on each engine: a conversation that they begin, a mail that they
pass on with a command, and mail in their name that nothing proves."""

from mailgate.mail.address import Address
from mailgate.model.ticket import Source
from tests.deciders.desk_world import ALICE, BOB
from tests.deciders.inbound_world import HONG, mail, open_desk_at

PASSED_ON = """\
#assign bob

Please have a look.

---------- Forwarded message ---------
From: Kim <kim@customer.example>
Date: Sun, Jan 4, 2026 at 9:00 AM
Subject: parcel
To: <alice@acme.example>

Where is it?
"""


async def test_what_agents_write_to_the_desk(store_url: str) -> None:
    alice = {"from_": "Alice Kim <alice@acme.example>"}
    login = "alice@acme.example"
    async with open_desk_at(store_url) as desk:
        new = mail("#new hong@customer.example\n#tag vip\nTomorrow.", message_id="n@a.x", **alice)
        await desk.receive(new, trusted=True, authenticated=login)
        on = mail(PASSED_ON, subject="Fwd: parcel", message_id="f@a.x", **alice)
        await desk.receive(on, trusted=True, authenticated=login)
        first, second = await desk.tickets()
        assert (first.source, first.requester.address) == (Source.OUTBOUND_EMAIL, HONG)
        assert (first.tags, first.started_by) == (("vip",), ALICE.address.key)
        assert second.requester.address == Address("kim", "customer.example")
        assert second.assignee == BOB.address
        assert len(await desk.entries(2)) == 2
        for number in range(2):
            forged = mail("Pay.", message_id=f"{number}@x.example", **alice)
            await desk.receive(forged, trusted=False, authenticated=None)
        assert len(await desk.about_no_ticket(ALICE.address)) == 1
        assert desk.reports.failures == []
