"""Tokens, Message-IDs and the loop field: what is signed, and what a forger gets."""

import pytest

from mailgate.mail.address import Address, parse_path
from mailgate.model.ids import TicketId
from mailgate.threading.token import (
    MARKER_TEXT,
    Keyring,
    Purpose,
    bounce_address,
    is_for,
    loop_token,
    mint_marker,
    mint_message_id,
    mint_token,
    reply_address,
    token_in,
    verify_loop_token,
    verify_marker,
    verify_message_id,
    verify_token,
)

KEYS = Keyring({0: b"k" * 32}, 0)
OTHERS = Keyring({0: b"x" * 32}, 0)
ALICE = Address("alice", "acme.example")
BOB = Address("bob", "acme.example")
SUPPORT = Address("support", "acme.example")
TICKET = TicketId(12)
RANDOM = b"\x01\x02\x03\x04"
ADDRESS_PURPOSES = [
    Purpose.CUSTOMER_REPLY,
    Purpose.AGENT_REPLY,
    Purpose.AGENT_NOTE,
    Purpose.BOUNCE,
    Purpose.SIDE_REPLY,
    Purpose.SURVEY_GOOD,
    Purpose.SURVEY_OK,
    Purpose.SURVEY_BAD,
]
ID_PURPOSES = [
    Purpose.MESSAGE_PUBLIC,
    Purpose.MESSAGE_AGENT,
    Purpose.MESSAGE_NOTE,
    Purpose.MESSAGE_SIDE,
]
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


def every_other_text(text: str, at: range) -> list[str]:
    """The text with each of these characters replaced by each other one of base32."""
    return [
        text[:place] + letter + text[place + 1 :]
        for place in at
        for letter in BASE32
        if letter != text[place]
    ]


@pytest.mark.parametrize("purpose", ADDRESS_PURPOSES)
@pytest.mark.parametrize("ticket", [1, 12, 2**40 - 1])
def test_a_token_says_what_it_was_made_for(purpose: Purpose, ticket: int) -> None:
    token = verify_token(KEYS, mint_token(KEYS, purpose, TicketId(ticket), ALICE))
    assert token is not None
    assert (token.purpose, token.ticket) == (purpose, ticket)
    assert is_for(KEYS, token, ALICE)
    assert not is_for(KEYS, token, BOB)


def test_a_token_is_the_same_in_any_case_of_letters() -> None:
    text = mint_token(KEYS, Purpose.AGENT_REPLY, TICKET, ALICE)
    shouted = verify_token(KEYS, text.upper())
    assert shouted == verify_token(KEYS, text)
    assert shouted is not None
    assert is_for(KEYS, shouted, Address("ALICE", "acme.example"))


def test_a_token_is_32_characters_of_lower_case_base32() -> None:
    text = mint_token(KEYS, Purpose.CUSTOMER_REPLY, TICKET, ALICE)
    assert len(text) == 32
    assert set(text) <= set(BASE32)


def test_no_character_of_a_token_can_be_changed() -> None:
    text = mint_token(KEYS, Purpose.AGENT_REPLY, TICKET, ALICE)
    forged = every_other_text(text, range(len(text)))
    assert [one for one in forged if verify_token(KEYS, one)] == []


def test_no_character_of_a_message_id_can_be_changed() -> None:
    text = mint_message_id(KEYS, Purpose.MESSAGE_PUBLIC, TICKET, "acme.example", RANDOM)
    forged = every_other_text(text, range(len("mg."), text.index("@")))
    assert [one for one in forged if verify_message_id(KEYS, one)] == []


def test_no_character_of_a_loop_field_can_be_changed() -> None:
    text = loop_token(KEYS, TICKET)
    assert verify_loop_token(KEYS, text)
    forged = every_other_text(text, range(len(text)))
    assert [one for one in forged if verify_loop_token(KEYS, one)] == []


@pytest.mark.parametrize("text", ["", "a", "a" * 31, "a" * 33, "0" * 32, "ａ" * 32, "=" * 32])
def test_other_texts_are_no_tokens(text: str) -> None:
    assert verify_token(KEYS, text) is None
    assert verify_message_id(KEYS, text) is None
    assert not verify_loop_token(KEYS, text)


def test_another_gateways_tokens_are_not_ours() -> None:
    assert verify_token(OTHERS, mint_token(KEYS, Purpose.BOUNCE, TICKET, ALICE)) is None
    foreign = mint_message_id(KEYS, Purpose.MESSAGE_AGENT, TICKET, "acme.example", RANDOM)
    assert verify_message_id(OTHERS, foreign) is None
    assert not verify_loop_token(OTHERS, loop_token(KEYS, TICKET))


