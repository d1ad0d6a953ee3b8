"""What we answer, and why we say no. Pure.

Strangers get a code, an enhanced status (RFC 3463) and a generic sentence: nothing of what
went wrong inside, and nothing of what they sent.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from mailgate.mail.address import Address
from mailgate.model.ids import JournalId


class RefusalReason(StrEnum):
    """Why a door said no; the closed set behind `mailgate_inbound_refused_total{reason}`."""

    UNKNOWN_RECIPIENT = "unknown_recipient"
    RELAY = "relay"
    NOT_RELAYED = "not_relayed"
    BAD_RECIPIENT = "bad_recipient"
    BAD_SENDER = "bad_sender"
    NON_ASCII_ADDRESS = "non_ascii_address"
    TOO_MANY_RECIPIENTS = "too_many_recipients"
    TOO_MANY_UNKNOWN = "too_many_unknown"
    TOO_BIG = "too_big"
    NO_ROOM = "no_room"
    BARE_NEWLINE = "bare_newline"
    ENDLESS_LINE = "endless_line"
    ENDLESS_MESSAGE = "endless_message"
    TOO_MANY_ERRORS = "too_many_errors"
    TOO_MANY_COMMANDS = "too_many_commands"
    COMMAND_TOO_LONG = "command_too_long"
    NOT_SMTP = "not_smtp"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    TOO_MANY_FROM_PEER = "too_many_from_peer"
    IDLE = "idle"
    TOO_SLOW = "too_slow"
    TOO_OLD = "too_old"
    SHUTTING_DOWN = "shutting_down"
    TOO_MANY_FROM_NETWORK = "too_many_from_network"
    CONNECTS_TOO_OFTEN = "connects_too_often"
    MAILS_TOO_OFTEN = "mails_too_often"
    NO_PROXY_HEADER = "no_proxy_header"
    TLS_NEEDED = "tls_needed"
    AUTH_NEEDED = "auth_needed"
    AUTH_FAILED = "auth_failed"
    AUTH_BLOCKED = "auth_blocked"
    NOT_YOUR_ADDRESS = "not_your_address"
    OUR_FAULT = "our_fault"


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply line (RFC 5321 §4.2): code, enhanced status ("" where RFC 2034 has none: the
    greeting, HELO and EHLO, 354), sentence."""

    code: int
    status: str
    text: str
    wire: bytes = field(init=False, repr=False, compare=False)
    """The line as it is sent, with its CRLF."""

    def __post_init__(self) -> None:
        middle = f"{self.status} " if self.status else ""
        object.__setattr__(self, "wire", f"{self.code} {middle}{self.text}\r\n".encode())


_REFUSALS = {
    RefusalReason.UNKNOWN_RECIPIENT: Reply(550, "5.1.1", "No such address here"),
    RefusalReason.RELAY: Reply(550, "5.7.1", "Relaying denied"),
    RefusalReason.NOT_RELAYED: Reply(
        550, "5.7.1", "Only support addresses here; use your own mail server for all others"
    ),
    RefusalReason.BAD_RECIPIENT: Reply(553, "5.1.3", "Bad recipient address syntax"),
    RefusalReason.BAD_SENDER: Reply(553, "5.1.7", "Bad sender address syntax"),
    # RFC 6531 §3.5: an address that needs SMTPUTF8 in a transaction without it.
    RefusalReason.NON_ASCII_ADDRESS: Reply(553, "5.6.7", "Address needs SMTPUTF8"),
    # RFC 5321 §4.5.3.1.10: 452, so that the client sends the rest in another transaction.
    RefusalReason.TOO_MANY_RECIPIENTS: Reply(452, "4.5.3", "Too many recipients"),
    RefusalReason.TOO_MANY_UNKNOWN: Reply(421, "4.7.0", "Too many unknown recipients"),
    RefusalReason.TOO_BIG: Reply(552, "5.3.4", "Message too big"),
    # RFC 5321 §4.2.3: insufficient system storage; the client tries again.
    RefusalReason.NO_ROOM: Reply(452, "4.3.1", "No room for the message now"),
    RefusalReason.BARE_NEWLINE: Reply(550, "5.6.0", "Bare CR or LF in the message"),
    RefusalReason.ENDLESS_LINE: Reply(552, "5.6.0", "Line too long"),
    RefusalReason.ENDLESS_MESSAGE: Reply(552, "5.3.4", "Message much too big"),
    RefusalReason.TOO_MANY_ERRORS: Reply(421, "4.7.0", "Too many errors"),
    RefusalReason.TOO_MANY_COMMANDS: Reply(421, "4.7.0", "Too many commands"),
    RefusalReason.COMMAND_TOO_LONG: Reply(500, "5.5.2", "Command line too long"),
    RefusalReason.NOT_SMTP: Reply(554, "5.5.0", "This is a mail server"),
    RefusalReason.TOO_MANY_CONNECTIONS: Reply(421, "4.3.2", "Too many connections"),
    RefusalReason.TOO_MANY_FROM_PEER: Reply(421, "4.7.0", "Too many connections from you"),
    RefusalReason.TOO_MANY_FROM_NETWORK: Reply(421, "4.7.0", "Too many connections from there"),
    RefusalReason.CONNECTS_TOO_OFTEN: Reply(421, "4.7.0", "Too many connections a minute"),
    RefusalReason.MAILS_TOO_OFTEN: Reply(450, "4.7.1", "Too many messages a minute, try later"),
    RefusalReason.NO_PROXY_HEADER: Reply(421, "4.7.0", "No PROXY header that is believed"),
    # RFC 4954 §4 and §6.
    RefusalReason.TLS_NEEDED: Reply(538, "5.7.11", "Authentication needs TLS, use STARTTLS"),
    RefusalReason.AUTH_NEEDED: Reply(530, "5.7.0", "Authentication required"),
    RefusalReason.AUTH_FAILED: Reply(535, "5.7.8", "Name or password is wrong"),
    RefusalReason.AUTH_BLOCKED: Reply(454, "4.7.0", "Too many tries, wait a quarter of an hour"),
    RefusalReason.NOT_YOUR_ADDRESS: Reply(550, "5.7.1", "Sender is no address of yours"),
    RefusalReason.IDLE: Reply(421, "4.4.2", "Idle for too long"),
    RefusalReason.TOO_SLOW: Reply(421, "4.4.2", "Sending too slowly"),
    RefusalReason.TOO_OLD: Reply(421, "4.4.2", "Session lasted too long"),
    RefusalReason.SHUTTING_DOWN: Reply(421, "4.3.2", "Shutting down"),
    # Never permanent for a fault of ours: a 5yz would bounce the mail (RFC 5321 §4.2.1).
    RefusalReason.OUR_FAULT: Reply(451, "4.3.0", "Temporary failure, try again later"),
}


