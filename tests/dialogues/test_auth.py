"""Agents log in over TLS and write in their own name (RFC 4954, RFC 6409)."""

import asyncio
import base64
import smtplib
import ssl
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trustme

from mailgate.clock import SystemClock
from mailgate.ingest.listener import SessionLimits
from mailgate.ingest.logins import Attempts, Login
from mailgate.ingest.smtp import TlsMode
from mailgate.settings.passwords import hash_password, read_hash
from mailgate.store import journal
from tests.dialogues.place import Client, Place, open_place, until

ALICE = "alice@acme.example"
PASSWORD = "correct horse"
MESSAGE = b"From: Alice <alice@acme.example>\r\nSubject: x\r\n\r\nhello\r\n"
LOGINS = dict.fromkeys(
    (ALICE, "alice@home.example"),
    Login(
        ALICE,
        frozenset({ALICE, "alice@home.example"}),
        read_hash(hash_password(PASSWORD, bytes(16))),
    ),
)


def plain(name: str = ALICE, password: str = PASSWORD) -> str:
    return "AUTH PLAIN " + base64.b64encode(f"\0{name}\0{password}".encode()).decode()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def door(authority: trustme.CA, tmp_path: Path) -> Any:
    path = tmp_path / "mx.pem"
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(path)
    return partial(
        open_place,
        tmp_path,
        tls=TlsMode.IMPLICIT,
        certificate=path,
        auth=True,
        logins=LOGINS,
    )


async def greeted(place: Place, trust: ssl.SSLContext) -> Client:
    client = await place.connect(ssl=trust, server_hostname="localhost")
    assert (await client.reply()).startswith("220 ")
    assert "AUTH PLAIN LOGIN" in await client.say("EHLO client.example")
    return client


async def claimed(place: Place) -> list[str | None]:
    rows = await place.store.write(
        partial(journal.claim, now=SystemClock().now(), lease=timedelta(minutes=1), limit=10)
    )
    return [row.arrival.authenticated for row in rows]


async def test_a_login_is_journalled(door: Any, trust: ssl.SSLContext) -> None:
    def send(port: int) -> None:
        with smtplib.SMTP_SSL("localhost", port, timeout=10, context=trust) as client:
            client.login(ALICE, PASSWORD)
            client.sendmail(ALICE, ["support@acme.example"], MESSAGE)

    async with door() as place:
        await asyncio.to_thread(send, place.port)
        assert await claimed(place) == [ALICE]


async def test_the_login_mechanism(door: Any, trust: ssl.SSLContext) -> None:
    async with door() as place:
        client = await greeted(place, trust)
        assert await client.say("auth login") == "334 VXNlcm5hbWU6"
        assert await client.say(base64.b64encode(ALICE.encode()).decode()) == "334 UGFzc3dvcmQ6"
        reply = await client.say(base64.b64encode(PASSWORD.encode()).decode())
        assert reply == "235 2.7.0 Welcome"
        assert (await client.say(plain())).startswith("503 5.5.1 ")


async def test_a_wrong_password_and_an_unknown_name_look_the_same(
    door: Any,
    trust: ssl.SSLContext,
) -> None:
    async with door() as place:
        client = await greeted(place, trust)
        wrong = await client.say(plain(password="wrong horse"))
        unknown = await client.say(plain(name="nobody@acme.example"))
        assert wrong == unknown == "535 5.7.8 Name or password is wrong"
        assert (await client.say(plain(password="again"))).startswith("535 ")
        assert (await client.reply()).startswith("421 ")
        assert await client.is_closed()
        # Whose login is attacked is told, and at which listener; no password is.
        assert place.record.refusals[:3] == ["auth_failed"] * 3
        assert place.record.logins[:3] == [
            ("127.0.0.1:0", name) for name in (ALICE, "nobody@acme.example", ALICE)
        ]


async def test_details_of_the_exchange(door: Any, trust: ssl.SSLContext) -> None:
    async with door(limits=SessionLimits(errors=50)) as place:
        client = await greeted(place, trust)
        assert (await client.say("AUTH")).startswith("501 5.5.4 ")
        assert (await client.say("AUTH CRAM-MD5")).startswith("504 5.5.4 ")
        assert await client.say("AUTH PLAIN") == "334 "
        assert (await client.say("*")).startswith("501 5.7.0 ")
        assert await client.say("AUTH PLAIN") == "334 "
        assert (await client.say("A" * 12_288)).startswith("501 5.5.2 ")
        assert await client.say("AUTH PLAIN") == "334 "
        assert (await client.say("A" * 12_292)).startswith("500 5.5.2 ")
        assert (await client.say("NOOP " + "A" * 2048)).startswith("500 5.5.2 ")
        assert (await client.say("NOOP")).startswith("250 ")
        assert (await client.say("MAIL FROM:<> AUTH=<>")).startswith("250 ")
        assert (await client.say(plain())).startswith("503 5.5.1 ")


