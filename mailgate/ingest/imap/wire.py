"""Commands with their time-outs, and every failure as an `ImapError` that says what to do."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from mailgate.ingest.imap.adapter import Answer, ConnectionEnded, ImapProtocol
from mailgate.ingest.imap.framing import QUIET, Allowance, Response
from mailgate.ingest.imap.replies import ReplyError, Status, in_words, trouble
from mailgate.ingest.imap.session import Account, ImapError, ImapTrouble

_ADVICE = {
    ImapTrouble.LOGIN_REFUSED: "check the user and the password or token",
    ImapTrouble.THROTTLED: "mailgate tries again later",
    ImapTrouble.BYE: "mailgate connects again",
    ImapTrouble.UNREACHABLE: "mailgate connects again; check host, port and network if it lasts",
    ImapTrouble.TIMEOUT: "mailgate connects again; check the server if it lasts",
    ImapTrouble.PROTOCOL: "mailgate connects again; tell the server's operator if it lasts",
    ImapTrouble.TLS: "check `tls` and `port` of the mailbox, and the server's certificate",
    ImapTrouble.GONE: "create it, or correct the name in the settings",
    ImapTrouble.REFUSED: "check what this user may do there",
}


class Wire:
    """One connection to the account's server."""

    def __init__(self, account: Account, protocol: ImapProtocol) -> None:
        self.account = account
        self.protocol = protocol
        self._secrets: list[str] = []
        protocol.inactivity = account.timeouts.command

    @property
    def place(self) -> str:
        """The server, in sentences."""
        return f"{self.account.host}:{self.account.port}"

    def never_say(self, secret: str) -> None:
        """A server may echo what it was told: this is taken out of its words."""
        if secret:
            self._secrets.append(secret)

    # --- commands --------------------------------------------------------------------------

    async def ask(
        self,
        name: str,
        *arguments: str,
        doing: str,
        by_uid: bool = False,
        allowance: Allowance = QUIET,
        otherwise: ImapTrouble = ImapTrouble.REFUSED,
    ) -> list[Response]:
        """The untagged responses to a command that must be answered with OK."""
        answer = await self.run(name, *arguments, doing=doing, by_uid=by_uid, allowance=allowance)
        if answer.said.word != "OK":
            raise self.refusal(answer.said, doing, otherwise=otherwise)
        return answer.responses

    async def run(
        self,
        name: str,
        *arguments: str,
        doing: str,
        by_uid: bool = False,
        answers: tuple[bytes, ...] = (),
        allowance: Allowance = QUIET,
    ) -> Answer:
        """A command with its answer, whatever that is."""
        async with self.bounded(doing, self.account.timeouts.command):
            return await self.protocol.run(
                name, *arguments, by_uid=by_uid, answers=answers, allowance=allowance
            )

    @asynccontextmanager
    async def bounded(self, doing: str, silence: float) -> AsyncIterator[None]:
        """Whatever waits for the server waits in here: `silence` and the account's total are
        in seconds. A wait that was given up leaves the connection in an unknown state, so it is
        closed then."""
        protocol = self.protocol
        protocol.inactivity = silence
        patience = asyncio.timeout(silence)
        try:
            async with asyncio.timeout(self.account.timeouts.total), patience:
                protocol.patience = patience
                yield
        except TimeoutError as error:
            protocol.give_up("it took too long")
            raise self.timeout(doing, silence, total=not patience.expired()) from error
        except ConnectionEnded as ended:
            raise self.lost(ended, doing) from ended
        except asyncio.CancelledError:
            protocol.give_up("nobody waits for it any more")
            raise
        finally:
            protocol.patience = None

    @contextmanager
    def reading(self, doing: str) -> Iterator[None]:
        """Around readers of `replies`: what cannot be read ends the session."""
        try:
            yield
        except ReplyError as error:
            self.protocol.give_up(str(error))
            raise self.error(ImapTrouble.PROTOCOL, f"gave up while {doing}: {error}") from error

    async def hang_up(self) -> None:
        """Ends the connection, whatever state it is in."""
        self.protocol.give_up("the session is over")
        with suppress(TimeoutError):
            async with asyncio.timeout(self.account.timeouts.logout):
                await self.protocol.lost()

    # --- failures --------------------------------------------------------------------------

    def error(self, kind: ImapTrouble, what: str) -> ImapError:
        """A sentence with what to do next, and without secrets."""
        for secret in self._secrets:
            what = what.replace(secret, "***")
        advice = _ADVICE.get(kind)
        return ImapError(kind, f"{self.place}: {what}" + (f"; {advice}" if advice else ""))

    def refusal(
        self, said: Status, doing: str, *, otherwise: ImapTrouble = ImapTrouble.REFUSED
    ) -> ImapError:
        """NO or BAD."""
        kind = trouble(said, otherwise=otherwise)
        return self.error(kind, f"{doing} was refused: {in_words(said)}")

    def lost(self, ended: ConnectionEnded, doing: str) -> ImapError:
        """The connection is gone."""
        if ended.violated:
            return self.error(ImapTrouble.PROTOCOL, f"gave up while {doing}: {ended}")
        if ended.bye is not None:
            kind = trouble(ended.bye, otherwise=ImapTrouble.BYE)
            return self.error(kind, f"ended the session while {doing}: {in_words(ended.bye)}")
        return self.error(ImapTrouble.UNREACHABLE, f"{ended} while {doing}")

    def timeout(self, doing: str, silence: float, *, total: bool) -> ImapError:
        """Nothing came in time."""
        seconds = self.account.timeouts.total if total else silence
        what = "took over" if total else "said nothing for"
        return self.error(ImapTrouble.TIMEOUT, f"{what} {seconds:g} s while {doing}")
