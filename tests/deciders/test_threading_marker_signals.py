"""Ids that relays gave, and markers in the body: how strong they are beside the other signals."""

from dataclasses import replace

import pytest

from mailgate.mail.address import Address
from mailgate.model.decision import (
    Append,
    Authentication,
    Claim,
    Quarantine,
    Reason,
    Right,
    Signal,
    SignalKind,
    Who,
)
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Visibility
from mailgate.threading.decide import decide
from mailgate.threading.evidence import Facts
from mailgate.threading.resolve import resolve
from mailgate.threading.rights import RIGHTS
from mailgate.threading.token import BodyMarker, Purpose
from tests.deciders.threading_cases import (
    ALICE,
    HONG,
    KNOWN,
    NOW,
    POLICY,
    STRANGER,
    Claims,
    mail_from,
    own_id,
    tagged,
    with_own_id,
)

ALIAS = "x@relay.example"
WITH_ALIAS: Claims = {"foreign_ids": (ALIAS,)}
STORED = "first@customer.example"


def relayed(purpose: Purpose, ticket: int = 12) -> Facts:
    return replace(KNOWN, relayed={ALIAS: (own_id(purpose, ticket),)})


def quoting(purpose: Purpose, *tickets: int) -> Claims:
    markers = (BodyMarker(purpose, TicketId(n), f"m{n}") for n in tickets or (12,))
    return {"markers": tuple(markers)}


def kinds(claims: Claims, facts: Facts) -> list[SignalKind]:
    return [signal.kind for signal in resolve(mail_from(**claims), facts).signals]


def test_the_order_of_the_signals() -> None:
    claims = {
        **tagged(12),
        **quoting(Purpose.MESSAGE_PUBLIC),
        **with_own_id(Purpose.MESSAGE_PUBLIC),
        "foreign_ids": (STORED, ALIAS),
    }
    assert kinds(claims, relayed(Purpose.MESSAGE_PUBLIC)) == [
        SignalKind.OWN_ID,
        SignalKind.RELAYED_ID,
        SignalKind.STORED_ID,
        SignalKind.BODY_MARKER,
        SignalKind.SUBJECT_TAG,
    ]


def test_both_are_verified_and_name_what_they_found() -> None:
    claims = WITH_ALIAS | quoting(Purpose.MESSAGE_PUBLIC)
    found = resolve(mail_from(**claims), relayed(Purpose.MESSAGE_PUBLIC))
    assert found.signals == (
        Signal(SignalKind.RELAYED_ID, ALIAS, TicketId(12), verified=True),
        Signal(SignalKind.BODY_MARKER, "m12", TicketId(12), verified=True),
    )
    assert found.claim is Claim.OWN_ID


def test_the_claim_is_the_strongest_that_names_the_ticket() -> None:
    """A stored id finds it first; the marker proves more."""
    claims = {"foreign_ids": (STORED,), **quoting(Purpose.MESSAGE_PUBLIC)}
    found = resolve(mail_from(**claims), KNOWN)
    assert found.claim is Claim.OWN_ID
    assert Reason.MATCHED_STORED_ID in found.reasons
    other = {"foreign_ids": (STORED,), **quoting(Purpose.MESSAGE_PUBLIC, 13)}
    found = resolve(mail_from(**other), KNOWN)
    assert found.claim is Claim.FOREIGN_ID
    assert Reason.SIGNALS_DISAGREE in found.reasons


def test_of_several_markers_the_one_of_their_own_ticket_is_meant() -> None:
    claims = quoting(Purpose.MESSAGE_PUBLIC, 13, 12)
    for sender, ticket in ((HONG, 12), (STRANGER, 13), (Address("x", "y.example"), 13)):
        found = resolve(mail_from(sender, **claims), KNOWN)
        assert found.ticket is not None
        assert found.ticket.id == ticket


@pytest.mark.parametrize("authentication", Authentication)
@pytest.mark.parametrize("claims", [WITH_ALIAS, quoting(Purpose.MESSAGE_AGENT)])
@pytest.mark.parametrize("purpose", [Purpose.MESSAGE_PUBLIC, Purpose.MESSAGE_AGENT])
def test_they_give_what_an_id_of_ours_gives_and_prove_no_agent(
    authentication: Authentication, claims: Claims, purpose: Purpose
) -> None:
    facts = relayed(purpose)
    stranger = decide(mail_from(STRANGER, authentication, **claims), facts, POLICY, NOW)
    assert stranger.disposition == Append(TicketId(12), Visibility.PRIVATE, flagged=True)
    agent = decide(mail_from(ALICE, authentication, **claims), facts, POLICY, NOW)
    proven = RIGHTS[Who.AGENT, authentication, Claim.OWN_ID] is not Right.QUARANTINE
    assert isinstance(agent.disposition, Quarantine) is not proven
    assert proven is (authentication is Authentication.PASS)


@pytest.mark.parametrize(
    ("claims", "facts", "visibility"),
    [
        (WITH_ALIAS, relayed(Purpose.MESSAGE_AGENT), Visibility.PUBLIC),
        (WITH_ALIAS, relayed(Purpose.MESSAGE_NOTE), Visibility.PRIVATE),
        (WITH_ALIAS, relayed(Purpose.MESSAGE_SIDE), Visibility.PRIVATE),
        (quoting(Purpose.MESSAGE_AGENT), KNOWN, Visibility.PUBLIC),
        (quoting(Purpose.MESSAGE_NOTE), KNOWN, Visibility.PRIVATE),
        (quoting(Purpose.MESSAGE_SIDE), KNOWN, Visibility.PRIVATE),
        # What the customer got is in an agent's hands for no answer of theirs.
        (quoting(Purpose.MESSAGE_PUBLIC), KNOWN, Visibility.PRIVATE),
        # The address and the ids say more than what is quoted.
        (
            with_own_id(Purpose.MESSAGE_AGENT) | quoting(Purpose.MESSAGE_NOTE),
            KNOWN,
            Visibility.PUBLIC,
        ),
    ],
)
def test_an_agents_answer_is_public_only_when_it_answers_a_notification(
    claims: Claims, facts: Facts, visibility: Visibility
) -> None:
    decision = decide(mail_from(ALICE, Authentication.PASS, **claims), facts, POLICY, NOW)
    assert isinstance(decision.disposition, Append)
    assert decision.disposition.visibility is visibility
