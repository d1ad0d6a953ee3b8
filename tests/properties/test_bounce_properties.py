"""No report changes anything unless it came to the signed address of the mail that it is about."""

from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.address import Address
from mailgate.mail.parsed import DsnRecipient, MailKind, Report
from mailgate.model.delivery import Lane
from mailgate.model.ids import DeliveryId
from mailgate.model.returned import Outcome
from mailgate.threading.returned import NOT_BELIEVED, Sent, of_complaint, of_report

PEOPLE = [Address(name, "customer.example") for name in ("hong", "park", "jung", "ceo")]
IDS = [f"mg.{number}@acme.example" for number in range(3)]

people = st.sampled_from(PEOPLE)
ids = st.one_of(st.none(), st.sampled_from([*IDS, "x@elsewhere.example"]))
told = st.builds(
    DsnRecipient,
    recipient=st.one_of(st.none(), people),
    action=st.sampled_from(["failed", "delayed", "delivered", "relayed", "expanded", ""]),
    status=st.sampled_from([None, "5.1.1", "5.2.2", "5.7.1", "4.4.7", "2.0.0"]),
    diagnostic=st.text(max_size=20),
    original_message_id=ids,
    original_recipient=st.one_of(st.none(), people),
)
reports = st.lists(told, max_size=3)
NEVER = st.sampled_from([False])
kinds = st.sampled_from([MailKind.BOUNCE, MailKind.DELIVERY_NOTICE])


def mails(*, signed: st.SearchStrategy[bool]) -> st.SearchStrategy[list[Sent]]:
    one = st.builds(
        Sent,
        delivery=st.integers(1, 1000).map(DeliveryId),
        recipient=people,
        lane=st.sampled_from(Lane),
        message_id=st.sampled_from(IDS),
        signed=signed,
        known=st.booleans(),
    )
    return st.lists(one, max_size=5, unique_by=lambda sent: sent.delivery)


@given(kinds, reports, mails(signed=NEVER))
def test_without_the_signed_address_no_report_says_anything(
    kind: MailKind, reported: list[DsnRecipient], sent: list[Sent]
) -> None:
    returned, why = of_report(kind, reported, frozenset(IDS), sent)
    assert returned is None
    assert set(why) <= NOT_BELIEVED


@given(kinds, reports, mails(signed=st.booleans()))
def test_nobody_rests_but_who_the_signed_address_is_for_and_the_report_names(
    kind: MailKind, reported: list[DsnRecipient], sent: list[Sent]
) -> None:
    returned, _ = of_report(kind, reported, frozenset(IDS), sent)
    if returned is None:
        return
    (about,) = [one for one in sent if one.delivery == returned.delivery]
    assert about.signed
    assert returned.recipient == about.recipient
    if returned.outcome is Outcome.HARD:
        named = {one for each in reported for one in (each.recipient, each.original_recipient)}
        assert about.recipient in named or named == {None}
        assert len({each.recipient for each in reported if each.recipient}) <= 1


@given(kinds, reports, mails(signed=st.booleans()))
def test_only_what_a_report_calls_failed_has_failed(
    kind: MailKind, reported: list[DsnRecipient], sent: list[Sent]
) -> None:
    returned, _ = of_report(kind, reported, frozenset(IDS), sent)
    if returned is not None and returned.failed and reported:
        assert {each.action for each in reported} & {"failed", ""}


@given(ids, st.one_of(st.none(), people), mails(signed=st.booleans()))
def test_a_complaint_needs_the_signed_address_of_the_mail(
    original: str | None, who: Address | None, sent: list[Sent]
) -> None:
    returned, why = of_complaint(Report(who, "abuse", original), frozenset(IDS), sent)
    if returned is None:
        assert set(why) <= NOT_BELIEVED
        return
    (about,) = [one for one in sent if one.delivery == returned.delivery]
    assert about.signed
    assert returned.recipient == about.recipient
