"""Who is who in old mail: strangers, third parties, machines, and ourselves."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.harness.gateway import Gateway
from tests.harness.oldmail import FIRST, mail, write_mbox

HONG = "hong@customer.example"
ASK = mail("ask@customer.example", sender=HONG, subject="[#1] Broken cup")
ANSWER = mail(
    "answer@acme.example",
    sender="Acme Support <support@acme.example>",
    to=HONG,
    subject="Re: [#1] Broken cup",
    at=FIRST + timedelta(hours=1),
    answers=("ask@customer.example",),
    text="We look into it.",
)
BOUNCE = mail(
    "bounce@mx.example",
    sender="MAILER-DAEMON@mx.example",
    subject="Undelivered Mail Returned to Sender",
    at=FIRST + timedelta(hours=2),
    more=(
        "Return-Path: <>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    ),
    text="""--b
Content-Type: text/plain

Your mail could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; hong@customer.example
Action: failed
Status: 5.2.2

--b
Content-Type: text/rfc822-headers

From: support@acme.example
To: hong@customer.example
Message-ID: <answer@acme.example>
Subject: Re: [#1] Broken cup

--b--""",
)


def step(name: str, hours: int, *, sender: str, to: str, answers: str, **more: Any) -> bytes:
    return mail(
        name,
        sender=sender,
        to=to,
        subject="Re: Broken cup",
        at=FIRST + timedelta(hours=hours),
        answers=(answers,),
        **more,
    )


@pytest.fixture
def desk(gateway: Gateway) -> Gateway:
    assert gateway.run("migrate").returncode == 0
    return gateway


def brought(gateway: Gateway, *mails: bytes, more: tuple[str, ...] = ()) -> Any:
    write_mbox(gateway.folder / "old.mbox", list(mails))
    done = gateway.run("import", "old.mbox", "--json", *more)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def shown(ticket: Any) -> list[tuple[str, str, str, str]]:
    return [
        (one["kind"], one["direction"], one["visibility"], one["author"]["role"])
        for one in ticket["messages"]
    ]


def test_everybody_on_a_conversation(desk: Gateway) -> None:
    away = step(
        "away@customer.example",
        3,
        sender=HONG,
        to="support@acme.example",
        answers="answer@acme.example",
        more=("Auto-Submitted: auto-replied",),
    )
    maker = "maker@cups.example"
    asked = step(
        "fwd@acme.example",
        4,
        sender="alice@acme.example",
        to=maker,
        answers="ask@customer.example",
    )
    told = step(
        "maker@cups.example", 5, sender=maker, to="alice@acme.example", answers="fwd@acme.example"
    )
    colleague = step(
        "mina@customer.example",
        6,
        sender="mina@customer.example",
        to="support@acme.example",
        answers="answer@acme.example",
    )
    internal = step(
        "note@acme.example",
        7,
        sender="bob@acme.example",
        to="alice@acme.example",
        answers="ask@customer.example",
    )
    joins = step(
        "joins@acme.example",
        8,
        sender="alice@acme.example",
        to=HONG,
        answers="ask@customer.example",
        more=("Cc: boss@customer.example",),
    )
    boss = step(
        "boss@customer.example",
        9,
        sender="boss@customer.example",
        to="support@acme.example",
        answers="joins@acme.example",
    )
    document = brought(
        desk, boss, ASK, BOUNCE, ANSWER, away, told, asked, colleague, internal, joins
    )
    assert document["tickets"] == {"new": 1, "extended": 0}
    assert document["imported"] == 10
    ticket = desk.ticket(1)
    assert shown(ticket) == [
        ("message", "in", "public", "requester"),
        ("message", "out", "public", "agent"),
        ("bounce", "in", "private", "system"),
        ("auto_reply", "in", "private", "requester"),
        ("forward", "out", "private", "agent"),
        ("message", "in", "private", "stranger"),
        ("message", "in", "private", "stranger"),
        ("note", "in", "private", "agent"),
        ("message", "out", "public", "agent"),
        ("message", "in", "public", "participant"),
    ]
    assert ticket["cc"] == ["boss@customer.example"]
    assert ticket["messages"][5]["flags"] == ["sender_is_stranger"]
    assert ticket["first_response_at"] == "2025-03-03T10:00:00Z"
    assert desk.ask("queue", "list") == []


def test_a_bounce_of_a_mail_that_is_not_here_is_left_out(desk: Gateway) -> None:
    document = brought(desk, BOUNCE, ASK)
    assert document["imported"] == 1
    assert [one["reason"] for one in document["left_out"]] == ["automatic_alone"]


def test_the_number_of_another_desk_is_not_ours(desk: Gateway) -> None:
    """`[#1]` of the old desk names ticket 1 of it, which is somebody else's here."""
    brought(desk, mail("first@other.example", sender="other@other.example"))
    document = brought(desk, ASK, ANSWER)
    assert document["tickets"] == {"new": 1, "extended": 0}
    assert len(desk.ticket(1)["messages"]) == 1
    assert desk.ticket(2)["subject"] == "[#1] Broken cup"


def test_a_copy_with_other_fields_is_the_same_mail(desk: Gateway) -> None:
    """The copy in the sent folder, and the one that came by a list or an archive."""
    copy = ANSWER.replace(b"Subject:", b"X-Archive: yes\nBcc: support@acme.example\nSubject:", 1)
    labelled = ASK.replace(b"Subject:", b"X-Gmail-Labels: Inbox\nSubject:", 1)
    document = brought(desk, ASK, ANSWER, copy, labelled)
    assert (document["imported"], document["already_there"]) == (2, 2)
    again = brought(desk, labelled, copy)
    assert (again["imported"], again["already_there"]) == (0, 2)


def test_labels_of_a_google_archive_are_folders(desk: Gateway) -> None:
    spam = mail("spam@customer.example", sender=HONG, more=("X-Gmail-Labels: Unread,Spam",))
    draft = mail(
        "draft@acme.example", sender="alice@acme.example", more=("X-Gmail-Labels: Drafts",)
    )
    document = brought(desk, ASK, spam, draft)
    assert document["imported"] == 1
    assert [(o["reason"], o["count"]) for o in document["left_out"]] == [
        ("draft_junk_or_deleted", 2)
    ]


def test_the_same_id_with_other_words_is_another_mail(desk: Gateway) -> None:
    """Nobody swallows a mail by writing its Message-ID into theirs."""
    forged = mail("ask@customer.example", sender=HONG, subject="[#1] Broken cup", text="Never mind")
    document = brought(desk, forged, ASK)
    assert document["imported"] == 2


def test_what_we_sent_ourselves_is_there_already(gateway: Gateway) -> None:
    """A mailbox that had mails of this gateway in it."""
    with gateway.start():
        pass
    brought(gateway, mail("1@customer.example", sender=HONG))
    answered = gateway.run("reply", "1", "--as", "alice@acme.example", stdin=b"Here it is.\n")
    assert answered.returncode == 0, answered.stderr.decode()
    sent_as = gateway.ticket(1)["messages"][1]["message_id"]
    ours = mail(sent_as, sender="support@acme.example", to=HONG, answers=("1@customer.example",))
    document = brought(gateway, ours)
    assert (document["imported"], document["already_there"]) == (0, 1)


def test_the_name_of_a_file_forges_no_line_of_the_report(desk: Gateway) -> None:
    folder = desk.folder / "old"
    folder.mkdir()
    (folder / "1.eml").write_bytes(ASK)
    (folder / "2\n9 messages already there\x1b[2J.eml").write_bytes(b"")
    done = desk.run("import", "old")
    assert b"    old/2\\u000a9 messages already there\\u001b[2J.eml\n" in done.stdout


def test_what_we_sent_is_put_in_when_the_database_is_another(gateway: Gateway) -> None:
    """The secret key outlived the database: the signature proves who wrote it, not that it is
    here."""
    with gateway.start():
        pass
    ask = mail("1@customer.example", sender=HONG)
    brought(gateway, ask)
    answered = gateway.run("reply", "1", "--as", "alice@acme.example", stdin=b"Here it is.\n")
    assert answered.returncode == 0, answered.stderr.decode()
    sent_as = gateway.ticket(1)["messages"][1]["message_id"]
    ours = mail(sent_as, sender="support@acme.example", to=HONG, answers=("1@customer.example",))
    for file in (gateway.folder / "var").glob("mailgate.db*"):
        file.unlink()
    assert gateway.run("migrate").returncode == 0
    document = brought(gateway, ask, ours)
    assert (document["imported"], document["already_there"]) == (2, 0)
    assert [one[1] for one in shown(gateway.ticket(1))] == ["in", "out"]
    again = brought(gateway, ask, ours)
    assert (again["imported"], again["already_there"]) == (0, 2)


def test_an_agent_who_writes_to_the_desk_is_its_customer(desk: Gateway) -> None:
    document = brought(
        desk,
        mail("a@acme.example", sender="alice@acme.example"),
        mail("b@acme.example", sender="alice@acme.example", to="bob@acme.example"),
        mail("c@acme.example", sender="support@acme.example", to="alice@acme.example"),
    )
    assert document["imported"] == 1
    assert desk.ticket(1)["requester"]["address"] == "alice@acme.example"
    assert [(one["reason"], one["count"]) for one in document["left_out"]] == [
        ("nobody_outside", 2)
    ]
