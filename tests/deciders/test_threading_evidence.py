"""What is read out of a mail: tokens, ids, and whose word is believed about the sender."""

from dataclasses import replace
from typing import Any

import pytest

from mailgate.mail.address import (
    Address,
    NamedAddress,
    NullReversePath,
    ReversePath,
    UnknownReversePath,
)
from mailgate.mail.envelope import Envelope
from mailgate.mail.parsed import (
    AuthenticationResults,
    AuthResult,
    DsnRecipient,
    MailKind,
    ParsedMail,
)
from mailgate.model.decision import Authentication
from mailgate.model.ids import TicketId
from mailgate.threading.authentication import Trust
from mailgate.threading.evidence import Evidence, gather
from mailgate.threading.token import (
    Purpose,
    bounce_address,
    loop_token,
    mint_message_id,
    mint_token,
    reply_address,
)
from tests.deciders.threading_cases import (
    AGENT,
    ALICE,
    ALICE_AT_HOME,
    BOB,
    DIRECTORY,
    HONG,
    KEYS,
    SALES,
    STRANGER,
    SUPPORT,
)

PASS, NONE, FAIL = Authentication.PASS, Authentication.NONE, Authentication.FAIL
TICKET = TicketId(12)
MX = "mx.acme.example"
PLAIN = ParsedMail(
    from_=NamedAddress("Hong", HONG),
    from_claimed=NamedAddress("Hong", HONG),
    reply_to=(),
    to=(NamedAddress("", SUPPORT),),
    cc=(),
    subject="hello",
    date=None,
    message_id="m1@customer.example",
    in_reply_to=(),
    references=(),
    text="hello",
    full_text="hello",
    html=None,
    reply_html=None,
    attachments=(),
    kind=MailKind.MAIL,
    automated=(),
    dsn=(),
    forwarded=None,
    authentication_results=(),
    loop_token=None,
    received_count=1,
    defects=(),
)


def read(
    *,
    to: tuple[Address, ...] = (SUPPORT,),
    reverse_path: ReversePath = HONG,
    trusted: bool = True,
    authenticated: str | None = None,
    **fields: Any,
) -> Evidence:
    return gather(
        replace(PLAIN, **fields),
        Envelope(reverse_path, to),
        trust=Trust(trusted, authenticated, frozenset({MX})),
        directory=DIRECTORY,
        keyring=KEYS,
        subject_prefix="",
    )


HOPS = (MX, "relay.evil.test", "mx.evil.test")
"""Who wrote the Received fields, from the top: the trusted host, then others."""


def results(*methods: str, by: str = MX, above_received: int = 0) -> AuthenticationResults:
    """`dmarc=pass header.from=a.b` for each method."""
    parsed = []
    for text in methods:
        verdict, *properties = text.split()
        method, _, result = verdict.partition("=")
        pairs = tuple((name, value) for name, _, value in (p.partition("=") for p in properties))
        parsed.append(AuthResult(method, result, pairs))
    return AuthenticationResults(by, tuple(parsed), above_received, HOPS[:above_received])


def token(purpose: Purpose, party: Address) -> str:
    return mint_token(KEYS, purpose, TICKET, party)


def message_id(purpose: Purpose, ticket: int = 12) -> str:
    return mint_message_id(KEYS, purpose, TicketId(ticket), "acme.example", b"1234")


# --- the sender -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["dmarc=pass header.from=customer.example"], (PASS, "dmarc")),
        (["dmarc=PASS header.from=Customer.Example"], (PASS, "dmarc")),
        (["dmarc=fail header.from=customer.example"], (FAIL, "dmarc")),
        (["dmarc=none header.from=customer.example"], (NONE, None)),
        # about another domain than the one that stands in From
        (["dmarc=pass header.from=evil.example"], (NONE, None)),
        (["dmarc=fail header.from=evil.example"], (NONE, None)),
        (["dmarc=pass"], (NONE, None)),
        # without DMARC: a signature, or the path, of the domain in From or one above it
        (["dkim=pass header.d=customer.example"], (PASS, "dkim")),
        (["dkim=pass header.i=@customer.example"], (PASS, "dkim")),
        (["dkim=pass header.d=evil.example"], (NONE, None)),
        (["dkim=pass header.d=example"], (NONE, None)),
        (["dkim=fail header.d=customer.example"], (NONE, None)),
        (["spf=pass smtp.mailfrom=hong@customer.example"], (PASS, "spf")),
        (["spf=pass smtp.mailfrom=customer.example"], (PASS, "spf")),
        (["spf=pass smtp.mailfrom=bounce@lists.example"], (NONE, None)),
        (["spf=pass smtp.helo=customer.example"], (NONE, None)),
        (["spf=fail smtp.mailfrom=customer.example"], (NONE, None)),
        # DMARC has the last word
        (
            ["dmarc=fail header.from=customer.example", "dkim=pass header.d=customer.example"],
            (FAIL, "dmarc"),
        ),
        # a mailing list signs for itself beside the sender
        (
            ["dkim=pass header.d=list.example", "dkim=pass header.d=customer.example"],
            (PASS, "dkim"),
        ),
        # in conflict: a failure, or nothing
        (
            ["dmarc=pass header.from=customer.example", "dmarc=fail header.from=customer.example"],
            (FAIL, "dmarc"),
        ),
        (
            ["dkim=pass header.d=customer.example", "dkim=fail header.d=customer.example"],
            (NONE, None),
        ),
        ([], (NONE, None)),
    ],
)
def test_what_a_trusted_host_says_of_the_sender(
    fields: list[str], expected: tuple[Authentication, str | None]
) -> None:
    evidence = read(authentication_results=(results(*fields),))
    assert (evidence.authentication, evidence.authenticated_by) == expected


