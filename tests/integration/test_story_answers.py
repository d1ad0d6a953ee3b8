"""Agents answer from their own mailbox, with commands in their answers, and forward what reached
them. Real mails through a real Postfix into real mailboxes."""

import pytest

from tests.harness.gateway import Gateway
from tests.harness.office import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    HELP,
    HONG,
    JISU,
    MINHO,
    SUPPORT,
    VENDOR,
    open_office,
)

pytestmark = pytest.mark.servers("postfix")


def test_an_answer_and_its_commands(gateway: Gateway) -> None:
    with open_office(gateway) as office:
        number, news = office.opened(CAROL, SUPPORT, "Where is my parcel?", "It is late.")
        office.answer(
            ALICE,
            news[ALICE],
            "#me\n#priority high\n#tag shipping\n#pending\n\nIt left on Monday.",
        )
        told = office.arrived()
        assert CAROL in told
        (answer,) = told[CAROL]
        assert answer.text().split()[:4] == ["It", "left", "on", "Monday."]
        for inner in ("#me", "priority", "shipping", ALICE.address):
            assert inner not in answer.everything()
        ticket = office.ticket(number)
        facts = {key: ticket[key] for key in ("status", "priority", "assignee", "tags")}
        assert facts == {
            "status": "pending",
            "priority": "high",
            "assignee": ALICE.address,
            "tags": ["shipping"],
        }
        # Carol answers: open again, and Alice's next notification says what her commands did.
        office.answer(CAROL, answer, "It is here now.")
        told = office.arrived()
        assert set(told) == {ALICE}, "it is hers by now"
        head = told[ALICE][0].text()
        for done in ("high", "shipping", "pending"):
            assert done in head
        assert office.ticket(number)["status"] == "open"


def test_commands_alone_send_the_customer_nothing(gateway: Gateway) -> None:
    with open_office(gateway) as office:
        number, news = office.opened(CAROL, SUPPORT, "Where is my parcel?", "It is late.")
        office.answer(BOB, news[BOB], "#assign Alice Kim\n#priority urgent\n")
        told = office.arrived()
        assert set(told) == {ALICE}, "whom it is assigned to"
        assert "Bob Lee" in told[ALICE][0].text()
        ticket = office.ticket(number)
        assert (ticket["assignee"], ticket["priority"]) == (ALICE.address, "urgent")
        assert [one["direction"] for one in ticket["messages"] if one["kind"] == "message"] == [
            "in"
        ]


def test_a_command_that_is_none_changes_nothing(gateway: Gateway) -> None:
    """Nor do those beside it; its author gets the list."""
    with open_office(gateway) as office:
        number, news = office.opened(CAROL, SUPPORT, "Where is my parcel?", "It is late.")
        before = office.ticket(number)
        office.answer(ALICE, news[ALICE], "#priority high\n#escalte\n\nIt left on Monday.")
        told = office.arrived()
        assert set(told) == {ALICE}
        words = told[ALICE][0].text()
        assert "#escalte" in words
        for verb in ("#note", "#resolve", "#assign NAME", "#merge N", "#spam"):
            assert verb in words
        after = office.ticket(number)
        assert after["priority"] == before["priority"]
        assert after["messages"][-1]["visibility"] == "private", "kept, for nobody outside"


def test_a_note_and_the_answer_to_it(gateway: Gateway) -> None:
    """`#note` is for colleagues alone, and so is the answer to its notification."""
    with open_office(gateway) as office:
        number, news = office.opened(CAROL, SUPPORT, "Where is my parcel?", "It is late.")
        office.answer(ALICE, news[ALICE], "#note\nShe is a big customer, be quick.")
        told = office.arrived()
        assert set(told) == {BOB}
        note = told[BOB][0]
        assert "big customer" in note.text()
        office.answer(BOB, note, "I will call the carrier.")
        assert set(office.arrived()) == {ALICE}
        kinds = [(one["kind"], one["visibility"]) for one in office.ticket(number)["messages"]]
        assert kinds[-2:] == [("note", "private"), ("note", "private")]


def test_two_who_answer_at_once(gateway: Gateway) -> None:
    with open_office(gateway) as office:
        _, news = office.opened(CAROL, SUPPORT, "Where is my parcel?", "It is late.")
        office.answer(ALICE, news[ALICE], "It left on Monday.")
        office.arrived()
        office.answer(BOB, news[BOB], "It was sent yesterday.")
        told = office.arrived()
        assert set(told) == {CAROL, ALICE, BOB}
        assert "Alice Kim" in told[BOB][0].text()
        assert "Bob Lee" in told[ALICE][0].text()


