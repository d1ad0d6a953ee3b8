"""The commands on a real store: what they print, the shapes of their JSON, their exit codes."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from mailgate import settings
from mailgate.cli import reading
from mailgate.cli.main import run
from mailgate.daemon.gateway import Gateway
from mailgate.mail.address import Address, NullReversePath
from tests.deciders.cli_world import Done, Mailgate, at_work, comes, worked_on
from tests.harness.database import make_database

CONFIG = """\
[gateway]
hostname = "mail.acme.example"
data_dir = "{var}"
[[address]]
address = "support@acme.example"
name = "Acme Support"
brand = "acme"
group = "support"
[[group]]
name = "support"
members = ["alice@acme.example"]
[[agent]]
address = "alice@acme.example"
name = "Alice Kim"
"""


QUESTION = """\
From: =?utf-8?b?7ZmN6ri464+Z?= <hong@customer.example>
To: support@acme.example
Subject: =?utf-8?b?7ZSE66aw7YSw6rCAIOu2iO2DgOyalA==?=
Message-ID: <q1@customer.example>
Date: Mon, 05 Jan 2026 18:00:00 +0900
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

프린터에서 연기가 납니다.
""".replace("\n", "\r\n").encode()

FROM_A_MACHINE = b"""\
From: Mail System <robot@customer.example>\r
To: support@acme.example\r
Subject: Re: something\r
Message-ID: <r1@customer.example>\r
In-Reply-To: <nothing-of-ours@elsewhere.example>\r
Auto-Submitted: auto-replied\r
\r
I am away.\r
"""


async def fill(gateway: Gateway) -> None:
    """A ticket of a customer, and a machine's mail in quarantine."""
    await comes(gateway, QUESTION, Address("hong", "customer.example"))
    await comes(gateway, FROM_A_MACHINE, NullReversePath())
    await worked_on(gateway)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a gateway with mail in it, made once."""
    var = tmp_path_factory.mktemp("filled") / "var"
    var.mkdir()
    made = settings.parse(CONFIG.format(var=var).encode(), source="test")
    make_database(made.store.url)
    at_work(made, fill)
    return var


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "mailgate.toml"
    path.write_text(CONFIG.format(var=tmp_path / "var"))
    return path


@pytest.fixture
def mailgate(
    filled: Path, config: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> Mailgate:
    """Runs a command on a copy of the filled gateway."""
    shutil.copytree(filled, tmp_path / "var")
    return Mailgate(config, capfdbinary)


def process(*arguments: str, stdin: bytes = b"", **environment: str) -> Done:
    """Runs the program itself, as an operator or an MTA does."""
    done = subprocess.run(
        [sys.executable, "-m", "mailgate.cli.main", *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


# --- tickets -----------------------------------------------------------------------------------

TICKET = {
    "id": 1,
    "subject": "프린터가 불타요",
    "status": "open",
    "priority": "normal",
    "source": "email",
    "address": "support@acme.example",
    "brand": "acme",
    "group": "support",
    "assignee": None,
    "requester": {"address": "hong@customer.example", "name": "홍길동"},
    "cc": [],
    "tags": [],
    "spam": False,
    "started_by": None,
    "parent": None,
    "merged_into": None,
    "linked": [],
    "first_response_at": None,
    "resolved_at": None,
    "score": None,
    "messages": 1,
}
TIMES = {"created_at", "updated_at", "sla_started_at", "waiting_since"}


def test_tickets_list_has_the_shape_that_was_promised(mailgate: Mailgate) -> None:
    (ticket,) = mailgate("tickets", "list", "--json").json
    assert set(ticket) == {*TICKET, *TIMES}
    assert {key: ticket[key] for key in TICKET} == TICKET
    assert ticket["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (("--status", "open"), 1),
        (("--status", "closed"), 0),
        (("--requester", "Hong@Customer.example"), 1),
        (("--requester", "alice@acme.example"), 0),
        (("--assignee", "alice@acme.example"), 0),
        (("--source", "email"), 1),
        (("--source", "import"), 0),
        (("--search", "불타"), 1),
        (("--search", "연기"), 1),
        (("--search", "water"), 0),
        (("--tag", "vip"), 0),
        (("--limit", "1"), 1),
    ],
)
def test_tickets_list_shows_what_was_asked_for(
    wanted: tuple[str, str], found: int, mailgate: Mailgate
) -> None:
    assert len(mailgate("tickets", "list", "--json", *wanted).json) == found


def test_a_table_is_aligned_by_what_korean_takes_on_a_screen(mailgate: Mailgate) -> None:
    head, row = mailgate("tickets", "list").out.splitlines()
    assert row.index("프린터가 불타요") == head.index("SUBJECT")


def test_tickets_show_has_messages_events_and_mails(mailgate: Mailgate) -> None:
    ticket = mailgate("tickets", "show", "1", "--json").json
    (message,) = ticket["messages"]
    assert set(message) == {
        "id",
        "kind",
        "direction",
        "visibility",
        "author",
        "subject",
        "text",
        "full_text",
        "html",
        "attachments",
        "message_id",
        "at",
        "journal_id",
        "flags",
        "deliveries",
    }
    assert message["author"] == {
        "address": "hong@customer.example",
        "name": "홍길동",
        "role": "requester",
    }
    assert message["text"].strip() == "프린터에서 연기가 납니다."
    assert message["message_id"] == "q1@customer.example"
    assert message["journal_id"] == 1
    (notified,) = message["deliveries"]
    assert (notified["recipient"], notified["lane"]) == ("alice@acme.example", "notification")
    assert {each["recipient"] for each in ticket["deliveries"]} == {
        "alice@acme.example",
        "hong@customer.example",
    }
    assert set(ticket["events"][0]) == {"at", "kind", "actor", "detail"}
    assert ticket["events"][0]["kind"] == "created"


def test_tickets_show_for_people(mailgate: Mailgate) -> None:
    shown = mailgate("tickets", "show", "1").out
    assert shown.startswith("[#1] 프린터가 불타요\n")
    assert "requester:    홍길동 <hong@customer.example>\n" in shown
    assert "프린터에서 연기가 납니다.\n" in shown


def test_tickets_set_changes_and_tells(mailgate: Mailgate) -> None:
    done = mailgate(
        "tickets", "set", "1", "--status", "pending", "--assign", "alice@acme.example",
        "--priority", "high", "--tag", "vip", "--tag", "불", "--json",
    )  # fmt: skip
    ticket = done.json
    assert (done.code, ticket["status"], ticket["priority"]) == (0, "pending", "high")
    assert (ticket["assignee"], ticket["tags"]) == ("alice@acme.example", ["vip", "불"])
    events = mailgate("tickets", "show", "1", "--json").json["events"]
    assert {each["actor"] for each in events[1:]} == {"operator"}


@pytest.mark.parametrize(
    ("wish", "code", "sentence"),
    [
        ((), 2, "nothing to set"),
        (("--assign", "eve@acme.example"), 1, "none of the configured agents"),
        (("--assign", "nobody"), 2, "is no address"),
        (("--group", "sales"), 1, "no group sales"),
        (("--status", "gone"), 2, "gone"),
    ],
)
def test_what_cannot_be_set_is_one_sentence(
    wish: tuple[str, ...], code: int, sentence: str, mailgate: Mailgate
) -> None:
    done = mailgate("tickets", "set", "1", *wish)
    assert (done.code, done.out) == (code, "")
    assert sentence in done.err
    assert "Traceback" not in done.err


# --- reply, note ---------------------------------------------------------------------------------


def test_a_reply_goes_to_the_customer(mailgate: Mailgate, tmp_path: Path) -> None:
    body, manual = tmp_path / "body.txt", tmp_path / "설명서.txt"
    body.write_text("플러그를 뽑으세요.\n", "utf-8")
    manual.write_bytes(b"x" * 10)
    done = mailgate(
        "reply", "1", "--as", "alice@acme.example", "--body-file", str(body),
        "--attach", str(manual), "--cc", "boss@customer.example", "--json",
    )  # fmt: skip
    assert (done.code, done.json["ticket"], len(done.json["queued"])) == (0, 1, 2)
    queued = [mailgate("queue", "show", str(n), "--json").json for n in done.json["queued"]]
    assert {one["recipient"] for one in queued} == {
        "hong@customer.example",
        "boss@customer.example",
    }
    answer = mailgate("tickets", "show", "1", "--json").json["messages"][-1]
    assert (answer["direction"], answer["visibility"]) == ("out", "public")
    assert answer["author"] == {
        "address": "alice@acme.example",
        "name": "Alice Kim",
        "role": "agent",
    }
    (attached,) = answer["attachments"]
    assert (attached["filename"], attached["content_type"], attached["size"]) == (
        "설명서.txt",
        "text/plain",
        10,
    )
    assert {each["recipient"] for each in answer["deliveries"]} == {
        "hong@customer.example",
        "boss@customer.example",
    }


def test_a_note_stays_inside(mailgate: Mailgate, tmp_path: Path) -> None:
    (tmp_path / "n").write_text("He is angry.")
    assert mailgate("note", "1", "--body-file", str(tmp_path / "n")).code == 0
    note = mailgate("tickets", "show", "1", "--json").json["messages"][-1]
    assert (note["kind"], note["visibility"]) == ("note", "private")
    assert all(each["recipient"] == "alice@acme.example" for each in note["deliveries"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("reply", "9", "--body-file", "BODY"), "9"),
        (("reply", "1", "--as", "eve@acme.example", "--body-file", "BODY"), "is no agent"),
        (("reply", "1", "--from", "sales@acme.example", "--body-file", "BODY"), "none of the"),
        (("reply", "1", "--body-file", "/nonexistent"), "/nonexistent: No such file"),
        (("reply", "1", "--body-file", "BODY", "--attach", "/nonexistent"), "No such file"),
        (("note", "1", "--body-file", "EMPTY"), "nothing to write"),
        (("note", "1", "--body-file", "LATIN"), "is not UTF-8 (byte 1)"),
    ],
)
def test_what_cannot_be_written_is_one_sentence(
    arguments: tuple[str, ...], sentence: str, mailgate: Mailgate, tmp_path: Path
) -> None:
    (tmp_path / "BODY").write_text("text")
    (tmp_path / "EMPTY").write_text(" \n")
    (tmp_path / "LATIN").write_bytes(b"a\xe9")
    named = [str(tmp_path / each) if each.isupper() else each for each in arguments]
    done = mailgate(*named)
    assert (done.code, done.out) == (1, "")
    assert sentence in done.err
    assert len(done.err.splitlines()) == 1


# --- queue -------------------------------------------------------------------------------------

DELIVERY = {
    "id",
    "ticket",
    "message_id",
    "recipient",
    "sender",
    "lane",
    "state",
    "attempts",
    "due_at",
    "due_from",
    "wait_reason",
    "waits_for",
    "agent",
    "campaign",
    "last_reply",
    "relay_id",
    "bounced",
}


def test_queue_list_has_the_shape_that_was_promised(mailgate: Mailgate) -> None:
    listed = mailgate("queue", "list", "--json").json
    assert all(set(each) == DELIVERY for each in listed)
    assert {each["lane"] for each in listed} == {"notification", "acknowledgement"}
    assert all(each["state"] == "ready" and each["last_reply"] is None for each in listed)


def test_queue_list_shows_what_was_asked_for(mailgate: Mailgate) -> None:
    def count(*wanted: str) -> int:
        return len(mailgate("queue", "list", "--json", *wanted).json)

    assert count("--lane", "notification") == 1
    assert count("--lane", "campaign") == 0
    assert count("--state", "held") == 0
    assert count("--ticket", "1") == 2
    assert count("--ticket", "2") == 0


def test_hold_release_retry_cancel(mailgate: Mailgate) -> None:
    assert mailgate("queue", "hold", "--all").out == "2 deliveries held\n"
    held = mailgate("queue", "list", "--state", "held", "--json").json
    assert all(each["wait_reason"] == "held" for each in held)
    assert mailgate("queue", "release", "1", "--json").json == {"changed": 1}
    assert mailgate("queue", "cancel", "2").out == "1 delivery cancelled\n"
    assert mailgate("queue", "show", "2", "--json").json["state"] == "cancelled"
    assert mailgate("queue", "show", "1", "--json").json["state"] == "ready"


def test_what_cannot_be_changed_is_a_failure(mailgate: Mailgate) -> None:
    assert mailgate("queue", "cancel", "1").code == 0
    done = mailgate("queue", "cancel", "1", "2")
    assert (done.code, done.out) == (1, "1 delivery cancelled\n")
    assert done.err == "mailgate: not cancelled: 1 is cancelled\n"


@pytest.mark.parametrize("verb", ["hold", "release", "retry", "cancel"])
def test_a_change_names_ids_or_all_and_not_both(verb: str, mailgate: Mailgate) -> None:
    assert mailgate("queue", verb).code == 2
    assert mailgate("queue", verb, "1", "--all").code == 2
    assert mailgate("queue", verb, "1", "--ticket", "1").code == 2
    assert mailgate("queue", verb, "--lane", "reply", "--all").code == 2


def test_a_ticket_or_a_lane_is_changed_alone(mailgate: Mailgate) -> None:
    held = ("queue", "list", "--state", "held", "--json")
    assert mailgate("queue", "hold", "--lane", "campaign").out == "0 deliveries held\n"
    assert mailgate("queue", "hold", "--ticket", "2").out == "0 deliveries held\n"
    assert mailgate("queue", "hold", "--lane", "notification").out == "1 delivery held\n"
    assert [each["lane"] for each in mailgate(*held).json] == ["notification"]
    both = ("--ticket", "1", "--lane", "acknowledgement")
    assert mailgate("queue", "hold", *both).out == "1 delivery held\n"
    assert mailgate("queue", "release", "--ticket", "1").out == "2 deliveries released\n"


def test_queue_list_says_why_in_words(mailgate: Mailgate) -> None:
    assert "about to leave" in mailgate("queue", "list").out
    mailgate("queue", "hold", "1")
    assert "held by an operator" in mailgate("queue", "list").out


def test_queue_show_tells_the_story(mailgate: Mailgate) -> None:
    mailgate("queue", "hold", "1")
    document = mailgate("queue", "show", "1", "--json").json
    assert set(document) == DELIVERY | {
        *("kind", "queued_at", "insists", "delay_told_at", "final_at", "history", "destination"),
        *("suppressions", "events", "text"),
    }
    shown = mailgate("queue", "show", "1").out
    assert "Queued on " in shown
    assert "An operator holds it since" in shown
    assert all(sentence in shown for sentence in document["text"])
    mailgate("queue", "cancel", "1")
    assert "Cancelled by an operator on" in mailgate("queue", "show", "1").out
    assert [event["kind"] for event in mailgate("queue", "show", "1", "--json").json["events"]] == [
        "delivery_cancelled"
    ]


def test_a_ticket_shows_why_its_mails_wait(mailgate: Mailgate) -> None:
    shown = mailgate("tickets", "show", "1").out
    assert "WAITS FOR" in shown
    assert "DUE" in shown
    (first, _) = mailgate("tickets", "show", "1", "--json").json["deliveries"]
    assert first["wait_reason"] == "queued"
    assert first["due_at"].endswith("Z")


def test_a_destination_that_is_down_is_shown_and_tried_at_once(
    mailgate: Mailgate, tmp_path: Path
) -> None:
    """It stands in the list, in the story of who waits for it, and `retry` makes its probe due."""
    later = 4_000_000_000_000_000  # microseconds: in the year 2096
    with closing(sqlite3.connect(tmp_path / "var/mailgate.db")) as database, database:
        database.execute(
            "INSERT INTO destinations (key, failures, down_since, down_until, slowness, parked,"
            " look_at, last_code, last_text, last_at)"
            " VALUES ('domain:customer.example', 3, 1, ?, 0, 1, ?, 421, '4.3.2 busy', 1)",
            (later, later),
        )
        database.execute(
            "UPDATE deliveries SET wait_reason = 'destination_down', due_at = ?,"
            " waits_for = 'domain:customer.example' WHERE lane = 'acknowledgement'",
            (later,),
        )
    (listed,) = mailgate("queue", "destinations", "--json").json
    assert (listed["destination"], listed["state"]) == ("domain:customer.example", "down")
    assert (listed["waiting"], listed["failures"]) == (1, 3)
    assert listed["down_until"].startswith("2096-")
    assert listed["last_reply"]["text"] == "4.3.2 busy"
    shown = mailgate("queue", "destinations").out
    assert "421 4.3.2 busy" in shown
    assert "customer.example cannot be reached" in mailgate("queue", "list").out
    (waits,) = (
        each for each in mailgate("queue", "list", "--json").json if each["waits_for"] is not None
    )
    story = mailgate("queue", "show", str(waits["id"])).out
    assert "customer.example could not be reached 3 times in a row" in story
    assert "4.3.2 busy" in story
    assert mailgate("queue", "retry", "--lane", "acknowledgement").out == "1 delivery due now\n"
    (listed,) = mailgate("queue", "destinations", "--json").json
    assert listed["state"] == "down", "nobody knows yet"
    assert listed["down_until"].startswith("20")
    assert not listed["down_until"].startswith("2096-")


def test_no_destination_is_down_at_the_start(mailgate: Mailgate) -> None:
    assert mailgate("queue", "destinations", "--json").json == []
    assert mailgate("queue", "destinations").out.startswith("DESTINATION")


def test_queue_stats(mailgate: Mailgate) -> None:
    stats = mailgate("queue", "stats", "--json").json
    assert stats["depth"]["notification"]["ready"] == 1
    assert stats["oldest"]["notification"].endswith("Z")


def test_queue_show_of_nothing(mailgate: Mailgate) -> None:
    done = mailgate("queue", "show", "99")
    assert (done.code, done.err) == (1, "mailgate: there is no delivery 99\n")


# --- quarantine ----------------------------------------------------------------------------------


def test_quarantine_list_has_the_shape_that_was_promised(mailgate: Mailgate) -> None:
    (row,) = mailgate("quarantine", "list", "--json").json
    assert set(row) == {
        "id",
        "door",
        "received_at",
        "envelope",
        "size",
        "message_id",
        "from",
        "subject",
        "state",
        "attempts",
        "cause",
        "decision",
        "ticket",
        "error",
        "title",
        "meaning",
        "to_do",
    }
    assert row["id"] == 2
    assert row["door"] == "smtp"
    assert row["envelope"] == {"reverse_path": "<>", "forward_paths": ["support@acme.example"]}
    assert (row["state"], row["cause"]) == ("quarantined", "automated_without_ticket")
    assert row["decision"]["disposition"] == "quarantine"
    assert row["size"] == len(FROM_A_MACHINE)


def test_quarantine_export_gives_the_bytes_as_they_came(mailgate: Mailgate, tmp_path: Path) -> None:
    assert mailgate("quarantine", "export", "2").out.encode() == FROM_A_MACHINE
    assert mailgate("quarantine", "export", "2", "-o", str(tmp_path / "m.eml")).code == 0
    assert (tmp_path / "m.eml").read_bytes() == FROM_A_MACHINE


def test_quarantine_release_and_drop(mailgate: Mailgate) -> None:
    assert mailgate("quarantine", "release", "2", "--ticket", "9").code == 1
    assert mailgate("quarantine", "release", "2", "--ticket", "1", "--json").json == {
        "id": 2,
        "ticket": 1,
    }
    done = mailgate("quarantine", "drop", "2")
    assert (done.code, "not in quarantine" in done.err) == (1, True)


def test_quarantine_drop(mailgate: Mailgate) -> None:
    assert mailgate("quarantine", "drop", "2").out == "mail 2 is dropped\n"
    assert mailgate("quarantine", "list", "--json").json == []


@pytest.mark.parametrize("number", ["1", "99"])
def test_what_is_not_in_quarantine_is_not_shown(number: str, mailgate: Mailgate) -> None:
    done = mailgate("quarantine", "show", number)
    assert (done.code, done.out) == (1, "")


# --- explain, parse ------------------------------------------------------------------------------

EXPLANATION = {
    *("disposition", "reasons", "ticket", "signals", "sender", "would_send", "defects"),
    *("text", "otherwise", "rights", "withheld", "rules"),
    *("linked", "original", "cause", "visibility", "flagged"),
}


def test_explain_tells_what_became_of_a_mail(mailgate: Mailgate) -> None:
    told = mailgate("explain", "1", "--json").json
    assert set(told) == EXPLANATION | {"state"}
    assert (told["disposition"], told["ticket"]) == ("open_ticket", 1)
    assert "new_conversation" in told["reasons"]


def test_explain_tells_what_would_become_of_a_file_and_touches_nothing(
    mailgate: Mailgate, tmp_path: Path
) -> None:
    (tmp_path / "m.eml").write_bytes(QUESTION.replace(b"q1@", b"q2@"))
    before = mailgate("tickets", "list", "--json").out
    told = mailgate("explain", str(tmp_path / "m.eml"), "--json").json
    assert set(told) == EXPLANATION
    assert (told["disposition"], told["ticket"]) == ("open_ticket", None)
    assert {"kind": "notification", "recipient": "alice@acme.example"} in told["would_send"]
    assert mailgate("tickets", "list", "--json").out == before
    assert mailgate("explain", "3").code == 1  # no row came to the journal


def test_explain_knows_a_mail_that_came_before(mailgate: Mailgate, tmp_path: Path) -> None:
    (tmp_path / "m.eml").write_bytes(QUESTION)
    told = mailgate("explain", str(tmp_path / "m.eml"), "--json").json
    assert (told["disposition"], told["ticket"]) == ("duplicate", 1)


def test_explain_asks_for_a_recipient_when_the_mail_has_none_of_ours(
    mailgate: Mailgate, tmp_path: Path
) -> None:
    (tmp_path / "m.eml").write_bytes(b"From: a@b.example\r\nTo: c@d.example\r\n\r\nx\r\n")
    done = mailgate("explain", str(tmp_path / "m.eml"))
    assert (done.code, "--rcpt" in done.err) == (2, True)
    named = mailgate("explain", str(tmp_path / "m.eml"), "--rcpt", "support@acme.example")
    assert named.code == 0


def test_explain_for_people(mailgate: Mailgate) -> None:
    shown = mailgate("explain", "2").out
    assert shown.startswith("The mail is from robot@customer.example.\n")
    assert "\ndisposition:  quarantine\n" in shown


def test_parse_prints_a_line_a_file(mailgate: Mailgate, tmp_path: Path) -> None:
    (tmp_path / "m.eml").write_bytes(QUESTION)
    done = mailgate("parse", str(tmp_path / "m.eml"), str(tmp_path / "none.eml"))
    good, bad = (json.loads(line) for line in done.out.splitlines())
    assert done.code == 0
    assert set(good) == {
        "file",
        "seconds",
        "from",
        "reply_to",
        "to",
        "cc",
        "subject",
        "date",
        "message_id",
        "in_reply_to",
        "references",
        "text",
        "full_text",
        "html",
        "attachments",
        "kind",
        "kind_evidence",
        "automated",
        "dsn",
        "report",
        "forwarded",
        "defects",
    }
    assert good["from"] == {"address": "hong@customer.example", "name": "홍길동"}
    assert good["to"] == [{"address": "support@acme.example", "name": None}]
    assert (good["date"], good["kind"]) == ("2026-01-05T09:00:00Z", "mail")
    assert good["automated"] == {"is": False, "evidence": []}
    assert bad == {
        "file": str(tmp_path / "none.eml"),
        "error": "cannot be read: No such file or directory",
    }


def test_parse_does_not_take_a_disk_image_into_memory(
    mailgate: Mailgate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_FILE", len(QUESTION) - 1)
    (tmp_path / "m.eml").write_bytes(QUESTION)
    (tmp_path / "short.eml").write_bytes(QUESTION[:-1])
    done = mailgate("parse", str(tmp_path / "m.eml"), str(tmp_path / "short.eml"))
    large, short = (json.loads(line) for line in done.out.splitlines())
    assert large == {
        "file": str(tmp_path / "m.eml"),
        "error": "cannot be read: larger than 256 MB, so no mail",
    }
    assert short["from"] == {"address": "hong@customer.example", "name": "홍길동"}


# --- settings, schema, exit codes ----------------------------------------------------------------


def test_check_config_says_that_all_is_well(mailgate: Mailgate, config: Path) -> None:
    done = mailgate("check-config")
    assert (done.code, done.out) == (0, f"{config}: ok (1 support address, 1 agent)\n")


def test_check_config_print_can_be_loaded_again(mailgate: Mailgate, config: Path) -> None:
    printed = mailgate("check-config", "--print").out
    assert settings.parse(printed.encode(), source="x") == settings.load(config)


def test_check_config_names_the_mistake(mailgate: Mailgate, config: Path) -> None:
    config.write_text(config.read_text() + "[loops]\nhop_limits = 3\n")
    done = mailgate("check-config")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f'{config}: loops.hop_limits (line 16): unknown key (did you mean "hop_limit"?); '
        "correct or remove it\n"
    )


def test_migrate_twice_is_fine(config: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["migrate", "--config", str(config)]) == 0
    assert run(["migrate", "--config", str(config)]) == 0
    assert b"of this version already" in capfdbinary.readouterr().out


def test_without_a_database_a_command_says_what_to_run(
    config: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run(["--config", str(config), "tickets", "list"]) == 1
    err = capfdbinary.readouterr().err.decode()
    assert "mailgate migrate" in err
    assert len(err.splitlines()) == 1


def test_a_database_of_a_newer_version_is_left_alone(mailgate: Mailgate, config: Path) -> None:
    path = settings.load(config).store.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    for command in (("tickets", "list"), ("migrate",)):
        done = mailgate(*command)
        assert (done.code, done.out) == (1, "")
        assert "9999" in done.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--version",), 0),
        (("-h",), 0),
        (("queue", "-h"), 0),
        (("nonsense",), 2),
        (("tickets", "show"), 2),
        (("tickets", "show", "one"), 2),
        (("tickets", "list", "--nonsense"), 2),
        (("--config",), 2),
        (("--config", "/nonexistent.toml", "tickets", "list"), 1),
    ],
)
def test_exit_codes(
    arguments: tuple[str, ...], code: int, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run(list(arguments)) == code
    out, err = capfdbinary.readouterr()
    assert bool(out) == (code == 0)
    assert b"Traceback" not in err


def test_config_may_stand_behind_the_command(config: Path, tmp_path: Path) -> None:
    assert process("check-config", "--config", str(config)).code == 0
    assert process("check-config", f"--config={config}").code == 0
    assert process("check-config", MAILGATE_CONFIG=str(config)).code == 0


def test_without_settings_no_command_makes_a_database_where_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAILGATE_CONFIG", raising=False)
    assert run(["migrate"]) == 1
    assert b"name the settings file" in capfdbinary.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_has_seen_enough_is_no_error(mailgate: Mailgate, config: Path) -> None:
    """`mailgate tickets show 1 | head -1`"""
    done = subprocess.run(
        f'"{sys.executable}" -m mailgate.cli.main --config "{config}" tickets list | true',
        shell=True,
        capture_output=True,
        check=False,
    )
    assert done.stderr == b""


def test_a_bug_is_one_sentence_too(mailgate: Mailgate, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr("mailgate.cli.session.load_settings", fail)
    done = mailgate("tickets", "list")
    assert (done.code, done.err) == (
        1,
        "mailgate: unexpected ZeroDivisionError: division by zero (MAILGATE_DEBUG=1 shows where)\n",
    )
    monkeypatch.setenv("MAILGATE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        mailgate("tickets", "list")


# --- ingest ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "stdin", "code"),
    [
        (("--rcpt", "support@acme.example", "--from", "a@b.example"), QUESTION, 0),
        (("--rcpt", "support@acme.example", "--from", ""), QUESTION, 0),
        (("--rcpt", "elsewhere@acme.example"), QUESTION, 67),
        ((), QUESTION, 64),
        (("--nonsense",), QUESTION, 64),
        (("--rcpt", "support@acme.example"), b"", 66),
    ],
)
def test_ingest_exits_as_an_mta_understands(
    arguments: tuple[str, ...], stdin: bytes, code: int, mailgate: Mailgate, config: Path
) -> None:
    done = process("--config", str(config), "ingest", *arguments, stdin=stdin)
    assert (done.code, done.out) == (code, "")
    assert bool(done.err) == (code != 0)
    assert "Traceback" not in done.err


def test_ingest_takes_a_mail_while_the_daemon_is_down(mailgate: Mailgate, config: Path) -> None:
    process("--config", str(config), "ingest", "--rcpt", "support@acme.example", stdin=QUESTION)
    assert mailgate("explain", "3", "--json").json["disposition"] == "duplicate"


@pytest.mark.parametrize(
    "break_it",
    [
        lambda config: config.write_text("[loops]\nhop = 3\n"),
        lambda config: config.unlink(),
        lambda config: (config.parent / "var" / "mailgate.db").unlink(),
        lambda config: (config.parent / "var" / "mailgate.db").write_bytes(b"no database" * 999),
    ],
    ids=["mistake in the settings", "no settings", "no database", "broken database"],
)
def test_whatever_is_our_fault_the_mta_keeps_the_mail(
    break_it: Callable[[Path], None], mailgate: Mailgate, config: Path
) -> None:
    break_it(config)
    done = process(
        "--config", str(config), "ingest", "--rcpt", "support@acme.example", stdin=QUESTION
    )
    assert (done.code, done.out) == (75, "")
    assert done.err
    assert "Traceback" not in done.err
