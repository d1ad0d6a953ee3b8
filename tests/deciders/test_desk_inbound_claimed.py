"""A From that can be read in two ways claims everybody whom it names (RFC 5322 §3.6.2)."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.deciders.desk_world import BOB
from tests.deciders.inbound_world import (
    QUARANTINED,
    Desk,
    mail,
    open_desk,
    references,
    reply_address,
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as opened:
        yield opened


def words(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


AGENTS = (
    "alice@acme.example, x@evil.example",
    "x@evil.example, Alice Kim <alice@acme.example>",
    "grp: alice@acme.example;",
    "x@evil.example\r\nFrom: alice@acme.example",
)


@pytest.mark.parametrize("from_", AGENTS)
async def test_an_agent_among_others_is_not_proven(desk: Desk, from_: str) -> None:
    row = await desk.receive(mail("Please pay", from_=from_))
    assert (row.state, row.cause) == (QUARANTINED, "agent_not_proven")


@pytest.mark.parametrize("from_", AGENTS)
async def test_their_own_token_proves_no_agent_among_others(desk: Desk, from_: str) -> None:
    await desk.receive(mail())
    told = await desk.notification()
    answer = mail("Pay", from_=from_, message_id="a1@acme.example", **references(told))
    row = await desk.receive(answer, to=reply_address(told))
    assert (row.state, row.cause) == (QUARANTINED, "agent_not_proven")


@pytest.mark.parametrize(
    "from_", ["support@acme.example, x@evil.example", "g: support@acme.example;"]
)
async def test_nobody_writes_as_the_desk_among_others(desk: Desk, from_: str) -> None:
    row = await desk.receive(mail("Please pay", from_=from_))
    assert (row.state, row.cause) == (QUARANTINED, "from_support_address")


async def test_agents_are_told_that_the_sender_is_in_doubt(desk: Desk) -> None:
    """As of a sender who is known to be forged."""
    await desk.receive(mail(from_="Park <park@a.example>, Kim <kim@b.example>"))
    unsure = words(await desk.notification(BOB.address))
    forged = "Authentication-Results: mx.acme.example; dmarc=fail header.from=a.example\r\n"
    desk.set_policy(trusted_authserv_ids=frozenset({"mx.acme.example"}))
    content = mail(from_="Park <park@a.example>", message_id="q9@a.example")
    await desk.receive(forged.encode() + content, trusted=True)
    doubted = words(await desk.notification(BOB.address, 2))

    def head(text: str) -> str:
        return next(line for line in text.splitlines() if "park@a.example" in line)

    assert head(unsure) == head(doubted)