def refusal(reason: RefusalReason) -> Reply:
    """The reply for a reason."""
    return _REFUSALS[reason]


OK = Reply(250, "2.0.0", "OK")
SENDER_OK = Reply(250, "2.1.0", "Sender OK")
RECIPIENT_OK = Reply(250, "2.1.5", "Recipient OK")
START_DATA = Reply(354, "", "End data with <CR><LF>.<CR><LF>")
BYE = Reply(221, "2.0.0", "Bye")
# RFC 5321 §3.5.3: the same words for every address, so that VRFY tells nothing.
CANNOT_VERIFY = Reply(252, "2.5.0", "Cannot verify, send some mail")
HELP = Reply(214, "2.0.0", "See RFC 5321")
SYNTAX = Reply(500, "5.5.2", "Syntax error")
UNKNOWN_COMMAND = Reply(500, "5.5.1", "Command not recognized")
NOT_IMPLEMENTED = Reply(502, "5.5.1", "Command not implemented")
BAD_ARGUMENT = Reply(501, "5.5.4", "Syntax error in parameters")
UNKNOWN_PARAMETER = Reply(555, "5.5.4", "Parameter not recognized")
HELLO_FIRST = Reply(503, "5.5.1", "Say hello first")
MAIL_FIRST = Reply(503, "5.5.1", "Need MAIL first")
NESTED_MAIL = Reply(503, "5.5.1", "Transaction already open")
NEED_RECIPIENT = Reply(503, "5.5.1", "Need a valid recipient")
NO_VALID_RECIPIENT = Reply(554, "5.5.1", "No valid recipients")
AUTHENTICATED = Reply(235, "2.7.0", "Welcome")
NO_AUTH_NOW = Reply(503, "5.5.1", "No AUTH at this point")
TLS_ALREADY = Reply(503, "5.5.1", "TLS already active")
BARE_NEWLINE_IN_COMMAND = Reply(500, "5.5.2", "Bare CR or LF in a command")


def greeting(hostname: str, protocol: str) -> Reply:
    """The first line of a session; names no software and no version."""
    return Reply(220, "", f"{hostname} {protocol} ready")


def accepted(row: JournalId) -> Reply:
    """The message is committed; the id is the one that `mailgate explain` takes."""
    return Reply(250, "2.0.0", f"Accepted as {row}")


def for_recipient(reply: Reply, recipient: Address) -> Reply:
    """The LMTP form (RFC 2033 §4.2): one reply a recipient, so each says whose it is."""
    return Reply(reply.code, reply.status, f"<{recipient}> {reply.text}")


@lru_cache(64)
def capabilities(hostname: str, keywords: tuple[str, ...]) -> bytes:
    """The reply to EHLO or LHLO (RFC 5321 §4.1.1.1), a line a keyword."""
    lines = [hostname, *keywords]
    body = [f"250-{line}\r\n" for line in lines[:-1]]
    return "".join([*body, f"250 {lines[-1]}\r\n"]).encode()
