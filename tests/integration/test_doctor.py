"""`mailgate doctor` on a gateway that runs, and on one with everything wrong."""

import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.harness.dns import serving_dns
from tests.harness.dovecot import running_dovecot
from tests.harness.gateway import Gateway
from tests.harness.mails import korean_plain
from tests.harness.ports import free_ports
from tests.harness.postgres import running_postgres
from tests.harness.sink import running_sink

RECORDS = {
    ("acme.example", "MX"): ["10 gateway.acme.example."],
    ("acme.example", "TXT"): ['"v=spf1 a:gateway.acme.example -all"'],
    ("_dmarc.acme.example", "TXT"): ['"v=DMARC1; p=none"'],
    ("gateway.acme.example", "A"): ["192.0.2.7"],
    ("7.2.0.192.in-addr.arpa", "PTR"): ["gateway.acme.example."],
}


@pytest.fixture
def sink() -> Iterator[int]:
    with running_sink() as server:
        yield server.port


def ask(gateway: Gateway, *arguments: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """The exit code, and level and sentence by subject."""
    done = gateway.run("doctor", "--json", *arguments)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["ok"] is (done.returncode == 0)
    for each in document["findings"]:
        assert (each["what_to_do"] is None) is (each["level"] == "ok"), each
    return done.returncode, {
        each["subject"]: (each["level"], each["sentence"]) for each in document["findings"]
    }


def test_a_gateway_in_order(gateway: Gateway, sink: int) -> None:
    gateway.write_config(smarthost=sink)
    with serving_dns(RECORDS) as server, gateway.start():
        code, found = ask(gateway, "--dns", server)
        table = gateway.run("doctor", "--dns", server)
    assert code == 0
    assert {level for level, _ in found.values()} == {"ok"}, found
    assert {"store", "clock", "journal", "quarantine", "queue", "daemon", "smarthost"} <= set(found)
    assert "mx acme.example" in found
    assert "whole" in found["store"][1]
    lines = table.stdout.decode().splitlines()
    assert lines[0].split() == ["WHAT", "FOUND"]
    assert lines[-1].endswith("0 warn, 0 fail")


def test_before_the_first_start(gateway: Gateway) -> None:
    """Looking makes nothing."""
    code, found = ask(gateway)
    assert code == 1
    assert found["store"][0] == found["daemon"][0] == "fail"
    assert found[f"smtp 127.0.0.1:{gateway.smtp_port}"][0] == "fail"
    assert list((gateway.folder / "var").iterdir()) == []


def test_settings_with_a_mistake_are_told_first(gateway: Gateway) -> None:
    gateway.write_config(more="[outbond]\n")
    code, found = ask(gateway)
    assert code == 1
    assert list(found) == ["settings"]
    assert "outbond" in found["settings"][1]


def test_a_damaged_database(gateway: Gateway) -> None:
    assert gateway.run("migrate").returncode == 0
    path = gateway.folder / "var" / "mailgate.db"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = database.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'tickets'"
        ).fetchone()[0]
    database.close()
    with path.open("r+b") as stream:
        stream.seek((page - 1) * 4096)
        stream.write(os.urandom(4096))
    code, found = ask(gateway)
    assert code == 1
    assert found["store"][0] == "fail"


def test_a_smarthost_that_is_not_there(gateway: Gateway) -> None:
    gateway.write_config(smarthost=free_ports(1)[0])
    code, found = ask(gateway)
    assert code == 1
    assert found["smarthost"][0] == "fail"
    assert "no connection" in found["smarthost"][1]


def test_an_smtp_door_with_tls(gateway: Gateway, tmp_path: Path) -> None:
    """The certificate is for another name, which mail servers forgive and people should know."""
    issued = trustme.CA().issue_cert("other.example")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    issued.cert_chain_pems[0].write_to_path(str(certificate))
    issued.private_key_pem.write_to_path(str(key))
    key.chmod(0o600)
    starttls, implicit = free_ports(2)
    doors = "\n".join(
        f'[[listen]]\naddress = "127.0.0.1:{port}"\ntls = "{tls}"\n'
        f'certificate = "{certificate}"\nkey = "{key}"\n'
        for port, tls in ((starttls, "starttls"), (implicit, "implicit"))
    )
    gateway.write_config(more=doors)
    with gateway.start():
        _, found = ask(gateway)
    for port in (starttls, implicit):
        assert found[f"smtp 127.0.0.1:{port}"][0] == "ok", found
        level, said = found[f"smtp 127.0.0.1:{port} tls"]
        assert level == "warn"
        assert "for other.example, not for gateway.acme.example" in said


def test_a_door_behind_a_balancer(gateway: Gateway) -> None:
    (port,) = free_ports(1)
    door = (
        f'[[listen]]\naddress = "127.0.0.1:{port}"\nproxy_protocol = true\n'
        'trusted_networks = ["127.0.0.0/8"]\n'
    )
    gateway.write_config(more=door)
    with gateway.start():
        _, found = ask(gateway)
    assert found[f"smtp 127.0.0.1:{port}"][0] == "ok", found


@pytest.mark.servers("dovecot")
def test_mailboxes(gateway: Gateway) -> None:
    """One that is in order, one with a wrong password, one without its folder, one whose
    server is not there, one without the folder to move to; none of them disturbs another, and
    nothing in them is changed."""
    user = "support@acme.example"
    users = (f"{name}@acme.example" for name in ("support", "sales", "third", "fourth"))
    with running_dovecot(*users) as dovecot:
        dovecot.make_folder("fourth@acme.example", "보관함")
        dovecot.deliver(user, [korean_plain(message_id=f"{n}@x.example") for n in range(3)])
        boxes = (
            dovecot.settings(user, name="good"),
            dovecot.settings("sales@acme.example", name="locked", password="wrong"),
            dovecot.settings(user, name="lost", folder="Nowhere"),
            dovecot.settings(user, name="away", port=free_ports(1)[0]),
            dovecot.settings("third@acme.example", name="aside", after="move:처리 완료"),
            dovecot.settings("fourth@acme.example", name="moved", after="move:보관함"),
        )
        gateway.write_config(more="\n".join(boxes))
        code, found = ask(gateway)
        assert not any("Seen" in flags for flags in dovecot.flags(user).values())
    assert code == 1
    assert found["mailbox good"][0] == "ok", found
    assert "INBOX has 3 messages, a first look takes 3" in found["mailbox good"][1]
    assert found["mailbox moved"][0] == "ok", found
    for name, said in (
        ("locked", "login"),
        ("lost", "Nowhere"),
        ("away", "no connection"),
        ("aside", "처리 완료"),
    ):
        assert found[f"mailbox {name}"][0] == "fail", found
        assert said in found[f"mailbox {name}"][1]


@pytest.mark.servers("postgresql")
def test_on_postgresql(gateway: Gateway) -> None:
    with running_postgres() as server:
        gateway.write_config(store_url=server.url(server.new_database()))
        with gateway.start():
            _, found = ask(gateway)
    assert found["store"][0] == "ok", found
    assert "synchronous_commit on" in found["store"][1]
    assert "as the database server's" in found["clock"][1]
