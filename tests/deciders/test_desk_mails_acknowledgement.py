"""The acknowledgement (RFC 3834): once told, nothing revealed, nothing amplified."""

from dataclasses import replace
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.desk.words.mails import CauseMail, acknowledgement
from mailgate.mail.address import Address, NamedAddress, NullReversePath
from mailgate.mail.compose import compose
from mailgate.model.delivery import Draft, Lane
from mailgate.model.directory import Directory
from mailgate.model.ticket import Ticket
from mailgate.threading.token import (
    Purpose,
    is_for,
    token_in,
    verify_loop_token,
    verify_message_id,
    verify_token,
)
from tests.deciders.desk_world import (
    ALICE,
    FOR_CUSTOMER,
    HONG,
    KEYRING,
    KOREAN_TICKET,
    NOW,
    SEED,
    SUPPORT,
    TICKET,
    body,
    desk,
    header_names,
    read,
)

CAUSE = CauseMail("q1@customer.example", "Where is my parcel?")
AUTOMATIC = [
    "auto-submitted",
    "content-type",
    "date",
    "from",
    "message-id",
    "mime-version",
    "references",
    "reply-to",
    "subject",
    "to",
    "x-auto-response-suppress",
    "x-mailgate-loop",
]


def acknowledged(
    ticket: Ticket = TICKET, cause: CauseMail = CAUSE, *, neutral: bool = False
) -> Draft:
    draft = acknowledgement(desk(), ticket, cause, neutral=neutral, now=NOW, seed=SEED)
    assert draft is not None
    return draft


def test_an_acknowledgement_in_english_header_by_header() -> None:
    mail = read(acknowledged())
    assert header_names(mail) == sorted([*AUTOMATIC, "in-reply-to"])
    assert mail["From"] == "Acme Support <support@acme.example>"
    assert mail["To"] == "Hong <hong@customer.example>"
    assert mail["Subject"] == "[#12] Where is my parcel?"
    assert mail["Date"] == format_datetime(NOW)
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["In-Reply-To"] == "<q1@customer.example>"
    assert mail["References"].split()[0] == "<q1@customer.example>"
    assert verify_loop_token(KEYRING, mail["X-Mailgate-Loop"])


def test_its_text_in_english() -> None:
    assert body(read(acknowledged()), "plain") == (
        "Hello Hong,\n"
        "\n"
        "Thank you for writing to Acme Support. Your message has arrived, and we will answer it"
        " as soon as we can.\n"
        "\n"
        "Your ticket number is [#12]. To add something, simply reply to this mail.\n"
        "\n"
        "Kind regards\n"
        "Acme Support\n"
        "\n"
        f"{FOR_CUSTOMER}\n"
    )


def test_its_text_in_korean() -> None:
    cause = CauseMail("q1@customer.example", "배송이 아직 안 왔어요")
    mail = read(acknowledged(KOREAN_TICKET, cause))
    assert mail["Subject"] == "[#12] 배송이 아직 안 왔어요"
    assert mail["From"].addresses[0].display_name == "한국상사 고객지원"
    assert mail["From"].addresses[0].addr_spec == "help@hangook.example"
    assert body(mail, "plain").startswith("홍길동 님, 안녕하세요.\n한국상사 고객지원입니다.\n")
    assert "접수 번호는 [#12]입니다." in body(mail, "plain")


def test_it_goes_with_the_null_reverse_path_in_its_own_lane_to_the_requester_alone() -> None:
    draft = acknowledged()
    assert draft.reverse_path == NullReversePath()  # RFC 3834 §3.3
    assert (draft.lane, draft.kind, draft.entry) == (Lane.ACKNOWLEDGEMENT, "acknowledgement", None)
    assert (draft.sender, draft.recipients) == (SUPPORT, (HONG.address,))
    assert draft.outside


