"""Rules, macros, escalation, the survey and the brands. Real mails through a real Postfix into
real mailboxes."""

import re
from urllib.parse import unquote

import pytest

from tests.harness.gateway import Gateway
from tests.harness.office import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    DESK,
    HELP,
    HONG,
    JISU,
    MINHO,
    SALES,
    SAM,
    SUPPORT,
    open_office,
)

pytestmark = pytest.mark.servers("postfix")

RULES = f"""
[[rule]]
name = "refunds to sales"
when = "new"
subject = ["refund", "환불"]
set_group = "sales"
set_priority = "high"
add_tag = ["refund"]

[[rule]]
name = "no offers"
when = "new"
sender = ["@client.example"]
subject = ["cheap offer"]
drop = "advertising"

[[rule]]
name = "urgent words"
when = "answer"
body = ["lawyer"]
set_priority = "urgent"
notify = ["{SAM}"]
"""


def test_rules(gateway: Gateway) -> None:
    with open_office(gateway, more=RULES) as office:
        number, news = office.opened(CAROL, SUPPORT, "Refund, please", "It came broken.")
        assert set(news) == {CAROL, BOB, SAM}, "the group that the rule chose is told"
        ticket = office.ticket(number)
        assert (ticket["group"], ticket["priority"], ticket["tags"]) == (
            "sales",
            "high",
            ["refund"],
        )
        assert any(event["actor"] == "rule refunds to sales" for event in ticket["events"])
        explained = gateway.ask("explain", "1")
        matched = {one["rule"]: one["matched"] for one in explained["rules"]}
        assert matched["refunds to sales"] is True
        assert matched["no offers"] is False

        office.write(DAVE, SUPPORT, "A CHEAP OFFER for you", "Buy now.")
        assert office.arrived() == {}
        assert len(gateway.ask("tickets", "list")) == 1
        (row,) = gateway.ask("quarantine", "list", "--dropped")
        assert (row["state"], row["cause"], row["from"]) == ("dropped", "rule", DAVE.address)
        why = {
            one["rule"]: one["matched"] for one in gateway.ask("explain", str(row["id"]))["rules"]
        }
        assert why["no offers"] is True, "what was dropped can be found, and why"

        office.answer(CAROL, news[CAROL], "My lawyer will write to you.")
        told = office.arrived()
        assert SAM in told
        assert office.ticket(number)["priority"] == "urgent"


def test_a_macro(gateway: Gateway) -> None:
    macros = gateway.folder / "macros"
    macros.mkdir(parents=True)
    (macros / "refund.txt").write_text(
        "#tag refund\n#pending\n\nDear {{ requester }},\n\nyou get your money back in five days.\n"
    )
    more = f'[agents]\nmacros = "{macros}"\n'
    with open_office(gateway, more=more) as office:
        number, news = office.opened(CAROL, SUPPORT, "Refund, please", "It came broken.")
        office.answer(ALICE, news[ALICE], "#macro refund\n\nSorry for the trouble!")
        told = office.arrived()
        (answer,) = told[CAROL]
        assert "Dear Carol Jones," in answer.text()
        assert "five days" in answer.text()
        assert answer.text().index("five days") < answer.text().index("Sorry for the trouble!")
        assert "#macro" not in answer.everything()
        ticket = office.ticket(number)
        assert (ticket["tags"], ticket["status"]) == (["refund"], "pending")


def test_nobody_answered_in_time(gateway: Gateway) -> None:
    """First the group is told, then its supervisor; each once."""
    desk = DESK.replace(
        'name = "support"\nmembers', f'name = "support"\nsupervisors = ["{SAM}"]\nmembers'
    )
    more = '[[response]]\nname = "all"\nfirst = "1s"\nescalate_after = "1s"\n'
    with open_office(gateway, desk=desk, more=more) as office:
        number, _ = office.opened(CAROL, SUPPORT, "Where is my parcel?", "It is late.")
        reached: set[str] = set()
        for _ in range(2):
            office.let_pass(number, seconds=2)
            office.restart(desk=desk, more=more)
            office.wait_for_event(number, "overdue")
            reached |= {one.address for one in office.arrived()}
        assert {ALICE.address, BOB.address, SAM.address} <= reached
        assert CAROL.address not in reached


