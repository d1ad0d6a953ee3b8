"""Messages from servers that are strange, hostile, tired or gone."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from mailgate.clock import SystemClock
from mailgate.ingest.imap import client
from mailgate.ingest.imap.opening import open_session
from mailgate.ingest.imap.session import (
    ImapError,
    ImapTrouble,
    Password,
)
from tests.dialogues.imap_place import HASTE, MAIL, OK, OneToken, account, session
from tests.harness.imapserver import Answer, Drop, Freeze, ImapServer, Said, fetch, serving, sizes


@pytest.fixture(name="password")
def password_file(tmp_path: Path) -> Password:
    file = tmp_path / "password"
    file.write_text("correct horse\n")
    return Password(file)


# --- messages ------------------------------------------------------------------------------


def gives(*messages: tuple[int, bytes], besides: bytes = b"") -> dict[str, Answer]:
    """`list` and then `fetch` of these."""
    return {"UID FETCH": [sizes(*messages) + OK, besides + fetch(*messages) + besides + OK]}


@pytest.mark.parametrize("sliced", [0, 1, 7])
async def test_a_message_comes_as_it_is(password: Password, sliced: int) -> None:
    """However the bytes are cut: nothing in a literal is taken for the server's words."""
    besides = b'* 3 EXISTS\r\n* 1 FETCH (FLAGS (\\Seen) UID 5)\r\n* OK [ALERT] "(" {x}\r\n'
    answers = gives((5, MAIL), (6, b""), (7, b"\0\xff\n"), besides=besides)
    async with session(password, answers) as (server, opened):
        server.sliced = sliced
        assert list(await opened.fetch([7, 5, 6], octets=10_000)) == [
            (5, MAIL),
            (6, b""),
            (7, b"\0\xff\n"),
        ]
        server.sliced = 0


async def test_quoted_strings_are_bodies_too(password: Password) -> None:
    """RFC 3501 §9: nstring."""
    both = (
        b'* 1 FETCH (UID 5 BODY[] "a \\"b\\" \\\\ (")\r\n* 2 FETCH (UID 6 BODY[] ~{3}\r\nabc)\r\n'
    )
    answers: dict[str, Answer] = {"UID FETCH": [sizes((5, b"x"), (6, b"x")) + OK, both + OK]}
    async with session(password, answers) as (_, opened):
        assert list(await opened.fetch([5, 6], octets=100)) == [(5, b'a "b" \\ ('), (6, b"abc")]


async def test_thousands_in_one_segment(password: Password) -> None:
    """Row 71: aioimaplib's recursion ends at a thousand lines."""
    many = [(uid, b"x" * 50) for uid in range(1, 5001)]
    answers: dict[str, Answer] = {"UID FETCH": sizes(*many) + OK}
    async with session(password, answers) as (_, opened):
        assert len(await opened.list(range(1, 201))) == 200


LIES: list[tuple[str, Said, str]] = [
    ("a literal without end", b"* 1 FETCH (UID 5 BODY[] {99999999999}\r\n", "announced"),
    ("longer than listed", fetch((5, b"x" * 3_000_000)), "announced 3000000 octets"),
    ("an endless line", b"* OK " + b"x" * 70_000, "a line of over"),
    ("endless lines", b"* 1 FETCH (FLAGS ())\r\n" * 200_000, "where it owed fewer"),
    ("no list", b"* 1 FETCH UID 5 BODY[] x\r\n" + OK, "gave up"),
    ("an open list", b"* 1 FETCH (UID 5 BODY[] x\r\n" + OK, "gave up"),
    ("two closed lists", b"* 1 FETCH (UID 5))\r\n" + OK, "gave up"),
    ("a strange UID", b"* 1 FETCH (UID five BODY[] x)\r\n" + OK, "gave up"),
    ("another tag", b"ZZZZ1 OK done\r\n", "answers nothing"),
    ("nonsense", b"hello\r\n", "answers nothing"),
]


@pytest.mark.parametrize(("said", "words"), [lie[1:] for lie in LIES], ids=[lie[0] for lie in LIES])
async def test_lies_end_the_session(password: Password, said: Said, words: str) -> None:
    """Row 70: before anything of an announced length is read."""
    answers: dict[str, Answer] = {"UID FETCH": [sizes((5, b"x"), (6, b"x")) + OK, said]}
    async with session(password, answers) as (_, opened):
        with pytest.raises(ImapError, match=words) as caught:
            await opened.fetch([5, 6], octets=25_000_000)
        assert caught.value.kind is ImapTrouble.PROTOCOL
        assert opened.closed