def test_a_domain_of_the_senders_organisation_speaks_for_it_and_no_other_does() -> None:
    sender = NamedAddress("", Address("hong", "mail.customer.example"))
    above = read(
        from_=sender, authentication_results=(results("dkim=pass header.d=customer.example"),)
    )
    assert above.authentication is PASS
    beside = results("dkim=pass header.d=news.customer.example")
    assert read(from_=sender, authentication_results=(beside,)).authentication is PASS
    other = results("dkim=pass header.d=mailcustomer.example")
    assert read(from_=sender, authentication_results=(other,)).authentication is NONE


GOOD = "dmarc=pass header.from=customer.example"
BAD = "dmarc=fail header.from=customer.example"


def test_a_peer_that_is_not_trusted_is_not_believed() -> None:
    evidence = read(trusted=False, authentication_results=(results(GOOD),))
    assert evidence.authentication is NONE


def test_a_host_that_is_not_named_is_not_believed() -> None:
    assert read(authentication_results=(results(GOOD, by="evil.example"),)).authentication is NONE


def test_what_came_with_the_mail_is_not_believed_whatever_name_it_bears() -> None:
    """Row 49: forged under the trusted host's name, below what that host wrote."""
    forged = results(GOOD, above_received=2)
    assert read(authentication_results=(forged,)).authentication is NONE
    real = results(BAD, above_received=1)
    assert read(authentication_results=(real, forged)).authentication is FAIL


def test_only_the_topmost_block_counts() -> None:
    top, below = results(BAD), results(GOOD, above_received=1)
    assert read(authentication_results=(top, below)).authentication is FAIL


def test_a_block_may_have_several_fields() -> None:
    spf = results("spf=fail smtp.mailfrom=customer.example")
    assert read(authentication_results=(spf, results(GOOD))).authentication is PASS


def test_smtp_auth_proves_the_agent_who_used_it_and_nobody_else() -> None:
    def from_(address: Address, authenticated: str | None) -> Evidence:
        return read(from_=NamedAddress("", address), authenticated=authenticated, trusted=False)

    assert from_(ALICE, ALICE.key).authentication is PASS
    assert from_(ALICE_AT_HOME, ALICE.key).authenticated_by == "smtp_auth"
    assert from_(BOB, ALICE.key).authentication is NONE
    assert from_(STRANGER, ALICE.key).authentication is NONE
    assert from_(STRANGER, STRANGER.key).authentication is NONE
    assert from_(ALICE, None).authentication is NONE


def test_a_sender_that_cannot_be_read_is_never_authenticated() -> None:
    evidence = read(from_=None, authentication_results=(results(GOOD),))
    assert (evidence.authentication, evidence.agent) == (NONE, None)


def test_an_agent_is_known_by_each_of_their_addresses() -> None:
    assert read(from_=NamedAddress("", ALICE_AT_HOME)).agent == AGENT
    assert read().agent is None


@pytest.mark.parametrize(
    ("address", "ours"),
    [(SUPPORT, True), (SALES, True), (Address("SUPPORT+x", "acme.example"), True), (ALICE, False)],
)
def test_mail_from_ourselves_is_seen(address: Address, *, ours: bool) -> None:
    assert read(from_=NamedAddress("", address)).from_is_support is ours


# --- the recipients ---------------------------------------------------------------------------


def test_the_support_address_is_the_first_of_the_envelope_that_is_ours() -> None:
    evidence = read(to=(STRANGER, Address("sales+anything", "acme.example"), SUPPORT))
    assert evidence.support_address == SALES


