"""What is said in a session: the verbs of SMTP (RFC 5321 §4.1.1) and LMTP (RFC 2033)."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from aiosmtpd.smtp import Session, TLSSetupException

from mailgate.ingest import respond
from mailgate.ingest.accept import AcceptFailed
from mailgate.ingest.commands import (
    HTTP_METHODS,
    MailCommand,
    is_hello,
    read_mail,
    read_rcpt,
)
from mailgate.ingest.connection import Connection
from mailgate.ingest.data_reader import Complete, DataResult, Endless
from mailgate.ingest.patience import Activity
from mailgate.ingest.premises import Premises
from mailgate.ingest.respond import RefusalReason, Reply, refusal
from mailgate.mail.address import Address, ReversePath
from mailgate.mail.envelope import Envelope
from mailgate.model.journal import Arrival


@dataclass(slots=True)
class Transaction:
    """An open mail transaction (RFC 5321 §3.3); `reverse_path` is None before MAIL."""

    reverse_path: ReversePath | None = None
    forward_paths: list[Address] = field(default_factory=list)
    smtputf8: bool = False


_NONE = Transaction()
"""No transaction; shared by all sessions, and never written to."""

Verb = Callable[["SmtpDialogue", str | None], None]


class SmtpDialogue(Connection):
    """The verbs of SMTP. Each answers exactly once, whatever happens."""

    def __init__(self, premises: Premises) -> None:
        super().__init__(premises)
        self._transaction = _NONE
        self._unknown_recipients = 0

    def _set_rset_state(self) -> None:
        # RFC 3207 §4.2: nothing that was learnt before TLS is kept; aiosmtpd calls it then.
        self._transaction = _NONE

    @property
    def greeted(self) -> Session:
        """aiosmtpd's session: what the client called itself since the connection, or TLS, began."""
        assert self.session is not None
        return self.session

    @property
    def in_transaction(self) -> bool:
        return self._transaction.reverse_path is not None

    def perform(self, verb: str, argument: str | None) -> None:
        method = self.verbs.get(verb)
        if method is None and verb in HTTP_METHODS:
            self.hang_up(RefusalReason.NOT_SMTP)
        elif method is None:
            self.complain(respond.UNKNOWN_COMMAND)
        elif verb == "RCPT" or self.spend():
            method(self, argument)

    def helo(self, argument: str | None) -> None:
        if self._hello(argument, extended=False):
            self.send(self.premises.hello)

    def ehlo(self, argument: str | None) -> None:
        if self._hello(argument, extended=True):
            self.send_wire(respond.capabilities(self.premises.spec.hostname, self._keywords()))

    def _hello(self, argument: str | None, *, extended: bool) -> bool:
        if argument is None or not is_hello(argument):
            self.complain(respond.BAD_ARGUMENT)
            return False
        # RFC 5321 §4.1.4: EHLO in a session clears the transaction like RSET.
        self._transaction = _NONE
        session = self.greeted
        session.host_name = argument
        session.extended_smtp = extended
        return True

    def _keywords(self) -> tuple[str, ...]:
        offered = ("STARTTLS",) if self.tls_context is not None and not self.secure else ()
        return (
            "PIPELINING",
            f"SIZE {self.premises.spec.max_size}",
            "8BITMIME",
            "SMTPUTF8",
            "ENHANCEDSTATUSCODES",
            *offered,
        )

    def starttls(self, argument: str | None) -> None:
        if argument is not None:
            self.complain(respond.BAD_ARGUMENT)
        elif self.secure:
            self.complain(respond.TLS_ALREADY)
        elif self.tls_context is None:
            self.complain(respond.NOT_IMPLEMENTED)
        else:
            self.begin_work(self._start_tls(), Activity.HANDSHAKE)

    async def _start_tls(self) -> None:
        """The handshake, by aiosmtpd. It wants a reader and a writer to put the new layer into."""
        assert self.transport is not None
        self._reader = asyncio.StreamReader(loop=self.loop)
        self._writer = asyncio.StreamWriter(self.transport, self, self._reader, self.loop)
        try:
            await self.smtp_STARTTLS("")
        except (TLSSetupException, asyncio.CancelledError) as error:
            # The new layer never was connected, so nobody else tells us of its end.
            self.connection_lost(None)
            if isinstance(error, asyncio.CancelledError):
                raise

    def mail(self, argument: str | None) -> None:
        if not self.greeted.host_name:
            self.complain(respond.HELLO_FIRST)
            return
        if self._transaction.reverse_path is not None:
            self.complain(respond.NESTED_MAIL)
            return
        spec = self.premises.spec
        match read_mail(argument, extended=self.greeted.extended_smtp, auth=spec.auth):
            case MailCommand() as command:
                if command.size is not None and command.size > spec.max_size:
                    self.send(self.refuse(RefusalReason.TOO_BIG))
                else:
                    self._begin_transaction(command.reverse_path, smtputf8=command.smtputf8)
            case RefusalReason() as reason:
                self.send(self.refuse(reason))
            case Reply() as reply:
                self.complain(reply)

    def _begin_transaction(self, reverse_path: ReversePath, *, smtputf8: bool) -> None:
        reason = self.refuse_sender(reverse_path)
        if reason is None:
            reason = self.premises.admission.begin_message(self.peer, self.times.heard)
        if reason is not None:
            self.send(self.refuse(reason))
            return
        self._transaction = Transaction(reverse_path, smtputf8=smtputf8)
        self.times.begin_transaction(self.times.heard)
        self.send(respond.SENDER_OK)

    def refuse_sender(self, reverse_path: ReversePath) -> RefusalReason | None:
        """Why mail is not taken from this sender; anybody may write to us."""
        return None

    def refuse_content(self, content: bytes) -> RefusalReason | None:
        """Why this message is not taken."""
        return None

    def authenticated(self) -> str | None:
        """`Address.key` of the agent who has logged in."""
        return None

    def rcpt(self, argument: str | None) -> None:
        transaction = self._transaction
        if transaction.reverse_path is None:
            self.complain(respond.MAIL_FIRST)
            return
        recipient = read_rcpt(
            argument,
            extended=self.greeted.extended_smtp,
            smtputf8=transaction.smtputf8,
            hostname=self.premises.spec.hostname,
        )
        match recipient:
            case Address() as address:
                self._take_recipient(address)
            case Reply() as reply:
                self.complain(reply)
            case RefusalReason() as reason:
                self._refuse_recipient(reason)

    def _take_recipient(self, address: Address) -> None:
        forward_paths = self._transaction.forward_paths
        ours = self._ours(address)
        if ours is None:
            self._refuse_recipient(RefusalReason.UNKNOWN_RECIPIENT)
        elif len(forward_paths) >= self.premises.spec.limits.recipients:
            self._refuse_recipient(RefusalReason.TOO_MANY_RECIPIENTS)
        else:
            forward_paths.append(ours)
            self.send(respond.RECIPIENT_OK)

    def _ours(self, address: Address) -> Address | None:
        """The address of ours that this is; a postmaster is somebody's."""
        if self.premises.is_ours(address):
            return address
        is_postmaster = address.localpart.casefold() == "postmaster"
        return self.premises.postmaster(address) if is_postmaster else None

    def _refuse_recipient(self, reason: RefusalReason) -> None:
        if not self.spend():
            return
        if reason is RefusalReason.UNKNOWN_RECIPIENT and not self.peer.trusted:
            # Somebody who guesses addresses gets few tries a session. A relay of ours may
            # carry mail for many: its bad recipients are no guesses.
            self._unknown_recipients += 1
            if self._unknown_recipients > self.premises.spec.limits.unknown_recipients:
                self.hang_up(RefusalReason.TOO_MANY_UNKNOWN)
                return
            if self.premises.spec.limits.unknown_delay:
                self.begin_work(self._refuse_late(reason), Activity.DELAY)
                return
        self.send(self.refuse(reason))

    async def _refuse_late(self, reason: RefusalReason) -> None:
        await self.premises.clock.sleep(self.premises.spec.limits.unknown_delay)
        self.send(self.refuse(reason))

    def data(self, argument: str | None) -> None:
        transaction = self._transaction
        if argument is not None:
            self.complain(respond.BAD_ARGUMENT)
        elif transaction.reverse_path is None:
            self.complain(respond.MAIL_FIRST)
        elif not transaction.forward_paths:
            self.send(self._no_recipient())
        else:
            self.send(respond.START_DATA)
            self.begin_content()

    def _no_recipient(self) -> Reply:
        return respond.NO_VALID_RECIPIENT

    def end_content(self, result: DataResult) -> None:
        transaction, self._transaction = self._transaction, _NONE
        if not isinstance(result, Endless):
            self.unread(result.rest)
        reason = (
            self.refuse_content(result.content) if isinstance(result, Complete) else result.reason
        )
        if reason is not None:
            self.answer_content(transaction, self.refuse(reason))
        elif isinstance(result, Complete):
            self.begin_work(self._accept(transaction, result.content), Activity.US)
        if isinstance(result, Endless):
            self.leave()

    async def _accept(self, transaction: Transaction, content: bytes) -> None:
        """Commits, then acknowledges. A client that goes meanwhile changes nothing here."""
        try:
            row = await self.premises.acceptor.accept(self._arrival(transaction, content))
        except AcceptFailed as error:
            # RFC 3463 §3.4: 4.3.1 is a full system, and the sender may be told so.
            reply = refusal(RefusalReason.NO_ROOM if error.full else RefusalReason.OUR_FAULT)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets 451
            reply = self.report_fault(error)
        else:
            self.fruitless = 0
            reply = respond.accepted(row)
        self.answer_content(transaction, reply)

    def _arrival(self, transaction: Transaction, content: bytes) -> Arrival:
        assert transaction.reverse_path is not None
        return Arrival(
            door=self.premises.spec.protocol.door,
            envelope=Envelope(
                transaction.reverse_path, tuple(dict.fromkeys(transaction.forward_paths))
            ),
            content=content,
            at=self.premises.clock.now(),
            peer=self.peer.address or None,
            trusted=self.peer.trusted,
            authenticated=self.authenticated(),
        )

    def answer_content(self, transaction: Transaction, reply: Reply) -> None:
        """Answers the final dot."""
        self.send(reply)

    def rset(self, argument: str | None) -> None:
        if argument is not None:
            self.complain(respond.BAD_ARGUMENT)
            return
        self._transaction = _NONE
        self.send(respond.OK)

    def noop(self, argument: str | None) -> None:
        self.send(respond.OK)

    def vrfy(self, argument: str | None) -> None:
        self.send(respond.BAD_ARGUMENT if argument is None else respond.CANNOT_VERIFY)

    def not_implemented(self, argument: str | None) -> None:
        self.send(respond.NOT_IMPLEMENTED)

    def help_(self, argument: str | None) -> None:
        self.send(respond.HELP)

    def quit_(self, argument: str | None) -> None:
        if argument is not None:
            self.complain(respond.BAD_ARGUMENT)
            return
        self.send(respond.BYE)
        self.leave()

    verbs: ClassVar[Mapping[str, Verb]] = {
        "HELO": helo,
        "EHLO": ehlo,
        "STARTTLS": starttls,
        "MAIL": mail,
        "RCPT": rcpt,
        "DATA": data,
        "RSET": rset,
        "NOOP": noop,
        "VRFY": vrfy,
        "EXPN": not_implemented,
        "BDAT": not_implemented,  # RFC 3030 is not offered
        "HELP": help_,
        "QUIT": quit_,
    }


class LmtpDialogue(SmtpDialogue):
    """LMTP: LHLO instead of HELO and EHLO, and a reply for each recipient after the dot."""

    def _no_recipient(self) -> Reply:
        # RFC 2033 §4.2: 503 when no RCPT succeeded.
        return respond.NEED_RECIPIENT

    def answer_content(self, transaction: Transaction, reply: Reply) -> None:
        # RFC 2033 §4.2: one reply for each successful RCPT in its order, in every case: a
        # client that gets fewer waits for the rest.
        for recipient in transaction.forward_paths:
            self.send(respond.for_recipient(reply, recipient))

    # RFC 2033 §4.1: HELO and EHLO are no commands of LMTP.
    verbs: ClassVar[Mapping[str, Verb]] = {
        "LHLO": SmtpDialogue.ehlo,
        **{verb: SmtpDialogue.verbs[verb] for verb in SmtpDialogue.verbs.keys() - {"HELO", "EHLO"}},
    }
