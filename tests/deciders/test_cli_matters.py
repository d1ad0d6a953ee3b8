"""`mailgate tickets merge, split, link, unlink, child, spam` and `mailgate senders`."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mailgate import settings
from mailgate.daemon.gateway import Gateway, open_gateway
from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.store.deleting import delete_ticket
from tests.deciders.cli_world import comes, installed, worked_on
from tests.deciders.inbound_world import mail

CONFIG = """\
[gateway]
hostname = "mail.acme.example"
data_dir = "{var}"
[[address]]
address = "support@acme.example"
name = "Acme Support"
group = "support"
[[group]]
name = "support"
members = ["alice@acme.example", "bob@acme.example"]
[[group]]
name = "billing"
members = ["bob@acme.example"]
[[agent]]
address = "alice@acme.example"
name = "Alice Kim"
[[agent]]
address = "bob@acme.example"
name = "Bob Lee"
"""
HONG = Address("hong", "customer.example")
DAVE = Address("dave", "elsewhere.example")

Run = Callable[..., Any]


async def fill(gateway: Gateway) -> None:
    """Hong's ticket 1, on which she wrote twice, and Dave's ticket 2."""
    written = (
        (HONG, mail("The lift stands.", from_=str(HONG), message_id="h1@x.example")),
        (DAVE, mail("Mine too.", from_=str(DAVE), message_id="d1@x.example")),
        (
            HONG,
            mail(
                "Do you sell lamps?",
                from_=str(HONG),
                message_id="h2@x.example",
                In_Reply_To="<h1@x.example>",
            ),
        ),
    )
    for who, content in written:
        await comes(gateway, content, who)
    await worked_on(gateway)


@pytest.fixture
def mailgate(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs a command: what it printed as JSON, or the sentence with which it failed."""
    program = installed(tmp_path, capfdbinary, CONFIG)
    program.at_work(fill)

    def command(*arguments: str) -> Any:
        done = program(*arguments)
        if done.code:
            return done.code, done.err.strip().removeprefix("mailgate: ")
        return done.json if "--json" in arguments else done.out.strip()

    return command


def shown(mailgate: Run, number: int) -> dict[str, Any]:
    found: dict[str, Any] = mailgate("tickets", "show", str(number), "--json")
    return found


def test_merge(mailgate: Run) -> None:
    said = mailgate("tickets", "merge", "2", "--into", "1", "--as", "alice@acme.example")
    assert said == "ticket 2 is part of ticket 1 now"
    one, two = shown(mailgate, 1), shown(mailgate, 2)
    assert [each["text"].strip() for each in one["messages"]] == [
        "The lift stands.",
        "Mine too.",
        "Do you sell lamps?",
    ]
    assert (one["merged"], two["merged_into"], two["status"]) == ([2], 1, "closed")
    assert one["cc"] == ["dave@elsewhere.example"]
    assert {each["ticket"] for each in one["deliveries"]} == {1, 2}, "mails keep their number"
    assert one["events"][-1]["actor"] == "alice@acme.example"
    assert mailgate("tickets", "merge", "1", "--into", "2") == (
        1,
        "The tickets 1 and 2 are one already.",
    )
    # Whatever is said of the old number is done to the new one.
    assert mailgate("tickets", "set", "2", "--tag", "lift", "--json")["id"] == 1


def test_merge_without_its_requester(mailgate: Run) -> None:
    after = mailgate("tickets", "merge", "2", "--into", "1", "--without-requester", "--json")
    assert (after["id"], after["cc"]) == (1, [])


def test_split(mailgate: Run) -> None:
    lamps = shown(mailgate, 1)["messages"][-1]
    assert lamps["text"].strip() == "Do you sell lamps?"
    said = mailgate("tickets", "split", "1", "--message", str(lamps["id"]))
    assert said == f"message {lamps['id']} is on ticket 3 now"
    assert [each["id"] for each in shown(mailgate, 3)["messages"]] == [lamps["id"]]
    assert mailgate("tickets", "split", "1", "--message", str(lamps["id"])) == (
        1,
        f"Message {lamps['id']} is not on ticket 1.",
    )


