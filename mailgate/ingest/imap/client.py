"""The session: what a mailbox asks, as IMAP commands (RFC 3501, 2177, 4315, 6851)."""

import builtins
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date

from mailgate.clock import Clock
from mailgate.ingest.imap import replies
from mailgate.ingest.imap.framing import Allowance, Response
from mailgate.ingest.imap.names import NameRefused, chunks, mailbox_name, uid_set
from mailgate.ingest.imap.session import (
    Account,
    ImapError,
    ImapTrouble,
    Listed,
    Selected,
)
from mailgate.ingest.imap.wire import Wire

_CHUNK = 200
"""UIDs in one command: a line of at most 2,200 octets (RFC 2683 §3.2.1.5 asks for short ones),
and an answer that is soon there."""

_CHUNK_OCTETS = 4 * 1024 * 1024
"""Of messages in one answer, by their listed sizes."""

_PART = 1024 * 1024
"""Octets of a message asked for at once; a longer one comes in parts."""

_UNSAID = _PART + 1
"""Stands for a size that the server does not say."""

_REMEMBERED = 50_000
"""Sizes that are kept between `list` and `fetch`."""

_MESSAGES = 4_000_000
"""In one folder, as far as we believe a server: it says how long the answer to SEARCH may be."""

_IDLE_SECONDS = 540.0
"""RFC 2177 allows 29 minutes; networks forget a silent connection after some ten."""

_IDLE_PROBE = 25.0
"""An IDLE is ended and begun anew this often: a server that froze without a word is known
within this and `_IDLE_ANSWER`, not after half an hour."""

_IDLE_ANSWER = 15.0


