"""`tickets list` with its filters and views, and `search`: on a real store."""

import json
import unicodedata
from dataclasses import replace
from datetime import timedelta
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

from mailgate import settings
from mailgate.cli.lists import list_
from mailgate.daemon.gateway import open_gateway
from mailgate.daemon.indexing import keep_up
from mailgate.daemon.sweep import JOBS
from mailgate.mail.address import Address, NamedAddress
from mailgate.model.ids import TicketId
from mailgate.model.response import Timer, TimerKind
from mailgate.model.ticket import Author, NewTicket, Priority, Role, Source, Status
from mailgate.settings.views import ViewSettings
from mailgate.store import entries, search, ticketlife, tickets, timers
from mailgate.store.core import Connection
from mailgate.store.tickets import TicketChange
from tests.contracts.store_world import NOW, append, entry, finish
from tests.deciders.cli_world import Mailgate, installed

CONFIG = """\
[gateway]
hostname = "mail.acme.example"
data_dir = "{var}"
[[address]]
address = "support@acme.example"
brand = "acme"
group = "support"
[[address]]
address = "help@hangook.example"
brand = "한국"
group = "지원"
[[group]]
name = "support"
members = ["alice@acme.example"]
[[group]]
name = "지원"
members = ["alice@acme.example"]
[[agent]]
address = "alice@acme.example"
name = "Alice Kim"
[[view]]
name = "미답변"
waiting = true
status = "open"
[[view]]
name = "mine"
assignee = "alice@acme.example"
status = ["open", "pending"]
[[view]]
name = "to take"
unassigned = true
group = "지원"
[[view]]
name = "late"
overdue = true
[[view]]
name = "refunds"
search = "환불"
brand = "한국"
[[view]]
name = "vips"
tag = "vip"
[[view]]
name = "forms"
source = "form"
[[view]]
name = "urgent"
priority = "urgent"
[[view]]
name = "strangers"
requester = "nobody@customer.example"
"""
ALICE = Address("alice", "acme.example")
HONG = NamedAddress("홍길동", Address("hong", "customer.example"))
HOUR = timedelta(hours=1)


def write(
    conn: Connection,
    subject: str,
    text: str,
    at: int,
    change: TicketChange | None = None,
    **of: Any,
) -> TicketId:
    """A ticket that came so many hours after NOW."""
    new = NewTicket(
        subject=subject,
        source=Source.EMAIL,
        address=Address("support", "acme.example"),
        brand="acme",
        group="support",
        requester=HONG,
        cc=(),
        at=NOW + at * HOUR,
    )
    ticket = tickets.create(conn, replace(new, **of))
    author = Author(HONG.address, HONG.name, Role.REQUESTER)
    entries.add(conn, replace(entry(ticket, text=text), author=author, at=NOW + at * HOUR))
    if change is not None:
        tickets.update(conn, ticket, change, NOW + at * HOUR)
    return ticket


def fill(conn: Connection) -> None:
    korean: dict[str, Any] = {
        "brand": "한국",
        "group": "지원",
        "address": Address("help", "hangook.example"),
    }
    write(conn, "환불 문의", "환불해주세요", 1, **korean)
    second = write(conn, "Refund", "a refund and 환불", 2, TicketChange(assignee=ALICE))
    urgent = TicketChange(priority=Priority.URGENT)
    write(conn, "주문", "안녕하세요", 3, urgent, source=Source.FORM, **korean)
    closed = TicketChange(assignee=ALICE, status=Status.CLOSED, add_tags=("vip",))
    fourth = write(conn, "Lamp", "dark", 4, closed)
    ticketlife.note_waiting(conn, second, NOW + 2 * HOUR)
    ticketlife.note_waiting(conn, TicketId(1), NOW + 3 * HOUR)
    for ticket, due in ((second, NOW), (fourth, NOW.replace(year=2999))):
        timers.put(
            conn,
            [Timer(ticket, TimerKind.FIRST_RESPONSE, NOW, timedelta(0), HOUR, due, due, 0)],
        )


@pytest.fixture
def mailgate(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Mailgate:
    found = installed(tmp_path, capfdbinary, CONFIG)
    found.written(fill)
    return found


def numbers(done: tuple[int, str, str]) -> list[int]:
    code, out, err = done
    assert (code, err) == (0, "")
    return [ticket["id"] for ticket in json.loads(out)]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), [4, 3, 2, 1]),
        (("--group", "지원"), [3, 1]),
        (("--brand", "acme"), [4, 2]),
        (("--priority", "urgent"), [3]),
        (("--priority", "urgent", "--priority", "normal"), [4, 3, 2, 1]),
        (("--status", "closed"), [4]),
        (("--status", "closed", "--status", "open"), [4, 3, 2, 1]),
        (("--unassigned",), [3, 1]),
        (("--waiting",), [2, 1]),
        (("--overdue",), [2]),
        (("--search", "환불"), [2, 1]),
        (("--search", "환불 refund"), [2]),
        (("--view", "미답변"), [2, 1]),
        (("--view", "mine"), [2]),
        (("--view", "mine", "--status", "closed"), [4]),
        (("--view", "mine", "--unassigned"), [3, 1]),
        (("--view", "to take"), [3, 1]),
        (("--view", "to take", "--priority", "urgent"), [3]),
        (("--view", "late"), [2]),
        (("--view", "refunds"), [1]),
        (("--view", "refunds", "--brand", "acme"), [2]),
        (("--view", "vips"), [4]),
        (("--view", "forms"), [3]),
        (("--view", "urgent"), [3]),
        (("--view", "strangers"), []),
        (("--view", "strangers", "--requester", "hong@customer.example"), [4, 3, 2, 1]),
    ],
)
def test_a_list_shows_what_was_asked_for(
    mailgate: Mailgate, options: tuple[str, ...], found: list[int]
) -> None:
    assert numbers(mailgate("tickets", "list", "--json", *options)) == found