def test_link_and_unlink(mailgate: Run) -> None:
    assert mailgate("tickets", "link", "1", "2") == "the tickets 1 and 2 are linked"
    assert (shown(mailgate, 1)["linked"], shown(mailgate, 2)["linked"]) == ([2], [1])
    assert mailgate("tickets", "link", "1", "2", "--json")["linked"] == [2]
    assert shown(mailgate, 2)["events"][-1]["detail"] == {"to": 1}
    assert [each["kind"] for each in shown(mailgate, 1)["events"]].count("linked") == 1
    said = mailgate("tickets", "unlink", "2", "1")
    assert said == "the tickets 2 and 1 are not linked any more"
    assert shown(mailgate, 1)["linked"] == []
    assert mailgate("tickets", "unlink", "2", "1") == (1, "The tickets 2 and 1 are not linked.")
    assert mailgate("tickets", "link", "2", "2")[0] == 1
    assert mailgate("tickets", "link", "2", "7") == (1, "There is no ticket 7.")


def test_child(mailgate: Run, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("Which part do we need?", "utf-8")
    options = ("--subject", "Order the part", "--assign", "bob@acme.example")
    more = ("--as", "alice@acme.example", "--body-file", str(words))
    assert mailgate("tickets", "child", "1", *options, *more) == "ticket 3 is part of ticket 1"
    child, parent = shown(mailgate, 3), shown(mailgate, 1)
    assert (child["subject"], child["parent"], child["assignee"], child["group"]) == (
        "Order the part",
        1,
        "bob@acme.example",
        "support",
    )
    assert parent["children"] == [3]
    (note,) = child["messages"]
    assert (note["kind"], note["visibility"], note["text"].strip()) == (
        "note",
        "private",
        "Which part do we need?",
    )
    assert {each["recipient"] for each in child["deliveries"]} == {"bob@acme.example"}


def test_nothing_of_a_child_leaves_the_desk(mailgate: Run, tmp_path: Path) -> None:
    mailgate("tickets", "child", "1", "--subject", "Order the part", "--group", "billing")
    words = tmp_path / "words.txt"
    words.write_text("It is ordered.", "utf-8")
    code, said = mailgate("reply", "3", "--as", "bob@acme.example", "--body-file", str(words))
    assert code == 1
    assert "is a support address" in said
    mailgate("tickets", "set", "3", "--status", "resolved")
    assert {each["recipient"] for each in shown(mailgate, 3)["deliveries"]} == {"bob@acme.example"}


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--subject", " "), "A ticket needs a subject."),
        (("--subject", "x", "--group", "sales"), "There is no group sales"),
        (("--subject", "x", "--assign", "eve@acme.example"), "none of the configured agents"),
        (("--subject", "x", "--as", "eve@acme.example"), "is no agent"),
    ],
)
def test_a_child_that_cannot_be_is_not_made(
    mailgate: Run, options: tuple[str, ...], why: str
) -> None:
    code, said = mailgate("tickets", "child", "1", *options)
    assert code == 1
    assert why in said
    assert mailgate("tickets", "show", "3") == (1, "there is no ticket 3")


def test_spam_and_senders(mailgate: Run) -> None:
    assert mailgate("tickets", "spam", "2") == (
        "ticket 2 is closed as spam; mail of dave@elsewhere.example goes into quarantine from "
        "now on"
    )
    ticket = shown(mailgate, 2)
    assert (ticket["status"], ticket["spam"], ticket["tags"]) == ("closed", True, ["spam"])
    (row,) = mailgate("senders", "list", "--json")
    assert (row["address"], row["actor"], row["ticket"]) == (
        "dave@elsewhere.example",
        "operator",
        2,
    )
    assert "dave@elsewhere.example" in mailgate("senders", "list")
    assert mailgate("senders", "unblock", "Dave@elsewhere.example") == (
        "mail of Dave@elsewhere.example comes in again"
    )
    assert mailgate("senders", "list", "--json") == []
    assert mailgate("senders", "unblock", "dave@elsewhere.example") == (
        1,
        "dave@elsewhere.example is not shut out",
    )


