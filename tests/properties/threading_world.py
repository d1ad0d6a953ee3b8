"""Any mail, and any store that it comes to, for the properties of the deciders."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from mailgate.mail.address import NamedAddress
from mailgate.mail.parsed import MailKind
from mailgate.model.decision import Authentication, QuarantineCause
from mailgate.model.ids import JournalId, TicketId
from mailgate.model.ticket import Status
from mailgate.threading.evidence import Evidence, Facts, TicketFacts
from mailgate.threading.token import OwnMessageId, Purpose, ReplyToken
from tests.deciders.threading_cases import (
    ALICE,
    ALICE_AT_HOME,
    BOB,
    CAROL,
    DIRECTORY,
    HONG,
    LEE,
    NOW,
    PARK,
    STRANGER,
    SUPPLIER,
    SUPPORT,
    Policy,
)

PEOPLE = [None, HONG, PARK, LEE, SUPPLIER, STRANGER, ALICE, ALICE_AT_HOME, BOB, CAROL]
TICKETS = st.sampled_from([TicketId(n) for n in (11, 12, 13, 99)])
IDS = st.sampled_from(["a@x.example", "b@x.example", "c@x.example"])
TOKEN_PURPOSES = [
    Purpose.CUSTOMER_REPLY,
    Purpose.AGENT_REPLY,
    Purpose.AGENT_NOTE,
    Purpose.BOUNCE,
    Purpose.SIDE_REPLY,
    Purpose.SURVEY_GOOD,
    Purpose.SURVEY_BAD,
]
ID_PURPOSES = [Purpose.MESSAGE_PUBLIC, Purpose.MESSAGE_AGENT, Purpose.MESSAGE_NOTE]
OWN_IDS = st.builds(OwnMessageId, st.sampled_from(ID_PURPOSES), TICKETS, IDS)


def few(elements: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(elements, max_size=3).map(tuple)


@st.composite
def reply_tokens(draw: st.DrawFn) -> ReplyToken:
    purpose, ticket = draw(st.sampled_from(TOKEN_PURPOSES)), draw(TICKETS)
    party = draw(st.sampled_from([b"one", b"other"]))
    return ReplyToken(purpose, ticket, party, f"{purpose.name}-{ticket}-{party.decode()}")


TOKENS = few(reply_tokens())
POLICIES = st.builds(
    Policy,
    reopen_within=st.sampled_from([timedelta(0), timedelta(days=30)]),
    hop_limit=st.sampled_from([0, 30]),
    reply_is_public=st.booleans(),
    split_changed_subject=st.booleans(),
)


RELEASES = st.none() | st.sampled_from(list(QuarantineCause))


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    sender = draw(st.sampled_from(PEOPLE))
    agent = DIRECTORY.agent_for(sender) if sender else None
    authentication = draw(st.sampled_from(list(Authentication))) if sender else Authentication.NONE
    tokens = draw(TOKENS)
    texts = (
        st.frozensets(st.sampled_from([token.text for token in tokens]))
        if tokens
        else st.just(frozenset())
    )
    return Evidence(
        from_=None if sender is None else NamedAddress("", sender),
        null_reverse_path=draw(st.booleans()),
        support_address=SUPPORT,
        tokens=tokens,
        invalid_tokens=draw(st.integers(0, 2)),
        own_ids=draw(few(OWN_IDS)),
        foreign_ids=draw(few(IDS)),
        subject_tags=draw(few(TICKETS)),
        message_id=draw(st.none() | IDS),
        message_id_ours=draw(st.none() | OWN_IDS),
        loop_token_ours=draw(st.booleans()),
        kind=draw(st.sampled_from(list(MailKind))),
        automated=draw(st.sampled_from([(), ("Precedence: bulk",)])),
        received_count=draw(st.sampled_from([1, 31])),
        authentication=authentication,
        authenticated_by=None,
        from_is_support=draw(st.booleans()),
        defects=(),
        agent=agent,
        bound_tokens=draw(texts) if sender else frozenset(),
        subject=draw(st.sampled_from(["", "Where is my parcel?", "Another matter"])),
    )


@st.composite
def ticket_facts(draw: st.DrawFn, number: TicketId) -> TicketFacts:
    return TicketFacts(
        id=number,
        status=draw(st.sampled_from(list(Status))),
        closed_at=draw(st.none() | st.just(NOW - timedelta(days=31))),
        requester=draw(st.sampled_from([HONG.key, STRANGER.key, ALICE.key])),
        participants=draw(st.frozensets(st.sampled_from([PARK.key, BOB.key]))),
        merged_from=None,
        side_parties=draw(st.sampled_from([frozenset(), frozenset({SUPPLIER.key})])),
        subject="Where is my parcel?",
        answerable=draw(st.booleans()),
    )


def _merged(was: TicketFacts, into: TicketFacts) -> TicketFacts:
    return replace(
        into,
        participants=into.participants | was.participants | {was.requester},
        merged_from=was.id,
        former_requester=was.requester,
        former_subject="Another matter",
    )


@st.composite
def all_facts(draw: st.DrawFn) -> Facts:
    """Some of the tickets exist, some were merged into ticket 20."""
    target = draw(ticket_facts(TicketId(20)))
    tickets = {}
    for named in sorted(draw(st.frozensets(TICKETS))):
        merged = draw(st.booleans())
        own = draw(ticket_facts(named))
        tickets[named] = _merged(own, target) if merged else own
    stored = st.dictionaries(IDS, few(TICKETS))
    return Facts(
        tickets=tickets,
        stored_ids=draw(stored),
        original=draw(st.sampled_from([None, None, None, (JournalId(1), None)])),
        same_id=draw(st.booleans()),
        voted=draw(st.booleans()),
    )


def as_a_person(evidence: Evidence) -> Evidence:
    """The same mail with nothing that stops it before rights are looked at."""
    return replace(
        evidence,
        null_reverse_path=False,
        message_id_ours=None,
        loop_token_ours=False,
        kind=MailKind.MAIL,
        automated=(),
        received_count=0,
        from_is_support=False,
    )
