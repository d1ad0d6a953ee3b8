"""A customer wrote to an agent, who passes the mail on to the desk: it becomes that customer's
ticket. And somebody writes in an agent's name. Real mails through a real Postfix."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest

from tests.harness.gateway import Gateway
from tests.harness.mails import simple
from tests.harness.office import (
    ALICE,
    BOB,
    HELP,
    HONG,
    JISU,
    MINHO,
    SUPPORT,
    VENDOR,
    bare,
    open_office,
)

pytestmark = pytest.mark.servers("postfix")

INLINE = """\
단골 고객입니다. 빨리 봐 주세요.

--
김지수
02-123-4567

---------- Forwarded message ---------
보낸사람: 홍길동 <hong@customer.example>
Date: 2026년 1월 4일 (일) 오전 9:00
Subject: 주문한 상품이 안 왔어요
To: <jisu@hanbit.example>

주문 7번이 아직 오지 않았습니다.
"""


def test_a_mail_passed_on_in_korean(gateway: Gateway) -> None:
    """지수 gets Hong's mail, passes it on with a word of her own; 민호 answers Hong from his
    mailbox."""
    with open_office(gateway) as office:
        office.write(JISU, HELP, "Fwd: 주문한 상품이 안 왔어요", INLINE)
        news = office.arrived()
        assert set(news) == {MINHO}, "not who passed it on, and nobody outside"
        question, note = news[MINHO]
        assert "주문 7번이 아직 오지 않았습니다." in question.text()
        assert "단골" not in question.everything()
        assert "동료가 전달한 메일" in question.text()
        assert "단골 고객입니다." in note.text()
        assert "02-123-4567" not in note.everything()

        ticket = office.ticket(1)
        assert ticket["requester"] == {"address": HONG.address, "name": "홍길동"}
        assert ticket["subject"] == "주문한 상품이 안 왔어요"
        assert (ticket["source"], ticket["status"], ticket["brand"]) == ("email", "open", "hanbit")
        theirs, word = ticket["messages"]
        assert (theirs["kind"], theirs["direction"]) == ("message", "in")
        assert theirs["author"]["role"] == "requester"
        assert (word["kind"], word["visibility"]) == ("note", "private")

        office.answer(MINHO, question, "내일 도착합니다.")
        news = office.arrived()
        (got,) = news[HONG]
        assert "내일 도착합니다." in got.text()
        everything = got.everything()
        for inside in ("jisu", "minho", "단골", "지수"):
            assert inside not in everything
        office.answer(HONG, got, "감사합니다.")
        news = office.arrived()
        assert set(news) == {JISU, MINHO} - {HONG}
        assert len(gateway.ask("tickets", "list")) == 1


def test_a_mail_passed_on_as_an_attachment(gateway: Gateway) -> None:
    """With its file; a command above it assigns the ticket. Passed on once more, it is a note."""
    inner = EmailMessage(policy=SMTP)
    inner["From"], inner["To"] = "Hong <hong@customer.example>", ALICE.address
    inner["Subject"], inner["Message-ID"] = "My bill", "<bill@customer.example>"
    inner["Date"] = "Sun, 04 Jan 2026 09:00:00 +0900"
    inner.set_content("The bill is wrong.")
    inner.add_attachment(b"%PDF-1.4 bill", maintype="application", subtype="pdf", filename="b.pdf")

    def passed_on(words: str, message_id: str) -> bytes:
        outer = EmailMessage(policy=SMTP)
        outer["From"], outer["To"] = f"Alice Kim <{ALICE}>", SUPPORT
        outer["Subject"], outer["Message-ID"] = "Fwd: My bill", f"<{message_id}>"
        outer["Date"] = "Mon, 05 Jan 2026 10:00:00 +0000"
        outer.set_content(words)
        outer.add_attachment(inner)
        return outer.as_bytes()

    with open_office(gateway) as office:
        first = passed_on("#assign bob\n\nPlease have a look.", "f1@acme.example")
        office.postfix.submit(ALICE.address, [SUPPORT], first)
        assert set(office.arrived()) == {BOB}
        ticket = office.ticket(1)
        assert ticket["requester"]["address"] == HONG.address
        assert ticket["assignee"] == BOB.address
        theirs, note = ticket["messages"]
        assert theirs["at"] == "2026-01-04T00:00:00Z"
        assert theirs["message_id"] == "bill@customer.example"
        assert [one["filename"] for one in theirs["attachments"]] == ["b.pdf"]
        assert note["text"] == "Please have a look."

        again = passed_on("Once more.", "f2@acme.example")
        office.postfix.submit(ALICE.address, [SUPPORT], again)
        news = office.arrived()
        assert set(news) == {ALICE, BOB}
        assert "was not sent to the customer" in " ".join(news[ALICE][0].text().split())
        assert len(gateway.ask("tickets", "list")) == 1


def test_somebody_writes_in_an_agents_name(gateway: Gateway) -> None:
    """The mail waits, Alice is told once, and no word of the forger's reaches her."""
    forged = [
        simple(
            sender=f"Alice Kim <{ALICE}>",
            subject="CLICK-HERE now",
            text=f"#new {HONG}\n\nPay to this account.",
            message_id=f"forged{number}@parts.example",
        )
        for number in range(2)
    ]
    with open_office(gateway) as office:
        office.postfix.submit(VENDOR.address, [SUPPORT], forged[0])
        news = office.arrived()
        assert set(news) == {ALICE}
        (told,) = news[ALICE]
        assert bare(told["From"]) == SUPPORT
        assert told["Auto-Submitted"] == "auto-generated"
        for word in ("CLICK-HERE", "Pay to", "forged0", "parts.example"):
            assert word not in told.everything()
        (row,) = gateway.ask("quarantine", "list")
        assert row["cause"] == "agent_not_proven"
        assert f"under the number {row['id']}." in " ".join(told.text().split())
        office.postfix.submit(VENDOR.address, [SUPPORT], forged[1])
        assert office.arrived() == {}, "once"
        assert gateway.ask("tickets", "list") == []

        # Let out, it is taken for Alice's: an operator asked her.
        assert gateway.run("quarantine", "release", str(row["id"])).returncode == 0
        assert set(office.arrived()) == {HONG}
