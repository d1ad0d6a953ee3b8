"""An open session with servers that are strange, hostile, tired or gone."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mailgate.clock import SystemClock
from mailgate.ingest.imap import client
from mailgate.ingest.imap.opening import open_session
from mailgate.ingest.imap.session import (
    ImapError,
    ImapTrouble,
    Listed,
    Password,
    Selected,
)
from tests.dialogues.imap_place import OK, OneToken, account, session
from tests.harness.imapserver import Answer, Drop, ImapServer, Said, serving


@pytest.fixture(name="password")
def password_file(tmp_path: Path) -> Password:
    file = tmp_path / "password"
    file.write_text("correct horse\n")
    return Password(file)


# --- the folder ----------------------------------------------------------------------------


async def test_select_says_where_we_are(password: Password) -> None:
    async with session(password, selected=False) as (_, opened):
        assert await opened.select() == Selected(3857529045, 4392, 3)


SELECTS: list[tuple[Said, ImapTrouble]] = [
    (b"%TAG% NO no such mailbox\r\n", ImapTrouble.GONE),
    (b"%TAG% NO [NONEXISTENT] gone\r\n", ImapTrouble.GONE),
    (b"%TAG% NO [UNAVAILABLE] backend\r\n", ImapTrouble.THROTTLED),
    (b"* 3 EXISTS\r\n" + OK, ImapTrouble.PROTOCOL),
    (b"* OK [UIDVALIDITY 0] x\r\n" + OK, ImapTrouble.PROTOCOL),
    (b"* OK [UIDVALIDITY x] x\r\n" + OK, ImapTrouble.PROTOCOL),
    (b"* OK [UIDVALIDITY 4294967296] x\r\n" + OK, ImapTrouble.PROTOCOL),
    (b"* OK [UIDVALIDITY 1] x\r\n* NO [UIDNOTSTICKY] x\r\n" + OK, ImapTrouble.PROTOCOL),
]


@pytest.mark.parametrize(("said", "kind"), SELECTS)
async def test_folders_that_cannot_be_used(
    password: Password, said: Said, kind: ImapTrouble
) -> None:
    async with session(password, {"SELECT": said}, selected=False) as (_, opened):
        with pytest.raises(ImapError) as caught:
            await opened.select()
        assert caught.value.kind is kind
        assert "INBOX" in str(caught.value)


async def test_the_name_is_quoted_and_in_modified_utf7(password: Password) -> None:
    async with serving(ImapServer()) as server:
        opened = await open_session(
            replace(account(server, password), folder='고객 "A&B"'),
            clock=SystemClock(),
            tokens=OneToken("none"),
        )
        await opened.select()
        await opened.close()
    assert 'SELECT "&rOCsHQ- \\"A&-B\\""' in server.heard


# --- what is there -------------------------------------------------------------------------


async def test_uids_from_leaves_out_the_last_one_that_is_always_named(password: Password) -> None:
    """RFC 3501 §6.4.8: `559:*` always includes the last message."""
    answers: dict[str, Answer] = {"UID SEARCH": b"* SEARCH 558\r\n" + OK}
    async with session(password, answers) as (server, opened):
        assert list(await opened.uids_from(559)) == []
        assert server.heard == ["UID SEARCH UID 559:*"]


async def test_search_has_no_charset_and_gives_each_uid_once(password: Password) -> None:
    found = b"* SEARCH 7 3\r\n* 4 EXISTS\r\n* SEARCH 3 11 (MODSEQ 99)\r\n* SEARCH\r\n"
    async with session(password, {"UID SEARCH": found + OK}) as (server, opened):
        assert list(await opened.uids_since(date(2026, 2, 1))) == [3, 7, 11]
        assert list(await opened.uids_since(None)) == [3, 7, 11]
        assert server.heard == ["UID SEARCH SINCE 1-Feb-2026", "UID SEARCH ALL"]


async def test_a_search_as_long_as_the_folder(password: Password) -> None:
    """A line is as long as the folder needs, and no longer."""
    uids = b" ".join(b"%d" % uid for uid in range(4_000_000_000, 4_000_100_000))
    exists = b"* 100000 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n" + OK
    answers: dict[str, Answer] = {
        "SELECT": exists,
        "UID SEARCH": b"* SEARCH " + uids + b"\r\n" + OK,
    }
    async with session(password, answers) as (_, opened):
        assert len(await opened.uids_from(1)) == 100_000
    async with session(password, {"UID SEARCH": answers["UID SEARCH"]}) as (_, opened):
        with pytest.raises(ImapError, match="a line of over"):
            await opened.uids_from(1)


async def test_list(password: Password) -> None:
    said = (
        b'* 2 FETCH (RFC822.SIZE 44827 UID 9 INTERNALDATE " 7-Jul-1996 02:44:25 -0700")\r\n'
        b"* 1 FETCH (FLAGS (\\Seen))\r\n"
        b"* 9 EXPUNGE\r\n"
        b"* 3 FETCH (UID 4 RFC822.SIZE 0 FLAGS (\\Seen (x)) INTERNALDATE NIL)\r\n"
        b'* 3 FETCH (UID 77 RFC822.SIZE 1 INTERNALDATE "")\r\n'
    )
    async with session(password, {"UID FETCH": said + OK}) as (server, opened):
        assert list(await opened.list([9, 4, 5])) == [
            Listed(4, 0, None),
            Listed(9, 44827, datetime(1996, 7, 7, 9, 44, 25, tzinfo=UTC)),
        ]
        assert server.heard == ["UID FETCH 4:5,9 (UID RFC822.SIZE INTERNALDATE)"]


async def test_two_hundred_in_one_command(password: Password) -> None:
    async with session(password, {"UID FETCH": OK}) as (server, opened):
        await opened.list(range(1, 402))
    assert [line.split()[2] for line in server.heard[:3]] == ["1:200", "201:400", "401"]


# --- afterwards ----------------------------------------------------------------------------


async def test_seen(password: Password) -> None:
    async with session(password) as (server, opened):
        await opened.mark_seen([9, 1, 2, 3])
        assert server.heard == [r"UID STORE 1:3,9 +FLAGS.SILENT (\Seen)"]


async def test_move_and_delete(password: Password) -> None:
    """RFC 6851, RFC 4315 §2.1."""
    async with session(password) as (server, opened):
        await opened.move([5], "Taken mail")
        await opened.delete([6])
        assert server.heard == [
            'UID MOVE 5 "Taken mail"',
            r"UID STORE 6 +FLAGS.SILENT (\Deleted)",
            "UID EXPUNGE 6",
        ]
        assert opened.expunges


async def test_move_without_the_extension(password: Password) -> None:
    capability = b"* CAPABILITY IMAP4rev1 UIDPLUS\r\n" + OK
    async with session(password, {"CAPABILITY": capability}) as (server, opened):
        await opened.move([5], "Taken")
        assert server.heard == [
            'UID COPY 5 "Taken"',
            r"UID STORE 5 +FLAGS.SILENT (\Deleted)",
            "UID EXPUNGE 5",
        ]


async def test_never_a_plain_expunge(password: Password) -> None:
    """It would remove what other people have marked (RFC 4315 §1)."""
    async with session(password, {"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n" + OK}) as (
        server,
        opened,
    ):
        await opened.delete([5])
        assert server.heard == [r"UID STORE 5 +FLAGS.SILENT (\Deleted)"]
        assert not opened.expunges


async def test_a_folder_that_is_missing(password: Password) -> None:
    """RFC 3501 §6.4.7: TRYCREATE. Nothing is marked or removed then."""
    no = b"%TAG% NO [TRYCREATE] no such mailbox\r\n"
    capability = b"* CAPABILITY IMAP4rev1 UIDPLUS\r\n" + OK
    async with session(password, {"CAPABILITY": capability, "UID COPY": no}) as (server, opened):
        with pytest.raises(ImapError, match="Taken") as caught:
            await opened.move([5], "Taken")
        assert caught.value.kind is ImapTrouble.GONE
        assert not opened.closed
        assert server.commands() == ["UID COPY"]


# --- waiting -------------------------------------------------------------------------------


async def test_idle_ends_with_new_mail(password: Password) -> None:
    """RFC 2177."""
    async with session(password) as (server, opened):
        waiting = asyncio.create_task(opened.wait(60))
        await server.until_heard("IDLE")
        await server.announce(b"* OK still here\r\n* 1 EXPUNGE\r\n* 3 EXISTS\r\n")
        assert await waiting
        assert server.heard == ["IDLE", "DONE"]


async def test_what_goes_away_is_no_news(password: Password) -> None:
    async with session(password) as (server, opened):
        waiting = asyncio.create_task(opened.wait(0.2))
        await server.until_heard("IDLE")
        await server.announce(b"* 1 EXPUNGE\r\n* 2 EXISTS\r\n* 1 FETCH (FLAGS ())\r\n")
        assert not await waiting
        assert server.heard == ["IDLE", "DONE"]


async def test_what_was_announced_between_commands_is_not_missed(password: Password) -> None:
    async with session(password, {"NOOP": b"* 4 EXISTS\r\n" + OK}) as (server, opened):
        await opened.noop()
        assert await opened.wait(60)
        assert not await opened.wait(0)
        assert server.heard == ["NOOP"]


@pytest.mark.parametrize(
    "answers",
    [
        {"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n" + OK},
        {"IDLE": b"%TAG% NO not today\r\n"},
        {"IDLE": b"%TAG% BAD what?\r\n"},
        {"IDLE": b"%TAG% OK done\r\n"},
        {"IDLE": b"+ idling\r\n%TAG% OK done\r\n"},
    ],
)
async def test_where_there_is_no_idle(password: Password, answers: dict[str, Answer]) -> None:
    """One that says it can and cannot is not asked again: whoever waits then polls."""
    async with session(password, answers) as (server, opened):
        assert not await opened.wait(60)
        assert not opened.closed
        assert "IDLE" not in opened.capabilities
        assert server.commands().count("IDLE") <= 1


IDLES: list[tuple[Said, bytes | None, ImapTrouble]] = [
    (Drop(b"+ idling\r\n"), None, ImapTrouble.UNREACHABLE),
    ((b"+ idling\r\n",), b"* BYE restart\r\n", ImapTrouble.BYE),
    ((b"+ idling\r\n",), b"* BYE [UNAVAILABLE] restart\r\n", ImapTrouble.THROTTLED),
    ((b"+ idling\r\n",), b"{99999999}\r\n", ImapTrouble.PROTOCOL),
]


@pytest.mark.parametrize(("said", "then", "kind"), IDLES)
async def test_an_idle_that_ends_badly(
    password: Password, said: Said, then: bytes | None, kind: ImapTrouble
) -> None:
    async with session(password, {"IDLE": said}) as (server, opened):
        waiting = asyncio.create_task(opened.wait(60))
        await server.until_heard("IDLE")
        if then is not None:
            await server.announce(then)
        with pytest.raises(ImapError) as caught:
            await waiting
        assert caught.value.kind is kind


async def test_a_server_that_froze_under_idle_is_known_soon(
    password: Password, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F18: the watchdog is ours; aioimaplib waits 29 minutes."""
    monkeypatch.setattr("mailgate.ingest.imap.client._IDLE_PROBE", 0.1)
    monkeypatch.setattr("mailgate.ingest.imap.client._IDLE_ANSWER", 0.1)
    async with session(password, {"IDLE": (b"+ idling\r\n", b"")}) as (_, opened):
        with pytest.raises(ImapError) as caught:
            await opened.wait(60)
        assert caught.value.kind is ImapTrouble.TIMEOUT


async def test_the_watchdog_barks_within_a_minute() -> None:
    """F18: reconnected within 60 seconds, also after a silent end."""
    assert client._IDLE_PROBE + client._IDLE_ANSWER <= 45