def test_what_the_old_key_signed_is_good_until_the_key_is_gone() -> None:
    token = mint_token(KEYS, Purpose.AGENT_REPLY, TICKET, ALICE)
    both = Keyring({0: b"k" * 32, 1: b"n" * 32}, 1)
    verified = verify_token(both, token)
    assert verified is not None
    assert is_for(both, verified, ALICE)
    assert verify_token(both, mint_token(both, Purpose.AGENT_REPLY, TICKET, ALICE)) is not None
    new_alone = Keyring({1: b"n" * 32}, 1)
    assert verify_token(new_alone, token) is None
    assert not is_for(new_alone, verified, ALICE)


def test_a_number_that_is_used_again_brings_no_old_token_back() -> None:
    """A lost key is taken out; another key under its number makes nothing good that it signed."""
    token = mint_token(KEYS, Purpose.AGENT_REPLY, TICKET, ALICE)
    verified = verify_token(KEYS, token)
    again = Keyring({0: b"n" * 32, 1: b"m" * 32}, 1)
    assert verify_token(again, token) is None
    assert verified is not None
    assert not is_for(again, verified, ALICE)
    message_id = mint_message_id(KEYS, Purpose.MESSAGE_PUBLIC, TICKET, "acme.example", RANDOM)
    assert verify_message_id(again, message_id) is None
    assert verify_marker(again, mint_marker(KEYS, Purpose.MESSAGE_PUBLIC, TICKET)) is None


def test_a_new_key_signs_from_the_day_it_is_there() -> None:
    both = Keyring({0: b"k" * 32, 1: b"n" * 32}, 1)
    token = mint_token(both, Purpose.AGENT_REPLY, TICKET, ALICE)
    assert verify_token(KEYS, token) is None
    assert verify_token(Keyring({1: b"n" * 32}, 1), token) is not None


@pytest.mark.parametrize("purpose", ADDRESS_PURPOSES)
def test_a_token_for_one_ticket_is_none_for_another(purpose: Purpose) -> None:
    """The party's part differs too: two tokens do not show that one person has both."""
    here = mint_token(KEYS, purpose, TicketId(12), ALICE)
    there = mint_token(KEYS, purpose, TicketId(13), ALICE)
    mixed = there[: len(there) - 16] + here[len(here) - 16 :]
    assert verify_token(KEYS, mixed) is None
    first, second = verify_token(KEYS, here), verify_token(KEYS, there)
    assert first is not None
    assert second is not None
    assert first.party != second.party


def test_no_character_of_a_marker_can_be_changed() -> None:
    text = mint_marker(KEYS, Purpose.MESSAGE_PUBLIC, TICKET)
    assert len(text) == MARKER_TEXT
    forged = every_other_text(text, range(len(text)))
    assert [one for one in forged if verify_marker(KEYS, one)] == []


@pytest.mark.parametrize("purpose", ID_PURPOSES)
def test_a_marker_says_of_which_mail_it_is(purpose: Purpose) -> None:
    marker = verify_marker(KEYS, mint_marker(KEYS, purpose, TICKET).upper())
    assert marker is not None
    assert (marker.purpose, marker.ticket) == (purpose, TICKET)


def test_a_token_of_one_kind_is_never_one_of_another() -> None:
    """One key, and yet nothing that a customer gets can be turned into an agent's."""
    addresses = [mint_token(KEYS, purpose, TICKET, ALICE) for purpose in ADDRESS_PURPOSES]
    assert len(set(addresses)) == len(addresses)
    ids = [mint_message_id(KEYS, purpose, TICKET, "a.example", RANDOM) for purpose in ID_PURPOSES]
    assert len(set(ids)) == len(ids)
    loop = loop_token(KEYS, TICKET)
    assert all(verify_message_id(KEYS, f"mg.{text}@a.example") is None for text in addresses)
    assert all(verify_token(KEYS, text.partition("@")[0]) is None for text in ids)
    assert verify_token(KEYS, loop) is None
    markers = [mint_marker(KEYS, purpose, TICKET) for purpose in ID_PURPOSES]
    assert len(set(markers)) == len(markers)
    assert all(verify_token(KEYS, text) is None for text in markers)
    assert all(verify_marker(KEYS, text[:MARKER_TEXT]) is None for text in (*addresses, loop))
    assert not any(verify_loop_token(KEYS, text) for text in addresses)