def test_an_answer_to_it_is_bound_to_the_requester_and_the_ticket() -> None:
    answer_to = acknowledged().mail.reply_to
    assert answer_to is not None
    token = verify_token(KEYRING, token_in(answer_to.address) or "")
    assert token is not None
    assert (token.purpose, token.ticket) == (Purpose.CUSTOMER_REPLY, TICKET.id)
    assert is_for(KEYRING, token, HONG.address)
    assert not is_for(KEYRING, token, ALICE.address)


def test_its_message_id_is_signed_and_fits_a_line() -> None:
    message_id = acknowledged().mail.message_id
    own = verify_message_id(KEYRING, message_id)
    assert own is not None
    assert (own.purpose, own.ticket) == (Purpose.MESSAGE_PUBLIC, TICKET.id)
    assert message_id.endswith("@acme.example")
    assert len(f"<{message_id}>") <= 66


def test_a_customer_without_a_name_is_greeted_by_the_address() -> None:
    nameless = replace(TICKET, requester=NamedAddress("", HONG.address))
    assert body(read(acknowledged(nameless)), "plain").startswith("Hello hong@customer.example,\n")


def test_without_a_message_id_it_answers_none() -> None:
    mail = read(acknowledged(cause=CauseMail(None, "Where is my parcel?")))
    assert mail["In-Reply-To"] is None
    assert verify_message_id(KEYRING, mail["References"]) is not None


@pytest.mark.parametrize("ticket", [TICKET, KOREAN_TICKET], ids=["en", "ko"])
@given(
    subject=st.text(max_size=300),
    name=st.text(max_size=100),
    message_id=st.none() | st.text(max_size=100),
)
def test_a_neutral_acknowledgement_holds_no_word_of_its_cause(
    ticket: Ticket, subject: str, name: str, message_id: str | None
) -> None:
    """Whatever a forged sender writes, the victim gets the same bytes."""

    def told(subject: str, name: str, message_id: str | None) -> bytes:
        theirs = replace(ticket, subject=subject, requester=NamedAddress(name, HONG.address))
        cause = CauseMail(message_id, subject)
        return compose(acknowledged(theirs, cause, neutral=True).mail)

    assert told(subject, name, message_id) == told("", "", None)


def test_a_neutral_acknowledgement_header_by_header() -> None:
    mail = read(acknowledged(neutral=True))
    assert header_names(mail) == AUTOMATIC
    assert mail["To"] == "hong@customer.example"
    assert mail["Subject"] == "[#12] Your message has arrived"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert "[#12]" in body(mail, "plain")


def test_a_neutral_acknowledgement_in_korean() -> None:
    mail = read(acknowledged(KOREAN_TICKET, neutral=True))
    assert mail["Subject"] == "[#12] 보내 주신 메일이 접수되었습니다"
    assert "접수 번호는 [#12]입니다." in body(mail, "plain")


def test_an_address_that_acknowledges_nothing_is_silent() -> None:
    ctx = desk()
    quiet = replace(ctx.directory.supports[SUPPORT.key], acknowledge=False)
    silent = replace(ctx, directory=replace(ctx.directory, supports={SUPPORT.key: quiet}))
    assert acknowledgement(silent, TICKET, CAUSE, neutral=False, now=NOW, seed=SEED) is None


@pytest.mark.parametrize("ours", ["support@acme.example", "support+x@acme.example"])
def test_no_support_address_is_ever_acknowledged_to(ours: str) -> None:
    localpart, _, domain = ours.partition("@")
    own = replace(TICKET, requester=NamedAddress("", Address(localpart, domain)))
    assert acknowledgement(desk(), own, CAUSE, neutral=False, now=NOW, seed=SEED) is None


def test_an_address_that_is_not_configured_acknowledges_nothing() -> None:
    nobody = replace(desk(), directory=Directory({}, {}))
    assert acknowledgement(nobody, TICKET, CAUSE, neutral=True, now=NOW, seed=SEED) is None
