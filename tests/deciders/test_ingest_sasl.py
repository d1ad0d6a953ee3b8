"""What clients say behind AUTH (RFC 4954 §4, RFC 4616) and which passwords fit."""

import base64

import pytest

from mailgate.ingest.logins import Attempts
from mailgate.ingest.respond import Reply
from mailgate.ingest.sasl import (
    BAD_BASE64,
    CANCELLED,
    MALFORMED,
    Challenge,
    Credentials,
    Exchange,
    read_auth,
)
from mailgate.settings.passwords import PasswordError, hash_password, read_hash

ALICE = Credentials("alice@acme.example", "correct horse")


def b64(text: str) -> bytes:
    return base64.b64encode(text.encode())


def test_plain_with_an_initial_response() -> None:
    initial = b64("\0alice@acme.example\0correct horse").decode()
    assert Exchange("PLAIN").begin(initial) == ALICE


def test_plain_without_one_is_asked_for_it() -> None:
    """RFC 4954 §4: `334 ` and nothing."""
    exchange = Exchange("PLAIN")
    asked = exchange.begin(None)
    assert isinstance(asked, Challenge)
    assert asked.reply.wire == b"334 \r\n"
    assert exchange.feed(b64("\0alice@acme.example\0correct horse")) == ALICE


def test_login_asks_twice() -> None:
    exchange = Exchange("LOGIN")
    assert exchange.begin(None) == Challenge("Username:")
    assert exchange.feed(b64("alice@acme.example")) == Challenge("Password:")
    assert exchange.feed(b64("correct horse")) == ALICE
    assert Challenge("Username:").reply.wire == b"334 VXNlcm5hbWU6\r\n"


def test_login_takes_the_name_at_once() -> None:
    assert Exchange("LOGIN").begin(b64("alice@acme.example").decode()) == Challenge("Password:")


@pytest.mark.parametrize(
    ("response", "reply"),
    [
        (b"*", CANCELLED),
        (b"not base64", BAD_BASE64),
        (b"====", BAD_BASE64),
        (base64.b64encode(b"\0\xff\xfe\0x"), BAD_BASE64),
        (b"", MALFORMED),
        (b64("alice@acme.example"), MALFORMED),
        (b64("\0alice@acme.example\0"), MALFORMED),
        (b64("\0\0password"), MALFORMED),
        (b64("\0a\0b\0c"), MALFORMED),
        (b64("bob@acme.example\0alice@acme.example\0correct horse"), MALFORMED),
    ],
)
def test_what_is_no_plain(response: bytes, reply: Reply) -> None:
    exchange = Exchange("PLAIN")
    exchange.begin(None)
    assert exchange.feed(response) == reply


def test_an_equals_sign_is_an_empty_response() -> None:
    """RFC 4954 §4; PLAIN has no use for one."""
    assert Exchange("PLAIN").begin("=") == MALFORMED


@pytest.mark.parametrize(
    ("argument", "read"),
    [
        ("plain", ("PLAIN", None)),
        ("PLAIN AGEAYg==", ("PLAIN", "AGEAYg==")),
        (None, None),
        ("PLAIN a b", None),
    ],
)
def test_the_argument(argument: str | None, read: tuple[str, str | None] | None) -> None:
    assert read_auth(argument) == read


def test_a_password_fits_its_line_and_no_other_does() -> None:
    line = hash_password("correct horse", bytes(16))
    assert line.startswith("scrypt$16384$8$1$")
    assert "correct" not in line
    assert read_hash(line + "\n").matches("correct horse")
    assert not read_hash(line).matches("correct horse ")
    assert "horse" not in repr(read_hash(line))


@pytest.mark.parametrize(
    "line",
    ["", "secret", "scrypt$16384$8$1$AAAA$AAAA", "scrypt$1099511627776$8$1$AAAA$" + "A" * 43 + "="],
)
def test_a_line_of_somebody_else_is_no_password(line: str) -> None:
    with pytest.raises(PasswordError):
        read_hash(line)


def test_ten_failures_in_a_quarter_of_an_hour_lock_out() -> None:
    attempts = Attempts()
    for at in range(10):
        assert not attempts.is_locked_out("192.0.2.1", "a@acme.example", at)
        attempts.failed("192.0.2.1", "A@acme.example", at)
    assert attempts.is_locked_out("192.0.2.1", "a@acme.example", 10)
    assert not attempts.is_locked_out("192.0.2.2", "a@acme.example", 10)
    assert not attempts.is_locked_out("192.0.2.1", "a@acme.example", 901)