class Session:
    """`ImapSession` over one connection; `opening.open_session` makes it."""

    def __init__(self, wire: Wire, capabilities: frozenset[str], clock: Clock) -> None:
        self._wire = wire
        self._capabilities = capabilities
        self._clock = clock
        self._sizes: dict[int, int] = {}

    @property
    def _account(self) -> Account:
        return self._wire.account

    @property
    def closed(self) -> bool:
        return self._wire.protocol.ended is not None

    @property
    def capabilities(self) -> frozenset[str]:
        return self._capabilities

    @property
    def expunges(self) -> bool:
        return "UIDPLUS" in self._capabilities

    # --- what is there ---------------------------------------------------------------------

    async def select(self) -> Selected:
        folder = self._account.folder
        doing = f"opening the folder {folder}"
        responses = await self._wire.ask(
            "SELECT", self._folder(folder), doing=doing, otherwise=ImapTrouble.GONE
        )
        self._sizes.clear()
        protocol = self._wire.protocol
        protocol.announced = False
        codes = _codes(responses)
        if "UIDNOTSTICKY" in codes or "UIDVALIDITY" not in codes:
            raise self._wire.error(
                ImapTrouble.PROTOCOL,
                f"{doing}: the server gives no lasting UIDs, so mail there cannot be told apart",
            )
        with self._wire.reading(doing):
            uidnext = codes.get("UIDNEXT")
            return Selected(
                uidvalidity=replies.number_of_code(codes["UIDVALIDITY"]),
                uidnext=None if uidnext is None else replies.number_of_code(uidnext),
                exists=_exists(responses),
            )

    async def uids_from(self, low: int) -> Sequence[int]:
        # `n:*` names the last message even where n is above it (RFC 3501 §6.4.8).
        return [uid for uid in await self._search("UID", f"{low}:*") if uid >= low]

    async def uids_since(self, day: date | None) -> Sequence[int]:
        if day is None:
            return await self._search("ALL")
        return await self._search("SINCE", replies.search_date(day))

    async def _search(self, *criteria: str) -> builtins.list[int]:
        """Without CHARSET: there are no words to search for, and Exchange refuses UTF-8."""
        doing = f"searching {self._account.folder}"
        protocol = self._wire.protocol
        protocol.announced = False
        longest = 64 * 1024 + 11 * min(protocol.messages, _MESSAGES)
        responses = await self._wire.ask(
            "SEARCH",
            *criteria,
            doing=doing,
            by_uid=True,
            allowance=Allowance(literal=0, line=longest, total=longest + 1024 * 1024),
        )
        with self._wire.reading(doing):
            return replies.search(responses)

    async def list(self, uids: Sequence[int]) -> Sequence[Listed]:
        return [
            replace(message, octets=0) if message.octets == _UNSAID else message
            for message in await self._list(uids)
        ]

    async def _list(self, uids: Sequence[int]) -> Sequence[Listed]:
        """With `_UNSAID` where a server says NIL instead of a size: such a message is fetched by
        itself and in parts."""
        listed: builtins.list[Listed] = []
        for some in chunks(uids, _CHUNK):
            answer = await self._fetch(
                some,
                "(UID RFC822.SIZE INTERNALDATE)",
                Allowance(literal=1024, total=1024 * 1024),
            )
            listed += [
                Listed(
                    uid,
                    _UNSAID if found.octets == replies.NO_SIZE else found.octets,
                    found.internal_date,
                )
                for uid, found in sorted(answer.items())
                if found.octets is not None
            ]
        self._remember(listed)
        return listed

    def _remember(self, listed: Sequence[Listed]) -> None:
        if len(self._sizes) + len(listed) > _REMEMBERED:
            self._sizes.clear()
        self._sizes.update((message.uid, message.octets) for message in listed[-_REMEMBERED:])

    # --- messages --------------------------------------------------------------------------

    async def fetch(self, uids: Sequence[int], *, octets: int) -> Sequence[tuple[int, bytes]]:
        wanted = sorted(set(uids))
        sizes = await self._sizes_of(wanted)
        found: dict[int, bytes] = {}
        for uid in wanted:
            if sizes.get(uid, 0) > octets and sizes[uid] != _UNSAID:
                raise self._too_large(uid, octets)
        for some in _by_octets(sizes):
            if len(wanted) == 1 or sizes[some[0]] > _PART:
                found.update(await self._in_parts(some[0], sizes[some[0]], octets))
            else:
                found.update(await self._whole(some, sizes, octets))
        await self._require_gone([uid for uid in wanted if uid not in found])
        for uid in wanted:
            self._sizes.pop(uid, None)
        return sorted(found.items())

    async def _sizes_of(self, uids: Sequence[int]) -> dict[int, int]:
        unknown = [uid for uid in uids if uid not in self._sizes]
        listed = {message.uid: message.octets for message in await self._list(unknown)}
        return {
            uid: size for uid in uids if (size := listed.get(uid, self._sizes.get(uid))) is not None
        }

    async def _whole(
        self, uids: Sequence[int], sizes: dict[int, int], octets: int
    ) -> dict[int, bytes]:
        """Servers count sizes in their own ways: twice what is listed is still believed."""
        literal = min(octets, max(2 * max(sizes[uid] for uid in uids), _PART))
        total = 2 * sum(sizes[uid] for uid in uids) + 1024 * len(uids) + 2 * _PART
        answer = await self._fetch(uids, "(UID BODY.PEEK[])", Allowance(literal, total=total))
        return {uid: found.body for uid, found in answer.items() if found.body is not None}

    async def _in_parts(self, uid: int, size: int, octets: int) -> dict[int, bytes]:
        """Until a part is shorter than asked for and the listed size is reached; a server that
        cuts parts shorter is asked on, one that lists too much ends with an empty part."""
        message = bytearray()
        while True:
            at = len(message)
            answer = await self._fetch(
                [uid],
                f"(UID BODY.PEEK[]<{at}.{_PART}>)",
                Allowance(literal=_PART, total=2 * _PART),
            )
            found = answer.get(uid)
            if found is None or found.body is None:
                # NIL behind the end, as some servers say it, or gone: the whole tells them apart.
                return await self._whole([uid], {uid: at}, octets) if at else {}
            if found.origin not in {at, None} or (found.origin is None and at):
                raise self._wire.error(
                    ImapTrouble.PROTOCOL, f"gave another part of UID {uid} than it was asked for"
                )
            message += found.body
            if len(message) > octets:
                raise self._too_large(uid, octets)
            if not found.body or (len(found.body) < _PART and len(message) >= size):
                return {uid: bytes(message)}

    def _too_large(self, uid: int, octets: int) -> ImapError:
        return self._wire.error(
            ImapTrouble.TOO_LARGE,
            f"the message with UID {uid} in {self._account.folder} is longer than {octets} octets",
        )

    async def _require_gone(self, uids: Sequence[int]) -> None:
        """What a server did not give must not be there any more: else it would be forgotten."""
        if not uids:
            return
        await self.noop()
        for some in chunks(uids, _CHUNK):
            still = set(await self._search("UID", uid_set(some))).intersection(some)
            if still:
                raise self._wire.error(
                    ImapTrouble.REFUSED,
                    f"gives nothing of the message with UID {min(still)} in "
                    f"{self._account.folder}, though it is there",
                )

    async def _fetch(
        self, uids: Sequence[int], items: str, allowance: Allowance
    ) -> dict[int, replies.Fetched]:
        doing = f"fetching from {self._account.folder}"
        answer = await self._wire.run(
            "FETCH", uid_set(uids), items, doing=doing, by_uid=True, allowance=allowance
        )
        said = answer.said
        # RFC 5530 §3: some of them are gone; the others have been given.
        if said.word != "OK" and said.code != "EXPUNGEISSUED":
            if said.code == "SERVERBUG":  # Of this message (Dovecot: its file is corrupt).
                what = f"{doing} was refused: {replies.in_words(said)}"
                raise self._wire.error(ImapTrouble.REFUSED, what)
            raise self._wire.refusal(said, doing)
        with self._wire.reading(doing):
            return _by_uid(answer.responses, frozenset(uids))

    # --- afterwards ------------------------------------------------------------------------

    async def mark_seen(self, uids: Sequence[int]) -> None:
        await self._store(uids, r"(\Seen)", f"marking mail in {self._account.folder} as read")

    async def move(self, uids: Sequence[int], folder: str) -> None:
        doing = f"moving mail to the folder {folder}"
        name = self._folder(folder)
        verb = "MOVE" if "MOVE" in self._capabilities else "COPY"
        for some in chunks(uids, _CHUNK):
            await self._wire.ask(verb, uid_set(some), name, doing=doing, by_uid=True)
            if verb == "COPY":
                await self._remove(some, doing)

    async def delete(self, uids: Sequence[int]) -> None:
        for some in chunks(uids, _CHUNK):
            await self._remove(some, f"deleting mail in {self._account.folder}")

    async def _remove(self, uids: Sequence[int], doing: str) -> None:
        """Never a plain EXPUNGE: it removes what other people have marked (RFC 4315 §1)."""
        await self._store(uids, r"(\Deleted)", doing)
        if self.expunges:
            await self._wire.ask("EXPUNGE", uid_set(uids), doing=doing, by_uid=True)

    async def _store(self, uids: Sequence[int], flags: str, doing: str) -> None:
        for some in chunks(uids, _CHUNK):
            await self._wire.ask(
                "STORE", uid_set(some), "+FLAGS.SILENT", flags, doing=doing, by_uid=True
            )

    def _folder(self, name: str) -> str:
        try:
            return mailbox_name(name)
        except NameRefused as error:
            raise self._wire.error(ImapTrouble.GONE, f"the folder {name!r}: {error}") from error

    # --- waiting ---------------------------------------------------------------------------

    async def wait(self, seconds: float) -> bool:
        end = self._clock.monotonic() + min(seconds, _IDLE_SECONDS)
        protocol = self._wire.protocol
        while "IDLE" in self._capabilities and not protocol.announced:
            left = end - self._clock.monotonic()
            if left <= 0:
                break
            await self._idle(min(left, _IDLE_PROBE))
        heard, protocol.announced = protocol.announced, False
        return heard

    async def _idle(self, seconds: float) -> None:
        doing = f"waiting for mail in {self._account.folder}"
        async with self._wire.bounded(doing, _IDLE_ANSWER):
            watch = self._wire.protocol.begin_idle()
            await watch.begun()
        async with self._wire.bounded(doing, seconds + _IDLE_ANSWER):
            await watch.stirred(seconds)
        by_itself = watch.refused
        async with self._wire.bounded(doing, _IDLE_ANSWER):
            await watch.done()
        if by_itself:  # It says that it can, and cannot: polling is left.
            self._capabilities -= {"IDLE"}

    async def noop(self) -> None:
        await self._wire.ask("NOOP", doing="asking for news")

    async def close(self) -> None:
        if not self.closed:
            with suppress(ImapError):
                async with self._wire.bounded("leaving", self._account.timeouts.logout):
                    await self._wire.protocol.run("LOGOUT")
        await self._wire.hang_up()


