"""The life of a ticket: pending, resolved, closed, reopened; merged, split, linked, with a parent;
spam; deleted. Real mails through a real Postfix into real mailboxes."""

import pytest

from tests.harness.gateway import Gateway
from tests.harness.office import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    DESK,
    SALES,
    SAM,
    SUPPORT,
    Office,
    open_office,
)

pytestmark = pytest.mark.servers("postfix")


def said(office: Office, number: int) -> list[str]:
    """What was said on a ticket, in its order."""
    messages = office.ticket(number)["messages"]
    return [one["text"].strip() for one in messages if one["kind"] in ("message", "note")]


def test_resolved_told_and_reopened(gateway: Gateway) -> None:
    desk = f"{DESK}\n[desk]\ntell_resolved = true\n"
    with open_office(gateway, desk=desk) as office:
        number, news = office.opened(CAROL, SUPPORT, "Where is my parcel?", "It is late.")
        office.answer(ALICE, news[ALICE], "#resolve\n")
        told = office.arrived()
        assert set(told) == {CAROL}
        (resolved,) = told[CAROL]
        assert resolved["Auto-Submitted"].startswith("auto-")
        assert resolved["Subject"] == f"[#{number}] Where is my parcel?"
        assert ALICE.address not in resolved.everything()
        assert office.ticket(number)["status"] == "resolved"
        office.answer(CAROL, resolved, "It is not here yet.")
        told = office.arrived()
        assert CAROL not in told
        assert told, "somebody of ours is told"
        ticket = office.ticket(number)
        assert ticket["status"] == "open"
        assert ticket["resolved_at"] is None
        assert "reopened" in {event["kind"] for event in ticket["events"]}


def test_an_answer_with_resolve_is_one_mail(gateway: Gateway) -> None:
    """The answer says it; nobody needs another mail that says it again."""
    desk = f"{DESK}\n[desk]\ntell_resolved = true\n"
    with open_office(gateway, desk=desk) as office:
        number, news = office.opened(CAROL, SUPPORT, "Where is my parcel?", "It is late.")
        office.answer(ALICE, news[ALICE], "#resolve\n\nIt is at your neighbour's.")
        told = office.arrived()
        assert set(told) == {CAROL}
        assert len(told[CAROL]) == 1
        assert office.ticket(number)["status"] == "resolved"


def test_resolved_is_closed_in_time(gateway: Gateway) -> None:
    desk = f'{DESK}\n[desk]\nclose_resolved_after = "1s"\n'
    with open_office(gateway, desk=desk) as office:
        number, _ = office.opened(CAROL, SUPPORT, "Where is my parcel?", "It is late.")
        assert gateway.run("tickets", "set", str(number), "--status", "resolved").returncode == 0
        office.let_pass(number, seconds=2)
        office.restart(desk=desk)
        office.wait_for_status(number, "closed")
        assert set(office.arrived()) <= {ALICE, BOB}, "the customer is not told"


def test_an_answer_to_a_ticket_closed_long_ago_is_a_linked_one(gateway: Gateway) -> None:
    desk = DESK.replace("[threading]", '[threading]\nreopen_within = "1s"')
    with open_office(gateway, desk=desk) as office:
        number, news = office.opened(CAROL, SUPPORT, "Where is my parcel?", "It is late.")
        assert gateway.run("tickets", "set", str(number), "--status", "closed").returncode == 0
        office.let_pass(number, seconds=2)
        office.answer(CAROL, news[CAROL], "It is still not here.")
        office.arrived()
        newest = gateway.ask("tickets", "list", "--limit", "1")[0]
        assert newest["id"] != number
        assert newest["linked"] == [number]
        assert office.ticket(number)["status"] == "closed"


def test_merged_by_command(gateway: Gateway) -> None:
    """Carol wrote twice. The mails of both stand in their order, what she answers to either goes
    to the one, and neither she nor Dave reads a word of the other's."""
    with open_office(gateway) as office:
        first, _ = office.opened(CAROL, SUPPORT, "Where is my parcel?", "It is late.")
        second, news = office.opened(CAROL, SUPPORT, "Parcel again", "Still nothing.")
        office.answer(ALICE, news[ALICE], f"#merge {first}\n")
        told = office.arrived()
        assert CAROL not in told
        merged = office.ticket(second)
        assert merged["merged_into"] == first
        assert said(office, first) == ["It is late.", "Still nothing."]
        office.answer(CAROL, news[CAROL], "Hello?")
        told = office.arrived()
        assert ALICE in told or BOB in told
        assert said(office, first)[-1] == "Hello?"
        assert office.ticket(second)["messages"] == []


