"""The story that mailgate is for, through a real mail server, as its people live it.

A customer in Korea writes; the agents have it in their own mailboxes; Alice answers from
hers; the customer has the answer from the support address, and writes again.
"""

import re

import pytest

from tests.harness.gateway import Daemon, Gateway
from tests.harness.mailbox import Mail, read_mail
from tests.harness.mails import (
    ALICE,
    EUC_KR,
    INVOICE,
    MARKER,
    PICTURE,
    UNDECLARED,
    Writing,
    customer_reply,
    korean_rich,
    outlook_reply,
)
from tests.harness.postfix import Postfix
from tests.harness.postgres import running_postgres
from tests.harness.waiting import until

COLD = True

pytestmark = pytest.mark.servers("postfix")

HONG = "hong@customer.example"
SUPPORT = "support@acme.example"
SUBJECT = "깨진 상품 교환 요청"
QUESTION = "안녕하세요, 상품이 깨져서 왔습니다. 사진과 영수증을 보냅니다."
ANSWER = ["안녕하세요, 불편을 드려 죄송합니다.", "오늘 새 상품을 보내 드리겠습니다."]
SIGNED = [*ANSWER, "Alice Kim"]
THANKS = "네, 감사합니다. 기다리겠습니다."

TOKEN_ADDRESS = re.compile(r"support\+t[a-z2-7]{32}@acme\.example")
BOUNCE_ADDRESS = re.compile(r"<support\+b[a-z2-7]{32}@acme\.example>")


def address_in(field: str) -> str:
    """`Name <address>` -> `address`."""
    return field.rpartition("<")[2].removesuffix(">")


def is_of_ours(message_id: str) -> bool:
    """Signed, at most 66 characters; the domain is the support address's."""
    return len(message_id) <= 66 and message_id.endswith("@acme.example>")


def expect_acknowledgement(mail: Mail) -> None:
    """Nothing proves that the mail is from Hong: the tag, a neutral text, no word of theirs."""
    assert mail["Return-Path"] == "<>"  # RFC 3834 §3.3
    assert mail["From"] == f"Acme Support <{SUPPORT}>"
    assert address_in(mail["To"]) == HONG
    assert mail["Subject"].startswith("[#1] ")
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert TOKEN_ADDRESS.fullmatch(address_in(mail["Reply-To"]))
    assert is_of_ours(mail["Message-ID"])
    everything = mail.everything()
    for theirs in (SUBJECT, "상품이", "first@customer.example", "홍길동"):
        assert theirs not in everything
    assert "접수" in mail.text(), "the address has Korean as its language"


def expect_notification(mail: Mail, agent: str) -> None:
    assert BOUNCE_ADDRESS.fullmatch(mail["Return-Path"]) or mail["Return-Path"] == "<>"
    assert mail["From"] == f'"홍길동 (Acme Support)" <{SUPPORT}>'
    assert address_in(mail["To"]) == agent
    assert mail["Subject"] == f"[#1] {SUBJECT}"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert TOKEN_ADDRESS.fullmatch(address_in(mail["Reply-To"]))
    assert is_of_ours(mail["Message-ID"])
    assert QUESTION in mail.text()
    assert any(HONG in line for line in mail.text().splitlines()[:3]), "what a reply does"


def expect_their_files(mail: Mail) -> None:
    """The picture is shown where it was shown, the PDF is there under its name."""
    assert "<script" not in mail.html()
    (shown,) = re.findall(r'src="cid:([^"]+)"', mail.html())
    (picture,) = [part for part in mail.parsed.walk() if part.get_content_type() == "image/png"]
    assert picture["Content-ID"] == f"<{shown}>"
    assert picture.get_payload(decode=True) == PICTURE
    assert mail.files()["영수증.pdf"] == INVOICE


def expect_answer(mail: Mail) -> None:
    """Header by header what the customer gets; no header besides these."""
    assert {name.lower() for name in mail.parsed} == {
        # Postfix's own, at final delivery:
        "return-path", "x-original-to", "delivered-to", "received",
        "from", "to", "subject", "date", "message-id", "in-reply-to", "references", "reply-to",
        "mime-version", "content-type", "x-mailgate-loop",
    }  # fmt: skip
    assert BOUNCE_ADDRESS.fullmatch(mail["Return-Path"])
    assert mail["From"] == f'"Alice Kim (Acme Support)" <{SUPPORT}>'
    assert mail["To"] == f"홍길동 <{HONG}>"
    assert mail["Subject"] == f"[#1] {SUBJECT}"
    assert is_of_ours(mail["Message-ID"])
    assert mail["In-Reply-To"] == "<first@customer.example>"
    references = mail["References"].split()
    assert references[0] == "<first@customer.example>"
    assert any(is_of_ours(one) for one in references[1:])
    assert TOKEN_ADDRESS.fullmatch(address_in(mail["Reply-To"]))
    *words, marker = mail.text().split()
    assert words == " ".join(SIGNED).split()
    assert MARKER.fullmatch(marker)
    assert all(line in mail.html() for line in SIGNED)


