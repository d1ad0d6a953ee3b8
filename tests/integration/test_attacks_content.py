"""Known attacks on help desks, through the SMTP door: what a message holds that is not what it
seems. File names, ids that somebody else has, marks of machines, reports, fields of our own."""

import hashlib
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.gateway import Gateway
from tests.harness.mails import in_base64, lines, simple
from tests.harness.scene import ALICE, HONG, MALLORY, SUPPORT, Opened, Scene, checked, playing

CEO = "ceo@customer.example"


@pytest.fixture
def scene(gateway: Gateway) -> Iterator[Scene]:
    with playing(gateway) as place:
        yield place


# --- 16: names of files that are paths ----------------------------------------------------------

NAMES: tuple[bytes, ...] = (
    b'filename="../../../etc/passwd"',
    b'filename="/etc/cron.d/job"',
    b'filename="..\\\\..\\\\windows\\\\system.ini"',
    b'filename="C:\\\\autoexec.bat"',
    b'filename=".."',
    b'filename="."',
    b'filename="....//....//x.txt"',
    b"filename*=utf-8''%2e%2e%2f..%2fpasswd",
    b"filename*=utf-8''%2e%2e%2f..%00.txt",
    b"filename*=utf-8''a%0d%0aBcc:%20x@evil.example",
    b"filename*=utf-8''%E2%80%AEfdp.exe",
    b"filename*=utf-8''zero%E2%80%8Bwidth.txt",
    b"filename*=utf-8''..%c0%af..%c0%afetc",
    b'filename*0="../"; filename*1="../x"',
    b"filename*0*=utf-8''%2e%2e; filename*1*=%2fy",
    b'filename="CON.txt"',
    b'filename="aux"',
    b'filename="trailing.exe. . "',
    b'filename=" .bashrc "',
    b'filename="a:b|c?.txt"',
    b'filename="' + b"l" * 400 + b'.txt"',
    b'filename="=?utf-8?q?=2e=2e=2fz?="',
    b'filename="~root/.ssh/authorized_keys"',
    b'filename=""',
    b"filename*=utf-8''%ff%fe%00",
)
"""As they stand in Content-Disposition (RFC 2183, RFC 2231)."""
RESERVED = {"con", "prn", "aux", "nul", "com1", "lpt1"}


def test_attack_16_a_files_name_is_no_place(scene: Scene) -> None:
    """Twenty-five names, each of a file with contents of its own."""
    contents = [f"file {number}".encode() for number in range(len(NAMES))]
    before = paths(scene.gateway.folder.parent)
    row = scene.send(with_files(list(zip(NAMES, contents, strict=True))), reverse_path=MALLORY)
    attachments = attached(scene, row)
    assert [one["sha256"] for one in attachments] == [
        hashlib.sha256(content).hexdigest() for content in contents
    ]
    for one in attachments:
        expect_a_plain_name(one["filename"])
    (notification,) = scene.mails_to(ALICE)
    for name in notification.files():
        expect_a_plain_name(name)
    assert {field.lower() for field in notification.parsed} & {"bcc"} == set()
    kept = scene.gateway.folder / "var"
    made = paths(scene.gateway.folder.parent) - before
    assert all(path.is_relative_to(kept) for path in made), "nothing stands anywhere else"


def attached(scene: Scene, row: int) -> list[dict[str, Any]]:
    """The files of a mail that has opened a ticket."""
    ticket = scene.ticket(scene.explained(row)["ticket"])
    found: list[dict[str, Any]] = ticket["messages"][0]["attachments"]
    return found


def expect_a_plain_name(name: str) -> None:
    """A name that any system can save under, in the folder that the reader has chosen."""
    assert name.strip(". ") == name.rstrip(". ").lstrip(" ."), name
    assert name not in {"", ".", ".."}
    assert not set(name) & set('/\\<>:"|?*')
    assert not name.endswith((".", " "))
    assert len(name.encode()) <= 150
    assert unicodedata.is_normalized("NFC", name)
    assert {unicodedata.category(character) for character in name} & {"Cc", "Cf", "Cs"} == set()
    assert name.partition(".")[0].casefold() not in RESERVED