def links(html: str) -> list[str]:
    return [unquote(one) for one in re.findall(r'href="mailto:([^"?]+)', html)]


def test_the_survey(gateway: Gateway) -> None:
    more = '[survey]\nwhen = "resolved"\nafter = "1s"\n'
    with open_office(gateway, more=more) as office:
        number, news = office.opened(HONG, HELP, "환불 요청", "환불해 주세요.")
        office.answer(JISU, news[JISU], "#resolve\n\n환불해 드렸습니다.")
        office.arrived()
        office.let_pass(number, seconds=2)
        office.restart(more=more)
        office.wait_for_event(number, "surveyed")
        told = office.arrived()
        assert set(told) == {HONG}
        (survey,) = told[HONG]
        good, *_ = links(survey.html())
        assert JISU.address not in survey.everything()
        office.write(HONG, good, "평가", "빨리 처리해 주셔서 감사합니다.")
        office.arrived()
        ticket = office.ticket(number)
        assert ticket["status"] == "resolved", "a vote is no answer"
        scored = [event for event in ticket["events"] if event["kind"] == "scored"]
        assert len(scored) == 1
        assert "빨리 처리" in str(ticket["messages"][-1]["text"])
        report = gateway.ask("report")
        assert "satisfaction" in str(report)


def test_two_brands(gateway: Gateway) -> None:
    """Each with its name, its language, its signature, its words and its group."""
    (gateway.folder / "acme.txt").write_text("Acme Inc.\nLondon\n")
    (gateway.folder / "hanbit.txt").write_text("한빛 주식회사\n서울\n")
    own = gateway.folder / "hanbit" / "ko"
    own.mkdir(parents=True)
    (own / "acknowledgement.txt").write_text(
        "Subject: {{ subject }}\n\n한빛입니다. 문의 {{ ticket }}번을 잘 받았습니다.\n"
    )
    desk = DESK.replace(
        f'address = "{SUPPORT}"\nname', f'address = "{SUPPORT}"\nsignature_file = "acme.txt"\nname'
    ).replace(
        f'address = "{HELP}"\nname',
        f'address = "{HELP}"\nsignature_file = "hanbit.txt"\n'
        f'templates = "{gateway.folder}/hanbit"\nname',
    )
    with open_office(gateway, desk=desk) as office:
        english, news = office.opened(CAROL, SUPPORT, "Lamps", "Do you sell lamps?")
        assert set(news) == {CAROL, ALICE, BOB}
        office.answer(ALICE, news[ALICE], "Yes, we do.")
        (answer,) = office.arrived()[CAROL]
        assert "Acme Inc." in answer.text()
        korean, news = office.opened(HONG, HELP, "램프", "램프 있나요?")
        assert set(news) == {HONG, JISU, MINHO}
        assert "한빛입니다." in news[HONG].text()
        office.answer(MINHO, news[MINHO], "네, 있습니다.")
        (answer,) = office.arrived()[HONG]
        assert "한빛 주식회사" in answer.text()
        assert answer["From"] == f'"이민호 (한빛 고객센터)" <{HELP}>'
        brands = [
            (office.ticket(one)["brand"], office.ticket(one)["address"])
            for one in (english, korean)
        ]
        assert brands == [("acme", SUPPORT), ("hanbit", HELP)]


def test_a_mail_to_two_brands_keeps_where_it_came(gateway: Gateway) -> None:
    with open_office(gateway) as office:
        office.write(CAROL, SALES, "Lamps", "Do you sell lamps?", cc=(SUPPORT,))
        told = office.arrived()
        (listed,) = gateway.ask("tickets", "list")
        (created,) = [
            event for event in office.ticket(listed["id"])["events"] if event["kind"] == "created"
        ]
        assert set(created["detail"]["addresses"].split(", ")) == {SALES, SUPPORT}
        assert listed["address"] == SALES, "the one in To"
        assert len(told[CAROL]) == 1, "one mail is one ticket"