def test_without_one_in_the_envelope_the_header_tells() -> None:
    assert read(to=(STRANGER,)).support_address == SUPPORT
    hidden = NamedAddress("", STRANGER)
    assert gathered_without_support(hidden).support_address is None


def gathered_without_support(recipient: NamedAddress) -> Evidence:
    """A mail in whose header no address of ours stands either."""
    return gather(
        replace(PLAIN, to=(recipient,)),
        Envelope(HONG, (STRANGER,)),
        trust=Trust(),
        directory=DIRECTORY,
        keyring=KEYS,
        subject_prefix="",
    )


@pytest.mark.parametrize(
    ("reverse_path", "null"),
    [(NullReversePath(), True), (UnknownReversePath(), False), (HONG, False)],
)
def test_the_null_reverse_path_is_neither_unknown_nor_absent(
    reverse_path: ReversePath, *, null: bool
) -> None:
    assert read(reverse_path=reverse_path).null_reverse_path is null


def test_tokens_are_read_in_the_envelope_first_then_in_the_header() -> None:
    first, second = token(Purpose.AGENT_REPLY, ALICE), token(Purpose.CUSTOMER_REPLY, HONG)
    evidence = read(
        to=(reply_address(SUPPORT, first),),
        cc=(NamedAddress("", reply_address(SALES, second)),),
    )
    assert [found.text for found in evidence.tokens] == [first, second]
    assert evidence.support_address == SUPPORT


def test_a_token_in_an_address_that_is_not_ours_is_none() -> None:
    foreign = reply_address(Address("support", "elsewhere.example"), token(Purpose.BOUNCE, HONG))
    evidence = read(to=(foreign,))
    assert (evidence.tokens, evidence.invalid_tokens) == ((), 0)


def test_forged_tokens_are_counted() -> None:
    good = token(Purpose.CUSTOMER_REPLY, HONG)
    forged = ("a" if good[5] != "a" else "b").join([good[:5], good[6:]])
    evidence = read(to=(reply_address(SUPPORT, forged), bounce_address(SUPPORT, good)))
    assert [found.text for found in evidence.tokens] == [good]
    assert evidence.invalid_tokens == 1


@pytest.mark.parametrize(
    ("sender", "party", "bound"),
    [
        (ALICE, ALICE, True),
        (ALICE_AT_HOME, ALICE, True),
        (ALICE, ALICE_AT_HOME, True),
        (BOB, ALICE, False),
        (HONG, HONG, True),
        (HONG, STRANGER, False),
    ],
)
def test_a_token_is_bound_to_whom_it_was_given_to(
    sender: Address, party: Address, *, bound: bool
) -> None:
    text = token(Purpose.AGENT_REPLY, party)
    evidence = read(from_=NamedAddress("", sender), to=(reply_address(SUPPORT, text),))
    assert (text in evidence.bound_tokens) is bound


# --- the ids ----------------------------------------------------------------------------------


def test_ids_are_in_order_of_strength() -> None:
    ours = [message_id(Purpose.MESSAGE_PUBLIC, number) for number in (1, 2, 3)]
    evidence = read(
        in_reply_to=(ours[0], "reply@x.example"),
        references=("oldest@x.example", ours[1], "newest@x.example", ours[2]),
    )
    assert [own.ticket for own in evidence.own_ids] == [1, 3, 2]
    assert evidence.foreign_ids == ("reply@x.example", "newest@x.example", "oldest@x.example")


def test_a_hundred_thousand_references_are_a_hundred() -> None:
    """Row 54: the newest are what is answered."""
    evidence = read(references=tuple(f"r{number}@x.example" for number in range(100_000)))
    assert len(evidence.foreign_ids) == 100
    assert evidence.foreign_ids[0] == "r99999@x.example"


def test_a_report_names_the_mails_that_it_is_about() -> None:
    ours = message_id(Purpose.MESSAGE_PUBLIC)
    about = (DsnRecipient(HONG, "failed", "5.1.1", "no such user", ours),)
    assert [own.text for own in read(dsn=about, kind=MailKind.BOUNCE).own_ids] == [ours]
    assert read(dsn=about, kind=MailKind.MAIL).own_ids == ()


def test_our_own_mail_is_known_by_its_id_and_by_its_field() -> None:
    ours = message_id(Purpose.MESSAGE_AGENT)
    assert read(message_id=ours).message_id_ours is not None
    assert read(message_id=None).message_id_ours is None
    assert read(loop_token=loop_token(KEYS, TICKET)).loop_token_ours
    assert not read(loop_token="forged").loop_token_ours
    assert not read(loop_token="").loop_token_ours
    assert not read().loop_token_ours


def test_the_numbers_in_the_subject_are_read() -> None:
    assert read(subject="Re: [#12] hello").subject_tags == (12,)
