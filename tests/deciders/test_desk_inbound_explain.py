"""What would become of a mail, and why; nothing is touched by asking."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mailgate.desk.telling.explain import explain
from mailgate.mail.address import ReversePath
from mailgate.mail.digest import content_digest
from mailgate.mail.envelope import Envelope
from mailgate.mail.parse import parse_mail
from tests.deciders.desk_world import ALICE, SUPPORT
from tests.deciders.inbound_world import HONG, NULL, Desk, mail, open_desk, reply_address

TOLD = [
    {"kind": "notification", "recipient": "alice@acme.example"},
    {"kind": "notification", "recipient": "bob@acme.example"},
]
ANSWERED = [{"kind": "acknowledgement", "recipient": "hong@customer.example"}]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as place:
        yield place


async def ask(
    desk: Desk, content: bytes, *, reverse_path: ReversePath = HONG, **more: Any
) -> dict[str, Any]:
    unit = partial(
        explain,
        ctx=desk.context,
        mail=parse_mail(content),
        envelope=Envelope(reverse_path, (more.pop("to", SUPPORT),)),
        trusted=False,
        now=desk.clock.now(),
        **more,
    )
    explained: dict[str, Any] = await desk.store.read(unit)
    return explained


async def test_the_shape_and_the_mails_of_a_new_ticket(desk: Desk) -> None:
    assert await ask(desk, mail(), digest=content_digest(mail())) == {
        "disposition": "open_ticket",
        "reasons": ["new_conversation", "sender_is_requester", "sender_unauthenticated"],
        "ticket": None,
        "linked": None,
        "original": None,
        "cause": None,
        "visibility": None,
        "flagged": None,
        "signals": [],
        "sender": {
            "address": "hong@customer.example",
            "role": "requester",
            "authenticated": "none",
            "by": None,
            "method": None,
            "covers": True,
            "checks": [],
        },
        "rights": {
            "who": "requester",
            "authentication": "none",
            "claim": "nothing",
            "right": "new",
        },
        "would_send": TOLD + ANSWERED,
        "withheld": None,
        "rules": [],
        "defects": [],
    }
    assert await desk.tickets() == []


async def test_what_is_foretold_is_what_happens(desk: Desk) -> None:
    await desk.receive(mail())
    answer = mail("Soon.", from_="alice@acme.example", message_id="a1@acme.example")
    to = reply_address(await desk.notification())
    foretold = await ask(desk, answer, to=to, digest=content_digest(answer))
    row = await desk.receive(answer, to=to)
    assert foretold == await desk.decision(row.id)
    assert foretold["would_send"] == [{"kind": "reply", "recipient": "hong@customer.example"}]
    assert foretold["signals"] == [
        {
            "kind": "reply_token",
            "value": str(to).partition("+t")[2][:6] + "…",
            "ticket": 1,
            "verified": True,
        }
    ]
    assert foretold["sender"] == {
        "address": "alice@acme.example",
        "role": "agent",
        "authenticated": "none",
        "by": "token",
        "method": None,
        "covers": True,
        "checks": [],
    }


async def test_a_spent_budget_is_foretold(desk: Desk) -> None:
    desk.set_policy(acknowledgements_per_address_per_day=1)
    await desk.receive(mail())
    again = await ask(desk, mail(message_id="q2@customer.example"))
    assert (again["would_send"], again["withheld"]) == (TOLD, "acknowledgement_budget")


async def test_a_copy_is_known_by_its_bytes_where_they_are_given(desk: Desk) -> None:
    await desk.receive(mail())
    known = await ask(desk, mail(), digest=content_digest(mail()))
    assert (known["disposition"], known["ticket"], known["would_send"]) == ("duplicate", 1, [])
    assert (await ask(desk, mail()))["disposition"] == "open_ticket"


async def test_what_would_be_set_aside_sends_nothing(desk: Desk) -> None:
    await desk.receive(mail())
    forged = await ask(desk, mail(from_="alice@acme.example", subject="[#1] x"))
    assert (forged["disposition"], forged["ticket"]) == ("quarantine", None)
    assert "agent_not_proven" in forged["reasons"]
    assert forged["would_send"] == []
    away = await ask(desk, mail(subject="[#1] away", Auto_Submitted="auto-replied"))
    assert (away["disposition"], away["ticket"]) == ("record_auto_reply", 1)
    assert away["would_send"] == []


async def test_smtp_auth_and_the_null_path_are_taken_into_account(desk: Desk) -> None:
    await desk.receive(mail())
    agent = mail(from_="alice@acme.example", subject="[#1] x", message_id="a1@acme.example")
    proven = await ask(desk, agent, authenticated=ALICE.address.key)
    assert (proven["sender"]["authenticated"], proven["sender"]["by"]) == ("pass", "smtp_auth")
    assert proven["disposition"] == "append"
    null = await ask(desk, mail(message_id="n@customer.example"), reverse_path=NULL)
    assert null["disposition"] == "quarantine"


async def test_asking_changes_nothing(desk: Desk) -> None:
    await desk.receive(mail())
    before = (await desk.ticket(), await desk.events(), await desk.deliveries())
    await ask(desk, mail(subject="[#1] and another", message_id="q2@customer.example"))
    assert (await desk.ticket(), await desk.events(), await desk.deliveries()) == before
