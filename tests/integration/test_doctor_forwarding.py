"""`mailgate doctor forwarding`: a real Postfix stands between the public address and us, and
does to mail what forwarders do."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.harness.dovecot import running_dovecot
from tests.harness.gateway import DESK, Gateway, make_gateway
from tests.harness.ports import free_ports
from tests.harness.postfix import Postfix, Transports, running_postfix
from tests.integration.test_pipe_callers import OWNER, command, give_away

pytestmark = pytest.mark.servers("postfix")
SUPPORT = "support@acme.example"


@contextmanager
def forwarder(
    gateway: Gateway,
    *,
    more: str = "",
    mailboxes: tuple[str, ...] = ("alice@acme.example",),
    forwards: bool = True,
    settings: str = "",
    transports: Transports | None = None,
) -> Iterator[Postfix]:
    """Postfix as our smarthost and as the mail system of the public address."""
    (port,) = free_ports(1)
    gateway.write_config(smarthost=port, more=settings)
    routes = {SUPPORT: gateway.smtp_port} if forwards else {}
    with running_postfix(
        port, mailboxes=list(mailboxes), routes=routes, more=more, transports=transports
    ) as postfix:
        yield postfix


def ask(gateway: Gateway, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = gateway.run("doctor", "forwarding", SUPPORT, "--json", *arguments, seconds=90)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done.returncode, json.loads(done.stdout)


def levels(document: dict[str, Any]) -> dict[str, str]:
    return {each["subject"]: each["level"] for each in document["findings"]}


def sentence(document: dict[str, Any], subject: str) -> str:
    (found,) = (each for each in document["findings"] if each["subject"] == subject)
    return f"{found['sentence']} | {found['what_to_do'] or ''}"


def test_a_forwarding_that_works(gateway: Gateway) -> None:
    with forwarder(gateway), gateway.start() as daemon:
        code, told = ask(gateway)
        assert code == 0, told
        unchanged = ("came back", "recipient", "message-id", "references", "sender", "subject")
        assert {levels(told)[name] for name in (*unchanged, "text", "fields", "plus address")} == {
            "ok"
        }
        assert "came back by smtp" in sentence(told, "came back")
        # Nobody in between writes Authentication-Results.
        assert levels(told)["authentication"] == "warn"
        assert {each["kind"] for each in told["returned"]} == {"plain", "plus"}
        plain = next(each for each in told["returned"] if each["kind"] == "plain")
        assert plain["envelope"]["forward_paths"] == [SUPPORT]
        assert "mx.acme.example" in plain["hops"]
        # No ticket, no mail to anybody; the journal says what it was.
        assert gateway.ask("tickets", "list") == []
        assert gateway.ask("queue", "list") == []
        row = gateway.ask("explain", str(plain["journal"]))
        assert (row["disposition"], row["reasons"]) == ("suppress", ["probe"])
        assert "Traceback" not in daemon.logged()


REWRITING = r"""
header_checks = regexp:{
 { /^Message-ID:/ REPLACE Message-ID: <made-anew.1@forwarder.example> },
 { /^Subject: (.*)/ REPLACE Subject: [EXTERNAL] $$1 },
 { /^X-Mailgate-/ IGNORE },
 { /^References:/ IGNORE },
 { /^Date:/ PREPEND Authentication-Results: mx.acme.example; spf=pass } }