# --- readers -------------------------------------------------------------------------------


def _codes(responses: Sequence[Response]) -> dict[str, replies.Status]:
    """`OK [UIDVALIDITY 7] ...` by the name of the code; the first of each counts."""
    codes: dict[str, replies.Status] = {}
    for response in responses:
        said = replies.status(response[0])
        if said is not None and said.code:
            codes.setdefault(said.code, said)
    return codes


def _exists(responses: Sequence[Response]) -> int:
    counts = [told[0] for told in map(replies.numbered, responses) if told and told[1] == "EXISTS"]
    return counts[-1] if counts else 0


def _by_uid(responses: Sequence[Response], asked: frozenset[int]) -> dict[int, replies.Fetched]:
    """What was asked for; what the server tells besides (flags that others changed) gives way
    to what it tells of the same message in full."""
    found: dict[int, replies.Fetched] = {}
    for response in responses:
        one = replies.fetched(response)
        if one is None or one.uid not in asked:
            continue
        if one.body is not None or one.octets is not None:
            found.setdefault(one.uid, one)
    return found


def _by_octets(sizes: dict[int, int]) -> Iterator[Sequence[int]]:
    """Chunks by count and by size; a message over `_PART` is one by itself."""
    some: builtins.list[int] = []
    octets = 0
    for uid, size in sizes.items():
        alone = size > _PART
        if some and (alone or len(some) == _CHUNK or octets + size > _CHUNK_OCTETS):
            yield some
            some, octets = [], 0
        some.append(uid)
        octets += size
        if alone:
            yield some
            some, octets = [], 0
    if some:
        yield some
