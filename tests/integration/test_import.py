"""`mailgate import`: what people bring along from another help desk or a shared mailbox."""

import json
import mailbox
import os
import pty
import random
import smtplib
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.harness.gateway import MAILGATE, MORTAL, ROOT, Gateway
from tests.harness.mails import korean_rich
from tests.harness.oldmail import FIRST, conversations, mail, write_mbox
from tests.harness.postgres import running_postgres
from tests.harness.waiting import until

ASK = mail("ask@customer.example", sender="Hong <hong@customer.example>", text="Where is it?")
ANSWER = mail(
    "answer@acme.example",
    sender="Alice Kim <alice@acme.example>",
    to="hong@customer.example",
    subject="Re: Where is my parcel",
    at=FIRST + timedelta(hours=2),
    answers=("ask@customer.example",),
    text="It is on its way.",
)
THANKS = mail(
    "thanks@customer.example",
    sender="hong@customer.example",
    subject="Re: Where is my parcel",
    at=FIRST + timedelta(hours=5),
    answers=("ask@customer.example", "answer@acme.example"),
    text="Thank you.",
)


@pytest.fixture
def desk(gateway: Gateway) -> Gateway:
    """A gateway with a database and nothing in it."""
    assert gateway.run("migrate").returncode == 0
    return gateway


def import_(gateway: Gateway, *arguments: str | Path, seconds: float = 110) -> Any:
    done = gateway.run("import", *map(str, arguments), "--json", seconds=seconds)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def counted(gateway: Gateway, *what: str) -> list[int]:
    """How many rows there are."""
    with sqlite3.connect(f"file:{gateway.folder}/var/mailgate.db?mode=ro", uri=True) as db:
        found = [db.execute(f"select count(*) from {table}").fetchone()[0] for table in what]
    db.close()
    return found


def left_out(document: Any) -> dict[str, int]:
    return {one["reason"]: one["count"] for one in document["left_out"]}


def test_a_conversation_has_both_sides_and_the_dates_of_its_mails(desk: Gateway) -> None:
    write_mbox(desk.folder / "old.mbox", [THANKS, ANSWER, ASK])
    document = import_(desk, desk.folder / "old.mbox")
    assert (document["read"], document["imported"]) == (3, 3)
    assert document["tickets"] == {"new": 1, "extended": 0}

    ticket = desk.ticket(1)
    assert ticket["source"] == "import"
    assert ticket["status"] == "closed"
    assert ticket["requester"] == {"address": "hong@customer.example", "name": "Hong"}
    assert ticket["address"] == "support@acme.example"
    assert ticket["created_at"] == "2025-03-03T09:00:00Z"
    assert ticket["updated_at"] == "2025-03-03T14:00:00Z"
    assert ticket["first_response_at"] == "2025-03-03T11:00:00Z"
    shown = [
        (one["direction"], one["visibility"], one["author"]["role"], one["at"], one["text"])
        for one in ticket["messages"]
    ]
    assert shown == [
        ("in", "public", "requester", "2025-03-03T09:00:00Z", "Where is it?"),
        ("out", "public", "agent", "2025-03-03T11:00:00Z", "It is on its way."),
        ("in", "public", "requester", "2025-03-03T14:00:00Z", "Thank you."),
    ]
    assert desk.ask("queue", "list") == []


def test_the_raw_mail_is_kept_and_explained(desk: Gateway) -> None:
    write_mbox(desk.folder / "old.mbox", [ASK])
    import_(desk, desk.folder / "old.mbox")
    journal = desk.ticket(1)["messages"][0]["journal_id"]
    explained = desk.ask("explain", str(journal))
    assert explained["disposition"] == "open_ticket"
    assert explained["would_send"] == []
    assert desk.run("quarantine", "export", str(journal)).stdout in {ASK, b""}


