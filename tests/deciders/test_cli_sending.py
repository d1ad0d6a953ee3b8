"""`mailgate send` and what leaves later, on a real store: what they print and what they write."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.deciders.cli_world import Mailgate, installed

CONFIG = """\
[gateway]
hostname = "mail.acme.example"
data_dir = "{var}"
timezone = "Asia/Seoul"
[[address]]
address = "support@acme.example"
name = "Acme Support"
brand = "acme"
group = "support"
[[address]]
address = "sales@hangook.example"
name = "한국상사"
brand = "hangook"
group = "sales"
[[group]]
name = "support"
members = ["alice@acme.example"]
[[group]]
name = "sales"
[[agent]]
address = "alice@acme.example"
name = "Alice Kim"
"""
SEND = ("send", "--from", "support@acme.example", "--to", "hong@customer.example")


Made = Callable[..., Mailgate]


@pytest.fixture
def body(tmp_path: Path) -> str:
    (tmp_path / "body.txt").write_text("내일 도착합니다.\n", "utf-8")
    return str(tmp_path / "body.txt")


@pytest.fixture
def gateway(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Made:
    """An empty gateway with more settings, and its commands."""

    def made(more: str = "") -> Mailgate:
        return installed(tmp_path, capfdbinary, CONFIG + more)

    return made


def test_what_is_sent_is_a_ticket(gateway: Made, body: str, tmp_path: Path) -> None:
    mailgate = gateway()
    (tmp_path / "a.html").write_text("<p>내일 <b>도착</b>합니다.</p>", "utf-8")
    (tmp_path / "안내.pdf").write_bytes(b"%PDF")
    done = mailgate(
        "send", "--from", "sales@hangook.example", "--to", "hong@customer.example",
        "--cc", "boss@customer.example", "--bcc", "audit@bureau.example", "--subject", "주문 7",
        "--body-file", body, "--html-file", str(tmp_path / "a.html"),
        "--attach", str(tmp_path / "안내.pdf"), "--as", "alice@acme.example",
        "--status", "pending", "--tag", "vip", "--tag", "order", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert {key: done.json[key] for key in ("ticket", "leaves_at", "wait_reason")} == {
        "ticket": 1,
        "leaves_at": None,
        "wait_reason": None,
    }
    assert len(done.json["queued"]) == 3
    ticket = mailgate("tickets", "show", "1", "--json").json
    wanted = {
        "subject": "주문 7",
        "status": "pending",
        "source": "outbound_email",
        "address": "sales@hangook.example",
        "brand": "hangook",
        "group": "sales",
        "requester": {"address": "hong@customer.example", "name": None},
        "cc": ["boss@customer.example"],
        "tags": ["order", "vip"],
        "first_response_at": None,
        "sla_started_at": None,
    }
    assert {key: ticket[key] for key in wanted} == wanted
    (message,) = ticket["messages"]
    assert (message["id"], message["direction"]) == (done.json["message"], "out")
    assert message["author"]["address"] == "alice@acme.example"
    assert [one["filename"] for one in message["attachments"]] == ["안내.pdf"]
    assert {one["recipient"] for one in message["deliveries"]} == {
        "hong@customer.example",
        "boss@customer.example",
        "audit@bureau.example",
    }
    assert {one["lane"] for one in message["deliveries"]} == {"reply"}
    listed = mailgate("tickets", "list", "--source", "outbound_email", "--json").json
    assert [(one["id"], one["started_by"]) for one in listed] == [(1, "alice@acme.example")]


def test_html_alone_has_a_text_made_of_it(gateway: Made, tmp_path: Path) -> None:
    mailgate = gateway()
    (tmp_path / "a.html").write_text("<p>Tomorrow.</p>")
    done = mailgate(*SEND, "--subject", "x", "--html-file", str(tmp_path / "a.html"))
    assert done.code == 0, done.err
    assert done.out == "mail 1 on ticket 1; 1 mail queued\n"
    ticket = mailgate("tickets", "show", "1", "--json").json
    assert (ticket["status"], ticket["messages"][0]["text"].strip()) == ("closed", "Tomorrow.")


def test_what_can_be_taken_back_says_how_and_until_when(gateway: Made, body: str) -> None:
    mailgate = gateway('[outbound]\nundo = "10m"\n')
    before = datetime.now(UTC).replace(microsecond=0)
    done = mailgate(*SEND, "--subject", "x", "--body-file", body)
    first, second = done.out.splitlines()
    assert first == "mail 1 on ticket 1; 1 mail queued"
    assert second.endswith(" UTC (can be taken back until then): mailgate queue cancel 1")
    shown = datetime.strptime(second[10:29], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert before <= shown - timedelta(minutes=10) <= datetime.now(UTC)
    answered = mailgate("reply", "1", "--body-file", body, "--json").json
    assert answered["wait_reason"] == "undo"
    assert mailgate("queue", "show", "1", "--json").json["wait_reason"] == "undo"
    assert mailgate("queue", "cancel", "1").code == 0
    ticket = mailgate("tickets", "show", "1", "--json").json
    assert [one["state"] for one in ticket["messages"][0]["deliveries"]] == ["cancelled"]
    assert ticket["events"][-1]["kind"] == "delivery_cancelled"


def test_what_is_scheduled_is_read_in_the_zone_of_the_desk(gateway: Made, body: str) -> None:
    mailgate = gateway()
    local = (datetime.now(ZoneInfo("Asia/Seoul")) + timedelta(days=2)).replace(
        hour=9, minute=0, second=0, microsecond=0
    )
    at = local.strftime("%Y-%m-%d %H:%M")
    done = mailgate(*SEND, "--subject", "x", "--body-file", body, "--at", at, "--json")
    leaves = local.astimezone(UTC).isoformat().replace("+00:00", "Z")
    assert (done.json["leaves_at"], done.json["wait_reason"]) == (leaves, "scheduled")
    (delivery,) = mailgate("queue", "list", "--json").json
    assert (delivery["due_at"], delivery["wait_reason"]) == (leaves, "scheduled")
    answered = mailgate("reply", "1", "--body-file", body, "--at", leaves)
    assert answered.out.splitlines()[1].endswith("UTC (scheduled): mailgate queue cancel 2")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--subject", "x", "--at", "2026-01-05 09:00"), "'2026-01-05 09:00' is past: it is "),
        (("--subject", "x", "--at", "soon"), "'soon' is no time; write such as"),
        (("--subject", "x", "--to", "lee@customer.example"), "set gateway.free_recipients = true"),
        (("--subject", " "), "A mail that starts a conversation needs a subject."),
        (("--subject", "x", "--as", "eve@acme.example"), "is no agent"),
        (("--subject", "x", "--html-file", "/nonexistent"), "/nonexistent: No such file"),
    ],
)
def test_what_cannot_be_sent_is_one_sentence_and_leaves_nothing(
    arguments: tuple[str, ...], sentence: str, gateway: Made, body: str
) -> None:
    mailgate = gateway()
    done = mailgate(*SEND, "--body-file", body, *arguments)
    assert (done.code, done.out) == (1, "")
    assert sentence in done.err
    assert len(done.err.splitlines()) == 1
    assert mailgate("tickets", "list", "--json").json == []


def test_over_a_limit_it_is_refused_by_its_name_and_nothing_is_lost(
    gateway: Made, body: str
) -> None:
    """`when_full = "refuse"`: which limit, and what it would take."""
    mailgate = gateway('[ratelimit]\nhourly = 3\nwhen_full = "refuse"\n')
    first = mailgate(*SEND, "--subject", "x", "--body-file", body)
    assert first.code == 0, first.err
    many = [word for number in range(4) for word in ("--cc", f"c{number}@customer.example")]
    refused = mailgate(*SEND, "--subject", "y", "--body-file", body, *many)
    assert (refused.code, refused.out) == (1, "")
    assert "The hourly limit is 3, and this mail goes to 5: no hour has room" in refused.err
    assert "; nothing was written." in refused.err
    assert len(mailgate("tickets", "list", "--json").json) == 1
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
    scheduled = mailgate(*SEND, "--subject", "y", "--body-file", body, *many, "--at", later)
    assert scheduled.code == 0, "what leaves another day is not asked now"
