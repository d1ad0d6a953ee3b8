"""찾기, 보기, 보고서: a desk is asked what stands on its tickets, who waits, and how it went. Real
mails through a real Postfix, in Korean and English, while the daemon runs."""

import csv
import io
import unicodedata
from typing import Any

import pytest

from tests.harness.gateway import Gateway
from tests.harness.office import CAROL, HELP, HONG, JISU, MINA, MINHO, SUPPORT, Office, open_office

pytestmark = pytest.mark.servers("postfix")

VIEWS = """
[[view]]
name = "미답변"
group = "한빛"
waiting = true

[[view]]
name = "done"
status = ["resolved", "closed"]
"""


def found(gateway: Gateway, *words: str) -> list[int]:
    return [ticket["id"] for ticket in gateway.ask("search", *words)]


def listed(gateway: Gateway, *options: str) -> list[int]:
    return [ticket["id"] for ticket in gateway.ask("tickets", "list", *options)]


def play(office: Office) -> None:
    """홍길동 asks for money from a Mac, and gets it; 박미나 waits; Carol is of another brand."""
    words = unicodedata.normalize("NFD", "지난주에 주문한 신발을 환불해주세요. 영수증을 보냅니다.")
    receipt = (unicodedata.normalize("NFD", "영수증.pdf"), "application/pdf", b"%PDF-1.4 %%EOF\n")
    office.write(HONG, HELP, "배송이 늦어요", words, files=(receipt,))
    asked = office.arrived()[JISU][0]
    office.opened(MINA, HELP, "교환 문의", "사이즈를 교환하고 싶습니다.")
    office.opened(CAROL, SUPPORT, "Broken lamp", "I want a refund for the lamp, order A-4711.")
    office.answer(JISU, asked, "입금 처리했습니다.")
    office.arrived()
    gateway = office.gateway
    gateway.ask("tickets", "set", "1", "--status", "resolved", "--assign", JISU.address)
    noted = gateway.run(
        "note", "2", "--as", MINHO.address, stdin="단골 고객입니다.".encode(), seconds=60
    )
    assert noted.returncode == 0, noted.stderr.decode()


def expect_found(gateway: Gateway) -> None:
    assert found(gateway, "환불") == [1]
    assert found(gateway, "환불해주세요") == [1]
    assert found(gateway, "신발", "입금") == [1], "on two messages of one ticket"
    assert found(gateway, "영수증", "pdf") == [1]
    assert found(gateway, "교환") == [2]
    assert found(gateway, "단골") == [2], "a note, for those inside"
    assert found(gateway, "문의") == [2]
    assert found(gateway, "refund") == [3]
    assert found(gateway, "A-4711") == [3]
    assert found(gateway, '"refund for the lamp"') == [3]
    assert found(gateway, "lam*") == [3]
    assert found(gateway, "박미나") == [2]
    assert found(gateway, HONG.address) == [1]
    assert found(gateway, "없는말") == []
    assert found(gateway, "환불", "--status", "open") == []


def expect_lists(gateway: Gateway) -> None:
    assert listed(gateway, "--view", "미답변") == [2]
    assert listed(gateway, "--view", "미답변", "--group", "support") == [3]
    assert listed(gateway, "--view", "done") == [1]
    assert listed(gateway, "--waiting") == [2, 3], "who waits the longest first"
    assert listed(gateway, "--search", "교환", "--brand", "hanbit") == [2]


def expect_report(gateway: Gateway) -> None:
    document = gateway.ask("report", "--by", "brand")
    rows: dict[str, Any] = {row["key"]: row for row in document["rows"]}
    assert {key: row["new"] for key, row in rows.items()} == {"acme": 1, "hanbit": 2}
    assert document["total"]["by_source"] == {"email": 3}
    hanbit = rows["hanbit"]
    assert (hanbit["answers"], hanbit["waiting"], hanbit["one_touch"]) == (1, 1, 1)
    assert (hanbit["first_response"]["tickets"], hanbit["resolution"]["tickets"]) == (1, 1)
    assert (rows["acme"]["answers"], rows["acme"]["waiting"]) == (0, 1)
    agents = {row["key"]: row["answers"] for row in gateway.ask("report", "--by", "agent")["rows"]}
    assert agents == {JISU.address: 1, None: 0}
    sheet = gateway.run("report", "--by", "group", "--csv").stdout.decode("utf-8-sig")
    lines = {line["group"]: line["new"] for line in csv.DictReader(io.StringIO(sheet))}
    assert lines == {"support": "1", "한빛": "2"}
    table = gateway.run("report").stdout.decode()
    assert "new from: email 3" in table


def test_questions_to_the_desk(gateway: Gateway) -> None:
    with open_office(gateway, more=VIEWS) as office:
        play(office)
        expect_found(gateway)
        expect_lists(gateway)
        expect_report(gateway)
        merged = gateway.run("tickets", "merge", "2", "--into", "1")
        assert merged.returncode == 0, merged.stderr.decode()
        assert found(gateway, "교환") == [1], "what was merged is found where it is now"
        assert found(gateway, "단골") == [1]
