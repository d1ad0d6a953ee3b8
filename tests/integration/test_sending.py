"""The desk writes first, through the running daemon: into a real mail server's mailboxes, signed
with DKIM; and into a Maildir, where what was written can be taken back."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mailgate.mail.dkimkey import SigningKey
from mailgate.mail.proofs import Answer, ProofResult
from mailgate.mail.proving import begin
from tests.deciders.mail_signer import ED25519, RSA2048, txt
from tests.harness.gateway import Gateway
from tests.harness.mailbox import Mail, Mailbox
from tests.harness.mails import ALICE, MARKER, customer_reply, outlook_reply
from tests.harness.postfix import Postfix
from tests.harness.waiting import until

HONG = "hong@customer.example"
MINA = "mina@customer.example"
AGENTS = ("alice@acme.example", "bob@acme.example")
KEYS = {"rsa": SigningKey(RSA2048), "ed": SigningKey(ED25519)}
BODY = "안녕하세요.\n\n주문하신 상품이 내일 도착합니다.\n"


def with_keys(folder: Path) -> str:
    """`[[dkim]]` with a key of each kind."""
    tables = []
    for selector, key in KEYS.items():
        file = folder / f"{selector}.pem"
        file.write_bytes(
            key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        file.chmod(0o600)
        tables.append(
            f'[[dkim]]\ndomain = "acme.example"\nselector = "{selector}"\nkey_file = "{file}"\n'
        )
    return "\n".join(tables)


def expect_signed(mail: Mail) -> None:
    """By both keys, for whoever reads it at the end of the way."""
    answers = {
        txt(f"{selector}._domainkey.acme.example"): Answer((key.record,))
        for selector, key in KEYS.items()
    }
    found = begin(mail.raw, "acme.example", connection=None, now=datetime.now(UTC))
    assert [one.result for one in found.conclude(answers).dkim] == [ProofResult.PASS] * 2
    record = KEYS["rsa"].record.encode()
    content = re.sub(rb"\r?\n", b"\r\n", mail.raw)
    assert dkim.verify(content, dnsfunc=lambda name, timeout=5: record)


def written(folder: Path) -> str:
    (folder / "body.txt").write_text(BODY, "utf-8")
    return str(folder / "body.txt")


def quiet(gateway: Gateway, postfix: Postfix) -> Callable[[], bool]:
    def is_quiet() -> bool:
        states = {one["state"] for one in gateway.ask("queue", "list")}
        return states <= {"delivered"} and postfix.waiting() == 0

    return is_quiet


@pytest.mark.servers("postfix")
def test_a_conversation_that_the_desk_begins(gateway: Gateway, postfix: Postfix) -> None:
    gateway.write_config(smarthost=postfix.port, more=with_keys(gateway.folder))
    customer, mina = postfix.mailbox(HONG), postfix.mailbox(MINA)
    agents = [postfix.mailbox(agent) for agent in AGENTS]
    with gateway.start() as daemon:
        sent = gateway.ask(
            "send", "--from", "support@acme.example", "--to", HONG, "--bcc", MINA,
            "--subject", "주문 7", "--body-file", written(gateway.folder),
            "--as", "alice@acme.example",
        )  # fmt: skip
        (got,), (copy,) = customer.wait_for(1), mina.wait_for(1)
        expect_first(got, copy)
        until("all mail has arrived", quiet(gateway, postfix))
        assert [mailbox.count() for mailbox in agents] == [0, 0], "nobody is told"
        expect_ticket(gateway, sent["ticket"], "closed")

        answer = customer_reply(got, "네, 감사합니다.", message_id="second@customer.example")
        postfix.submit(HONG, [address_in(got["Reply-To"])], answer)
        (told,) = agents[0].wait_for(1)
        assert "네, 감사합니다." in told.text()
        expect_signed(told)
        expect_ticket(gateway, sent["ticket"], "open")

        (told,) = agents[0].wait_for(1)
        mine = outlook_reply(told, ALICE, ["곧 뵙겠습니다."], message_id="alice-1@acme.example")
        postfix.submit(ALICE.address, [address_in(told["Reply-To"])], mine)
        second = customer.wait_for(2)[1]
        assert "곧 뵙겠습니다." in second.text()
        expect_signed(second)
        until("all mail has arrived", quiet(gateway, postfix))
        assert agents[1].count() == 0, "who began it is told of the answer, and nobody else"
        assert mina.count() == 1, "who got the first unseen is on no later one"
        assert gateway.ticket(sent["ticket"])["first_response_at"] is not None
        assert daemon.terminate() == 0


def address_in(field: str) -> str:
    return field.rpartition("<")[2].removesuffix(">")


def expect_first(got: Mail, copy: Mail) -> None:
    """The mail, and the copy of whom nobody sees: nothing of them in either."""
    assert got["Subject"] == "[#1] 주문 7"
    assert got["From"] == '"Alice Kim (Acme Support)" <support@acme.example>'
    assert got["To"] == HONG
    assert not got.has("Cc")
    assert not got.has("Bcc")
    assert MARKER.search(got.text())
    expect_signed(got)
    expect_signed(copy)
    assert copy["To"] == HONG
    # Postfix writes to whom it delivers a copy, into that copy.
    own = ("Delivered-To", "X-Original-To", "Return-Path", "Received")
    for mail in (got, copy):
        for field in own:
            del mail.parsed[field]
        assert "mina" not in mail.parsed.as_string().lower()


def expect_ticket(gateway: Gateway, number: int, status: str) -> None:
    ticket = gateway.ticket(number)
    assert (ticket["source"], ticket["status"]) == ("outbound_email", status)
    assert ticket["requester"]["address"] == HONG
    assert (ticket["sla_started_at"] is None) is (status == "closed")
    assert ticket["first_response_at"] is None


def test_what_was_written_can_be_taken_back_and_the_rest_leaves_signed(gateway: Gateway) -> None:
    """An undo window of an hour: one mail is taken back in it, one is sent ahead of it, one is
    scheduled and stays."""
    gateway.write_config(more=with_keys(gateway.folder))
    config = gateway.config.read_text()
    gateway.config.write_text(config.replace('"maildir"', '"maildir"\nundo = "1h"'))
    outbox = Mailbox(gateway.outbox)
    body = written(gateway.folder)
    assert gateway.run("migrate").returncode == 0
    send = ("send", "--from", "support@acme.example", "--to", HONG, "--body-file", body)
    with gateway.start() as daemon:
        first = gateway.ask(*send, "--subject", "하나")
        second = gateway.ask(*send, "--subject", "둘")
        at = (datetime.now(UTC) + timedelta(hours=3)).isoformat(timespec="seconds")
        third = gateway.ask(*send, "--subject", "셋", "--at", at)
        assert [one["wait_reason"] for one in (first, second, third)] == [
            "undo",
            "undo",
            "scheduled",
        ]
        assert gateway.run("queue", "cancel", str(first["queued"][0])).returncode == 0
        assert gateway.run("queue", "retry", str(second["queued"][0])).returncode == 0
        (left,) = outbox.wait_for(1)
        assert left["Subject"] == "[#2] 둘"
        expect_signed(left)
        until(
            "it is known to have left",
            lambda: gateway.ask("queue", "show", str(second["queued"][0]))["state"] == "delivered",
        )
        states = {one["ticket"]: (one["state"], one["wait_reason"]) for one in listed(gateway)}
        assert states == {
            1: ("cancelled", None),
            2: ("delivered", None),
            3: ("ready", "scheduled"),
        }
        assert daemon.terminate() == 0
    assert outbox.count() == 1
    ticket = gateway.ticket(1)
    assert [one["text"].split()[0] for one in ticket["messages"]] == ["안녕하세요."]
    assert ticket["events"][-1]["kind"] == "delivery_cancelled"


def listed(gateway: Gateway) -> list[dict[str, object]]:
    found: list[dict[str, object]] = gateway.ask("queue", "list")
    return found
