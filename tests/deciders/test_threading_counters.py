"""What mails count under: the same things together, and different things apart."""

from dataclasses import replace
from typing import Any

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.parsed import MailKind
from mailgate.model.decision import Authentication
from mailgate.model.ids import TicketId
from mailgate.model.traffic import Machines, Rate
from mailgate.threading.counters import (
    acknowledged,
    keys_of,
    on_ticket,
    reopenings,
    report_of,
    sent_to,
    told_of,
)
from mailgate.threading.evidence import Evidence
from mailgate.threading.token import Purpose
from tests.deciders.threading_cases import (
    ALICE,
    ALICE_AT_HOME,
    HONG,
    PARK,
    Claims,
    mail_from,
    own_id,
    token,
    with_own_id,
    with_token,
)

ONE, OTHER = TicketId(1), TicketId(2)


def sender(evidence: Evidence) -> bytes | None:
    return keys_of(evidence).sender


def domain(spec: str) -> bytes | None:
    localpart, _, name = spec.rpartition("@")
    return keys_of(mail_from(Address(localpart, name))).domain


def test_a_mailbox_is_one_sender_under_all_its_subaddresses() -> None:
    shouted = Address("HONG", HONG.domain)
    sub = Address("hong+shop", HONG.domain)
    assert sender(mail_from(HONG)) == sender(mail_from(shouted)) == sender(mail_from(sub))
    assert sender(mail_from(HONG)) != sender(mail_from(PARK))


def test_an_agent_is_one_sender_from_all_their_mailboxes() -> None:
    assert sender(mail_from(ALICE)) == sender(mail_from(ALICE_AT_HOME))


def test_who_forges_a_sender_uses_up_nothing_of_theirs() -> None:
    keys = [
        (sender(mail), keys_of(mail).domain, on_ticket(mail, ONE))
        for mail in (mail_from(HONG, state) for state in Authentication)
    ]
    assert len({key for row in keys for key in row}) == 9


def test_an_organisation_is_one_and_a_provider_is_none() -> None:
    assert domain("a@shop.example") == domain("b@mail.shop.example") != domain("a@other.example")
    assert domain("a@gmail.com") is None
    assert domain("a@naver.com") is None


def test_words_are_counted_whoever_sends_them_and_few_are_not() -> None:
    said = [replace(mail_from(who), shape=b"1" * 16) for who in (HONG, PARK)]
    assert keys_of(said[0]).words == keys_of(said[1]).words is not None
    assert keys_of(replace(said[0], shape=b"2" * 16)).words != keys_of(said[0]).words
    assert keys_of(replace(said[0], shape=b"")).words is None


THEIRS = token(Purpose.CUSTOMER_REPLY)
HOLDS: Claims = {"tokens": (THEIRS,), "bound_tokens": frozenset({THEIRS.text})}


def test_who_forges_a_customer_without_proof_uses_up_nothing_of_an_answer_to_us() -> None:
    """Most small domains prove nothing: there the address that we gave to the customer, or an id
    that we signed, is what a forger has not got."""
    nothing = mail_from(HONG, subject_tags=(ONE,))
    answer, reference = (
        mail_from(HONG, **HOLDS),
        mail_from(HONG, own_ids=(own_id(Purpose.MESSAGE_PUBLIC),)),
    )
    for key in (sender, lambda mail: on_ticket(mail, ONE), lambda mail: told_of(mail, ONE)):
        assert len({key(mail) for mail in (nothing, answer, reference)}) == 3
    forwarded = mail_from(HONG, tokens=(THEIRS,), bound_tokens=frozenset())
    assert sender(forwarded) == sender(nothing), "somebody else's token proves nothing"


def test_senders_who_cannot_be_read_do_not_share_a_limit() -> None:
    assert sender(mail_from(None)) is None
    assert keys_of(mail_from(None)).domain is None
    assert on_ticket(mail_from(None), ONE) != on_ticket(mail_from(None), OTHER)


def test_reports_are_counted_by_their_address_their_kind_and_their_mail() -> None:
    def report(kind: MailKind = MailKind.BOUNCE, **claims: Any) -> bytes | None:
        return report_of(mail_from(None, kind=kind, **claims))

    to, about = with_token(Purpose.BOUNCE), with_own_id(Purpose.MESSAGE_PUBLIC)
    others = {
        report(MailKind.DELIVERY_NOTICE, **to, **about),
        report(**to),
        report(**about),
        report(**to, **with_own_id(Purpose.MESSAGE_PUBLIC, 13)),
    }
    assert len(others) == 4
    assert report(**to, **about) == report(**to, **about, subject="again") not in others
    assert report_of(mail_from(HONG, **to)) is None


def test_a_mailbox_has_one_budget_under_all_its_subaddresses() -> None:
    assert acknowledged(Address("hong+1", HONG.domain)) == acknowledged(HONG)
    assert acknowledged(HONG) != acknowledged(PARK)


def test_tickets_are_counted_apart() -> None:
    hong = mail_from(HONG)
    assert on_ticket(hong, ONE) != on_ticket(hong, OTHER)
    assert on_ticket(hong, ONE) != on_ticket(mail_from(PARK), ONE)
    keys = {on_ticket(hong, ONE), told_of(hong, ONE), reopenings(ONE), *keys_of(hong).all}
    assert len(keys) == 5


def test_what_an_agent_sends_to_one_recipient_is_counted_by_its_words() -> None:
    agent = replace(mail_from(ALICE), shape=b"1" * 16)
    assert sent_to(agent, HONG.key) == sent_to(agent, HONG.key) != sent_to(agent, PARK.key)
    assert sent_to(replace(agent, shape=b"2" * 16), HONG.key) != sent_to(agent, HONG.key)
    assert sent_to(replace(agent, shape=b""), HONG.key) is None
    assert sent_to(replace(mail_from(PARK), shape=b"1" * 16), HONG.key) is None


def test_any_text_has_a_key() -> None:
    odd = replace(mail_from(HONG), from_=NamedAddress("", Address("\ud800\0", "x.example")))
    assert len(sender(odd) or b"") == 16


def test_a_limit_is_reached_in_any_of_its_times() -> None:
    limit = Rate(10, 30, 100)
    assert not Rate(9, 29, 99).reaches(limit)
    assert Rate(10, 10, 10).reaches(limit)
    assert Rate(0, 30, 30).reaches(limit)
    assert Rate(0, 0, 100).reaches(limit)


def test_machines_are_known_by_address_and_by_domain_with_all_below_it() -> None:
    known = Machines(frozenset({"orders@shop.example"}), frozenset({"monitor.example"}))
    for spec in ("orders@shop.example", "orders+7@shop.example", "a@x.y.monitor.example"):
        assert known.holds(Address(*spec.split("@"))), spec
    for spec in ("hong@shop.example", "a@notmonitor.example", "orders@sub.shop.example"):
        assert not known.holds(Address(*spec.split("@"))), spec