async def test_a_message_by_itself_comes_in_parts_whatever_its_size_was_said_to_be(
    password: Password,
) -> None:
    """RFC 3501 §6.4.5: `BODY.PEEK[]<origin.octets>`."""
    part = 1024 * 1024
    content = bytes(range(256)) * 4096 * 2 + b"the end"
    said: list[Said] = [
        sizes((5, b"x")) + OK,
        *(
            fetch((5, content[start : start + part]), item=f"BODY[]<{start}>") + OK
            for start in range(0, len(content), part)
        ),
    ]
    async with session(password, {"UID FETCH": list(said)}) as (server, opened):
        assert list(await opened.fetch([5], octets=25_000_000)) == [(5, content)]
        assert server.heard[1:] == [
            f"UID FETCH 5 (UID BODY.PEEK[]<{start}.{part}>)" for start in (0, part, 2 * part)
        ]


async def test_a_size_that_is_nil_holds_nothing_up(password: Password) -> None:
    """The message is there all the same; it is fetched, by itself, with the others."""
    listed = (
        b"* 1 FETCH (UID 5 RFC822.SIZE NIL INTERNALDATE NIL)\r\n"
        b'* 2 FETCH (UID 6 RFC822.SIZE 3 INTERNALDATE "17-Jul-1996 02:44:25 -0700")\r\n'
    )
    answers: dict[str, Answer] = {
        "UID FETCH": [
            listed + OK,
            b"* 1 FETCH (UID 5 BODY[]<0> {%d}\r\n%s)\r\n" % (len(MAIL), MAIL) + OK,
            b"* 1 FETCH (UID 5 BODY[]<%d> {0}\r\n)\r\n" % len(MAIL) + OK,
            fetch((6, b"abc")) + OK,
        ]
    }
    async with session(password, answers) as (_, opened):
        assert [(each.uid, each.octets) for each in await opened.list([5, 6])] == [(5, 0), (6, 3)]
        assert list(await opened.fetch([5, 6], octets=10_000)) == [(5, MAIL), (6, b"abc")]


async def test_parts_that_are_shorter_than_asked_for_are_asked_on(password: Password) -> None:
    whole = b"x" * 10
    said: list[Said] = [
        sizes((5, whole)) + OK,
        fetch((5, b"xxxx"), item="BODY[]<0>") + OK,
        fetch((5, b"xxxxxx"), item="BODY[]<4>") + OK,
    ]
    async with session(password, {"UID FETCH": list(said)}) as (_, opened):
        assert list(await opened.fetch([5], octets=100)) == [(5, whole)]


async def test_a_size_that_was_too_large_ends_with_an_empty_part(password: Password) -> None:
    said: list[Said] = [
        sizes((5, b"x" * 99)) + OK,
        fetch((5, b"abc"), item="BODY[]<0>") + OK,
        fetch((5, b""), item="BODY[]<3>") + OK,
    ]
    async with session(password, {"UID FETCH": list(said)}) as (_, opened):
        assert list(await opened.fetch([5], octets=100)) == [(5, b"abc")]


@pytest.mark.parametrize(
    ("behind", "got"),
    [(fetch((5, b"abc")), [(5, b"abc")]), (b"", []), (b"* 1 FETCH (UID 5 BODY[] NIL)\r\n", [])],
)
async def test_nil_behind_the_end_or_gone_in_the_middle(
    password: Password, behind: bytes, got: list[tuple[int, bytes]]
) -> None:
    """A message that was expunged between two parts must not be taken for a shorter one."""
    said: list[Said] = [
        sizes((5, b"x" * 99)) + OK,
        fetch((5, b"abc"), item="BODY[]<0>") + OK,
        b"* 1 FETCH (UID 5 BODY[]<3> NIL)\r\n" + OK,
        behind + OK,
    ]
    answers: dict[str, Answer] = {"UID FETCH": list(said), "UID SEARCH": b"* SEARCH\r\n" + OK}
    async with session(password, answers) as (_, opened):
        assert list(await opened.fetch([5], octets=100)) == got


async def test_another_part_than_asked_for(password: Password) -> None:
    said: list[Said] = [sizes((5, b"xx")) + OK, fetch((5, b"xx"), item="BODY[]<7>") + OK]
    async with session(password, {"UID FETCH": list(said)}) as (_, opened):
        with pytest.raises(ImapError, match="another part"):
            await opened.fetch([5], octets=100)


async def test_a_message_longer_than_is_wanted(password: Password) -> None:
    """The session goes on: the next message is not the worse for it."""
    said: list[Said] = [
        sizes((5, b"x" * 101)) + OK,
        sizes((6, b"x")) + OK,
        fetch((6, b"x" * 101), item="BODY[]<0>") + OK,
    ]
    async with session(password, {"UID FETCH": list(said)}) as (_, opened):
        for uid in (5, 6):
            with pytest.raises(ImapError, match=f"UID {uid}") as caught:
                await opened.fetch([uid], octets=100)
            assert caught.value.kind is ImapTrouble.TOO_LARGE
        assert not opened.closed