def expect_nothing_of(agent_mail: bytes, notification: Mail, answer: Mail) -> None:
    """Nothing of the agent's mailbox and nothing of the notification, however it is encoded."""
    everything = answer.everything()
    for name in (
        ALICE.address, ALICE.host, ALICE.ip, "alice-1@", "Outlook", "MacOutlook", "MsoNormal",
        "microsoft", "Thread-Index", "X-Originating-IP", "exchange.acme.example",
        "January 5, 2026",
    ):  # fmt: skip
        assert name.encode() in agent_mail or name in outlook_words(agent_mail)
        assert name.lower() not in everything.lower(), name
    token = address_in(notification["Reply-To"])
    for quoted in (token, notification["Message-ID"], QUESTION, "상품이 깨져서"):
        assert quoted not in everything, quoted
    marker = notification.text().splitlines()[0]
    assert marker.strip("#- ") not in everything


def outlook_words(agent_mail: bytes) -> str:
    """All words of the agent's mail, decoded: what is looked for must have been there."""
    return read_mail(agent_mail).everything()


def settle(gateway: Gateway, postfix: Postfix) -> None:
    """Waits until nothing is under way any more: not in the gateway, not in Postfix."""

    def quiet() -> bool:
        states = {one["state"] for one in gateway.ask("queue", "list")}
        return states <= {"delivered"} and postfix.waiting() == 0

    until("all mail has arrived", quiet)


def play(gateway: Gateway, postfix: Postfix, hong_writes: Writing) -> None:
    customer = postfix.mailbox(HONG)
    alice, bob = postfix.mailbox("alice@acme.example"), postfix.mailbox("bob@acme.example")

    # Hong writes: EUC-KR as 8bit, HTML with a picture in it, a PDF.
    first = korean_rich(message_id="first@customer.example", as_=hong_writes)
    postfix.submit(HONG, [SUPPORT], first)
    (acknowledgement,) = customer.wait_for(1)
    expect_acknowledgement(acknowledgement)
    (to_alice,), (to_bob,) = alice.wait_for(1), bob.wait_for(1)
    for mail, agent in ((to_alice, "alice@acme.example"), (to_bob, "bob@acme.example")):
        expect_notification(mail, agent)
        expect_their_files(mail)
    assert to_alice["Reply-To"] != to_bob["Reply-To"], "bound to the agent"
    expect_ticket_of_one(gateway)

    # Alice answers in Outlook, which quotes the whole notification under her words.
    agent_mail = outlook_reply(to_alice, ALICE, ANSWER, message_id="alice-1@acme.example")
    postfix.submit(ALICE.address, [address_in(to_alice["Reply-To"])], agent_mail)
    answer = customer.wait_for(2)[1]
    expect_answer(answer)
    expect_nothing_of(agent_mail, to_alice, answer)
    settle(gateway, postfix)
    expect_answered_ticket(gateway)
    before = alice.count(), bob.count()

    # Hong answers the answer.
    second = customer_reply(answer, THANKS, message_id="second@customer.example", as_=hong_writes)
    postfix.submit(HONG, [address_in(answer["Reply-To"])], second)
    for mailbox, known in ((alice, before[0]), (bob, before[1])):
        latest = mailbox.wait_for(known + 1)[-1]
        assert latest["Subject"] == f"[#1] {SUBJECT}"
        assert latest["From"] == f'"홍길동 (Acme Support)" <{SUPPORT}>'
        assert THANKS in latest.text()
    settle(gateway, postfix)
    assert customer.count() == 2, "an acknowledgement is for a new ticket alone"
    assert alice.count() == 2, "nobody is told of their own words"
    expect_ticket_of_three(gateway)


def expect_ticket_of_one(gateway: Gateway) -> None:
    ticket = gateway.ticket(1)
    facts = {key: ticket[key] for key in (
        "id", "subject", "status", "priority", "source", "address", "brand", "group", "assignee",
        "requester", "cc", "tags", "parent", "merged_into", "linked", "first_response_at",
        "resolved_at",
    )}  # fmt: skip
    assert facts == {
        "id": 1,
        "subject": SUBJECT,
        "status": "open",
        "priority": "normal",
        "source": "email",
        "address": SUPPORT,
        "brand": "Acme Support",
        "group": "support",
        "assignee": None,
        "requester": {"address": HONG, "name": "홍길동"},
        "cc": [],
        "tags": [],
        "parent": None,
        "merged_into": None,
        "linked": [],
        "first_response_at": None,
        "resolved_at": None,
    }
    message = ticket["messages"][0]
    assert message["kind"] == "message"
    assert (message["direction"], message["visibility"]) == ("in", "public")
    assert message["author"] == {"address": HONG, "name": "홍길동", "role": "requester"}
    assert message["subject"] == SUBJECT
    assert message["text"].strip() == QUESTION
    assert "<script" not in message["html"]
    assert message["message_id"] in ("first@customer.example", "<first@customer.example>")
    assert message["journal_id"] == 1
    files = {one["filename"]: one for one in message["attachments"]}
    assert files["broken.png"]["inline"] is True
    assert files["broken.png"]["content_id"] in html_ids(message["html"])
    assert files["영수증.pdf"]["content_type"] == "application/pdf"
    assert files["영수증.pdf"]["size"] == len(INVOICE)
    assert files["영수증.pdf"]["inline"] is False