def test_a_dry_run_counts_the_same_and_writes_nothing(desk: Gateway) -> None:
    mails = list(conversations(40))
    write_mbox(desk.folder / "old.mbox", [*mails, *mails[:10], b"no header at all\n"])
    before = (desk.folder / "var" / "mailgate.db").read_bytes()
    rehearsed = import_(desk, desk.folder / "old.mbox", "--dry-run")
    assert (desk.folder / "var" / "mailgate.db").read_bytes() == before
    assert counted(desk, "journal", "tickets", "entries", "contacts") == [0, 0, 0, 0]
    real = import_(desk, desk.folder / "old.mbox")
    for name in ("read", "imported", "already_there", "tickets", "left_out"):
        assert rehearsed[name] == real[name], name
    assert (real["imported"], real["already_there"], real["tickets"]["new"]) == (160, 10, 40)
    said = desk.run("import", str(desk.folder / "old.mbox"), "--dry-run").stdout.decode()
    assert "would make 0 tickets of 0 messages" in said
    assert "170 messages already there" in said


def test_a_dry_run_knows_a_conversation_of_many_transactions(desk: Gateway) -> None:
    """What comes late in it is no automatic answer to nothing."""
    first, *others = [
        mail(
            f"{number}@customer.example",
            sender="hong@customer.example",
            at=FIRST + timedelta(minutes=number),
            answers=("0@customer.example",) if number else (),
            more=("Auto-Submitted: auto-replied",) if number > 150 else (),
        )
        for number in range(260)
    ]
    write_mbox(desk.folder / "old.mbox", [first, *others])
    tried = import_(desk, desk.folder / "old.mbox", "--dry-run")
    done = import_(desk, desk.folder / "old.mbox")
    assert done["imported"] == 260
    same = ("read", "imported", "already_there", "tickets", "left_out")
    assert {key: tried[key] for key in same} == {key: done[key] for key in same}


def test_again_and_with_overlapping_files_makes_no_doubles(desk: Gateway) -> None:
    mails = list(conversations(30))
    write_mbox(desk.folder / "half.mbox", mails[:62])
    write_mbox(desk.folder / "all.mbox", mails)
    import_(desk, desk.folder / "half.mbox")
    second = import_(desk, desk.folder / "all.mbox")
    assert (second["already_there"], second["imported"]) == (62, 58)
    assert second["tickets"] == {"new": 14, "extended": 1}
    third = import_(desk, desk.folder / "all.mbox")
    assert (third["already_there"], third["imported"]) == (120, 0)
    assert counted(desk, "tickets", "entries") == [30, 120]


def test_sent_mail_and_inbox_may_come_in_either_order(desk: Gateway) -> None:
    """The answer is in one archive, the question in another that is put in later."""
    write_mbox(desk.folder / "sent.mbox", [ANSWER])
    write_mbox(desk.folder / "inbox.mbox", [THANKS, ASK])
    alone = desk.run("import", str(desk.folder / "sent.mbox"))
    assert alone.returncode == 1
    assert b"1 left out: no support address of ours in it: use --rcpt" in alone.stdout
    import_(desk, desk.folder / "sent.mbox", "--rcpt", "support@acme.example")
    assert import_(desk, desk.folder / "inbox.mbox")["tickets"] == {"new": 0, "extended": 1}
    ticket = desk.ticket(1)
    assert ticket["created_at"] == "2025-03-03T09:00:00Z"
    assert [one["text"] for one in ticket["messages"]] == [
        "Where is it?",
        "It is on its way.",
        "Thank you.",
    ]


def test_killed_at_any_place_it_goes_on_and_makes_no_doubles(desk: Gateway) -> None:
    count = 700
    mails = list(conversations(count))
    random.Random(7).shuffle(mails)
    write_mbox(desk.folder / "old.mbox", mails)
    for enough in (1, 700, 1500):
        process = started(desk, "import", str(desk.folder / "old.mbox"))
        until("some of it is in", partial(_has_entries, desk, enough), seconds=60)
        process.kill()
        process.communicate()
    last = import_(desk, desk.folder / "old.mbox")
    assert last["imported"] + last["already_there"] == 4 * count
    assert last["already_there"] >= 1500
    assert counted(desk, "tickets", "entries", "journal") == [count, 4 * count, 4 * count]
    with sqlite3.connect(desk.folder / "var" / "mailgate.db") as db:
        wrong = db.execute("select count(*) from tickets where messages != 4").fetchone()[0]
    db.close()
    assert wrong == 0