def test_merged_with_another_customers(gateway: Gateway) -> None:
    """Both of them get what is written from now on, and nothing of what was."""
    with open_office(gateway) as office:
        first, _ = office.opened(CAROL, SUPPORT, "The lift is broken", "My code is 1234.")
        second, _ = office.opened(DAVE, SUPPORT, "Lift", "My flat is 5678.")
        assert gateway.run("tickets", "merge", str(second), "--into", str(first)).returncode == 0
        office.arrived()
        (gateway.folder / "body.txt").write_text("It runs again.\n")
        done = gateway.run("reply", str(first), "--as", ALICE.address, "--body-file", "body.txt")
        assert done.returncode == 0, done.stderr
        told = office.arrived()
        assert {CAROL, DAVE} <= set(told)
        for who, others in ((CAROL, "5678"), (DAVE, "1234")):
            assert others not in told[who][0].everything()


def test_split_by_a_message(gateway: Gateway) -> None:
    with open_office(gateway) as office:
        number, news = office.opened(CAROL, SUPPORT, "Where is my parcel?", "It is late.")
        office.answer(CAROL, news[CAROL], "By the way, do you sell lamps?")
        office.arrived()
        entry = next(one for one in office.ticket(number)["messages"] if "lamps" in one["text"])
        done = gateway.run("tickets", "split", str(number), "--message", str(entry["id"]))
        assert done.returncode == 0, done.stderr
        newest = gateway.ask("tickets", "list", "--limit", "1")[0]
        assert newest["id"] != number
        assert newest["requester"]["address"] == CAROL.address
        assert said(office, newest["id"]) == ["By the way, do you sell lamps?"]
        assert said(office, number) == ["It is late."]
        assert number in newest["linked"]
        assert CAROL not in office.arrived()


def test_a_parent_resolves_with_its_children(gateway: Gateway) -> None:
    with open_office(gateway) as office:
        parent, _ = office.opened(CAROL, SUPPORT, "House move", "Phone and power, please.")
        phone, _ = office.opened(CAROL, SUPPORT, "Phone", "Phone.")
        power, news = office.opened(CAROL, SALES, "Power", "Power.")
        for child, agent in ((phone, ALICE), (power, SAM)):
            done = gateway.run(
                "tickets", "set", str(child), "--parent", str(parent), "--assign", agent.address
            )
            assert done.returncode == 0, done.stderr
        office.arrived()
        # What is said on a child reaches its assignee alone.
        office.answer(CAROL, news[CAROL], "By Friday, please.")
        assert set(office.arrived()) == {SAM}
        gateway.run("tickets", "set", str(phone), "--status", "resolved")
        assert office.ticket(parent)["status"] == "open"
        gateway.run("tickets", "set", str(power), "--status", "resolved")
        assert office.ticket(parent)["status"] == "resolved"


def test_spam(gateway: Gateway) -> None:
    """The ticket closes without a word, and what the sender writes next waits for a human."""
    with open_office(gateway) as office:
        number, news = office.opened(DAVE, SUPPORT, "Win a car", "Click here.")
        office.answer(ALICE, news[ALICE], "#spam\n")
        assert DAVE not in office.arrived()
        ticket = office.ticket(number)
        assert ticket["status"] == "closed"
        assert "spam" in ticket["tags"]
        office.write(DAVE, SUPPORT, "Win two cars", "Click here.")
        office.write(CAROL, SUPPORT, "Lamps", "Do you sell lamps?")
        told = office.arrived()
        assert DAVE not in told
        assert CAROL in told, "others are heard as ever"
        (row,) = gateway.ask("quarantine", "list")
        assert (row["from"], row["cause"]) == (DAVE.address, "blocked_sender")


def test_followers_and_mentioned_colleagues(gateway: Gateway) -> None:
    with open_office(gateway) as office:
        number, news = office.opened(CAROL, SUPPORT, "Where is my parcel?", "It is late.")
        office.answer(ALICE, news[ALICE], "#me\n")
        office.answer(BOB, news[BOB], "#follow\n")
        office.arrived()
        office.answer(CAROL, news[CAROL], "Hello?")
        assert set(office.arrived()) == {ALICE, BOB}, "the assignee, and who follows"
        office.answer(ALICE, news[ALICE], "#note\n@sam do you know the carrier?")
        told = office.arrived()
        assert SAM in told, "who is mentioned"
        assert CAROL not in told
        assert "do you know the carrier" in told[SAM][0].text()
        assert office.ticket(number)["status"] == "open"
