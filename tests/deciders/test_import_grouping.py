"""Which old mails are one conversation: no mail of one customer among those of another."""

from collections.abc import Sequence
from datetime import UTC, datetime

from mailgate.ingest.importing.grouping import Grouping
from mailgate.ingest.importing.heads import head_of, read_fields
from mailgate.mail.address import Address
from mailgate.model.directory import Agent, Directory, SupportAddress
from tests.harness.oldmail import mail

SUPPORT = Address("support", "acme.example")
ALICE = Address("alice", "acme.example")
DESK = Directory(
    supports={SUPPORT.key: SupportAddress(SUPPORT, "Acme Support")},
    agents={ALICE.key: Agent(ALICE, "Alice Kim")},
)
NOW = datetime(2026, 1, 5, tzinfo=UTC)
HONG, MINA = "hong@customer.example", "mina@customer.example"


def grouped(*mails: bytes) -> list[int]:
    """The conversation of each mail, numbered in the order of their first mails."""
    grouping = Grouping()
    heads = [head_of(read_fields(one), DESK, now=NOW) for one in mails]
    numbers = [grouping.add(head) for head in heads]
    known: dict[int, int] = {}
    return [known.setdefault(grouping.conversation(number), len(known)) for number in numbers]


def asks(message_id: str, who: str = HONG, answers: Sequence[str] = (), **more: str) -> bytes:
    return mail(message_id, sender=who, answers=tuple(answers), **more)  # type: ignore[arg-type]


def says(message_id: str, to: str = HONG, answers: Sequence[str] = ()) -> bytes:
    return mail(message_id, sender="alice@acme.example", to=to, answers=tuple(answers))


def test_question_answer_and_thanks() -> None:
    assert grouped(asks("1@a"), says("2@b", answers=["1@a"]), asks("3@a", answers=["2@b"])) == [
        0,
        0,
        0,
    ]


def test_a_reply_that_is_older_than_what_it_answers() -> None:
    """A clock was wrong."""
    assert grouped(says("2@b", answers=["1@a"]), asks("1@a")) == [0, 0]


def test_two_pieces_are_joined_by_what_comes_between() -> None:
    first, last = asks("1@a"), asks("3@a", answers=["2@b"])
    assert grouped(first, last, says("2@b", answers=["1@a"])) == [0, 0, 0]


def test_the_answer_is_not_in_the_archive() -> None:
    """Only the inbox was brought along: both mails name the same missing answer."""
    assert grouped(asks("3@a", answers=["2@b"]), asks("4@a", answers=["2@b"])) == [0, 0]


def test_the_same_subject_joins_nothing() -> None:
    assert grouped(asks("1@a"), asks("2@a"), asks("3@a", MINA)) == [0, 1, 2]


def test_numbers_of_another_desk_join_nothing() -> None:
    assert grouped(asks("1@a", subject="[#123] Help"), asks("2@a", subject="[#123] Help")) == [0, 1]


def test_answers_to_a_circular_are_conversations_of_their_own() -> None:
    """One Message-ID, sent to hundreds in Bcc."""
    circular = mail("c@b", sender="support@acme.example", to="undisclosed-recipients:;")
    one, two = asks("1@a", HONG, ["c@b"]), asks("2@a", MINA, ["c@b"])
    assert grouped(circular, one, two) == [0, 1, 2]
    assert grouped(one, two) == [0, 1]


def test_a_circular_in_a_folder_of_sent_mail_still_has_its_bcc() -> None:
    """Its readers know nothing of each other: no ticket has the mails of two of them."""
    bcc = (f"Bcc: {HONG}, {MINA}",)
    circular = mail("c@b", sender="support@acme.example", to="support@acme.example", more=bcc)
    one, two = asks("1@a", HONG, ["c@b"]), asks("2@a", MINA, ["c@b"])
    assert grouped(circular, one, two) == [0, 1, 2]


def test_a_colleague_who_got_it_forwarded_answers_on_it() -> None:
    assert grouped(asks("1@a"), says("2@b", answers=["1@a"]), asks("3@a", MINA, ["2@b"])) == [
        0,
        0,
        0,
    ]


def test_a_program_that_gives_every_mail_the_same_id() -> None:
    forms = [asks("form@shop", f"c{n}@customer.example") for n in range(3)]
    assert grouped(*forms) == [0, 1, 2]
    shop = [asks("form@shop", "form@shop.example", subject=f"Order {n}") for n in range(3)]
    assert grouped(*shop) == [0, 1, 2]


def test_a_form_that_writes_in_our_name_is_its_visitor() -> None:
    form = [
        mail(f"{n}@f", sender="support@acme.example", more=(f"Reply-To: {who}",))
        for n, who in enumerate((HONG, MINA))
    ]
    assert grouped(*form, says("9@b", MINA, ["1@f"])) == [0, 1, 1]


def test_a_missing_id_that_one_conversation_names_is_its_own() -> None:
    grouping = Grouping()
    for one in (asks("3@a", HONG, ["2@b", "all@b"]), asks("4@a", MINA, ["5@b", "all@b"])):
        grouping.add(head_of(read_fields(one), DESK, now=NOW))
    missing, shared = (
        head_of(read_fields(asks("x@a", HONG, [one])), DESK, now=NOW).cited[0]
        for one in ("2@b", "all@b")
    )
    assert grouping.names_alone(missing)
    assert not grouping.names_alone(shared)


def test_when_it_was_sent() -> None:
    """The Date; else what the last server wrote; never the year 2038 or 1970."""
    received = "Received: from a by b; Tue, 4 Mar 2025 10:00:00 +0000"
    wrong = mail("1@a", sender=HONG, at=datetime(2038, 1, 1, tzinfo=UTC), more=(received,))
    none = mail("1@a", sender=HONG, at=None, more=(received,))
    for one in (wrong, none):
        head = head_of(read_fields(one), DESK, now=NOW)
        assert head.sent == datetime(2025, 3, 4, 10, tzinfo=UTC)
    assert head_of(read_fields(mail("1@a", sender=HONG, at=None)), DESK, now=NOW).sent is None