def test_two_at_once_make_no_doubles(desk: Gateway) -> None:
    write_mbox(desk.folder / "old.mbox", conversations(300))
    both = [started(desk, "import", str(desk.folder / "old.mbox"), "--json") for _ in range(2)]
    documents = [json.loads(one.communicate(timeout=100)[0]) for one in both]
    assert sum(one["imported"] for one in documents) == 1200
    assert sum(one["already_there"] for one in documents) == 1200
    assert counted(desk, "tickets", "entries") == [300, 1200]


def _has_entries(gateway: Gateway, enough: int) -> bool:
    return counted(gateway, "entries")[0] >= enough


def test_ctrl_c_ends_it_with_a_sentence(desk: Gateway) -> None:
    write_mbox(desk.folder / "old.mbox", conversations(1500))
    process = started(desk, "import", str(desk.folder / "old.mbox"))
    until("some of it is in", lambda: counted(desk, "entries")[0] >= 1, seconds=60)
    process.send_signal(2)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert b"the same command goes on from there" in errors
    assert b"Traceback" not in errors
    assert b"made " in output


def test_what_an_interrupted_import_says_is_what_it_did(desk: Gateway) -> None:
    """Also of the transaction that was under way: the sum of all runs is what was brought."""
    write_mbox(desk.folder / "old.mbox", conversations(1500))
    told = []
    for enough in (1, 1000, 2000):
        process = started(desk, "import", str(desk.folder / "old.mbox"), "--json")
        until("some of it is in", partial(_has_entries, desk, enough), seconds=60)
        process.send_signal(2)
        output, errors = process.communicate(timeout=30)
        assert process.returncode == 130, errors
        told.append(json.loads(output))
        assert sum(one["imported"] for one in told) == counted(desk, "entries")[0]
        assert sum(one["tickets"]["new"] for one in told) == counted(desk, "tickets")[0]
    assert not any(one["finished"] for one in told)


def started(gateway: Gateway, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*MORTAL, *MAILGATE, "--config", str(gateway.config), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=gateway.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def send(gateway: Gateway, content: bytes, sender: str = "hong@customer.example") -> None:
    with smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=30) as smtp:
        smtp.sendmail(sender, ["support@acme.example"], content.replace(b"\n", b"\r\n"))


def test_beside_a_running_daemon(gateway: Gateway) -> None:
    """Mail that came live is there already, the archive completes its ticket, and a customer who
    answers an old mail is on the old ticket, which is open again."""
    with gateway.start():
        send(gateway, THANKS)
        until("the live mail is a ticket", lambda: gateway.ask("tickets", "list"))
        later = mail("other@customer.example", sender="mina@customer.example", text="Help.")
        write_mbox(gateway.folder / "old.mbox", [ASK, ANSWER, THANKS, later])
        document = import_(gateway, gateway.folder / "old.mbox")
        assert (document["imported"], document["already_there"]) == (3, 1)
        assert document["tickets"] == {"new": 1, "extended": 1}
        live = gateway.ticket(1)
        assert (live["source"], live["status"]) == ("email", "open")
        assert len(live["messages"]) == 3

        reply = mail(
            "new@customer.example",
            sender="mina@customer.example",
            subject="Re: Where is my parcel",
            answers=("other@customer.example",),
            text="I still need it.",
        )
        send(gateway, reply, "mina@customer.example")
        ticket = until(
            "the answer is on the old ticket",
            lambda: t if len((t := gateway.ticket(2))["messages"]) == 2 else None,
        )
        assert (ticket["source"], ticket["status"]) == ("import", "open")
        assert ticket["messages"][1]["visibility"] == "public"
        # The same mail by the live door after the import is the same mail.
        send(gateway, later, "mina@customer.example")
        until("the copy is a duplicate", lambda: "duplicate" in dispositions(gateway))
        assert len(gateway.ticket(2)["messages"]) == 2


