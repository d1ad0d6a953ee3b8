"""Whoever is shown what became of a mail cannot write in the name of those who wrote it."""

import json
import re
from functools import partial
from pathlib import Path

from mailgate.api import shapes
from mailgate.desk.telling.explain import explain
from mailgate.mail.address import Address
from mailgate.mail.envelope import Envelope
from mailgate.mail.parse import parse_mail
from mailgate.model.decision import Signal, SignalKind
from mailgate.model.journal import JournalState, JournalSummary
from mailgate.model.shown import shown_signal, shown_text
from mailgate.store import journal
from mailgate.store.core import Connection
from mailgate.telemetry.clean import Cleaner
from mailgate.threading.token import (
    Purpose,
    mint_marker,
    mint_message_id,
    mint_token,
    verify_marker,
    verify_message_id,
    verify_token,
)
from tests.deciders.bounce_world import Post, post
from tests.deciders.desk_world import ALICE, BOB, KEYRING, SUPPORT, TICKET
from tests.deciders.inbound_world import HONG, NULL, mail, references, reply_address
from tests.harness.reports import Told

EVIL = Address("a", "evil.example")
_RUN = re.compile(r"(?=([a-z2-7]{32}))", re.IGNORECASE)
_ID = re.compile(r"mg\.[a-z2-7]{29}@[a-z.]+", re.IGNORECASE)
_MARKER = re.compile(r"(?=([a-z2-7]{24}))", re.IGNORECASE)


def tokens_in(text: str) -> list[str]:
    """Every token of ours in a text that still works, wherever it stands."""
    return [run for run in _RUN.findall(text) if verify_token(KEYRING, run)]


def keys_in(text: str) -> list[str]:
    """Tokens, and ids and markers whose signature is good."""
    ids = [found for found in _ID.findall(text) if verify_message_id(KEYRING, found)]
    markers = [run for run in _MARKER.findall(text) if verify_marker(KEYRING, run)]
    return tokens_in(text) + ids + markers


async def whole_story(place: Post) -> list[tuple[bytes, Address]]:
    """Everything that comes with a token of ours, in an address or in words; what came, and
    where."""
    desk = place.desk
    notified = await desk.notification()
    alices, bobs = reply_address(notified), reply_address(await desk.notification(BOB.address))
    answer = (await desk.sent(HONG))[-1]
    hongs = reply_address(answer)
    quoting = f"See below.\n\nFrom: Hong\nTo: {alices}\n\nMy parcel"
    came = [
        (
            mail(quoting, from_=str(ALICE.address), message_id="a1@a", **references(notified)),
            alices,
        ),
        (mail("Forged.", from_=str(ALICE.address), message_id="e1@e"), bobs),
        (mail("From us.", from_=str(alices), message_id="e2@e"), SUPPORT),
        (mail("Thanks.", message_id="q2@b", **references(answer)), hongs),
        (mail("Look.", subject=f"To {hongs}", message_id="q3@b"), SUPPORT),
    ]
    for content, to in came:
        await desk.receive(content, to=to, reverse_path=EVIL)
    await place.report(Told(str(HONG), said=f"550 5.1.1 no such user; from <{place.path()}>"))
    await desk.receive(mail("Back.", message_id="q4@b"), reverse_path=place.path())
    for _ in range(1000):
        place.octets(1)  # the worker draws the same ones
    await place.answer("One more.")
    await place.leave(lambda one: f"550 5.7.1 <{one.reverse_path}>: refused")
    return came


async def rows(place: Post) -> list[JournalSummary]:
    found = await place.desk.store.read(partial(journal.listing, state=None, limit=100))
    assert {one.state for one in found} >= {JournalState.DONE, JournalState.QUARANTINED}
    return found


async def test_no_document_of_a_whole_story_holds_a_token_that_works(tmp_path: Path) -> None:
    async with post(tmp_path) as place:
        await place.opened()
        await place.answer()
        await place.leave()
        came = await whole_story(place)
        documents: list[object] = [shapes.journal_row(row) for row in await rows(place)]
        for number in range(1, len(await place.desk.tickets()) + 1):
            ticket = await place.desk.ticket(number)
            parts = await place.desk.entries(number), await place.desk.events(number)
            sent = await place.desk.deliveries(number)
            documents.append(shapes.whole_ticket(ticket, *parts, sent))
        for content, to in came:
            documents.append(await foretold(place, content, to))
    for document in documents:
        text = json.dumps(document, ensure_ascii=False)
        assert tokens_in(text) == [], text


async def foretold(place: Post, content: bytes, to: Address) -> object:
    def unit(conn: Connection) -> object:
        now, context = place.desk.clock.now(), place.desk.context
        envelope = Envelope(EVIL, (to,))
        return explain(conn, context, parse_mail(content), envelope, trusted=False, now=now)

    return await place.desk.store.read(unit)


async def test_no_decision_holds_anything_that_works(tmp_path: Path) -> None:
    """Neither the one that is stored, nor the one that `explain` prints."""
    async with post(tmp_path) as place:
        await place.opened()
        await place.answer()
        await place.leave()
        came = await whole_story(place)
        decided = [row.decision or "" for row in await rows(place)]
        decided += [json.dumps(await foretold(place, content, to)) for content, to in came]
    assert any('"reply_token"' in text for text in decided)
    assert any('"own_id"' in text for text in decided)
    assert [key for text in decided for key in keys_in(text)] == []


async def test_the_story_has_tokens_to_hide(tmp_path: Path) -> None:
    """Else the tests above could not fail."""
    async with post(tmp_path) as place:
        await place.opened()
        await place.answer()
        await place.leave()
        came = await whole_story(place)
        assert all(tokens_in(f"{to} {content.decode()}") for content, to in came)
        known = [row for row in await rows(place) if row.envelope.reverse_path != NULL]
        assert any(tokens_in(str(row.envelope)) for row in known)


def test_signed_values_are_shown_by_their_first_six_characters() -> None:
    token = mint_token(KEYRING, Purpose.AGENT_REPLY, TICKET.id, ALICE.address)
    marker = mint_marker(KEYRING, Purpose.MESSAGE_PUBLIC, TICKET.id)
    own = mint_message_id(KEYRING, Purpose.MESSAGE_PUBLIC, TICKET.id, "acme.example", b"1234")
    for kind, value in (
        (SignalKind.REPLY_TOKEN, token),
        (SignalKind.BODY_MARKER, marker),
        (SignalKind.OWN_ID, own),
        (SignalKind.RELAYED_ID, "0100018c@email.amazonses.example"),
    ):
        assert shown_signal(Signal(kind, value, TICKET.id, verified=True)) == value[:6] + "…"


def test_what_others_signed_is_shown_whole() -> None:
    for kind, value in ((SignalKind.SUBJECT_TAG, "12"), (SignalKind.STORED_ID, "q1@b.example")):
        assert shown_signal(Signal(kind, value, TICKET.id, verified=False)) == value
    assert shown_text("support+tickets@acme.example") == "support+tickets@acme.example"


def test_logs_show_no_token() -> None:
    token = mint_token(KEYRING, Purpose.AGENT_REPLY, TICKET.id, ALICE.address)
    for letter in "tb":
        told = f"550 5.1.1 <support+{letter}{token.upper()}@acme.example> is unknown"
        assert tokens_in(told)
        assert tokens_in(Cleaner().text(told)) == tokens_in(shown_text(told)) == []