body_checks = regexp:{ { /^This is the last line/ PREPEND Be careful: this mail is from outside. } }
"""


def test_what_a_forwarder_changes_is_told(gateway: Gateway) -> None:
    with forwarder(gateway, more=REWRITING), gateway.start():
        code, told = ask(gateway)
        assert code == 0, told
        assert levels(told)["came back"] == "ok"
        assert "<made-anew.1@forwarder.example>" in sentence(told, "message-id")
        assert "In-Reply-To kept" in sentence(told, "references")
        assert "[EXTERNAL]" in sentence(told, "subject")
        assert "Be careful: this mail is from outside." in sentence(told, "text")
        assert "X-Mailgate-Probe" in sentence(told, "fields")
        assert "spf=pass" in sentence(told, "authentication")
        assert 'trusted_authserv_ids = ["mx.acme.example"]' in sentence(told, "authentication")
        changed = ("message-id", "subject", "text", "fields", "authentication")
        assert {levels(told)[name] for name in changed} == {"warn"}
        assert gateway.ask("tickets", "list") == []


def test_results_that_the_settings_believe(gateway: Gateway) -> None:
    believed = '[threading]\ntrusted_authserv_ids = ["mx.acme.example"]'
    with forwarder(gateway, more=REWRITING, settings=believed), gateway.start():
        _, told = ask(gateway)
        assert levels(told)["authentication"] == "ok", told


def test_a_forwarding_by_lmtp(gateway: Gateway) -> None:
    ways = {SUPPORT: f"lmtp:inet:127.0.0.1:{gateway.lmtp_port}"}
    lmtp = Transports("lmtp unix - - n - - lmtp\n", ways)
    with forwarder(gateway, forwards=False, transports=lmtp), gateway.start():
        code, told = ask(gateway, "--timeout", "30s")
        assert code == 0, told
        assert {each["door"] for each in told["returned"]} == {"lmtp"}


@pytest.fixture
def shared() -> Iterator[Gateway]:
    """A gateway whose folder belongs to the user that pipe(8) runs commands as."""
    folder = Path(tempfile.mkdtemp(prefix="mailgate-doctor-"))
    try:
        gateway = make_gateway(folder)
        assert gateway.run("migrate").returncode == 0
        give_away(folder)
        yield gateway
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_forwarding_by_the_pipe_needs_no_daemon(shared: Gateway) -> None:
    """Postfix pipe(8); what it hands over waits in the journal for the daemon."""
    service = (
        "mailgate unix - n n - 4 pipe\n"
        f"  flags=Rq user={OWNER} null_sender= argv={command()} --config {shared.config}\n"
        "  ingest --from ${sender} --rcpt ${recipient}\n"
    )
    pipe = Transports(service, {SUPPORT: "mailgate:"})
    one_each = "mailgate_destination_recipient_limit = 1"
    with forwarder(shared, forwards=False, transports=pipe, more=one_each) as postfix:
        _, told = ask(shared, "--timeout", "30s")
        print(postfix.log())
    assert told["findings"][0]["level"] == "fail"
    assert {each["door"] for each in told["returned"]} == {"pipe"}, told
    assert levels(told)["came back"] == "warn"
    assert "it waits in the journal" in sentence(told, "came back")
    assert levels(told)["plus address"] == "ok"


@pytest.mark.servers("postfix", "dovecot")
def test_a_forwarding_into_a_mailbox_that_we_poll(gateway: Gateway) -> None:
    """The envelope is lost in a mailbox: what stands behind the + is found in To."""
    with running_dovecot(SUPPORT) as dovecot:
        dovecot.deliver(SUPPORT, [])
        maildir = dovecot.folder / "mail" / SUPPORT
        owner = maildir.stat()
        more = (
            f"virtual_mailbox_base = {maildir.parent}\n"
            f"virtual_uid_maps = static:{owner.st_uid}\n"
            f"virtual_gid_maps = static:{owner.st_gid}"
        )
        taken = dovecot.settings(SUPPORT)
        boxes = (SUPPORT,)
        with (
            forwarder(gateway, more=more, forwards=False, mailboxes=boxes, settings=taken),
            gateway.start(),
        ):
            code, told = ask(gateway, "--timeout", "30s")
            assert code == 0, told
            assert {each["door"] for each in told["returned"]} == {"imap"}
            assert "kept in To" in sentence(told, "plus address")
            assert gateway.ask("tickets", "list") == []


def test_an_address_that_is_not_forwarded(gateway: Gateway) -> None:
    """The mail stays in the mailbox of the public address."""
    with forwarder(gateway, forwards=False, mailboxes=(SUPPORT,)) as postfix, gateway.start():
        code, told = ask(gateway, "--timeout", "3s")
        assert code == 1
        assert levels(told)["came back"] == "fail"
        assert "not within 3 s" in sentence(told, "came back")
        # Where the smarthost has put it can be looked up.
        assert "queued as" in sentence(told, "sent")
        assert postfix.mailbox(SUPPORT) is not None


def test_a_mail_system_without_plus_addresses(gateway: Gateway) -> None:
    """It refuses what our mail is answered to: that is worse than no forwarding."""
    with forwarder(gateway, more="recipient_delimiter ="), gateway.start():
        code, told = ask(gateway, "--timeout", "5s")
        assert code == 1
        assert levels(told)["came back"] == "ok"
        assert levels(told)["plus address"] == "fail"
        assert "subaddressing" in sentence(told, "plus address")


def test_a_bounce_comes_home_and_is_told(gateway: Gateway) -> None:
    """The forwarding names an address that nobody has; the reverse path is one of ours."""
    wrong = (
        "virtual_alias_maps = regexp:{ { /^support@acme\\.example$$/ nobody@acme.example } }\n"
        f"transport_maps = inline:{{ {{ acme.example = smtp:[127.0.0.1]:{gateway.smtp_port} }} }}"
    )
    with forwarder(gateway, more=wrong), gateway.start():
        code, told = ask(gateway, "--timeout", "20s")
        assert code == 1, told
        assert levels(told)["came back"] == "fail"
        assert "5.1.1" in sentence(told, "came back"), told
        assert gateway.ask("tickets", "list") == []
        assert gateway.ask("quarantine", "list") == []


def test_without_the_daemon_it_says_so_first(gateway: Gateway) -> None:
    with forwarder(gateway):
        assert gateway.run("migrate").returncode == 0
        code, told = ask(gateway, "--timeout", "1s")
    assert code == 1
    assert told["findings"][0]["subject"] == "daemon"
    assert told["findings"][0]["level"] == "fail"


def test_an_address_that_is_none_of_ours(gateway: Gateway) -> None:
    assert gateway.run("migrate").returncode == 0
    done = gateway.run("doctor", "forwarding", "sales@acme.example")
    assert done.returncode == 1
    assert b"sales@acme.example is no support address" in done.stdout
    assert SUPPORT.encode() in done.stdout


def test_a_gateway_that_keeps_its_mail_in_a_folder(gateway: Gateway) -> None:
    assert gateway.run("migrate").returncode == 0
    code, told = ask(gateway)
    assert code == 1
    assert "maildir" in sentence(told, "forwarding")


def test_probes_take_gateways_under_the_hourly_cap(gateway: Gateway) -> None:
    """ "Never more than N in any 3,600 seconds" (the cap of the account) is for them too."""
    (port,) = free_ports(1)
    gateway.write_config(smarthost=port, hourly=3, desk=DESK)
    with running_postfix(port, mailboxes=[], routes={SUPPORT: gateway.smtp_port}), gateway.start():
        assert ask(gateway)[0] == 0
        code, told = ask(gateway)
        assert code == 1
        assert "hourly cap" in sentence(told, "forwarding")