def test_spam_that_was_none(mailgate: Run) -> None:
    mailgate("tickets", "spam", "2")
    assert mailgate("tickets", "spam", "2", "--undo") == (
        "ticket 2 is open again; mail of dave@elsewhere.example comes in again"
    )
    after = shown(mailgate, 2)
    assert (after["status"], after["spam"], after["tags"]) == ("open", False, [])
    assert mailgate("tickets", "spam", "2", "--undo") == (1, "Nobody has called ticket 2 spam.")


def test_what_is_missing_is_wrong_usage(mailgate: Run) -> None:
    for arguments in (("merge", "2"), ("split", "1"), ("child", "1"), ("link", "1")):
        assert mailgate("tickets", *arguments)[0] == 2


def test_set_knows_people_and_parents(mailgate: Run) -> None:
    """Whatever a wish can hold, and what undoes it."""
    options = ("--cc", "mina@customer.example", "--follow", "bob@acme.example", "--parent", "1")
    more = ("--assign", "alice@acme.example", "--group", "billing")
    after = mailgate("tickets", "set", "2", *options, *more, "--json")
    assert after["group"] == "billing"
    assert (after["cc"], after["parent"], after["assignee"]) == (
        ["mina@customer.example"],
        1,
        "alice@acme.example",
    )
    kinds = [each["kind"] for each in shown(mailgate, 2)["events"]]
    assert {"participant_added", "followed", "parent", "assigned"} <= set(kinds)
    undone = ("--uncc", "mina@customer.example", "--unfollow", "bob@acme.example", "--no-parent")
    after = mailgate("tickets", "set", "2", *undone, "--unassign", "--json")
    assert (after["cc"], after["parent"], after["assignee"]) == ([], None, None)
    kinds = [each["kind"] for each in shown(mailgate, 2)["events"]]
    assert {"participant_removed", "unfollowed"} <= set(kinds)


@pytest.mark.parametrize(
    ("options", "code", "why"),
    [
        (("--parent", "2"), 1, "Ticket 2 cannot be a part of itself."),
        (("--parent", "9"), 1, "There is no ticket 9."),
        (("--parent", "1", "--no-parent"), 2, "name --parent or --no-parent, not both"),
        (("--cc", "bob@acme.example"), 1, "customers do not see the desk's own mailboxes"),
        (("--cc", "support@acme.example"), 1, "is a support address"),
        (("--follow", "mina@customer.example"), 1, "none of the configured agents"),
        (("--assign", "bob@acme.example", "--unassign"), 1, "to somebody or to nobody"),
    ],
)
def test_what_cannot_be_set_is_refused(
    mailgate: Run, options: tuple[str, ...], code: int, why: str
) -> None:
    failed, said = mailgate("tickets", "set", "2", *options)
    assert failed == code
    assert why in said


def test_a_mail_that_was_deleted_with_its_ticket_is_said_to_be(
    mailgate: Run, tmp_path: Path
) -> None:
    async def delete() -> None:
        async with open_gateway(settings.load(tmp_path / "mailgate.toml")) as gateway:
            await gateway.store.write(partial(delete_ticket, ticket=TicketId(2)))

    asyncio.run(delete())
    assert mailgate("tickets", "show", "2") == (1, "there is no ticket 2")
    for document in ((), ("--json",)):
        assert mailgate("explain", "2", *document) == (
            1,
            "mail 2 was deleted with its ticket: desk.delete_closed_after",
        )
    assert [row["id"] for row in mailgate("tickets", "list", "--json")] == [1]
