"""`report` as a table, as JSON, and as a sheet: on a real store."""

import csv
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mailgate.cli.report import cell
from mailgate.clock import SystemClock
from mailgate.mail.address import Address, NamedAddress
from mailgate.model.ticket import Author, Direction, NewTicket, Role, Source, Status
from mailgate.store import entries, ticketlife, tickets
from mailgate.store.core import Connection
from mailgate.store.tickets import TicketChange
from tests.contracts.store_world import entry
from tests.deciders.cli_world import Mailgate, installed

CONFIG = """\
[gateway]
hostname = "mail.acme.example"
data_dir = "{var}"
[[address]]
address = "support@acme.example"
brand = "acme"
group = "support"
[[group]]
name = "support"
members = ["alice@acme.example"]
[[agent]]
address = "alice@acme.example"
name = "Alice Kim"
"""
OFFICE = """\
[[hours]]
name = "office"
mon = "00:00-12:00"
tue = "00:00-12:00"
wed = "00:00-12:00"
thu = "00:00-12:00"
fri = "00:00-12:00"
sat = "00:00-12:00"
sun = "00:00-12:00"
"""
SUPPORT = Address("support", "acme.example")
ALICE = Address("alice", "acme.example")
HONG = NamedAddress("홍길동", Address("hong", "customer.example"))
HOUR = timedelta(hours=1)
BEGIN = (SystemClock().now() - timedelta(days=10)).replace(
    hour=0, minute=0, second=0, microsecond=0
)


def fill(conn: Connection) -> None:
    """Three of customers, ten days ago at midnight; the first answered after 14 hours and done
    after 20, with a score; the second waits since; the third is of a brand of its own. And one
    that Alice began."""
    new = NewTicket("환불", Source.EMAIL, SUPPORT, "acme", "support", HONG, (), BEGIN)
    author = Author(ALICE, "Alice Kim", Role.AGENT)
    first = tickets.create(conn, new)
    entries.add(conn, entry(first, at=BEGIN))
    entries.add(
        conn,
        replace(
            entry(first, direction=Direction.OUT, at=BEGIN + 14 * HOUR),
            author=author,
        ),
    )
    change = TicketChange(
        status=Status.RESOLVED,
        first_response_at=BEGIN + 14 * HOUR,
        add_tags=("=cmd()", "환불"),
        assignee=ALICE,
    )
    tickets.update(conn, first, change, BEGIN + 20 * HOUR)
    ticketlife.note_score(conn, first, 3, BEGIN + 30 * HOUR)
    second = tickets.create(conn, replace(new, waiting_since=BEGIN))
    third = tickets.create(conn, replace(new, brand="한국", source=Source.FORM))
    began = tickets.create(
        conn, replace(new, source=Source.OUTBOUND_EMAIL, started_by=ALICE.key, status=Status.CLOSED)
    )
    for ticket in (second, third):
        entries.add(conn, entry(ticket, at=BEGIN))
    mail = entry(began, direction=Direction.OUT, at=BEGIN)
    entries.add(conn, replace(mail, author=author))


