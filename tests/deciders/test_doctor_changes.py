"""A probe as it came back: what was changed, and what that means for real mail."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailgate.daemon.doctor import changes
from mailgate.daemon.doctor.findings import Level
from mailgate.daemon.doctor.probe import RANDOM_SIZE, Kind, Probe, Returned, make_probe, returned
from mailgate.mail.address import Address, NullReversePath
from mailgate.mail.envelope import Envelope
from mailgate.model.ids import JournalId
from mailgate.model.journal import Door
from mailgate.store.examine import ProbeRow
from tests.deciders.threading_cases import DIRECTORY, KEYS, NOW, SALES, SUPPORT

OK, WARN, FAIL = Level.OK, Level.WARN, Level.FAIL
TRUSTED = frozenset({"mx.acme.example"})
RESULT = "Authentication-Results: mx.acme.example; spf=pass; dmarc=pass\r\n"


def probe(kind: Kind = Kind.PLAIN, sender: Address | None = None) -> Probe:
    return make_probe(KEYS, kind, SUPPORT, sender=sender, now=NOW, random=bytes(range(RANDOM_SIZE)))


def came(
    sent: Probe | None = None,
    *,
    change: tuple[str, str] = ("", ""),
    above: str = "",
    to: tuple[Address, ...] = (SUPPORT,),
    trusted: bool = True,
    after: float = 2,
) -> Returned:
    sent = sent or probe()
    content = (above + sent.content.decode().replace(*change, 1)).encode()
    row = ProbeRow(
        id=JournalId(7),
        door=Door.SMTP,
        received_at=NOW + timedelta(seconds=after),
        envelope=Envelope(sent.from_, to),
        trusted=trusted,
        waits=False,
        content=content,
    )
    found = returned(KEYS, (sent,), row, NOW)
    assert found is not None
    return found


def judged(arrived: Returned) -> dict[str, Level]:
    found = changes.judge_changes(
        arrived, address=SUPPORT, directory=DIRECTORY, trusted_ids=TRUSTED
    )
    for each in found:
        assert (each.what_to_do == "") is (each.level is OK), each
    return {each.subject: each.level for each in found}


def test_a_probe_that_nobody_touched() -> None:
    assert set(judged(came(above=RESULT)).values()) == {OK}


CHANGES = {
    "another Message-ID": ({"change": ("Message-ID: <", "Message-ID: <x")}, "message-id", WARN),
    "one id of two": ({"change": ("References: <", "References: <x")}, "references", OK),
    "a subject with a mark": ({"change": ("Subject: ", "Subject: [EXTERNAL] ")}, "subject", WARN),
    "a footer": ({"change": ("last line", "last line of the probe.\r\nlast line")}, "text", WARN),
    "a field taken away": ({"change": ("X-Mailgate-Loop", "X-Other")}, "fields", WARN),
    "another From": (
        {"change": ("From: ", "From: List <l@list.example>\r\nX-F: ")},
        "sender",
        FAIL,
    ),
    "another address of ours": ({"to": (SALES,)}, "recipient", WARN),
    "a slow way": ({"after": 600}, "came back", WARN),
    "nobody checks": ({"above": ""}, "authentication", WARN),
    "a server that we do not know": (
        {"above": RESULT.replace("mx.acme.example", "mx.google.example")},
        "authentication",
        WARN,
    ),
    "a network that we do not trust": ({"above": RESULT, "trusted": False}, "authentication", WARN),
    "results under two hops": (
        {"above": "Received: from a by b; x\r\nReceived: from c by d; x\r\n" + RESULT},
        "authentication",
        WARN,
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed(name: str) -> None:
    how, subject, level = CHANGES[name]
    assert judged(came(**how))[subject] is level  # type: ignore[arg-type]  # a table of keywords


def test_hosts_on_the_way_are_told_in_order() -> None:
    above = (
        "Received: from b by gateway.acme.example; x\r\nReceived: from a by mx.acme.example; x\r\n"
    )
    assert came(above=above).hops == ("mx.acme.example", "gateway.acme.example")


def test_the_id_to_trust_is_named() -> None:
    found = changes.judge_authentication(came(above=RESULT), frozenset())
    assert 'threading.trusted_authserv_ids = ["mx.acme.example"]' in found.what_to_do


def test_plus_addresses() -> None:
    sent = probe(Kind.PLUS)
    assert changes.judge_plus([came(sent, to=(sent.to,))], None).level is OK
    # A mailbox has no envelope: To is what is left.
    assert changes.judge_plus([came(sent)], None).level is OK
    lost = came(sent, change=(f"To: {sent.to}", f"To: {SUPPORT}"))
    assert changes.judge_plus([lost], None).level is WARN
    refused = changes.judge_plus([], "the smarthost says 550 5.1.1 unknown")
    assert refused.level is FAIL
    assert "550 5.1.1" in refused.sentence


def test_a_bounce_is_no_return() -> None:
    sent = probe()
    bounce = (
        b"From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\n\r\nNo.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: dns; mx.example\r\n\r\n"
        b"Final-Recipient: rfc822; support@acme.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"Diagnostic-Code: smtp; 550 5.1.1 unknown user\r\n\r\n--b--\r\n"
    )
    row = replace(
        came(sent).row, content=bounce, envelope=Envelope(NullReversePath(), (sent.from_,))
    )
    found = returned(KEYS, (sent,), row, NOW)
    assert found is not None
    assert found.is_answer
    assert "550 5.1.1 unknown user" in (changes.bounce_text([found]) or "")


def test_a_row_of_another_probe_is_none_of_ours() -> None:
    other = make_probe(KEYS, Kind.PLAIN, SUPPORT, sender=None, now=NOW, random=b"z" * RANDOM_SIZE)
    assert returned(KEYS, (other,), came().row, NOW) is None