def test_a_purpose_is_minted_only_where_it_belongs() -> None:
    with pytest.raises(ValueError, match="MESSAGE_PUBLIC"):
        mint_token(KEYS, Purpose.MESSAGE_PUBLIC, TICKET, ALICE)
    with pytest.raises(ValueError, match="AGENT_REPLY"):
        mint_message_id(KEYS, Purpose.AGENT_REPLY, TICKET, "acme.example", RANDOM)
    with pytest.raises(ValueError, match="SIDE_REPLY"):
        mint_marker(KEYS, Purpose.SIDE_REPLY, TICKET)
    with pytest.raises(ValueError, match="random"):
        mint_message_id(KEYS, Purpose.MESSAGE_PUBLIC, TICKET, "acme.example", b"123")


@pytest.mark.parametrize("localpart", ["s", "support", "a" * 30])
def test_reply_and_bounce_addresses_keep_the_limit_of_a_localpart(localpart: str) -> None:
    """RFC 5321 §4.5.3.1.1: 64 octets."""
    support = Address(localpart, "acme.example")
    for purpose, address_of in (
        (Purpose.AGENT_REPLY, reply_address),
        (Purpose.BOUNCE, bounce_address),
    ):
        token = mint_token(KEYS, purpose, TICKET, ALICE)
        address = address_of(support, token)
        assert len(address.localpart) <= 64
        assert address.base == support
        assert token_in(address) == token


def test_the_letter_before_the_token_tells_replies_from_bounces() -> None:
    token = mint_token(KEYS, Purpose.CUSTOMER_REPLY, TICKET, ALICE)
    assert str(reply_address(SUPPORT, token)) == f"support+t{token}@acme.example"
    assert str(bounce_address(SUPPORT, token)) == f"support+b{token}@acme.example"


@pytest.mark.parametrize(
    "way",
    [
        "support+t{}@acme.example",
        "SUPPORT+T{}@ACME.EXAMPLE",
        '"support+t{}"@acme.example',
        "prvs=0123abcdef=support+t{}@acme.example",
        "SRS0=HHH=TT=a.example=support+t{}@acme.example",
    ],
)
def test_a_token_is_found_in_each_way_in_which_its_address_comes_back(way: str) -> None:
    """Folded, quoted (RFC 5321 §4.1.2), signed (BATV) and rewritten (SRS)."""
    token = mint_token(KEYS, Purpose.CUSTOMER_REPLY, TICKET, ALICE)
    found = token_in(parse_path(way.format(token.upper() if "SUPPORT" in way else token)))
    assert found is not None
    assert verify_token(KEYS, found) == verify_token(KEYS, token)


@pytest.mark.parametrize("localpart", ["support", "support+billing", "support+t", "support+tabc"])
def test_other_subaddresses_hold_no_token(localpart: str) -> None:
    assert token_in(Address(localpart, "acme.example")) is None


@pytest.mark.parametrize(
    ("domain", "kept"),
    [
        ("acme.example", "acme.example"),
        ("a" * 31, "a" * 31),
        ("a-very-long-name-of-a-host.support.acme.example", "support.acme.example"),
        ("x" * 63, "x" * 31),
    ],
)
def test_a_message_id_is_at_most_66_characters_with_its_brackets(domain: str, kept: str) -> None:
    text = mint_message_id(KEYS, Purpose.MESSAGE_PUBLIC, TicketId(2**40 - 1), domain, RANDOM)
    assert len(f"<{text}>") <= 66
    assert text.partition("@")[2] == kept
    assert verify_message_id(KEYS, text) is not None


def test_a_message_id_is_known_with_and_without_brackets_and_in_any_case() -> None:
    text = mint_message_id(KEYS, Purpose.MESSAGE_NOTE, TICKET, "acme.example", RANDOM)
    for spelling in (text, f"<{text}>", text.upper(), f" <{text}> "):
        own = verify_message_id(KEYS, spelling)
        assert own is not None
        assert (own.purpose, own.ticket) == (Purpose.MESSAGE_NOTE, TICKET)


@pytest.mark.parametrize(
    "text", ["mg.@acme.example", "mg." + "a" * 29, "<>", "xx." + "a" * 29 + "@b"]
)
def test_ids_that_only_look_like_ours(text: str) -> None:
    assert verify_message_id(KEYS, text) is None