def dispositions(gateway: Gateway) -> list[str]:
    with sqlite3.connect(f"file:{gateway.folder}/var/mailgate.db?mode=ro", uri=True) as db:
        found = db.execute("select decision from journal where decision is not null").fetchall()
    db.close()
    return [json.loads(decision)["disposition"] for (decision,) in found]


@pytest.mark.servers("postgresql")
def test_on_postgresql(gateway: Gateway) -> None:
    with running_postgres() as server:
        gateway.write_config(store_url=server.url(server.new_database()))
        assert gateway.run("migrate").returncode == 0
        write_mbox(gateway.folder / "old.mbox", conversations(60))
        rehearsed = import_(gateway, gateway.folder / "old.mbox", "--dry-run")
        document = import_(gateway, gateway.folder / "old.mbox")
        assert document["imported"] == rehearsed["imported"] == 240
        assert document["tickets"] == {"new": 60, "extended": 0}
        again = import_(gateway, gateway.folder / "old.mbox")
        assert (again["imported"], again["already_there"]) == (0, 240)
        assert len(gateway.ticket(7)["messages"]) == 4


def test_a_maildir_with_its_folders(desk: Gateway) -> None:
    """Python's mailbox writes it, as Dovecot lays it out: flags, subfolders, files of its own."""
    top = mailbox.Maildir(str(desk.folder / "Maildir"), create=True)
    seen = mailbox.MaildirMessage(ASK)
    seen.set_subdir("cur")
    seen.set_flags("SR")
    top.add(seen)
    top.add_folder("Sent").add(ANSWER)
    top.add_folder("Archive.2025").add(THANKS)
    top.add_folder("Drafts").add(mail("draft@acme.example", sender="alice@acme.example"))
    (desk.folder / "Maildir" / "dovecot-uidlist").write_text("3 V1 N2\n")
    (desk.folder / "Maildir" / "tmp" / "half").write_bytes(ASK)
    document = import_(desk, desk.folder / "Maildir")
    assert (document["read"], document["tickets"]["new"]) == (3, 1)
    assert left_out(document) == {"draft_junk_or_deleted": 1}
    assert len(desk.ticket(1)["messages"]) == 3


