"""Submission by agents: SMTP with AUTH (RFC 4954, RFC 6409), over TLS alone.

Who has logged in writes in their own name: the reverse path and From are addresses of theirs.
Mail goes to our own addresses, as without a login: nothing is relayed.
"""

from collections.abc import Mapping
from typing import ClassVar, cast

from mailgate.ingest import respond, sasl
from mailgate.ingest.commands import BadLine, Line, read_line
from mailgate.ingest.dialogue import SmtpDialogue, Verb
from mailgate.ingest.logins import Login
from mailgate.ingest.patience import Activity
from mailgate.ingest.premises import Premises
from mailgate.ingest.respond import RefusalReason
from mailgate.ingest.sasl import Challenge, Credentials, Exchange, Step
from mailgate.mail.address import Address, ReversePath
from mailgate.mail.addresslist import read_addresses
from mailgate.mail.header import read_inner_header

_FAILURES = 3
"""Tries in one session."""
_SHOWN = 100
"""Characters of a name that is told."""
_DELAY = 1.0
"""Seconds before a failed try is answered."""


class SubmissionDialogue(SmtpDialogue):
    """SMTP where agents may log in."""

    def __init__(self, premises: Premises) -> None:
        super().__init__(premises)
        self._exchange: Exchange | None = None
        self._login: Login | None = None
        self._failures = 0

    def _set_rset_state(self) -> None:
        super()._set_rset_state()
        self._login = None  # RFC 3207 §4.2

    def _keywords(self) -> tuple[str, ...]:
        offered = (f"AUTH {' '.join(sasl.MECHANISMS)}",) if self.secure else ()
        return (*super()._keywords(), *offered)

    def authenticated(self) -> str | None:
        return None if self._login is None else self._login.key

    # --- AUTH ------------------------------------------------------------------------------

    def auth(self, argument: str | None) -> None:
        read = sasl.read_auth(argument)
        if not self.secure:
            self.send(self.refuse(RefusalReason.TLS_NEEDED))
        elif not self.greeted.extended_smtp:
            self.complain(respond.HELLO_FIRST)
        elif self._login is not None or self.in_transaction:
            self.complain(respond.NO_AUTH_NOW)
        elif read is None:
            self.complain(respond.BAD_ARGUMENT)
        elif read[0] not in sasl.MECHANISMS:
            self.complain(sasl.UNKNOWN_MECHANISM)
        else:
            self._exchange = Exchange(read[0])
            self._longest_line = sasl.MAX_LINE + 2
            self._go_on(self._exchange.begin(read[1]))

    def _take_line(self, raw: bytes) -> None:
        too_long = len(raw) > self._longest_line
        super()._take_line(raw)
        if too_long:  # the exchange is over, and with it its longer lines
            self._exchange = None
            self._longest_line = self.premises.spec.limits.command_octets

    def read_line(self, raw: bytes) -> Line | BadLine:
        return read_line(raw)  # AUTH may bring a password: not remembered

    def _obey(self, raw: bytes) -> None:
        if self._exchange is None:
            super()._obey(raw)
        else:
            self._go_on(self._exchange.feed(raw.removesuffix(b"\n").removesuffix(b"\r")))

    def _go_on(self, step: Step) -> None:
        if isinstance(step, Challenge):
            self.send(step.reply)
            return
        self._exchange = None
        self._longest_line = self.premises.spec.limits.command_octets
        if isinstance(step, Credentials):
            self.begin_work(self._log_in(step), Activity.DELAY)
        else:
            self.complain(step)

    async def _log_in(self, credentials: Credentials) -> None:
        assert self.premises.authenticator is not None
        found = await self.premises.authenticator.check(credentials, self.peer)
        if isinstance(found, Login):
            self._login = found
            self.send(respond.AUTHENTICATED)
            return
        await self.premises.clock.sleep(_DELAY)
        self._failures += 1
        # Whose login is attacked must be seen; what was tried as the password is never told.
        self.send(self.refuse(found, login=credentials.name[:_SHOWN]))
        if self._failures >= _FAILURES:
            self.hang_up(RefusalReason.TOO_MANY_ERRORS)

    # --- what a login allows ---------------------------------------------------------------

    def refuse_sender(self, reverse_path: ReversePath) -> RefusalReason | None:
        if self._login is None:
            needed = self.premises.spec.auth_required
            return RefusalReason.AUTH_NEEDED if needed else None
        if isinstance(reverse_path, Address) and reverse_path.key not in self._login.own:
            return RefusalReason.NOT_YOUR_ADDRESS
        return None

    def _take_recipient(self, address: Address) -> None:
        if self._login is None or self._ours(address) is not None:
            super()._take_recipient(address)
        elif self.spend():  # who has logged in guesses no addresses, and must know what to do
            self.send(self.refuse(RefusalReason.NOT_RELAYED))

    def refuse_content(self, content: bytes) -> RefusalReason | None:
        if self._login is None:
            return None
        header = read_inner_header(content)  # behind a BOM, as the mail is read later
        senders = [
            entry.address
            for value in header.all("from")
            for entry in read_addresses(value).addresses
        ]
        # RFC 6409 §6.1, §8.1: a submission may be refused for whom it says to be from.
        if not senders or any(sender.key not in self._login.own for sender in senders):
            return RefusalReason.NOT_YOUR_ADDRESS
        return None

    verbs: ClassVar[Mapping[str, Verb]] = {**SmtpDialogue.verbs, "AUTH": cast("Verb", auth)}
