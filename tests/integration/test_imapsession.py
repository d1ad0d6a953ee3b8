"""The IMAP session with a real Dovecot."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailgate.clock import SystemClock
from mailgate.ingest.imap.oauth import MailboxTokens
from mailgate.ingest.imap.opening import open_session
from mailgate.ingest.imap.session import (
    Account,
    ImapError,
    ImapSession,
    ImapTimeouts,
    ImapTrouble,
    Password,
    TlsMode,
)
from mailgate.oauth.tokens import Tokens
from tests.harness.dovecot import PASSWORD, Dovecot, running_dovecot

pytestmark = pytest.mark.servers("dovecot")

USER = "support@acme.example"
PLENTY = 50_000_000
TIMEOUTS = ImapTimeouts(connect=10, command=10, total=60, logout=2)
FOLDERS = ["고객 문의", "Support & Sales", 'with "quotes"', "Entwürfe/2026", "a  b", "😀"]


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with running_dovecot(USER, "many", "big", "frozen") as server:
        yield server


@pytest.fixture
def account(dovecot: Dovecot, tmp_path: Path) -> Account:
    (tmp_path / "password").write_text(PASSWORD + "\n")
    return Account(
        "localhost",
        dovecot.port,
        TlsMode.NONE,
        USER,
        "INBOX",
        Password(tmp_path / "password"),
        ca_file=dovecot.ca_file,
        timeouts=TIMEOUTS,
    )


@asynccontextmanager
async def session(account: Account) -> AsyncIterator[ImapSession]:
    clock = SystemClock()
    opened = await open_session(account, clock=clock, tokens=MailboxTokens(Tokens(clock)))
    try:
        await opened.select()
        yield opened
    finally:
        await opened.close()


def mail(number: int, octets: int = 100) -> bytes:
    line = b"x" * 74 + b"\r\n"
    return b"Subject: %d\r\n\r\n" % number + line * max(1, octets // len(line))


@pytest.mark.parametrize("tls", list(TlsMode))
async def test_logins(dovecot: Dovecot, account: Account, tls: TlsMode) -> None:
    port = dovecot.tls_port if tls is TlsMode.IMPLICIT else dovecot.port
    async with session(replace(account, tls=tls, port=port)) as opened:
        assert {"IDLE", "MOVE", "UIDPLUS"} <= opened.capabilities
        await opened.noop()


async def test_a_wrong_password(account: Account, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("wrong\n")
    with pytest.raises(ImapError) as caught:
        async with session(account):
            pass
    assert caught.value.kind is ImapTrouble.LOGIN_REFUSED
    assert "wrong" not in str(caught.value)


async def test_a_folder_that_is_missing(account: Account) -> None:
    with pytest.raises(ImapError, match="no such folder") as caught:
        async with session(replace(account, folder="no such folder")):
            pass
    assert caught.value.kind is ImapTrouble.GONE


@pytest.mark.parametrize("folder", FOLDERS)
async def test_folders_with_names_of_the_world(
    dovecot: Dovecot, account: Account, folder: str
) -> None:
    """The standard library's client made them and looks for the mail there."""
    dovecot.make_folder(USER, folder)
    dovecot.deliver(USER, [mail(1)], folder=folder)
    dovecot.make_folder(USER, f"{folder} taken")
    async with session(replace(account, folder=folder)) as opened:
        [uid] = await opened.uids_from(1)
        assert await opened.fetch([uid], octets=PLENTY) == [(uid, mail(1))]
        await opened.move([uid], f"{folder} taken")
        assert list(await opened.uids_from(1)) == []
    assert dovecot.count(USER, f"{folder} taken") == 1


async def test_three_thousand_messages(dovecot: Dovecot, account: Account) -> None:
    at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    dovecot.deliver("many", [mail(number, 2000) for number in range(1, 3001)], at=at)
    async with session(replace(account, username="many")) as opened:
        uids = await opened.uids_since(None)
        assert len(uids) == 3000
        listed = await opened.list(uids)
        assert [message.uid for message in listed] == list(uids)
        assert {message.internal_date for message in listed} == {at}
        assert sum(message.octets for message in listed) == sum(
            len(mail(number, 2000)) for number in range(1, 3001)
        )
        fetched = await opened.fetch(uids, octets=PLENTY)
        assert {content for _, content in fetched} == {mail(n, 2000) for n in range(1, 3001)}
        assert list(await opened.uids_since(at.date() + timedelta(days=1))) == []
        assert len(await opened.uids_since(at.date())) == 3000
        await opened.mark_seen(uids[:500])
        await opened.delete(uids[500:])
        assert list(await opened.uids_from(1)) == list(uids[:500])
    assert set(dovecot.flags("many").values()) == {"\\Seen"}