def test_a_view_that_is_not_there_is_said(mailgate: Mailgate) -> None:
    code, out, err = mailgate("tickets", "list", "--view", "none")
    assert (code, out) == (1, "")
    assert err == (
        "mailgate: there is no view none; there are: 미답변, mine, to take, late, refunds, vips, "
        "forms, urgent, strangers\n"
    )


def test_a_view_has_every_filter_of_the_list() -> None:
    options = signature(list_).parameters.keys() - {"view", "limit", "json"}
    assert ViewSettings.model_fields.keys() - {"name"} == options


def test_the_views_of_the_page(mailgate: Mailgate, tmp_path: Path) -> None:
    """docs/desk.md, as they stand there."""
    page = Path(__file__).parents[2] / "docs" / "desk.md"
    views = page.read_text().split("## Views\n")[1].split("```toml\n")[1].split("```")[0]
    config = tmp_path / "mailgate.toml"
    config.write_text(config.read_text().split("[[view]]")[0] + views)
    listed = partial(mailgate, "tickets", "list", "--json", "--view")
    assert numbers(listed("미답변")) == [2]
    assert numbers(listed("미답변", "--group", "지원")) == [1]
    assert numbers(listed("to take")) == [3, 1]
    assert numbers(listed("to take", "--assignee", "alice@acme.example")) == [2]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--group", "sales"), "no [[group]] is called sales now; there are: "),
        (("--assignee", "gone@acme.example"), "gone@acme.example is no agent now"),
    ],
)
def test_what_the_settings_do_not_have_is_said_beside_an_empty_list(
    mailgate: Mailgate, option: tuple[str, str], said: str
) -> None:
    code, out, err = mailgate("tickets", "list", *option)
    assert (code, len(out.splitlines())) == (0, 1)
    assert err.startswith(f"mailgate: {said}")


def test_a_view_is_found_as_a_mac_types_it(mailgate: Mailgate) -> None:
    typed = unicodedata.normalize("NFD", "미답변")
    assert numbers(mailgate("tickets", "list", "--json", "--view", typed)) == [2, 1]


def test_nobodys_and_somebodys_is_said(mailgate: Mailgate) -> None:
    code, _, err = mailgate("tickets", "list", "--unassigned", "--assignee", "alice@acme.example")
    assert (code, err) == (
        2,
        "mailgate: a ticket is an agent's or nobody's: --assignee or --unassigned\n",
    )


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("환불",), [2, 1]),
        (("환불", "refund"), [2]),
        (("ref*",), [2]),
        (('"refund and"',), [2]),
        (('"and refund"',), []),
        (("and refund",), [2]),  # quotes of the shell alone: words, in any order
        (("#3",), [3]),
        (("환불", "--group", "지원"), [1]),
        (("lamp", "--status", "open"), []),
        (("홍길동", "--limit", "2"), [4, 3]),
    ],
)
def test_search(mailgate: Mailgate, arguments: tuple[str, ...], found: list[int]) -> None:
    assert numbers(mailgate("search", "--json", *arguments)) == found


def test_search_prints_a_table(mailgate: Mailgate) -> None:
    code, out, err = mailgate("search", "lamp")
    head, row = out.splitlines()
    assert (code, err) == (0, "")
    assert head.split() == [
        *("ID", "STATUS", "PRIORITY", "REQUESTER", "ASSIGNEE", "MESSAGES", "UPDATED", "SUBJECT")
    ]
    assert row.split()[:2] == ["4", "closed"]
    assert row.endswith("Lamp")


@pytest.mark.parametrize("arguments", [("search", "!!!"), ("tickets", "list", "--search", "")])
def test_nothing_to_look_for_is_said(mailgate: Mailgate, arguments: tuple[str, ...]) -> None:
    code, out, err = mailgate(*arguments)
    assert (code, out) == (1, "")
    assert err == "mailgate: nothing to look for: write a word with a letter or a digit\n"


def test_what_is_not_in_the_index_yet_is_said(
    mailgate: Mailgate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an upgrade, with years of mail: the command does not wait for all of it."""
    monkeypatch.setattr("mailgate.daemon.indexing._BATCH", 1)
    monkeypatch.setattr("mailgate.cli.lists._BATCHES", 2)
    code, out, err = mailgate("search", "홍길동", "--json")
    assert code == 0
    assert [ticket["id"] for ticket in json.loads(out)] == [2, 1]
    assert err == (
        "2 messages are not in the index yet and cannot be found now; the daemon is taking them "
        "in.\n"
    )
    assert numbers(mailgate("search", "홍길동", "--json"))


async def test_the_daemon_yields_to_a_storm_of_mail(mailgate: Mailgate, tmp_path: Path) -> None:
    async with open_gateway(settings.load(tmp_path / "mailgate.toml")) as gateway:
        rows = [await gateway.store.write(append) for _ in range(100)]
        await keep_up(gateway)
        assert await gateway.store.read(partial(search.left, most=10)) == 4
        await gateway.store.write(partial(finish, row=rows[0]))
        await keep_up(gateway)
        assert await gateway.store.read(partial(search.left, most=10)) == 0


async def test_the_daemon_takes_in_what_is_new(mailgate: Mailgate, tmp_path: Path) -> None:
    (job,) = (each for each in JOBS if each.name == "search")
    async with open_gateway(settings.load(tmp_path / "mailgate.toml")) as gateway:
        await job.run(gateway)
        assert await gateway.store.read(partial(search.left, most=10)) == 0