def html_ids(html: str) -> list[str]:
    return re.findall(r"cid:([^\"']+)", html)


def public(ticket: dict[str, list[dict[str, object]]]) -> list[dict[str, object]]:
    """The conversation: what customer and agents wrote."""
    return [one for one in ticket["messages"] if one["kind"] == "message"]


def expect_answered_ticket(gateway: Gateway) -> None:
    ticket = gateway.ticket(1)
    _, answer = public(ticket)
    assert (answer["direction"], answer["visibility"]) == ("out", "public")
    assert answer["author"] == {"address": ALICE.address, "name": "Alice Kim", "role": "agent"}
    assert str(answer["text"]).split() == " ".join(SIGNED).split()
    assert QUESTION in str(answer["full_text"]), "the ticket keeps all that Alice sent"
    assert ticket["first_response_at"] is not None
    deliveries = answer["deliveries"]
    assert isinstance(deliveries, list)
    (delivery,) = deliveries
    facts = {key: delivery[key] for key in (
        "ticket", "recipient", "sender", "lane", "state", "attempts", "wait_reason",
    )}  # fmt: skip
    assert facts == {
        "ticket": 1,
        "recipient": HONG,
        "sender": SUPPORT,
        "lane": "reply",
        "state": "delivered",
        "attempts": 1,
        "wait_reason": None,
    }
    assert delivery["last_reply"]["code"] == 250
    assert delivery["relay_id"], "Postfix's queue id: where to look on"


def expect_ticket_of_three(gateway: Gateway) -> None:
    ticket = gateway.ticket(1)
    conversation = public(ticket)
    assert [one["direction"] for one in conversation] == ["in", "out", "in"]
    second = conversation[2]
    assert str(second["text"]).strip() == THANKS, "without what it quotes"
    assert second["author"] == {"address": HONG, "name": "홍길동", "role": "requester"}
    assert ticket["status"] == "open"
    assert [one["id"] for one in gateway.ask("tickets", "list")] == [1]


def expect_explained(gateway: Gateway) -> None:
    """Promise 3: why each mail became what it became."""
    explained = [gateway.ask("explain", str(number)) for number in (1, 2, 3)]
    assert [one["disposition"] for one in explained] == ["open_ticket", "append", "append"]
    assert [one["ticket"] for one in explained] == [1, 1, 1]
    assert [one["sender"]["role"] for one in explained] == ["requester", "agent", "requester"]
    assert explained[1]["sender"]["by"] == "token"


def expect_discreet_log(gateway: Gateway, daemon: Daemon) -> None:
    """JSON, a line a fact; never a secret, never a word of a mail."""
    assert daemon.facts()
    logged = daemon.logged()
    for word in (QUESTION, SUBJECT, ANSWER[0], THANKS, "상품이"):
        assert word not in logged
        assert word.encode("unicode_escape").decode() not in logged
    keys = re.findall(r"(?m)^\d+:(\S+)$", (gateway.folder / "var" / "secret.key").read_text())
    assert keys
    assert not any(key in logged for key in keys)


@pytest.mark.parametrize(
    "hong_writes",
    [pytest.param(EUC_KR, id="EUC-KR"), pytest.param(UNDECLARED, id="undeclared octets")],
)
def test_story_on_sqlite(gateway: Gateway, postfix: Postfix, hong_writes: Writing) -> None:
    with gateway.start() as daemon:
        play(gateway, postfix, hong_writes)
        expect_explained(gateway)
        assert daemon.terminate() == 0
        expect_discreet_log(gateway, daemon)


@pytest.mark.servers("postgresql")
def test_story_on_postgresql(gateway: Gateway, postfix: Postfix) -> None:
    with running_postgres() as server:
        url = server.url(server.new_database())
        gateway.write_config(smarthost=postfix.port, store_url=url)
        with gateway.start() as daemon:
            play(gateway, postfix, EUC_KR)
            expect_explained(gateway)
            assert daemon.terminate() == 0