def test_a_folder_with_everything_that_people_have_in_it(desk: Gateway) -> None:
    old = desk.folder / "old"
    (old / "2025" / "March").mkdir(parents=True)
    (old / "2025" / "March" / "ask.eml").write_bytes(ASK.replace(b"\n", b"\r\n"))
    (old / "2025" / "answer.EML").write_bytes(ANSWER)
    (old / "thanks").write_bytes(THANKS)
    (old / "korean.eml").write_bytes(korean_rich(message_id="korean@customer.example"))
    apple = mail("apple@customer.example", sender="apple@customer.example")
    (old / "1.emlx").write_bytes(b"%d\n%s<?xml?>" % (len(apple), apple))
    (old / "notes.txt").write_text("Call Hong: he waits.\n")
    (old / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (old / "empty.eml").write_bytes(b"")
    (old / "gone.eml").symlink_to(old / "nowhere")
    (old / "2025" / "loop").symlink_to(old)
    os.mkfifo(old / "pipe.eml")
    document = import_(desk, old)
    assert (document["read"], document["imported"], document["tickets"]["new"]) == (5, 5, 3)
    assert left_out(document) == {"no_mail": 3, "empty": 1, "unreadable": 1, "link_to_folder": 1}
    named = {one["reason"]: one["first"] for one in document["left_out"]}
    assert named["unreadable"] == [str(old / "gone.eml")]
    korean = next(t for t in desk.ask("tickets", "list") if t["subject"] == "깨진 상품 교환 요청")
    attached = desk.ticket(korean["id"])["messages"][0]["attachments"]
    assert "영수증.pdf" in {one["filename"] for one in attached}


def test_a_message_of_thirty_megabytes(desk: Gateway) -> None:
    body = b"%s\n" % (b"x" * 75)
    large = mail(
        "large@customer.example",
        sender="hong@customer.example",
        more=("MIME-Version: 1.0", "Content-Type: application/zip; name=big.zip"),
    ) + body * (30_000_000 // len(body))
    write_mbox(desk.folder / "old.mbox", [ASK, large, THANKS])
    document = import_(desk, desk.folder / "old.mbox")
    assert document["imported"] == 3
    sizes = [a["size"] for m in desk.ticket(2)["messages"] for a in m["attachments"]]
    assert len(sizes) == 1
    assert sizes[0] > 29_000_000


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, b"No such file"),
        (b"", b"is no mail"),
        (b"\x7fELF" + bytes(50), b"is no mail"),
        (b"Dear diary,\n\nnothing happened.\n", b"is no mail"),
    ],
)
def test_a_path_that_is_no_mail_is_one_sentence(
    desk: Gateway, content: bytes | None, sentence: bytes
) -> None:
    path = desk.folder / "what"
    if content is not None:
        path.write_bytes(content)
    done = desk.run("import", str(path))
    assert done.returncode == 1
    assert sentence in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_folder_without_mail(desk: Gateway) -> None:
    (desk.folder / "old").mkdir()
    done = desk.run("import", str(desk.folder / "old"))
    assert done.returncode == 1
    assert b"there is no mail in it" in done.stderr


def test_an_address_that_is_not_ours(desk: Gateway) -> None:
    write_mbox(desk.folder / "old.mbox", [ASK])
    done = desk.run("import", str(desk.folder / "old.mbox"), "--rcpt", "sales@other.example")
    assert done.returncode == 1
    assert b"support@acme.example" in done.stderr


def test_a_bar_on_a_terminal(desk: Gateway) -> None:
    write_mbox(desk.folder / "old.mbox", conversations(150))
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*MORTAL, *MAILGATE, "--config", str(desk.config), "import", "old.mbox"],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        cwd=desk.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    os.close(theirs)
    said = b"".join(_read(ours))
    assert process.wait(30) == 0
    assert b"\rimporting [" in said
    assert b"a second" in said
    assert b"600 of 600" in said


def _read(descriptor: int) -> Iterator[bytes]:
    try:
        while more := os.read(descriptor, 65536):
            yield more
    except OSError:  # what a terminal says when the other side is closed
        pass
    finally:
        os.close(descriptor)


def test_a_conversation_of_many_transactions(desk: Gateway) -> None:
    """A thread of years: its ticket is one, also in a dry run."""
    mails = [
        mail(
            f"{number}@a",
            sender="hong@customer.example",
            at=FIRST + timedelta(hours=number),
            answers=(f"{number - 1}@a",) if number else (),
            text=f"Number {number}.",
        )
        for number in range(450)
    ]
    write_mbox(desk.folder / "old.mbox", mails)
    for more in (("--dry-run",), ()):
        document = import_(desk, desk.folder / "old.mbox", *more)
        assert (document["imported"], document["tickets"]) == (450, {"new": 1, "extended": 0})
    texts = [one["text"] for one in desk.ticket(1)["messages"]]
    assert texts == [f"Number {number}." for number in range(450)]


@pytest.mark.timeout(1000)
def test_twenty_thousand_messages(desk: Gateway) -> None:
    write_mbox(desk.folder / "old.mbox", conversations(5000, octets=1000))
    done = desk.run("import", str(desk.folder / "old.mbox"), "--json", seconds=900)
    document = json.loads(done.stdout)
    assert document["imported"] == 20_000
    assert document["tickets"]["new"] == 5000
    assert counted(desk, "tickets", "entries") == [5000, 20_000]