async def test_nothing_is_sent_in_another_name(door: Any, trust: ssl.SSLContext) -> None:
    async with door() as place:
        client = await greeted(place, trust)
        assert (await client.say(plain())).startswith("235 ")
        assert (await client.say("MAIL FROM:<bob@acme.example>")).startswith("550 5.7.1 ")
        assert (await client.say("MAIL FROM:<alice@home.example>")).startswith("250 ")
        outside = await client.say("RCPT TO:<hong@customer.example>")
        assert outside.startswith("550 5.7.1 Only support addresses here; use your own mail server")
        assert (await client.say("RCPT TO:<support@acme.example>")).startswith("250 ")
        assert (await client.say("DATA")).startswith("354 ")
        client.send(MESSAGE.replace(b"alice@", b"bob@") + b".\r\n")
        assert (await client.reply()).startswith("550 5.7.1 ")
        assert await place.stored() == []


async def test_a_byte_order_mark_hides_no_sender(door: Any, trust: ssl.SSLContext) -> None:
    """Some programs write one in front of the first field; the mail is read without it."""
    async with door() as place:
        client = await greeted(place, trust)
        assert (await client.say(plain())).startswith("235 ")
        for content, code in (
            (MESSAGE, "250 "),
            (MESSAGE.replace(b"alice@", b"bob@"), "550 5.7.1"),
        ):
            assert (await client.say(f"MAIL FROM:<{ALICE}>")).startswith("250 ")
            assert (await client.say("RCPT TO:<support@acme.example>")).startswith("250 ")
            assert (await client.say("DATA")).startswith("354 ")
            client.send(b"\xef\xbb\xbf" + content + b".\r\n")
            assert (await client.reply()).startswith(code)
        assert await claimed(place) == [ALICE]


async def test_a_door_may_take_nothing_without_a_login(door: Any, trust: ssl.SSLContext) -> None:
    async with door(auth_required=True) as place:
        client = await greeted(place, trust)
        assert (await client.say("MAIL FROM:<>")).startswith("530 5.7.0 ")


async def test_no_password_goes_in_clear(door: Any) -> None:
    async with door(tls=TlsMode.STARTTLS) as place:
        client = await place.greeted()
        client.send(b"EHLO client.example\r\n")
        offered = [await client.line() for _ in range(7)]
        assert offered[-1] == "250 STARTTLS"
        assert not any("AUTH" in each for each in offered)
        assert (await client.say(plain())).startswith("538 5.7.11 ")
        assert place.record.refusals == ["tls_needed"]


async def test_ten_failures_of_a_peer_lock_it_out(door: Any, trust: ssl.SSLContext) -> None:
    async with door() as place:

        async def fail_twice() -> None:
            client = await greeted(place, trust)
            for _ in range(2):
                assert (await client.say(plain(password="wrong horse"))).startswith("535 ")

        await asyncio.gather(*(fail_twice() for _ in range(5)))
        client = await greeted(place, trust)
        assert (await client.say(plain())).startswith("454 4.7.0 ")
        await until("all waited", lambda: len(place.record.refusals) == 11)


async def test_tries_at_the_same_time_are_no_more_than_ten(
    door: Any, trust: ssl.SSLContext
) -> None:
    async with door() as place:
        clients = [await greeted(place, trust) for _ in range(14)]
        replies = await asyncio.gather(
            *(each.say(plain(password="wrong horse")) for each in clients)
        )
        codes = sorted(reply[:3] for reply in replies)
        # Two are compared at a time, so one more may be under way when the tenth fails.
        assert codes.count("535") in {10, 11}
        assert codes.count("454") == 14 - codes.count("535")


async def test_one_agents_old_password_locks_nobody_else_out_of_the_same_office(
    door: Any, trust: ssl.SSLContext
) -> None:
    bob = Login(
        "bob@acme.example",
        frozenset({"bob@acme.example"}),
        read_hash(hash_password("bob's own", bytes(16))),
    )
    async with door(logins={**LOGINS, bob.key: bob}) as place:
        for _ in range(5):
            client = await greeted(place, trust)
            for _ in range(2):
                assert (await client.say(plain(bob.key, "old one"))).startswith("535 ")
        client = await greeted(place, trust)
        assert (await client.say(plain(bob.key, "bob's own"))).startswith("454 4.7.0 ")
        assert (await client.say(plain())).startswith("235 ")


def test_names_that_change_are_no_way_around() -> None:
    attempts = Attempts()
    for at in range(49):
        attempts.failed("192.0.2.1", f"{at}@acme.example", 0.0)
    assert not attempts.is_locked_out("192.0.2.1", ALICE, 1.0)
    attempts.failed("192.0.2.1", "one more", 1.0)
    assert attempts.is_locked_out("192.0.2.1", ALICE, 1.0)
    assert not attempts.is_locked_out("192.0.2.2", ALICE, 1.0)
    assert not attempts.is_locked_out("192.0.2.1", ALICE, 901.0)
