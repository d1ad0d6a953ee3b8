"""The doctor's probes: known by what we signed, through whatever was changed on their way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailgate.mail.address import Address, NullReversePath
from mailgate.mail.envelope import Envelope
from mailgate.mail.parse import parse_mail
from mailgate.threading.probe import PROBE_LABEL, PROBE_LIFE, probe_of
from mailgate.threading.token import (
    Keyring,
    Purpose,
    mint_message_id,
    mint_probe,
    mint_probe_id,
    mint_token,
    probe_address,
    probe_token_in,
    token_in,
    verify_message_id,
    verify_probe,
    verify_token,
)
from tests.deciders.threading_cases import KEYS, NOW, SUPPORT, TICKET

OTHERS = Keyring({0: b"o" * 32}, 0)
NUMBER = 2**40 - 1
AT = int(NOW.timestamp())
TOKEN = mint_probe(KEYS, NUMBER, AT)
FROM = probe_address(SUPPORT, TOKEN)
TO_US = Envelope(FROM, (SUPPORT,))


def mail(*fields: str, text: str = "A probe.") -> bytes:
    return "\r\n".join(["Subject: a probe", *fields, "", text, ""]).encode()


CARRIERS = {
    "its field": (mail(f"From: {FROM}", f"X-Mailgate-Probe: {TOKEN}"), TO_US),
    "its field, in other letters": (mail(f"X-Mailgate-Probe: {TOKEN.upper()}"), TO_US),
    "the envelope": (mail("From: hong@customer.example"), Envelope(NullReversePath(), (FROM,))),
    "To, of a machine": (mail(f"To: {FROM}", "Auto-Submitted: auto-generated"), TO_US),
    "To, and the text": (mail(f"To: {FROM}", text=f"{PROBE_LABEL} {TOKEN}"), TO_US),
    "its text": (mail(f"From: {FROM}", text=f"x\r\n{PROBE_LABEL} {TOKEN}\r\nfooter"), TO_US),
}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_each_place_alone_is_enough(carrier: str) -> None:
    content, envelope = CARRIERS[carrier]
    found = probe_of(KEYS, parse_mail(content), envelope, now=NOW)
    assert found is not None
    assert (found.number, found.at) == (NUMBER, AT)


@pytest.mark.parametrize("field", ["Cc", "To"])
def test_a_person_who_answers_to_all_is_heard(field: str) -> None:
    """Somebody who has seen a probe put its address into a mail to a customer: what the customer
    then writes to us must not vanish."""
    content = mail("From: Hong <hong@customer.example>", f"{field}: {FROM}", text="It is broken.")
    envelope = Envelope(Address("hong", "customer.example"), (SUPPORT, FROM))
    assert probe_of(KEYS, parse_mail(content), envelope, now=NOW) is None


def test_a_person_who_quotes_a_probe_is_heard() -> None:
    content = mail("From: alice@acme.example", text=f"What is this?\r\n> {PROBE_LABEL} {TOKEN}")
    assert probe_of(KEYS, parse_mail(content), TO_US, now=NOW) is None


def test_the_token_of_another_gateway_is_no_probe() -> None:
    content = mail(f"X-Mailgate-Probe: {mint_probe(OTHERS, NUMBER, AT)}")
    assert probe_of(KEYS, parse_mail(content), TO_US, now=NOW) is None


@pytest.mark.parametrize(
    ("later", "known"),
    [(PROBE_LIFE, True), (PROBE_LIFE + timedelta(seconds=1), False), (-PROBE_LIFE, True)],
)
def test_a_token_that_was_seen_is_of_no_use_for_long(later: timedelta, known: bool) -> None:
    content = mail(f"X-Mailgate-Probe: {TOKEN}")
    assert (probe_of(KEYS, parse_mail(content), TO_US, now=NOW + later) is not None) is known


def test_no_other_token_is_a_probe_and_a_probe_is_no_other_token() -> None:
    """A purpose is signed with the token (see `threading.token`)."""
    reply = mint_token(KEYS, Purpose.CUSTOMER_REPLY, TICKET.id, SUPPORT)
    assert verify_probe(KEYS, reply) is None
    assert verify_token(KEYS, TOKEN) is None
    probes = mint_probe_id(KEYS, NUMBER, "acme.example", b"abcd")
    assert verify_message_id(KEYS, probes) is None
    with pytest.raises(ValueError, match="PROBE"):
        mint_message_id(KEYS, Purpose.PROBE, TICKET.id, "acme.example", b"abcd")


def test_a_probes_address_fits_and_is_told_from_reply_addresses() -> None:
    """A localpart has at most 64 octets (RFC 5321 §4.5.3.1.1)."""
    longest = probe_address(Address("s" * 30, "acme.example"), TOKEN)
    assert len(longest.localpart) <= 64
    assert probe_token_in(longest) == TOKEN
    assert token_in(longest) is None
    assert probe_token_in(replace(SUPPORT, localpart="support+t" + TOKEN)) is None
    assert probe_token_in(SUPPORT) is None


def test_a_time_of_the_far_future_still_fits() -> None:
    at = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())
    found = verify_probe(KEYS, mint_probe(KEYS, 0, at))
    assert found is not None
    assert found.at == at
