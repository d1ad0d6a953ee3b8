"""Whatever an agent writes to the desk that belongs to no ticket: it never fails, nobody is mailed
whom it does not name, nobody twice, and asking what would become of it gives what becomes of it."""

import asyncio
import tempfile
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from mailgate.desk.telling.explain import explain
from mailgate.mail.digest import content_digest
from mailgate.mail.envelope import Envelope
from mailgate.mail.parse import parse_mail
from mailgate.model.journal import JournalState
from tests.deciders.desk_world import ALICE, BOB, SUPPORT
from tests.deciders.inbound_world import Desk, mail, open_desk

LINES = (
    "#new hong@customer.example",
    "#new hong@customer.example, park@customer.example",
    "#new Hong <hong@customer.example>",
    "#new bob@acme.example",
    "#new",
    "#cc park@customer.example",
    "#cc support@acme.example",
    "#pending",
    "#resolve",
    "#tag vip",
    "#assign bob",
    "#assign nobody",
    "#group hangook",
    "#priority huge",
    "#me",
    "#note",
    "#merge 1",
    "#spam",
    "#forward orders@parts.example",
    "#macro refund",
    "#follow",
    "#nonsense",
)
BESIDE = frozenset(("#cc", "#pending", "#resolve", "#tag", "#assign", "#group", "#me", "#follow"))
PEOPLE = (
    "support@acme.example",
    "help@hangook.example",
    "hong@customer.example",
    "park@customer.example",
    "bob@acme.example",
    "office@acme.example",
    "alice@acme.example",
)
OUTSIDE = frozenset(
    (
        "hong@customer.example",
        "park@customer.example",
        "orders@parts.example",
        "jung@other.example",
        "office@acme.example",
    )
)
BODIES = (
    "zqwordzq goes today.",
    "",
    "zqwordzq comes tomorrow.",
    "zqwordzq\n\n---------- Forwarded message ---------\nFrom: Jung <jung@other.example>\n\
Date: Sun, Jan 4, 2026 at 9:00 AM\nSubject: parcel\nTo: <alice@acme.example>\n\nWhere is it?",
    "---------- Forwarded message ---------\nFrom: Jung\nSubject: parcel\n\nWhere is it?",
    "zqwordzq\n#close",
)


@dataclass(frozen=True, slots=True)
class Wrote:
    """A mail of Alice's, and how she sent it."""

    orders: tuple[str, ...]
    body: str
    subject: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    proven: bool
    html: bool

    @property
    def raw(self) -> bytes:
        text = "\n".join((*self.orders, *([""] if self.orders else []), self.body))
        fields = {"Cc": ", ".join(self.cc)} if self.cc else {}
        if self.html:
            fields["Content_Type"] = "text/html; charset=utf-8"
            text = "".join(f"<div>{line or '<br>'}</div>" for line in text.split("\n"))
        return mail(
            text,
            from_="Alice Kim <alice@acme.example>",
            to=", ".join(self.to),
            subject=self.subject,
            message_id="own@acme.example",
            **fields,
        )

    @property
    def named(self) -> frozenset[str]:
        """Everybody outside whom it names in a command or in Cc."""
        words = " ".join((*self.orders, *self.cc)).replace(",", " ")
        return frozenset(one for one in OUTSIDE if one in words)


GOOD = tuple(line for line in LINES if line.split()[0] in BESIDE)
orders = st.one_of(
    st.lists(st.sampled_from(LINES), max_size=3).map(tuple),
    st.lists(st.sampled_from(GOOD), max_size=2).map(lambda more: (LINES[0], *more)),
)
wrote = st.builds(
    Wrote,
    orders=orders,
    body=st.sampled_from(BODIES),
    subject=st.sampled_from(("Your order", "Fwd: parcel", "Your order 8", "Re: ", "")),
    to=st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True).map(tuple),
    cc=st.lists(st.sampled_from(PEOPLE), max_size=2, unique=True).map(tuple),
    proven=st.sampled_from((True, True, True, True, False)),
    html=st.booleans(),
)


@dataclass(frozen=True, slots=True)
class Came:
    """What came of it."""

    state: JournalState
    failures: int
    foretold: dict[str, Any]
    decided: dict[str, Any]
    sent: list[tuple[str, str, bytes]]
    """Recipient, lane and bytes of every mail."""


async def play(folder: Path, mine: Wrote) -> Came:
    async with open_desk(folder) as desk:
        login = "alice@acme.example" if mine.proven else None
        unit = partial(
            explain,
            ctx=desk.context,
            mail=parse_mail(mine.raw),
            envelope=Envelope(ALICE.address, (SUPPORT,)),
            trusted=mine.proven,
            authenticated=login,
            now=desk.clock.now(),
            digest=content_digest(mine.raw),
            content=mine.raw,
        )
        foretold = await desk.store.read(unit)
        row = await desk.receive(
            mine.raw, reverse_path=ALICE.address, trusted=mine.proven, authenticated=login
        )
        decided = await desk.decision(row.id)
        return Came(row.state, len(desk.reports.failures), foretold, decided, await sent(desk))


async def sent(desk: Desk) -> list[tuple[str, str, bytes]]:
    return [
        (str(one.recipient), one.lane.value, await desk.content(one.id))
        for one in await desk.every_mail()
    ]


@given(mine=wrote)
@settings(max_examples=60, deadline=None)
def test_what_becomes_of_an_agents_own_mail(mine: Wrote) -> None:
    with tempfile.TemporaryDirectory() as folder:
        came = asyncio.run(play(Path(folder), mine))
    event(" ".join((*came.decided["reasons"][-1:], came.decided["cause"] or "")))
    assert came.failures == 0
    assert came.state in {JournalState.DONE, JournalState.QUARANTINED}
    for told in ("disposition", "reasons", "cause", "withheld"):
        assert came.foretold[told] == came.decided[told]
    replies = {"reply", "acknowledgement", "forward"}
    foretold, decided = (
        Counter(one["recipient"] for one in each["would_send"] if one["kind"] in replies)
        for each in (came.foretold, came.decided)
    )
    assert foretold == decided
    outside = [(to, raw) for to, _, raw in came.sent if to in OUTSIDE]
    assert {to for to, _ in outside} <= mine.named, "nobody whom it does not name"
    assert max(Counter(to for to, _ in outside).values(), default=0) <= 1, "nobody twice"
    for _, raw in outside:
        assert mine.proven
        for inside in (b"alice@", b"bob@", b"#new", b"own@acme", b"#cc"):
            assert inside not in raw
    if not mine.proven:
        assert came.state is JournalState.QUARANTINED
        assert all(b"zqword" not in raw for _, _, raw in came.sent)
    assert {to for to, _, _ in came.sent} - OUTSIDE <= {
        str(one.address) for one in (ALICE, BOB)
    } | {"minsu@hangook.example"}