async def test_a_message_of_twenty_five_megabytes(dovecot: Dovecot, account: Account) -> None:
    """In parts of 1 MiB, so that no literal is longer."""
    big = mail(1, 25_000_000)
    dovecot.deliver("big", [mail(0), big, mail(2)])
    async with session(replace(account, username="big")) as opened:
        uids = await opened.uids_from(1)
        got = dict(await opened.fetch(uids, octets=PLENTY))
        assert max(got.values(), key=len) == big
        assert len(got) == 3
        with pytest.raises(ImapError) as caught:
            await opened.fetch(uids, octets=1_000_000)
        assert caught.value.kind is ImapTrouble.TOO_LARGE
        assert not opened.closed


async def test_expunged_by_somebody_else(dovecot: Dovecot, account: Account) -> None:
    """Between `list` and `fetch`: the others come, and the session goes on."""
    dovecot.make_folder(USER, "shared")
    dovecot.deliver(USER, [mail(number) for number in range(3)], folder="shared")
    async with session(replace(account, folder="shared")) as opened:
        uids = await opened.uids_from(1)
        await opened.list(uids)
        with dovecot.client(USER, folder="shared") as other:
            other.uid("STORE", str(uids[1]), "+FLAGS", "(\\Deleted)")
            other.expunge()
        got = await opened.fetch(uids, octets=PLENTY)
        assert [uid for uid, _ in got] == [uids[0], uids[2]]
        await opened.mark_seen(uids)


@pytest.mark.parametrize("capability", ["IMAP4rev1 UIDPLUS", "IMAP4rev1"])
async def test_without_move(tmp_path: Path, account: Account, capability: str) -> None:
    """What others have marked with `\\Deleted` stays in either case (RFC 4315 §1)."""
    with running_dovecot(USER, more=f"imap_capability = {capability}") as server:
        server.deliver(USER, [mail(1), mail(2), mail(3)])
        server.make_folder(USER, "Taken mail")
        with server.client(USER) as other:
            other.uid("STORE", "3", "+FLAGS", "(\\Deleted)")
        there = replace(account, port=server.port, ca_file=server.ca_file)
        async with session(there) as opened:
            await opened.move([1], "Taken mail")
            await opened.delete([2])
            with pytest.raises(ImapError) as caught:
                await opened.move([3], "nowhere")
            assert caught.value.kind is ImapTrouble.GONE
            left = set(await opened.uids_from(1))
            assert left == ({3} if opened.expunges else {1, 2, 3})
            assert not await opened.wait(5)
        assert server.count(USER, "Taken mail") == 1
        assert server.flags(USER)[3].split() == ["\\Deleted"]


async def test_idle(dovecot: Dovecot, account: Account) -> None:
    dovecot.make_folder(USER, "idle")
    async with session(replace(account, folder="idle")) as opened:
        assert not await opened.wait(0.2)
        waiting = asyncio.create_task(opened.wait(30))
        dovecot.deliver(USER, [mail(1)], folder="idle")
        assert await waiting
        assert len(await opened.uids_from(1)) == 1
        assert not await opened.wait(0.2)


async def test_a_server_that_ends(tmp_path: Path, account: Account) -> None:
    """F18: killed, restarted and frozen, under IDLE and without."""
    with running_dovecot(USER) as server:
        there = replace(
            account,
            port=server.port,
            ca_file=server.ca_file,
            timeouts=replace(TIMEOUTS, command=1, logout=0.5),
        )
        for end in (server.stop, server.kill):
            async with session(there) as opened:
                waiting = asyncio.create_task(opened.wait(60))
                await asyncio.sleep(0)
                end()
                with pytest.raises(ImapError) as caught:
                    await waiting
                assert caught.value.kind in {ImapTrouble.BYE, ImapTrouble.UNREACHABLE}
                assert opened.closed
            server.start()
        async with session(there) as opened:
            server.freeze()
            with pytest.raises(ImapError) as caught:
                await opened.noop()
            assert caught.value.kind is ImapTrouble.TIMEOUT
        with pytest.raises(ImapError) as caught:
            async with session(replace(there, timeouts=replace(TIMEOUTS, connect=1))):
                pass
        assert caught.value.kind is ImapTrouble.TIMEOUT
        server.thaw()
        async with session(there) as opened:
            await opened.noop()


async def test_two_clients_at_once(dovecot: Dovecot, account: Account) -> None:
    """What another client does is told between our answers and disturbs none."""
    dovecot.make_folder(USER, "busy")
    dovecot.deliver(USER, [mail(number) for number in range(50)], folder="busy")
    async with session(replace(account, folder="busy")) as opened:
        uids = await opened.uids_from(1)
        with dovecot.client(USER, folder="busy") as other:
            for turn in range(10):
                other.uid("STORE", f"{uids[turn]}", "+FLAGS", "(\\Seen \\Flagged)")
                dovecot.deliver(USER, [mail(100 + turn)], folder="busy")
                other.noop()
                got = await opened.fetch(uids, octets=PLENTY)
                assert len(got) == 50
        assert await opened.wait(5)
        assert len(await opened.uids_from(1)) == 60