def with_files(files: list[tuple[bytes, bytes]]) -> bytes:
    parts: list[bytes | str] = []
    for name, content in files:
        parts += [
            "--b",
            "Content-Type: application/octet-stream",
            b"Content-Disposition: attachment; " + name,
            "Content-Transfer-Encoding: base64",
            "",
            in_base64(content),
        ]
    return lines(
        f"From: {MALLORY}",
        f"To: {SUPPORT}",
        "Subject: files",
        "Message-ID: <files@evil.example>",
        "Date: Mon, 05 Jan 2026 09:00:00 +0000",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="b"',
        "",
        *parts,
        "--b--",
    )


def paths(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


# --- 17: ids of somebody else -------------------------------------------------------------------


def test_attack_17_an_id_that_was_used_before_swallows_nothing(scene: Scene) -> None:
    """Mallory guesses the Message-ID of Hong's next mail and uses it first. Hong's is a ticket
    all the same, and whoever reads it is told."""
    scene.write(MALLORY, text="I was here first.", message_id="order-4712@customer.example")
    row = scene.write(HONG, text="Where is it?", message_id="order-4712@customer.example")
    assert scene.explained(row)["disposition"] == "open_ticket"
    first, second = scene.tickets()
    assert first["messages"][0]["text"] == "I was here first."
    assert second["requester"]["address"] == HONG
    assert second["messages"][0]["text"] == "Where is it?"
    assert "same_id_other_content" in second["messages"][0]["flags"]


@pytest.mark.parametrize(
    ("auth", "route"), [("pass", "flagged"), (None, "flagged"), ("fail", "linked")]
)
def test_attack_17_a_reference_to_somebody_elses_mail(
    scene: Scene, auth: str | None, route: str
) -> None:
    """An id that Hong's mail program made can be guessed. Who refers to it is heard by agents
    alone, and takes part in nothing."""
    opened = scene.open(HONG, message_id="order@customer.example")
    before = scene.outside()
    row = scene.write(MALLORY, auth=auth, more=("References: <order@customer.example>",))
    ticket = scene.ticket(opened.number)
    assert ticket["cc"] == []
    if route == "linked":
        (other,) = (one for one in scene.tickets() if one["id"] != opened.number)
        assert other["linked"] == [opened.number]
        assert len(ticket["messages"]) == 1
    else:
        assert scene.explained(row)["ticket"] == opened.number
        assert ticket["messages"][1]["visibility"] == "private"
        assert "sender_is_stranger" in ticket["messages"][1]["flags"]
    scene.answer(opened.number, "It is on its way.")
    heard = [one.recipient for one in scene.outside()[len(before) :]]
    assert heard == [HONG]


def test_attack_17_an_id_like_ours_that_we_did_not_sign(scene: Scene) -> None:
    """It names no ticket, whatever ticket it would name."""
    opened = scene.open(HONG)
    own = opened.acknowledgement["Message-ID"]
    forged = f"{own[:20]}{'b' if own[20] == 'a' else 'a'}{own[21:]}"
    row = scene.write(MALLORY, more=(f"References: {forged}", f"In-Reply-To: {forged}"))
    explained = scene.explained(row)
    assert explained["disposition"] == "open_ticket"
    assert explained["ticket"] != opened.number
    assert not any(signal["verified"] for signal in explained["signals"])


# --- 18: a person's mail marked as a machine's --------------------------------------------------


MARKS = ("Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All", "Precedence: bulk")


@pytest.mark.parametrize("mark", MARKS)
def test_attack_18_a_request_marked_as_automatic(scene: Scene, mark: str) -> None:
    """It takes our answer from the sender, and the mail from nobody: the agents have it."""
    row = scene.write(HONG, auth="pass", more=(mark,))
    explained = scene.explained(row)
    assert explained["disposition"] == "open_ticket"
    ticket = scene.ticket(explained["ticket"])
    assert ticket["requester"]["address"] == HONG
    assert ticket["messages"][0]["text"] == "It was to come on Monday."
    assert scene.outside() == []
    assert len(scene.mails_to(ALICE)) == 1


def test_attack_18_a_request_marked_as_an_answer_of_a_machine(scene: Scene) -> None:
    """Nothing but a field that anybody can write calls it an answer: ticket yes, acknowledgement
    no."""
    row = scene.write(HONG, auth="pass", more=("Auto-Submitted: auto-replied",))
    explained = scene.explained(row)
    assert explained["disposition"] == "open_ticket"
    ticket = scene.ticket(explained["ticket"])
    assert ticket["requester"]["address"] == HONG
    assert ticket["messages"][0]["text"] == "It was to come on Monday."
    assert scene.outside() == []
    assert len(scene.mails_to(ALICE)) == 1


@pytest.mark.parametrize(
    "how",
    [
        {"more": ("Auto-Submitted: auto-replied", "In-Reply-To: <a@customer.example>")},
        {"more": ("Auto-Submitted: auto-replied",), "subject": "Re: your letter"},
    ],
)
def test_attack_18_an_answer_of_a_machine_to_nothing_we_know(
    scene: Scene, how: dict[str, Any]
) -> None:
    """It is set aside, not dropped: who lets it out has a ticket with all of it, and still nobody
    is answered."""
    row = scene.write(HONG, auth="pass", **how)
    (aside,) = scene.quarantine()
    assert aside["cause"] == "automated_without_ticket"
    scene.gateway.ask("quarantine", "release", str(row))
    (ticket,) = scene.tickets()
    assert ticket["requester"]["address"] == HONG
    assert ticket["messages"][0]["text"] == "It was to come on Monday."
    assert scene.outside() == []


@pytest.mark.parametrize("mark", ["Auto-Submitted: auto-generated", "Precedence: list"])
def test_attack_18_a_mark_of_machines_lets_nothing_through(scene: Scene, mark: str) -> None:
    """A forged agent does not become somebody to be heard by being a machine."""
    opened = scene.open(HONG)
    before, state = scene.outside(), scene.ticket(opened.number)
    scene.write(
        f"Alice Kim <{ALICE}>",
        subject=f"Re: [#{opened.number}] order",
        text="Pay to this account.",
        more=(mark,),
        reverse_path=MALLORY,
    )
    assert [row["cause"] for row in scene.quarantine()] == ["agent_not_proven"]
    assert scene.ticket(opened.number) == state
    assert scene.outside() == before


# --- 19: reports of deliveries that never failed ------------------------------------------------


def report(to: str, recipient: str, message_id: str) -> bytes:
    """A delivery status notification (RFC 3464), as any mail server writes it."""
    return lines(
        "From: MAILER-DAEMON@mx.customer.example (Mail Delivery System)",
        f"To: {to}",
        "Subject: Undelivered Mail Returned to Sender",
        "Message-ID: <report@mx.customer.example>",
        "Date: Mon, 05 Jan 2026 10:00:00 +0000",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="r"',
        "",
        "--r",
        "Content-Type: text/plain",
        "",
        f"<{recipient}>: host mx.customer.example said: 550 5.1.1 unknown user",
        "--r",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.customer.example",
        "",
        f"Final-Recipient: rfc822; {recipient}",
        "Action: failed",
        "Status: 5.1.1",
        "Diagnostic-Code: smtp; 550 5.1.1 unknown user",
        "",
        "--r",
        "Content-Type: text/rfc822-headers",
        "",
        f"From: Acme Support <{SUPPORT}>",
        f"To: {recipient}",
        "Subject: answer",
        f"Message-ID: {message_id}",
        "--r--",
    )


def answered(scene: Scene) -> tuple[Opened, str, str]:
    """A ticket of Hong's with an answer: its Message-ID, and the signed address to which a real
    report about it goes."""
    opened = scene.open(HONG)
    scene.answer(opened.number, "It is on its way.")
    sent = scene.sink.to(HONG)[-1]
    return opened, sent.message_id, sent.reverse_path


def suppressed(scene: Scene) -> list[str]:
    scene.settle()
    return [row["address"] for row in scene.gateway.ask("suppressions", "list")]


def is_still_answered(scene: Scene, ticket: int) -> bool:
    before = len(scene.sink.to(HONG))
    scene.answer(ticket, "Did it arrive?")
    return len(scene.sink.to(HONG)) == before + 1


def test_attack_19_a_report_to_no_signed_address_changes_nothing(scene: Scene) -> None:
    """Mallory has Hong's address and even the id of our answer. Hong goes on getting mail."""
    opened, message_id, _ = answered(scene)
    scene.send(report(SUPPORT, HONG, message_id), reverse_path="")
    assert suppressed(scene) == []
    assert is_still_answered(scene, opened.number)


def test_attack_19_a_signed_address_is_for_its_own_recipient(scene: Scene) -> None:
    """Whoever got one mail of ours has the address to which its failure would be told. With it
    they silence nobody else."""
    opened, message_id, bounce = answered(scene)
    scene.send(report(bounce, CEO, message_id), reverse_path="", to=bounce)
    assert suppressed(scene) == []
    assert is_still_answered(scene, opened.number)


def test_attack_19_the_report_that_is_true(scene: Scene) -> None:
    """What the two before are not: matched to its delivery, and the recipient rests."""
    opened, message_id, bounce = answered(scene)
    scene.send(report(bounce, HONG, message_id), reverse_path="", to=bounce)
    assert suppressed(scene) == [HONG]
    assert not is_still_answered(scene, opened.number)
    kinds = [one["kind"] for one in scene.ticket(opened.number)["messages"]]
    assert kinds.count("bounce") == 1


# --- 20: fields of our own from outside ---------------------------------------------------------

OF_OURS = (
    "X-Mailgate-Loop: aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "X-Mailgate-Ticket: 1",
    f"X-Mailgate-Agent: {ALICE}",
    "X-Mailgate-Authenticated: pass",
)


def test_attack_20_results_of_our_server_from_a_stranger(scene: Scene) -> None:
    """From the open internet, with what our own server would have written had it checked."""
    opened = scene.open(HONG)
    before, state = scene.outside(), scene.ticket(opened.number)
    row = scene.write(
        f"Alice Kim <{ALICE}>",
        subject=f"Re: [#{opened.number}] order",
        text="Pay to this account.",
        auth="pass",
        more=OF_OURS,
        reverse_path=MALLORY,
        directly=True,
    )
    assert [one["cause"] for one in scene.quarantine()] == ["agent_not_proven"]
    assert scene.ticket(opened.number) == state
    assert scene.outside() == before
    explained = scene.explained(row)
    assert explained["sender"]["authenticated"] != "pass"
    assert {"forged_authentication_results", "foreign_control_field"} <= {*explained["defects"]}


def test_attack_20_results_that_came_with_the_mail(scene: Scene) -> None:
    """Our server says that it failed; further down stands that it passed."""
    content = simple(
        sender=HONG, subject="order", text="Pay to this account.", message_id="f@evil.example"
    )
    trace = "Received: from evil.example by mx.acme.example; Mon, 5 Jan 2026 09:00:00 +0000"
    on_top = lines(checked("fail", HONG), trace, trace, checked("pass", HONG))
    row = scene.send(on_top + content, reverse_path=MALLORY)
    explained = scene.explained(row)
    assert explained["sender"]["authenticated"] == "fail"
    assert "forged_authentication_results" in explained["defects"]
    assert scene.outside() == []


def test_attack_20_a_control_field_makes_no_mail_vanish(scene: Scene) -> None:
    """A loop field that we did not sign is no reason to take a customer's mail for our own."""
    row = scene.write(HONG, auth="pass", more=OF_OURS)
    explained = scene.explained(row)
    assert explained["disposition"] == "open_ticket"
    assert "foreign_control_field" in explained["defects"]
    assert len(scene.mails_to(HONG)) == 1
    assert "X-Mailgate-Ticket" not in scene.mails_to(ALICE)[0].everything()