def test_a_forwarded_mail_becomes_the_customers_ticket(gateway: Gateway) -> None:
    """Dave wrote to Alice herself; she forwards it to the desk."""
    with open_office(gateway) as office:
        pdf = ("order.pdf", "application/pdf", b"%PDF-1.4 order %%EOF\n")
        forward = (
            "#tag by-forward\n\nPlease take care of this.\n\n"
            "---------- Forwarded message ---------\n"
            f"From: Dave Ray <{DAVE.address}>\n"
            "Date: Mon, 5 Jan 2026 at 09:12\n"
            "Subject: Wrong size\n"
            f"To: Alice Kim <{ALICE.address}>\n\n\n"
            "I ordered size 42 and got 24.\n"
        )
        office.write(ALICE, SUPPORT, "Fwd: Wrong size", forward, files=(pdf,))
        told = office.arrived()
        assert DAVE not in told, "acknowledged to nobody"
        assert ALICE not in told
        assert BOB in told
        (listed,) = gateway.ask("tickets", "list")
        ticket = office.ticket(listed["id"])
        assert ticket["requester"] == {"address": DAVE.address, "name": DAVE.name}
        assert ticket["subject"] == "Wrong size"
        (message,) = [one for one in ticket["messages"] if one["kind"] == "message"]
        assert message["author"]["address"] == DAVE.address
        assert message["text"].strip() == "I ordered size 42 and got 24."
        assert [one["filename"] for one in message["attachments"]] == ["order.pdf"]
        assert [one["text"].strip() for one in ticket["messages"] if one["kind"] == "note"] == [
            "Please take care of this."
        ]
        # Bob answers, and Dave has it from the desk.
        office.answer(BOB, told[BOB][0], "We will send size 42.")
        told = office.arrived()
        assert DAVE in told
        everything = told[DAVE][0].everything()
        for inner in (ALICE.address, BOB.address, "Please take care", "#tag"):
            assert inner not in everything


def test_who_only_claims_to_be_an_agent_is_told_once(gateway: Gateway) -> None:
    """A mail in Alice's name of which nobody has found out anything waits; Alice hears how such
    mail is proven, once, and no word of it."""
    with open_office(gateway) as office:
        for number in (1, 2):
            office.postfix.submit(
                "somebody@elsewhere.example",
                [SUPPORT],
                (
                    f"From: Alice Kim <{ALICE.address}>\r\nTo: {SUPPORT}\r\n"
                    f"Subject: Secret words {number}\r\n"
                    f"Message-ID: <x{number}@elsewhere.example>\r\n"
                    "Date: Mon, 05 Jan 2026 10:00:00 +0000\r\n\r\nPay to my account.\r\n"
                ).encode(),
            )
        told = office.arrived()
        assert set(told) == {ALICE}
        (mail,) = told[ALICE]
        assert "Secret words" not in mail.everything()
        assert "my account" not in mail.everything()
        rows = gateway.ask("quarantine", "list")
        assert [row["cause"] for row in rows] == ["agent_not_proven"] * 2


def test_a_third_party_is_asked_beside_the_customer(gateway: Gateway) -> None:
    """`#forward`: the vendor answers on the ticket, and Carol never hears of it."""
    with open_office(gateway) as office:
        number, news = office.opened(CAROL, SUPPORT, "Broken pump", "The pump P-7 leaks.")
        office.answer(
            ALICE, news[ALICE], f"#forward {VENDOR.address}\n\nDo you have a seal for this?"
        )
        told = office.arrived()
        assert set(told) <= {VENDOR, BOB}
        (asked,) = told[VENDOR]
        assert "Do you have a seal" in asked.text()
        assert "The pump P-7 leaks." in asked.text()
        for inner in (ALICE.address, "#forward"):
            assert inner not in asked.everything()
        office.answer(VENDOR, asked, "Yes, part 4711.")
        told = office.arrived()
        assert CAROL not in told
        assert VENDOR not in told
        assert ALICE in told or BOB in told
        ticket = office.ticket(number)
        last = ticket["messages"][-1]
        assert last["text"].strip() == "Yes, part 4711."
        assert last["visibility"] == "private"
        # The answer to Carol that follows bears nothing of it.
        office.answer(ALICE, news[ALICE], "A seal is on its way.")
        told = office.arrived()
        everything = told[CAROL][0].everything()
        for inner in ("4711", VENDOR.address, "Do you have a seal"):
            assert inner not in everything


def test_the_korean_desk_in_korean(gateway: Gateway) -> None:
    """한빛: 고객도 상담원도 한국어로 쓴다."""
    with open_office(gateway) as office:
        number, news = office.opened(
            HONG, HELP, "환불 요청", "상품이 깨져서 왔습니다. 환불해 주세요."
        )
        assert set(news) == {HONG, JISU, MINHO}
        assert "접수" in news[HONG].text()
        office.answer(
            JISU,
            news[JISU],
            "#assign 이민호\n#tag 환불\n#pending\n\n안녕하세요, 환불해 드리겠습니다.",
        )
        told = office.arrived()
        assert set(told) == {HONG, MINHO}
        (answer,) = told[HONG]
        assert answer["From"] == f'"김지수 (한빛 고객센터)" <{HELP}>'
        assert "환불해 드리겠습니다" in answer.text()
        assert "#" not in answer.text().partition("환불해")[0]
        assert "김지수" in told[MINHO][0].text()
        ticket = office.ticket(number)
        assert (ticket["assignee"], ticket["tags"], ticket["status"]) == (
            MINHO.address,
            ["환불"],
            "pending",
        )
        office.answer(HONG, answer, "감사합니다.")
        told = office.arrived()
        assert set(told) == {MINHO}
        office.answer(MINHO, told[MINHO][0], "#환불\n\n처리했습니다.")
        told = office.arrived()
        assert set(told) == {MINHO}, "a command that is none: the list, in Korean"
        assert "#assign" in told[MINHO][0].text()
        found = gateway.ask("search", "환불")
        assert [one["id"] for one in found] == [number]