@pytest.fixture
def mailgate(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Mailgate:
    found = installed(tmp_path, capfdbinary, CONFIG)
    found.written(fill)
    return found


NONE = {"tickets": 0, "median": None, "p90": None, "work_median": None, "work_p90": None}
TOTAL = {
    "new": 3,
    "by_source": {"email": 2, "form": 1},
    "started": 1,
    "answers": 1,
    "first_response": {**NONE, "tickets": 1, "median": 50400, "p90": 50400},
    "resolution": {**NONE, "tickets": 1, "median": 72000, "p90": 72000},
    "replies_per_ticket": 1.0,
    "one_touch": 1,
    "reopened": 0,
    "waiting": 1,
    "satisfaction": {"good": 1, "ok": 0, "bad": 0, "percent": 100},
}


def test_everything_of_thirty_days(mailgate: Mailgate) -> None:
    document = mailgate("report", "--json").json
    assert document["by"] is document["rows"] is document["hours"] is None
    total = document["total"]
    assert total.pop("longest_wait") >= 9 * 86400
    assert total == TOTAL


def test_the_table_says_of_which_days_it_is_in_the_time_zone_of_the_desk(
    mailgate: Mailgate,
) -> None:
    code, out, _ = mailgate("report", "--since", "2026-02-01", "--until", "2026-02-02")
    assert code == 0
    assert out.startswith("2026-02-01 00:00 UTC until 2026-02-03 00:00 UTC\n")


def test_of_a_time_in_which_nothing_came_but_somebody_waits(mailgate: Mailgate) -> None:
    document = mailgate("report", "--json", "--since", "5d").json
    total = document["total"]
    assert (total["new"], total["answers"], total["waiting"]) == (0, 0, 1)
    assert total["first_response"] == total["resolution"] == NONE
    day = (BEGIN - timedelta(days=1)).strftime("%Y-%m-%d")
    document = mailgate("report", "--json", "--since", day, "--until", day).json
    assert document["total"]["new"] == 0
    assert document["until"] == BEGIN.strftime("%Y-%m-%dT00:00:00Z")


@pytest.mark.parametrize(
    ("by", "new"),
    [
        ("address", {"support@acme.example": 3}),
        ("brand", {"acme": 2, "한국": 1}),
        ("group", {"support": 3}),
        ("agent", {"alice@acme.example": 1, None: 2}),
        ("tag", {"=cmd()": 1, "환불": 1, None: 2}),
    ],
)
def test_told_apart(mailgate: Mailgate, by: str, new: dict[str | None, int]) -> None:
    document = mailgate("report", "--json", "--by", by).json
    assert document["by"] == by
    assert {row["key"]: row["new"] for row in document["rows"]} == new
    assert document["total"]["new"] == 3


def test_how_many_mails_each_agent_began(mailgate: Mailgate) -> None:
    rows = mailgate("report", "--json", "--by", "agent").json["rows"]
    assert [(row["key"], row["started"], row["answers"]) for row in rows] == [
        ("alice@acme.example", 1, 1),
        (None, 0, 0),
    ]


def test_a_sheet_has_a_line_each_and_runs_nothing(mailgate: Mailgate) -> None:
    code, out, err = mailgate("report", "--csv", "--by", "tag")
    assert (code, err) == (0, "")
    assert out.startswith("\ufeff")
    lines = list(csv.DictReader(io.StringIO(out.removeprefix("\ufeff"))))
    assert [line["tag"] for line in lines] == ["'=cmd()", "환불", ""]
    assert [line["new"] for line in lines] == ["1", "1", "2"]
    assert lines[0]["first_response_median"] == "50400"
    assert lines[2]["first_response_median"] == ""
    assert lines[0]["satisfaction_percent"] == "100"
    _, out, _ = mailgate("report", "--csv")
    (line,) = csv.DictReader(io.StringIO(out.removeprefix("\ufeff")))
    assert (line["total"], line["new"], line["waiting"]) == ("", "3", "1")


@pytest.mark.parametrize(
    "tag", ["=a()", "\uff1da()", "\uff0b1", "\uff0da", "\uff20a", " =a()", "\u3000=a"]
)
def test_no_tag_is_a_formula(tag: str) -> None:
    """Excel in Korean takes the signs in their full width for the same."""
    assert cell(tag) == f"'{tag}"


def test_a_table_for_people(mailgate: Mailgate) -> None:
    code, out, err = mailgate("report", "--by", "brand")
    assert (code, err) == (0, "")
    _, sources, _, head, acme, hangook, last = out.splitlines()
    assert sources == "new from: email 2, form 1"
    assert head.split()[:4] == ["BRAND", "NEW", "STARTED", "ANSWERS"]
    assert acme.split()[:10] == ["acme", "2", "1", "1", "14h", "0m", "14h", "0m", "1", "20h"]
    assert hangook.split() == ["한국", "1", "0", "0", "0", "0", "0", "0"]
    assert last.split()[:4] == ["(all)", "3", "1", "1"]
    assert last.endswith("100%")


def test_times_in_hours_of_work(mailgate: Mailgate, tmp_path: Path) -> None:
    config = tmp_path / "mailgate.toml"
    config.write_text(config.read_text() + OFFICE)
    for options in ((), ("--hours", "office")):
        document = mailgate("report", "--json", *options).json
        assert document["hours"] == "office"
        first = document["total"]["first_response"]
        assert (first["median"], first["work_median"], first["work_p90"]) == (50400, 43200, 43200)
    _, out, _ = mailgate("report")
    head, _, _, _, row = out.splitlines()
    assert head.endswith("; times in the hours office")
    assert row.split()[3:7] == ["12h", "0m", "12h", "0m"]
    code, _, err = mailgate("report", "--hours", "night")
    assert (code, err) == (1, "mailgate: there are no hours night; there are: office\n")


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--since", "soon"), 1, "'soon' is no time; write a day such as 2026-11-01"),
        (("--json", "--csv"), 2, "one form at a time: --json or --csv"),
        (("--by", "customer"), 2, "'customer' is not one of"),
    ],
)
def test_what_is_wrong_is_said(
    mailgate: Mailgate, options: tuple[str, ...], code: int, said: str
) -> None:
    done = mailgate("report", *options)
    assert done[0] == code
    assert said in done[2]
