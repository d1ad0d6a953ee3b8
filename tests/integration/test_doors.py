"""The doors of the running daemon, as a mail server and an MTA's pipe use them."""

import smtplib
import sqlite3

import pytest

from tests.harness.gateway import Gateway
from tests.harness.mails import korean_plain, simple
from tests.harness.postfix import Postfix
from tests.harness.waiting import until

EX_NOUSER, EX_TEMPFAIL = 67, 75


def tickets(gateway: Gateway) -> list[int]:
    return [one["id"] for one in gateway.ask("tickets", "list")]


def mail(number: int) -> bytes:
    return simple(
        sender="Mina <mina@customer.example>",
        subject=f"question {number}",
        text=f"This is question {number}.",
        message_id=f"q{number}@customer.example",
    )


def test_an_unknown_recipient_is_refused_before_data(gateway: Gateway) -> None:
    """RFC 5321 §3.6.2 and RFC 3463 §3.2: 550 5.1.1; mailgate is no open relay."""
    with gateway.start(), smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=10) as client:
        client.ehlo("mx.acme.example")
        assert client.mail("mina@customer.example")[0] == 250
        for stranger in ("nobody@acme.example", "support@elsewhere.example", "mina@x.example"):
            code, text = client.rcpt(stranger)
            assert code == 550
            assert text.startswith(b"5.1.1 ")
        assert client.rcpt("support@acme.example")[0] == 250


def test_one_unknown_recipient_does_not_stop_the_known_one(gateway: Gateway) -> None:
    with gateway.start(), smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=10) as client:
        refused = client.sendmail(
            "mina@customer.example", ["nobody@acme.example", "support@acme.example"], mail(1)
        )
        assert [reply[0] for reply in refused.values()] == [550]
        until("the ticket is there", lambda: tickets(gateway) == [1])


def test_the_pipe_hands_its_mail_to_a_running_daemon(gateway: Gateway) -> None:
    content = korean_plain(message_id="pipe-1@customer.example")
    with gateway.start():
        done = gateway.run(
            "ingest", "--rcpt", "support@acme.example", "--from", "hong@customer.example",
            stdin=content,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b"")
        until("the ticket is there", lambda: tickets(gateway) == [1])
        ticket = gateway.ticket(1)
    assert ticket["subject"] == "주문한 상품이 안 왔어요"
    assert "주문 번호는 4711 입니다." in ticket["messages"][0]["text"]


def test_the_pipe_takes_mail_while_no_daemon_runs(gateway: Gateway) -> None:
    """Exit 0 is a promise that needs no daemon: the mail is in the journal."""
    assert gateway.run("migrate").returncode == 0
    done = gateway.run("ingest", "--rcpt", "support@acme.example", stdin=mail(1))
    assert done.returncode == 0, done.stderr
    assert tickets(gateway) == []
    with gateway.start():
        until("the ticket is there", lambda: tickets(gateway) == [1])


def test_the_pipe_says_what_sysexits_says(gateway: Gateway) -> None:
    """EX_NOUSER for an address that is not ours; EX_TEMPFAIL when the journal cannot be
    written, so that the MTA keeps the mail."""
    assert gateway.run("migrate").returncode == 0
    done = gateway.run("ingest", "--rcpt", "nobody@acme.example", stdin=mail(1))
    assert done.returncode == EX_NOUSER
    assert len(done.stderr.decode().strip().splitlines()) == 1
    other = sqlite3.connect(gateway.folder / "var" / "mailgate.db", isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        done = gateway.run("ingest", "--rcpt", "support@acme.example", stdin=mail(1))
    finally:
        other.close()
    assert done.returncode == EX_TEMPFAIL
    assert "Traceback" not in done.stderr.decode()


def test_the_same_bytes_twice_are_one_message(gateway: Gateway) -> None:
    """Promise 2: a client that did not see our 250 sends again."""
    with gateway.start():
        for _ in range(2):
            with smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=10) as client:
                client.sendmail("mina@customer.example", ["support@acme.example"], mail(1))
        until("both are done with", lambda: dispositions(gateway, 2))
        assert dispositions(gateway, 2) == ["open_ticket", "duplicate"]
        assert len([m for m in gateway.ticket(1)["messages"] if m["direction"] == "in"]) == 1


def dispositions(gateway: Gateway, count: int) -> list[str] | None:
    """What became of the first rows of the journal, None while one is still to be done."""
    explained = [gateway.run("explain", str(number), "--json") for number in range(1, count + 1)]
    if any(one.returncode for one in explained):
        return None
    found = [gateway.ask("explain", str(number))["disposition"] for number in range(1, count + 1)]
    return None if None in found else found


@pytest.mark.servers("postfix")
def test_one_bad_recipient_never_stops_the_others(gateway: Gateway, postfix: Postfix) -> None:
    """Postfix knows Hong and Mina, and answers 550 5.1.1 for nobody@."""
    with gateway.start():
        postfix.submit(
            "hong@customer.example",
            ["support@acme.example"],
            korean_plain(message_id="first@customer.example"),
        )
        postfix.mailbox("hong@customer.example").wait_for(1)
        body = gateway.folder / "answer.txt"
        body.write_text("It leaves our warehouse today.\n")
        done = gateway.run(
            "reply", "1", "--as", "alice@acme.example", "--body-file", str(body),
            "--cc", "nobody@customer.example", "--cc", "mina@customer.example",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        answer = postfix.mailbox("hong@customer.example").wait_for(2)[1]
        copy = postfix.mailbox("mina@customer.example").wait_for(1)[0]
        assert copy["Message-ID"] == answer["Message-ID"]

        def fates() -> dict[str, str] | None:
            entry = [m for m in gateway.ticket(1)["messages"] if m["direction"] == "out"][-1]
            found = {one["recipient"]: one["state"] for one in entry["deliveries"]}
            return found if set(found.values()) <= {"delivered", "failed"} else None

        assert until("each has its fate", fates) == {
            "hong@customer.example": "delivered",
            "mina@customer.example": "delivered",
            "nobody@customer.example": "failed",
        }
        (failed,) = gateway.ask("queue", "list", "--state", "failed")
        assert failed["last_reply"]["code"] == 550
        assert failed["last_reply"]["status"] == "5.1.1"
        kinds = [event["kind"] for event in gateway.ticket(1)["events"]]
        assert "delivery_failed" in kinds
