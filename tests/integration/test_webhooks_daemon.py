"""Rules and webhooks of the running daemon, as an operator sees them."""

import hashlib
import hmac
import json

from tests.harness.gateway import DESK, Gateway
from tests.harness.receiver import receiving
from tests.harness.waiting import until

QUESTION = b"""\
From: Hong <hong@customer.example>
To: support@acme.example
Subject: Refund, please
Message-ID: <q1@customer.example>

It came broken.
"""
OFFER = b"""\
From: Shop <shop@news.example>
To: support@acme.example
Subject: Cheap offer
Message-ID: <o1@news.example>

Buy now.
"""


def rules(url: str) -> str:
    return f"""\
[[rule]]
name = "no offers"
when = "new"
sender = "news.example"
drop = "advertising"

[[rule]]
name = "refunds"
when = "new"
subject = "refund"
set_priority = "high"
webhook = "{url}"
"""


def ingest(gateway: Gateway, mail: bytes) -> None:
    done = gateway.run("ingest", "--rcpt", "support@acme.example", stdin=mail)
    assert done.returncode == 0, done.stderr.decode()


def test_another_program_is_told_and_can_check_who_told_it(gateway: Gateway) -> None:
    with receiving() as receiver:
        gateway.write_config(desk=DESK + rules(receiver.url()))
        assert gateway.run("migrate").returncode == 0
        with gateway.start():
            ingest(gateway, QUESTION)
            until("the webhook has come", lambda: bool(receiver.got))
            until("it is settled", lambda: gateway.ask("webhooks", "list")[0]["state"] == "done")
        ((_, fields, body),) = receiver.got
        document = json.loads(body)
        assert document["event"]["rule"] == "refunds"
        listed = gateway.ask("tickets", "list")[0]
        assert document["ticket"] == {**listed, "updated_at": document["ticket"]["updated_at"]}
        told = gateway.ask("webhooks", "secret")
        parts = dict(part.split("=", 1) for part in fields["Mailgate-Signature"].split(","))
        secret = told["secrets"][parts["k"]]
        signed = parts["t"].encode() + b"." + body
        assert hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() == parts["v1"]
        assert parts["k"] == str(told["current"])


def test_a_webhook_that_is_not_taken_waits_and_says_why(gateway: Gateway) -> None:
    with receiving() as receiver:
        receiver.status = 500
        gateway.write_config(desk=DESK + rules(receiver.url(path="/secret-path")))
        assert gateway.run("migrate").returncode == 0
        with gateway.start():
            ingest(gateway, QUESTION)
            until(
                "it was tried",
                lambda: any(each["error"] for each in gateway.ask("webhooks", "list")),
            )
            (hook,) = gateway.ask("webhooks", "list", "--state", "ready")
            assert (hook["error"], hook["attempts"]) == ("localhost answers 500", 1)
            assert "secret-path" not in gateway.run("webhooks", "list").stdout.decode()
            assert 'mailgate_webhooks_total{result="deferred"} 1.0' in gateway.get("/metrics")[1]
            receiver.status = 200
            assert gateway.ask("webhooks", "retry", str(hook["id"])) == {"id": hook["id"]}
            until("it is taken", lambda: gateway.ask("webhooks", "list")[0]["state"] == "done")
        done = gateway.run("webhooks", "retry", str(hook["id"]))
        assert done.returncode == 1
        assert b"that waits or was given up" in done.stderr


def test_what_a_rule_drops_is_found_explained_and_let_in(gateway: Gateway) -> None:
    with receiving() as receiver:
        gateway.write_config(desk=DESK + rules(receiver.url()))
        assert gateway.run("migrate").returncode == 0
        with gateway.start():
            ingest(gateway, OFFER)
            until("it is dropped", lambda: bool(gateway.ask("quarantine", "list", "--dropped")))
            (row,) = gateway.ask("quarantine", "list", "--dropped")
            assert (row["state"], row["cause"], row["ticket"]) == ("dropped", "rule", None)
            assert gateway.ask("quarantine", "list") == []
            explained = gateway.ask("explain", str(row["id"]))
            assert explained["rules"] == [{"rule": "no offers", "matched": True, "failed": None}]
            assert 'The rule "no offers" matches.' in explained["text"]
            gateway.ask("quarantine", "release", str(row["id"]))
            until("it is a ticket", lambda: bool(gateway.ask("tickets", "list")))
        assert receiver.got == []


def test_explain_foretells_by_the_rules_of_the_settings(gateway: Gateway) -> None:
    gateway.write_config(desk=DESK + rules("http://localhost:9/"))
    assert gateway.run("migrate").returncode == 0
    file = gateway.folder / "question.eml"
    file.write_bytes(QUESTION)
    explained = gateway.ask("explain", str(file))
    assert explained["rules"] == [
        {"rule": "no offers", "matched": False, "failed": "sender"},
        {"rule": "refunds", "matched": True, "failed": None},
    ]
