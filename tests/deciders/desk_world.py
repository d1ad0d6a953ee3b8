"""A small desk for the tests of the mails that it writes, and ways to read those mails."""

import quopri
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from mailgate.desk.context import DeskContext, DeskPolicy
from mailgate.desk.words.mails import EntryContent
from mailgate.desk.words.templates import load_templates
from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.compose import compose
from mailgate.mail.parsed import Attachment
from mailgate.model.delivery import Draft
from mailgate.model.directory import Agent, Directory, SupportAddress
from mailgate.model.ids import EntryId, TicketId
from mailgate.model.seed import Seed
from mailgate.model.ticket import Author, EntryKind, Priority, Role, Source, Status, Ticket
from mailgate.threading.marker import marker
from mailgate.threading.token import Keyring, Purpose

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SEED = Seed(bytes(range(32)))
KEYRING = Keyring({0: b"k" * 32}, 0)

SUPPORT = Address("support", "acme.example")
HELP_KO = Address("help", "hangook.example")
HONG = NamedAddress("Hong", Address("hong", "customer.example"))
ALICE = Agent(
    Address("alice", "acme.example"), "Alice Kim", also=(Address("alice.kim", "gmail.example"),)
)
BOB = Agent(Address("bob", "acme.example"), "Bob Lee")
MINSU = Agent(Address("minsu", "hangook.example"), "김민수")
CAROL = Agent(Address("carol", "partner.example"), "Carol", role=Role.COLLABORATOR)

IMAGE = Attachment("logo.png", "image/png", b"\x89PNG-logo", inline=True, content_id="logo@x.y")
INVOICE = Attachment("청구서.pdf", "application/pdf", b"%PDF-1.7 \x00\xff invoice")


def directory() -> Directory:
    acme = SupportAddress(
        SUPPORT, "Acme Support", group="support", signature="Acme Support\nacme.example/help"
    )
    korean = SupportAddress(HELP_KO, "한국상사 고객지원", group="hangook", locale="ko")
    agents = {
        address.key: agent
        for agent in (ALICE, BOB, MINSU, CAROL)
        for address in (agent.address, *agent.also)
    }
    groups = {"support": (ALICE, BOB), "hangook": (MINSU,), "partners": (BOB, CAROL)}
    return Directory({SUPPORT.key: acme, HELP_KO.key: korean}, agents, groups)


def policy_of_the_desk() -> DeskPolicy:
    return DeskPolicy(
        hostname="mail.acme.example",
        subject_prefix="",
        reopen_within=timedelta(days=30),
        duplicate_window=timedelta(days=7),
        trusted_authserv_ids=frozenset(),
        hop_limit=50,
        acknowledgements_per_address_per_day=10,
        reply_is_public=True,
    )


_TEMPLATES = load_templates(None)


def desk() -> DeskContext:
    return DeskContext(directory(), KEYRING, policy_of_the_desk(), _TEMPLATES)


def note_desk() -> DeskContext:
    """A desk whose agents' replies are notes unless they say otherwise."""
    return replace(desk(), policy=replace(policy_of_the_desk(), reply_is_public=False))


TICKET = Ticket(
    id=TicketId(12),
    subject="Where is my parcel?",
    status=Status.OPEN,
    priority=Priority.NORMAL,
    source=Source.EMAIL,
    address=SUPPORT,
    brand=None,
    group="support",
    assignee=None,
    requester=HONG,
    cc=(),
    tags=(),
    parent=None,
    merged_into=None,
    linked=(),
    created_at=NOW,
    updated_at=NOW,
    first_response_at=None,
    sla_started_at=None,
    resolved_at=None,
    closed_at=None,
    messages=1,
)
KOREAN_TICKET = replace(
    TICKET,
    subject="배송이 아직 안 왔어요",
    address=HELP_KO,
    group="hangook",
    requester=NamedAddress("홍길동", Address("hong", "customer.example")),
)

FOR_CUSTOMER = marker(KEYRING, Purpose.MESSAGE_PUBLIC, TICKET.id)
FOR_AGENT = marker(KEYRING, Purpose.MESSAGE_AGENT, TICKET.id)
FOR_NOTES = marker(KEYRING, Purpose.MESSAGE_NOTE, TICKET.id)
"""The line that names the ticket in the body of a mail: to a customer, to an agent, and to an
agent whose answer becomes a note."""

QUESTION = EntryContent(
    id=EntryId(1),
    kind=EntryKind.MESSAGE,
    author=Author(HONG.address, HONG.name, Role.REQUESTER),
    text="My parcel has not come.\n",
    html=None,
    attachments=(),
    message_id="q1@customer.example",
    at=NOW,
)
ANSWER = EntryContent(
    id=EntryId(2),
    kind=EntryKind.MESSAGE,
    author=Author(ALICE.address, ALICE.name, Role.AGENT),
    text="It comes tomorrow.\n",
    html=None,
    attachments=(),
    message_id="a1@acme.example",
    at=NOW,
)


def read(draft: Draft) -> EmailMessage:
    """The mail as a client reads it."""
    message = BytesParser(policy=policy.default).parsebytes(compose(draft.mail))
    assert isinstance(message, EmailMessage)
    return message


def body(message: EmailMessage, kind: str) -> str:
    """The text of the part of this kind (`plain`, `html`) with LF line ends."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def header_names(message: EmailMessage) -> list[str]:
    return sorted(name.lower() for name in message)


def everything_in(raw: bytes) -> bytes:
    """A message as bytes in each way in which a reader could see it: raw, unfolded, and all
    encodings undone, lower-case."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    seen = [raw, raw.replace(b"\r\n ", b" "), quopri.decodestring(raw)]
    for part in message.walk():
        seen += [f"{name}: {value}".encode() for name, value in part.items()]
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            seen.append(content)
    joined = b"\n".join(seen)
    return joined.lower()