async def test_what_was_expunged_meanwhile_is_absent(password: Password) -> None:
    """RFC 5530 §3 EXPUNGEISSUED; that it is gone is asked."""
    some = fetch((5, MAIL)) + b"* 2 FETCH (UID 6 BODY[] NIL)\r\n"
    answers: dict[str, Answer] = {
        "UID FETCH": [
            sizes((5, MAIL), (6, MAIL)) + OK,
            some + b"%TAG% NO [EXPUNGEISSUED] some are gone\r\n",
        ],
        "UID SEARCH": b"* SEARCH\r\n" + OK,
    }
    async with session(password, answers) as (server, opened):
        assert list(await opened.fetch([5, 6, 7], octets=10_000)) == [(5, MAIL)]
        assert server.heard[2:] == ["NOOP", "UID SEARCH UID 6:7"]


async def test_what_is_there_and_not_given_is_no_expunge(password: Password) -> None:
    """Else it would be forgotten, and lost."""
    answers: dict[str, Answer] = {
        "UID FETCH": [sizes((5, MAIL), (6, MAIL)) + OK, fetch((5, MAIL)) + OK],
        "UID SEARCH": b"* SEARCH 6\r\n" + OK,
    }
    async with session(password, answers) as (_, opened):
        with pytest.raises(ImapError, match="UID 6") as caught:
            await opened.fetch([5, 6], octets=10_000)
        assert caught.value.kind is ImapTrouble.REFUSED
        assert not opened.closed


TIRED: list[tuple[Said, ImapTrouble]] = [
    (b"%TAG% NO [OVERQUOTA] Account exceeded bandwidth limits\r\n", ImapTrouble.THROTTLED),
    # Dovecot says it of one message whose file is corrupt: the others are given.
    (b"%TAG% NO [SERVERBUG] internal error\r\n", ImapTrouble.REFUSED),
    (b"%TAG% BAD no\r\n", ImapTrouble.REFUSED),
    (b"* BYE [UNAVAILABLE] restarting\r\n", ImapTrouble.THROTTLED),
    (b"* BYE restarting\r\n", ImapTrouble.BYE),
    (Drop(b"* 1 FETCH (UID 5 BODY[] {100}\r\nxxx"), ImapTrouble.UNREACHABLE),
    (Freeze(b"* 1 FETCH (UID 5 BODY[] {100}\r\nxxx"), ImapTrouble.TIMEOUT),
    (Freeze(b""), ImapTrouble.TIMEOUT),
]


@pytest.mark.parametrize(("said", "kind"), TIRED)
async def test_tired_servers(password: Password, said: Said, kind: ImapTrouble) -> None:
    """F18, F19: whatever waits fails soon, with its reason."""
    answers: dict[str, Answer] = {"UID FETCH": [sizes((5, MAIL), (6, MAIL)) + OK, said]}
    async with session(password, answers) as (_, opened):
        with pytest.raises(ImapError) as caught:
            await opened.fetch([5, 6], octets=10_000)
        assert caught.value.kind is kind
        assert opened.closed is (kind not in {ImapTrouble.THROTTLED, ImapTrouble.REFUSED}
                                 or said == TIRED[3][0])  # fmt: skip
        if opened.closed:
            with pytest.raises(ImapError):
                await opened.noop()


async def test_a_lively_server_has_an_end_too(tmp_path: Path, password: Password) -> None:
    """It drips a keepalive line before the silence is over: the total counts."""
    async with serving(ImapServer({"NOOP": Freeze()})) as server:
        opened = await open_session(
            replace(account(server, password), timeouts=replace(HASTE, total=2.0)),
            clock=SystemClock(),
            tokens=OneToken("none"),
        )

        async def drip() -> None:
            while True:
                await asyncio.sleep(0.05)
                await server.announce(b"* OK still here\r\n")

        dripping = asyncio.create_task(drip())
        with pytest.raises(ImapError, match=r"took over 2 s") as caught:
            await opened.noop()
        dripping.cancel()
        assert caught.value.kind is ImapTrouble.TIMEOUT
        await opened.close()


async def test_whoever_is_cancelled_leaves_no_half_answer(password: Password) -> None:
    async with session(password, {"NOOP": Freeze()}) as (server, opened):
        asking = asyncio.create_task(opened.noop())
        await server.until_heard("NOOP")
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert opened.closed


async def test_a_folder_that_claims_four_billion_messages(
    password: Password, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it says of its messages is how long the answer to SEARCH may be: 44 GB."""
    monkeypatch.setattr(client, "_MESSAGES", 10)
    found = b"* SEARCH" + b" 4294967295" * 20_000 + b"\r\n"
    answers: dict[str, Answer] = {
        "SELECT": b"* 4294967295 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n" + OK,
        "UID SEARCH": found + OK,
    }
    async with session(password, answers) as (_, opened):
        with pytest.raises(ImapError, match="line of over") as caught:
            await opened.uids_from(1)
        assert caught.value.kind is ImapTrouble.PROTOCOL
